//! What is made of a contract, in the form of Foundry's artefacts.

use super::{
    rewrite::{LIBRARY_NAME, RECORDS_NAME},
    sources::Sources,
};
use crate::exit::Failure;
use primitives::keccak256;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A contract as it is deployed and called.
///
/// There are no source maps: they would point into the text that the compiler was given. The metadata names the author's
/// text by its hash; the bytecode carries no hash of either.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Artefact {
    abi: Value,
    bytecode: Bytecode,
    deployed_bytecode: Bytecode,
    method_identifiers: Value,
    raw_metadata: String,
    metadata: Value,
    storage_layout: Value,
}

#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Bytecode {
    /// Hexadecimal, with `0x`; the places of libraries as the compiler leaves them.
    object: String,
    link_references: Value,
    #[serde(skip_serializing_if = "Value::is_null")]
    immutable_references: Value,
}

impl Artefact {
    /// Puts together what the compiler made of a contract and of its intermediate code. An interface has none.
    pub(crate) fn new(contract: &Value, assembled: Option<&Value>, sources: &Sources) -> Self {
        let evm = assembled.map(|assembled| &assembled["evm"]);
        let metadata = metadata(contract["metadata"].as_str().unwrap_or_default(), sources);
        Self {
            abi: contract["abi"].clone(),
            bytecode: Bytecode::of(evm.map(|evm| &evm["bytecode"])),
            deployed_bytecode: Bytecode::of(evm.map(|evm| &evm["deployedBytecode"])),
            method_identifiers: contract["evm"]["methodIdentifiers"].clone(),
            raw_metadata: metadata.to_string(),
            metadata,
            storage_layout: contract["storageLayout"].clone(),
        }
    }

    /// Bytes of the code that deploys and of the code that is deployed; libraries count with their places.
    pub(crate) fn sizes(&self) -> (usize, usize) {
        let size = |bytecode: &Bytecode| bytecode.object.len().saturating_sub(2) / 2;
        (size(&self.bytecode), size(&self.deployed_bytecode))
    }

    /// Writes it where Foundry would: `<folder>/<file>/<name>.json`.
    pub(crate) fn write(&self, folder: &Path, file: &str, name: &str) -> Result<PathBuf, Failure> {
        let folder = folder.join(file);
        let failed = |path: &Path, error: std::io::Error| Failure::Machine(format!("{}: {error}", path.display()));
        fs::create_dir_all(&folder).map_err(|error| failed(&folder, error))?;
        let path = folder.join(format!("{name}.json"));
        let text = serde_json::to_string_pretty(self).map_err(|error| Failure::Machine(error.to_string()))?;
        fs::write(&path, text + "\n").map_err(|error| failed(&path, error))?;
        Ok(path)
    }
}

impl Bytecode {
    fn of(made: Option<&Value>) -> Self {
        let none = Value::Null;
        let made = made.unwrap_or(&none);
        let links = match &made["linkReferences"] {
            Value::Null => Value::Object(Map::new()),
            links => links.clone(),
        };
        let object = made["object"].as_str().unwrap_or_default();
        Self {
            object: format!("0x{object}"),
            link_references: links,
            immutable_references: made["immutableReferences"].clone(),
        }
    }
}

/// The compiler's metadata with the hashes of what the author wrote.
fn metadata(raw: &str, sources: &Sources) -> Value {
    let mut metadata: Value = serde_json::from_str(raw).unwrap_or_default();
    if let Some(named) = metadata.get_mut("sources").and_then(Value::as_object_mut) {
        named.remove(LIBRARY_NAME);
        named.remove(RECORDS_NAME);
        for (name, source) in sources.all.iter().filter(|(_, source)| source.text != source.rewritten.text) {
            let license = named.get(name).and_then(|entry| entry.get("license")).cloned();
            if let Some(entry) = named.get_mut(name) {
                *entry = json!({ "keccak256": keccak256(&source.text).to_string() });
                if let Some(license) = license {
                    entry["license"] = license;
                }
            }
        }
    }
    metadata
}
