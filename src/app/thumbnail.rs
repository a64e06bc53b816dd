//! Small pictures of scenarios: where each policy stands in cost and quality, for the cards of the library.

use crate::frontier::Stages;
use crate::model::Scenario;
use crate::simulation::world::World;

/// The points of a scenario.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Thumbnail {
    /// Cost and quality of every policy that the exact engine can tell, in production, each from 0 to 1 over what is shown.
    pub points: Vec<[f32; 2]>,
    /// Place of the baseline among them.
    pub baseline: Option<usize>,
    /// Which of them are in the trap.
    pub in_trap: Vec<bool>,
}

/// Works it out; `None` where the scenario cannot be simulated, as without its table.
pub fn of(scenario: &Scenario) -> Option<Thumbnail> {
    let world = World::compile(scenario).ok()?;
    let stages = Stages::new(&world).ok()?;
    let points = (0..scenario.policies.len()).filter_map(|policy| {
        let point = stages.exact_points(policy, None).ok().flatten()?.pop()?;
        Some((policy, point))
    });
    let (policies, points): (Vec<usize>, Vec<_>) = points.unzip();
    let baseline = policies.iter().position(|policy| *policy == stages.baseline);
    let in_trap = points.iter().map(|point| {
        let base = baseline.and_then(|baseline| points.get(baseline));
        base.is_some_and(|base| crate::frontier::metrics::in_trap(point, base))
    });
    let in_trap = in_trap.collect();
    let cost = scaled(points.iter().map(|point| point.inference_usd_per_1k).collect());
    let quality = scaled(points.iter().map(|point| point.quality).collect());
    let points = cost.into_iter().zip(quality).map(|(x, y)| [x, y]).collect();
    Some(Thumbnail { points, baseline, in_trap })
}

/// Values from 0 to 1 over their range.
fn scaled(values: Vec<f64>) -> Vec<f32> {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let width = if high > low { high - low } else { 1.0 };
    values.into_iter().map(|x| ((x - low) / width) as f32).collect()
}
