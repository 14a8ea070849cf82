//! The tries that the flat state makes, worked out from nothing, in memory for two paths.

use super::{
    DiskError,
    record::AccountRecord,
    seal::damaged,
    space::Space,
    store::Entry,
    view::{decode_account, decode_slot, slot_hash},
};
use crate::{root::slot_key, trie::TrieStream};
use alloy_trie::Nibbles;
use primitives::B256;

/// What is told while the flat state is read.
pub(super) trait FlatVisitor {
    /// An account, before its slots.
    fn account(&mut self, key: &B256, record: &AccountRecord) -> Result<(), DiskError>;

    /// A branch or an extension of the account trie (`owner` is `None`) or of an account's storage trie; each once,
    /// children before parents.
    fn node(&mut self, owner: Option<&B256>, path: &Nibbles, node: &[u8]) -> Result<(), DiskError>;
}

/// Reads the entries of [`Space::State`] in the order of their keys and gives the state root. Checks that every slot
/// has its account and every account the storage root that its slots make.
pub(super) fn read_flat(
    entries: impl Iterator<Item = Result<Entry, DiskError>>,
    visitor: &mut impl FlatVisitor,
) -> Result<B256, DiskError> {
    let mut accounts = TrieStream::default();
    let mut open: Option<(B256, AccountRecord, TrieStream)> = None;
    for entry in entries {
        let (key, bytes) = entry?;
        if let Ok(key) = B256::try_from(key.as_slice()) {
            let record = decode_account(&key, &bytes)?;
            close(&mut accounts, open.take(), visitor)?;
            visitor.account(&key, &record)?;
            open = Some((key, record, TrieStream::default()));
            continue;
        }
        let hash = slot_hash(&key).ok_or_else(|| damaged(Space::State, &key, "a key of another length"))?;
        let record = decode_slot(&key, &bytes)?;
        let (owner, _, stream) = open
            .as_mut()
            .filter(|(owner, ..)| key.starts_with(owner.as_slice()))
            .ok_or_else(|| damaged(Space::State, &key, "a slot without an account"))?;
        let is_next = slot_key(record.slot) == hash
            && stream.push(hash, record.leaf(), &mut |path, node| visitor.node(Some(owner), path, node))?;
        if !is_next {
            return Err(damaged(Space::State, &key, "not the slot of this key"));
        }
    }
    close(&mut accounts, open, visitor)?;
    accounts.finish(&mut |path, node| visitor.node(None, path, node))
}

/// Takes an account whose slots have all been read into the account trie.
fn close(
    accounts: &mut TrieStream,
    open: Option<(B256, AccountRecord, TrieStream)>,
    visitor: &mut impl FlatVisitor,
) -> Result<(), DiskError> {
    let Some((key, record, stream)) = open else { return Ok(()) };
    let root = stream.finish(&mut |path, node| visitor.node(Some(&key), path, node))?;
    if root != record.storage_root {
        return Err(damaged(Space::State, key.as_slice(), "the slots do not make the storage root"));
    }
    if !accounts.push(key, record.leaf(), &mut |path, node| visitor.node(None, path, node))? {
        return Err(damaged(Space::State, key.as_slice(), "out of order"));
    }
    Ok(())
}
