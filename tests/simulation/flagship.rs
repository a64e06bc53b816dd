//! The flagship meets the published figures of the incident (Rupareliya, Towards Data Science, June 2026), each computed here.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use crate::common;
use paretoscope::frontier::{Stages, claims};
use paretoscope::jobs::{self, Control, Detection, FrontierOptions};
use paretoscope::model::Rollout;
use paretoscope::simulation::world::World;
use paretoscope::timeline::routed_share;

#[test]
fn the_published_figures_follow() {
    let scenario = common::flagship();
    let world = World::compile(&scenario).unwrap();
    let frontier = jobs::frontier(&world, &FrontierOptions::default(), &Control::new()).unwrap();
    let baseline = scenario.policy_index("All capable").unwrap();
    let classifier = scenario.policy_index("Classifier").unwrap();
    assert_eq!(frontier.baseline, baseline);
    let point =
        |stage: &paretoscope::frontier::Stage, policy: usize| stage.curves[policy].operating_point.clone().unwrap();

    assert!((frontier.launch.requests_per_day - 40_000.0).abs() < 1e-6, "40,000 requests a day");

    let before = point(&frontier.launch, baseline);
    let after = point(&frontier.launch, classifier);
    assert!((after.traffic[0] - 0.65).abs() < 1e-6, "65 % of traffic to the cheap tier, found {}", after.traffic[0]);
    let (cheap, dear) = (&scenario.tiers[0], &scenario.tiers[1]);
    for (a, b) in [
        (cheap.input_usd_per_mtok, dear.input_usd_per_mtok),
        (cheap.output_usd_per_mtok, dear.output_usd_per_mtok),
        (cheap.cached_input.usd_per_mtok, dear.cached_input.usd_per_mtok),
    ] {
        assert!((a / b - 0.25).abs() < 1e-12, "a quarter of the token price");
    }

    let bill = before.inference_usd_per_1k / 1000.0 * 40_000.0 * 30.0;
    assert!((160_000.0..=175_000.0).contains(&bill), "monthly bill before: {bill}");
    let share = after.inference_usd_per_1k / before.inference_usd_per_1k;
    assert!((0.38..=0.42).contains(&share), "bill after: {share} of before");
    assert!((2.5..=3.5).contains(&before.thumbs_down_per_1k), "thumbs-down before: {}", before.thumbs_down_per_1k);

    assert_eq!(scenario.study.holdout, 5000);
    let no_worse = after.no_worse.unwrap();
    assert!((0.935..=0.945).contains(&no_worse), "launch review, expected: {no_worse}");
    let review = frontier.launch_review.iter().find(|r| r.policy == classifier).unwrap();
    assert_eq!(review.requests, 5000);
    assert!(review.interval[0] <= no_worse && no_worse <= review.interval[1], "simulated: {:?}", review.interval);

    let Some(Rollout::Steps(steps)) = &scenario.policies[classifier].rollout else { panic_without_steps() };
    let shares: Vec<f64> = steps.iter().map(|(_, share)| *share).collect();
    assert_eq!(shares, [0.05, 0.10, 0.25, 0.50, 1.0]);
    assert!(steps.last().unwrap().0 <= 42.0, "over six weeks");
    assert!((routed_share(&scenario.policies[classifier], 41) - 1.0).abs() < 1e-12);
}

#[expect(clippy::panic, reason = "a test that finds no rollout has failed")]
fn panic_without_steps() -> ! {
    panic!("the rollout has no steps")
}

#[test]
fn extra_downstream_cost_is_four_to_five_times_the_saving_in_the_fourth_month() {
    let scenario = common::flagship();
    let world = World::compile(&scenario).unwrap();
    let classifier = scenario.policy_index("Classifier").unwrap();
    let timeline = jobs::timeline(&world, classifier, 0, &Control::new()).unwrap();
    let month = &timeline.expected[90..120];
    let saving: f64 = month.iter().map(|d| d.baseline_inference_usd - d.inference_usd).sum();
    let extra: f64 = month.iter().map(|d| d.downstream_usd - d.baseline_downstream_usd).sum();
    let ratio = extra / saving;
    assert!((4.0..=5.0).contains(&ratio), "{ratio}");
    assert!((400_000.0..=500_000.0).contains(&extra), "damage a month: {extra}");
    // Drift starts in week 3; quality is materially below launch soon after.
    assert!(timeline.onset_day.is_some_and(|day| (21..=60).contains(&day)), "{:?}", timeline.onset_day);
}

#[test]
fn every_shipped_scenario_shows_what_it_claims() {
    let mut broken = Vec::new();
    for (entry, scenario) in common::library() {
        assert!(!scenario.expectations.is_empty(), "{} claims nothing", entry.file_name);
        assert!(!scenario.description.is_empty() && !scenario.source.is_empty(), "{}", entry.file_name);
        let world = World::compile(&scenario).unwrap();
        let options = FrontierOptions { exact_settings: 0, sampled_settings: 0, review: false, ..Default::default() };
        let frontier = jobs::frontier(&world, &options, &Control::new()).unwrap();
        for claim in &scenario.expectations {
            if !claims::holds(&scenario, &frontier, claim) {
                broken.push(format!(
                    "{}: {claim:?}: {:?}",
                    entry.file_name,
                    claims::figure(&scenario, &frontier, claim)
                ));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn what_the_team_had_needs_two_months_and_what_it_lacked_days() {
    let scenario = common::flagship();
    let world = World::compile(&scenario).unwrap();
    let stages = Stages::new(&world).unwrap();
    let control = Control::new();
    let policy = scenario.policy_index("Classifier").unwrap();
    let mut detection = Detection::prepare(&stages, policy, &control).unwrap();
    detection.run(1000, &control, |_| {}).unwrap();
    let study = detection.study(scenario.study.false_alarms);
    let median = |name: &str| {
        let result = study.monitors.iter().find(|m| scenario.monitors[m.monitor].name == name).unwrap();
        assert!(result.outcome.false_alarms.rate < 0.08, "{name}");
        result.outcome.days_to(0.5).unwrap_or(f64::INFINITY)
    };
    for had in [
        "Human review, pooled",
        "Thumbs-down, pooled",
        "Regression suite, six months old",
        "Satisfaction survey",
        "Churn",
    ] {
        assert!(median(had) >= 60.0, "{had}: {}", median(had));
    }
    for lacked in ["Tickets, per tier", "Self-confidence drift, per tier", "Shadow pairs"] {
        assert!(median(lacked) <= 14.0, "{lacked}: {}", median(lacked));
    }
    // What does not help, as the description says.
    for blind in ["Human review, per tier", "Router-score drift"] {
        assert!(median(blind) >= 60.0, "{blind}: {}", median(blind));
    }
    assert!(median("Tickets, per tier") < median("Judge, per tier"));
    assert!(median("Judge, per tier") < median("Tail sampling"));
}
