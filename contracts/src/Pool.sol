// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "./Token.sol";

/// Constant-product market maker for a pair of tokens, with a fee of 0.3 % that stays in the pool.
///
/// Storage, as benchmarks write it: slot 0 `token0`, slot 1 `token1`, slot 2 both reserves and the time of the last
/// change in one word (112, 112 and 32 bits from the low end), slot 3 the lock, 1 while it is open.
contract Pool {
    Token public token0;
    Token public token1;
    uint112 private reserve0;
    uint112 private reserve1;
    uint32 private updated;
    uint256 private open = 1;

    event Swap(address indexed sender, address indexed tokenIn, uint256 amountIn, uint256 amountOut, address indexed to);
    event Sync(uint112 reserve0, uint112 reserve1);

    error Locked();
    error Overflow();
    error TransferFailed();
    error UnknownToken(address token);
    error InsufficientOutput(uint256 amountOut, uint256 needed);

    modifier lock() {
        if (open != 1) revert Locked();
        open = 2;
        _;
        open = 1;
    }

    constructor(Token first, Token second) {
        token0 = first;
        token1 = second;
    }

    function reserves() external view returns (uint112, uint112, uint32) {
        return (reserve0, reserve1, updated);
    }

    /// Takes the tokens that the pool holds, sent before by anyone, as its reserves.
    function sync() external lock {
        _update(token0.balanceOf(address(this)), token1.balanceOf(address(this)));
    }

    /// Takes `amountIn` of `tokenIn` from the caller, who approved it, and pays the other token to `to`.
    function swap(Token tokenIn, uint256 amountIn, uint256 minimumOut, address to)
        external
        lock
        returns (uint256 amountOut)
    {
        bool forward = tokenIn == token0;
        if (!forward && tokenIn != token1) revert UnknownToken(address(tokenIn));
        if (!tokenIn.transferFrom(msg.sender, address(this), amountIn)) revert TransferFailed();
        uint256 balanceIn = tokenIn.balanceOf(address(this));
        amountOut = _output(forward, balanceIn);
        if (amountOut == 0 || amountOut < minimumOut) revert InsufficientOutput(amountOut, minimumOut);
        uint256 balanceOut = _pay(forward ? token1 : token0, to, amountOut);
        if (forward) _update(balanceIn, balanceOut);
        else _update(balanceOut, balanceIn);
        emit Swap(msg.sender, address(tokenIn), amountIn, amountOut, to);
    }

    /// What the pool pays for what came in since the last change.
    function _output(bool forward, uint256 balanceIn) private view returns (uint256) {
        (uint256 reserveIn, uint256 reserveOut) = forward ? (reserve0, reserve1) : (reserve1, reserve0);
        uint256 charged = (balanceIn - reserveIn) * 997;
        return (charged * reserveOut) / (reserveIn * 1000 + charged);
    }

    /// Pays, and gives the balance that is left.
    function _pay(Token token, address to, uint256 amount) private returns (uint256) {
        if (!token.transfer(to, amount)) revert TransferFailed();
        return token.balanceOf(address(this));
    }

    function _update(uint256 balance0, uint256 balance1) private {
        if (balance0 > type(uint112).max || balance1 > type(uint112).max) revert Overflow();
        reserve0 = uint112(balance0);
        reserve1 = uint112(balance1);
        updated = uint32(block.timestamp);
        emit Sync(uint112(balance0), uint112(balance1));
    }
}
