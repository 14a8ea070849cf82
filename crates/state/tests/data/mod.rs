//! Where the test data lies.

use std::{env, fs::File, path::PathBuf};

/// Opens a file below `PARALLAX_DATA` (default: `data` in the workspace). Where it is not there, the test says that it
/// skips; where the variable is set it fails instead.
#[expect(clippy::disallowed_methods, reason = "a test looks for its data")]
pub(crate) fn open(name: &str) -> Option<File> {
    let workspace = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let data = env::var_os("PARALLAX_DATA").map_or_else(|| PathBuf::from(workspace).join("data"), PathBuf::from);
    let path = data.join(name);
    if let Ok(file) = File::open(&path) {
        return Some(file);
    }
    assert!(env::var_os("PARALLAX_DATA").is_none(), "{} is not there", path.display());
    eprintln!("SKIPPED: {} is not there; set PARALLAX_DATA", path.display());
    None
}
