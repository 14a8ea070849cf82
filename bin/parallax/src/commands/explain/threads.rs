//! The threads of a block's transactions, each in a lane of its own.
//!
//! ```text
//!  transaction ──▶ a machine that runs ahead whatever can be ──▶ notes ──▶ lanes ──▶ text | JSON | HTML
//! ```
//!
//! A lane is as long as the gas that its thread used, as if each thread had a worker of its own and gas took the same time
//! everywhere. So the picture is the same on every machine, and says what the program allows, not what somebody measured.

use super::layouts::Layouts;
use crate::{
    exit::Failure,
    workload::{Execution, Workload, changes_with_fee, commit, failure, reader},
};
use access_list::StateKey;
use evm::{CodeCache, ForkJoin, Machine, Meeting, Outcome, ThreadNote, ThreadState};
use primitives::{Address, Bytes, U256};
use serde::Serialize;

/// The threads of one transaction.
#[derive(Debug, Serialize)]
pub(super) struct Threads {
    /// Which transaction.
    pub(super) transaction: u32,
    /// Gas that it used: its length with its threads one after another.
    pub(super) serial_gas: u64,
    /// Its length with a worker for each thread.
    pub(super) parallel_gas: u64,
    /// In the order in which they were merged, each before its own threads.
    pub(super) lanes: Vec<Lane>,
}

/// One thread. Places are gas from the beginning of the transaction.
#[derive(Debug, Serialize)]
pub(super) struct Lane {
    /// The numbers of the threads around it, the outermost first, and its own.
    pub(super) path: Vec<u64>,
    /// What the contract calls it.
    pub(super) name: U256,
    /// Whose function it runs.
    pub(super) contract: Address,
    /// Which function.
    pub(super) selector: Option<Bytes>,
    /// When it was spawned.
    pub(super) spawned: u64,
    /// The run that came to nothing.
    pub(super) vain: Option<Vain>,
    /// The run that counts; of no length if there is none.
    pub(super) begun: u64,
    /// Its end.
    pub(super) ended: u64,
    /// When it was merged: after all that were spawned before it.
    pub(super) merged: u64,
    /// The path of the thread that an ordering control had it wait for.
    pub(super) waits_for: Option<Vec<u64>>,
    /// How it ended.
    pub(super) end: End,
}

/// A run in vain.
#[derive(Debug, Serialize)]
pub(super) struct Vain {
    /// Its beginning.
    pub(super) begun: u64,
    /// Its end.
    pub(super) ended: u64,
    /// The location at which it met an earlier thread.
    pub(super) met: String,
    /// The variable behind it, where a storage layout tells.
    pub(super) variable: Option<String>,
    #[serde(skip)]
    pub(super) key: Option<StateKey>,
}

/// How a thread ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum End {
    Returned,
    Reverted,
    Withdrawn,
}

/// Runs all pieces, one after another: whoever can be run ahead is, on every machine alike.
struct Ahead;

impl ForkJoin for Ahead {
    fn run(&self, count: usize, work: &(dyn Fn(usize) + Sync)) -> bool {
        (0..count).for_each(work);
        true
    }
}

/// The threads of every transaction that has some.
pub(super) fn threads(workload: &Workload<'_>, execution: &Execution) -> Result<Vec<Threads>, Failure> {
    let (recorded, prepared) = (workload.recorded, &workload.prepared);
    if recorded.chain.thread_gas_at(recorded.block.header.timestamp).is_none() {
        return Ok(Vec::new());
    }
    let failed = |error: state::StateError| failure(&recorded.name, &error.into());
    let mut environment = prepared.environment().clone();
    environment.note_threads(true);
    let codes = CodeCache::default();
    let mut state = workload.first_state(execution).map_err(failed)?;
    let mut found = Vec::new();
    for (index, executed) in execution.executed().enumerate() {
        let notes = {
            let mut machine = Machine::new(&environment, &codes, reader(&state)).with_fork_join(&Ahead);
            machine.execute(&prepared.transactions()[index]).map_err(failed)?;
            machine.take_threads()
        };
        if let (false, Outcome::Included(result)) = (notes.is_empty(), &executed.output) {
            found.push(Threads::new(index as u32, result.gas_used, &notes));
        }
        let changes = changes_with_fee(executed, prepared, reader(&state)).map_err(failed)?;
        commit(&mut state, &changes).map_err(failed)?;
    }
    Ok(found)
}

