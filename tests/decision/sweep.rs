//! Sweeps: which points they have, what is found there, and what becomes of a run that is killed, of shards, and of files that do not belong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop at the first surprise")]

use crate::common;
use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use paretoscope::entry::List;
use paretoscope::frontier::Stages;
use paretoscope::jobs::{self, Control};
use paretoscope::model::{Asked, Design, Factor, Scenario, Sweep, address};
use paretoscope::scenario::edit::{self, Edit};
use paretoscope::scenario::{library, overrides, read, write};
use paretoscope::simulation::traffic::Traffic;
use paretoscope::simulation::world::World;
use paretoscope::sweep::found::{REFUSED, Row};
use paretoscope::sweep::{Plan, Shard};
use paretoscope::units::{Folder, Manifest};

fn listed(key: &str, values: &[f64]) -> Factor {
    Factor { key: key.to_owned(), values: Some(values.to_vec()), ..Factor::default() }
}

fn even(key: &str, from: f64, to: f64, steps: Option<u32>) -> Factor {
    Factor { key: key.to_owned(), from: Some(from), to: Some(to), steps, ..Factor::default() }
}

fn of(design: Design, points: Option<u64>, factors: Vec<Factor>) -> Sweep {
    let results = vec![Asked::Frontier];
    Sweep { name: "a sweep".to_owned(), factors, design, points, results, replicates: None }
}

