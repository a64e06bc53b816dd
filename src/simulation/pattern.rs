//! Success patterns: which tiers succeed on a request. Bit `k` of a pattern is tier `k`.

use crate::model::MAX_TIERS;

/// `[plain, hidden-hard][below, beyond the hard edge][pattern]`, each kind of request summing to one.
pub(super) type KindPatterns = [[Vec<f64>; 2]; 2];

/// Probability of every success pattern (bit `k`: tier `k` succeeds) given each tier's success probability.
///
/// With probability κ one uniform serves all tiers, so that the patterns are nested; otherwise the tiers are independent.
pub fn pattern_probabilities(p: &[f64], shared_luck: f64, out: &mut [f64]) {
    out.fill(0.0);
    if let Some(first) = out.first_mut() {
        *first = 1.0 - shared_luck;
    }
    for (k, p) in p.iter().enumerate() {
        let half = 1 << k;
        for pattern in 0..half {
            let mass = out[pattern];
            out[pattern] = mass * (1.0 - p);
            out[pattern + half] = mass * p;
        }
    }
    if shared_luck > 0.0 {
        // With U in increasing order of p, tiers drop out one after the other.
        let mut order: [usize; MAX_TIERS] = std::array::from_fn(|k| k);
        let order = &mut order[..p.len().min(MAX_TIERS)];
        order.sort_by(|i, j| p[*i].total_cmp(&p[*j]));
        let mut alive = (1_usize << order.len()) - 1;
        let mut below = 0.0;
        for &k in order.iter() {
            out[alive] += shared_luck * (p[k] - below);
            below = p[k];
            alive &= !(1 << k);
        }
        out[alive] += shared_luck * (1.0 - below);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joint_success_is_that_of_the_design() {
        let (p, kappa) = ([0.3, 0.8], 0.6);
        let mut out = vec![0.0; 4];
        pattern_probabilities(&p, kappa, &mut out);
        assert!((out.iter().sum::<f64>() - 1.0).abs() < 1e-15);
        assert!((out[3] - (kappa * 0.3 + (1.0 - kappa) * 0.24)).abs() < 1e-15);
        assert!((out[1] + out[3] - 0.3).abs() < 1e-15);
        assert!((out[2] + out[3] - 0.8).abs() < 1e-15);
    }

    #[test]
    fn eight_tiers_keep_their_margins() {
        let p = [0.5, 0.1, 0.9, 0.9, 0.0, 1.0, 0.33, 0.62];
        let mut out = vec![0.0; 256];
        pattern_probabilities(&p, 0.4, &mut out);
        assert!((out.iter().sum::<f64>() - 1.0).abs() < 1e-14);
        for (k, expected) in p.iter().enumerate() {
            let margin: f64 = out.iter().enumerate().filter(|(i, _)| i >> k & 1 == 1).map(|(_, m)| m).sum();
            assert!((margin - expected).abs() < 1e-14, "tier {k}");
        }
    }
}
