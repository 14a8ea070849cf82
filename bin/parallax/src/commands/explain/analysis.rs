//! How an explanation comes about: the conflict graph of the block, asked in several ways.

use super::{
    dependencies::Dependency,
    explanation::{Call, Explanation, Key, Link, Question, ReasonCost, Spans, WhatIfAnswer},
    functions::{self, Function, SlotUse, function},
    reason::{Reason, shared_keys},
    schedule::Schedule,
};
use crate::workload::{Execution, Workload};
use access_list::{AccessSet, ConflictGraph, HotKey, StateKey, WhatIf};
use evm::Outcome;
use primitives::{Bytes, map::HashMap};
use std::collections::BTreeSet;

impl Explanation {
    /// Works everything out.
    pub(super) fn new(workload: &Workload<'_>, execution: &Execution, costs: &[u64], question: &Question) -> Self {
        let sets = execution.access_sets();
        let graph = ConflictGraph::from_sets(&sets, costs);
        let slots = functions::slots(workload, execution);
        let block = Block { sets: &sets, costs, graph: &graph, slots: &slots, question };
        let dependencies = Dependency::all(&graph, |key| block.reason(key));
        let pairs: BTreeSet<(u32, u32)> = dependencies.iter().map(|pair| (pair.before, pair.after)).collect();
        let schedule = Schedule::new(costs, &pairs, question.workers);
        let hot_keys = graph.hot_keys();
        let critical_path = block.critical_path();
        let mut disjoint_sets: Vec<usize> = graph.components().iter().map(Vec::len).collect();
        disjoint_sets.sort_unstable_by_key(|len| std::cmp::Reverse(*len));
        Self {
            name: workload.recorded.name.clone(),
            number: workload.recorded.number(),
            fork: workload.prepared.fork.to_string(),
            gas_used: execution.gas_used(),
            conflicts: pairs.len(),
            dependencies,
            disjoint_sets,
            bounds: Spans::of(&graph),
            what_if: block.what_if(&hot_keys),
            reasons: block.reasons(&hot_keys, &critical_path),
            hot_keys: block.keys(&hot_keys, &critical_path),
            critical_path,
            transactions: block.calls(workload, execution, &schedule),
            schedule,
            threads: Vec::new(),
        }
    }
}

/// The block while it is looked at.
struct Block<'a> {
    sets: &'a [AccessSet],
    costs: &'a [u64],
    graph: &'a ConflictGraph,
    slots: &'a HashMap<StateKey, SlotUse>,
    question: &'a Question,
}

