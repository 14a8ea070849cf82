//! `solc`: Solidity with the keywords of threads, compiled by the compiler that everybody has.
//!
//! ```text
//!  source ─▶ script ─▶ grammar ─▶ rewrite ─▶ solc ─▶ intermediate code ─▶ yul ─▶ solc ─▶ artefact
//!            tokens    phrases    plain      types    calls that stand     verbatim       Foundry's
//!                                 Solidity   checked  for instructions     instructions   form
//! ```
//!
//! Whatever is wrong is told in the author's own lines and columns. The compiler is the npm package, unmodified.

mod artefact;
mod compiler;
mod complaint;
mod diagnostic;
mod grammar;
mod keyword;
mod phrase;
mod rewrite;
mod script;
mod sources;
mod standard;
mod token;
mod yul;

use crate::{exit::Failure, json, table::Table};
use artefact::Artefact;
use clap::Args;
use compiler::Compiler;
use diagnostic::{Diagnostic, Severity};
use serde::Serialize;
use sources::{Remapping, Root, Sources};
use standard::{Choices, Output};
use std::{
    collections::BTreeMap,
    fs, iter,
    path::{Path, PathBuf},
};

const EXAMPLES: &str = "\
Examples:
  parallax solc src/WordCount.sol                       checks, and tells what the contracts weigh
  parallax solc src/WordCount.sol -o out                writes out/WordCount.sol/WordCount.json, as Foundry does
  parallax solc src/WordCount.sol --json                all that was found and made, as one JSON document
  parallax solc src/WordCount.sol --remap @oz/=lib/openzeppelin-contracts/contracts/

Keywords:
  subsol [1] f(x);                    f(x) as thread 1, with an equal share of the gas
  subsol [1] f{gas: slice}(x);        with this much
  aftera [1] subsol [2] g(x);         held back until thread 1 has ended; afterw [1] [balances] and afterr likewise
  sleep [1] 1000;   revertt [2];      begun later; never run
  uint256 y = join [1] (uint256);     the result of thread 1, which must have succeeded
  (uint8 status, bytes memory output) = tryjoin [1];

node runs the npm package solc, 0.8.13 or younger: the nearest node_modules/solc, or the folder that --solc names.";

/// Messages that are printed, at most.
const TOLD_MAX: usize = 100;

/// Compiles Solidity with the keywords of threads: subsol, join, sleep, revertt, afterw, afterr, aftera.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The source.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write the artefacts of the file's contracts into this folder.
    #[arg(short = 'o', long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Folder that imports and names of sources start from; without it the current one, or that of the file if it lies elsewhere.
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// What takes the place of an import's first letters.
    #[arg(long, value_name = "PREFIX=TARGET")]
    remap: Vec<Remapping>,
    /// Folder of the npm package solc.
    #[arg(long, value_name = "DIR")]
    solc: Option<PathBuf>,
    /// Rules that the code is made for; threads need Cancun's or younger ones.
    #[arg(long, value_name = "FORK", default_value = "cancun")]
    evm_version: String,
    /// How often the optimizer expects an instruction to run.
    #[arg(long, value_name = "N", default_value_t = 200)]
    runs: u32,
    /// What one run of the compiler may take.
    #[arg(long, value_name = "N", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds_max: u64,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

/// What was found and made.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    compiler: Option<String>,
    diagnostics: Vec<Diagnostic>,
    artefacts: BTreeMap<String, Artefact>,
    /// Files that were written, by the names of the contracts.
    files: BTreeMap<String, PathBuf>,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let (root, main) = root(arguments)?;
    let mut report = compile(arguments, &root, &main)?;
    let errors = report.diagnostics.iter().filter(|told| told.severity == Severity::Error).count();
    if let (Some(out), 0) = (&arguments.out, errors) {
        let file = main.rsplit('/').next().unwrap_or(&main);
        for (name, artefact) in &report.artefacts {
            report.files.insert(name.clone(), artefact.write(out, file, name)?);
        }
    }
    if arguments.json {
        json::print(&report)?
    } else {
        print(&report)
    }
    match errors {
        0 => Ok(()),
        1 => Err(Failure::Verdict("the source has a mistake".to_owned())),
        errors => Err(Failure::Verdict(format!("the source has {errors} mistakes"))),
    }
}

