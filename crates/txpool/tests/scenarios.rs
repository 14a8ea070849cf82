//! Histories that have a name.

mod support;

use access_list::{AccessSet, AccountChange, Exactness, Provenance, StateKey};
use primitives::{Account, Address, B256, Fork, U256};
use support::{Build, ETHER, GWEI, head, limits, pool, rich, signer, transfer};
use txpool::{BlockUpdate, DropReason, Event, EventKind, HintTable, Incoming, Limits, Order, Origin, Pool};

fn kinds(events: &[Event]) -> Vec<(u64, EventKind)> {
    events.iter().map(|event| (event.transaction.nonce(), event.kind)).collect()
}

fn changed(number: u64, nonce: u64, balance: u128) -> AccountChange {
    let account = Some(Account { nonce, ..Account::with_balance(U256::from(balance)) });
    AccountChange { address: signer(number), account, wiped: false }
}

fn block(pool: &mut Pool, changed: &[AccountChange], mined: &[B256], returned: Vec<Incoming>) -> Vec<Event> {
    let returned = returned.into_iter().map(|incoming| (incoming, Origin::Remote)).collect();
    let head = pool.head().clone();
    pool.on_block(BlockUpdate { head, changed, mined, returned, now_ms: 0 })
}

fn offered(pool: &Pool) -> Vec<(Address, u64)> {
    pool.best(7, 1).map(|offer| (offer.transaction.signer, offer.transaction.nonce())).collect()
}

#[test]
fn a_gap_that_is_filled_promotes_all_behind_it() {
    let (mut pool, state) = (pool(limits()), rich(2));
    for nonce in [2, 1, 4] {
        assert!(!transfer(1, nonce, 1).add(&mut pool, &state).unwrap().is_pending);
    }
    assert_eq!(pool.next_nonce(signer(1)), Some(0));
    let added = transfer(1, 0, 1).add(&mut pool, &state).unwrap();
    let first = (0, EventKind::Added { is_pending: true });
    assert_eq!(kinds(&added.events), [first, (1, EventKind::Promoted), (2, EventKind::Promoted)]);
    assert_eq!(pool.next_nonce(signer(1)), Some(3));
    let removed = pool.remove(&transfer(1, 1, 1).hash(), 0);
    assert_eq!(kinds(&removed), [(1, EventKind::Dropped(DropReason::Removed)), (2, EventKind::Demoted)]);
    assert_eq!(offered(&pool), [(signer(1), 0)]);
}

#[test]
fn a_replacement_keeps_its_place_and_what_is_behind_it() {
    let (mut pool, state) = (pool(limits()), rich(2));
    for nonce in 0..3 {
        transfer(1, nonce, 10).add(&mut pool, &state).unwrap();
    }
    let better = Build { cap: 200 * GWEI, ..transfer(1, 1, 20) };
    let added = better.add(&mut pool, &state).unwrap();
    let replaced = EventKind::Replaced { by: better.hash() };
    assert_eq!(kinds(&added.events), [(1, replaced), (1, EventKind::Added { is_pending: true })]);
    assert_eq!(added.replaced, Some(transfer(1, 1, 10).hash()));
    assert_eq!(pool.get(&transfer(1, 1, 10).hash()), None);
    assert_eq!(offered(&pool).len(), 3);
}

#[test]
fn a_rollback_gives_transactions_back_without_a_flicker() {
    let (mut pool, state) = (pool(limits()), rich(2));
    for nonce in 0..4 {
        transfer(1, nonce, 10).add(&mut pool, &state).unwrap();
    }
    let mined = [transfer(1, 0, 10).hash(), transfer(1, 1, 10).hash()];
    let events = block(&mut pool, &[changed(1, 2, ETHER)], &mined, Vec::new());
    assert_eq!(kinds(&events), [(0, EventKind::Mined), (1, EventKind::Mined)]);
    let back = || transfer(1, 1, 10).incoming();
    let events = block(&mut pool, &[changed(1, 1, ETHER)], &[], vec![back(), back()]);
    let refused = EventKind::Dropped(DropReason::NotReturned);
    assert_eq!(kinds(&events), [(1, refused), (1, EventKind::Added { is_pending: true })]);
    assert_eq!(offered(&pool), [(signer(1), 1), (signer(1), 2), (signer(1), 3)]);
    let events = block(&mut pool, &[], &[], vec![transfer(0, 0, 1).incoming()]);
    assert_eq!(kinds(&events), [(0, refused)], "a signer whose account is not told");
}

#[test]
fn a_nonce_used_elsewhere_makes_stale() {
    let (mut pool, state) = (pool(limits()), rich(2));
    for nonce in 0..3 {
        transfer(1, nonce, 10).add(&mut pool, &state).unwrap();
    }
    let events = block(&mut pool, &[changed(1, 1, ETHER)], &[B256::ZERO], Vec::new());
    assert_eq!(kinds(&events), [(0, EventKind::Dropped(DropReason::Stale))]);
    assert_eq!(offered(&pool).len(), 2);
    let events = block(&mut pool, &[changed(1, 9, ETHER)], &[], Vec::new());
    assert_eq!(events.len(), 2);
    assert_eq!((pool.status(), pool.next_nonce(signer(1))), (txpool::Status::default(), None));
}

