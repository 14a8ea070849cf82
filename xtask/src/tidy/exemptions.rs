//! The list of files and functions that may stay above their ceiling, each with the length it has.
//!
//! The list only shrinks: an entry that grew, one that is no longer needed, and one more than there were are errors.

use std::collections::BTreeMap;

use super::{Finding, Repository};

pub(crate) const LIST: &str = "xtask/exemptions.txt";

/// So many entries it has at most. To be lowered with each that goes; nothing is above its ceiling now.
const ENTRIES_MAX: usize = 0;

/// Entries by key (`path` or `path::function`): the line of the entry and the length it allows.
pub(crate) type Exemptions = BTreeMap<String, (usize, usize)>;

/// Reads the list; a line is `key length`, and `#` begins a comment.
pub(crate) fn read(repository: &Repository, findings: &mut Vec<Finding>) -> Exemptions {
    let mut exemptions = Exemptions::new();
    for (index, line) in repository.text(LIST).lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let entry = line.rsplit_once(' ').and_then(|(key, length)| Some((key.trim(), length.parse().ok()?)));
        match entry {
            Some((key, length)) if !exemptions.contains_key(key) => {
                exemptions.insert(key.to_owned(), (index + 1, length));
            }
            _ => findings.push(Finding::line(LIST, index + 1, "an entry is `path length` or `path::function length`")),
        }
    }
    exemptions
}

/// The list has not grown.
pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let entries = read(repository, &mut Vec::new()).len();
    let grown = (entries > ENTRIES_MAX).then(|| format!("{entries} entries, and there were {ENTRIES_MAX}"));
    grown.into_iter().map(|text| Finding::file(LIST, text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_entry_more_is_found() {
        let findings = |list: &str| check(&Repository::of(&[(LIST, list)])).len();
        assert_eq!([findings("# nothing\n"), findings("crates/a/src/lib.rs 500\n")], [0, 1]);
    }
}
