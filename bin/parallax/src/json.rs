//! Machine-readable output.

use crate::exit::Failure;
use serde::Serialize;
use std::{fs, path::Path};

/// Prints one JSON document on standard output.
pub(crate) fn print(document: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(document).map_err(|error| Failure::Machine(error.to_string()))?;
    println!("{text}");
    Ok(())
}

/// Writes a file that the user asked for.
pub(crate) fn write(path: &Path, content: &str) -> Result<(), Failure> {
    fs::write(path, content).map_err(|error| Failure::Machine(format!("{}: {error}", path.display())))
}
