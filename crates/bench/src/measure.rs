//! How long things take, and how far that can be believed.
//!
//! ```text
//!  Case ──▶ Subject: list, access sets, costs ──▶ interleaved passes ──▶ Row: medians, ratio, bound, share of it
//!                                    └──▶ Trace of two workers ──▶ Overheads ──▶ projection to N workers
//! ```
//!
//! The rules: only ratios are compared, both sides in one process, in turn (A B B A), senders known and state in memory
//! on both sides; what a side is given beforehand is made before its clock starts, what it returns is dropped after
//! its clock stopped; medians stand with an interval; a [`Probe`] says whether two workers had two cores. Times of one
//! run are never compared with those of another.

mod bounds;
mod case;
mod comparison;
mod cost;
mod fit;
mod fork_costs;
mod interleaved;
mod interval;
mod occupation;
mod overheads;
mod pieces;
mod probe;
pub mod projection;
mod side;
mod split;
mod stream;
mod subject;
mod timed;

pub use bounds::Bounds;
pub use case::Case;
pub use comparison::{Comparison, Row, Total, compare, total};
pub use cost::costs;
pub use fit::{Fit, line, power};
pub use fork_costs::{ForkCosts, ProjectedFork};
pub use interleaved::{Passes, interleaved};
pub use interval::{Interval, median};
pub use occupation::Occupation;
pub use overheads::{Overheads, Sampler};
pub use pieces::{Pieces, Shared};
pub use probe::{ACCEPTED, Probe};
pub use side::{Engines, Side, Timing, Yield};
pub use split::{SplitTimes, split_times};
pub use stream::stream;
pub use subject::Subject;

/// A duration in nanoseconds.
fn nanoseconds(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
