//! What a client wants to be otherwise than it is.

use super::{stage::Stage, words::narrow};
use alloy_rpc_types_eth::{
    BlockOverrides,
    state::{AccountOverride, StateOverride},
};
use primitives::{
    Address, Header,
    map::{AddressMap, AddressSet, B256Map},
};
use revm::context_interface::block::BlobExcessGasAndPrice;
use rpc::RpcError;
use state::StateReader;

/// The header with the overrides that have a place there. The rules follow its number and its time.
pub(crate) fn header(header: &Header, overrides: &BlockOverrides) -> Result<Header, RpcError> {
    let mut header = header.clone();
    if let Some(number) = overrides.number {
        header.number = narrow(number, "block number")?;
    }
    if let Some(base_fee) = overrides.base_fee {
        header.base_fee_per_gas = Some(narrow(base_fee, "base fee")?);
    }
    header.timestamp = overrides.time.unwrap_or(header.timestamp);
    header.gas_limit = overrides.gas_limit.unwrap_or(header.gas_limit);
    header.beneficiary = overrides.coinbase.unwrap_or(header.beneficiary);
    header.mix_hash = overrides.random.unwrap_or(header.mix_hash);
    header.difficulty = overrides.difficulty.unwrap_or(header.difficulty);
    Ok(header)
}

/// The overrides that have no place in a header.
pub(crate) fn apply_block(stage: &mut Stage<'_>, overrides: &BlockOverrides) -> Result<(), RpcError> {
    if let Some(price) = overrides.blob_base_fee {
        let price = u128::from(narrow(price, "blob base fee")?);
        if let Some(BlobExcessGasAndPrice { blob_gasprice, .. }) = &mut stage.block.blob_excess_gas_and_price {
            *blob_gasprice = price;
        }
    }
    for (number, hash) in overrides.block_hash.iter().flatten() {
        stage.overlay.set_block_hash(*number, *hash);
    }
    Ok(())
}

/// Changes accounts and moves precompiles. An account that stands here is no precompile any more, as in geth. Of two
/// that move to one address the one with the greater address answers there.
pub(crate) fn apply_state(stage: &mut Stage<'_>, overrides: &StateOverride) -> Result<(), RpcError> {
    let mut addresses: Vec<Address> = overrides.keys().copied().collect();
    addresses.sort_unstable();
    let originals = stage.precompiles.clone();
    let mut moved_to: AddressSet = AddressSet::default();
    let by_address: &AddressMap<AccountOverride> = overrides;
    for address in addresses {
        let Some(account) = by_address.get(&address) else { continue };
        if moved_to.contains(&address) {
            return Err(RpcError::invalid_input(format!(
                "account {address} has already been overridden by a precompile"
            )));
        }
        if let Some(to) = account.move_precompile_to {
            if !originals.contains(address) {
                return Err(RpcError::invalid_input(format!("account {address} is not a precompile")));
            }
            moved_to.insert(to);
            if overrides.contains_key(&to) {
                return Err(RpcError::invalid_input(format!("account {to} is already overridden")));
            }
            stage.precompiles.copy(address, to);
        }
        if originals.contains(address) {
            stage.precompiles.remove(address);
        }
        apply_account(stage, address, account)?;
    }
    Ok(())
}

fn apply_account(stage: &mut Stage<'_>, address: Address, account: &AccountOverride) -> Result<(), RpcError> {
    if account.state.is_some() && account.state_diff.is_some() {
        return Err(RpcError::invalid_input(format!("account {address} has both 'state' and 'stateDiff'")));
    }
    let unreadable = |_| RpcError::internal("the state could not be read");
    let before = stage.overlay.account(address).map_err(unreadable)?;
    let mut after = before.unwrap_or_default();
    after.balance = account.balance.unwrap_or(after.balance);
    after.nonce = account.nonce.unwrap_or(after.nonce);
    if let Some(code) = &account.code {
        after.code_hash = stage.overlay.insert_code(code.clone());
    }
    // Who only moves a precompile makes no account.
    let is_named = account.balance.is_some() || account.nonce.is_some() || account.code.is_some();
    let has_storage = account.state.is_some() || account.state_diff.as_ref().is_some_and(|slots| !slots.is_empty());
    if before != Some(after) && (is_named || has_storage) {
        stage.overlay.set_account(address, Some(after));
    }
    if account.state.is_some() {
        stage.overlay.wipe(address);
    }
    let slots: Option<&B256Map<_>> = account.state.as_ref().or(account.state_diff.as_ref());
    for (slot, value) in slots.into_iter().flatten() {
        stage.overlay.set_slot(address, (*slot).into(), (*value).into());
    }
    Ok(())
}
