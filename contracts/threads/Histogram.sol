// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Counts each value of the bytes of a text, a slice of the text a thread: a workload of paper P.
///
/// A word holds eight counts of 32 bits, so that a slice's counts are 32 words to hand over and to add, not 256: all threads
/// together wait for that. No text is long enough for a count to overflow; its bytes cost gas.
contract Histogram {
    /// How often each byte stands in `text`.
    function main(bytes calldata text, uint256 slices) external returns (uint256[256] memory) {
        uint256[32] memory all;
        uint256 slice = gasleft() / (slices + 1);
        for (uint256 i; i < slices; ++i) subsol [i] count{gas: slice}(_slice(text, i, slices));
        for (uint256 i; i < slices; ++i) _add(all, join [i] (uint256[32]));
        return _spread(all);
    }

    /// The same without threads.
    function mainSerial(bytes calldata text, uint256 slices) external pure returns (uint256[256] memory) {
        uint256[32] memory all;
        for (uint256 i; i < slices; ++i) _add(all, count(_slice(text, i, slices)));
        return _spread(all);
    }

    function count(bytes calldata text) public pure returns (uint256[32] memory counts) {
        for (uint256 i; i < text.length; ++i) {
            uint256 value = uint8(text[i]);
            counts[value >> 3] += 1 << ((value & 7) << 5);
        }
    }

    function _add(uint256[32] memory all, uint256[32] memory more) private pure {
        for (uint256 i; i < 32; ++i) all[i] += more[i];
    }

    function _spread(uint256[32] memory packed) private pure returns (uint256[256] memory counts) {
        for (uint256 i; i < 256; ++i) counts[i] = uint32(packed[i >> 3] >> ((i & 7) << 5));
    }

    function _slice(bytes calldata text, uint256 i, uint256 slices) private pure returns (bytes calldata) {
        return text[text.length * i / slices:text.length * (i + 1) / slices];
    }
}
