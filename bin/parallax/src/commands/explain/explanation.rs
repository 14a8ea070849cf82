//! What there is to say about a block, as it is printed in JSON.

use super::{
    functions::{self, Function, SlotUse, function},
    reason::{Reason, shared_keys},
    schedule::Schedule,
};
use crate::workload::{Execution, Workload};
use access_list::{AccessSet, ConflictGraph, HotKey, StateKey, WhatIf};
use evm::Outcome;
use primitives::{Address, Bytes, map::HashMap};
use serde::{Serialize, Serializer};
use std::collections::BTreeSet;

/// Worker counts for which bounds are given.
pub(super) const WORKERS: [usize; 5] = [2, 4, 8, 16, 32];

/// What the user asks.
pub(super) struct Question {
    /// Workers of the schedule and of the bounds of single keys.
    pub(super) workers: usize,
    /// Keys for which a bound of their own is worked out.
    pub(super) top: usize,
    /// Keys to be used differently.
    pub(super) what_if: WhatIf,
}

/// The answer.
#[derive(Debug, Serialize)]
pub(super) struct Explanation {
    /// What the block is called.
    pub(super) name: String,
    /// Its number.
    pub(super) number: u64,
    /// The rules that hold in it.
    pub(super) fork: String,
    /// Gas used by all transactions.
    pub(super) gas_used: u64,
    /// Pairs of transactions that are neighbours on some key and whose order matters.
    pub(super) conflicts: usize,
    /// Transactions in each set of transactions that hang together by conflicts, the largest first.
    pub(super) disjoint_sets: Vec<usize>,
    /// As the block is.
    pub(super) bounds: Spans,
    /// As it would be with the keys of the command line used differently.
    pub(super) what_if: Option<WhatIfAnswer>,
    /// Why transactions wait.
    pub(super) reasons: Vec<ReasonCost>,
    /// On what they wait, the costliest first.
    pub(super) hot_keys: Vec<Key>,
    /// A longest chain of transactions that wait for each other.
    pub(super) critical_path: Vec<Link>,
    /// Every transaction.
    pub(super) transactions: Vec<Call>,
    /// What workers could do who know all this.
    pub(super) schedule: Schedule,
}

/// Work, span and bounds.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Spans {
    /// T1: the cost of all transactions.
    pub(super) work_ns: u64,
    /// T-infinity: the cost of the longest chain of conflicts.
    pub(super) span_ns: u64,
    /// The most that several numbers of workers can gain: T1 / max(T-infinity, T1/N).
    pub(super) bounds: Vec<Bound>,
}

/// The most that some workers can gain.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Bound {
    /// How many workers.
    pub(super) workers: usize,
    /// How much faster than one.
    pub(super) ratio: f64,
}

/// What if.
#[derive(Debug, Serialize)]
pub(super) struct WhatIfAnswer {
    /// Keys taken as if nobody touched them.
    #[serde(serialize_with = "texts")]
    pub(super) ignore: Vec<StateKey>,
    /// Keys whose updates are taken as additions.
    #[serde(serialize_with = "texts")]
    pub(super) commutative: Vec<StateKey>,
    /// Of these, the keys on which nobody waits, so that nothing can change.
    #[serde(serialize_with = "texts")]
    pub(super) without_effect: Vec<StateKey>,
    /// The block as it would be.
    #[serde(flatten)]
    pub(super) spans: Spans,
}

/// What one class of keys costs.
#[derive(Debug, Serialize)]
pub(super) struct ReasonCost {
    /// Which class.
    pub(super) reason: Reason,
    /// Its keys on which somebody waits.
    pub(super) keys: usize,
    /// Transactions that wait on one of them.
    pub(super) waiting: usize,
    /// Time that the critical path spends waiting for this reason.
    pub(super) critical_path_ns: u64,
    /// T-infinity if nobody touched these keys.
    pub(super) span_without_ns: u64,
    /// The bound of the workers asked for if nobody touched these keys.
    pub(super) bound_without: f64,
}

/// A key on which transactions wait.
#[derive(Debug, Serialize)]
pub(super) struct Key {
    /// Which.
    #[serde(serialize_with = "text")]
    pub(super) key: StateKey,
    /// Its class.
    pub(super) reason: Reason,
    /// What it alone adds to the time of a block with any number of workers.
    pub(super) lost_ns: u64,
    /// The transactions that wait on it.
    pub(super) waiting: Vec<u32>,
    /// The bound of the workers asked for if updates of this key were additions; worked out for the first keys only.
    pub(super) bound_if_commutative: Option<f64>,
}

