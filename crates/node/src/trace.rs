//! What happened inside transactions, in geth's form (`debug_trace*`) and in OpenEthereum's (`trace_*`).
//!
//! ```text
//!  state before the block ─▶ steps before ─▶ transaction 0 ─▶ transaction 1 ─▶ … each traced where it really ran
//! ```
//!
//! A [`BlockBase`] is a block with the state before it; its transactions run one after another, those that are not asked
//! for without a tracer. So a trace costs at most one execution of the block, on one thread, and its gas and changes are
//! those of the block's receipts. The tracers are those of `revm-inspectors`.
//!
//! Threads of contracts run one after another, in the order of their spawns, which is what they mean (spec 0005). Each is
//! a call of its contract to itself, under the instruction that settled it. That one - `JOIN`, `SSTORE`, `RETURN` or
//! another - is seen once more for each thread, and at last for itself.
//!
//! Limits: no JavaScript tracers; `RDR` and `WTR` are not among what struct logs show of storage; rewards of proof of work are not among the traces of a block; what the traces of one
//! request may hold is bounded, beyond which tracing stops with an error.

mod geth;
mod meter;
mod narration;
mod parity;
mod replay;
mod threads;

pub use geth::{trace_block, trace_call, trace_transaction};
pub use narration::narrate;
pub use parity::{call_traces, replay_block, replay_call};
pub use replay::BlockBase;

/// Bytes that the calls and instructions of the traces of one request hold, at most, by a rough count.
pub const RECORDED_BYTES_MAX: usize = 1 << 30;

/// Bytes of memory, inputs and the like that the trace of one transaction holds, at most.
pub const SNAPSHOT_BYTES_MAX: usize = 256 << 20;
