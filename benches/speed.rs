//! Speed, as ratios within one run: `cargo bench`.
//!
//! Every figure is the best of several repetitions, because a shared machine can only ever add time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops at the first surprise"
)]

use std::hint::black_box;
use std::time::Instant;

use paretoscope::disk::Existing;
use paretoscope::frontier::Stages;
use paretoscope::jobs::{self, Control, DecideOptions, Detection, FIRST_REPLICATES, PlanOptions, UncertainOptions};
use paretoscope::model::{Asked, Design, Factor, Figure, Known, Scenario, Sweep};
use paretoscope::scenario::{library, read};
use paretoscope::simulation::monte_carlo;
use paretoscope::simulation::random::{Address, Generator, Purpose};
use paretoscope::simulation::traffic::Traffic;
use paretoscope::simulation::world::World;
use paretoscope::sweep::Shard;
use paretoscope::sweep::found::Row;
use paretoscope::units::merge::{self, Form};
use paretoscope::units::{Folder, Manifest};
use rand_distr::{Binomial, Distribution, Poisson, StandardNormal};

fn best_of(times: usize, mut work: impl FnMut()) -> f64 {
    (0..times)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min)
}

fn main() {
    let loaded = read::parse(library::flagship().text, "flagship").unwrap();
    let scenario = loaded.scenario;
    let world = World::compile(&scenario).unwrap();
    let stages = Stages::new(&world).unwrap();
    let stateless: Vec<usize> =
        (0..scenario.policies.len()).filter(|i| !paretoscope::policy::is_stateful(&scenario.policies[*i])).collect();
    let entries: Vec<(usize, Option<f64>)> =
        (0..scenario.policies.len()).filter(|i| *i != stages.baseline).map(|i| (i, None)).collect();

    println!("Monte Carlo, {} with its {} policies", scenario.name, entries.len() + 1);
    let requests = 4_000_000_u64;
    let experiment = stages.experiment(true, &entries, Purpose::Frontier, requests).unwrap();
    let policies = experiment.policies.len() as f64;
    // In turns, so that a clock that changes with the hour treats both alike.
    let pools = [1, 2].map(|threads| jobs::pool(threads).unwrap());
    let mut on = [f64::INFINITY; 2];
    for _ in 0..15 {
        for (best, pool) in on.iter_mut().zip(&pools) {
            let run = best_of(1, || {
                black_box(pool.install(|| jobs::run_experiment(&experiment, &Control::new(), None)).unwrap());
            });
            *best = best.min(run);
        }
    }
    let [one, two] = on;
    let draws = best_of(15, || {
        for replicate in 0..experiment.replicates() {
            black_box(monte_carlo::draw_only(&experiment, replicate));
        }
    });
    println!("  one core          {:8.1} million request·policies a second", requests as f64 * policies / one / 1e6);
    // What the machine gives: two threads that draw half of the numbers each and share nothing.
    let half = experiment.replicates() / 2;
    let draws_on_two = best_of(15, || {
        std::thread::scope(|scope| {
            for part in [0..half, half..experiment.replicates()] {
                let experiment = &experiment;
                scope.spawn(move || {
                    part.for_each(|r| {
                        black_box(monte_carlo::draw_only(experiment, r));
                    });
                });
            }
        });
    });
    println!("  two cores         {:8.2} times that; drawing alone gains {:.2} times", one / two, draws / draws_on_two);
    println!(
        "  drawing alone     {:8.1} ns a request; the whole takes {:.2} times that",
        draws / requests as f64 * 1e9,
        one / draws
    );

    println!("Exact engine, launch and production");
    for threads in [1, 0] {
        let pool = jobs::pool(threads).unwrap();
        let label = if threads == 1 { "one core" } else { "all cores" };
        let curves = best_of(20, || {
            black_box(pool.install(|| jobs::exact_curves(&stages, &stateless, 101, &Control::new())).unwrap());
        });
        let answer = best_of(50, || {
            // What a moved slider costs: the world compiled anew, everything calibrated anew, every operating point.
            let world = World::compile(&scenario).unwrap();
            let stages = Stages::new(&world).unwrap();
            black_box(pool.install(|| jobs::exact_curves(&stages, &stateless, 0, &Control::new())).unwrap());
        });
        println!(
            "  {label:9} every curve at 101 settings {:7.2} ms; a changed parameter to all operating points {:6.2} ms",
            curves * 1e3,
            answer * 1e3
        );
    }
    let timeline = best_of(3, || {
        black_box(jobs::timeline(&world, stateless.len() - 1, 0, &Control::new()).unwrap());
    });
    println!("  timeline of {} days {:7.1} ms", scenario.traffic.days, timeline * 1e3);
    calibration(&scenario);
    detection(&scenario, &stages);
}

