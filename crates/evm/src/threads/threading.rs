//! What the instructions of threads ask of the context in which they run.
//!
//! There are two: a [`Machine`](crate::Machine)'s, which runs threads on interpreters of their own, and
//! [`FrameThreads`](super::FrameThreads)', which runs each as a frame of the interpreter that is there. What is written
//! once here and in the instructions holds for both.

use super::{ThreadTable, barrier::At, record_data::RecordData};
use primitives::{Address, ThreadGas};
use revm::interpreter::{Host, InstructionExecResult};

/// A context whose frames may have threads.
///
/// Duties: what [`settle`](Self::settle) brings about is what spec 0005 says, whoever implements it.
pub(crate) trait Threading: Host + Sized {
    /// The threads of the frames.
    fn table(&mut self) -> &mut ThreadTable;

    /// Whether no frame has anything of threads: one look that all others pay.
    fn is_idle(&self) -> bool;

    /// The prices.
    fn prices(&self) -> ThreadGas;

    /// Of how many threads the frame at this depth is inside.
    fn nest(&mut self, depth: usize) -> usize;

    /// Entries of the journal.
    fn entries(&self) -> usize;

    /// Whether somebody wants to know how threads were run.
    fn takes_notes(&self) -> bool;

    /// Runs the frame's open threads and merges them, or begins to: then the instruction is executed again.
    fn settle(at: &mut At<'_, Self>) -> InstructionExecResult;

    /// What a frame recorded becomes part of the transaction's operations, where these are written down.
    fn note_record(&mut self, address: Address, record: &RecordData);

    /// `CREATE` and `CREATE2`.
    fn create<const IS_CREATE2: bool>(at: At<'_, Self>) -> InstructionExecResult;

    /// An instruction begins that looks at the stack before it settles: where it is executed again, the stack is as it was.
    fn resume(_at: &mut At<'_, Self>) {}

    /// An instruction begins that may do something before it settles.
    fn begin(_at: &mut At<'_, Self>) {}

    /// It has charged gas.
    fn charged(&mut self, _gas: u64) {}

    /// It has ended.
    fn end(&mut self) {}
}
