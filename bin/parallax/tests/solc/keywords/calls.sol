// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

contract Calls {
    function f(uint256 x) public {}

    function main(Calls other) external {
        subsol [1] other.f(1);
        subsol [2];
        subsol [] f(1);
        subsol [3] f{value: 1}(1);
        subsol [4] f({x: 1});
        subsol [5] f(1) rr;
        subsol [6] f(1), f(2);
        for (uint256 i; i < 3; ++i) {
            subsol [i] f(i);
        }
    }
}
