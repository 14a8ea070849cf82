//! The pure chain: every transaction bumps one slot.

use super::{
    Call, Contract, Generator, Settings, Variable, Workload,
    draft::{Draft, Message},
};
use primitives::U256;

/// A block in which every transaction needs the result of the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CounterChain {
    /// Its length.
    pub transactions: usize,
}

impl Generator for CounterChain {
    fn name(&self) -> String {
        format!("counter/n={}", self.transactions)
    }

    fn build(&self, settings: Settings) -> Workload {
        let mut draft = Draft::new(settings);
        let counter = draft.deploy(Contract::Counter, 0);
        let slot = Contract::Counter.slot("value");
        draft.state.set_storage(counter, slot, U256::ONE);
        let input = Call::new("bump()").encode();
        for index in 0..self.transactions {
            let actor = draft.actor(index);
            let message = Message { to: counter, value: U256::ZERO, input: input.clone(), gas_limit: 50_000 };
            draft.send(&actor, message, vec![Variable::Slot(counter, slot)]);
        }
        draft.finish(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::{super::plain, *};

    #[test]
    fn every_call_counts() {
        plain::check(&CounterChain { transactions: 30 }, 29);
    }
}
