//! Sums over rows, from which a policy without second calls has its figures.

/// Sums over rows by segment and kind (plain; only the most capable tier succeeds).
#[derive(Clone, Debug, PartialEq)]
pub struct Sums {
    pub(super) values: Vec<f64>,
    tiers: usize,
}

/// The sums of one segment and kind.
#[derive(Clone, Copy, Debug)]
pub struct Part<'s> {
    values: &'s [f64],
    tiers: usize,
}

impl Part<'_> {
    fn at(&self, field: usize) -> f64 {
        self.values.get(field).copied().unwrap_or(0.0)
    }

    /// Rows.
    pub fn rows(&self) -> f64 {
        self.at(0)
    }

    /// Rows beyond the hard edge.
    pub fn edge(&self) -> f64 {
        self.at(1)
    }

    /// Successes of a tier.
    pub fn success(&self, tier: usize) -> f64 {
        self.at(2 + tier)
    }

    /// Successes of a tier beyond the hard edge.
    pub fn edge_success(&self, tier: usize) -> f64 {
        self.at(2 + self.tiers + tier)
    }

    /// Cost of calling a tier, USD.
    pub fn usd(&self, tier: usize) -> f64 {
        self.at(2 + 2 * self.tiers + tier)
    }

    /// Cost of calling a tier where it fails, USD.
    pub fn failed_usd(&self, tier: usize) -> f64 {
        self.at(2 + 3 * self.tiers + tier)
    }

    /// Rows on which the baseline succeeds and a tier fails.
    pub fn worse(&self, tier: usize) -> f64 {
        self.at(2 + 4 * self.tiers + tier)
    }
}

/// Numbers of a segment and kind.
pub(super) fn width(tiers: usize) -> usize {
    2 + 5 * tiers
}

impl Sums {
    pub(super) fn zero(segments: usize, tiers: usize) -> Self {
        Self { values: vec![0.0; segments * 2 * width(tiers)], tiers }
    }

    /// Those of a segment and kind.
    pub fn part(&self, segment: usize, kind: usize) -> Part<'_> {
        let width = width(self.tiers);
        let from = (2 * segment + kind) * width;
        Part { values: self.values.get(from..from + width).unwrap_or_default(), tiers: self.tiers }
    }

    pub(super) fn add(&mut self, other: &Self, weight: f64) {
        for (to, from) in self.values.iter_mut().zip(&other.values) {
            *to += weight * from;
        }
    }
}
