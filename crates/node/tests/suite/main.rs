//! A node from outside: over HTTP, as its clients see it.

mod blobs;
mod blocks;
mod calls;
mod client;
mod control;
mod costly;
mod delegation;
mod foresight;
mod load;
mod payloads;
mod refusals;
mod restart;
mod transactions;
mod turning;

use client::Client;
use node::{GenesisOptions, Keys, Mining, Node, NodeError, Options, TEST_MNEMONIC};
use primitives::{
    Address, B256, Bytes, Transaction, U256,
    alloy_consensus::{SignableTransaction, TxEip1559},
    alloy_eips::Encodable2718,
    alloy_primitives::{Signature, TxKind},
};
use rpc::{Config, Namespaces, Server};
use serde_json::{Value, json};
use std::{path::Path, sync::Arc};
use tokio::runtime::Runtime;

const CHAIN_ID: u64 = 31337;
const GWEI: u128 = 1_000_000_000;

/// A running node with its server.
struct Running {
    node: Node,
    server: Server,
    runtime: Runtime,
    keys: Keys,
}

fn options(datadir: Option<&Path>, mining: Mining) -> (Options, Keys) {
    let keys = Keys::from_mnemonic(TEST_MNEMONIC, 10).expect("keys");
    let genesis = GenesisOptions {
        chain_id: CHAIN_ID,
        accounts: keys.addresses(),
        balance: ether(10_000),
        gas_limit: 60_000_000,
        base_fee: 1_000_000_000,
        ..GenesisOptions::default()
    };
    (Options { datadir: datadir.map(Path::to_owned), mining, workers: 2, ..Options::new(genesis) }, keys)
}

fn start_with(options: &Options, keys: Keys) -> Result<Running, NodeError> {
    let node = Node::start(options, keys.clone(), Box::new(|error| panic!("the node fails: {error}")))?;
    let runtime = Runtime::new().expect("a runtime");
    let config = Config {
        http: Some("127.0.0.1:0".parse().expect("an address")),
        http_namespaces: Namespaces::ALL,
        dev: true,
        ..Config::default()
    };
    let chain = Arc::clone(node.chain());
    let server = runtime.block_on(Server::start(chain, &config)).expect("a server");
    Ok(Running { node, server, runtime, keys })
}

fn start(datadir: Option<&Path>, mining: Mining) -> Running {
    let (options, keys) = options(datadir, mining);
    start_with(&options, keys).expect("a node")
}

fn instant() -> Running {
    start(None, Mining::Instant)
}

fn manual() -> Running {
    start(None, Mining::Manual)
}

impl Running {
    fn client(&self) -> Client {
        Client::connect(self.server.http_address().expect("HTTP"))
    }

    fn address(&self, account: usize) -> Address {
        self.keys.all()[account].address
    }

    fn sign(&self, account: usize, digest: B256) -> Signature {
        self.keys.all()[account].sign(digest).expect("a signature")
    }

    /// A transaction of type 2, as bytes.
    fn signed(&self, account: usize, nonce: u64, to: TxKind, value: U256, input: Bytes) -> (B256, Bytes) {
        let gas_limit = if input.is_empty() { 21_000 } else { 500_000 };
        let transaction = TxEip1559 {
            chain_id: CHAIN_ID,
            nonce,
            gas_limit,
            max_fee_per_gas: 10 * GWEI,
            max_priority_fee_per_gas: GWEI,
            to,
            value,
            input,
            ..TxEip1559::default()
        };
        let signature = self.sign(account, transaction.signature_hash());
        raw(transaction.into_signed(signature).into())
    }

    fn transfer(&self, account: usize, nonce: u64, to: Address, value: U256) -> (B256, Bytes) {
        self.signed(account, nonce, TxKind::Call(to), value, Bytes::new())
    }

    fn stop(self) {
        self.runtime.block_on(self.server.stop());
        self.runtime.shutdown_background();
        self.node.stop().expect("stopped");
    }
}

fn raw(transaction: Transaction) -> (B256, Bytes) {
    (*transaction.tx_hash(), transaction.encoded_2718().into())
}

fn ether(count: u64) -> U256 {
    U256::from(count) * U256::from(10_u64).pow(U256::from(18))
}

/// A quantity of an answer.
fn number(value: &Value) -> u64 {
    let text = value.as_str().unwrap_or_else(|| panic!("no quantity: {value}"));
    u64::from_str_radix(text.trim_start_matches("0x"), 16).unwrap_or_else(|_| panic!("no quantity: {value}"))
}

fn latest(client: &mut Client, address: Address) -> U256 {
    let balance = client.ask("eth_getBalance", json!([address, "latest"]));
    balance.as_str().expect("a balance").parse().expect("a balance")
}
