//! What a block does outside its transactions.
//!
//! Before them: the DAO move, the parent's hash (EIP-2935), the beacon root (EIP-4788). After them: withdrawals
//! (EIP-4895), rewards of proof of work, withdrawal and consolidation requests (EIP-7002, EIP-7251).

use crate::{Error, InvalidBlock, PreparedBlock, dao, deposits, layer::Layer};
use access_list::{AccessRecord, AccountAccess, Observed};
use evm::{CodeCache, Machine, Status, SystemCall};
use primitives::{
    Account, Address, B256, Bytes, Fork, U256,
    alloy_consensus::ReceiptEnvelope,
    alloy_eips::{
        eip2935::HISTORY_STORAGE_ADDRESS, eip4788::BEACON_ROOTS_ADDRESS, eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS,
        eip7251::CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS,
    },
    map::AddressSet,
};
use state::{StateError, StateReader};

/// Request types of EIP-7685.
pub(crate) const WITHDRAWAL_REQUESTS: u8 = 1;
pub(crate) const CONSOLIDATION_REQUESTS: u8 = 2;

/// Why a step outside the transactions makes the block invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    /// From Cancun on the header names the parent's beacon root.
    #[error("the header names no parent beacon block root")]
    NoBeaconRoot,
    /// The system contract is not deployed.
    #[error("system contract {0} has no code")]
    NoContract(Address),
    /// The call to the system contract failed.
    #[error("system contract {0} failed: {1:?}")]
    Failed(Address, Status),
}

/// What the steps before or after the transactions did.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    pub(crate) records: Vec<AccessRecord>,
    /// Requests to the consensus layer, each with its type in front; empty ones are left out.
    pub(crate) requests: Vec<Bytes>,
}

/// For who executes the transactions of a block one by one, to trace or to simulate them.
impl PreparedBlock<'_> {
    /// What the block does before its first transaction, a record for each step.
    pub fn steps_before(
        &self,
        codes: &CodeCache,
        state: &(dyn StateReader + Sync),
    ) -> Result<Vec<AccessRecord>, Error> {
        let steps = before(self, codes, &mut Layer::new(state))?.map_err(InvalidBlock::Step)?;
        Ok(steps.records)
    }

    /// What the block does after its last transaction, on the state that this left, and all its requests to the
    /// consensus layer.
    pub fn steps_after(
        &self,
        codes: &CodeCache,
        state: &(dyn StateReader + Sync),
        receipts: &[ReceiptEnvelope],
    ) -> Result<(Vec<AccessRecord>, Vec<Bytes>), Error> {
        let steps = after(self, codes, &mut Layer::new(state))?.map_err(InvalidBlock::Step)?;
        let deposits = if self.fork >= Fork::Prague { deposits::requests(self, receipts)? } else { None };
        Ok((steps.records, deposits.into_iter().chain(steps.requests).collect()))
    }
}

type Stepped = Result<Result<Steps, StepError>, StateError>;

/// Everything before the transactions. Changes are laid over `layer`.
pub(crate) fn before(block: &PreparedBlock<'_>, codes: &CodeCache, layer: &mut Layer<'_>) -> Stepped {
    let mut steps = Steps::default();
    let header = &block.block.header;
    if block.chain.is_dao_fork_block(header.number) {
        steps.take(dao::move_funds(layer)?, layer);
    }
    if header.number == 0 {
        return Ok(Ok(steps));
    }
    if block.fork >= Fork::Prague {
        let call = call(block, codes, layer, HISTORY_STORAGE_ADDRESS, header.parent_hash.into())?;
        steps.take(call.record, layer);
    }
    if block.fork >= Fork::Cancun {
        let Some(root) = header.parent_beacon_block_root else { return Ok(Err(StepError::NoBeaconRoot)) };
        let call = call(block, codes, layer, BEACON_ROOTS_ADDRESS, root.into())?;
        steps.take(call.record, layer);
    }
    Ok(Ok(steps))
}

