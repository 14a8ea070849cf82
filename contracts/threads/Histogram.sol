// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Counts each value of the bytes of a text, a slice of the text a thread: a workload of paper P.
contract Histogram {
    /// How often each byte stands in `text`.
    function main(bytes calldata text, uint256 slices) external returns (uint256[256] memory all) {
        uint256 slice = gasleft() / (slices + 1);
        for (uint256 i; i < slices; ++i) subsol [i] count{gas: slice}(_slice(text, i, slices));
        for (uint256 i; i < slices; ++i) _add(all, join [i] (uint256[256]));
    }

    /// The same without threads.
    function mainSerial(bytes calldata text, uint256 slices) external pure returns (uint256[256] memory all) {
        for (uint256 i; i < slices; ++i) _add(all, count(_slice(text, i, slices)));
    }

    function count(bytes calldata text) public pure returns (uint256[256] memory counts) {
        for (uint256 i; i < text.length; ++i) ++counts[uint8(text[i])];
    }

    function _add(uint256[256] memory all, uint256[256] memory more) private pure {
        for (uint256 i; i < 256; ++i) all[i] += more[i];
    }

    function _slice(bytes calldata text, uint256 i, uint256 slices) private pure returns (bytes calldata) {
        return text[text.length * i / slices:text.length * (i + 1) / slices];
    }
}
