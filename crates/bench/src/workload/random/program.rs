//! Generated code: short programs whose every step reads or writes something that others change, and whose way may
//! depend on what they read.

use super::{
    super::SplitMix,
    Intent, World,
    assembly::{Assembly, op},
};
use primitives::{Address, Bytes, Fork, U256};

/// Slots that programs use.
const SLOTS: u64 = 4;

/// What a program may name and do.
#[derive(Clone, Debug)]
struct Scope {
    fork: Fork,
    /// Whether it may create contracts and destroy itself.
    is_wild: bool,
    /// Whom it may look at and call.
    addresses: Vec<Address>,
    /// Whose code it may run as its own.
    libraries: Vec<Address>,
}

/// Puts the programs of a world in place.
pub(super) fn install(world: &mut World) {
    for (is_wild, address) in world
        .calm
        .iter()
        .map(|address| (false, *address))
        .chain(world.wild.iter().map(|address| (true, *address)))
        .collect::<Vec<_>>()
    {
        let scope = Scope::new(world, is_wild);
        let code = runtime(&scope, world.random());
        world.draft.install(address, code);
        for slot in 0..world.random().below(SLOTS) {
            world.draft.state.set_storage(address, U256::from(slot), U256::from(slot + 1));
        }
    }
}

/// A call of a program.
pub(super) fn call(world: &mut World) -> Intent {
    let is_calm = world.random().percent(40);
    let to = if is_calm { *world.draft.random.pick(&world.calm) } else { *world.draft.random.pick(&world.wild) };
    let value = if world.random().percent(30) { U256::from(world.random().below(1_000)) } else { U256::ZERO };
    let input = input(world);
    Intent::new(world).to(to).value(value).input(input)
}

/// Calldata for a program: none, or one word.
pub(super) fn input(world: &mut World) -> Bytes {
    if world.random().percent(50) { Bytes::new() } else { world.random().word().to_vec().into() }
}

/// Code that deploys a new program, often doing something before; or deploys what no fork or not every fork allows.
pub(super) fn creation(world: &mut World) -> Bytes {
    let scope = Scope::new(world, true);
    let random = world.random();
    let mut before = Assembly::default();
    for _ in 0..random.below(3) {
        step(&mut before, &scope, random);
    }
    match random.below(10) {
        0 => before.deploy(&[0xef, 0]),
        1 => before.deploy(&[]),
        2 => before.push(U256::ZERO).push(U256::ZERO).ops(&[op::REVERT]).finish(),
        3 => before.push_address(*random.pick(&scope.addresses)).ops(&[op::SELFDESTRUCT]).finish(),
        _ => before.deploy(&runtime(&scope, random)),
    }
}

impl Scope {
    fn new(world: &mut World, is_wild: bool) -> Self {
        let addresses = (0..6).map(|_| world.anybody()).collect();
        let libraries = if is_wild { [&world.calm[..], &world.wild].concat() } else { world.calm.clone() };
        Self { fork: world.fork(), is_wild, addresses, libraries }
    }
}

fn runtime(scope: &Scope, random: &mut SplitMix) -> Bytes {
    let mut code = Assembly::default();
    for _ in 0..2 + random.below(5) {
        if random.percent(25) {
            let slot = random.below(SLOTS);
            code.push(U256::from(slot)).ops(&[op::SLOAD]).push(U256::ONE).ops(&[op::AND]);
            code.unless(|body| step(body, scope, random));
        } else {
            step(&mut code, scope, random);
        }
    }
    if scope.is_wild && random.percent(40) {
        let heir = *random.pick(&scope.addresses);
        code.ops(&[op::CALLDATASIZE, op::ISZERO]).unless(|body| {
            body.push_address(heir).ops(&[op::SELFDESTRUCT]);
        });
    }
    end(&mut code, scope, random);
    code.finish()
}

/// One step. It leaves the stack as it found it.
fn step(code: &mut Assembly, scope: &Scope, random: &mut SplitMix) {
    match random.below(if scope.is_wild { 14 } else { 11 }) {
        0..4 => store(code, scope, random),
        4..7 => observe(code, scope, random),
        7..10 => call_other(code, scope, random),
        10 => {
            code.push(U256::from(random.below(SLOTS))).ops(&[op::SLOAD]);
            code.push(U256::ZERO).push(U256::ZERO).ops(&[op::LOG1]);
        }
        11 => call_stored(code, scope, random),
        _ => create(code, scope, random),
    }
}

/// Writes a slot: counted up, set, cleared, or one whose key was read.
fn store(code: &mut Assembly, scope: &Scope, random: &mut SplitMix) {
    let (from, to) = (U256::from(random.below(SLOTS)), U256::from(random.below(SLOTS)));
    match random.below(6) {
        0 | 1 => code.push(from).ops(&[op::SLOAD]).push(U256::ONE).ops(&[op::ADD]).push(to).ops(&[op::SSTORE]),
        2 => code.push(U256::from(random.below(3))).push(to).ops(&[op::SSTORE]),
        3 => code.push(U256::ZERO).ops(&[op::CALLDATALOAD]).push(to).ops(&[op::SSTORE]),
        4 if scope.fork >= Fork::Cancun => {
            code.push(from).ops(&[op::TLOAD]).push(U256::ONE).ops(&[op::ADD]).push(from).ops(&[op::TSTORE]);
            code.push(from).ops(&[op::TLOAD]).push(to).ops(&[op::SSTORE])
        }
        _ => code.push(to).push(from).ops(&[op::SLOAD]).push(U256::from(SLOTS - 1)).ops(&[op::AND, op::SSTORE]),
    };
}

