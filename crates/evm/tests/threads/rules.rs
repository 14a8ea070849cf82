//! The rules of threads, one by one, and what is done with input that is none.

use crate::{
    contract::{
        Contract, LIMIT, SLICE, above_the_floor, increment, join, keep, return_slot, spawn, spawn_with, store, system,
    },
    support::{CONTRACT, Code, Workers, environment, execute, process_status, result, state},
};
use evm::{ForkJoin, HaltReason, Inline, Status};
use primitives::{Bytes, Fork, ThreadGas, U256, keccak256};
use std::sync::atomic::Ordering;

#[test]
fn the_state_at_the_spawn_is_what_a_thread_sees_and_its_parent_waits_before_it_writes() {
    let (result, slots) = Contract::new(&[1])
        .main(|code| {
            spawn(code, 7, 1);
            code.op(0x50);
            // Reads do not wait: the old value.
            code.push(1).op(0x54);
            keep(code, 10);
            // The write has made the thread run before it.
            code.push(1).op(0x54);
            keep(code, 11);
            store(code, 1, 9);
        })
        .thread(1, |code| increment(code, 1))
        .run();
    assert!(result.is_success(), "{result:?}");
    assert_eq!(slots, [(1, 9), (10, 5), (11, 6)]);
}

#[test]
fn threads_that_meet_at_a_slot_are_run_in_the_order_of_their_spawns() {
    let (_, slots) = Contract::new(&[1, 2])
        .main(|code| {
            for (id, number) in [(1, 1), (2, 2), (3, 1), (4, 2)] {
                spawn(code, id, number);
                code.op(0x50);
            }
        })
        .thread(1, |code| increment(code, 1))
        .thread(2, |code| _ = code.push(2).push(1).op(0x54).op(0x02).push(1).op(0x55))
        .run();
    assert_eq!(slots, [(1, ((5 + 1) * 2 + 1) * 2)]);
}

#[test]
fn joins_tell_how_a_thread_ended_and_what_it_gave() {
    let (_, slots) = Contract::new(&[1, 2, 3])
        .main(|code| {
            for id in 1..=4 {
                spawn(code, id, id.min(3));
                code.op(0x50);
            }
            code.push(4).op(0xb2).op(0x50);
            for id in 1..=4 {
                join(code, id);
                keep(code, 10 + id);
                code.push(0x20).op(0x51);
                keep(code, 20 + id);
            }
            // Whoever was asked for is gone, and its name free.
            join(code, 1);
            keep(code, 30);
            spawn(code, 1, 1);
            keep(code, 31);
        })
        .thread(1, |code| return_slot(code, 1))
        .thread(2, |code| _ = code.push(77).push(0).op(0x52).push(0x20).push(0).op(0xfd))
        .thread(3, |code| _ = code.op(0xfe))
        .run();
    let find = |slot| slots.iter().find(|(known, _)| *known == slot).map(|(_, value)| *value);
    assert_eq!([11, 12, 13, 14, 30, 31].map(find), [1, 0, 0, 2, 3, 1].map(Some));
    assert_eq!([21, 22].map(find), [5, 77].map(Some));
}

#[test]
fn a_failure_that_nobody_asked_for_takes_the_frame_with_it() {
    let failing = |code: &mut Code| _ = code.push(77).push(0).op(0x52).push(0x20).push(0).op(0xfd);
    let main = |code: &mut Code| {
        store(code, 1, 9);
        spawn(code, 1, 1);
    };
    let (result, slots) = Contract::new(&[1]).main(main).thread(1, failing).run();
    assert_eq!(result.status, Status::Revert);
    assert_eq!(U256::from_be_slice(&result.output), U256::from(77));
    assert_eq!(slots, [(1, 5)]);
}

