//! From operations to bytes. Spec 0002 is the law; this is its writing side.

use super::{Direction, Operation};
use primitives::{Address, Log, U256};

/// The first byte of an operation: its kind in the low six bits, and the two flags.
pub(super) mod tag {
    pub(in super::super) const CREATE_OBJECT: u8 = 1;
    pub(in super::super) const RESET_OBJECT: u8 = 2;
    pub(in super::super) const SELF_DESTRUCT: u8 = 3;
    pub(in super::super) const BALANCE: u8 = 4;
    pub(in super::super) const NONCE: u8 = 5;
    pub(in super::super) const STORAGE: u8 = 6;
    pub(in super::super) const CODE: u8 = 7;
    pub(in super::super) const REFUND: u8 = 8;
    pub(in super::super) const ADD_LOG: u8 = 9;
    pub(in super::super) const ADD_PREIMAGE: u8 = 10;
    pub(in super::super) const TOUCH: u8 = 11;
    pub(in super::super) const ACCESS_LIST_ADD_ACCOUNT: u8 = 12;
    pub(in super::super) const ACCESS_LIST_ADD_SLOT: u8 = 13;
    pub(in super::super) const TRANSIENT_STORAGE: u8 = 14;
    pub(in super::super) const READ_STORAGE: u8 = 17;
    pub(in super::super) const READ_BALANCE: u8 = 18;
    pub(in super::super) const READ_NONCE: u8 = 19;
    pub(in super::super) const READ_CODE: u8 = 20;
    pub(in super::super) const READ_EXISTENCE: u8 = 21;
    pub(in super::super) const READ_TRANSIENT_STORAGE: u8 = 22;
    pub(in super::super) const READ_BLOCK_HASH: u8 = 23;
    pub(in super::super) const RECORD: u8 = 28;
    pub(in super::super) const JOIN: u8 = 29;
    pub(in super::super) const THREAD: u8 = 30;
    pub(in super::super) const REVERT: u8 = 31;
    /// Of [`BALANCE`]: it shrank. Of [`READ_EXISTENCE`]: it does exist.
    pub(in super::super) const FLAG: u8 = 0x40;
    /// The address is that of the operation before that has one.
    pub(in super::super) const SAME: u8 = 0x80;
}

/// Bytes that a writer keeps for the next transaction.
const BYTES_KEPT_MAX: usize = 1 << 20;

/// Appends operations to bytes.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
    /// The address that was written last; the zero address at first.
    previous: Address,
}

impl Writer {
    /// Appends an operation.
    #[inline]
    pub(super) fn push(&mut self, operation: &Operation<'_>) {
        match operation {
            Operation::CreateObject(address) => self.start(tag::CREATE_OBJECT, *address),
            Operation::ResetObject(address) => self.start(tag::RESET_OBJECT, *address),
            Operation::SelfDestruct { address, target, amount } => {
                self.start(tag::SELF_DESTRUCT, *address);
                self.bytes.extend_from_slice(target.as_slice());
                self.word(*amount);
            }
            Operation::Balance { address, direction, amount } => {
                self.start(tag::BALANCE | if *direction == Direction::Out { tag::FLAG } else { 0 }, *address);
                self.word(*amount);
            }
            Operation::Nonce { address, nonce } => {
                self.start(tag::NONCE, *address);
                self.number(*nonce);
            }
            Operation::Storage { address, slot, before, after } => {
                self.words(tag::STORAGE, *address, [*slot, *before, *after]);
            }
            Operation::Code { address, hash } => {
                self.start(tag::CODE, *address);
                self.bytes.extend_from_slice(hash.as_slice());
            }
            Operation::Refund(gas) => {
                self.bytes.push(tag::REFUND);
                self.number(*gas);
            }
            Operation::AddLog(log) => self.log(log),
            Operation::AddPreimage(hash) => {
                self.bytes.push(tag::ADD_PREIMAGE);
                self.bytes.extend_from_slice(hash.as_slice());
            }
            Operation::Touch(address) => self.start(tag::TOUCH, *address),
            Operation::AccessListAddAccount(address) => self.start(tag::ACCESS_LIST_ADD_ACCOUNT, *address),
            Operation::AccessListAddSlot { address, slot } => {
                self.words(tag::ACCESS_LIST_ADD_SLOT, *address, [*slot]);
            }
            Operation::TransientStorage { address, slot, before, after } => {
                self.words(tag::TRANSIENT_STORAGE, *address, [*slot, *before, *after]);
            }
            read => self.push_read(read),
        }
    }

