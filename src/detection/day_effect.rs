//! Functions of the day effect: tabulated once, evaluated for every day of every replicate.
//!
//! The day effects that occur are cut into pieces, each with a polynomial of its own. One piece does for the usual spread; a
//! wide spread, or tiers that discriminate sharply, take more.

use crate::simulation::quadrature;

/// Nodes of a piece.
pub const NODES: usize = 8;
/// The pieces together span this many standard deviations to either side.
const SPAN: f64 = 4.5;
/// Half of the widest piece that is tried, logits: there a logistic with discrimination 1.3 is met to 3e-5.
const WIDEST: f64 = 2.25;
/// Most pieces.
const MOST_PIECES: usize = 64;

/// A quantity at each node of a piece.
pub type Table = [f64; NODES];

/// A day effect on the grid: its piece, and the weights of the piece's nodes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Which piece.
    pub piece: usize,
    /// Lagrange weights of its nodes.
    pub weights: Table,
}

/// Chebyshev nodes over the day effects that occur, piece by piece, and weights of their normal distribution on them.
#[derive(Clone, Debug)]
pub struct Grid {
    /// Day effects of each piece's nodes, logits.
    pub nodes: Vec<Table>,
    /// Weights that average tables over the day effect, a table a piece.
    pub mean_weights: Vec<Table>,
    sd: f64,
    /// Cosines of the nodes' angles, and sines with their signs in turn: a place is looked up for every day of every run.
    angles: [(f64, f64); NODES],
}

impl Grid {
    /// For day effects with this standard deviation, logits. Pieces are halved until what `look` says of a day effect is
    /// interpolated to `tolerance` wherever that is checked, or there are very many.
    pub fn checked(sd: f64, tolerance: f64, look: impl Fn(f64) -> Vec<f64>) -> Self {
        let mut grid = Self::new(sd, (SPAN * sd / WIDEST).ceil().max(1.0) as usize);
        while sd > 0.0 && grid.pieces() < MOST_PIECES && grid.error(&look) > tolerance {
            grid = Self::new(sd, 2 * grid.pieces());
        }
        grid
    }

    /// With so many pieces.
    fn new(sd: f64, pieces: usize) -> Self {
        let pieces = if sd > 0.0 { pieces.clamp(1, MOST_PIECES) } else { 1 };
        let sign = |j: usize| if j.is_multiple_of(2) { 1.0 } else { -1.0 };
        let angles = std::array::from_fn(|j| (angle(j).cos(), sign(j) * angle(j).sin()));
        let mut grid = Self { nodes: vec![[0.0; NODES]; pieces], mean_weights: vec![[0.0; NODES]; pieces], sd, angles };
        for (piece, nodes) in grid.nodes.iter_mut().enumerate() {
            *nodes = std::array::from_fn(|j| (centre(piece, pieces) - angle(j).cos() / pieces as f64) * SPAN * sd);
        }
        let ends: Vec<f64> = (1..pieces).map(|end| (2.0 * end as f64 / pieces as f64 - 1.0) * SPAN * sd).collect();
        for node in quadrature::normal_nodes(0.0, sd, sd.max(1e-300), &ends) {
            let place = grid.place(node.x);
            if let Some(weights) = grid.mean_weights.get_mut(place.piece) {
                for (sum, weight) in weights.iter_mut().zip(place.weights) {
                    *sum += node.weight * weight;
                }
            }
        }
        grid
    }

    /// Number of pieces.
    pub fn pieces(&self) -> usize {
        self.nodes.len()
    }

    /// Number of nodes of a piece that differ from one another.
    pub fn distinct(&self) -> usize {
        if self.sd > 0.0 { NODES } else { 1 }
    }

    /// The place of a day effect: Lagrange weights by the first barycentric formula for Chebyshev nodes (Berrut & Trefethen,
    /// *SIAM Review* 46, 2004).
    pub fn place(&self, effect: f64) -> Place {
        let mut weights = [0.0; NODES];
        if self.sd <= 0.0 {
            weights[0] = 1.0;
            return Place { piece: 0, weights };
        }
        let pieces = self.pieces();
        let x = (effect / (SPAN * self.sd)).clamp(-1.0, 1.0);
        let piece = (((x + 1.0) * 0.5 * pieces as f64) as usize).min(pieces - 1);
        let x = (x - centre(piece, pieces)) * pieces as f64;
        let mut sum = 0.0;
        for (j, (weight, (cosine, sine))) in weights.iter_mut().zip(self.angles).enumerate() {
            let distance = x + cosine;
            if distance.abs() < 1e-12 {
                weights = [0.0; NODES];
                weights[j] = 1.0;
                return Place { piece, weights };
            }
            *weight = sine / distance;
            sum += *weight;
        }
        Place { piece, weights: weights.map(|w| w / sum) }
    }

