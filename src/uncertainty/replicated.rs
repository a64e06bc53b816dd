//! An estimate with its error, from a few independent replicates.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// An estimate and its standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Its standard error.
    pub se: f64,
}

impl Estimate {
    /// A value from all replicates together, and its error from the scatter of the same figure in each replicate alone.
    pub fn pooled(value: f64, replicates: &[f64]) -> Self {
        let n = replicates.len() as f64;
        let mean = replicates.iter().sum::<f64>() / n.max(1.0);
        let squares: f64 = replicates.iter().map(|x| (x - mean).powi(2)).sum();
        let se = if n > 1.0 { (squares / (n - 1.0) / n).sqrt() } else { f64::INFINITY };
        Self { value, se }
    }

    /// A value from all replicates together, and its error from the same figure without each of them (the jackknife; Tukey 1958). For
    /// figures that need many points.
    pub fn jackknifed(value: f64, without: &[f64]) -> Self {
        let n = without.len() as f64;
        let mean = without.iter().sum::<f64>() / n.max(1.0);
        let squares: f64 = without.iter().map(|x| (x - mean).powi(2)).sum();
        Self { value, se: if n > 1.0 { ((n - 1.0) / n * squares).sqrt() } else { f64::INFINITY } }
    }

    /// The 95 % interval by Student's t, from so many replicates.
    pub fn interval(&self, replicates: usize) -> [f64; 2] {
        let degrees = replicates.saturating_sub(1) as f64;
        let t = StudentsT::new(0.0, 1.0, degrees.max(1.0)).map_or(1.96, |t| t.inverse_cdf(0.975));
        [self.value - t * self.se, self.value + t * self.se]
    }
}
