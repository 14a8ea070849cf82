//! What a replay found out, as it is printed in JSON.

use super::verdict::Verdict;
use crate::exit::Failure;
use bench::measure::{Bounds, Interval, Probe};
use executor::{Policy, Stats};
use serde::Serialize;

/// Everything.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Workers of the parallel runs.
    pub(crate) workers: usize,
    /// Measured rounds; each runs everything twice.
    pub(crate) repeat: u32,
    /// The worst calibration beside any measurement.
    pub(crate) probe: Option<Probe>,
    /// Whether that calibration allows to draw conclusions from the ratios.
    pub(crate) probe_accepted: bool,
    /// One entry for each block.
    pub(crate) blocks: Vec<BlockReport>,
    /// One entry for each policy, over the blocks that it ran.
    pub(crate) totals: Vec<Total>,
}

/// One block.
#[derive(Debug, Serialize)]
pub(crate) struct BlockReport {
    /// What it is called: its number or its file.
    pub(crate) name: String,
    /// Its number.
    pub(crate) number: u64,
    /// The rules that hold in it.
    pub(crate) fork: String,
    /// Its transactions.
    pub(crate) transactions: usize,
    /// Gas used by all of them.
    pub(crate) gas_used: u64,
    /// Against the header.
    pub(crate) verdict: Verdict,
    /// Time of serial execution.
    pub(crate) serial_ns: Interval,
    /// What an ideal schedule could gain.
    #[serde(flatten)]
    pub(crate) bounds: Bounds,
    /// Transactions of the longest chain of conflicts.
    pub(crate) chain_transactions: usize,
    /// Pairs of transactions that are neighbours on some key and whose order matters.
    pub(crate) conflicts: usize,
    /// The worse calibration of those before and after.
    pub(crate) probe: Option<Probe>,
    /// The other policies.
    pub(crate) policies: Vec<PolicyReport>,
}

/// One block under one policy.
#[derive(Debug, Serialize)]
pub(crate) struct PolicyReport {
    /// The policy's name.
    pub(crate) policy: &'static str,
    /// What makes its result another than the serial one; null if nothing does.
    pub(crate) difference: Option<String>,
    /// Time of the whole block.
    pub(crate) parallel_ns: Interval,
    /// Serial over parallel time.
    pub(crate) ratio: f64,
    /// The ratio of the least favourable ends of both intervals.
    pub(crate) ratio_low: f64,
    /// The ratio of the most favourable ends.
    pub(crate) ratio_high: f64,
    /// What no schedule of this kind can exceed.
    pub(crate) bound: f64,
    /// Ratio over bound.
    pub(crate) share_of_bound: f64,
    /// Executions of transactions in one run, the useless ones included.
    pub(crate) executions: usize,
    /// Executions thrown away because what they had read was stale.
    pub(crate) stale: usize,
    /// Dispatches put off because a hint told of a conflict.
    pub(crate) deferred: usize,
    /// Pieces into which the block was cut; zero where its transactions were dispatched one by one.
    pub(crate) chunks: usize,
    /// Time that went into a plan before the first execution; part of the time of the whole block.
    pub(crate) planning_ns: u64,
}

/// All blocks under one policy.
#[derive(Debug, Serialize)]
pub(crate) struct Total {
    /// The policy's name.
    pub(crate) policy: &'static str,
    /// Blocks that it ran.
    pub(crate) blocks: usize,
    /// Gas of these.
    pub(crate) gas_used: u64,
    /// Sum of the serial medians.
    pub(crate) serial_ns: f64,
    /// Sum of the parallel medians.
    pub(crate) parallel_ns: f64,
    /// One over the other.
    pub(crate) ratio: f64,
    /// Sum of the costs over the sum of the least times, block by block.
    pub(crate) bound: f64,
    /// Ratio over bound.
    pub(crate) share_of_bound: f64,
    /// Executions, and those thrown away.
    pub(crate) executions: usize,
    /// Those thrown away.
    pub(crate) stale: usize,
}

