//! Deposit requests: read from the logs of the deposit contract (EIP-6110).

use crate::{InvalidBlock, PreparedBlock};
use primitives::{B256, Bytes, alloy_consensus::ReceiptEnvelope, keccak256};
use std::sync::LazyLock;

/// Request type of a deposit (EIP-7685).
const DEPOSIT_REQUESTS: u8 = 0;

/// Public key, withdrawal credentials, amount, signature, index: offset in the log's data and length.
const FIELDS: [(usize, usize); 5] = [(192, 48), (288, 32), (352, 8), (416, 96), (544, 8)];

/// Length of a deposit log's data. The ABI puts each of the five fields behind its length, padded to words.
const LOG_BYTES: usize = 576;

static DEPOSIT_EVENT: LazyLock<B256> = LazyLock::new(|| keccak256("DepositEvent(bytes,bytes,bytes,bytes,bytes)"));

/// The block's deposits as one request with its type in front; none if there are none.
pub(crate) fn requests(block: &PreparedBlock<'_>, receipts: &[ReceiptEnvelope]) -> Result<Option<Bytes>, InvalidBlock> {
    let mut request = vec![DEPOSIT_REQUESTS];
    let logs = receipts.iter().flat_map(|receipt| receipt.logs());
    for log in logs.filter(|log| log.address == block.chain.deposit_contract) {
        if log.topics().first() == Some(&*DEPOSIT_EVENT) {
            append(&mut request, &log.data.data)?;
        }
    }
    Ok((request.len() > 1).then(|| request.into()))
}

fn append(request: &mut Vec<u8>, data: &[u8]) -> Result<(), InvalidBlock> {
    let word = |at: usize| -> Option<usize> {
        let word = data.get(at..at + 32)?;
        word[..24].iter().all(|byte| *byte == 0).then(|| {
            usize::try_from(u64::from_be_bytes(*word[24..].first_chunk().expect("eight bytes"))).unwrap_or(usize::MAX)
        })
    };
    let is_deposit = data.len() == LOG_BYTES
        && FIELDS
            .iter()
            .enumerate()
            .all(|(field, (at, len))| word(field * 32) == Some(at - 32) && word(at - 32) == Some(*len));
    if !is_deposit {
        return Err(InvalidBlock::DepositLog);
    }
    for (at, len) in FIELDS {
        request.extend_from_slice(&data[at..at + len]);
    }
    Ok(())
}
