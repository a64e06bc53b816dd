//! An evaluation table drawn from a generated world: what a team's log would look like, had it that traffic. For tests, for lessons, and to
//! try an import on.

use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

use crate::model::MAX_TIERS;
use crate::policy::Classifier;
use crate::simulation::day::LogNormal;
use crate::simulation::random::{Address, Purpose};
use crate::simulation::table::{RouterColumn, Table, TierColumn};
use crate::simulation::world::World;

/// Noise of the router's score where the scenario has no classifier, logits.
const USUAL_NOISE: f64 = 1.0;
/// Characters of a token.
const CHARS_PER_TOKEN: f64 = 4.0;

/// A table of `rows` requests under launch assumptions; none where the world itself is replayed.
pub fn table(world: &World, rows: usize) -> Table {
    let scenario = &world.scenario;
    let (name, noise) = scenario
        .policies
        .iter()
        .find_map(|p| p.kind.as_kind::<Classifier>().map(|kind| (p.name.to_lowercase(), kind.noise)))
        .unwrap_or_else(|| ("router".to_owned(), USUAL_NOISE));
    let mut table = Table {
        tiers: scenario.tiers.iter().map(|t| TierColumn { name: t.name.clone(), ..TierColumn::default() }).collect(),
        segments: scenario.segments.iter().map(|g| g.name.clone()).collect(),
        router_scores: vec![RouterColumn { name, scores: Vec::new() }],
        ..Table::default()
    };
    if world.traffic.is_replayed() {
        return table;
    }
    for row in 0..rows {
        // Every row has numbers of its own, whatever the length of the table.
        let replicate = u32::try_from(row).unwrap_or(u32::MAX);
        let mut rng = Address { seed: scenario.seed, replicate, day: 0, purpose: Purpose::Table }.generator(0);
        let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
        let [surface, hidden_difficulty, input, output, score] = [(); 5].map(|()| normal());
        let [of_segment, of_kind, shared] = [(); 3].map(|()| rng.random::<f64>());
        let luck: [f64; MAX_TIERS] = std::array::from_fn(|_| rng.random::<f64>());
        let mut below = 0.0;
        let index = world.launch.segments.iter().position(|g| {
            below += g.share;
            of_segment < below
        });
        let index = index.unwrap_or(world.launch.segments.len().saturating_sub(1));
        let Some(g) = world.launch.segments.get(index) else { continue };
        let surface = g.surface_mean + g.surface_sd * surface;
        let difficulty = if of_kind < g.hidden_share {
            g.hidden_mean + g.hidden_sd * hidden_difficulty
        } else {
            surface + g.unseen_shift
        };
        let tokens = |d: LogNormal, z: f64| (d.mu + d.sigma * z).exp().round().max(1.0);
        let (input, output) = (tokens(g.input, input), tokens(g.output, output));
        let one = luck.first().copied().unwrap_or(0.5);
        let columns = table.tiers.iter_mut().zip(&world.launch.tiers).zip(&g.ability).zip(luck);
        for (((column, tier), ability), own) in columns {
            let luck = if shared < scenario.shared_luck { one } else { own };
            column.scores.push(f64::from(u8::from(luck < tier.success(*ability, difficulty))));
            column.costs_usd.push(rounded(tier.usd_per_input_token * input + tier.usd_per_output_token * output, 8));
        }
        table.segment_of.push(index as u32);
        table.prompt_chars.push(input * CHARS_PER_TOKEN);
        for router in &mut table.router_scores {
            router.scores.push(rounded(surface + noise * score, 3));
        }
    }
    table
}

/// What a log would keep of a number.
fn rounded(x: f64, decimals: i32) -> f64 {
    let unit = 10_f64.powi(decimals);
    // Zero has no sign in a log.
    (x * unit).round() / unit + 0.0
}
