//! What there is to say about a block, as it is printed in JSON.

use super::{dependencies::Dependency, layouts::Layouts, reason::Reason, schedule::Schedule, threads::Threads};
use access_list::{ConflictGraph, StateKey, WhatIf};
use primitives::{Address, Bytes};
use serde::{Serialize, Serializer};

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
    /// Which waits for which, on what.
    pub(super) dependencies: Vec<Dependency>,
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
    /// The threads of contracts (spec 0005), of each transaction that has some.
    pub(super) threads: Vec<Threads>,
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
    /// The variable behind it, where a storage layout tells.
    pub(super) variable: Option<String>,
    /// Its class.
    pub(super) reason: Reason,
    /// What it alone adds to the time of a block with any number of workers.
    pub(super) lost_ns: u64,
    /// Time that the critical path spends waiting on it; over all keys, what it spends waiting at all.
    pub(super) critical_path_ns: u64,
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
    /// The variable behind the first of them, where a storage layout tells.
    pub(super) variable: Option<String>,
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
    /// What the longest chain is, in words.
    pub(super) fn chain(&self) -> String {
        match self.critical_path.len() {
            0 | 1 => "the costliest transaction".to_owned(),
            steps => format!("a chain of {steps} transactions"),
        }
    }
}

impl Explanation {
    /// Gives keys the names of the variables behind them.
    pub(super) fn name_variables(&mut self, layouts: &Layouts) {
        for key in &mut self.hot_keys {
            key.variable = layouts.name(&key.key);
        }
        for link in &mut self.critical_path {
            link.variable = link.keys.first().and_then(|key| layouts.name(key));
        }
        self.dependencies.iter_mut().for_each(|dependency| dependency.name_variable(layouts));
        self.threads.iter_mut().for_each(|threads| threads.name_variables(layouts));
    }
}

/// A key as people read it: the variable where it is known.
pub(super) fn label(key: &StateKey, variable: Option<&String>) -> String {
    variable.map_or_else(|| key.to_string(), |variable| format!("{variable} in {}", key.address()))
}

impl Spans {
    /// Of a graph.
    pub(super) fn of(graph: &ConflictGraph) -> Self {
        let bound = |workers: usize| Bound { workers, ratio: graph.bound(workers) };
        Self { work_ns: graph.work(), span_ns: graph.span(), bounds: WORKERS.map(bound).to_vec() }
    }
}

fn text<S: Serializer>(key: &StateKey, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(key)
}

pub(super) fn texts<S: Serializer>(keys: &[StateKey], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(keys.iter().map(ToString::to_string))
}
