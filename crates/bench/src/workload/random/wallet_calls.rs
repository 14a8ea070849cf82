//! Calls of wallets and of the small contracts with shared slots.

use super::{super::Call, Intent, World};
use primitives::{Address, Bytes, U256};

/// A random call of a wallet that is a contract.
pub(super) fn wallet(world: &mut World) -> Intent {
    let wallet = *world.draft.random.pick(&world.wallets);
    let value = if world.random().percent(50) { U256::from(world.random().below(10_000)) } else { U256::ZERO };
    let input = if world.random().percent(15) {
        let heir = world.anybody();
        Call::new("sweep(address)").address(heir).encode()
    } else {
        wallet_input(world)
    };
    Intent::new(world).to(wallet).value(value).input(input)
}

/// Calldata for wallet code, wherever it runs: it moves little.
pub(super) fn wallet_input(world: &mut World) -> Bytes {
    let to = world.anybody();
    let amount = U256::from(world.random().below(1_000));
    match world.random().below(12) {
        0..3 => Call::new("forward(address,uint256)").address(to).word(amount).encode(),
        3 => Bytes::new(),
        4 => Call::new("look(address)").address(to).encode(),
        5 => Call::new("fail(uint256)").word(amount).encode(),
        6 => Call::new("spin()").encode(),
        7 => Call::new("received()").encode(),
        8..10 => nested(world, "execute(address,uint256,bytes)"),
        _ => nested(world, "attempt(address,uint256,bytes)"),
    }
}

/// A random call of a contract whose slots everybody shares.
pub(super) fn shared(world: &mut World) -> Intent {
    let (to, input) = shared_call(world);
    Intent::new(world).to(to).input(input).gas(500_000)
}

fn shared_call(world: &mut World) -> (Address, Bytes) {
    let random = &mut world.draft.random;
    let (key, size) = (U256::from(random.below(6)), U256::from(random.below(8)));
    match random.below(9) {
        0..2 => (world.counter, Call::new("bump()").encode()),
        2 => (world.store, Call::new("write(uint256,uint256)").word(key).word(size).encode()),
        3 => (world.store, Call::new("scan(uint256,uint256)").word(key).word(size).encode()),
        4 => (world.store, Call::new("clear(uint256,uint256)").word(key).word(size).encode()),
        5 => {
            let text = random.bytes(40);
            (world.store, Call::new("set(string,string)").bytes(&[key.byte(0)]).bytes(&text).encode())
        }
        6 => (world.cpu, Call::new("sort(uint256,uint256)").word(key).word(size).encode()),
        _ => {
            let keys: Vec<_> = (0..random.below(5)).map(|_| U256::from(random.below(12))).collect();
            (world.shared, Call::new("touch(uint256[],uint256)").words(&keys).word(size).encode())
        }
    }
}

/// A call of something else through a wallet.
fn nested(world: &mut World, signature: &str) -> Bytes {
    let amount = U256::from(world.random().below(100));
    let (to, input) = if world.random().percent(50) {
        shared_call(world)
    } else {
        let length = world.random().index(40);
        (world.anybody(), world.random().bytes(length).into())
    };
    let amount = if world.random().percent(50) { amount } else { U256::ZERO };
    Call::new(signature).address(to).word(amount).bytes(&input).encode()
}
