//! The state root after each transaction, which receipts hold before Byzantium (EIP-658).

use crate::{BlockExecution, PreparedBlock};
use access_list::{AccessRecord, AccountChange, SlotChange, StateDiff};
use evm::Outcome;
use primitives::{Account, Address, B256};
use scheduler::Executed;
use state::{StateError, StateTrie};

impl BlockExecution {
    /// The state root after each included transaction. `trie` is the state before the block and is left at the state
    /// after the last transaction, before what follows the transactions.
    ///
    /// One root per transaction cannot be had in parallel: that is why EIP-658 took them out of the receipts.
    pub fn roots_after_each(&self, block: &PreparedBlock<'_>, trie: &mut StateTrie) -> Result<Vec<B256>, StateError> {
        for record in &self.steps[0] {
            trie.apply(&changes(record))?;
        }
        let included = self.executed.iter().flatten();
        included.map(|executed| root_after(block, executed, trie)).collect()
    }
}

/// The root after one transaction, its fee included.
fn root_after(
    block: &PreparedBlock<'_>,
    executed: &Executed<Outcome>,
    trie: &mut StateTrie,
) -> Result<B256, StateError> {
    let mut diff = changes(&executed.record);
    if let Some(fee) = executed.fee {
        let address = block.environment.beneficiary();
        let at = diff.accounts.iter().position(|change| change.address == address);
        let before = match at {
            Some(at) => diff.accounts[at].account,
            None => account_in(trie, address)?,
        };
        let mut account = before.unwrap_or_default();
        account.balance = account.balance.saturating_add(fee);
        let account = (!block.environment.clears_empty_accounts() || !account.is_empty()).then_some(account);
        match at {
            Some(at) => diff.accounts[at].account = account,
            None => diff.accounts.push(AccountChange { address, account, wiped: false }),
        }
    }
    trie.apply(&diff)
}

/// What a record changes.
fn changes(record: &AccessRecord) -> StateDiff {
    let mut diff = StateDiff { code: record.deployed.clone(), ..StateDiff::default() };
    for (access, slots) in record.iter() {
        if access.is_changed() || access.wiped {
            let (address, account, wiped) = (access.address, access.after, access.wiped);
            diff.accounts.push(AccountChange { address, account, wiped });
        }
        let written = slots.iter().filter(|slot| slot.is_changed() && access.after.is_some());
        let address = access.address;
        diff.slots.extend(written.map(|slot| SlotChange { address, slot: slot.slot, value: slot.after }));
    }
    diff
}

fn account_in(trie: &StateTrie, address: Address) -> Result<Option<Account>, StateError> {
    let account = trie.account(address)?;
    Ok(account.map(|account| Account { balance: account.balance, nonce: account.nonce, code_hash: account.code_hash }))
}
