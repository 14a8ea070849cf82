//! How the miner's thread is told that there is work.

use crate::Mining;
use parking_lot::{Condvar, Mutex};
use std::time::{Duration, Instant};

/// What the thread waits for.
pub(crate) struct Signal {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    mining: Mining,
    /// Something may be executable that the miner has not looked at.
    dirty: bool,
    stopped: bool,
    /// When the next block by time is due.
    due: Option<Instant>,
}

/// What the thread does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wake {
    /// Make blocks for as long as there is something to put into them.
    Pending,
    /// Make one block.
    Tick,
    /// End.
    Stop,
}

impl Signal {
    pub(crate) fn new(mining: Mining) -> Self {
        let state = State { mining, dirty: true, stopped: false, due: due(mining) };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    pub(crate) fn mining(&self) -> Mining {
        self.state.lock().mining
    }

    pub(crate) fn set_mining(&self, mining: Mining) {
        let mut state = self.state.lock();
        state.mining = mining;
        state.dirty = true;
        state.due = due(mining);
        self.changed.notify_all();
    }

    /// Something may be executable now.
    pub(crate) fn pending(&self) {
        let mut state = self.state.lock();
        state.dirty = true;
        if state.mining.is_instant() {
            self.changed.notify_all();
        }
    }

    pub(crate) fn stop(&self) {
        self.state.lock().stopped = true;
        self.changed.notify_all();
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.state.lock().stopped
    }

    /// Sleeps until there is something to do. Nothing is missed between two calls: what came in is remembered.
    pub(crate) fn wait(&self) -> Wake {
        let mut state = self.state.lock();
        loop {
            if state.stopped {
                return Wake::Stop;
            }
            match (state.mining, state.due) {
                (mining, _) if mining.is_instant() && state.dirty => {
                    state.dirty = false;
                    return Wake::Pending;
                }
                (_, Some(at)) if Instant::now() >= at => {
                    // A block that took longer than the interval is not made up for by several at once.
                    state.due = due(state.mining).map(|next| next.min(at + interval(state.mining)).max(Instant::now()));
                    return Wake::Tick;
                }
                (_, Some(at)) => {
                    self.changed.wait_until(&mut state, at);
                }
                (_, None) => self.changed.wait(&mut state),
            }
        }
    }
}

fn interval(mining: Mining) -> Duration {
    /// Longer than any process lives.
    const TIME_MAX: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
    /// A miner that does nothing else still lets others in.
    const TIME_MIN: Duration = Duration::from_millis(1);
    mining.interval().unwrap_or_default().clamp(TIME_MIN, TIME_MAX)
}

fn due(mining: Mining) -> Option<Instant> {
    mining.interval().map(|_| Instant::now() + interval(mining))
}