#[test]
fn funds_that_go_and_return() {
    let (mut pool, state) = (pool(limits()), rich(2));
    let cost = 21_000 * 100 * GWEI + 1;
    for nonce in 0..3 {
        transfer(1, nonce, 10).add(&mut pool, &state).unwrap();
    }
    let events = pool.set_accounts(&[changed(1, 0, 2 * cost)], 0);
    assert_eq!(kinds(&events), [(2, EventKind::Demoted)]);
    let events = pool.set_accounts(&[changed(1, 0, 3 * cost - 1)], 0);
    assert_eq!(events, []);
    let events = pool.set_accounts(&[changed(1, 0, 3 * cost)], 0);
    assert_eq!(kinds(&events), [(2, EventKind::Promoted)]);
    let gone = AccountChange { address: signer(1), account: None, wiped: false };
    assert_eq!(pool.set_accounts(&[gone], 0).len(), 3);
    assert_eq!(offered(&pool), []);
}

#[test]
fn offers_follow_tips_or_arrival() {
    for (order, expected) in
        [(Order::Fees, [(2, 0), (0, 0), (1, 0), (1, 1)]), (Order::Fifo, [(0, 0), (1, 0), (1, 1), (2, 0)])]
    {
        let (mut pool, state) = (pool(Limits { order, ..limits() }), rich(3));
        for (from, nonce, tip) in [(0, 0, 5), (1, 0, 1), (1, 1, 9), (2, 0, 7)] {
            transfer(from, nonce, tip).add(&mut pool, &state).unwrap();
        }
        assert_eq!(offered(&pool), expected.map(|(from, nonce)| (signer(from), nonce)));
    }
}

#[test]
fn a_skipped_sender_is_not_offered_again() {
    let (mut pool, state) = (pool(limits()), rich(3));
    for (from, nonce, tip) in [(1, 0, 9), (1, 1, 9), (2, 0, 5), (2, 1, 5)] {
        transfer(from, nonce, tip).add(&mut pool, &state).unwrap();
    }
    let mut best = pool.best(7, 1);
    assert_eq!(best.next().map(|offer| offer.transaction.signer), Some(signer(1)));
    best.skip_sender();
    assert_eq!(best.map(|offer| offer.transaction.signer).collect::<Vec<_>>(), [signer(2), signer(2)]);
}

#[test]
fn what_does_not_pay_the_fees_is_held_but_not_offered() {
    let (mut pool, state) = (pool(limits()), rich(4));
    Build { cap: 6, ..transfer(1, 0, 5) }.add(&mut pool, &state).unwrap();
    transfer(1, 1, 50).add(&mut pool, &state).unwrap();
    let blob = Build { signer: signer(2), blob_cap: 4, ..support::of_kind(3) };
    blob.add(&mut pool, &state).unwrap();
    assert_eq!(pool.status().pending, 3);
    assert_eq!(pool.best(7, 5).count(), 0);
    assert_eq!(pool.best(7, 4).count(), 1);
    assert_eq!(pool.best(6, 5).map(|offer| offer.tip).collect::<Vec<_>>(), [0, 50]);
}

#[test]
fn offers_have_hints() {
    let token = Address::repeat_byte(0x70);
    let mut state = rich(3);
    let code_hash = state.insert_code(vec![0].into());
    state.set_account(token, Account { code_hash, ..Account::EMPTY });
    let call =
        |from, tip| Build { to: Some(token), input: vec![1, 2, 3, 4].into(), gas: 50_000, ..transfer(from, 0, tip) };
    let (mut pool, mut table) = (pool(limits()), HintTable::new(8));
    let slot = StateKey::Slot(token, U256::from(3));
    table.learn(signer(0), &call(0, 1).transaction(), &AccessSet::new([slot], [slot], []));
    transfer(1, 0, 9).add(&mut pool, &state).unwrap();
    call(2, 5).add(&mut pool, &state).unwrap();
    let hints: Vec<_> = pool.best(7, 1).map(|offer| table.hint(offer.transaction)).collect();
    assert_eq!((hints[0].provenance, hints[0].exactness), (Provenance::Static, Exactness::Exact));
    assert_eq!((hints[1].provenance, hints[1].set.writes()), (Provenance::Learnt, &[slot][..]));
}

#[test]
fn questions_are_answered_in_order() {
    let (mut pool, state) = (pool(limits()), rich(4));
    for (from, nonce) in [(3, 0), (1, 2), (1, 0), (1, 1), (2, 7)] {
        transfer(from, nonce, 1).add(&mut pool, &state).unwrap();
    }
    let content = pool.content();
    let shape = content.iter().map(|(from, content)| (*from, content.pending.len(), content.queued.len()));
    assert_eq!(shape.collect::<Vec<_>>(), [(signer(1), 3, 0), (signer(2), 0, 1), (signer(3), 1, 0)]);
    let line = pool.get_by_nonce(signer(2), 7).unwrap().to_string();
    assert_eq!(line, "0x7777777777777777777777777777777777777777: 1 wei + 21000 gas × 100000000000 wei");
    assert_eq!(pool.is_pending(&transfer(1, 2, 1).hash()), Some(true));
    assert_eq!(pool.is_pending(&transfer(2, 7, 1).hash()), Some(false));
    assert_eq!(pool.is_pending(&B256::ZERO), None);
    assert_eq!(pool.content_from(signer(0)), txpool::Content::default());
    assert_eq!(kinds(&pool.remove_from(signer(1), 0)).len(), 3);
    assert_eq!(pool.clear().len(), 2);
}

#[test]
fn what_mined_without_its_account_told_leaves_too() {
    let (mut pool, state) = (Pool::new(Limits::dev(), head(Fork::Osaka)), rich(2));
    let hash = transfer(1, 0, 1).add(&mut pool, &state).unwrap().transaction.hash;
    assert_eq!(kinds(&block(&mut pool, &[], &[hash], Vec::new())), [(0, EventKind::Mined)]);
}
