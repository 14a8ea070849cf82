//! Threads in frames of every kind, and threads that create, destroy and call back: each scene on several workers, as frames,
//! and against plain calls in the order of the spawns.

use crate::{
    contract::{Contract, create, increment, join, keep, mirror, spawn_with, static_system, store},
    frames,
    support::{CONTRACT, Code, SENDER, Workers, environment, execute, result, sorted, state},
};
use evm::{Execution, Inline};
use primitives::{Address, Fork, U256};
use std::{collections::BTreeMap, sync::atomic::Ordering};

const OTHER: Address = Address::repeat_byte(0x0c);
const HEIR: Address = Address::repeat_byte(0x0d);
const GAS: u64 = 1 << 40;
/// Gas of a thread.
const SLICE: u64 = 1 << 20;

/// Balance and nonce of each account but the sender's that changed, and its slots that did.
type Left = BTreeMap<Address, (U256, u64, BTreeMap<U256, U256>)>;

fn left(execution: &Execution) -> Left {
    let mut left = Left::new();
    for (account, slots) in execution.record.iter().filter(|(account, _)| account.address != SENDER) {
        let changed: BTreeMap<U256, U256> =
            slots.iter().filter(|slot| slot.before != slot.after).map(|slot| (slot.slot, slot.after)).collect();
        if account.is_changed() || !changed.is_empty() {
            let after = account.after.unwrap_or_default();
            left.insert(account.address, (after.balance, after.nonce, changed));
        }
    }
    left
}

/// Runs contracts in every way, which must make no difference, and gives what they leave.
#[track_caller]
fn run(codes: &[(Address, &[u8])]) -> (Execution, Left) {
    let mut environment = environment(Fork::Prague);
    environment.record_operations(true);
    let before = state(codes);
    let serial = execute(&environment, &before, GAS, &Inline);
    assert!(result(&serial).is_success(), "{:?}", result(&serial).status);
    for count in [1, 2, 3, 8] {
        let workers = Workers::new(count);
        let parallel = execute(&environment, &before, GAS, &workers);
        assert!(workers.ran.load(Ordering::Relaxed) > 1, "{count} workers: threads are run at once");
        assert_eq!(serial.outcome, parallel.outcome, "{count} workers");
        assert_eq!(serial.fee, parallel.fee, "{count} workers");
        assert_eq!(sorted(&serial.record), sorted(&parallel.record), "{count} workers");
    }
    assert_eq!(frames::difference(&environment, &before, GAS), None);
    let left = left(&serial);
    (serial, left)
}

/// What the same contracts leave with plain calls, which have no threads to run.
#[track_caller]
fn run_plainly(codes: &[(Address, &[u8])]) -> Left {
    let execution = execute(&environment(Fork::Prague), &state(codes), GAS, &Inline);
    assert!(result(&execution).is_success(), "{:?}", result(&execution).status);
    left(&execution)
}

/// Has functions run, as threads or by plain calls, and keeps how each ended: in slot 100 for the first.
fn have_run(code: &mut Code, functions: &[u64], threads: bool) {
    have_run_with(code, functions, threads, SLICE);
}

fn have_run_with(code: &mut Code, functions: &[u64], threads: bool, gas: u64) {
    for (id, number) in (0..).zip(functions).filter(|_| threads) {
        spawn_with(code, id, *number, gas);
        code.op(0x50);
    }
    for (id, number) in (0..).zip(functions) {
        if threads {
            join(code, id);
        } else {
            code.push(*number).push(0).op(0x52);
            code.push(0).push(0).push(0x20).push(0).push(0).op(0x30).push(gas).op(0xf1);
        }
        keep(code, 100 + id);
    }
}

/// Calls a contract with one word; whether it succeeded is left on the stack, its answer's first word at 0x40.
fn call(code: &mut Code, address: impl FnOnce(&mut Code), word: u64) {
    code.push(word).push(0).op(0x52);
    code.push(0x20).push(0x40).push(0x20).push(0).push(0);
    address(code);
    code.op(0x5a).op(0xf1);
}

fn slots(left: &Left, address: Address) -> Vec<(u64, u64)> {
    let Some((_, _, slots)) = left.get(&address) else { return Vec::new() };
    slots.iter().map(|(slot, value)| (slot.saturating_to(), value.saturating_to())).collect()
}

fn balance(left: &Left, address: Address) -> u64 {
    left.get(&address).map_or(0, |(balance, ..)| balance.saturating_to())
}

