//! Why a transaction is not taken, in the words of go-ethereum.
//!
//! Wallets and libraries read these texts: they are an interface, held by a table test.

use primitives::{Address, B256, Fork, U256, alloy_primitives::U512};
use state::StateError;

/// Why a transaction is not taken. All but [`Self::State`] are verdicts on the transaction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddError {
    /// The pool holds it.
    #[error("already known")]
    AlreadyKnown,
    /// The type came with a later fork.
    #[error("transaction type not supported: type {kind} rejected, pool not yet in {fork}")]
    Type {
        /// The type's number.
        kind: u8,
        /// The fork that brings it.
        fork: Fork,
    },
    /// The pool is told not to take blobs, or the chain has none.
    #[error("transaction type not supported: tx type {0} not supported by this pool")]
    TypeRefused(u8),
    /// More blobs than one transaction may carry.
    #[error("transaction blob limit exceeded: blob count {count}, limit {limit}")]
    BlobLimit {
        /// Blobs that it carries.
        count: usize,
        /// The most there may be.
        limit: u64,
    },
    /// Too many bytes, the sidecar left out.
    #[error("oversized data: transaction size {size}, limit {limit}")]
    Oversized {
        /// Its bytes.
        size: usize,
        /// The most there may be.
        limit: usize,
    },
    /// The code that creates a contract is too long (EIP-3860).
    #[error("max initcode size exceeded: code size {size}, limit {limit}")]
    InitCodeSize {
        /// Its bytes.
        size: usize,
        /// The most there may be.
        limit: usize,
    },
    /// More gas than one transaction may have (EIP-7825).
    #[error("transaction gas limit too high (cap: {cap}, tx: {gas})")]
    GasLimitTooHigh {
        /// The most there may be.
        cap: u64,
        /// The gas limit.
        gas: u64,
    },
    /// More gas than a block has.
    #[error("exceeds block gas limit")]
    BlockGasLimit,
    /// The tip would be more than the whole fee.
    #[error("max priority fee per gas higher than max fee per gas")]
    TipAboveFeeCap,
    /// No signer belongs to the signature, or `s` is above half the order of the curve (EIP-2).
    #[error("invalid sender: invalid transaction v, r, s values")]
    Signature,
    /// Signed for another chain.
    #[error("invalid sender: invalid chain id for signer: have {have} want {want}")]
    ChainId {
        /// The chain that the signature names.
        have: u64,
        /// This chain.
        want: u64,
    },
    /// Signed for no chain, so that it could be replayed on any.
    #[error("only replay-protected (EIP-155) transactions allowed over RPC")]
    Unprotected,
    /// The nonce after it would be no number of 64 bits (EIP-2681).
    #[error("nonce has max value")]
    NonceMax,
    /// Less gas than its bytes, lists and type cost.
    #[error("intrinsic gas too low: gas {gas}, minimum needed {needed}")]
    IntrinsicGas {
        /// The gas limit.
        gas: u64,
        /// The least that is enough.
        needed: u64,
    },
    /// Less gas than the floor for its data (EIP-7623).
    #[error("insufficient gas for floor data gas cost: gas {gas}, minimum needed {needed}")]
    FloorDataGas {
        /// The gas limit.
        gas: u64,
        /// The least that is enough.
        needed: u64,
    },
    /// The tip is below what this pool asks for.
    #[error("transaction gas price below minimum: gas tip cap {tip}, minimum needed {needed}")]
    TipTooLow {
        /// What it offers, in wei per gas.
        tip: u128,
        /// What the pool asks for.
        needed: u128,
    },
    /// The blob fee is below the least that there can be.
    #[error("transaction gas price below minimum: blob fee cap {cap}, minimum needed {needed}")]
    BlobFeeTooLow {
        /// What it offers, in wei per blob gas.
        cap: u128,
        /// The least price.
        needed: u128,
    },
    /// A set-code transaction without authorizations (EIP-7702).
    #[error("set code tx must have at least one authorization tuple")]
    NoAuthorizations,
    /// The blobs do not fit the transaction.
    #[error(transparent)]
    Sidecar(#[from] SidecarError),
    /// The nonce was used.
    #[error("nonce too low: next nonce {next}, tx nonce {nonce}")]
    NonceTooLow {
        /// The sender's next nonce.
        next: u64,
        /// The transaction's.
        nonce: u64,
    },
    /// Blob transactions do not wait behind a gap.
    #[error("nonce too high: tx nonce {nonce}, gapped nonce {gapped}")]
    NonceTooHigh {
        /// The transaction's.
        nonce: u64,
        /// The first nonce that is missing.
        gapped: u64,
    },
    /// The sender cannot pay.
    #[error("insufficient funds for gas * price + value: {0}")]
    InsufficientFunds(Box<Overdraft>),
    /// The sender holds code that is no delegation (EIP-3607).
    #[error("sender not an eoa: address {address}, len(code): {code_len}")]
    SenderNotEoa {
        /// The sender.
        address: Address,
        /// Bytes of its code.
        code_len: usize,
    },
    /// The sender has as many transactions in the pool as it may.
    #[error("account limit exceeded: pooled {0} txs")]
    AccountLimit(usize),
    /// A delegated account has a transaction in flight already: code could spend what the second one needs.
    #[error("in-flight transaction limit reached for delegated accounts")]
    InFlightLimit,
    /// A delegated account may not leave gaps.
    #[error("gapped-nonce tx from delegated accounts")]
    GappedDelegated,
    /// An authorization's account has more than one transaction in the pool.
    #[error("authority already reserved")]
    AuthorityReserved,
    /// The transaction with this nonce is not outbid by enough.
    #[error("replacement transaction underpriced")]
    ReplacementUnderpriced,
    /// The pool is full, and of what it holds nothing pays less.
    #[error("transaction underpriced")]
    Underpriced,
    /// The pool is full of what may not give way to this.
    #[error("txpool is full")]
    Full,
    /// This machine could not look up the sender.
    #[error(transparent)]
    State(#[from] StateError),
}

/// What a sender has, owes and lacks, in wei.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Overdraft {
    /// The transaction alone costs too much.
    #[error("balance {balance}, tx cost {cost}, overshot {overshot}")]
    Alone {
        /// What the sender has.
        balance: U256,
        /// The most that the transaction can cost.
        cost: U512,
        /// What is lacking.
        overshot: U512,
    },
    /// It costs too much beside the sender's pending ones.
    #[error("balance {balance}, queued cost {queued}, tx cost {cost}, overshot {overshot}")]
    Together {
        /// What the sender has.
        balance: U256,
        /// The most that the pending transactions can cost.
        queued: U256,
        /// The most that this one can cost.
        cost: U512,
        /// What is lacking.
        overshot: U512,
    },
    /// As a replacement it adds too much to the sender's pending ones.
    #[error("balance {balance}, queued cost {queued}, tx bumped {bump}, overshot {overshot}")]
    Bump {
        /// What the sender has.
        balance: U256,
        /// The most that the pending transactions can cost.
        queued: U256,
        /// By how much it costs more than the one it replaces.
        bump: U512,
        /// What is lacking.
        overshot: U512,
    },
}

