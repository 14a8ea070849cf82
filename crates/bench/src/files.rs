//! Files as they lie on disk: plain, Zstandard or gzip, told apart by their suffix.

use std::{
    fs::{self, File},
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
};

use serde::de::DeserializeOwned;

use crate::LoadError;

/// No data file is larger when decompressed; more is taken for a decompression bomb.
const MAX_BYTES: u64 = 2 << 30;

const SUFFIXES: [&str; 3] = ["", ".zst", ".gz"];

/// Opens a file and decompresses what its suffix says is compressed.
pub(crate) fn open(path: &Path) -> Result<Box<dyn Read>, LoadError> {
    let file = BufReader::new(File::open(path).map_err(|source| io_error(path, source))?);
    let reader: Box<dyn Read> = match path.extension().and_then(|suffix| suffix.to_str()) {
        Some("zst") => Box::new(zstd::Decoder::with_buffer(file).map_err(|source| io_error(path, source))?),
        Some("gz") => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
        _ => Box::new(file),
    };
    Ok(reader)
}

/// Reads a whole file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, LoadError> {
    let mut bytes = Vec::new();
    let read = open(path)?.take(MAX_BYTES).read_to_end(&mut bytes).map_err(|source| io_error(path, source))?;
    if read as u64 == MAX_BYTES {
        return Err(io_error(path, io::Error::new(io::ErrorKind::FileTooLarge, "more than 2 GiB decompressed")));
    }
    Ok(bytes)
}

/// Reads a whole file as JSON.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, LoadError> {
    parse(path, &read(path)?)
}

/// Parses what was read from `path`.
pub(crate) fn parse<T: DeserializeOwned>(path: &Path, json: &[u8]) -> Result<T, LoadError> {
    serde_json::from_slice(json).map_err(|source| LoadError::Json { path: path.to_owned(), source })
}

/// The file of this name in the folder, compressed or not.
pub(crate) fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    SUFFIXES.iter().map(|suffix| folder.join(format!("{name}{suffix}"))).find(|path| path.is_file())
}

/// As [`find`], for a file that has to be there.
pub(crate) fn require(folder: &Path, name: &str) -> Result<PathBuf, LoadError> {
    find(folder, name).ok_or_else(|| LoadError::MissingFile { folder: folder.to_owned(), name: name.to_owned() })
}

/// The name without its compression suffix.
pub(crate) fn plain_name(path: &Path) -> &str {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.strip_suffix(".zst").or_else(|| name.strip_suffix(".gz")).unwrap_or(name)
}

/// What lies in a folder, sorted by path.
pub(crate) fn list(folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let entries = fs::read_dir(folder).map_err(|source| io_error(folder, source))?;
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|source| io_error(folder, source))?;
    paths.sort();
    Ok(paths)
}

pub(crate) fn io_error(path: &Path, source: io::Error) -> LoadError {
    LoadError::Io { path: path.to_owned(), source }
}
