//! A token with more holders than one would hold in memory beside a store: the state is made piece by piece.

use super::{
    Actor, CHAIN_ID, Call, Contract, Settings, SplitMix,
    actor::{address_of, dummy_signature},
    draft::FUNDS,
    mapping_slot, predeploys,
    slot::word,
};
use access_list::{AccountChange, SlotChange, StateDiff};
use primitives::{
    Account, Address, Transaction, U256,
    alloy_consensus::{SignableTransaction, TxEip1559},
    alloy_primitives::TxKind,
};
use state::{MemoryState, StateReader};
use std::{collections::BTreeSet, ops::Range};

/// A transfer between existing holders needs about 35,000.
const GAS_LIMIT: u64 = 60_000;

/// The holders of one token, each with ether and tokens.
#[derive(Clone, Copy, Debug)]
pub struct Holders {
    settings: Settings,
    /// How many.
    pub count: u64,
    token: Address,
}

/// Transfers of one block, not signed, with their senders.
#[derive(Clone, Debug, Default)]
pub struct Transfer {
    /// Who sends; each holder at most once in a block.
    pub senders: Vec<Address>,
    /// Who gets the tokens; anybody, also several times.
    recipients: Vec<Address>,
}

impl Holders {
    /// So many holders, at least two.
    pub fn new(settings: Settings, count: u64) -> Self {
        Self { settings, count: count.max(2), token: address_of("parallax held token", settings.seed, 0) }
    }

    /// The token and what the protocol needs.
    pub fn base(&self) -> StateDiff {
        let mut state = MemoryState::new();
        predeploys::install(&mut state, self.settings.fork);
        let code_hash = state.insert_code(Contract::Token.runtime());
        state.set_account(self.token, Account { balance: U256::ZERO, nonce: 1, code_hash });
        let mut diff = StateDiff::default();
        for (address, account) in state.accounts() {
            diff.accounts.push(AccountChange { address, account: Some(account), wiped: false });
            diff.code.extend(state.code(account.code_hash).ok().map(|code| (account.code_hash, code)));
        }
        diff
    }

    /// The holders with these numbers.
    pub fn part(&self, numbers: Range<u64>) -> StateDiff {
        let mut diff = StateDiff::default();
        for address in numbers.map(|number| self.address(number)) {
            diff.accounts.push(AccountChange { address, account: Some(Account::with_balance(FUNDS)), wiped: false });
            let slot = mapping_slot(word(address), Contract::Token.slot("balanceOf"));
            diff.slots.push(SlotChange { address: self.token, slot, value: U256::ONE << 96 });
        }
        diff
    }

    /// Draws who sends tokens to whom in a block: `transactions` of them, or as many as there are holders.
    pub fn draw(&self, transactions: usize, random: &mut SplitMix) -> Transfer {
        let wanted = transactions.min(usize::try_from(self.count).unwrap_or(usize::MAX));
        let mut seen = BTreeSet::new();
        let mut transfer = Transfer::default();
        while transfer.senders.len() < wanted {
            let number = random.below(self.count);
            if seen.insert(number) {
                transfer.senders.push(self.address(number));
                transfer.recipients.push(self.address(random.below(self.count)));
            }
        }
        transfer
    }

    /// The transactions of a block, at most `gas_price` wei for a unit of gas, by senders with these nonces.
    ///
    /// # Panics
    ///
    /// If there is not one nonce for each sender.
    pub fn transactions(&self, transfer: &Transfer, nonces: &[u64], gas_price: u128) -> Vec<Transaction> {
        assert_eq!(transfer.senders.len(), nonces.len(), "one nonce for each sender");
        let made = transfer.recipients.iter().zip(nonces).enumerate().map(|(index, (to, nonce))| {
            let input = Call::new("transfer(address,uint256)").address(*to).word(U256::ONE).encode();
            let transaction = TxEip1559 {
                chain_id: CHAIN_ID,
                nonce: *nonce,
                gas_limit: GAS_LIMIT,
                max_fee_per_gas: gas_price,
                max_priority_fee_per_gas: 1,
                to: TxKind::Call(self.token),
                input,
                ..TxEip1559::default()
            };
            transaction.into_signed(dummy_signature(index)).into()
        });
        made.collect()
    }

    /// Gas that a block of `transactions` may ask for.
    pub const fn gas(transactions: usize) -> u64 {
        transactions as u64 * GAS_LIMIT
    }

    fn address(&self, number: u64) -> Address {
        Actor::new(self.settings.signing, self.settings.seed, number).address
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use primitives::keccak256;

    #[test]
    fn parts_make_up_a_state_in_which_every_transfer_has_its_tokens() {
        let holders = Holders::new(Settings::new(3), 40);
        let base = holders.base();
        assert!(base.code.iter().all(|(hash, code)| keccak256(code) == *hash));
        assert!(base.accounts.iter().any(|change| change.address == holders.token));
        let (first, second) = (holders.part(0..15), holders.part(15..40));
        let known: BTreeSet<Address> = first.accounts.iter().chain(&second.accounts).map(|one| one.address).collect();
        assert_eq!((known.len(), first.slots.len() + second.slots.len()), (40, 40));

        let transfer = holders.draw(100, &mut SplitMix::new(1));
        assert_eq!(transfer.senders.iter().collect::<BTreeSet<_>>().len(), 40, "each sends once");
        assert!(transfer.recipients.iter().all(|to| known.contains(to)));
    }
}
