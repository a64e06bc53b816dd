//! How well a router's score tells hard requests from easy ones.

use super::Tables;
use crate::model::MAX_TIERS;
use crate::simulation::rule::{Rule, Start};

/// Places in the order of the scores between which the curve is taken as a line; the area is then good to 1e-5.
const PLACES: usize = 220;

impl Tables {
    /// Probability that the score of a request on which the first tier of the chain fails is above that of one on which it succeeds, ties
    /// counted half. `None` where no score decides, or the tier never fails or never succeeds.
    pub fn score_auroc(&self, rule: &Rule) -> Option<f64> {
        let Start::Score { noise, .. } = rule.start else { return None };
        let tier = *rule.chain.first()?;
        let own = self.day.router_noise(noise);
        let cuts: Vec<f64> = (1..PLACES).map(|place| self.score_quantile(own, place as f64 / PLACES as f64)).collect();
        // Failures and successes below each cut.
        let mut below: Vec<[f64; 2]> = vec![[0.0; 2]];
        let mut whole = [0.0; 2];
        for cuts in cuts.chunks(MAX_TIERS - 1) {
            let masses = self.start_mass(&Start::Score { noise, cuts: cuts.to_vec() });
            let mut sum = [0.0; 2];
            for mass in &masses {
                for (pattern, weight) in mass.iter().flat_map(|patterns| patterns.iter().enumerate()) {
                    sum[pattern >> tier & 1] += weight;
                }
                below.push(sum);
            }
            // What is above the last cut of this group is the whole.
            below.pop();
            whole = sum;
        }
        below.push(whole);
        let [failed, good] = whole;
        if failed <= 0.0 || good <= 0.0 {
            return None;
        }
        let area: f64 = below
            .windows(2)
            .map(|pair| match pair {
                [a, b] => (b[0] - a[0]) * 0.5 * (a[1] + b[1]),
                _ => 0.0,
            })
            .sum();
        Some(area / (failed * good))
    }
}
