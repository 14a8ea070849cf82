//! What an author is told, with the line that it is about.
//!
//! ```text
//!  error: `sleep` says no time
//!    --> src/WordCount.sol:19:18
//!     |
//!  19 |         sleep [1];
//!     |                  ^
//!     = help: write `sleep [name] steps;`
//! ```

use serde::Serialize;
use std::{fmt, ops::Range};

/// Letters of a line that are shown, at most.
const LETTERS_MAX: usize = 160;

/// How grave it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Severity {
    /// Nothing can be made of the source.
    Error,
    /// The author may have meant something else.
    Warning,
    /// It may interest the author.
    Info,
}

/// Who says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Speaker {
    /// The grammar of the keywords.
    Parallax,
    /// The compiler.
    Solc,
}

/// Something that an author is told.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Diagnostic {
    pub(crate) severity: Severity,
    pub(crate) from: Speaker,
    /// The compiler's number for it.
    pub(crate) code: Option<String>,
    pub(crate) message: String,
    /// The file that it is about.
    pub(crate) file: Option<String>,
    pub(crate) place: Option<Place>,
    pub(crate) help: Option<String>,
    /// Whatever else belongs to it: `note: ..`.
    pub(crate) notes: Vec<String>,
}

/// A place in a file. Lines and columns count from 1, columns in letters; the end is the column behind the last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) end_line: usize,
    pub(crate) end_column: usize,
    #[serde(skip)]
    excerpt: Excerpt,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Excerpt {
    line: String,
    /// What stands below it.
    marks: String,
}

impl Place {
    /// The place of some bytes of a source.
    pub(crate) fn of(source: &str, span: &Range<usize>) -> Self {
        let start = floor(source, span.start);
        let end = floor(source, span.end).max(start);
        let (line, from) = line(source, start);
        let (end_line, end_from) = self::line(source, end);
        let letters = |from: usize, to: usize| source[from..to].chars().count();
        let text = source[from..].lines().next().unwrap_or_default();
        let column = letters(from, start) + 1;
        let length = letters(start, end.min(from + text.len()).max(start)).max(1);
        let end_column = letters(end_from, end) + 1;
        Self { line, column, end_line, end_column, excerpt: Excerpt::of(text, column, length) }
    }
}

impl Excerpt {
    fn of(text: &str, column: usize, length: usize) -> Self {
        let first = if column + length <= LETTERS_MAX { 0 } else { column.saturating_sub(LETTERS_MAX / 4) };
        let line: String = text.chars().skip(first).take(LETTERS_MAX).collect();
        // Tabs stay tabs, so that the marks stand below what they mark.
        let blank = |letter: char| if letter == '\t' { '\t' } else { ' ' };
        let mut marks: String = text.chars().skip(first).take(column - 1 - first).map(blank).collect();
        let room = LETTERS_MAX.saturating_sub(column - 1 - first);
        marks.push_str(&"^".repeat(length.min(room).max(1)));
        Self { line: line.trim_end().to_owned(), marks }
    }
}

/// The nearest border of letters at or below a byte.
fn floor(source: &str, at: usize) -> usize {
    let at = at.min(source.len());
    (0..=at).rev().find(|at| source.is_char_boundary(*at)).unwrap_or(0)
}

/// The line of a byte, and the byte at which that line begins.
fn line(source: &str, at: usize) -> (usize, usize) {
    let before = &source[..at];
    (before.matches('\n').count() + 1, before.rfind('\n').map_or(0, |newline| newline + 1))
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        };
        let code = self.code.as_ref().map(|code| format!("[solc {code}]")).unwrap_or_default();
        write!(out, "{severity}{code}: {}", self.message.trim_end())?;
        let margin = self.place.as_ref().map_or(1, |place| place.line.to_string().len());
        let (blank, file) = (" ".repeat(margin), self.file.as_deref().unwrap_or_default());
        match &self.place {
            Some(Place { line, column, excerpt, .. }) => {
                write!(out, "\n{blank}--> {file}:{line}:{column}\n{blank} |\n{line} | {}", excerpt.line)?;
                write!(out, "\n{blank} | {}", excerpt.marks)?;
            }
            None if !file.is_empty() => write!(out, "\n{blank}--> {file}")?,
            None => {}
        }
        let help = self.help.iter().map(|help| format!("help: {help}"));
        for note in self.notes.iter().cloned().chain(help) {
            write!(out, "\n{blank} = {note}")?;
        }
        writeln!(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(source: &str, span: Range<usize>) -> String {
        Diagnostic {
            severity: Severity::Error,
            from: Speaker::Parallax,
            code: None,
            message: "wrong".to_owned(),
            file: Some("a.sol".to_owned()),
            place: Some(Place::of(source, &span)),
            help: Some("right".to_owned()),
            notes: Vec::new(),
        }
        .to_string()
    }

    #[test]
    fn the_line_is_shown_and_the_place_marked() {
        let source = "first\n\tü second line\nthird\n";
        let at = source.find("second").expect("it is there");
        let expected = "error: wrong\n --> a.sol:2:4\n  |\n2 | \tü second line\n  | \t  ^^^^^^\n  = help: right\n";
        assert_eq!(shown(source, at..at + 6), expected);
    }

    #[test]
    fn marks_end_with_the_line_and_with_the_file() {
        let source = "a {\n b\n}";
        assert!(shown(source, 2..8).contains("1 | a {\n  |   ^\n"), "{}", shown(source, 2..8));
        assert!(shown(source, 8..8).contains("a.sol:3:2\n  |\n3 | }\n  |  ^\n"), "{}", shown(source, 8..8));
        assert!(shown("", 0..9).contains("a.sol:1:1"));
        let place = Place::of(source, &(2..8));
        assert_eq!((place.line, place.column, place.end_line, place.end_column), (1, 3, 3, 2));
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let source = format!("{}here{}", "a".repeat(100_000), "b".repeat(100_000));
        let shown = shown(&source, 100_000..100_004);
        assert!(shown.contains("here") && shown.contains("^^^^\n") && shown.len() < 500, "{shown}");
    }
}
