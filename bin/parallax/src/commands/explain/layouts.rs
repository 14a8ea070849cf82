//! Which contract of a block each storage layout belongs to, and what it calls a slot.

use crate::{
    exit::Failure,
    layouts::{Source, read},
    workload::Workload,
};
use access_list::{Compiled, Preimages, StateKey, StorageLayout};
use executor::{Engine, Plan};
use primitives::Address;
use std::collections::BTreeMap;

/// The layouts of a block's contracts.
#[derive(Default)]
pub(super) struct Layouts {
    by_address: BTreeMap<Address, (String, StorageLayout)>,
    preimages: Preimages,
}

impl Layouts {
    /// Reads the files, finds the contracts, and executes the block once more to see what was hashed.
    pub(super) fn new(sources: &[Source], workload: &Workload<'_>, keys: &[StateKey]) -> Result<Self, Failure> {
        let mut layouts = Self::default();
        if sources.is_empty() {
            return Ok(layouts);
        }
        let addresses: Vec<Address> = keys.iter().map(StateKey::address).collect();
        for contract in read(sources)? {
            let said = contract.address.into_iter();
            let found = addresses.iter().copied().filter(|address| is_at(&contract, *address, workload));
            for address in said.chain(found) {
                let known = (contract.name.clone(), contract.layout.clone());
                layouts.by_address.entry(address).or_insert(known);
            }
        }
        let noting = Workload { recorded: workload.recorded, prepared: workload.prepared.clone().noting_preimages() };
        let refused = |error: executor::Error| crate::workload::failure(&workload.recorded.name, &error);
        noting.execute(&Engine::new(1)?, &Plan::default()).map_err(refused)?;
        layouts.preimages = noting.prepared.environment().take_preimages();
        Ok(layouts)
    }

    /// The variable behind a key, with the contract's name where that is known.
    pub(super) fn name(&self, key: &StateKey) -> Option<String> {
        let StateKey::Slot(address, slot) = *key else { return None };
        let (contract, layout) = self.by_address.get(&address)?;
        let variable = layout.name(slot, &self.preimages)?;
        Some(if contract.is_empty() { variable } else { format!("{contract}.{variable}") })
    }
}

/// Whether an account has this code before the block.
fn is_at(contract: &Compiled, address: Address, workload: &Workload<'_>) -> bool {
    let state = workload.state();
    let Ok(Some(account)) = state.account(address) else { return false };
    let code = state.code(account.code_hash).unwrap_or_default();
    contract.is_at(address, &code)
}
