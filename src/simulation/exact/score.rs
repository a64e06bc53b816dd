//! How well a router's score tells hard requests from easy ones.

use super::Tables;
use crate::model::MAX_TIERS;
use crate::simulation::rule::{Rule, Start};

/// Steps between even cut points. Of a smooth curve the area is then known to 1e-7, as the error of half as many steps is taken off.
const EVEN: usize = 132;
/// Places in the order of the scores, where the curve has steps of its own and is taken as a line between them.
const PLACES: usize = 220;
/// Beyond so many standard deviations of every segment there are no scores.
const REACH: f64 = 6.5;

impl Tables {
    /// Probability that the score of a request on which the first tier of the chain fails is above that of one on which it succeeds, ties
    /// counted half. `None` where no score decides, or the tier never fails or never succeeds.
    pub fn score_auroc(&self, rule: &Rule) -> Option<f64> {
        let Start::Score { noise, .. } = rule.start else { return None };
        let tier = *rule.chain.first()?;
        let own = self.day.router_noise(noise);
        let even = self.even_cuts(own);
        let by_order = || (1..PLACES).map(|place| self.score_quantile(own, place as f64 / PLACES as f64)).collect();
        let is_even = even.is_some();
        let below = self.below(noise, &even.unwrap_or_else(by_order), tier);
        let [failed, good] = below.last().copied()?;
        if failed <= 0.0 || good <= 0.0 {
            return None;
        }
        let whole = area(&below);
        let area = if is_even {
            let coarse: Vec<[f64; 2]> = below.iter().step_by(2).copied().collect();
            whole + (whole - area(&coarse)) / 3.0
        } else {
            whole
        };
        Some((area / (failed * good)).clamp(0.0, 1.0))
    }

    /// Evenly spaced cut points over the scores with `noise` (logits); `None` where the scores are a table's, or lie closer than the steps.
    fn even_cuts(&self, noise: f64) -> Option<Vec<f64>> {
        if self.rows().is_some() {
            return None;
        }
        let scores = || self.day.segments.iter().map(|g| (g.surface_mean, g.surface_sd.hypot(noise)));
        let low = scores().map(|(mean, sd)| mean - REACH * sd).fold(f64::INFINITY, f64::min);
        let high = scores().map(|(mean, sd)| mean + REACH * sd).fold(f64::NEG_INFINITY, f64::max);
        let step = (high - low) / EVEN as f64;
        let is_fine = scores().all(|(_, sd)| sd > 1.5 * step);
        is_fine.then(|| (1..EVEN).map(|i| low + step * i as f64).collect())
    }

    /// Requests on which a tier fails, and on which it succeeds, below each cut point; first below all of them, last in all.
    fn below(&self, noise: f64, cuts: &[f64], tier: usize) -> Vec<[f64; 2]> {
        let mut below = vec![[0.0; 2]];
        for cuts in cuts.chunks(MAX_TIERS - 1) {
            // What is above the last cut of the group before comes again.
            if below.len() > 1 {
                below.pop();
            }
            let mut sum = [0.0; 2];
            for mass in &self.start_mass(&Start::Score { noise, cuts: cuts.to_vec() }) {
                for (pattern, weight) in mass.iter().flat_map(|patterns| patterns.iter().enumerate()) {
                    sum[pattern >> tier & 1] += weight;
                }
                below.push(sum);
            }
        }
        below
    }
}

/// The area under a curve of failures against successes, as lines between its points.
fn area(below: &[[f64; 2]]) -> f64 {
    below
        .windows(2)
        .map(|pair| match pair {
            [a, b] => (b[0] - a[0]) * 0.5 * (a[1] + b[1]),
            _ => 0.0,
        })
        .sum()
}
