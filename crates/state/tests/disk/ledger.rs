//! Blocks, transactions, logs and notes.

use crate::support::{Model, address, block, commit, directory, hash_of, open, some_diff, transaction};
use primitives::{Address, B256};
use state::disk::{DiskError, LogBlocks, LogQuery};

fn model(blocks: u64) -> Model {
    let mut model = Model::new();
    for number in 0..blocks {
        model.commit(0, &some_diff(number));
    }
    model
}

#[test]
fn blocks_come_back_as_they_were() {
    let mut model = model(7);
    for _ in 0..2 {
        let disk = model.disk();
        for number in 0..7 {
            let part = |name: &str| Some(format!("{name} of {number} on 0").into_bytes().into());
            assert_eq!(disk.header(number).expect("reads"), part("header"));
            assert_eq!(disk.body(number).expect("reads"), part("body"));
            assert_eq!(disk.receipts(number).expect("reads"), part("receipts"));
            let list = if number % 2 == 0 { part("list") } else { None };
            assert_eq!(disk.access_list(number).expect("reads"), list);
            assert_eq!(disk.block_number(hash_of(number, 0)).expect("reads"), Some(number));
            let summary = disk.block(number).expect("reads").expect("there");
            assert_eq!((summary.hash, summary.transactions), (hash_of(number, 0), number % 4));
            for index in 0..number % 4 {
                let place = disk.transaction(transaction(number, 0, index)).expect("reads");
                assert_eq!(place, Some((number, index)));
            }
        }
        assert_eq!(disk.header(7).expect("reads"), None);
        assert_eq!(disk.transaction(B256::ZERO).expect("reads"), None);
        assert_eq!(disk.note("last").expect("reads"), Some(6u64.to_be_bytes().to_vec()));
        model.reopen();
    }
}

#[test]
fn a_rollback_takes_blocks_and_indexes_back() {
    let mut model = model(7);
    model.rollback(3);
    let disk = model.disk();
    assert_eq!(disk.header(4).expect("reads"), None);
    assert_eq!(disk.block_number(hash_of(5, 0)).expect("reads"), None);
    assert_eq!(disk.transaction(transaction(6, 0, 0)).expect("reads"), None);
    assert_eq!(disk.transaction(transaction(3, 0, 2)).expect("reads"), Some((3, 2)));
    assert_eq!(all_logs(&model, 9, &[0, 1, 2]).blocks, [0, 1, 2, 3]);
    model.commit(1, &some_diff(9));
    assert_eq!(model.disk().block_number(hash_of(4, 1)).expect("reads"), Some(4));
}

fn all_logs(model: &Model, limit: usize, addresses: &[u64]) -> LogBlocks {
    let addresses: Vec<Address> = addresses.iter().map(|index| address(*index)).collect();
    let query = LogQuery { blocks: 0..=u64::MAX, addresses, topics: Vec::new(), limit };
    model.disk().log_blocks(&query).expect("reads")
}

#[test]
fn logs_are_found_by_contract_and_topic() {
    let model = model(20);
    let topic = |index: u64| B256::with_last_byte(index as u8);
    for addresses in [vec![], vec![0], vec![1, 2], vec![7]] {
        for topics in [vec![], vec![3], vec![0, 4], vec![9]] {
            for range in [0..=19, 5..=12, 19..=40, 30..=40] {
                let has = |number: &u64| {
                    (addresses.is_empty() || addresses.contains(&(number % 3)))
                        && (topics.is_empty() || topics.contains(&(number % 5)))
                };
                let expected: Vec<u64> = (0..20).filter(|number| range.contains(number)).filter(has).collect();
                let mut query = LogQuery {
                    blocks: range.clone(),
                    addresses: addresses.iter().map(|index| address(*index)).collect(),
                    topics: topics.iter().map(|index| topic(*index)).collect(),
                    limit: 2,
                };
                let mut found = Vec::new();
                loop {
                    let page = model.disk().log_blocks(&query).expect("reads");
                    assert!(page.blocks.len() <= 2);
                    found.extend(page.blocks);
                    let Some(next) = page.next else { break };
                    query.blocks = next..=*range.end();
                }
                assert_eq!(found, expected, "{addresses:?} {topics:?} {range:?}");
            }
        }
    }
}

#[test]
fn only_the_next_block_is_taken() {
    let dir = directory();
    let disk = open(dir.path());
    commit(&disk, 0, &some_diff(0));
    let mut wrong = block(&disk, 0, &some_diff(1)).expect("a sound diff");
    wrong.number = 2;
    assert!(matches!(disk.commit(wrong), Err(DiskError::NotNext { number: 2, .. })));
    let mut wrong = block(&disk, 0, &some_diff(1)).expect("a sound diff");
    wrong.parent_hash = B256::ZERO;
    assert!(matches!(disk.commit(wrong), Err(DiskError::NotNext { number: 1, .. })));
    let first = block(&disk, 0, &some_diff(1)).expect("a sound diff");
    let mut late = block(&disk, 0, &some_diff(2)).expect("a sound diff");
    disk.commit(first).expect("commits");
    let head = disk.head().expect("a head");
    (late.number, late.parent_hash) = (2, head.hash);
    assert!(matches!(disk.commit(late), Err(DiskError::Stale)));
    assert_eq!(disk.head(), Some(head));
    disk.set_note("final", b"0").expect("writes");
    assert_eq!(disk.note("final").expect("reads"), Some(b"0".to_vec()));
    commit(&disk, 0, &some_diff(2));
}