impl Report {
    /// Sums up.
    pub(crate) fn new(blocks: Vec<BlockReport>, workers: usize, repeat: u32) -> Self {
        let probe = blocks.iter().filter_map(|block| block.probe).reduce(worse);
        let totals = Policy::ALL.into_iter().filter_map(|policy| Total::of(policy, &blocks, workers)).collect();
        let probe_accepted = probe.is_some_and(|probe| probe.is_accepted());
        Self { workers, repeat, probe, probe_accepted, blocks, totals }
    }

    /// The verdict on the whole, if it is not a good one.
    pub(crate) fn failure(&self) -> Option<Failure> {
        let invalid = self.blocks.iter().filter(|block| !block.verdict.is_valid).count();
        let policies = self.blocks.iter().flat_map(|block| &block.policies);
        let different = policies.filter(|policy| policy.difference.is_some()).count();
        let blocks = self.blocks.len();
        match (invalid, different) {
            (0, 0) => None,
            (_, 0) => Some(Failure::Verdict(format!("{invalid} of {blocks} blocks contradict their header"))),
            (0, _) => Some(Failure::Verdict(format!("{different} results differ from serial execution"))),
            _ => Some(Failure::Verdict(format!(
                "{invalid} of {blocks} blocks contradict their header, {different} results differ from serial execution"
            ))),
        }
    }
}

impl BlockReport {
    /// T-infinity as it holds for a policy: with the list, nobody waits for anybody.
    pub(crate) fn span_ns(&self, policy: &PolicyReport) -> u64 {
        if policy.policy == Policy::ListDriven.name() { self.bounds.longest_ns } else { self.bounds.span_ns }
    }
}

impl PolicyReport {
    /// Puts the measurements of one policy together.
    pub(crate) fn new(policy: Policy, [serial, parallel]: [Interval; 2], stats: Stats, bound: f64) -> Self {
        let ratio = over(serial.median, parallel.median);
        Self {
            policy: policy.name(),
            difference: None,
            parallel_ns: parallel,
            ratio,
            ratio_low: over(serial.low, parallel.high),
            ratio_high: over(serial.high, parallel.low),
            bound,
            share_of_bound: ratio / bound,
            executions: stats.executions,
            stale: stats.stale,
            deferred: stats.deferred,
            chunks: stats.chunks,
            planning_ns: stats.planning_ns,
        }
    }
}

/// The less favourable of two calibrations.
pub(crate) fn worse(one: Probe, other: Probe) -> Probe {
    if other.ratio < one.ratio { other } else { one }
}

/// One time over another; 1 where there is none.
fn over(serial: f64, parallel: f64) -> f64 {
    if parallel > 0.0 { serial / parallel } else { 1.0 }
}

impl Total {
    fn of(policy: Policy, blocks: &[BlockReport], workers: usize) -> Option<Self> {
        let runs = |block: &&BlockReport| block.policies.iter().any(|run| run.policy == policy.name());
        let blocks: Vec<_> = blocks.iter().filter(runs).collect();
        if blocks.is_empty() {
            return None;
        }
        let of_policy = || blocks.iter().flat_map(|block| &block.policies).filter(|run| run.policy == policy.name());
        let serial_ns: f64 = blocks.iter().map(|block| block.serial_ns.median).sum();
        let parallel_ns: f64 = of_policy().map(|run| run.parallel_ns.median).sum();
        let work: u64 = blocks.iter().map(|block| block.bounds.work_ns).sum();
        let least: f64 = blocks.iter().map(|block| block.bounds.least_ns(policy, workers)).sum();
        let (gain, bound) = (over(serial_ns, parallel_ns), over(work as f64, least));
        Some(Self {
            policy: policy.name(),
            blocks: blocks.len(),
            gas_used: blocks.iter().map(|block| block.gas_used).sum(),
            serial_ns,
            parallel_ns,
            ratio: gain,
            bound,
            share_of_bound: gain / bound,
            executions: of_policy().map(|run| run.executions).sum(),
            stale: of_policy().map(|run| run.stale).sum(),
        })
    }
}
