//! Sizes and values at the ends of their ranges. Sui 2024: an assertion that one transaction's shape could reach.

use crate::support::{Code, Message, Scene, ether, op};
use executor::{Error, InvalidBlock};
use primitives::{Account, Address, Fork, U256};

/// Balances at the end of 256 bits: a payment that does not fit fails or is refused, and nothing panics.
///
/// Guard: sums are checked (`AccountAccess::rebase`, `transfer::execute`) or saturate (`credit`).
#[test]
fn balances_at_the_end_of_their_range() {
    for fork in [Fork::Homestead, Fork::Byzantium, Fork::Osaka] {
        let mut scene = Scene::new(fork);
        let (full, nearly) = (Address::repeat_byte(0xf1), Address::repeat_byte(0xf2));
        scene.state.set_account(full, Account::with_balance(U256::MAX));
        scene.state.set_account(nearly, Account::with_balance(U256::MAX - U256::from(8)));
        let payer = Code::new().call(nearly, 5, 0).store(0);
        let contract = scene.contract(&payer);
        scene.install(contract, &payer, U256::from(100));
        scene.say_late(Message::call(contract, 0));
        scene.say(Message::call(contract, 0));
        scene.say(Message::pay(nearly, U256::from(5)).gas(50_000));
        scene.say(Message::pay(full, U256::ONE).gas(50_000));
        scene.say(Message::pay(full, U256::ZERO).gas(50_000));
        let checked = scene.check();
        assert_eq!(checked.account(full), Some(Account::with_balance(U256::MAX)), "{fork}");
    }
}

/// Prices, limits and values whose products leave their ranges.
///
/// Guard: `PreparedTransaction::spending_max` and revm's validation check every product; the same reason under all
/// policies.
#[test]
fn prices_at_the_end_of_their_range() {
    let plain = |to| Message::pay(to, U256::ONE);
    let nobody = Address::repeat_byte(0x0b);
    let messages = [
        plain(nobody).price(u128::MAX),
        plain(nobody).value(U256::MAX),
        plain(nobody).price(u128::MAX).value(U256::MAX),
        plain(nobody).gas(u64::MAX),
        plain(nobody).gas(u64::MAX).price(u128::MAX),
        plain(nobody).gas(0),
        plain(nobody).gas(20_999),
    ];
    for fork in [Fork::Frontier, Fork::Byzantium, Fork::London, Fork::Osaka] {
        for (number, message) in messages.iter().enumerate() {
            let mut scene = Scene::new(fork);
            scene.header.gas_limit = u64::MAX;
            let sender = scene.poor();
            scene.state.set_account(sender.address, Account::with_balance(U256::MAX));
            scene.say_late(Message::call(nobody, 4));
            scene.send(&sender, message.clone());
            scene.send(&sender, plain(nobody));
            match scene.outcome() {
                Ok(_) => {}
                Err(Error::Invalid(InvalidBlock::Transaction { index: 1 | 2, .. })) => {}
                Err(error) => panic!("{fork}, message {number}: {error}"),
            }
        }
    }
}

/// Keys that are equal in part, as short hashes of them would be: many slots of one number in many accounts, and slots
/// that differ only at one end.
///
/// Guard: every table compares full keys (`Memory`, `FlatTable`, `ListIndex`), whatever their hashes.
#[test]
fn keys_that_are_equal_in_part() {
    const ACCOUNTS: u64 = 24;
    const SLOTS: u64 = 40;
    let mut scene = Scene::new(Fork::Osaka);
    let slot = |number: u64| match number % 4 {
        0 => U256::from(number),
        1 => U256::from(number) << 248,
        2 => U256::from(number) << 128,
        _ => U256::MAX - U256::from(number),
    };
    // Each contract counts up slots of which others have the same numbers.
    let mut contracts = Vec::new();
    for account in 0..ACCOUNTS {
        let mut code = Code::new();
        for number in 0..SLOTS {
            code = code.push(slot(number)).op(&[op::DUP1, op::SLOAD]).number(1 + account).op(&[
                op::ADD,
                op::SWAP1,
                op::SSTORE,
            ]);
        }
        contracts.push(scene.contract(&code));
    }
    scene.say_late(Message::call(contracts[0], 0));
    for round in 0..3 {
        for contract in &contracts {
            scene.say(Message::call(*contract, round));
        }
    }
    let checked = scene.check();
    checked.report_raced();
    use state::StateReader as _;
    for (account, contract) in contracts.iter().enumerate() {
        let rounds = if account == 0 { 4 } else { 3 };
        for number in 0..SLOTS {
            let expected = U256::from(rounds * (1 + account));
            assert_eq!(checked.state.storage(*contract, slot(number)), Ok(expected), "{account} {number}");
        }
    }
}

/// The deepest calls that there are, on the stack of a worker.
///
/// Guard: the interpreter is optimised also in development builds (`[profile.dev.package.parallax-evm]`), and its calls
/// do not nest on the stack of the thread.
#[test]
fn deepest_calls() {
    // Before EIP-150 a call may pass on all its gas, so 1,024 calls are cheap.
    for fork in [Fork::Homestead, Fork::Osaka] {
        let mut scene = Scene::new(fork);
        let again = Code::new().number(0).number(0).number(0).number(0).number(0).op(&[op::ADDRESS]);
        let gas = |code: Code| {
            if fork < Fork::Tangerine { code.number(100).op(&[op::GAS, op::SUB]) } else { code.op(&[op::GAS]) }
        };
        let deep = scene.contract(&gas(again).op(&[op::CALL]).store(0));
        for _ in 0..8 {
            scene.say(Message::call(deep, 0).gas(15_000_000));
        }
        scene.check();
    }
}

/// A block in which nothing happens, and one with a single transaction, with more workers than work.
#[test]
fn blocks_of_nothing_and_one() {
    for fork in Fork::ALL.into_iter().filter(|fork| *fork <= Fork::Osaka) {
        Scene::new(fork).check_without_filling();
        let mut scene = Scene::new(fork);
        scene.say(Message::pay(Address::repeat_byte(1), ether(1)));
        scene.check_without_filling();
    }
}
