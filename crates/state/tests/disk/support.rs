//! Blocks for a store, and the state in memory that it has to agree with.

use access_list::{AccountChange, SlotChange, StateDiff};
use primitives::{Account, Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};
use proptest::{collection::vec, prelude::*};
use state::{
    MemoryState, StateReader, StateWriter,
    disk::{BlockCommit, Disk, DiskError, LogKey, Options},
    state_root,
};
use std::{collections::BTreeSet, fs, path::Path};
use tempfile::TempDir;

/// Options that suit a test: small caches, no reserve.
pub(crate) fn options() -> Options {
    Options {
        cache_bytes: 1 << 20,
        buffer_bytes: 8 << 20,
        reserve_bytes: 0,
        workers: 1,
        ..Options::new(1337, B256::repeat_byte(0x11))
    }
}

pub(crate) fn directory() -> TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

pub(crate) fn open(dir: &Path) -> Disk {
    Disk::open(dir, options()).expect("opens")
}

pub(crate) fn address(index: u64) -> Address {
    Address::left_padding_from(&keccak256(index.to_be_bytes())[..8])
}

pub(crate) fn hash_of(number: u64, fork: u64) -> B256 {
    keccak256([number.to_be_bytes(), fork.to_be_bytes()].concat())
}

/// A block with made-up parts that its number and `fork` determine.
pub(crate) fn block(disk: &Disk, fork: u64, diff: &StateDiff) -> Result<BlockCommit, DiskError> {
    let head = disk.head();
    let number = head.map_or(0, |head| head.number + 1);
    let part = |name: &str| Bytes::from(format!("{name} of {number} on {fork}").into_bytes());
    Ok(BlockCommit {
        number,
        hash: hash_of(number, fork),
        parent_hash: head.map_or(B256::ZERO, |head| head.hash),
        header: part("header"),
        body: part("body"),
        receipts: part("receipts"),
        access_list: number.is_multiple_of(2).then(|| part("list")),
        transactions: (0..number % 4).map(|index| transaction(number, fork, index)).collect(),
        logs: vec![LogKey::Address(address(number % 3)), LogKey::Topic(B256::with_last_byte((number % 5) as u8))],
        notes: vec![("last".to_owned(), number.to_be_bytes().to_vec())],
        update: disk.root_of(diff)?,
    })
}

pub(crate) fn transaction(number: u64, fork: u64, index: u64) -> B256 {
    keccak256([number, fork, index].map(u64::to_be_bytes).concat())
}

pub(crate) fn commit(disk: &Disk, fork: u64, diff: &StateDiff) -> B256 {
    let block = block(disk, fork, diff).expect("a sound diff");
    let root = block.update.root();
    disk.commit(block).expect("commits");
    root
}

/// A store and what it has to hold: the state in memory after each block, from block 0.
pub(crate) struct Model {
    pub(crate) disk: Option<Disk>,
    pub(crate) states: Vec<MemoryState>,
    pub(crate) dir: TempDir,
}

impl Model {
    pub(crate) fn new() -> Self {
        let dir = directory();
        Self { disk: Some(open(dir.path())), states: Vec::new(), dir }
    }

    pub(crate) fn disk(&self) -> &Disk {
        self.disk.as_ref().expect("open")
    }

    pub(crate) fn last(&self) -> MemoryState {
        self.states.last().cloned().unwrap_or_default()
    }

    pub(crate) fn commit(&mut self, fork: u64, diff: &StateDiff) {
        let mut state = self.last();
        let diff = fit(diff, &state);
        state.commit(&diff).expect("commits");
        let root = commit(self.disk(), fork, &diff);
        assert_eq!(root, state_root(&state), "block {}", self.states.len());
        self.states.push(state);
    }

    pub(crate) fn rollback(&mut self, number: usize) {
        self.disk().rollback_to(number as u64).expect("rolls back");
        self.states.truncate(number + 1);
    }

    pub(crate) fn reopen(&mut self) {
        self.reopen_with(&options());
    }

    pub(crate) fn reopen_with(&mut self, options: &Options) {
        self.disk = None;
        self.disk = Some(Disk::open(self.dir.path(), options.clone()).expect("opens"));
    }

