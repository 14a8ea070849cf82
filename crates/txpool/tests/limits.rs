//! Every bound at one below, at it, and at one above.

mod support;

use primitives::{B256, Fork, U256, alloy_eips::eip2718::Encodable2718};
use state::MemoryState;
use support::{Build, ETHER, GWEI, head, limits, of_kind, pool, rich, signer, transfer};
use txpool::{AddError, DropReason, EventKind, Head, Limits, Origin, Pool};

/// Whether each of three values is taken by a fresh pool.
fn takes(limits: &Limits, state: &MemoryState, builds: [Build; 3]) -> [bool; 3] {
    builds.map(|build| build.add(&mut pool(limits.clone()), state).is_ok())
}

#[test]
fn bounds_of_one_transaction() {
    let (limits, state) = (limits(), rich(2));
    let around = |bound: u64| [bound - 1, bound, bound + 1];
    let gas = around(1 << 24).map(|gas| Build { gas, cap: GWEI, ..transfer(1, 0, 1) });
    assert_eq!(takes(&limits, &state, gas), [true, true, false]);
    let gas = around(21_000).map(|gas| Build { gas, ..transfer(1, 0, 1) });
    assert_eq!(takes(&limits, &state, gas), [false, true, true]);
    let code = around(49_152).map(|len| {
        let input = vec![0; usize::try_from(len).unwrap()].into();
        Build { to: None, gas: 1 << 24, cap: GWEI, tip: GWEI, input, ..transfer(1, 0, 1) }
    });
    assert_eq!(takes(&limits, &state, code), [true, true, false]);
    let blobs =
        around(6).map(|count| Build { blob_hashes: vec![B256::ZERO; usize::try_from(count).unwrap()], ..of_kind(3) });
    assert_eq!(takes(&limits, &state, blobs), [true, true, false]);
    let tips = around(1).map(|tip| transfer(1, 0, u128::from(tip)));
    assert_eq!(takes(&limits, &state, tips), [false, true, true]);
    let caps = around(5).map(|tip| Build { cap: 5, ..transfer(1, 0, u128::from(tip)) });
    assert_eq!(takes(&limits, &state, caps), [true, true, false]);
    let values = around(u64::try_from(ETHER).unwrap()).map(|total| Build {
        value: U256::from(u128::from(total) - 21_000 * GWEI),
        cap: GWEI,
        ..transfer(1, 0, 1)
    });
    assert_eq!(takes(&limits, &state, values), [true, true, false]);
    let nonces = [u64::MAX - 2, u64::MAX - 1, u64::MAX].map(|nonce| transfer(1, nonce, 1));
    assert_eq!(takes(&limits, &state, nonces), [true, true, false]);
}

#[test]
fn bytes_of_one_transaction() {
    let of_len = |len: usize| {
        let empty = Build { gas: 6_000_000, cap: GWEI, tip: 1, input: vec![0; 130_000].into(), ..transfer(1, 0, 1) };
        let rest = len - empty.transaction().encode_2718_len();
        Build { input: vec![0; 130_000 + rest].into(), ..empty }
    };
    let builds = [131_071, 131_072, 131_073].map(of_len);
    assert_eq!(builds.each_ref().map(|build| build.transaction().encode_2718_len()), [131_071, 131_072, 131_073]);
    assert_eq!(takes(&limits(), &rich(2), builds), [true, true, false]);
}

#[test]
fn gas_of_a_block() {
    for (gas_limit, is_taken) in [(20_999, false), (21_000, true), (21_001, true)] {
        let mut pool = Pool::new(limits(), Head { gas_limit, ..head(Fork::Osaka) });
        assert_eq!(transfer(1, 0, 1).add(&mut pool, &rich(2)).is_ok(), is_taken);
    }
}

#[test]
fn slots_of_one_account() {
    let (mut pool, state) = (pool(limits()), rich(2));
    let taken = (0..17).filter(|nonce| Build { cap: GWEI, ..transfer(1, *nonce, 1) }.add(&mut pool, &state).is_ok());
    assert_eq!(taken.count(), 16);
    let mut dev = Pool::new(Limits::dev(), head(Fork::Osaka));
    let taken = (0..5000).filter(|nonce| Build { cap: 9, ..transfer(1, *nonce, 1) }.add(&mut dev, &state).is_ok());
    assert_eq!(taken.count(), 5000);
}

