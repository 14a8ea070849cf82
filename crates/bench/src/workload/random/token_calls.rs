//! Calls of tokens and pools, failing ones included.

use super::{super::Call, Intent, World};
use primitives::U256;

/// A random call of a token.
pub(super) fn token(world: &mut World) -> Intent {
    let token = *world.draft.random.pick(&world.tokens);
    let (other, third) = (world.anybody(), world.actor().address);
    let amount = U256::from(world.random().below(10_000));
    let call = match world.random().below(10) {
        0..5 => Call::new("transfer(address,uint256)").address(other).word(amount),
        5 => Call::new("transfer(address,uint256)").address(other).word(U256::MAX),
        6 | 7 => Call::new("approve(address,uint256)").address(third).word(amount),
        8 => Call::new("transferFrom(address,address,uint256)").address(third).address(other).word(amount),
        _ => Call::new("balanceOf(address)").address(other),
    };
    Intent::new(world).to(token).input(call.encode()).gas(120_000)
}

/// A random call of a pool.
pub(super) fn pool(world: &mut World) -> Intent {
    let site = *world.draft.random.pick(&world.sites);
    let token = if world.random().percent(50) { site.base } else { site.quote };
    let to = if world.random().percent(60) { world.actor().address } else { world.anybody() };
    let amount = world.random().below(1_000_000);
    let input = match world.random().below(8) {
        0 => Call::new("sync()").encode(),
        1 => Call::new("reserves()").encode(),
        2 => site.swap(to, amount, to),
        _ => site.swap(token, amount, to),
    };
    Intent::new(world).to(site.pool).input(input).gas(300_000)
}
