//! From operations to bytes. Spec 0002 is the law; this is its writing side.

use super::{
    Direction, Operation,
    buffer::{Buffer, Room},
};
use primitives::{Address, B256, Log, U256};

/// The first byte of an operation: its kind in the low five bits, and the three flags.
pub(crate) mod tag {
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
    pub(crate) const READ_STORAGE: u8 = 17;
    pub(in super::super) const READ_BALANCE: u8 = 18;
    pub(in super::super) const READ_NONCE: u8 = 19;
    pub(in super::super) const READ_CODE: u8 = 20;
    pub(in super::super) const READ_EXISTENCE: u8 = 21;
    pub(crate) const READ_TRANSIENT_STORAGE: u8 = 22;
    pub(in super::super) const READ_BLOCK_HASH: u8 = 23;
    pub(in super::super) const RECORD: u8 = 28;
    pub(in super::super) const JOIN: u8 = 29;
    pub(in super::super) const THREAD: u8 = 30;
    pub(in super::super) const REVERT: u8 = 31;
    /// Of [`BALANCE`]: it shrank. Of [`READ_EXISTENCE`]: it does exist.
    pub(in super::super) const FLAG: u8 = 0x40;
    /// The slot is the known one: the last that was written, or the last hash of a preimage.
    pub(in super::super) const SAME_SLOT: u8 = 0x20;
    /// The address is that of the operation before that has one.
    pub(in super::super) const SAME: u8 = 0x80;
}

/// Appends operations to bytes.
#[derive(Debug, Default)]
pub(super) struct Writer {
    buffer: Buffer,
    /// The address that was written last; the zero address at first.
    address: Address,
    /// The slot that was written last, or hashed; zero at first.
    slot: U256,
}

impl Writer {
    pub(super) fn as_slice(&self) -> &[u8] {
        self.buffer.as_slice()
    }

    /// Appends an operation. Those that are frequent have methods of their own, which it uses.
    pub(super) fn push(&mut self, operation: &Operation<'_>) {
        match *operation {
            Operation::CreateObject(address) => self.account(tag::CREATE_OBJECT, address),
            Operation::ResetObject(address) => self.account(tag::RESET_OBJECT, address),
            Operation::SelfDestruct { address, target, amount } => {
                let mut room = self.start(tag::SELF_DESTRUCT, address);
                room.array(&target.0);
                room.word(amount);
                room.done();
            }
            Operation::Balance { address, direction, amount } => self.change(address, direction, amount),
            Operation::Nonce { address, nonce } => self.nonce(tag::NONCE, address, nonce),
            Operation::Storage { address, slot, before, after } => {
                self.slot(tag::STORAGE, address, slot, [before, after]);
            }
            Operation::Code { address, hash } => self.hash(tag::CODE, address, hash),
            Operation::Refund(gas) => self.count(tag::REFUND, gas),
            Operation::AddLog(ref log) => self.log(log),
            Operation::AddPreimage(hash) => self.preimage(hash),
            Operation::Touch(address) => self.account(tag::TOUCH, address),
            Operation::AccessListAddAccount(address) => self.account(tag::ACCESS_LIST_ADD_ACCOUNT, address),
            Operation::AccessListAddSlot { address, slot } => self.slot(tag::ACCESS_LIST_ADD_SLOT, address, slot, []),
            Operation::TransientStorage { address, slot, before, after } => {
                self.slot(tag::TRANSIENT_STORAGE, address, slot, [before, after]);
            }
            ref read => self.push_read(read),
        }
    }

