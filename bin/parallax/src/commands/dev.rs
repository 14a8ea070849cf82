//! `dev`: a development node of one process, as Hardhat's and anvil's are.

mod banner;
mod lines;
mod printer;
mod state_files;

use super::threads;
use crate::{
    exit::Failure,
    layouts, machine,
    process::{self, Company, Process, Watching},
};
use clap::Args;
use lines::Form;
use node::{
    Audience, Chain, DERIVATION_PATH, FORK, GenesisOptions, KeyError, Keys, Limits, Mining, Options, Order, Start,
    TEST_MNEMONIC,
};
use primitives::{Address, Fork, U256};
use printer::Printer;
use rpc::{Config, Namespaces, backend::Dev};
use state_files::StateFiles;
use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};
use telemetry::Format;

const EXAMPLES: &str = "\
Examples:
  parallax dev                                a chain in a directory that goes with the process; a block for whatever comes
  parallax dev --datadir chain                the chain stays, with every block and receipt
  parallax dev --state state.json             the state stays, without its blocks
  parallax dev --block-time 12                a block every 12 seconds
  parallax dev --block-time 12 --mixed-mining a block for whatever comes, and one every 12 seconds besides
  parallax dev --no-mining                    blocks when evm_mine asks for them
  parallax dev --init genesis.json            the chain of a genesis file, with funded accounts besides
  parallax dev --threads                      contracts may have threads, at the public prices
  parallax dev --layout out/                  hot slots by the names of their variables
  parallax dev --port 0 --json                a free port, told as JSON; then a line for each block and transaction

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
    state: StateArguments,
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
    /// Derive the accounts from words that nobody else has: 12 of them, or 15, 18, 21 or 24.
    #[arg(long, value_name = "COUNT", num_args = 0..=1, default_missing_value = "12", conflicts_with_all = ["mnemonic", "mnemonic_seed_unsafe"])]
    mnemonic_random: Option<usize>,
    /// Derive the accounts from words that follow from a number: the same words each time. Whoever guesses it has the keys.
    #[arg(long, visible_alias = "mnemonic-seed", value_name = "NUMBER", conflicts_with = "mnemonic")]
    mnemonic_seed_unsafe: Option<u64>,
    /// Path that the accounts are derived by; the account's index comes after it.
    #[arg(long, value_name = "PATH", default_value = DERIVATION_PATH)]
    derivation_path: String,
    /// Let transactions of every account in without a signature, as anvil_autoImpersonateAccount does.
    #[arg(long)]
    auto_impersonate: bool,
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
#[command(next_help_heading = "State")]
struct StateArguments {
    /// File of the state: read at the start if it is there, written at the end. It has no blocks; --datadir keeps those.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["load_state", "dump_state", "datadir"])]
    state: Option<PathBuf>,
    /// Add the accounts of this file at the start; it comes from --dump-state, anvil_dumpState or anvil.
    #[arg(long, value_name = "FILE")]
    load_state: Option<PathBuf>,
    /// Write the state into this file at the end.
    #[arg(long, value_name = "FILE")]
    dump_state: Option<PathBuf>,
    /// With --state or --dump-state: also write it every so many seconds.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    state_interval: Option<u64>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Blocks")]
struct Blocks {
    /// Make a block every so many seconds, and none in between. Parts of a second are allowed, as in 0.5; blocks that are
    /// less than a second apart say that they are a whole one apart.
    #[arg(long, short, value_name = "SECONDS", value_parser = block_time, conflicts_with = "no_mining")]
    block_time: Option<Duration>,
    /// With --block-time: make a block for whatever comes, too.
    #[arg(long, requires = "block_time")]
    mixed_mining: bool,
    /// Make blocks only when a client asks for them.
    #[arg(long, visible_alias = "no-mine")]
    no_mining: bool,
    /// Blocks of an epoch: the block `safe` is so far behind the last one, `finalized` twice as far.
    #[arg(long, value_name = "BLOCKS", default_value_t = 32)]
    slots_in_an_epoch: u64,
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
    /// Tell of the start, and of what happens, in lines of JSON.
    #[arg(long)]
    json: bool,
    /// Do not print what contracts write to the console (`console.log`).
    #[arg(long)]
    no_console: bool,
    /// Log more: -v is --log info, -vv debug, -vvv trace.
    #[arg(short, long, action = clap::ArgAction::Count, conflicts_with_all = ["quiet", "log"])]
    verbose: u8,
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
    let phrase = accounts.phrase().map_err(|error| Failure::Usage(error.to_string()))?;
    let keys = Keys::derived(&phrase, &accounts.derivation_path, accounts.count);
    let keys = keys.map_err(|error| Failure::Usage(error.to_string()))?;
    let output = &arguments.output;
    let form = if output.json { Form::Json } else { Form::Text };
    let printer = (!output.quiet).then(|| Printer::new(form));
    let mut options = arguments.options(&keys)?;
    options.audience = printer.as_ref().map(|printer| printer.queue() as Arc<dyn Audience>);
    let level = output.level().to_owned();
    let watching = Watching { metrics: output.metrics, level, format: output.log_format };
    let beside = Beside { arguments, phrase, printer, state: StateFiles::new(arguments) };
    process::run(Process { options, keys, config: arguments.config(), watching, company: &beside })
}

/// What the command does beside its node.
struct Beside<'a> {
    arguments: &'a Arguments,
    /// The words that the accounts are derived from.
    phrase: String,
    /// Unless it is told to be quiet.
    printer: Option<Printer>,
    state: StateFiles,
}

