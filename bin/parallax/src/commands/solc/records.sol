// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity >=0.8.13;

// What `parallax solc` makes of `rr` and `rphash`, in the form that `threads.sol` explains. Each gives what it was.

function __parallax_rr(bool on) returns (bool was) {
    assembly ("memory-safe") {
        was := call(0x5061726100000000000000b6, on, 0, 0, 0, 0, 0)
    }
}

function __parallax_rphash(bool on) returns (bool was) {
    assembly ("memory-safe") {
        was := call(0x5061726100000000000000b7, on, 0, 0, 0, 0, 0)
    }
}
