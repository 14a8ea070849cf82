//! Input that is none, and contracts that mean harm: a defined end for each, in bounded time.

use crate::{
    contract::{Contract, LIMIT, increment, join, keep, spawn, store, system},
    support::{CONTRACT, Code, Workers, environment, execute, execute_noting, result, state},
};
use evm::{ForkJoin, HaltReason, Inline, Status, TransactionResult};
use primitives::{Address, Fork};
use std::time::{Duration, Instant};

const INSTRUCTIONS: [(u8, usize); 13] = [
    (0xb0, 4),
    (0xb1, 2),
    (0xb2, 1),
    (0xb3, 3),
    (0xb4, 3),
    (0xb5, 2),
    (0xb6, 1),
    (0xb7, 1),
    (0xb8, 1),
    (0xb9, 2),
    (0xba, 2),
    (0xbc, 0),
    (0xbd, 3),
];

#[test]
fn operands_that_are_not_there_stop_the_frame() {
    for (byte, operands) in INSTRUCTIONS {
        for there in 0..operands {
            let (result, _) = Contract::new(&[])
                .main(|code| {
                    (0..there).for_each(|_| _ = code.op(0x5f));
                    code.op(byte);
                })
                .run();
            assert_eq!(result.status, Status::Halt(HaltReason::StackUnderflow), "{byte:#x} with {there}");
        }
    }
}

#[test]
fn a_full_stack_has_room_for_an_answer_only_where_operands_were() {
    for byte in [0xbb, 0xbc] {
        let (result, _) = Contract::new(&[])
            .main(|code| {
                (0..1024).for_each(|_| _ = code.op(0x5f));
                code.op(byte);
            })
            .run();
        assert_eq!(result.status, Status::Halt(HaltReason::StackOverflow), "{byte:#x}");
    }
}

#[test]
fn operands_beyond_all_bounds_are_refused_or_run_out_of_gas() {
    // Everything at its greatest, and the greatest sizes with small names.
    for (byte, operands) in INSTRUCTIONS {
        for small in 0..=operands {
            let (result, _) = Contract::new(&[])
                .main(|code| {
                    for at in 0..operands {
                        if at < operands - small {
                            code.op(0x5f).op(0x19);
                        } else {
                            code.push(1);
                        }
                    }
                    code.op(byte);
                })
                .run();
            let is_defined = match &result.status {
                Status::Success | Status::Revert => true,
                Status::Halt(reason) => matches!(reason, HaltReason::OutOfGas(_)),
            };
            assert!(is_defined, "{byte:#x} {small}: {:?}", result.status);
        }
    }
}

/// A thread's name means nothing in another frame: not in one that is called, not in a thread, not in a later frame that is
/// as deep.
#[test]
fn names_of_other_frames_are_unknown() {
    let commands = |code: &mut Code| {
        // A digit for each: sleep, withdraw, wait, join.
        code.push(1).push(7).op(0xb1);
        code.push(7).op(0xb2);
        code.push(7).push(7).op(0xb5);
        join(code, 7);
        for _ in 0..3 {
            code.push(10).op(0x02).op(0x01);
        }
    };
    let call = |code: &mut Code, number: u64| {
        code.push(number).push(0).op(0x52);
        code.push(0).push(0).push(0x20).push(0).push(0).push_address(CONTRACT).op(0x5a).op(0xf1).op(0x50);
    };
    let (result, slots) = Contract::new(&[1, 2, 3])
        .main(|code| {
            spawn(code, 7, 1);
            code.op(0x50);
            call(code, 2);
            // One that leaves a thread behind, and then another as deep.
            call(code, 3);
            call(code, 2);
            spawn(code, 8, 2);
            code.op(0x50);
            join(code, 8);
            code.op(0x50);
            join(code, 7);
            keep(code, 20);
        })
        .thread(1, |code| increment(code, 1))
        .thread(2, |code| {
            commands(code);
            // Added up, so that each of the three frames is seen.
            code.push(12).op(0x54).op(0x01);
            keep(code, 12);
        })
        .thread(3, |code| {
            spawn(code, 7, 1);
            code.op(0xfe);
        })
        .run();
    assert!(result.is_success(), "{result:?}");
    // Three frames, a digit for each answer.
    let sum = slots.iter().find(|(slot, _)| *slot == 12).expect("it was written").1;
    assert_eq!(sum, 3 * 3000, "the join says that there is no such thread, the others are refused");
    assert_eq!(slots.iter().find(|(slot, _)| *slot == 20), Some(&(20, 1)), "the frame's own thread is still there");
}

