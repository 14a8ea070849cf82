// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

contract Plain {
    function f() public pure {}

    function main() external {
        subsol [1] f(); uint256 unused = "text"; subsol [2] f();
        g();
    }
}
