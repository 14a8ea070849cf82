//! Code that changes hands: EIP-7702.

use crate::support::{Code, Message, Scene, authorization, op};
use primitives::{Address, Fork, U256, keccak256};
use state::StateReader as _;

fn adding(number: u64) -> Code {
    Code::new().load(0).number(number).op(&[op::ADD]).store(0)
}

fn designator_hash(target: Address) -> U256 {
    keccak256([&[0xef, 1, 0], target.as_slice()].concat()).into()
}

/// grevm, block 22546209: an account with storage changes what it delegates to, and keeps its storage.
///
/// Guard: `AccountAccess::agrees_with` compares code hashes; `record::push` calls storage wiped only where an account was
/// destroyed or created, and `removals` of the list tells the end of a delegation from the end of an account.
#[test]
fn redelegation_of_an_account_with_storage() {
    let mut scene = Scene::new(Fork::Prague);
    let (first, second) = (scene.contract(&adding(1)), scene.contract(&adding(10)));
    let owner = scene.poor();
    scene.delegated(&owner, first);
    scene.state.set_storage(owner.address, U256::ZERO, U256::from(7));
    let look = Code::new().address(owner.address).op(&[op::EXTCODEHASH]).store(0);
    let look = scene.contract(&look);
    let anew = scene.authorize(&owner, second);
    scene.say_late(Message::call(owner.address, 0).authorize(anew));
    scene.say(Message::call(owner.address, 0));
    scene.say(Message::call(look, 0));
    let end = scene.authorize(&owner, Address::ZERO);
    scene.say(Message::call(owner.address, 0).authorize(end));
    scene.say(Message::call(owner.address, 0));
    let checked = scene.check();
    checked.report_raced();
    assert_eq!(checked.slot(owner.address, 0), 27);
    assert_eq!(checked.state.storage(look, U256::ZERO), Ok(designator_hash(second)));
    assert!(!checked.account(owner.address).expect("it exists").has_code());
}

/// bor 2264 and 2270: code and code hash of one account were read from two versions in one execution, and the code was
/// then kept under the wrong hash.
///
/// Guard: revm's journal asks for a location once in a transaction; `CodeCache` names code by its hash and by nothing
/// else; `AccountAccess::agrees_with` finds that what was read is not what came before.
#[test]
fn two_looks_at_one_delegation() {
    let mut scene = Scene::new(Fork::Prague);
    let (first, second) = (scene.contract(&adding(1)), scene.contract(&adding(10)));
    let owner = scene.poor();
    scene.delegated(&owner, first);
    let (began, goes_on) = (Address::repeat_byte(0xa1), Address::repeat_byte(0xa2));
    let target = owner.address;
    let look = Code::new().address(target).op(&[op::EXTCODEHASH]).store(0);
    let look = look.address(began).op(&[op::BALANCE, op::POP]).address(goes_on).op(&[op::BALANCE, op::POP]);
    let look = look.number(23).number(0).number(0).address(target).op(&[op::EXTCODECOPY]);
    let look = look.number(23).number(0).op(&[op::KECCAK256]).store(1).call(target, 0, 0).op(&[op::POP]);
    let look = scene.contract(&look);
    let sponsor = scene.rich();
    let anew = scene.authorize(&owner, second);
    scene.send(&sponsor, Message::call(look, 0).gas(60_000).authorize(anew));
    scene.hold(sponsor.address, began);
    scene.say(Message::call(look, 0));
    scene.hold_back(goes_on);
    for _ in 0..4 {
        scene.say(Message::call(target, 0));
    }
    let checked = scene.check();
    checked.report_raced();
    assert_eq!(checked.slot(target, 0), 50);
    let hash = designator_hash(second);
    assert_eq!(checked.state.storage(look, U256::ZERO), Ok(hash));
    assert_eq!(checked.state.storage(look, U256::ONE), Ok(hash));
}

/// bor 2255: the authority is neither sender nor target, so a dependency that is looked for at sender and target only
/// is missed.
///
/// Guard: dependencies are what was read, wherever it was; `AccountAccess::agrees_with` compares code hashes.
#[test]
fn authority_that_is_neither_sender_nor_target() {
    let mut scene = Scene::new(Fork::Prague);
    let counter = scene.contract(&adding(1));
    let idle = scene.contract(&Code::new().op(&[op::STOP]));
    let owner = scene.rich();
    let given = scene.authorize(&owner, counter);
    scene.say_late(Message::call(idle, 1).authorize(given));
    scene.say(Message::call(owner.address, 1));
    let relay = scene.contract(&Code::new().call(owner.address, 0, 0).store(0));
    scene.say(Message::call(relay, 1));
    let checked = scene.check();
    checked.report_raced();
    assert_eq!(checked.slot(owner.address, 0), 2);
}

/// bor 2255: an authorization counts only with the authority's exact nonce, which the authority's own transaction in
/// the same block moves. An authorization that is passed over leaves no other trace than having seen that nonce.
///
/// Guard: `RecordingJournal::load_account_mut_optional_code` notes that the nonce was seen.
#[test]
fn authority_that_sends_a_transaction_in_the_same_block() {
    let mut scene = Scene::new(Fork::Prague);
    let counter = scene.contract(&adding(1));
    let idle = scene.contract(&Code::new().op(&[op::STOP]));
    let owner = scene.rich();
    scene.send(&owner, Message::call(idle, 1));
    scene.hold_back(owner.address);
    // Counts only after the owner's transaction.
    let good = scene.authorize(&owner, counter);
    scene.say(Message::call(idle, 2).authorize(good));
    // Counted before the owner's transaction.
    scene.say(Message::call(idle, 3).authorize(authorization(&owner, idle, 0)));
    scene.say(Message::call(owner.address, 1));
    scene.send(&owner, Message::call(idle, 1));
    let checked = scene.check();
    checked.report_raced();
    assert_eq!(checked.slot(owner.address, 0), 1);
    assert_eq!(checked.account(owner.address).expect("it exists").nonce, 3);
}
