//! Intervals of a replay: the table is a sample of the traffic, so its rows are drawn again with replacement (Efron, *Annals of Statistics* 7,
//! 1979), the same rows for every policy, and an interval holds the middle 95 % of what comes out.
//!
//! Large tables are dealt into groups by a hash of the row, and groups are drawn: that costs the same for ten million rows as for a thousand.

use rand::RngExt;

use super::Stages;
use super::point::Intervals;
use crate::model::Economics;
use crate::policy;
use crate::simulation::random::{Address, Purpose, mixed};
use crate::simulation::row_outcomes::RowOutcomes;
use crate::simulation::world::WorldError;

/// Groups of rows at the most.
const GROUPS: usize = 1000;
/// Draws.
const DRAWS: u32 = 1000;
/// What is summed over a group: weight, good, beyond the hard edge, good there, inference USD, downstream USD.
const FIGURES: usize = 6;

/// Sums of a policy over each group of rows.
pub type Sums = Vec<[f64; FIGURES]>;

/// Sums of a policy at a knob setting over each group of rows; none where the world is generated.
///
/// # Errors
/// When the policy cannot be compiled.
pub fn sums(stages: &Stages<'_>, stage: usize, policy: usize, setting: Option<f64>) -> Result<Sums, WorldError> {
    let world = stages.launch.world;
    let Some(tables) = stages.tables().nth(stage) else { return Ok(Vec::new()) };
    let Some(count) = tables.row_count() else { return Ok(Vec::new()) };
    let definition = world.scenario.policies.get(policy).ok_or(WorldError::Missing("policy"))?;
    let compiled = policy::compile(&stages.launch, definition, setting)?;
    let economics = &world.scenario.economics;
    let mut sums = vec![[0.0; FIGURES]; count.min(GROUPS)];
    for (rule, share) in stages.rules(&compiled, stage) {
        let Some(outcomes) = RowOutcomes::new(tables, &rule) else { continue };
        outcomes.for_each(|row, segment, outcome| {
            let group = if count <= GROUPS { row } else { (mixed(row as u64 + 1) % GROUPS as u64) as usize };
            let Some(sums) = sums.get_mut(group) else { return };
            let stakes = tables.day.segments.get(segment).map_or(1.0, |g| g.stakes);
            let figures = [
                outcome.weight,
                outcome.good,
                outcome.edge,
                outcome.edge_good,
                outcome.usd + economics.reask * outcome.failed_usd,
                stakes * downstream_usd(economics, outcome.weight, outcome.good),
            ];
            for (sum, figure) in sums.iter_mut().zip(figures) {
                *sum += share * figure;
            }
        });
    }
    Ok(sums)
}

fn downstream_usd(economics: &Economics, weight: f64, good: f64) -> f64 {
    let follows = [economics.ticket, economics.churn, economics.incident];
    follows.iter().map(|c| c.usd * (c.failed * (weight - good) + c.ok * good)).sum()
}

/// 95 % percentile intervals of each policy; gaps of quality are against the baseline on the same draws.
pub fn intervals(seed: u64, baseline: &Sums, all: &[Sums]) -> Vec<Option<Intervals>> {
    let groups = baseline.len();
    if groups < 2 {
        return vec![None; all.len()];
    }
    let mut drawn: Vec<Vec<[f64; FIGURES]>> = vec![Vec::with_capacity(DRAWS as usize); 1 + all.len()];
    let mut counts = vec![0.0_f64; groups];
    for draw in 0..DRAWS {
        let mut rng = Address { seed, replicate: draw, day: 0, purpose: Purpose::Bootstrap }.generator(0);
        counts.fill(0.0);
        for _ in 0..groups {
            if let Some(count) = counts.get_mut(rng.random_range(0..groups)) {
                *count += 1.0;
            }
        }
        for (drawn, sums) in drawn.iter_mut().zip(std::iter::once(baseline).chain(all)) {
            let mut total = [0.0; FIGURES];
            for (count, sums) in counts.iter().zip(sums) {
                for (total, sum) in total.iter_mut().zip(sums) {
                    *total += count * sum;
                }
            }
            drawn.push(total);
        }
    }
    let Some((of_baseline, drawn)) = drawn.split_first() else { return Vec::new() };
    let quality = |[weight, good, ..]: &[f64; FIGURES]| good / weight;
    drawn
        .iter()
        .map(|drawn| {
            let of = |figure: &dyn Fn(&[f64; FIGURES]) -> f64| middle(drawn.iter().map(figure).collect());
            let has_edge = drawn.iter().all(|[_, _, edge, ..]| *edge > 0.0);
            Some(Intervals {
                quality: of(&quality),
                quality_gap: middle(of_baseline.iter().zip(drawn).map(|(b, p)| quality(b) - quality(p)).collect()),
                hard_edge_quality: has_edge.then(|| of(&|[_, _, edge, good, ..]| good / edge)),
                inference_usd_per_1k: of(&|[weight, _, _, _, usd, _]| 1000.0 * usd / weight),
                downstream_usd_per_1k: of(&|[weight, _, _, _, _, usd]| 1000.0 * usd / weight),
                total_usd_per_1k: of(&|[weight, _, _, _, inference, downstream]| {
                    1000.0 * (inference + downstream) / weight
                }),
            })
        })
        .collect()
}

