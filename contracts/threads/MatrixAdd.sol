// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {freeMemory, releaseMemory} from "./memory/Memory.sol";

/// Adds pairs of matrices, a pair a thread: a workload of paper P.
contract MatrixAdd {
    /// The hashes of `pairs` sums of matrices with `size` rows.
    function main(uint256 seed, uint256 size, uint256 pairs) external returns (bytes32[] memory sums) {
        uint256 slice = gasleft() / (pairs + 1);
        for (uint256 i; i < pairs; ++i) subsol [i] sum{gas: slice}(seed + i, size);
        sums = new bytes32[](pairs);
        for (uint256 i; i < pairs; ++i) sums[i] = join [i] (bytes32);
    }

    /// The same without threads; each pair takes the memory of the one before it.
    function mainSerial(uint256 seed, uint256 size, uint256 pairs) external pure returns (bytes32[] memory sums) {
        sums = new bytes32[](pairs);
        uint256 free = freeMemory();
        for (uint256 i; i < pairs; ++i) {
            sums[i] = sum(seed + i, size);
            releaseMemory(free);
        }
    }

    function sum(uint256 seed, uint256 size) public pure returns (bytes32) {
        uint256[] memory a = _matrix(seed, size);
        uint256[] memory b = _matrix(~seed, size);
        unchecked {
            for (uint256 i; i < a.length; ++i) a[i] += b[i];
        }
        return keccak256(abi.encodePacked(a));
    }

    /// Cells that cost little, so that the addition is what is measured.
    function _matrix(uint256 seed, uint256 size) private pure returns (uint256[] memory cells) {
        cells = new uint256[](size * size);
        unchecked {
            for (uint256 i; i < cells.length; ++i) cells[i] = (seed += 0x9e3779b97f4a7c15) * (i + 1);
        }
    }
}
