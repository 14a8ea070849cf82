//! Ether that is there only because of an earlier transaction, or no longer.

use crate::support::{Code, Message, Scene, ether, op};
use executor::{Error, InvalidBlock, Rejection};
use primitives::{Account, Address, Fork, U256};
use state::StateReader as _;

const HEIR: Address = Address::repeat_byte(0x4e);

/// A sender that can pay only after somebody has paid it. Run ahead, its transaction is not even valid. Where the sender
/// has existed before, nothing but its balance tells.
///
/// Guard: a transaction that is found invalid has seen its sender's whole account (`Machine::interpret`,
/// `transfer::execute`), so that it agrees with no other.
#[test]
fn sender_that_is_paid_by_an_earlier_transaction() {
    let forks = [Fork::Homestead, Fork::London, Fork::Osaka];
    for (fork, exists) in forks.into_iter().flat_map(|fork| [(fork, false), (fork, true)]) {
        let mut scene = Scene::new(fork);
        let poor = scene.poor();
        if exists {
            scene.state.set_account(poor.address, Account::with_balance(U256::ONE));
        }
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

/// A sender that could pay before the block, and whose ether an earlier transaction takes: the block is not valid, even
/// where what is left would do for the gas that is used, but not for the gas that may be.
///
/// Guard: `Observations::spending` notes what the sender must own (`AccountAccess::balance_min`).
#[test]
fn sender_that_is_robbed_by_an_earlier_transaction() {
    /// Half of what a call's gas may cost.
    const LEFT: u64 = 1_000_000_000_000_000;
    for (transfer, left) in [(true, 0), (false, 0), (false, LEFT)] {
        let mut scene = Scene::new(Fork::Prague);
        let drain = Code::new().number(0).number(0).number(0).number(0).number(left);
        let drain = drain.op(&[op::SELFBALANCE, op::SUB]).address(HEIR);
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

/// Addresses of new contracts come from the creator's nonce, which an earlier creation moves. Where the creation is
/// reverted and only its address is told, the nonce is as before, and was seen all the same.
///
/// Guard: `CREATE` is noted as having seen the creator's nonce.
#[test]
fn creators_nonce() {
    for fork in [Fork::Homestead, Fork::Shanghai] {
        let mut scene = Scene::new(fork);
        let create = || Code::new().number(0).number(0).number(0).op(&[op::CREATE]);
        let factory = scene.contract(&create().store(0));
        scene.say_late(Message::call(factory, 0));
        scene.say(Message::call(factory, 0));
        scene.say(Message::call(factory, 0));
        let checked = scene.check();
        checked.report_raced();
        assert_eq!(checked.account(factory).expect("it exists").nonce, 4, "{fork}");
    }
    for fork in [Fork::Byzantium, Fork::Shanghai] {
        let mut scene = Scene::new(fork);
        let create = || Code::new().number(0).number(0).number(0).op(&[op::CREATE]);
        let told = create().number(0).op(&[op::MSTORE]).number(32).number(0).op(&[op::REVERT]);
        // A creation that comes to nothing moves the nonce too, and leaves no account that would tell.
        let vain = Code::new().number(op::INVALID.into()).number(0).op(&[op::MSTORE8]);
        let vain = vain.number(1).number(0).number(0).op(&[op::CREATE, op::POP]);
        let factory = scene.contract(&Code::new().on(1, vain).bytes_of(told));
        let look = Code::new().call(factory, 0, 0).op(&[op::POP]).number(32).number(0).number(0);
        let look = scene.contract(&look.op(&[op::RETURNDATACOPY]).number(0).op(&[op::MLOAD]).store(0));
        scene.say_late(Message::call(factory, 1));
        scene.say(Message::call(look, 0));
        let checked = scene.check();
        checked.report_raced();
        let seen = checked.state.storage(look, U256::ZERO).expect("the state is whole");
        assert_eq!(Address::from_word(seen.into()), factory.create(2), "{fork}");
        assert_eq!(checked.account(factory).expect("it exists").nonce, 2, "{fork}");
    }
}
