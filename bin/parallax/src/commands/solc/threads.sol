// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity >=0.8.13;

// What `parallax solc` makes of the keywords. A call with one of the numbers `0x5061726100..` for its gas stands for the
// instruction whose byte is the number's last: the operands follow, the zeros behind them are dropped.

error ThreadRefused(uint256 id);
error ThreadFailed(uint256 id, uint8 status, bytes output);

function __parallax_subsol(uint256 name, uint256 slice, bytes memory data) returns (uint256) {
    bool done;
    assembly ("memory-safe") {
        done := call(0x5061726100000000000000b0, name, slice, add(data, 32), mload(data), 0, 0)
    }
    if (!done) revert ThreadRefused(name);
    return name;
}

// The place of its call data names the thread: a frame never uses the same memory twice.
function __parallax_unnamed(uint256 slice, bytes memory data) returns (uint256) {
    uint256 name;
    assembly ("memory-safe") {
        name := not(data)
    }
    return __parallax_subsol(name, slice, data);
}

function __parallax_sleep(uint256 name, uint256 steps) {
    bool done;
    assembly ("memory-safe") {
        done := call(0x5061726100000000000000b1, name, steps, 0, 0, 0, 0)
    }
    if (!done) revert ThreadRefused(name);
}

function __parallax_revertt(uint256 name) {
    bool done;
    assembly ("memory-safe") {
        done := call(0x5061726100000000000000b2, name, 0, 0, 0, 0, 0)
    }
    if (!done) revert ThreadRefused(name);
}

function __parallax_afterw(uint256 name, uint256 earlier, uint256 slot) returns (uint256) {
    bool done;
    assembly ("memory-safe") {
        done := call(0x5061726100000000000000b3, name, earlier, slot, 0, 0, 0)
    }
    if (!done) revert ThreadRefused(name);
    return name;
}

function __parallax_afterr(uint256 name, uint256 earlier, uint256 slot) returns (uint256) {
    bool done;
    assembly ("memory-safe") {
        done := call(0x5061726100000000000000b4, name, earlier, slot, 0, 0, 0)
    }
    if (!done) revert ThreadRefused(name);
    return name;
}

function __parallax_aftera(uint256 name, uint256 earlier) returns (uint256) {
    bool done;
    assembly ("memory-safe") {
        done := call(0x5061726100000000000000b5, name, earlier, 0, 0, 0, 0)
    }
    if (!done) revert ThreadRefused(name);
    return name;
}

function __parallax_tryjoin(uint256 name) returns (uint8 status, bytes memory output) {
    assembly ("memory-safe") {
        status := call(0x5061726100000000000000bd, name, 0, 0, 0, 0, 0)
        let size := returndatasize()
        output := mload(0x40)
        mstore(output, size)
        returndatacopy(add(output, 32), 0, size)
        mstore(0x40, add(output, and(add(size, 63), not(31))))
    }
}

function __parallax_join(uint256 name) returns (bytes memory) {
    (uint8 status, bytes memory output) = __parallax_tryjoin(name);
    if (status != 1) revert ThreadFailed(name, status, output);
    return output;
}
