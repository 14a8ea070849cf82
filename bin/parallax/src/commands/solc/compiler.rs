//! The npm package `solc`, unmodified, run by `node`.

use crate::exit::Failure;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    fs,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const SCRIPT: &str = include_str!("compile.js");
/// The first version whose intermediate code is no experiment.
const VERSION_MIN: (u64, u64, u64) = (0, 8, 13);

/// A compiler that was found.
#[derive(Debug)]
pub(crate) struct Compiler {
    /// The folder of the package.
    package: PathBuf,
    /// What one run may take.
    seconds_max: u64,
}

/// What the compiler made of its inputs.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) version: String,
    pub(crate) outputs: Vec<Value>,
}

#[derive(Serialize)]
struct Task<'a> {
    package: &'a Path,
    seconds: u64,
    inputs: Vec<String>,
}

#[derive(Deserialize)]
struct Told {
    version: Option<String>,
    outputs: Option<Vec<String>>,
    error: Option<String>,
    #[serde(default)]
    late: bool,
}

impl Compiler {
    /// The compiler that the author names; or the nearest `node_modules/solc` of one of these folders or those around it.
    pub(crate) fn find(named: Option<&Path>, folders: &[&Path], seconds_max: u64) -> Result<Self, Failure> {
        if let Some(folder) = named {
            return match fs::canonicalize(folder.join("package.json"))
                .ok()
                .and_then(|path| path.parent().map(PathBuf::from))
            {
                Some(package) => Ok(Self { package, seconds_max }),
                None => {
                    Err(Failure::Input(format!("{} is no package of npm: it has no package.json", folder.display())))
                }
            };
        }
        let candidates =
            folders.iter().flat_map(|folder| folder.ancestors()).map(|folder| folder.join("node_modules/solc"));
        match candidates.into_iter().find(|package| package.join("package.json").is_file()) {
            Some(package) => Ok(Self { package, seconds_max }),
            None => Err(Failure::Machine(
                "there is no solc: run `npm install --save-dev solc` beside the contracts, or name the folder of the \
                 package with --solc"
                    .to_owned(),
            )),
        }
    }

    /// Compiles each of the inputs, which are in the compiler's standard JSON.
    pub(crate) fn run(&self, inputs: &[Value]) -> Result<Answer, Failure> {
        let inputs = inputs.iter().map(Value::to_string).collect();
        let task = Task { package: &self.package, seconds: self.seconds_max, inputs };
        let task = serde_json::to_vec(&task).map_err(|error| Failure::Machine(error.to_string()))?;
        let failed = |reason: String| Failure::Machine(format!("{}: {reason}", self.package.display()));
        let told: Told = match node(&task)? {
            output if output.is_empty() => return Err(failed("node ended without a word".to_owned())),
            output => serde_json::from_slice(&output).map_err(|error| failed(error.to_string()))?,
        };
        if told.late {
            return Err(failed(format!("it did not end within {} s; see --seconds-max", self.seconds_max)));
        }
        let (Some(version), Some(outputs)) = (told.version, told.outputs) else {
            return Err(failed(told.error.unwrap_or_else(|| "it gave no answer".to_owned())));
        };
        if number(&version).is_none_or(|number| number < VERSION_MIN) {
            let (major, minor, patch) = VERSION_MIN;
            return Err(failed(format!(
                "solc {version} is too old: {major}.{minor}.{patch} is needed, or a younger one"
            )));
        }
        let outputs = outputs.iter().map(|output| serde_json::from_str(output)).collect::<Result<_, _>>();
        Ok(Answer { version, outputs: outputs.map_err(|error| failed(error.to_string()))? })
    }
}

/// Runs the script on a task.
fn node(task: &[u8]) -> Result<Vec<u8>, Failure> {
    let command = Command::new("node").arg("-e").arg(SCRIPT).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = command.map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            Failure::Machine("there is no node, which runs solc: install Node.js 18 or younger".to_owned())
        }
        _ => Failure::Machine(format!("node: {error}")),
    })?;
    // The script reads all before it says anything. If it ends early, what it has said tells more than the broken pipe.
    if let Some(mut input) = child.stdin.take() {
        let _ = input.write_all(task);
    }
    child.wait_with_output().map(|output| output.stdout).map_err(|error| Failure::Machine(format!("node: {error}")))
}

/// `0.8.35` of `0.8.35+commit.47b9dedd.Emscripten.clang`.
fn number(version: &str) -> Option<(u64, u64, u64)> {
    let mut parts = version.split(|sign: char| !sign.is_ascii_digit()).map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??, parts.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_as_a_number() {
        assert_eq!(number("0.8.35+commit.47b9dedd.Emscripten.clang"), Some((0, 8, 35)));
        assert!(number("0.8.9+commit.1").is_some_and(|number| number < VERSION_MIN));
        assert_eq!(number("solc"), None);
    }
}
