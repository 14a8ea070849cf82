//! A setting with its value and where that comes from.

use super::ConfigFile;
use clap::{Arg, ArgMatches, parser::ValueSource};
use serde::Serialize;
use std::fmt;

/// One setting of a node.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Setting {
    /// Its name: the flag, and the key of the file.
    pub(crate) name: String,
    /// Its name in the environment.
    pub(crate) environment: String,
    /// Its value; `None` if it has none.
    pub(crate) value: Option<String>,
    /// Where the value comes from.
    #[serde(flatten)]
    pub(crate) origin: Origin,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "origin", rename_all = "lowercase")]
pub(crate) enum Origin {
    /// The command line.
    Flag,
    /// The environment.
    Environment,
    /// The configuration file.
    File {
        /// Which.
        file: String,
        /// The line, from 1.
        line: usize,
    },
    /// The program.
    Default,
    /// There is no value.
    Unset,
}

impl Setting {
    pub(super) fn of(arg: &Arg, matches: &ArgMatches, file: Option<&ConfigFile>) -> Self {
        let id = arg.get_id().as_str();
        let name = arg.get_long().unwrap_or(id).to_owned();
        let values = matches.get_raw(id).map(|raw| raw.map(|value| value.to_string_lossy()).collect::<Vec<_>>());
        let entry = file.and_then(|file| Some((file, file.get(&name)?)));
        let origin = match (matches.value_source(id), entry) {
            (Some(ValueSource::CommandLine), _) => Origin::Flag,
            (Some(ValueSource::EnvVariable), _) => Origin::Environment,
            (Some(_), Some((file, entry))) => Origin::File { file: file.path.display().to_string(), line: entry.line },
            (Some(_), None) => Origin::Default,
            (None, _) => Origin::Unset,
        };
        let environment = arg.get_env().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // A flag that is given without a value is switched on.
        let value = match (values, arg.get_action().takes_values()) {
            (Some(values), true) => Some(values.join(",")),
            (_, false) => Some(matches.get_flag(id).to_string()),
            (None, true) => None,
        };
        Self { name, environment, value, origin }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Environment => f.write_str("environment"),
            Self::File { file, line } => write!(f, "{file}:{line}"),
            Self::Default => f.write_str("default"),
            Self::Unset => f.write_str("-"),
        }
    }
}