    fn push_read(&mut self, operation: &Operation<'_>) {
        match operation {
            Operation::ReadStorage { address, slot, value } => {
                self.words(tag::READ_STORAGE, *address, [*slot, *value]);
            }
            Operation::ReadBalance { address, balance } => self.words(tag::READ_BALANCE, *address, [*balance]),
            Operation::ReadNonce { address, nonce } => {
                self.start(tag::READ_NONCE, *address);
                self.number(*nonce);
            }
            Operation::ReadCode { address, hash } => {
                self.start(tag::READ_CODE, *address);
                self.bytes.extend_from_slice(hash.as_slice());
            }
            Operation::ReadExistence { address, exists } => {
                self.start(tag::READ_EXISTENCE | if *exists { tag::FLAG } else { 0 }, *address);
            }
            Operation::ReadTransientStorage { address, slot, value } => {
                self.words(tag::READ_TRANSIENT_STORAGE, *address, [*slot, *value]);
            }
            Operation::ReadBlockHash { number, hash } => {
                self.bytes.push(tag::READ_BLOCK_HASH);
                self.number(*number);
                self.bytes.extend_from_slice(hash.as_slice());
            }
            Operation::Record { address, set, reads, writes } => {
                self.start(tag::RECORD, *address);
                [set, reads, writes].into_iter().for_each(|hash| self.bytes.extend_from_slice(hash.as_slice()));
            }
            Operation::Revert(operations) => {
                self.bytes.push(tag::REVERT);
                self.number(*operations);
            }
            Operation::Join(thread) => {
                self.bytes.push(tag::JOIN);
                self.number(*thread);
            }
            Operation::Thread(path) => {
                self.bytes.push(tag::THREAD);
                self.number(path.len() as u64);
                path.iter().for_each(|number| self.number(*number));
                self.previous = Address::ZERO;
            }
            _ => unreachable!("the changes are written by the caller"),
        }
    }

    /// The first byte and the address.
    fn start(&mut self, tag: u8, address: Address) {
        if address == self.previous {
            self.bytes.push(tag | tag::SAME);
        } else {
            self.bytes.push(tag);
            self.bytes.extend_from_slice(address.as_slice());
            self.previous = address;
        }
    }

    fn words<const N: usize>(&mut self, tag: u8, address: Address, words: [U256; N]) {
        self.start(tag, address);
        for word in words {
            self.word(word);
        }
    }

    /// Its length in bytes, then its bytes without leading zeros.
    fn word(&mut self, word: U256) {
        let bytes = word.to_be_bytes::<32>();
        let zeros = word.leading_zeros() / 8;
        self.bytes.push((32 - zeros) as u8);
        self.bytes.extend_from_slice(&bytes[zeros..]);
    }

    fn number(&mut self, number: u64) {
        let zeros = number.leading_zeros() as usize / 8;
        self.bytes.push((8 - zeros) as u8);
        self.bytes.extend_from_slice(&number.to_be_bytes()[zeros..]);
    }

    fn log(&mut self, log: &Log) {
        self.start(tag::ADD_LOG, log.address);
        self.bytes.push(log.topics().len() as u8);
        for topic in log.topics() {
            self.bytes.extend_from_slice(topic.as_slice());
        }
        self.number(log.data.data.len() as u64);
        self.bytes.extend_from_slice(&log.data.data);
    }

    /// Starts afresh and keeps the memory, up to a bound.
    pub(super) fn clear(&mut self) {
        self.previous = Address::ZERO;
        if self.bytes.capacity() > BYTES_KEPT_MAX {
            self.bytes = Vec::new();
        }
        self.bytes.clear();
    }
}
