//! Blocks of storage-heavy calls.

use super::{
    Call, Contract, Generator, Settings, Spread, TRANSACTION_GAS_MAX, Variable, Workload,
    draft::{Draft, Message},
    mapping_slot,
};
use primitives::{Address, U256, keccak256};

/// A block of calls that each read and write many slots. The slots exist already, so that a write costs an update.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Storage {
    /// How many calls.
    pub transactions: usize,
    /// Slots that one call updates.
    pub slots: u64,
    /// How the calls spread over the sets of slots.
    pub spread: Spread,
}

impl Generator for Storage {
    fn name(&self) -> String {
        format!("storage/slots={}/spread={}/n={}", self.slots, self.spread, self.transactions)
    }

    fn build(&self, settings: Settings) -> Workload {
        let mut draft = Draft::new(settings);
        let (assigned, _) = self.spread.assign(self.transactions, &mut draft.random);
        let store = draft.deploy(Contract::Store, 0);
        let salt = U256::from(draft.random.next()) << 64;
        for (sender, place) in assigned.into_iter().enumerate() {
            let actor = draft.actor(sender);
            let key = salt | U256::from(place);
            let slots = (0..self.slots).map(|index| slot(key, index));
            let touches: Vec<_> = slots.map(|slot| set(&mut draft, store, slot)).collect();
            let input = Call::new("write(uint256,uint256)").word(key).word(U256::from(self.slots)).encode();
            let gas_limit = (60_000 + self.slots.saturating_mul(6_000)).min(TRANSACTION_GAS_MAX - 1);
            draft.send(&actor, Message { to: store, value: U256::ZERO, input, gas_limit }, touches);
        }
        draft.finish(self.name())
    }
}

/// Slot number `index` of those that belong to `key`.
pub(super) fn slot(key: U256, index: u64) -> U256 {
    let place = keccak256([key.to_be_bytes::<32>(), U256::from(index).to_be_bytes::<32>()].concat());
    mapping_slot(place.into(), Contract::Store.slot("words"))
}

fn set(draft: &mut Draft, store: Address, slot: U256) -> Variable {
    draft.state.set_storage(store, slot, U256::ONE);
    Variable::Slot(store, slot)
}

#[cfg(test)]
mod tests {
    use super::{super::plain, *};

    #[test]
    fn calls_update_the_slots_they_name() {
        for (spread, correlated) in [(Spread::Independent, 0), (Spread::Correlated(20), 4), (Spread::Hot, 19)] {
            let outcome = plain::check(&Storage { transactions: 20, slots: 50, spread }, correlated);
            assert!(outcome.gas.iter().all(|gas| (250_000..330_000).contains(gas)), "{:?}", outcome.gas);
        }
    }
}
