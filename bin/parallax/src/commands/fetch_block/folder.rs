//! The folder that a block is written to.

use crate::exit::Failure;
use serde::Serialize;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A folder that was empty when it was opened.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Makes the folder. One that holds anything is refused, so that nothing is mixed or lost.
    pub(super) fn create(path: PathBuf) -> Result<Self, Failure> {
        fs::create_dir_all(&path).map_err(|error| failed(&path, &error))?;
        let mut entries = fs::read_dir(&path).map_err(|error| failed(&path, &error))?;
        if entries.next().is_some() {
            let what = format!("{} is not empty: name a new folder with --out", path.display());
            return Err(Failure::Usage(what));
        }
        Ok(Self(path))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes one file.
    pub(super) fn write(&self, name: &str, content: &impl Serialize) -> Result<(), Failure> {
        let path = self.0.join(name);
        let text = serde_json::to_string(content).map_err(|error| Failure::Machine(error.to_string()))?;
        fs::write(&path, text).map_err(|error| failed(&path, &error))
    }

    /// Copies a file of the user.
    pub(super) fn copy(&self, from: &Path, name: &str) -> Result<(), Failure> {
        let copied = fs::copy(from, self.0.join(name));
        copied.map(|_| ()).map_err(|error| Failure::Input(format!("{}: {error}", from.display())))
    }
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Machine(format!("{}: {error}", path.display()))
}
