//! A block as the store keeps it: its parts are bytes there, and this is what is in them.
//!
//! ```text
//!  header    RLP of the header
//!  body      RLP of the block, RLP list of the senders, RLP string of the overlay as JSON (empty: none)
//!  receipts  RLP list of the receipts in their network form
//! ```
//!
//! The senders are kept because an impersonated one cannot be recovered, and because recovering costs; the overlay,
//! because the block cannot be executed again without it.

use crate::{NodeError, overlay::Overlay};
use primitives::{
    Address, B256, Block, Bytes,
    alloy_consensus::ReceiptEnvelope,
    alloy_rlp::{self, Decodable, Encodable},
};
use rpc::backend::ChainBlock;

/// The body part.
pub(crate) fn encode_body(block: &ChainBlock, overlay: &Overlay) -> Result<Bytes, NodeError> {
    let mut out = Vec::new();
    block.block.encode(&mut out);
    block.senders.encode(&mut out);
    let json = if overlay.is_empty() { Vec::new() } else { serde_json::to_vec(overlay).map_err(damaged)? };
    Bytes::from(json).encode(&mut out);
    Ok(out.into())
}

/// The block and the overlay that it stands on.
pub(crate) fn decode_body(hash: B256, bytes: &[u8]) -> Result<(ChainBlock, Overlay), NodeError> {
    let mut rest = bytes;
    let block = Block::decode(&mut rest).map_err(damaged)?;
    let senders = Vec::<Address>::decode(&mut rest).map_err(damaged)?;
    let json = Bytes::decode(&mut rest).map_err(damaged)?;
    let overlay = if json.is_empty() { Overlay::default() } else { serde_json::from_slice(&json).map_err(damaged)? };
    if !rest.is_empty() || senders.len() != block.body.transactions.len() || block.header.hash_slow() != hash {
        return Err(damaged("not the block of its hash"));
    }
    Ok((ChainBlock { hash, block, senders }, overlay))
}

/// The receipts part.
pub(crate) fn encode_receipts(receipts: &[ReceiptEnvelope]) -> Bytes {
    let mut out = Vec::new();
    alloy_rlp::encode_list::<_, ReceiptEnvelope>(receipts, &mut out);
    out.into()
}

/// The receipts.
pub(crate) fn decode_receipts(bytes: &[u8]) -> Result<Vec<ReceiptEnvelope>, NodeError> {
    alloy_rlp::decode_exact(bytes).map_err(damaged)
}

fn damaged(reason: impl std::fmt::Display) -> NodeError {
    NodeError::Record(reason.to_string())
}
