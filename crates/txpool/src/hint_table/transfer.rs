//! What a transaction touches when no code runs.

use access_list::{AccessSet, StateKey};
use primitives::{Address, U256};

/// What a plain transfer touches: exactly this, as long as its recipient has no code.
pub(crate) fn touched(sender: Address, recipient: Address, value: U256, creates: bool) -> AccessSet {
    let moves = !value.is_zero();
    let reads =
        [StateKey::Code(sender), StateKey::Nonce(sender), StateKey::Existence(sender), StateKey::Code(recipient)];
    let received = moves.then_some(StateKey::Balance(recipient));
    let created = (moves && creates).then_some(StateKey::Existence(recipient));
    let adds = [Some(StateKey::Balance(sender)), received, created].into_iter().flatten();
    AccessSet::new(reads, [StateKey::Nonce(sender)], adds)
}

/// What every transaction touches.
pub(crate) fn sent(sender: Address) -> AccessSet {
    let reads = [StateKey::Code(sender), StateKey::Nonce(sender), StateKey::Existence(sender)];
    AccessSet::new(reads, [StateKey::Nonce(sender)], [StateKey::Balance(sender)])
}
