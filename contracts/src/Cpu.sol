// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// Compute-heavy work in memory. Each call folds its outcome into one slot, `results[key]`, read before the work and
/// written after it: calls with different keys are independent, calls with one key form a chain.
contract Cpu {
    mapping(uint256 key => uint256) public results;

    event Finished(uint256 indexed key, uint256 result);

    /// Fills an array with `size` pseudo-random numbers and sorts it.
    function sort(uint256 key, uint256 size) external {
        uint256 seed = results[key] ^ key;
        uint256[] memory items = new uint256[](size);
        for (uint256 i = 0; i < size; i++) {
            unchecked {
                seed = seed * 6364136223846793005 + 1442695040888963407;
            }
            items[i] = seed >> 32;
        }
        if (size > 1) _quicksort(items, 0, size - 1);
        _finish(key, size == 0 ? 0 : items[0] ^ items[size / 2] ^ items[size - 1]);
    }

    /// Hashes one word over and over, `rounds` times.
    function hash(uint256 key, uint256 rounds) external {
        bytes32 word = bytes32(results[key] ^ key);
        for (uint256 i = 0; i < rounds; i++) {
            word = keccak256(abi.encode(word, i));
        }
        _finish(key, uint256(word));
    }

    function _finish(uint256 key, uint256 result) private {
        results[key] = result | 1;
        emit Finished(key, result);
    }

    function _quicksort(uint256[] memory items, uint256 low, uint256 high) private pure {
        uint256 pivot = items[low + (high - low) / 2];
        uint256 left = low;
        uint256 right = high;
        while (true) {
            while (items[left] < pivot) left++;
            while (items[right] > pivot) right--;
            if (left >= right) break;
            (items[left], items[right]) = (items[right], items[left]);
            left++;
            right--;
        }
        // Everything up to `right` is at most the pivot, everything after it at least.
        if (low < right) _quicksort(items, low, right);
        if (right + 1 < high) _quicksort(items, right + 1, high);
    }
}
