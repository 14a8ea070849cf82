use super::*;
use alloy_trie::HashBuilder;
use primitives::{Bytes, keccak256};
use proptest::{collection::vec, prelude::*, sample::select};
use std::collections::BTreeMap;

type Content = BTreeMap<B256, Vec<u8>>;

/// The oracle: alloy's builder over the sorted content.
fn rebuilt(content: &Content) -> B256 {
    let mut builder = HashBuilder::default();
    for (key, value) in content {
        builder.add_leaf(Nibbles::unpack(key), value);
    }
    builder.root()
}

fn trie_of(content: &Content) -> Trie {
    let mut trie = Trie::new();
    for (key, value) in content {
        trie.insert(&Nibbles::unpack(key), value).expect("a whole trie");
    }
    trie
}

fn with_nibble(mut key: B256, at: usize, nibble: u8) -> B256 {
    let byte = &mut key[at / 2];
    *byte = if at.is_multiple_of(2) { (*byte & 0x0f) | nibble << 4 } else { (*byte & 0xf0) | nibble };
    key
}

/// Keys that collide, keys that part late (so that nodes get short enough to be embedded), and random ones.
fn key() -> impl Strategy<Value = B256> {
    let base = select(vec![B256::ZERO, B256::repeat_byte(0x11), B256::repeat_byte(0x1f)]);
    let skewed = (base, vec((select(vec![0usize, 1, 2, 30, 31, 60, 61, 62, 63]), 0..4u8), 0..4))
        .prop_map(|(base, turns)| turns.into_iter().fold(base, |key, (at, nibble)| with_nibble(key, at, nibble)));
    prop_oneof![4 => skewed, 1 => any::<[u8; 32]>().prop_map(B256::from)]
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![vec(1u8..=255, 1..3), vec(any::<u8>(), 30..34), vec(any::<u8>(), 60..110)]
}

fn content(most: usize) -> impl Strategy<Value = Content> {
    vec((key(), value()), 0..most).prop_map(Content::from_iter)
}

/// Writes (a value) and removals (none) in the order in which they happen.
fn changes(most: usize) -> impl Strategy<Value = Vec<(B256, Option<Vec<u8>>)>> {
    vec((key(), proptest::option::weighted(0.6, value())), 0..most)
}

fn change(trie: &mut Trie, key: &B256, value: Option<&Vec<u8>>) -> Result<(), TrieError> {
    match value {
        Some(value) => trie.insert(&Nibbles::unpack(key), value),
        None => trie.remove(&Nibbles::unpack(key)),
    }
}

fn proofs_of<'a>(trie: &mut Trie, keys: impl IntoIterator<Item = &'a B256>) -> NodeSet {
    keys.into_iter().flat_map(|key| trie.proof(&Nibbles::unpack(key)).expect("a whole trie")).collect()
}

fn is_missing(error: &TrieError) -> bool {
    matches!(error, TrieError::Missing { .. })
}

proptest! {
    #[test]
    fn the_root_is_that_of_a_rebuild(batches in vec(changes(24), 1..6)) {
        let (mut trie, mut expected) = (Trie::new(), Content::new());
        for batch in &batches {
            for (key, value) in batch {
                change(&mut trie, key, value.as_ref()).expect("a whole trie");
                match value {
                    Some(value) => { expected.insert(*key, value.clone()); }
                    None => { expected.remove(key); }
                }
            }
            prop_assert_eq!(trie.root(), rebuilt(&expected));
            for (key, _) in batches.iter().flatten() {
                let found = trie.get(&Nibbles::unpack(key)).expect("a whole trie");
                prop_assert_eq!(found, expected.get(key).map(Vec::as_slice));
            }
        }
        let mut walked = Vec::new();
        trie.for_each(|key, value| walked.push((B256::from_slice(&key.pack()), value.to_vec())));
        prop_assert_eq!(walked, expected.iter().map(|(key, value)| (*key, value.clone())).collect::<Vec<_>>());
        while let Some((key, _)) = expected.pop_last() {
            trie.remove(&Nibbles::unpack(key)).expect("a whole trie");
            prop_assert_eq!(trie.root(), rebuilt(&expected));
        }
        prop_assert!(trie.is_empty());
    }

    #[test]
    fn building_at_once_is_building_one_by_one(content in content(60), later in changes(20)) {
        let leaves: Vec<_> = content.iter().rev().map(|(key, value)| (*key, value.clone())).collect();
        prop_assert_eq!(Trie::root_of_leaves(leaves.clone()), rebuilt(&content));
        let (mut built, mut inserted) = (Trie::from_leaves(leaves), trie_of(&content));
        prop_assert_eq!(built.root(), inserted.root());
        for (key, value) in &later {
            change(&mut built, key, value.as_ref()).expect("a whole trie");
            change(&mut inserted, key, value.as_ref()).expect("a whole trie");
        }
        prop_assert_eq!(built.root(), inserted.root());
    }

    #[test]
    fn a_partial_trie_gives_the_same_root_or_says_what_it_misses(
        content in content(60),
        proven in vec(key(), 0..12),
        changes in changes(40),
    ) {
        let mut whole = trie_of(&content);
        let some = content.keys().step_by(3).chain(&proven);
        let nodes = proofs_of(&mut whole, some);
        let mut partial = Trie::from_nodes(whole.root(), &nodes).expect("nodes of a trie");
        prop_assert_eq!(partial.root(), whole.root());
        for (key, value) in &changes {
            let nibbles = Nibbles::unpack(key);
            if let Ok(found) = partial.get(&nibbles) {
                prop_assert_eq!(found, whole.get(&nibbles).expect("a whole trie"));
            }
            match change(&mut partial, key, value.as_ref()) {
                Ok(()) => change(&mut whole, key, value.as_ref()).expect("a whole trie"),
                Err(error) => prop_assert!(is_missing(&error)),
            }
            prop_assert_eq!(partial.root(), whole.root());
        }
    }

    #[test]
    fn proofs_of_all_keys_are_enough_to_write_them(content in content(60), changes in changes(40)) {
        let mut whole = trie_of(&content);
        let nodes = proofs_of(&mut whole, changes.iter().map(|(key, _)| key));
        let mut partial = Trie::from_nodes(whole.root(), &nodes).expect("nodes of a trie");
        for (key, value) in changes.iter().filter(|(_, value)| value.is_some()) {
            change(&mut whole, key, value.as_ref()).expect("a whole trie");
            change(&mut partial, key, value.as_ref()).expect("writing needs no more than the way to the key");
        }
        prop_assert_eq!(partial.root(), whole.root());
    }

    #[test]
    fn proofs_of_a_whole_trie_verify(content in content(40), asked in key()) {
        let mut trie = trie_of(&content);
        for key in content.keys().chain([&asked]) {
            let proof = trie.proof(&Nibbles::unpack(key)).expect("a whole trie");
            let value = content.get(key).cloned();
            alloy_trie::proof::verify_proof(trie.root(), Nibbles::unpack(key), value, &proof).expect("verifies");
        }
    }

    #[test]
    fn a_snapshot_does_not_see_later_changes(content in content(40), changes in changes(40)) {
        let mut trie = trie_of(&content);
        let mut snapshot = trie.clone();
        for (key, value) in &changes {
            change(&mut trie, key, value.as_ref()).expect("a whole trie");
        }
        trie.root();
        prop_assert_eq!(snapshot.root(), rebuilt(&content));
    }

    #[test]
    fn nodes_from_a_liar_do_no_harm(
        content in content(30),
        damage in vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>()), 1..4),
        changes in changes(20),
    ) {
        let mut trie = trie_of(&content);
        let keys: Vec<_> = content.keys().collect();
        let mut proof: Vec<Vec<u8>> = keys.first()
            .map(|key| trie.proof(&Nibbles::unpack(key)).expect("a whole trie").iter().map(|node| node.to_vec()).collect())
            .unwrap_or_default();
        proof.push(vec![0xc0]);
        for (node, at, byte) in &damage {
            let node = node.index(proof.len());
            let at = at.index(proof[node].len());
            proof[node][at] = *byte;
        }
        let nodes: NodeSet = proof.iter().map(|node| Bytes::copy_from_slice(node)).collect();
        for node in &proof {
            let Ok(mut partial) = Trie::from_nodes(keccak256(node), &nodes) else { continue };
            for (key, value) in &changes {
                let _ = change(&mut partial, key, value.as_ref());
            }
            partial.root();
        }
    }
}

