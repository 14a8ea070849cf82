// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import {Squares} from "./Squares.sol";

/// Every keyword, each beside what plain calls give.
contract Keywords is Squares {
    uint256 public total;

    error Odd(uint256 x);

    function add(uint256 x) public returns (uint256) {
        total += x;
        return total;
    }

    function fail(uint256 x) public pure returns (uint256) {
        revert Odd(x);
    }

    function inLoop(uint256 n) external returns (uint256 sum) {
        uint256 slice = gasleft() / (n + 1);
        for (uint256 i; i < n; ++i) subsol [i] square{gas: slice}(i);
        for (uint256 i; i < n; ++i) sum += join [i] (uint256);
    }

    function inLoopPlain(uint256 n) external returns (uint256 sum) {
        for (uint256 i; i < n; ++i) sum += this.square(i);
    }

    function ordered(uint256 n) external returns (uint256, uint256) {
        subsol [1] add(n);
        aftera [1] subsol [2] add(2);
        if (n > 0) afterw [1] [total] afterr [2] [squares] subsol [3] this.add(3);
        else subsol [3] add(3);
        aftera [3] add(4);
        sleep [1] n * 10;
        return (join [3] (uint256), total);
    }

    function orderedPlain(uint256 n) external returns (uint256 third, uint256) {
        add(n);
        add(2);
        third = add(3);
        add(4);
        return (third, total);
    }

    function nested(uint256 n) external returns (uint256) {
        subsol [1] square(n);
        subsol [join [1] (uint256)] square(n + 1);
        return join [n * n] (uint256);
    }

    function nestedPlain(uint256 n) external returns (uint256) {
        square(n);
        return square(n + 1);
    }

    /// A thread of a thread, by a function of a base contract in another file.
    function inherited(uint256 n) external returns (uint256 sum) {
        subsol [7] both(n);
        (uint256 first, uint256 second) = join [7] (uint256, uint256);
        return first + second;
    }

    function inheritedPlain(uint256 n) external returns (uint256 sum) {
        (uint256 first, uint256 second) = bothPlain(n);
        return first + second;
    }

    function statuses(uint256 n) external returns (uint8 failed, uint8 succeeded, uint8 withdrawn, uint8 unknown) {
        subsol [1] fail(n);
        subsol [2] add(n);
        subsol [3] add(100);
        revertt [3];
        bytes memory output;
        (failed, output) = tryjoin [1];
        require(keccak256(output) == keccak256(abi.encodeWithSelector(Odd.selector, n)));
        (succeeded, output) = tryjoin [2];
        require(abi.decode(output, (uint256)) == n && total == n);
        (withdrawn,) = tryjoin [3];
        (unknown,) = tryjoin [4];
    }

    function failing(uint256 n) external returns (uint256) {
        subsol [1] fail(n);
        return join [1] (uint256);
    }

    function unjoined(uint256 n) external {
        subsol fail(n);
    }

    function stranger(uint256 n) external {
        sleep [n] 1;
    }

    function twice(uint256 n) external {
        subsol [n] add(1);
        subsol [n] add(2);
    }

    function circle(uint256 n) external {
        subsol [n] add(1);
        aftera [n + 1] subsol [n + 1] add(2);
    }

    /// Not a keyword in sight: names, members, strings and comments are what they are.
    function sleep(uint256 n) public pure returns (uint256) {
        // subsol [1] f();
        string memory text = "subsol [1] f(); join [1]";
        uint256 subsolid = bytes(text).length;
        return subsolid - 24 + n;
    }

    function words(uint256 n) external pure returns (uint256) {
        return sleep(n);
    }

    /// What the first call reads and writes is recorded, and what comes before and after is not.
    function recorded(uint256 n) external returns (bytes memory) {
        total = 1;
        if (n > 0) add(n) rr;
        add(n);
        return _record("rws()");
    }

    function hashed(uint256 n) external rr rphash returns (bytes memory) {
        add(n);
        return bytes.concat(_record("rhash()"), _record("whash()"));
    }

    /// A thread records what its function says, and its parent nothing.
    function recordedThread(uint256 n) external returns (bytes memory) {
        subsol [1] hashed(n);
        join [1];
        return _record("whash()");
    }

    function _record(string memory what) private returns (bytes memory answer) {
        (, answer) = address(uint160(0x537562736f6c)).call(abi.encodeWithSignature(what));
    }
}
