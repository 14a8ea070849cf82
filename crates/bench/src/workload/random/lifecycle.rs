//! Contracts that come and go: creation, `CREATE2`, self-destruction, creation again, calls between.

use super::{
    super::{Call, Contract, slot::word},
    Intent, World, program,
    wallet_calls::wallet_input,
};
use primitives::{Bytes, U256, keccak256};

/// Salts that factories use; few, so that one address lives more than once.
const SALTS: u64 = 3;

/// A transaction that creates a contract, or fails to.
pub(super) fn create(world: &mut World) -> Intent {
    let code = creation_code(world);
    let value = if world.random().percent(20) { U256::from(world.random().below(1_000)) } else { U256::ZERO };
    let intent = Intent::new(world).input(code).value(value).gas(1_500_000);
    world.deployed.push(intent.sender.address.create(intent.nonce));
    intent
}

/// A call of something that a transaction of this block has created, tried to create, or may create later.
pub(super) fn call_deployed(world: &mut World) -> Intent {
    let to = if world.deployed.is_empty() || world.random().percent(30) {
        let sender = world.actor().address;
        let ahead = world.draft.nonces.get(&sender).copied().unwrap_or_default() + world.random().below(3);
        sender.create(ahead)
    } else {
        *world.draft.random.pick(&world.deployed)
    };
    let value = if world.random().percent(30) { U256::from(world.random().below(1_000)) } else { U256::ZERO };
    let input = match world.random().below(4) {
        0 => Call::new("bump()").encode(),
        1 => Call::new("balanceOf(address)").address(to).encode(),
        2 => Bytes::new(),
        _ => wallet_input(world),
    };
    Intent::new(world).to(to).value(value).input(input)
}

/// A call of the factory, or of one of its children directly.
pub(super) fn factory(world: &mut World) -> Intent {
    let salt = U256::from(world.random().below(SALTS));
    let child = world.factory.create2(salt.to_be_bytes::<32>(), keccak256(Contract::Child.creation()));
    if !world.deployed.contains(&child) {
        world.deployed.push(child);
    }
    let heir = match world.random().below(4) {
        0 => child,
        1 => world.factory,
        _ => world.anybody(),
    };
    let value = if world.random().percent(30) { U256::from(world.random().below(1_000)) } else { U256::ZERO };
    let with_heir = |signature| Call::new(signature).word(salt).address(heir).encode();
    let (to, input) = match world.random().below(12) {
        0..4 => (world.factory, Call::new("create(bytes32)").word(salt).encode()),
        4 | 5 => (world.factory, Call::new("poke(bytes32)").word(salt).encode()),
        6 => (world.factory, with_heir("destroy(bytes32,address)")),
        7 => (world.factory, with_heir("flash(bytes32,address)")),
        8 => (world.factory, with_heir("replace(bytes32,address)")),
        9 => (child, Call::new("destroy(address)").word(word(heir)).encode()),
        10 => (child, Call::new("poke()").encode()),
        _ => (child, Bytes::new()),
    };
    Intent::new(world).to(to).value(value).input(input).gas(600_000)
}

fn creation_code(world: &mut World) -> Bytes {
    match world.random().below(8) {
        0 => Contract::Wallet.creation(),
        1 => Contract::Counter.creation(),
        2 => {
            let holder = world.actor().address;
            let arguments = Call::new("").address(holder).word(U256::from(1_000_000)).encode_arguments();
            [&Contract::Token.creation()[..], &arguments].concat().into()
        }
        3 => {
            let length = world.random().index(40);
            world.random().bytes(length).into()
        }
        _ => program::creation(world),
    }
}
