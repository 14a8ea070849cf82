//! Where something was measured: the lines that stand above every published table.

use serde::Serialize;
use std::{fmt, fs};

/// Machine, build and settings.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Setting {
    /// Version of this program.
    version: &'static str,
    /// The commit that it was built from.
    commit: &'static str,
    /// The compiler that built it.
    compiler: &'static str,
    /// Whether it was built for speed.
    optimised: bool,
    /// Model of the processor.
    processor: String,
    /// Processors that this process may use.
    processors: usize,
    /// Operating system and architecture.
    system: String,
    /// The command line.
    command: String,
}

impl Setting {
    /// Of this process.
    pub(super) fn here() -> Self {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        Self {
            version: env!("CARGO_PKG_VERSION"),
            commit: env!("PARALLAX_COMMIT"),
            compiler: env!("PARALLAX_COMPILER"),
            optimised: !cfg!(debug_assertions),
            processor: processor().unwrap_or_else(|| "unknown processor".to_owned()),
            processors: crate::machine::processors(),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            command: format!("parallax {}", arguments.join(" ")).trim_end().to_owned(),
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, commit, compiler, processor, processors, system, command, .. } = self;
        writeln!(f, "parallax {version}, commit {commit}, {compiler}")?;
        writeln!(f, "{processor}, {processors} processors, {system}")?;
        write!(f, "{command}")?;
        if !self.optimised {
            write!(f, "\nBUILT WITHOUT OPTIMISATION: these times say nothing; use cargo run --release")?;
        }
        Ok(())
    }
}

/// The model's name where the system tells it.
fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
