//! A generated world fitted to a table, so that a team can ask of its own log what happens if traffic drifts.
//!
//! Difficulty is standard normal around each segment's mean; the ability of a tier on a segment is solved so that its mean score
//! there is that of the table (drawn towards the tier's overall mean by the weight of one request). What ties tiers together — a common
//! discrimination, the asymptotes, shared luck — maximises the marginal likelihood of the success patterns (which tiers succeed on the same
//! request), with the pattern summed over difficulty by quadrature: marginal maximum likelihood as in Bock & Aitkin,
//! *Psychometrika* 46, 1981, for the few common parameters, and the method of moments for the many others. One answer a tier and request does not tell luck
//! from discrimination when there are two tiers; a weak prior (Beta(3, 3) on shared luck, log-normal around 1.3 on discrimination) decides then.

use std::sync::Arc;

use super::policies::policies;
use super::{Assumptions, import};
use crate::frontier::Stages;
use crate::model::{
    Change, Event, EventKind, Hidden, MAX_GENERATED_TIERS, MAX_SEGMENTS, Normal, Scenario, Segment, Tier, Tokens,
};
use crate::policy::{Cascade, Classifier, Random};
use crate::simulation::normal;
use crate::simulation::pattern::pattern_probabilities;
use crate::simulation::quadrature::{self, Node};
use crate::simulation::rows::{Rows, Spec, Spread};
use crate::simulation::table::{Table, mean, nested_patterns};
use crate::simulation::traffic::Traffic;
use crate::simulation::world::World;

/// Discriminations tried, per logit.
const DISCRIMINATIONS: [f64; 10] = [0.4, 0.6, 0.8, 1.0, 1.3, 1.6, 2.0, 2.5, 3.2, 4.0];
/// Lower asymptotes tried: answers guessed right.
const LOWERS: [f64; 4] = [0.0, 0.1, 0.2, 0.25];
/// Upper asymptotes tried: slips on the easiest requests.
const UPPERS: [f64; 4] = [1.0, 0.99, 0.97, 0.94];
/// Noise of a router that says nothing of difficulty, logits.
const NO_ROUTER_NOISE: f64 = 20.0;
/// What the event of a fitted world adds to every difficulty, logits.
const WHAT_IF_LOGITS: f64 = 0.4;
/// Noise assumed where the table has no router score, logits.
const USUAL_NOISE: f64 = 1.0;

/// A figure of the table and of the fitted world.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// What it is.
    pub what: String,
    /// In the table.
    pub table: f64,
    /// In the fitted world.
    pub fitted: f64,
}

/// A fitted world.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// The scenario.
    pub scenario: Scenario,
    /// How well it reproduces the table.
    pub compared: Vec<Compared>,
    /// Largest difference of a tier's mean on a segment of at least 200 requests.
    pub worst_segment: f64,
    /// Requests fitted to.
    pub rows: usize,
}

/// Common parameters.
#[derive(Clone, Copy, Debug)]
struct Common {
    discrimination: f64,
    lower: f64,
    upper: f64,
}

impl Common {
    fn success(&self, ability: f64, difficulty: f64) -> f64 {
        self.lower + (self.upper - self.lower) / (1.0 + (-self.discrimination * (ability - difficulty)).exp())
    }

    /// Mean success over standard normal difficulty.
    fn mean_success(&self, ability: f64, nodes: &[Node]) -> f64 {
        nodes.iter().map(|n| n.weight * self.success(ability, n.x)).sum()
    }

    /// The ability with a mean success, by bisection.
    fn ability(&self, target: f64, nodes: &[Node]) -> f64 {
        let (mut low, mut high) = (-12.0, 12.0);
        for _ in 0..50 {
            let middle = 0.5 * (low + high);
            if self.mean_success(middle, nodes) < target {
                low = middle;
            } else {
                high = middle;
            }
        }
        0.5 * (low + high)
    }
}

/// Success patterns of a segment: how many requests each set of tiers succeeded on.
#[derive(Clone, Debug)]
struct Patterns {
    requests: f64,
    means: Vec<f64>,
    counts: Vec<f64>,
}

