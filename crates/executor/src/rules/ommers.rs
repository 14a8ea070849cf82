//! Ommers: headers of blocks that lost, taken in by a later block of proof of work.
//!
//! ```text
//!            ┌─ ommer           an ommer's parent is the second to the seventh ancestor,
//!   … ─ 7 ─ … ─ 2 ─ 1 ─ block   so it is one to six blocks older than the block that takes it in
//! ```

use super::{HeaderError, check_header};
use primitives::{B256, Block, ChainSpec, Fork, Header};

const COUNT_MAX: usize = 2;

/// How many ancestors an ommer can concern: its parent is one of them, and so is who else may have taken it in.
const ANCESTORS: usize = 7;

/// A block before the one that is checked.
#[derive(Clone, Copy, Debug)]
pub struct Ancestor<'a> {
    /// Its header.
    pub header: &'a Header,
    /// The ommers that it took in.
    pub ommers: &'a [Header],
}

/// What is wrong with a block's ommers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OmmerError {
    /// There may be two, and from the Merge on none.
    #[error("{count} ommers, at most {max}")]
    Count {
        /// How many there are.
        count: usize,
        /// How many there may be.
        max: usize,
    },
    /// What was given as an ancestor is none.
    #[error("ancestor {position} is {found}, its child names {expected}")]
    NotLinked {
        /// Its position, the parent being 0.
        position: usize,
        /// Hash that the child names.
        expected: B256,
        /// Its own hash.
        found: B256,
    },
    /// It is an ancestor of the block.
    #[error("ommer {0} is an ancestor")]
    IsAncestor(usize),
    /// It was taken in before, by this block or an ancestor.
    #[error("ommer {0} was taken in before")]
    Repeated(usize),
    /// Its parent is not among the ancestors, or is the block's own parent.
    #[error("ommer {position}: its parent {parent} is not the second to seventh ancestor")]
    Parent {
        /// Its position.
        position: usize,
        /// The parent that it names.
        parent: B256,
    },
    /// It has no work.
    #[error("ommer {0} is a block after the Merge")]
    NoWork(usize),
    /// Its header may not follow its parent.
    #[error("ommer {position}: {error}")]
    Header {
        /// Its position.
        position: usize,
        /// Why.
        error: Box<HeaderError>,
    },
}

impl<'a> From<&'a Block> for Ancestor<'a> {
    fn from(block: &'a Block) -> Self {
        Self { header: &block.header, ommers: &block.body.ommers }
    }
}

/// Checks the ommers that the block with this header takes in.
///
/// `ancestors`: the blocks before it, its parent first; seven of them, or all where the chain is shorter. They are
/// looked at only if there are ommers. That the header commits to these ommers is for [`check_body`] to say.
///
/// [`check_body`]: super::check_body
pub fn check_ommers(
    chain: &ChainSpec,
    header: &Header,
    ommers: &[Header],
    ancestors: &[Ancestor<'_>],
) -> Result<(), OmmerError> {
    let max = if chain.fork_of(header) < Fork::Paris { COUNT_MAX } else { 0 };
    if ommers.len() > max {
        return Err(OmmerError::Count { count: ommers.len(), max });
    }
    if ommers.is_empty() {
        return Ok(());
    }
    let ancestors = &ancestors[..ancestors.len().min(ANCESTORS)];
    let hashes = link(header, ancestors)?;
    let mut taken: Vec<B256> = ancestors.iter().flat_map(|ancestor| ancestor.ommers).map(Header::hash_slow).collect();
    for (position, ommer) in ommers.iter().enumerate() {
        let hash = ommer.hash_slow();
        if taken.contains(&hash) {
            return Err(OmmerError::Repeated(position));
        }
        taken.push(hash);
        if hashes.contains(&hash) {
            return Err(OmmerError::IsAncestor(position));
        }
        let parent = hashes.iter().skip(1).position(|ancestor| *ancestor == ommer.parent_hash);
        let Some(parent) = parent.map(|index| ancestors[index + 1].header) else {
            return Err(OmmerError::Parent { position, parent: ommer.parent_hash });
        };
        if chain.fork_of(ommer) >= Fork::Paris {
            return Err(OmmerError::NoWork(position));
        }
        check_header(chain, parent, ommer).map_err(|error| OmmerError::Header { position, error: Box::new(error) })?;
    }
    Ok(())
}

/// The ancestors' hashes, each the one that its child names.
fn link(header: &Header, ancestors: &[Ancestor<'_>]) -> Result<Vec<B256>, OmmerError> {
    let mut expected = header.parent_hash;
    let mut hashes = Vec::with_capacity(ancestors.len());
    for (position, ancestor) in ancestors.iter().enumerate() {
        let found = ancestor.header.hash_slow();
        if found != expected {
            return Err(OmmerError::NotLinked { position, expected, found });
        }
        hashes.push(found);
        expected = ancestor.header.parent_hash;
    }
    Ok(hashes)
}

#[cfg(test)]
mod tests;
