//! The mix of paper M's Table 1: transactions over shared variables, with a correlation knob.

use super::{
    Call, Contract, Generator, Settings, TRANSACTION_GAS_MAX, Variable, Workload,
    draft::{Draft, Message},
    mapping_slot,
    spread::mark,
};
use primitives::U256;

/// A block of transactions that each read and write some shared variables and compute.
///
/// The paper leaves "correlation" undefined; here it is the share of transactions that share at least one variable
/// with an earlier one (requirement E-M13), met exactly up to rounding: a correlated transaction takes one of its
/// variables from a random earlier transaction, everything else is fresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mix {
    /// How many transactions.
    pub transactions: usize,
    /// Shared variables of each.
    pub variables: usize,
    /// Correlation in percent.
    pub correlation: u64,
    /// Rounds of hashing in each, about 300 gas a round.
    pub work: u64,
}

impl Default for Mix {
    /// Table 1 of the paper: 2,000 transactions, 5 variables, 10 %. It says nothing of the work.
    fn default() -> Self {
        Self { transactions: 2_000, variables: 5, correlation: 10, work: 100 }
    }
}

impl Generator for Mix {
    fn name(&self) -> String {
        let Self { transactions, variables, correlation, work } = self;
        format!("mix/variables={variables}/correlation={correlation}%/work={work}/n={transactions}")
    }

    fn build(&self, settings: Settings) -> Workload {
        let mut draft = Draft::new(settings);
        let shared = draft.deploy(Contract::Shared, 0);
        let base = Contract::Shared.slot("variables");
        let keys = self.assign(&mut draft);
        let gas_limit = self.gas_limit();
        for (index, keys) in keys.into_iter().enumerate() {
            let actor = draft.actor(index);
            let mut touches = Vec::with_capacity(keys.len());
            for key in &keys {
                let slot = mapping_slot(*key, base);
                draft.state.set_storage(shared, slot, U256::ONE);
                touches.push(Variable::Slot(shared, slot));
            }
            let input = Call::new("touch(uint256[],uint256)").words(&keys).word(U256::from(self.work)).encode();
            draft.send(&actor, Message { to: shared, value: U256::ZERO, input, gas_limit }, touches);
        }
        draft.finish(self.name())
    }
}

impl Mix {
    /// The keys of each transaction's variables.
    fn assign(&self, draft: &mut Draft) -> Vec<Vec<U256>> {
        let correlation = if self.variables == 0 { 0 } else { self.correlation };
        let marks = mark(self.transactions, correlation, &mut draft.random);
        let salt = U256::from(draft.random.next()) << 64;
        let (mut keys, mut fresh): (Vec<Vec<U256>>, u64) = (Vec::with_capacity(marks.len()), 0);
        for is_correlated in marks {
            let mut own: Vec<_> = (fresh..).take(self.variables).map(|number| salt | U256::from(number)).collect();
            fresh += self.variables as u64;
            if is_correlated {
                let earlier = draft.random.pick(&keys).clone();
                own[0] = *draft.random.pick(&earlier);
                draft.random.shuffle(&mut own);
            }
            keys.push(own);
        }
        keys
    }

    fn gas_limit(&self) -> u64 {
        let variables = (self.variables as u64).saturating_mul(7_000);
        let work = self.work.saturating_mul(400);
        variables.saturating_add(work).saturating_add(40_000).min(TRANSACTION_GAS_MAX - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::plain, *};

    #[test]
    fn correlation_is_what_was_asked() {
        for (transactions, variables, correlation, expected) in
            [(100, 5, 10, 10), (100, 1, 25, 25), (40, 10, 0, 0), (50, 3, 100, 49), (10, 0, 10, 0)]
        {
            plain::check(&Mix { transactions, variables, correlation, work: 20 }, expected);
        }
    }
}