fn patterns_of(table: &Table) -> Vec<Patterns> {
    let tiers = table.tiers.len();
    let empty = || Patterns { requests: 0.0, means: vec![0.0; tiers], counts: vec![0.0; 1 << tiers] };
    let mut all: Vec<Patterns> = table.segments.iter().map(|_| empty()).collect();
    let mut scores = vec![0.0; tiers];
    for (row, segment) in table.segment_of.iter().enumerate() {
        let Some(patterns) = all.get_mut(*segment as usize) else { continue };
        for (score, tier) in scores.iter_mut().zip(&table.tiers) {
            *score = tier.scores.at(row);
        }
        patterns.requests += 1.0;
        for (sum, score) in patterns.means.iter_mut().zip(&scores) {
            *sum += score;
        }
        nested_patterns(&scores, |pattern, weight| {
            if let Some(count) = patterns.counts.get_mut(pattern) {
                *count += weight;
            }
        });
    }
    for patterns in &mut all {
        for m in &mut patterns.means {
            *m /= patterns.requests.max(1.0);
        }
    }
    all
}

/// Probabilities of the patterns with independent luck and with luck shared, by segment.
fn model_patterns(common: &Common, abilities: &[Vec<f64>], nodes: &[Node]) -> Vec<[Vec<f64>; 2]> {
    abilities
        .iter()
        .map(|abilities| {
            let n = 1 << abilities.len();
            let mut sums = [vec![0.0; n], vec![0.0; n]];
            let mut out = vec![0.0; n];
            for node in nodes {
                let p: Vec<f64> = abilities.iter().map(|a| common.success(*a, node.x)).collect();
                for (luck, sum) in [0.0, 1.0].into_iter().zip(&mut sums) {
                    pattern_probabilities(&p, luck, &mut out);
                    for (to, from) in sum.iter_mut().zip(&out) {
                        *to += node.weight * from;
                    }
                }
            }
            sums
        })
        .collect()
}

fn log_likelihood(data: &[Patterns], model: &[[Vec<f64>; 2]], luck: f64) -> f64 {
    let mut sum = 0.0;
    for (patterns, [independent, shared]) in data.iter().zip(model) {
        for ((count, a), b) in patterns.counts.iter().zip(independent).zip(shared) {
            if *count > 0.0 {
                sum += count * ((1.0 - luck) * a + luck * b).max(1e-12).ln();
            }
        }
    }
    sum
}

/// Logarithm of the prior: Beta(3, 3) on luck, log-normal around 1.3 on discrimination, guessing and slips unlikely.
fn log_prior(common: &Common, luck: f64) -> f64 {
    let luck = luck.clamp(1e-6, 1.0 - 1e-6);
    2.0 * (luck * (1.0 - luck)).ln()
        - 0.5 * ((common.discrimination / 1.3).ln() / 0.5).powi(2)
        - 20.0 * common.lower
        - 20.0 * (1.0 - common.upper)
}

/// The best shared luck, by golden section: the likelihood is concave in it.
fn best_luck(data: &[Patterns], model: &[[Vec<f64>; 2]], common: &Common) -> (f64, f64) {
    let value = |luck: f64| log_likelihood(data, model, luck) + log_prior(common, luck);
    let golden = 0.5 * (5.0_f64.sqrt() - 1.0);
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..40 {
        let (a, b) = (high - golden * (high - low), low + golden * (high - low));
        if value(a) < value(b) {
            low = a;
        } else {
            high = b;
        }
    }
    let luck = 0.5 * (low + high);
    (luck, value(luck))
}

