//! Rollouts in steps: what each could have shown against figures worked out apart, and gates against sums over days and their error rates.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::process::{Command, Output};

use paretoscope::jobs::{self, Control};
use paretoscope::model::{Compared, Gate, Otherwise, Rollout, Scenario};
use paretoscope::rollout::Outcome;
use paretoscope::scenario::{library, read, write};
use paretoscope::simulation::world::World;
use statrs::distribution::{ContinuousCDF, Normal};

/// The flagship, whose rollout has steps from 5 % on day 0 to all of the traffic on day 35.
fn flagship() -> Scenario {
    read::parse(library::find("support-agent").unwrap().text, "x").unwrap().scenario
}

fn with_gate(mut scenario: Scenario, gate: Gate) -> Scenario {
    let studied = scenario.studied_policy().unwrap();
    scenario.policies[studied].gate = Some(gate);
    scenario
}

fn outcome(scenario: &Scenario, replicates: u32) -> Outcome {
    let world = World::compile(scenario).unwrap();
    let control = Control::new();
    jobs::rollout(&world, scenario.studied_policy().unwrap(), replicates, &control).unwrap()
}

/// Value of the planned steps in production, from the expectations of a timeline.
fn by_timeline(scenario: &Scenario, days: std::ops::Range<usize>) -> f64 {
    let world = World::compile(scenario).unwrap();
    let timeline = jobs::timeline(&world, scenario.studied_policy().unwrap(), 0, &Control::new()).unwrap();
    let of_day = |day: &paretoscope::timeline::DayFigures| {
        day.baseline_inference_usd + day.baseline_downstream_usd - day.inference_usd - day.downstream_usd
    };
    timeline.expected[days].iter().map(of_day).sum()
}

fn near(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * a.abs().max(b.abs())
}

#[test]
fn the_smallest_gap_is_that_of_a_test_of_two_proportions_worked_out_apart() {
    let scenario = flagship();
    let result = outcome(&scenario, 20);
    let normal = Normal::standard();
    let world = World::compile(&scenario).unwrap();
    let timeline = jobs::timeline(&world, scenario.studied_policy().unwrap(), 0, &Control::new()).unwrap();
    let ticket = scenario.economics.ticket;
    for step in result.steps.iter().take(4) {
        let days = step.step.range();
        let (mut routed, mut rest) = (0.0, 0.0);
        for day in days.clone() {
            // Tickets come after a geometric delay with a mean of two days: after k days 1 − (2/3)^(k + 1) of them are in.
            let arrived = 1.0 - (2.0_f64 / 3.0).powi((days.end - day) as i32);
            let requests = world.launch_on(day as u32).requests;
            routed += requests * step.step.share * arrived;
            rest += requests * (1.0 - step.step.share) * arrived;
        }
        let baseline = timeline.expected[0].baseline_quality;
        let p = ticket.failed * (1.0 - baseline) + ticket.ok * baseline;
        let power = |gap: f64| {
            let q = p + gap * (ticket.failed - ticket.ok);
            let sd = (q * (1.0 - q) / routed + p * (1.0 - p) / rest).sqrt();
            1.0 - normal.cdf(normal.inverse_cdf(0.95) - (q - p) / sd)
        };
        let tickets = step.signals.iter().find(|v| v.compared == Compared::Tickets).unwrap();
        assert!(near(tickets.observations[0], routed, 1e-9) && near(tickets.observations[1], rest, 1e-9));
        let found = power(tickets.smallest_gap.unwrap());
        assert!((found - 0.8).abs() < 1e-4, "step from day {}: power {found}", step.step.day);
    }
    // At full rollout there is no rest, but pairs need none.
    let last = result.steps.last().unwrap();
    for visible in &last.signals {
        assert_eq!(visible.smallest_gap.is_some(), visible.compared == Compared::Shadow, "{:?}", visible.compared);
    }
}

#[test]
fn more_traffic_shows_smaller_gaps_and_a_signal_without_difference_is_left_out() {
    let scenario = flagship();
    let small = outcome(&scenario, 20);
    let mut busy = scenario.clone();
    busy.traffic.requests_per_day *= 4.0;
    busy.feedback.thumbs_down.failed = busy.feedback.thumbs_down.ok;
    let large = outcome(&busy, 20);
    let gap =
        |o: &Outcome, c: Compared| o.steps[1].signals.iter().find(|v| v.compared == c).map(|v| v.smallest_gap.unwrap());
    let ratio = gap(&small, Compared::Tickets).unwrap() / gap(&large, Compared::Tickets).unwrap();
    assert!((ratio - 2.0).abs() < 0.1, "{ratio}");
    assert_eq!(gap(&large, Compared::ThumbsDown), None);
    // As many labels as before show as much as before.
    assert!(near(gap(&small, Compared::Judge).unwrap(), gap(&large, Compared::Judge).unwrap(), 0.1));
}

