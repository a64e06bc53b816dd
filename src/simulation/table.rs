//! A table of requests in memory, column by column: traffic as it was, in place of a generated world.

/// Requests, each with what every tier's answer was worth.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Models, the cheapest first (without costs: the weakest first).
    pub tiers: Vec<TierColumn>,
    /// Names of the segments; at least one.
    pub segments: Vec<String>,
    /// Segment of each request.
    pub segment_of: Vec<u32>,
    /// Scores of routers.
    pub router_scores: Vec<RouterColumn>,
    /// Length of each prompt, characters; empty where it is not known.
    pub prompt_chars: Vec<f64>,
}

/// One model's answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TierColumn {
    /// Name of the model.
    pub name: String,
    /// Score of each answer.
    pub scores: Scores,
    /// Cost of each call, USD; empty where the table has none.
    pub costs_usd: Vec<f64>,
}

/// What a router said of each request: the higher, the more it wants the capable tier.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RouterColumn {
    /// Name of the router.
    pub name: String,
    /// Its scores.
    pub scores: Vec<f64>,
}

/// Scores of answers, 0 to 1. Most tables say right or wrong, which takes an eighth of the room.
#[derive(Clone, Debug, PartialEq)]
pub enum Scores {
    /// Wrong or right.
    Binary(Vec<bool>),
    /// Anything between.
    Graded(Vec<f64>),
}

impl Default for Scores {
    fn default() -> Self {
        Self::Binary(Vec::new())
    }
}

impl FromIterator<f64> for Scores {
    fn from_iter<I: IntoIterator<Item = f64>>(scores: I) -> Self {
        let mut column = Self::default();
        column.extend(scores);
        column
    }
}

impl Extend<f64> for Scores {
    fn extend<I: IntoIterator<Item = f64>>(&mut self, scores: I) {
        for score in scores {
            self.push(score);
        }
    }
}

impl Scores {
    /// Number of answers.
    pub fn len(&self) -> usize {
        match self {
            Self::Binary(all) => all.len(),
            Self::Graded(all) => all.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Score of an answer; 0 beyond the end.
    #[inline]
    pub fn at(&self, row: usize) -> f64 {
        match self {
            Self::Binary(all) => f64::from(u8::from(all.get(row).copied().unwrap_or(false))),
            Self::Graded(all) => all.get(row).copied().unwrap_or(0.0),
        }
    }

    /// Adds an answer.
    pub fn push(&mut self, score: f64) {
        match self {
            Self::Graded(all) => all.push(score),
            Self::Binary(all) if score == 0.0 || score == 1.0 => all.push(score != 0.0),
            Self::Binary(all) => {
                let mut graded: Vec<f64> = all.iter().map(|good| f64::from(u8::from(*good))).collect();
                graded.push(score);
                *self = Self::Graded(graded);
            }
        }
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = f64> + '_ {
        (0..self.len()).map(|row| self.at(row))
    }

    /// Their mean; 0 without any.
    pub fn mean(&self) -> f64 {
        match self {
            Self::Binary(all) if all.is_empty() => 0.0,
            Self::Binary(all) => all.iter().filter(|good| **good).count() as f64 / all.len() as f64,
            Self::Graded(all) => mean(all),
        }
    }
}

impl Table {
    /// Number of requests.
    pub fn rows(&self) -> usize {
        self.segment_of.len()
    }

    /// Whether calls have costs of their own.
    pub fn has_costs(&self) -> bool {
        self.tiers.iter().all(|t| !t.costs_usd.is_empty())
    }

    /// Requests of each segment.
    pub fn segment_sizes(&self) -> Vec<u64> {
        let mut sizes = vec![0; self.segments.len()];
        for segment in &self.segment_of {
            if let Some(size) = sizes.get_mut(*segment as usize) {
                *size += 1;
            }
        }
        sizes
    }

    /// Mean score of each tier in each segment, `[tier][segment]`.
    pub fn mean_scores(&self) -> Vec<Vec<f64>> {
        let sizes = self.segment_sizes();
        self.tiers
            .iter()
            .map(|tier| {
                let mut sums = vec![0.0; sizes.len()];
                for (segment, score) in self.segment_of.iter().zip(tier.scores.iter()) {
                    if let Some(sum) = sums.get_mut(*segment as usize) {
                        *sum += score;
                    }
                }
                sums.iter().zip(&sizes).map(|(sum, n)| sum / (*n).max(1) as f64).collect()
            })
            .collect()
    }
}

/// Mean of a column.
pub fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// Which tiers succeed on a request, as sets with their weights (bit `k`: tier `k` succeeds; the weights sum to one). A graded score is
/// success of the part of the luck that lies below it, the same luck for all tiers, so that the sets are nested.
pub fn nested_patterns(scores: &[f64], mut visit: impl FnMut(usize, f64)) {
    let mut alive = scores.iter().enumerate().filter(|(_, s)| **s > 0.0).fold(0, |set, (k, _)| set | 1_usize << k);
    let mut below = 0.0;
    while alive != 0 {
        let least = scores.iter().enumerate().filter(|(k, _)| alive >> k & 1 == 1).map(|(_, s)| *s).fold(1.0, f64::min);
        if least > below {
            visit(alive, least - below);
        }
        below = least;
        for (k, _) in scores.iter().enumerate().filter(|(_, s)| **s <= least) {
            alive &= !(1 << k);
        }
    }
    if below < 1.0 {
        visit(0, 1.0 - below);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn graded_scores_make_nested_patterns() {
        let patterns = |scores: &[f64]| {
            let mut found = Vec::new();
            nested_patterns(scores, |pattern, weight| found.push((pattern, weight)));
            found
        };
        // Luck below 0.25: both; up to 0.75: the second; beyond: none.
        assert_eq!(patterns(&[0.25, 0.75]), [(0b11, 0.25), (0b10, 0.5), (0, 0.25)]);
        assert_eq!(patterns(&[1.0, 0.0]), [(0b01, 1.0)]);
        assert_eq!(patterns(&[0.5, 0.5]), [(0b11, 0.5), (0, 0.5)]);
        assert_eq!(patterns(&[0.0, 0.0]), [(0, 1.0)]);
        assert_eq!(patterns(&[1.0, 1.0]), [(0b11, 1.0)]);
    }

    #[test]
    fn a_graded_score_keeps_those_before_it() {
        let mut scores: Scores = [1.0, 0.0].into_iter().collect();
        assert!(matches!(scores, Scores::Binary(_)));
        scores.push(0.25);
        scores.push(1.0);
        assert_eq!(scores, Scores::Graded(vec![1.0, 0.0, 0.25, 1.0]));
        assert!((scores.mean() - 0.5625).abs() < 1e-15);
    }
}
