//! The archive of shared cases: a chain, and what is asked of a node that has it.

use node::GenesisFile;
use primitives::{Block, alloy_rlp::Decodable};
use serde_json::Value;
use std::{collections::BTreeMap, io::Read, path::PathBuf};

/// What the archive holds.
pub(crate) struct Archive {
    pub(crate) genesis: GenesisFile,
    /// The first block is the genesis's child.
    pub(crate) blocks: Vec<Block>,
    /// In the order of their names, which is the order in which they are asked.
    pub(crate) cases: Vec<Case>,
}

/// One file of questions and answers.
pub(crate) struct Case {
    /// `method/what-is-asked`.
    pub(crate) name: String,
    /// The answer has to fit the description; it need not be the same.
    pub(crate) form_only: bool,
    pub(crate) exchanges: Vec<Exchange>,
}

/// A question and the answer to it.
pub(crate) struct Exchange {
    pub(crate) request: String,
    pub(crate) method: String,
    pub(crate) expected: Value,
}

impl Archive {
    /// The archive of the data folder, if it is there.
    pub(crate) fn open() -> Option<Self> {
        let bytes = data("rpc/execution-apis-tests.tar.zst")?;
        let (mut genesis, mut blocks, mut cases) = (None, Vec::new(), BTreeMap::new());
        for entry in tar::Archive::new(&bytes[..]).entries().expect("an archive") {
            let mut entry = entry.expect("an entry");
            let path = entry.path().expect("a path").to_string_lossy().into_owned();
            let path = path.trim_start_matches("./").trim_start_matches("tests/").to_owned();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).expect("content");
            let text = || std::str::from_utf8(&content).expect("text");
            match &*path {
                "genesis.json" => genesis = Some(GenesisFile::read(text()).expect("a genesis")),
                "chain.rlp" => blocks = decode(&content),
                path => {
                    if let Some(name) = path.strip_suffix(".io") {
                        cases.insert(name.to_owned(), Case::read(name, text()));
                    }
                }
            }
        }
        blocks.retain(|block| block.header.number > 0);
        Some(Self { genesis: genesis.expect("a genesis"), blocks, cases: cases.into_values().collect() })
    }
}

impl Case {
    fn read(name: &str, text: &str) -> Self {
        let mut case = Self { name: name.to_owned(), form_only: false, exchanges: Vec::new() };
        let mut asked: Option<(String, String)> = None;
        for line in text.lines() {
            if let Some(comment) = line.strip_prefix("//") {
                case.form_only |= comment.trim_start().starts_with("speconly");
            } else if let Some(request) = line.strip_prefix(">>") {
                let body: Value = serde_json::from_str(request).expect("JSON");
                let method = body["method"].as_str().expect("a method").to_owned();
                assert!(asked.replace((request.trim().to_owned(), method)).is_none(), "{name}: a second question");
            } else if let Some(answer) = line.strip_prefix("<<") {
                let (request, method) = asked.take().unwrap_or_else(|| panic!("{name}: an answer without a question"));
                let expected = serde_json::from_str(answer).expect("JSON");
                case.exchanges.push(Exchange { request, method, expected });
            } else {
                assert!(line.trim().is_empty(), "{name}: {line}");
            }
        }
        assert!(asked.is_none() && !case.exchanges.is_empty(), "{name}: a question without an answer");
        case
    }
}

fn decode(mut rest: &[u8]) -> Vec<Block> {
    let mut blocks = Vec::new();
    while !rest.is_empty() {
        blocks.push(Block::decode(&mut rest).expect("a block"));
    }
    blocks
}

/// A file of the data, unpacked, if it is there. Where `PARALLAX_DATA` is set it has to be.
#[expect(clippy::disallowed_methods, reason = "a test looks for its data")]
pub(crate) fn data(inside: &str) -> Option<Vec<u8>> {
    let folder = std::env::var_os("PARALLAX_DATA")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../data")), PathBuf::from);
    let path = folder.join(inside);
    if !path.exists() {
        assert!(std::env::var_os("PARALLAX_DATA").is_none(), "{} is missing", path.display());
        eprintln!("SKIPPED: {} is missing; set PARALLAX_DATA to the data folder", path.display());
        return None;
    }
    let file = std::fs::File::open(path).expect("a file");
    Some(zstd::decode_all(file).expect("zstd"))
}
