// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// One hot slot.
contract Counter {
    uint256 public value;

    event Bumped(uint256 value);

    /// Adds one. Every caller reads what the caller before wrote.
    function bump() external {
        value += 1;
        emit Bumped(value);
    }
}
