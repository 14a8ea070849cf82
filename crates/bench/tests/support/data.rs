//! Where the recorded blocks lie.

use std::path::PathBuf;

/// The folder inside the data, or `None` with a line that says what is skipped.
#[expect(clippy::disallowed_methods, reason = "a test looks for its data")]
pub(crate) fn data(inside: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("PARALLAX_DATA")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../data")), PathBuf::from);
    let path = folder.join(inside);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is missing: set PARALLAX_DATA", path.display());
    eprintln!("SKIPPED: {} is missing; set PARALLAX_DATA to the data folder", path.display());
    None
}
