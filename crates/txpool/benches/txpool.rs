//! Times of a transaction's way through the pool. `cargo bench -p parallax-txpool`.

use access_list::{AccessSet, AccountChange, StateKey};
use primitives::{
    Account, Address, B256, Fork, Transaction, U256,
    alloy_consensus::{SignableTransaction, TxEip1559},
    alloy_primitives::Signature,
    keccak256,
};
use state::MemoryState;
use std::{
    env,
    hint::black_box,
    time::{Duration, Instant},
};
use txpool::{BlockUpdate, Head, HintTable, Incoming, Limits, Origin, Pool};

const TRANSACTIONS: u64 = 10_000;
const BLOCK: usize = 1_000;
const ETHER: u128 = 1_000_000_000_000_000_000;

fn main() {
    // Cargo says so when it wants measurements; test runners that look for tests here find none.
    if !env::args().any(|argument| argument == "--bench") {
        return;
    }
    hints();
    for senders in [10_000, 1_000, 100] {
        let mut times = Vec::new();
        for _ in 0..5 {
            times.push(way_of_all(senders));
        }
        for (part, name) in ["add", "best", "on_block", "all"].into_iter().enumerate() {
            let mut of_part: Vec<Duration> = times.iter().map(|times| times[part]).collect();
            of_part.sort_unstable();
            let each = |time: Duration| time / u32::try_from(TRANSACTIONS).expect("a moderate number");
            let (best, worst) = (each(of_part[0]), each(of_part[4]));
            println!("txpool::{name}/senders={senders:<8} {best:>12.2?} to {worst:.2?} a transaction");
        }
    }
}

/// Transfers of a token: learning from one, and the hint for one.
fn hints() {
    let (mut pool, mut hints) = (Pool::new(Limits::node(), head()), HintTable::new(4096));
    let (token, state) = (address(1 << 40), rich(1));
    let entry = |word: B256| U256::from_be_bytes(keccak256([word.0, [0; 32]].concat()).0);
    let lessons: Vec<(Address, Transaction, AccessSet)> = (0..10_000)
        .map(|number| {
            let (from, to) = (address(number), address(number + 7));
            let input = [&[1, 2, 3, 4][..], to.into_word().as_slice(), &[0; 32]].concat().into();
            let tx = TxEip1559 { to: token.into(), input, ..TxEip1559::default() };
            let slots = [from, to].map(|who| StateKey::Slot(token, entry(who.into_word())));
            let reads = [StateKey::Code(token), StateKey::Code(from), StateKey::Nonce(from), slots[0], slots[1]];
            let touched = AccessSet::new(reads, [StateKey::Nonce(from), slots[0], slots[1]], [StateKey::Balance(from)]);
            (from, tx.into_signed(Signature::test_signature()).into(), touched)
        })
        .collect();
    let start = Instant::now();
    for (from, transaction, touched) in &lessons {
        hints.learn(*from, transaction, touched);
    }
    println!("txpool::learn/token                {:>12.2?} a transaction", start.elapsed() / 10_000);
    let tx = TxEip1559 {
        chain_id: 1,
        gas_limit: 90_000,
        max_fee_per_gas: 9,
        max_priority_fee_per_gas: 9,
        to: token.into(),
        input: [&[1, 2, 3, 4][..], &[3; 64]].concat().into(),
        ..TxEip1559::default()
    };
    let transaction = tx.into_signed(Signature::new(U256::ONE, U256::ONE, false)).into();
    let mut state = state;
    let code_hash = state.insert_code(vec![0].into());
    state.set_account(token, Account { code_hash, ..Account::EMPTY });
    pool.add(Incoming::signed_by(address(1), transaction, None), Origin::Remote, &state, 0).expect("valid");
    let offer = pool.best(0, 1).next().expect("one");
    let start = Instant::now();
    for _ in 0..10_000 {
        black_box(hints.hint(offer.transaction));
    }
    println!("txpool::hint/token                 {:>12.2?} a transaction", start.elapsed() / 10_000);
}

/// All transactions come in, and are mined in blocks.
fn way_of_all(senders: u64) -> [Duration; 4] {
    let state = rich(senders);
    let incoming: Vec<Incoming> =
        (0..TRANSACTIONS).map(|number| transfer(number % senders, number / senders)).collect();
    let slots_per_account = usize::MAX;
    let mut pool = Pool::new(Limits { slots_per_account, ..Limits::node() }, head());
    let start = Instant::now();
    for incoming in incoming {
        black_box(pool.add(incoming, Origin::Remote, &state, 0)).expect("valid");
    }
    let (add, mut best, mut on_block) = (start.elapsed(), Duration::ZERO, Duration::ZERO);
    let mut accounts = vec![Account::with_balance(U256::from(ETHER)); usize::try_from(senders).expect("small")];
    while pool.status().pending > 0 {
        let start = Instant::now();
        let block: Vec<(B256, Address)> =
            pool.best(7, 1).take(BLOCK).map(|offer| (offer.transaction.hash, offer.transaction.signer)).collect();
        best += start.elapsed();
        let mined: Vec<B256> = block.iter().map(|(hash, _)| *hash).collect();
        let mut signers: Vec<u64> = block.iter().map(|(_, signer)| number(*signer)).collect();
        for signer in &signers {
            accounts[usize::try_from(*signer).expect("small")].nonce += 1;
        }
        signers.sort_unstable();
        signers.dedup();
        let change = |signer: &u64| {
            let account = Some(accounts[usize::try_from(*signer).expect("small")]);
            AccountChange { address: address(*signer), account, wiped: false }
        };
        let changed: Vec<AccountChange> = signers.iter().map(change).collect();
        let start = Instant::now();
        let update = BlockUpdate { head: head(), changed: &changed, mined: &mined, returned: Vec::new(), now_ms: 0 };
        black_box(pool.on_block(update));
        on_block += start.elapsed();
    }
    [add, best, on_block, add + best + on_block]
}

fn transfer(from: u64, nonce: u64) -> Incoming {
    let tip = 1 + u128::from((from * TRANSACTIONS + nonce).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 44);
    let tx = TxEip1559 {
        chain_id: 1,
        nonce,
        gas_limit: 21_000,
        max_fee_per_gas: 10_000_000,
        max_priority_fee_per_gas: tip,
        to: address(from + 1).into(),
        value: U256::ONE,
        ..TxEip1559::default()
    };
    let signature = Signature::new(U256::from(from + 1), U256::ONE, false);
    let transaction: Transaction = tx.into_signed(signature).into();
    // Whoever decodes a transaction knows its hash.
    black_box(transaction.tx_hash());
    Incoming::signed_by(address(from), transaction, None)
}

fn rich(senders: u64) -> MemoryState {
    let mut state = MemoryState::new();
    for number in 0..=senders {
        state.set_account(address(number), Account::with_balance(U256::from(ETHER)));
    }
    state
}

fn head() -> Head {
    Head {
        chain_id: 1,
        fork: Fork::Osaka,
        gas_limit: 36_000_000,
        base_fee: 7,
        blob_fee: 1,
        blob_params: None,
        min_tip: 1,
    }
}

fn address(number: u64) -> Address {
    Address::left_padding_from(&number.to_be_bytes())
}

fn number(address: Address) -> u64 {
    u64::from_be_bytes(*address.last_chunk().expect("20 bytes"))
}
