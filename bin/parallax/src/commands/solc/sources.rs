//! The file that is compiled and all that it imports, read and rewritten.
//!
//! A source has the name under which the compiler knows it: its path from the root folder, with `/` between its parts. An
//! import is looked for as the compiler would: beside the file that asks where it begins with `./` or `../`, and else,
//! remapped, below the root and below `node_modules` of the root. Nothing outside of the root is read.

mod imports;

use super::{
    complaint::Complaint,
    diagnostic::{Diagnostic, Place, Severity, Speaker},
    keyword::Declared,
    rewrite::{self, Rewritten},
    script::Script,
};
use crate::exit::Failure;
use imports::Import;
pub(crate) use imports::Remapping;
use std::{
    collections::BTreeMap,
    fs, io,
    io::Read,
    path::{Path, PathBuf},
};

/// Bytes of one source.
const SOURCE_BYTES_MAX: u64 = 1 << 20;
/// Bytes of all.
const ALL_BYTES_MAX: usize = 16 << 20;
/// Files.
const SOURCES_MAX: usize = 1000;

/// Where sources are looked for.
#[derive(Debug)]
pub(crate) struct Root {
    /// As it is shown to the author.
    pub(crate) shown: PathBuf,
    /// As the system knows it.
    pub(crate) path: PathBuf,
}

/// A source.
#[derive(Debug)]
pub(crate) struct Source {
    /// Its path as it is shown to the author.
    pub(crate) shown: String,
    /// What the author wrote.
    pub(crate) text: String,
    pub(crate) rewritten: Rewritten,
    /// Keywords that are names in it.
    pub(crate) declared: Vec<String>,
}

/// All sources of a compilation, by their names.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    pub(crate) all: BTreeMap<String, Source>,
    /// What is wrong with them.
    pub(crate) complaints: Vec<Diagnostic>,
}

impl Sources {
    /// Reads the file of this name and what it imports.
    ///
    /// # Errors
    ///
    /// The file itself cannot be read. An import that cannot is a complaint.
    pub(crate) fn read(root: &Root, main: &str, remappings: &[Remapping]) -> Result<Self, Failure> {
        let mut sources = Self::default();
        let (shown, text) = find(root, main)
            .map_err(|error| Failure::Input(format!("{}: {error}", root.shown.join(main).display())))?;
        let mut open = vec![(main.to_owned(), shown, text)];
        let (mut bytes, mut is_full) = (0, false);
        while let Some((name, shown, text)) = open.pop() {
            if sources.all.contains_key(&name) {
                continue;
            }
            bytes += text.len();
            is_full |= bytes > ALL_BYTES_MAX || sources.all.len() == SOURCES_MAX;
            for import in sources.add(&name, shown, text) {
                let Import { path, span } = import;
                let found = imports::resolve(&name, &path, remappings)
                    .and_then(|imported| find(root, &imported).map(|(shown, text)| (imported, shown, text)));
                match found {
                    Ok(_) if is_full => {
                        let message =
                            format!("more than {SOURCES_MAX} files or {} MiB of sources", ALL_BYTES_MAX >> 20);
                        sources.complain(&name, Complaint::new(span, message));
                        return Ok(sources);
                    }
                    Ok(found) => open.push(found),
                    Err(error) => sources.complain(&name, Complaint::new(span, format!("cannot read {path}: {error}"))),
                }
            }
        }
        Ok(sources)
    }

    /// Rewrites a source, and gives what it imports.
    fn add(&mut self, name: &str, shown: String, text: String) -> Vec<Import> {
        let script = Script::new(&text);
        let read = script.map_err(|complaint| vec![complaint]);
        let read = read.and_then(|script| {
            let declared = Declared::of(&script).words().map(str::to_owned).collect();
            Ok((imports::of(&script), declared, rewrite::rewrite(&script)?))
        });
        let (imports, declared, rewritten, complaints) = match read {
            Ok((imports, declared, rewritten)) => (imports, declared, rewritten, Vec::new()),
            Err(complaints) => (Vec::new(), Vec::new(), Rewritten::default(), complaints),
        };
        self.all.insert(name.to_owned(), Source { shown, text, rewritten, declared });
        complaints.into_iter().for_each(|complaint| self.complain(name, complaint));
        imports
    }

    fn complain(&mut self, name: &str, complaint: Complaint) {
        let source = &self.all[name];
        self.complaints.push(Diagnostic {
            severity: Severity::Error,
            from: Speaker::Parallax,
            code: None,
            message: complaint.message,
            file: Some(source.shown.clone()),
            place: Some(Place::of(&source.text, &complaint.span)),
            help: complaint.help.map(str::to_owned),
            notes: Vec::new(),
        });
    }
}

/// A source by its name: its path as it is shown, and its text.
fn find(root: &Root, name: &str) -> io::Result<(String, String)> {
    let inside = ["", "node_modules"].into_iter().find(|folder| root.path.join(folder).join(name).is_file());
    let inside = Path::new(inside.unwrap_or_default()).join(name);
    let path = fs::canonicalize(root.path.join(&inside))?;
    if !path.starts_with(&root.path) {
        return Err(io::Error::other("it lies outside of the root folder"));
    }
    let shown = if root.shown == Path::new(".") { inside } else { root.shown.join(inside) };
    Ok((shown.to_string_lossy().into_owned(), text(&path)?))
}

fn text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    fs::File::open(path)?.take(SOURCE_BYTES_MAX + 1).read_to_string(&mut text)?;
    match text.len() as u64 > SOURCE_BYTES_MAX {
        true => Err(io::Error::other(format!("it has more than {SOURCE_BYTES_MAX} bytes"))),
        false => Ok(text),
    }
}