fn plan(sweep: &Sweep) -> Plan {
    Plan::of(&common::flagship(), sweep).unwrap_or_else(|wrong| panic!("{wrong:?}"))
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn a_grid_has_every_combination_once() {
    let factors = vec![
        listed("event.0.multiply", &[1.0, 2.0, 4.0]),
        even("monitor.Human review, pooled.sensitivity_hidden", 0.1, 0.9, Some(9)),
        even("traffic.days", 100.0, 140.0, Some(5)),
    ];
    let plan = plan(&of(Design::Grid, None, factors));
    assert_eq!(plan.count(), 3 * 9 * 5);
    let all: BTreeSet<Vec<u64>> = (0..plan.count()).map(|point| bits(&plan.values(point))).collect();
    assert_eq!(all.len(), 3 * 9 * 5);
    // The last turns first, and values are those that a person would write.
    assert_eq!(plan.values(0), [1.0, 0.1, 100.0]);
    assert_eq!(plan.values(1), [1.0, 0.1, 110.0]);
    assert_eq!(plan.values(2 * 5), [1.0, 0.3, 100.0]);
    assert_eq!(plan.values(134), [4.0, 0.9, 140.0]);
}

#[test]
fn one_at_a_time_is_the_file_and_then_each_factor_alone() {
    let scenario = common::flagship();
    let factors = vec![listed("event.0.multiply", &[1.0, 2.0]), even("economics.churn.usd", 100.0, 500.0, Some(3))];
    let plan = plan(&of(Design::OneAtATime, None, factors));
    let file = [scenario.events[0].change.apply(1.0, 1.0), scenario.economics.churn.usd];
    let points: Vec<Vec<f64>> = (0..plan.count()).map(|point| plan.values(point)).collect();
    let [a, b] = file;
    assert_eq!(points, [[a, b], [1.0, b], [2.0, b], [a, 100.0], [a, 300.0], [a, 500.0]]);
}

#[test]
fn points_that_are_spread_fill_every_slice() {
    let factors = || {
        vec![
            even("event.0.multiply", 1.0, 5.0, None),
            even("tier.Small.ability", -1.0, 1.0, None),
            listed("economics.reask", &[0.1, 0.2]),
            even("traffic.days", 100.0, 103.0, None),
        ]
    };
    for design in [Design::LatinHypercube, Design::Sobol] {
        let plan = plan(&of(design, Some(256), factors()));
        let at = |factor: usize, low: f64, high: f64| -> Vec<usize> {
            (0..256).map(|i| (256.0 * (plan.values(i)[factor] - low) / (high - low)) as usize).collect()
        };
        for (factor, low, high) in [(0, 1.0, 5.0), (1, -1.0, 1.0)] {
            let slices: HashSet<usize> = at(factor, low, high).into_iter().collect();
            assert_eq!(slices.len(), 256, "{design:?} {factor}");
        }
        // Of two values each has half of the points, of four days each a quarter.
        let count =
            |factor: usize, value: f64| (0..256).filter(|i| bits(&plan.values(*i))[factor] == value.to_bits()).count();
        assert_eq!((count(2, 0.1), count(2, 0.2)), (128, 128), "{design:?}");
        for day in [100.0, 101.0, 102.0, 103.0] {
            assert_eq!(count(3, day), 64, "{design:?} {day}");
        }
    }
}

#[test]
fn a_change_of_anything_that_decides_changes_the_name() {
    let scenario = common::flagship();
    let mut sweep = of(Design::Grid, None, vec![listed("event.0.multiply", &[1.0, 2.0])]);
    sweep.results = vec![Asked::Frontier, Asked::Detect];
    let name = |change: &dyn Fn(&mut Scenario, &mut Sweep, &mut Manifest), point: u64| {
        let (mut scenario, mut sweep) = (scenario.clone(), sweep.clone());
        let manifest = |scenario: &Scenario, sweep: &Sweep| {
            let scenario = Scenario { sweeps: vec![sweep.clone()], ..scenario.clone() };
            Manifest::new(&scenario, &sweep.name, scenario.seed, "").unwrap()
        };
        let mut first = manifest(&scenario, &sweep).0;
        change(&mut scenario, &mut sweep, &mut first);
        let (mut second, plan) = manifest(&scenario, &sweep);
        // What a manifest alone says.
        (second.version, second.table) = (first.version, first.table);
        second.seed = first.seed.max(second.seed);
        second.namer(&scenario, &plan).name(point, &plan.values(point))
    };
    let own = name(&|_, _, _| {}, 0);
    assert_eq!(own, name(&|_, _, _| {}, 0));
    // The sweep's own name decides nothing.
    assert_eq!(own, name(&|_, sweep, _| sweep.name = "another".to_owned(), 0));
    type Change<'c> = &'c dyn Fn(&mut Scenario, &mut Sweep, &mut Manifest);
    let changes: [Change<'_>; 9] = [
        &|scenario, _, _| scenario.tiers[0].ability += 1e-9,
        &|scenario, _, _| scenario.seed += 1,
        &|scenario, _, _| scenario.study.replicates += 1,
        &|_, sweep, _| sweep.replicates = Some(77),
        &|_, sweep, _| sweep.results = vec![Asked::Detect],
        &|_, sweep, _| sweep.factors[0].values = Some(vec![1.5, 2.0]),
        &|_, sweep, _| sweep.factors[0].key = "event.0.day".to_owned(),
        &|_, _, manifest| manifest.version = "9.9.9".to_owned(),
        &|_, _, manifest| manifest.table = "ab".to_owned(),
    ];
    let mut names: HashSet<_> = changes.iter().map(|change| name(change, 0)).collect();
    names.insert(own);
    names.insert(name(&|_, _, _| {}, 1));
    assert_eq!(names.len(), changes.len() + 2);
}

/// What is found at every point, in the order of the design.
fn found(scenario: &Scenario, sweep: &Sweep, threads: usize) -> Vec<(Vec<f64>, Vec<Row>)> {
    let plan = Plan::of(scenario, sweep).unwrap();
    let all = Mutex::new(Vec::new());
    let keep = |point: u64, values: &[f64], rows: &[Row]| {
        all.lock().unwrap().push((point, values.to_vec(), rows.to_vec()));
        Ok(())
    };
    let work = jobs::Sweep { plan: &plan, scenario, traffic: &Traffic::Generated, shard: Shard::WHOLE };
    jobs::pool(threads).unwrap().install(|| jobs::sweep(&work, &|_, _| true, &keep, &Control::new())).unwrap();
    let mut all = all.into_inner().unwrap();
    all.sort_by_key(|(point, ..)| *point);
    assert_eq!(all.len() as u64, plan.count());
    all.into_iter().map(|(_, values, rows)| (values, rows)).collect()
}

fn figure(rows: &[Row], of: [&str; 4], figure: &str) -> Option<f64> {
    let [result, stage, policy, watched] = of;
    let is = |row: &&Row| row.result == result && row.stage == stage && row.policy == policy && row.watched == watched;
    rows.iter().filter(is).find(|row| row.figure == figure).unwrap_or_else(|| panic!("{of:?} {figure}")).value
}

#[test]
fn what_is_found_is_what_the_engines_say_of_the_same_scenario() {
    let text = library::flagship().text;
    let (hidden, review) = ("monitor.Human review, pooled.sensitivity_hidden", "Human review, pooled");
    let mut sweep = of(Design::Grid, None, vec![listed("event.0.multiply", &[1.5, 3.0]), listed(hidden, &[0.3, 0.8])]);
    sweep.results = vec![Asked::Detect, Asked::Frontier];
    sweep.replicates = Some(20);
    let scenario = common::flagship();
    let all = found(&scenario, &sweep, 2);
    assert_eq!(all, found(&scenario, &sweep, 1));
    for (values, rows) in all {
        let set = [
            format!("event.0.multiply={}", values[0]),
            format!("monitor.\"{review}\".sensitivity_hidden={}", values[1]),
        ];
        let same = read::parse(&overrides::apply(text, &set).unwrap(), "x").unwrap().scenario;
        let world = World::compile(&same).unwrap();
        let stages = Stages::new(&world).unwrap();
        for (index, policy) in same.policies.iter().enumerate() {
            let points = stages.exact_points(index, None).unwrap().unwrap();
            let base = stages.exact_points(stages.baseline, None).unwrap().unwrap();
            for ((stage, point), base) in ["launch", "production"].into_iter().zip(points).zip(base) {
                let of = ["frontier", stage, &policy.name, ""];
                assert_eq!(figure(&rows, of, "quality"), Some(point.quality));
                assert_eq!(figure(&rows, of, "total_usd_per_1k"), Some(point.total_usd_per_1k));
                let change = point.inference_usd_per_1k / base.inference_usd_per_1k - 1.0;
                assert_eq!(figure(&rows, of, "inference_change"), Some(change));
            }
        }
        let policy = same.studied_policy().unwrap();
        let mut detection =
            jobs::Detection::prepare_at(&stages, policy, vec![same.study.false_alarms], &Control::new()).unwrap();
        detection.run(20, &Control::new(), |_| {}).unwrap();
        let study = detection.study(same.study.false_alarms);
        let of = |stage| ["detect", stage, &same.policies[policy].name, review];
        let outcome = &study.monitors[0].outcome;
        assert_eq!(figure(&rows, of("launch"), "false_alarms"), Some(outcome.false_alarms.rate));
        assert_eq!(figure(&rows, of("production"), "detected"), Some(outcome.noticed.rate));
        assert_eq!(figure(&rows, of("production"), "days_median"), outcome.days_to(0.5));
    }
}

#[test]
fn a_decision_at_a_point_is_the_decision_of_that_scenario() {
    let scenario = common::shipped(library::find("workshop-first-steps").unwrap());
    let mut sweep = of(Design::Grid, None, vec![listed("economics.churn.usd", &[200.0])]);
    sweep.results = vec![Asked::Decide];
    sweep.replicates = Some(40);
    let (_, rows) = found(&scenario, &sweep, 2).remove(0);
    let mut at = scenario.clone();
    at.economics.churn.usd = 200.0;
    let world = World::compile(&at).unwrap();
    let stages = Stages::new(&world).unwrap();
    let options = jobs::DecideOptions { replicates: 40, ..jobs::DecideOptions::of(&at) };
    let decision = jobs::decide(&stages, &options, &Control::new(), |_| {}).unwrap();
    let values: Vec<Option<f64>> = rows.iter().filter(|row| row.figure == "value_usd").map(|row| row.value).collect();
    let wanted: Vec<Option<f64>> =
        decision.options.iter().map(|option| option.figures.as_ref().ok().map(|figures| figures.value_usd)).collect();
    assert_eq!(values, wanted);
    let best: Vec<bool> = rows.iter().filter(|row| row.figure == "best").map(|row| row.value == Some(1.0)).collect();
    assert_eq!(best.iter().position(|is| *is), Some(decision.best));
}

#[test]
fn a_point_that_means_nothing_is_told_and_the_others_are_found() {
    let sweep = of(Design::Grid, None, vec![listed("tier.Small.lower", &[0.0, 0.99])]);
    let all = found(&common::flagship(), &sweep, 2);
    assert!(all[0].1.iter().all(|row| row.result == "frontier"));
    assert_eq!(all[1].1.len(), 1);
    assert!(all[1].1[0].result == REFUSED && all[1].1[0].figure.contains("above upper"), "{:?}", all[1].1);
}

/// What the reader says of a flagship with something behind it.
fn complaints(more: &str) -> Vec<String> {
    let text = format!("{}\n{more}", library::flagship().text);
    read::parse(&text, "x.toml").err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

#[test]
fn what_cannot_be_is_refused_with_the_way_on() {
    let sweep = |factors: &str, rest: &str| {
        format!(
            "[[sweep]]\nname = \"x\"\nfactors = [{factors}]\n{}",
            if rest.is_empty() { "results = [\"frontier\"]\n" } else { rest }
        )
    };
    let one = "{ key = \"economics.reask\", values = [0.1, 0.2] }";
    let many = |n: u32| format!("{{ key = \"economics.churn.usd\", from = 1, to = 2, steps = {n} }}");
    for (text, words) in [
        (sweep("{ key = \"economics.reaks\", values = [0.1] }", ""), &["factors 1: key", "did you mean", "reask"][..]),
        (sweep("{ key = \"tier.Smal.ability\", values = [0.1] }", ""), &["Smal", "did you mean \"Small\""]),
        (sweep("{ key = \"baseline\", values = [0.1] }", ""), &["no number"]),
        (
            sweep("{ kye = \"economics.reask\", values = [0.1] }", ""),
            &["factors 1", "unknown key", "did you mean \"key\""],
        ),
        (sweep("{ key = \"economics.reask\", values = [0.1, 3] }", ""), &["values", "found 3", "from 0 to 1"]),
        (sweep("{ key = \"economics.reask\", values = [0.1, 0.1] }", ""), &["0.1 stands there twice"]),
        (sweep("{ key = \"economics.reask\", values = [] }", ""), &["found 0 numbers"]),
        (sweep("{ key = \"economics.reask\" }", ""), &["needs values, or from and to"]),
        (sweep("{ key = \"economics.reask\", from = 0.3, to = 0.3, steps = 3 }", ""), &["from", "not below to"]),
        (
            sweep("{ key = \"economics.reask\", from = 0.3, to = 1.5, steps = 3 }", ""),
            &["to", "found 1.5", "from 0 to 1"],
        ),
        (sweep("{ key = \"economics.reask\", from = 0.3, to = 0.5, steps = 1 }", ""), &["steps", "from 2 to"]),
        (sweep("{ key = \"economics.reask\", from = 0.3, to = 0.5 }", ""), &["steps", "missing"]),
        (sweep("{ key = \"economics.reask\", from = 0.3, steps = 4 }", ""), &["to", "missing"]),
        (sweep("{ key = \"traffic.days\", from = 100, to = 102, steps = 4 }", ""), &["fewer whole numbers"]),
        (
            sweep("{ key = \"economics.reask\", values = [0.1], from = 0.3, to = 0.5 }", ""),
            &["either values, or from and to"],
        ),
        (sweep(&format!("{one}, {one}"), ""), &["factors 2", "a factor of this number already"]),
        (
            sweep(
                "{ key = \"policy.Classifier.shares.0\", values = [0.5] }, { key = \"policy.Classifier.shares.1\", values = [0.5] }",
                "",
            ),
            &["they sum to 1"],
        ),
        (sweep("", ""), &["factors", "the list is empty"]),
        (sweep("3", ""), &["factors", "a list of tables"]),
        (sweep(one, "results = []\n"), &["results", "the list is empty"]),
        (sweep(one, "results = [\"frontiers\"]\n"), &["results", "did you mean \"frontier\""]),
        (sweep(one, "results = [\"detect\", \"detect\"]\n"), &["results", "twice"]),
        (sweep(one, "design = \"grid\"\n"), &["results", "missing"]),
        (sweep(one, "results = [\"frontier\"]\ndesign = \"sobl\"\n"), &["did you mean \"sobol\""]),
        (sweep(one, "results = [\"frontier\"]\ndesign = \"sobol\"\n"), &["points", "missing"]),
        (sweep(one, "results = [\"frontier\"]\npoints = 5\n"), &["points", "leave the key out"]),
        (sweep(one, "results = [\"frontier\"]\nreplicates = 50\n"), &["replicates", "leave the key out"]),
        (
            sweep(one, "results = [\"frontier\"]\ndesign = \"sobol\"\npoints = 1000000000\n"),
            &["1000000000 points", "fewer than"],
        ),
        (
            sweep(
                &format!("{one}, {}, {{ key = \"traffic.days\", from = 1, to = 3650, steps = 3650 }}", many(1_000_000)),
                "",
            ),
            &["7300000000 points", "fewer than 1000000000"],
        ),
        (format!("{}{}", sweep(one, ""), sweep(one, "")), &["the name \"x\" is taken already"]),
    ] {
        let found = complaints(&text);
        for word in words {
            assert!(found.iter().any(|problem| problem.contains(word)), "{text}\n{found:?} lacks {word}");
        }
    }
    // All at once, each in its line.
    let text =
        sweep("\n{ key = \"a\", values = [1] },\n{ key = \"economics.reask\", values = [7] },\n", "results = []\n");
    let found = complaints(&text);
    let lines: BTreeSet<&str> = found.iter().filter_map(|problem| problem.split(':').nth(1)).collect();
    assert!(found.len() == 3 && lines.len() == 3, "{found:?}");
}

#[test]
fn factors_are_saved_with_their_scenario_and_follow_what_they_are_about() {
    let mut scenario = common::flagship();
    assert_eq!(scenario.sweeps.len(), 1);
    let again = read::parse(&write::to_text(&scenario), "x.toml").unwrap();
    assert_eq!(again.scenario, scenario);
    let keys = |scenario: &Scenario| -> Vec<String> {
        scenario.sweeps.iter().flat_map(|sweep| sweep.factors.iter().map(|factor| factor.key.clone())).collect()
    };
    let review = scenario.monitors.iter().position(|monitor| monitor.name == "Human review, pooled").unwrap();
    edit::apply(&mut scenario, List::Monitors, review, &Edit::Rename("Readers".to_owned())).unwrap();
    assert_eq!(keys(&scenario), ["event.0.multiply", "monitor.Readers.sensitivity_hidden"]);
    edit::apply(&mut scenario, List::Monitors, review, &Edit::Delete).unwrap();
    assert_eq!(keys(&scenario), ["event.0.multiply"]);
    assert!(scenario.sweeps.iter().all(|sweep| address::find(&scenario, &sweep.factors[0].key).is_ok()));
    edit::apply(&mut scenario, List::Events, 0, &Edit::Delete).unwrap();
    assert!(scenario.sweeps.is_empty());
    assert!(read::parse(&write::to_text(&scenario), "x.toml").is_ok());
    // In the text of the file only the path changes.
    let loaded = read::parse(library::flagship().text, "x.toml").unwrap();
    let mut renamed = loaded.scenario.clone();
    edit::apply(&mut renamed, List::Monitors, review, &Edit::Rename("Readers".to_owned())).unwrap();
    assert!(loaded.document.to_text(&renamed).contains("key = \"monitor.Readers.sensitivity_hidden\", from = 0.1"));
}

// The command line.

fn paretoscope(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_paretoscope")).args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A folder with a scenario whose sweep has so many points.
fn folder(points: u32) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.toml");
    let more = format!(
        "\n[[sweep]]\nname = \"s\"\ndesign = \"latin_hypercube\"\npoints = {points}\nresults = [\"frontier\"]\nfactors = [{{ key = \
         \"economics.churn.usd\", from = 10, to = 500 }}, {{ key = \"tier.0.ability\", from = -0.5, to = 0.5 }}]\n"
    );
    fs::write(&path, format!("{}{more}", library::find("workshop-first-steps").unwrap().text)).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

fn done(arguments: &[&str]) -> String {
    let run = paretoscope(arguments);
    assert_eq!(run.status.code(), Some(0), "{arguments:?}: {}", text(&run.stderr));
    text(&run.stdout)
}

fn merged(dir: &Path, ending: &str) -> Vec<u8> {
    let out = dir.parent().unwrap().join(format!("merged.{ending}"));
    done(&["sweep", "merge", dir.to_str().unwrap(), "--out", out.to_str().unwrap(), "--force"]);
    fs::read(out).unwrap()
}

fn units(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for sub in fs::read_dir(dir).unwrap().flatten().filter(|entry| entry.path().is_dir()) {
        found.extend(fs::read_dir(sub.path()).unwrap().flatten().map(|entry| entry.path()));
    }
    found.sort();
    found
}

#[test]
fn shards_merge_to_the_same_bytes_whatever_their_number() {
    let (folder, scenario) = folder(70);
    let mut tables = Vec::new();
    for (shards, threads) in [(1, "1"), (7, "2"), (64, "3")] {
        let dir = folder.path().join(format!("of-{shards}"));
        let out = dir.to_str().unwrap();
        // The last first: shards need no talk.
        for shard in (0..shards).rev() {
            done(&[
                "sweep",
                &scenario,
                "--name",
                "s",
                "--out",
                out,
                "--shard",
                &format!("{shard}/{shards}"),
                "--threads",
                threads,
            ]);
        }
        assert_eq!(units(&dir).len(), 70);
        tables.push((merged(&dir, "parquet"), merged(&dir, "csv")));
    }
    assert!(tables.iter().all(|both| *both == tables[0]));
    let csv = text(&tables[0].1);
    let mut lines = csv.lines();
    assert_eq!(
        lines.next(),
        Some("unit,point,economics.churn.usd,tier.0.ability,result,stage,policy,watched,figure,value")
    );
    let points: Vec<u32> = lines.map(|line| line.split(',').nth(1).unwrap().parse().unwrap()).collect();
    assert!(points.is_sorted() && points.last() == Some(&69));
    // What is listed is what is done.
    let listed = done(&["sweep", &scenario, "--dry-run"]);
    let names: BTreeSet<&str> = listed.lines().filter_map(|line| line.split(' ').next()).collect();
    let files: BTreeSet<String> = units(&folder.path().join("of-7"))
        .iter()
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert!(names.len() == 70 && files.iter().map(String::as_str).eq(names));
}

#[cfg(unix)]
#[test]
fn a_run_that_is_killed_again_and_again_ends_with_the_same_bytes() {
    let (folder, scenario) = folder(600);
    let through = folder.path().join("through");
    let before = Instant::now();
    done(&["sweep", &scenario, "--out", through.to_str().unwrap()]);
    let whole = before.elapsed();
    let killed = folder.path().join("killed");
    let arguments = ["sweep", &scenario, "--out", killed.to_str().unwrap()];
    let mut seed = 7_u64;
    let (mut counts, mut left_over) = (Vec::new(), 0);
    for _ in 0..20 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let part = f64::from((seed >> 33) as u32) / f64::from(1_u32 << 31);
        let mut run = Command::new(env!("CARGO_BIN_EXE_paretoscope"))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_secs_f64(0.02 + part * whole.as_secs_f64() / 6.0));
        run.kill().unwrap();
        run.wait().unwrap();
        if killed.is_dir() {
            let all = units(&killed);
            left_over += all.iter().filter(|path| path.extension().is_some_and(|e| e == "tmp")).count();
            counts.push(all.iter().filter(|path| path.extension().is_some_and(|e| e == "parquet")).count());
        }
    }
    assert!(counts.is_sorted(), "what was done is never lost: {counts:?}, {left_over} left over");
    assert!(killed.join("sweep.json").is_file(), "at least once it got so far");
    let status: serde_json::Value =
        serde_json::from_str(&done(&["sweep", "status", killed.to_str().unwrap(), "--format", "json"])).unwrap();
    assert_eq!((status["points"].as_u64(), status["foreign"].as_u64()), (Some(600), Some(0)));
    done(&arguments);
    let names =
        |dir: &Path| units(dir).iter().map(|path| path.strip_prefix(dir).unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(&through), names(&killed), "the shard clears away what it has left");
    for (one, other) in units(&through).iter().zip(units(&killed)) {
        assert!(fs::read(one).unwrap() == fs::read(&other).unwrap(), "{}", one.display());
    }
    assert!(merged(&through, "parquet") == merged(&killed, "parquet"));
}

#[test]
fn units_that_are_missing_foreign_doubled_or_damaged_are_refused_by_name() {
    let (folder, scenario) = folder(12);
    let (dir, other) = (folder.path().join("dir"), folder.path().join("other"));
    let out = dir.to_str().unwrap();
    done(&["sweep", &scenario, "--out", out]);
    done(&["sweep", &scenario, "--seed", "5", "--out", other.to_str().unwrap()]);
    let table = folder.path().join("t.csv");
    let refused = |words: &[&str]| {
        let run = paretoscope(&["sweep", "merge", out, "--out", table.to_str().unwrap()]);
        let said = text(&run.stderr);
        assert_eq!(run.status.code(), Some(2), "{said}");
        assert!(words.iter().all(|word| said.contains(word)), "{said} lacks one of {words:?}");
        assert!(!table.exists());
    };
    let all = units(&dir);
    let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    let (first, second) = (&all[0], &all[1]);
    let kept = fs::read(first).unwrap();
    let back = || fs::write(first, &kept).unwrap();
    // Missing.
    fs::remove_file(first).unwrap();
    refused(&[&name(first), "missing"]);
    assert!(done(&["sweep", "status", out]).contains("11 of 12 units done, 1 missing, 0 foreign"));
    // Damaged: cut off, and with one bit turned in each of its places in turn.
    fs::write(first, &kept[..kept.len() / 2]).unwrap();
    refused(&[&name(first), "damaged"]);
    for place in (0..kept.len()).step_by(kept.len() / 12) {
        let mut bytes = kept.clone();
        bytes[place] ^= 0x10;
        fs::write(first, &bytes).unwrap();
        let run = paretoscope(&["sweep", "merge", out, "--out", table.to_str().unwrap()]);
        // A bit that says nothing, such as one of the file's own words on who wrote it, may turn.
        if run.status.code() == Some(0) {
            let sound = fs::read(&table).unwrap();
            fs::remove_file(&table).unwrap();
            back();
            assert!(sound == merged(&dir, "csv"), "byte {place}");
        } else {
            assert!(run.status.code() == Some(2) && text(&run.stderr).contains(&name(first)), "byte {place}");
        }
    }
    // Another unit's figures under its name.
    fs::copy(second, first).unwrap();
    refused(&[&name(first), &name(second), "twice"]);
    back();
    // There twice.
    let copy = first.with_file_name(format!("{} (copy).parquet", name(first)));
    fs::copy(first, &copy).unwrap();
    refused(&[copy.file_name().unwrap().to_str().unwrap(), "twice"]);
    fs::remove_file(copy).unwrap();
    // Of another sweep.
    let stranger = &units(&other)[3];
    let place = dir.join(stranger.strip_prefix(&other).unwrap());
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::copy(stranger, &place).unwrap();
    refused(&[&name(stranger), "foreign"]);
    assert!(done(&["sweep", "status", out]).contains("1 foreign"));
    fs::remove_file(place).unwrap();
    done(&["sweep", "merge", out, "--out", table.to_str().unwrap()]);
    // A table that is there stays.
    let run = paretoscope(&["sweep", "merge", out, "--out", table.to_str().unwrap()]);
    assert!(run.status.code() == Some(2) && text(&run.stderr).contains("--force"));
}

#[test]
fn a_unit_that_cannot_be_kept_ends_the_run_and_costs_itself_alone() {
    let (folder, scenario) = folder(200);
    let dir = folder.path().join("dir");
    let out = dir.to_str().unwrap();
    let listed = done(&["sweep", &scenario, "--dry-run"]);
    let unit = listed.lines().nth(150).unwrap().split(' ').next().unwrap().to_owned();
    // What stands where its folder should be keeps it from being written, as a full disk would.
    fs::create_dir(&dir).unwrap();
    let obstacle = dir.join(&unit[..2]);
    fs::write(&obstacle, "").unwrap();
    // A name of two digits is one that a sweep may have made itself.
    let run = paretoscope(&["sweep", &scenario, "--out", out, "--threads", "1"]);
    let said = text(&run.stderr);
    assert!(run.status.code() == Some(1) && said.contains("cannot be written into"), "{said}");
    assert!(said.contains(&unit[..2]) && said.contains("to go on"), "{said}");
    let before = units(&dir).len();
    assert!(before > 0 && before < 200, "{before}");
    fs::remove_file(obstacle).unwrap();
    assert!(done(&["sweep", &scenario, "--out", out]).contains(&format!("{before} of them before")));
    assert_eq!(units(&dir).len(), 200);
}

#[test]
fn a_folder_of_another_sweep_is_refused() {
    let (folder, scenario) = folder(3);
    let dir = folder.path().join("dir");
    let out = dir.to_str().unwrap();
    done(&["sweep", &scenario, "--out", out]);
    for (more, what) in [(&["--seed", "9"], "seed"), (&["--set", "economics.reask=0.4"], "scenario")] {
        let run = paretoscope(&[&["sweep", &scenario, "--out", out], &more[..]].concat());
        assert!(run.status.code() == Some(2) && text(&run.stderr).contains(what), "{}", text(&run.stderr));
    }
    let full = folder.path().join("full");
    fs::create_dir(&full).unwrap();
    fs::write(full.join("precious.txt"), "x").unwrap();
    let run = paretoscope(&["sweep", &scenario, "--out", full.to_str().unwrap()]);
    assert!(run.status.code() == Some(2) && text(&run.stderr).contains("not empty"));
    for (arguments, what) in [
        (&["sweep", "status", full.to_str().unwrap()][..], "sweep.json"),
        (&["sweep", "workshop-first-steps", "--name", "s", "--out", out], "no [[sweep]]"),
        (&["sweep", &scenario, "--name", "z", "--out", out], "no sweep is named"),
        (&["sweep", &scenario, "--out", out, "--shard", "3/3"], "0/64"),
        (&["sweep", &scenario], "--out"),
        (&["sweep", "merge", out, "--out", "table.xlsx"], ".parquet or .csv"),
    ] {
        let run = paretoscope(arguments);
        assert!(
            run.status.code() == Some(2) && text(&run.stderr).contains(what),
            "{arguments:?} {}",
            text(&run.stderr)
        );
    }
}

#[test]
fn several_workers_may_be_the_first_in_a_subfolder() {
    let mut scenario = common::flagship();
    scenario.sweeps = vec![of(Design::Grid, None, vec![listed("event.0.multiply", &[1.0])])];
    let (manifest, plan) = Manifest::new(&scenario, "a sweep", 1, "").unwrap();
    let values = plan.values(0);
    for _ in 0..50 {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::prepare(dir.path(), &manifest).unwrap();
        let start = Barrier::new(8);
        let keep = || {
            start.wait();
            folder.keep(0, &values, &[])
        };
        let all: Vec<Result<(), String>> = thread::scope(|scope| {
            let workers: Vec<_> = (0..8).map(|_| scope.spawn(keep)).collect();
            workers.into_iter().map(|worker| worker.join().unwrap()).collect()
        });
        assert!(all.iter().all(Result::is_ok), "{all:?}");
        assert!(folder.file_of(folder.name(0, &values)).is_file());
    }
}

/// Runs to the end, and gives the most memory that it has taken, kB.
#[cfg(target_os = "linux")]
fn peak_kb(arguments: &[&str]) -> u64 {
    let mut run = Command::new(env!("CARGO_BIN_EXE_paretoscope"))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", run.id());
    let mut peak = 0;
    while run.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(peak);
        thread::sleep(Duration::from_millis(5));
    }
    let ended = run.wait().unwrap();
    assert!(ended.success(), "{arguments:?} {ended}");
    peak
}