/// Why blobs do not fit their transaction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SidecarError {
    /// There are none.
    #[error("missing sidecar in blob transaction")]
    Missing,
    /// Cell proofs came with Osaka (EIP-7594).
    #[error("unexpected sidecar version, want: {want}, got: {got}")]
    Version {
        /// 1 from Osaka on, else 0.
        want: u8,
        /// The sidecar's.
        got: u8,
    },
    /// A blob transaction that names no blobs.
    #[error("blobless blob transaction")]
    Blobless,
    /// Blobs and hashes differ in number.
    #[error("invalid number of {blobs} blobs compared to {hashes} blob hashes")]
    Blobs {
        /// In the sidecar.
        blobs: usize,
        /// In the transaction.
        hashes: usize,
    },
    /// Commitments and hashes differ in number.
    #[error("invalid number of {commitments} blob commitments compared to {hashes} blob hashes")]
    Commitments {
        /// In the sidecar.
        commitments: usize,
        /// In the transaction.
        hashes: usize,
    },
    /// The number of proofs is not that of the sidecar's version.
    #[error("invalid number of {proofs} blob proofs expected {expected}")]
    Proofs {
        /// In the sidecar.
        proofs: usize,
        /// As the version asks.
        expected: usize,
    },
    /// A commitment is not the one that the transaction names.
    #[error("blob {index}: computed hash {computed} mismatches transaction one {named}")]
    Hash {
        /// Which blob.
        index: usize,
        /// Over the commitment.
        computed: B256,
        /// In the transaction.
        named: B256,
    },
    /// A proof is wrong.
    #[error("KZG verification error: {0}")]
    Kzg(String),
}
