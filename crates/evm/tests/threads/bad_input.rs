//! Input that is none, and contracts that mean harm: a defined end for each, in bounded time.

use crate::{
    contract::{Contract, LIMIT, increment, join, keep, spawn, store, system_bytes, system_call},
    support::{CONTRACT, Code, Workers, environment, execute, execute_noting, process_status, result, state},
};
use evm::{ForkJoin, HaltReason, Inline, Status, ThreadState, TransactionResult};
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

/// Every function of the system contract, with arguments that are carried out where threads 6 and 7 are open.
const FUNCTIONS: [(&str, &[u64]); 15] = [
    ("spawn(uint256,uint256,bytes)", &[8, 200_000, 96, 32, 2]),
    ("join(uint256)", &[7]),
    ("sleep(uint256,uint256)", &[7, 1]),
    ("revertt(uint256)", &[7]),
    ("afterw(uint256,uint256,uint256)", &[7, 6, 1]),
    ("afterr(uint256,uint256,uint256)", &[7, 6, 1]),
    ("aftera(uint256,uint256)", &[7, 6]),
    ("rr(bool)", &[1]),
    ("rphash(bool)", &[1]),
    ("rdr(uint256)", &[1]),
    ("wtr(uint256,uint256)", &[9, 9]),
    ("rwrite(uint256,uint256)", &[9, 9]),
    ("rws()", &[]),
    ("whash()", &[]),
    ("rhash()", &[]),
];

/// Makes calls where threads 6 and 7 are open. Gives how many succeeded, how many bytes were returned by all of them
/// together, and what became of the slots.
fn answers(calls: &[(Vec<u8>, Option<u64>)]) -> (u64, u64, Vec<(u64, u64)>) {
    let (result, slots) = Contract::new(&[1, 2])
        .main(|code| {
            for id in [6, 7] {
                spawn(code, id, 1);
                code.op(0x50);
            }
            // Below the number of those that succeeded lies that of the bytes.
            code.push(0).push(0);
            for (data, wei) in calls {
                system_bytes(code, data, *wei);
                code.op(0x01).op(0x90).op(0x3d).op(0x01).op(0x90);
            }
            keep(code, 20);
            keep(code, 21);
        })
        .thread(1, |code| increment(code, 1))
        .thread(2, |_| {})
        .run();
    assert!(result.is_success(), "{result:?}");
    let slot = |wanted| slots.iter().find(|(slot, _)| *slot == wanted).map_or(0, |(_, value)| *value);
    let others = slots.iter().filter(|(slot, _)| !(20..22).contains(slot)).copied().collect();
    (slot(20), slot(21), others)
}

/// Nothing but the two threads that were open is there at the end.
const UNTOUCHED: [(u64, u64); 1] = [(1, 7)];

#[test]
fn whole_calls_of_the_system_contract_are_carried_out() {
    for (signature, words) in FUNCTIONS {
        let call = system_call(signature, words);
        assert_eq!(answers(&[(call.clone(), Some(0))]).0, 1, "{signature}");
        let writes = signature.starts_with("wtr") || signature.starts_with("rwrite");
        let (succeeded, bytes, slots) = answers(&[(call, None)]);
        assert_eq!(succeeded, u64::from(!writes), "{signature} by a static call");
        assert!(!writes || (bytes, &slots[..]) == (0, &UNTOUCHED[..]), "{signature}: {slots:?}");
    }
}

