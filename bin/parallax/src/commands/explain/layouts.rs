//! Storage layouts from files, and which contract of the block each belongs to.
//!
//! A layout that comes with code belongs to every account that has this code, whatever its immutables are. One without,
//! or one that is to be forced, is given as `ADDRESS=FILE`.

use crate::{exit::Failure, workload::Workload};
use access_list::{Preimages, StateKey, StorageLayout};
use executor::{Engine, Plan};
use primitives::{Address, Bytes, alloy_primitives::hex};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    str::FromStr,
};

/// Files that are read of one folder, and how deep they may lie.
const FILES_MAX: usize = 10_000;
const DEPTH_MAX: usize = 6;

/// An argument of `--layout`.
#[derive(Clone, Debug)]
pub(super) struct Source {
    address: Option<Address>,
    path: PathBuf,
}

/// One contract that a compiler has seen.
struct Contract {
    name: String,
    layout: StorageLayout,
    /// What lies on the chain, immutables as zeros; empty if it is not told.
    code: Bytes,
}

/// The layouts of a block's contracts.
#[derive(Default)]
pub(super) struct Layouts {
    by_address: BTreeMap<Address, (String, StorageLayout)>,
    preimages: Preimages,
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((address, path)) = text.split_once('=').filter(|(address, _)| address.starts_with("0x")) else {
            return Ok(Self { address: None, path: text.into() });
        };
        let address = address.parse().map_err(|_| format!("not an address: {address:?}"))?;
        Ok(Self { address: Some(address), path: path.into() })
    }
}

impl Layouts {
    /// Reads the files, finds the contracts, and executes the block once more to see what was hashed.
    pub(super) fn new(sources: &[Source], workload: &Workload<'_>, keys: &[StateKey]) -> Result<Self, Failure> {
        let mut layouts = Self::default();
        if sources.is_empty() {
            return Ok(layouts);
        }
        let addresses: Vec<Address> = keys.iter().map(StateKey::address).collect();
        for source in sources {
            let contracts = read(&source.path)?;
            for contract in contracts {
                let forced = source.address.into_iter();
                let found = addresses.iter().copied().filter(|address| contract.is_at(*address, workload));
                for address in forced.chain(found) {
                    let known = (contract.name.clone(), contract.layout.clone());
                    layouts.by_address.entry(address).or_insert(known);
                }
            }
        }
        let noting = Workload { recorded: workload.recorded, prepared: workload.prepared.clone().noting_preimages() };
        let refused = |error: executor::Error| crate::workload::failure(&workload.recorded.name, &error);
        noting.execute(&Engine::new(1)?, &Plan::default()).map_err(refused)?;
        layouts.preimages = noting.prepared.environment().take_preimages();
        Ok(layouts)
    }

    /// The variable behind a key, with the contract's name where that is known.
    pub(super) fn name(&self, key: &StateKey) -> Option<String> {
        let StateKey::Slot(address, slot) = *key else { return None };
        let (contract, layout) = self.by_address.get(&address)?;
        let variable = layout.name(slot, &self.preimages)?;
        Some(if contract.is_empty() { variable } else { format!("{contract}.{variable}") })
    }
}

impl Contract {
    /// Whether an account has this code before the block.
    fn is_at(&self, address: Address, workload: &Workload<'_>) -> bool {
        let state = workload.state();
        let Ok(Some(account)) = state.account(address) else { return false };
        let code = state.code(account.code_hash).unwrap_or_default();
        !self.code.is_empty() && is_same_code(&self.code, &code)
    }
}

/// Whether deployed code is what the compiler made, where 32 pushed zeros stand for an immutable of any value.
fn is_same_code(compiled: &[u8], deployed: &[u8]) -> bool {
    const PUSH32: u8 = 0x7f;
    let mut at = 0;
    while let (Some(one), Some(other)) = (compiled.get(at), deployed.get(at)) {
        if one != other {
            return false;
        }
        let is_open =
            *one == PUSH32 && compiled.get(at + 1..at + 33).is_some_and(|word| word.iter().all(|byte| *byte == 0));
        at += if is_open { 33 } else { 1 };
    }
    compiled.len() == deployed.len()
}

