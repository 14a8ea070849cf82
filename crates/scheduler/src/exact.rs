//! From what a transaction did ahead of its turn to what it does in serial order.

use access_list::AccessRecord;
use primitives::{Address, U256};
use state::{StateError, StateReader};

/// Compares the record, by value, with the state that the transactions before it have left, and turns what it found and left
/// into serial values. `false` if the transaction has to be executed again; then the record is worth nothing.
///
/// What `certain` says to be as the transaction saw it is not looked at. `assumed`: the sender, if its nonce was taken for the
/// one that the transaction expects.
pub(crate) fn make_exact(
    record: &mut AccessRecord,
    assumed: Option<Address>,
    state: &impl StateReader,
    certain: &impl Certain,
) -> Result<bool, StateError> {
    for (access, slots) in record.iter() {
        for slot in slots {
            if !certain.has_slot(access.address, slot.slot) && state.storage(access.address, slot.slot)? != slot.before
            {
                return Ok(false);
            }
        }
    }
    for access in &mut record.accounts {
        let is_assumed = Some(access.address) == assumed;
        if !is_assumed && certain.has_account(access.address) {
            continue;
        }
        let current = state.account(access.address)?;
        if !access.agrees_with(current.as_ref()) {
            return Ok(false);
        }
        // A wrong assumption that the outcome does not depend on is still in what it left.
        if is_assumed && access.before.map(|it| it.nonce) != current.map(|it| it.nonce) {
            return Ok(false);
        }
        let Some(after) = access.rebase(current.as_ref()) else { return Ok(false) };
        (access.before, access.after) = (current, after);
    }
    Ok(true)
}

/// What is certainly still as a transaction saw it.
pub(crate) trait Certain {
    /// The account.
    fn has_account(&self, address: Address) -> bool;

    /// The slot.
    fn has_slot(&self, address: Address, slot: U256) -> bool;
}