/// Fits a world to a table.
///
/// # Errors
/// When the table has too many models or segments, or nothing says what calls cost.
pub fn fit(table: &Table, options: &Assumptions) -> Result<Fitted, String> {
    let table = &chosen(table, options)?;
    if table.rows() == 0 {
        return Err("no row of the table can be used".to_owned());
    }
    if table.segments.len() > MAX_SEGMENTS {
        return Err(format!(
            "the table has {} segments; a scenario holds at most {MAX_SEGMENTS}",
            table.segments.len()
        ));
    }
    let data = patterns_of(table);
    let overall: Vec<f64> = table.tiers.iter().map(|t| t.scores.mean()).collect();
    let nodes = quadrature::normal_nodes(0.0, 1.0, 1.5, &[]);
    let mut best: Option<(f64, Common, f64, Vec<Vec<f64>>)> = None;
    for discrimination in DISCRIMINATIONS {
        for lower in LOWERS {
            for upper in UPPERS {
                let common = Common { discrimination, lower, upper };
                let solve = |patterns: &Patterns| -> Vec<f64> {
                    let targets = patterns
                        .means
                        .iter()
                        .zip(&overall)
                        .map(|(own, all)| (own * patterns.requests + all) / (patterns.requests + 1.0));
                    // A mean beyond an asymptote is as near as the asymptote allows.
                    targets.map(|t| common.ability(t.clamp(lower + 1e-3, upper - 1e-3), &nodes)).collect()
                };
                let abilities: Vec<Vec<f64>> = data.iter().map(solve).collect();
                let model = model_patterns(&common, &abilities, &nodes);
                let (luck, value) = best_luck(&data, &model, &common);
                if best.as_ref().is_none_or(|(most, ..)| value > *most) {
                    best = Some((value, common, luck, abilities));
                }
            }
        }
    }
    let Some((_, common, luck, abilities)) = best else { return Err("nothing fits the table".to_owned()) };
    let mut scenario = world(table, &data, &common, luck, &abilities, options)?;
    let model = model_patterns(&common, &abilities, &nodes);
    let noise = router_noise(table, &data, &common, &abilities, &nodes);
    let mut best_first: Vec<&Tier> = scenario.tiers.iter().collect();
    best_first.sort_by(|a, b| b.ability.total_cmp(&a.ability));
    let best_first: Vec<&str> = best_first.iter().map(|t| t.name.as_str()).collect();
    scenario.policies = policies(&scenario.tiers, &best_first, noise.unwrap_or(USUAL_NOISE));
    scenario.baseline = scenario.policies.first().map(|p| p.name.clone()).unwrap_or_default();
    let rows = table.rows();
    let (mut compared, worst_segment) = compare(table, &data, &common, &abilities, &model, luck, &nodes);
    scenario.description = describe(table, &common, luck, noise);
    scenario.study.policy = scenario.policies.get(1).map(|p| p.name.clone());
    scenario.monitors = super::policies::monitors();
    scenario.events.push(Event {
        kind: EventKind::Difficulty,
        segments: Vec::new(),
        tiers: Vec::new(),
        change: Change::Add(WHAT_IF_LOGITS),
        day: 60.0,
        ramp_days: 28.0,
        visible: false,
    });
    compared.extend(compare_frontiers(table, &scenario, options)?);
    Ok(Fitted { scenario, compared, worst_segment, rows })
}

/// The table with the models asked for, the cheapest first.
fn chosen(table: &Table, assumptions: &Assumptions) -> Result<Table, String> {
    let tiers = import::chosen(table, assumptions, MAX_GENERATED_TIERS)?.into_iter().cloned().collect();
    Ok(Table {
        tiers,
        segments: table.segments.clone(),
        segment_of: table.segment_of.clone(),
        router_scores: table.router_scores.clone(),
        prompt_chars: table.prompt_chars.clone(),
    })
}

/// Overall ability of each tier, over requests and not over segments; and the difficulty of each segment that leaves its tiers without
/// skill on average.
fn common_scale(data: &[Patterns], abilities: &[Vec<f64>]) -> (Vec<f64>, Vec<f64>) {
    let rows: f64 = data.iter().map(|p| p.requests).sum();
    let tiers = abilities.first().map_or(0, Vec::len);
    let ability: Vec<f64> = (0..tiers)
        .map(|k| data.iter().zip(abilities).map(|(p, a)| p.requests / rows * a.get(k).copied().unwrap_or(0.0)).sum())
        .collect();
    let difficulty = abilities
        .iter()
        .map(|a| -a.iter().zip(&ability).map(|(own, all)| own - all).sum::<f64>() / tiers as f64)
        .collect();
    (ability, difficulty)
}

