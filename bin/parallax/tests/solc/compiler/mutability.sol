// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

contract Mutability {
    function f() public pure returns (uint256) {
        return 1;
    }

    function main() external view returns (uint256) {
        subsol [1] f();
        return join [1] (uint256);
    }
}
