//! Zipf's law: rank r is drawn with weight 1 / r^exponent.

use super::SplitMix;

/// A Zipf distribution over ranks 0, 1, ..., the first the most frequent. Exponent 0 is uniform.
///
/// Floating point appears here and only with operations that IEEE 754 defines to the last bit (no `powf`), so that the
/// draws are the same on every machine.
#[derive(Clone, Debug)]
pub struct Zipf {
    cumulative: Vec<f64>,
}

impl Zipf {
    /// The distribution over `ranks` ranks, at least one. The exponent is taken in steps of 2^-16 and as zero if it is
    /// negative.
    pub fn new(ranks: usize, exponent: f64) -> Self {
        let mut sum = 0.0;
        let cumulative = (1..=ranks.max(1)).map(|rank| {
            sum += 1.0 / power(rank as f64, exponent);
            sum
        });
        Self { cumulative: cumulative.collect() }
    }

    /// Draws a rank.
    pub fn draw(&self, random: &mut SplitMix) -> usize {
        let last = self.cumulative.len() - 1;
        let target = random.unit() * self.cumulative[last];
        self.cumulative.partition_point(|&sum| sum <= target).min(last)
    }
}

/// `base` to a non-negative power: whole part by multiplication, binary fraction by repeated square roots.
fn power(base: f64, exponent: f64) -> f64 {
    let mut result = 1.0;
    for _ in 0..exponent as u32 {
        result *= base;
    }
    let mut fraction = exponent.max(0.0).fract();
    let mut root = base;
    for _ in 0..16 {
        root = root.sqrt();
        fraction *= 2.0;
        if fraction >= 1.0 {
            fraction -= 1.0;
            result *= root;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(ranks: usize, exponent: f64) -> Vec<usize> {
        let (zipf, mut random) = (Zipf::new(ranks, exponent), SplitMix::new(7));
        let mut counts = vec![0; ranks];
        for _ in 0..100_000 {
            counts[zipf.draw(&mut random)] += 1;
        }
        counts
    }

    #[test]
    fn power_agrees_with_the_library() {
        for (base, exponent) in [(2.0, 0.5), (10.0, 0.99), (1000.0, 1.25), (3.0, 2.0), (7.0, 0.0)] {
            let expected = f64::powf(base, exponent);
            assert!((power(base, exponent) / expected - 1.0).abs() < 1e-3, "{base}^{exponent}");
        }
    }

    #[test]
    fn exponent_one_halves_the_second_rank() {
        let counts = counts(100, 1.0);
        let ratio = counts[0] as f64 / counts[1] as f64;
        assert!((1.9..2.1).contains(&ratio), "{ratio}");
    }

    #[test]
    fn exponent_zero_is_uniform() {
        assert!(counts(10, 0.0).iter().all(|count| (9_500..10_500).contains(count)));
    }
}
