//! Every operation of a transaction dropped, doubled, swapped with the next and changed, one at a time.

use evm::operation::{Operation, Operations};
use primitives::{Address, U256, map::HashSet};

/// Bytes of one transaction's operations of which a bit is turned, at most; they are spread evenly over all.
const TURNED_MAX: usize = 512;

/// What came of the alterations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) operations: usize,
    pub(super) alterations: usize,
    /// The root was another one, or the bytes could not be read.
    pub(super) detected: usize,
    /// Operations that can be told from the state or the receipt after the transaction: the last to change something that
    /// stays, and logs. All others a receipt made from states does not know.
    pub(super) kept_by_state: usize,
}

impl Tally {
    /// Alters one transaction's operations. `is_detected` says whether what they became gives another root.
    pub(super) fn alter(&mut self, operations: &Operations, is_detected: impl Fn(&Operations) -> bool) {
        let all: Vec<Operation<'static>> = operations.iter().collect();
        self.operations += all.len();
        self.kept_by_state += kept_by_state(&all);
        for at in 0..all.len() {
            let mut dropped = all.clone();
            dropped.remove(at);
            let mut doubled = all.clone();
            doubled.insert(at, all[at].clone());
            self.note(is_detected(&Operations::new(dropped)));
            self.note(is_detected(&Operations::new(doubled)));
            if all.get(at + 1).is_some_and(|next| *next != all[at]) {
                let mut swapped = all.clone();
                swapped.swap(at, at + 1);
                self.note(is_detected(&Operations::new(swapped)));
            }
        }
        let bytes = operations.as_bytes();
        for at in (0..bytes.len()).step_by(bytes.len().div_ceil(TURNED_MAX).max(1)) {
            let mut turned = bytes.to_vec();
            turned[at] ^= 1;
            // What cannot be read is seen by whoever reads it; what can must give another root.
            self.note(Operations::decode(&turned).map_or(true, |read| is_detected(&read)));
        }
    }

    fn note(&mut self, is_detected: bool) {
        self.alterations += 1;
        self.detected += usize::from(is_detected);
    }
}

fn kept_by_state(operations: &[Operation<'_>]) -> usize {
    let mut slots: HashSet<(Address, U256)> = HashSet::default();
    let mut accounts: HashSet<(u8, Address)> = HashSet::default();
    let mut kept = 0;
    let mut undone = 0_u64;
    for operation in operations.iter().rev() {
        if undone > 0 {
            undone -= 1;
            continue;
        }
        kept += usize::from(match operation {
            Operation::Revert(count) => {
                undone = *count;
                false
            }
            Operation::Storage { address, slot, .. } => slots.insert((*address, *slot)),
            Operation::Nonce { address, .. } => accounts.insert((0, *address)),
            Operation::Code { address, .. } => accounts.insert((1, *address)),
            Operation::CreateObject(address) | Operation::ResetObject(address) => accounts.insert((2, *address)),
            // Each payment is part of the sum; its amount is seen in it.
            Operation::Balance { .. } | Operation::SelfDestruct { .. } => true,
            Operation::AddLog(_) | Operation::Refund(_) => true,
            _ => false,
        });
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alteration_of_a_transaction_is_counted_and_seen() {
        let (address, slot) = (Address::repeat_byte(1), U256::from(2));
        let operations = Operations::new([
            Operation::ReadStorage { address, slot, value: U256::ZERO },
            Operation::Storage { address, slot, before: U256::ZERO, after: U256::ONE },
            Operation::Storage { address, slot, before: U256::ONE, after: U256::from(7) },
            Operation::Nonce { address, nonce: 1 },
            Operation::Revert(1),
        ]);
        let mut tally = Tally::default();
        tally.alter(&operations, |altered| *altered != operations);
        assert_eq!((tally.operations, tally.kept_by_state), (5, 1), "the last write is kept, the nonce is undone");
        assert_eq!(tally.alterations, 5 + 5 + 4 + operations.as_bytes().len());
        assert_eq!(tally.detected, tally.alterations);
        tally.alter(&operations, |_| false);
        assert!(tally.detected < tally.alterations);
    }
}
