//! Groups of bars.

use super::{
    Axis,
    axis::number,
    lines::ROOM,
    page::{BELOW, HEIGHT, Head, LEFT, Page, Sample, WIDTH, fill},
};
use std::fmt::Write as _;

/// Width of a letter of a label.
const LETTER: f64 = 6.2;
/// The least width of a bar.
const BAR_MIN: f64 = 8.0;
/// The share of a group's room that its bars take.
const FILLED: f64 = 0.8;

/// A bar chart.
#[derive(Clone, Debug)]
pub struct Bars {
    /// The first line of text.
    pub title: String,
    /// The lines below it.
    pub notes: Vec<String>,
    /// What the groups stand for.
    pub x_label: String,
    /// The upright axis.
    pub y: Axis,
    /// The names of the bars of each group, and whether they are projected.
    pub series: Vec<(String, bool)>,
    /// What the tick of a bar means; none are drawn if this is `None`.
    pub tick: Option<String>,
    /// A height that all are held against, drawn as a line through the plot.
    pub line: Option<f64>,
    /// The groups from left to right.
    pub groups: Vec<Group>,
}

/// Bars that belong together.
#[derive(Clone, Debug)]
pub struct Group {
    /// What stands below them.
    pub label: String,
    /// One for each series; `None` where there is no value.
    pub bars: Vec<Option<Bar>>,
}

/// One bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// Its height.
    pub value: f64,
    /// The ends of the interval that the value lies in.
    pub range: Option<(f64, f64)>,
    /// The height of a tick across it: what it could be.
    pub tick: Option<f64>,
}

impl Bar {
    /// A bar without anything on it.
    pub const fn of(value: f64) -> Self {
        Self { value, range: None, tick: None }
    }

    /// What the upright axis has to reach. An interval that goes far beyond its bar is cut off at the top, or it alone
    /// would decide how tall all bars are.
    fn heights(&self) -> impl Iterator<Item = f64> {
        const BEYOND_MAX: f64 = 1.2;
        let range = self.range.map(|range| range.1.min(self.value * BEYOND_MAX));
        [Some(self.value), self.tick, range].into_iter().flatten()
    }
}

impl Bars {
    /// The chart as SVG.
    pub fn svg(&self) -> String {
        let mut legend: Vec<_> = self
            .series
            .iter()
            .enumerate()
            .map(|(index, (name, is_projected))| {
                (name.clone(), index, if *is_projected { Sample::Hatched } else { Sample::Filled })
            })
            .collect();
        legend.extend(self.tick.iter().map(|tick| (tick.clone(), 0, Sample::Tick)));
        let groups = self.groups.len().max(1) as f64;
        let width = WIDTH.max(BAR_MIN / FILLED * self.series.len() as f64 * groups);
        let slot = width / groups;
        let longest = self.groups.iter().map(|group| group.label.chars().count()).max().unwrap_or_default() as f64;
        let is_slanted = longest * LETTER > slot;
        let below = if is_slanted { BELOW.max(28.0 + longest * LETTER * 0.87) } else { BELOW };
        let head = Head { title: &self.title, notes: &self.notes, legend: &legend };
        let mut page = Page::new(&head, width, below);
        let bars = || self.groups.iter().flat_map(|group| group.bars.iter().flatten());
        let y = self.y.fit(bars().flat_map(Bar::heights), ROOM);
        page.frame(&self.x_label, &self.y.label, &y);
        let width = (slot * FILLED / self.series.len().max(1) as f64).min(46.0);
        for (index, group) in self.groups.iter().enumerate() {
            let middle = LEFT + slot * (index as f64 + 0.5);
            let left = middle - width * self.series.len() as f64 / 2.0;
            for (number, bar) in group.bars.iter().enumerate() {
                if let Some(bar) = bar {
                    let is_projected = self.series.get(number).is_some_and(|(_, projected)| *projected);
                    let top = page.y(&y, bar.value);
                    draw(&mut page, bar, (left + width * number as f64, top, width), &fill(number, is_projected));
                    marks(&mut page, bar, left + width * number as f64, width, &y);
                }
            }
            label(&mut page, middle, &group.label, is_slanted);
        }
        if let Some(line) = self.line {
            let (at, right) = (page.y(&y, line), page.right);
            let _ = writeln!(
                page.out,
                "<line class=\"mark\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke-width=\"1.2\"/>"
            );
        }
        page.finish()
    }
}

fn label(page: &mut Page, middle: f64, text: &str, is_slanted: bool) {
    if !is_slanted {
        return page.text("tick", middle, page.top + HEIGHT + 20.0, "middle", text);
    }
    let (x, y) = (middle + 4.0, page.top + HEIGHT + 14.0);
    let _ = write!(page.out, "<g transform=\"rotate(-60 {x:.1} {y:.1})\">");
    page.text("tick", x, y, "end", text);
    page.out.push_str("</g>\n");
}

fn draw(page: &mut Page, bar: &Bar, (x, top, width): (f64, f64, f64), paint: &str) {
    let height = (page.top + HEIGHT - top).max(0.5);
    let _ = writeln!(
        page.out,
        "<rect x=\"{:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{height:.1}\" rx=\"1.5\" fill=\"{paint}\">\
         <title>{}</title></rect>",
        x + 1.0,
        width - 2.0,
        number((bar.value * 100.0).round() / 100.0)
    );
    if width >= 24.0 {
        let digits = if bar.value >= 100.0 { 0 } else { 1 };
        page.text("value", x + width / 2.0, top - 5.0, "middle", &format!("{:.digits$}", bar.value));
    }
}

fn marks(page: &mut Page, bar: &Bar, x: f64, width: f64, y: &super::axis::Fitted) {
    if let Some((low, high)) = bar.range {
        let (low, high, middle) = (page.y(y, low), page.y(y, high), x + width / 2.0);
        let _ = writeln!(
            page.out,
            "<line class=\"mark\" x1=\"{middle:.1}\" x2=\"{middle:.1}\" y1=\"{low:.1}\" y2=\"{high:.1}\" \
             stroke-width=\"1\"/>"
        );
    }
    if let Some(tick) = bar.tick {
        let at = page.y(y, tick);
        let _ = writeln!(
            page.out,
            "<line class=\"mark\" x1=\"{x:.1}\" x2=\"{:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke-width=\"2\"/>",
            x + width
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_a_bar_and_projected_ones_are_hatched() {
        let group = |label: &str, bars| Group { label: label.to_owned(), bars };
        let chart = Bars {
            title: "time".to_owned(),
            notes: Vec::new(),
            x_label: "transactions".to_owned(),
            y: Axis::linear("ms"),
            series: vec![("serial".to_owned(), false), ("12 workers, projected".to_owned(), true)],
            tick: Some("bound".to_owned()),
            line: None,
            groups: vec![
                group("500", vec![Some(Bar::of(4.0)), Some(Bar { tick: Some(0.4), ..Bar::of(0.5) })]),
                group("1,000", vec![Some(Bar::of(8.0)), None]),
            ],
        };
        let svg = chart.svg();
        assert_eq!(svg.matches("rx=\"1.5\"").count(), 3);
        assert_eq!(svg.matches("fill=\"url(#hatch1)\"").count(), 2, "one in the chart, one in the legend");
        assert!(!svg.contains("NaN"));
    }
}
