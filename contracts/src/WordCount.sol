// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {Parallel} from "./Parallel.sol";

/// Counts the words of a text in two threads, one for each half: the example of paper P.
contract WordCount {
    struct Count {
        bytes32 word;
        uint256 frequency;
    }

    /// The words of a text, in order of first appearance. A word is what stands between spaces, cut to 32 bytes.
    function main(bytes calldata text) external returns (Count[] memory) {
        uint256 middle = _middle(text);
        uint256 slice = gasleft() / 3;
        Parallel.spawn(1, slice, abi.encodeCall(this.count, (text[:middle])));
        Parallel.spawn(2, slice, abi.encodeCall(this.count, (text[middle:])));
        Count[] memory first = abi.decode(Parallel.join(1), (Count[]));
        Count[] memory second = abi.decode(Parallel.join(2), (Count[]));
        return _merge(first, second);
    }

    /// As the paper's figure goes on: the first thread sleeps, the second is withdrawn.
    function mainWithdrawn(bytes calldata text) external returns (Count[] memory) {
        uint256 middle = _middle(text);
        uint256 slice = gasleft() / 3;
        Parallel.spawn(1, slice, abi.encodeCall(this.count, (text[:middle])));
        Parallel.spawn(2, slice, abi.encodeCall(this.count, (text[middle:])));
        Parallel.sleep(1, 1000);
        Parallel.revertt(2);
        return abi.decode(Parallel.join(1), (Count[]));
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
        for (uint256 at; at <= text.length; ++at) {
            if (at < text.length && text[at] != " ") continue;
            if (at > start) words = _add(found, words, Count(bytes32(text[start:at]), 1));
            start = at + 1;
        }
        return _cut(found, words);
    }

    /// Where a word ends near the middle.
    function _middle(bytes calldata text) private pure returns (uint256 at) {
        for (at = text.length / 2; at < text.length && text[at] != " "; ++at) {}
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
