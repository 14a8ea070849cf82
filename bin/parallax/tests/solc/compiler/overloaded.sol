// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

contract Overloaded {
    function f(uint256 x) public pure {}

    function f(bool x) public pure {}

    function main() external {
        subsol [1] f(true);
    }
}
