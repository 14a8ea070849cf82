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
    ForkJoin, ForkPoint, Inline, Meeting, ThreadNote, VainRun,
    fork_point::LateWarming,
    goroutine::{G, Ps},
    merge,
    run::{FrameFacts, Ran, run},
    table::{Finished, JoinStatus, Thread},
    thread_state::{ThreadEvent, ThreadState},
};
use crate::{journal::RecordingJournal, machine::RevmContext, sync::Mutex};
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
    let numbers = host.chain.notes.as_mut().map(|notes| notes.begin(threads.len())).unwrap_or_default();
    let mut group = Group { frame, late, threads, runs, warmed: Vec::new(), is_serial: false, numbers };
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
    /// The settlement's own among those of its parent, and the first thread's, for notes.
    numbers: (u64, u64),
}

/// How a thread came to its result.
#[derive(Default)]
struct Way {
    ahead: bool,
    vain: Option<VainRun>,
}

impl Group<'_> {
    /// Brings a thread to its end, all before it being merged.
    fn finish(&mut self, host: &mut RevmContext<'_>, at: usize) -> Result<Ended, StateError> {
        if self.threads[at].state == ThreadState::Revert && self.runs[at].is_none() {
            // Withdrawn before it ran.
            let Thread { id, gas, .. } = self.threads[at];
            self.note(host, at, Way::default(), None);
            let finished = Finished { id, status: JoinStatus::Withdrawn, output: Bytes::new() };
            return Ok(Ended { finished, unused: gas, refund: 0 });
        }
        let (mut ran, way) = self.result(host, at)?;
        if host.chain.host.nest == 0 {
            host.chain.host.budget.spend(ran.ended.gas.total_gas_spent());
        }
        self.note(host, at, way, Some(&mut ran));
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

    /// The result of a thread on the merged state, however it is come by.
    fn result(&mut self, host: &RevmContext<'_>, at: usize) -> Result<(Ran, Way), StateError> {
        if self.runs[at].is_none() && !self.is_serial {
            self.run_ahead(host, at);
        }
        let Some(ahead) = self.runs[at].take() else {
            return Ok((self.run_alone(host, at, false)?, Way::default()));
        };
        let stale = match ahead {
            Ok(ran) if merge::holds(&host.journaled_state, &ran) => {
                return Ok((ran, Way { ahead: true, vain: None }));
            }
            stale => stale,
        };
        let gas = stale.as_ref().map_or(self.threads[at].gas, |ran| ran.ended.gas.total_gas_spent());
        host.chain.host.budget.waste(gas);
        let vain = host.chain.notes.is_some().then(|| {
            let met = stale.ok().and_then(|ran| merge::meeting(&host.journaled_state, &ran));
            VainRun { gas, met: met.unwrap_or(Meeting::Unreadable) }
        });
        Ok((self.run_alone(host, at, true)?, Way { ahead: true, vain }))
    }

    /// Notes how a thread was run, if somebody wants to know.
    fn note(&self, host: &mut RevmContext<'_>, at: usize, way: Way, ran: Option<&mut Ran>) {
        let Some(notes) = &mut host.chain.notes else { return };
        let (thread, (group, first)) = (&self.threads[at], self.numbers);
        let number = |at: usize| first + at as u64;
        let withdrawn = ran.is_none();
        let (gas, inner) =
            ran.map_or_else(Default::default, |ran| (ran.ended.gas.total_gas_spent(), std::mem::take(&mut ran.notes)));
        let note = ThreadNote {
            path: vec![number(at)],
            name: thread.id,
            contract: self.frame.address,
            selector: thread.data.selector(),
            group,
            spawned: thread.spawned,
            settled: self.frame.used,
            waits_for: thread.after.map(number),
            ahead: way.ahead,
            vain: way.vain,
            gas,
            state: thread.state,
            withdrawn,
        };
        notes.push(note, inner);
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

    /// The threads from `from` on that have not run and wait for none at or after it.
    fn ready(&self, from: usize) -> Vec<usize> {
        let is_ready = |at: &usize| {
            let thread = &self.threads[*at];
            self.runs[*at].is_none()
                && thread.state != ThreadState::Revert
                && thread.after.is_none_or(|earlier| earlier < from)
        };
        (from..self.threads.len()).filter(is_ready).collect()
    }

    /// Runs the threads that are ready at once, if there are several and somebody does that.
    fn run_ahead(&mut self, host: &RevmContext<'_>, from: usize) {
        let ready = self.ready(from);
        if ready.len() < 2 {
            return;
        }
        let chain = &host.chain.host;
        if !chain.budget.allows() {
            self.is_serial = true;
            return;
        }
        let (journal, tx, frame, late, threads) =
            (&host.journaled_state, &host.tx, self.frame, &self.late, &self.threads);
        let g = |(position, at): (usize, &usize)| G { position, gas: threads[*at].gas, sleep: threads[*at].sleep };
        let gs: Vec<G> = ready.iter().enumerate().map(g).collect();
        let ps = Ps::new(&gs, chain.fork_join.processors(), chain.environment.thread_queue);
        let results: Vec<_> = ready.iter().map(|_| Mutex::new(None)).collect();
        let at_first = point(journal, late, 0);
        let mut was_run = false;
        journal.journal.database.state.lend(&mut |state| {
            was_run = chain.fork_join.run(ready.len(), &|turn| {
                let Some(g) = ps.take(turn) else { return };
                let thread = &threads[ready[g.position]];
                let point = ForkPoint { mark: thread.mark, ..at_first };
                let ran = run(chain, chain.fork_join, tx, (frame, thread), point, state);
                *results[g.position].lock() = Some(ran);
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