/// A step of the critical path.
#[derive(Debug, Serialize)]
pub(super) struct Link {
    /// The transaction.
    pub(super) transaction: u32,
    /// When it begins if nobody waits without need.
    pub(super) start_ns: u64,
    /// What it costs.
    pub(super) cost_ns: u64,
    /// The reason why it waits for the step before; null for the first.
    pub(super) reason: Option<Reason>,
    /// The keys that it shares with the step before, those of that reason first.
    #[serde(serialize_with = "texts")]
    pub(super) keys: Vec<StateKey>,
}

/// A transaction.
#[derive(Debug, Serialize)]
pub(super) struct Call {
    /// Who sends it.
    pub(super) from: Address,
    /// Whom it calls; null if it creates a contract.
    pub(super) to: Option<Address>,
    /// Which function, if it names one.
    pub(super) selector: Option<Bytes>,
    /// Gas that it uses.
    pub(super) gas_used: u64,
    /// What it costs.
    pub(super) cost_ns: u64,
    /// Why it waits for the transaction that the schedule has it wait for.
    pub(super) reason: Option<Reason>,
}

impl Explanation {
    /// Works everything out.
    pub(super) fn new(workload: &Workload<'_>, execution: &Execution, costs: &[u64], question: &Question) -> Self {
        let sets = execution.access_sets();
        let graph = ConflictGraph::from_sets(&sets, costs);
        let slots = functions::slots(workload, execution);
        let block = Block { sets: &sets, costs, graph: &graph, slots: &slots, question };
        let pairs: BTreeSet<(u32, u32)> = graph.conflicts().map(|pair| (pair.before, pair.after)).collect();
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
            disjoint_sets,
            bounds: Spans::of(&graph),
            what_if: block.what_if(&hot_keys),
            reasons: block.reasons(&hot_keys, &critical_path),
            hot_keys: block.keys(&hot_keys),
            critical_path,
            transactions: block.calls(workload, execution, &schedule),
            schedule,
        }
    }
}

impl Explanation {
    /// What the longest chain is, in words.
    pub(super) fn chain(&self) -> String {
        match self.critical_path.len() {
            0 | 1 => "the costliest transaction".to_owned(),
            steps => format!("a chain of {steps} transactions"),
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
            links.push(Link { transaction: *transaction, start_ns, cost_ns, reason, keys });
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
            // A step waits as long as the step before it takes.
            let steps = critical_path.iter().zip(critical_path.iter().skip(1));
            let waits = steps.filter(|(_, step)| step.reason == Some(reason)).map(|(before, _)| before.cost_ns);
            Some(ReasonCost {
                reason,
                keys: keys.len(),
                waiting: waiting.len(),
                critical_path_ns: waits.sum(),
                span_without_ns: without.span(),
                bound_without: without.bound(self.question.workers),
            })
        };
        let mut reasons: Vec<ReasonCost> = Reason::ALL.into_iter().filter_map(cost).collect();
        reasons.sort_by_key(|cost| (std::cmp::Reverse(cost.critical_path_ns), cost.span_without_ns));
        reasons
    }

    fn keys(&self, hot_keys: &[HotKey]) -> Vec<Key> {
        let key = |(rank, hot): (usize, &HotKey)| {
            let can_commute = matches!(hot.key, StateKey::Slot(..) | StateKey::Balance(_));
            let bound_if_commutative = (rank < self.question.top && can_commute).then(|| {
                let what_if = WhatIf { commutative: std::iter::once(hot.key).collect(), ..WhatIf::default() };
                self.graph_if(&what_if).bound(self.question.workers)
            });
            let (lost_ns, waiting) = (hot.lost, hot.waiting.clone());
            Key { key: hot.key, reason: self.reason(&hot.key), lost_ns, waiting, bound_if_commutative }
        };
        hot_keys.iter().enumerate().map(key).collect()
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

impl Spans {
    fn of(graph: &ConflictGraph) -> Self {
        let bound = |workers: usize| Bound { workers, ratio: graph.bound(workers) };
        Self { work_ns: graph.work(), span_ns: graph.span(), bounds: WORKERS.map(bound).to_vec() }
    }
}

fn text<S: Serializer>(key: &StateKey, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(key)
}

fn texts<S: Serializer>(keys: &[StateKey], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(keys.iter().map(ToString::to_string))
}
