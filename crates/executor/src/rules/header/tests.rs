use super::*;
use primitives::{B256, Bytes, alloy_eips::eip7840::BlobParams, alloy_primitives::B64};

/// A header of the fork, and one that may follow it.
fn pair(chain: &ChainSpec) -> (Header, Header) {
    let fork = chain.fork_at(99, 1000);
    let since = |since: Fork| fork >= since;
    let parent = Header {
        ommers_hash: EMPTY_OMMER_ROOT_HASH,
        number: 99,
        timestamp: 1000,
        gas_limit: 1_024_000,
        gas_used: 512_000,
        difficulty: if since(Fork::Paris) { U256::ZERO } else { U256::from(2_048_000) },
        base_fee_per_gas: since(Fork::London).then_some(7),
        withdrawals_root: since(Fork::Shanghai).then_some(B256::ZERO),
        blob_gas_used: since(Fork::Cancun).then_some(0),
        excess_blob_gas: since(Fork::Cancun).then_some(0),
        parent_beacon_block_root: since(Fork::Cancun).then_some(B256::ZERO),
        requests_hash: since(Fork::Prague).then_some(B256::ZERO),
        ..Header::default()
    };
    let mut header = Header { number: 100, timestamp: 1005, parent_hash: parent.hash_slow(), ..parent.clone() };
    header.difficulty = difficulty(chain, &parent, &header);
    (parent, header)
}

fn check(fork: Fork, change: impl FnOnce(&mut Header), expected: HeaderError) {
    let chain = ChainSpec::at_fork(fork);
    let (parent, mut header) = pair(&chain);
    change(&mut header);
    assert_eq!(check_header(&chain, &parent, &header), Err(expected), "{fork}");
}

#[test]
fn a_plain_header_follows_in_every_fork() {
    for fork in Fork::ALL {
        let chain = ChainSpec::at_fork(fork);
        let (parent, mut header) = pair(&chain);
        assert_eq!(check_header(&chain, &parent, &header), Ok(()), "{fork}");
        header.block_access_list_hash = Some(B256::ZERO);
        assert_eq!(check_header(&chain, &parent, &header), Ok(()), "{fork} with a block access list");
    }
}

#[test]
fn it_stands_where_its_parent_lets_it() {
    for number in [0, 99, 101, u64::MAX] {
        check(Fork::London, |header| header.number = number, HeaderError::Number { parent: 99, header: number });
    }
    for timestamp in [0, 999, 1000] {
        let expected = HeaderError::Timestamp { parent: 1000, header: timestamp };
        check(Fork::Osaka, |header| header.timestamp = timestamp, expected);
    }
    let parent = pair(&ChainSpec::at_fork(Fork::Paris)).0.hash_slow();
    let expected = HeaderError::ParentHash { parent, header: B256::ZERO };
    check(Fork::Paris, |header| header.parent_hash = B256::ZERO, expected);

    let chain = ChainSpec::at_fork(Fork::Frontier);
    let last = Header { number: u64::MAX, ..Header::default() };
    let expected = HeaderError::Number { parent: u64::MAX, header: 0 };
    assert_eq!(check_header(&chain, &last, &Header::default()), Err(expected), "numbers do not wrap");
}

#[test]
fn the_gas_limit_moves_slowly() {
    for (limit, ok) in [(1_024_999, true), (1_025_000, false), (1_023_001, true), (1_023_000, false)] {
        let chain = ChainSpec::at_fork(Fork::Berlin);
        let (parent, mut header) = pair(&chain);
        header.gas_limit = limit;
        let expected = HeaderError::GasLimitStep { parent: 1_024_000, header: limit };
        assert_eq!(check_header(&chain, &parent, &header), if ok { Ok(()) } else { Err(expected) }, "{limit}");
    }
    for limit in [0, 4999, 1 << 63, u64::MAX] {
        check(Fork::Frontier, |header| header.gas_limit = limit, HeaderError::GasLimitRange(limit));
    }
    let expected = HeaderError::GasUsed { used: 1_024_001, limit: 1_024_000 };
    check(Fork::Cancun, |header| header.gas_used = 1_024_001, expected);
}

