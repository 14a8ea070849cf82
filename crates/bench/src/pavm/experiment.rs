//! The experiments by name.

use std::{fmt, str::FromStr};

/// One experiment of paper P.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Experiment {
    /// Overall latency.
    P1,
    /// Execution of one call.
    P2,
    /// Validation over the size of a call.
    P3,
    /// Validation over transactions and groups.
    P4,
    /// Validation over workers.
    P5,
    /// Recording and grouping.
    P6,
    /// Utilisation.
    P7,
    /// Throughput.
    P8,
    /// Receipts from operations.
    P9,
    /// What single steps cost; no figure of the paper.
    Speed,
}

/// There is no such experiment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no experiment is called {0}: there are X-P1 to X-P9 and speed")]
pub struct UnknownExperiment(pub String);

impl Experiment {
    /// All of them.
    pub const ALL: [Self; 10] =
        [Self::P1, Self::P2, Self::P3, Self::P4, Self::P5, Self::P6, Self::P7, Self::P8, Self::P9, Self::Speed];

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::P1 => "X-P1",
            Self::P2 => "X-P2",
            Self::P3 => "X-P3",
            Self::P4 => "X-P4",
            Self::P5 => "X-P5",
            Self::P6 => "X-P6",
            Self::P7 => "X-P7",
            Self::P8 => "X-P8",
            Self::P9 => "X-P9",
            Self::Speed => "speed",
        }
    }

    /// What its files' names begin with.
    pub fn file(self) -> String {
        format!("pavm-{}", self.name().trim_start_matches("X-").to_lowercase())
    }
}

impl fmt::Display for Experiment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Experiment {
    type Err = UnknownExperiment;

    fn from_str(name: &str) -> Result<Self, UnknownExperiment> {
        let same = |experiment: &Self| {
            experiment.name().eq_ignore_ascii_case(name) || experiment.name()[2..].eq_ignore_ascii_case(name)
        };
        Self::ALL.into_iter().find(same).ok_or_else(|| UnknownExperiment(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn experiments_are_known_by_their_names() {
        for experiment in Experiment::ALL {
            assert_eq!(experiment.name().to_lowercase().parse(), Ok(experiment));
        }
        assert_eq!("p3".parse(), Ok(Experiment::P3));
        assert!("X-P10".parse::<Experiment>().unwrap_err().to_string().contains("X-P10"));
        assert_eq!(Experiment::P3.file(), "pavm-p3");
    }
}