#[test]
fn what_reverts_undoes_its_threads_and_those_that_never_ran_give_their_gas_back() {
    let reverting = |joined: bool| {
        let contract = Contract::new(&[1])
            .main(|code| {
                spawn(code, 1, 1);
                if joined {
                    join(code, 1);
                }
                code.push(0).push(0).op(0xfd);
            })
            .thread(1, |code| {
                increment(code, 1);
                code.push(0).push(0).op(0xa0);
            });
        contract.run()
    };
    let (ran, slots) = reverting(true);
    assert_eq!((ran.status.clone(), ran.logs.len(), slots), (Status::Revert, 0, vec![(1, 5)]));
    let (idle, slots) = reverting(false);
    assert_eq!((idle.status.clone(), slots), (Status::Revert, vec![]));
    assert!(idle.gas_used < ran.gas_used - 2_000, "{} and {}", idle.gas_used, ran.gas_used);
    assert!(idle.gas_used < 30_000, "{}", idle.gas_used);
}

#[test]
fn warmth_is_that_of_the_spawn() {
    // Two threads read one slot: both pay for a cold one. A third, spawned after the parent has read it, does not.
    let gas_of = |reads: u64, before: bool, after: bool| {
        let contract = Contract::new(&[1])
            .main(|code| {
                above_the_floor(code);
                // Memory that the spawns need is there beforehand.
                code.push(0).push(0).op(0x52);
                if before {
                    code.push(1).op(0x54).op(0x50);
                }
                for id in 0..reads {
                    spawn(code, id, 1);
                    code.op(0x50);
                }
                if after {
                    code.push(1).op(0x54).op(0x50);
                }
            })
            .thread(1, |code| _ = code.push(1).op(0x54).op(0x50));
        contract.run().0.gas_used
    };
    let (none, one, two) = (gas_of(0, false, false), gas_of(1, false, false), gas_of(2, false, false));
    assert_eq!(two - one, one - none, "the second does not profit from the first");
    let (none, one) = (gas_of(0, true, false), gas_of(1, true, false));
    let cold = gas_of(1, false, false) - gas_of(0, false, false);
    assert_eq!(cold - (one - none), 2_000, "2100 for a cold slot, 100 for a warm one");
    let late = gas_of(1, false, true) - gas_of(0, false, true);
    assert_eq!(late, cold, "what the parent warms after the spawn stays cold for the thread");
}

#[test]
fn what_may_not_be_is_refused_and_changes_nothing() {
    let (_, slots) = Contract::new(&[1])
        .main(|code| {
            spawn(code, 7, 1);
            keep(code, 10);
            // The write has run it; its name is taken until it is joined.
            spawn(code, 7, 1);
            keep(code, 11);
            for (at, byte) in [(12, 0xb1), (14, 0xb5)] {
                // A name that nobody has: sleep and after.
                code.push(3).push(99).op(byte);
                keep(code, at);
            }
            code.push(99).op(0xb2);
            keep(code, 13);
        })
        .thread(1, |_| {})
        .run();
    assert_eq!(slots, [(10, 1), (11, 0), (12, 0), (13, 0), (14, 0)]);
}

/// Says that one thread waits for another: by an instruction, or by the function of the system contract.
fn wait(code: &mut Code, byte: u8, by_call: bool, (id, earlier, slot): (u64, u64, u64)) {
    match (by_call, byte) {
        (false, 0xb5) => _ = code.push(earlier).push(id).op(0xb5),
        (false, byte) => _ = code.push(slot).push(earlier).push(id).op(byte),
        (true, 0xb3) => system(code, "afterw(uint256,uint256,uint256)", &[id, earlier, slot]),
        (true, 0xb4) => system(code, "afterr(uint256,uint256,uint256)", &[id, earlier, slot]),
        (true, _) => system(code, "aftera(uint256,uint256)", &[id, earlier]),
    }
}

const WAITS: [(u8, bool); 6] = [(0xb3, false), (0xb4, false), (0xb5, false), (0xb3, true), (0xb4, true), (0xb5, true)];

