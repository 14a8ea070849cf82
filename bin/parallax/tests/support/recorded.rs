//! Recorded blocks as JSON, to be altered and written elsewhere.

use serde_json::{Map, Value};
use std::{fs, path::Path};

/// A recorded block in a folder, its codes put into the accounts.
pub(crate) struct Recorded {
    /// `block.json`.
    pub(crate) block: Value,
    /// `pre_state.json`, each account with its own code.
    pub(crate) pre_state: Map<String, Value>,
}

impl Recorded {
    /// Reads a block of `mainnet-blocks`.
    pub(crate) fn read(blocks: &Path, number: u64) -> Self {
        let folder = blocks.join(number.to_string());
        let codes = zstd_json(&blocks.join("bytecodes.json.zst"));
        let mut pre_state = zstd_json(&folder.join("pre_state.json.zst")).as_object().expect("an object").clone();
        for account in pre_state.values_mut() {
            let code = account.get("code_hash").map(|hash| codes[hash.as_str().expect("a hash")].clone());
            if let Some(code) = code.filter(Value::is_string) {
                account["code"] = code;
            }
        }
        Self { block: zstd_json(&folder.join("block.json.zst")), pre_state }
    }
}

/// Reads a compressed JSON file.
pub(crate) fn zstd_json(path: &Path) -> Value {
    let bytes = zstd::decode_all(fs::File::open(path).expect("the file is there")).expect("zstd");
    serde_json::from_slice(&bytes).expect("JSON")
}
