//! What can be wrong with a data file. All of them come from users, so each error says which file and what about it.

use std::{io, path::PathBuf};

use primitives::B256;
use state::StateError;

/// A file or folder that cannot be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The file could not be opened, read or decompressed.
    #[error("{path}: {source}", path = .path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The content is not JSON, or not JSON of the expected form.
    #[error("{path}: {source}", path = .path.display())]
    Json {
        /// Which file; inside an archive, the archive's path and the entry's.
        path: PathBuf,
        /// Where and what.
        source: serde_json::Error,
    },
    /// A file that belongs to the form is not there.
    #[error("{folder}: there is no {name}, plain, .zst or .gz", folder = .folder.display())]
    MissingFile {
        /// Where it was looked for.
        folder: PathBuf,
        /// Its name without a compression suffix.
        name: String,
    },
    /// Nothing here has a form that is known.
    #[error("{path}: not {expected}", path = .path.display())]
    Foreign {
        /// What was given.
        path: PathBuf,
        /// What was looked for.
        expected: &'static str,
    },
    /// An account refers to code that none of the files holds.
    #[error("{path}: the code with hash {hash} is in none of the code files", path = .path.display())]
    MissingCode {
        /// The file that refers to it.
        path: PathBuf,
        /// The code's hash.
        hash: B256,
    },
    /// Two things in the data that have to agree do not.
    #[error("{path}: {what} is {found}, expected {expected}", path = .path.display())]
    Mismatch {
        /// Which file.
        path: PathBuf,
        /// What was compared.
        what: String,
        /// What the data yields.
        found: String,
        /// What the data claims.
        expected: String,
    },
    /// A part that is well-formed and makes no sense.
    #[error("{path}: {what}", path = .path.display())]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The witness does not open under its state root.
    #[error("{path}: {source}", path = .path.display())]
    State {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: StateError,
    },
}

impl LoadError {
    /// Compares a value that was computed with the one that was stated.
    pub(crate) fn check<T: PartialEq + std::fmt::Display>(
        path: &std::path::Path,
        what: impl Into<String>,
        found: &T,
        expected: &T,
    ) -> Result<(), Self> {
        if found == expected {
            return Ok(());
        }
        Err(Self::Mismatch {
            path: path.to_owned(),
            what: what.into(),
            found: found.to_string(),
            expected: expected.to_string(),
        })
    }

    pub(crate) fn invalid(path: &std::path::Path, what: impl std::fmt::Display) -> Self {
        Self::Invalid { path: path.to_owned(), what: what.to_string() }
    }
}
