//! Calls of precompiled contracts and of the protocol's own contracts.

use super::{super::header::era, Intent, World};
use primitives::{
    Address, B256, Bytes, U256,
    alloy_eips::{eip2935, eip4788, eip7002, eip7251},
    keccak256,
};

/// A direct call of a precompile, by a number that may not be one yet, with fitting or unfitting input.
pub(super) fn call(world: &mut World) -> Intent {
    let number = match world.random().below(20) {
        19 => 0x100,
        number => number,
    };
    let input = if world.random().percent(70) { fitting(world, number) } else { noise(world) };
    let value = U256::from(world.random().below(4).saturating_sub(2));
    let to = Address::from_word(U256::from(number).into());
    Intent::new(world).to(to).value(value).input(input)
}

/// A call of one of the contracts that the protocol calls around each block.
pub(super) fn call_predeploy(world: &mut World) -> Intent {
    let (number, timestamp) = era(world.fork());
    let (to, input, value): (_, Bytes, _) = match world.random().below(4) {
        0 => (eip4788::BEACON_ROOTS_ADDRESS, word(timestamp), 0),
        1 => (eip2935::HISTORY_STORAGE_ADDRESS, word(number - 1 - world.random().below(2)), 0),
        2 => (eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS, world.random().bytes(56).into(), 1_000),
        _ => (eip7251::CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS, world.random().bytes(96).into(), 1_000),
    };
    Intent::new(world).to(to).value(U256::from(value)).input(input)
}

fn fitting(world: &mut World, number: u64) -> Bytes {
    match number {
        1 => recovery(world),
        5 => modular_power(world),
        6 => words(&[1, 2, 1, 2]),
        7 => words(&[1, 2, 77]),
        9 => [&[0, 0, 0, 12][..], &world.random().bytes(208), &[1]].concat().into(),
        // Additions of the point at infinity in both groups, then their sums with scalars.
        11 => Bytes::from(vec![0; 256]),
        12 => Bytes::from(vec![0; 160]),
        13 => Bytes::from(vec![0; 512]),
        14 => Bytes::from(vec![0; 288]),
        15 => Bytes::from(vec![0; 384]),
        16 => Bytes::from(vec![0; 64]),
        17 => Bytes::from(vec![0; 128]),
        _ => noise(world),
    }
}

fn noise(world: &mut World) -> Bytes {
    let length = world.random().index(200);
    world.random().bytes(length).into()
}

/// Hash and signature of one of the accounts.
fn recovery(world: &mut World) -> Bytes {
    let hash = keccak256(world.random().word());
    let signature = world.actor().sign(hash).expect("actors of random blocks have keys");
    let parity = U256::from(27 + u64::from(signature.v()));
    [hash, B256::from(parity), signature.r().into(), signature.s().into()].concat().into()
}

fn modular_power(world: &mut World) -> Bytes {
    let lengths: [u64; 3] = std::array::from_fn(|_| world.random().below(33));
    let content = world.random().bytes(lengths.iter().sum::<u64>() as usize);
    [&words(&lengths)[..], &content].concat().into()
}

fn word(value: u64) -> Bytes {
    words(&[value])
}

fn words(values: &[u64]) -> Bytes {
    values.iter().flat_map(|value| U256::from(*value).to_be_bytes::<32>()).collect()
}