impl Company for Beside<'_> {
    fn opened(&self, chain: &Arc<Chain>) -> Result<(), Failure> {
        if self.arguments.accounts.auto_impersonate {
            chain.auto_impersonate(true).map_err(|error| Failure::Machine(error.message.into_owned()))?;
        }
        self.state.open(chain)
    }

    fn listening(&self, chain: &Arc<Chain>, address: SocketAddr) -> Result<(), Failure> {
        let text = banner::text(self.arguments, &self.phrase, address, chain)?;
        self.printer.as_ref().map_or(Ok(()), |printer| printer.start(text, chain))
    }

    fn stopped(&self, chain: &Arc<Chain>) -> Result<(), Failure> {
        if let Some(printer) = &self.printer {
            printer.finish();
        }
        self.state.close(chain)
    }
}

impl Accounts {
    /// The words that the accounts are derived from.
    fn phrase(&self) -> Result<String, KeyError> {
        match (self.mnemonic_random, self.mnemonic_seed_unsafe) {
            (Some(words), _) => node::random_mnemonic(words),
            (None, Some(seed)) => node::seeded_mnemonic(seed),
            (None, None) => Ok(self.mnemonic.clone()),
        }
    }
}

impl Output {
    /// What is logged.
    fn level(&self) -> &str {
        match (self.quiet, self.verbose) {
            (true, _) => "error",
            (_, 0) => &self.log,
            (_, 1) => "info",
            (_, 2) => "debug",
            _ => "trace",
        }
    }
}

impl Arguments {
    fn options(&self, keys: &Keys) -> Result<Options, Failure> {
        let blocks = &self.blocks;
        Ok(Options {
            datadir: self.chain.datadir.clone(),
            mining: match blocks.block_time {
                Some(time) if blocks.mixed_mining => Mining::Mixed(time),
                Some(time) => Mining::Interval(time),
                None if blocks.no_mining => Mining::Manual,
                None => Mining::Instant,
            },
            workers: blocks.workers.unwrap_or_else(machine::processors),
            shadow: !blocks.no_shadow,
            epoch_blocks: blocks.slots_in_an_epoch,
            pool: Limits { order: blocks.order, ..Limits::dev() },
            coinbase: blocks.coinbase,
            min_tip: blocks.gas_price,
            reserve_bytes: self.chain.disk_reserve,
            layouts: layouts::read(&blocks.layout)?,
            console: !self.output.no_console,
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

/// From a millisecond to a century.
fn block_time(seconds: &str) -> Result<Duration, &'static str> {
    let seconds = seconds.parse().ok().filter(|seconds| (0.001..=3.2e9).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or("expected seconds, as 12 or 0.5, and 0.001 at least")
}

fn order(name: &str) -> Result<Order, &'static str> {
    match name {
        "fees" => Ok(Order::Fees),
        "fifo" => Ok(Order::Fifo),
        _ => Err("expected `fees` or `fifo`"),
    }
}
