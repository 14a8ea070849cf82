//! One case after another, with a bar that shows how far it is.

use super::{
    Options,
    report::{Report, Verdict},
};
use crate::exit::Failure;
use bench::{
    LoadError,
    vectors::{Cases, Fixture},
};
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// Cases of one fixture with their names.
pub(crate) type Tried = Vec<(String, Verdict)>;

/// A run over everything that the options name.
pub(crate) struct Suite<'a> {
    options: &'a Options,
    report: Report,
    bar: ProgressBar,
    started: Instant,
}

/// How often the bar is redrawn while a long case runs.
const TICK: Duration = Duration::from_millis(200);

impl<'a> Suite<'a> {
    /// An empty run. The bar stands on the error stream, and only if that is a terminal.
    pub(crate) fn new(options: &'a Options) -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} fixtures, {elapsed} {wide_msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(TICK);
        Self { options, report: Report::default(), bar, started: Instant::now() }
    }

    /// Runs everything and prints the report.
    pub(crate) fn run<T: Fixture>(
        mut self,
        open: impl Fn(&Path) -> Result<Cases<T>, LoadError>,
        mut run: impl FnMut(&str, T) -> Tried,
    ) -> Result<(), Failure> {
        for path in self.options.paths() {
            for case in open(path)? {
                let (file, name, fixture) = case?;
                if !self.options.wants(&file, &name) {
                    continue;
                }
                for (name, verdict) in run(&name, fixture) {
                    self.report.add(format!("{file} {name}"), verdict);
                }
                self.bar.inc(1);
                self.bar.set_message(self.report.summary());
            }
        }
        self.bar.finish_and_clear();
        self.report.finish(self.started.elapsed(), self.options.json)
    }
}
