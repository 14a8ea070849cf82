//! A block against its own header.

use crate::exit::Failure;
use crate::workload::{Execution, Workload, changes_with_fee, commit, failure, reader};
use bench::{RecordedBlock, RecordedState};
use executor::rules::{self, BodyError};
use primitives::{B256, Fork, alloy_consensus::EMPTY_OMMER_ROOT_HASH};
use serde::Serialize;
use state::{StateError, WitnessState};

/// What a block was held against, and what came of it.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Verdict {
    /// Whether nothing contradicts the header.
    pub(crate) is_valid: bool,
    /// Whether there is a header that can be held against the result at all.
    pub(crate) header_known: bool,
    /// What was compared and agrees.
    pub(crate) checked: Vec<&'static str>,
    /// The first contradiction.
    pub(crate) error: Option<String>,
}

impl Verdict {
    /// Compares a block's header with its fork, its lists and, where that is recorded, its parent. Needs no execution.
    pub(crate) fn of_header(recorded: &RecordedBlock) -> Self {
        let mut verdict = Self { is_valid: true, header_known: recorded.header_known, ..Self::default() };
        if recorded.header_known
            && let Err(error) = verdict.check_header(recorded)
        {
            verdict.refuse(error);
        }
        verdict
    }

    /// Compares, after the header, a block's result with it.
    pub(crate) fn check_result(&mut self, workload: &Workload<'_>, execution: &Execution) -> Result<(), Failure> {
        match self.check(workload, execution) {
            Ok(()) => Ok(()),
            Err(Stop::Contradiction(error)) => {
                self.refuse(error);
                Ok(())
            }
            Err(Stop::State(error)) => Err(failure(&workload.recorded.name, &error.into())),
        }
    }

    /// Makes it the verdict on a block that is contradicted.
    pub(crate) fn refuse(&mut self, error: String) {
        (self.is_valid, self.error) = (false, Some(error));
    }

    fn check_header(&mut self, recorded: &RecordedBlock) -> Result<(), String> {
        let header = &recorded.block.header;
        let checked = match &recorded.parent {
            Some(parent) => rules::check_header(&recorded.chain, parent, header),
            None => rules::check_header_form(&recorded.chain, header),
        };
        checked.map_err(|error| error.to_string())?;
        self.checked.push("header");
        if recorded.parent.is_some() {
            self.checked.push("parent");
        }
        check_body(recorded).map_err(|error| error.to_string())?;
        self.checked.push("body");
        Ok(())
    }

    fn check(&mut self, workload: &Workload<'_>, execution: &Execution) -> Result<(), Stop> {
        let (recorded, prepared) = (workload.recorded, &workload.prepared);
        let Some(whole) = execution.whole() else { return Ok(()) };
        whole.check(prepared).map_err(|error| Stop::Contradiction(error.to_string()))?;
        self.checked.extend(["gas_used", "logs_bloom"]);
        if prepared.fork >= Fork::Byzantium {
            self.checked.push("receipts_root");
        }
        if prepared.fork >= Fork::Prague {
            self.checked.push("requests_hash");
        }
        if whole.list.is_some() && recorded.block.header.block_access_list_hash.is_some() {
            self.checked.push("block_access_list_hash");
        }
        if let RecordedState::Witness(state) = &recorded.state {
            self.check_state(workload, execution, state)?;
        }
        Ok(())
    }

    /// The roots that only a state with proofs can tell.
    fn check_state(
        &mut self,
        workload: &Workload<'_>,
        execution: &Execution,
        witness: &WitnessState,
    ) -> Result<(), Stop> {
        let roots = &workload.recorded.roots;
        let mut state = witness.clone();
        if let Some(expected) = roots.parent_state {
            same("the state root before the block", state.root(), expected)?;
            self.checked.push("state_root_before");
        }
        if let Some(expected) = roots.state.filter(|_| workload.recorded.ommers_known) {
            same("the state root after the block", state.apply(execution.diff())?, expected)?;
            self.checked.push("state_root");
        }
        let early = workload.prepared.fork < Fork::Byzantium;
        if let Some(expected) = roots.receipts.filter(|_| early)
            && let Some(whole) = execution.whole()
        {
            match roots_between(workload, execution) {
                Ok(between) => {
                    same("the receipts root", whole.receipts_root_with(&workload.prepared, &between), expected)?;
                    self.checked.push("receipts_root");
                }
                // A witness proves the state before and after the block; in between, a node may be missing that a
                // removed account would pull up.
                Err(StateError::Missing(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// One word for a table.
    pub(crate) fn word(&self) -> &'static str {
        match (self.is_valid, self.header_known) {
            (false, _) => "INVALID",
            (true, true) => "valid",
            (true, false) => "no header",
        }
    }
}

/// The block's lists against its header; the uncles only where they were recorded, or where there may be none.
fn check_body(recorded: &RecordedBlock) -> Result<(), BodyError> {
    if recorded.ommers_known || recorded.fork() >= Fork::Paris {
        return rules::check_body(&recorded.chain, &recorded.block);
    }
    let mut block = recorded.block.clone();
    block.header.ommers_hash = EMPTY_OMMER_ROOT_HASH;
    rules::check_body(&recorded.chain, &block)
}

/// The state root after each transaction, which receipts hold before Byzantium.
fn roots_between(workload: &Workload<'_>, execution: &Execution) -> Result<Vec<B256>, StateError> {
    let mut state = workload.first_state(execution)?;
    let mut roots = Vec::new();
    for executed in execution.executed() {
        let diff = changes_with_fee(executed, &workload.prepared, reader(&state))?;
        commit(&mut state, &diff)?;
        if let RecordedState::Witness(witness) = &mut state {
            roots.push(witness.root());
        }
    }
    Ok(roots)
}

/// Why the comparison ended early.
enum Stop {
    Contradiction(String),
    State(StateError),
}

impl From<StateError> for Stop {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

fn same(what: &str, computed: B256, header: B256) -> Result<(), Stop> {
    if computed == header {
        return Ok(());
    }
    Err(Stop::Contradiction(format!("{what} is {computed}, the header says {header}")))
}