/// Notes something of the world in a slot.
fn observe(code: &mut Assembly, scope: &Scope, random: &mut SplitMix) {
    let other = *random.pick(&scope.addresses);
    let since = |first| scope.fork >= first;
    match random.below(13) {
        0..3 => code.push_address(other).ops(&[op::BALANCE]),
        3 => code.push_address(other).ops(&[op::EXTCODESIZE]),
        4 | 5 if since(Fork::Constantinople) => code.push_address(other).ops(&[op::EXTCODEHASH]),
        6 if since(Fork::Istanbul) => code.ops(&[op::SELFBALANCE]),
        7 => code.ops(&[op::COINBASE, op::BALANCE]),
        8 => {
            let (number, _) = super::super::header::era(scope.fork);
            code.push(U256::from(number - random.below(258))).ops(&[op::BLOCKHASH])
        }
        9 if since(Fork::London) => code.ops(&[op::BASEFEE]),
        10 if since(Fork::Cancun) => code.push(U256::ZERO).ops(&[op::BLOBHASH]),
        11 if since(Fork::Byzantium) => code.ops(&[op::RETURNDATASIZE]),
        12 => code.ops(&[*random.pick(&[op::ORIGIN, op::CALLER, op::CALLVALUE, op::GASPRICE, op::TIMESTAMP, op::GAS])]),
        _ => code.ops(&[op::ADDRESS, op::BALANCE]),
    };
    code.push(U256::from(random.below(SLOTS))).ops(&[op::SSTORE]);
}

/// Calls somebody in one of the four ways, and notes whether that went well.
fn call_other(code: &mut Assembly, scope: &Scope, random: &mut SplitMix) {
    let (other, library) = (*random.pick(&scope.addresses), *random.pick(&scope.libraries));
    let value = U256::from(random.below(4).saturating_sub(1));
    arguments(code, random);
    match random.below(6) {
        0 if scope.fork >= Fork::Homestead => gas(code.push_address(library), scope).ops(&[op::DELEGATECALL]),
        1 if scope.fork >= Fork::Byzantium => gas(code.push_address(other), scope).ops(&[op::STATICCALL]),
        2 => gas(code.push(value).push_address(library), scope).ops(&[op::CALLCODE]),
        _ => gas(code.push(value).push_address(other), scope).ops(&[op::CALL]),
    };
    code.push(U256::from(random.below(SLOTS))).ops(&[op::SSTORE]);
}

/// Calls whatever address a slot holds, which may be a contract that this program created.
fn call_stored(code: &mut Assembly, scope: &Scope, random: &mut SplitMix) {
    arguments(code, random);
    code.push(U256::ZERO).push(U256::from(random.below(SLOTS))).ops(&[op::SLOAD]);
    gas(code, scope).ops(&[op::CALL]).push(U256::from(random.below(SLOTS))).ops(&[op::SSTORE]);
}

/// Creates a contract out of a few bytes and notes its address.
fn create(code: &mut Assembly, scope: &Scope, random: &mut SplitMix) {
    // Writes a slot; destroys itself at once; deploys code that destroys itself when called; fails.
    const SEEDS: [&[u8]; 4] = [
        &[0x60, 1, 0x60, 0, 0x55, 0x60, 0, 0x60, 0, 0xf3],
        &[0x33, 0xff],
        &[0x60, 2, 0x60, 12, 0x60, 0, 0x39, 0x60, 2, 0x60, 0, 0xf3, 0x33, 0xff],
        &[0xfe],
    ];
    let seed = *random.pick(&SEEDS);
    code.push(U256::from_be_slice(seed)).push(U256::ZERO).ops(&[op::MSTORE]);
    let is_salted = scope.fork >= Fork::Constantinople && random.percent(60);
    if is_salted {
        code.push(U256::from(random.below(2)));
    }
    code.push(U256::from(seed.len())).push(U256::from(32 - seed.len())).push(U256::from(random.below(2)));
    code.ops(&[if is_salted { op::CREATE2 } else { op::CREATE }]);
    code.push(U256::from(random.below(SLOTS))).ops(&[op::SSTORE]);
}

/// Room for the result, and as input nothing or the first word of memory.
fn arguments(code: &mut Assembly, random: &mut SplitMix) {
    let input = U256::from(32 * random.below(2));
    code.push(U256::ZERO).push(U256::ZERO).push(input).push(U256::ZERO);
}

/// All gas, or where asking for more than there is fails, some.
fn gas<'a>(code: &'a mut Assembly, scope: &Scope) -> &'a mut Assembly {
    if scope.fork >= Fork::Tangerine { code.ops(&[op::GAS]) } else { code.push(U256::from(40_000)) }
}

/// Stops, or fails in one of the known ways.
fn end(code: &mut Assembly, scope: &Scope, random: &mut SplitMix) {
    match random.below(16) {
        0 if scope.fork >= Fork::Byzantium => {
            code.push(U256::from(32)).push(U256::ZERO).ops(&[op::REVERT]);
        }
        1 => {
            code.ops(&[op::INVALID]);
        }
        2 => {
            // An endless loop, unless there is no input.
            code.ops(&[op::CALLDATASIZE, op::ISZERO]);
            code.unless(|body| {
                let top = U256::from(body.finish().len());
                body.ops(&[op::JUMPDEST]).push(top).ops(&[op::JUMP]);
            });
        }
        3..6 => {
            code.push(U256::from(random.below(SLOTS))).ops(&[op::SLOAD]).push(U256::ZERO).ops(&[op::MSTORE]);
            code.push(U256::from(32)).push(U256::ZERO).ops(&[op::RETURN]);
        }
        _ => {
            code.ops(&[op::STOP]);
        }
    }
}
