// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// Storage-heavy work, and a key-value store.
contract Store {
    mapping(bytes32 place => uint256) private words;
    mapping(string key => string) private records;

    event Scanned(uint256 indexed key, uint256 sum);

    /// Adds one to each of the `count` slots that belong to `key`.
    function write(uint256 key, uint256 count) external {
        for (uint256 i = 0; i < count; i++) {
            words[_place(key, i)] += 1;
        }
    }

    /// Reads the `count` slots that belong to `key`.
    function scan(uint256 key, uint256 count) external returns (uint256 sum) {
        for (uint256 i = 0; i < count; i++) {
            sum += words[_place(key, i)];
        }
        emit Scanned(key, sum);
    }

    /// Clears the `count` slots that belong to `key`.
    function clear(uint256 key, uint256 count) external {
        for (uint256 i = 0; i < count; i++) {
            delete words[_place(key, i)];
        }
    }

    function set(string calldata key, string calldata value) external {
        records[key] = value;
    }

    function get(string calldata key) external view returns (string memory) {
        return records[key];
    }

    function _place(uint256 key, uint256 index) private pure returns (bytes32) {
        return keccak256(abi.encode(key, index));
    }
}
