//! What all charts share: the page, the style, titles, legend and frame.

use super::axis::{Fitted, number};
use std::fmt::Write as _;

/// Colours of the series, chosen to differ in lightness as well as in hue.
pub(super) const COLOURS: [&str; 6] = ["#2f6fb3", "#d9822b", "#2e9467", "#b3477a", "#7a62b8", "#8a7a3d"];

const STYLE: &str = "\
text{font-family:system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;fill:#1d2733}\
.title{font-size:17px;font-weight:600}.note{font-size:12px;fill:#55616e}.tick{font-size:12px;fill:#55616e}\
.label{font-size:13px;fill:#3a4653}.value{font-size:11px;fill:#3a4653}.page{fill:#ffffff}\
.grid{stroke:#e4e8ed;stroke-width:1}.axis{stroke:#7b8794;stroke-width:1.2}.halo{stroke:#ffffff}.mark{stroke:#1d2733}\
@media(prefers-color-scheme:dark){text{fill:#e6ebf0}.note,.tick{fill:#a3afbb}.label,.value{fill:#c6d0da}\
.page{fill:#12171d}.grid{stroke:#28313b}.axis{stroke:#6b7885}.halo{stroke:#12171d}.mark{stroke:#e6ebf0}}";

/// Width of the plot, unless it needs more.
pub(super) const WIDTH: f64 = 698.0;
/// Where the plot begins from the left.
pub(super) const LEFT: f64 = 78.0;
/// Room to the right of it.
const MARGIN: f64 = 24.0;
/// Height of the plot.
pub(super) const HEIGHT: f64 = 300.0;
const LINE: f64 = 20.0;
/// Room below the plot for numbers and the axis' label.
pub(super) const BELOW: f64 = 62.0;

/// How the sample in the legend looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sample {
    Line,
    Dashed,
    Dots,
    Filled,
    Hatched,
    Tick,
}

/// An SVG in the making.
pub(super) struct Page {
    pub(super) out: String,
    /// Where the plot begins from above.
    pub(super) top: f64,
    /// Where it ends to the right.
    pub(super) right: f64,
    /// Room below the plot.
    below: f64,
}

/// What stands above the plot.
pub(super) struct Head<'a> {
    pub(super) title: &'a str,
    /// Lines below the title.
    pub(super) notes: &'a [String],
    pub(super) legend: &'a [Entry],
}

impl Page {
    /// A page with a plot of so much `width`, and so much room below it.
    pub(super) fn new(head: &Head<'_>, width: f64, below: f64) -> Self {
        let Head { title, notes, legend } = head;
        let right = LEFT + width;
        let width = right + MARGIN;
        let rows = legend_rows(legend, width);
        let top = 44.0 + LINE * (notes.len() + rows.len()) as f64 + 14.0;
        let height = top + HEIGHT + below;
        let mut page = Self { out: String::new(), top, right, below };
        let title = escaped(title);
        let _ = write!(
            page.out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" role=\"img\">\n<title>{title}</title>\n<style>{STYLE}</style>\n<defs>",
        );
        for (index, colour) in COLOURS.iter().enumerate() {
            let _ = write!(
                page.out,
                "<pattern id=\"hatch{index}\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" \
                 patternTransform=\"rotate(45)\"><rect width=\"6\" height=\"6\" fill=\"{colour}\" opacity=\"0.25\"/>\
                 <line x1=\"0\" y1=\"0\" x2=\"0\" y2=\"6\" stroke=\"{colour}\" stroke-width=\"4\"/></pattern>",
            );
        }
        let _ = write!(
            page.out,
            "</defs>\n<rect class=\"page\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>\n\
             <text class=\"title\" x=\"20\" y=\"30\">{title}</text>\n"
        );
        for (index, note) in notes.iter().enumerate() {
            page.text("note", 20.0, 50.0 + LINE * index as f64, "start", note);
        }
        for (index, row) in rows.iter().enumerate() {
            let y = 50.0 + LINE * (notes.len() + index) as f64;
            row.iter().for_each(|(x, (name, colour, sample))| page.legend_entry(*x, y, name, *colour, *sample));
        }
        page
    }

