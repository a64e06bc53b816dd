//! How hard the requests of a table are, from who succeeded on them.
//!
//! A one-parameter model of item response theory, with difficulty normal around each segment's mean and the same slope for all tiers. A tier's
//! ability on a segment follows from its mean score there (drawn towards its mean over all segments by the weight of one row) by the
//! closed approximation `E[logistic(a(θ − z))] ≈ logistic(aθ/√(1 + πa²/8))`, `z` standard normal (MacKay, *Neural Computation* 4, 1992);
//! the difficulty of a row is its posterior mean given the success pattern (expected a posteriori, Bock & Mislevy 1982).

use super::pattern::pattern_probabilities;
use super::quadrature;

/// Slope of the logistic, per logit.
const SLOPE: f64 = 1.3;
/// Spread of difficulty within a segment, logits: fixes the scale.
pub const SPREAD: f64 = 1.0;
/// Mean scores are kept this far from 0 and 1.
const MARGIN: f64 = 0.005;
/// Difficulties are rounded to this part of a logit: what is closer cannot be told apart.
const PER_LOGIT: f64 = 64.0;

fn logit(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

/// Difficulty of each pattern, `[segment][pattern]`, logits; `rows` are the rows of each.
pub fn estimate(rows: &[&[f64]], tiers: usize) -> Vec<Vec<f64>> {
    let successes = |rows: &[f64], k: usize| -> f64 {
        rows.iter().enumerate().filter(|(pattern, _)| pattern >> k & 1 == 1).map(|(_, n)| n).sum()
    };
    let sizes: Vec<f64> = rows.iter().map(|of| of.iter().sum()).collect();
    let all: f64 = sizes.iter().sum::<f64>().max(1e-300);
    let overall: Vec<f64> = (0..tiers).map(|k| rows.iter().map(|of| successes(of, k)).sum::<f64>() / all).collect();
    let stretch = (1.0 + std::f64::consts::PI * SLOPE * SLOPE / 8.0).sqrt() / SLOPE;
    let ability: Vec<Vec<f64>> = rows
        .iter()
        .zip(&sizes)
        .map(|(of, n)| {
            let mean = |(k, all): (usize, &f64)| (successes(of, k) + all) / (n + 1.0);
            overall.iter().enumerate().map(mean).map(|m| stretch * logit(m.clamp(MARGIN, 1.0 - MARGIN))).collect()
        })
        .collect();
    let on_average =
        |k: usize| -> f64 { ability.iter().zip(&sizes).map(|(a, n)| n / all * a.get(k).copied().unwrap_or(0.0)).sum() };
    let on_average: Vec<f64> = (0..tiers).map(on_average).collect();
    let nodes = quadrature::normal_nodes(0.0, SPREAD, 2.0 * quadrature::WIDEST_SD, &[]);
    rows.iter()
        .zip(&ability)
        .map(|(of, ability)| {
            let gap: f64 = ability.iter().zip(&on_average).map(|(own, all)| all - own).sum();
            let centre = gap / tiers.max(1) as f64;
            let (mut weights, mut moments) = (vec![0.0; of.len()], vec![0.0; of.len()]);
            let mut probabilities = vec![0.0; of.len()];
            for node in &nodes {
                let p: Vec<f64> = ability.iter().map(|a| 1.0 / (1.0 + (-SLOPE * (a - node.x)).exp())).collect();
                pattern_probabilities(&p, 0.0, &mut probabilities);
                for ((weight, moment), probability) in weights.iter_mut().zip(&mut moments).zip(&probabilities) {
                    *weight += node.weight * probability;
                    *moment += node.weight * probability * node.x;
                }
            }
            let posterior = |(weight, moment): (&f64, &f64)| if *weight > 0.0 { moment / weight } else { 0.0 };
            let exact = weights.iter().zip(&moments).map(posterior);
            exact.map(|z| ((centre + z) * PER_LOGIT).round() / PER_LOGIT).collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fewer_tiers_solve_is_harder_and_a_weaker_segment_too() {
        // Two segments, two tiers: in the second, fewer succeed.
        let easy = [10.0, 5.0, 25.0, 60.0];
        let hard = [40.0, 5.0, 35.0, 20.0];
        let difficulty = estimate(&[&easy, &hard], 2);
        for of in &difficulty {
            let &[none, weak, strong, both] = of.as_slice() else { continue };
            assert!(none > weak && none > strong && weak > both && strong > both, "{of:?}");
        }
        let mean = |rows: &[f64], d: &[f64]| rows.iter().zip(d).map(|(n, d)| n * d).sum::<f64>() / 100.0;
        assert!(mean(&hard, &difficulty[1]) > mean(&easy, &difficulty[0]) + 0.5);
    }

    #[test]
    fn difficulties_of_a_world_of_the_model_are_recovered() {
        // One segment and eight tiers of the model's own slope: the posterior mean over patterns has mean 0 and explains most of the
        // variance of 1, as eight answers of that slope can (test information at the centre about 8·a²/4).
        let tiers = 8;
        let nodes = quadrature::normal_nodes(0.0, 1.0, 1.0, &[]);
        let mut rows = vec![0.0; 1 << tiers];
        let mut probabilities = rows.clone();
        for node in &nodes {
            let p: Vec<f64> =
                (0..tiers).map(|k| 1.0 / (1.0 + (-SLOPE * (f64::from(k) * 0.3 - 1.0 - node.x)).exp())).collect();
            pattern_probabilities(&p, 0.0, &mut probabilities);
            for (to, from) in rows.iter_mut().zip(&probabilities) {
                *to += 1e5 * node.weight * from;
            }
        }
        let difficulty = estimate(&[&rows], tiers as usize);
        let n: f64 = rows.iter().sum();
        let mean: f64 = rows.iter().zip(&difficulty[0]).map(|(n, d)| n * d).sum::<f64>() / n;
        let variance: f64 = rows.iter().zip(&difficulty[0]).map(|(n, d)| n * (d - mean).powi(2)).sum::<f64>() / n;
        assert!(mean.abs() < 0.02, "{mean}");
        assert!(variance > 0.6 && variance < 0.9, "{variance}");
    }
}