#[test]
fn names_that_collide_are_refused_whatever_they_are() {
    let (_, slots) = Contract::new(&[1])
        .main(|code| {
            for (at, id) in [0, u64::MAX, 0, u64::MAX].into_iter().enumerate() {
                spawn(code, id, 1);
                code.push(0x300 + 0x20 * at as u64).op(0x52);
            }
            for at in 0..4 {
                code.push(0x300 + 0x20 * at).op(0x51);
                keep(code, 10 + at);
            }
        })
        .thread(1, |_| {})
        .run();
    assert_eq!(slots, [(10, 1), (11, 1), (12, 0), (13, 0)]);
}

/// Call data of every length and some of every shape: the call fails or does what it says, and nothing else happens.
#[test]
fn malformed_calls_of_the_system_contract_are_refused() {
    for signature in
        ["spawn(uint256,uint256,bytes)", "join(uint256)", "afterw(uint256,uint256,uint256)", "wtr(uint256,uint256)"]
    {
        for words in [&[][..], &[1], &[1, 2], &[1, 2, 3], &[1, 2, u64::MAX], &[1, 2, 96, u64::MAX], &[1, 2, 0]] {
            let (result, _) = Contract::new(&[])
                .main(|code| {
                    system(code, signature, words);
                    code.op(0x50);
                })
                .run();
            assert!(matches!(result.status, Status::Success | Status::Revert), "{signature} {words:?}: {result:?}");
        }
    }
}

/// Gas of a block.
const BLOCK: u64 = 1 << 26;

/// Runs a contract in one transaction with so much gas, under rules that let it.
fn bomb(contract: &Contract, gas: u64, fork_join: &dyn ForkJoin) -> (TransactionResult, Duration) {
    let code = contract.code.clone().finish();
    let (environment, before) = (environment(Fork::Prague), state(&[(CONTRACT, &code)]));
    let start = Instant::now();
    let execution = execute(&environment, &before, gas, fork_join);
    (result(&execution).clone(), start.elapsed())
}

/// Runs `body` again and again until the gas is used up. A counter lies on the stack.
fn forever(threads: &[u64], body: impl FnOnce(&mut Code)) -> Contract {
    Contract::new(threads).main(|code| {
        let again = code.label();
        code.push(0).place(again);
        body(code);
        code.push(1).op(0x01).push_label(again).op(0x56);
    })
}

/// Spawns so many threads and joins them all.
fn round(code: &mut Code, count: u64, gas: u64) {
    code.push(1).push(0).op(0x52);
    for id in 0..count {
        code.push(0x20).push(0).push(gas).push(id).op(0xb0).op(0x50);
    }
    for id in 0..count {
        code.push(0).push(0).push(id).op(0xbd).op(0x50);
    }
}

