//! A table of requests in memory, column by column.

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
    /// Score of each answer, 0 to 1.
    pub scores: Vec<f64>,
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
                for (segment, score) in self.segment_of.iter().zip(&tier.scores) {
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