impl Block<'_> {
    fn reason(&self, key: &StateKey) -> Reason {
        Reason::of(key, self.slots)
    }

    fn graph_if(&self, what_if: &WhatIf) -> ConflictGraph {
        ConflictGraph::what_if(self.sets, self.costs, what_if)
    }

    fn what_if(&self, hot_keys: &[HotKey]) -> Option<WhatIfAnswer> {
        let WhatIf { ignore, commutative } = &self.question.what_if;
        if ignore.is_empty() && commutative.is_empty() {
            return None;
        }
        let sorted = |keys: &mut dyn Iterator<Item = &StateKey>| {
            let keys: BTreeSet<StateKey> = keys.copied().collect();
            keys.into_iter().collect::<Vec<_>>()
        };
        let contested: BTreeSet<StateKey> = hot_keys.iter().map(|hot| hot.key).collect();
        let mut without_effect = ignore.iter().chain(commutative).filter(|key| !contested.contains(key));
        Some(WhatIfAnswer {
            without_effect: sorted(&mut without_effect),
            ignore: sorted(&mut ignore.iter()),
            commutative: sorted(&mut commutative.iter()),
            spans: Spans::of(&self.graph_if(&self.question.what_if)),
        })
    }

    fn critical_path(&self) -> Vec<Link> {
        let path = &self.graph.critical_path().transactions;
        let mut start_ns = 0;
        let mut before: Option<u32> = None;
        let mut links = Vec::with_capacity(path.len());
        for transaction in path {
            let mut keys = before.map_or_else(Vec::new, |before| self.shared(before, *transaction));
            keys.sort_by_key(|key| (self.reason(key), *key));
            let reason = keys.first().map(|key| self.reason(key));
            let cost_ns = self.costs[*transaction as usize];
            links.push(Link { transaction: *transaction, start_ns, cost_ns, reason, keys, variable: None });
            start_ns += cost_ns;
            before = Some(*transaction);
        }
        links
    }

    fn shared(&self, before: u32, after: u32) -> Vec<StateKey> {
        shared_keys(&self.sets[before as usize], &self.sets[after as usize])
    }

    fn reasons(&self, hot_keys: &[HotKey], critical_path: &[Link]) -> Vec<ReasonCost> {
        let cost = |reason: Reason| {
            let keys: Vec<&HotKey> = hot_keys.iter().filter(|hot| self.reason(&hot.key) == reason).collect();
            if keys.is_empty() {
                return None;
            }
            let waiting: BTreeSet<u32> = keys.iter().flat_map(|hot| &hot.waiting).copied().collect();
            let ignore = keys.iter().map(|hot| hot.key).collect();
            let without = self.graph_if(&WhatIf { ignore, ..WhatIf::default() });
            Some(ReasonCost {
                reason,
                keys: keys.len(),
                waiting: waiting.len(),
                critical_path_ns: waits(critical_path, |step| step.reason == Some(reason)),
                span_without_ns: without.span(),
                bound_without: without.bound(self.question.workers),
            })
        };
        let mut reasons: Vec<ReasonCost> = Reason::ALL.into_iter().filter_map(cost).collect();
        reasons.sort_by_key(|cost| (std::cmp::Reverse(cost.critical_path_ns), cost.span_without_ns));
        reasons
    }

    /// Those on the critical path first, as nothing gets faster before these do.
    fn keys(&self, hot_keys: &[HotKey], critical_path: &[Link]) -> Vec<Key> {
        let on_path = |hot: &HotKey| waits(critical_path, |step| step.keys.first() == Some(&hot.key));
        let mut ranked: Vec<(u64, &HotKey)> = hot_keys.iter().map(|hot| (on_path(hot), hot)).collect();
        ranked.sort_by_key(|(critical_path_ns, hot)| (*critical_path_ns == 0, std::cmp::Reverse(hot.lost)));
        let key = |(rank, (critical_path_ns, hot)): (usize, (u64, &HotKey))| {
            let can_commute = matches!(hot.key, StateKey::Slot(..) | StateKey::Balance(_));
            let bound_if_commutative = (rank < self.question.top && can_commute).then(|| {
                let what_if = WhatIf { commutative: std::iter::once(hot.key).collect(), ..WhatIf::default() };
                self.graph_if(&what_if).bound(self.question.workers)
            });
            Key {
                key: hot.key,
                variable: None,
                reason: self.reason(&hot.key),
                lost_ns: hot.lost,
                critical_path_ns,
                waiting: hot.waiting.clone(),
                bound_if_commutative,
            }
        };
        ranked.into_iter().enumerate().map(key).collect()
    }

    fn calls(&self, workload: &Workload<'_>, execution: &Execution, schedule: &Schedule) -> Vec<Call> {
        let call = |(index, executed): (usize, &scheduler::Executed<Outcome>)| {
            let (to, selector): Function = function(workload, index);
            let waits_for = schedule.bars[index].waits_for;
            let keys = waits_for.map_or_else(Vec::new, |before| self.shared(before, index as u32));
            let gas_used = match &executed.output {
                Outcome::Included(result) => result.gas_used,
                Outcome::Invalid(_) => 0,
            };
            Call {
                from: workload.prepared.transactions()[index].sender(),
                to,
                selector: selector.map(|selector| Bytes::copy_from_slice(&selector)),
                gas_used,
                cost_ns: self.costs[index],
                reason: keys.iter().map(|key| self.reason(key)).min(),
            }
        };
        execution.executed().enumerate().map(call).collect()
    }
}

/// Time that the critical path spends before such steps: a step waits as long as the step before it takes.
fn waits(critical_path: &[Link], is_meant: impl Fn(&Link) -> bool) -> u64 {
    let steps = critical_path.iter().zip(critical_path.iter().skip(1));
    steps.filter(|(_, step)| is_meant(step)).map(|(before, _)| before.cost_ns).sum()
}
