// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

contract Unknown {
    function main() external {
        subsol [1]
            nobody(1);
    }
}