/// Eight known figures met with eight free numbers, what each can be at all included.
fn calibration(scenario: &Scenario) {
    let known = |figure: Figure, policy: Option<&str>, tier: Option<&str>, value: f64, free: &str| Known {
        figure,
        policy: policy.map(str::to_owned),
        tier: tier.map(str::to_owned),
        value: Some(value),
        free: vec![free.to_owned()],
        ..Known::default()
    };
    let mut scenario = scenario.clone();
    scenario.known = vec![
        known(Figure::Quality, None, Some("Small"), 0.85, "tier.Small.ability"),
        known(Figure::Quality, None, Some("Capable"), 0.96, "tier.Capable.ability"),
        known(Figure::MonthlyInferenceUsd, Some("All capable"), None, 150_000.0, "segment.How-to.tokens.output"),
        known(Figure::RouterAuroc, Some("Classifier"), None, 0.72, "policy.Classifier.noise"),
        known(Figure::RoutedShare, Some("Classifier"), None, 0.6, "policy.Classifier.shares.0"),
        known(Figure::ThumbsDownPer1k, Some("All capable"), None, 3.0, "feedback.thumbs_down.ok"),
        known(Figure::TicketsPer1k, Some("Classifier"), None, 40.0, "economics.ticket.failed"),
        known(Figure::ChurnPer1k, Some("Classifier"), None, 0.5, "economics.churn.failed"),
    ];
    let world = World::compile(&scenario).unwrap();
    println!("Calibration, 8 known figures and 8 free numbers");
    for threads in [1, 2] {
        let pool = jobs::pool(threads).unwrap();
        let time = best_of(5, || {
            let outcome = pool.install(|| jobs::calibrate(&scenario, &world, &Control::new())).unwrap();
            assert!(outcome.aims.iter().all(|aim| aim.is_met), "{outcome:?}");
            black_box(outcome);
        });
        println!("  {threads} thread(s)       {:7.1} ms", time * 1e3);
    }
}

/// The detection study against drawing its requests one by one, all cores.
fn detection(scenario: &Scenario, stages: &Stages<'_>) {
    let pool = jobs::pool(0).unwrap();
    let policy = scenario.studied_policy().unwrap();
    let control = Control::new();
    let replicates = 1000;
    let run = |replicates: u32| {
        pool.install(|| {
            let mut detection = Detection::prepare(stages, policy, &control).unwrap();
            detection.run(replicates, &control, |_| {}).unwrap();
            black_box(detection.study(scenario.study.false_alarms));
        });
    };
    let whole = best_of(3, || run(replicates));
    let first = best_of(5, || run(FIRST_REPLICATES));
    // The routed and the baseline answer of every request, nothing observed or detected yet.
    let sample = 20_000_000_u64;
    let experiment = stages.experiment(true, &[(policy, None)], Purpose::Frontier, sample).unwrap();
    let drawn = best_of(3, || {
        black_box(pool.install(|| jobs::run_experiment(&experiment, &control, None)).unwrap());
    });
    let days = f64::from(scenario.traffic.days) * f64::from(3 * replicates);
    let requests = days * scenario.traffic.requests_per_day;
    println!(
        "Detection study, {} monitors, {replicates} replicates of each phase, {:.1e} requests",
        scenario.monitors.len(),
        requests
    );
    println!(
        "  whole study       {whole:8.2} s; first picture of {FIRST_REPLICATES} replicates {:6.0} ms",
        first * 1e3
    );
    println!("  drawing requests  {:8.0} times that", requests / sample as f64 * drawn / whole);
    let options = PlanOptions::of(scenario);
    let plan = best_of(3, || {
        black_box(pool.install(|| jobs::plan(stages, policy, &options, &control, |_| {})).unwrap());
    });
    let begun = Instant::now();
    let mut first = None;
    let early = |_: &_| {
        first.get_or_insert_with(|| begun.elapsed().as_secs_f64());
    };
    black_box(pool.install(|| jobs::plan(stages, policy, &options, &control, early)).unwrap());
    println!(
        "  search for a plan {plan:8.2} s: {:.1} times the study; first picture {:6.0} ms",
        plan / whole,
        first.unwrap_or_default() * 1e3
    );
    let options = DecideOptions::of(scenario);
    let begun = Instant::now();
    let mut first = None;
    let early = |_: &_| {
        first.get_or_insert_with(|| begun.elapsed().as_secs_f64());
    };
    black_box(pool.install(|| jobs::decide(stages, &options, &control, early)).unwrap());
    let decision = begun.elapsed().as_secs_f64();
    println!(
        "  decision, {} policies, with two plans {decision:8.2} s: {:.1} times the study; first picture {:6.0} ms",
        scenario.policies.len(),
        decision / whole,
        first.unwrap_or_default() * 1e3
    );
    uncertain(stages, &pool);
    counts();
    sweep(scenario);
}

