// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Counts the words of a text in two threads, one for each half: the example of paper P, with its keywords.
contract WordCount {
    struct Count {
        bytes32 word;
        uint256 frequency;
    }

    /// The words of a text, in order of first appearance. A word is what stands between spaces, cut to 32 bytes.
    function main(bytes calldata text) external returns (Count[] memory) {
        uint256 middle = _middle(text);
        subsol [1] count(text[:middle]);
        subsol [2] count(text[middle:]);
        return _merge(join [1] (Count[]), join [2] (Count[]));
    }

    /// As the paper's figure goes on: the first thread sleeps, the second is withdrawn.
    function mainWithdrawn(bytes calldata text) external returns (Count[] memory) {
        uint256 middle = _middle(text);
        subsol [1] count(text[:middle]);
        subsol [2] count(text[middle:]);
        sleep [1] 1000;
        revertt [2];
        return join [1] (Count[]);
    }

    /// The same without threads.
    function mainSerial(bytes calldata text) external pure returns (Count[] memory) {
        uint256 middle = _middle(text);
        return _merge(count(text[:middle]), count(text[middle:]));
    }

    function count(bytes calldata text) public pure returns (Count[] memory) {
        Count[] memory found = new Count[](text.length / 2 + 1);
        uint256 words;
        uint256 start;
        for (uint256 i; i <= text.length; ++i) {
            if (i < text.length && text[i] != " ") continue;
            if (i > start) words = _add(found, words, Count(bytes32(text[start:i]), 1));
            start = i + 1;
        }
        return _cut(found, words);
    }

    /// Where a word ends near the middle.
    function _middle(bytes calldata text) private pure returns (uint256 i) {
        for (i = text.length / 2; i < text.length && text[i] != " "; ++i) {}
    }

    function _merge(Count[] memory first, Count[] memory second) private pure returns (Count[] memory) {
        Count[] memory all = new Count[](first.length + second.length);
        uint256 words;
        for (uint256 i; i < first.length; ++i) words = _add(all, words, first[i]);
        for (uint256 i; i < second.length; ++i) words = _add(all, words, second[i]);
        return _cut(all, words);
    }

    function _add(Count[] memory counts, uint256 words, Count memory more) private pure returns (uint256) {
        for (uint256 i; i < words; ++i) {
            if (counts[i].word == more.word) {
                counts[i].frequency += more.frequency;
                return words;
            }
        }
        counts[words] = more;
        return words + 1;
    }

    function _cut(Count[] memory counts, uint256 words) private pure returns (Count[] memory) {
        assembly {
            mstore(counts, words)
        }
        return counts;
    }
}
