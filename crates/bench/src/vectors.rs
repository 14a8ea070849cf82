//! The official conformance fixtures, read one file at a time.
//!
//! ```text
//! folder of *.json ─┐                    ┌─ state_tests       env + pre + transaction -> post of each fork
//!                   ├─ file ─ its tests ─┤
//! *.tar[.zst|.gz] ──┘                    └─ blockchain_tests  genesis + blocks -> last block, post
//! ```
//!
//! A file holds many tests under their names. The archives mix kinds, so a test of another kind is passed over; it is
//! an error if a whole archive or folder holds none of the kind that was asked for. At most one file is in memory.
//!
//! The readers know the forms of `ethereum/tests`, `ethereum/legacytests` and `ethereum/execution-spec-tests`, which
//! write numbers in hexadecimal with or without leading zeros. They judge nothing: what a test expects is for its
//! runner to compare.

mod alloc;
mod block;
mod blockchain_test;
mod config;
mod hex;
mod source;
mod state_test;
mod template;

use std::{
    collections::{BTreeMap, VecDeque},
    marker::PhantomData,
    path::{Path, PathBuf},
};

use serde::{Deserialize, de::DeserializeOwned, de::IgnoredAny};
use serde_json::value::RawValue;

pub use alloc::{Alloc, AllocAccount};
pub use block::{DecodedBlock, ExecutionWitness, FixtureBlock, FixtureHeader};
pub use blockchain_test::BlockchainTest;
pub use config::{BlobCounts, FixtureConfig};
pub use state_test::{Environment, Expectation, Indexes, StateTest};
pub use template::{FixtureAuthorization, TemplateError, TransactionTemplate};

use crate::LoadError;
use source::Source;

/// Every state test in a JSON file, a folder or an archive.
pub fn state_tests(path: impl AsRef<Path>) -> Result<Cases<StateTest>, LoadError> {
    Cases::open(path.as_ref())
}

/// Every blockchain test in a JSON file, a folder or an archive.
pub fn blockchain_tests(path: impl AsRef<Path>) -> Result<Cases<BlockchainTest>, LoadError> {
    Cases::open(path.as_ref())
}

/// A kind of test that the readers tell apart from the others.
pub trait Fixture: DeserializeOwned + sealed::Sealed {
    /// What to call it in an error.
    const KIND: &'static str;
}

impl Fixture for StateTest {
    const KIND: &'static str = "a file, folder or archive with state tests";
}

impl Fixture for BlockchainTest {
    const KIND: &'static str = "a file, folder or archive with blockchain tests";
}

mod sealed {
    /// Which tests are of the kind, by the keys that all of them have and no others.
    pub trait Sealed {
        #[doc(hidden)]
        fn fits(keys: &super::Keys) -> bool;
    }
}

impl sealed::Sealed for StateTest {
    fn fits(keys: &Keys) -> bool {
        keys.post.is_some() && keys.transaction.is_some()
    }
}

impl sealed::Sealed for BlockchainTest {
    fn fits(keys: &Keys) -> bool {
        keys.blocks.is_some() && keys.pre.is_some()
    }
}

/// The keys that tell the kinds apart.
#[doc(hidden)]
#[derive(Deserialize)]
pub struct Keys {
    pre: Option<IgnoredAny>,
    post: Option<IgnoredAny>,
    transaction: Option<IgnoredAny>,
    blocks: Option<IgnoredAny>,
}

/// Tests one after another: the file's path inside the source, the test's name, the test.
///
/// A file that cannot be read, or a test that has not its kind's form, is one `Err`; the iterator goes on after it.
pub struct Cases<T> {
    source: Source,
    path: PathBuf,
    keep: Box<dyn FnMut(&str) -> bool>,
    file: String,
    pending: VecDeque<(String, Box<RawValue>)>,
    found_any: bool,
    finished: bool,
    kind: PhantomData<T>,
}

impl<T: Fixture> Cases<T> {
    fn open(path: &Path) -> Result<Self, LoadError> {
        Ok(Self {
            source: Source::open(path)?,
            path: path.to_owned(),
            keep: Box::new(|_| true),
            file: String::new(),
            pending: VecDeque::new(),
            found_any: false,
            finished: false,
            kind: PhantomData,
        })
    }

    /// Reads only the files whose path inside the source passes; the others are not even parsed.
    pub fn only(mut self, keep: impl FnMut(&str) -> bool + 'static) -> Self {
        self.keep = Box::new(keep);
        self
    }

    fn next_file(&mut self) -> Result<bool, LoadError> {
        let Some((file, content)) = self.source.next_file(&mut *self.keep)? else { return Ok(false) };
        self.file = file;
        // Files of other kinds may hold a list, or tests that are not objects.
        if content.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'[') {
            let tests: BTreeMap<String, Box<RawValue>> =
                serde_json::from_slice(&content).map_err(|source| self.json_error("", source))?;
            self.pending.extend(tests);
        }
        Ok(true)
    }

    fn next_case(&mut self) -> Result<Option<(String, String, T)>, LoadError> {
        loop {
            while let Some((name, json)) = self.pending.pop_front() {
                if !json.get().starts_with('{') {
                    continue;
                }
                let keys: Keys = serde_json::from_str(json.get()).map_err(|source| self.json_error(&name, source))?;
                if T::fits(&keys) {
                    self.found_any = true;
                    let test = serde_json::from_str(json.get()).map_err(|source| self.json_error(&name, source))?;
                    return Ok(Some((self.file.clone(), name, test)));
                }
            }
            if !self.next_file()? {
                return Ok(None);
            }
        }
    }

    fn json_error(&self, name: &str, source: serde_json::Error) -> LoadError {
        let mut path = if self.path.join(&self.file).is_file() { PathBuf::new() } else { self.path.clone() };
        path.push(&self.file);
        if !name.is_empty() {
            path.push(name);
        }
        LoadError::Json { path, source }
    }
}

impl<T: Fixture> Iterator for Cases<T> {
    type Item = Result<(String, String, T), LoadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.finished {
            return None;
        }
        match self.next_case() {
            Ok(Some(case)) => Some(Ok(case)),
            Ok(None) => {
                self.finished = true;
                let foreign = LoadError::Foreign { path: self.path.clone(), expected: T::KIND };
                (!self.found_any).then_some(Err(foreign))
            }
            Err(error) => {
                // A broken archive does not go on; a broken file or test does.
                self.finished = !matches!(error, LoadError::Json { .. });
                self.found_any = true;
                Some(Err(error))
            }
        }
    }
}

#[cfg(test)]
mod tests;