impl Threads {
    /// Lays the threads of a transaction that used so much gas.
    fn new(transaction: u32, serial_gas: u64, notes: &[ThreadNote]) -> Self {
        let mut lanes = Vec::with_capacity(notes.len());
        let parallel_gas = lay(notes, &[], (0, serial_gas), &mut lanes);
        Self { transaction, serial_gas, parallel_gas, lanes }
    }

    /// Threads that were run again.
    pub(super) fn again(&self) -> usize {
        self.lanes.iter().filter(|lane| lane.vain.is_some()).count()
    }

    /// The locations at which threads met.
    pub(super) fn keys(&self) -> impl Iterator<Item = StateKey> {
        self.lanes.iter().filter_map(|lane| lane.vain.as_ref()?.key)
    }

    /// Gives locations the names of the variables behind them.
    pub(super) fn name_variables(&mut self, layouts: &Layouts) {
        for vain in self.lanes.iter_mut().filter_map(|lane| lane.vain.as_mut()) {
            vain.variable = vain.key.and_then(|key| layouts.name(&key));
        }
    }
}

impl Lane {
    /// What there is to say about it beside its length.
    pub(super) fn remark(&self) -> String {
        let mut remarks = Vec::new();
        if let Some(Vain { met, variable, .. }) = &self.vain {
            remarks.push(format!("ran again: met an earlier thread at {}", variable.as_ref().unwrap_or(met)));
        }
        if let Some(earlier) = &self.waits_for {
            remarks.push(format!("waits for {}", dotted(earlier)));
        }
        match self.end {
            End::Returned => {}
            End::Reverted => remarks.push("reverted".to_owned()),
            End::Withdrawn => remarks.push("withdrawn".to_owned()),
        }
        remarks.join("; ")
    }
}

/// A path as people read it.
pub(super) fn dotted(path: &[u64]) -> String {
    path.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}

/// Lays the threads of one parent, which begins somewhere and uses so much gas with them; gives its end.
fn lay(notes: &[ThreadNote], parent: &[u64], (begun, gas): (u64, u64), lanes: &mut Vec<Lane>) -> u64 {
    let depth = parent.len() + 1;
    let mut own = notes.iter().enumerate().filter(|(_, note)| note.path.len() == depth).peekable();
    // Gas of the parent that has been laid, and where that is.
    let (mut used, mut now) = (0, begun);
    let mut group: Option<(u64, Group)> = None;
    while let Some((at, note)) = own.next() {
        let end = own.peek().map_or(notes.len(), |(next, _)| *next);
        let (_, group) = match &mut group {
            Some(current) if current.0 == note.group => current,
            _ => {
                now = group.take().map_or(now, |(_, group)| group.merged) + note.settled.saturating_sub(used);
                used = note.settled.max(used);
                group.insert((note.group, Group::new(now, note.settled)))
            }
        };
        group.add(note, &notes[at + 1..end], lanes);
        used += note.gas;
    }
    group.map_or(now, |(_, group)| group.merged) + gas.saturating_sub(used)
}

/// Threads that are settled together.
struct Group {
    /// Where the parent waits, and the gas that it had used there.
    start: u64,
    settled: u64,
    /// Where the last one was merged.
    merged: u64,
    /// Where each was, by path.
    places: Vec<(Vec<u64>, u64)>,
}

impl Group {
    const fn new(start: u64, settled: u64) -> Self {
        Self { start, settled, merged: start, places: Vec::new() }
    }

    /// Where the thread with this number of the same parent was merged.
    fn place(&self, path: &[u64]) -> u64 {
        self.places.iter().find(|(known, _)| known == path).map_or(self.start, |(_, merged)| *merged)
    }

