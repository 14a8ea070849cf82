//! A node as a process: from its start to the signal that ends it.
//!
//! ```text
//!  Node::start ──▶ opened ──▶ Server::start ──▶ listening ──▶ a signal, or a failure of the node ──▶ both stop ──▶ stopped
//! ```
//!
//! A service manager that asks for it is told when the node is ready, when it stops, and in between that it lives.
//!
//! A full disk is no end: no block is made any more, reads are answered, and the exit code tells of it when a signal
//! comes. Any other failure ends the process at once. What is printed is printed by a thread of its own, so that a
//! reader who does not read stops nothing.

use crate::{exit::Failure, machine, service};
use node::{Chain, Keys, Node, NodeError, Options};
use primitives::{B256, keccak256};
use rpc::{Config, Places, Port, Server, limits};
use std::{
    io::{self, Write},
    net::SocketAddr,
    sync::Arc,
    thread,
    time::{Duration, SystemTime},
};
use telemetry::{Endpoint, Format, Health, Logs, Metrics};
use tokio::{
    runtime,
    signal::unix::{Signal, SignalKind, signal},
    sync::mpsc,
};

/// How long a stop may take. A service manager gives more.
const STOP_TIME_MAX: Duration = Duration::from_secs(4);

/// Everything that a process is started with.
pub(crate) struct Process<'a> {
    /// The node.
    pub(crate) options: Options,
    /// The keys that it signs with for its clients.
    pub(crate) keys: Keys,
    /// Its server.
    pub(crate) config: Config,
    /// How it is watched.
    pub(crate) watching: Watching,
    /// What the command does beside it.
    pub(crate) company: &'a dyn Company,
}

/// What a command does at the turns of its node's life.
pub(crate) trait Company {
    /// The chain is open, and nobody has reached it.
    fn opened(&self, _: &Arc<Chain>) -> Result<(), Failure> {
        Ok(())
    }

    /// The node listens at an address.
    fn listening(&self, _: &Arc<Chain>, _: SocketAddr) -> Result<(), Failure> {
        Ok(())
    }

    /// No block is made any more.
    fn stopped(&self, _: &Arc<Chain>) -> Result<(), Failure> {
        Ok(())
    }
}

/// How a process is watched.
pub(crate) struct Watching {
    /// Where metrics and health are, if anywhere.
    pub(crate) metrics: Option<SocketAddr>,
    /// What is logged.
    pub(crate) level: String,
    /// What a line of the log looks like.
    pub(crate) format: Format,
}

/// The places that it listens at.
struct Taken {
    server: Places,
    metrics: Option<Port>,
}

/// Threads beside the workers: of the log, the runtime, its blocking calls, the store, the miner, what is printed and
/// what keeps the state in a file.
const THREADS: usize = 12;

/// Memory without which no node starts.
const MEMORY_MIN_MIB: usize = 64;

/// Files beside the store's tables and the connections.
const FILES: u64 = 64;

/// Files without which no node starts.
const FILES_MIN: u64 = 2 * FILES;

/// Finds out whether the machine has what a node needs, and shares the files out between the store and the clients.
fn check_machine(process: &mut Process<'_>) -> Result<(), Failure> {
    let workers = process.options.workers;
    if !(1..=scheduler::WORKERS_MAX).contains(&workers) {
        return Err(scheduler::Error::WorkerCount(workers).into());
    }
    let wanting =
        |what: String| move |error: &dyn std::fmt::Display| Failure::Machine(format!("a node needs {what}: {error}"));
    machine::check_memory(MEMORY_MIN_MIB << 20)
        .map_err(|error| wanting(format!("{MEMORY_MIN_MIB} MiB of memory"))(&error))?;
    let threads = workers + THREADS;
    machine::check_threads(threads).map_err(|error| wanting(format!("{threads} threads"))(&error))?;
    let files = machine::open_files();
    if files < FILES_MIN {
        let text = format!("a node needs {FILES_MIN} open files, and this process may have {files} (ulimit -n)");
        return Err(Failure::Machine(text));
    }
    let half = usize::try_from((files - FILES) / 2).unwrap_or(usize::MAX);
    process.options.files_max = process.options.files_max.min(half);
    process.config.connections_max = limits::CONNECTIONS_MAX.min(half);
    Ok(())
}

