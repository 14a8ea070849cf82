//! No file names a place of one machine.
//!
//! A home folder or a working folder means nothing on the next machine. What lies beside the clone is known to
//! `.ci/run` alone.

use super::{Finding, Repository};

const CI: &str = ".ci/run";

/// Split, so that this file does not hold them.
const FOLDERS: [&str; 3] = [concat!("/wo", "rk/"), concat!("/ho", "me/"), concat!("/ro", "ot/")];
const BESIDE: &str = concat!("../", "shared");

/// No absolute path below those folders, and no path to what lies beside the clone.
pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in &repository.files {
        for (index, line) in text.lines().enumerate() {
            if FOLDERS.iter().any(|folder| is_named(line, folder)) {
                findings.push(Finding::line(path, index + 1, "names a folder of one machine"));
            }
            if path != CI && line.contains(BESIDE) {
                findings.push(Finding::line(path, index + 1, format!("only {CI} knows what lies beside the clone")));
            }
        }
    }
    findings
}

/// Whether the folder stands in the line at the start of a path.
fn is_named(line: &str, folder: &str) -> bool {
    let is_inside =
        |before: &str| before.ends_with(|letter: char| letter.is_alphanumeric() || "._-~}".contains(letter));
    line.match_indices(folder).any(|(start, _)| !is_inside(&line[..start]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_folder_is_found_at_the_start_of_a_path_only() {
        for folder in FOLDERS {
            let text = format!("https://example.org{folder}x\n{folder}x\n\"{folder}x\"\na{folder}x\n");
            let lines: Vec<String> =
                check(&Repository::of(&[("a.json", &text)])).into_iter().map(|found| found.place).collect();
            assert_eq!(lines, ["a.json:2", "a.json:3"]);
        }
    }

    #[test]
    fn only_ci_looks_beside_the_clone() {
        let found = check(&Repository::of(&[(CI, BESIDE), ("a.rs", BESIDE)]));
        assert_eq!(found, [Finding::line("a.rs", 1, "only .ci/run knows what lies beside the clone")]);
    }
}
