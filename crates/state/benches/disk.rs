//! Times of a state on disk: the root and the commit of a block of transfers over a million accounts, and reads.
//! `cargo bench -p parallax-state --bench disk`. The store is made in the folder for temporary files.

use access_list::{AccountChange, StateDiff};
use primitives::{Account, Address, B256, Bytes, U256, keccak256};
use state::{
    StateReader,
    disk::{BlockCommit, Disk, Durability, Options},
};
use std::{
    env,
    hint::black_box,
    time::{Duration, Instant},
};

const ACCOUNTS: u64 = 1_000_000;
/// Accounts in one block while the store is filled.
const CHUNK: u64 = 100_000;
/// Blocks measured.
const ROUNDS: u64 = 20;

fn main() {
    // Cargo says so when it wants measurements; test runners that look for tests here find none.
    if !env::args().any(|argument| argument == "--bench") {
        return;
    }
    let dir = tempfile::tempdir().expect("a temporary directory");
    let disk = Disk::open(dir.path(), options(Durability::Blocks(u64::MAX))).expect("opens");
    time("disk::fill/accounts=1000000", 1, || {
        for first in (0..ACCOUNTS).step_by(CHUNK as usize) {
            let accounts = (first..first + CHUNK).map(|i| change(i, 0)).collect();
            commit(&disk, &StateDiff { accounts, ..StateDiff::default() });
        }
        disk.sync().expect("syncs");
    });
    println!("{:?}", disk.stats().expect("reads"));
    drop(disk);
    let disk = time("disk::open/accounts=1000000", 1, || {
        Disk::open(dir.path(), options(Durability::EachBlock)).expect("opens")
    });
    for count in [100, 2000, 10_000] {
        blocks(&disk, count);
    }
    let state = disk.latest();
    time("disk::account/random", 100_000, || {
        for i in 0..100_000 {
            black_box(state.account(address(i * 7919 % ACCOUNTS)).expect("reads"));
        }
    });
    let head = disk.head().expect("a head").number;
    let state = disk.at(head - ROUNDS).expect("kept");
    time("disk::account/random,blocks_ago=20", 100_000, || {
        for i in 0..100_000 {
            black_box(state.account(address(i * 7919 % ACCOUNTS)).expect("reads"));
        }
    });
    time("disk::prove/random", 1000, || {
        for i in 0..1000 {
            black_box(disk.prove(head, address(i * 7919 % ACCOUNTS), &[]).expect("proves"));
        }
    });
    time("disk::verify/accounts=1000000", 1, || disk.verify(|_| ()).expect("whole"));
}

fn options(durability: Durability) -> Options {
    Options { durability, ..Options::new(1, B256::ZERO) }
}

/// Blocks one after the other, each touching other accounts than the one before.
fn blocks(disk: &Disk, transfers: u64) {
    let (mut roots, mut commits) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let index = |i: u64| (i * 7919 + round * 104_729) % ACCOUNTS;
        let accounts = (0..2 * transfers).map(|i| change(index(i), round + transfers)).collect();
        let diff = StateDiff { accounts, ..StateDiff::default() };
        let (root, commit) = commit(disk, &diff);
        roots.push(root);
        commits.push(commit);
    }
    for (name, mut times) in [("root_of", roots), ("commit", commits)] {
        times.sort_unstable();
        let (least, middle, most) = (times[0], times[times.len() / 2], times[times.len() - 1]);
        println!("disk::{name:8}/transfers={transfers:<6} {middle:>12.2?} ({least:.2?} to {most:.2?})");
    }
}

/// Commits a block with 100 bytes of body and receipt per account, and times its root and its commit.
fn commit(disk: &Disk, diff: &StateDiff) -> (Duration, Duration) {
    let head = disk.head();
    let number = head.map_or(0, |head| head.number + 1);
    let start = Instant::now();
    let update = disk.root_of(diff).expect("a sound diff");
    let root = start.elapsed();
    let part = Bytes::from(vec![number as u8; 100 * diff.accounts.len()]);
    let transactions =
        (0..diff.accounts.len() as u64 / 2).map(|i| keccak256([number, i].map(u64::to_be_bytes).concat()));
    let block = BlockCommit {
        number,
        hash: keccak256(number.to_be_bytes()),
        parent_hash: head.map_or(B256::ZERO, |head| head.hash),
        header: Bytes::from_static(&[0; 600]),
        body: part.clone(),
        receipts: part,
        access_list: None,
        transactions: transactions.collect(),
        logs: Vec::new(),
        notes: Vec::new(),
        update,
    };
    let start = Instant::now();
    disk.commit(block).expect("commits");
    (root, start.elapsed())
}

fn change(index: u64, nonce: u64) -> AccountChange {
    let account = Account { nonce, ..Account::with_balance(U256::from(index + nonce)) };
    AccountChange { address: address(index), account: Some(account), wiped: false }
}

fn address(i: u64) -> Address {
    Address::left_padding_from(&i.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes())
}

fn time<T>(name: &str, operations: u64, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = black_box(work());
    let each = start.elapsed() / u32::try_from(operations).expect("a moderate number");
    println!("{name:60} {each:>14.2?}");
    result
}
