//! What is counted, and what is looked up when somebody asks.

use crate::{Health, process::Usage};
use node::{BlockReport, Chain};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
        info::Info,
    },
    registry::{Registry, Unit},
};
use std::{
    fmt,
    sync::atomic::{AtomicI64, AtomicU64},
    time::Duration,
};

/// Calls that are answered faster or slower than these are in the outermost buckets: 16 us to half a minute.
const CALL_BUCKETS: (f64, u16) = (0.000_016, 11);
/// The same for the steps of a block: 64 us to 17 s.
const BLOCK_BUCKETS: (f64, u16) = (0.000_064, 10);

/// All metrics of a node. Shared, and written from any thread.
pub struct Metrics {
    registry: Registry,
    chain: ChainMetrics,
    calls: CallMetrics,
    looked_up: LookedUp,
}

/// Of blocks, as they are made.
#[derive(Clone)]
struct ChainMetrics {
    blocks: Counter,
    transactions: Counter,
    gas_used: Counter,
    rejected: Counter,
    executions: Counter,
    repeated: Family<Reason, Counter>,
    gas_limit: Gauge,
    base_fee: Gauge<f64, AtomicU64>,
    workers: Gauge,
    build: Histogram,
    shadow: Histogram,
    commit: Histogram,
    total: Histogram,
}

/// Of JSON-RPC.
#[derive(Clone)]
struct CallMetrics {
    count: Family<CallLabels, Counter>,
    time: Histogram,
}

/// Brought up to date by each look.
#[derive(Clone, Default)]
struct LookedUp {
    block: Gauge<i64, AtomicI64>,
    ready: Gauge,
    pending: Gauge,
    queued: Gauge,
    disk_free: Gauge,
    disk_used: Family<KeyspaceLabels, Gauge>,
    resident: Gauge,
    open_files: Gauge,
    threads: Gauge,
    cpu: Gauge<f64, AtomicU64>,
}

