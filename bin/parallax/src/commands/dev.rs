//! `dev`: a development node of one process, as Hardhat's and anvil's are.
//!
//! ```text
//!  keys ──▶ Node::start ──▶ Server::start ──▶ banner ──▶ a signal, or a failure of the node ──▶ stop both
//! ```

mod banner;

use crate::{exit::Failure, machine};
use clap::Args;
use node::{GenesisOptions, Keys, Mining, Node, NodeError, Options, TEST_MNEMONIC};
use primitives::{B256, U256, keccak256};
use rpc::{Config, Namespaces, Server};
use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::SystemTime,
};
use tokio::{
    runtime,
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

const EXAMPLES: &str = "\
Examples:
  parallax dev                                a chain in a directory that goes with the process; a block for whatever comes
  parallax dev --datadir chain                the chain stays, with every block and receipt
  parallax dev --block-time 12                a block every 12 seconds
  parallax dev --no-mining                    blocks when evm_mine asks for them
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
    /// Address to listen on. One that is reached from other machines needs --unsafe-host.
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    host: IpAddr,
    /// Port of HTTP and WebSocket; 0 takes a free one.
    #[arg(long, short, value_name = "PORT", default_value_t = 8545)]
    port: u16,
    /// Let other machines in. They can spend everything and stop the chain.
    #[arg(long)]
    unsafe_host: bool,
    /// Directory of the chain. Without it, one that is removed at the end.
    #[arg(long, value_name = "DIR")]
    datadir: Option<PathBuf>,
    /// Make a block every so many seconds, and none in between.
    #[arg(long, short, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "no_mining")]
    block_time: Option<u64>,
    /// Make blocks only when a client asks for them.
    #[arg(long)]
    no_mining: bool,
    /// How many accounts have money.
    #[arg(long, short, value_name = "COUNT", default_value_t = 10)]
    accounts: usize,
    /// What each of them has, in ether.
    #[arg(long, value_name = "ETHER", default_value_t = 10_000)]
    balance: u64,
    /// Words that the accounts are derived from.
    #[arg(long, short, value_name = "WORDS", default_value = TEST_MNEMONIC)]
    mnemonic: String,
    /// The chain's identifier.
    #[arg(long, value_name = "ID", default_value_t = 31337, value_parser = clap::value_parser!(u64).range(1..))]
    chain_id: u64,
    /// Gas of a block.
    #[arg(long, value_name = "GAS", default_value_t = 60_000_000, value_parser = clap::value_parser!(u64).range(5_000..=i64::MAX as u64))]
    gas_limit: u64,
    /// Base fee of the first block, in wei per gas.
    #[arg(long, value_name = "WEI", default_value_t = 1_000_000_000)]
    base_fee: u64,
    /// Also listen on a socket file, for this user only.
    #[arg(long, value_name = "PATH")]
    ipc: Option<PathBuf>,
    /// Workers that execute blocks; by default one for each processor.
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
    /// Do not execute each block a second time before it is committed.
    #[arg(long)]
    no_shadow: bool,
    /// Tell of the start as one line of JSON.
    #[arg(long)]
    json: bool,
    /// Print nothing but errors.
    #[arg(long, short)]
    quiet: bool,
}

/// Runs the command, until a signal ends it.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    if !arguments.host.is_loopback() && !arguments.unsafe_host {
        let host = arguments.host;
        return Err(Failure::Usage(format!(
            "{host} is reached from other machines, and whoever reaches it can spend everything; add --unsafe-host"
        )));
    }
    machine::use_small_pages();
    let keys = Keys::from_mnemonic(&arguments.mnemonic, arguments.accounts);
    let keys = keys.map_err(|error| Failure::Usage(error.to_string()))?;
    let built = runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = built.map_err(|error| Failure::Machine(format!("no threads: {error}")))?;
    let (failed, failure) = mpsc::channel(1);
    let on_failure = Box::new(move |error: &NodeError| {
        let text = error.to_string();
        let is_verdict = matches!(error, NodeError::Shadow { .. });
        // Only one failure is told, and the channel has a place for it.
        let _ = failed.try_send(if is_verdict { Failure::Verdict(text) } else { Failure::Machine(text) });
    });
    let node = Node::start(&arguments.options(&keys), keys.clone(), on_failure)?;
    let served = runtime.block_on(serve(arguments, &node, &keys, failure));
    // Calls that are under way have been given their time by the server.
    runtime.shutdown_background();
    let stopped = node.stop();
    served?;
    Ok(stopped?)
}

/// Listens until a signal comes or the node fails.
async fn serve(
    arguments: &Arguments,
    node: &Node,
    keys: &Keys,
    mut failure: mpsc::Receiver<Failure>,
) -> Result<(), Failure> {
    let no_signal = |error: std::io::Error| Failure::Machine(format!("signals: {error}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(no_signal)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(no_signal)?;
    let server = Server::start(node.chain().clone(), &arguments.config()).await;
    let server = server.map_err(|error| Failure::Machine(error.to_string()))?;
    let address = server.http_address();
    banner::print(arguments, address, keys, node.chain())?;
    let ended = tokio::select! {
        _ = interrupt.recv() => Ok(()),
        _ = terminate.recv() => Ok(()),
        reason = failure.recv() => Err(reason.unwrap_or_else(|| Failure::Machine("the node has gone".to_owned()))),
    };
    // Within the time that a service manager gives; a second signal does not wait.
    tokio::select! {
        () = server.stop() => {}
        () = tokio::time::sleep(std::time::Duration::from_secs(4)) => {}
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    ended
}

impl Arguments {
    fn options(&self, keys: &Keys) -> Options {
        Options {
            genesis: GenesisOptions {
                chain_id: self.chain_id,
                accounts: keys.addresses(),
                balance: U256::from(self.balance) * U256::from(ETHER),
                gas_limit: self.gas_limit,
                base_fee: self.base_fee,
            },
            datadir: self.datadir.clone(),
            mining: match self.block_time {
                Some(seconds) => Mining::Interval(seconds),
                None if self.no_mining => Mining::Manual,
                None => Mining::Instant,
            },
            workers: self.workers.unwrap_or_else(machine::processors),
            shadow: !self.no_shadow,
        }
    }

    fn config(&self) -> Config {
        Config {
            http: Some(SocketAddr::new(self.host, self.port)),
            http_namespaces: Namespaces::ALL,
            ipc: self.ipc.clone(),
            dev: true,
            identifier_seed: identifier_seed(),
            ..Config::default()
        }
    }
}

/// A number that nobody else knows, good enough to keep one local client's filters from another's.
#[expect(clippy::disallowed_methods, reason = "no result depends on it")]
fn identifier_seed() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let seed = [now.as_nanos().to_be_bytes().as_slice(), &std::process::id().to_be_bytes()].concat();
    let hash: B256 = keccak256(seed);
    hash.0.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}