    fn add(&mut self, note: &ThreadNote, inner: &[ThreadNote], lanes: &mut Vec<Lane>) {
        let waits_for = note.waits_for.map(|number| {
            let mut path = note.path.clone();
            path.pop();
            path.push(number);
            path
        });
        let first = match &waits_for {
            _ if !note.ahead => self.merged,
            Some(path) => self.place(path),
            None => self.start,
        };
        let vain = note.vain.as_ref().map(|vain| Vain {
            begun: first,
            ended: first + vain.gas,
            met: vain.met.to_string(),
            variable: None,
            key: if let Meeting::State(key) = vain.met { Some(key) } else { None },
        });
        let begun = vain.as_ref().map_or(first, |vain| vain.ended.max(self.merged));
        let place = lanes.len();
        lanes.push(Lane {
            path: note.path.clone(),
            name: note.name,
            contract: note.contract,
            selector: note.selector.map(|selector| Bytes::copy_from_slice(&selector)),
            spawned: self.start.saturating_sub(self.settled.saturating_sub(note.spawned)),
            vain,
            begun,
            ended: begun,
            merged: begun,
            waits_for,
            end: match note.state {
                _ if note.withdrawn => End::Withdrawn,
                ThreadState::Revert => End::Reverted,
                _ => End::Returned,
            },
        });
        let ended = lay(inner, &note.path, (begun, note.gas), lanes);
        self.merged = self.merged.max(ended);
        (lanes[place].ended, lanes[place].merged) = (ended, self.merged);
        self.places.push((note.path.clone(), self.merged));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evm::VainRun;

    fn note(path: &[u64], group: u64, (spawned, settled, gas): (u64, u64, u64)) -> ThreadNote {
        ThreadNote {
            path: path.to_vec(),
            name: U256::from(7),
            contract: Address::repeat_byte(1),
            selector: None,
            group,
            spawned,
            settled,
            waits_for: None,
            ahead: true,
            vain: None,
            gas,
            state: ThreadState::Return,
            withdrawn: false,
        }
    }

    /// Spawned, begun, ended and merged of each.
    fn places(threads: &Threads) -> Vec<[u64; 4]> {
        threads.lanes.iter().map(|lane| [lane.spawned, lane.begun, lane.ended, lane.merged]).collect()
    }

    #[test]
    fn threads_lie_beside_each_other_and_are_merged_in_order() {
        let notes = [note(&[0], 0, (10, 30, 100)), note(&[1], 0, (20, 30, 60)), note(&[2], 1, (200, 210, 50))];
        let threads = Threads::new(4, 300, &notes);
        // The parent has 20 gas of its own between the two settlements, and 40 after the last.
        assert_eq!(places(&threads), [[10, 30, 130, 130], [20, 30, 90, 130], [140, 150, 200, 200]]);
        assert_eq!((threads.parallel_gas, threads.again()), (240, 0));
    }

    #[test]
    fn who_ran_in_vain_runs_again_behind_the_one_it_met_and_who_waits_begins_behind_it() {
        let key = StateKey::Slot(Address::repeat_byte(1), U256::from(3));
        let mut again = note(&[1], 0, (0, 0, 60));
        again.vain = Some(VainRun { gas: 50, met: Meeting::State(key) });
        let mut waiting = note(&[2], 0, (0, 0, 10));
        waiting.waits_for = Some(0);
        let mut withdrawn = note(&[3], 0, (0, 0, 0));
        (withdrawn.withdrawn, withdrawn.ahead, withdrawn.state) = (true, false, ThreadState::Revert);
        let threads = Threads::new(0, 170, &[note(&[0], 0, (0, 0, 100)), again, waiting, withdrawn]);
        assert_eq!(places(&threads), [[0, 0, 100, 100], [0, 100, 160, 160], [0, 100, 110, 160], [0, 160, 160, 160]]);
        let lane = &threads.lanes[1];
        assert_eq!(lane.vain.as_ref().map(|vain| (vain.begun, vain.ended)), Some((0, 50)));
        assert!(lane.remark().contains(&key.to_string()), "{}", lane.remark());
        assert_eq!(threads.lanes[2].remark(), "waits for 0");
        assert_eq!(threads.lanes[3].remark(), "withdrawn");
        assert_eq!(threads.keys().collect::<Vec<_>>(), [key]);
    }

    #[test]
    fn threads_of_threads_lie_inside_and_shorten_them() {
        let notes = [
            note(&[0], 0, (0, 0, 100)),
            note(&[0, 0], 0, (10, 20, 30)),
            note(&[0, 1], 0, (15, 20, 30)),
            note(&[1], 0, (0, 0, 40)),
        ];
        let threads = Threads::new(0, 140, &notes);
        // 20 before, 30 beside 30, 20 after.
        assert_eq!(places(&threads), [[0, 0, 70, 70], [10, 20, 50, 50], [15, 20, 50, 50], [0, 0, 40, 70]]);
        assert_eq!(threads.parallel_gas, 70);
    }
}
