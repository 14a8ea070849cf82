// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {freeMemory, releaseMemory} from "./memory/Memory.sol";

/// Multiplies pairs of matrices, a pair a thread: a workload of paper P.
contract MatrixMul {
    /// The hashes of `pairs` products of matrices with `size` rows.
    function main(uint256 seed, uint256 size, uint256 pairs) external returns (bytes32[] memory products) {
        uint256 slice = gasleft() / (pairs + 1);
        for (uint256 i; i < pairs; ++i) subsol [i] product{gas: slice}(seed + i, size);
        products = new bytes32[](pairs);
        for (uint256 i; i < pairs; ++i) products[i] = join [i] (bytes32);
    }

    /// The same without threads; each pair takes the memory of the one before it.
    function mainSerial(uint256 seed, uint256 size, uint256 pairs) external pure returns (bytes32[] memory products) {
        products = new bytes32[](pairs);
        uint256 free = freeMemory();
        for (uint256 i; i < pairs; ++i) {
            products[i] = product(seed + i, size);
            releaseMemory(free);
        }
    }

    function product(uint256 seed, uint256 size) public pure returns (bytes32) {
        uint256[] memory a = _matrix(seed, size);
        uint256[] memory b = _matrix(~seed, size);
        uint256[] memory c = new uint256[](size * size);
        unchecked {
            for (uint256 row; row < size; ++row) {
                for (uint256 column; column < size; ++column) {
                    uint256 sum;
                    for (uint256 i; i < size; ++i) sum += a[row * size + i] * b[i * size + column];
                    c[row * size + column] = sum;
                }
            }
        }
        return keccak256(abi.encodePacked(c));
    }

    function _matrix(uint256 seed, uint256 size) private pure returns (uint256[] memory cells) {
        cells = new uint256[](size * size);
        for (uint256 i; i < cells.length; ++i) cells[i] = uint64(uint256(keccak256(abi.encode(seed, i))));
    }
}
