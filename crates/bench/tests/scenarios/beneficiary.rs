//! Whoever gets the fees, and is anybody else besides. Fees are kept apart from the account until something reads it.

use crate::support::{Code, Message, Scene, op};
use primitives::{Account, Address, Fork, U256, keccak256};

const HEIR: Address = Address::repeat_byte(0x4e);

fn reader_of_beneficiary() -> Code {
    Code::new().op(&[op::COINBASE, op::BALANCE]).store(0)
}

/// Nethermind 9803: fees that were collected beside the account are lost or doubled when the account destroys itself.
/// What was collected goes to the heir, the fee of the very transaction goes nowhere, and later fees found a new
/// account.
///
/// Guard: `Machine::interpret` pays no fee if the beneficiary destroyed itself; `Fees::committed` forgets what was
/// collected once a transaction has written the account; `SELFDESTRUCT` sees the balance.
#[test]
fn beneficiary_that_destroys_itself() {
    for fork in [Fork::Frontier, Fork::Byzantium, Fork::Istanbul, Fork::Shanghai, Fork::Cancun] {
        let mut scene = Scene::new(fork);
        let contract = Code::new().on(1, Code::new().destroy(HEIR)).bump(0);
        let beneficiary = scene.header.beneficiary;
        scene.install(beneficiary, &contract, U256::from(100));
        scene.state.set_storage(beneficiary, U256::ZERO, U256::from(5));
        let reader = scene.contract(&reader_of_beneficiary());
        scene.say_late(Message::call(reader, 0));
        scene.say(Message::call(reader, 0));
        scene.say(Message::call(beneficiary, 1));
        scene.say(Message::call(reader, 0));
        scene.say(Message::call(beneficiary, 0).value(U256::from(3)));
        scene.say(Message::call(beneficiary, 1));
        scene.say(Message::pay(beneficiary, U256::from(3)).gas(100_000));
        let checked = scene.check();
        checked.report_raced();
        assert!(checked.account(HEIR).expect("it inherits").balance > U256::from(100), "{fork}");
    }
}

/// The same with a beneficiary that is created and destroyed within one transaction, the only way left since Cancun.
///
/// Guard: as above.
#[test]
fn beneficiary_that_lives_for_one_transaction() {
    for fork in [Fork::Constantinople, Fork::Shanghai, Fork::Cancun, Fork::Osaka] {
        let mut scene = Scene::new(fork);
        let init = Code::new().destroy(HEIR).bytes();
        let factory = scene.contract(&Code::new().create2(&init, 0).store(0));
        scene.header.beneficiary = factory.create2([0; 32], keccak256(&init));
        let reader = scene.contract(&reader_of_beneficiary());
        scene.say_late(Message::call(reader, 0));
        scene.say(Message::call(factory, 0));
        scene.say(Message::call(reader, 0));
        scene.say(Message::call(factory, 0));
        scene.say(Message::call(reader, 0));
        let checked = scene.check();
        checked.report_raced();
        assert!(checked.account(HEIR).expect("it inherits").balance > U256::ZERO, "{fork}");
    }
}

/// A beneficiary whose balance is read in the middle of the block, who pays out of fees of this very block, and who is
/// paid.
///
/// Guard: `View::actual` adds the fees so far; `Speculation::make_exact` compares the beneficiary's account although no
/// transaction wrote it; `BALANCE` and `SELFBALANCE` are noted as having seen the balance.
#[test]
fn beneficiary_that_reads_pays_and_is_paid() {
    for fork in [Fork::Homestead, Fork::Istanbul, Fork::London, Fork::Osaka] {
        let mut scene = Scene::new(fork);
        let beneficiary = scene.poor();
        scene.header.beneficiary = beneficiary.address;
        let reader = scene.contract(&reader_of_beneficiary());
        let dear = 1_000_000_000_000;
        scene.say_late(Message::call(reader, 0).price(dear));
        scene.send(&beneficiary, Message::pay(HEIR, U256::ONE));
        scene.say(Message::call(reader, 0));
        scene.say(Message::pay(beneficiary.address, U256::from(7)));
        scene.send(&beneficiary, Message::call(reader, 1).gas(30_000));
        scene.say(Message::call(reader, 0));
        let checked = scene.check();
        checked.report_raced();
        assert_eq!(checked.account(beneficiary.address).expect("it exists").nonce, 2, "{fork}");
    }
}

/// A contract that spends its own fees.
///
/// Guard: as above; a payment notes how much the payer could have been poorer.
#[test]
fn beneficiary_that_is_a_contract() {
    for fork in [Fork::Istanbul, Fork::Osaka] {
        let mut scene = Scene::new(fork);
        let beneficiary = scene.header.beneficiary;
        let spend = Code::new().op(&[op::SELFBALANCE]).store(0).call(HEIR, 1_000_000_000, 0).store(1);
        scene.install(beneficiary, &spend, U256::ZERO);
        scene.say(Message::call(beneficiary, 0));
        scene.say_late(Message::call(HEIR, 4));
        scene.say(Message::call(beneficiary, 0));
        scene.say(Message::call(beneficiary, 0));
        let checked = scene.check();
        checked.report_raced();
        assert_eq!(checked.account(HEIR), Some(Account::with_balance(U256::from(2_000_000_000_u64))), "{fork}");
    }
}

/// Before EIP-161 a fee of nothing makes the beneficiary exist.
///
/// Guard: `credit` and the list's `Fees::pay` make no difference between a fee of nothing and another before EIP-161;
/// no fee at all (`None`) is something else.
#[test]
fn beneficiary_of_nothing() {
    for (fork, expected) in [(Fork::Homestead, Some(Account::EMPTY)), (Fork::SpuriousDragon, None)] {
        let mut scene = Scene::new(fork);
        let beneficiary = scene.header.beneficiary;
        let touch = scene.contract(&Code::new().call(beneficiary, 0, 0).store(0));
        let early = scene.contract(&Code::new().number(1).store(0));
        scene.say_late(Message::call(early, 0).price(0));
        scene.say(Message::call(touch, 0).price(0));
        let checked = scene.check_without_filling();
        let reward = fork.block_reward();
        assert_eq!(checked.account(beneficiary), Some(Account::with_balance(reward)), "{fork}");
        assert_eq!(checked.serial.traces.len(), 2, "{fork}");
        let found = checked.serial.traces[1].as_ref().expect("included").accounts.iter();
        let found = found.clone().find(|(address, ..)| *address == beneficiary).expect("it was called");
        assert_eq!(found.1, expected, "{fork}");
    }
}
