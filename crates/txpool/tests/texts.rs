//! Each reason for refusing a transaction, in go-ethereum's words.

mod support;

use primitives::{Account, B256, Bytes, Fork, U256, alloy_eips::eip7594::BlobTransactionSidecarVariant};
use state::MemoryState;
use std::sync::Arc;
use support::{Build, ETHER, GWEI, authorization, head, limits, of_kind, pool, rich, signer, transfer};
use txpool::{AddError, Incoming, Limits, Origin, Pool};

fn refuse(pool: &mut Pool, state: &MemoryState, build: &Build, text: &str) {
    let (status, operations) = (pool.status(), pool.operations());
    let error = build.add(pool, state).expect_err(text);
    assert_eq!(error.to_string(), text);
    assert_eq!((pool.status(), pool.operations()), (status, operations), "a refusal changes nothing");
}

/// Against an empty pool at Osaka.
fn check(build: &Build, text: &str) {
    refuse(&mut pool(limits()), &rich(4), build, text);
}

#[test]
fn every_type_is_taken_when_nothing_is_wrong() {
    for kind in 0..5 {
        let added = of_kind(kind).add(&mut pool(limits()), &rich(4)).unwrap();
        assert!(added.is_pending);
        assert_eq!(added.transaction.authorities.len(), usize::from(kind == 4));
    }
}

#[test]
fn every_type_is_refused_for_what_all_have_in_common() {
    for kind in 0..5 {
        let good = of_kind(kind);
        let other = "invalid sender: invalid chain id for signer: have 2 want 1";
        check(&Build { chain_id: Some(2), ..good.clone() }, other);
        check(&Build { s: U256::MAX >> 1, ..good.clone() }, "invalid sender: invalid transaction v, r, s values");
        check(&Build { nonce: u64::MAX, ..good.clone() }, "nonce has max value");
        let needed = if kind == 4 { 46_000 } else { 21_000 };
        let text = format!("intrinsic gas too low: gas {}, minimum needed {needed}", needed - 1);
        check(&Build { gas: needed - 1, ..good.clone() }, &text);
        check(
            &Build { gas: (1 << 24) + 1, ..good.clone() },
            "transaction gas limit too high (cap: 16777216, tx: 16777217)",
        );
        let mut known = pool(limits());
        good.add(&mut known, &rich(4)).unwrap();
        refuse(&mut known, &rich(4), &good, "already known");
        let cheap = Build { value: U256::ZERO, ..good.clone() };
        refuse(&mut known, &rich(4), &cheap, "replacement transaction underpriced");
        let mut state = rich(4);
        state.set_account(signer(1), Account { nonce: 3, ..Account::with_balance(U256::from(ETHER)) });
        refuse(&mut pool(limits()), &state, &good, "nonce too low: next nonce 3, tx nonce 0");
        let blob_gas = if kind == 3 { 1_310_720 } else { 0 };
        let cost = 100_000 * 100 * GWEI + ETHER + blob_gas;
        let text = format!(
            "insufficient funds for gas * price + value: balance {ETHER}, tx cost {cost}, overshot {}",
            cost - ETHER
        );
        check(&Build { value: U256::from(ETHER), ..good.clone() }, &text);
        let low = Build { cap: 0, tip: 0, ..good.clone() };
        check(&low, "transaction gas price below minimum: gas tip cap 0, minimum needed 1");
        if kind >= 2 {
            let upside_down = Build { tip: 101 * GWEI, ..good };
            check(&upside_down, "max priority fee per gas higher than max fee per gas");
        }
    }
}

#[test]
fn a_type_waits_for_its_fork() {
    for (kind, before, since) in [
        (1, Fork::Istanbul, Fork::Berlin),
        (2, Fork::Berlin, Fork::London),
        (3, Fork::Shanghai, Fork::Cancun),
        (4, Fork::Cancun, Fork::Prague),
    ] {
        let text = format!("transaction type not supported: type {kind} rejected, pool not yet in {since}");
        refuse(&mut Pool::new(limits(), head(before)), &rich(4), &of_kind(kind), &text);
        assert!(of_kind(kind).add(&mut Pool::new(limits(), head(since)), &rich(4)).is_ok());
    }
    let text = "transaction type not supported: type 4 rejected, pool not yet in Berlin";
    refuse(&mut Pool::new(limits(), head(Fork::Frontier)), &rich(4), &of_kind(4), text);
    let no_blobs = txpool::Head { blob_params: None, ..head(Fork::Osaka) };
    let text = "transaction type not supported: tx type 3 not supported by this pool";
    refuse(&mut Pool::new(limits(), no_blobs), &rich(4), &of_kind(3), text);
}

