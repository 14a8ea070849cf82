//! Storage layouts from files, as `--layout` names them.

use crate::exit::Failure;
use access_list::Compiled;
use primitives::Address;
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    str::FromStr,
};

/// Files that are read of one folder, and how deep they may lie.
const FILES_MAX: usize = 10_000;
const DEPTH_MAX: usize = 6;

/// An argument of `--layout`: a file or a folder, or `ADDRESS=FILE` for one without code, or one that is to be forced.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    address: Option<Address>,
    path: PathBuf,
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

/// Every contract of some files and folders of artefacts. A source without any is an error.
pub(crate) fn read(sources: &[Source]) -> Result<Vec<Compiled>, Failure> {
    let mut contracts = Vec::new();
    for source in sources {
        let found = read_path(&source.path)?;
        contracts.extend(found.into_iter().map(|contract| match source.address {
            Some(address) => Compiled { address: Some(address), ..contract },
            None => contract,
        }));
    }
    Ok(contracts)
}

fn read_path(path: &Path) -> Result<Vec<Compiled>, Failure> {
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
            Ok(json) => {
                Compiled::collect(&json, &stem(file), &mut contracts).map_err(|error| input(error.to_string()))?
            }
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
