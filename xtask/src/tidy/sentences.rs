//! One sentence says what a package does, and it is the same in its four places.
//!
//! The places: the manifest's `description`, the table of rooms in the root `README.md`, the first line after the title
//! of the package's `README.md`, and line 1 of its `lib.rs` or `main.rs`.

use super::markdown::{code_spans, table};
use super::repository::Package;
use super::{Finding, Repository};

const PAGE: &str = "README.md";

/// The four places agree for every package, and the table names nothing else.
pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let Some(table) = table(repository.text(PAGE), &["room", "what it does"]) else {
        return vec![Finding::file(PAGE, "no table with the heads `room` and `what it does`")];
    };
    let rows: Vec<(usize, &str, &str)> = table
        .rows
        .iter()
        .map(|(line, cells)| {
            (*line, code_spans(&cells[0]).next().unwrap_or_default(), cells.get(1).map_or("", String::as_str))
        })
        .collect();
    let is_room = |name: &str| repository.packages.iter().any(|package| package.room == name);
    let stale = rows.iter().filter(|(_, name, _)| !is_room(name));
    let mut findings: Vec<Finding> =
        stale.map(|(line, name, _)| Finding::line(PAGE, *line, format!("`{name}` is no package"))).collect();
    for package in &repository.packages {
        let row = rows.iter().find(|(_, name, _)| *name == package.room).map(|(_, _, sentence)| *sentence);
        findings.extend(compare(repository, package, row));
    }
    findings
}

fn compare(repository: &Repository, package: &Package, row: Option<&str>) -> Vec<Finding> {
    let sentence = package.description.as_str();
    let manifest = format!("{}/Cargo.toml", package.folder);
    let readme = format!("{}/README.md", package.folder);
    if !sentence.ends_with('.') {
        return vec![Finding::file(&manifest, "the description is no sentence with a full stop")];
    }
    let after_title = repository.text(&readme).lines().skip(1).find(|line| !line.trim().is_empty());
    let first_line = repository.text(&package.entry).lines().next().and_then(|line| line.strip_prefix("//! "));
    let places = [
        (PAGE, format!("the row for `{}`", package.room), row),
        (&readme, "the line after the title".to_owned(), after_title),
        (&package.entry, "line 1".to_owned(), first_line),
    ];
    let differing = places.into_iter().filter(|(_, _, found)| *found != Some(sentence));
    differing
        .map(|(path, place, found)| match found {
            Some(found) => Finding::file(path, format!("{place} is \"{found}\", the manifest says \"{sentence}\"")),
            None => Finding::file(path, format!("{place} is missing, the manifest says \"{sentence}\"")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [(&str, &str); 3] = [
        ("README.md", "| room | what it does |\n|---|---|\n| [`a`](crates/a) | Do it. |\n"),
        ("crates/a/README.md", "# a\n\nDo it.\n\nMore.\n"),
        ("crates/a/src/lib.rs", "//! Do it.\n//!\n//! More.\n"),
    ];

    fn findings(files: &[(&str, &str)], description: &str) -> Vec<String> {
        let mut repository = Repository::of(files);
        repository.packages.push(Package {
            room: "a".to_owned(),
            folder: "crates/a".to_owned(),
            description: description.to_owned(),
            entry: "crates/a/src/lib.rs".to_owned(),
            ..Package::default()
        });
        check(&repository).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn four_equal_sentences_pass() {
        assert_eq!(findings(&GOOD, "Do it."), [""; 0]);
    }

    #[test]
    fn each_place_that_differs_is_found() {
        assert_eq!(findings(&GOOD, "Do that.").len(), 3);
        for index in 0..3 {
            let mut files = GOOD;
            let changed = files[index].1.replace("Do it.", "Do it!");
            files[index].1 = &changed;
            let found = findings(&files, "Do it.");
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].starts_with(files[index].0), "{found:?}");
        }
    }

    #[test]
    fn a_missing_place_is_found() {
        assert_eq!(findings(&GOOD[..1], "Do it.").len(), 2);
        assert_eq!(findings(&GOOD, "").len(), 1);
        assert!(findings(&GOOD[1..], "Do it.")[0].contains("no table"));
    }

    #[test]
    fn a_row_without_a_package_is_found() {
        let page = format!("{}| `b` | Do more. |\n", GOOD[0].1);
        let found = findings(&[("README.md", &page), GOOD[1], GOOD[2]], "Do it.");
        assert_eq!(found, ["README.md:4: `b` is no package"]);
    }
}
