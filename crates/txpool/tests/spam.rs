//! Floods: what is held stays bounded, each step costs little, and whoever pays the market's price gets in.
//!
//! Costs are counted in changes of the pool's ordered maps, each of logarithmic cost: a clock would measure the machine.

mod support;

use access_list::AccountChange;
use primitives::{Account, Bytes, U256};
use state::MemoryState;
use support::{Build, ETHER, GWEI, head, pool, rich, signer, transfer};
use txpool::{AddError, BlockUpdate, Limits, Pool};

const SPAMMERS: u64 = 100_000;

/// Changes of ordered maps that one transaction may cost, whatever it does to others. In and out are two each, the
/// order of offers as many.
const OPERATIONS_EACH_MAX: u64 = 8;

fn fresh() -> Pool {
    pool(Limits { sidecar_required: false, ..Limits::node() })
}

fn mixed(number: u64) -> u128 {
    u128::from(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 44)
}

#[test]
fn a_hundred_thousand_senders() {
    let (mut pool, state) = (fresh(), rich(SPAMMERS + 10));
    let mut taken = 0u64;
    for number in 0..SPAMMERS {
        let nonce = u64::from(number % 3 == 0);
        let tip = 1 + mixed(number);
        taken += u64::from(Build { cap: 2_000_000, ..transfer(number, nonce, tip) }.add(&mut pool, &state).is_ok());
        assert!(pool.status().pending <= 10_000 && pool.status().queued <= 10_000);
    }
    assert!(taken > 20_000, "better bids push out worse ones");
    assert!(pool.operations() <= OPERATIONS_EACH_MAX * taken, "{} operations for {taken}", pool.operations());
    assert!(pool.status().bytes <= 64 << 20);
    assert_eq!(transfer(SPAMMERS, 0, 1).add(&mut pool, &state).unwrap_err(), AddError::Underpriced);
    let honest = transfer(SPAMMERS + 1, 0, 2 * GWEI).add(&mut pool, &state).unwrap();
    let best = pool.best(7, 1).next().unwrap();
    assert_eq!(best.transaction.hash, honest.transaction.hash);
    let offers: Vec<(u128, u64)> = pool.best(7, 1).map(|offer| (offer.tip, offer.transaction.arrival)).collect();
    assert_eq!(offers.len(), pool.status().pending);
    assert!(offers.is_sorted_by(|a, b| a.0 > b.0 || (a.0 == b.0 && a.1 < b.1)));
}

#[test]
fn large_data() {
    let (mut pool, state) = (fresh(), rich(4_000));
    let input = Bytes::from(vec![0; 130_000]);
    for number in 0..4_000 {
        let build = Build { input: input.clone(), gas: 2_000_000, cap: GWEI, ..transfer(number, 0, 1 + mixed(number)) };
        let _ = build.add(&mut pool, &state);
        assert!(pool.status().bytes <= pool.limits().bytes_max);
    }
    assert!(pool.status().pending > 1_000);
}

#[test]
fn replacements() {
    let (mut pool, state) = (fresh(), rich(2));
    let mut tip = 1;
    for _ in 0..10_000 {
        let _ = Build { cap: tip + 10, ..transfer(1, 0, tip) }.add(&mut pool, &state);
        tip = if tip > 1_000_000 { 1 } else { tip + 1 + tip / 20 };
        assert_eq!(pool.status().pending, 1);
    }
    assert!(pool.operations() < 3_000);
}

/// Everybody's money goes at once, as a shared contract of delegated accounts can do, and comes back.
#[test]
fn balances_are_drained() {
    let (mut pool, state) = (fresh(), rich(2_500));
    for number in 0..2_500 {
        for nonce in (0..4).rev() {
            Build { cap: GWEI, ..transfer(number, nonce, 1 + mixed(number)) }.add(&mut pool, &state).unwrap();
        }
    }
    assert_eq!(pool.status().pending, 10_000);
    let with = |balance: u128| -> Vec<AccountChange> {
        let account = Some(Account::with_balance(U256::from(balance)));
        (0..2_500).map(|number| AccountChange { address: signer(number), account, wiped: false }).collect()
    };
    let before = pool.operations();
    assert_eq!(pool.set_accounts(&with(0), 1).len(), 10_000);
    assert_eq!((pool.status().pending, pool.status().queued), (0, 10_000));
    assert_eq!(pool.best(0, 0).count(), 0);
    assert_eq!(pool.set_accounts(&with(ETHER), 2).len(), 10_000);
    assert_eq!((pool.status().pending, pool.status().queued), (10_000, 0));
    assert!(pool.operations() - before <= 2 * OPERATIONS_EACH_MAX * 10_000);
}

/// One sender with very many transactions, sent from the last to the first, mined one a block.
#[test]
fn one_long_queue() {
    const LENGTH: u64 = 20_000;
    let mut state = MemoryState::new();
    let rich = U256::from(ETHER) * U256::from(LENGTH);
    state.set_account(signer(1), Account::with_balance(rich));
    let mut pool = Pool::new(Limits::dev(), head(primitives::Fork::Osaka));
    for nonce in (0..LENGTH).rev() {
        transfer(1, nonce, 1).add(&mut pool, &state).unwrap();
    }
    assert_eq!(pool.status().pending, usize::try_from(LENGTH).unwrap());
    for nonce in 0..LENGTH {
        let mined = pool.best(7, 1).next().unwrap().transaction.hash;
        let account = Some(Account { nonce: nonce + 1, ..Account::with_balance(rich) });
        let changed = [AccountChange { address: signer(1), account, wiped: false }];
        let head = pool.head().clone();
        let update = BlockUpdate { head, changed: &changed, mined: &[mined], returned: Vec::new(), now_ms: 0 };
        assert_eq!(pool.on_block(update).len(), 1);
    }
    assert_eq!(pool.status(), txpool::Status::default());
    assert!(pool.operations() <= OPERATIONS_EACH_MAX * LENGTH, "{}", pool.operations());
}
