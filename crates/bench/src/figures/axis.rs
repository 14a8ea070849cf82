//! Scales and their ticks.

/// How values are laid out along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// From zero, or from below where there is anything.
    Linear,
    /// By orders of magnitude.
    Log,
}

/// One axis.
#[derive(Clone, Debug)]
pub struct Axis {
    /// What it shows, with the unit.
    pub label: String,
    /// How.
    pub scale: Scale,
}

/// An axis fitted to values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fitted {
    scale: Scale,
    low: f64,
    high: f64,
}

impl Axis {
    /// An axis from zero.
    pub fn linear(label: impl Into<String>) -> Self {
        Self { label: label.into(), scale: Scale::Linear }
    }

    /// An axis by orders of magnitude.
    pub fn log(label: impl Into<String>) -> Self {
        Self { label: label.into(), scale: Scale::Log }
    }

    /// The axis for these values, with a share of room beyond them.
    pub(super) fn fit(&self, values: impl Iterator<Item = f64>, room: f64) -> Fitted {
        let values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
        let most = values.iter().copied().fold(0.0, f64::max);
        match self.scale {
            Scale::Linear => {
                let least = values.iter().copied().fold(0.0, f64::min);
                let (most, least) = (if most > 0.0 { most * (1.0 + room) } else { 1.0 }, least * (1.0 + room));
                let step = step(most - least);
                let end = |value: f64| (value / step).ceil() * step;
                Fitted { scale: Scale::Linear, low: -end(-least), high: end(most) }
            }
            Scale::Log => {
                let least = values.iter().copied().filter(|value| *value > 0.0).fold(f64::INFINITY, f64::min);
                let (least, most) = if least.is_finite() { (least, most) } else { (1.0, 10.0) };
                let low = 10.0_f64.powf((least * 0.9).log10().floor());
                let high = half_decade_above(most * (1.0 + room)).max(low * 10.0);
                Fitted { scale: Scale::Log, low, high }
            }
        }
    }
}

impl Fitted {
    /// Where a value stands between the ends, 0 to 1.
    pub(super) fn at(&self, value: f64) -> f64 {
        let place = match self.scale {
            Scale::Linear => (value - self.low) / (self.high - self.low),
            Scale::Log => (value.max(f64::MIN_POSITIVE) / self.low).ln() / (self.high / self.low).ln(),
        };
        place.clamp(0.0, 1.0)
    }

    /// Values with a line and a number.
    pub(super) fn ticks(&self) -> Vec<f64> {
        match self.scale {
            Scale::Linear => {
                let step = step(self.high - self.low);
                let count = ((self.high - self.low) / step).round() as usize;
                let tick = |number: usize| (self.low / step).round() + number as f64;
                (0..=count).map(|number| tick(number) * step).collect()
            }
            Scale::Log => {
                let decades = (self.high / self.low).log10();
                let parts: &[f64] = if decades > 3.5 { &[1.0] } else { &[1.0, 2.0, 5.0] };
                let decade = |exponent: i32| parts.iter().map(move |part| part * self.low * 10.0_f64.powi(exponent));
                let ticks = (0..=decades.ceil() as i32).flat_map(decade);
                ticks.filter(|tick| *tick <= self.high * 1.000_001).collect()
            }
        }
    }
}

/// The next 1, 2 or 5 times a power of ten.
fn half_decade_above(value: f64) -> f64 {
    let decade = 10.0_f64.powf(value.log10().floor());
    [1.0, 2.0, 5.0, 10.0].map(|part| part * decade).into_iter().find(|end| *end >= value).unwrap_or(value)
}

/// A round distance between ticks, of which there are four to nine.
fn step(most: f64) -> f64 {
    let decade = 10.0_f64.powf(most.log10().floor());
    let steps = [0.1, 0.2, 0.25, 0.5, 1.0, 2.0].map(|part| part * decade);
    steps.into_iter().find(|step| most / step <= 8.0).unwrap_or(decade)
}

/// A tick's number: no more digits than it needs.
pub(super) fn number(value: f64) -> String {
    let rounded = format!("{value:.6}");
    let text = rounded.trim_end_matches('0').trim_end_matches('.');
    match text.split_once('.') {
        Some(_) => text.to_owned(),
        None => grouped(text),
    }
}

/// Digits in groups of three where there are more than four.
fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && digits.len() > 3 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_reach_the_greatest_value() {
        let fitted = Axis::linear("x").fit([0.0, 3_500.0, 4_000.0].into_iter(), 0.0);
        assert_eq!(fitted.ticks(), [0.0, 500.0, 1_000.0, 1_500.0, 2_000.0, 2_500.0, 3_000.0, 3_500.0, 4_000.0]);
        assert_eq!((fitted.at(0.0), fitted.at(4_000.0), fitted.at(1_000.0)), (0.0, 1.0, 0.25));
    }

    #[test]
    fn values_below_zero_are_on_the_page() {
        let fitted = Axis::linear("x").fit([-7.0, 20.0].into_iter(), 0.0);
        assert_eq!(fitted.ticks(), [-10.0, -5.0, 0.0, 5.0, 10.0, 15.0, 20.0]);
        assert_eq!(fitted.at(-10.0), 0.0);
    }

    #[test]
    fn decades_stand_at_equal_distances() {
        let fitted = Axis::log("x").fit([2.0, 900.0].into_iter(), 0.0);
        assert_eq!(fitted.ticks(), [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0]);
        assert!((fitted.at(10.0) - 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_to_show_is_no_panic() {
        assert_eq!(Axis::linear("x").fit([].into_iter(), 0.0).at(0.0), 0.0);
        assert!(!Axis::log("x").fit([].into_iter(), 0.0).ticks().is_empty());
    }

    #[test]
    fn numbers_have_the_digits_they_need() {
        assert_eq!(
            ["0", "0.25", "4,000", "500", "12,000"].map(str::to_owned),
            [0.0, 0.25, 4_000.0, 500.0, 12_000.0].map(number)
        );
    }
}
