//! Calls, estimates, simulations and traces on small states.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod assembly;
mod calls;
mod consoles;
mod estimates;
mod lists;
mod simulations;
mod threads;
mod traces;
mod world;
