// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// One variable a key, read or written many times by one call: a workload of paper P.
contract KVStore {
    struct Variable {
        uint256 value;
    }

    mapping(uint256 key => Variable) public variables;

    event Summed(uint256 indexed key, uint256 sum);

    /// Reads a variable `times` times.
    function read(uint256 key, uint256 times) external {
        Variable storage variable = variables[key];
        uint256 sum;
        unchecked {
            for (uint256 i = 0; i < times; i++) {
                sum += variable.value;
            }
        }
        emit Summed(key, sum);
    }

    /// Writes a variable `times` times, each time one more than before.
    function write(uint256 key, uint256 times) external {
        Variable storage variable = variables[key];
        uint256 value = variable.value;
        unchecked {
            for (uint256 i = 0; i < times; i++) {
                variable.value = ++value;
            }
        }
    }
}
