//! Rules of the repository that a compiler does not know.
//!
//! Each check is a pure function from a [`Repository`] to [`Finding`]s; the repository is read once. The checks run as
//! `cargo xtask tidy` and, as a test, with every other test.

mod ceilings;
mod exemptions;
mod imports;
mod links;
mod manifests;
mod markdown;
mod mutants;
mod paths;
mod repository;
mod rust;
mod safety;
mod sentences;
mod silences;
mod words;

use std::fmt;
use std::path::Path;

use anyhow::Result;

use repository::Repository;

/// One check: a rule and the places that break it.
pub(crate) type Check = fn(&Repository) -> Vec<Finding>;

/// Every check.
pub(crate) const CHECKS: [Check; 11] = [
    imports::check,
    ceilings::check,
    exemptions::check,
    sentences::check,
    links::check,
    words::check,
    paths::check,
    silences::check,
    safety::check,
    manifests::check,
    mutants::check,
];

/// A place that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// A file, or a file and a line.
    pub(crate) place: String,
    /// What is wrong there.
    pub(crate) text: String,
}

/// Runs every check over the repository at `root`.
pub(crate) fn findings(root: &Path) -> Result<Vec<Finding>> {
    let repository = Repository::load(root)?;
    Ok(CHECKS.iter().flat_map(|check| check(&repository)).collect())
}

impl Finding {
    fn file(path: &str, text: impl Into<String>) -> Self {
        Self { place: path.to_owned(), text: text.into() }
    }

    fn line(path: &str, line: usize, text: impl Into<String>) -> Self {
        Self { place: format!("{path}:{line}"), text: text.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_is_tidy() {
        let findings = findings(&crate::cargo::root().unwrap()).unwrap();
        let list: String = findings.iter().map(|finding| format!("{finding}\n")).collect();
        assert!(findings.is_empty(), "{} findings\n{list}", findings.len());
    }
}
