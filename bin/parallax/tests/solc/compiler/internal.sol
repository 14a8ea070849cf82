// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

contract Internal {
    function hidden(uint256 x) internal pure {}

    function main() external {
        subsol [1] hidden(1);
        subsol [2] this.hidden(1);
    }
}
