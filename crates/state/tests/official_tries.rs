//! Ethereum's own trie tests (`TrieTests` of `ethereum/tests`).

mod data;

use primitives::{B256, keccak256};
use serde_json::Value;
use state::{Nibbles, Trie};
use std::{collections::BTreeMap, io::Read};

const ARCHIVE: &str = "fixtures/ethereum-tests.tar.zst";

#[test]
fn official_trie_tests() {
    let Some(files) = read_archive() else { return };
    let mut checked = 0;
    for (name, tests) in &files {
        let secure = name.to_lowercase().contains("securetrie");
        for (test, body) in tests.as_object().expect("a file is an object") {
            let what = format!("{name}: {test}");
            if name.contains("nextprev") {
                check_neighbours(&what, body);
            } else {
                check_root(&what, body, secure);
            }
            checked += 1;
        }
    }
    println!("{checked} tests of {} files", files.len());
    assert!(files.len() >= 6 && checked >= 20, "the archive holds fewer tests than it should");
}

/// `in` is a list of writes in their order (null removes), or an object, whose order must not matter.
fn check_root(what: &str, body: &Value, secure: bool) {
    let expected: B256 = text(&body["root"]).parse().expect("a root");
    let pair = |key: &str, value: &Value| (key_of(key, secure), value.as_str().map(bytes));
    let mut writes: Vec<(Nibbles, Option<Vec<u8>>)> = match &body["in"] {
        Value::Array(list) => list.iter().map(|write| pair(text(&write[0]), &write[1])).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| pair(key, value)).collect(),
        other => panic!("{what}: {other}"),
    };
    let orders = if body["in"].is_object() { writes.len() } else { 1 };
    for _ in 0..orders {
        let mut trie = Trie::new();
        for (key, value) in &writes {
            trie.insert(key, value.as_deref().unwrap_or_default()).expect("a whole trie");
        }
        assert_eq!(trie.root(), expected, "{what}");
        writes.rotate_left(1);
    }
}

/// `tests` is a list of a key with the keys before and after it.
fn check_neighbours(what: &str, body: &Value) {
    let mut trie = Trie::new();
    for key in body["in"].as_array().expect("a list") {
        trie.insert(&key_of(text(key), false), b"value").expect("a whole trie");
    }
    let mut keys = Vec::new();
    trie.for_each(|key, _| keys.push(key.pack().to_vec()));
    for test in body["tests"].as_array().expect("a list") {
        let key = text(&test[0]).as_bytes();
        let before = keys.iter().rev().find(|other| other.as_slice() < key).cloned().unwrap_or_default();
        let after = keys.iter().find(|other| other.as_slice() > key).cloned().unwrap_or_default();
        assert_eq!((before, after), (bytes(text(&test[1])), bytes(text(&test[2]))), "{what}: {test}");
    }
}

fn key_of(key: &str, secure: bool) -> Nibbles {
    let key = bytes(key);
    if secure { Nibbles::unpack(keccak256(key)) } else { Nibbles::unpack(key) }
}

/// Hex with `0x`, else the text itself.
fn bytes(text: &str) -> Vec<u8> {
    match text.strip_prefix("0x") {
        Some(_) => text.parse::<primitives::Bytes>().expect("hex").to_vec(),
        None => text.as_bytes().to_vec(),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

fn read_archive() -> Option<BTreeMap<String, Value>> {
    let file = data::open(ARCHIVE)?;
    let mut archive = tar::Archive::new(zstd::Decoder::new(file).expect("a zstd frame"));
    let mut files = BTreeMap::new();
    for entry in archive.entries().expect("a tar archive") {
        let mut entry = entry.expect("an entry");
        let name = entry.path().expect("a name").to_string_lossy().into_owned();
        if name.contains("TrieTests/") && name.ends_with(".json") {
            let mut json = String::new();
            entry.read_to_string(&mut json).expect("text");
            files.insert(name, serde_json::from_str(&json).expect("JSON"));
        }
    }
    Some(files)
}
