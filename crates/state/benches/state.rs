//! Times of the operations that stand on the way of a block. `cargo bench -p parallax-state`.

use access_list::{AccountChange, SlotChange, StateDiff};
use primitives::{Account, Address, U256, keccak256};
use state::{MemoryState, StateReader, StateTrie, StateWriter, state_root};
use std::{
    env, fs,
    hint::black_box,
    time::{Duration, Instant},
};

const ACCOUNTS: u64 = 1_000_000;
const SLOTS: u64 = 1_000_000;

fn main() {
    // Cargo says so when it wants measurements; test runners that look for tests here find none.
    if !env::args().any(|argument| argument == "--bench") {
        return;
    }
    let memory_before = resident_mib();
    let mut state = MemoryState::new();
    time("memory::set_account/accounts=1000000", 1, || {
        for i in 0..ACCOUNTS {
            state.set_account(address(i), Account::with_balance(U256::from(i)));
        }
    });
    println!("{:60} {:>10} MiB", "memory::resident/accounts=1000000", resident_mib() - memory_before);
    time("memory::account/random", ACCOUNTS, || {
        for i in 0..ACCOUNTS {
            black_box(state.account(address(spread(i))).ok());
        }
    });
    reads_of_few(&state);
    time("root::state_root/accounts=1000000", 1, || state_root(&state));

    let memory_before = resident_mib();
    let mut trie = time("state_trie::from/accounts=1000000", 1, || StateTrie::from(&state));
    println!("{:60} {:>10} MiB", "state_trie::resident/accounts=1000000", resident_mib().saturating_sub(memory_before));
    for count in [100, 2000, 10_000] {
        time_best(&format!("state_trie::apply/accounts={count}"), |round| transfers(count, round), &mut trie);
    }
    drop(trie);

    let memory_before = resident_mib();
    for i in 0..SLOTS {
        state.set_storage(address(i % 1000), U256::from_be_bytes(keccak256(i.to_be_bytes()).0), U256::from(i + 1));
    }
    println!("{:60} {:>10} MiB", "memory::resident/slots=1000000", resident_mib() - memory_before);
    time("memory::storage/random", SLOTS, || {
        for i in (0..SLOTS).map(spread) {
            black_box(state.storage(address(i % 1000), U256::from_be_bytes(keccak256(i.to_be_bytes()).0)).ok());
        }
    });
    time("root::state_root/accounts=1000000,slots=1000000", 1, || state_root(&state));
    let mut trie = StateTrie::from(&state);
    time_best("state_trie::apply/accounts=1000,slots=1000", writes, &mut trie);
    let diff = writes(20);
    time("memory::commit/accounts=1000,slots=1000", 1, || state.commit(&diff).expect("in memory"));
}

/// Reads that stay in the cache, as those of hot contracts do.
fn reads_of_few(state: &MemoryState) {
    let addresses: Vec<Address> = (0..64).map(address).collect();
    time("memory::account/cached", 1_000_000, || {
        for i in 0..1_000_000 {
            black_box(state.account(addresses[i % 64]).ok());
        }
    });
}

fn transfers(count: u64, round: u64) -> StateDiff {
    let account = |i: u64| Account { nonce: round + 1, ..Account::with_balance(U256::from(i)) };
    let change = |i: u64| {
        let i = (i * 7919 + round * 104_729) % ACCOUNTS;
        AccountChange { address: address(i), account: Some(account(i)), wiped: false }
    };
    StateDiff { accounts: (0..count).map(change).collect(), ..StateDiff::default() }
}

/// Transfers, and ten slots in each of a hundred contracts.
fn writes(round: u64) -> StateDiff {
    let slot = |i: u64| SlotChange { address: address(i % 100), slot: U256::from(i), value: U256::from(i + round) };
    StateDiff { slots: (1..=1000).map(slot).collect(), ..transfers(1000, round) }
}

fn address(i: u64) -> Address {
    Address::left_padding_from(&i.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes())
}

fn spread(i: u64) -> u64 {
    i * 7919 % ACCOUNTS
}

fn time<T>(name: &str, operations: u64, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = black_box(work());
    let each = start.elapsed() / u32::try_from(operations).expect("a moderate number");
    println!("{name:60} {each:>14.2?}");
    result
}

/// The fastest and the slowest of ten blocks, one after the other.
fn time_best(name: &str, diff: impl Fn(u64) -> StateDiff, trie: &mut StateTrie) {
    let mut times: Vec<Duration> = (0..10)
        .map(|round| {
            let diff = diff(round);
            let start = Instant::now();
            black_box(trie.apply(&diff).expect("a whole state"));
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    println!("{name:60} {:>14.2?} to {:.2?}", times[0], times[9]);
}

fn resident_mib() -> u64 {
    let statm = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or_default() * 4096 / (1 << 20)
}
