// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// Shared variables: the contract that the mix of independent and correlated transactions calls.
contract Shared {
    mapping(uint256 key => uint256) public variables;

    /// Reads the variables `keys`, computes `work` rounds on what it read, and writes them all.
    function touch(uint256[] calldata keys, uint256 work) external {
        uint256 mixed = 1;
        for (uint256 i = 0; i < keys.length; i++) {
            unchecked {
                mixed = mixed * 31 + variables[keys[i]];
            }
        }
        for (uint256 round = 0; round < work; round++) {
            mixed = uint256(keccak256(abi.encode(mixed, round)));
        }
        for (uint256 i = 0; i < keys.length; i++) {
            unchecked {
                variables[keys[i]] = (mixed + i) | 1;
            }
        }
    }
}