/// Everything after the transactions. Changes are laid over `layer`, which must know what the transactions did to the
/// accounts of [`touched_after`].
pub(crate) fn after(block: &PreparedBlock<'_>, codes: &CodeCache, layer: &mut Layer<'_>) -> Stepped {
    let mut steps = Steps::default();
    for (address, reward) in rewards(block) {
        steps.take(credit(layer, address, reward)?, layer);
    }
    for withdrawal in block.block.body.withdrawals.iter().flat_map(|list| list.iter()) {
        let amount = U256::from(withdrawal.amount) * U256::from(1_000_000_000_u64);
        steps.take(credit(layer, withdrawal.address, amount)?, layer);
    }
    if block.fork >= Fork::Prague {
        for (kind, contract) in [
            (WITHDRAWAL_REQUESTS, WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS),
            (CONSOLIDATION_REQUESTS, CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS),
        ] {
            if !layer.account(contract)?.is_some_and(|account| account.has_code()) {
                return Ok(Err(StepError::NoContract(contract)));
            }
            let call = call(block, codes, layer, contract, Bytes::new())?;
            if !call.result.is_success() {
                return Ok(Err(StepError::Failed(contract, call.result.status)));
            }
            steps.take(call.record, layer);
            if !call.result.output.is_empty() {
                let mut request = vec![kind];
                request.extend_from_slice(&call.result.output);
                steps.requests.push(request.into());
            }
        }
    }
    Ok(Ok(steps))
}

/// The accounts that [`after`] reads or writes.
pub(crate) fn touched_after(block: &PreparedBlock<'_>) -> AddressSet {
    let mut addresses: AddressSet = rewards(block).map(|(address, _)| address).collect();
    addresses.extend(block.block.body.withdrawals.iter().flat_map(|list| list.iter()).map(|w| w.address));
    if block.fork >= Fork::Prague {
        addresses.extend([WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS, CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS]);
    }
    addresses
}

/// Rewards of proof of work: the miner's with 1/32 for each uncle, and each uncle's by its distance.
fn rewards<'b>(block: &'b PreparedBlock<'_>) -> impl Iterator<Item = (Address, U256)> + 'b {
    let header = &block.block.header;
    let base = block.fork.block_reward();
    let uncles = block.block.body.ommers.iter();
    let miner = base + (base >> 5) * U256::from(block.block.body.ommers.len());
    let own = (!base.is_zero()).then_some((header.beneficiary, miner));
    let theirs = uncles.map(move |uncle| {
        let distance = header.number.saturating_sub(uncle.number).min(8);
        (uncle.beneficiary, base * U256::from(8 - distance) / U256::from(8))
    });
    theirs.filter(move |_| !base.is_zero()).chain(own)
}

fn call(
    block: &PreparedBlock<'_>,
    codes: &CodeCache,
    layer: &Layer<'_>,
    contract: Address,
    input: Bytes,
) -> Result<SystemCall, StateError> {
    Machine::new(&block.environment, codes, layer).system_call(contract, input)
}

/// Pays `amount` wei to an account, from nowhere. An account that stays empty does not come into being (EIP-161).
fn credit(layer: &Layer<'_>, address: Address, amount: U256) -> Result<AccessRecord, StateError> {
    let before = layer.account(address)?;
    let mut after = before.unwrap_or_default();
    after.balance = after.balance.saturating_add(amount);
    let mut record = AccessRecord::default();
    record.push(balance_access(address, before, (!after.is_empty()).then_some(after)), []);
    Ok(record)
}

/// An access that changes a balance outside the machine.
pub(crate) fn balance_access(address: Address, before: Option<Account>, after: Option<Account>) -> AccountAccess {
    let observed = Observed::ALL;
    AccountAccess { address, before, after, observed, balance_min: U256::ZERO, wiped: false, slots_end: 0 }
}

impl Steps {
    fn take(&mut self, record: AccessRecord, layer: &mut Layer<'_>) {
        layer.apply(&record);
        self.records.push(record);
    }
}

/// The hash of a list of requests (EIP-7685).
pub(crate) fn requests_hash(requests: &[Bytes]) -> B256 {
    primitives::alloy_eips::eip7685::Requests::new(requests.to_vec()).requests_hash()
}