/// What threads can be made to cost, in contracts that use all of a block's gas.
fn bombs() -> Vec<(&'static str, Contract)> {
    vec![
        ("one empty thread", forever(&[1], |code| round(code, 1, 100)).thread(1, |_| {})),
        ("empty threads", forever(&[1], |code| round(code, 64, 100)).thread(1, |_| {})),
        ("as many as there may be", forever(&[1], |code| round(code, 1024, 100)).thread(1, |_| {})),
        ("threads that meet", forever(&[1], |code| round(code, 64, 50_000)).thread(1, |code| increment(code, 1))),
        (
            "threads inside threads",
            forever(&[1], |code| round(code, 16, 1 << 20)).thread(1, |code| {
                for id in 0..3 {
                    code.push(1).push(0).op(0x52).push(0x20).push(0).push(1 << 16).push(id).op(0xb0).op(0x50);
                }
                increment(code, 1);
            }),
        ),
        (
            "names",
            forever(&[1], |code| {
                // 1,000 open threads, then commands about the last of them.
                let (full, end) = (code.label(), code.label());
                code.op(0x80).push(1_000).op(0x90).op(0x10).op(0x15).push_label(full).op(0x57);
                code.push(1).push(0).op(0x52).op(0x80).push(0x20).op(0x52);
                code.push(0x20).push(0).push(100).push(0x20).op(0x51).op(0xb0).op(0x50);
                code.push_label(end).op(0x56).place(full);
                code.push(3).push(999).op(0xb5).op(0x50);
                code.push(1).push(998).op(0xb1).op(0x50);
                code.push(2_000).op(0xb2).op(0x50);
                code.place(end);
            })
            .thread(1, |_| {}),
        ),
        (
            "records",
            forever(&[], |code| {
                code.push(1).op(0xb6).op(0x50).push(1).op(0xb7).op(0x50);
                for _ in 0..8 {
                    code.op(0x80).op(0x5c).op(0x50).push(1).op(0xb8).op(0x50);
                }
                code.op(0xbb).op(0xbc).op(0x50).op(0x50);
            }),
        ),
        (
            "sets",
            forever(&[], |code| {
                // 64 locations, and the set of them.
                for slot in 0..64 {
                    code.push(slot).op(0xb8).op(0x50);
                }
                for _ in 0..64 {
                    code.push(0).push(0).op(0xba).op(0x50);
                }
            }),
        ),
    ]
}

#[test]
fn bombs_end_alike_however_they_are_run() {
    for (name, contract) in bombs() {
        let (serial, _) = bomb(&contract, BLOCK, &Inline);
        assert!(matches!(serial.status, Status::Halt(HaltReason::OutOfGas(_))), "{name}: {:?}", serial.status);
        assert_eq!(bomb(&contract, BLOCK, &Workers::new(2)).0, serial, "{name}");
    }
}

/// 100,000 threads, at every depth that there is.
#[test]
fn a_hundred_thousand_threads_nested_to_the_limit_come_to_an_end() {
    // Each thread spawns four more, with a fifth of its gas each, as long as it may, and counts itself.
    let spawns = |code: &mut Code, count: u64| {
        code.push(1).push(0).op(0x52).push(5).op(0x5a).op(0x04).push(0x40).op(0x52);
        for id in 0..count {
            code.push(0x20).push(0).push(0x40).op(0x51).push(id).op(0xb0).op(0x50);
        }
    };
    let contract = Contract::new(&[1]).main(|code| spawns(code, 5)).thread(1, |code| {
        spawns(code, 4);
        increment(code, 2);
    });
    let code = contract.code.finish();
    let (mut environment, before) = (environment(Fork::Prague), state(&[(CONTRACT, &code)]));
    environment.note_threads(true);
    let (serial, notes) = execute_noting(&environment, &before, 1 << 34, &Inline);
    assert!(result(&serial).is_success(), "{:?}", result(&serial).status);
    assert!(notes.len() >= 100_000, "{} threads", notes.len());
    assert_eq!(notes.iter().map(|note| note.path.len()).max(), Some(8));
    let (parallel, _) = execute_noting(&environment, &before, 1 << 34, &Workers::new(2));
    assert_eq!(parallel.outcome, serial.outcome);
}

/// Gas of a run that is timed: long enough for a clock, short enough to fit between two interruptions.
const TIMED: u64 = 1 << 24;

/// Runs of each contract at most.
const ROUNDS: usize = 12;

/// Nanoseconds that a unit of gas takes.
fn ns_per_gas(contract: &Contract, fork_join: &dyn ForkJoin) -> f64 {
    let (result, time) = bomb(contract, TIMED, fork_join);
    time.as_nanos() as f64 / result.gas_used as f64
}