/// Every layout of a file or of a folder of artefacts.
fn read(path: &Path) -> Result<Vec<Contract>, Failure> {
    let input = |what: String| Failure::Input(format!("{}: {what}", path.display()));
    let mut files = Vec::new();
    if path.is_dir() {
        walk(path, DEPTH_MAX, &mut files).map_err(|error| input(error.to_string()))?;
    } else {
        files.push(path.to_owned());
    }
    let mut contracts = Vec::new();
    for file in &files {
        let text = fs::read_to_string(file).map_err(|error| input(error.to_string()))?;
        match serde_json::from_str::<Value>(&text) {
            Ok(json) => collect(&json, &stem(file), &mut contracts).map_err(&input)?,
            Err(error) if !path.is_dir() => return Err(input(format!("not JSON: {error}"))),
            Err(_) => {}
        }
    }
    if contracts.is_empty() {
        return Err(input("no storage layout in it; compile with the output selection storageLayout".to_owned()));
    }
    Ok(contracts)
}

fn walk(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let mut entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() && depth > 0 {
            walk(&path, depth - 1, files)?;
        } else if path.extension().is_some_and(|extension| extension == "json") && files.len() < FILES_MAX {
            files.push(path);
        }
    }
    Ok(())
}

fn stem(path: &Path) -> String {
    path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned()
}

/// Finds contracts in what solc, forge and Hardhat write: a layout, an artefact, or the output for many sources.
fn collect(json: &Value, name: &str, contracts: &mut Vec<Contract>) -> Result<(), String> {
    if let Some(sources) =
        json.pointer("/output/contracts").or_else(|| json.get("contracts")).and_then(Value::as_object)
    {
        for (name, contract) in sources.values().filter_map(Value::as_object).flatten() {
            collect(contract, name, contracts)?;
        }
        return Ok(());
    }
    let layout = json.get("storageLayout").or_else(|| json.get("storage").map(|_| json));
    let layout = layout.or_else(|| json.as_array().map(|_| json)).filter(|layout| !layout.is_null());
    let Some(layout) = layout else { return Ok(()) };
    let is_layout = std::ptr::eq(layout, json);
    let layout = StorageLayout::from_value(layout).map_err(|error| format!("{name}: {error}"))?;
    let code = json.pointer("/evm/deployedBytecode").or_else(|| json.get("deployedBytecode"));
    let code = code.and_then(|code| code.as_str().or_else(|| code.get("object")?.as_str())).unwrap_or_default();
    let code = hex::decode(code).unwrap_or_default().into();
    let name = json.get("contractName").or_else(|| json.get("name")).and_then(Value::as_str).unwrap_or(name);
    contracts.push(Contract { name: if is_layout { String::new() } else { name.to_owned() }, layout, code });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn immutables_may_have_any_value_and_nothing_else_may_differ() {
        let compiled = [&[0x60, 1, 0x7f][..], &[0; 32], &[0x55]].concat();
        let mut deployed = compiled.clone();
        deployed[3..35].fill(0xab);
        assert!(is_same_code(&compiled, &deployed));
        assert!(!is_same_code(&deployed, &compiled));
        deployed[35] = 0x54;
        assert!(!is_same_code(&compiled, &deployed));
        assert!(!is_same_code(&compiled, &compiled[..35]));
    }

    #[test]
    fn every_form_of_artefact_is_read() {
        let layout = json!([{ "label": "value", "slot": "0", "offset": 0, "type": "t_uint256" }]);
        let whole = json!({ "storage": layout, "types": {} });
        let solc = json!({ "storageLayout": whole, "evm": { "deployedBytecode": { "object": "6001" } } });
        let forms = [
            (layout.clone(), "", 0),
            (whole.clone(), "", 0),
            (json!({ "name": "Own", "storageLayout": layout, "deployedBytecode": "0x6001" }), "Own", 2),
            (json!({ "abi": [], "storageLayout": whole, "deployedBytecode": { "object": "0x6001" } }), "file", 2),
            (json!({ "contracts": { "a.sol": { "A": solc } } }), "A", 2),
            (json!({ "output": { "contracts": { "a.sol": { "A": solc } } } }), "A", 2),
        ];
        for (json, name, code) in forms {
            let mut found = Vec::new();
            collect(&json, "file", &mut found).unwrap();
            let [contract] = found.as_slice() else { panic!("{json}") };
            assert_eq!((contract.name.as_str(), contract.code.len()), (name, code), "{json}");
            assert!(contract.layout.name(primitives::U256::ZERO, &Preimages::new()).is_some(), "{json}");
        }
        let mut none = Vec::new();
        collect(&json!({ "abi": [] }), "file", &mut none).unwrap();
        assert!(none.is_empty());
        assert!(collect(&json!({ "storageLayout": 5 }), "file", &mut none).is_err());
    }
}
