// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// The sequence of Fibonacci, step by step: a workload of paper P, whose recursion would not fit 1,024 frames. Calls with
/// different keys are independent, calls with one key form a chain.
contract Fibonacci {
    mapping(uint256 key => uint256) public results;

    /// Goes `length` steps from `results[key]` and 1, modulo 2^256.
    function run(uint256 key, uint256 length) external {
        uint256 current = results[key];
        uint256 next = 1;
        unchecked {
            for (uint256 i = 0; i < length; i++) {
                (current, next) = (next, current + next);
            }
        }
        results[key] = current;
    }
}
