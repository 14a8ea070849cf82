//! Contracts that go and come back: `SELFDESTRUCT` and `CREATE2` in one block.

use crate::support::{Code, Message, Scene, op};
use primitives::{Account, Address, Bytes, Fork, U256, keccak256};

const HEIR: Address = Address::repeat_byte(0x4e);

/// Counts its slot up; destroys itself if called with one byte.
fn child() -> Code {
    Code::new().on(1, Code::new().destroy(HEIR)).bump(0)
}

fn child_creation() -> Bytes {
    child().deployed_by(Code::new())
}

/// A factory of children, and the address of the child, which does not exist yet.
fn family(scene: &mut Scene) -> (Address, Address) {
    let factory = scene.contract(&Code::new().create2(&child_creation(), 0).store(0));
    (factory, factory.create2([0; 32], keccak256(child_creation())))
}

/// A factory and its child, which has been counting.
fn family_with_child(scene: &mut Scene) -> (Address, Address) {
    let (factory, address) = family(scene);
    scene.install(address, &child(), U256::ZERO);
    scene.state.set_storage(address, U256::ZERO, U256::from(5));
    scene.state.set_storage(address, U256::from(9), U256::from(9));
    (factory, address)
}

/// bor 2290, Nethermind 11424, Erigon: after destruction and creation in one block the account equals what it was, field
/// by field, and its storage is empty. Who compares the account by value and its slots by their writers sees nothing.
///
/// Guard: `AccessRecord` says `wiped`; `Memory::slot` looks for a wipe after the last write; `ListIndex::slot_at` does so
/// by the list; the diff says `wiped`, without which the old slots stay under the storage root.
#[test]
fn destroyed_and_created_again() {
    for fork in [Fork::Constantinople, Fork::Istanbul, Fork::London, Fork::Shanghai] {
        let mut scene = Scene::new(fork);
        let (factory, child) = family_with_child(&mut scene);
        scene.say_late(Message::call(child, 1));
        scene.say(Message::call(factory, 0));
        scene.say(Message::call(child, 0));
        scene.say(Message::call(child, 0));
        let checked = scene.check();
        checked.report_raced();
        assert_eq!(checked.slot(child, 0), 2, "{fork}");
        assert_eq!(checked.state.storage_of(child).count(), 1, "{fork}");
    }
}

/// The same, many times over, with creation that fails because somebody is there already, and destruction at the end.
///
/// Guard: as above; and `Memory::final_slots` leaves out what was written before the last wipe.
#[test]
fn destroyed_and_created_again_many_times() {
    let mut scene = Scene::new(Fork::Shanghai);
    let (factory, child) = family_with_child(&mut scene);
    scene.say_late(Message::call(child, 0));
    for round in 0..5 {
        scene.say(Message::call(child, 1));
        scene.say(Message::call(child, 0));
        scene.say(Message::call(factory, round));
        scene.say(Message::call(factory, round));
        scene.say(Message::call(child, 0).value(U256::from(round)));
    }
    scene.say(Message::call(child, 1));
    let checked = scene.check();
    checked.report_raced();
    assert_eq!(checked.account(child), None);
    assert_eq!(checked.state.storage_of(child).count(), 0);
    assert_eq!(checked.account(HEIR).expect("it was paid").balance, U256::from(10));
}

/// bor 2290: from EIP-6780 on only a contract of the same transaction goes; anything older merely pays out.
///
/// Guard: what is destroyed is read off revm's journal at the end (`record::push`), not off the instruction.
#[test]
fn destruction_since_cancun() {
    let mut scene = Scene::new(Fork::Cancun);
    let (factory, child) = family(&mut scene);
    scene.say_late(Message::call(factory, 0));
    scene.say(Message::call(child, 0).value(U256::from(3)));
    scene.say(Message::call(child, 1));
    scene.say(Message::call(child, 0));
    let flash = Code::new().create2(&child_creation(), 0).op(&[op::POP]);
    let sibling_factory = scene.contract(&Code::new());
    let sibling = sibling_factory.create2([0; 32], keccak256(child_creation()));
    let flash = flash.call(sibling, 2, 0).op(&[op::POP]).call(sibling, 1, 1).store(0);
    scene.install(sibling_factory, &flash, U256::from(9));
    scene.say(Message::call(sibling_factory, 0));
    scene.say(Message::call(sibling_factory, 0));
    let checked = scene.check();
    checked.report_raced();
    assert_eq!(checked.slot(child, 0), 2);
    assert_eq!(checked.account(sibling), None);
    assert_eq!(checked.account(HEIR).expect("it was paid").balance, U256::from(3 + 3 + 3));
}

