//! The block access list of an executed block.

use crate::{PreparedBlock, steps::Steps};
use access_list::{AccessRecord, AccountAccess, BlockAccessList, BlockAccessListBuilder, SlotAccess};
use evm::Outcome;
use primitives::{Account, Address, U256, map::AddressMap};
use scheduler::Run;
use state::{StateError, StateReader};
use std::collections::BTreeMap;

/// Builds the list from exact records. Fees, which records leave out, are added to the beneficiary's account here.
///
/// `state` is the state before the first transaction.
pub(crate) fn list(
    block: &PreparedBlock<'_>,
    run: &Run<Outcome>,
    [before, after]: &[Steps; 2],
    state: &dyn StateReader,
) -> Result<BlockAccessList, StateError> {
    let records = || run.executed.iter().flatten().map(|executed| &executed.record);
    // Each transaction pays the beneficiary. What several touch is counted several times.
    let accounts = records().map(|record| record.accounts.len() + 1).sum();
    let mut builder = BlockAccessListBuilder::with_capacity(accounts, records().map(|record| record.slots.len()).sum());
    for record in &before.records {
        builder.record(0, record);
    }
    let mut fees = Fees::new(block, state)?;
    let mut position = 0;
    for executed in run.executed.iter().flatten() {
        position += 1;
        builder.record(position, &executed.record);
        if let Some(access) = fees.pay(&executed.record, executed.fee) {
            builder.record_account(position, &access);
        }
    }
    for record in &after.records {
        builder.record(position + 1, record);
    }
    Ok(builder.build())
}

/// The beneficiary's account while fees are paid.
struct Fees {
    beneficiary: Address,
    account: Option<Account>,
    clears_empty: bool,
}

impl Fees {
    fn new(block: &PreparedBlock<'_>, state: &dyn StateReader) -> Result<Self, StateError> {
        let beneficiary = block.environment.beneficiary();
        let clears_empty = block.environment.clears_empty_accounts();
        Ok(Self { beneficiary, account: state.account(beneficiary)?, clears_empty })
    }

    /// The access that pays a fee after a transaction. A fee of nothing touches the beneficiary all the same (EIP-7928);
    /// before EIP-161 it makes the account exist.
    fn pay(&mut self, record: &AccessRecord, fee: Option<U256>) -> Option<AccountAccess> {
        if let Some(own) = record.accounts.iter().find(|access| access.address == self.beneficiary) {
            self.account = own.after;
        }
        let fee = fee?;
        let mut access = AccountAccess::untouched(self.beneficiary, self.account);
        let mut account = self.account.unwrap_or_default();
        account.balance = account.balance.saturating_add(fee);
        access.after = (!self.clears_empty || !account.is_empty()).then_some(account);
        self.account = access.after;
        Some(access)
    }
}

/// Several records at one position as one: what the first found and what the last left.
pub(crate) fn merge(records: &[AccessRecord]) -> AccessRecord {
    let mut accounts: AddressMap<(AccountAccess, BTreeMap<U256, SlotAccess>)> = AddressMap::default();
    let mut merged = AccessRecord::default();
    for record in records {
        for (access, slots) in record.iter() {
            let (whole, known) = accounts.entry(access.address).or_insert((*access, BTreeMap::new()));
            whole.after = access.after;
            whole.wiped |= access.wiped;
            for slot in slots {
                known.entry(slot.slot).or_insert(*slot).after = slot.after;
            }
        }
        merged.deployed.extend(record.deployed.iter().cloned());
    }
    for (access, slots) in accounts.into_values() {
        merged.push(access, slots.into_values());
    }
    merged
}
