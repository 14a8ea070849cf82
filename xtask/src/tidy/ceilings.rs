//! Ceilings: a file has at most 500 lines, a function 70; tests do not count.
//!
//! A file's length is what is left without its `#[cfg(test)]` items; a function's runs from its signature to its closing
//! brace. An entry of the exemption list lifts either ceiling, but no file ever passes 1000 lines.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::exemptions::{self, LIST};
use super::{Finding, Repository, rust};

const FILE_LINES_MAX: usize = 500;
const FILE_LINES_NEVER: usize = 1000;
const FUNCTION_LINES_MAX: usize = 70;

/// No file and no function is longer than its ceiling, unless the exemption list says so and needs to.
pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    let exemptions = exemptions::read(repository, &mut findings);
    let tests = rust::test_files(repository);
    let mut needed = BTreeSet::new();
    for (path, text) in repository.with_extension("rs").filter(|(path, _)| !tests.contains(*path)) {
        let measured = match measure(path, text) {
            Ok(measured) => measured,
            Err(error) => {
                findings.push(Finding::line(path, error.span().start().line, format!("does not parse: {error}")));
                continue;
            }
        };
        for (key, lines) in measured {
            let ceiling = if key == path { FILE_LINES_MAX } else { FUNCTION_LINES_MAX };
            if lines <= ceiling {
                continue;
            }
            let allowed = exemptions.get(&key).map_or(0, |(_, allowed)| *allowed);
            if allowed < lines || (key == path && lines > FILE_LINES_NEVER) {
                findings.push(Finding::file(&key, format!("{lines} lines, the ceiling is {}", ceiling.max(allowed))));
            }
            needed.insert(key);
        }
    }
    let unneeded = exemptions.iter().filter(|(key, _)| !needed.contains(*key));
    findings.extend(unneeded.map(|(key, (line, _))| Finding::line(LIST, *line, format!("{key} needs no exemption"))));
    findings
}

/// Lengths in lines: of the file under its path, of each function under `path::function`, the longest of one name.
fn measure(path: &str, text: &str) -> syn::Result<BTreeMap<String, usize>> {
    let file = syn::parse_file(text)?;
    let mut ruler = Ruler { path, lengths: BTreeMap::new(), test_lines: 0 };
    ruler.visit_file(&file);
    let mut lengths = ruler.lengths;
    lengths.insert(path.to_owned(), text.lines().count() - ruler.test_lines);
    Ok(lengths)
}

struct Ruler<'a> {
    path: &'a str,
    lengths: BTreeMap<String, usize>,
    test_lines: usize,
}

impl Ruler<'_> {
    fn function(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let length = self.lengths.entry(format!("{}::{}", self.path, signature.ident)).or_default();
        *length = (*length).max(lines(signature.span().start().line, block.span()));
    }
}

impl<'ast> Visit<'ast> for Ruler<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if rust::is_test(rust::attributes(item)) {
            self.test_lines += lines(item.span().start().line, item.span());
        } else {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if rust::is_test(&item.attrs) {
            self.test_lines += lines(item.span().start().line, item.span());
        } else {
            self.function(&item.sig, &item.block);
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(&item.sig, block);
        }
        visit::visit_trait_item_fn(self, item);
    }
}

fn lines(start: usize, span: Span) -> usize {
    span.end().line + 1 - start
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "crates/a/src/lib.rs";

    fn findings(text: &str, list: &str) -> Vec<String> {
        let repository = Repository::of(&[(PATH, text), (LIST, list)]);
        check(&repository).iter().map(ToString::to_string).collect()
    }

    fn function(lines: usize) -> String {
        format!("/// Docs.\npub fn long() {{\n{}}}\n", "    step();\n".repeat(lines - 2))
    }

    #[test]
    fn a_function_of_70_lines_passes_and_one_of_71_is_found() {
        assert_eq!(findings(&function(70), ""), [""; 0]);
        assert_eq!(findings(&function(71), ""), ["crates/a/src/lib.rs::long: 71 lines, the ceiling is 70"]);
    }

    #[test]
    fn a_file_of_500_lines_passes_and_one_of_501_is_found() {
        assert_eq!(findings(&"//\n".repeat(500), ""), [""; 0]);
        assert_eq!(findings(&"//\n".repeat(501), ""), ["crates/a/src/lib.rs: 501 lines, the ceiling is 500"]);
    }

    #[test]
    fn tests_do_not_count() {
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", function(800));
        assert_eq!(findings(&format!("{}{tests}", "//\n".repeat(500)), ""), [""; 0]);
        let repository = Repository::of(&[("crates/a/tests/long.rs", &function(800))]);
        assert_eq!(check(&repository), []);
        let outside = [(PATH, "#[cfg(test)]\nmod law;\n"), ("crates/a/src/law.rs", &function(800))];
        assert_eq!(check(&Repository::of(&outside)), []);
    }

    #[test]
    fn an_exemption_allows_its_length_and_no_more() {
        assert_eq!(findings(&function(90), "crates/a/src/lib.rs::long 90 # a table\n"), [""; 0]);
        let found = findings(&function(91), "crates/a/src/lib.rs::long 90\n");
        assert_eq!(found, ["crates/a/src/lib.rs::long: 91 lines, the ceiling is 90"]);
    }

    #[test]
    fn an_exemption_that_is_not_needed_is_found() {
        let found = findings(&function(70), "# list\ncrates/a/src/lib.rs::long 90\n");
        assert_eq!(found, ["xtask/exemptions.txt:2: crates/a/src/lib.rs::long needs no exemption"]);
        assert!(findings("", "nonsense\n")[0].starts_with("xtask/exemptions.txt:1: an entry is"));
    }

    #[test]
    fn no_exemption_lifts_a_file_over_1000_lines() {
        assert_eq!(findings(&"//\n".repeat(1000), "crates/a/src/lib.rs 1000"), [""; 0]);
        assert_eq!(findings(&"//\n".repeat(1001), "crates/a/src/lib.rs 1001").len(), 1);
    }

    #[test]
    fn a_file_that_does_not_parse_is_found() {
        assert!(findings("fn (", "")[0].contains("does not parse"));
    }
}
