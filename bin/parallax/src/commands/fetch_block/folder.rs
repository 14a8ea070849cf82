//! The folder that a block is written to.

use crate::exit::Failure;
use serde::Serialize;
use std::{
    cell::RefCell,
    fs,
    path::{Path, PathBuf},
};

/// A folder that was empty when it was opened. What was written is removed again, unless it is said to be kept.
pub(super) struct Folder {
    path: PathBuf,
    /// Whether it was made for this.
    is_new: bool,
    written: RefCell<Vec<PathBuf>>,
}

impl Folder {
    /// Makes the folder. One that holds anything is refused, so that nothing is mixed or lost.
    pub(super) fn create(path: PathBuf) -> Result<Self, Failure> {
        let is_new = !path.exists();
        fs::create_dir_all(&path).map_err(|error| failed(&path, &error))?;
        let mut entries = fs::read_dir(&path).map_err(|error| failed(&path, &error))?;
        if entries.next().is_some() {
            let what = format!("{} is not empty: name a new folder with --out", path.display());
            return Err(Failure::Usage(what));
        }
        Ok(Self { path, is_new, written: RefCell::default() })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps what was written.
    pub(super) fn keep(&self) {
        self.written.borrow_mut().clear();
    }

    /// Writes one file.
    pub(super) fn write(&self, name: &str, content: &impl Serialize) -> Result<(), Failure> {
        let path = self.join(name);
        let text = serde_json::to_string(content).map_err(|error| Failure::Machine(error.to_string()))?;
        fs::write(&path, text).map_err(|error| failed(&path, &error))
    }

    /// Copies a file of the user.
    pub(super) fn copy(&self, from: &Path, name: &str) -> Result<(), Failure> {
        let copied = fs::copy(from, self.join(name));
        copied.map(|_| ()).map_err(|error| Failure::Input(format!("{}: {error}", from.display())))
    }

    /// Where a file goes.
    fn join(&self, name: &str) -> PathBuf {
        let path = self.path.join(name);
        let mut written = self.written.borrow_mut();
        if !written.contains(&path) {
            written.push(path.clone());
        }
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let written = self.written.take();
        let is_dropped = !written.is_empty();
        for path in written {
            // What cannot be removed stays; the error that led here is the one to report.
            drop(fs::remove_file(path));
        }
        if is_dropped && self.is_new {
            drop(fs::remove_dir(&self.path));
        }
    }
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Machine(format!("{}: {error}", path.display()))
}
