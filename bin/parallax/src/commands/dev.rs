//! `dev`: a development node of one process, as Hardhat's and anvil's are.

mod banner;

use super::threads;
use crate::{
    exit::Failure,
    layouts, machine,
    process::{self, Process, Watching},
};
use clap::Args;
use node::{DERIVATION_PATH, FORK, GenesisOptions, Keys, Limits, Mining, Options, Order, Start, TEST_MNEMONIC};
use primitives::{Address, Fork, U256};
use rpc::{Config, Namespaces};
use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};
use telemetry::Format;

const EXAMPLES: &str = "\
Examples:
  parallax dev                                a chain in a directory that goes with the process; a block for whatever comes
  parallax dev --datadir chain                the chain stays, with every block and receipt
  parallax dev --block-time 12                a block every 12 seconds
  parallax dev --block-time 12 --mixed-mining a block for whatever comes, and one every 12 seconds besides
  parallax dev --no-mining                    blocks when evm_mine asks for them
  parallax dev --init genesis.json            the chain of a genesis file, with funded accounts besides
  parallax dev --threads                      contracts may have threads, at the public prices
  parallax dev --layout out/                  hot slots by the names of their variables
  parallax dev --port 0 --json                a free port, told as JSON

The accounts are those of the mnemonic \"test test ... junk\": their keys are known to everybody. The RPC signs with them
for whoever reaches it, so it listens on this machine only, unless --unsafe-host is given.

A data directory belongs to one chain: start it with the same accounts, balance, chain, gas limit and base fee.";

/// Wei in an ether.
const ETHER: u64 = 1_000_000_000_000_000_000;

/// Runs a development node: instant blocks, funded accounts, Ethereum JSON-RPC on port 8545.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    accounts: Accounts,
    #[command(flatten)]
    chain: ChainArguments,
    #[command(flatten)]
    blocks: Blocks,
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Accounts")]
struct Accounts {
    /// How many accounts have money.
    #[arg(long = "accounts", short = 'a', value_name = "COUNT", default_value_t = 10)]
    count: usize,
    /// What each of them has, in ether.
    #[arg(long, value_name = "ETHER", default_value_t = 10_000)]
    balance: u64,
    /// Words that the accounts are derived from.
    #[arg(long, short, value_name = "WORDS", default_value = TEST_MNEMONIC)]
    mnemonic: String,
    /// Path that the accounts are derived by; the account's index comes after it.
    #[arg(long, value_name = "PATH", default_value = DERIVATION_PATH)]
    derivation_path: String,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Chain")]
struct ChainArguments {
    /// Directory of the chain. Without it, one that is removed at the end.
    #[arg(long, value_name = "DIR")]
    datadir: Option<PathBuf>,
    /// Genesis file in geth's form; the funded accounts are added to it.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["chain_id", "hardfork", "gas_limit", "base_fee", "timestamp"])]
    init: Option<PathBuf>,
    /// The chain's identifier.
    #[arg(long, value_name = "ID", default_value_t = 31337, value_parser = clap::value_parser!(u64).range(1..))]
    chain_id: u64,
    /// The rules of the chain: Paris, Shanghai, Cancun, Prague or Osaka.
    #[arg(long, value_name = "NAME", default_value_t = FORK, value_parser = hardfork)]
    hardfork: Fork,
    /// Gas of a block.
    #[arg(long, value_name = "GAS", default_value_t = 60_000_000, value_parser = clap::value_parser!(u64).range(5_000..=i64::MAX as u64))]
    gas_limit: u64,
    /// Base fee of the first block, in wei per gas.
    #[arg(long, visible_alias = "block-base-fee-per-gas", value_name = "WEI", default_value_t = 1_000_000_000)]
    base_fee: u64,
    /// Time of the first block, in seconds since 1970; by default, when it is made.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(..=u64::MAX / 2))]
    timestamp: Option<u64>,
    /// Let contracts have threads, at the prices of a file or at the public ones. With --init the genesis decides, and
    /// the file has the prices that it names by their hash.
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = threads::PUBLIC)]
    threads: Option<PathBuf>,
    /// Bytes of the file system that are left alone: with less free, no block is made.
    #[arg(long, value_name = "BYTES", default_value_t = 256 << 20)]
    disk_reserve: u64,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Blocks")]
