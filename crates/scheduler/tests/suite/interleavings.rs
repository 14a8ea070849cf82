//! Every choice of who goes on at each lock and atomic, or as many as there is time for: small blocks under shuttle.

use crate::{
    check::{Case, assert_same},
    mock::{Block, Op, Transaction, World, address, blocks, slot},
};
use access_list::AccessSet;
use primitives::U256;
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use scheduler::{Admission, Error, Policy, WorkerPool};
use shuttle::{Config, Runner, scheduler::PctScheduler, scheduler::RandomScheduler};
use std::sync::Arc;

const WORKERS: usize = 3;
/// Places at which PCT takes a thread's turn away.
const PCT_DEPTH: usize = 3;
/// Of [`random_blocks`], always the same.
const RANDOM_BLOCKS: usize = 24;

/// A block and what the gate is told to do with it.
#[derive(Clone)]
struct Scene {
    block: Block,
    verdicts: Vec<(usize, Admission)>,
}

/// Runs the scene under schedules of both kinds.
fn explore(schedules: usize, scene: &Scene, body: fn(&Scene)) {
    let mut config = Config::new();
    config.stack_size = 1 << 20;
    config.silence_warnings = true;
    let scene = Arc::new(scene.clone());
    let run = |scene: &Arc<Scene>| {
        let scene = Arc::clone(scene);
        move || body(&scene)
    };
    Runner::new(RandomScheduler::new(schedules.div_ceil(2)), config.clone()).run(run(&scene));
    Runner::new(PctScheduler::new(PCT_DEPTH, schedules / 2), config).run(run(&scene));
}

fn case(scene: &Scene) -> Case {
    let mut case = Case::new(scene.block.clone());
    case.verdicts.clone_from(&scene.verdicts);
    case
}

/// Nothing is known: everything is executed ahead.
fn speculates(scene: &Scene) {
    let case = case(scene);
    let sets = vec![AccessSet::default(); scene.block.transactions.len()];
    let pool = WorkerPool::sharing_all(WORKERS).expect("shuttle has threads");
    case.check(&case.serial(), Policy::Sequence, &pool, &sets);
}

fn optimistic(scene: &Scene) {
    let case = case(scene);
    let pool = WorkerPool::sharing_all(WORKERS).expect("shuttle has threads");
    case.check(&case.serial(), Policy::Optimistic, &pool, &[]);
}

/// The same, cut into chunks.
fn chunks(scene: &Scene) {
    let case = case(scene);
    let pool = WorkerPool::cutting_all(WORKERS).expect("shuttle has threads");
    case.check(&case.serial(), Policy::Optimistic, &pool, &[]);
}

/// Everything is known: whoever waits is woken, and nothing is done twice.
fn plans(scene: &Scene) {
    let case = case(scene);
    let serial = case.serial();
    let sets = serial.as_ref().map(|outcome| outcome.sets()).unwrap_or_default();
    let pool = WorkerPool::sharing_all(WORKERS).expect("shuttle has threads");
    for policy in [Policy::StaticSplit, Policy::DisjointSets, Policy::Sequence] {
        case.check(&serial, policy, &pool, &sets);
    }
}

fn list_driven(scene: &Scene) {
    let mut case = case(scene);
    case.verdicts = (0..scene.block.transactions.len()).map(|index| (index, Admission::Include)).collect();
    case.world.unreadable_accounts.clear();
    case.world.unreadable_slots.clear();
    let serial = case.serial().expect("all can be read");
    // What a list cannot say is executed ahead; shuttle wants something to happen at once in any case.
    let Some(list) = case.list(&serial) else { return speculates(scene) };
    let pool = WorkerPool::sharing_all(WORKERS).expect("shuttle has threads");
    assert_same(&serial, &case.validate(&list, &pool).expect("the list is true"), "list_driven");
    let lie = list.accounts()[1..].to_vec();
    let lie = access_list::BlockAccessList::from_accounts(lie).expect("still in order");
    assert!(matches!(case.validate(&lie, &pool), Err(Error::List(_))), "an account is missing");
}

/// A block of programs: senders 10 and on, one each, unless said otherwise.
fn scene(programs: Vec<(u8, u64, Vec<Op>)>) -> Scene {
    let mut world = World::default();
    for contract in 4..6 {
        world.insert(contract, U256::from(5), Some(contract - 4));
    }
    for sender in 10..15 {
        world.insert(sender, U256::from(20), None);
    }
    let transaction = |(sender, nonce, program)| Transaction { sender, nonce, fee: 1, program, ..Default::default() };
    let transactions = programs.into_iter().map(transaction).collect();
    let block = Block { world, transactions, beneficiary: 9, clears_empty: true };
    Scene { block, verdicts: Vec::new() }
}

fn each(programs: [Vec<Op>; 5]) -> Scene {
    scene((10..).zip(programs).map(|(sender, program)| (sender, 0, program)).collect())
}

