//! The published experiments, run again on this machine: paper M's figures 5, 6 and 7.
//!
//! | | paper | varies | shows |
//! |---|---|---|---|
//! | [`variables`] | Fig. 5, X-M1 | shared variables of a transaction | time of the split |
//! | [`sizes`] | Fig. 6, X-M2 | transactions of a block | time of the split |
//! | [`savings`] | Fig. 7, X-M3 | transactions of a block | serial against parallel execution |
//!
//! The paper prints its curves without numbers, but for two savings; so its algorithm, the pairwise split, is built and
//! runs beside ours on the same blocks, and the two savings are drawn as points. The blocks are those of its Table 1:
//! 2,000 transactions, 5 shared variables each, 10 % correlation.

mod report;
mod savings;
mod setting;
mod sizes;
mod variables;

pub use report::{Figure, Report};
pub use savings::savings;
pub use setting::Setting;
pub use sizes::sizes;
pub use variables::variables;
