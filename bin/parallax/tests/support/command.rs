//! The binary as a user runs it.

use std::{
    ffi::OsStr,
    path::PathBuf,
    process::{Command, Output},
};

/// What a run printed and how it ended.
pub(crate) struct Ran {
    /// The exit code.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

/// Runs `parallax` with these arguments.
pub(crate) fn parallax<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Ran {
    let Output { status, stdout, stderr } =
        Command::new(env!("CARGO_BIN_EXE_parallax")).args(arguments).output().expect("the binary runs");
    Ran {
        code: status.code().expect("no signal ends it"),
        out: String::from_utf8(stdout).expect("text"),
        err: String::from_utf8(stderr).expect("text"),
    }
}

impl Ran {
    /// Asserts that it ended well.
    #[track_caller]
    pub(crate) fn succeeds(&self) -> &Self {
        assert_eq!(self.code, 0, "\nstdout: {}\nstderr: {}", self.out, self.err);
        self
    }

    /// Asserts that it ended with this code and said this on standard error.
    #[track_caller]
    pub(crate) fn fails(&self, code: i32, complaint: &str) {
        assert_eq!(self.code, code, "\nstdout: {}\nstderr: {}", self.out, self.err);
        assert!(self.err.contains(complaint), "no {complaint:?} in: {}", self.err);
    }

    /// Asserts that standard output has this text.
    #[track_caller]
    pub(crate) fn prints(&self, text: &str) -> &Self {
        assert!(self.out.contains(text), "no {text:?} in: {}", self.out);
        self
    }
}

/// A path inside the data, or `None` with a line that says what is skipped; nothing is where `PARALLAX_DATA` is set.
#[expect(clippy::disallowed_methods, reason = "a test looks for its data")]
pub(crate) fn data(inside: &str) -> Option<PathBuf> {
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

/// A new, empty folder of this name.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    if path.exists() {
        std::fs::remove_dir_all(&path).expect("an old folder can be removed");
    }
    std::fs::create_dir_all(&path).expect("a folder can be made");
    path
}
