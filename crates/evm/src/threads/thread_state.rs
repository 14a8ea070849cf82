//! The five states of a thread, and the only ways from one to another.
//!
//! ```text
//!                 ┌────────────── run again ◀───────────────┐
//!                 ▼                                         │
//!  Preparing ──▶ Running ──▶ Return ────────────────────────┤
//!      │  ▲  ▲     │  │                                     │
//!      │  │  │     │  └────▶ Revert ────────────────────────┘
//!      ▼  │  └─────┘            ▲
//!   Waiting          withdrawn  │
//!      └────────────────────────┘
//! ```

/// Where a thread stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ThreadState {
    /// Spawned: its environment is ready, no instruction has run.
    Preparing,
    /// Held back by an ordering control until an earlier thread has ended.
    Waiting,
    /// Instructions run.
    Running,
    /// It ended well; its return value is there.
    Return,
    /// All that it did is withdrawn: it reverted, stopped, or was withdrawn before it ran.
    Revert,
}

/// What happens to a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ThreadEvent {
    /// An ordering control holds it back.
    Wait,
    /// It is run, for the first time or because what it had read was stale.
    Run,
    /// It ends well.
    Succeed,
    /// It reverts or stops.
    Fail,
    /// Its parent withdraws it.
    Withdraw,
}

impl ThreadState {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Preparing, Self::Waiting, Self::Running, Self::Return, Self::Revert];

    /// The state after an event; `None` where the event cannot happen.
    pub const fn after(self, event: ThreadEvent) -> Option<Self> {
        match (self, event) {
            (Self::Preparing, ThreadEvent::Wait) => Some(Self::Waiting),
            (Self::Preparing | Self::Waiting | Self::Return | Self::Revert, ThreadEvent::Run) => Some(Self::Running),
            (Self::Running, ThreadEvent::Succeed) => Some(Self::Return),
            (Self::Running, ThreadEvent::Fail) => Some(Self::Revert),
            (Self::Preparing | Self::Waiting, ThreadEvent::Withdraw) => Some(Self::Revert),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use primitives::map::HashSet;

    const EVENTS: [ThreadEvent; 5] =
        [ThreadEvent::Wait, ThreadEvent::Run, ThreadEvent::Succeed, ThreadEvent::Fail, ThreadEvent::Withdraw];

    /// Everything that can be reached in so many events, with how often the thread ran.
    fn reachable(events: usize) -> HashSet<(ThreadState, usize, usize)> {
        let mut seen = HashSet::from_iter([(ThreadState::Preparing, 0, 0)]);
        for _ in 0..events {
            let next = seen.iter().flat_map(|(state, runs, ends)| {
                EVENTS.into_iter().filter_map(move |event| {
                    let runs = runs + usize::from(event == ThreadEvent::Run);
                    let ends = ends + usize::from(matches!(event, ThreadEvent::Succeed | ThreadEvent::Fail));
                    Some((state.after(event)?, runs, ends))
                })
            });
            let next: Vec<_> = next.collect();
            seen.extend(next);
        }
        seen
    }

    #[test]
    fn every_state_is_reached_and_every_run_ends_before_the_next() {
        let seen = reachable(8);
        for state in ThreadState::ALL {
            assert!(seen.iter().any(|(reached, ..)| *reached == state), "{state:?}");
        }
        for (state, runs, ends) in seen {
            match state {
                ThreadState::Preparing | ThreadState::Waiting => assert_eq!((runs, ends), (0, 0)),
                ThreadState::Running => assert_eq!(runs, ends + 1),
                ThreadState::Return => assert_eq!(runs, ends),
                // Withdrawn before it ran, or ended.
                ThreadState::Revert => assert_eq!(runs, ends),
            }
        }
    }

    #[test]
    fn only_these_transitions_are_legal() {
        let legal: usize = ThreadState::ALL
            .iter()
            .map(|state| EVENTS.iter().filter(|event| state.after(**event).is_some()).count())
            .sum();
        assert_eq!(legal, 1 + 4 + 1 + 1 + 2);
        assert_eq!(
            ThreadState::Running.after(ThreadEvent::Withdraw),
            None,
            "it is withdrawn before it runs or not at all"
        );
        assert_eq!(ThreadState::Waiting.after(ThreadEvent::Wait), None);
        assert_eq!(ThreadState::Return.after(ThreadEvent::Succeed), None);
    }
}
