//! One edge of the conflict graph.

use super::{
    access::Access,
    rows::{KeyRows, steps},
};
use crate::StateKey;

/// Two transactions whose order matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Conflict {
    /// The one that comes first in the block.
    pub before: u32,
    /// The one that waits for it.
    pub after: u32,
    /// What both access.
    pub key: StateKey,
    /// In which way.
    pub kind: ConflictKind,
}

/// How the earlier and the later transaction use a key. Where several kinds apply, the first of this list is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConflictKind {
    /// The earlier writes or adds, the later reads: the later needs what the earlier made. No way of keeping versions
    /// removes this one.
    WriteRead,
    /// The earlier reads, the later writes or adds: the earlier must not see what the later makes.
    ReadWrite,
    /// Both write, or one adds to what the other replaces: the later has the last word.
    WriteWrite,
}

impl ConflictKind {
    fn of(before: Access, after: Access) -> Self {
        if before.changes() && after.reads() {
            Self::WriteRead
        } else if before.reads() && after.changes() {
            Self::ReadWrite
        } else {
            Self::WriteWrite
        }
    }
}

/// The conflicts between neighbouring steps of one key.
pub(super) fn conflicts(key: StateKey, row: &[(u32, Access)]) -> impl Iterator<Item = Conflict> {
    steps(row).zip(steps(row).skip(1)).flat_map(move |(earlier, later)| {
        later.iter().flat_map(move |(after, after_access)| {
            earlier.iter().map(move |(before, before_access)| {
                let kind = ConflictKind::of(*before_access, *after_access);
                Conflict { before: *before, after: *after, key, kind }
            })
        })
    })
}

/// See [`super::ConflictGraph::conflict_between`].
pub(super) fn between(rows: &KeyRows, before: u32, after: u32) -> Option<Conflict> {
    let later = rows.keys_of(after);
    let on_key = |(number, before_access): &(u32, Access)| {
        let found = later.binary_search_by_key(number, |(number, _)| *number).ok()?;
        let after_access = later[found].1;
        let kind = ConflictKind::of(*before_access, after_access);
        let conflict = Conflict { before, after, key: rows.key(*number), kind };
        (!before_access.shares_with(after_access)).then_some(conflict)
    };
    if before < after { rows.keys_of(before).iter().find_map(on_key) } else { None }
}
