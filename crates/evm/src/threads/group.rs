//! The threads that a frame has spawned and not joined, run and merged.
//!
//! ```text
//!  for each thread, in the order in which they were spawned:
//!      not run yet?  ── all that wait for nothing open are run at once, on the state as it is
//!      found what the merged state has?  yes ── merge it
//!                                        no  ── run it again on the merged state, merge that
//! ```
//!
//! Without anybody to run them at once, each is run on the merged state straight away: nothing is run twice. A thread
//! that is run again runs its own threads so, which bounds the work: at most one time more for each level of threads.

use super::{
    ForkJoin, ForkPoint, Inline,
    fork_point::LateWarming,
    merge,
    run::{FrameFacts, Ran, run},
    table::{Finished, JoinStatus, Thread},
    thread_state::{ThreadEvent, ThreadState},
};
use crate::{journal::RecordingJournal, machine::RevmContext};
use parking_lot::Mutex;
use primitives::Bytes;
use state::StateError;

/// A thread's result, and what is left of its gas.
pub(crate) struct Ended {
    pub(crate) finished: Finished,
    /// Gas that goes back to the frame.
    pub(crate) unused: u64,
    /// Refund that is added to the frame's.
    pub(crate) refund: i64,
}

/// Runs and merges the threads of a frame.
pub(crate) fn settle(
    host: &mut RevmContext<'_>,
    frame: &FrameFacts,
    threads: Vec<Thread>,
) -> Result<Vec<Ended>, StateError> {
    host.journaled_state.sync();
    let first = threads.first().map_or(0, |thread| thread.mark);
    let late = LateWarming::since(first, &host.journaled_state.journal.inner.journal);
    let runs = threads.iter().map(|_| None).collect();
    let mut group = Group { frame, late, threads, runs, warmed: Vec::new(), is_serial: false };
    let ended = (0..group.threads.len()).map(|at| group.finish(host, at)).collect();
    merge::warm(&mut host.journaled_state, group.warmed);
    ended
}

struct Group<'g> {
    frame: &'g FrameFacts,
    late: LateWarming,
    threads: Vec<Thread>,
    /// Results that have not been merged; an error may be due to a stale state and does not count.
    runs: Vec<Option<Result<Ran, StateError>>>,
    warmed: Vec<revm::context::journal::JournalEntry>,
    /// Nobody runs threads at once, or no more ought to be run in vain.
    is_serial: bool,
}

impl Group<'_> {
    /// Brings a thread to its end, all before it being merged.
    fn finish(&mut self, host: &mut RevmContext<'_>, at: usize) -> Result<Ended, StateError> {
        if self.threads[at].state == ThreadState::Revert && self.runs[at].is_none() {
            // Withdrawn before it ran.
            let Thread { id, gas, .. } = self.threads[at];
            let finished = Finished { id, status: JoinStatus::Withdrawn, output: Bytes::new() };
            return Ok(Ended { finished, unused: gas, refund: 0 });
        }
        if self.runs[at].is_none() && !self.is_serial {
            self.run_ahead(host, at);
        }
        let ran = match self.runs[at].take() {
            Some(Ok(ran)) if merge::holds(&host.journaled_state, &ran) => ran,
            None => self.run_alone(host, at, false)?,
            Some(stale) => {
                let spent = stale.map_or(self.threads[at].gas, |ran| ran.ended.gas.total_gas_spent());
                host.chain.host.budget.waste(spent);
                self.run_alone(host, at, true)?
            }
        };
        if host.chain.host.nest == 0 {
            host.chain.host.budget.spend(ran.ended.gas.total_gas_spent());
        }
        let is_ok = ran.ended.result.is_ok();
        let keeps_gas = ran.ended.result.is_ok_or_revert();
        let ended = merge::merge(&mut host.journaled_state, ran, &mut self.warmed)?;
        let status = if is_ok { JoinStatus::Succeeded } else { JoinStatus::Failed };
        Ok(Ended {
            finished: Finished { id: self.threads[at].id, status, output: ended.output },
            unused: if keeps_gas { ended.gas.remaining() } else { 0 },
            refund: if is_ok { ended.gas.refunded() } else { 0 },
        })
    }

    /// Runs a thread on the merged state.
    fn run_alone(&mut self, host: &RevmContext<'_>, at: usize, again: bool) -> Result<Ran, StateError> {
        let chain = &host.chain.host;
        let fork_join: &dyn ForkJoin = if again { &Inline } else { chain.fork_join };
        self.threads[at].step(ThreadEvent::Run);
        let thread = &self.threads[at];
        let point = point(&host.journaled_state, &self.late, thread.mark);
        let state = host.journaled_state.journal.database.state;
        let ran = run(chain, fork_join, &host.tx, (self.frame, thread), point, state)?;
        self.threads[at].step(end_of(&ran));
        Ok(ran)
    }

    /// Runs all threads from `from` on that wait for none at or after it, at once, if somebody does that.
    fn run_ahead(&mut self, host: &RevmContext<'_>, from: usize) {
        let is_ready = |at: &usize| {
            let thread = &self.threads[*at];
            self.runs[*at].is_none()
                && thread.state != ThreadState::Revert
                && thread.waits.iter().all(|earlier| *earlier < from)
        };
        let mut ready: Vec<usize> = (from..self.threads.len()).filter(is_ready).collect();
        if ready.len() < 2 {
            return;
        }
        ready.sort_by_key(|at| self.threads[*at].sleep);
        let chain = &host.chain.host;
        if !chain.budget.allows() {
            self.is_serial = true;
            return;
        }
        let (journal, tx, frame, late, threads) =
            (&host.journaled_state, &host.tx, self.frame, &self.late, &self.threads);
        let results: Vec<_> = ready.iter().map(|_| Mutex::new(None)).collect();
        let at_first = point(journal, late, 0);
        let mut was_run = false;
        journal.journal.database.state.lend(&mut |state| {
            was_run = chain.fork_join.run(ready.len(), &|task| {
                let thread = &threads[ready[task]];
                let point = ForkPoint { mark: thread.mark, ..at_first };
                let ran = run(chain, chain.fork_join, tx, (frame, thread), point, state);
                *results[task].lock() = Some(ran);
            });
        });
        self.is_serial = !was_run;
        for (at, result) in ready.into_iter().zip(results) {
            if let Some(result) = result.into_inner() {
                self.threads[at].step(ThreadEvent::Run);
                self.threads[at].step(result.as_ref().map_or(ThreadEvent::Fail, end_of));
                self.runs[at] = Some(result);
            }
        }
    }
}

fn end_of(ran: &Ran) -> ThreadEvent {
    if ran.ended.result.is_ok() { ThreadEvent::Succeed } else { ThreadEvent::Fail }
}

/// What a thread sees of a frame that rests.
fn point<'p>(journal: &'p RecordingJournal<'_>, late: &'p LateWarming, mark: usize) -> ForkPoint<'p> {
    let inner = &journal.journal.inner;
    let outer = journal.fork.as_deref();
    ForkPoint {
        state: &inner.state,
        transient: &inner.transient_storage,
        transient_known: outer.map(|fork| &fork.seen.transient),
        warm: &inner.warm_addresses,
        transaction_id: inner.transaction_id,
        late,
        mark,
        outer: outer.map(|fork| &fork.point),
    }
}