/// Instructions of Ethereum that contracts use all the time, each in a loop of its own.
fn instructions() -> Vec<Contract> {
    let repeated = |write: &dyn Fn(&mut Code)| forever(&[], |code| (0..64).for_each(|_| write(code)));
    vec![
        repeated(&|code| _ = code.push(3).op(0x01)),
        repeated(&|code| _ = code.push(3).op(0x02)),
        repeated(&|code| _ = code.op(0x80).push(7).op(0x04).op(0x50)),
        repeated(&|code| _ = code.push(0).op(0x51).op(0x50)),
        repeated(&|code| _ = code.op(0x80).push(0).op(0x52)),
        repeated(&|code| _ = code.push(0x20).push(0).op(0x20).op(0x50)),
        repeated(&|code| _ = code.push(1).op(0x54).op(0x50)),
        repeated(&|code| _ = code.op(0x80).push(1).op(0x5d)),
        repeated(&|code| _ = code.push(1).op(0x5c).op(0x50)),
        repeated(&|code| _ = code.op(0x5a).op(0x50)),
        repeated(&|code| _ = code.push_address(Address::repeat_byte(9)).op(0x31).op(0x50)),
    ]
}

/// Runs all pieces ahead of their time, one after another: as much in vain as there can be, and nobody to share it with.
struct Ahead;

impl ForkJoin for Ahead {
    fn run(&self, count: usize, work: &(dyn Fn(usize) + Sync)) -> bool {
        (0..count).for_each(work);
        true
    }
}

/// What a contract takes is its best run: whatever else the machine does makes one longer, and nothing makes one shorter.
/// Contracts take turns, so that a machine that is slow for a second is slow for all of them; who is above the limit gets
/// more turns.
#[test]
fn alone_a_block_of_the_worst_takes_no_longer_per_gas_than_three_times_the_median_instruction() {
    const LIMIT: f64 = 3.0;
    let (instructions, bombs) = (instructions(), bombs());
    let ways = [("in order", &Inline as &dyn ForkJoin), ("ahead", &Ahead)];
    let mut usual = vec![f64::INFINITY; instructions.len()];
    let mut worst = vec![[f64::INFINITY; 2]; bombs.len()];
    let mut median = f64::INFINITY;
    for _ in 0..ROUNDS {
        for (best, contract) in usual.iter_mut().zip(&instructions) {
            *best = best.min(ns_per_gas(contract, &Inline));
        }
        for (best, (_, contract)) in worst.iter_mut().zip(&bombs) {
            for (best, (_, fork_join)) in best.iter_mut().zip(ways) {
                *best = best.min(ns_per_gas(contract, fork_join));
            }
        }
        let mut sorted = usual.clone();
        sorted.sort_by(f64::total_cmp);
        median = sorted[sorted.len() / 2];
        if worst.iter().flatten().all(|time| *time <= LIMIT * median) {
            break;
        }
    }
    for ((name, _), times) in bombs.iter().zip(worst) {
        for ((how, _), time) in ways.iter().zip(times) {
            eprintln!("{name}, {how}: {time:.3} ns, {:.2} of the median instruction's {median:.3} ns", time / median);
            assert!(
                time <= LIMIT * median,
                "{name}, {how}: {time:.3} ns per gas, the median instruction {median:.3} ns"
            );
        }
    }
}

#[test]
fn who_runs_out_of_gas_among_threads_leaves_nothing() {
    let contract = Contract::new(&[1])
        .main(|code| {
            store(code, 1, 9);
            for id in 0..4 {
                spawn(code, id, 1);
                code.op(0x50);
            }
            code.op(0xfe);
        })
        .thread(1, |code| increment(code, 1));
    let (result, slots) = contract.run();
    assert_eq!((result.status, result.gas_used), (Status::Halt(HaltReason::InvalidFEOpcode), LIMIT));
    assert_eq!(slots, [(1, 5)]);
}
