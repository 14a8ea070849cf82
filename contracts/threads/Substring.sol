// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Counts where a pattern stands in a text, a slice of the text a thread: a workload of paper P.
contract Substring {
    /// How often `pattern` stands in `text`, overlaps counted.
    function main(bytes calldata text, bytes calldata pattern, uint256 slices) external returns (uint256 found) {
        uint256 slice = gasleft() / (slices + 1);
        for (uint256 i; i < slices; ++i) {
            subsol [i] count{gas: slice}(_slice(text, pattern.length, i, slices), pattern);
        }
        for (uint256 i; i < slices; ++i) found += join [i] (uint256);
    }

    /// The same without threads.
    function mainSerial(bytes calldata text, bytes calldata pattern, uint256 slices)
        external
        pure
        returns (uint256 found)
    {
        for (uint256 i; i < slices; ++i) found += count(_slice(text, pattern.length, i, slices), pattern);
    }

    function count(bytes calldata text, bytes calldata pattern) public pure returns (uint256 found) {
        if (pattern.length == 0 || pattern.length > text.length) return 0;
        for (uint256 start; start <= text.length - pattern.length; ++start) {
            uint256 i;
            while (i < pattern.length && text[start + i] == pattern[i]) ++i;
            if (i == pattern.length) ++found;
        }
    }

    /// A slice with as much of the next one as a pattern that begins in it can reach.
    function _slice(bytes calldata text, uint256 pattern, uint256 i, uint256 slices)
        private
        pure
        returns (bytes calldata)
    {
        uint256 end = text.length * (i + 1) / slices + (pattern == 0 ? 0 : pattern - 1);
        return text[text.length * i / slices:end < text.length ? end : text.length];
    }
}