/// Runs it until a signal comes.
pub(crate) fn run(mut process: Process<'_>) -> Result<(), Failure> {
    check_machine(&mut process)?;
    let logs = Logs::start(&process.watching.level, process.watching.format);
    let _logs = logs.map_err(|error| Failure::Usage(error.to_string()))?;
    let metrics = Arc::new(Metrics::new(env!("CARGO_PKG_VERSION"), env!("PARALLAX_COMMIT")));
    if process.watching.metrics.is_some() || process.watching.level != "off" {
        process.options.observer = Some(metrics.clone());
    }
    if process.watching.metrics.is_some() {
        process.config.observer = Some(metrics.clone());
    }
    let built = runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = built.map_err(|error| Failure::Machine(format!("no threads: {error}")))?;
    // Before anything is made that stays: a place that is taken leaves nothing behind.
    let places = {
        let _inside = runtime.enter();
        Taken { server: Places::take(&process.config)?, metrics: process.watching.metrics.map(Port::take).transpose()? }
    };
    let (failed, failure) = mpsc::channel(1);
    let on_failure = Box::new(move |error: &NodeError| {
        // Only one failure is told, and the channel has a place for it.
        let _ = failed.try_send(Failure::from(error));
    });
    let node = Node::start(&process.options, process.keys.clone(), on_failure)?;
    let chain = Arc::clone(node.chain());
    process.company.opened(&chain)?;
    let served = runtime.block_on(serve(&process, &node, places, (metrics, failure)));
    // Calls that are under way have been given their time by the server.
    runtime.shutdown_background();
    let stopped = node.stop();
    let ended = process.company.stopped(&chain);
    served?;
    stopped?;
    ended
}

/// Listens until a signal comes or the node fails.
async fn serve(
    process: &Process<'_>,
    node: &Node,
    places: Taken,
    (metrics, mut failure): (Arc<Metrics>, mpsc::Receiver<Failure>),
) -> Result<(), Failure> {
    let mut signals = Signals::new().map_err(|error| Failure::Machine(format!("signals: {error}")))?;
    let server = Server::start_at(places.server, node.chain().clone(), &process.config).await?;
    let address = server.http_address().ok_or_else(|| Failure::Machine("the server has no address".to_owned()))?;
    let health = Health::new(node.chain().clone());
    let _endpoint = match places.metrics {
        Some(port) => {
            let endpoint = Endpoint::start(port, metrics, health.clone())?;
            tracing::info!(target: "parallax", address = %endpoint.address(), "metrics");
            Some(endpoint)
        }
        None => None,
    };
    tracing::info!(target: "parallax", %address, "listening");
    let _watchdog = service::ready(health.clone());
    process.company.listening(node.chain(), address)?;
    let ended = tokio::select! {
        () = signals.next() => Ok(()),
        reason = failure.recv() => Err(reason.unwrap_or_else(|| Failure::Machine("the node has gone".to_owned()))),
    };
    if let Err(reason @ Failure::Full(_)) = &ended {
        tell(format!("error: {reason}; no block is made any more, reads are answered until a signal comes"))?;
        tracing::error!(target: "parallax", %reason, "no block is made any more");
        signals.next().await;
    }
    health.stop();
    service::stopping();
    tracing::info!(target: "parallax", "stopping");
    tokio::select! {
        () = server.stop() => {}
        () = tokio::time::sleep(STOP_TIME_MAX) => {}
        () = signals.next() => {}
    }
    ended
}

/// The signals that ask for an end.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for the next one.
    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Prints on standard error.
fn tell(text: String) -> Result<(), Failure> {
    let write = move || drop(writeln!(io::stderr(), "{text}"));
    let spawned = thread::Builder::new().name("complaint".to_owned()).spawn(write);
    spawned.map(drop).map_err(|error| Failure::Machine(format!("no threads: {error}")))
}

/// A number that nobody else knows, good enough to keep one local client's filters from another's.
#[expect(clippy::disallowed_methods, reason = "no result depends on it")]
pub(crate) fn identifier_seed() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let seed = [now.as_nanos().to_be_bytes().as_slice(), &std::process::id().to_be_bytes()].concat();
    let hash: B256 = keccak256(seed);
    hash.0.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}
