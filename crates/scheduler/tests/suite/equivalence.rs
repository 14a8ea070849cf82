//! Random blocks: every policy, every number of workers, the outcome of `serial`.

use crate::{
    check::{Case, Verdicts, assert_same},
    mock::{Block, address, blocks, slot},
};
use access_list::{AccessSet, BlockAccessList, StateKey, alloy_eip7928::AccountChanges};
use primitives::{Address, U256};
use proptest::{prelude::*, test_runner::TestRunner};
use scheduler::{Admission, Error, Hint, Policy, WorkerPool};

const WORKERS: [usize; 5] = [1, 2, 3, 8, 32];

/// What is said of a block before it runs.
#[derive(Clone, Debug)]
enum Sets {
    /// What serial execution touches.
    Exact,
    /// The same, of the next transaction each.
    Shifted,
    Random(Vec<AccessSet>),
    /// One more than there are transactions.
    WrongLength,
}

#[derive(Clone, Debug)]
struct Said {
    sets: Sets,
    /// Senders and nonces; none to let the machine say what is true.
    hints: Vec<Hint>,
    verdicts: Verdicts,
    drop_records: bool,
}

fn set() -> impl Strategy<Value = AccessSet> {
    let key = (0..9_u8, 0..7_u8).prop_map(|(of, field)| match field {
        0 => StateKey::Balance(address(of)),
        1 => StateKey::Nonce(address(of)),
        2 => StateKey::Code(address(of)),
        3 => StateKey::Existence(address(of)),
        field => StateKey::Slot(address(of), slot(field - 4)),
    });
    let keys = move || prop::collection::vec(key.clone(), 0..4);
    (keys(), keys(), keys()).prop_map(|(reads, writes, adds)| AccessSet::new(reads, writes, adds))
}

fn said() -> impl Strategy<Value = Said> {
    let sets = prop_oneof![
        4 => Just(Sets::Exact),
        1 => Just(Sets::Shifted),
        4 => prop::collection::vec(set(), 40).prop_map(Sets::Random),
        1 => Just(Sets::WrongLength),
    ];
    let hint = (0..9_u8, 0..4_u64, 0..9_u64).prop_map(|(of, nonce, gas)| Hint {
        sender: Some((address(of), nonce)),
        class: gas % 3,
        gas: gas * 21_000,
    });
    let hints = prop_oneof![3 => Just(vec![]), 1 => prop::collection::vec(hint, 40)];
    let verdict = prop_oneof![
        3 => Just(Admission::Exclude),
        3 => Just(Admission::Include),
        1 => Just(Admission::Stop),
    ];
    let verdicts = prop_oneof![2 => Just(vec![]), 1 => prop::collection::vec((0..20_usize, verdict), 1..5)];
    (sets, hints, verdicts, any::<bool>()).prop_map(|(sets, hints, verdicts, drop_records)| Said {
        sets,
        hints,
        verdicts,
        drop_records,
    })
}

/// Every policy that needs no list.
fn check(block: Block, said: Said, pools: &[WorkerPool]) {
    let len = block.transactions.len();
    let mut case = Case::new(block);
    case.machine = case.machine.with_hints(said.hints);
    case.verdicts = said.verdicts;
    let exact = case.serial().map(|outcome| outcome.sets()).unwrap_or_default();
    case.drop_records = said.drop_records;
    let serial = case.serial();
    let sets = match said.sets {
        Sets::Exact => exact,
        Sets::Shifted => exact.into_iter().skip(1).chain([AccessSet::default()]).collect(),
        Sets::Random(sets) => sets.into_iter().take(len).collect(),
        Sets::WrongLength => vec![AccessSet::default(); len + 1],
    };
    for pool in pools {
        for policy in Policy::ALL.into_iter().filter(|policy| !policy.needs_list() && *policy != Policy::Serial) {
            case.check(&serial, policy, pool, &sets);
        }
    }
}

/// `list_driven`, given the true list, and a list that differs in one place.
fn check_list(block: Block, place: prop::sample::Index, kind: u8, pools: &[WorkerPool]) {
    let len = block.transactions.len();
    let mut case = Case::new(block);
    case.verdicts = (0..len).map(|index| (index, Admission::Include)).collect();
    let Ok(serial) = case.serial() else { return };
    let Some(list) = case.list(&serial) else { return };
    for pool in pools {
        let outcome = case.validate(&list, pool).expect("the list is true");
        assert_same(&serial, &outcome, &format!("list_driven x{}", pool.workers()));
    }
    let Some(lie) = falsified(&list, place, kind) else { return };
    for pool in pools {
        match case.validate(&lie, pool) {
            Err(Error::List(_)) => {}
            other => panic!("list_driven x{}: {other:?}\nlist {list:?}\nlie {lie:?}", pool.workers()),
        }
    }
}

/// The list with one item more, less or otherwise; `None` if that gives no canonical list.
fn falsified(list: &BlockAccessList, place: prop::sample::Index, kind: u8) -> Option<BlockAccessList> {
    let mut accounts = list.accounts().to_vec();
    if kind == 0 || accounts.is_empty() {
        accounts.push(AccountChanges { address: Address::repeat_byte(0xff), ..Default::default() });
    } else {
        let at = place.index(accounts.len());
        let entry = &mut accounts[at];
        match kind {
            1 => _ = accounts.remove(at),
            2 => _ = entry.storage_reads.pop()?,
            3 => entry.storage_reads.push(U256::MAX),
            4 => _ = entry.storage_changes.pop()?,
            5 => entry.storage_changes.first_mut()?.changes.first_mut()?.new_value += U256::ONE,
            6 => _ = entry.balance_changes.pop()?,
            7 => {
                let balance = &mut entry.balance_changes.first_mut()?.post_balance;
                *balance = balance.wrapping_add(U256::ONE);
            }
            8 => entry.nonce_changes.first_mut()?.new_nonce += 1,
            9 => _ = entry.nonce_changes.pop()?,
            _ => _ = entry.code_changes.pop()?,
        }
    }
    BlockAccessList::from_accounts(accounts).ok()
}

fn run<S: Strategy>(cases: u32, strategy: S, check: impl Fn(S::Value, &[WorkerPool])) {
    let pools = WORKERS.map(|workers| WorkerPool::sharing_all(workers).expect("the machine has threads"));
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let result = TestRunner::new(config).run(&strategy, |value| {
        check(value, &pools);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// How many blocks the long form takes: what `PROPTEST_CASES` says, and not less than this.
fn many(cases: u32) -> u32 {
    ProptestConfig::default().cases.max(cases)
}

#[test]
fn random_blocks_are_the_same_under_every_policy() {
    run(4_000, (blocks(0..24), said()), |(block, said), pools| check(block, said, pools));
}

#[test]
fn random_blocks_agree_with_their_list_and_with_no_other() {
    run(4_000, (blocks(0..16), any::<prop::sample::Index>(), 0..11_u8), |(block, place, kind), pools| {
        check_list(block, place, kind, pools);
    });
}

#[test]
fn slow_random_blocks_are_the_same_under_every_policy() {
    run(many(50_000), (blocks(0..40), said()), |(block, said), pools| check(block, said, pools));
}

#[test]
fn slow_random_blocks_agree_with_their_list_and_with_no_other() {
    run(many(50_000), (blocks(0..24), any::<prop::sample::Index>(), 0..11_u8), |(block, place, kind), pools| {
        check_list(block, place, kind, pools);
    });
}
