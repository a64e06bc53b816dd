//! Functions of the day effect: tabulated once, evaluated for every day of every replicate.

use crate::simulation::quadrature;

/// Nodes of a table.
pub const NODES: usize = 8;
/// The nodes span this many standard deviations to either side.
const SPAN: f64 = 4.5;

/// A quantity at each node.
pub type Table = [f64; NODES];

/// Chebyshev nodes over the day effects that occur, and weights of its normal distribution on them.
#[derive(Clone, Debug)]
pub struct Grid {
    /// Day effects, logits.
    pub nodes: [f64; NODES],
    /// Weights that average a table over the day effect.
    pub mean_weights: Table,
    sd: f64,
}

impl Grid {
    /// For day effects with this standard deviation, logits.
    pub fn new(sd: f64) -> Self {
        let nodes = std::array::from_fn(|j| {
            let angle = std::f64::consts::PI * (j as f64 + 0.5) / NODES as f64;
            -SPAN * sd * angle.cos()
        });
        let mut grid = Self { nodes, mean_weights: [0.0; NODES], sd };
        for node in quadrature::normal_nodes(0.0, sd, sd.max(1e-300), &[]) {
            let weights = grid.weights(node.x);
            for (sum, weight) in grid.mean_weights.iter_mut().zip(weights) {
                *sum += node.weight * weight;
            }
        }
        grid
    }

    /// Number of nodes that differ from one another.
    pub fn distinct(&self) -> usize {
        if self.sd > 0.0 { NODES } else { 1 }
    }

    /// Lagrange weights that interpolate a table at `effect` (first barycentric formula for Chebyshev nodes: Berrut & Trefethen,
    /// *SIAM Review* 46, 2004).
    pub fn weights(&self, effect: f64) -> Table {
        let mut weights = [0.0; NODES];
        if self.sd <= 0.0 {
            weights[0] = 1.0;
            return weights;
        }
        let x = (effect / (SPAN * self.sd)).clamp(-1.0, 1.0);
        let mut sum = 0.0;
        for (j, weight) in weights.iter_mut().enumerate() {
            let angle = std::f64::consts::PI * (j as f64 + 0.5) / NODES as f64;
            let distance = x + angle.cos();
            if distance.abs() < 1e-12 {
                weights = [0.0; NODES];
                weights[j] = 1.0;
                return weights;
            }
            *weight = if j % 2 == 0 { 1.0 } else { -1.0 } * angle.sin() / distance;
            sum += *weight;
        }
        weights.map(|w| w / sum)
    }
}

/// A table at interpolation weights.
#[inline]
pub fn at(table: &Table, weights: &Table) -> f64 {
    // As a tree: a chain of eight additions would wait for each of them.
    let p: Table = std::array::from_fn(|j| table[j] * weights[j]);
    ((p[0] + p[4]) + (p[1] + p[5])) + ((p[2] + p[6]) + (p[3] + p[7]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logistic_is_interpolated_and_averaged() {
        let grid = Grid::new(0.3);
        let logistic = |x: f64| 1.0 / (1.0 + (-1.3 * (x - 0.4)).exp());
        let table = grid.nodes.map(logistic);
        for i in -40..=40 {
            let effect = f64::from(i) * 0.03;
            assert!((at(&table, &grid.weights(effect)) - logistic(effect)).abs() < 5e-5, "{effect}");
        }
        let exact: f64 = quadrature::normal_nodes(0.0, 0.3, 0.05, &[]).iter().map(|n| n.weight * logistic(n.x)).sum();
        assert!((at(&table, &grid.mean_weights) - exact).abs() < 2e-5);
    }

    #[test]
    fn without_day_effect_there_is_one_node() {
        let grid = Grid::new(0.0);
        let table: Table = std::array::from_fn(|j| if j == 0 { 0.7 } else { 0.1 });
        let weights = grid.weights(0.0);
        assert!((table[0] * weights[0] - 0.7).abs() < 1e-15 && grid.distinct() == 1);
        assert!((grid.mean_weights[0] - 1.0).abs() < 1e-12);
    }
}
