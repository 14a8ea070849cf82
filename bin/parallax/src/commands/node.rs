//! `node`: one node that keeps its chain, as a service runs it.

use crate::{
    exit::Failure,
    machine,
    process::{self, Company, Process, Watching},
};
use clap::Args;
use node::{Keys, Limits, Mining, Options};
use primitives::Address;
use rpc::{Config, Namespace, Namespaces};
use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};
use telemetry::Format;

const EXAMPLES: &str = "\
Examples:
  parallax node --genesis genesis.json --datadir /var/lib/parallax
  parallax node --config /etc/parallax/node.toml
  parallax node --config node.toml --log debug        a flag goes before the file
  PARALLAX_NODE_PORT=9545 parallax node --config node.toml

The file is TOML, and its keys are the names of the flags: `port = 8545`, `no-shadow = true`. What `parallax config show
--config node.toml` prints tells where each value comes from. There are no development methods and no keys in a node.";

/// Runs a node that keeps its chain: a genesis file, a data directory, Ethereum JSON-RPC, metrics and health.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Configuration file. The environment and flags go before what it says.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Directory of the chain.
    #[arg(long, value_name = "DIR")]
    datadir: Option<PathBuf>,
    /// Genesis file in geth's form (EIP-7949).
    #[arg(long, value_name = "FILE")]
    genesis: Option<PathBuf>,
    /// File with the prices of threads, where the genesis names others than the public ones by their hash.
    #[arg(long, value_name = "FILE")]
    threads: Option<PathBuf>,
    /// Bytes of the file system that are left alone: with less free, no block is made.
    #[arg(long, value_name = "BYTES", default_value_t = 256 << 20)]
    disk_reserve: u64,
    /// Make a block every so many seconds; without it, one for whatever comes.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    block_time: Option<u64>,
    /// Who gets the fees: an address, or the keystore file of its key, which stays locked.
    #[arg(long, value_name = "ADDRESS|FILE", default_value_t = Address::ZERO.to_string())]
    coinbase: String,
    /// Least tip that clients are told to offer, in wei per gas; --price-limit, if that is more. A lesser one is taken all
    /// the same, down to --price-limit.
    #[arg(long, value_name = "WEI", default_value_t = 1_000_000)]
    gas_price: u128,
    /// Least tip that the pool takes, in wei per gas: a transaction that offers less is refused.
    #[arg(long, value_name = "WEI", default_value_t = 0)]
    price_limit: u128,
    /// Workers that execute blocks; by default one for each processor.
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
    /// Do not execute each block a second time before it is committed.
    #[arg(long)]
    no_shadow: bool,
    /// Address to listen on.
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    host: IpAddr,
    /// Port of HTTP and WebSocket; 0 takes a free one.
    #[arg(long, value_name = "PORT", default_value_t = 8545)]
    port: u16,
    /// What HTTP and WebSocket offer, besides eth, net, web3, rpc and parallax. The socket file offers all.
    #[arg(long, value_name = "NAMESPACE", value_delimiter = ',')]
    api: Vec<Namespace>,
    /// Also listen on a socket file, for this user only.
    #[arg(long, value_name = "PATH")]
    ipc: Option<PathBuf>,
    /// Site whose pages may talk to the node, as `https://example.org`; `*` for all. May be given several times.
    #[arg(long, value_name = "ORIGIN")]
    allow_origin: Vec<String>,
    /// Name by which browsers may reach the node, besides localhost and IP addresses; `*` for all. May be given several
    /// times.
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,
    /// Where /metrics, /livez and /readyz are.
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:9645")]
    metrics: SocketAddr,
    /// No metrics and no health.
    #[arg(long)]
    no_metrics: bool,
    /// What is logged: off, error, warn, info, debug or trace, or a list as `info,parallax::rpc=debug`.
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    log: String,
    /// What a line of the log looks like: `text`, `json`, or `auto`: text on a terminal, JSON elsewhere.
    #[arg(long, value_name = "FORMAT", default_value = "auto")]
    log_format: Format,
}

/// Runs the command, until a signal ends it.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let watching = Watching {
        metrics: (!arguments.no_metrics).then_some(arguments.metrics),
        level: arguments.log.clone(),
        format: arguments.log_format,
    };
    let options = arguments.options()?;
    let keys = Keys::default();
    process::run(Process { options, keys, config: arguments.config(), watching, company: &Alone })
}

/// A node that prints nothing.
struct Alone;

impl Company for Alone {}

impl Arguments {
    /// What is wrong with them before anything is started.
    pub(crate) fn options(&self) -> Result<Options, Failure> {
        let missing = |name: &str| Failure::Usage(format!("--{name} is missing"));
        let datadir = self.datadir.clone().ok_or_else(|| missing("datadir"))?;
        let genesis = self.genesis.as_deref().ok_or_else(|| missing("genesis"))?;
        telemetry::Logs::levels(&self.log).map_err(|error| Failure::Usage(error.to_string()))?;
        Ok(Options {
            datadir: Some(datadir),
            mining: self.block_time.map_or(Mining::Instant, |seconds| Mining::Interval(Duration::from_secs(seconds))),
            workers: self.workers.unwrap_or_else(machine::processors),
            shadow: !self.no_shadow,
            pool: Limits { min_tip: self.price_limit, ..Limits::node() },
            coinbase: self.coinbase()?,
            min_tip: self.gas_price.max(self.price_limit),
            blob_bytes_max: 0,
            reserve_bytes: self.disk_reserve,
            ..Options::new(super::genesis::read(genesis, self.threads.as_deref())?)
        })
    }

    fn coinbase(&self) -> Result<Address, Failure> {
        if let Ok(address) = self.coinbase.parse() {
            return Ok(address);
        }
        let path = PathBuf::from(&self.coinbase);
        node::keystore::address_of(&path).map_err(|error| Failure::Input(error.to_string()))
    }

    fn config(&self) -> Config {
        let api = self.api.iter().fold(Namespaces::PUBLIC, |all, one| all.with(*one));
        Config {
            http: Some(SocketAddr::new(self.host, self.port)),
            http_namespaces: api,
            ipc: self.ipc.clone(),
            hosts: self.allow_host.clone(),
            origins: self.allow_origin.clone(),
            identifier_seed: process::identifier_seed(),
            ..Config::default()
        }
    }
}
