//! Accounts that are there or not: a fact beside their fields, with consequences for gas and roots (EIP-161).

use crate::support::{Code, Message, Scene, op};
use primitives::{Account, Address, Fork, U256};

const NOBODY: Address = Address::repeat_byte(0x0b);

/// bor 2290, existence markers: paying an account that does not exist costs 25,000 gas more, which an earlier payment
/// in the block may save.
///
/// Guard: `AccountAccess::agrees_with` compares existence where it was observed.
#[test]
fn paying_somebody_into_existence() {
    for fork in [Fork::Homestead, Fork::Byzantium, Fork::Berlin, Fork::Osaka] {
        let mut scene = Scene::new(fork);
        let payer = Code::new().call(NOBODY, 1, 0).store(0);
        let (early, late) = (scene.contract(&payer), scene.contract(&payer));
        for contract in [early, late] {
            scene.install(contract, &payer, U256::from(5));
        }
        scene.say_late(Message::call(early, 0));
        scene.say(Message::call(late, 0));
        let checked = scene.check();
        checked.report_raced();
        assert_eq!(checked.account(NOBODY), Some(Account::with_balance(U256::from(2))), "{fork}");
        let [first, second] = [checked.gas(0), checked.gas(1)];
        assert_eq!(first - second, 25_000, "{fork}");
    }
}

/// Before EIP-161 a mere touch brings an account into existence, empty, which changes the state root and the price of
/// the next call.
///
/// Guard: `record::take` keeps touched empty accounts before EIP-161; the list marks them (`ListedChange`); existence is
/// compared where it was observed.
#[test]
fn touched_into_existence_before_eip_161() {
    for fork in [Fork::Frontier, Fork::Homestead, Fork::Tangerine] {
        let mut scene = Scene::new(fork);
        let touch = scene.contract(&Code::new().call(NOBODY, 0, 0).store(0));
        let again = scene.contract(&Code::new().call(NOBODY, 0, 0).store(0));
        scene.say_late(Message::call(touch, 0));
        scene.say(Message::call(again, 0));
        let checked = scene.check();
        checked.report_raced();
        assert_eq!(checked.account(NOBODY), Some(Account::EMPTY), "{fork}");
        assert_eq!(checked.gas(0) - checked.gas(1), 25_000, "{fork}");
    }
}

/// From EIP-161 on a touch removes an account that is empty, and one that is emptied goes too.
///
/// Guard: `record::push` turns a touched empty account into none (`clears_empty`); so do `credit` for the beneficiary
/// and `transfer::execute` for a recipient of nothing.
#[test]
fn touched_out_of_existence_since_eip_161() {
    for fork in [Fork::SpuriousDragon, Fork::Petersburg, Fork::Shanghai] {
        let mut scene = Scene::new(fork);
        let others = [0xe1, 0xe2, 0xe3].map(Address::repeat_byte);
        for empty in others.into_iter().chain([NOBODY]) {
            scene.state.set_account(empty, Account::EMPTY);
        }
        scene.header.beneficiary = others[2];
        let touch = scene.contract(&Code::new().call(NOBODY, 0, 0).store(0));
        scene.say_late(Message::call(touch, 0).price(price_without_tip(fork)));
        scene.say(Message::call(touch, 0).price(price_without_tip(fork)));
        scene.say(Message::pay(others[0], U256::ZERO).price(price_without_tip(fork)));
        let checked = scene.check_without_filling();
        assert_eq!(checked.account(NOBODY), None, "{fork}");
        assert_eq!(checked.account(others[0]), None, "{fork}");
        assert_eq!(checked.account(others[1]), Some(Account::EMPTY), "{fork}");
        let reward = (fork < Fork::Paris).then(|| Account::with_balance(fork.block_reward()));
        assert_eq!(checked.account(others[2]), reward, "{fork}");
    }
}

/// What leaves nothing for the beneficiary: the base fee and no more, or nothing at all.
fn price_without_tip(fork: Fork) -> u128 {
    if fork >= Fork::London { 1_000_000_000 } else { 0 }
}

/// The way around the interpreter gives what the interpreter gives, for recipients of every kind: nobody, an empty
/// account, a precompile, the sender itself, the beneficiary, a contract, a delegating account.
///
/// Guard: `transfer::execute` takes the way around only where the interpreter has nothing to do.
#[test]
fn plain_transfers_to_everybody() {
    for fork in Fork::ALL.into_iter().filter(|fork| *fork <= Fork::Osaka && *fork != Fork::Constantinople) {
        let mut scene = Scene::new(fork);
        let counter = scene.contract(&Code::new().bump(0));
        let owner = scene.poor();
        if fork >= Fork::Prague {
            scene.delegated(&owner, counter);
        }
        let empty = Address::repeat_byte(0xe1);
        if fork < Fork::SpuriousDragon {
            scene.state.set_account(empty, Account::EMPTY);
        }
        let sender = scene.rich();
        let to = [NOBODY, empty, Address::with_last_byte(4), sender.address, scene.header.beneficiary, counter];
        for value in [0, 1, 1_000_000] {
            for to in to.into_iter().chain([owner.address]) {
                scene.send(&sender, Message::pay(to, U256::from(value)).gas(100_000));
            }
        }
        let reader = Code::new().address(sender.address).op(&[op::BALANCE]).store(0);
        let reader = scene.contract(&reader.address(NOBODY).op(&[op::BALANCE]).store(1));
        scene.say(Message::call(reader, 0));
        scene.check();
    }
}
