//! Gas that a transaction costs before it runs, by its form alone.
//!
//! Amsterdam prices some of this anew (EIP-7976 and others) and is not settled; its rules are taken to be Osaka's.

use primitives::{
    Fork, Transaction,
    alloy_consensus::Transaction as _,
    alloy_eips::eip7623::{STANDARD_TOKEN_COST, tokens_in_calldata, transaction_floor_cost},
};

const TRANSACTION: u64 = 21_000;
const CREATION: u64 = 32_000;
const ZERO_BYTE: u64 = STANDARD_TOKEN_COST;
/// EIP-2028, from Istanbul on.
const NONZERO_BYTE: u64 = 16;
const NONZERO_BYTE_FRONTIER: u64 = 68;
/// EIP-3860, from Shanghai on.
const INIT_CODE_WORD: u64 = 2;
/// EIP-2930.
const LISTED_ADDRESS: u64 = 2_400;
const LISTED_SLOT: u64 = 1_900;
/// EIP-7702: what an authorization costs if its account does not exist.
const AUTHORIZATION: u64 = 25_000;

/// Gas for its bytes, its lists, and for creating a contract. It does not overflow: memory bounds each count.
pub fn intrinsic_gas(fork: Fork, transaction: &Transaction) -> u64 {
    let input = transaction.input();
    let zeros = input.iter().filter(|byte| **byte == 0).count() as u64;
    let others = input.len() as u64 - zeros;
    let byte = if fork >= Fork::Istanbul { NONZERO_BYTE } else { NONZERO_BYTE_FRONTIER };
    let mut gas = TRANSACTION + zeros * ZERO_BYTE + others * byte;
    if transaction.to().is_none() {
        gas += if fork >= Fork::Homestead { CREATION } else { 0 };
        gas += if fork >= Fork::Shanghai { (input.len() as u64).div_ceil(32) * INIT_CODE_WORD } else { 0 };
    }
    if let Some(list) = transaction.access_list() {
        let slots: usize = list.iter().map(|item| item.storage_keys.len()).sum();
        gas += list.len() as u64 * LISTED_ADDRESS + slots as u64 * LISTED_SLOT;
    }
    gas + transaction.authorization_list().map_or(0, |list| list.len() as u64 * AUTHORIZATION)
}

/// The least gas for its data from Prague on, however little it executes (EIP-7623); zero before.
pub fn floor_data_gas(fork: Fork, transaction: &Transaction) -> u64 {
    if fork < Fork::Prague { 0 } else { transaction_floor_cost(tokens_in_calldata(transaction.input())) }
}