/// Code of a library runs as threads on the caller's storage, and the contract calls itself.
#[test]
fn threads_of_a_delegated_frame_run_its_code_on_its_storage() {
    let library = Contract::new(&[1, 2])
        .main(|code| have_run(code, &[1, 2, 1], true))
        .thread(1, |code| increment(code, 1))
        .thread(2, |code| {
            // The caller is the contract, whose address it is: one, added to what the first thread left.
            code.op(0x30).op(0x33).op(0x14).push(1).op(0x54).op(0x01);
            keep(code, 2);
        });
    let contract = Contract::new(&[1]).main(|code| {
        code.push(0).push(0).push(0x20).push(0).push_address(OTHER).op(0x5a).op(0xf4);
        keep(code, 10);
    });
    // Another function of the same number: a thread that ran it would show.
    let contract = contract.thread(1, |code| store(code, 1, 77));
    let codes = (contract.code.finish(), library.code.finish());
    let (_, left) = run(&[(CONTRACT, &codes.0), (OTHER, &codes.1)]);
    assert_eq!(slots(&left, CONTRACT), [(1, 7), (2, 7), (10, 1), (100, 1), (101, 1), (102, 1)]);
    assert!(!left.contains_key(&OTHER), "the library's own storage is untouched");
}

/// An account with a delegation (EIP-7702) runs another's code, its threads too.
#[test]
fn threads_of_a_delegated_account_run_the_code_that_it_names() {
    let code = |threads: bool| {
        Contract::new(&[1, 2, 3])
            .main(|code| have_run(code, &[1, 2, 1, 3], threads))
            .thread(1, |code| increment(code, 1))
            .thread(2, |code| {
                // Its code is a designation of 23 bytes, what runs is longer.
                code.op(0x30).op(0x3b);
                keep(code, 2);
                code.op(0x38);
                keep(code, 3);
            })
            .thread(3, |code| {
                // It calls the account, which runs function 1 of the same code.
                call(code, |code| _ = code.op(0x30), 1);
                keep(code, 4);
            })
            .code
            .finish()
    };
    let designation = [&[0xef, 0x01, 0x00], OTHER.as_slice()].concat();
    let (threads, plain) = (code(true), code(false));
    let (_, left) = run(&[(CONTRACT, &designation), (OTHER, &threads)]);
    let size = threads.len() as u64;
    let expected = [(1, 8), (2, 23), (3, size), (4, 1), (100, 1), (101, 1), (102, 1), (103, 1)];
    assert_eq!(slots(&left, CONTRACT), expected);
    assert!(!left.contains_key(&OTHER));
    let mut plainly = run_plainly(&[(CONTRACT, &designation), (OTHER, &plain)]);
    plainly.get_mut(&CONTRACT).expect("it changed").2.insert(U256::from(3), U256::from(size));
    assert_eq!(left, plainly);
}

/// What is spawned by `STATICCALL` of the system contract may read and may not write, its own calls neither.
#[test]
fn a_thread_that_was_spawned_by_a_static_call_changes_nothing() {
    let contract = Contract::new(&[1, 2, 3])
        .main(|code| {
            for (id, number) in [(0, 1), (1, 2), (2, 3)] {
                static_system(code, "spawn(uint256,uint256,bytes)", &[id, SLICE, 96, 32, number]);
                keep(code, 50 + id);
            }
            // The same functions, and they may write.
            for (id, number) in [(3, 1), (4, 3)] {
                spawn_with(code, id, number, SLICE);
                code.op(0x50);
            }
            for id in 0..5 {
                join(code, id);
                keep(code, 100 + id);
                code.push(0x20).op(0x51);
                keep(code, 200 + id);
            }
        })
        .thread(1, |code| increment(code, 1))
        .thread(2, |code| _ = code.push(1).op(0x54).push(0).op(0x52).push(0x20).push(0).op(0xf3))
        .thread(3, |code| {
            call(code, |code| _ = code.op(0x30), 1);
            code.push(0).op(0x52).push(0x20).push(0).op(0xf3);
        });
    let code = contract.code.finish();
    let (_, left) = run(&[(CONTRACT, &code)]);
    let spawned = [(50, 1), (51, 1), (52, 1)];
    // The first is stopped, the third sees its call fail. What a thread returns stays in memory until the next one.
    let ends = [(101, 1), (102, 1), (103, 1), (104, 1)];
    let all = slots(&left, CONTRACT);
    assert_eq!(all[0], (1, 7), "the two that may write have");
    assert!(spawned.iter().chain(&ends).all(|expected| all.contains(expected)), "{all:?}");
    assert!(!all.iter().any(|(slot, _)| *slot == 100), "failed: {all:?}");
    assert_eq!(all.iter().find(|(slot, _)| *slot == 201), Some(&(201, 5)), "the slot as it was at the spawn");
    assert!(!all.iter().any(|(slot, _)| *slot == 202), "the call inside failed: {all:?}");
}

