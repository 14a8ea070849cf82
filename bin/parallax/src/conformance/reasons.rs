//! What the fixtures call a mistake, and what we say when we find it.
//!
//! A block that is refused for the wrong reason is a bug that hides. So a refusal counts only if its words fit one of
//! the names that the fixture gives. Words are our own messages: change a message, change this table.

/// Names that end alike, and what a reason must then hold one of.
const WORDS: &[(&[&str], &[&str])] = &[
    (&["EXTRA_DATA_INVALID_DAO", "EXTRA_DATA_TOO_BIG"], &["extra data"]),
    (&["INVALID_GASLIMIT", "GASLIMIT_TOO_BIG", "GASLIMIT_PRICE_PRODUCT_OVERFLOW"], &["gas limit"]),
    (&["GAS_USED_OVERFLOW", "INVALID_GAS_USED"], &["gas used"]),
    (&["IMPORT_IMPOSSIBLE_DIFFICULTY_OVER_PARIS"], &["difficulty"]),
    (&["IMPORT_IMPOSSIBLE_LEGACY", "_WRONG_PARENT", "INVALID_BASEFEE_PER_GAS"], &["base fee"]),
    (&["IMPORT_IMPOSSIBLE_SHANGHAI", "_OVER_SHANGHAI", "INVALID_WITHDRAWALS_ROOT"], &["withdrawals root"]),
    (&["PARIS_WRONG_POS", "PARIS_WRONG_POW"], &["terminal difficulty"]),
    (&["UNCLES_OVER_PARIS", "UNCLE_PARENT_INCORRECT"], &["ommer"]),
    (&["INVALID_BLOCK_NUMBER"], &["number"]),
    (&["TIMESTAMP_OLDER_THAN_PARENT"], &["timestamp"]),
    (&["INVALID_LOG_BLOOM"], &["bloom"]),
    (&["INVALID_RECEIPTS_ROOT"], &["receipts root"]),
    (&["INVALID_STATE_ROOT"], &["state root"]),
    (&["INVALID_TRANSACTIONS_ROOT"], &["transactions root"]),
    (&["INVALID_REQUESTS"], &["requests hash"]),
    (&["INVALID_DEPOSIT_EVENT_LAYOUT"], &["deposit"]),
    (&["UNKNOWN_PARENT", "UNKNOWN_PARENT_ZERO"], &["parent is not known"]),
    (&["RLP_STRUCTURES_ENCODING"], &["unexpected", "overflow", "withdrawals"]),
    (&["INCORRECT_BLOCK_FORMAT"], &["header:", "overflow", "access list"]),
    (&["INCORRECT_EXCESS_BLOB_GAS"], &["excess blob gas"]),
    (&["SYSTEM_CONTRACT_CALL_FAILED", "SYSTEM_CONTRACT_EMPTY"], &["system contract"]),
    (&["INVALID_BAL_HASH"], &["access list hash"]),
    (&["INVALID_BLOCK_ACCESS_LIST"], &["access list", "access index", "storage slot", "last index"]),
    (&["INVALID_BAL_EXTRA_ACCOUNT", "INVALID_BAL_MISSING_ACCOUNT"], &["access list"]),
    (&["BLOCK_ACCESS_LIST_GAS_LIMIT_EXCEEDED"], &["items"]),
    // Some older fixtures put the transaction into a block whose header was made without it.
    (&["GAS_ALLOWANCE_EXCEEDED"], &["gas left in the block", "transactions root"]),
    (&["INSUFFICIENT_MAX_FEE_PER_GAS"], &["less than basefee", "transactions root"]),
    (&["INTRINSIC_GAS_TOO_LOW", "TR_IntrinsicGas"], &["gas cost", "gas floor", "transactions root"]),
    (&["INITCODE_SIZE_EXCEEDED", "TR_InitCodeLimitExceeded"], &["initcode size"]),
    (&["INSUFFICIENT_ACCOUNT_FUNDS", "TR_NoFunds", "TR_NoFundsX", "TR_NoFundsOrGas"], &["lack of funds"]),
    (&["INSUFFICIENT_MAX_FEE_PER_BLOB_GAS"], &["blob gas price"]),
    (&["NONCE_IS_MAX", "TR_NonceHasMaxValue", "TOO_HIGH", "TOO_LOW"], &["nonce"]),
    (&["PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS", "TR_TipGtFeeCap"], &["priority fee"]),
    (&["SENDER_NOT_EOA", "SenderNotEOA"], &["deployed code"]),
    (&["TYPE_NOT_SUPPORTED", "TR_TypeNotSupported", "_TX_PRE_FORK"], &["not supported", "type", "blobs exceed"]),
    (&["BLOB_COUNT_EXCEEDED", "BLOB_GAS_ALLOWANCE_EXCEEDED", "TR_BLOBLIST_OVERSIZE"], &["blobs", "blob gas used"]),
    (&["_TX_CONTRACT_CREATION", "TR_BLOBCREATE", "_TX_WITH_FULL_BLOBS"], &["unexpected"]),
    (&["INVALID_BLOB_VERSIONED_HASH", "TR_BLOBVERSION_INVALID"], &["blob version"]),
    (&["ZERO_BLOBS", "TR_EMPTYBLOB"], &["empty blobs"]),
    (&["TYPE_4_EMPTY_AUTHORIZATION_LIST"], &["empty authorization list"]),
];

/// Whether a reason is one for any of the names, which stand with `|` between them.
pub(super) fn fits(names: &str, reason: &str) -> bool {
    names.split('|').any(|name| {
        let entries = WORDS.iter().filter(|(ends, _)| ends.iter().any(|end| name.ends_with(end)));
        entries.flat_map(|(_, words)| words.iter()).any(|word| reason.contains(word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_several_names_is_enough() {
        let names = "BlockException.INVALID_STATE_ROOT|TransactionException.SENDER_NOT_EOA";
        assert!(fits(names, "state root is 0x1, the header says 0x2"));
        assert!(fits(names, "transaction 0: reject transactions from senders with deployed code"));
        assert!(!fits(names, "gas used is 1, the header says 2"));
    }

    #[test]
    fn an_unknown_name_fits_nothing() {
        assert!(!fits("BlockException.SOMETHING_NEW", "state root"));
    }
}
