// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// What another contract inherits, threads and all.
abstract contract Squares {
    mapping(uint256 => uint256) internal squares;

    function square(uint256 x) public returns (uint256) {
        squares[x] = x * x;
        return squares[x];
    }

    function both(uint256 x) public returns (uint256, uint256) {
        subsol [1] square(x);
        subsol [2] square(x + 1);
        return (join [1] (uint256), join [2] (uint256));
    }

    function bothPlain(uint256 x) public returns (uint256, uint256) {
        return (square(x), square(x + 1));
    }
}