#[test]
fn without_a_gate_and_with_one_that_never_stops_the_value_is_the_sum_over_the_days() {
    let scenario = flagship();
    let planned = outcome(&scenario, 20);
    assert!(planned.gate.is_none());
    assert!(near(planned.ungated[1].value_usd, by_timeline(&scenario, 0..180), 1e-6));
    let open = with_gate(scenario, Gate { margin: Some(1.0), ..Gate::default() });
    let result = outcome(&open, 50);
    let (margin, worlds) = result.gate.clone().unwrap();
    assert!(near(margin, 1.0, 0.0));
    for (world, ungated) in worlds.iter().zip(&result.ungated) {
        assert!(near(world.completed.rate, 1.0, 0.0) && near(world.value_usd, ungated.value_usd, 1e-9));
        assert!(near(world.damage_usd, ungated.damage_usd, 1e-9) && world.value_se_usd < 1e-6 * ungated.damage_usd);
        assert_eq!(world.days_to_full, Some(35.0));
    }
    assert_eq!(result.ungated, planned.ungated, "a gate does not change what steps by the calendar do");
}

#[test]
fn a_step_that_waits_puts_off_all_later_ones() {
    let scenario = flagship();
    let gap = outcome(&scenario, 20).gap;
    // At the margin itself, at levels at which nothing is ever certain.
    let undecided = |otherwise| {
        let (margin, alpha, beta) = (Some(gap), 1e-12, 1e-12);
        let gate = Gate { margin, alpha, beta, longest_days: 5, otherwise, ..Gate::default() };
        outcome(&with_gate(scenario.clone(), gate), 50).gate.unwrap().1
    };
    for world in undecided(Otherwise::GoOn) {
        assert_eq!(world.days_to_full, Some(55.0), "four gates of five days each");
        assert!(near(world.completed.rate, 1.0, 0.0));
    }
    let stopped = undecided(Otherwise::Stop);
    assert!(stopped.iter().all(|world| near(world.stopped_at[0].rate, 1.0, 0.0) && world.days_to_full.is_none()));
    // Eight days of its own and five of waiting at 5 %.
    let mut first_alone = scenario;
    let studied = first_alone.studied_policy().unwrap();
    first_alone.policies[studied].rollout = Some(Rollout::Steps(vec![(0.0, 0.05), (13.0, 0.0)]));
    let sum = by_timeline(&first_alone, 0..13);
    assert!(near(stopped[1].value_usd, sum, 1e-6), "{} {sum}", stopped[1].value_usd);
}

#[test]
fn a_gap_at_the_margin_passes_with_at_most_alpha_and_one_far_from_it_as_it_should() {
    a_gate_holds_its_levels(2_500, 1_000);
}

#[test]
#[ignore = "long: ten thousand runs of a gate"]
fn a_gate_holds_its_levels_in_ten_thousand_runs() {
    a_gate_holds_its_levels(10_000, 4_000);
}

/// So many runs at the margin; so many where days are rough.
fn a_gate_holds_its_levels(runs: u32, rough_runs: u32) {
    // A level, and two standard errors of so many runs.
    let at_most = |level: f64, runs: u32| level + 2.0 * (level * (1.0 - level) / f64::from(runs)).sqrt();
    let mut scenario = flagship();
    // One gate, and a horizon that ends soon after it.
    let studied = scenario.studied_policy().unwrap();
    scenario.policies[studied].rollout = Some(Rollout::Steps(vec![(0.0, 0.25), (9.0, 1.0)]));
    scenario.traffic.days = 45;
    let gap = outcome(&scenario, 20).gap;
    let gated = |observes, margin: f64, alpha, otherwise| {
        // What is far from the margin shows in fewer runs.
        let runs = if near(margin, gap, 1e-9) { runs } else { 2_000 };
        let gate = Gate { observes, margin: Some(margin), alpha, otherwise, ..Gate::default() };
        let launch = &outcome(&with_gate(scenario.clone(), gate), runs).gate.unwrap().1[0];
        (launch.completed.rate, launch.stopped_at[0].rate)
    };
    let passed = |observes, margin, alpha| gated(observes, margin, alpha, Otherwise::Stop);
    for alpha in [0.05, 0.2] {
        let limit = at_most(alpha, runs);
        let (rate, _) = passed(Compared::Tickets, gap, alpha);
        assert!(rate <= limit, "{rate} above {alpha}");
        assert!(rate > 0.1 * alpha, "{rate}: it would say nothing");
    }
    let (far_above, stopped) = passed(Compared::Tickets, 0.4 * gap, 0.05);
    assert!(far_above < 1e-3 && stopped > 0.95, "{far_above} {stopped}");
    let (far_below, stopped) = passed(Compared::Tickets, 2.0 * gap, 0.05);
    assert!(far_below > 0.95 && stopped < 0.02, "{far_below} {stopped}");
    let (_, stopped) = gated(Compared::Tickets, gap, 0.05, Otherwise::GoOn);
    assert!(stopped <= at_most(0.2, runs) && stopped > 0.02, "stopped for nothing: {stopped}");
    // Hard days widen the gap: it varies from day to day by more than the counts do, and the levels hold all the same.
    // With six times the flagship's day effect a week of days says too little of how they scatter to keep the level to the last point.
    for (day_sd, level) in [(0.3, 0.05), (0.6, 0.072)] {
        let mut rough = scenario.clone();
        rough.traffic.difficulty_day_sd = day_sd;
        rough.policies[studied].rollout = Some(Rollout::Steps(vec![(0.0, 0.5), (9.0, 1.0)]));
        let gate = Gate { margin: Some(outcome(&rough, 20).gap), otherwise: Otherwise::GoOn, ..Gate::default() };
        let launch = &outcome(&with_gate(rough.clone(), gate.clone()), rough_runs).gate.unwrap().1[0];
        assert!(launch.stopped_at[0].rate <= at_most(0.2, rough_runs), "{day_sd}: {:?}", launch.stopped_at[0]);
        let gate = Gate { otherwise: Otherwise::Stop, ..gate };
        let launch = &outcome(&with_gate(rough, gate), rough_runs).gate.unwrap().1[0];
        assert!(launch.completed.rate <= at_most(level, rough_runs), "{day_sd}: {:?}", launch.completed);
    }
    // A signal that sees too little decides nothing in four weeks, and stops then.
    let (rate, _) = passed(Compared::ThumbsDown, 1.001 * gap, 0.05);
    assert!(rate <= 0.05 + 0.01, "{rate}");
}