    /// Largest error of what `look` says, half way between nodes at both ends and in the middle of each piece.
    fn error(&self, look: &impl Fn(f64) -> Vec<f64>) -> f64 {
        let mut most = 0.0_f64;
        for nodes in &self.nodes {
            let known = nodes.map(look);
            for j in [0, NODES / 2 - 1, NODES - 2] {
                let effect = 0.5 * (nodes[j] + nodes[j + 1]);
                let weights = self.place(effect).weights;
                for (quantity, exact) in look(effect).into_iter().enumerate() {
                    let table: Table = std::array::from_fn(|j| known[j].get(quantity).copied().unwrap_or(0.0));
                    most = most.max((at(&table, &weights) - exact).abs());
                }
            }
        }
        most
    }
}

/// The middle of a piece when all of them span −1 to 1.
fn centre(piece: usize, pieces: usize) -> f64 {
    (2 * piece + 1) as f64 / pieces as f64 - 1.0
}

/// Angle of a Chebyshev node.
fn angle(j: usize) -> f64 {
    std::f64::consts::PI * (j as f64 + 0.5) / NODES as f64
}

/// A table at interpolation weights.
#[inline]
pub fn at(table: &Table, weights: &Table) -> f64 {
    // As a tree: a chain of eight additions would wait for each of them.
    let p: Table = std::array::from_fn(|j| table[j] * weights[j]);
    ((p[0] + p[4]) + (p[1] + p[5])) + ((p[2] + p[6]) + (p[3] + p[7]))
}

/// Tables of all pieces averaged over the day effect.
pub fn mean(tables: &[Table], weights: &[Table]) -> f64 {
    tables.iter().zip(weights).map(|(table, weights)| at(table, weights)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logistic(slope: f64) -> impl Fn(f64) -> f64 {
        move |x| 1.0 / (1.0 + (-slope * (x - 0.4)).exp())
    }

    #[test]
    fn a_logistic_is_interpolated_and_averaged_at_any_spread() {
        for (sd, slope) in [(0.05, 1.3), (0.3, 1.3), (0.5, 4.0), (1.0, 1.3), (2.0, 1.3), (5.0, 1.3), (5.0, 4.0)] {
            let f = logistic(slope);
            let grid = Grid::checked(sd, 1e-4, |x| vec![f(x)]);
            let tables: Vec<Table> = grid.nodes.iter().map(|nodes| nodes.map(&f)).collect();
            for i in -450..=450 {
                let effect = f64::from(i) * 0.01 * sd;
                let place = grid.place(effect);
                let off = at(&tables[place.piece], &place.weights) - f(effect);
                assert!(off.abs() < 2e-4, "sd {sd}, slope {slope}, {effect}: {off}");
            }
            let exact: f64 = quadrature::normal_nodes(0.0, sd, 0.05, &[]).iter().map(|n| n.weight * f(n.x)).sum();
            assert!((mean(&tables, &grid.mean_weights) - exact).abs() < 2e-5, "sd {sd}, slope {slope}");
        }
    }

    #[test]
    fn the_usual_spread_takes_one_piece() {
        let f = logistic(1.3);
        for sd in [0.0, 0.05, 0.3] {
            assert_eq!(Grid::checked(sd, 1e-4, |x| vec![f(x)]).pieces(), 1, "sd {sd}");
        }
        // What cannot be met does not go on for ever.
        assert_eq!(Grid::checked(1.0, 1e-4, |x| vec![(x - 0.123).signum()]).pieces(), MOST_PIECES);
    }

    #[test]
    fn without_day_effect_there_is_one_node() {
        let grid = Grid::checked(0.0, 1e-4, |_| vec![0.0]);
        let table: Table = std::array::from_fn(|j| if j == 0 { 0.7 } else { 0.1 });
        let place = grid.place(0.0);
        assert!((table[0] * place.weights[0] - 0.7).abs() < 1e-15 && grid.distinct() == 1 && place.piece == 0);
        assert!((grid.mean_weights[0][0] - 1.0).abs() < 1e-12);
    }
}
