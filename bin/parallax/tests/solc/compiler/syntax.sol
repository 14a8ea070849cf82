// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

contract Syntax {
    uint256[] sleep;

    function main() external {
        sleep[0] = 1;
        sleep [1] 1000;
    }
}
