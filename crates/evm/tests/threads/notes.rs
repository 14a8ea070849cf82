//! How threads were run: who waited, who ran again and why. Counts, not times.

use crate::{
    contract::{Contract, increment, join, spawn, store},
    support::{CONTRACT, Code, Workers},
};
use access_list::StateKey;
use evm::{Inline, Meeting, ThreadNote, ThreadState};
use primitives::U256;

fn slot(slot: u64) -> Meeting {
    Meeting::State(StateKey::Slot(CONTRACT, U256::from(slot)))
}

/// Runs again, and where each met another.
fn meetings(notes: &[ThreadNote]) -> Vec<(Vec<u64>, Meeting)> {
    notes.iter().filter_map(|note| Some((note.path.clone(), note.vain.as_ref()?.met))).collect()
}

#[test]
fn what_ran_again_is_noted_with_the_location_at_which_it_met_another() {
    let contract = Contract::new(&[1, 2, 3, 4])
        .main(|code| {
            for (id, number) in [(10, 1), (11, 2), (12, 1), (13, 3), (14, 4), (15, 4)] {
                spawn(code, id, number);
            }
            code.push(13).op(0xb2);
        })
        .thread(1, |code| increment(code, 1))
        .thread(2, |code| increment(code, 2))
        .thread(3, |_| {})
        .thread(4, |code| _ = code.push(1).push(3).op(0x5c).op(0x01).push(3).op(0x5d));
    let (result, notes) = contract.notes(&Workers::new(2));
    assert!(result.is_success());
    assert_eq!(
        notes.iter().map(|note| note.path.clone()).collect::<Vec<_>>(),
        (0..6).map(|at| vec![at]).collect::<Vec<_>>()
    );
    assert_eq!(notes.iter().map(|note| note.name.to::<u64>()).collect::<Vec<_>>(), [10, 11, 12, 13, 14, 15]);
    let transient = Meeting::Transient(CONTRACT, U256::from(3));
    assert_eq!(meetings(&notes), [(vec![2], slot(1)), (vec![5], transient)]);
    let withdrawn = &notes[3];
    assert!(withdrawn.withdrawn && withdrawn.gas == 0 && withdrawn.state == ThreadState::Revert && !withdrawn.ahead);
    assert!(
        notes.iter().all(|note| note.withdrawn || (note.ahead && note.state == ThreadState::Return && note.gas > 0))
    );
    assert!(notes.iter().zip(notes.iter().skip(1)).all(|(a, b)| a.spawned < b.spawned && b.spawned < b.settled));
    // One after another nobody runs ahead, and nothing else differs.
    let (serial, quiet) = contract.notes(&Inline);
    assert_eq!(serial, result);
    let as_quiet = |note: &ThreadNote| ThreadNote { ahead: false, vain: None, ..note.clone() };
    assert_eq!(notes.iter().map(as_quiet).collect::<Vec<_>>(), quiet);
}

#[test]
fn threads_of_threads_are_found_by_their_paths() {
    let contract = Contract::new(&[1, 2])
        .main(|code| {
            spawn(code, 1, 1);
            store(code, 9, 9);
            spawn(code, 2, 1);
        })
        .thread(1, |code| {
            code.push(2).push(0).op(0x52);
            for id in [7, 8] {
                code.push(0x20).push(0).push(50_000).push(id).op(0xb0).op(0x50);
            }
            join(code, 7);
        })
        .thread(2, |_| {});
    let (_, notes) = contract.notes(&Workers::new(2));
    let found: Vec<_> = notes.iter().map(|note| (note.path.clone(), note.group)).collect();
    let expected = [(vec![0], 0), (vec![0, 0], 0), (vec![0, 1], 0), (vec![1], 1), (vec![1, 0], 0), (vec![1, 1], 0)];
    assert_eq!(found, expected);
}

#[test]
fn where_nobody_asks_nothing_is_noted() {
    let contract = Contract::new(&[1]).main(|code| spawn(code, 1, 1)).thread(1, |_| {});
    let code = contract.code.finish();
    let environment = crate::support::environment(primitives::Fork::Osaka);
    let before = crate::support::state(&[(CONTRACT, &code)]);
    let (_, notes) = crate::support::execute_noting(&environment, &before, 1 << 20, &Workers::new(2));
    assert_eq!(notes, []);
}

/// The worked example of paper P (its Fig. 5): `Main` of a contract runs `A` and `B`. Where A changes `x` and B `y` they run
/// beside each other; where B asks for what A changes, B alone is run again, and ends with the new value.
#[test]
fn main_runs_a_and_b_which_meet_where_they_share_a_variable() {
    const X: u64 = 1;
    const Y: u64 = 2;
    let main = |b: &dyn Fn(&mut Code)| {
        Contract::new(&[1, 2])
            .main(|code| {
                spawn(code, 1, 1);
                spawn(code, 2, 2);
            })
            .thread(1, |code| increment(code, X))
            .thread(2, b)
    };
    let apart = main(&|code| increment(code, Y));
    let (_, notes) = apart.notes(&Workers::new(2));
    assert!(notes.len() == 2 && notes.iter().all(|note| note.ahead && note.vain.is_none()), "{notes:?}");
    assert_eq!(apart.run().1, [(X, 6), (Y, 1)]);
    let shared = main(&|code| _ = code.push(X).op(0x54).push(Y).op(0x55));
    let (_, notes) = shared.notes(&Workers::new(2));
    assert_eq!(meetings(&notes), [(vec![1], slot(X))]);
    assert_eq!(shared.run().1, [(X, 6), (Y, 6)]);
}

/// What is said of a thread with this name.
type Order<'o> = &'o dyn Fn(&mut Code, u64);

/// Twelve threads that add to one slot, each of which says that it waits for the one before, or does not.
fn adders(order: impl Fn(&mut Code, u64)) -> Contract {
    Contract::new(&[1])
        .main(|code| {
            for id in 1..=12 {
                spawn(code, id, 1);
                code.op(0x50);
                if id > 1 {
                    order(code, id);
                }
            }
        })
        .thread(1, |code| increment(code, 1))
}

/// The example of the documentation: an order saves the runs in vain, all of them, and the gas that nobody paid for.
#[test]
fn an_order_saves_what_would_run_in_vain() {
    let vain = |order: Order<'_>| {
        let (result, notes) = adders(order).notes(&Workers::new(2));
        assert!(result.is_success());
        let runs: Vec<u64> = notes.iter().filter_map(|note| Some(note.vain.as_ref()?.gas)).collect();
        (runs.len(), runs.iter().sum::<u64>(), notes)
    };
    let (runs, gas, _) = vain(&|_, _| {});
    assert!(runs == 11 && gas > 11 * 2_000, "{runs} {gas}");
    let orders: [(&str, Order<'_>); 3] = [
        ("afterw", &|code, id| _ = code.push(1).push(id - 1).push(id).op(0xb3).op(0x50)),
        ("afterr", &|code, id| _ = code.push(1).push(id - 1).push(id).op(0xb4).op(0x50)),
        ("aftera", &|code, id| _ = code.push(id - 1).push(id).op(0xb5).op(0x50)),
    ];
    for (name, order) in orders {
        let (runs, gas, notes) = vain(order);
        assert_eq!((runs, gas), (0, 0), "{name}");
        // The wait is seen: nobody was begun before the one it waits for had ended.
        for (at, note) in notes.iter().enumerate() {
            assert_eq!(note.waits_for, at.checked_sub(1).map(|before| before as u64), "{name}");
            assert!(!note.ahead, "{name}: {note:?}");
        }
    }
}
