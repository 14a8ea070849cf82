//! What depends on the place in the block: nonces, gas and blobs that are left, conflicts on one slot.

use crate::support::{Case, Code, Engines, Message, Scene, assert_same, op};
use executor::{Error, InvalidBlock, Rejection};
use primitives::{Fork, U256};

fn rejection(error: Error) -> (usize, Rejection) {
    match error {
        Error::Invalid(InvalidBlock::Transaction { index, rejection }) => (index, rejection),
        error => panic!("refused for another reason: {error}"),
    }
}

/// pevm: a nonce that is too high is taken for one that will fit once earlier transactions are done, and the block is
/// executed for ever.
///
/// Guard: at the head of the order nothing is assumed of nonces (`View::position`), so the transaction is judged there.
#[test]
fn nonces_that_never_fit_end_with_a_verdict() {
    for nonce in [0, 1, 3, 7, u64::MAX] {
        let mut scene = Scene::new(Fork::Osaka);
        let counter = scene.contract(&Code::new().bump(0));
        let sender = scene.rich();
        scene.say_late(Message::call(counter, 0));
        scene.send(&sender, Message::call(counter, 0));
        scene.send(&sender, Message::call(counter, 0));
        scene.send_with_nonce(&sender, nonce, Message::call(counter, 0));
        scene.send(&sender, Message::call(counter, 0));
        let (index, rejection) = rejection(scene.refused());
        assert_eq!(index, 3, "nonce {nonce}: {rejection}");
        assert!(rejection.to_string().contains("nonce"), "{rejection}");
    }
}

/// A chain of nonces whose links fail, each in its own way, depending on what an earlier transaction did: the nonce
/// goes up all the same.
///
/// Guard: an assumed nonce (`View::position`) is compared at commit like everything else (`Observed::nonce`).
#[test]
fn nonce_chain_with_failures_in_the_middle() {
    for fork in [Fork::Byzantium, Fork::London, Fork::Osaka] {
        let mut scene = Scene::new(fork);
        let switch = scene.contract(&Code::new().number(1).store(0));
        let ask = |then: Code| {
            let asked = Code::new().number(32).number(0).number(0).number(0).number(0).address(switch);
            asked.number(50_000).op(&[op::CALL, op::POP]).number(0).op(&[op::MLOAD]).if_set(then).bump(0)
        };
        let answer = Code::new().load(0).number(0).op(&[op::MSTORE]).number(32).number(0).op(&[op::RETURN]);
        scene.install(switch, &Code::new().on(1, Code::new().number(1).store(0)).bytes_of(answer), U256::ZERO);
        let reverts = scene.contract(&ask(Code::new().revert()));
        let stops = scene.contract(&ask(Code::new().op(&[op::INVALID])));
        let goes = scene.contract(&ask(Code::new()));
        let sender = scene.rich();
        scene.say_late(Message::call(switch, 1));
        for to in [goes, reverts, stops, goes, reverts, goes] {
            scene.send(&sender, Message::call(to, 0));
        }
        scene.send(&sender, Message::create(Code::new().op(&[op::INVALID]).bytes()));
        scene.send(&sender, Message::pay(sender.address, U256::ONE));
        scene.send(&sender, Message::call(goes, 0));
        let checked = scene.check();
        checked.report_raced();
        assert_eq!(checked.account(sender.address).expect("it exists").nonce, 9, "{fork}");
        let counts = [goes, reverts, stops].map(|contract| checked.slot(contract, 0));
        assert_eq!(counts, [4, 0, 0], "{fork}");
    }
}