/// A plain transfer does not look at its recipient. Here the recipient was a contract when the transfer ran ahead.
///
/// Guard: code is always taken as seen (`AccountAccess::agrees_with`), also by the way around the interpreter
/// (`transfer::execute`); `wiped` outlives the transfer in the diff.
#[test]
fn paid_after_its_destruction() {
    let mut scene = Scene::new(Fork::Shanghai);
    let (_, child) = family_with_child(&mut scene);
    // It has no storage: once somebody paid it again, nothing but its code tells that it was gone.
    let bare = scene.contract(&Code::new().on(1, Code::new().destroy(HEIR)).number(7).op(&[op::POP]));
    let end = scene.contract(&Code::new().call(child, 0, 1).op(&[op::POP]).call(bare, 0, 1).op(&[op::POP]));
    scene.say_late(Message::call(end, 0));
    scene.say(Message::pay(bare, U256::from(1)).gas(100_000));
    scene.say(Message::pay(bare, U256::from(2)).gas(100_000));
    scene.say(Message::pay(child, U256::from(3)).gas(100_000));
    scene.say(Message::call(child, 0));
    let checked = scene.check();
    checked.report_raced();
    assert_eq!([1, 2, 3].map(|index| checked.gas(index)), [21_000; 3], "nobody has code any more");
    assert_eq!(checked.account(bare), Some(Account::with_balance(U256::from(3))));
    assert_eq!(checked.account(child), Some(Account::with_balance(U256::from(3))));
    assert_eq!(checked.state.storage_of(child).count(), 0);
}

/// A destruction that is reverted has not happened, whatever it had already done.
///
/// Guard: what is destroyed is read off revm's journal at the end of the transaction (`record::push`).
#[test]
fn reverted_destruction() {
    for fork in [Fork::Byzantium, Fork::Shanghai, Fork::Cancun] {
        let mut scene = Scene::new(fork);
        let (_, child) = family_with_child(&mut scene);
        let regret = scene.contract(&Code::new().call(child, 0, 1).revert());
        let regret = scene.contract(&Code::new().call(regret, 0, 0).store(0).call(child, 0, 0).store(1));
        scene.say_late(Message::call(child, 0).value(U256::from(4)));
        scene.say(Message::call(regret, 0));
        scene.say(Message::call(child, 0));
        let checked = scene.check();
        checked.report_raced();
        assert_eq!(checked.slot(child, 0), 8, "{fork}");
        assert_eq!(checked.account(child).expect("it lives").balance, U256::from(4), "{fork}");
        assert_eq!(checked.account(HEIR), None, "{fork}");
    }
}

/// FISCO-BCOS 5412: whether an address has storage is part of what a creation there has read (EIP-7610).
///
/// Guard: `StateReader::had_only_storage`, asked of the state before the block: nothing in a block gives such an account
/// storage or takes it, so there is no race to lose. revm's own database cannot tell and takes no part.
#[test]
fn creation_over_storage_without_a_contract() {
    for fork in [Fork::Constantinople, Fork::Shanghai, Fork::Osaka] {
        let mut scene = Scene::new(fork);
        let (factory, child) = family(&mut scene);
        scene.state.set_account(child, Account::with_balance(U256::ONE));
        scene.state.set_storage(child, U256::ZERO, U256::from(9));
        scene.say_late(Message::pay(child, U256::from(2)).gas(50_000));
        scene.say(Message::call(factory, 0));
        scene.say(Message::call(child, 0));
        let checked = scene.check_without_revm();
        assert_eq!(checked.slot(child, 0), 9, "{fork}");
        assert_eq!(checked.account(child), Some(Account::with_balance(U256::from(3))), "{fork}");
        assert_eq!(checked.slot(factory, 0), 0, "{fork}");
    }
}
