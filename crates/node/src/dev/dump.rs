//! The state of the head as one value that another node can take in.
//!
//! ```text
//! gzip of JSON: { "accounts": { address: { "nonce", "balance", "code", "storage": { slot: value } } }, .. }
//! ```
//!
//! The form of the accounts is anvil's. What else anvil writes, blocks and history, is neither written nor read: whoever
//! wants to keep a chain starts with a data directory.

use crate::{
    Chain,
    error::{of_disk, of_state},
    overlay::StateView,
};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use primitives::{Account, Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};
use rpc::RpcError;
use serde::{Deserialize, Serialize};
use state::StateReader;
use std::{
    collections::BTreeMap,
    io::{Read, Write},
};

/// Bytes of JSON in a dump, at most.
const JSON_BYTES_MAX: u64 = 256 << 20;

/// What is written, and read.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Dump {
    accounts: BTreeMap<Address, Record>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Record {
    nonce: u64,
    balance: U256,
    code: Bytes,
    #[serde(default)]
    storage: BTreeMap<B256, B256>,
}

impl Chain {
    /// The state of the head as JSON.
    pub fn state_json(&self) -> Result<Vec<u8>, RpcError> {
        // Nothing is made or changed meanwhile.
        let _work = self.work.lock();
        let head = self.head_now();
        let state = self.state_at(head.block.hash)?;
        let mut dump = Dump::default();
        for stored in self.store.disk.accounts() {
            let stored = stored.map_err(|error| of_disk(&error))?;
            let slots = stored.slots.iter().map(|(slot, _)| *slot).collect();
            record(&mut dump, &state, stored.address, slots)?;
        }
        for (address, slots) in head.overlay.touched() {
            let known = dump.accounts.get(&address);
            let known =
                known.into_iter().flat_map(|record| record.storage.keys().map(|slot| U256::from_be_bytes(slot.0)));
            let slots = known.chain(slots).collect();
            record(&mut dump, &state, address, slots)?;
        }
        serde_json::to_vec(&dump).map_err(|error| unwritten(&error))
    }

    /// Adds the accounts of a dump, packed or not, to the state of the head. The error says what is wrong with it.
    pub fn read_state(&self, bytes: &[u8]) -> Result<(), RpcError> {
        let dump = parse(bytes).map_err(RpcError::invalid_params)?;
        self.add_accounts(dump)
    }

    pub(super) fn dump(&self) -> Result<Bytes, RpcError> {
        let json = self.state_json()?;
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&json).map_err(|error| unwritten(&error))?;
        Ok(packed.finish().map_err(|error| unwritten(&error))?.into())
    }

    pub(super) fn load(&self, bytes: &[u8]) -> Result<(), RpcError> {
        let dump = parse(bytes).map_err(|error| RpcError::invalid_params(format!("invalid argument 0: {error}")))?;
        self.add_accounts(dump)
    }

    fn add_accounts(&self, dump: Dump) -> Result<(), RpcError> {
        let addresses: Vec<Address> = dump.accounts.keys().copied().collect();
        self.edit_overlay(&addresses, |overlay, _| {
            for (address, record) in dump.accounts {
                let code_hash = if record.code.is_empty() { KECCAK256_EMPTY } else { keccak256(&record.code) };
                overlay.set_code(code_hash, record.code);
                overlay.set_account(address, Account { balance: record.balance, nonce: record.nonce, code_hash });
                for (slot, value) in record.storage {
                    overlay.set_slot(address, U256::from_be_bytes(slot.0), U256::from_be_bytes(value.0));
                }
            }
            Ok(())
        })
    }
}

/// A dump, of which no more than [`JSON_BYTES_MAX`] is unpacked.
fn parse(bytes: &[u8]) -> Result<Dump, String> {
    let mut json = Vec::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let read = GzDecoder::new(bytes).take(JSON_BYTES_MAX + 1).read_to_end(&mut json);
        read.map_err(|error| error.to_string())?;
    } else {
        json.extend_from_slice(bytes);
    }
    if json.len() as u64 > JSON_BYTES_MAX {
        return Err("the dump is too large".to_owned());
    }
    serde_json::from_slice(&json).map_err(|error| error.to_string())
}

fn unwritten(error: &dyn std::fmt::Display) -> RpcError {
    RpcError::internal(format!("the dump cannot be written: {error}"))
}

/// Writes down an account as it is now; one that is gone is left out.
fn record(dump: &mut Dump, state: &StateView, address: Address, slots: Vec<U256>) -> Result<(), RpcError> {
    dump.accounts.remove(&address);
    let Some(account) = state.account(address).map_err(|error| of_state(&error))? else { return Ok(()) };
    let mut storage = BTreeMap::new();
    for slot in slots {
        let value = state.storage(address, slot).map_err(|error| of_state(&error))?;
        if value != U256::ZERO {
            storage.insert(B256::from(slot), B256::from(value));
        }
    }
    let code = state.code(account.code_hash).map_err(|error| of_state(&error))?;
    dump.accounts.insert(address, Record { nonce: account.nonce, balance: account.balance, code, storage });
    Ok(())
}
