//! A world fitted to a table gives back what the table says, and where the table came from a known world, that world.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may stop at the first surprise"
)]

use std::path::PathBuf;
use std::process::Command;

use paretoscope::frontier::Stages;
use paretoscope::frontier::point::Point;
use paretoscope::model::Scenario;
use paretoscope::policy::Classifier;
use paretoscope::replay::Assumptions;
use paretoscope::replay::fit::fit;
use paretoscope::replay::read::{self, Options};
use paretoscope::scenario::{read as scenario_file, write};
use paretoscope::simulation::random::{Address, Purpose};
use paretoscope::simulation::table::{RouterColumn, Table, TierColumn};
use paretoscope::simulation::world::World;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

fn point(scenario: &Scenario, name: &str, setting: Option<f64>) -> Point {
    let world = World::compile(scenario).unwrap();
    let stages = Stages::new(&world).unwrap();
    let policy = scenario.policy_index(name).unwrap();
    stages.exact_points(policy, setting).unwrap().unwrap().remove(0)
}

fn shared(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    if !path.exists() {
        eprintln!("SKIPPED: {} is not there", path.display());
        return None;
    }
    Some(path)
}

#[test]
fn the_means_of_mmlu_are_met_overall_and_by_subject() {
    let Some(path) = shared("routellm_mmlu.csv") else { return };
    let table = read::table(&path, &Options::default(), &|| true).unwrap().built.table;
    let prices = table.tiers.iter().map(|t| (t.name.clone(), 1.0, 2.0)).collect();
    let fitted = fit(&table, &Assumptions { prices, ..Assumptions::default() }).unwrap();
    // What was written is what is read.
    let text = write::to_text(&fitted.scenario);
    let scenario = scenario_file::parse(&text, "fitted.toml").unwrap().scenario;
    let means = table.mean_scores();
    for (k, tier) in table.tiers.iter().enumerate() {
        let p = point(&scenario, &format!("All {}", tier.name), None);
        assert!((p.quality - tier.scores.mean()).abs() < 0.005, "{}: {}", tier.name, p.quality);
        for (g, size) in table.segment_sizes().into_iter().enumerate().filter(|(_, size)| *size >= 200) {
            let own = p.quality_by_segment[g].unwrap();
            assert!((own - means[k][g]).abs() < 0.03, "{} on {} ({size}): {own}", tier.name, table.segments[g]);
        }
    }
    // The oracle's quality is the share of requests on which some model succeeds, within a point.
    let any = table.tiers[0].scores.iter().zip(table.tiers[1].scores.iter()).map(|(a, b)| a.max(b)).sum::<f64>();
    let oracle = point(&scenario, "Oracle", None);
    assert!((oracle.quality - any / table.rows() as f64).abs() < 0.01, "{}", oracle.quality);
    // The oracle calls the weak model wherever it succeeds.
    let weak = oracle.traffic[0];
    let expected = 1.0 - (any / table.rows() as f64 - table.tiers[0].scores.mean());
    assert!((weak - expected).abs() < 0.01, "{weak} against {expected}");
}

/// Requests of a known world: three tiers, two segments, a router with noise.
fn known_world(rows: usize, discrimination: f64, luck: f64, noise: f64) -> Table {
    let names = ["small", "middle", "large"];
    let abilities = [-0.3, 0.6, 1.4];
    let mut table = Table {
        tiers: names.map(|n| TierColumn { name: n.to_owned(), ..TierColumn::default() }).to_vec(),
        segments: vec!["easy".to_owned(), "hard".to_owned()],
        router_scores: vec![RouterColumn { name: "r".to_owned(), scores: Vec::new() }],
        ..Table::default()
    };
    let mut rng = Address { seed: 5, replicate: 0, day: 0, purpose: Purpose::Frontier }.generator(3);
    for row in 0..rows {
        let segment = u32::from(row % 3 == 0);
        let z: f64 = StandardNormal.sample(&mut rng);
        let difficulty = z + if segment == 1 { 0.9 } else { -0.6 };
        let error: f64 = StandardNormal.sample(&mut rng);
        let common: f64 = rng.random();
        let shares = rng.random::<f64>() < luck;
        for (tier, ability) in table.tiers.iter_mut().zip(abilities) {
            let p = 1.0 / (1.0 + (-discrimination * (ability - difficulty)).exp());
            let own: f64 = rng.random();
            let u = if shares { common } else { own };
            tier.scores.push(f64::from(u8::from(u < p)));
            tier.costs_usd.push(0.001);
        }
        table.segment_of.push(segment);
        table.router_scores[0].scores.push(difficulty + noise * error);
    }
    table
}