#[test]
fn many_changes_hash_in_parallel_to_the_same_root() {
    let key = |i: u64| keccak256(i.to_be_bytes());
    let mut content: Content = (0..6000).map(|i| (key(i), i.to_be_bytes().repeat(9))).collect();
    let mut trie = trie_of(&content);
    assert_eq!(trie.root(), rebuilt(&content));
    let leaves = content.iter().map(|(key, value)| (*key, value.clone())).collect();
    assert_eq!(Trie::root_of_leaves(leaves), rebuilt(&content));
    for i in (0..6000).step_by(7) {
        content.remove(&key(i));
        trie.remove(&Nibbles::unpack(key(i))).expect("a whole trie");
        content.insert(key(i + 9000), vec![1]);
        trie.insert(&Nibbles::unpack(key(i + 9000)), &[1]).expect("a whole trie");
    }
    assert_eq!(trie.root(), rebuilt(&content));
}

#[test]
fn removing_beside_an_unknown_sibling_names_it() {
    let (left, right) = (B256::repeat_byte(0x00), B256::repeat_byte(0x70));
    let mut whole = trie_of(&Content::from([(left, vec![1; 40]), (right, vec![2; 40])]));
    let nodes = proofs_of(&mut whole, [&left]);
    let mut partial = Trie::from_nodes(whole.root(), &nodes).expect("nodes of a trie");
    let missing = TrieError::Missing { path: Nibbles::from_nibbles([7]) };
    assert_eq!(partial.remove(&Nibbles::unpack(left)), Err(missing.clone()));
    assert_eq!(partial.get(&Nibbles::unpack(left)), Ok(Some(&[1; 40][..])));
    assert_eq!(partial.get(&Nibbles::unpack(right)), Err(missing));
    assert_eq!(partial.root(), whole.root());
    assert_eq!(Trie::unknown(whole.root()).root(), whole.root());
}

#[test]
fn nodes_that_refer_to_each_other_endlessly_cost_no_more_than_their_number() {
    let reference = |hash: B256| [&[0xa0], hash.as_slice()].concat();
    let branch = |hash: B256| {
        let payload = [reference(hash).repeat(16), vec![0x80]].concat();
        let mut node = Vec::new();
        alloy_rlp::Header { list: true, payload_length: payload.len() }.encode(&mut node);
        node.extend(payload);
        node
    };
    let mut nodes = NodeSet::new();
    let mut root = B256::repeat_byte(1);
    for _ in 0..64 {
        let node = branch(root);
        root = keccak256(&node);
        nodes.insert(node.into());
    }
    let mut trie = Trie::from_nodes(root, &nodes).expect("as deep as can be");
    assert_eq!(trie.root(), root);
    assert!(trie.get(&Nibbles::unpack(B256::ZERO)).is_err());
    let node = branch(root);
    nodes.insert(node.clone().into());
    let error = Trie::from_nodes(keccak256(&node), &nodes).expect_err("too deep");
    assert!(matches!(error, TrieError::Malformed { .. }));
}
