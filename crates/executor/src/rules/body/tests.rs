use super::*;
use primitives::{
    Bytes, Header, Transaction, U256,
    alloy_consensus::{
        BlockBody, EMPTY_OMMER_ROOT_HASH, EMPTY_ROOT_HASH, SignableTransaction, TxEip1559, TxEip2930, TxEip4844,
        TxEip7702, TxLegacy,
    },
    alloy_eips::eip4895::{Withdrawal, Withdrawals},
    alloy_primitives::Signature,
};

const SIGNATURE: Signature = Signature::new(U256::ONE, U256::ONE, false);

/// A block of the fork with these transactions and headers fields to match.
fn block(fork: Fork, transactions: Vec<Transaction>) -> Block {
    let blobs = transactions.iter().filter_map(|transaction| transaction.blob_versioned_hashes());
    let blobs = blobs.map(<[B256]>::len).sum::<usize>() as u64;
    let header = Header {
        transactions_root: transactions_root(&transactions),
        ommers_hash: EMPTY_OMMER_ROOT_HASH,
        withdrawals_root: (fork >= Fork::Shanghai).then_some(EMPTY_ROOT_HASH),
        blob_gas_used: (fork >= Fork::Cancun).then_some(blobs * DATA_GAS_PER_BLOB),
        ..Header::default()
    };
    let withdrawals = (fork >= Fork::Shanghai).then(Withdrawals::default);
    Block { header, body: BlockBody { transactions, ommers: Vec::new(), withdrawals } }
}

fn legacy(chain_id: Option<u64>, signature: Signature) -> Transaction {
    TxLegacy { chain_id, ..TxLegacy::default() }.into_signed(signature).into()
}

fn with_blobs(count: usize) -> Transaction {
    TxEip4844 { blob_versioned_hashes: vec![B256::ZERO; count], ..TxEip4844::default() }.into_signed(SIGNATURE).into()
}

fn check(fork: Fork, block: &Block, expected: Result<(), BodyError>) {
    assert_eq!((fork, check_body(&ChainSpec::at_fork(fork), block)), (fork, expected));
}

#[test]
fn transaction_types_come_with_their_forks() {
    let typed: [(Transaction, Fork); 5] = [
        (legacy(None, SIGNATURE), Fork::Frontier),
        (TxEip2930::default().into_signed(SIGNATURE).into(), Fork::Berlin),
        (TxEip1559::default().into_signed(SIGNATURE).into(), Fork::London),
        (with_blobs(1), Fork::Cancun),
        (TxEip7702::default().into_signed(SIGNATURE).into(), Fork::Prague),
    ];
    for (kind, (transaction, since)) in typed.into_iter().enumerate() {
        for fork in Fork::ALL {
            let error = TransactionError::Type { kind: kind as u8, fork };
            let refused = Err(BodyError::Transaction { index: 1, error });
            let block = block(fork, vec![legacy(None, SIGNATURE), transaction.clone()]);
            check(fork, &block, if fork >= since { Ok(()) } else { refused });
        }
    }
}

#[test]
fn signatures_follow_the_fork() {
    for fork in Fork::ALL {
        let error = TransactionError::ProtectedSignature { chain: 1, fork };
        let refused = Err(BodyError::Transaction { index: 0, error });
        let protected = block(fork, vec![legacy(Some(1), SIGNATURE)]);
        check(fork, &protected, if fork >= Fork::SpuriousDragon { Ok(()) } else { refused });
    }
    let order = U256::from_be_slice(&[[0xff; 15].as_slice(), &[0xfe], &LOW_HALF_OF_ORDER].concat());
    for (s, low) in [(order >> 1, true), ((order >> 1) + U256::ONE, false), (U256::MAX, false)] {
        let high = block(Fork::Homestead, vec![legacy(None, Signature::new(U256::ONE, s, false))]);
        check(Fork::Frontier, &high, Ok(()));
        let refused = BodyError::Transaction { index: 0, error: TransactionError::HighSignature(s) };
        check(Fork::Homestead, &high, if low { Ok(()) } else { Err(refused) });
    }
}

