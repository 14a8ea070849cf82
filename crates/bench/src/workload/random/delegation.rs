//! Accounts that run the code of others (EIP-7702): delegation, delegation anew, an end to it, and all ways to fail.

use super::{
    super::{Actor, CHAIN_ID},
    Intent, World, program,
    wallet_calls::wallet_input,
};
use primitives::{
    Account, Address, Bytes, U256,
    alloy_eips::eip7702::{Authorization, SignedAuthorization},
};

/// Delegates some accounts before the block and gives them storage, as an earlier delegation would have left it.
pub(super) fn install(world: &mut World) {
    let targets = [world.wallets[0], world.calm[0], world.store];
    for (actor, target) in world.actors.clone().into_iter().zip(targets) {
        let code = [&[0xef, 0x01, 0x00], target.as_slice()].concat();
        let code_hash = world.draft.state.insert_code(code.into());
        let account = world.draft.state.accounts().find(|(address, _)| *address == actor.address);
        let (_, account) = account.expect("actors exist");
        world.draft.nonces.insert(actor.address, 1);
        world.draft.state.set_account(actor.address, Account { nonce: 1, code_hash, ..account });
        for slot in 0..3_u64 {
            world.draft.state.set_storage(actor.address, U256::from(slot), U256::from(slot + 1));
        }
    }
}

/// A transaction with one to three authorizations. Its call may go to an authority, before or after others' calls do.
pub(super) fn set_code(world: &mut World) -> Intent {
    let intent = Intent::new(world);
    let authorizations: Vec<_> = (0..=world.random().below(3)).map(|_| authorization(world)).collect();
    let to = if world.random().percent(60) { world.actor().address } else { world.anybody() };
    let input = delegated_input(world);
    intent.to(to).input(input).authorize(authorizations)
}

/// A call of an account that may or may not have code by now.
pub(super) fn call_delegated(world: &mut World) -> Intent {
    let to = world.actor().address;
    let value = if world.random().percent(30) { U256::from(world.random().below(1_000)) } else { U256::ZERO };
    let input = delegated_input(world);
    Intent::new(world).to(to).value(value).input(input)
}

/// Calldata that does no lasting harm to an account, whatever code it runs.
fn delegated_input(world: &mut World) -> Bytes {
    match world.random().below(3) {
        0 => program::input(world),
        _ => wallet_input(world),
    }
}

/// An authorization of a rich account. If it is in order it uses up a nonce of that account.
fn authorization(world: &mut World) -> SignedAuthorization {
    let authority = world.actor();
    let target = target(world);
    let next = world.draft.nonces.get(&authority.address).copied().unwrap_or_default();
    match world.random().below(16) {
        0 => sign(&authority, CHAIN_ID, target, next + 1),
        1 => sign(&authority, CHAIN_ID, target, next.wrapping_sub(1)),
        2 => sign(&authority, CHAIN_ID + 1, target, next),
        3 => {
            let inner = Authorization { chain_id: U256::from(CHAIN_ID), address: target, nonce: next };
            SignedAuthorization::new_unchecked(inner, 0, U256::ZERO, U256::ONE)
        }
        number => {
            let chain = if number == 4 { 0 } else { CHAIN_ID };
            let nonce = world.draft.take_nonce(authority.address);
            sign(&authority, chain, target, nonce)
        }
    }
}

/// What to delegate to: code that creates nothing, no code, a precompile, an account that itself delegates, or an end.
fn target(world: &mut World) -> Address {
    let random = &mut world.draft.random;
    match random.below(12) {
        0..3 => *random.pick(&world.wallets),
        3..6 => *random.pick(&world.calm),
        6 => *random.pick(&[world.store, world.counter, world.shared, world.tokens[0]]),
        7 => random.pick(&world.actors).address,
        8 => Address::with_last_byte(1 + random.below(17) as u8),
        9 => *random.pick(&world.strangers),
        _ => Address::ZERO,
    }
}

fn sign(authority: &Actor, chain_id: u64, address: Address, nonce: u64) -> SignedAuthorization {
    let authorization = Authorization { chain_id: U256::from(chain_id), address, nonce };
    let signature = authority.sign(authorization.signature_hash());
    authorization.into_signed(signature.expect("actors of random blocks have keys"))
}