struct Blocks {
    /// Make a block every so many seconds, and none in between.
    #[arg(long, short, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "no_mining")]
    block_time: Option<u64>,
    /// With --block-time: make a block for whatever comes, too.
    #[arg(long, requires = "block_time")]
    mixed_mining: bool,
    /// Make blocks only when a client asks for them.
    #[arg(long, visible_alias = "no-mine")]
    no_mining: bool,
    /// What comes first into a block: `fees`, the best tip; `fifo`, the first to come.
    #[arg(long, value_name = "ORDER", default_value = "fees", value_parser = order)]
    order: Order,
    /// Least tip that clients are told to offer, in wei per gas. A lesser one is taken all the same.
    #[arg(long, value_name = "WEI", default_value_t = 0)]
    gas_price: u128,
    /// Storage layout by which reports and the explorer give slots the names of variables: solc's, an artefact, a
    /// build-info, or a folder of them; by its code it finds its contracts, as ADDRESS=FILE it belongs to that one. Can be
    /// repeated.
    #[arg(long, value_name = "FILE")]
    layout: Vec<layouts::Source>,
    /// Who gets the fees.
    #[arg(long, value_name = "ADDRESS", default_value_t = Address::ZERO)]
    coinbase: Address,
    /// Workers that execute blocks; by default one for each processor.
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
    /// Do not execute each block a second time before it is committed.
    #[arg(long)]
    no_shadow: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Server")]
struct ServerArguments {
    /// Address to listen on. One that is reached from other machines needs --unsafe-host.
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    host: IpAddr,
    /// Port of HTTP and WebSocket; 0 takes a free one.
    #[arg(long, short, value_name = "PORT", default_value_t = 8545)]
    port: u16,
    /// Let other machines in. They can spend everything and stop the chain.
    #[arg(long)]
    unsafe_host: bool,
    /// Also listen on a socket file, for this user only.
    #[arg(long, value_name = "PATH")]
    ipc: Option<PathBuf>,
    /// Site whose pages may talk to the node, as `https://example.org`; `*` for all. May be given several times.
    #[arg(long, value_name = "ORIGIN")]
    allow_origin: Vec<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
struct Output {
    /// Tell of the start as one line of JSON.
    #[arg(long)]
    json: bool,
    /// Print nothing but errors.
    #[arg(long, short, visible_alias = "silent")]
    quiet: bool,
    /// Also write what --json tells into a file.
    #[arg(long, value_name = "FILE")]
    config_out: Option<PathBuf>,
    /// Where /metrics, /livez and /readyz are; by default nowhere.
    #[arg(long, value_name = "IP:PORT")]
    metrics: Option<SocketAddr>,
    /// What is logged: off, error, warn, info, debug or trace, or a list as `info,parallax::rpc=debug`.
    #[arg(long, value_name = "LEVEL", default_value = "warn")]
    log: String,
    /// What a line of the log looks like: `text`, `json`, or `auto`: text on a terminal, JSON elsewhere.
    #[arg(long, value_name = "FORMAT", default_value = "auto")]
    log_format: Format,
}

/// Runs the command, until a signal ends it.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let host = arguments.server.host;
    if !host.is_loopback() && !arguments.server.unsafe_host {
        return Err(Failure::Usage(format!(
            "{host} is reached from other machines, and whoever reaches it can spend everything; add --unsafe-host"
        )));
    }
    machine::use_small_pages();
    let accounts = &arguments.accounts;
    let keys = Keys::derived(&accounts.mnemonic, &accounts.derivation_path, accounts.count);
    let keys = keys.map_err(|error| Failure::Usage(error.to_string()))?;
    let options = arguments.options(&keys)?;
    let announcement = |chain: &node::Chain, address| banner::text(arguments, address, chain);
    let output = &arguments.output;
    let level = if output.quiet { "error".to_owned() } else { output.log.clone() };
    let watching = Watching { metrics: output.metrics, level, format: output.log_format };
    process::run(Process { options, keys, config: arguments.config(), watching, announcement: &announcement })
}

impl Arguments {
    fn options(&self, keys: &Keys) -> Result<Options, Failure> {
        let blocks = &self.blocks;
        Ok(Options {
            datadir: self.chain.datadir.clone(),
            mining: match blocks.block_time {
                Some(seconds) if blocks.mixed_mining => Mining::Mixed(seconds),
                Some(seconds) => Mining::Interval(seconds),
                None if blocks.no_mining => Mining::Manual,
                None => Mining::Instant,
            },
            workers: blocks.workers.unwrap_or_else(machine::processors),
            shadow: !blocks.no_shadow,
            pool: Limits { order: blocks.order, ..Limits::dev() },
            coinbase: blocks.coinbase,
            min_tip: blocks.gas_price,
            reserve_bytes: self.chain.disk_reserve,
            layouts: layouts::read(&blocks.layout)?,
            ..Options::new(self.start(keys)?)
        })
    }

    fn start(&self, keys: &Keys) -> Result<Start, Failure> {
        let balance = U256::from(self.accounts.balance) * U256::from(ETHER);
        if let Some(path) = &self.chain.init {
            let mut file = super::genesis::read(path, self.chain.threads.as_deref())?;
            if self.chain.threads.is_some() && file.spec().threads.is_none() {
                return Err(Failure::Input(format!("{}: there is no `threads` in `config`", path.display())));
            }
            file.fund(&keys.addresses(), balance);
            return Ok(file.into());
        }
        let chain = &self.chain;
        let threads = threads::prices(chain.threads.as_deref())?;
        if threads.is_some() && chain.hardfork < Fork::Cancun {
            return Err(Failure::Usage(format!(
                "--threads needs the rules of Cancun or younger, not {}",
                chain.hardfork
            )));
        }
        let options = GenesisOptions {
            chain_id: chain.chain_id,
            accounts: keys.addresses(),
            balance,
            gas_limit: chain.gas_limit,
            base_fee: chain.base_fee,
            fork: chain.hardfork,
            timestamp: chain.timestamp,
            threads,
        };
        Ok(options.into())
    }

    fn config(&self) -> Config {
        Config {
            http: Some(SocketAddr::new(self.server.host, self.server.port)),
            http_namespaces: Namespaces::ALL,
            ipc: self.server.ipc.clone(),
            origins: self.server.allow_origin.clone(),
            dev: true,
            identifier_seed: process::identifier_seed(),
            ..Config::default()
        }
    }
}

fn hardfork(name: &str) -> Result<Fork, String> {
    let fork: Fork = name.parse().map_err(|error: primitives::UnknownFork| error.to_string())?;
    if (Fork::Paris..=FORK).contains(&fork) { Ok(fork) } else { Err(format!("expected one of Paris to {FORK}")) }
}

fn order(name: &str) -> Result<Order, &'static str> {
    match name {
        "fees" => Ok(Order::Fees),
        "fifo" => Ok(Order::Fifo),
        _ => Err("expected `fees` or `fifo`"),
    }
}