fn world(
    table: &Table,
    data: &[Patterns],
    common: &Common,
    luck: f64,
    abilities: &[Vec<f64>],
    options: &Assumptions,
) -> Result<Scenario, String> {
    let rows = table.rows() as f64;
    let (ability, difficulty) = common_scale(data, abilities);
    let mut chars = vec![0.0; table.segments.len()];
    for (segment, length) in table.segment_of.iter().zip(&table.prompt_chars) {
        if let Some(sum) = chars.get_mut(*segment as usize) {
            *sum += length;
        }
    }
    let mut scenario = Scenario::default();
    "A fitted table".clone_into(&mut scenario.name);
    scenario.shared_luck = (luck * 1000.0).round() / 1000.0;
    scenario.traffic.requests_per_day = 10_000.0;
    scenario.traffic.difficulty_day_sd = 0.05;
    for (g, name) in table.segments.iter().enumerate() {
        let requests = data.get(g).map_or(0.0, |p| p.requests);
        let input = if table.prompt_chars.is_empty() {
            options.input_tokens
        } else {
            (chars.get(g).copied().unwrap_or(0.0) / requests.max(1.0) / options.chars_per_token).max(1.0)
        };
        scenario.segments.push(Segment {
            name: name.clone(),
            share: requests / rows,
            difficulty: Normal { mean: difficulty.get(g).copied().unwrap_or(0.0), sd: 1.0 },
            hidden: Hidden { share: 0.0, mean: 0.0, sd: 0.8 },
            tokens: Tokens { input, output: options.output_tokens, input_cv: 0.5, output_cv: 0.5 },
            stakes: 1.0,
        });
    }
    let input = scenario.segments.iter().map(|g| g.share * g.tokens.input).sum::<f64>();
    for (k, tier) in table.tiers.iter().enumerate() {
        let given = options.prices.iter().find(|(name, ..)| *name == tier.name);
        let (input_usd_per_mtok, output_usd_per_mtok) = match given {
            Some((_, input, output)) => (*input, *output),
            // Output tokens cost about four times as much everywhere; with that the mean cost of a call is the table's.
            None if !tier.costs_usd.is_empty() => {
                let price = mean(&tier.costs_usd) * 1e6 / (input + 4.0 * options.output_tokens);
                (price, 4.0 * price)
            }
            None => {
                return Err(format!(
                    "the table does not say what \"{}\" costs: give --price \"{}=INPUT/OUTPUT\" in USD per million tokens",
                    tier.name, tier.name
                ));
            }
        };
        let skill = table.segments.iter().enumerate().filter_map(|(g, name)| {
            let own = abilities.get(g)?.get(k)? - ability.get(k)? + difficulty.get(g)?;
            Some((name.clone(), own))
        });
        scenario.tiers.push(Tier {
            input_usd_per_mtok,
            output_usd_per_mtok,
            ability: ability.get(k).copied().unwrap_or(0.0),
            discrimination: common.discrimination,
            lower: common.lower,
            upper: common.upper,
            skill: skill.collect(),
            name: tier.name.clone(),
            ..Tier::default()
        });
    }
    Ok(scenario)
}

/// Chance that a failure of the first tier gets the higher score than a success (ties count half), from the table.
fn table_auroc(table: &Table, scores: &[f64]) -> Option<f64> {
    let tier = table.tiers.first()?;
    let mut rows: Vec<(f64, f64)> = scores.iter().copied().zip(tier.scores.iter()).collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut good_below, mut won) = (0.0, 0.0);
    let mut start = 0;
    while start < rows.len() {
        let score = rows.get(start)?.0;
        let end = start + rows.iter().skip(start).take_while(|r| r.0.total_cmp(&score).is_eq()).count();
        let tied = rows.get(start..end)?;
        let good: f64 = tied.iter().map(|r| r.1).sum();
        let failed = tied.len() as f64 - good;
        won += failed * (good_below + 0.5 * good);
        good_below += good;
        start = end;
    }
    let failed = rows.len() as f64 - good_below;
    (failed > 0.0 && good_below > 0.0).then(|| won / (failed * good_below))
}