#[test]
fn a_known_world_is_found_again() {
    let table = known_world(60_000, 1.6, 0.5, 0.8);
    let fitted = fit(&table, &Assumptions::default()).unwrap();
    let scenario = &fitted.scenario;
    // Three tiers tell discrimination from luck: the grid has 1.6 in it.
    assert!((scenario.tiers[0].discrimination - 1.6).abs() < 0.5, "{}", scenario.tiers[0].discrimination);
    assert!((scenario.shared_luck - 0.5).abs() < 0.15, "{}", scenario.shared_luck);
    let noise = scenario.policies.iter().find_map(|p| Some(p.kind.as_kind::<Classifier>()?.noise));
    assert!((noise.unwrap() / 0.8 - 1.0).abs() < 0.25, "{noise:?}");
    // Abilities are relative to difficulty: their distances are what can be known.
    let distance = scenario.tiers[2].ability - scenario.tiers[0].ability;
    assert!((distance - 1.7).abs() < 0.25, "{distance}");
    for compared in &fitted.compared {
        assert!((compared.fitted - compared.table).abs() < 0.01, "{compared:?}");
    }

    // The frontier of the router's score, by cutting the table itself at the score's quantiles.
    let mut order: Vec<usize> = (0..table.rows()).collect();
    let scores = &table.router_scores[0].scores;
    order.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]));
    for share in [0.2, 0.5, 0.8] {
        let cut = (share * table.rows() as f64) as usize;
        let weak: f64 = order[..cut].iter().map(|i| table.tiers[0].scores.at(*i)).sum();
        let strong: f64 = order[cut..].iter().map(|i| table.tiers[2].scores.at(*i)).sum();
        let expected = (weak + strong) / table.rows() as f64;
        let p = point(scenario, "Classifier", Some(share));
        assert!((p.quality - expected).abs() < 0.012, "{share}: {} against {expected}", p.quality);
    }
}

#[test]
fn what_cannot_be_fitted_says_why() {
    let table = known_world(50, 1.0, 0.5, 1.0);
    let unknown = Assumptions { models: vec!["huge".to_owned()], ..Assumptions::default() };
    assert!(fit(&table, &unknown).unwrap_err().contains("\"huge\""));
    let one = Assumptions { models: vec!["small".to_owned()], ..Assumptions::default() };
    assert!(fit(&table, &one).unwrap_err().contains("2 to 8 models"));
    let mut free = table.clone();
    for tier in &mut free.tiers {
        tier.costs_usd.clear();
    }
    assert!(fit(&free, &Assumptions::default()).unwrap_err().contains("--price"));
    assert!(fit(&Table { segment_of: Vec::new(), ..table }, &Assumptions::default()).unwrap_err().contains("no row"));
}

#[test]
fn the_command_line_previews_fits_and_refuses() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log.csv");
    let rows: String = (0..300)
        .map(|i| format!("{i},{},{},{},0.001,0.02\n", ["a", "b"][i % 2], u8::from(i % 3 == 0), u8::from(i % 5 != 0)))
        .collect();
    std::fs::write(&path, format!("request,segment,small,large,small|cost,large|cost\n{rows}300,a,,1,0.1,0.1\n"))
        .unwrap();
    let run = |arguments: &[&str]| {
        let out = Command::new(env!("CARGO_BIN_EXE_paretoscope")).args(arguments).output().unwrap();
        let text = String::from_utf8(out.stdout).unwrap() + &String::from_utf8(out.stderr).unwrap();
        (out.status.code(), text)
    };
    let file = path.to_str().unwrap();
    let (code, text) = run(&["preview", file]);
    assert_eq!(code, Some(0), "{text}");
    for said in
        ["wide layout, 301 rows read, 300 requests kept", "Left out: 1 row:", "lines 302", "USD per 1,000 calls"]
    {
        assert!(text.contains(said), "{said}: {text}");
    }
    let out = dir.path().join("fitted.toml");
    let (code, text) = run(&["fit", file, "--out", out.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("mean of small") && text.contains("Wrote"), "{text}");
    let (code, text) = run(&["frontier", out.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{text}");
    // The mean cost of a call is the table's: 20 USD per 1,000 calls of the large model.
    let line = text.lines().find(|l| l.trim_start().starts_with("All large")).unwrap();
    assert!(line.contains("20.00"), "{line}");
    let (code, text) = run(&["fit", file, "--force", "--out", out.to_str().unwrap(), "--price", "huge=1/2"]);
    assert_eq!(code, Some(2));
    assert!(text.contains("no model named \"huge\""), "{text}");
    let (code, text) = run(&["preview", dir.path().to_str().unwrap()]);
    assert_eq!(code, Some(2));
    assert!(text.contains("folder"), "{text}");
}
