//! What was measured, number by number, and its form as a file.

use super::Experiment;
use std::fmt::Write as _;

/// One number.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Of which experiment.
    pub experiment: Experiment,
    /// What was run: a contract, a kind of call.
    pub item: String,
    /// Where on the level axis: a size, a number of transactions.
    pub x: f64,
    /// Which side of the comparison, or what was measured of it.
    pub side: String,
    /// With how many workers.
    pub workers: usize,
    /// How the number came about.
    pub kind: Kind,
    /// Which repeat; sides with the same number were measured one after another.
    pub pass: usize,
    /// The number: nanoseconds, unless the side says otherwise.
    pub value: f64,
}

/// How a number came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// By a clock.
    Measured,
    /// On a virtual clock, from what was measured.
    Projected,
    /// By counting, or by definition.
    Counted,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Measured, Self::Projected, Self::Counted];

    const fn name(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Projected => "projected",
            Self::Counted => "counted",
        }
    }
}

/// A row that is none of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct BadRow {
    /// Which line of the file, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

/// The first line.
const HEADING: &str = "experiment,item,x,side,workers,kind,pass,value";

/// Samples as comma-separated values. No name has a comma or a quote.
pub fn to_csv(samples: &[Sample]) -> String {
    let mut text = format!("{HEADING}\n");
    for sample in samples {
        let Sample { experiment, item, x, side, workers, kind, pass, value } = sample;
        debug_assert!(![item, side].iter().any(|name| name.contains([',', '"', '\n'])), "{item} {side}");
        let _ = writeln!(text, "{experiment},{item},{x},{side},{workers},{},{pass},{value}", kind.name());
    }
    text
}

/// Reads what [`to_csv`] wrote. Lines that begin with `#` say where it was measured, and are left out.
pub fn from_csv(text: &str) -> Result<Vec<Sample>, BadRow> {
    let mut rows = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#') && !line.is_empty());
    match rows.next() {
        Some((_, HEADING)) => {}
        first => {
            let line = first.map_or(1, |(line, _)| line + 1);
            return Err(BadRow { line, what: format!("expected the heading {HEADING}") });
        }
    }
    rows.map(|(line, row)| sample(row).map_err(|what| BadRow { line: line + 1, what })).collect()
}

fn sample(row: &str) -> Result<Sample, String> {
    let cells: Vec<&str> = row.split(',').collect();
    let [experiment, item, x, side, workers, kind, pass, value] = cells[..] else {
        return Err(format!("{} cells instead of 8", cells.len()));
    };
    let number = |what: &str, cell: &str| match cell.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err(format!("{what} is no number: {cell}")),
    };
    let count = |what: &str, cell: &str| cell.parse::<usize>().map_err(|_| format!("{what} is no count: {cell}"));
    Ok(Sample {
        experiment: experiment.parse().map_err(|error: super::UnknownExperiment| error.to_string())?,
        item: item.to_owned(),
        x: number("x", x)?,
        side: side.to_owned(),
        workers: count("workers", workers)?,
        kind: Kind::ALL
            .into_iter()
            .find(|known| known.name() == kind)
            .ok_or_else(|| format!("no such kind: {kind}"))?,
        pass: count("pass", pass)?,
        value: number("value", value)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_read_back() {
        let sample = |kind, pass, value| Sample {
            experiment: Experiment::P2,
            item: "MatrixAdd".to_owned(),
            x: 90.0,
            side: "threads".to_owned(),
            workers: 2,
            kind,
            pass,
            value,
        };
        let samples = vec![sample(Kind::Measured, 0, 1.0 / 3.0), sample(Kind::Projected, 1, 1e12)];
        let text = to_csv(&samples);
        assert_eq!(from_csv(&text), Ok(samples.clone()));
        assert_eq!(from_csv(&format!("# here\n{text}")), Ok(samples));
    }

    #[test]
    fn what_is_no_sample_is_refused_with_its_line() {
        let row = "X-P2,MatrixAdd,90,threads,2,measured,0,1.5";
        let with = |row: &str| from_csv(&format!("# here\n{HEADING}\n{row}\n")).map_err(|error| error.to_string());
        assert!(with(row).is_ok());
        for (altered, told) in [
            (row.replace("X-P2", "X-M2"), "line 3: no experiment is called X-M2"),
            (row.replace("1.5", "NaN"), "line 3: value is no number: NaN"),
            (row.replace("1.5", ""), "line 3: value is no number: "),
            (row.replace(",2,", ",-2,"), "line 3: workers is no count: -2"),
            (row.replace("measured", "guessed"), "line 3: no such kind: guessed"),
            (row.replace(",90", ""), "line 3: 7 cells instead of 8"),
        ] {
            assert!(with(&altered).is_err_and(|error| error.starts_with(told)), "{altered}");
        }
        assert_eq!(from_csv("").map_err(|error| error.line), Err(1));
        assert!(from_csv("a,b\n").is_err());
    }
}
