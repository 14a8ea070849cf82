//! Every choice of who goes on at each lock and atomic, or as many as there is time for: joins and runs again under shuttle.

use crate::{
    contract::{Contract, increment, join, keep, spawn},
    support::{CONTRACT, Code, environment, execute, sorted, state, take_all},
};
use evm::{ForkJoin, Inline, QueuePolicy};
use primitives::Fork;
use shuttle::{
    Config, Runner,
    scheduler::{PctScheduler, RandomScheduler},
    sync::atomic::{AtomicUsize, Ordering},
};
use std::sync::Arc;

/// Places at which PCT takes a thread's turn away.
const PCT_DEPTH: usize = 3;
const GAS: u64 = 1 << 24;

/// Threads that shuttle controls.
struct Controlled(usize);

impl ForkJoin for Controlled {
    fn run(&self, count: usize, work: &(dyn Fn(usize) + Sync)) -> bool {
        let (next, ended) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let take_all = || take_all(count, || next.fetch_add(1, Ordering::Relaxed), work);
        shuttle::thread::scope(|scope| {
            let others = self.0.min(count) - 1;
            for _ in 0..others {
                scope.spawn(|| {
                    take_all();
                    ended.fetch_add(1, Ordering::SeqCst);
                });
            }
            take_all();
            // shuttle's scope takes any waking for that of the last end.
            while ended.load(Ordering::SeqCst) < others {
                shuttle::thread::yield_now();
            }
        });
        true
    }

    fn processors(&self) -> usize {
        self.0
    }
}

/// Threads that meet, wait, fail, are withdrawn, and have threads of their own.
fn scenes() -> Vec<(&'static str, Contract)> {
    let spawn_all = |code: &mut Code, numbers: &[u64]| {
        for (id, number) in (1..).zip(numbers) {
            spawn(code, id, *number);
            code.op(0x50);
        }
    };
    let one_slot = || {
        Contract::new(&[1, 2])
            .main(move |code| spawn_all(code, &[1, 2, 1, 2]))
            .thread(1, |code| increment(code, 1))
            .thread(2, |code| _ = code.push(2).push(1).op(0x54).op(0x02).push(1).op(0x55))
    };
    let ordered = Contract::new(&[1, 2])
        .main(move |code| {
            spawn_all(code, &[1, 2, 1, 2]);
            code.push(1).push(3).op(0xb5).op(0x50).push(2).push(4).op(0xb5).op(0x50).push(5).push(1).op(0xb1).op(0x50);
        })
        .thread(1, |code| increment(code, 1))
        .thread(2, |code| increment(code, 2));
    let failing = Contract::new(&[1, 2, 3])
        .main(move |code| {
            spawn_all(code, &[1, 2, 3, 1]);
            code.push(4).op(0xb2).op(0x50);
            for id in 1..=4 {
                join(code, id);
                keep(code, 10 + id);
            }
        })
        .thread(1, |code| increment(code, 1))
        .thread(2, |code| {
            increment(code, 1);
            code.push(0).push(0).op(0xfd);
        })
        .thread(3, |code| {
            // Reads what the one that failed had written.
            code.push(1).op(0x54);
            keep(code, 3);
            code.op(0xfe);
        });
    let nested = Contract::new(&[1, 2])
        .main(move |code| spawn_all(code, &[1, 1, 2]))
        .thread(1, |code| {
            code.push(2).push(0).op(0x52);
            for id in [7, 8] {
                code.push(0x20).push(0).push(60_000).push(id).op(0xb0).op(0x50);
            }
            increment(code, 1);
        })
        .thread(2, |code| increment(code, 2));
    vec![("one slot", one_slot()), ("ordered", ordered), ("failing", failing), ("nested", nested)]
}

fn explore(schedules: usize) {
    let scenes = scenes();
    let cases = scenes.len() * QueuePolicy::ALL.len();
    for (name, contract) in scenes {
        for policy in QueuePolicy::ALL {
            eprintln!("{name}, {policy:?}");
            explore_scene(schedules.div_ceil(cases), &contract, policy);
        }
    }
}

fn explore_scene(schedules: usize, contract: &Contract, policy: QueuePolicy) {
    let code = Arc::new(contract.code.clone().finish());
    let body = move || {
        let before = state(&[(CONTRACT, &code)]);
        let mut environment = environment(Fork::Osaka);
        environment.record_operations(true);
        environment.queue_threads(policy);
        let serial = execute(&environment, &before, GAS, &Inline);
        let parallel = execute(&environment, &before, GAS, &Controlled(3));
        assert_eq!(serial.outcome, parallel.outcome);
        assert_eq!(sorted(&serial.record), sorted(&parallel.record));
    };
    let mut config = Config::new();
    config.stack_size = 4 << 20;
    config.silence_warnings = true;
    Runner::new(RandomScheduler::new(schedules.div_ceil(2)), config.clone()).run(body.clone());
    Runner::new(PctScheduler::new(PCT_DEPTH, schedules / 2), config).run(body);
}

#[test]
fn shuttle_threads() {
    explore(8_000);
}

#[test]
fn slow_shuttle_threads() {
    explore(400_000);
}