/// The block has no room for the gas limit of a transaction. How much room there is depends on what the ones before
/// really used, which depends on the ones before them.
///
/// Guard: `BlockGate` judges in block order, on exact results.
#[test]
fn block_without_gas_for_all() {
    let block = |gas_limit| {
        let mut scene = Scene::new(Fork::Osaka);
        scene.header.gas_limit = gas_limit;
        let counter = scene.contract(&Code::new().bump(0));
        scene.say_late(Message::call(counter, 0));
        for _ in 0..8 {
            scene.say(Message::call(counter, 0));
        }
        scene
    };
    let (index, error) = rejection(block(1_150_000).refused());
    let Rejection::GasLimit { limit: 1_000_000, left } = error else { panic!("{error}") };
    assert!(index > 3 && left < 1_000_000, "{index}: {left}");
    // A wei of gas decides.
    let exact = 1_150_000 + (1_000_000 - left);
    assert_eq!(rejection(block(exact - 1).refused()).0, index);
    assert!(rejection(block(exact).refused()).0 > index);
    block(60_000_000).check();
}

/// The block has no room for the blobs of a transaction.
///
/// Guard: `BlockGate` counts blobs in block order.
#[test]
fn block_without_room_for_all_blobs() {
    for (fork, counts, refused) in
        [(Fork::Cancun, &[3, 2, 1, 1][..], 3), (Fork::Prague, &[6, 3, 1], 2), (Fork::Osaka, &[6, 2, 2], 2)]
    {
        let mut scene = Scene::new(fork);
        let counter = scene.contract(&Code::new().bump(0));
        scene.say_late(Message::call(counter, 0));
        for count in counts {
            scene.say(Message::call(counter, 0).blobs(*count));
        }
        let (index, rejection) = rejection(scene.refused());
        assert_eq!(index, refused + 1, "{fork}: {rejection}");
        assert!(matches!(rejection, Rejection::Blobs { .. }), "{fork}: {rejection}");
    }
}

/// sei 1430, 1446, 1776: conflicting transactions fail or diverge; 1944: what is told of an execution is not what
/// happened. Every outcome and every record is compared, not only the state.
///
/// Guard: `Speculation::make_exact` compares every slot by value, and executes again on the serial state at the head.
#[test]
fn everybody_writes_one_slot() {
    let mut scene = Scene::new(Fork::Osaka);
    let counter =
        scene.contract(&Code::new().bump(0).load(0).number(0).op(&[op::MSTORE, op::MSIZE, op::PUSH1, 0, op::LOG0]));
    scene.say_late(Message::call(counter, 0));
    for _ in 0..200 {
        scene.say(Message::call(counter, 0));
    }
    let checked = scene.check();
    checked.report_raced();
    assert_eq!(checked.slot(counter, 0), 201);
}

/// Two contracts that each copy from the other, in turns: every transaction invalidates the next.
///
/// Guard: as above; and no transaction runs more than twice in vain, whatever the schedule.
#[test]
fn pairs_that_invalidate_each_other() {
    let mut scene = Scene::new(Fork::Osaka);
    let store = Code::new().on(1, Code::new().load(0).store(1).bump(1)).load(1).store(0).bump(0);
    let contract = scene.contract(&store);
    scene.say_late(Message::call(contract, 0));
    for turn in 0..120 {
        scene.say(Message::call(contract, turn % 2));
    }
    let checked = scene.check();
    checked.report_raced();
    assert_eq!(checked.slot(contract, 0) + checked.slot(contract, 1), 119 + 120);
}

/// Aptos 2023: a result that depends on the run. The same block, many times.
///
/// Guard: the law of every policy; nothing of a result is in the order of a hash map or of a schedule.
#[test]
fn the_same_every_time() {
    use bench::workload::{Generator as _, RandomBlock, Settings};
    let case = Case::from(RandomBlock { transactions: 60, invalid: false }.build(Settings::new(4)));
    let engines = Engines::new();
    let (prepared, state) = (case.prepared(), &case.state);
    let first = engines.serial(&prepared, state).expect("a valid block");
    for _ in 0..15 {
        let serial = engines.serial(&prepared, state).expect("a valid block");
        assert_same(&first, &serial.execution, state, "again");
        engines.check(&case.name, &prepared, state, &first);
    }
}
