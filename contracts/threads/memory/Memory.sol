// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Where free memory begins.
function freeMemory() pure returns (uint256 free) {
    assembly {
        free := mload(0x40)
    }
}

/// Gives back what was taken since, as the end of a thread does.
function releaseMemory(uint256 free) pure {
    assembly {
        mstore(0x40, free)
    }
}
