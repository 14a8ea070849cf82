//! How much the pool holds, and what it asks of a transaction beyond the rules of the chain.

/// Bounds and policy of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Transactions of one sender; local ones do not count against it.
    pub slots_per_account: usize,
    /// Pending transactions of all senders.
    pub pending_max: usize,
    /// Queued transactions of all senders.
    pub queued_max: usize,
    /// Memory of all transactions with their sidecars, estimated from above.
    pub bytes_max: usize,
    /// Bytes of one transaction as it travels, its sidecar left out.
    pub transaction_bytes_max: usize,
    /// By how many per cent a replacement bids more, both for the tip and for the whole fee.
    pub price_bump_percent: u32,
    /// The same where one of the two carries blobs, then for the blob fee too.
    pub blob_price_bump_percent: u32,
    /// How long a transaction may stay queued; `u64::MAX` for ever.
    pub queued_lifetime_ms: u64,
    /// Whether a legacy transaction must be signed for a chain (EIP-155).
    pub protected_only: bool,
    /// Whether a blob transaction must bring its blobs.
    pub sidecar_required: bool,
    /// How many transactions of a delegated account (EIP-7702) may be in flight.
    pub delegated_slots: usize,
    /// The least tip that is taken at all, whoever sends it, in wei per gas.
    pub min_tip: u128,
    /// In which order transactions are offered.
    pub order: Order,
}

/// In which order transactions of different senders are offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The greater tip first; of equal ones the earlier.
    #[default]
    Fees,
    /// The earlier first.
    Fifo,
}

impl Limits {
    /// For a node of a network.
    pub const fn node() -> Self {
        Self {
            slots_per_account: 16,
            pending_max: 10_000,
            queued_max: 10_000,
            bytes_max: 192 << 20,
            transaction_bytes_max: 128 << 10,
            price_bump_percent: 10,
            blob_price_bump_percent: 100,
            queued_lifetime_ms: 3 * 60 * 60 * 1000,
            protected_only: true,
            sidecar_required: true,
            delegated_slots: 1,
            min_tip: 0,
            order: Order::Fees,
        }
    }

    /// For a node on a developer's machine: memory is the one bound, nothing expires.
    pub const fn dev() -> Self {
        Self {
            slots_per_account: usize::MAX,
            pending_max: usize::MAX,
            queued_max: usize::MAX,
            bytes_max: 1 << 30,
            queued_lifetime_ms: u64::MAX,
            protected_only: false,
            sidecar_required: false,
            delegated_slots: usize::MAX,
            ..Self::node()
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::node()
    }
}