#[test]
fn a_gate_is_written_and_read_back() {
    let gate = Gate {
        observes: Compared::Shadow,
        margin: Some(0.01),
        alpha: 0.1,
        beta: 0.3,
        longest_days: 14,
        otherwise: Otherwise::GoOn,
    };
    for gate in [Gate::default(), gate] {
        let scenario = with_gate(flagship(), gate);
        let text = write::to_text(&scenario);
        assert_eq!(read::parse(&text, "x").unwrap().scenario, scenario, "{text}");
        // An edit of the text that was read keeps its comments.
        let original = read::parse(library::find("support-agent").unwrap().text, "x").unwrap();
        let edited = original.document.to_text(&scenario);
        assert!(edited.contains("# what the team ran") && edited.contains("gate = {"), "{edited}");
        assert_eq!(read::parse(&edited, "x").unwrap().scenario, scenario);
        let back = read::parse(&edited, "x").unwrap().document.to_text(&flagship());
        assert!(!back.contains("gate"), "{back}");
    }
}

fn paretoscope(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_paretoscope")).args(arguments).output().unwrap()
}

const GATE: &str = "policy.Classifier.rollout.gate.observes=tickets";

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let with = |format: &str, threads: &str| {
        let margin = "policy.Classifier.rollout.gate.margin=0.05";
        let output = paretoscope(&[
            "rollout",
            "support-agent",
            "--set",
            GATE,
            "--set",
            margin,
            "--replicates",
            "200",
            "--format",
            format,
            "--threads",
            threads,
        ]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    for format in ["text", "json", "csv"] {
        let one = with(format, "1");
        assert!(!one.is_empty() && one == with(format, "3"), "{format}");
    }
}

#[test]
fn json_has_the_keys_that_scripts_rely_on() {
    let output = paretoscope(&["rollout", "support-agent", "--set", GATE, "--replicates", "50", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["policy"], "Classifier");
    let break_even = json["break_even_gap_points"].as_f64().unwrap();
    assert!((1.0..3.0).contains(&break_even), "{break_even}");
    let step = &json["steps"][0];
    assert_eq!((step["day"].as_f64(), step["share"].as_f64(), step["days"].as_u64()), (Some(0.0), Some(0.05), Some(8)));
    assert!(step["requests"].as_f64().unwrap() > 10_000.0);
    let signals = step["signals"].as_array().unwrap();
    let of = |name: &str| signals.iter().find(|s| s["signal"] == name).unwrap();
    assert!(of("tickets")["smallest_gap_points"].as_f64().unwrap() > break_even);
    assert_eq!(of("tickets")["green_for_want_of_power"], true);
    assert!(of("churn")["smallest_gap_points"].is_null(), "nobody has left after eight days");
    for world in ["launch", "production"] {
        let gate = &json["gate"][world];
        assert!(
            gate["completed"]["rate"].is_number() && gate["value_usd"].is_number() && gate["days_to_full"].is_null()
        );
        assert_eq!(gate["stopped_at_step"].as_array().unwrap().len(), 5);
    }
    let plain = paretoscope(&["rollout", "support-agent", "--format", "json"]);
    let plain: serde_json::Value = serde_json::from_slice(&plain.stdout).unwrap();
    assert!(plain["gate"].is_null() && plain["steps"] == json["steps"]);
}

#[test]
fn text_says_the_answer_first_and_what_cannot_be_told_is_refused() {
    let output = paretoscope(&["rollout", "support-agent"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let first = text.lines().next().unwrap();
    assert!(first.starts_with("Classifier breaks even at a gap of") && first.contains("for want of power"), "{first}");
    for policy in ["Random mix", "All capable"] {
        let output = paretoscope(&["rollout", "support-agent", "--policy", policy]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("no steps") && said.contains("rollout = {") && said.contains("\"Classifier\""), "{said}");
    }
}
