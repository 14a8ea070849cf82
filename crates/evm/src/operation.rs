//! What one transaction did, step by step: every read and every change of state, in order, with location and value.
//!
//! The record of accesses says what a transaction found and left; the operations say how it came there. They are the
//! material of the operation root (spec 0002). The changes are the fourteen kinds of a journal as the paper's authors
//! know it from geth; the reads are ours.
//!
//! | kind | taken from |
//! |---|---|
//! | create, reset, self-destruct, balance, nonce, storage, code, touch, access list, transient storage | revm's journal |
//! | log | the journal's logs |
//! | preimage | the instruction `KECCAK256`; geth notes it only for debugging |
//! | refund | the gas at the end of the transaction: revm's counter is no part of its journal |
//! | reads | the methods of the journal that give the value |
//!
//! Law: the operations of a transaction are a function of the transaction and of the state before it, save that a balance
//! is given by its change and not by its amount, unless the transaction itself asked for the amount. So they are the
//! same however the transaction was scheduled, payments that were merged lazily included.
//!
//! Order: by transaction, by path of threads (spec 0005), by counter. Where a thread's operations are merged, its parent has
//! [`Operation::Join`]; they themselves come after those of the transaction, behind [`Operation::Thread`]. What a frame did before it reverted stays, followed by [`Operation::Revert`]. A read stands before the warming that it causes.
//!
//! What is not an operation: the fee to the beneficiary, which is not part of a transaction here; and what the steps
//! outside the transactions do.

mod buffer;
mod decode;
mod encode;
mod operations;
mod read_write_set;
mod recorder;

pub use decode::OperationError;
pub(crate) use encode::tag;
pub use operations::{OperationIter, Operations};
pub use read_write_set::{Location, ReadWriteSet, ReadWriteSetError, Touched};
pub(crate) use recorder::{BlockHashReads, Loaded, Recorder, ThreadOperations};

use primitives::{Address, B256, Log, U256};
use std::borrow::Cow;

/// One step of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation<'a> {
    /// An account came into being as a contract.
    CreateObject(Address),
    /// A contract was created where an account was.
    ResetObject(Address),
    /// A contract gave all it had away and is marked as destroyed, or was already.
    SelfDestruct {
        /// The contract.
        address: Address,
        /// Who got what it had.
        target: Address,
        /// Wei that left it.
        amount: U256,
    },
    /// A balance grew or shrank.
    Balance {
        /// Whose.
        address: Address,
        /// Which way.
        direction: Direction,
        /// By how many wei.
        amount: U256,
    },
    /// A nonce changed.
    Nonce {
        /// Whose.
        address: Address,
        /// The new one.
        nonce: u64,
    },
    /// A storage slot got another value.
    Storage {
        /// Whose.
        address: Address,
        /// The key.
        slot: U256,
        /// The value before.
        before: U256,
        /// The value after.
        after: U256,
    },
    /// An account got code, or a delegation, or lost it.
    Code {
        /// Whose.
        address: Address,
        /// The new code's hash.
        hash: B256,
    },
    /// Gas given back at the end of the transaction.
    Refund(u64),
    /// A log was written.
    AddLog(Cow<'a, Log>),
    /// Something was hashed.
    AddPreimage(B256),
    /// An account was touched (EIP-161).
    Touch(Address),
    /// An account became warm (EIP-2929).
    AccessListAddAccount(Address),
    /// A slot became warm (EIP-2929).
    AccessListAddSlot {
        /// Whose.
        address: Address,
        /// The key.
        slot: U256,
    },
    /// A slot of transient storage got another value (EIP-1153).
    TransientStorage {
        /// Whose.
        address: Address,
        /// The key.
        slot: U256,
        /// The value before.
        before: U256,
        /// The value after.
        after: U256,
    },
    /// A storage slot was read, or written with the value that it had.
    ReadStorage {
        /// Whose.
        address: Address,
        /// The key.
        slot: U256,
        /// The value.
        value: U256,
    },
    /// A balance was asked for, or did not suffice.
    ReadBalance {
        /// Whose.
        address: Address,
        /// Wei.
        balance: U256,
    },
    /// A nonce was compared.
    ReadNonce {
        /// Whose.
        address: Address,
        /// The nonce.
        nonce: u64,
    },
    /// Code was loaded, or its hash asked for.
    ReadCode {
        /// Whose.
        address: Address,
        /// The code's hash.
        hash: B256,
    },
    /// It was seen whether an account exists (from EIP-161 on: whether it is not empty).
    ReadExistence {
        /// Whose.
        address: Address,
        /// Whether it does.
        exists: bool,
    },
    /// A slot of transient storage was read.
    ReadTransientStorage {
        /// Whose.
        address: Address,
        /// The key.
        slot: U256,
        /// The value.
        value: U256,
    },
    /// The hash of an earlier block was read.
    ReadBlockHash {
        /// The block's number.
        number: u64,
        /// Its hash.
        hash: B256,
    },
    /// A contract has written down what one of its frames read and wrote (spec 0005).
    Record {
        /// Whose.
        address: Address,
        /// The hash of the read/write set.
        set: B256,
        /// The hash over the recorded reads; zero if none was hashed.
        reads: B256,
        /// The same of the writes.
        writes: B256,
    },
    /// A frame reverted: so many operations before this one, those of inner frames included, have changed nothing.
    Revert(u64),
    /// A thread ended here: the one with this number among those of the same parent.
    Join(u64),
    /// What follows was done by the thread with this path: the numbers of the threads around it, the outermost first, and
    /// its own.
    Thread(Vec<u64>),
}

/// Which way a balance went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// It grew.
    In,
    /// It shrank.
    Out,
}