#[test]
fn london_doubles_the_gas_limit_and_sets_the_first_base_fee() {
    let mut chain = ChainSpec::at_fork(Fork::London);
    chain.set_activation(Fork::London, Activation::Block(100));
    let (parent, mut header) = pair(&chain);
    let expected = HeaderError::GasLimitStep { parent: 2_048_000, header: 1_024_000 };
    assert_eq!(check_header(&chain, &parent, &header), Err(expected));
    header.gas_limit = 2_048_000;
    let expected = HeaderError::Missing { field: "base fee", fork: Fork::London };
    assert_eq!(check_header(&chain, &parent, &header), Err(expected));
    header.base_fee_per_gas = Some(7);
    let expected = HeaderError::BaseFee { expected: 1_000_000_000, header: 7 };
    assert_eq!(check_header(&chain, &parent, &header), Err(expected));
    header.base_fee_per_gas = Some(1_000_000_000);
    assert_eq!(check_header(&chain, &parent, &header), Ok(()));
}

#[test]
fn fields_come_with_their_forks() {
    type Set = fn(&mut Header, bool);
    let fields: [(&str, Fork, Set); 6] = [
        ("base fee", Fork::London, |header, on| header.base_fee_per_gas = on.then_some(7)),
        ("withdrawals root", Fork::Shanghai, |header, on| header.withdrawals_root = on.then_some(B256::ZERO)),
        ("blob gas used", Fork::Cancun, |header, on| header.blob_gas_used = on.then_some(0)),
        ("excess blob gas", Fork::Cancun, |header, on| header.excess_blob_gas = on.then_some(0)),
        ("parent beacon block root", Fork::Cancun, |header, on| {
            header.parent_beacon_block_root = on.then_some(B256::ZERO);
        }),
        ("requests hash", Fork::Prague, |header, on| header.requests_hash = on.then_some(B256::ZERO)),
    ];
    for (field, since, set) in fields {
        for fork in Fork::ALL {
            if fork >= since {
                check(fork, |header| set(header, false), HeaderError::Missing { field, fork });
            } else {
                check(fork, |header| set(header, true), HeaderError::Unexpected { field, fork });
            }
        }
    }
    let expected = HeaderError::Unexpected { field: "slot number", fork: Fork::Osaka };
    check(Fork::Osaka, |header| header.slot_number = Some(1), expected);
}

#[test]
fn extra_data_is_short_and_names_the_dao_fork() {
    let long = Bytes::from(vec![0; 33]);
    check(Fork::Prague, |header| header.extra_data = long, HeaderError::ExtraDataLength(33));

    let mut chain = ChainSpec::at_fork(Fork::Homestead);
    for (block, extra_data, ok) in [
        (100, "dao-hard-fork", true),
        (91, "dao-hard-fork", true),
        (100, "", false),
        (91, "dao-hard-fork ", false),
        (90, "", true),
        (101, "", true),
    ] {
        chain.dao_fork_block = Some(block);
        let (parent, mut header) = pair(&chain);
        header.extra_data = Bytes::from(extra_data);
        let expected = if ok { Ok(()) } else { Err(HeaderError::DaoExtraData) };
        assert_eq!(check_header(&chain, &parent, &header), expected, "{block} {extra_data:?}");
    }
}

#[test]
fn after_the_merge_there_is_no_work() {
    let one = U256::ONE;
    let expected = HeaderError::Difficulty { expected: U256::ZERO, header: one };
    check(Fork::Paris, |header| header.difficulty = one, expected);
    check(Fork::Osaka, |header| header.nonce = B64::with_last_byte(1), HeaderError::Work("nonce"));
    check(Fork::Osaka, |header| header.ommers_hash = B256::ZERO, HeaderError::Work("ommers"));
    let expected = HeaderError::Difficulty { expected: U256::from(2_049_000), header: one };
    check(Fork::London, |header| header.difficulty = one, expected);
}

#[test]
fn a_chain_that_merged_by_total_difficulty_does_not_go_back() {
    let mut chain = ChainSpec::at_fork(Fork::London);
    chain.set_activation(Fork::Paris, Activation::TotalDifficulty(U256::from(5_000_000)));
    let (work, mut merged) = pair(&chain);
    merged.difficulty = U256::ZERO;
    assert_eq!(check_header(&chain, &work, &merged), Ok(()));
    let mut back = Header { number: 101, timestamp: 1010, parent_hash: merged.hash_slow(), ..merged.clone() };
    assert_eq!(check_header(&chain, &merged, &back), Ok(()));
    back.difficulty = U256::from(131_072);
    let expected = HeaderError::Difficulty { expected: U256::ZERO, header: back.difficulty };
    assert_eq!(check_header(&chain, &merged, &back), Err(expected));
}