/// An old contract that destroys itself in a thread gives its balance away and lives on (EIP-6780); what is run after it
/// finds nothing to give.
#[test]
fn a_thread_that_destroys_its_contract_gives_the_balance_away() {
    let code = |threads: bool| {
        Contract::new(&[1, 2, 3])
            .main(|code| {
                have_run(code, &[2, 3, 1, 2, 3, 1], threads);
                code.op(0x47);
                keep(code, 60);
            })
            .thread(1, |code| _ = code.push_address(HEIR).op(0xff))
            .thread(2, |code| {
                // What there is, added to ten times what was there before.
                code.op(0x47).push(3).op(0x54).push(10).op(0x02).op(0x01);
                keep(code, 3);
            })
            .thread(3, |code| {
                // Pays 7 wei if there are as many, and counts whether it could.
                code.push(0).push(0).push(0).push(0).push(7).push_address(OTHER).push(0).op(0xf1);
                code.push(4).op(0x54).op(0x01);
                keep(code, 4);
            })
            .code
            .finish()
    };
    let (threads, plain) = (code(true), code(false));
    let (_, left) = run(&[(CONTRACT, &threads)]);
    assert_eq!(slots(&left, CONTRACT)[..2], [(3, 10_000), (4, 1)]);
    assert_eq!((balance(&left, HEIR), balance(&left, OTHER)), (993, 7));
    assert_eq!(left, run_plainly(&[(CONTRACT, &plain)]));
}

/// A contract that was made in this transaction and destroys itself in a thread is gone at its end, and until then runs on.
#[test]
fn a_new_contract_that_a_thread_destroys_is_gone_at_the_end() {
    let child = |threads: bool| {
        Contract::new(&[1, 2, 3])
            .main(|code| {
                have_run(code, &[1, 2, 1, 3], threads);
                code.push(1).op(0x54).push(0).op(0x52).push(0x20).push(0).op(0xf3);
            })
            .thread(1, |code| increment(code, 1))
            .thread(2, |code| _ = code.push_address(HEIR).op(0xff))
            .thread(3, |code| {
                // The code is still there, the balance is not.
                code.op(0x30).op(0x3b).op(0x15).op(0x47).op(0x01);
                code.push(1).op(0x54).op(0x01).push(1).op(0x55);
            })
            .code
            .finish()
    };
    let code = |threads: bool| {
        Contract::new(&[])
            .main(|code| {
                create(code, 0x400, &child(threads), 9);
                code.push(0x300).op(0x52);
                call(code, |code| _ = code.push(0x300).op(0x51), 0);
                keep(code, 10);
                code.push(0x40).op(0x51);
                keep(code, 11);
            })
            .code
            .finish()
    };
    let (threads, plain) = (code(true), code(false));
    let (_, left) = run(&[(CONTRACT, &threads)]);
    assert_eq!(slots(&left, CONTRACT), [(10, 1), (11, 2)]);
    assert_eq!(balance(&left, HEIR), 9);
    assert_eq!(left.len(), 2, "nothing is left of the child: {left:?}");
    assert_eq!(left, run_plainly(&[(CONTRACT, &plain)]));
}

/// Threads that create contracts meet at the creator's nonce; each address is that of serial order, and later threads call
/// and destroy what earlier ones have made.
#[test]
fn threads_that_create_take_the_nonces_of_serial_order() {
    let child = Contract::new(&[1])
        .main(|code| increment(code, 1))
        .thread(1, |code| _ = code.push_address(HEIR).op(0xff))
        .code
        .finish();
    let code = |threads: bool| {
        Contract::new(&[1, 2, 3])
            .main(|code| have_run(code, &[1, 2, 1, 3, 1, 2], threads))
            .thread(1, |code| {
                create(code, 0x400, &child, 5);
                // Its address goes where the last one's is, which goes one further.
                code.push(2).op(0x54);
                keep(code, 3);
                keep(code, 2);
            })
            .thread(2, |code| {
                call(code, |code| _ = code.push(2).op(0x54), 0);
                keep(code, 4);
            })
            .thread(3, |code| {
                call(code, |code| _ = code.push(2).op(0x54), 1);
                keep(code, 5);
            })
            .code
            .finish()
    };
    let (threads, plain) = (code(true), code(false));
    let (_, left) = run(&[(CONTRACT, &threads)]);
    let children: Vec<Address> = (1..4).map(|nonce| CONTRACT.create(nonce)).collect();
    let counts: Vec<_> = children.iter().map(|child| (balance(&left, *child), slots(&left, *child))).collect();
    // The second was destroyed by the transaction that made it.
    assert_eq!(counts, [(5, vec![(1, 1), (9, 1)]), (0, vec![]), (5, vec![(1, 1), (9, 1)])]);
    assert_eq!(balance(&left, HEIR), 5);
    assert_eq!(left, run_plainly(&[(CONTRACT, &plain)]));
}

