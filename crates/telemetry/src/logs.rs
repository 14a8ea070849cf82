//! Where events go.

use std::{
    io::{self, IsTerminal},
    str::FromStr,
};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// Lines that may wait for the reader. More are dropped.
const LINES_MAX: usize = 16_384;

/// Libraries that tell of every file they open at the level at which we tell of blocks. At `info` only their warnings are
/// let through, unless they are named.
const TALKATIVE: [&str; 2] = ["fjall", "lsm_tree"];

/// Keeps the writer alive. What still waits when it goes is written, for as long as the reader takes it within a second.
#[derive(Debug)]
pub struct Logs(#[expect(dead_code, reason = "it is held, and dropped at the end")] WorkerGuard);

/// What a line looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Text on a terminal, JSON elsewhere.
    #[default]
    Auto,
    /// For people.
    Text,
    /// One object a line.
    Json,
}

/// Why there are no logs.
#[derive(Debug, thiserror::Error)]
pub enum LogsError {
    /// The level is none.
    #[error("{0:?} is no level: expected off, error, warn, info, debug or trace, or a list of target=level")]
    Level(String),
    /// Something else takes the events already.
    #[error("logs have been started before")]
    Twice,
}

impl Logs {
    /// Sends the events of these levels to standard error from now on. Once in a process.
    pub fn start(level: &str, format: Format) -> Result<Self, LogsError> {
        let levels = Self::levels(level)?;
        let is_terminal = io::stderr().is_terminal();
        let (writer, guard) =
            NonBlockingBuilder::default().lossy(true).buffered_lines_limit(LINES_MAX).finish(io::stderr());
        let layer = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(is_terminal);
        let registry = tracing_subscriber::registry().with(levels);
        let started = match format {
            Format::Text => registry.with(layer).try_init(),
            Format::Auto if is_terminal => registry.with(layer).try_init(),
            Format::Json | Format::Auto => registry.with(layer.json().flatten_event(true)).try_init(),
        };
        started.map_err(|_| LogsError::Twice)?;
        Ok(Self(guard))
    }

    /// What `level` lets through.
    pub fn levels(level: &str) -> Result<Targets, LogsError> {
        // A word that is no level would be taken for a target of which everything is wanted.
        let is_plain = |part: &str| part.contains('=') || part.trim().parse::<LevelFilter>().is_ok();
        let levels: Option<Targets> = level.parse().ok().filter(|_| level.split(',').all(is_plain));
        let levels = levels.ok_or_else(|| LogsError::Level(level.to_owned()))?;
        if levels.default_level() != Some(LevelFilter::INFO) {
            return Ok(levels);
        }
        let unnamed = TALKATIVE.into_iter().filter(|library| !level.contains(library));
        Ok(unnamed.fold(levels, |levels, library| levels.with_target(library, LevelFilter::WARN)))
    }
}

impl FromStr for Format {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("expected `auto`, `text` or `json`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level;

    #[test]
    fn levels_are_read_and_others_refused() {
        for level in ["off", "info", "warn,parallax::rpc=debug"] {
            assert!(Logs::levels(level).is_ok(), "{level}");
        }
        let lets = |level: &str, target| Logs::levels(level).expect("levels").would_enable(target, &Level::INFO);
        assert!(lets("info", "parallax") && !lets("info", "fjall::db") && !lets("info", "lsm_tree::tree"));
        assert!(lets("debug", "fjall::db") && lets("info,fjall=info", "fjall::db") && !lets("warn", "parallax"));
        for level in ["loud", "info,loud", "parallax=loud"] {
            assert!(Logs::levels(level).is_err(), "{level}");
        }
    }
}
