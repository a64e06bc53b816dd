//! Traffic that is generated: difficulty and what a router sees of it are normal by segment.

use crate::simulation::day::{DayWorld, SegmentState};
use crate::simulation::normal::{self, Component};

/// Difficulty of which a tenth of the requests of `launch` has more, day effects included, logits.
pub(super) fn hard_edge(launch: &DayWorld, day_sd: f64) -> f64 {
    let day_variance = day_sd.powi(2);
    let mut mixture = Vec::new();
    for g in &launch.segments {
        mixture.push(Component {
            weight: g.share * (1.0 - g.hidden_share),
            mean: g.surface_mean + g.unseen_shift,
            sd: (g.surface_sd.powi(2) + day_variance).sqrt(),
        });
        mixture.push(Component {
            weight: g.share * g.hidden_share,
            mean: g.hidden_mean,
            sd: (g.hidden_sd.powi(2) + day_variance).sqrt(),
        });
    }
    normal::mixture_quantile(&mixture, 0.9)
}

/// Share of the day's traffic with a score below `x`.
pub(super) fn score_below(day: &DayWorld, noise: f64, x: f64) -> f64 {
    let of = |g: &SegmentState| g.share * normal::cdf_at(x, g.surface_mean, g.surface_sd.hypot(noise));
    day.segments.iter().map(of).sum()
}
