// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

contract Arguments {
    function f(uint256 x, bool y) public pure returns (uint256) {
        return y ? x : 0;
    }

    function main() external {
        subsol [1] f(1);
        subsol ["one"] f(1, true);
        subsol [2] f{gas: "all"}(1, true);
        subsol [3] f(true, 1);
        sleep [1] "long";
        string memory s = join [1] (uint256);
        uint256 n = join [1];
        bool t = tryjoin [1];
    }
}
