//! Heat maps: a colour for each cell of a table.

use super::page::{HEIGHT, Head, LEFT, Page, WIDTH};
use std::fmt::Write as _;

/// Room below the plot for the columns' names and the axis' label.
const BELOW: f64 = 62.0;
/// What the darkest cell is painted with; lighter ones let the page through.
const PAINT: &str = "#2f6fb3";

/// A heat map.
#[derive(Clone, Debug)]
pub struct Heat {
    /// The first line of text.
    pub title: String,
    /// The lines below it.
    pub notes: Vec<String>,
    /// What the columns stand for.
    pub x_label: String,
    /// What the rows stand for.
    pub y_label: String,
    /// Names of the columns, from the left.
    pub columns: Vec<String>,
    /// The rows from the bottom: a name, and a value for each column where there is one.
    pub rows: Vec<(String, Vec<Option<f64>>)>,
}

impl Heat {
    /// The chart as SVG. Each cell has its value written in it.
    pub fn svg(&self) -> String {
        let mut page = Page::new(&Head { title: &self.title, notes: &self.notes, legend: &[] }, WIDTH, BELOW);
        let (width, height) = (WIDTH / self.columns.len().max(1) as f64, HEIGHT / self.rows.len().max(1) as f64);
        let most = self.rows.iter().flat_map(|(_, values)| values.iter().flatten()).copied().fold(0.0, f64::max);
        let (top, bottom) = (page.top, page.top + HEIGHT);
        for (number, (name, values)) in self.rows.iter().enumerate() {
            let y = bottom - height * (number as f64 + 1.0);
            page.text("tick", LEFT - 8.0, y + height / 2.0 + 4.0, "end", name);
            for (column, value) in values.iter().enumerate() {
                let Some(value) = value else { continue };
                let x = LEFT + width * column as f64;
                // So that small values still differ.
                let share = if most > 0.0 { (value / most).sqrt() } else { 0.0 };
                let _ = writeln!(
                    page.out,
                    "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{PAINT}\" \
                     fill-opacity=\"{:.3}\"/>",
                    width - 1.0,
                    height - 1.0,
                    0.06 + 0.6 * share
                );
                page.text("value", x + width / 2.0, y + height / 2.0 + 4.0, "middle", &format!("{value:.3}"));
            }
        }
        for (column, name) in self.columns.iter().enumerate() {
            page.text("tick", LEFT + width * (column as f64 + 0.5), bottom + 20.0, "middle", name);
        }
        page.text("label", LEFT + WIDTH / 2.0, bottom + BELOW - 16.0, "middle", &self.x_label);
        let middle = top + HEIGHT / 2.0;
        let _ = write!(page.out, "<g transform=\"rotate(-90 20 {middle:.1})\">");
        page.text("label", 20.0, middle, "middle", &self.y_label);
        page.out.push_str("</g>\n");
        page.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_a_cell() {
        let heat = Heat {
            title: "time".to_owned(),
            notes: Vec::new(),
            x_label: "groups".to_owned(),
            y_label: "size".to_owned(),
            columns: vec!["1".to_owned(), "10".to_owned()],
            rows: vec![("2".to_owned(), vec![Some(0.5), None]), ("4".to_owned(), vec![Some(0.0), Some(2.0)])],
        };
        let svg = heat.svg();
        assert_eq!(svg.matches("fill-opacity").count(), 3);
        assert!(svg.contains(">0.500<") && svg.contains(">groups<") && !svg.contains("NaN"));
    }
}
