//! The file with the prices of threads, as `--threads` names it.

use crate::exit::Failure;
use node::ThreadPrices;
use std::{fs, path::Path};

/// What stands for the public prices where a file is expected. A file of this name is `./public`.
pub(crate) const PUBLIC: &str = "public";

/// The file's text; `None` where none is named, or the public prices.
pub(crate) fn text(file: Option<&Path>) -> Result<Option<String>, Failure> {
    let Some(path) = file.filter(|path| *path != Path::new(PUBLIC)) else { return Ok(None) };
    let text = fs::read_to_string(path).map_err(|error| Failure::Input(format!("{}: {error}", path.display())))?;
    Ok(Some(text))
}

/// The prices; `None` where threads were not asked for.
pub(crate) fn prices(file: Option<&Path>) -> Result<Option<ThreadPrices>, Failure> {
    let Some(path) = file else { return Ok(None) };
    let prices = match text(file)? {
        Some(text) => ThreadPrices::read(&text),
        None => Ok(ThreadPrices::default()),
    };
    prices.map(Some).map_err(|error| Failure::Input(format!("{}: {error}", path.display())))
}