    fn legend_entry(&mut self, x: f64, y: f64, name: &str, colour: usize, sample: Sample) {
        let paint = COLOURS[colour % COLOURS.len()];
        let (middle, end) = (y - 4.0, x + 22.0);
        let _ = match sample {
            Sample::Line | Sample::Dashed => {
                let dash = if sample == Sample::Dashed { " stroke-dasharray=\"5 4\"" } else { "" };
                write!(
                    self.out,
                    "<line x1=\"{x}\" x2=\"{end}\" y1=\"{middle}\" y2=\"{middle}\" stroke=\"{paint}\" \
                     stroke-width=\"2.4\"{dash}/>"
                )
            }
            Sample::Dots => {
                write!(self.out, "<path d=\"{}\" fill=\"{paint}\"/>", diamond(x + 11.0, middle, 6.0))
            }
            Sample::Filled | Sample::Hatched => {
                let fill = fill(colour, sample == Sample::Hatched);
                write!(
                    self.out,
                    "<rect x=\"{x}\" y=\"{}\" width=\"22\" height=\"12\" rx=\"2\" fill=\"{fill}\"/>",
                    y - 10.0
                )
            }
            Sample::Tick => write!(
                self.out,
                "<line class=\"mark\" x1=\"{x}\" x2=\"{end}\" y1=\"{middle}\" y2=\"{middle}\" stroke-width=\"2\"/>"
            ),
        };
        self.text("note", x + 28.0, y, "start", name);
    }

    /// A line of text.
    pub(super) fn text(&mut self, class: &str, x: f64, y: f64, anchor: &str, text: &str) {
        let text = escaped(text);
        let _ = writeln!(
            self.out,
            "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"
        );
    }

    /// Lines and numbers of the upright axis, and the labels of both.
    pub(super) fn frame(&mut self, x_label: &str, y_label: &str, y: &Fitted) {
        let right = self.right;
        for tick in y.ticks() {
            let at = self.y(y, tick);
            let class = if tick == 0.0 { "axis" } else { "grid" };
            let _ = writeln!(
                self.out,
                "<line class=\"{class}\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>"
            );
            self.text("tick", LEFT - 8.0, at + 4.0, "end", &number(tick));
        }
        let bottom = self.top + HEIGHT;
        let _ = writeln!(
            self.out,
            "<line class=\"axis\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{bottom:.1}\" y2=\"{bottom:.1}\"/>"
        );
        self.text("label", LEFT.midpoint(right), bottom + self.below - 16.0, "middle", x_label);
        let middle = self.top + HEIGHT / 2.0;
        let _ = writeln!(
            self.out,
            "<text class=\"label\" x=\"20\" y=\"{middle:.1}\" text-anchor=\"middle\" \
             transform=\"rotate(-90 20 {middle:.1})\">{}</text>",
            escaped(y_label)
        );
    }

    /// Height of a value on the page.
    pub(super) fn y(&self, axis: &Fitted, value: f64) -> f64 {
        self.top + HEIGHT * (1.0 - axis.at(value))
    }

    /// The file.
    pub(super) fn finish(self) -> String {
        self.out + "</svg>\n"
    }
}

/// Paint of a series, hatched or plain.
pub(super) fn fill(colour: usize, is_hatched: bool) -> String {
    let colour = colour % COLOURS.len();
    if is_hatched { format!("url(#hatch{colour})") } else { COLOURS[colour].to_owned() }
}

/// A square on its corner.
pub(super) fn diamond(x: f64, y: f64, size: f64) -> String {
    format!("M{:.1} {y:.1}L{x:.1} {:.1}L{:.1} {y:.1}L{x:.1} {:.1}Z", x - size, y - size, x + size, y + size)
}

/// Name, colour and look of one entry of the legend.
pub(super) type Entry = (String, usize, Sample);

/// Entries side by side, as many in a row as fit.
fn legend_rows(legend: &[Entry], page: f64) -> Vec<Vec<(f64, &Entry)>> {
    let mut rows: Vec<Vec<(f64, &Entry)>> = Vec::new();
    let mut x = page;
    for entry in legend {
        let width = 28.0 + 6.0 * entry.0.chars().count() as f64 + 16.0;
        if x + width > page - 12.0 {
            rows.push(Vec::new());
            x = 20.0;
        }
        if let Some(row) = rows.last_mut() {
            row.push((x, entry));
        }
        x += width;
    }
    rows
}

/// Text as it stands in XML.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
