//! Roots over lists: transactions, receipts, withdrawals.

use alloy_trie::root::ordered_trie_root_encoded;
use primitives::B256;

/// The root of the trie that holds each item under the RLP of its index, as headers commit to the lists of a block.
/// Items come encoded the way the trie holds them: EIP-2718 for transactions and receipts, RLP for withdrawals.
pub fn ordered_trie_root(items: &[impl AsRef<[u8]>]) -> B256 {
    let items: Vec<&[u8]> = items.iter().map(AsRef::as_ref).collect();
    ordered_trie_root_encoded(&items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Trie;
    use alloy_trie::{EMPTY_ROOT_HASH, Nibbles};

    #[test]
    fn it_is_a_trie_over_encoded_indices() {
        for count in [0usize, 1, 2, 127, 128, 129, 300] {
            let items: Vec<Vec<u8>> = (0..count).map(|i| vec![(i % 255) as u8 + 1; 1 + i % 70]).collect();
            let mut trie = Trie::new();
            for (index, item) in items.iter().enumerate() {
                trie.insert(&Nibbles::unpack(alloy_rlp::encode(index)), item).expect("a whole trie");
            }
            assert_eq!(ordered_trie_root(&items), trie.root(), "{count} items");
        }
        assert_eq!(ordered_trie_root(&[] as &[&[u8]]), EMPTY_ROOT_HASH);
    }
}
