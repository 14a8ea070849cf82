//! Where fixtures lie: one JSON file, a folder of them, or a tar archive that is read as a stream.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use crate::{LoadError, files};

/// No fixture file is larger.
const MAX_FILE_BYTES: u64 = 512 << 20;

/// How deep a folder may nest; deeper is taken for a loop of links.
const MAX_DEPTH: usize = 32;

const TAR_BLOCK: u64 = 512;

/// A sequence of JSON files.
pub(super) enum Source {
    /// Files on disk still to read, the next one last.
    Files { root: PathBuf, rest: Vec<PathBuf> },
    /// An archive, at the header of its next entry.
    Archive { path: PathBuf, reader: Box<dyn Read> },
}

impl Source {
    pub(super) fn open(path: &Path) -> Result<Self, LoadError> {
        if path.is_dir() {
            let mut rest = Vec::new();
            collect(path, 0, &mut rest)?;
            rest.reverse();
            return Ok(Self::Files { root: path.to_owned(), rest });
        }
        if files::plain_name(path).ends_with(".tar") {
            return Ok(Self::Archive { path: path.to_owned(), reader: files::open(path)? });
        }
        fs::metadata(path).map_err(|source| files::io_error(path, source))?;
        Ok(Self::Files { root: path.to_owned(), rest: vec![path.to_owned()] })
    }

    /// The next JSON file that passes: its path inside the source, and what it holds.
    pub(super) fn next_file(
        &mut self,
        keep: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Option<(String, Vec<u8>)>, LoadError> {
        match self {
            Self::Files { root, rest } => {
                while let Some(path) = rest.pop() {
                    let name = match path.strip_prefix(&*root) {
                        Ok(inside) if !inside.as_os_str().is_empty() => inside.to_string_lossy().into_owned(),
                        _ => path.to_string_lossy().into_owned(),
                    };
                    if keep(&name) {
                        return Ok(Some((name, files::read(&path)?)));
                    }
                }
                Ok(None)
            }
            Self::Archive { path, reader } => next_entry(reader, keep).map_err(|source| files::io_error(path, source)),
        }
    }
}

fn collect(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), LoadError> {
    if depth > MAX_DEPTH {
        return Err(LoadError::invalid(folder, format_args!("more than {MAX_DEPTH} folders deep")));
    }
    for path in files::list(folder)? {
        if path.is_dir() {
            collect(&path, depth + 1, found)?;
        } else if is_json(files::plain_name(&path)) {
            found.push(path);
        }
    }
    Ok(())
}

/// `.meta` holds the indexes that the fixture releases carry, which are no fixtures.
fn is_json(path: &str) -> bool {
    path.ends_with(".json") && !path.split('/').any(|part| part == ".meta")
}

/// Reads on to the next entry that is wanted. An archive value lives for one entry only: it holds nothing but
/// its position, and that way nothing borrows from the reader between two calls.
fn next_entry(reader: &mut dyn Read, keep: &mut dyn FnMut(&str) -> bool) -> io::Result<Option<(String, Vec<u8>)>> {
    loop {
        let mut archive = tar::Archive::new(&mut *reader);
        let Some(entry) = archive.entries()?.next() else { return Ok(None) };
        let mut entry = entry?;
        let name = entry.path()?.to_string_lossy().into_owned();
        let size = entry.size();
        if size > MAX_FILE_BYTES {
            let what = format!("{name} has {size} bytes, more than {MAX_FILE_BYTES}");
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, what));
        }
        let wanted = entry.header().entry_type().is_file() && is_json(&name) && keep(&name);
        let mut content = Vec::new();
        let read =
            if wanted { entry.read_to_end(&mut content)? as u64 } else { io::copy(&mut entry, &mut io::sink())? };
        if read != size {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("{name} is cut short")));
        }
        let padding = size.next_multiple_of(TAR_BLOCK) - size;
        io::copy(&mut reader.take(padding), &mut io::sink())?;
        if wanted {
            return Ok(Some((name, content)));
        }
    }
}
