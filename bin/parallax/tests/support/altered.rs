//! Recorded blocks with something wrong in them.

use super::recorded::Recorded;
use primitives::Header;
use serde_json::Value;
use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

/// Writes a folder that `replay` reads.
pub(crate) fn write(recorded: &Recorded, folder: &Path) {
    fs::create_dir_all(folder).expect("a folder can be made");
    fs::write(folder.join("block.json"), recorded.block.to_string()).expect("a file can be written");
    let pre_state = Value::Object(recorded.pre_state.clone());
    fs::write(folder.join("pre_state.json"), pre_state.to_string()).expect("a file can be written");
}

/// Makes a block's hash fit its header again.
pub(crate) fn rehash(block: &mut Value) {
    let header: Header = serde_json::from_value(block.clone()).expect("a header");
    block["hash"] = header.hash_slow().to_string().into();
}

/// Another value of the same form: its last digit is changed.
pub(crate) fn other(value: &Value) -> Value {
    let mut text = value.as_str().expect("text").to_owned();
    let last = text.pop().expect("not empty");
    text.push(if last == '1' { '2' } else { '1' });
    text.into()
}

/// A witness of the form of proofs, as JSON.
pub(crate) fn witness(path: &Path) -> Value {
    let mut text = String::new();
    let file = File::open(path).expect("the file is there");
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).expect("gzip");
    serde_json::from_str(&text).expect("JSON")
}

/// Writes a value as a file.
pub(crate) fn write_json(folder: &Path, name: &str, value: &Value) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, value.to_string()).expect("a file can be written");
    path
}
