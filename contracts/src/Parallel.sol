// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Threads for contracts that any compiler can build: every keyword of spec 0005 as a function.
///
/// A thread runs a function of the calling contract, which must be external or public and sees that contract as its
/// sender. Guard it with `require(msg.sender == address(this))` where nobody else may call it.
library Parallel {
    enum Status {
        Failed,
        Succeeded,
        Withdrawn,
        Unknown
    }

    /// A thread reverted, or was stopped, or there is none of this name.
    error ThreadFailed(uint256 id, Status status, bytes output);

    address private constant SYSTEM = address(uint160(0x537562736f6c));

    /// Spawns a thread: `callData` is a selector and its arguments, as `abi.encodeCall` gives them.
    function spawn(uint256 id, uint256 gasLimit, bytes memory callData) internal {
        _call(abi.encodeWithSignature("spawn(uint256,uint256,bytes)", id, gasLimit, callData));
    }

    /// Waits for all open threads and takes the result of one.
    function tryJoin(uint256 id) internal returns (Status status, bytes memory output) {
        return abi.decode(_call(abi.encodeWithSignature("join(uint256)", id)), (Status, bytes));
    }

    /// The same, for a thread that must have succeeded.
    function join(uint256 id) internal returns (bytes memory) {
        (Status status, bytes memory output) = tryJoin(id);
        if (status != Status.Succeeded) revert ThreadFailed(id, status, output);
        return output;
    }

    /// Has an open thread begin after those that sleep less. Changes no result.
    function sleep(uint256 id, uint256 steps) internal {
        _call(abi.encodeWithSignature("sleep(uint256,uint256)", id, steps));
    }

    /// Withdraws an open thread: it never runs.
    function revertt(uint256 id) internal {
        _call(abi.encodeWithSignature("revertt(uint256)", id));
    }

    /// Holds an open thread back until an earlier one has written `slot`.
    function afterw(uint256 id, uint256 earlier, uint256 slot) internal {
        _call(abi.encodeWithSignature("afterw(uint256,uint256,uint256)", id, earlier, slot));
    }

    /// Holds an open thread back until an earlier one has read `slot`.
    function afterr(uint256 id, uint256 earlier, uint256 slot) internal {
        _call(abi.encodeWithSignature("afterr(uint256,uint256,uint256)", id, earlier, slot));
    }

    /// Holds an open thread back until an earlier one has ended.
    function aftera(uint256 id, uint256 earlier) internal {
        _call(abi.encodeWithSignature("aftera(uint256,uint256)", id, earlier));
    }

    /// A slot of this contract in a record. `database` is 0 for storage and 1 for transient storage; `first` is the number of
    /// the recorded operation that touched it first.
    struct Location {
        uint256 database;
        address account;
        uint256 slot;
        uint256 first;
        uint256 reads;
        uint256 writes;
    }

    /// From here on this call records what it reads and writes, or no more. Gives what it was.
    function rr(bool on) internal returns (bool) {
        return abi.decode(_call(abi.encodeWithSignature("rr(bool)", on)), (bool));
    }

    /// From here on what is recorded is hashed, or no more. Gives what it was.
    function rphash(bool on) internal returns (bool) {
        return abi.decode(_call(abi.encodeWithSignature("rphash(bool)", on)), (bool));
    }

    /// Reads a slot and records that.
    function rdr(uint256 slot) internal returns (uint256) {
        return abi.decode(_call(abi.encodeWithSignature("rdr(uint256)", slot)), (uint256));
    }

    /// Writes a slot and records that.
    function wtr(uint256 slot, uint256 value) internal {
        _call(abi.encodeWithSignature("wtr(uint256,uint256)", slot, value));
    }

    /// The same, by the paper's other name.
    function rwrite(uint256 slot, uint256 value) internal {
        _call(abi.encodeWithSignature("rwrite(uint256,uint256)", slot, value));
    }

    /// What this call has recorded: each location once, in the order in which they were touched first.
    function rws() internal returns (Location[] memory) {
        return abi.decode(_call(abi.encodeWithSignature("rws()")), (Location[]));
    }

    /// The hash over the recorded writes that were hashed.
    function whash() internal returns (bytes32) {
        return abi.decode(_call(abi.encodeWithSignature("whash()")), (bytes32));
    }

    /// The hash over the recorded reads that were hashed.
    function rhash() internal returns (bytes32) {
        return abi.decode(_call(abi.encodeWithSignature("rhash()")), (bytes32));
    }

    function _call(bytes memory callData) private returns (bytes memory) {
        (bool success, bytes memory answer) = SYSTEM.call(callData);
        if (!success) {
            assembly {
                revert(add(answer, 32), mload(answer))
            }
        }
        return answer;
    }
}