#[test]
fn a_wait_that_never_ends_reverts() {
    for ((id, earlier), (byte, by_call)) in [(1, 1), (1, 2)].into_iter().flat_map(|ids| WAITS.map(|way| (ids, way))) {
        let (result, slots) = Contract::new(&[1])
            .main(|code| {
                store(code, 1, 9);
                spawn(code, 1, 1);
                spawn(code, 2, 1);
                // The other way round there is nothing against it: together they are a circle.
                wait(code, byte, by_call, (2, 1, 1));
                wait(code, byte, by_call, (id, earlier, 1));
            })
            .thread(1, |_| {})
            .run();
        let reason = [&keccak256("WaitNeverEnds(uint256)")[..4], &U256::from(id).to_be_bytes::<32>()].concat();
        let expected = (Status::Revert, Bytes::from(reason), vec![(1, 5)]);
        assert_eq!((result.status, result.output, slots), expected, "{byte:#x} {id} {earlier}");
    }
}

/// The end of a thread ends every wait for it, whatever the thread has touched: nothing, something else, or it failed or was
/// withdrawn.
#[test]
fn a_wait_for_who_never_touches_the_variable_ends() {
    for (byte, by_call) in WAITS {
        let contract = Contract::new(&[1, 2, 3, 4])
            .main(|code| {
                for (id, number) in [(1, 1), (2, 2), (3, 3), (4, 1)] {
                    spawn(code, id, number);
                    spawn(code, 10 + id, 4);
                    wait(code, byte, by_call, (10 + id, id, 1));
                }
                code.push(4).op(0xb2);
                (1..=4).for_each(|id| join(code, id));
            })
            .thread(1, |_| {})
            .thread(2, |code| increment(code, 2))
            .thread(3, |code| _ = code.push(0).push(0).op(0xfd))
            .thread(4, |code| increment(code, 3));
        let (_, notes) = contract.notes(&Workers::new(2));
        let waits: Vec<_> = notes.iter().map(|note| note.waits_for).collect();
        assert_eq!(waits, [None, Some(0), None, Some(2), None, Some(4), None, Some(6)], "{byte:#x}");
        let (result, slots) = contract.run();
        assert_eq!((result.status, &slots[..]), (Status::Success, &[(2, 1), (3, 4)][..]), "{byte:#x}");
    }
}

#[test]
fn who_waits_is_not_run_before_the_other_has_ended() {
    let started = |byte: Option<u8>| {
        let workers = Workers::new(2);
        let contract = Contract::new(&[1, 2])
            .main(|code| {
                spawn(code, 1, 1);
                spawn(code, 2, 2);
                spawn(code, 3, 1);
                match byte {
                    Some(0xb5) => _ = code.push(1).push(3).op(0xb5),
                    Some(byte) => _ = code.push(1).push(1).push(3).op(byte),
                    None => {}
                }
            })
            .thread(1, |code| increment(code, 1))
            .thread(2, |code| increment(code, 2));
        let (_, slots) = contract.run_with(LIMIT, &workers);
        assert_eq!(slots, [(1, 7), (2, 1)]);
        workers.ran.load(Ordering::Relaxed)
    };
    assert_eq!(started(None), 3, "the third ran at once, in vain");
    for byte in [0xb3, 0xb4, 0xb5] {
        assert_eq!(started(Some(byte)), 2, "the third waited for the first");
    }
}

