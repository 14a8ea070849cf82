//! `fetch-block`: a block with everything that it reads, from any archive node, into a folder that `replay` reads.
//!
//! ```text
//!  eth_getBlockByNumber, uncles ──▶ block.json, checked against its own hash
//!  debug_traceBlockByNumber     ──▶ accounts and slots that its transactions touch, in bulk
//!  eth_getBalance and the like  ──▶ what the tracer leaves out, asked for as execution asks for it
//!  pre_state.json, block_hashes.json ──▶ loaded again, executed, held against the header
//! ```
//!
//! The tracer is an accelerator and is not trusted for more than that: what it says and what it omits ends in a
//! comparison with the header.

mod folder;
mod listing;
mod remote;
mod rpc;
mod trace;

use crate::{
    exit::Failure,
    workload::{Workload, failure, reader},
};
use bench::RecordedBlock;
use clap::Args;
use executor::{Engine, Plan};
use folder::Folder;
use listing::Listing;
use primitives::U256;
use remote::RemoteState;
use rpc::Node;
use serde_json::{Value, json};
use std::{path::PathBuf, time::Duration};

const EXAMPLES: &str = "\
Examples:
  parallax fetch-block --rpc http://localhost:8545 17666333
  parallax fetch-block --rpc https://archive.example/key 17666333 --out blocks/17666333
  parallax fetch-block --rpc http://localhost:8545 1200 --genesis genesis.json

The node must have the state before the block. With debug_traceBlockByNumber (Geth, Erigon, Nethermind, Reth) a block
takes seconds; without it, --without-tracer asks for every account and slot on its own, which takes a round trip each.

What cannot be told over JSON-RPC: before Spurious Dragon an account may exist and be empty, which here counts as not
existing. Whether that matters to a block shows when it is held against its header.";

/// Fetches a block and all the state that it reads from a node's JSON-RPC, and replays it once.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The block's number.
    #[arg(value_name = "NUMBER")]
    number: u64,
    /// Where the node listens: http:// or https://.
    #[arg(long, value_name = "URL")]
    rpc: String,
    /// The folder to write, which must be new or empty [default: the block's number].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// The genesis file of a chain that is not Ethereum mainnet; it is copied into the folder.
    #[arg(long, value_name = "FILE")]
    genesis: Option<PathBuf>,
    /// Ask for each account and slot on its own instead of tracing the block.
    #[arg(long)]
    without_tracer: bool,
    /// How long to wait for one answer.
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let node = Node::new(&arguments.rpc, Duration::from_secs(arguments.timeout))?;
    check_chain(&node, arguments)?;
    let block = block(&node, arguments.number)?;
    let uncles = uncles(&node, &block, arguments.number)?;
    let path = arguments.out.clone().unwrap_or_else(|| PathBuf::from(arguments.number.to_string()));
    let folder = Folder::create(path)?;
    if let Some(genesis) = &arguments.genesis {
        folder.copy(genesis, "genesis.json")?;
    }
    folder.write("block.json", &block)?;
    if !uncles.is_empty() {
        folder.write("uncles.json", &uncles)?;
    }
    folder.write("pre_state.json", &json!({}))?;
    let empty = RecordedBlock::load(folder.path())?;
    if empty.number() != arguments.number {
        return Err(rpc::foreign(&format!("asked for block {}, got block {}", arguments.number, empty.number())));
    }

    let listing = if arguments.without_tracer { Listing::default() } else { trace::listing(&node, &empty)? };
    let remote = RemoteState::new(&node, &empty, listing);
    let workload = Workload::new(&empty);
    let engine = Engine::new(1)?;
    let executed = engine.execute(&workload.prepared, &remote, &Plan::default());
    let (listing, hashes, asked) = remote.into_parts();
    folder.write("pre_state.json", &listing)?;
    folder.write("block_hashes.json", &hashes)?;
    // An invalid block is judged below, on what was written.
    if let Err(error) = executed
        && !matches!(error, executor::Error::Invalid(_))
    {
        return Err(failure(&empty.name, &error));
    }
    folder.keep();
    println!(
        "{}: {} transactions, {} accounts, {} slots, {} codes, {} block hashes; {asked} asked for beside the tracer",
        folder.path().display(),
        empty.block.body.transactions.len(),
        listing.accounts(),
        listing.slots(),
        listing.codes(),
        hashes.len(),
    );
    verify(&folder)
}

/// Executes what was written and holds it against the header.
fn verify(folder: &Folder) -> Result<(), Failure> {
    let recorded = RecordedBlock::load(folder.path())?;
    recorded.check_senders()?;
    let workload = Workload::new(&recorded);
    let refused = |error: &executor::Error| match failure(&recorded.name, error) {
        Failure::Verdict(what) => Failure::Verdict(format!(
            "{what}; either the node told something else than the state before the block, or an empty account mattered. \
             {} is left as it is",
            folder.path().display()
        )),
        other => other,
    };
    let state = reader(&recorded.state);
    let execution = Engine::new(1)?.replay(&workload.prepared, state, &Plan::default(), None);
    let execution = execution.map_err(|error| refused(&error))?;
    let receipts = if recorded.roots.receipts.is_some() { ", receipts root" } else { "" };
    println!("replayed: gas used {}, logs bloom{receipts} agree with the header", execution.gas_used);
    Ok(())
}

/// Refuses a chain whose rules are not known.
fn check_chain(node: &Node, arguments: &Arguments) -> Result<(), Failure> {
    const MAINNET: U256 = U256::ONE;
    let chain: U256 = node.value("eth_chainId", json!([]))?;
    if chain != MAINNET && arguments.genesis.is_none() {
        let what = format!("the node's chain has the identifier {chain}, not mainnet's; give its rules with --genesis");
        return Err(Failure::Usage(what));
    }
    Ok(())
}

fn block(node: &Node, number: u64) -> Result<Value, Failure> {
    let block = node.call("eth_getBlockByNumber", json!([rpc::hex(number), true]))?;
    if block.is_null() {
        return Err(Failure::Input(format!("the node has no block {number}")));
    }
    Ok(block)
}

fn uncles(node: &Node, block: &Value, number: u64) -> Result<Vec<Value>, Failure> {
    let count = block.get("uncles").and_then(Value::as_array).map_or(0, Vec::len);
    let queries: Vec<Value> = (0..count as u64).map(|index| json!([rpc::hex(number), rpc::hex(index)])).collect();
    node.batch("eth_getUncleByBlockNumberAndIndex", &queries)
}
