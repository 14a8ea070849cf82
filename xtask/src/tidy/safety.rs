//! Every `unsafe` block and every `unsafe impl` has a `// SAFETY:` comment directly above its statement.

use proc_macro2::{Delimiter, TokenTree};

use super::{Finding, Repository, rust};

const COMMENT: &str = "// SAFETY:";

/// No undocumented `unsafe`, the bodies of macros included.
pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in repository.with_extension("rs") {
        let lines: Vec<&str> = text.lines().collect();
        rust::each_group(text, &mut |tokens| {
            for pair in tokens.windows(2) {
                let [TokenTree::Ident(word), next] = pair else { continue };
                let line = word.span().start().line;
                if word == "unsafe" && opens(next) && !is_documented(&lines[..line]) {
                    findings.push(Finding::line(path, line, format!("unsafe without `{COMMENT}`")));
                }
            }
        });
    }
    findings
}

fn opens(token: &TokenTree) -> bool {
    match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Ident(word) => word == "impl",
        _ => false,
    }
}

/// Looks up from the last of these lines to where its statement begins, and through the comment above that.
fn is_documented(lines: &[&str]) -> bool {
    let mut above = lines.iter().rev().map(|line| line.trim());
    let Some(own) = above.next() else { return false };
    own.contains(COMMENT)
        || above
            .take_while(|line| {
                line.starts_with("//") || line.starts_with('#') || !line.is_empty() && !line.ends_with([';', '{', '}'])
            })
            .any(|line| line.starts_with(COMMENT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(text: &str) -> usize {
        check(&Repository::of(&[("a.rs", text)])).len()
    }

    #[test]
    fn a_documented_block_passes() {
        assert_eq!(findings("fn f() {\n    // SAFETY: the pointer\n    // is ours.\n    unsafe { g() }\n}"), 0);
        assert_eq!(findings("fn f() {\n    // SAFETY: ours.\n    let x =\n        unsafe { g() };\n}"), 0);
        assert_eq!(findings("// SAFETY: no interior.\nunsafe impl Send for T {}"), 0);
        assert_eq!(findings("unsafe fn f() {}"), 0);
    }

    #[test]
    fn an_undocumented_block_is_found() {
        assert_eq!(findings("fn f() {\n    unsafe { g() }\n}"), 1);
        assert_eq!(findings("unsafe impl Send for T {}"), 1);
        assert_eq!(findings("// SAFETY: of another.\nfn f() {\n    unsafe { g() }\n}"), 1);
        assert_eq!(findings("macro_rules! m { () => { unsafe { g() } } }"), 1);
    }
}