#[test]
fn there_is_a_bound_to_nesting_and_to_threads() {
    // Each thread spawns one like itself and counts those it could.
    let (_, slots) = Contract::new(&[1])
        .main(|code| {
            spawn(code, 1, 1);
        })
        .thread(1, |code| {
            increment(code, 2);
            code.push(1).push(0).op(0x52).push(0x20).push(0).push(u64::MAX).push(1).op(0xb0).op(0x50);
        })
        .run();
    assert_eq!(slots, [(2, 8)]);

    let (_, slots) = Contract::new(&[1])
        .main(|code| {
            let (again, end) = (code.label(), code.label());
            code.push(1).push(0).op(0x52);
            code.push(0).place(again);
            code.op(0x80).push(0x20).op(0x52);
            code.push(0x20).push(0).push(100).push(0x20).op(0x51).op(0xb0).op(0x15).push_label(end).op(0x57);
            code.push(1).op(0x01).push_label(again).op(0x56).place(end);
            keep(code, 3);
        })
        .thread(1, |_| {})
        .run();
    assert_eq!(slots, [(3, 1024)]);
}

#[test]
fn code_that_creates_a_contract_has_no_threads() {
    // SUBSOL(1, gas, 0, 0); one byte more than the answer is the new contract's code.
    let init: [u8; 13] = [0x5f, 0x5f, 0x61, 0xff, 0xff, 0x60, 1, 0xb0, 0x60, 1, 0x01, 0x5f, 0xf3];
    let (result, slots) = Contract::new(&[])
        .main(|code| {
            for (at, byte) in init.iter().enumerate() {
                code.push(u64::from(*byte)).push(at as u64).op(0x53);
            }
            code.push(init.len() as u64).push(0).push(0).op(0xf0).op(0x3b);
            keep(code, 4);
        })
        .run();
    assert!(result.is_success());
    assert_eq!(slots, [(4, 1)], "the answer was zero");
}

#[test]
fn the_system_contract_does_what_the_instructions_do() {
    let (result, slots) = Contract::new(&[1])
        .main(|code| {
            system(code, "spawn(uint256,uint256,bytes)", &[7, SLICE / 64, 96, 32, 1]);
            keep(code, 10);
            system(code, "spawn(uint256,uint256,bytes)", &[7, SLICE / 64, 96, 32, 1]);
            keep(code, 11);
            system(code, "join(uint256)", &[7]);
            keep(code, 12);
            for (at, word) in [0x400, 0x420, 0x440, 0x460].into_iter().enumerate() {
                code.push(word).op(0x51);
                keep(code, 13 + at as u64);
            }
            system(code, "sleep(uint256,uint256)", &[7, 3]);
            keep(code, 17);
            system(code, "nothing()", &[]);
            keep(code, 18);
        })
        .thread(1, |code| return_slot(code, 1))
        .run();
    assert!(result.is_success(), "{result:?}");
    let expected = [(10, 1), (11, 0), (12, 1), (13, 1), (14, 64), (15, 32), (16, 5), (17, 0), (18, 0)];
    assert_eq!(slots[1..], expected);
}

#[test]
fn a_static_frame_has_threads_that_change_nothing() {
    let (_, slots) = Contract::new(&[1, 2])
        .main(|code| {
            // STATICCALL to thread(2), which spawns thread(1) and returns how it ended.
            code.push(2).push(0).op(0x52);
            code.push(0x20).push(0x40).push(0x20).push(0).push_address(CONTRACT).op(0x5a).op(0xfa).op(0x50);
            code.push(0x40).op(0x51);
            keep(code, 10);
        })
        .thread(1, |code| increment(code, 1))
        .thread(2, |code| {
            spawn(code, 1, 1);
            join(code, 1);
            code.push(0).op(0x52).push(0x20).push(0).op(0xf3);
        })
        .run();
    assert_eq!(slots[slots.len() - 1], (10, 0), "the write has stopped it");
    assert_eq!(slots[0], (1, 5));
}

#[test]
fn without_a_chain_that_has_them_the_instructions_do_not_exist() {
    let code = [0x5f, 0x5f, 0x5f, 0x5f, 0xb0];
    let before = state(&[(CONTRACT, &code)]);
    let mut environment = environment(Fork::Osaka);
    let with = execute(&environment, &before, LIMIT, &Inline);
    assert_eq!(result(&with).status, Status::Revert, "the thread runs the same code, and has no gas for it");
    environment = crate::support::environment(Fork::Shanghai);
    let without = execute(&environment, &before, LIMIT, &Inline);
    assert_eq!(result(&without).status, Status::Halt(HaltReason::OpcodeNotFound));
}

