//! Calls, estimates, simulations and traces on small states.

mod assembly;
mod calls;
mod estimates;
mod lists;
mod world;