/// The root folder, and the name of the file below it.
fn root(arguments: &Arguments) -> Result<(Root, String), Failure> {
    let canonical =
        |path: &Path| fs::canonicalize(path).map_err(|error| Failure::Input(format!("{}: {error}", path.display())));
    let file = canonical(&arguments.file)?;
    let shown = arguments.root.clone().unwrap_or_else(|| PathBuf::from("."));
    let mut root = Root { path: canonical(&shown)?, shown };
    if !file.starts_with(&root.path) {
        if arguments.root.is_some() {
            let (file, root) = (arguments.file.display(), root.shown.display());
            return Err(Failure::Usage(format!("{file} does not lie below the root folder {root}")));
        }
        let shown = arguments.file.parent().unwrap_or(&arguments.file).to_path_buf();
        root = Root { path: canonical(&shown)?, shown };
    }
    let name = file.strip_prefix(&root.path).unwrap_or(&file);
    let parts: Option<Vec<&str>> = name.iter().map(|part| part.to_str()).collect();
    match parts {
        Some(parts) => Ok((root, parts.join("/"))),
        None => Err(Failure::Input(format!("{}: its name is no text", file.display()))),
    }
}

fn compile(arguments: &Arguments, root: &Root, main: &str) -> Result<Report, Failure> {
    let sources = Sources::read(root, main, &arguments.remap)?;
    let mut report = Report { diagnostics: sources.complaints.clone(), ..Report::default() };
    if !report.diagnostics.is_empty() {
        return Ok(report);
    }
    let folder = root.path.join(main);
    let compiler = Compiler::find(arguments.solc.as_deref(), &[&folder, &root.path], arguments.seconds_max)?;
    let choices = Choices { evm_version: &arguments.evm_version, runs: arguments.runs, remappings: &arguments.remap };

    let answer = compiler.run(&[standard::solidity(&sources, main, &choices)])?;
    let mut output = one_of(answer.outputs)?;
    report.compiler = Some(answer.version);
    report.diagnostics = output.diagnostics(&sources);
    if report.diagnostics.iter().any(|told| told.severity == Severity::Error) {
        return Ok(report);
    }

    let contracts = output.contracts.remove(main).unwrap_or_default();
    let mut codes = BTreeMap::new();
    for (name, contract) in &contracts {
        let code = contract["ir"].as_str().unwrap_or_default();
        if !code.is_empty() {
            let code = yul::with_instructions(code).map_err(|error| Failure::Verdict(error.to_string()))?;
            codes.insert(name.as_str(), code);
        }
    }
    let inputs: Vec<_> = codes.values().map(|code| standard::assembly(code, &choices)).collect();
    let outputs = if inputs.is_empty() { Vec::new() } else { compiler.run(&inputs)?.outputs };
    let mut assembled = BTreeMap::new();
    for ((name, code), output) in iter::zip(&codes, outputs) {
        let mut output = one_of(vec![output])?;
        report.diagnostics.extend(output.failures(name, code, &sources));
        // The first object is the contract; what it creates lies inside.
        let made = output.contracts.pop_first().and_then(|(_, mut objects)| objects.pop_first());
        assembled.extend(made.map(|(_, made)| (*name, made)));
    }
    if report.diagnostics.iter().any(|told| told.severity == Severity::Error) {
        return Ok(report);
    }
    report.artefacts = contracts
        .iter()
        .map(|(name, contract)| (name.clone(), Artefact::new(contract, assembled.get(name.as_str()), &sources)))
        .collect();
    Ok(report)
}

/// The only output of a run.
fn one_of(outputs: Vec<serde_json::Value>) -> Result<Output, Failure> {
    let output = outputs.into_iter().next().unwrap_or_default();
    serde_json::from_value(output).map_err(|error| Failure::Machine(format!("solc: {error}")))
}

fn print(report: &Report) {
    report.diagnostics.iter().take(TOLD_MAX).for_each(|told| eprintln!("{told}"));
    if let Some(more) = report.diagnostics.len().checked_sub(TOLD_MAX).filter(|more| *more > 0) {
        eprintln!("... and {more} more\n");
    }
    if report.artefacts.is_empty() {
        return;
    }
    let mut table = Table::new(&["<contract", "code, bytes", "creation, bytes", "<artefact"]);
    for (name, artefact) in &report.artefacts {
        let (creation, code) = artefact.sizes();
        let file = report.files.get(name).map_or_else(|| "-".to_owned(), |path| path.display().to_string());
        table.row(vec![name.clone(), code.to_string(), creation.to_string(), file]);
    }
    print!("{table}");
}