#[cfg(target_os = "linux")]
#[test]
fn a_shard_of_a_million_units_is_planned_in_little_memory() {
    let (_folder, scenario) = folder(1_000_000);
    let peak = peak_kb(&["sweep", &scenario, "--dry-run", "--shard", "3/64"]);
    assert!(peak < 200_000, "{peak} kB");
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "long: a minute"]
fn a_million_units_are_planned_in_little_memory() {
    let (_folder, scenario) = folder(1_000_000);
    let peak = peak_kb(&["sweep", &scenario, "--dry-run"]);
    assert!(peak < 200_000, "{peak} kB");
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "long: half a minute"]
fn memory_does_not_grow_with_the_number_of_units() {
    let peaks = [1000, 10_000].map(|points| {
        let folder = tempfile::tempdir().unwrap();
        let scenario = folder.path().join("f.toml");
        let more = format!(
            "\n[[sweep]]\nname = \"s\"\ndesign = \"sobol\"\npoints = {points}\nresults = [\"frontier\"]\nfactors = [{{ key = \
             \"event.0.multiply\", from = 1, to = 4 }}, {{ key = \"economics.churn.usd\", from = 100, to = 600 }}]\n"
        );
        fs::write(&scenario, format!("{}{more}", library::flagship().text)).unwrap();
        let out = folder.path().join("dir");
        let (scenario, out) = (scenario.to_str().unwrap(), out.to_str().unwrap());
        let run = peak_kb(&["sweep", scenario, "--name", "s", "--out", out]);
        let table = folder.path().join("t.parquet");
        let merge = peak_kb(&["sweep", "merge", out, "--out", table.to_str().unwrap()]);
        [run, merge]
    });
    for (small, large) in peaks[0].iter().zip(peaks[1]) {
        assert!(large < small + 8_000, "{peaks:?} kB");
    }
}
