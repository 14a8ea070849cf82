//! Lines through points, to say how a time grows.

use serde::Serialize;

/// A least-squares line `y = intercept + slope * x`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Fit {
    /// Growth of y for one step of x; of a power law, the exponent.
    pub slope: f64,
    /// y where x is zero; of a power law, the logarithm of the factor.
    pub intercept: f64,
    /// How much of the variance of y the line explains: 1 at best.
    pub r2: f64,
}

/// The line through points; of fewer than two different x a flat one.
pub fn line(points: &[(f64, f64)]) -> Fit {
    let len = points.len().max(1) as f64;
    let mean = |values: &dyn Fn(&(f64, f64)) -> f64| points.iter().map(values).sum::<f64>() / len;
    let (x_mean, y_mean) = (mean(&|point| point.0), mean(&|point| point.1));
    let sum =
        |values: &dyn Fn(f64, f64) -> f64| -> f64 { points.iter().map(|(x, y)| values(x - x_mean, y - y_mean)).sum() };
    let (xx, xy, yy) = (sum(&|x, _| x * x), sum(&|x, y| x * y), sum(&|_, y| y * y));
    if xx == 0.0 {
        return Fit { slope: 0.0, intercept: y_mean, r2: 0.0 };
    }
    let slope = xy / xx;
    let r2 = if yy == 0.0 { 1.0 } else { xy * xy / (xx * yy) };
    Fit { slope, intercept: y_mean - slope * x_mean, r2 }
}

/// The power law `y = e^intercept * x^slope` through points with positive coordinates; others are left out.
pub fn power(points: &[(f64, f64)]) -> Fit {
    let positive = points.iter().filter(|(x, y)| *x > 0.0 && *y > 0.0);
    line(&positive.map(|(x, y)| (x.ln(), y.ln())).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_again() {
        let points: Vec<_> = [0.0, 1.0, 2.0, 5.0].iter().map(|x| (*x, 3.0 + 0.5 * x)).collect();
        let fit = line(&points);
        assert!((fit.slope - 0.5).abs() < 1e-12 && (fit.intercept - 3.0).abs() < 1e-12 && fit.r2 > 1.0 - 1e-12);
    }

    #[test]
    fn a_square_has_exponent_two_and_is_no_line() {
        let points: Vec<_> = (1..=8).map(|x| (f64::from(x), 7.0 * f64::from(x * x))).collect();
        assert!((power(&points).slope - 2.0).abs() < 1e-12);
        assert!(line(&points).r2 < 0.97);
    }

    #[test]
    fn scatter_lowers_r2() {
        let fit = line(&[(0.0, 0.0), (1.0, 2.0), (2.0, 0.0), (3.0, 2.0)]);
        assert!((fit.r2 - 0.2).abs() < 1e-12, "{fit:?}");
        assert_eq!(line(&[(1.0, 4.0), (1.0, 6.0)]), Fit { slope: 0.0, intercept: 5.0, r2: 0.0 });
        assert_eq!(line(&[]), Fit::default());
    }
}