/// Noise of a score that separates the first tier's failures from its successes as well as the table's router does.
fn router_noise(
    table: &Table,
    data: &[Patterns],
    common: &Common,
    abilities: &[Vec<f64>],
    nodes: &[Node],
) -> Option<f64> {
    let router = table.router_scores.first()?;
    let wanted = table_auroc(table, &router.scores)?;
    let rows = table.rows() as f64;
    let (_, difficulty) = common_scale(data, abilities);
    // (difficulty, mass of failures, mass of successes) of the first tier.
    let mut points: Vec<(f64, f64, f64)> = Vec::new();
    for ((patterns, a), centre) in data.iter().zip(abilities).zip(difficulty) {
        let share = patterns.requests / rows;
        for node in nodes {
            let p = common.success(a.first().copied().unwrap_or(0.0), node.x);
            points.push((centre + node.x, share * node.weight * (1.0 - p), share * node.weight * p));
        }
    }
    // A few hundred points are enough for a noise to two digits.
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let size = points.len().div_ceil(300).max(1);
    let points: Vec<(f64, f64, f64)> = points
        .chunks(size)
        .map(|chunk| {
            let mass: f64 = chunk.iter().map(|p| p.1 + p.2).sum();
            let at = chunk.iter().map(|p| p.0 * (p.1 + p.2)).sum::<f64>() / mass.max(1e-300);
            (at, chunk.iter().map(|p| p.1).sum(), chunk.iter().map(|p| p.2).sum())
        })
        .collect();
    let (failed, good): (f64, f64) = points.iter().fold((0.0, 0.0), |s, p| (s.0 + p.1, s.1 + p.2));
    let auroc = |noise: f64| -> f64 {
        let spread = noise * std::f64::consts::SQRT_2;
        let won: f64 = points
            .iter()
            .map(|(d, f, _)| f * points.iter().map(|(e, _, g)| g * normal::cdf((d - e) / spread)).sum::<f64>())
            .sum();
        won / (failed * good)
    };
    let (mut low, mut high) = (1e-3_f64, NO_ROUTER_NOISE);
    if auroc(high) > wanted {
        return Some(high);
    }
    for _ in 0..30 {
        let middle = (low * high).sqrt();
        if auroc(middle) > wanted {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some((low * high).sqrt())
}

/// The table beside what was fitted to it.
fn compare(
    table: &Table,
    data: &[Patterns],
    common: &Common,
    abilities: &[Vec<f64>],
    model: &[[Vec<f64>; 2]],
    luck: f64,
    nodes: &[Node],
) -> (Vec<Compared>, f64) {
    let rows = table.rows() as f64;
    let mut compared = Vec::new();
    let mut worst = 0.0_f64;
    for (k, tier) in table.tiers.iter().enumerate() {
        let mut fitted = 0.0;
        for (patterns, a) in data.iter().zip(abilities) {
            let own = common.mean_success(a.get(k).copied().unwrap_or(0.0), nodes);
            fitted += patterns.requests / rows * own;
            if patterns.requests >= 200.0 {
                worst = worst.max((own - patterns.means.get(k).copied().unwrap_or(0.0)).abs());
            }
        }
        compared.push(Compared { what: format!("mean of {}", tier.name), table: tier.scores.mean(), fitted });
    }
    let mut pattern_share = |what: &str, holds: &dyn Fn(usize) -> bool| {
        let (mut seen, mut fitted) = (0.0, 0.0);
        for (patterns, [independent, shared]) in data.iter().zip(model) {
            for (pattern, count) in patterns.counts.iter().enumerate().filter(|(pattern, _)| holds(*pattern)) {
                seen += count / rows;
                let of = |p: &[f64]| p.get(pattern).copied().unwrap_or(0.0);
                fitted += patterns.requests / rows * ((1.0 - luck) * of(independent) + luck * of(shared));
            }
        }
        compared.push(Compared { what: what.to_owned(), table: seen, fitted });
    };
    let tiers = table.tiers.len();
    pattern_share("some tier succeeds (oracle)", &|pattern| pattern != 0);
    pattern_share("every tier succeeds", &|pattern| pattern == (1 << tiers) - 1);
    pattern_share("only the last tier succeeds", &|pattern| pattern == 1 << (tiers - 1));
    (compared, worst)
}

/// Qualities along the table's frontier and along that of the fitted world.
fn compare_frontiers(table: &Table, fitted: &Scenario, options: &Assumptions) -> Result<Vec<Compared>, String> {
    let assumptions = Assumptions { models: Vec::new(), ..options.clone() };
    let replayed = import::scenario(table, &import::Import { assumptions, ..import::Import::default() })?;
    let replayed = Scenario { events: Vec::new(), policies: fitted.policies.clone(), ..replayed };
    let table = Arc::new(table.clone());
    let world = Spec::new(&table, &replayed)
        .and_then(|spec| {
            World::new(&replayed, Traffic::Replayed(Arc::new(Rows::compile(&table, spec, Spread::SERIAL))))
        })
        .map_err(|e| e.to_string())?;
    let model = World::compile(fitted).map_err(|e| e.to_string())?;
    let stages = [Stages::new(&world), Stages::new(&model)].map(|s| s.map_err(|e| e.to_string()));
    let [Ok(table_stages), Ok(model_stages)] = &stages else {
        return Err(stages.into_iter().find_map(Result::err).unwrap_or_default());
    };
    let mut compared = Vec::new();
    for (index, policy) in fitted.policies.iter().enumerate() {
        let settings: &[Option<f64>] = if policy.kind.is::<Classifier>() && !table.router_scores.is_empty() {
            // Without a router in the table there is nothing that a classifier could be compared with.
            &[Some(0.25), Some(0.5), Some(0.75)]
        } else if policy.kind.is::<Random>() {
            &[Some(0.5)]
        } else if policy.kind.is::<Cascade>() {
            &[Some(0.25), Some(0.5)]
        } else {
            &[]
        };
        for setting in settings {
            let quality = |stages: &Stages<'_>| {
                let points = stages.exact_points(index, *setting).map_err(|e| e.to_string())?.unwrap_or_default();
                points.first().map(|p| p.quality).ok_or_else(|| "nothing was computed".to_owned())
            };
            compared.push(Compared {
                what: format!("{} at {:.0} %: good answers", policy.name, 100.0 * setting.unwrap_or(0.0)),
                table: quality(table_stages)?,
                fitted: quality(model_stages)?,
            });
        }
    }
    Ok(compared)
}

fn describe(table: &Table, common: &Common, luck: f64, noise: Option<f64>) -> String {
    let router = match (noise, table.router_scores.first()) {
        (Some(noise), Some(router)) => {
            format!("The classifier's noise, {noise:.2} logits, is that of the router score \"{}\".", router.name)
        }
        _ => "The table has no router score: the classifier's noise is an assumption.".to_owned(),
    };
    format!(
        "Fitted to a table of {} requests. Tiers share a discrimination of {} per logit, asymptotes {} and {}, and luck of {luck:.2}. {router} \
         The event, that all requests become 0.4 logits harder, and the monitors are assumptions. The table says nothing of what a failure costs nor of the volume: set [economics] and [traffic] before you look at totals.",
        table.rows(),
        common.discrimination,
        common.lower,
        common.upper
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_auroc_counts_pairs() {
        let table = Table {
            tiers: vec![crate::simulation::table::TierColumn {
                name: "weak".to_owned(),
                scores: [1.0, 0.0, 1.0, 0.0].into_iter().collect(),
                costs_usd: Vec::new(),
            }],
            ..Table::default()
        };
        // Failures score 0.9 and 0.2, successes 0.2 and 0.5: pairs 1, 1, ½, 0.
        let auroc = table_auroc(&table, &[0.2, 0.9, 0.5, 0.2]);
        assert!((auroc.unwrap_or(0.0) - 2.5 / 4.0).abs() < 1e-12);
    }
}
