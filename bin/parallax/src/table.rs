//! Tables of text and of comma-separated values.

use std::fmt;

/// A table: a heading, rows, and for each column whether it holds text or numbers.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

#[derive(Debug)]
struct Column {
    heading: &'static str,
    is_text: bool,
}

impl Table {
    /// A table with these headings. A heading that starts with `<` heads a column of text, aligned to the left; the
    /// sign is not printed.
    pub(crate) fn new(headings: &[&'static str]) -> Self {
        let column = |heading: &&'static str| match heading.strip_prefix('<') {
            Some(heading) => Column { heading, is_text: true },
            None => Column { heading, is_text: false },
        };
        Self { columns: headings.iter().map(column).collect(), rows: Vec::new() }
    }

    /// Adds a row with one cell for each column. A row without any cell is printed as a rule.
    pub(crate) fn row(&mut self, cells: Vec<String>) {
        debug_assert!(cells.is_empty() || cells.len() == self.columns.len(), "one cell for each column");
        self.rows.push(cells);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |index: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(index)).map(|cell| cell.chars().count());
            cells.max().unwrap_or(0).max(self.columns[index].heading.chars().count())
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let rule = "-".repeat(widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1));
        let line = |f: &mut fmt::Formatter<'_>, cells: &mut dyn Iterator<Item = &str>| {
            let mut text = String::new();
            for ((cell, width), column) in cells.zip(&widths).zip(&self.columns) {
                if column.is_text {
                    text.push_str(&format!("{cell:<width$}  "));
                } else {
                    text.push_str(&format!("{cell:>width$}  "));
                }
            }
            writeln!(f, "{}", text.trim_end())
        };
        line(f, &mut self.columns.iter().map(|column| column.heading))?;
        writeln!(f, "{rule}")?;
        for row in &self.rows {
            if row.is_empty() {
                writeln!(f, "{rule}")?;
            } else {
                line(f, &mut row.iter().map(String::as_str))?;
            }
        }
        Ok(())
    }
}

/// One line of comma-separated values (RFC 4180).
pub(crate) fn csv_line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let quoted = |cell: &str| {
        if cell.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell.to_owned()
        }
    };
    let cells: Vec<String> = cells.into_iter().map(quoted).collect();
    cells.join(",") + "\n"
}

/// A number with a comma between groups of three digits.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Nanoseconds in the unit that reads best.
pub(crate) fn time(ns: f64) -> String {
    if ns < 999.5 {
        format!("{ns:.0} ns")
    } else if ns < 999_950.0 {
        format!("{:.1} us", ns / 1e3)
    } else if ns < 9.999e9 {
        format!("{:.2} ms", ns / 1e6)
    } else {
        format!("{:.2} s", ns / 1e9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let mut table = Table::new(&["<name", "gas"]);
        table.row(vec!["a".into(), "1".into()]);
        table.row(vec![]);
        table.row(vec!["long".into(), "1,000".into()]);
        assert_eq!(table.to_string(), "name    gas\n-----------\na         1\n-----------\nlong  1,000\n");
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        assert_eq!(csv_line(["a", "b,c", "d\"e"]), "a,\"b,c\",\"d\"\"e\"\n");
    }

    #[test]
    fn numbers_are_grouped_and_times_have_units() {
        assert_eq!(["0", "999", "1,000", "29,990,789"].map(str::to_owned), [0, 999, 1_000, 29_990_789].map(grouped));
        let times = [12.0, 1_500.0, 2_250_000.0, 12_000_000_000.0].map(time);
        assert_eq!(times, ["12 ns", "1.5 us", "2.25 ms", "12.00 s"]);
    }
}
