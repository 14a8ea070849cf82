//! Receipts, logs bloom and the roots over them.

use crate::log_blooms::LogBlooms;
use evm::Outcome;
use primitives::{
    B256, Bloom, Bytes, Transaction,
    alloy_consensus::{Eip658Value, Receipt, ReceiptEnvelope, ReceiptWithBloom, Typed2718},
    alloy_eips::Encodable2718,
};

/// The receipt of each included transaction, in block order.
///
/// `roots`: the state root after each transaction, which receipts hold before Byzantium (EIP-658).
pub(crate) fn receipts<'a>(
    included: impl Iterator<Item = (&'a Transaction, &'a Outcome)>,
    roots: Option<&[B256]>,
) -> Vec<ReceiptEnvelope> {
    let mut cumulative = 0;
    let count = included.size_hint().1.unwrap_or_default();
    let (mut receipts, mut blooms) = (Vec::with_capacity(count), LogBlooms::for_block(count));
    for (position, (transaction, outcome)) in included.enumerate() {
        let Outcome::Included(result) = outcome else { continue };
        cumulative += result.gas_used;
        let status = match roots {
            Some(roots) => Eip658Value::PostState(roots[position]),
            None => Eip658Value::Eip658(result.is_success()),
        };
        let logs_bloom = blooms.bloom(&result.logs);
        let receipt = Receipt { status, cumulative_gas_used: cumulative, logs: result.logs.clone() };
        receipts.push(envelope(transaction.ty(), ReceiptWithBloom { receipt, logs_bloom }));
    }
    receipts
}

fn envelope(kind: u8, receipt: ReceiptWithBloom<Receipt>) -> ReceiptEnvelope {
    match kind {
        1 => ReceiptEnvelope::Eip2930(receipt),
        2 => ReceiptEnvelope::Eip1559(receipt),
        3 => ReceiptEnvelope::Eip4844(receipt),
        4 => ReceiptEnvelope::Eip7702(receipt),
        _ => ReceiptEnvelope::Legacy(receipt),
    }
}

/// The union of the receipts' blooms.
pub(crate) fn bloom(receipts: &[ReceiptEnvelope]) -> Bloom {
    receipts.iter().fold(Bloom::ZERO, |bloom, receipt| bloom | *receipt.logs_bloom())
}

/// The root of the receipts' trie.
pub(crate) fn receipts_root(receipts: &[ReceiptEnvelope]) -> B256 {
    state::ordered_trie_root(&encoded(receipts.iter()))
}

/// The root of the transactions' trie.
pub fn transactions_root<'t>(transactions: impl IntoIterator<Item = &'t Transaction>) -> B256 {
    state::ordered_trie_root(&encoded(transactions.into_iter()))
}

fn encoded<'i>(items: impl Iterator<Item = &'i (impl Encodable2718 + 'i)>) -> Vec<Bytes> {
    items.map(|item| item.encoded_2718().into()).collect()
}
