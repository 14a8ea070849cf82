//! What an experiment gives.

/// One experiment's results.
#[derive(Clone, Debug)]
pub struct Report {
    /// What to call its files.
    pub name: &'static str,
    /// What was done.
    pub title: String,
    /// Headings of the table, with units.
    pub headings: Vec<&'static str>,
    /// The table, a number in each cell.
    pub rows: Vec<Vec<f64>>,
    /// What follows from it, one sentence each.
    pub findings: Vec<String>,
    /// Its pictures.
    pub figures: Vec<Figure>,
}

/// One picture.
#[derive(Clone, Debug)]
pub struct Figure {
    /// The file's name without a suffix.
    pub name: String,
    /// Its content.
    pub svg: String,
}

impl Report {
    /// Points of one column over the first one.
    pub(super) fn points(&self, column: usize) -> Vec<(f64, f64)> {
        self.rows.iter().map(|row| (row[0], row[column])).collect()
    }
}
