//! `config`: what a node would run with, and where each value comes from.

use super::node;
use crate::{
    exit::Failure,
    json,
    settings::{self, ConfigFile},
};
use clap::{ArgMatches, Args, FromArgMatches, Subcommand};
use std::path::PathBuf;

const SHOW: &str = "\
Examples:
  parallax config show --config node.toml
  parallax config show --config node.toml --port 9545 --json
  PARALLAX_NODE_PORT=9545 parallax config show

It takes every flag of `parallax node`, reads the same environment and the same file, and prints each setting with its
value, where that comes from, and its name in the environment.";

const CHECK: &str = "\
Examples:
  parallax config check node.toml

Checks what a start would: that every key is known and its value taken, that the genesis file can be run, that the level
of the log is one. Ends with 0, or with 2 or 3 and the first fault, with the file and the line.";

/// Shows and checks the configuration of a node.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Prints each setting, its value, and where that comes from.
    #[command(after_help = SHOW)]
    Show(Box<Show>),
    /// Checks a configuration file.
    #[command(after_help = CHECK)]
    Check(Check),
}

#[derive(Debug, Args)]
struct Show {
    #[command(flatten)]
    node: node::Arguments,
    /// Print one JSON document instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Check {
    /// The file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Runs the command. The matches tell where values come from.
pub(crate) fn run(arguments: &Arguments, matches: &ArgMatches, file: Option<&ConfigFile>) -> Result<(), Failure> {
    match &arguments.command {
        Command::Show(arguments) => show(arguments, matches, file),
        Command::Check(arguments) => check(arguments),
    }
}

fn show(arguments: &Show, matches: &ArgMatches, file: Option<&ConfigFile>) -> Result<(), Failure> {
    let matches = matches.subcommand().and_then(|(_, config)| config.subcommand()).map(|(_, show)| show);
    let matches = matches.ok_or_else(|| Failure::Usage("no settings".to_owned()))?;
    let settings = settings::settings_of(&settings::command(), matches, file);
    if arguments.json {
        return json::print(&settings);
    }
    let width = |of: fn(&settings::Setting) -> usize| settings.iter().map(of).max().unwrap_or_default();
    let (names, values) =
        (width(|setting| setting.name.len()), width(|setting| setting.value.as_deref().unwrap_or("-").len()));
    let origins = width(|setting| setting.origin.to_string().len());
    for setting in &settings {
        let (name, value) = (&setting.name, setting.value.as_deref().unwrap_or("-"));
        let (origin, environment) = (setting.origin.to_string(), &setting.environment);
        println!("{name:names$}  {value:values$}  {origin:origins$}  {environment}");
    }
    Ok(())
}

fn check(arguments: &Check) -> Result<(), Failure> {
    let line = ["parallax".into(), "node".into(), "--config".into(), arguments.file.clone().into_os_string()];
    let read = settings::read(&line).map_err(|error| Failure::Usage(error.to_string()))?;
    let (_, matches) = read.matches.subcommand().ok_or_else(|| Failure::Usage("no settings".to_owned()))?;
    let node = node::Arguments::from_arg_matches(matches).map_err(|error| Failure::Usage(error.to_string()))?;
    node.options()?;
    println!("{}: a node can start with it", arguments.file.display());
    Ok(())
}
