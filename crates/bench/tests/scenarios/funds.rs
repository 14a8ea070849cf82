//! Ether that is there only because of an earlier transaction, or no longer.

use crate::support::{Code, Message, Scene, ether, op};
use executor::{Error, InvalidBlock, Rejection};
use primitives::{Account, Address, Fork, U256};

const HEIR: Address = Address::repeat_byte(0x4e);

/// A sender that can pay only after somebody has paid it. Run ahead, its transaction is not even valid.
///
/// Guard: a transaction that is found invalid has seen its sender's whole account (`Machine::interpret`,
/// `transfer::execute`), so that it agrees with no other.
#[test]
fn sender_that_is_paid_by_an_earlier_transaction() {
    for fork in [Fork::Homestead, Fork::London, Fork::Osaka] {
        let mut scene = Scene::new(fork);
        let poor = scene.poor();
        let pay = Code::new().number(0).number(0).number(0).number(0).op(&[op::CALLVALUE]).address(poor.address);
        let pay = scene.contract(&pay.number(100_000).op(&[op::CALL]).store(0));
        let counter = scene.contract(&Code::new().bump(0));
        scene.say_late(Message::call(pay, 0).value(ether(1)));
        scene.send(&poor, Message::pay(HEIR, U256::from(5)));
        scene.send(&poor, Message::call(counter, 0));
        scene.send(&poor, Message::pay(HEIR, U256::from(5)));
        let checked = scene.check();
        checked.report_raced();
        assert_eq!(checked.account(HEIR), Some(Account::with_balance(U256::from(10))), "{fork}");
        assert_eq!(checked.slot(counter, 0), 1, "{fork}");
    }
}

/// A sender that could pay before the block, and whose ether an earlier transaction takes: the block is not valid.
///
/// Guard: `Observations::spending` notes what the sender must own (`AccountAccess::balance_min`).
#[test]
fn sender_that_is_robbed_by_an_earlier_transaction() {
    for transfer in [true, false] {
        let mut scene = Scene::new(Fork::Prague);
        let drain = Code::new().number(0).number(0).number(0).number(0).op(&[op::SELFBALANCE]).address(HEIR);
        let drain = scene.contract(&drain.number(100_000).op(&[op::CALL, op::POP]));
        let counter = scene.contract(&Code::new().bump(0));
        let owner = scene.poor();
        scene.delegated(&owner, drain);
        scene.say_late(Message::call(owner.address, 0));
        scene.send(&owner, if transfer { Message::pay(HEIR, U256::ONE) } else { Message::call(counter, 0) });
        let error = scene.refused();
        let Error::Invalid(InvalidBlock::Transaction { index, rejection: Rejection::Invalid(reason) }) = &error else {
            panic!("refused for another reason: {error}")
        };
        assert_eq!(*index, 1);
        assert!(reason.to_string().contains("fund"), "{reason}");
    }
}

/// A contract that has ether for one payment and is asked for two; and one that has ether for none until it is paid.
///
/// Guard: `RecordingJournal::transfer_loaded` notes how much poorer the payer could have been, and that a payment that
/// failed has seen the balance.
#[test]
fn contract_that_can_pay_once() {
    for fork in [Fork::Homestead, Fork::Istanbul, Fork::Osaka] {
        let mut scene = Scene::new(fork);
        let wallet = Code::new().on(1, Code::new().op(&[op::STOP])).call(HEIR, 6, 0).store(0);
        let (once, later) = (scene.contract(&wallet), scene.contract(&wallet));
        scene.install(once, &wallet, U256::from(10));
        scene.install(later, &wallet, U256::from(4));
        scene.say_late(Message::call(once, 0));
        scene.say(Message::call(once, 0));
        scene.say_late(Message::call(later, 1).value(U256::from(5)));
        scene.say(Message::call(later, 0));
        let checked = scene.check();
        checked.report_raced();
        assert_eq!((checked.slot(once, 0), checked.slot(later, 0)), (0, 1), "{fork}");
        assert_eq!(checked.account(HEIR), Some(Account::with_balance(U256::from(12))), "{fork}");
    }
}

/// The same for the endowment of a new contract.
///
/// Guard: `RecordingJournal::create_account_checkpoint` and the notes on `CREATE` and `CREATE2`.
#[test]
fn contract_that_can_endow_once() {
    for fork in [Fork::Constantinople, Fork::Osaka] {
        let mut scene = Scene::new(fork);
        let endow = |init: &[u8]| Code::new().create2(&init.to_vec().into(), 6).store(0);
        let code = endow(&[op::STOP]);
        let factory = scene.contract(&code);
        scene.install(factory, &Code::new().on(1, code).bytes_of(endow(&[op::ADDRESS, op::STOP])), U256::from(10));
        scene.say_late(Message::call(factory, 1));
        scene.say(Message::call(factory, 0));
        let checked = scene.check();
        checked.report_raced();
        assert_eq!(checked.slot(factory, 0), 0, "{fork}");
        assert_eq!(checked.account(factory).expect("it exists").balance, U256::from(4), "{fork}");
    }
}

/// Addresses of new contracts come from the creator's nonce, which an earlier creation moves.
///
/// Guard: `CREATE` is noted as having seen the creator's nonce.
#[test]
fn creators_nonce() {
    for fork in [Fork::Homestead, Fork::Shanghai] {
        let mut scene = Scene::new(fork);
        let create = Code::new().number(0).number(0).number(0).op(&[op::CREATE]).store(0);
        let factory = scene.contract(&create);
        scene.say_late(Message::call(factory, 0));
        scene.say(Message::call(factory, 0));
        scene.say(Message::call(factory, 0));
        let checked = scene.check();
        checked.report_raced();
        assert_eq!(checked.account(factory).expect("it exists").nonce, 4, "{fork}");
    }
}