    fn push_read(&mut self, operation: &Operation<'_>) {
        match *operation {
            Operation::ReadStorage { address, slot, value } => self.slot(tag::READ_STORAGE, address, slot, [value]),
            Operation::ReadBalance { address, balance } => {
                let mut room = self.start(tag::READ_BALANCE, address);
                room.word(balance);
                room.done();
            }
            Operation::ReadNonce { address, nonce } => self.nonce(tag::READ_NONCE, address, nonce),
            Operation::ReadCode { address, hash } => self.hash(tag::READ_CODE, address, hash),
            Operation::ReadExistence { address, exists } => self.existence(address, exists),
            Operation::ReadTransientStorage { address, slot, value } => {
                self.slot(tag::READ_TRANSIENT_STORAGE, address, slot, [value]);
            }
            Operation::ReadBlockHash { number, hash } => {
                let mut room = self.buffer.room();
                room.byte(tag::READ_BLOCK_HASH);
                room.number(number);
                room.array(&hash.0);
                room.done();
            }
            Operation::Record { address, set, reads, writes } => {
                let mut room = self.start(tag::RECORD, address);
                [set, reads, writes].into_iter().for_each(|hash| room.array(&hash.0));
                room.done();
            }
            Operation::Revert(operations) => self.count(tag::REVERT, operations),
            Operation::Join(thread) => self.count(tag::JOIN, thread),
            Operation::Thread(ref path) => {
                self.count(tag::THREAD, path.len() as u64);
                for number in path {
                    let mut room = self.buffer.room();
                    room.number(*number);
                    room.done();
                }
                (self.address, self.slot) = (Address::ZERO, U256::ZERO);
            }
            _ => unreachable!("the changes are written by the caller"),
        }
    }

    /// A kind with an address and nothing else.
    #[inline]
    pub(super) fn account(&mut self, tag: u8, address: Address) {
        self.start(tag, address).done();
    }

    #[inline]
    pub(super) fn existence(&mut self, address: Address, exists: bool) {
        self.account(tag::READ_EXISTENCE | if exists { tag::FLAG } else { 0 }, address);
    }

    #[inline]
    pub(super) fn change(&mut self, address: Address, direction: Direction, amount: U256) {
        let flag = if direction == Direction::Out { tag::FLAG } else { 0 };
        let mut room = self.start(tag::BALANCE | flag, address);
        room.word(amount);
        room.done();
    }

    #[inline]
    pub(super) fn nonce(&mut self, tag: u8, address: Address, nonce: u64) {
        let mut room = self.start(tag, address);
        room.number(nonce);
        room.done();
    }

    #[inline]
    pub(super) fn hash(&mut self, tag: u8, address: Address, hash: B256) {
        let mut room = self.start(tag, address);
        room.array(&hash.0);
        room.done();
    }

    /// A kind with a slot, and words behind it.
    #[inline]
    pub(super) fn slot<const N: usize>(&mut self, tag: u8, address: Address, slot: U256, words: [U256; N]) {
        let is_known = slot == self.slot;
        self.slot = slot;
        let mut room = self.start(tag | if is_known { tag::SAME_SLOT } else { 0 }, address);
        if !is_known {
            room.word(slot);
        }
        words.into_iter().for_each(|word| room.word(word));
        room.done();
    }

    #[inline]
    pub(super) fn preimage(&mut self, hash: B256) {
        let mut room = self.buffer.room();
        room.byte(tag::ADD_PREIMAGE);
        room.array(&hash.0);
        room.done();
        self.slot = hash.into();
    }

    pub(super) fn log(&mut self, log: &Log) {
        let topics = log.topics();
        let mut room = self.start(tag::ADD_LOG, log.address);
        room.byte(topics.len() as u8);
        room.done();
        let mut room = self.buffer.room();
        topics.iter().for_each(|topic| room.array(&topic.0));
        room.done();
        let mut room = self.buffer.room();
        room.number(log.data.data.len() as u64);
        room.done();
        self.buffer.append(&log.data.data);
    }

    /// Appends what another writer has written of a thread.
    pub(super) fn append(&mut self, bytes: &[u8]) {
        self.buffer.append(bytes);
    }

    /// Starts afresh and keeps the memory, up to a bound.
    pub(super) fn clear(&mut self) {
        (self.address, self.slot) = (Address::ZERO, U256::ZERO);
        self.buffer.clear();
    }

    /// The first byte and the address.
    #[inline]
    fn start(&mut self, tag: u8, address: Address) -> Room<'_> {
        let is_known = address == self.address;
        self.address = address;
        let mut room = self.buffer.room();
        if is_known {
            room.byte(tag | tag::SAME);
        } else {
            room.byte(tag);
            room.array(&address.0);
        }
        room
    }

    /// A kind with a number and nothing else.
    fn count(&mut self, tag: u8, number: u64) {
        let mut room = self.buffer.room();
        room.byte(tag);
        room.number(number);
        room.done();
    }
}