/// The middle 95 % of some values.
fn middle(mut values: Vec<f64>) -> [f64; 2] {
    values.sort_by(f64::total_cmp);
    [0.025, 0.975].map(|p| {
        let at = p * values.len().saturating_sub(1) as f64;
        let (low, part) = (at as usize, at.fract());
        let value = |i: usize| values.get(i).or(values.last()).copied().unwrap_or(0.0);
        value(low) + part * (value(low + 1) - value(low))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_mean_is_as_wide_as_its_standard_error_says() {
        // 400 rows with a good answer on 80 % of them: standard error √(0.8·0.2/400) = 0.02.
        let sums: Sums = (0..400).map(|i| [1.0, f64::from(u8::from(i % 5 != 0)), 0.0, 0.0, 0.002, 0.01]).collect();
        let found = intervals(1, &sums, std::slice::from_ref(&sums));
        let Some(Some(interval)) = found.first() else { return assert!(found.is_empty(), "no interval") };
        let [low, high] = interval.quality;
        // The percentile interval of 1,000 draws is known to about 5 % of its width.
        assert!((high - low - 2.0 * 1.96 * 0.02).abs() < 0.006, "{low} {high}");
        assert!((0.5 * (low + high) - 0.8).abs() < 0.004);
        assert!((interval.inference_usd_per_1k[0] - 2.0).abs() < 1e-9, "what does not vary has no width");
        assert!((interval.total_usd_per_1k[1] - 12.0).abs() < 1e-9);
        assert_eq!(interval.hard_edge_quality, None);
        assert_eq!(interval.quality_gap, [0.0, 0.0], "a policy against itself");
    }

    #[test]
    fn a_gap_is_as_wide_as_the_differences_on_the_same_rows_say() {
        let good = |fails: &dyn Fn(u32) -> bool| -> Sums {
            (0..400).map(|i| [1.0, f64::from(u8::from(!fails(i))), 0.0, 0.0, 0.0, 0.0]).collect()
        };
        // Both fail on a fifth of the rows, the policy on 5 % more: variance of a difference 0.05·0.95, whatever the qualities' own.
        let (baseline, policy) = (good(&|i| i % 5 == 0), good(&|i| i % 5 == 0 || i % 20 == 1));
        let found = intervals(1, &baseline, &[policy]);
        let Some(Some(interval)) = found.first() else { return assert!(found.is_empty(), "no interval") };
        let [low, high] = interval.quality_gap;
        let standard_error = (0.05_f64 * 0.95 / 400.0).sqrt();
        assert!((high - low - 2.0 * 1.96 * standard_error).abs() < 0.004, "{low} {high}");
        assert!((0.5 * (low + high) - 0.05).abs() < 0.003);
    }

    #[test]
    fn the_middle_of_a_hundred_and_one_values() {
        let [low, high] = middle((0..=100).rev().map(f64::from).collect());
        assert!((low - 2.5).abs() < 1e-12 && (high - 97.5).abs() < 1e-12);
    }
}