#[test]
fn sizes_and_gas_have_limits() {
    let call = |input: Vec<u8>, gas| Build { input: input.into(), gas, cap: GWEI, tip: GWEI, ..transfer(1, 0, 1) };
    check(&call(vec![0; 131_072], 16_000_000), "oversized data: transaction size 131126, limit 131072");
    let create = |len| Build { to: None, ..call(vec![0; len], 16_000_000) };
    check(&create(49_153), "max initcode size exceeded: code size 49153, limit 49152");
    assert!(create(49_152).add(&mut pool(limits()), &rich(4)).is_ok());
    // 100 bytes of 16 gas each, and a floor of 40 each.
    check(&call(vec![1; 100], 22_600), "insufficient gas for floor data gas cost: gas 22600, minimum needed 25000");
    check(&call(vec![1; 100], 22_599), "intrinsic gas too low: gas 22599, minimum needed 22600");
    assert!(call(vec![1; 100], 25_000).add(&mut pool(limits()), &rich(4)).is_ok());
    let small = txpool::Head { gas_limit: 20_999, ..head(Fork::Osaka) };
    refuse(&mut Pool::new(limits(), small), &rich(4), &transfer(1, 0, 1), "exceeds block gas limit");
    check(
        &Build { to: None, gas: 53_001, input: Bytes::from(vec![0]), ..transfer(1, 0, 1) },
        "intrinsic gas too low: gas 53001, minimum needed 53006",
    );
}

#[test]
fn unprotected_transactions_are_a_matter_of_policy() {
    let unprotected = Build { chain_id: None, ..of_kind(0) };
    check(&unprotected, "only replay-protected (EIP-155) transactions allowed over RPC");
    let mut lenient = pool(Limits { protected_only: false, ..limits() });
    assert!(unprotected.add(&mut lenient, &rich(4)).is_ok());
}

#[test]
fn funds_count_together() {
    let (mut pool, state) = (pool(limits()), rich(4));
    let (tenth, gas) = (ETHER / 10, 21_000 * GWEI);
    let paying = |nonce, tenths: u128, gwei| {
        let value = U256::from(tenth * tenths);
        Build { value, cap: gwei * GWEI, ..transfer(1, nonce, gwei) }
    };
    paying(0, 6, 1).add(&mut pool, &state).unwrap();
    paying(1, 1, 1).add(&mut pool, &state).unwrap();
    let start =
        format!("insufficient funds for gas * price + value: balance {ETHER}, queued cost {}", 7 * tenth + 2 * gas);
    let overshot = 7 * tenth + 2 * gas + 3 * tenth + gas - ETHER;
    let text = format!("{start}, tx cost {}, overshot {overshot}", 3 * tenth + gas);
    refuse(&mut pool, &state, &paying(2, 3, 1), &text);
    let text = format!("{start}, tx bumped {}, overshot {}", 3 * tenth + gas, overshot);
    refuse(&mut pool, &state, &paying(0, 9, 2), &text);
    let overflowing = Build { value: U256::MAX, cap: u128::MAX, tip: 1, ..transfer(2, 0, 1) };
    let error = overflowing.add(&mut pool, &state).expect_err("more than there is").to_string();
    assert!(
        error.starts_with("insufficient funds for gas * price + value: balance 1000000000000000000, tx cost 115792")
    );
}

#[test]
fn senders_with_code_are_no_accounts() {
    let mut state = rich(4);
    let code_hash = state.insert_code(Bytes::from_static(&[0xfe; 30]));
    state.set_account(signer(1), Account { code_hash, ..Account::with_balance(U256::from(ETHER)) });
    let text = format!("sender not an eoa: address {}, len(code): 30", signer(1));
    refuse(&mut pool(limits()), &state, &transfer(1, 0, 1), &text);
    let impersonated = pool(limits()).add(transfer(1, 0, 1).incoming(), Origin::Impersonated, &state, 0);
    assert!(impersonated.is_ok());
}

