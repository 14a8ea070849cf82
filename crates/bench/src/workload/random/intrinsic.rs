//! What a transaction pays before its first instruction.

use super::Intent;
use primitives::{Fork, alloy_eips::eip2930::AccessList, alloy_primitives::TxKind};

/// The least gas limit with which a transaction is valid, exact from Berlin on and not below it before.
pub(super) fn gas_min(fork: Fork, intent: &Intent, access_list: &AccessList) -> u64 {
    let length = intent.input.len() as u64;
    let zeros = intent.input.iter().filter(|byte| **byte == 0).count() as u64;
    let nonzero_cost = if fork >= Fork::Istanbul { 16 } else { 68 };
    let data = 4 * zeros + nonzero_cost * (length - zeros);
    let creation = if intent.to == TxKind::Create { 32_000 + 2 * length.div_ceil(32) } else { 0 };
    let keys: u64 = access_list.iter().map(|item| item.storage_keys.len() as u64).sum();
    let listed = 2_400 * access_list.len() as u64 + 1_900 * keys;
    let authorized = 25_000 * intent.authorizations.len() as u64;
    let least = 21_000 + data + creation + listed + authorized;
    // EIP-7623: calldata has a floor price.
    let floor = if fork >= Fork::Prague { 21_000 + 10 * (zeros + 4 * (length - zeros)) } else { 0 };
    least.max(floor)
}
