// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// Holds ether, passes it on, calls others, and reverts on demand. Whoever calls may do anything with it: it exists for
/// tests. It also serves as the code that an account delegates to (EIP-7702).
contract Wallet {
    uint256 public received;
    mapping(address account => uint256) public seen;

    event Received(address indexed from, uint256 value);

    error Refused(uint256 code);

    receive() external payable {
        received += msg.value;
        emit Received(msg.sender, msg.value);
    }

    /// Sends `amount` wei out of what the wallet holds.
    function forward(address payable to, uint256 amount) external payable {
        _call(to, amount, "");
    }

    /// Sends everything.
    function sweep(address payable to) external payable {
        _call(to, address(this).balance, "");
    }

    /// Calls another contract and fails as it fails.
    function execute(address to, uint256 amount, bytes calldata data) external payable returns (bytes memory) {
        return _call(to, amount, data);
    }

    /// Calls another contract and goes on if it fails.
    function attempt(address to, uint256 amount, bytes calldata data) external payable returns (bool success) {
        (success,) = to.call{value: amount}(data);
        seen[to] += success ? 1 : 1 << 128;
    }

    /// Notes another account's balance and whether it has code.
    function look(address account) external {
        seen[account] = (account.balance << 1) | (account.code.length == 0 ? 0 : 1);
    }

    /// Writes, then reverts.
    function fail(uint256 code) external payable {
        received += 1;
        revert Refused(code);
    }

    /// Runs until the gas is gone.
    function spin() external {
        uint256 word = received;
        while (true) {
            word = uint256(keccak256(abi.encode(word)));
        }
    }

    function _call(address to, uint256 amount, bytes memory data) private returns (bytes memory) {
        (bool success, bytes memory output) = to.call{value: amount}(data);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(output, 32), mload(output))
            }
        }
        return output;
    }
}
