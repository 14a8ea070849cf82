//! A shared variable, the unit in which a workload says what its transactions touch.

use primitives::{Address, U256};

/// A piece of state that transactions may share (paper M's word).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Variable {
    /// An account: its balance and nonce.
    Account(Address),
    /// One storage slot.
    Slot(Address, U256),
}
