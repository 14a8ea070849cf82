//! Reads of the state.

use crate::{
    Chain,
    error::{of_disk, of_state},
};
use alloy_rpc_types_eth::{EIP1186AccountProofResponse, EIP1186StorageProof};
use primitives::{Account, Address, B256, Bytes, U256};
use rpc::{RpcError, backend::State};
use state::StateReader;

impl State for Chain {
    fn account(&self, at: B256, address: Address) -> Result<Account, RpcError> {
        let account = self.state_at(at)?.account(address).map_err(|error| of_state(&error))?;
        Ok(account.unwrap_or_default())
    }

    fn code(&self, at: B256, address: Address) -> Result<Bytes, RpcError> {
        let state = self.state_at(at)?;
        let account = state.account(address).map_err(|error| of_state(&error))?.unwrap_or_default();
        state.code(account.code_hash).map_err(|error| of_state(&error))
    }

    fn storage(&self, at: B256, address: Address, slot: U256) -> Result<U256, RpcError> {
        self.state_at(at)?.storage(address, slot).map_err(|error| of_state(&error))
    }

    /// Against the root of the block's header. What a developer has changed since is in no root yet, and not in here.
    fn proof(&self, at: B256, address: Address, slots: &[U256]) -> Result<EIP1186AccountProofResponse, RpcError> {
        let stored = self.store.by_hash(at)?.ok_or_else(RpcError::header_not_found)?;
        let header = &stored.block.block.header;
        let proof = self.store.disk.prove(header.number, address, slots).map_err(|error| of_disk(&error))?;
        if proof.root != header.state_root {
            // Another block stands there by now.
            return Err(RpcError::header_not_found());
        }
        let account = proof.account.unwrap_or_default();
        Ok(EIP1186AccountProofResponse {
            address,
            balance: account.balance,
            code_hash: account.code_hash,
            nonce: account.nonce,
            storage_hash: proof.storage_root,
            account_proof: proof.nodes,
            storage_proof: proof
                .slots
                .into_iter()
                .map(|slot| EIP1186StorageProof {
                    key: B256::from(slot.slot).into(),
                    value: slot.value,
                    proof: slot.nodes,
                })
                .collect(),
        })
    }
}
