//! Where the stored data lies, for tests.

use std::path::PathBuf;

/// The path inside the data folder: `PARALLAX_DATA`, or `data` in the workspace. Where there is none the test is
/// skipped, with a line that says so; where the variable is set that is a failure.
#[expect(clippy::disallowed_methods, reason = "a test looks for its data")]
pub(crate) fn path(inside: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("PARALLAX_DATA")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../data")), PathBuf::from);
    let path = folder.join(inside);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var_os("PARALLAX_DATA").is_none(), "{} is missing", path.display());
    eprintln!("SKIPPED: {} is missing; set PARALLAX_DATA to the data folder", path.display());
    None
}