#[test]
fn delegated_accounts_have_one_transaction_in_flight() {
    let mut state = rich(4);
    let mut code = vec![0xef, 0x01, 0x00];
    code.extend([7; 20]);
    let code_hash = state.insert_code(code.into());
    state.set_account(signer(1), Account { code_hash, ..Account::with_balance(U256::from(ETHER)) });
    let mut pool = pool(limits());
    refuse(&mut pool, &state, &transfer(1, 1, 1), "gapped-nonce tx from delegated accounts");
    transfer(1, 0, 1).add(&mut pool, &state).unwrap();
    refuse(&mut pool, &state, &transfer(1, 1, 1), "in-flight transaction limit reached for delegated accounts");
    let bump = Build { cap: 200 * GWEI, ..transfer(1, 0, GWEI) };
    assert!(bump.add(&mut pool, &state).is_ok(), "replacing goes on");
}

#[test]
fn authorities_are_reserved() {
    let authority = authorization().recover_authority().unwrap();
    let mut state = rich(4);
    state.set_account(authority, Account::with_balance(U256::from(ETHER)));
    let mut pool = pool(limits());
    for nonce in 0..2 {
        Build { signer: authority, ..transfer(0, nonce, 1) }.add(&mut pool, &state).unwrap();
    }
    refuse(&mut pool, &state, &of_kind(4), "authority already reserved");
    pool.remove_from(authority, 0);
    of_kind(4).add(&mut pool, &state).unwrap();
    Build { signer: authority, ..transfer(0, 0, 1) }.add(&mut pool, &state).unwrap();
    let second = Build { signer: authority, ..transfer(0, 1, 1) };
    refuse(&mut pool, &state, &second, "in-flight transaction limit reached for delegated accounts");
    check(
        &Build { authorizations: Vec::new(), ..of_kind(4) },
        "set code tx must have at least one authorization tuple",
    );
}

#[test]
fn blobs_fit_their_transaction() {
    let good = of_kind(3);
    check(
        &Build { blob_hashes: vec![B256::ZERO; 7], ..good.clone() },
        "transaction blob limit exceeded: blob count 7, limit 6",
    );
    check(&Build { blob_hashes: Vec::new(), ..good.clone() }, "blobless blob transaction");
    check(&Build { nonce: 2, ..good.clone() }, "nonce too high: tx nonce 2, gapped nonce 0");
    refuse(&mut pool(Limits::node()), &rich(4), &good, "missing sidecar in blob transaction");
    let with = |build: &Build, sidecar: BlobTransactionSidecarVariant| {
        let incoming = Incoming::signed_by(build.signer, build.transaction(), Some(Arc::new(sidecar)));
        pool(Limits::node()).add(incoming, Origin::Remote, &rich(4), 0).expect_err("bad blobs").to_string()
    };
    let old = BlobTransactionSidecarVariant::default;
    assert_eq!(with(&good, old()), "unexpected sidecar version, want: 1, got: 0");
    let cells = || BlobTransactionSidecarVariant::Eip7594(Default::default());
    assert_eq!(with(&good, cells()), "invalid number of 0 blobs compared to 1 blob hashes");
    let free = Build { blob_cap: 0, ..good };
    assert_eq!(with(&free, cells()), "transaction gas price below minimum: blob fee cap 0, minimum needed 1");
}

#[test]
fn a_price_limit_binds_every_sender() {
    let (mut pool, state) = (pool(Limits { min_tip: 5, ..limits() }), rich(4));
    for origin in [Origin::Local, Origin::Remote] {
        let refused = pool.add(transfer(1, 0, 4).incoming(), origin, &state, 0).expect_err("too little").to_string();
        assert_eq!(refused, "transaction gas price below minimum: gas tip cap 4, minimum needed 5");
    }
    assert!(pool.add(transfer(1, 0, 5).incoming(), Origin::Local, &state, 0).is_ok());
}

#[test]
fn the_slots_of_an_account_are_counted() {
    let (mut pool, state) = (pool(limits()), rich(4));
    for nonce in 0..16 {
        Build { cap: GWEI, ..transfer(1, nonce, 1) }.add(&mut pool, &state).unwrap();
    }
    let next = Build { cap: GWEI, ..transfer(1, 16, 1) };
    refuse(&mut pool, &state, &next, "account limit exceeded: pooled 16 txs");
    assert!(Build { cap: 2 * GWEI, ..transfer(1, 3, 2) }.add(&mut pool, &state).is_ok(), "replacing takes no slot");
    assert!(pool.add(next.incoming(), Origin::Local, &state, 0).is_ok(), "local ones do not count");
}

#[test]
fn a_signer_that_nobody_is() {
    let build = Build { s: U256::ZERO, ..transfer(1, 0, 1) };
    let error = Incoming::recover(build.transaction(), None).expect_err("no key");
    assert_eq!(error, AddError::Signature);
}