#[test]
fn blob_gas_is_of_whole_blobs_and_priced_by_what_came_before() {
    let max = 6 * DATA_GAS_PER_BLOB;
    for used in [1, DATA_GAS_PER_BLOB - 1, max + 1, max + DATA_GAS_PER_BLOB, u64::MAX] {
        let expected = HeaderError::BlobGasUsed { used, max };
        check(Fork::Cancun, |header| header.blob_gas_used = Some(used), expected);
    }
    let expected = HeaderError::ExcessBlobGas { expected: 0, header: 1 };
    check(Fork::Prague, |header| header.excess_blob_gas = Some(1), expected);

    let mut chain = ChainSpec::at_fork(Fork::Osaka);
    chain.set_blob_params(1005, BlobParams::bpo1());
    let (parent, mut header) = pair(&chain);
    header.blob_gas_used = Some(15 * DATA_GAS_PER_BLOB);
    assert_eq!(check_header(&chain, &parent, &header), Ok(()), "the schedule moved");

    let mut chain = ChainSpec::at_fork(Fork::Shanghai);
    chain.set_activation(Fork::Cancun, Activation::Block(0));
    let (parent, header) = pair(&chain);
    assert_eq!(check_header(&chain, &parent, &header), Err(HeaderError::NoBlobParams(1005)));
}

#[test]
fn work_ends_where_the_chain_says() {
    let mut chain = ChainSpec::at_fork(Fork::London);
    let terminal = U256::from(5_000_000);
    let (work, merged) = (Header { difficulty: U256::ONE, number: 9, ..Header::default() }, Header::default());
    let merged = Header { number: 9, ..merged };
    assert_eq!(check_merge(&chain, U256::MAX, &work), Ok(()), "nothing to check");
    chain.set_activation(Fork::Paris, Activation::TotalDifficulty(terminal));
    let below = terminal - U256::ONE;
    assert_eq!(check_merge(&chain, below, &work), Ok(()));
    assert_eq!(check_merge(&chain, terminal, &merged), Ok(()));
    let early = HeaderError::Merge { fork: Fork::Paris, total: below, terminal };
    assert_eq!(check_merge(&chain, below, &merged), Err(early));
    let late = HeaderError::Merge { fork: Fork::London, total: terminal, terminal };
    assert_eq!(check_merge(&chain, terminal, &work), Err(late));
}

/// What [`check_header_form`] refuses, the whole check refuses too; the tests above see to that.
#[test]
fn without_a_parent_a_header_is_held_against_its_fork() {
    type Change = fn(&mut Header);
    let chain = ChainSpec::at_fork(Fork::Prague);
    let header = pair(&chain).1;
    assert_eq!(check_header_form(&chain, &header), Ok(()));
    let refused: [(Change, HeaderError); 8] = [
        (|header| header.gas_limit = 4999, HeaderError::GasLimitRange(4999)),
        (|header| header.gas_used = 1_024_001, HeaderError::GasUsed { used: 1_024_001, limit: 1_024_000 }),
        (|header| header.extra_data = Bytes::from(vec![0; 33]), HeaderError::ExtraDataLength(33)),
        (|header| header.base_fee_per_gas = None, HeaderError::Missing { field: "base fee", fork: Fork::Prague }),
        (|header| header.difficulty = U256::ONE, HeaderError::Difficulty { expected: U256::ZERO, header: U256::ONE }),
        (|header| header.nonce = B64::with_last_byte(1), HeaderError::Work("nonce")),
        (|header| header.ommers_hash = B256::ZERO, HeaderError::Work("ommers")),
        (|header| header.blob_gas_used = Some(1), HeaderError::BlobGasUsed { used: 1, max: 9 * DATA_GAS_PER_BLOB }),
    ];
    for (change, expected) in refused {
        let mut header = header.clone();
        change(&mut header);
        assert_eq!(check_header_form(&chain, &header), Err(expected));
    }
    let changes: [Change; 5] = [
        |header| header.parent_hash = B256::ZERO,
        |header| header.number = 7,
        |header| header.timestamp = 1,
        |header| header.base_fee_per_gas = Some(1),
        |header| header.excess_blob_gas = Some(1),
    ];
    for change in changes {
        let mut header = header.clone();
        change(&mut header);
        assert_eq!(check_header_form(&chain, &header), Ok(()), "only a parent can tell");
    }
}
