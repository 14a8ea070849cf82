//! Where something was measured: the lines that stand above every published table.

use serde::Serialize;
use std::{collections::BTreeSet, fmt, fs};

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
    /// Physical cores of the machine, of which one may be several processors; where the system tells it.
    cores: Option<usize>,
    /// Operating system and architecture.
    system: String,
    /// The command line.
    command: String,
}

impl Setting {
    /// Of this process.
    pub(super) fn here() -> Self {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let about_processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        Self {
            version: env!("CARGO_PKG_VERSION"),
            commit: env!("PARALLAX_COMMIT"),
            compiler: env!("PARALLAX_COMPILER"),
            optimised: !cfg!(debug_assertions),
            processor: model(&about_processors).unwrap_or_else(|| "unknown processor".to_owned()),
            processors: crate::machine::processors(),
            cores: cores(&about_processors),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            command: format!("parallax {}", arguments.join(" ")).trim_end().to_owned(),
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, commit, compiler, processor, processors, cores, system, command, .. } = self;
        writeln!(f, "parallax {version}, commit {commit}, {compiler}")?;
        write!(f, "{processor}, {processors} processors, ")?;
        match cores {
            Some(cores) => write!(f, "{cores} physical cores, ")?,
            None => write!(f, "physical cores unknown, ")?,
        }
        writeln!(f, "{system}")?;
        write!(f, "{command}")?;
        if !self.optimised {
            write!(f, "\nBUILT WITHOUT OPTIMISATION: these times say nothing; use cargo run --release")?;
        }
        Ok(())
    }
}

/// The model's name where the system tells it.
fn model(about_processors: &str) -> Option<String> {
    let line = about_processors.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// How many cores there are, if the system tells of each processor which socket and core it belongs to.
fn cores(about_processors: &str) -> Option<usize> {
    let mut cores = BTreeSet::new();
    for processor in about_processors.split("\n\n").filter(|text| text.contains("processor")) {
        let of = |name: &str| {
            let line = processor.lines().find(|line| line.starts_with(name))?;
            line.split_once(':')?.1.trim().parse::<u32>().ok()
        };
        cores.insert((of("physical id")?, of("core id")?));
    }
    (!cores.is_empty()).then_some(cores.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processors_of_one_core_are_counted_once() {
        let processor = |number: u32, socket: u32, core: u32| {
            format!(
                "processor\t: {number}\nmodel name\t: A 2:1\nphysical id\t: {socket}\nsiblings\t: 4\ncore id\t\t: {core}\n\n"
            )
        };
        let text: String = [(0, 0, 0), (1, 0, 1), (2, 0, 0), (3, 1, 0)]
            .into_iter()
            .map(|(number, socket, core)| processor(number, socket, core))
            .collect();
        assert_eq!((cores(&text), model(&text)), (Some(3), Some("A 2:1".to_owned())));
        let partly = text.replacen("core id", "other", 1);
        assert_eq!((cores(&partly), cores("")), (None, None), "what is not told is not guessed");
    }
}
