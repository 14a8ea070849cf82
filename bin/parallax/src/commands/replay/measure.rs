//! One block: executed, judged, compared and measured.

use super::{
    difference, policies,
    report::{BlockReport, PolicyReport, worse},
    verdict::Verdict,
};
use crate::{
    exit::Failure,
    workload::{Execution, Workload, failure},
};
use access_list::{AccessSet, ConflictGraph, ListIndex};
use bench::{
    RecordedBlock,
    measure::{self, Bounds, Interval, Passes, Probe},
};
use executor::{Engine, Error, Plan, Policy, Stats};
use primitives::map::HashSet;
use std::time::{Duration, Instant};

/// Replays one block under serial execution and under each of the policies.
pub(super) fn block(
    recorded: &RecordedBlock,
    engine: &Engine,
    policies: &[Policy],
    repeat: usize,
) -> Result<BlockReport, Failure> {
    let workload = Workload::new(recorded);
    let mut report = empty_report(&workload);
    report.verdict = Verdict::of_header(recorded);
    if !report.verdict.is_valid {
        return Ok(report);
    }
    let serial_plan = Plan { record_list: true, ..Plan::default() };
    let serial = match workload.execute(engine, &serial_plan) {
        Ok(serial) => serial,
        Err(error @ Error::Invalid(_)) => {
            report.verdict.refuse(error.to_string());
            return Ok(report);
        }
        Err(error) => return Err(failure(&recorded.name, &error)),
    };
    report.gas_used = serial.gas_used();
    report.verdict.check_result(&workload, &serial)?;
    if !report.verdict.is_valid {
        return Ok(report);
    }
    let sets = serial.access_sets();
    let list = serial.whole().and_then(|whole| whole.list.as_ref()).map(ListIndex::new);
    let costs = workload.costs(&serial)?;
    report.bounds = Bounds::of(&sets, &costs);
    let graph = ConflictGraph::from_sets(&sets, &costs);
    report.chain_transactions = graph.critical_path().transactions.len();
    let pairs: HashSet<(u32, u32)> = graph.conflicts().map(|conflict| (conflict.before, conflict.after)).collect();
    report.conflicts = pairs.len();

    // Without a header there is no block access list to be had, and nothing for that policy to run on.
    let policies = policies.iter().copied().filter(|policy| !policy.needs_list() || list.is_some());
    let runner = Runner { workload: &workload, engine, list: list.as_ref(), sets: &sets };
    let mut sides = vec![Side::new(Policy::Serial)];
    for policy in policies {
        sides.push(Side { difference: runner.compare(policy, &serial)?, ..Side::new(policy) });
    }
    let before = Probe::take();
    runner.measure(&mut sides, repeat)?;
    report.probe = Some(worse(before, Probe::take()));
    fill(&mut report, sides, engine.workers());
    Ok(report)
}

fn empty_report(workload: &Workload<'_>) -> BlockReport {
    let block = &workload.recorded.block;
    BlockReport {
        name: workload.recorded.name.clone(),
        number: workload.recorded.number(),
        fork: workload.prepared.fork.to_string(),
        transactions: block.body.transactions.len(),
        gas_used: 0,
        verdict: Verdict::default(),
        serial_ns: Interval::default(),
        bounds: Bounds::default(),
        chain_transactions: 0,
        conflicts: 0,
        probe: None,
        policies: Vec::new(),
    }
}

fn fill(report: &mut BlockReport, sides: Vec<Side>, workers: usize) {
    for side in sides {
        let times: Vec<f64> = side.times.iter().map(|time| time.as_secs_f64() * 1e9).collect();
        let time = Interval::of(&times);
        if side.policy == Policy::Serial {
            report.serial_ns = time;
            continue;
        }
        let bound = report.bounds.bound(side.policy, workers);
        let policy = PolicyReport::new(side.policy, [report.serial_ns, time], side.stats, bound);
        report.policies.push(PolicyReport { difference: side.difference, ..policy });
    }
}

/// One policy's part in the measurement.
struct Side {
    policy: Policy,
    difference: Option<String>,
    times: Vec<Duration>,
    stats: Stats,
}

impl Side {
    fn new(policy: Policy) -> Self {
        Self { policy, difference: None, times: Vec::new(), stats: Stats::default() }
    }
}

/// Executes one block in any way.
struct Runner<'a> {
    workload: &'a Workload<'a>,
    engine: &'a Engine,
    list: Option<&'a ListIndex>,
    sets: &'a [AccessSet],
}

impl Runner<'_> {
    /// In what a policy's result differs from the serial one.
    fn compare(&self, policy: Policy, serial: &Execution) -> Result<Option<String>, Failure> {
        let name = &self.workload.recorded.name;
        let known = policies::known(policy, self.list, self.sets);
        let record_list = serial.whole().is_some();
        match self.workload.execute(self.engine, &Plan { policy, known, record_list, ..Plan::default() }) {
            Ok(other) => {
                difference::find(serial, &other, self.workload.state()).map_err(|error| failure(name, &error.into()))
            }
            Err(error @ Error::Invalid(_)) => Ok(Some(format!("{error}; serial execution finds the block valid"))),
            Err(error) => Err(failure(name, &error)),
        }
    }

    /// Measures the sides in turn, `repeat` times forwards and as often backwards. A side whose result is wrong is
    /// left out.
    fn measure(&self, sides: &mut [Side], repeat: usize) -> Result<(), Failure> {
        let sound: Vec<usize> = (0..sides.len()).filter(|index| sides[*index].difference.is_none()).collect();
        let times =
            measure::interleaved(sound.len(), Passes::new(2 * repeat), |side| self.time(&mut sides[sound[side]]))?;
        for (index, times) in sound.iter().zip(times) {
            sides[*index].times = times;
        }
        Ok(())
    }

    fn time(&self, side: &mut Side) -> Result<Duration, Failure> {
        let known = policies::known(side.policy, self.list, self.sets);
        let plan = Plan { policy: side.policy, known, record_list: false, ..Plan::default() };
        let start = Instant::now();
        let execution = self.workload.execute(self.engine, &plan);
        let time = start.elapsed();
        side.stats = execution.map_err(|error| failure(&self.workload.recorded.name, &error))?.stats();
        Ok(time)
    }
}
