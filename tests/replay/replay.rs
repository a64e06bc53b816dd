//! Replayed tables: every figure against a sum over rows written out here, published figures, resampling, and what is refused.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may stop at the first surprise"
)]

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use paretoscope::entry::Chosen;
use paretoscope::frontier::{Frontier, Stages};
use paretoscope::jobs::{self, Control, Detection, FrontierOptions};
use paretoscope::model::{Change, Event, EventKind, Policy, Scenario};
use paretoscope::policy;
use paretoscope::policy::{
    Bandit, Budget, Classifier, HumanFallback, JudgeCascade, Oracle, Random, RouterCascade, SegmentRules, Single,
};
use paretoscope::replay::import::{self, Import};
use paretoscope::replay::{Assumptions, read as tables};
use paretoscope::scenario::{read, write};
use paretoscope::simulation::compiled::Compiled;
use paretoscope::simulation::exact::{DayEffect, Tables};
use paretoscope::simulation::rows::Rows;
use paretoscope::simulation::rule::{Gate, Rule, Start};
use paretoscope::simulation::table::{RouterColumn, Table, TierColumn};
use paretoscope::simulation::traffic::Traffic;
use paretoscope::simulation::world::World;

fn uniform(row: usize, what: usize) -> f64 {
    let mut x = (row as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add((what as u64) << 32);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((x ^ (x >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Three models, four segments, costs, a router score with ties, and graded scores of the last model.
fn generated(rows: usize) -> Table {
    let difficulty = |row: usize| 4.0 * uniform(row, 0) - 2.0;
    let score = |row: usize, k: usize| {
        let good = uniform(row, 1 + k) < 1.0 / (1.0 + (difficulty(row) - k as f64 + 0.5).exp());
        let good = f64::from(u8::from(good));
        if k == 2 && row.is_multiple_of(3) { 0.25 + 0.5 * good } else { good }
    };
    Table {
        tiers: (0..3)
            .map(|k| TierColumn {
                name: format!("m{k}"),
                scores: (0..rows).map(|row| score(row, k)).collect(),
                costs_usd: (0..rows).map(|row| 0.001 * (1 + 4 * k) as f64 * (0.5 + uniform(row, 9))).collect(),
            })
            .collect(),
        segments: (0..4).map(|g| format!("s{g}")).collect(),
        segment_of: (0..rows).map(|row| (uniform(row, 10) * 4.0) as u32).collect(),
        router_scores: vec![RouterColumn {
            name: "r".to_owned(),
            scores: (0..rows).map(|row| ((difficulty(row) + uniform(row, 11)) * 20.0).round()).collect(),
        }],
        prompt_chars: Vec::new(),
    }
}

fn scenario_of(table: &Table, assumptions: Assumptions) -> Scenario {
    let import = Import { assumptions, table: "table.csv".to_owned(), ..Import::default() };
    let mut scenario = import::scenario(table, &import).unwrap();
    scenario.events.clear();
    scenario
}

fn world_of(scenario: &Scenario, table: &Arc<Table>) -> World {
    jobs::world(scenario, Some(table), None).unwrap()
}

fn frontier(world: &World) -> Frontier {
    jobs::frontier(world, &FrontierOptions::default(), &Control::new()).unwrap()
}

/// MMLU, where it is beside the project.
fn mmlu() -> Option<Table> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/routellm_mmlu.csv");
    if !path.exists() {
        eprintln!("skipped: {} is not there", path.display());
        return None;
    }
    Some(tables::table(&path, &tables::Options::default(), &|| true).unwrap().built.table)
}

fn mmlu_prices(table: &Table) -> Assumptions {
    let prices = [(0.24, 0.24), (10.0, 30.0)];
    let prices = table.tiers.iter().zip(prices).map(|(t, (i, o))| (t.name.clone(), i, o)).collect();
    Assumptions { prices, ..Assumptions::default() }
}

/// Share of each row below a position in the order of the scores: rows with the same score share what is left for them.
fn below(scores: &[f64], position: f64) -> Vec<f64> {
    let mut sorted = scores.to_vec();
    sorted.sort_by(f64::total_cmp);
    let share = |x: &f64| {
        let first = sorted.partition_point(|y| y < x) as f64;
        let end = sorted.partition_point(|y| y <= x) as f64;
        ((position - first) / (end - first)).clamp(0.0, 1.0)
    };
    scores.iter().map(share).collect()
}

/// The table that a world replays.
fn rows_of(world: &World) -> Arc<Rows> {
    match &world.traffic {
        Traffic::Replayed(rows) => Some(Arc::clone(rows)),
        Traffic::Generated => None,
    }
    .unwrap()
}

/// Quality and cost of every row under a policy that sends a share of each row to each tier.
fn check_against_rows(table: &Table, scenario: &Scenario, usd: &dyn Fn(usize, usize) -> f64) -> usize {
    let world = world_of(scenario, &Arc::new(table.clone()));
    let stages = Stages::new(&world).unwrap();
    let n = table.rows();
    let tier = |name: &str| table.tiers.iter().position(|t| t.name == name).unwrap();
    let order: Vec<usize> = scenario.tiers.iter().map(|t| tier(&t.name)).collect();
    let mut checked = 0;
    for (index, definition) in scenario.policies.iter().enumerate() {
        let settings = [None, Some(0.0), Some(0.137), Some(0.5), Some(0.93), Some(1.0)];
        let settings = if policy::knob(&stages.launch, definition).is_some() { &settings[..] } else { &settings[..1] };
        for setting in settings {
            let kind = &definition.kind;
            let turned = |shares: &Vec<f64>| {
                setting.map_or(shares.clone(), |s| paretoscope::model::address::with_first_share(shares, s))
            };
            let parts: Vec<Vec<f64>> = match kind.word() {
                "single" => {
                    let name = &kind.as_kind::<Single>().unwrap().tier;
                    order.iter().map(|k| vec![f64::from(u8::from(*k == tier(name))); n]).collect()
                }
                "random" => {
                    let shares = turned(&kind.as_kind::<Random>().unwrap().shares);
                    shares.iter().map(|s| vec![*s; n]).collect()
                }
                "classifier" => {
                    let shares = turned(&kind.as_kind::<Classifier>().unwrap().shares);
                    let scores = &table.router_scores[0].scores;
                    let mut before = vec![0.0; n];
                    let mut position = 0.0;
                    shares
                        .iter()
                        .map(|share| {
                            position += share * n as f64;
                            let now = below(scores, position);
                            let own = now.iter().zip(&before).map(|(a, b)| a - b).collect();
                            before = now;
                            own
                        })
                        .collect()
                }
                "oracle" => {
                    // With one throw of luck for all tiers, each in turn takes the luck that those before it missed.
                    let mut reached = vec![0.0_f64; n];
                    let mut parts: Vec<Vec<f64>> = Vec::new();
                    for k in &order {
                        let score = &table.tiers[*k].scores;
                        parts.push((0..n).map(|row| (score.at(row) - reached[row]).max(0.0)).collect());
                        for (row, reached) in reached.iter_mut().enumerate() {
                            *reached = reached.max(score.at(row));
                        }
                    }
                    for (row, reached) in reached.iter().enumerate() {
                        parts[0][row] += 1.0 - reached;
                    }
                    let point = &stages.exact_points(index, None).unwrap().unwrap()[0];
                    let quality = reached.iter().sum::<f64>() / n as f64;
                    assert!((point.quality - quality).abs() < 1e-9, "oracle: {} against {quality}", point.quality);
                    parts
                }
                _ => continue,
            };
            let point = &stages.exact_points(index, *setting).unwrap().unwrap()[0];
            let name = format!("{} at {setting:?}", definition.name);
            let score_of = |row: usize| -> f64 {
                order.iter().zip(&parts).map(|(k, part)| part[row] * table.tiers[*k].scores.at(row)).sum()
            };
            let cost = (0..n).flat_map(|row| order.iter().zip(&parts).map(move |(k, part)| part[row] * usd(row, *k)));
            let cost = 1000.0 * cost.sum::<f64>() / n as f64;
            assert!((point.inference_usd_per_1k - cost).abs() < 1e-9 * cost.max(1.0), "{name}: cost");
            checked += 1;
            if kind.is::<Oracle>() {
                continue;
            }
            let quality = (0..n).map(score_of).sum::<f64>() / n as f64;
            assert!((point.quality - quality).abs() < 1e-9, "{name}: {} against {quality}", point.quality);
            for (g, found) in point.quality_by_segment.iter().enumerate() {
                let rows: Vec<usize> = (0..n).filter(|row| table.segment_of[*row] as usize == g).collect();
                let expected = rows.iter().map(|row| score_of(*row)).sum::<f64>() / rows.len() as f64;
                assert!((found.unwrap() - expected).abs() < 1e-9, "{name}: segment {g}");
            }
            let first = &scenario.policies[0].kind.as_kind::<Single>().unwrap().tier;
            let strong = table.tiers.iter().position(|t| t.name == *first).unwrap();
            let worse: f64 = (0..n)
                .flat_map(|row| {
                    let of = move |(k, part): (&usize, &Vec<f64>)| {
                        part[row] * (table.tiers[strong].scores.at(row) - table.tiers[*k].scores.at(row)).max(0.0)
                    };
                    order.iter().zip(&parts).map(of)
                })
                .sum();
            assert!((point.no_worse.unwrap() - (1.0 - worse / n as f64)).abs() < 1e-9, "{name}: no worse");
        }
    }
    checked
}

/// Runs the program in a folder: exit code, standard output, standard error.
fn run_in(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let program = env!("CARGO_BIN_EXE_paretoscope");
    let out = std::process::Command::new(program).current_dir(folder).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (out.status.code(), text(&out.stdout), text(&out.stderr))
}

#[test]
fn every_figure_is_a_sum_over_rows() {
    let table = generated(3001);
    let scenario = scenario_of(&table, Assumptions::default());
    let checked = check_against_rows(&table, &scenario, &|row, k| table.tiers[k].costs_usd[row]);
    assert!(checked >= 16, "{checked}");
}

#[test]
fn mmlu_is_a_sum_over_rows_in_every_subject() {
    let Some(mut table) = mmlu() else { return };
    let chars = table.prompt_chars.clone();
    table.router_scores.push(RouterColumn { name: "length".to_owned(), scores: chars.clone() });
    let scenario = scenario_of(&table, mmlu_prices(&table));
    let usd = |row: usize, k: usize| {
        let (input, output) = [(0.24, 0.24), (10.0, 30.0)][k];
        (chars[row] / 4.0 * input + 300.0 * output) / 1e6
    };
    assert!(check_against_rows(&table, &scenario, &usd) >= 14);
}

#[test]
fn published_figures_come_out() {
    let Some(table) = mmlu() else { return };
    let scenario = scenario_of(&table, mmlu_prices(&table));
    let found = frontier(&world_of(&scenario, &Arc::new(table.clone())));
    let alone: Vec<f64> = found.launch.tiers_alone.iter().map(|p| p.quality).collect();
    // Ong et al. 2024, MMLU: Mixtral-8x7B 68.1 %, GPT-4 80.6 %.
    assert!((alone[0] - 0.6808).abs() < 5e-5 && (alone[1] - 0.8058).abs() < 5e-5, "{alone:?}");
    let of = |name: &str| scenario.policies.iter().position(|p| p.name == name).unwrap();
    let metrics = &found.launch.metrics[of("Random mix")];
    assert!((metrics.apgr.unwrap() - 0.5).abs() < 1e-9, "{:?}", metrics.apgr);
    assert!((metrics.cpt50.unwrap() - 0.5).abs() < 1e-9 && (metrics.cpt80.unwrap() - 0.8).abs() < 1e-9);
    // A router that knows something is above the line.
    assert!(found.launch.metrics[of("Classifier")].apgr.unwrap() > 0.55);
}

#[test]
fn aiq_of_a_table_by_hand() {
    // Ten requests at 1 and 3 USD per thousand: 5 and 7 are answered well, 8 by one or the other.
    let column = |name: &str, good: [u8; 10], usd: f64| TierColumn {
        name: name.to_owned(),
        scores: good.iter().map(|g| f64::from(*g)).collect(),
        costs_usd: vec![usd / 1000.0; 10],
    };
    let table = Table {
        tiers: vec![
            column("weak", [1, 1, 1, 1, 1, 0, 0, 0, 0, 0], 1.0),
            column("strong", [0, 1, 1, 1, 1, 1, 1, 1, 0, 0], 3.0),
        ],
        segments: vec!["all".to_owned()],
        segment_of: vec![0; 10],
        ..Table::default()
    };
    let scenario = scenario_of(&table, Assumptions::default());
    let found = frontier(&world_of(&scenario, &Arc::new(table)));
    let of = |name: &str| scenario.policies.iter().position(|p| p.name == name).unwrap();
    let aiq = |name: &str| found.launch.metrics[of(name)].aiq.unwrap();
    // The line from (1, 0.5) to (3, 0.7).
    assert!((aiq("Random mix") - 0.6).abs() < 1e-12, "{}", aiq("Random mix"));
    assert!((found.launch.zero_router_aiq.unwrap() - 0.6).abs() < 1e-12);
    // The oracle pays the strong one on three requests: (1.6, 0.8), level from there on: (0.6·0.65 + 1.4·0.8)/2.
    let oracle = found.launch.curves[of("Oracle")].operating_point.as_ref().unwrap();
    assert!((oracle.quality - 0.8).abs() < 1e-12 && (oracle.inference_usd_per_1k - 1.6).abs() < 1e-12);
    assert!((aiq("Oracle") - (0.6 * 0.65 + 1.4 * 0.8) / 2.0).abs() < 1e-12, "{}", aiq("Oracle"));
}

#[test]
fn the_shipped_log_is_what_the_program_draws_and_its_scenario_keeps_its_claims() {
    use paretoscope::frontier::claims;
    use paretoscope::replay::{sample, source};
    use paretoscope::report::log;
    use paretoscope::scenario::library;

    let find = |name: &str| read::parse(library::find(name).unwrap().text, name).unwrap().scenario;
    let drawn = sample::table(&World::compile(&find("midmarket-saas")).unwrap(), 2000);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/replayed-log.csv");
    let shipped = std::fs::read_to_string(&path).unwrap();
    assert!(
        shipped == log::csv(&drawn).unwrap(),
        "draw it again: paretoscope sample midmarket-saas --out {}",
        path.display()
    );
    let scenario = find("replayed-log");
    let replay = scenario.replay.as_ref().unwrap();
    assert_eq!(replay.blake3, Some(source::hash(&path, &|| true).unwrap()));
    // From the library, and from its file.
    let table = source::open(&scenario, None, &|| true).unwrap().built.table;
    assert!(table == source::open(&scenario, path.parent(), &|| true).unwrap().built.table);
    // Segments come in the order of the rows.
    assert!(table.tiers == drawn.tiers && table.router_scores == drawn.router_scores);
    let found = frontier(&world_of(&scenario, &Arc::new(table)));
    assert!(scenario.expectations.len() >= 3);
    for claim in &scenario.expectations {
        assert!(claims::holds(&scenario, &found, claim), "{claim:?}: {:?}", claims::figure(&scenario, &found, claim));
    }
}

#[test]
fn a_sampled_table_has_the_figures_of_its_world() {
    let text = paretoscope::scenario::library::find("three-tiers").unwrap().text;
    let scenario = read::parse(text, "three-tiers").unwrap().scenario;
    let world = World::compile(&scenario).unwrap();
    let rows = 20_000;
    let table = paretoscope::replay::sample::table(&world, rows);
    let scores = || table.router_scores.iter().flat_map(|router| &router.scores);
    assert!(scores().any(|x| *x == 0.0) && scores().all(|x| *x != 0.0 || x.is_sign_positive()), "zero has no sign");
    // Without the day effect, which a table of one draw a request does not have.
    let day = Tables::new(&world, world.launch.clone(), DayEffect::Fixed(0.0));
    for (k, tier) in table.tiers.iter().enumerate() {
        let rule = Rule {
            chain: vec![k],
            start: Start::First,
            gate: Gate::None,
            per: paretoscope::model::Per::Turn,
            overhead_usd: 0.0,
            overhead_ms: 0.0,
        };
        let flows = day.evaluate(&rule);
        let expected: f64 = day.day.segments.iter().zip(&flows).map(|(g, s)| g.share * s.flow.quality()).sum();
        let z = (tier.scores.mean() - expected) / (expected * (1.0 - expected) / rows as f64).sqrt();
        assert!(z.abs() < 4.0, "{}: {z} standard errors", tier.name);
        let usd: f64 = day.day.segments.iter().zip(&flows).map(|(g, s)| g.share * s.flow.calls_usd).sum();
        let mean = tier.costs_usd.iter().sum::<f64>() / rows as f64;
        let variance = tier.costs_usd.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / rows as f64;
        // Rounded tokens: about half a token of several hundred at the most.
        let z = (mean - usd) / ((variance / rows as f64).sqrt() + 1e-3 * usd);
        assert!(z.abs() < 4.0, "{}: {mean} against {usd}", tier.name);
    }
}

fn event(kind: EventKind, segments: &[&str], change: Change) -> Event {
    let segments = segments.iter().map(|s| (*s).to_owned()).collect();
    Event { kind, segments, tiers: Vec::new(), change, day: 0.0, ramp_days: 0.0, visible: false }
}

#[test]
fn events_resample_rows() {
    let mut table = generated(4000);
    // Binary scores: a row is of one kind or the other.
    for tier in &mut table.tiers {
        tier.scores = tier.scores.iter().map(f64::round).collect();
    }
    let table = Arc::new(table);
    let mut scenario = scenario_of(&table, Assumptions::default());
    let strong = 2;
    let only_strong = |row: usize| {
        table.tiers[strong].scores.at(row) == 1.0 && (0..strong).all(|k| table.tiers[k].scores.at(row) == 0.0)
    };
    let rows_in = |g: u32| (0..4000).filter(|row| table.segment_of[*row] == g).collect::<Vec<_>>();
    scenario.events = vec![
        event(EventKind::SegmentShare, &["s1"], Change::Multiply(3.0)),
        event(EventKind::HiddenShare, &["s2"], Change::Multiply(2.0)),
        event(EventKind::Price, &[], Change::Multiply(1.5)),
    ];
    let weight: Vec<f64> = (0..4000)
        .map(|row| match table.segment_of[row] {
            1 => 3.0,
            2 => {
                let rows = rows_in(2);
                let share = rows.iter().filter(|row| only_strong(**row)).count() as f64 / rows.len() as f64;
                if only_strong(row) { 2.0 } else { (1.0 - 2.0 * share) / (1.0 - share) }
            }
            _ => 1.0,
        })
        .collect();
    let whole: f64 = weight.iter().sum();
    let world = world_of(&scenario, &table);
    let stages = Stages::new(&world).unwrap();
    for (index, definition) in scenario.policies.iter().enumerate() {
        let Some(single) = definition.kind.as_kind::<Single>() else { continue };
        let tier = table.tiers.iter().position(|t| t.name == single.tier).unwrap();
        let point = &stages.exact_points(index, None).unwrap().unwrap()[1];
        let mean = |of: &dyn Fn(usize) -> f64| (0..4000).map(|row| weight[row] * of(row)).sum::<f64>() / whole;
        let quality = mean(&|row| table.tiers[tier].scores.at(row));
        assert!((point.quality - quality).abs() < 1e-12, "{}: {} against {quality}", definition.name, point.quality);
        let usd = 1500.0 * mean(&|row| table.tiers[tier].costs_usd[row]);
        assert!((point.inference_usd_per_1k - usd).abs() < 1e-9 * usd, "{}", definition.name);
    }
}

#[test]
fn a_day_effect_draws_harder_rows_more_often_and_leaves_the_average_day_as_it_is() {
    let table = Arc::new(generated(4000));
    let scenario = scenario_of(&table, Assumptions::default());
    let world = world_of(&scenario, &table);
    let stages = Stages::new(&world).unwrap();
    let quality = |rule: &Rule, effect: DayEffect| -> f64 {
        let tables = Tables::new(&world, world.launch.clone(), effect);
        let flows = tables.evaluate(rule);
        tables.day.segments.iter().zip(&flows).map(|(g, s)| g.share * s.flow.quality()).sum()
    };
    for definition in &scenario.policies {
        let Ok(Compiled::Stateless(rule)) = policy::compile(&stages.launch, definition, None) else { continue };
        let average = quality(&rule, DayEffect::Averaged);
        // Two ways to the same sums: by tier, and by pattern with next to no day effect.
        let by_pattern = quality(&rule, DayEffect::Fixed(1e-13));
        assert!((average - by_pattern).abs() < 1e-9, "{}: {average} against {by_pattern}", definition.name);
        let [easy, hard] = [-0.1, 0.1].map(|delta| quality(&rule, DayEffect::Fixed(delta)));
        assert!((0.5 * (easy + hard) - average).abs() < 2e-4, "{}: {easy} {average} {hard}", definition.name);
        // Difficulty moves by about 0.1 logits; success by 0.1·E[a·p(1 − p)], which is at most 0.1·1.3/4.
        let loss = 0.5 * (easy - hard);
        assert!(loss > 0.001 && loss < 0.1 * 1.3 / 4.0, "{}: {loss}", definition.name);
    }
}

#[test]
fn every_kind_of_policy_replays_and_keeps_its_sums() {
    let table = Arc::new(generated(3000));
    let mut scenario = scenario_of(&table, Assumptions::default());
    scenario.feedback.thumbs_down.failed = 0.05;
    scenario.feedback.thumbs_down.ok = 0.01;
    scenario.events = vec![event(EventKind::HiddenShare, &[], Change::Multiply(1.5))];
    let names: Vec<String> = (0..3).map(|k| format!("m{k}")).collect();
    let judge = paretoscope::model::Judge { sensitivity: 0.9, specificity: 0.95, usd_each: 0.0001, latency_ms: 10.0 };
    let human = paretoscope::model::Human { success: 0.97, usd_each: 2.0, latency_ms: 1000.0 };
    let shares = vec![0.5, 0.3, 0.2];
    let kinds: [(&str, Chosen); 6] = [
        ("rules", SegmentRules { rules: [("s1".to_owned(), "m2".to_owned())].into(), default: "m0".into() }.into()),
        ("judge", JudgeCascade { tiers: names.clone(), judge, judged: 0.8 }.into()),
        ("router cascade", RouterCascade { noise: 1.0, shares: shares.clone(), escalate: vec![0.3, 0.3] }.into()),
        ("human", HumanFallback { tier: "m0".into(), hand_over: 0.1, human }.into()),
        ("budget", Budget { noise: 1.0, shares, usd_per_day: 25.0 }.into()),
        ("bandit", Bandit { tiers: names, usd_per_thumbs_down: 1.0, half_life_days: Some(30.0) }.into()),
    ];
    for (name, kind) in kinds {
        scenario.policies.push(Policy::new(name, kind));
    }
    for router in [None, Some("r".to_owned())] {
        scenario.replay.as_mut().unwrap().router = router;
        let world = world_of(&scenario, &table);
        let options = FrontierOptions {
            engine: paretoscope::frontier::Engine::Bootstrap,
            sampled_settings: 3,
            ..FrontierOptions::default()
        };
        let found = jobs::frontier(&world, &options, &Control::new()).unwrap();
        for stage in [&found.launch, found.production.as_ref().unwrap()] {
            for curve in &stage.curves {
                let name = &scenario.policies[curve.policy].name;
                let point = curve.operating_point.as_ref().unwrap();
                assert!((point.traffic.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{name}: {:?}", point.traffic);
                let by_tier: f64 =
                    point.traffic.iter().zip(&point.quality_by_tier).map(|(n, q)| n * q.unwrap_or(0.0)).sum();
                assert!((by_tier - point.quality).abs() < 1e-9, "{name}");
                let interval = point.interval.as_ref().unwrap();
                // The rows' own sums and the bootstrap's agree on the middle of it.
                let [low, high] = interval.quality;
                assert!(low < point.quality && point.quality < high, "{name}: {low} {} {high}", point.quality);
                let [low, high] = interval.inference_usd_per_1k;
                assert!(low < point.inference_usd_per_1k && point.inference_usd_per_1k < high, "{name}: {low} {high}");
            }
        }
        assert_eq!(found.launch_review.len(), scenario.policies.len() - 1);
        for index in 0..scenario.policies.len() {
            let run = jobs::timeline(&world, index, 0, &Control::new()).unwrap();
            assert!(run.expected.iter().all(|d| d.quality > 0.0 && d.quality < 1.0 && d.inference_usd > 0.0));
        }
    }
}

#[test]
fn bootstrap_intervals_are_those_of_a_share() {
    let mut table = generated(4000);
    for tier in &mut table.tiers {
        tier.scores = tier.scores.iter().map(f64::round).collect();
    }
    let scenario = scenario_of(&table, Assumptions::default());
    let world = world_of(&scenario, &Arc::new(table));
    let options = FrontierOptions {
        engine: paretoscope::frontier::Engine::MonteCarlo,
        sampled_settings: 0,
        ..FrontierOptions::default()
    };
    let found = jobs::frontier(&world, &options, &Control::new()).unwrap();
    for curve in &found.launch.curves {
        let point = curve.operating_point.as_ref().unwrap();
        let single = scenario.policies[curve.policy].kind.is::<Single>();
        if let (Some(interval), true) = (&point.interval, single) {
            let expected = 2.0 * 1.96 * (point.quality * (1.0 - point.quality) / 4000.0).sqrt();
            let width = interval.quality[1] - interval.quality[0];
            // A thousand groups and a thousand draws: about 5 % each.
            assert!((width / expected - 1.0).abs() < 0.2, "{width} against {expected}");
        }
    }
}

#[test]
fn detection_and_timeline_are_the_same_with_any_number_of_threads() {
    let table = Arc::new(generated(3000));
    let mut scenario = scenario_of(&table, Assumptions::default());
    scenario.traffic.days = 60;
    scenario.events = vec![Event { day: 20.0, ..event(EventKind::SegmentShare, &["s0"], Change::Multiply(0.2)) }];
    scenario.events.push(Event { day: 20.0, ..event(EventKind::HiddenShare, &[], Change::Multiply(0.3)) });
    let study = |threads: usize| {
        let pool = jobs::pool(threads).unwrap();
        pool.install(|| {
            let world = world_of(&scenario, &table);
            let stages = Stages::new(&world).unwrap();
            let mut detection =
                Detection::prepare(&stages, scenario.studied_policy().unwrap(), &Control::new()).unwrap();
            detection.run(200, &Control::new(), |_| {}).unwrap();
            let timeline = jobs::timeline(&world, 1, 3, &Control::new()).unwrap();
            (detection.study(0.05), timeline, frontier(&world))
        })
    };
    let one = study(1);
    assert_eq!(one, study(3));
    assert_eq!(one.0.monitors.len(), scenario.monitors.len());
}

#[test]
fn apgr_and_cpt_are_those_of_the_rows_in_the_order_of_their_scores() {
    let mut table = generated(1500);
    table.tiers.truncate(2);
    let scenario = scenario_of(&table, Assumptions::default());
    let found = frontier(&world_of(&scenario, &Arc::new(table.clone())));
    let classifier = scenario.policies.iter().position(|p| p.name == "Classifier").unwrap();
    let metrics = &found.launch.metrics[classifier];
    // By hand: rows with the highest scores go to the capable tier first, those with the same score together, by chance.
    let scores = &table.router_scores[0].scores;
    let mut order: Vec<usize> = (0..table.rows()).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
    let gain = |row: &usize| table.tiers[1].scores.at(*row) - table.tiers[0].scores.at(*row);
    let whole: f64 = order.iter().map(gain).sum();
    let (mut share, mut recovered, mut area) = (0.0, 0.0, 0.0);
    let mut crossings = [None; 2];
    for group in order.chunk_by(|a, b| scores[*a] == scores[*b]) {
        let (width, rise) = (group.len() as f64 / order.len() as f64, group.iter().map(gain).sum::<f64>() / whole);
        for (level, crossing) in [0.5, 0.8].iter().zip(&mut crossings) {
            if crossing.is_none() && recovered + rise >= *level {
                *crossing = Some(share + width * (level - recovered) / rise);
            }
        }
        area += width * (recovered + 0.5 * rise);
        share += width;
        recovered += rise;
    }
    // A line between two scores: both are exact.
    assert!((metrics.apgr.unwrap() - area).abs() < 1e-9, "{:?}, by hand {area}", metrics.apgr);
    for (ours, by_hand) in [metrics.cpt50, metrics.cpt80].into_iter().zip(crossings) {
        assert!((ours.unwrap() - by_hand.unwrap()).abs() < 1e-9, "{ours:?}, by hand {by_hand:?}");
    }
}

#[test]
fn a_scenario_whose_table_has_scores_needs_no_noise() {
    let text = paretoscope::scenario::library::find("replayed-log").unwrap().text;
    assert!(!text.contains("noise ="));
    let scenario = read::parse(text, "log").unwrap().scenario;
    assert!(scenario.policies.iter().any(|p| p.kind.is::<Classifier>()));
    // Without scores it does.
    let without = text.lines().filter(|line| !line.starts_with("router =")).collect::<Vec<_>>().join("\n");
    let problems = read::parse(&without, "log").err().unwrap();
    assert!(problems.iter().any(|p| p.key.contains("noise") && p.message.starts_with("missing")), "{problems:?}");
}

#[test]
fn every_monitor_of_the_shipped_log_spends_its_false_alarm_budget() {
    log_keeps_its_budgets(1_600, 800);
}

#[test]
#[ignore = "long: twelve thousand runs of the shipped log"]
fn every_monitor_of_the_shipped_log_spends_its_false_alarm_budget_closely() {
    log_keeps_its_budgets(8_000, 4_000);
}

fn log_keeps_its_budgets(calibration: u32, fresh: u32) {
    use paretoscope::detection::race::Phase;
    use paretoscope::replay::source;
    let scenario =
        read::parse(paretoscope::scenario::library::find("replayed-log").unwrap().text, "log").unwrap().scenario;
    let table = Arc::new(source::open(&scenario, None, &|| true).unwrap().built.table);
    let world = world_of(&scenario, &table);
    let stages = Stages::new(&world).unwrap();
    let mut detection = Detection::prepare(&stages, scenario.studied_policy().unwrap(), &Control::new()).unwrap();
    detection.run_phase(Phase::Calibration, 0..calibration, &Control::new()).unwrap();
    detection.run_phase(Phase::Check, 0..fresh, &Control::new()).unwrap();
    let budget = scenario.study.false_alarms;
    // Both numbers of runs limit what the rate can tell; counts are coarse, so that up to a fifth may stay unspent.
    let error = (budget * (1.0 - budget) * (1.0 / f64::from(calibration) + 1.0 / f64::from(fresh))).sqrt();
    for result in detection.study(budget).monitors {
        let monitor = &scenario.monitors[result.monitor];
        let rate = result.outcome.false_alarms.rate;
        assert!(rate < budget + 3.0 * error, "{}: {rate}", monitor.name);
        assert!(rate > 0.8 * budget - 3.0 * error, "{}: only {rate}", monitor.name);
    }
}

#[test]
fn a_slider_does_not_sum_the_table_again() {
    let table = Arc::new(generated(500));
    let mut scenario = scenario_of(&table, Assumptions::default());
    let first = world_of(&scenario, &table);
    let rows = rows_of(&first);
    scenario.economics.ticket.usd = 9.0;
    let second = jobs::world(&scenario, Some(&table), Some(&rows)).unwrap();
    assert!(Arc::ptr_eq(&rows, &rows_of(&second)));
    scenario.replay.as_mut().unwrap().router = None;
    let third = jobs::world(&scenario, Some(&table), Some(&rows)).unwrap();
    assert!(!Arc::ptr_eq(&rows, &rows_of(&third)));
}

#[test]
fn a_replay_survives_saving() {
    let table = generated(300);
    let mut scenario = import::scenario(
        &table,
        &Import {
            table: "logs/table.parquet".to_owned(),
            blake3: Some("0123456789abcdef".repeat(4)),
            segment: Some("kind".to_owned()),
            ..Import::default()
        },
    )
    .unwrap();
    let loaded = read::parse(&write::to_text(&scenario), "x").unwrap();
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    assert_eq!(loaded.scenario, scenario);
    scenario.replay.as_mut().unwrap().chars_per_token = 3.5;
    assert_eq!(read::parse(&write::to_text(&scenario), "x").unwrap().scenario, scenario);
}

#[test]
fn what_a_table_cannot_give_is_refused() {
    let table = Arc::new(generated(300));
    let scenario = scenario_of(&table, Assumptions::default());
    let refused = |change: &dyn Fn(&mut Scenario)| {
        let mut scenario = scenario.clone();
        change(&mut scenario);
        jobs::world(&scenario, Some(&table), None).unwrap_err().to_string()
    };
    let with = |e: Event| refused(&move |s: &mut Scenario| s.events.push(e.clone()));
    assert!(with(event(EventKind::Difficulty, &[], Change::Add(1.0))).contains("segment_share"));
    assert!(with(event(EventKind::Ability, &[], Change::Add(1.0))).contains("fit a generated world"));
    assert!(with(event(EventKind::RouterNoise, &[], Change::Multiply(2.0))).contains("router"));
    assert!(with(event(EventKind::Price, &[], Change::Set(2.0))).contains("multiply"));
    assert!(with(event(EventKind::SegmentShare, &["s9"], Change::Multiply(2.0))).contains("\"s9\""));
    assert!(refused(&|s| s.tiers[1].name = "gone".to_owned()).contains("it has \"m0\", \"m1\", \"m2\""));
    assert!(refused(&|s| s.replay.as_mut().unwrap().router = Some("q".into())).contains("it has \"r\""));
    assert!(World::compile(&scenario).unwrap_err().to_string().contains("was not read"));
    // All traffic gone.
    let none = with(event(EventKind::SegmentShare, &[], Change::Multiply(0.0)));
    assert!(none.contains("no segment"), "{none}");
}

#[test]
fn a_table_of_twelve_models_replays_and_one_of_thirteen_says_what_to_do() {
    let mut table = Table {
        segments: vec!["all".to_owned()],
        segment_of: vec![0; 400],
        router_scores: vec![RouterColumn { name: "r".into(), scores: (0..400).map(|row| uniform(row, 0)).collect() }],
        ..Table::default()
    };
    for k in 0..12 {
        table.tiers.push(TierColumn {
            name: format!("m{k:02}"),
            scores: (0..400).map(|row| f64::from(u8::from(uniform(row, 1 + k) < 0.3 + 0.05 * k as f64))).collect(),
            costs_usd: vec![0.001 * (k + 1) as f64; 400],
        });
    }
    let scenario = scenario_of(&table, Assumptions::default());
    let text = write::to_text(&scenario);
    assert_eq!(read::parse(&text, "x").unwrap().scenario.tiers.len(), 12);
    let found = frontier(&world_of(&scenario, &Arc::new(table.clone())));
    assert!(found.launch.curves.iter().all(|c| c.operating_point.is_some()));
    let thirteenth = TierColumn { name: "m12".into(), ..table.tiers[11].clone() };
    table.tiers.push(thirteenth);
    let refused = import::scenario(&table, &Import::default()).unwrap_err();
    assert!(refused.contains("--model") && refused.contains("13"), "{refused}");
    let models = (0..3).map(|k| format!("m{k:02}")).collect();
    let some = Import { assumptions: Assumptions { models, ..Assumptions::default() }, ..Import::default() };
    assert_eq!(import::scenario(&table, &some).unwrap().tiers.len(), 3);
}

#[test]
fn a_table_that_moved_or_changed_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    let table = dir.path().join("log.csv");
    let mut text = "request,a,b,a|cost,b|cost\n".to_owned();
    for row in 0..50 {
        writeln!(text, "{row},{},{},0.001,0.01", row % 2, u8::from(row % 5 != 0)).unwrap();
    }
    std::fs::write(&table, &text).unwrap();
    let run = |arguments: &[&str]| run_in(dir.path(), arguments);
    // Without --out nothing is written.
    let (code, shown, _) = run(&["import", "log.csv"]);
    assert!(code == Some(0) && shown.contains("50 requests kept") && shown.contains("Nothing was written"), "{shown}");
    let (code, shown, _) = run(&["import", "log.csv", "--out", "s.toml"]);
    assert!(code == Some(0) && shown.contains("Wrote s.toml"), "{shown}");
    // From another folder: the path counts from the scenario.
    let elsewhere = std::process::Command::new(env!("CARGO_BIN_EXE_paretoscope"))
        .current_dir("/")
        .args(["frontier", dir.path().join("s.toml").to_str().unwrap()])
        .output()
        .unwrap();
    assert!(elsewhere.status.success(), "{}", String::from_utf8_lossy(&elsewhere.stderr));
    assert!(run(&["check", "s.toml"]).1.contains("is in order"));
    for command in ["timeline", "detect"] {
        let (code, _, stderr) = run(&[command, "s.toml"]);
        assert_eq!(code, Some(0), "{command}: {stderr}");
    }
    let (code, _, stderr) = run(&["frontier", "s.toml", "--engine", "bootstrap", "--format", "json"]);
    assert_eq!(code, Some(0), "{stderr}");
    std::fs::write(&table, text.replace("1,1,1,", "1,0,1,")).unwrap();
    let (code, _, stderr) = run(&["frontier", "s.toml"]);
    assert!(code == Some(2) && stderr.contains("has changed since it was imported"), "{stderr}");
    // The message says how to take it as it is.
    let hash = stderr.split("blake3 = \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let (code, _, stderr) = run(&["frontier", "s.toml", "--set", &format!("replay.blake3=\"{hash}\"")]);
    assert_eq!(code, Some(0), "{stderr}");
    std::fs::rename(&table, dir.path().join("moved.csv")).unwrap();
    let (code, _, stderr) = run(&["frontier", "s.toml"]);
    assert!(code == Some(2) && stderr.contains("is not there"), "{stderr}");
    let found = ["--set", "replay.table=\"moved.csv\"", "--set", &format!("replay.blake3=\"{hash}\"")];
    let (code, _, stderr) = run(&[&["frontier", "s.toml"][..], &found].concat());
    assert_eq!(code, Some(0), "{stderr}");
    let (code, _, stderr) = run(&["frontier", "support-agent", "--engine", "bootstrap"]);
    assert!(code == Some(2) && stderr.contains("replays none"), "{stderr}");
}

#[test]
fn nothing_is_written_over_and_nonsense_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let (code, stdout, stderr) = run_in(dir.path(), arguments);
        (code, stdout + &stderr)
    };
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    let rows = |scale: u32| -> String {
        (0..40).map(|row| format!("{row},{},{},0.1,1\n", row % 2 * scale, u32::from(row % 5 != 0) * scale)).collect()
    };
    let head = "request,a,b,a|cost,b|cost\n";
    write("log.csv", &format!("{head}{}", rows(1)));
    write("percent.csv", &format!("{head}{}", rows(100)));
    let before = std::fs::read(dir.path().join("log.csv")).unwrap();
    for command in ["import", "fit"] {
        let (code, said) = run(&[command, "log.csv", "--out", "log.csv", "--force"]);
        assert!(code == Some(2) && said.contains("an input of the command"), "{command}: {said}");
    }
    assert_eq!(std::fs::read(dir.path().join("log.csv")).unwrap(), before);
    assert_eq!(run(&["import", "log.csv", "--out", "s.toml"]).0, Some(0));
    for arguments in [["import", "log.csv"], ["sample", "midmarket-saas"]] {
        let (code, said) = run(&[&arguments[..], &["--out", "s.toml"]].concat());
        assert!(code == Some(2) && said.contains("--force"), "{said}");
    }
    assert_eq!(run(&["import", "log.csv", "--out", "s.toml", "--force"]).0, Some(0));
    let (code, said) = run(&["preview", "percent.csv"]);
    assert!(code == Some(2) && said.contains("scores go up to 100"), "{said}");
    let (code, said) = run(&["import", "log.csv", "--out", "t.toml", "--price", "a=1/2"]);
    assert!(code == Some(2) && said.contains("says itself what calls cost"), "{said}");
    let (code, said) = run(&["frontier", "log.csv"]);
    assert!(code == Some(2) && said.contains("import it first"), "{said}");
    // A model that nobody asked for costs no rows, and the scenario replays the same rows.
    let mut long: String = "request,model,score,cost\n".to_owned();
    for row in 0..30 {
        writeln!(long, "{row},a,{},0.1\n{row},b,1,1", row % 2).unwrap();
    }
    long.push_str("0,c,1,1\n,a,1,1\n31,,1,1\n");
    write("long.csv", &long);
    let (code, said) = run(&["import", "long.csv", "--model", "a", "--model", "b", "--out", "long.toml"]);
    assert!(code == Some(0) && said.contains("30 requests kept"), "{said}");
    assert!(said.contains("no name of the request") && said.contains("no name of the model"), "{said}");
    let (code, said) = run(&["frontier", "long.toml", "--format", "json"]);
    assert!(code == Some(0) && said.contains("\"quality\": 0.5"), "{said}");
    // Without [economics] nobody is told that it saves money.
    let (_, said) = run(&["frontier", "long.toml", "--engine", "bootstrap"]);
    assert!(said.contains("what a failure costs is not set") && !said.contains("it saves money"), "{said}");
    assert!(said.contains("50.00 % ("), "intervals are shown: {said}");
}

#[test]
fn what_import_and_fit_write_can_be_opened_again() {
    let dir = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let (code, stdout, stderr) = run_in(dir.path(), arguments);
        (code, stdout + &stderr)
    };
    let long = "x".repeat(130);
    let rows: String = (0..40).map(|row| format!("{row},{},{}\n", row % 2, u32::from(row % 5 != 0))).collect();
    std::fs::write(dir.path().join("long.csv"), format!("request,a,{long}\n{rows}")).unwrap();
    std::fs::write(dir.path().join("log.csv"), format!("request,a,b\n{rows}")).unwrap();
    let b = format!("{long}=1/2");
    for command in ["import", "fit"] {
        for (arguments, says) in [
            (vec!["long.csv", "--price", "a=1/2", "--price", &b], "not written"),
            (vec!["log.csv", "--price", "a=1e308/1e308", "--price", "b=1/2"], "not written"),
        ] {
            let (code, said) = run(&[&[command], &arguments[..], &["--out", "s.toml"]].concat());
            assert!(code == Some(2) && said.contains(says), "{command} {arguments:?}: {said}");
            assert!(!dir.path().join("s.toml").exists(), "{command} {arguments:?}");
        }
    }
    // Without a file to write, names are looked at, too.
    let (code, said) = run(&["import", "log.csv", "--model", "c"]);
    assert!(code == Some(2) && said.contains("no model named \"c\""), "{said}");
    let (code, said) = run(&["import", "log.csv", "--price", "c=1/2"]);
    assert!(code == Some(2) && said.contains("no model named \"c\""), "{said}");
    for floor in ["nan", "inf", "5"] {
        let (code, said) = run(&["frontier", "support-agent", "--floor", floor]);
        assert!(code == Some(2) && said.contains("a number from 0 to 1"), "{said}");
    }
}

#[test]
fn a_report_of_a_replay_opens_from_where_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let (code, _, stderr) = run_in(dir.path(), arguments);
        (code, stderr)
    };
    let rows: String = (0..60).map(|row| format!("{row},{},{},0.1,1\n", row % 2, u32::from(row % 5 != 0))).collect();
    std::fs::create_dir_all(dir.path().join("data")).unwrap();
    std::fs::create_dir_all(dir.path().join("pages")).unwrap();
    std::fs::write(dir.path().join("data/log.csv"), format!("request,a,b,a|cost,b|cost\n{rows}")).unwrap();
    assert_eq!(run(&["import", "data/log.csv", "--out", "data/s.toml"]).0, Some(0));
    let report = ["report", "data/s.toml", "--out", "pages/r.html", "--replicates", "20", "--set", "traffic.days=60"];
    let (code, said) = run(&report);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = run(&["check", "pages/r.html"]);
    assert_eq!(code, Some(0), "{said}");
}
