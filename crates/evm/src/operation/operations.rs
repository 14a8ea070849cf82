//! The operations of one transaction, as bytes and as a hash.

use super::{Operation, OperationError, decode::Reader, encode::Writer};
use primitives::B256;

/// All operations of one transaction in their canonical encoding (spec 0002).
#[derive(Clone, PartialEq, Eq)]
pub struct Operations {
    bytes: Box<[u8]>,
    count: u64,
}

/// The key that sets this hash apart from all others. 32 bytes.
const DIGEST_KEY: &[u8; 32] = b"parallax/0002/transaction-digest";

impl Operations {
    /// Writes operations down.
    pub fn new<'a>(operations: impl IntoIterator<Item = Operation<'a>>) -> Self {
        let mut writer = Writer::default();
        let mut count = 0;
        for operation in operations {
            writer.push(&operation);
            count += 1;
        }
        Self::seal(writer.as_slice(), count)
    }

    /// Takes bytes that somebody else wrote.
    pub fn decode(bytes: &[u8]) -> Result<Self, OperationError> {
        let mut reader = Reader::new(bytes);
        let mut count = 0;
        while !reader.bytes.is_empty() {
            reader.next()?;
            count += 1;
        }
        Ok(Self::seal(bytes, count))
    }

    /// `bytes` are what `count` operations were written to.
    pub(super) fn seal(bytes: &[u8], count: u64) -> Self {
        Self { bytes: bytes.into(), count }
    }

    /// The hash of the encoding, computed at each call: it tells whether two executions did the same. The operation root
    /// is made of the bytes themselves.
    pub fn digest(&self) -> B256 {
        B256::new(*blake3::keyed_hash(DIGEST_KEY, &self.bytes).as_bytes())
    }

    /// The encoding.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Number of operations.
    pub fn len(&self) -> u64 {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The operations, in order.
    pub fn iter(&self) -> OperationIter<'_> {
        OperationIter(Reader::new(&self.bytes))
    }
}

/// Goes through the operations of one transaction.
#[derive(Clone, Debug)]
pub struct OperationIter<'a>(Reader<'a>);

impl Iterator for OperationIter<'_> {
    type Item = Operation<'static>;

    fn next(&mut self) -> Option<Self::Item> {
        (!self.0.bytes.is_empty()).then(|| self.0.next().expect("written by us or decoded before"))
    }
}

impl<'a> IntoIterator for &'a Operations {
    type Item = Operation<'static>;
    type IntoIter = OperationIter<'a>;

    fn into_iter(self) -> OperationIter<'a> {
        self.iter()
    }
}

impl std::fmt::Debug for Operations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

#[cfg(test)]
mod tests;