/// A thread that comes back to its contract by way of another one finds it as it is at its turn.
#[test]
fn threads_come_back_by_way_of_another_contract() {
    let code = |threads: bool| {
        Contract::new(&[1, 2, 3])
            .main(|code| have_run(code, &[1, 2, 1, 1], threads))
            .thread(1, |code| {
                increment(code, 1);
                // The other one calls function 3, which has threads of its own.
                call(code, |code| _ = code.push_address(OTHER), 3);
                code.push(0x40).op(0x51).op(0x01).push(4).op(0x54).op(0x01);
                keep(code, 4);
            })
            .thread(2, |code| increment(code, 1))
            .thread(3, |code| {
                // Twice what is there, and two more.
                code.push(2).push(1).op(0x54).op(0x02).push(1).op(0x55);
                have_run_with(code, &[2, 2], threads, SLICE / 8);
            })
            .code
            .finish()
    };
    let (threads, plain, mirror) = (code(true), code(false), mirror());
    let (_, left) = run(&[(CONTRACT, &threads), (OTHER, &mirror)]);
    let after = |before: u64| (before + 1) * 2 + 2;
    let expected = after(after(after(5) + 1));
    let found = [(1, expected), (4, 6), (100, 1), (101, 1), (102, 1), (103, 1)];
    assert_eq!(slots(&left, CONTRACT), found);
    assert_eq!(left, run_plainly(&[(CONTRACT, &plain), (OTHER, &mirror)]));
}

/// Each thread comes back to the function that spawned it, by way of another contract: levels are counted all the same.
#[test]
fn coming_back_does_not_get_around_the_levels() {
    let contract = Contract::new(&[1])
        .main(|code| {
            for id in [1, 2] {
                code.push(1).push(0).op(0x52).push(0x20).push(0).push(2).op(0x5a).op(0x04).push(id).op(0xb0);
                code.push(0x600 + 0x20 * id).op(0x52);
            }
            // A name that nobody has: it settles, and the reads below see what the threads have written.
            join(code, 9);
            code.op(0x50);
            for id in [1, 2] {
                code.push(0x600 + 0x20 * id).op(0x51).push(2).op(0x54).op(0x01);
                keep(code, 2);
            }
        })
        .thread(1, |code| {
            call(code, |code| _ = code.push_address(OTHER), 0);
            code.op(0x50);
        });
    let (code, mirror) = (contract.code.finish(), mirror());
    let (_, left) = run(&[(CONTRACT, &code), (OTHER, &mirror)]);
    // A pair at each level: the second is refused nowhere but where the first is.
    assert_eq!(slots(&left, CONTRACT), [(2, 510)]);
}

/// A frame at depth 1,024 can call nobody, and spawn nobody; the one around it can do both.
#[test]
fn the_deepest_frame_has_no_threads() {
    let mut code = Code::default();
    let (deepest, thread, end) = (code.label(), code.label(), code.label());
    code.push(7).push(0).op(0x35).op(0x14).push_label(thread).op(0x57);
    // Deeper, until that fails.
    code.push(0).push(0).push(0).push(0).push(0).op(0x30).op(0x5a).op(0xf1).op(0x15).push_label(deepest).op(0x57);
    // The first that could: its thread runs at depth 1,024, where it can spawn nobody.
    code.push(3).op(0x54).push_label(end).op(0x57);
    spawn_with(&mut code, 1, 7, 1_000_000);
    spawn_with(&mut code, 2, 7, 1_000_000);
    code.op(0x01).push(10).op(0x01);
    keep(&mut code, 3);
    join(&mut code, 1);
    keep(&mut code, 4);
    code.place(end).op(0x00);
    code.place(deepest);
    spawn_with(&mut code, 1, 7, 1_000);
    code.push(10).op(0x01);
    keep(&mut code, 2);
    code.op(0x00).place(thread);
    spawn_with(&mut code, 1, 7, 1_000);
    code.push(10).op(0x01).push(5).op(0x54).op(0x01);
    keep(&mut code, 5);
    code.op(0x00);
    let (environment, before) = (environment(Fork::Prague), state(&[(CONTRACT, &code.finish())]));
    // A 64th stays behind in each frame: of this much the last one has enough.
    let gas = 1 << 60;
    let serial = execute(&environment, &before, gas, &Inline);
    assert!(result(&serial).is_success(), "{:?}", result(&serial).status);
    let refused = 10;
    assert_eq!(slots(&left(&serial), CONTRACT), [(2, refused), (3, 12), (4, 1), (5, 2 * refused)]);
    for count in [1, 2, 3, 8] {
        let parallel = execute(&environment, &before, gas, &Workers::new(count));
        assert_eq!(serial.outcome, parallel.outcome, "{count} workers");
        assert_eq!(sorted(&serial.record), sorted(&parallel.record), "{count} workers");
    }
    assert_eq!(frames::difference(&environment, &before, gas), None);
}
