//! Lines over two axes.

use super::{
    Axis,
    axis::{Fitted, number},
    page::{BELOW, COLOURS, HEIGHT, Head, LEFT, Page, Sample, WIDTH, diamond},
};
use std::fmt::Write as _;

/// Room above the highest point.
pub(super) const ROOM: f64 = 0.06;

/// A chart of lines and points.
#[derive(Clone, Debug)]
pub struct Lines {
    /// The first line of text.
    pub title: String,
    /// The lines below it.
    pub notes: Vec<String>,
    /// The level axis.
    pub x: Axis,
    /// The upright axis.
    pub y: Axis,
    /// What is drawn.
    pub series: Vec<Series>,
}

/// One line or set of points.
#[derive(Clone, Debug)]
pub struct Series {
    /// What the legend calls it.
    pub name: String,
    /// Its points, from left to right.
    pub points: Vec<(f64, f64)>,
    /// How it is drawn.
    pub look: Look,
}

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Measured: a line with dots.
    Measured,
    /// Projected or fitted: a dashed line with dots.
    Projected,
    /// Published by others: points with their values beside them.
    Published,
}

impl Lines {
    /// The chart as SVG.
    pub fn svg(&self) -> String {
        let sample = |look| match look {
            Look::Measured => Sample::Line,
            Look::Projected => Sample::Dashed,
            Look::Published => Sample::Dots,
        };
        let legend: Vec<_> =
            self.series.iter().enumerate().map(|(index, it)| (it.name.clone(), index, sample(it.look))).collect();
        let head = Head { title: &self.title, notes: &self.notes, legend: &legend };
        let mut page = Page::new(&head, WIDTH, BELOW);
        let points = || self.series.iter().flat_map(|series| &series.points);
        let x = self.x.fit(points().map(|point| point.0), 0.0);
        let y = self.y.fit(points().map(|point| point.1), ROOM);
        page.frame(&self.x.label, &self.y.label, &y);
        level_ticks(&mut page, &x);
        for (index, series) in self.series.iter().enumerate() {
            draw(&mut page, series, COLOURS[index % COLOURS.len()], (&x, &y));
        }
        page.finish()
    }
}

fn level_ticks(page: &mut Page, x: &Fitted) {
    let bottom = page.top + HEIGHT;
    for tick in x.ticks() {
        let at = LEFT + (page.right - LEFT) * x.at(tick);
        let _ = writeln!(
            page.out,
            "<line class=\"axis\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{bottom:.1}\" y2=\"{:.1}\"/>",
            bottom + 5.0
        );
        page.text("tick", at, bottom + 20.0, "middle", &number(tick));
    }
}

fn draw(page: &mut Page, series: &Series, colour: &str, (x, y): (&Fitted, &Fitted)) {
    let place = |page: &Page, point: &(f64, f64)| (LEFT + (page.right - LEFT) * x.at(point.0), page.y(y, point.1));
    let places: Vec<(f64, f64)> = series.points.iter().map(|point| place(page, point)).collect();
    if series.look != Look::Published {
        let path: Vec<String> = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let dash = if series.look == Look::Projected { " stroke-dasharray=\"6 5\"" } else { "" };
        let _ = writeln!(
            page.out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.4\" \
             stroke-linejoin=\"round\"{dash}/>",
            path.join(" ")
        );
    }
    for ((left, top), (x_value, y_value)) in places.iter().zip(&series.points) {
        let hint = format!("<title>{} / {}</title>", number(*x_value), number((y_value * 1e3).round() / 1e3));
        let _ = if series.look == Look::Published {
            writeln!(
                page.out,
                "<path class=\"halo\" d=\"{}\" fill=\"{colour}\" stroke-width=\"1.2\">{hint}</path>",
                diamond(*left, *top, 7.0)
            )
        } else {
            writeln!(
                page.out,
                "<circle class=\"halo\" cx=\"{left:.1}\" cy=\"{top:.1}\" r=\"4\" fill=\"{colour}\" \
                 stroke-width=\"1.2\">{hint}</circle>"
            )
        };
        if series.look == Look::Published {
            page.text("value", *left, top - 12.0, "middle", &number((y_value * 10.0).round() / 10.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_holds_its_points_and_its_texts() {
        let series = |look, name: &str| Series { name: name.to_owned(), points: vec![(1.0, 2.0), (2.0, 40.0)], look };
        let chart = Lines {
            title: "split & merge".to_owned(),
            notes: vec!["a < b".to_owned()],
            x: Axis::linear("transactions"),
            y: Axis::log("time (us)"),
            series: vec![
                series(Look::Measured, "ours"),
                series(Look::Projected, "twelve (projected)"),
                series(Look::Published, "paper"),
            ],
        };
        let svg = chart.svg();
        assert_eq!(svg.matches("<polyline").count(), 2);
        assert_eq!(svg.matches("<circle").count(), 4);
        for text in ["split &amp; merge", "a &lt; b", "twelve (projected)", "time (us)", "stroke-dasharray"] {
            assert!(svg.contains(text), "{text}");
        }
        assert!(!svg.contains("NaN"));
    }
}
