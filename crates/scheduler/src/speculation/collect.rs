//! What a block changed, gathered once all of it is decided.

use super::Speculation;
use crate::{Error, TransactionExecutor, memory::Memory, sync::atomic::Ordering, view::View};
use access_list::{AccountChange, SlotChange, StateDiff};

impl<M: TransactionExecutor> Speculation<'_, M> {
    /// Collects what the block changed, side by side with the other workers that are still here.
    pub(super) fn collect(&self) {
        let end = self.decided.load(Ordering::SeqCst);
        let beneficiary = self.fees.any().then_some(self.fees.beneficiary);
        let mut part = StateDiff::default();
        loop {
            let shard = self.collected.fetch_add(1, Ordering::Relaxed);
            if shard >= Memory::SHARDS {
                break;
            }
            self.memory.final_accounts(shard, end, |address, account, wiped| {
                if Some(address) == beneficiary {
                    self.beneficiary_wiped.store(wiped, Ordering::Relaxed);
                } else {
                    part.accounts.push(AccountChange { address, account, wiped });
                }
            });
            self.memory.final_slots(shard, end, |address, slot, value| {
                part.slots.push(SlotChange { address, slot, value });
            });
            self.memory.clear_shard(shard, &self.fees.beneficiary);
        }
        self.parts.lock().push(part);
    }

    /// Everything the block changed.
    pub(super) fn diff(&self) -> Result<StateDiff, Error> {
        let mut parts = self.parts.lock();
        let mut diff = parts.pop().unwrap_or_default();
        diff.accounts.reserve(parts.iter().map(|part| part.accounts.len()).sum::<usize>() + 1);
        diff.slots.reserve(parts.iter().map(|part| part.slots.len()).sum());
        for mut part in parts.drain(..) {
            diff.accounts.append(&mut part.accounts);
            diff.slots.append(&mut part.slots);
        }
        if self.fees.any() {
            let view = View::new(self.memory, self.job.state, &self.fees);
            view.position(self.decided.load(Ordering::SeqCst), None);
            let index = self.job.machine.len();
            let address = self.fees.beneficiary;
            let account = view.actual(address).map_err(|source| Error::State { index, source })?;
            let wiped = self.beneficiary_wiped.load(Ordering::Relaxed);
            diff.accounts.push(AccountChange { address, account, wiped });
        }
        Ok(diff)
    }
}
