//! The import table of `ARCHITECTURE.md` against what the manifests say.
//!
//! The table has one row for each package of the workspace and allows what its second cell names. It holds for every
//! kind of dependency, so that no test reaches upward either.

use std::collections::{BTreeMap, BTreeSet};

use super::markdown::{code_spans, table};
use super::{Finding, Repository};

const PAGE: &str = "ARCHITECTURE.md";

/// Every edge between packages is in the table, and every row of the table is a package.
pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let Some(table) = table(repository.text(PAGE), &["crate", "may import"]) else {
        return vec![Finding::file(PAGE, "no table with the heads `crate` and `may import`")];
    };
    let mut findings = Vec::new();
    let mut allowed: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (line, cells) in &table.rows {
        let name = code_spans(&cells[0]).next();
        let names: BTreeSet<&str> = cells.get(1).map(|cell| code_spans(cell).collect()).unwrap_or_default();
        match name {
            Some(name) if !names.is_empty() || cells.get(1).is_some_and(|cell| cell == "-") => {
                if allowed.insert(name, names).is_some() {
                    findings.push(Finding::line(PAGE, *line, format!("a second row for `{name}`")));
                }
            }
            _ => findings.push(Finding::line(PAGE, *line, "a row needs a `name` and `names` or -")),
        }
    }
    let rooms: BTreeSet<&str> = repository.packages.iter().map(|package| package.room.as_str()).collect();
    for (name, names) in &allowed {
        for unknown in names.iter().chain([name]).filter(|name| !rooms.contains(*name)) {
            findings.push(Finding::file(PAGE, format!("the import table names `{unknown}`, which is no package")));
        }
    }
    for package in &repository.packages {
        let manifest = format!("{}/Cargo.toml", package.folder);
        match allowed.get(package.room.as_str()) {
            None => findings.push(Finding::file(PAGE, format!("the import table has no row for `{}`", package.room))),
            Some(names) => findings.extend(
                package.imports.iter().filter(|import| !names.contains(import.as_str())).map(|import| {
                    Finding::file(&manifest, format!("`{}` may not import `{import}`; see {PAGE}", package.room))
                }),
            ),
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::repository::Package;
    use super::*;

    fn findings(page: &str, packages: &[(&str, &[&str])]) -> Vec<String> {
        let mut repository = Repository::of(&[(PAGE, page)]);
        let package = |(room, imports): &(&str, &[&str])| Package {
            room: (*room).to_owned(),
            folder: format!("crates/{room}"),
            imports: imports.iter().map(|import| (*import).to_owned()).collect(),
            ..Package::default()
        };
        repository.packages = packages.iter().map(package).collect();
        check(&repository).iter().map(ToString::to_string).collect()
    }

    const TABLE: &str = "| crate | may import |\n|---|---|\n| `low` | - |\n| `high` | `low` (traits) |\n";

    #[test]
    fn an_edge_in_the_table_is_allowed() {
        assert_eq!(findings(TABLE, &[("low", &[]), ("high", &["low"])]), [""; 0]);
    }

    #[test]
    fn an_edge_beside_the_table_is_found() {
        let found = findings(TABLE, &[("low", &["high"]), ("high", &[])]);
        assert_eq!(found, ["crates/low/Cargo.toml: `low` may not import `high`; see ARCHITECTURE.md"]);
    }

    #[test]
    fn a_row_without_a_package_and_a_package_without_a_row_are_found() {
        let found = findings(TABLE, &[("low", &[]), ("new", &[])]);
        assert!(found[0].contains("names `high`, which is no package"), "{found:?}");
        assert!(found[1].contains("no row for `new`"), "{found:?}");
    }

    #[test]
    fn a_page_without_a_table_or_with_an_odd_row_is_found() {
        assert!(findings("", &[])[0].contains("no table"));
        let found = findings("| crate | may import |\n|---|---|\n| `low` | low |\n", &[]);
        assert!(found[0].starts_with("ARCHITECTURE.md:3: "), "{found:?}");
    }
}
