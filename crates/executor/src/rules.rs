//! What a block must satisfy that needs no execution.
//!
//! ```text
//!  check_header        parent + header               numbers, limits, fees, difficulty, which fields there are
//!  check_header_form   header                        the part of it for which no parent is needed
//!  check_merge         total difficulty + header     where work ends
//!  check_body          header + lists                roots, transaction types, blobs, size
//!  check_ommers        header + ommers + ancestors   proof of work only
//! ```
//!
//! Every check is a pure function of the chain's rules and of its arguments, so what it refuses everyone refuses. What a
//! transaction owes to the state (nonce, balance, code) and to its own form (intrinsic gas, fees, blob hashes) is
//! judged where it is executed; what a block's execution has to yield, there too.
//!
//! Limits, by intent:
//!
//! - The seal of proof of work (mix hash and nonce) is not checked: there is no ethash here.
//! - A chain that merges by total difficulty ([`Activation::TotalDifficulty`]) needs [`check_merge`], for which somebody
//!   has to add up the difficulties; without it, only that the chain does not go back is seen.
//! - The fields of Amsterdam are not required, as that fork is not settled; a block access list hash may stand in
//!   a header of any fork, since our own blocks carry it (EIP-7928).
//!
//! [`Activation::TotalDifficulty`]: primitives::Activation::TotalDifficulty

mod base_fee;
mod blob_gas;
mod body;
mod difficulty;
mod header;
mod header_error;
mod ommers;
mod transaction;

pub use base_fee::base_fee;
pub use blob_gas::excess_blob_gas;
pub use body::{BodyError, check_body};
pub(crate) use body::{block_bytes_max, withdrawals_root};
pub use difficulty::difficulty;
pub use header::{check_header, check_header_form, check_merge};
pub use header_error::HeaderError;
pub use ommers::{Ancestor, OmmerError, check_ommers};
pub use transaction::TransactionError;
pub(crate) use transaction::check as check_transaction;