#[test]
fn what_is_held_at_most() {
    let limits = Limits { pending_max: 3, queued_max: 2, ..limits() };
    let (mut pool, state) = (pool(limits), rich(20));
    for number in 0..3 {
        assert_eq!(transfer(number, 0, 10 + u128::from(number)).add(&mut pool, &state).unwrap().events.len(), 1);
    }
    assert_eq!(transfer(4, 0, 10).add(&mut pool, &state).unwrap_err(), AddError::Underpriced);
    let added = transfer(5, 0, 11).add(&mut pool, &state).unwrap();
    let evicted = &added.events[1];
    assert_eq!(evicted.kind, EventKind::Dropped(DropReason::Evicted));
    assert_eq!(evicted.transaction.signer, signer(0));
    for number in 6..8 {
        transfer(number, 1, 5).add(&mut pool, &state).unwrap();
    }
    assert_eq!(transfer(8, 1, 5).add(&mut pool, &state).unwrap_err(), AddError::Underpriced);
    assert_eq!(transfer(8, 1, 6).add(&mut pool, &state).unwrap().events.len(), 2);
    let status = pool.status();
    assert_eq!((status.pending, status.queued), (3, 2));
}

#[test]
fn local_ones_give_way_last() {
    let (mut pool, state) = (pool(Limits { pending_max: 2, ..limits() }), rich(20));
    for number in 0..2 {
        pool.add(transfer(number, 0, 1).incoming(), Origin::Local, &state, 0).unwrap();
    }
    assert_eq!(transfer(3, 0, GWEI).add(&mut pool, &state).unwrap_err().to_string(), "txpool is full");
    let added = pool.add(transfer(4, 0, 2).incoming(), Origin::Local, &state, 0).unwrap();
    assert_eq!(added.events.len(), 2);
}

#[test]
fn memory_is_bounded() {
    let state = rich(40);
    let large = |from: u64, nonce: u64, tip: u128| Build {
        input: vec![0; 100_000].into(),
        gas: 2_000_000,
        cap: GWEI,
        ..transfer(from, nonce, tip)
    };
    let one = large(0, 0, 1).add(&mut pool(limits()), &state).unwrap().transaction.bytes;
    for (bytes_max, held) in [(one - 1, 0), (one, 1), (one + 1, 1), (3 * one - 1, 2), (3 * one, 3)] {
        let mut pool = pool(Limits { bytes_max, ..limits() });
        for number in 0..20 {
            let result = large(number, 0, 1 + u128::from(number)).add(&mut pool, &state);
            assert_eq!(result.is_ok(), held > 0);
            assert!(pool.status().bytes <= bytes_max);
        }
        assert_eq!(pool.status().pending, held);
    }
    let mut pool = pool(Limits { bytes_max: 2 * one, ..limits() });
    large(1, 1, 100).add(&mut pool, &state).unwrap();
    large(2, 0, 1).add(&mut pool, &state).unwrap();
    let added = large(3, 0, 1).add(&mut pool, &state).unwrap();
    assert_eq!(added.events[1].transaction.signer, signer(1), "what is queued gives way before what is pending");
    assert_eq!(large(4, 1, 100).add(&mut pool, &state).unwrap_err(), AddError::Full);
}

#[test]
fn time_in_the_queue() {
    let lifetime = Limits::node().queued_lifetime_ms;
    for (waited, is_held) in [(lifetime - 1, true), (lifetime, false), (lifetime + 1, false)] {
        let (mut pool, state) = (pool(limits()), rich(2));
        pool.add(transfer(1, 1, 1).incoming(), Origin::Remote, &state, 5).unwrap();
        pool.add(transfer(0, 0, 1).incoming(), Origin::Remote, &state, 5).unwrap();
        let events = pool.expire(5 + waited);
        assert_eq!(events.is_empty(), is_held);
        assert_eq!((pool.status().pending, pool.status().queued), (1, usize::from(is_held)));
    }
    let mut dev = Pool::new(Limits::dev(), head(Fork::Osaka));
    transfer(1, 1, 1).add(&mut dev, &rich(2)).unwrap();
    assert_eq!(dev.expire(u64::MAX - 1), [], "nothing expires on a developer's machine");
}

#[test]
fn bids_of_replacements() {
    let bid = |cap, tip| Build { cap, ..transfer(1, 0, tip) };
    for (cap, tip, is_taken) in
        [(1099, 110, false), (1100, 109, false), (1100, 110, true), (1101, 111, true), (2000, 100, false)]
    {
        let (mut pool, state) = (pool(limits()), rich(2));
        bid(1000, 100).add(&mut pool, &state).unwrap();
        assert_eq!(bid(cap, tip).add(&mut pool, &state).is_ok(), is_taken, "{cap} {tip}");
    }
    let blob = |cap, tip, blob_cap| Build { cap, tip, blob_cap, ..of_kind(3) };
    for (cap, tip, blob_cap, is_taken) in
        [(1999, 200, 20, false), (2000, 199, 20, false), (2000, 200, 19, false), (2000, 200, 20, true)]
    {
        let (mut pool, state) = (pool(limits()), rich(2));
        blob(1000, 100, 10).add(&mut pool, &state).unwrap();
        assert_eq!(blob(cap, tip, blob_cap).add(&mut pool, &state).is_ok(), is_taken, "{cap} {tip} {blob_cap}");
    }
}