/// A sweep of the flagship's frontier on two cores: its units alone, kept on the disk, and merged.
fn sweep(scenario: &Scenario) {
    const POINTS: u64 = 10_000;
    let factor = |key: &str, from: f64, to: f64| Factor {
        key: key.to_owned(),
        from: Some(from),
        to: Some(to),
        ..Factor::default()
    };
    let asked = Sweep {
        name: "bench".to_owned(),
        factors: vec![factor("event.0.multiply", 1.0, 4.0), factor("economics.churn.usd", 100.0, 600.0)],
        design: Design::Sobol,
        points: Some(POINTS),
        results: vec![Asked::Frontier],
        replicates: None,
    };
    let scenario = Scenario { sweeps: vec![asked], ..scenario.clone() };
    let (manifest, plan) = Manifest::new(&scenario, "bench", scenario.seed, "").unwrap();
    let begun = Instant::now();
    let namer = manifest.namer(&scenario, &plan);
    for point in 0..1_000_000 {
        black_box(namer.name(point, &plan.values(point % POINTS)));
    }
    let named = begun.elapsed().as_secs_f64();
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::prepare(&place.path().join("units"), &manifest).unwrap();
    let work =
        jobs::Sweep { plan: &folder.plan, scenario: &scenario, traffic: &Traffic::Generated, shard: Shard::WHOLE };
    let pool = jobs::pool(2).unwrap();
    type Keep<'k> = &'k (dyn Fn(u64, &[f64], &[Row]) -> Result<(), String> + Sync);
    let time = |keep: Keep<'_>| {
        let begun = Instant::now();
        let keep = |point: u64, values: &[f64], rows: &[Row]| keep(point, values, rows);
        pool.install(|| jobs::sweep(&work, &|_, _| true, &keep, &Control::new())).unwrap();
        begun.elapsed().as_secs_f64()
    };
    let alone = time(&|_, _, rows| {
        black_box(rows);
        Ok(())
    });
    let kept = time(&|point, values, rows| folder.keep(point, values, rows));
    let begun = Instant::now();
    let out = place.path().join("merged.parquet");
    merge::merge(&folder, &out, Form::Parquet, Existing::Keep, &|_| true).unwrap();
    let merged = begun.elapsed().as_secs_f64();
    println!(
        "  sweep             {kept:8.2} s for {POINTS} units, {alone:.2} s without their files; merged in {merged:.2} s; a \
         million units named in {named:.2} s"
    );
}

/// Points of the flagship's ranges, answered for all policies at launch and in production, and all that is read off them.
fn uncertain(stages: &Stages<'_>, pool: &rayon::ThreadPool) {
    let world = stages.launch.world;
    let (scenario, options, control) = (&world.scenario, UncertainOptions::default(), Control::new());
    let begun = Instant::now();
    let mut seen = Vec::new();
    let early = |found: &jobs::Uncertain| seen.push((found.points[1], begun.elapsed().as_secs_f64()));
    black_box(pool.install(|| jobs::uncertain(scenario, &world.traffic, &options, &control, early)).unwrap());
    let whole = begun.elapsed().as_secs_f64();
    let answered = seen.iter().find(|(points, _)| *points >= options.points as usize).map_or(whole, |(_, at)| *at);
    println!(
        "  {} points of {} ranges {answered:8.2} s, first picture {:6.0} ms; with indices, values of information and a map {whole:8.2} s",
        options.points,
        scenario.ranges.len(),
        seen.first().map_or(0.0, |(_, at)| *at) * 1e3,
    );
}

/// Exact counts against the rounded normal numbers that they might be taken for, at the flagship's size; one core.
fn counts() {
    const DRAWS: u32 = 2_000_000;
    let address = Address { seed: 1, replicate: 0, day: 0, purpose: Purpose::Study };
    let time = |draw: &mut dyn FnMut(&mut Generator) -> f64| {
        best_of(5, || {
            let mut rng = address.generator(0);
            black_box((0..DRAWS).map(|_| draw(&mut rng)).sum::<f64>());
        })
    };
    let (mean, sd) = (4000.0, 60.0);
    let normal = time(&mut |rng| {
        let z: f64 = StandardNormal.sample(rng);
        (mean + sd * z).round()
    });
    let exact = time(&mut |rng| Binomial::new(40_000, 0.1).map_or(0.0, |b| b.sample(rng) as f64));
    let events = time(&mut |rng| Poisson::new(mean).map_or(0.0, |p| p.sample(rng)));
    println!(
        "  exact counts      {:8.1} ns a binomial one, {:.1} times a rounded normal one; Poisson {:.1} times",
        exact / f64::from(DRAWS) * 1e9,
        exact / normal,
        events / normal
    );
}
