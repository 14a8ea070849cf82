//! What a run of many cases came to.

use crate::exit::Failure;
use serde::Serialize;
use std::{collections::BTreeMap, time::Duration};

/// What became of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Every value came out; what was refused, with what the fixture calls it and why it was refused.
    Passed(Vec<Refusal>),
    /// What differs does so because the test executes an instruction of threads, which it takes for an invalid one.
    Excepted(String),
    /// Something differs.
    Failed(String),
}

impl Verdict {
    /// The verdict with threads: where it failed, `again` says how it would be if their instructions were out of reach.
    pub(crate) fn with_threads(self, again: impl FnOnce() -> Self) -> Self {
        match self {
            Self::Failed(why) if matches!(again(), Self::Passed(_)) => {
                Self::Excepted(format!("executes an instruction of threads, invalid to the test: {why}"))
            }
            verdict => verdict,
        }
    }
}

/// An input that was refused as the fixture wants.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Refusal {
    /// The fixture's name for what is wrong.
    pub(crate) expected: String,
    /// Why it was refused.
    pub(crate) reason: String,
}

/// Counts, and the names of everything that did not pass.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    passed: usize,
    failed: Vec<Named>,
    /// Tests that execute an instruction of threads, where there are threads.
    excepted: Vec<Named>,
    /// Inputs that were refused, by what the fixtures call them and why.
    refused: BTreeMap<String, BTreeMap<String, usize>>,
    seconds: f64,
}

#[derive(Debug, Serialize)]
struct Named {
    name: String,
    why: String,
}

impl Report {
    /// Takes note of one case.
    pub(crate) fn add(&mut self, name: String, verdict: Verdict) {
        match verdict {
            Verdict::Passed(refusals) => {
                self.passed += 1;
                for Refusal { expected, reason } in refusals {
                    *self.refused.entry(expected).or_default().entry(shape(&reason)).or_default() += 1;
                }
            }
            Verdict::Excepted(why) => self.excepted.push(Named { name, why }),
            Verdict::Failed(why) => self.failed.push(Named { name, why }),
        }
    }

    /// One line on how it stands.
    pub(crate) fn summary(&self) -> String {
        let excepted = match self.excepted.len() {
            0 => String::new(),
            excepted => format!(", {excepted} excepted"),
        };
        format!("{} passed, {} failed{excepted}", self.passed, self.failed.len())
    }

    /// Prints everything and gives the command's result.
    pub(crate) fn finish(mut self, took: Duration, json: bool) -> Result<(), Failure> {
        self.seconds = took.as_secs_f64();
        if json {
            let text = serde_json::to_string_pretty(&self).map_err(|error| Failure::Machine(error.to_string()))?;
            println!("{text}");
        } else {
            self.print();
        }
        match (self.failed.len(), self.passed) {
            (0, 0) => Err(Failure::Usage("no test fits the arguments".to_owned())),
            (0, _) => Ok(()),
            (failed, passed) => Err(Failure::Verdict(format!("{failed} of {} tests failed", failed + passed))),
        }
    }

    fn print(&self) {
        for (word, list) in [("EXCEPT", &self.excepted), ("FAILED", &self.failed)] {
            for Named { name, why } in list {
                println!("{word}  {name}\n        {why}");
            }
        }
        println!("{} in {:.1} s", self.summary(), self.seconds);
    }
}

/// A reason without its numbers, so that equal reasons count as one.
fn shape(reason: &str) -> String {
    let words = reason.split(' ').map(|word| {
        let word = word.trim_matches(|mark| "(),:".contains(mark));
        let is_number = word.starts_with("0x") || word.starts_with(|first: char| first.is_ascii_digit());
        if is_number { "#" } else { word }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_that_differ_in_numbers_only_are_one() {
        assert_eq!(shape("gas used is 21000, the header says 0x1"), "gas used is # the header says #");
    }

    #[test]
    fn nothing_run_is_no_success() {
        assert!(matches!(Report::default().finish(Duration::ZERO, true), Err(Failure::Usage(_))));
    }

    #[test]
    fn an_exception_is_what_passes_without_threads_and_not_with_them() {
        let failed = || Verdict::Failed("root".to_owned());
        let passed = || Verdict::Passed(Vec::new());
        assert_eq!(failed().with_threads(failed), failed());
        assert_eq!(passed().with_threads(failed), passed());
        let Verdict::Excepted(why) = failed().with_threads(passed) else { panic!("no exception") };
        assert!(why.contains("root"));
        let mut report = Report::default();
        report.add("odd".to_owned(), Verdict::Excepted(why));
        assert_eq!(report.summary(), "0 passed, 0 failed, 1 excepted");
    }

    #[test]
    fn one_failure_is_a_verdict() {
        let mut report = Report::default();
        report.add("good".to_owned(), Verdict::Passed(Vec::new()));
        report.add("bad".to_owned(), Verdict::Failed("root".to_owned()));
        assert!(matches!(report.finish(Duration::ZERO, true), Err(Failure::Verdict(_))));
    }
}
