//! A lint is silenced by `#[expect(lint, reason = "...")]` alone.
//!
//! An `expect` complains once it is not needed and says why it is there; an `allow` does neither. The one place for an
//! `allow`, with a reason, is the module that several tests share: no expectation holds for all of them.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::{Finding, Repository, rust};

/// No `allow`, and no `expect` without a reason, in any attribute.
pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in repository.with_extension("rs") {
        rust::each_group(text, &mut |tokens| {
            for (index, token) in tokens.iter().enumerate() {
                let TokenTree::Group(group) = token else { continue };
                if group.delimiter() != Delimiter::Bracket || !follows_hash(&tokens[..index]) {
                    continue;
                }
                if path.ends_with("tests/support/mod.rs") && has_reason_inside(&group.stream()) {
                    continue;
                }
                if let Some(fault) = fault(group.stream()) {
                    findings.push(Finding::line(path, group.span_open().start().line, fault));
                }
            }
        });
    }
    findings
}

fn follows_hash(before: &[TokenTree]) -> bool {
    let is = |token: &TokenTree, wanted: char| matches!(token, TokenTree::Punct(found) if found.as_char() == wanted);
    match before {
        [.., hash, bang] if is(bang, '!') => is(hash, '#'),
        [.., hash] => is(hash, '#'),
        [] => false,
    }
}

/// What is wrong with an attribute, `cfg_attr` looked through.
fn fault(attribute: TokenStream) -> Option<&'static str> {
    let tokens: Vec<TokenTree> = attribute.into_iter().collect();
    let names = tokens.iter().zip(tokens.iter().skip(1));
    names.into_iter().find_map(|pair| match pair {
        (TokenTree::Ident(name), TokenTree::Group(group)) => match name.to_string().as_str() {
            "allow" => Some("silence a lint with #[expect(.., reason = \"..\")], not with allow"),
            "expect" if !has_reason(group.stream()) => Some("#[expect] without a reason"),
            "cfg_attr" => fault(group.stream()),
            _ => None,
        },
        _ => None,
    })
}

fn has_reason(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| matches!(token, TokenTree::Ident(name) if name == "reason"))
}

fn has_reason_inside(attribute: &TokenStream) -> bool {
    attribute.clone().into_iter().any(|token| matches!(token, TokenTree::Group(group) if has_reason(group.stream())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tests_share_may_allow_with_a_reason() {
        let found = |text: &str| check(&Repository::of(&[("crates/a/tests/support/mod.rs", text)])).len();
        assert_eq!(found("#![allow(dead_code, reason = \"each test uses a part\")]"), 0);
        assert_eq!(found("#![allow(dead_code)]"), 1);
    }

    fn findings(text: &str) -> Vec<String> {
        check(&Repository::of(&[("a.rs", text)])).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_expect_with_a_reason_passes() {
        assert_eq!(
            findings("// #[allow(x)]\n#[expect(dead_code, reason = \"kept\")]\nfn f() { g.expect(\"\"); }"),
            [""; 0]
        );
    }

    #[test]
    fn an_allow_is_found_wherever_it_hides() {
        for text in [
            "#[allow(dead_code)]\nfn f() {}",
            "#![allow(dead_code)]",
            "#[cfg_attr(test, allow(dead_code))]\nfn f() {}",
            "macro_rules! m { () => { #[allow(dead_code)] fn f() {} } }",
        ] {
            assert_eq!(findings(text).len(), 1, "{text}");
            assert!(findings(text)[0].starts_with("a.rs:1: silence"), "{text}");
        }
    }

    #[test]
    fn an_expect_without_a_reason_is_found() {
        assert_eq!(findings("#[expect(dead_code)]\nfn f() {}"), ["a.rs:1: #[expect] without a reason"]);
    }
}
