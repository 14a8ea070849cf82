//! What the node's tracer says of the state before a block.
//!
//! The `prestateTracer` lists for each transaction what it touches, with the values just before that transaction. The
//! value before the block is the one that is seen first, with one exception: an account that the block itself creates
//! is left out where it is created, and is first seen as it is later. So contracts that are first seen after the first
//! transaction are asked for again, at the block before.

use super::{
    listing::{Listed, Listing},
    rpc::{Node, foreign, hex},
};
use crate::exit::Failure;
use bench::RecordedBlock;
use primitives::{Address, Bytes, U256, alloy_primitives::ruint::ParseError, map::AddressSet};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One transaction's part of the trace.
#[derive(Deserialize)]
struct Traced {
    result: Option<BTreeMap<Address, TracedAccount>>,
    error: Option<String>,
}

/// An account before a transaction. What is zero or empty may be left out.
#[derive(Deserialize)]
struct TracedAccount {
    #[serde(default)]
    balance: U256,
    #[serde(default)]
    nonce: Nonce,
    #[serde(default)]
    code: Option<Bytes>,
    #[serde(default)]
    storage: BTreeMap<U256, U256>,
}

/// A nonce: Geth writes a number, others a quantity.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(try_from = "Value")]
struct Nonce(u64);

/// Traces the block and merges what is seen first.
pub(super) fn listing(node: &Node, block: &RecordedBlock) -> Result<Listing, Failure> {
    let tracer = json!([hex(block.number()), { "tracer": "prestateTracer", "tracerConfig": { "diffMode": false } }]);
    let traces = node.call("debug_traceBlockByNumber", tracer).map_err(|failure| match failure {
        Failure::Input(what) => Failure::Input(format!("{what}; without a tracer, try --without-tracer")),
        other => other,
    })?;
    let traces: Vec<Traced> = serde_json::from_value(traces)
        .map_err(|error| foreign(&format!("debug_traceBlockByNumber with the prestateTracer: {error}")))?;
    let transactions = block.block.body.transactions.len();
    if traces.len() != transactions {
        return Err(foreign(&format!("{} traces for {transactions} transactions", traces.len())));
    }
    let mut listing = Listing::default();
    let mut late = Vec::new();
    for (index, traced) in traces.into_iter().enumerate() {
        let accounts = traced.result.ok_or_else(|| {
            foreign(&format!("the trace of transaction {index}: {}", traced.error.as_deref().unwrap_or("is empty")))
        })?;
        for (address, account) in accounts {
            if merge(&mut listing, address, account) && index > 0 {
                late.push(address);
            }
        }
    }
    check_late(node, block, &mut listing, late)?;
    Ok(listing)
}

/// Takes over what was not seen before; says whether the account is new.
fn merge(listing: &mut Listing, address: Address, account: TracedAccount) -> bool {
    let is_new = !listing.0.contains_key(&address);
    let listed = listing.0.entry(address).or_insert_with(|| Listed {
        balance: account.balance,
        nonce: account.nonce.0,
        code: account.code.unwrap_or_default(),
        storage: BTreeMap::new(),
    });
    for (slot, value) in account.storage {
        listed.storage.entry(slot).or_insert(value);
    }
    is_new
}

/// Drops accounts that look like contracts and were others before the block. Execution asks for them again.
fn check_late(node: &Node, block: &RecordedBlock, listing: &mut Listing, late: Vec<Address>) -> Result<(), Failure> {
    let senders: AddressSet = block.senders.iter().copied().collect();
    let may_be_created = |address: &Address| {
        let listed = &listing.0[address];
        !listed.code.is_empty() || (listed.nonce > 0 && !senders.contains(address))
    };
    let suspects: Vec<Address> = late.into_iter().filter(may_be_created).collect();
    let parent = hex(block.number().saturating_sub(1));
    let queries: Vec<Value> = suspects.iter().map(|address| json!([address, parent])).collect();
    let codes: Vec<Bytes> = node.batch("eth_getCode", &queries)?;
    let nonces: Vec<U256> = node.batch("eth_getTransactionCount", &queries)?;
    for (address, (code, nonce)) in suspects.iter().zip(codes.into_iter().zip(nonces)) {
        let listed = &listing.0[address];
        if listed.code != code || U256::from(listed.nonce) != nonce {
            listing.0.remove(address);
        }
    }
    Ok(())
}

impl TryFrom<Value> for Nonce {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let nonce = match &value {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => parse(text).ok(),
            _ => None,
        };
        nonce.map(Self).ok_or_else(|| format!("a nonce that is no number: {value}"))
    }
}

fn parse(text: &str) -> Result<u64, ParseError> {
    let number: U256 = text.parse()?;
    Ok(number.saturating_to())
}