    /// Everything that can be asked, at every block that is kept.
    pub(crate) fn check(&self) {
        let Some(head) = self.disk().head() else { return assert!(self.states.is_empty()) };
        assert_eq!(head.number as usize + 1, self.states.len());
        assert_eq!(head.state_root, state_root(&self.last()));
        for number in head.oldest_state..=head.number {
            let state = self.disk().at(number).expect("kept");
            let expected = &self.states[number as usize];
            assert_eq!(state.root().expect("reads"), state_root(expected));
            check_same(&state, expected);
        }
        check_same(&self.disk().latest(), &self.last());
        self.disk().verify(|_| ()).expect("verifies");
    }
}

/// Both answer every question about the accounts and slots that tests use alike.
pub(crate) fn check_same(found: &impl StateReader, expected: &impl StateReader) {
    for index in 0..ACCOUNTS {
        let address = address(index);
        let account = expected.account(address);
        assert_eq!(found.account(address), account, "account {index}");
        assert_eq!(found.had_only_storage(address), expected.had_only_storage(address), "account {index}");
        for slot in (0..SLOTS).map(U256::from) {
            assert_eq!(found.storage(address, slot), expected.storage(address, slot), "slot {slot} of {index}");
        }
        if let Ok(Some(Account { code_hash, .. })) = account {
            assert_eq!(found.code(code_hash), expected.code(code_hash));
        }
    }
}

pub(crate) const ACCOUNTS: u64 = 40;
pub(crate) const SLOTS: u64 = 12;

fn code(byte: u8) -> Bytes {
    Bytes::from(vec![byte; usize::from(byte)])
}

/// Diffs as a block may give them, before [`fit`].
pub(crate) fn diff() -> impl Strategy<Value = StateDiff> {
    let account = (0..3u64, 0..3u64, 0..3u8).prop_map(|(balance, nonce, byte)| Account {
        balance: U256::from(balance),
        nonce,
        code_hash: if byte == 0 { KECCAK256_EMPTY } else { keccak256(code(byte)) },
    });
    let account = proptest::option::weighted(0.7, account);
    let accounts = proptest::collection::btree_map(0..ACCOUNTS, (account, any::<bool>()), 0..14);
    let slots = proptest::collection::btree_map((0..ACCOUNTS, 0..SLOTS), 0..3u64, 0..40);
    (accounts, slots).prop_map(|(accounts, slots)| StateDiff {
        accounts: accounts
            .into_iter()
            .map(|(index, (account, wiped))| AccountChange { address: address(index), account, wiped })
            .collect(),
        slots: slots
            .into_iter()
            .map(|((index, slot), value)| SlotChange {
                address: address(index),
                slot: U256::from(slot),
                value: U256::from(value),
            })
            .collect(),
        code: [1, 2].map(|byte| (keccak256(code(byte)), code(byte))).to_vec(),
    })
}

pub(crate) fn diffs(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<StateDiff>> {
    vec(diff(), count)
}

/// Drops slots of accounts that `state` does not have once the diff is applied.
pub(crate) fn fit(diff: &StateDiff, state: &MemoryState) -> StateDiff {
    let mut there: BTreeSet<Address> = state.accounts().map(|(address, _)| address).collect();
    for change in &diff.accounts {
        if change.account.is_some() {
            there.insert(change.address)
        } else {
            there.remove(&change.address)
        };
    }
    let mut diff = diff.clone();
    diff.slots.retain(|change| there.contains(&change.address));
    diff
}

/// A fixed sequence of diffs, for tests that need some blocks and do not care which.
pub(crate) fn some_diff(number: u64) -> StateDiff {
    let account = |index: u64| AccountChange {
        address: address(index % ACCOUNTS),
        account: Some(Account { nonce: number, ..Account::with_balance(U256::from(number * 100 + index)) }),
        wiped: false,
    };
    let slot = |index: u64| SlotChange {
        address: address(index % ACCOUNTS),
        slot: U256::from(index % SLOTS),
        value: U256::from((number + index) % 4),
    };
    StateDiff {
        accounts: (number..number + 7).map(account).collect(),
        slots: (number..number + 7).map(slot).collect(),
        code: Vec::new(),
    }
}

/// Copies a data directory as a crash of the process would leave it: the journal without its empty end.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("creates");
    for entry in fs::read_dir(from).expect("reads") {
        let entry = entry.expect("reads");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
            continue;
        }
        let mut bytes = fs::read(entry.path()).expect("reads");
        if target.extension().is_some_and(|extension| extension == "jnl") {
            bytes.truncate(bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1));
        }
        fs::write(target, bytes).expect("writes");
    }
}
