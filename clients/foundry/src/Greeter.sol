// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// A text that anybody may change.
contract Greeter {
    string public greeting;
    uint256 public changes;

    event Greeted(address indexed by, string greeting);

    error Empty();

    constructor(string memory first) {
        greeting = first;
    }

    function greet(string calldata next) external {
        if (bytes(next).length == 0) revert Empty();
        greeting = next;
        changes += 1;
        emit Greeted(msg.sender, next);
    }
}
