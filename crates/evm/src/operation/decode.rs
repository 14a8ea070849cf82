//! From bytes to operations. Spec 0002 is the law; this is its reading side.

use super::{Direction, Operation, encode::tag};
use primitives::{Address, B256, Bytes, Log, U256};
use std::borrow::Cow;

/// Bytes that are no operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OperationError {
    /// The bytes end inside an operation.
    #[error("the bytes end inside an operation")]
    End,
    /// There is no such kind, or it has no such flag.
    #[error("no operation begins with {0:#04x}")]
    Tag(u8),
    /// An operation can be written in one way only, and this is another.
    #[error("not the canonical form of an operation")]
    Form,
}

/// Takes operations from bytes.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    pub(super) bytes: &'a [u8],
    address: Address,
    slot: U256,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, address: Address::ZERO, slot: U256::ZERO }
    }

    /// The next operation. The bytes must not be at their end.
    pub(super) fn next(&mut self) -> Result<Operation<'static>, OperationError> {
        let [first] = self.array()?;
        let (kind, flag) = (first & 0x1f, first & tag::FLAG != 0);
        let (same, same_slot) = (first & tag::SAME != 0, first & tag::SAME_SLOT != 0);
        if flag && !matches!(kind, tag::BALANCE | tag::READ_EXISTENCE) {
            return Err(OperationError::Tag(first));
        }
        if same_slot && !has_slot(kind) {
            return Err(OperationError::Tag(first));
        }
        if matches!(kind, tag::REFUND | tag::ADD_PREIMAGE | tag::READ_BLOCK_HASH | tag::JOIN..=tag::REVERT) {
            return if same { Err(OperationError::Tag(first)) } else { self.without_address(kind) };
        }
        if !matches!(kind, tag::CREATE_OBJECT..=tag::TRANSIENT_STORAGE | tag::READ_STORAGE..=tag::READ_BLOCK_HASH | tag::RECORD)
        {
            return Err(OperationError::Tag(first));
        }
        let address = self.address(same)?;
        if has_slot(kind) {
            return self.of_slot(kind, address, same_slot);
        }
        Ok(match kind {
            tag::CREATE_OBJECT => Operation::CreateObject(address),
            tag::RESET_OBJECT => Operation::ResetObject(address),
            tag::SELF_DESTRUCT => {
                Operation::SelfDestruct { address, target: Address::new(self.array()?), amount: self.word()? }
            }
            tag::BALANCE => {
                let direction = if flag { Direction::Out } else { Direction::In };
                Operation::Balance { address, direction, amount: self.word()? }
            }
            tag::NONCE => Operation::Nonce { address, nonce: self.number()? },
            tag::CODE => Operation::Code { address, hash: B256::new(self.array()?) },
            tag::ADD_LOG => self.log(address)?,
            tag::TOUCH => Operation::Touch(address),
            tag::ACCESS_LIST_ADD_ACCOUNT => Operation::AccessListAddAccount(address),
            tag::READ_BALANCE => Operation::ReadBalance { address, balance: self.word()? },
            tag::READ_NONCE => Operation::ReadNonce { address, nonce: self.number()? },
            tag::READ_CODE => Operation::ReadCode { address, hash: B256::new(self.array()?) },
            tag::RECORD => Operation::Record {
                address,
                set: B256::new(self.array()?),
                reads: B256::new(self.array()?),
                writes: B256::new(self.array()?),
            },
            _ => Operation::ReadExistence { address, exists: flag },
        })
    }

    fn of_slot(&mut self, kind: u8, address: Address, same: bool) -> Result<Operation<'static>, OperationError> {
        let slot = self.slot(same)?;
        Ok(match kind {
            tag::STORAGE => Operation::Storage { address, slot, before: self.word()?, after: self.word()? },
            tag::ACCESS_LIST_ADD_SLOT => Operation::AccessListAddSlot { address, slot },
            tag::TRANSIENT_STORAGE => {
                Operation::TransientStorage { address, slot, before: self.word()?, after: self.word()? }
            }
            tag::READ_STORAGE => Operation::ReadStorage { address, slot, value: self.word()? },
            _ => Operation::ReadTransientStorage { address, slot, value: self.word()? },
        })
    }

    fn without_address(&mut self, kind: u8) -> Result<Operation<'static>, OperationError> {
        Ok(match kind {
            tag::REFUND => Operation::Refund(self.number()?),
            tag::ADD_PREIMAGE => {
                let hash = B256::new(self.array()?);
                self.slot = hash.into();
                Operation::AddPreimage(hash)
            }
            tag::READ_BLOCK_HASH => Operation::ReadBlockHash { number: self.number()?, hash: B256::new(self.array()?) },
            tag::JOIN => Operation::Join(self.number()?),
            tag::THREAD => {
                (self.address, self.slot) = (Address::ZERO, U256::ZERO);
                let length = self.number()?;
                Operation::Thread((0..length).map(|_| self.number()).collect::<Result<_, _>>()?)
            }
            _ => Operation::Revert(self.number()?),
        })
    }

    fn address(&mut self, same: bool) -> Result<Address, OperationError> {
        if same {
            return Ok(self.address);
        }
        let address = Address::new(self.array()?);
        if std::mem::replace(&mut self.address, address) == address {
            return Err(OperationError::Form);
        }
        Ok(address)
    }

    fn slot(&mut self, same: bool) -> Result<U256, OperationError> {
        if same {
            return Ok(self.slot);
        }
        let slot = self.word()?;
        if std::mem::replace(&mut self.slot, slot) == slot { Err(OperationError::Form) } else { Ok(slot) }
    }

    fn log(&mut self, address: Address) -> Result<Operation<'static>, OperationError> {
        let [count @ 0..=4] = self.array()? else { return Err(OperationError::Form) };
        let topics = (0..count).map(|_| Ok(B256::new(self.array()?))).collect::<Result<Vec<_>, _>>()?;
        let length = usize::try_from(self.number()?).map_err(|_| OperationError::End)?;
        let data = Bytes::copy_from_slice(self.take(length)?);
        Ok(Operation::AddLog(Cow::Owned(Log::new_unchecked(address, topics, data))))
    }

    fn word(&mut self) -> Result<U256, OperationError> {
        let [length @ 0..=32] = self.array()? else { return Err(OperationError::Form) };
        let bytes = self.take(usize::from(length))?;
        if bytes.first() == Some(&0) { Err(OperationError::Form) } else { Ok(U256::from_be_slice(bytes)) }
    }

    fn number(&mut self) -> Result<u64, OperationError> {
        u64::try_from(self.word()?).map_err(|_| OperationError::Form)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], OperationError> {
        let (array, rest) = self.bytes.split_first_chunk().ok_or(OperationError::End)?;
        self.bytes = rest;
        Ok(*array)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], OperationError> {
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or(OperationError::End)?;
        self.bytes = rest;
        Ok(taken)
    }
}

const fn has_slot(kind: u8) -> bool {
    matches!(
        kind,
        tag::STORAGE
            | tag::ACCESS_LIST_ADD_SLOT
            | tag::TRANSIENT_STORAGE
            | tag::READ_STORAGE
            | tag::READ_TRANSIENT_STORAGE
    )
}