/// As many threads as a block's gas pays for, in full groups.
#[test]
fn a_spawn_bomb_is_paid_for_and_ends() {
    let bomb = |fork_join: &dyn ForkJoin| {
        let contract = Contract::new(&[1])
            .main(|code| {
                let again = code.label();
                code.push(0).place(again);
                code.op(0x80).push(0x20).op(0x52);
                code.push(0).push(0).push(100).push(0x20).op(0x51).op(0xb0).op(0x50);
                // Every 256th joins them all, and a thread that is not there.
                let on = code.label();
                code.op(0x80).push(0xff).op(0x16).push_label(on).op(0x57);
                code.push(0).push(0).push(u64::MAX).op(0xbd).op(0x50);
                code.place(on).push(1).op(0x01).push_label(again).op(0x56);
            })
            .thread(1, |_| {});
        contract.run_with(LIMIT, fork_join).0
    };
    let serial = bomb(&Inline);
    assert!(matches!(serial.status, Status::Halt(HaltReason::OutOfGas(_))), "{:?}", serial.status);
    assert_eq!(bomb(&Workers::new(8)), serial);
}

/// Prices as they are by default, in a vector: 21,000 and call data, `SUBSOL` with one word and six operands, `JOIN`.
#[test]
fn the_gas_of_an_empty_thread_is_frozen() {
    let base = Contract::new(&[1]).main(above_the_floor).thread(1, |_| {}).run().0.gas_used;
    let one = Contract::new(&[1])
        .main(|code| {
            above_the_floor(code);
            code.push(1).push(0).op(0x52).push(0x20).push(0).push(1000).push(7).op(0xb0);
            code.push(0).push(0).push(7).op(0xbd);
        })
        .thread(1, |_| {})
        .run()
        .0
        .gas_used;
    let prices = ThreadGas::default();
    let dispatch = 3 + 3 + 3 + 3 + 3 + 10;
    let memory = 3 + 3;
    let commands = prices.subsol + prices.subsol_word + prices.join;
    assert_eq!(one - base, commands + 2 * 3 + memory + 4 * 3 + 3 * 3 + dispatch + 1);
    assert_eq!(commands, 3_206);
}

/// Transactions of 256 threads each, two thirds of which meet.
fn leave_nothing_behind(transactions: usize) {
    let contract = Contract::new(&[1, 2, 3])
        .main(|code| {
            for id in 1..=255 {
                spawn_with(code, id, 1 + id % 3, 20_000);
                code.op(0x50);
            }
            join(code, 1);
        })
        .thread(1, |code| increment(code, 1))
        .thread(2, |code| increment(code, 1))
        .thread(3, |code| _ = code.push(1).op(0x54));
    let code = contract.code.finish();
    let (environment, before, workers) = (environment(Fork::Osaka), state(&[(CONTRACT, &code)]), Workers::new(2));
    let run = |count: usize| {
        for _ in 0..count {
            let execution = execute(&environment, &before, LIMIT, &workers);
            assert!(result(&execution).is_success());
        }
        process_status("VmRSS:")
    };
    let Some(warm) = run(transactions.div_ceil(10)) else {
        eprintln!("SKIPPED: no /proc/self/status to measure memory with");
        return;
    };
    let end = run(transactions).unwrap_or(warm);
    assert!(end.saturating_sub(warm) < 16 * 1024, "{warm} KiB, {end} KiB after {transactions} transactions");
}

#[test]
fn alone_threads_leave_nothing_behind() {
    leave_nothing_behind(100);
}

#[test]
fn slow_a_million_threads_leave_nothing_behind() {
    leave_nothing_behind(4_000);
}
