//! Balances and allowances of ERC-20 tokens, set without the token's consent.
//!
//! Where a token keeps a number is found by asking for it: of the slots that the question reads, the one that changes
//! the answer to what is wanted.

use alloy_rpc_types_eth::{
    TransactionRequest,
    state::{AccountOverride, StateOverride},
};
use primitives::{Address, B256, Bytes, U256, keccak256};

use super::{dev::dev, eth_call::prepare, methods};
use crate::{RpcError, backend::CallOutcome, context::Call, params::Params};

methods!(Dev {
    "anvil_dealERC20" | "hardhat_dealERC20" => Pool(3) deal;
    "anvil_setERC20Allowance" => Pool(4) allow;
});

/// Account, token, balance.
fn deal(call: &Call<'_>, params: &mut Params<'_>) -> Result<(), RpcError> {
    let account: Address = params.required()?;
    let token = params.required()?;
    set(call, token, &question("balanceOf(address)", &[account]), params.required()?)
}

/// Owner, spender, token, allowance.
fn allow(call: &Call<'_>, params: &mut Params<'_>) -> Result<(), RpcError> {
    let owner: Address = params.required()?;
    let spender = params.required()?;
    let token = params.required()?;
    set(call, token, &question("allowance(address,address)", &[owner, spender]), params.required()?)
}

fn question(signature: &str, arguments: &[Address]) -> Bytes {
    let words = arguments.iter().flat_map(|address| address.into_word().0);
    keccak256(signature)[..4].iter().copied().chain(words).collect()
}

/// Changes the slot that decides the answer to a question.
fn set(call: &Call<'_>, token: Address, question: &Bytes, wanted: U256) -> Result<(), RpcError> {
    let at = call.backend().head().hash;
    let request = |state: Option<StateOverride>| {
        let transaction = TransactionRequest::default().to(token).input(question.clone().into());
        prepare(transaction, at, state, None)
    };
    let read = call.backend().create_access_list(&request(None)?, &call.budget())?;
    // A value that no token holds by chance, so that the slot of another number does not look like this one.
    let probe = B256::from(keccak256(question.as_ref()));
    for item in &read.access_list.0 {
        for slot in &item.storage_keys {
            call.check()?;
            let changed =
                AccountOverride { state_diff: Some([(*slot, probe)].into_iter().collect()), ..Default::default() };
            let state = [(item.address, changed)].into_iter().collect();
            let outcome = call.backend().call(&request(Some(state))?, &call.budget())?;
            if matches!(outcome, CallOutcome::Success(output) if output.as_ref() == probe.as_slice()) {
                return dev(call)?.set_storage(item.address, U256::from_be_bytes(slot.0), B256::from(wanted));
            }
        }
    }
    Err(RpcError::invalid_input(format!("no slot of {token} decides the answer")))
}
