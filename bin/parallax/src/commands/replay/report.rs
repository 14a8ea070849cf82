//! What a replay found out, as it is printed in JSON.

use super::verdict::Verdict;
use crate::{bounds::{Bounds, ratio}, exit::Failure, probe::{ACCEPTED, Probe}, sample::Sample};
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
    /// Serial execution.
    pub(crate) serial: Sample,
    /// What an ideal schedule could gain.
    #[serde(flatten)]
    pub(crate) bounds: Bounds,
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
    pub(crate) time: Sample,
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
    pub(crate) serial_ns: u64,
    /// Sum of the parallel medians.
    pub(crate) parallel_ns: u64,
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
        let probe = blocks.iter().filter_map(|block| block.probe).reduce(Probe::worse);
        let totals = Policy::ALL.into_iter().filter_map(|policy| Total::of(policy, &blocks, workers)).collect();
        let probe_accepted = probe.is_some_and(|probe| probe.speed_up >= ACCEPTED);
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
    /// What no schedule of a policy can exceed.
    pub(crate) fn least_ns(bounds: &Bounds, policy: Policy, workers: usize) -> f64 {
        if policy.needs_list() { bounds.least_listed_ns(workers) } else { bounds.least_ns(workers) }
    }
}

impl PolicyReport {
    /// Puts the measurements of one policy together.
    pub(crate) fn new(policy: Policy, [serial, time]: [Sample; 2], stats: Stats, bounds: &Bounds) -> Self {
        let over = |serial: u64, parallel: u64| serial as f64 / parallel.max(1) as f64;
        let bound = ratio(bounds.work_ns, BlockReport::least_ns(bounds, policy, stats.workers));
        let ratio = over(serial.median_ns, time.median_ns);
        Self {
            policy: policy.name(),
            difference: None,
            time,
            ratio,
            ratio_low: over(serial.low_ns, time.high_ns),
            ratio_high: over(serial.high_ns, time.low_ns),
            bound,
            share_of_bound: ratio / bound,
            executions: stats.executions,
            stale: stats.stale,
            deferred: stats.deferred,
        }
    }
}

impl Total {
    fn of(policy: Policy, blocks: &[BlockReport], workers: usize) -> Option<Self> {
        let runs = |block: &&BlockReport| block.policies.iter().any(|run| run.policy == policy.name());
        let blocks: Vec<_> = blocks.iter().filter(runs).collect();
        if blocks.is_empty() {
            return None;
        }
        let of_policy = || blocks.iter().flat_map(|block| &block.policies).filter(|run| run.policy == policy.name());
        let serial_ns: u64 = blocks.iter().map(|block| block.serial.median_ns).sum();
        let parallel_ns: u64 = of_policy().map(|run| run.time.median_ns).sum();
        let work = blocks.iter().map(|block| block.bounds.work_ns).sum();
        let least: f64 = blocks.iter().map(|block| BlockReport::least_ns(&block.bounds, policy, workers)).sum();
        let (gain, bound) = (serial_ns as f64 / parallel_ns.max(1) as f64, ratio(work, least));
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
