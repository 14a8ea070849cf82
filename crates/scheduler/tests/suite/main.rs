//! Every policy against `serial`, on a machine of its own.

#[cfg(not(feature = "shuttle"))]
mod bombs;
mod check;
#[cfg(not(feature = "shuttle"))]
mod chunks;
#[cfg(not(feature = "shuttle"))]
mod equivalence;
#[cfg(not(feature = "shuttle"))]
mod failures;
#[cfg(feature = "shuttle")]
mod interleavings;
#[cfg_attr(feature = "shuttle", expect(dead_code, reason = "the other suites use all of it"))]
mod mock;
#[cfg(not(feature = "shuttle"))]
mod regressions;