/// Call data that ends too early, at every byte; values; numbers that are none of the kind: each reverts the call with
/// nothing, and nothing happens.
#[test]
fn malformed_calls_of_the_system_contract_are_refused() {
    let refused = |what: &str, calls: &[(Vec<u8>, Option<u64>)]| {
        let (succeeded, bytes, slots) = answers(calls);
        assert_eq!((succeeded, bytes, &slots[..]), (0, 0, &UNTOUCHED[..]), "{what}");
    };
    for (signature, words) in FUNCTIONS {
        let whole = system_call(signature, words);
        let cut: Vec<_> = (0..whole.len())
            .flat_map(|size| [(whole[..size].to_vec(), Some(0)), (whole[..size].to_vec(), None)])
            .collect();
        refused(signature, &cut);
        refused(&format!("{signature} with a value"), &[(whole.clone(), Some(1))]);
        let mut other = whole;
        other[3] ^= 1;
        refused(&format!("not quite {signature}"), &[(other.clone(), Some(0)), (other, None)]);
    }
    for signature in ["rr(bool)", "rphash(bool)"] {
        let mut highest = system_call(signature, &[1]);
        highest[4] = 0x80;
        refused(signature, &[(system_call(signature, &[2]), Some(0)), (highest, Some(0))]);
    }
    // The offset of call data beyond it, at its end and beyond all numbers, and its length likewise.
    let spawns =
        [&[8, 1, 64][..], &[8, 1, 97, 0], &[8, 1, 128, 0], &[8, 1, u64::MAX, 0], &[8, 1, 96, 1], &[8, 1, 96, 33, 1]];
    let mut spawns: Vec<_> = spawns.into_iter().map(|words| (system_call(FUNCTIONS[0].0, words), Some(0))).collect();
    for at in [4 + 2 * 32, 4 + 3 * 32] {
        let mut beyond = system_call(FUNCTIONS[0].0, FUNCTIONS[0].1);
        beyond[at..at + 32].fill(0xff);
        spawns.push((beyond, Some(0)));
    }
    refused("spawn", &spawns);
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

/// Spawns so many threads with a fifth of the gas each, or of what is left of it.
fn fifths(code: &mut Code, count: u64) {
    code.push(1).push(0).op(0x52).push(5).op(0x5a).op(0x04).push(0x40).op(0x52);
    (0..count).for_each(|id| _ = code.push(0x20).push(0).push(0x40).op(0x51).push(id).op(0xb0).op(0x50));
}

/// Bytes that a thread is given, holds or returns: where memory is still cheap.
const LARGE: u64 = 1 << 14;

/// What threads can be made to cost, in contracts that use all of a block's gas.
fn bombs() -> Vec<(&'static str, Contract)> {
    vec![
        ("one empty thread", forever(&[1], |code| round(code, 1, 100)).thread(1, |_| {})),
        ("empty threads", forever(&[1], |code| round(code, 64, 100)).thread(1, |_| {})),
        ("as many as there may be", forever(&[1], |code| round(code, 1024, 100)).thread(1, |_| {})),
        ("threads that meet", forever(&[1], |code| round(code, 64, 50_000)).thread(1, |code| increment(code, 1))),
        (
            "threads inside threads",
            forever(&[1, 2], |code| round(code, 8, 1 << 18))
                .thread(1, |code| {
                    for id in 0..3 {
                        code.push(2).push(0).op(0x52).push(0x20).push(0).push(1 << 16).push(id).op(0xb0).op(0x50);
                    }
                    increment(code, 1);
                })
                .thread(2, |code| increment(code, 1)),
        ),
        (
            "threads nested to the limit",
            // Each has one thread, which has nearly all of its gas, and adds to the slot that all of them add to.
            forever(&[1], |code| round(code, 2, 1 << 20)).thread(1, |code| {
                code.push(1).push(0).op(0x52).push(0x20).push(0).push(16).op(0x5a).op(0x04).push(15).op(0x02);
                code.push(1).op(0xb0).op(0x50);
                increment(code, 1);
            }),
        ),
        (
            "memory",
            forever(&[1], |code| round(code, 64, 50_000)).thread(1, |code| _ = code.push(1).push(LARGE).op(0x52)),
        ),
        (
            "outputs",
            forever(&[1], |code| round(code, 64, 50_000)).thread(1, |code| _ = code.push(LARGE).push(0).op(0xf3)),
        ),
        (
            "outputs of threads inside threads",
            forever(&[1, 2], |code| round(code, 16, 1 << 18))
                .thread(1, |code| {
                    code.push(2).push(0).op(0x52).push(0x20).push(0).push(1 << 17).push(1).op(0xb0).op(0x50);
                    code.push(LARGE).push(0).push(1).op(0xbd).op(0x50).push(LARGE).push(0).op(0xf3);
                })
                .thread(2, |code| _ = code.push(LARGE).push(0).op(0xf3)),
        ),
        (
            "call data",
            forever(&[1], |code| {
                code.push(1).push(0).op(0x52);
                (0..64).for_each(|id| _ = code.push(LARGE).push(0).push(100).push(id).op(0xb0).op(0x50));
                (0..64).for_each(|id| _ = code.push(0).push(0).push(id).op(0xbd).op(0x50));
            })
            .thread(1, |_| {}),
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
    for ((name, contract), gas) in bombs().into_iter().flat_map(|bomb| [(bomb.clone(), TIMED), (bomb, BLOCK)]) {
        let code = contract.code.clone().finish();
        let (mut environment, before) = (environment(Fork::Prague), state(&[(CONTRACT, &code)]));
        environment.note_threads(true);
        let (serial, notes) = execute_noting(&environment, &before, gas, &Inline);
        let status = &result(&serial).status;
        assert!(matches!(status, Status::Halt(HaltReason::OutOfGas(_))), "{name}: {status:?}");
        // Gas that nobody works for is no bomb.
        let idle = notes.iter().filter(|note| note.state != ThreadState::Return).count();
        assert!(idle * 8 <= notes.len(), "{name}, {gas} gas: {idle} of {} threads failed", notes.len());
        assert_eq!(bomb(&contract, gas, &Workers::new(2)).0, *result(&serial), "{name}");
    }
}

/// Each thread spawns four more, with a fifth of its gas each, as long as it may, and counts itself.
fn hundred_thousand() -> Contract {
    Contract::new(&[1]).main(|code| fifths(code, 5)).thread(1, |code| {
        fifths(code, 4);
        increment(code, 2);
    })
}

/// Gas that those threads need.
const HUNDRED_THOUSAND: u64 = 1 << 34;

/// 100,000 threads, at every depth that there is.
#[test]
fn a_hundred_thousand_threads_nested_to_the_limit_come_to_an_end() {
    let code = hundred_thousand().code.finish();
    let (mut environment, before) = (environment(Fork::Prague), state(&[(CONTRACT, &code)]));
    environment.note_threads(true);
    let (serial, notes) = execute_noting(&environment, &before, HUNDRED_THOUSAND, &Inline);
    assert!(result(&serial).is_success(), "{:?}", result(&serial).status);
    assert!(notes.len() >= 100_000, "{} threads", notes.len());
    assert_eq!(notes.iter().map(|note| note.path.len()).max(), Some(8));
    let (parallel, _) = execute_noting(&environment, &before, HUNDRED_THOUSAND, &Workers::new(2));
    assert_eq!(parallel.outcome, serial.outcome);
}

/// Gas of a run that is timed: long enough for a clock, short enough to fit between two interruptions.
const TIMED: u64 = 1 << 24;

/// Runs of each contract at most.
const ROUNDS: usize = 12;

/// Nanoseconds that a unit of gas takes.
fn ns_per_gas(contract: &Contract, gas: u64, fork_join: &dyn ForkJoin) -> f64 {
    let (result, time) = bomb(contract, gas, fork_join);
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
    let instructions = instructions();
    let mut bombs: Vec<_> = bombs().into_iter().map(|(name, contract)| (name, contract, TIMED)).collect();
    bombs.push(("a hundred thousand threads", hundred_thousand(), HUNDRED_THOUSAND));
    let ways = [("in order", &Inline as &dyn ForkJoin), ("ahead", &Ahead)];
    let mut usual = vec![f64::INFINITY; instructions.len()];
    let mut worst = vec![[f64::INFINITY; 2]; bombs.len()];
    let mut median = f64::INFINITY;
    for _ in 0..ROUNDS {
        for (best, contract) in usual.iter_mut().zip(&instructions) {
            *best = best.min(ns_per_gas(contract, TIMED, &Inline));
        }
        let mut sorted = usual.clone();
        sorted.sort_by(f64::total_cmp);
        median = sorted[sorted.len() / 2];
        for (best, (_, contract, gas)) in worst.iter_mut().zip(&bombs) {
            for (best, (_, fork_join)) in best.iter_mut().zip(ways).filter(|(best, _)| **best > LIMIT * median) {
                *best = best.min(ns_per_gas(contract, *gas, fork_join));
            }
        }
        if worst.iter().flatten().all(|time| *time <= LIMIT * median) {
            break;
        }
    }
    for ((name, ..), times) in bombs.iter().zip(worst) {
        for ((how, _), time) in ways.iter().zip(times) {
            eprintln!("{name}, {how}: {time:.3} ns, {:.2} of the median instruction's {median:.3} ns", time / median);
            assert!(
                time <= LIMIT * median,
                "{name}, {how}: {time:.3} ns per gas, the median instruction {median:.3} ns"
            );
        }
    }
}

/// Bytes that a transaction's threads may hold for each unit of its gas.
const HELD_PER_GAS: u64 = 32;

/// A frame with as many threads as its gas pays for, all of which have run before the first is merged, and hold what they were
/// given, touched, logged or returned.
#[test]
fn alone_what_threads_hold_is_paid_for() {
    let full = |gas: u64, size: u64, thread: &dyn Fn(&mut Code)| {
        Contract::new(&[1])
            .main(|code| {
                let (again, end) = (code.label(), code.label());
                code.push(1).push(0).op(0x52).push(0).place(again);
                code.op(0x80).push(0x20).op(0x52);
                code.push(size).push(0).push(gas).push(0x20).op(0x51).op(0xb0).op(0x15).push_label(end).op(0x57);
                code.push(1).op(0x01).push(gas).op(0x5a).op(0x11).push_label(again).op(0x57);
                code.place(end);
            })
            .thread(1, thread)
    };
    let touch = |code: &mut Code, byte: u8| (0..1024).for_each(|slot| _ = code.push(slot).op(byte).op(0x50));
    // The lightest first: what the allocator keeps of one serves the next.
    let contracts = [
        ("memory", full(55_000, 0x20, &|code| _ = code.push(1).push(1 << 17).op(0x52))),
        ("logs", full(150_000, 0x20, &|code| (0..8).for_each(|_| _ = code.push(0x800).push(0).op(0xa0)))),
        ("transient keys", full(110_000, 0x20, &|code| touch(code, 0x5c))),
        ("outputs", full(55_000, 0x20, &|code| _ = code.push(1 << 17).push(0).op(0xf3))),
        ("call data", full(2_000, 1 << 18, &|_| {})),
    ];
    for (name, contract) in contracts {
        // From now on the peak is that of this contract.
        let is_reset = std::fs::write("/proc/self/clear_refs", "5").is_ok();
        let before = process_status("VmHWM:").filter(|_| is_reset);
        let (result, _) = bomb(&contract, BLOCK, &Workers::new(2));
        assert!(result.is_success(), "{name}: {:?}", result.status);
        let Some((before, after)) = before.zip(process_status("VmHWM:")) else {
            eprintln!("SKIPPED: no /proc/self to measure memory with");
            return;
        };
        let (held, gas) = ((after - before) * 1024, result.gas_used);
        eprintln!("{name}: {held} bytes, {:.2} for each of {gas} gas", held as f64 / gas as f64);
        assert!(held <= HELD_PER_GAS * gas, "{name}: {held} bytes for {gas} gas");
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
