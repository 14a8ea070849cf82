//! A listed pre-state: `{address: {balance, nonce, code_hash or code, storage}}`.

use std::{collections::BTreeMap, path::Path};

use primitives::{
    Account, Address, B256, Bytes, KECCAK256_EMPTY, U256, alloy_primitives::U64, keccak256, map::B256Map,
};
use serde::Deserialize;
use state::MemoryState;

use crate::LoadError;

/// The file's content.
pub(super) type PreState = BTreeMap<Address, PreAccount>;

/// One account and what is read of its storage.
#[derive(Deserialize)]
pub(super) struct PreAccount {
    balance: U256,
    #[serde(default)]
    nonce: U64,
    #[serde(default, alias = "codeHash")]
    code_hash: Option<B256>,
    #[serde(default)]
    code: Option<Bytes>,
    #[serde(default)]
    storage: BTreeMap<U256, U256>,
}

/// Builds the state. Code comes from the accounts themselves or from the first of `codes` that has it.
pub(super) fn build(path: &Path, pre_state: PreState, codes: &[&B256Map<Bytes>]) -> Result<MemoryState, LoadError> {
    let mut state = MemoryState::default();
    for (address, account) in pre_state {
        let code_hash = match (account.code, account.code_hash) {
            (Some(code), stated) => {
                let hash = state.insert_code(code);
                LoadError::check(path, format!("the code hash of {address}"), &hash, &stated.unwrap_or(hash))?;
                hash
            }
            (None, None | Some(B256::ZERO | KECCAK256_EMPTY)) => KECCAK256_EMPTY,
            (None, Some(hash)) => {
                let code = codes.iter().find_map(|codes| codes.get(&hash));
                let code = code.ok_or_else(|| LoadError::MissingCode { path: path.to_owned(), hash })?;
                LoadError::check(path, "the hash of a code", &keccak256(code), &hash)?;
                state.insert_code(code.clone())
            }
        };
        state.set_account(address, Account { balance: account.balance, nonce: account.nonce.to(), code_hash });
        for (slot, value) in account.storage {
            state.set_storage(address, slot, value);
        }
    }
    Ok(state)
}
