//! Where the value of a setting comes from: a flag, the environment, the configuration file, or its default.
//!
//! ```text
//!  flag  >  PARALLAX_<COMMAND>_<FLAG>  >  key of the file  >  default
//! ```
//!
//! Every flag of every command has a name in the environment: the path of its command and its own, in capitals. The file
//! belongs to `parallax node`; its keys are the names of the flags. A key that is none, or a value that the flag would not
//! take, is an error that names the file and the line: nothing is half understood.

mod file;
mod origin;

pub(crate) use file::{ConfigFile, FileError};
pub(crate) use origin::Setting;

use clap::{Arg, ArgMatches, Command, CommandFactory};
use std::{collections::BTreeSet, ffi::OsString, path::PathBuf};

/// The first part of every name in the environment.
const PREFIX: &str = "PARALLAX";
/// The command whose settings a file may hold.
const NODE: &str = "node";

/// What a command line and its surroundings say.
pub(crate) struct Settings {
    /// All values.
    pub(crate) matches: ArgMatches,
    /// The file that was named, if any.
    pub(crate) file: Option<ConfigFile>,
}

/// The whole command with the names of the environment.
pub(crate) fn command() -> Command {
    let command = crate::Arguments::command();
    let node = command.find_subcommand(NODE).map(longs).unwrap_or_default();
    with_environment(command, PREFIX, &node)
}

/// Reads a command line. Ends the process where that is wrong or asks for help, as clap does.
pub(crate) fn read(line: &[OsString]) -> Result<Settings, FileError> {
    let command = command();
    let matches = command.clone().get_matches_from(line);
    let Some(path) = file_of(&matches) else { return Ok(Settings { matches, file: None }) };
    let file = ConfigFile::read(&path, &node_of(&command))?;
    let matches = with_file(command, &file).get_matches_from(line);
    Ok(Settings { matches, file: Some(file) })
}

/// The command `node` alone.
pub(crate) fn node_of(command: &Command) -> Command {
    command.find_subcommand(NODE).cloned().unwrap_or_else(|| Command::new(NODE))
}

/// The settings of `node`, each with its origin.
pub(crate) fn settings_of(command: &Command, matches: &ArgMatches, file: Option<&ConfigFile>) -> Vec<Setting> {
    let node = node_of(command);
    let settings = node.get_arguments().filter(|arg| arg.get_long().is_some_and(|long| !is_clap_s(long)));
    settings.map(|arg| Setting::of(arg, matches, file)).collect()
}

fn is_clap_s(long: &str) -> bool {
    matches!(long, "help" | "version")
}

fn longs(command: &Command) -> BTreeSet<String> {
    command.get_arguments().filter_map(|arg| arg.get_long().map(str::to_owned)).collect()
}

/// Gives every flag its name in the environment. A setting of `node` that `config` takes too is the same setting.
fn with_environment(command: Command, prefix: &str, node: &BTreeSet<String>) -> Command {
    let is_config = prefix.starts_with("PARALLAX_CONFIG");
    let named = |arg: Arg| {
        let Some(long) = arg.get_long().filter(|long| !is_clap_s(long)).map(str::to_owned) else { return arg };
        let prefix = if is_config && node.contains(&long) { "PARALLAX_NODE" } else { prefix };
        arg.env(format!("{prefix}_{}", capitals(&long))).hide_env_values(true)
    };
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    names.into_iter().fold(command.mut_args(named), |command, name| {
        let prefix = format!("{prefix}_{}", capitals(&name));
        command.mut_subcommand(name, |sub| with_environment(sub, &prefix, node))
    })
}

fn capitals(name: &str) -> String {
    name.replace('-', "_").to_ascii_uppercase()
}

/// The file that `node` or `config show` is told to read.
fn file_of(matches: &ArgMatches) -> Option<PathBuf> {
    let (name, matches) = matches.subcommand()?;
    let matches = match name {
        NODE => matches,
        "config" => matches.subcommand_matches("show")?,
        _ => return None,
    };
    matches.get_one::<PathBuf>("config").cloned()
}

/// The command with the values of the file as its defaults.
fn with_file(command: Command, file: &ConfigFile) -> Command {
    let filled = |command: Command| {
        command.mut_args(|arg| match arg.get_long().and_then(|long| file.get(long)) {
            Some(entry) => arg.default_values(entry.values.clone()),
            None => arg,
        })
    };
    command.mut_subcommand(NODE, filled).mut_subcommand("config", |config| config.mut_subcommand("show", filled))
}

#[cfg(test)]
mod tests;
