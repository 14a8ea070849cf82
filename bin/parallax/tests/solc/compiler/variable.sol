// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

contract Variable {
    function f() public pure {}

    function main(uint256 local) external {
        subsol [1] f();
        afterw [1] [local] subsol [2] f();
        afterw [1] [nothing] subsol [3] f();
    }
}