/// What the scheduler has to get right, one scene each.
fn scenes() -> Vec<(&'static str, Scene)> {
    use Op::*;
    let mut scenes = vec![
        ("one slot", each([(); 5].map(|()| vec![Add(4, 0, 1)]))),
        (
            "removal between writes",
            each([
                vec![Add(4, 0, 1), Add(4, 1, 1)],
                vec![Destroy(4, 10)],
                vec![Create(4, 1), Write(4, 0, 7)],
                vec![Read(4, 0), Read(4, 1), Touch(4)],
                vec![Add(4, 1, 2), Look(10)],
            ]),
        ),
        (
            "payments and who looks",
            each([
                vec![Pay(10, 8, 15)],
                vec![Pay(8, 11, 10)],
                vec![Look(8), Pay(12, 8, 1)],
                vec![Pay(8, 4, 6), SkipIfOdd(1), Add(4, 0, 1)],
                vec![Look(4), Pay(9, 8, 3)],
            ]),
        ),
        ("nonce chain", scene((0..5).map(|nonce| (10, nonce, vec![Pay(10, 11, 3)])).collect())),
        ("gap in a nonce chain", scene([0, 2, 1, 1, 2].map(|nonce| (10, nonce, vec![Add(4, 0, 1)])).to_vec())),
        (
            "branches",
            each([
                vec![Add(4, 0, 1)],
                vec![Read(4, 0), SkipIfOdd(1), Add(4, 1, 1)],
                vec![Read(4, 1), SkipIfOdd(1), Add(4, 0, 1)],
                vec![Read(4, 0), SkipIfOdd(1), Add(4, 1, 1)],
                vec![Read(4, 1), Read(4, 0), Write(5, 0, 1)],
            ]),
        ),
        (
            "code",
            each([
                vec![Create(8, 1)],
                vec![Touch(8), Add(8, 0, 1)],
                vec![Delegate(13, Some(2)), Add(13, 0, 4)],
                vec![Touch(13), Touch(8)],
                vec![Delegate(13, None), Read(8, 0)],
            ]),
        ),
    ];
    let mut fees = each([vec![Look(9)], vec![Pay(9, 8, 2)], vec![], vec![Pay(10, 9, 1)], vec![Look(9), Touch(9)]]);
    fees.block.beneficiary = 9;
    scenes.push(("fees", fees.clone()));
    fees.block.beneficiary = 12;
    scenes.push(("beneficiary that sends", fees));
    let mut left_out = each([(); 5].map(|()| vec![Add(4, 0, 1), Pay(10, 8, 1)]));
    left_out.verdicts = vec![(1, Admission::Exclude), (3, Admission::Stop)];
    scenes.push(("gate", left_out));
    let mut first_left_out = each([vec![], vec![], vec![Add(4, 1, 1)], vec![Add(4, 1, 1)], vec![Read(4, 1)]]);
    first_left_out.verdicts = vec![(2, Admission::Exclude)];
    scenes.push(("a neighbour that is left out", first_left_out));
    let mut unreadable = each([(); 5].map(|()| vec![Add(4, 1, 1), SkipIfOdd(1), Read(5, 2)]));
    unreadable.block.world.unreadable_slots.insert((address(5), slot(2)));
    scenes.push(("unreadable", unreadable));
    let mut reverts = each([(); 5].map(|()| vec![Add(4, 0, 1), Create(8, 1), SkipIfOdd(1), Destroy(4, 10)]));
    reverts.block.transactions[0].program.push(Revert);
    reverts.block.transactions[3].program.push(Revert);
    scenes.push(("revert", reverts));
    scenes
}

fn random_blocks() -> Vec<Scene> {
    let mut runner = TestRunner::deterministic();
    let mut block = || blocks(5..6).new_tree(&mut runner).expect("it rejects nothing").current();
    (0..RANDOM_BLOCKS).map(|_| Scene { block: block(), verdicts: Vec::new() }).collect()
}

fn explore_all(schedules: usize, body: fn(&Scene)) {
    let scenes = scenes();
    let random = random_blocks();
    let each = schedules.div_ceil(scenes.len() + random.len());
    for (name, scene) in &scenes {
        eprintln!("{name}");
        explore(each, scene, body);
    }
    for scene in &random {
        eprintln!("{:?}", scene.block);
        explore(each, scene, body);
    }
}

#[test]
fn shuttle_speculation() {
    explore_all(20_000, speculates);
}

#[test]
fn shuttle_optimistic() {
    explore_all(10_000, optimistic);
}

#[test]
fn shuttle_chunks() {
    explore_all(10_000, chunks);
}

#[test]
fn shuttle_plans() {
    explore_all(10_000, plans);
}

#[test]
fn shuttle_list_driven() {
    explore_all(5_000, list_driven);
}

#[test]
fn slow_shuttle_speculation() {
    explore_all(1_000_000, speculates);
}

#[test]
fn slow_shuttle_chunks() {
    explore_all(200_000, chunks);
}

#[test]
fn slow_shuttle_plans() {
    explore_all(200_000, plans);
}

#[test]
fn slow_shuttle_list_driven() {
    explore_all(100_000, list_driven);
}
