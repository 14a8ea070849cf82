//! What is compared with what in each experiment, and how it is drawn.

use super::super::super::Experiment;

/// What stands on the upright axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantity {
    /// Milliseconds.
    Time,
    /// Times faster than the baseline.
    SpeedUp,
    /// Transactions a second.
    Rate,
}

/// One experiment's comparison.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) title: &'static str,
    /// Side and workers that all others are held against.
    pub(super) baseline: (&'static str, usize),
    /// The level axis.
    pub(super) x: &'static str,
    /// The level axis is the number of workers.
    pub(super) is_over_workers: bool,
    /// A picture for each.
    pub(super) quantities: &'static [Quantity],
}

impl Quantity {
    /// The last part of a picture's name.
    pub(super) const fn file(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::SpeedUp => "speed-up",
            Self::Rate => "rate",
        }
    }
}

impl Layout {
    pub(super) const fn of(experiment: Experiment) -> Self {
        const SERIAL: Layout = Layout {
            title: "",
            baseline: ("serial", 1),
            x: "size of a call",
            is_over_workers: false,
            quantities: &[Quantity::SpeedUp],
        };
        match experiment {
            Experiment::P1 => Self { title: "a block under each way of scheduling (the paper's Fig. 14)", ..SERIAL },
            Experiment::P2 => Self {
                title: "one call, its parts one after another and as threads (Fig. 15)",
                quantities: &[Quantity::Time, Quantity::SpeedUp],
                ..SERIAL
            },
            Experiment::P3 => Self { title: "validation of a block over the size of its calls (Fig. 16)", ..SERIAL },
            Experiment::P4 => Self {
                title: "validation over transactions of a block, and over the size of groups (Fig. 17a, b)",
                x: "transactions of a block, or of a group",
                quantities: &[Quantity::Time],
                ..SERIAL
            },
            Experiment::P5 => Self {
                title: "validation of a block over workers (Fig. 17c)",
                baseline: ("ours", 1),
                x: "workers",
                is_over_workers: true,
                quantities: &[Quantity::SpeedUp],
            },
            Experiment::P8 => Self {
                title: "transactions a second, execution alone and whole blocks (Fig. 18)",
                quantities: &[Quantity::Rate],
                ..SERIAL
            },
            _ => SERIAL,
        }
    }

    /// Whether a side is what the paper's own system is held against.
    pub(super) fn is_ours(&self, side: &str) -> bool {
        side == "ours" || side == "threads"
    }

    /// The label of an axis of speed-ups.
    pub(super) fn speed_up(&self) -> String {
        match self.baseline {
            ("ours", 1) => "time with one worker / time".to_owned(),
            (name, _) => format!("time of {name} / time"),
        }
    }
}