/// Why a transaction was taken up again.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    method: &'static str,
    code: i32,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KeyspaceLabels {
    keyspace: String,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Metrics {
    /// All of them at zero, for a program of this version and commit.
    pub fn new(version: &'static str, commit: &'static str) -> Self {
        let mut registry = Registry::with_prefix("parallax");
        registry.register("build", "The program", Info::new([("version", version), ("commit", commit)]));
        let chain = ChainMetrics::register(&mut registry);
        let calls = CallMetrics::register(&mut registry);
        let looked_up = LookedUp::register(&mut registry);
        Self { registry, chain, calls, looked_up }
    }

    /// All of them, as Prometheus reads them.
    pub(crate) fn text(&self, health: &Health) -> String {
        self.looked_up.look(health);
        let mut text = String::new();
        // Writing into a string fails only where a metric cannot be formatted, and none can.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

impl node::Observer for Metrics {
    fn block(&self, report: &BlockReport) {
        let chain = &self.chain;
        chain.blocks.inc();
        chain.transactions.inc_by(report.transactions as u64);
        chain.gas_used.inc_by(report.gas_used);
        chain.rejected.inc_by(report.rejected as u64);
        chain.executions.inc_by(report.executions as u64);
        chain.repeated.get_or_create(&Reason { reason: "stale" }).inc_by(report.stale as u64);
        chain.repeated.get_or_create(&Reason { reason: "deferred" }).inc_by(report.deferred as u64);
        chain.gas_limit.set(signed(report.gas_limit));
        chain.base_fee.set(report.base_fee as f64);
        chain.workers.set(signed(report.workers as u64));
        for (histogram, time) in [
            (&chain.build, report.build),
            (&chain.shadow, report.shadow),
            (&chain.commit, report.commit),
            (&chain.total, report.total),
        ] {
            histogram.observe(time.as_secs_f64());
        }
        tracing::info!(
            target: "parallax::block",
            number = report.number,
            hash = %report.hash,
            transactions = report.transactions,
            gas_used = report.gas_used,
            stale = report.stale,
            total_us = micros(report.total),
            "block"
        );
    }
}

impl rpc::Observer for Metrics {
    fn call(&self, method: &'static str, code: i32, time: Duration) {
        self.calls.count.get_or_create(&CallLabels { method, code }).inc();
        self.calls.time.observe(time.as_secs_f64());
        tracing::debug!(target: "parallax::rpc", method, code, time_us = micros(time), "call");
    }
}

impl ChainMetrics {
    fn register(registry: &mut Registry) -> Self {
        let time = || Histogram::new(exponential_buckets(BLOCK_BUCKETS.0, 4.0, BLOCK_BUCKETS.1));
        let metrics = Self {
            blocks: Counter::default(),
            transactions: Counter::default(),
            gas_used: Counter::default(),
            rejected: Counter::default(),
            executions: Counter::default(),
            repeated: Family::default(),
            gas_limit: Gauge::default(),
            base_fee: Gauge::default(),
            workers: Gauge::default(),
            build: time(),
            shadow: time(),
            commit: time(),
            total: time(),
        };
        for reason in ["stale", "deferred"] {
            drop(metrics.repeated.get_or_create(&Reason { reason }));
        }
        let seconds = Unit::Seconds;
        registry.register("blocks", "Blocks made", metrics.blocks.clone());
        registry.register("transactions", "Transactions in them", metrics.transactions.clone());
        registry.register("gas_used", "Gas that they used", metrics.gas_used.clone());
        registry.register("rejected", "Transactions that were tried and left out", metrics.rejected.clone());
        registry.register("executions", "Executions, repeated ones included", metrics.executions.clone());
        let help = "Executions thrown away (stale) or put off (deferred) because of a conflict";
        registry.register("conflicts", help, metrics.repeated.clone());
        registry.register("block_gas_limit", "Gas of the last block", metrics.gas_limit.clone());
        registry.register("base_fee_wei", "Base fee of the last block, in wei per gas", metrics.base_fee.clone());
        registry.register("workers", "Workers that built the last block", metrics.workers.clone());
        let mut histogram = |name: &str, help: &str, histogram: &Histogram| {
            registry.register_with_unit(name, help, seconds.clone(), histogram.clone());
        };
        histogram("block_build", "From choosing transactions to the sealed block", &metrics.build);
        histogram("block_shadow", "The second execution of a block", &metrics.shadow);
        histogram("block_commit", "Writing a block to stable storage", &metrics.commit);
        histogram("block_total", "All of a block", &metrics.total);
        metrics
    }
}

impl CallMetrics {
    fn register(registry: &mut Registry) -> Self {
        let time = Histogram::new(exponential_buckets(CALL_BUCKETS.0, 4.0, CALL_BUCKETS.1));
        let metrics = Self { count: Family::default(), time };
        registry.register("rpc_calls", "Calls by method and code, 0 for a result", metrics.count.clone());
        registry.register_with_unit("rpc_call", "Answering a call", Unit::Seconds, metrics.time.clone());
        metrics
    }
}

impl LookedUp {
    fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register("block_number", "The last block", metrics.block.clone());
        registry.register("ready", "Whether blocks can be made", metrics.ready.clone());
        registry.register("pool_pending", "Transactions that can be executed", metrics.pending.clone());
        registry.register("pool_queued", "Transactions that wait for others", metrics.queued.clone());
        registry.register("disk_free_bytes", "Free in the file system of the chain", metrics.disk_free.clone());
        registry.register("disk_used_bytes", "Tables on disk, by keyspace", metrics.disk_used.clone());
        registry.register("process_resident_memory_bytes", "Memory", metrics.resident.clone());
        registry.register("process_open_fds", "Open files", metrics.open_files.clone());
        registry.register("process_threads", "Threads", metrics.threads.clone());
        registry.register("process_cpu_seconds", "Processor time since the start", metrics.cpu.clone());
        metrics
    }

    fn look(&self, health: &Health) {
        let chain: &Chain = health.chain();
        self.block.set(signed(chain.number()));
        self.ready.set(i64::from(health.reasons().is_empty()));
        let (pending, queued) = rpc::backend::Pool::status(chain);
        self.pending.set(signed(pending));
        self.queued.set(signed(queued));
        if let Ok(disk) = chain.disk_usage() {
            self.disk_free.set(signed(disk.free_bytes));
            for keyspace in disk.keyspaces {
                let labels = KeyspaceLabels { keyspace: keyspace.name.to_owned() };
                self.disk_used.get_or_create(&labels).set(signed(keyspace.bytes));
            }
        }
        let usage = Usage::now();
        self.resident.set(signed(usage.resident_bytes));
        self.open_files.set(signed(usage.open_files));
        self.threads.set(signed(usage.threads));
        self.cpu.set(usage.cpu_seconds);
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
