//! What a source imports, and the name that an import has.

use crate::commands::solc::script::Script;
use std::{io, ops::Range, str::FromStr};

/// An import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Import {
    /// As it is written.
    pub(crate) path: String,
    /// Where it is written.
    pub(crate) span: Range<usize>,
}

/// `PREFIX=TARGET`: what an import begins with, and what takes its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remapping {
    pub(crate) prefix: String,
    pub(crate) target: String,
}

impl FromStr for Remapping {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((prefix, _)) if prefix.contains(':') => {
                Err("a remapping for some files only is not known here".to_owned())
            }
            Some((prefix, target)) if !prefix.is_empty() => {
                Ok(Self { prefix: prefix.to_owned(), target: target.to_owned() })
            }
            _ => Err("a remapping is PREFIX=TARGET".to_owned()),
        }
    }
}

/// The imports of a source.
pub(super) fn of(script: &Script<'_>) -> Vec<Import> {
    let mut imports = Vec::new();
    let mut at = 0;
    while at < script.len() {
        if script.text(at) != "import" {
            at = script.after(at);
            continue;
        }
        let path = (at + 1..script.len())
            .take_while(|at| script.text(*at) != ";")
            .find_map(|at| script.string(at).map(|path| Import { path: path.to_owned(), span: script.span(at) }));
        imports.extend(path);
        while at < script.len() && script.text(at) != ";" {
            at = script.after(at);
        }
    }
    imports
}

/// The name of the source that a source imports.
pub(super) fn resolve(importer: &str, path: &str, remappings: &[Remapping]) -> io::Result<String> {
    if !path.starts_with("./") && !path.starts_with("../") {
        let known = remappings.iter().filter(|remapping| path.starts_with(&remapping.prefix));
        return Ok(match known.max_by_key(|remapping| remapping.prefix.len()) {
            Some(Remapping { prefix, target }) => format!("{target}{}", &path[prefix.len()..]),
            None => path.to_owned(),
        });
    }
    let mut parts: Vec<&str> = importer.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts
                    .pop()
                    .ok_or_else(|| io::Error::other("it lies outside of the root folder; name one with --root"))?;
            }
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_an_import_is_found_and_nothing_else() {
        let source = "import \"a\"; import {B as C, D} from './b'; import * as E from \"c\"; // import \"d\";\n\
            contract F { string import_ = \"import 'e';\"; }";
        let script = Script::new(source).expect("it is whole");
        let paths: Vec<_> = of(&script).into_iter().map(|import| import.path).collect();
        assert_eq!(paths, ["a", "./b", "c"]);
    }

    #[test]
    fn names_are_those_of_the_compiler() {
        let remappings: Vec<Remapping> =
            ["@a/=lib/a/", "@a/b/=lib/b/"].iter().map(|text| text.parse().expect("one")).collect();
        for (path, name) in [
            ("./x.sol", Some("src/in/x.sol")),
            ("../x.sol", Some("src/x.sol")),
            (".././/y/./x.sol", Some("src/y/x.sol")),
            ("../../x.sol", Some("x.sol")),
            ("../../../x.sol", None),
            ("src/x.sol", Some("src/x.sol")),
            ("@a/x.sol", Some("lib/a/x.sol")),
            ("@a/b/x.sol", Some("lib/b/x.sol")),
        ] {
            assert_eq!(resolve("src/in/main.sol", path, &remappings).ok().as_deref(), name, "{path}");
        }
    }

    #[test]
    fn a_remapping_has_two_sides() {
        assert!("a".parse::<Remapping>().is_err() && "=a".parse::<Remapping>().is_err());
        assert!("context:a=b".parse::<Remapping>().is_err() && "a=".parse::<Remapping>().is_ok());
    }
}
