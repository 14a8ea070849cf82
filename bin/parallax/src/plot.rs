//! A bar chart as one self-contained SVG.
//!
//! Groups of bars stand side by side, one bar for each series, over a line at 1; a tick marks what the bar could reach.
//! Colours, texts and lines are in the file; it needs nothing else and follows the reader's light or dark setting.

use std::fmt::Write as _;

/// What to draw.
pub(crate) struct Chart {
    /// The first line.
    pub(crate) title: String,
    /// The second line, smaller.
    pub(crate) subtitle: String,
    /// The names of the bars in each group.
    pub(crate) series: Vec<String>,
    /// The groups from left to right.
    pub(crate) groups: Vec<Group>,
}

/// Bars that belong together.
pub(crate) struct Group {
    /// What stands below them.
    pub(crate) label: String,
    /// For each series the value and what it could be at most; `None` where there is no value.
    pub(crate) bars: Vec<Option<(f64, f64)>>,
}

const COLOURS: [&str; 6] = ["#2f6fb3", "#e08a2e", "#3b9a6d", "#b04a7d", "#7a62b8", "#8a7a3d"];
const STYLE: &str = "\
text{font-family:system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;fill:#1d2733}\
.small{font-size:11px;fill:#5a6775}.title{font-size:17px;font-weight:600}\
.grid{stroke:#e3e7ec}.one{stroke:#1d2733;stroke-width:1.4}.bound{stroke:#1d2733;stroke-width:2}\
.value{font-size:10px;fill:#3b4754}.inside{font-size:10px;fill:#ffffff}.page{fill:#ffffff}\
@media(prefers-color-scheme:dark){text{fill:#e6ebf0}.small{fill:#9aa7b4}.grid{stroke:#2c3540}.one{stroke:#e6ebf0}\
.bound{stroke:#e6ebf0}.value{fill:#c3ccd6}.inside{fill:#ffffff}.page{fill:#12171d}}";

const LEFT: f64 = 46.0;
const RIGHT: f64 = 18.0;
const TOP: f64 = 92.0;
const HEIGHT: f64 = 260.0;
const BELOW: f64 = 92.0;
const BAR: f64 = 15.0;
const GAP: f64 = 14.0;
/// Enough for the texts above the chart.
const WIDTH_MIN: f64 = 720.0;

/// Draws the chart.
pub(crate) fn svg(chart: &Chart) -> String {
    let group_width = BAR * chart.series.len().max(1) as f64 + GAP;
    let inner = (group_width * chart.groups.len() as f64 + GAP).max(WIDTH_MIN - LEFT - RIGHT);
    let (width, height) = (LEFT + inner + RIGHT, TOP + HEIGHT + BELOW);
    let frame = Frame { right: LEFT + inner, most: most(chart) };
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" role=\"img\">\n<title>{}</title>\n<style>{STYLE}</style>\n\
         <rect class=\"page\" width=\"100%\" height=\"100%\"/>\n\
         <text class=\"title\" x=\"16\" y=\"28\">{}</text>\n<text class=\"small\" x=\"16\" y=\"47\">{}</text>\n",
        escaped(&chart.title),
        escaped(&chart.title),
        escaped(&chart.subtitle),
    );
    legend(&mut out, chart);
    frame.grid(&mut out);
    for (index, group) in chart.groups.iter().enumerate() {
        frame.group(&mut out, group, LEFT + GAP + group_width * index as f64, group_width - GAP);
    }
    let at_one = frame.y(1.0);
    let _ = writeln!(
        out,
        "<line class=\"one\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{at_one:.1}\" y2=\"{at_one:.1}\"/>",
        frame.right
    );
    out + "</svg>\n"
}

/// Where the bars stand.
struct Frame {
    right: f64,
    /// The value at the upper end.
    most: f64,
}

impl Frame {
    fn y(&self, value: f64) -> f64 {
        TOP + HEIGHT * (1.0 - (value / self.most).clamp(0.0, 1.0))
    }

    fn grid(&self, out: &mut String) {
        let step = step(self.most);
        let mut value = 0.0;
        while value <= self.most + step / 1e6 {
            let y = self.y(value);
            let _ = writeln!(
                out,
                "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
                 <text class=\"small\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{value}</text>",
                self.right,
                LEFT - 6.0,
                y + 4.0,
            );
            value += step;
        }
    }

    fn group(&self, out: &mut String, group: &Group, left: f64, width: f64) {
        for (index, bar) in group.bars.iter().enumerate() {
            let Some((value, bound)) = bar else { continue };
            let (x, y, colour) = (left + BAR * index as f64, self.y(*value), COLOURS[index % COLOURS.len()]);
            let tick = self.y(*bound);
            let _ = writeln!(
                out,
                "<g><title>{}: {value:.2}, bound {bound:.2}</title><rect x=\"{:.1}\" y=\"{y:.1}\" width=\"{:.1}\" \
                 height=\"{:.1}\" rx=\"1.5\" fill=\"{colour}\"/><line class=\"bound\" x1=\"{x:.1}\" x2=\"{:.1}\" \
                 y1=\"{tick:.1}\" y2=\"{tick:.1}\"/></g>",
                escaped(&group.label),
                x + 1.0,
                BAR - 2.0,
                TOP + HEIGHT - y,
                x + BAR,
            );
            let is_tall = TOP + HEIGHT - y > 34.0;
            let (x, y) = (x + BAR / 2.0 + 3.5, if is_tall { TOP + HEIGHT - 5.0 } else { y - 5.0 });
            let class = if is_tall { "inside" } else { "value" };
            let _ = writeln!(
                out,
                "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" transform=\"rotate(-90 {x:.1} {y:.1})\">{value:.2}</text>",
            );
        }
        let (x, y) = (left + width / 2.0 + 4.0, TOP + HEIGHT + 14.0);
        let _ = writeln!(
            out,
            "<text class=\"small\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"end\" \
             transform=\"rotate(-52 {x:.1} {y:.1})\">{}</text>",
            escaped(&group.label),
        );
    }
}

fn legend(out: &mut String, chart: &Chart) {
    let mut x = 16.0;
    for (index, name) in chart.series.iter().enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        let _ = writeln!(
            out,
            "<rect x=\"{x:.1}\" y=\"59\" width=\"11\" height=\"11\" rx=\"2\" fill=\"{colour}\"/>\
             <text class=\"small\" x=\"{:.1}\" y=\"69\">{}</text>",
            x + 16.0,
            escaped(name),
        );
        x += 34.0 + 6.4 * name.chars().count() as f64;
    }
}

/// The upper end of the scale: above every bar and, where that is not far away, every bound.
fn most(chart: &Chart) -> f64 {
    let bars = || chart.groups.iter().flat_map(|group| group.bars.iter().flatten());
    let value = bars().map(|(value, _)| *value).fold(1.0, f64::max);
    let bound = bars().map(|(_, bound)| *bound).fold(1.0, f64::max);
    let most = value.max(bound.min(4.0 * value)) * 1.02;
    (most / step(most)).ceil() * step(most)
}

/// A round distance between lines of the grid, of which there are four to ten.
fn step(most: f64) -> f64 {
    let magnitude = 10.0_f64.powf(most.log10().floor());
    let steps = [0.25, 0.5, 1.0, 2.0].map(|part| part * magnitude);
    steps.into_iter().find(|step| most / step <= 9.0).unwrap_or(magnitude)
}

/// Text as it stands in XML.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
