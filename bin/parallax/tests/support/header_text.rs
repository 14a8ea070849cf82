//! The header inside a recorded block's file, changed in its text. Everything else stays as it was written, numbers that
//! no machine type holds included.

use primitives::Header;
use serde_json::value::RawValue;
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

/// A file with a block in it.
pub(crate) struct HeaderText {
    text: String,
    /// Where the object with the header's fields and the block's hash stands.
    header: Range<usize>,
}

impl HeaderText {
    /// The answer of `eth_getBlockByNumber`.
    pub(crate) fn of_block(text: String) -> Self {
        let header = 0..text.len();
        Self { text, header }
    }

    /// A witness of the form of proofs; its block is the one with the highest number.
    pub(crate) fn of_proofs(text: String) -> Self {
        let blocks: Vec<(BTreeMap<String, u64>, &RawValue)> = parse(members(&text)["full_blocks"]);
        let last = blocks.into_iter().max_by_key(|(query, _)| query["block_no"]).expect("there are blocks");
        let header = place(&text, last.1);
        Self { text, header }
    }

    /// A witness of the form of trie nodes.
    pub(crate) fn of_nodes(text: String) -> Self {
        let blocks: Vec<BTreeMap<String, &RawValue>> = parse(members(&text)["blocks"]);
        let header = place(&text, blocks[0]["header"]);
        Self { text, header }
    }

    /// The names of the header's fields that stand in the file.
    pub(crate) fn fields(&self, all: &BTreeSet<String>) -> BTreeSet<String> {
        let there = members(self.header());
        all.iter().filter(|field| there.get(*field).is_some_and(|value| value.get() != "null")).cloned().collect()
    }

    /// The text of a field's value; `None` if there is none.
    pub(crate) fn value(&self, field: &str) -> Option<&str> {
        members(self.header()).get(field).map(|value| value.get())
    }

    /// The file with another value in a field, which is put there if it is not; `null` takes it away.
    pub(crate) fn with(&self, field: &str, value: &str) -> Self {
        let mut header = self.header().to_owned();
        match members(self.header()).get(field) {
            Some(old) => header.replace_range(place(self.header(), old), value),
            None => header.insert_str(1, &format!("\"{field}\":{value},")),
        }
        let mut text = self.text.clone();
        text.replace_range(self.header.clone(), &header);
        Self { header: self.header.start..self.header.start + header.len(), text }
    }

    /// The file with the hash that fits the header.
    pub(crate) fn rehashed(&self) -> Self {
        let header: Header = serde_json::from_str(self.header()).expect("a header");
        self.with("hash", &format!("\"{}\"", header.hash_slow()))
    }

    /// The whole file.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The object with the header.
    pub(crate) fn header(&self) -> &str {
        &self.text[self.header.clone()]
    }
}

fn members(object: &str) -> BTreeMap<String, &RawValue> {
    serde_json::from_str(object).expect("an object")
}

fn parse<'t, T: serde::Deserialize<'t>>(value: &'t RawValue) -> T {
    serde_json::from_str(value.get()).expect("of this form")
}

/// Where in the text a part of it stands.
fn place(text: &str, part: &RawValue) -> Range<usize> {
    let start = part.get().as_ptr().addr() - text.as_ptr().addr();
    start..start + part.get().len()
}