#[test]
fn the_greatest_nonce_is_never_used() {
    for (nonce, expected) in [(u64::MAX - 1, Ok(())), (u64::MAX, Err(TransactionError::NonceMax))] {
        for fork in [Fork::Frontier, Fork::Osaka] {
            let transaction = TxLegacy { nonce, ..TxLegacy::default() }.into_signed(SIGNATURE).into();
            let expected = expected.clone().map_err(|error| BodyError::Transaction { index: 0, error });
            check(fork, &block(fork, vec![transaction]), expected);
        }
    }
}

/// The order of secp256k1 is 2^256 - 2^128 less a little; this is its lower half.
const LOW_HALF_OF_ORDER: [u8; 16] =
    [0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41];

#[test]
fn withdrawals_come_with_shanghai() {
    for fork in Fork::ALL {
        let mut block = block(fork, Vec::new());
        let present = block.body.withdrawals.is_none();
        block.body.withdrawals = present.then(Withdrawals::default);
        check(fork, &block, Err(BodyError::Withdrawals { fork, present }));
    }
}

#[test]
fn the_header_commits_to_the_lists() {
    let mut changed = block(Fork::Cancun, vec![legacy(None, SIGNATURE)]);
    changed.header.transactions_root = B256::ZERO;
    let computed = transactions_root(&changed.body.transactions);
    let root = |what, computed, header| Err(BodyError::Root { what, computed, header });
    check(Fork::Cancun, &changed, root("transactions root", computed, B256::ZERO));

    let mut changed = block(Fork::London, Vec::new());
    changed.body.ommers.push(Header::default());
    let computed = keccak256(alloy_rlp::encode(&changed.body.ommers));
    check(Fork::London, &changed, root("ommers hash", computed, EMPTY_OMMER_ROOT_HASH));

    let mut changed = block(Fork::Shanghai, Vec::new());
    changed.body.withdrawals = Some(Withdrawals::new(vec![Withdrawal { amount: 5, ..Withdrawal::default() }]));
    let list = alloy_rlp::encode(changed.body.withdrawals.as_ref().expect("set above")[0]);
    check(Fork::Shanghai, &changed, root("withdrawals root", state::ordered_trie_root(&[list]), EMPTY_ROOT_HASH));
}

#[test]
fn blobs_are_counted() {
    check(Fork::Cancun, &block(Fork::Cancun, vec![with_blobs(2), with_blobs(4)]), Ok(()));
    let many = block(Fork::Cancun, vec![with_blobs(6), with_blobs(1)]);
    check(Fork::Cancun, &many, Err(BodyError::Blobs { blobs: 7, max: 6 }));
    let mut few = block(Fork::Osaka, vec![with_blobs(3)]);
    few.header.blob_gas_used = Some(4 * DATA_GAS_PER_BLOB);
    check(Fork::Osaka, &few, Err(BodyError::BlobGasUsed { blobs: 3, header: 4 * DATA_GAS_PER_BLOB }));
    few.header.blob_gas_used = None;
    check(Fork::Osaka, &few, Err(BodyError::BlobGasUsed { blobs: 3, header: 0 }));
}

#[test]
fn from_osaka_on_a_block_has_a_size() {
    let sized = |bytes: usize| {
        let transaction = TxLegacy { input: Bytes::from(vec![1; bytes]), ..TxLegacy::default() };
        block(Fork::Osaka, vec![transaction.into_signed(SIGNATURE).into()])
    };
    // A block of this size has prefixes of a fixed length, so what is left for the input can be computed.
    let input = RLP_SIZE_MAX - (sized(RLP_SIZE_MAX).length() - RLP_SIZE_MAX);
    let fitting = sized(input);
    assert_eq!(fitting.length(), RLP_SIZE_MAX);
    check(Fork::Osaka, &fitting, Ok(()));
    let large = sized(input + 1);
    let expected = BodyError::Size { bytes: RLP_SIZE_MAX + 1, max: RLP_SIZE_MAX };
    check(Fork::Osaka, &large, Err(expected));
    check(Fork::Prague, &large, Ok(()));
}
