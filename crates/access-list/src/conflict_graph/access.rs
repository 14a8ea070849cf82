//! How one transaction uses one key.

use crate::AccessKind;

/// Any combination of reading, writing and adding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Access(u8);

const READ: u8 = 1;
const WRITE: u8 = 2;
const ADD: u8 = 4;

impl Access {
    pub(super) fn insert(&mut self, kind: AccessKind) {
        self.0 |= match kind {
            AccessKind::Read => READ,
            AccessKind::Write => WRITE,
            AccessKind::Add => ADD,
        };
    }

    /// Whether the outcome depends on the value.
    pub(super) fn reads(self) -> bool {
        self.0 & READ != 0
    }

    /// Whether the value is different afterwards.
    pub(super) fn changes(self) -> bool {
        self.0 & (WRITE | ADD) != 0
    }

    /// The same use if every update of the key were an addition.
    pub(super) fn as_commutative(self) -> Self {
        if self.changes() { Self(ADD) } else { self }
    }

    /// Whether two transactions that use a key like this may stand in one step: both only read or both only add.
    pub(super) fn shares_with(self, other: Self) -> bool {
        self == other && (self.0 == READ || self.0 == ADD)
    }
}
