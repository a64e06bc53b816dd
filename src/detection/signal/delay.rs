//! How long observations take to come in: probabilities of 0, 1, 2… days.

use rand::{Rng, RngExt};
use statrs::distribution::{ContinuousCDF, Gamma};

/// Work of people: a gamma distribution with this mean (days) and coefficient of variation, to the nearest day.
pub fn gamma(mean: f64, cv: f64, days: usize) -> Vec<f64> {
    let certain = |lag: usize| (0..=lag).map(|l| if l == lag { 1.0 } else { 0.0 }).collect();
    if mean <= 0.0 {
        return certain(0);
    }
    let shape = 1.0 / (cv * cv);
    let (true, Ok(distribution)) = (cv > 1e-3, Gamma::new(shape, shape / mean)) else {
        return certain((mean.round() as usize).min(days));
    };
    let mut below = 0.0;
    let mut lags = Vec::new();
    for lag in 0..days {
        let next = distribution.cdf(lag as f64 + 0.5);
        lags.push(next - below);
        below = next;
        if below > 1.0 - 1e-6 {
            break;
        }
    }
    lags
}

/// Doings of users: geometric with this mean, days.
pub fn geometric(mean: f64, days: usize) -> Vec<f64> {
    let arrival = 1.0 / (1.0 + mean.max(0.0));
    let mut left = 1.0;
    let mut lags = Vec::new();
    for _ in 0..days {
        lags.push(left * arrival);
        left *= 1.0 - arrival;
        if left < 1e-6 {
            break;
        }
    }
    lags
}

/// One delay after another.
pub fn convolve(a: &[f64], b: &[f64], days: usize) -> Vec<f64> {
    let mut lags = vec![0.0; (a.len() + b.len()).saturating_sub(1).min(days)];
    for (i, a) in a.iter().enumerate() {
        for (lag, b) in lags.iter_mut().skip(i).zip(b) {
            *lag += a * b;
        }
    }
    lags
}

/// Draws a delay. What comes after the horizon, where the probabilities end, takes the longest one.
pub fn sample(lags: &[f64], rng: &mut impl Rng) -> usize {
    if lags.len() < 2 {
        return 0;
    }
    let mut left: f64 = rng.random();
    lags.iter()
        .position(|p| {
            left -= p;
            left < 0.0
        })
        .unwrap_or(lags.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::random::{Address, Purpose};

    #[test]
    fn delays_have_their_mean_and_sum_to_one() {
        for lags in
            [gamma(3.0, 0.5, 400), geometric(4.0, 400), convolve(&gamma(3.0, 1.0, 400), &geometric(0.0, 9), 400)]
        {
            assert!((lags.iter().sum::<f64>() - 1.0).abs() < 1e-6);
        }
        let mean = |lags: &[f64]| lags.iter().enumerate().map(|(i, p)| i as f64 * p).sum::<f64>();
        assert!((mean(&geometric(4.0, 400)) - 4.0).abs() < 1e-4);
        // Rounding to days moves the mean of a smooth distribution very little.
        assert!((mean(&gamma(5.0, 0.4, 400)) - 5.0).abs() < 0.01);
        assert_eq!(gamma(2.0, 0.0, 400), vec![0.0, 0.0, 1.0]);
        assert!((mean(&convolve(&gamma(5.0, 0.4, 400), &geometric(4.0, 400), 400)) - 9.0).abs() < 0.01);
    }

    #[test]
    fn sampled_delays_have_the_mean_of_their_distribution() {
        let lags = gamma(3.0, 0.5, 400);
        let mut rng = Address { seed: 1, replicate: 0, day: 0, purpose: Purpose::Study }.generator(0);
        let n = 100_000;
        let sum: usize = (0..n).map(|_| sample(&lags, &mut rng)).sum();
        // Variance (3·0.5)² plus that of rounding.
        let z = (sum as f64 / f64::from(n) - 3.0) / ((2.25 + 1.0 / 12.0) / f64::from(n)).sqrt();
        assert!(z.abs() < 4.0, "{z} standard errors");
    }
}
