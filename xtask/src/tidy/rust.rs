//! What several checks ask of Rust source: which part of it is a test, and its tokens.

use std::collections::BTreeSet;
use std::str::FromStr;

use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, Item, Meta};

use super::Repository;

/// Files that hold nothing but tests: below a folder `tests`, or declared by `#[cfg(test)] mod name;`.
pub(crate) fn test_files(repository: &Repository) -> BTreeSet<String> {
    let mut modules = BTreeSet::new();
    for (path, text) in repository.with_extension("rs") {
        let items = syn::parse_file(text).map(|file| file.items).unwrap_or_default();
        for item in items {
            if let Item::Mod(module) = item
                && module.content.is_none()
                && is_test(&module.attrs)
            {
                modules.insert(format!("{}/{}", module_folder(path), module.ident));
            }
        }
    }
    let is_declared = |path: &str| {
        modules
            .iter()
            .any(|module| path.strip_prefix(module.as_str()).is_some_and(|rest| rest == ".rs" || rest.starts_with('/')))
    };
    let paths = repository.with_extension("rs").map(|(path, _)| path);
    paths.filter(|path| path.split('/').any(|part| part == "tests") || is_declared(path)).map(str::to_owned).collect()
}

/// Whether the attributes say `cfg(test)`, alone or in an `all`.
pub(crate) fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let words: Vec<String> = list.tokens.clone().into_iter().map(|token| token.to_string()).collect();
            match words.as_slice() {
                [word] => word == "test",
                [all, group] => {
                    all == "all" && group.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == "test")
                }
                _ => false,
            }
        }
        _ => false,
    })
}

/// The attributes of an item.
pub(crate) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Calls `visit` with the tokens of the file and of each group in it, the bodies of macros included.
pub(crate) fn each_group(text: &str, visit: &mut impl FnMut(&[TokenTree])) {
    fn descend(tokens: TokenStream, visit: &mut impl FnMut(&[TokenTree])) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        visit(&tokens);
        for token in tokens {
            if let TokenTree::Group(group) = token {
                descend(group.stream(), visit);
            }
        }
    }
    descend(TokenStream::from_str(text).unwrap_or_default(), visit);
}

/// The folder that holds the modules which a file declares.
fn module_folder(path: &str) -> &str {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    if matches!(name, "lib.rs" | "main.rs" | "mod.rs") { folder } else { path.trim_end_matches(".rs") }
}
