//! What ranges do to the answer: closed forms, what is refused, and what changes nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop at the first surprise")]

use crate::common;
use paretoscope::entry::List;
use paretoscope::jobs::{self, Control, Uncertain, UncertainOptions};
use paretoscope::model::{Correlation, Range, Scenario, Shape};
use paretoscope::report::uncertain as report;
use paretoscope::scenario::edit::{self, Edit};
use paretoscope::scenario::{read, write};
use paretoscope::simulation::normal;
use paretoscope::simulation::traffic::Traffic;
use paretoscope::uncertainty::outcome::Output;
use paretoscope::uncertainty::replicated::Estimate;

fn range(key: &str, low: f64, high: f64, distribution: Shape) -> Range {
    Range { key: key.to_owned(), low: Some(low), high: Some(high), distribution, ..Range::default() }
}

fn studied(scenario: &Scenario, points: u32, threads: usize) -> Uncertain {
    let options = UncertainOptions { points, ..UncertainOptions::default() };
    let pool = jobs::pool(threads).unwrap();
    pool.install(|| jobs::uncertain(scenario, &Traffic::Generated, &options, &Control::new(), |_| {})).unwrap()
}

/// The flagship, of which one price alone is not known: a total is then a line over it.
fn with_one_price(low: f64, high: f64) -> Scenario {
    let ranges = vec![range("economics.churn.usd", low, high, Shape::Normal)];
    let mut scenario = Scenario { ranges, correlations: Vec::new(), ..common::flagship() };
    // Tickets cost so little here that the price of a lost customer decides.
    scenario.economics.ticket.usd = 1.0;
    scenario
}

/// Totals of every policy a month at two prices, and so the line of each: `usd = a + b·price`.
fn lines(scenario: &Scenario) -> Vec<(f64, f64)> {
    use paretoscope::frontier::Stages;
    use paretoscope::simulation::world::World;
    let at = |usd: f64| -> Vec<f64> {
        let mut at = scenario.clone();
        at.economics.churn.usd = usd;
        let world = World::compile(&at).unwrap();
        let stages = Stages::new(&world).unwrap();
        let requests = at.traffic.requests_per_day;
        let total = |policy| stages.exact_points(policy, None).unwrap().unwrap().last().unwrap().total_usd_per_1k;
        (0..at.policies.len()).map(|policy| total(policy) / 1000.0 * requests * 30.0).collect()
    };
    at(0.0).into_iter().zip(at(100.0)).map(|(a, b)| (a, (b - a) / 100.0)).collect()
}

fn is_within(estimate: Estimate, wanted: f64, dust: f64) {
    assert!((estimate.value - wanted).abs() <= 3.0 * estimate.se + dust, "{estimate:?}, wanted {wanted}");
}

#[test]
fn one_range_on_a_price_gives_the_figures_of_the_closed_form() {
    let scenario = with_one_price(10.0, 130.0);
    let found = studied(&scenario, 4096, 0);
    let lines = lines(&scenario);
    let (mean, sd) = (70.0, 60.0 / normal::quantile(0.95));
    // Below 0 no price lies: what is cut counts as 0. An independent sum over the distribution, at 200,000 equally likely prices.
    let prices: Vec<f64> =
        (0..200_000).map(|i| (mean + sd * normal::quantile((f64::from(i) + 0.5) / 200_000.0)).max(0.0)).collect();
    let expected = |f: &dyn Fn(f64) -> f64| prices.iter().map(|price| f(*price)).sum::<f64>() / prices.len() as f64;
    let usd = |policy: usize, price: f64| lines[policy].0 + lines[policy].1 * price;
    let base = scenario.policy_index(&scenario.baseline).unwrap();
    let oracle = scenario.policy_index("Oracle").unwrap();
    let choices: Vec<usize> = (0..lines.len()).filter(|policy| *policy != oracle).collect();
    let least = |price: f64| choices.iter().map(|policy| usd(*policy, price)).fold(f64::INFINITY, f64::min);
    for summary in &found.summaries {
        let policy = summary.policy;
        for (quantile, p) in
            summary.spreads[1][Output::UsdPerMonth as usize].quantiles.iter().zip([0.05, 0.25, 0.5, 0.75, 0.95])
        {
            let price = (mean + sd * normal::quantile(p)).max(0.0);
            // A quantile lies between two of the points.
            is_within(*quantile, usd(policy, price), 1e-3 * usd(policy, price));
        }
        is_within(summary.saves, expected(&|x| f64::from(usd(policy, x) < usd(base, x) - 1e-6)), 2e-4);
        if policy != oracle {
            is_within(summary.expected_loss_usd_per_month.unwrap(), expected(&|x| usd(policy, x) - least(x)), 1.0);
        }
    }
    let best_alone = choices.iter().map(|policy| expected(&|x| usd(*policy, x))).fold(f64::INFINITY, f64::min);
    let perfect = best_alone - expected(&least);
    assert!(perfect > 100.0, "the case is worth looking at: {perfect}");
    is_within(found.perfect.unwrap(), perfect, 1.0);
    is_within(found.learning[0].perfect, perfect, 0.002 * perfect);
    // The studied policy and the baseline cost the same where their lines cross.
    let studied = found.policy;
    let crossing = (lines[base].0 - lines[studied].0) / (lines[studied].1 - lines[base].1);
    if crossing >= 0.0 {
        assert!((found.break_even[0].unwrap() - crossing).abs() < 1e-6 * crossing.max(1.0), "{:?}", found.break_even);
    } else {
        assert_eq!(found.break_even[0], None);
    }
    let change = |price: f64| usd(studied, price) / usd(base, price) - 1.0;
    assert!((found.bars[0].low - change(10.0)).abs() < 1e-9 && (found.bars[0].high - change(130.0)).abs() < 1e-9);
    // All of the variance is that of the one input.
    let index = found.indices.as_ref().unwrap()[0];
    is_within(index.first, 1.0, 1e-3);
    is_within(index.total, 1.0, 1e-3);
}

#[test]
fn a_price_at_which_the_answer_turns_is_found() {
    let scenario = with_one_price(5.0, 60.0);
    let found = studied(&scenario, 256, 0);
    let lines = lines(&scenario);
    let base = scenario.policy_index(&scenario.baseline).unwrap();
    let crossing = (lines[base].0 - lines[found.policy].0) / (lines[found.policy].1 - lines[base].1);
    assert!(crossing > 0.0, "{crossing}");
    assert!((found.break_even[0].unwrap() - crossing).abs() < 1e-6 * crossing, "{:?} {crossing}", found.break_even);
}

#[test]
fn every_shipped_scenario_with_ranges_tells_the_same_on_any_number_of_threads() {
    let mut looked_at = 0;
    for (entry, scenario) in common::library().into_iter().filter(|(_, scenario)| !scenario.ranges.is_empty()) {
        let text = |threads| report::json(&scenario, &studied(&scenario, 128, threads)).to_string();
        assert_eq!(text(1), text(3), "{}", entry.file_name);
        looked_at += 1;
    }
    assert!(looked_at >= 3);
}

#[test]
fn ranges_change_no_other_figure_and_are_saved_with_their_scenario() {
    for (entry, scenario) in common::library().into_iter().filter(|(_, scenario)| !scenario.ranges.is_empty()) {
        let without = Scenario { ranges: Vec::new(), correlations: Vec::new(), ..scenario.clone() };
        let figures = |scenario: &Scenario| {
            let world = paretoscope::simulation::world::World::compile(scenario).unwrap();
            let stages = paretoscope::frontier::Stages::new(&world).unwrap();
            (0..scenario.policies.len()).map(|policy| stages.exact_points(policy, None).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(figures(&scenario), figures(&without), "{}", entry.file_name);
        let again = read::parse(&write::to_text(&scenario), "again.toml").unwrap();
        assert_eq!(again.scenario, scenario);
    }
}

#[test]
fn indices_are_not_given_where_inputs_are_correlated() {
    let mut scenario = common::flagship();
    scenario.ranges.truncate(3);
    let keys = scenario.ranges.iter().take(2).map(|range| range.key.clone()).collect();
    scenario.correlations = vec![Correlation { keys, rank: 0.5 }];
    let found = studied(&scenario, 256, 0);
    assert!(found.indices.is_none() && found.learning.len() == 4);
    assert!(report::json(&scenario, &found)["indices"].is_null());
}

#[test]
fn a_study_stops_at_once_and_says_what_is_missing() {
    let scenario = common::flagship();
    let control = Control::new();
    control.cancel();
    let options = UncertainOptions::default();
    let stopped = jobs::uncertain(&scenario, &Traffic::Generated, &options, &control, |_| {});
    assert_eq!(stopped.err(), Some(jobs::JobError::Cancelled));
    let without = Scenario { ranges: Vec::new(), ..scenario };
    let refused = jobs::uncertain(&without, &Traffic::Generated, &options, &Control::new(), |_| {}).err().unwrap();
    assert!(refused.to_string().contains("[[range]]"), "{refused}");
}

/// What the reader says of a flagship with something behind it.
fn complaints(more: &str) -> Vec<String> {
    let entry = paretoscope::scenario::library::flagship();
    let text = format!("{}\n{more}", entry.text);
    let problems = read::parse(&text, "x.toml").err().unwrap_or_default();
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn what_cannot_be_is_refused_with_the_way_on() {
    for (more, words) in [
        ("[[range]]\nkey = \"economics.reask\"\nlow = 0.3\nhigh = 0.1\n", &["low", "not below high"][..]),
        ("[[range]]\nkey = \"economics.reask\"\nlow = 0.3\nhigh = 1.5\n", &["high", "from 0 to 1"]),
        (
            "[[range]]\nkey = \"economics.reaks\"\nlow = 0.1\nhigh = 0.3\n",
            &["economics.reaks", "did you mean", "reask"],
        ),
        ("[[range]]\nkey = \"tier.Smal.ability\"\nlow = 0.1\nhigh = 0.3\n", &["Smal", "did you mean \"Small\""]),
        ("[[range]]\nkey = \"tier.Small.name\"\nlow = 0.1\nhigh = 0.3\n", &["no number"]),
        ("[[range]]\nkey = \"baseline\"\nlow = 0.1\nhigh = 0.3\n", &["no number"]),
        ("[[range]]\nkey = \"economics.reask\"\n", &["low", "missing"]),
        ("[[range]]\nkey = \"economics.ticket.usd\"\nlow = 5\nhigh = 9\n", &["a range of this number already"]),
        ("[[range]]\nkey = \"economics.reask\"\nvalues = [0.1]\nlow = 0.1\n", &["either low and high, or values"]),
        ("[[range]]\nkey = \"economics.reask\"\nvalues = [0.1, 3]\n", &["values", "from 0 to 1"]),
        ("[[range]]\nkey = \"economics.reask\"\nvalues = []\n", &["values", "from 1 to"]),
        (
            "[[range]]\nkey = \"economics.reask\"\nlow = 0.1\nhigh = 0.3\ndistribution = \"gaussian\"\n",
            &["gaussian", "normal"],
        ),
        (
            "[[correlation]]\nkeys = [\"economics.ticket.usd\", \"economics.reask\"]\nrank = 0.5\n",
            &["no [[range]] is about"],
        ),
        ("[[correlation]]\nkeys = [\"economics.ticket.usd\"]\nrank = 0.5\n", &["found 1 keys"]),
        (
            "[[correlation]]\nkeys = [\"economics.ticket.usd\", \"economics.churn.usd\"]\nrank = 1.5\n",
            &["rank", "-0.99"],
        ),
        (
            "[[correlation]]\nkeys = [\"economics.ticket.usd\", \"economics.churn.usd\"]\nrank = 0.9\n[[correlation]]\nkeys = \
             [\"economics.churn.usd\", \"event.0.multiply\"]\nrank = 0.9\n[[correlation]]\nkeys = [\"economics.ticket.usd\", \
             \"event.0.multiply\"]\nrank = -0.9\n",
            &["positive definite", "the nearest that fits"],
        ),
    ] {
        let found = complaints(more);
        for word in words {
            assert!(found.iter().any(|problem| problem.contains(word)), "{more}\n{found:?} lacks {word}");
        }
    }
}

#[test]
fn ranges_follow_what_they_are_about() {
    let mut scenario = common::flagship();
    let keys = |scenario: &Scenario| scenario.ranges.iter().map(|range| range.key.clone()).collect::<Vec<_>>();
    let router = scenario.policy_index("Classifier").unwrap();
    edit::apply(&mut scenario, List::Policies, router, &Edit::Rename("Our router".to_owned())).unwrap();
    assert!(keys(&scenario).contains(&"policy.\"Our router\".noise".to_owned()), "{:?}", keys(&scenario));
    // Another event comes first: the range's moves on.
    edit::add(&mut scenario, List::Events).unwrap();
    edit::apply(&mut scenario, List::Events, 1, &Edit::Up).unwrap();
    assert!(keys(&scenario).contains(&"event.1.multiply".to_owned()), "{:?}", keys(&scenario));
    let before = scenario.ranges.len();
    edit::apply(&mut scenario, List::Events, 1, &Edit::Delete).unwrap();
    assert_eq!(scenario.ranges.len(), before - 1);
    let read = read::parse(&write::to_text(&scenario), "x.toml");
    assert!(read.is_ok(), "{:?}", read.err());
}

/// A decision over ranges that hold one value each is the decision at these values.
#[test]
fn a_decision_over_ranges_without_width_is_the_decision() {
    let entry =
        paretoscope::scenario::library::LIBRARY.iter().find(|entry| entry.file_name == "workshop-first-steps.toml");
    let mut scenario = common::shipped(*entry.unwrap());
    scenario.monitors.truncate(3);
    let value = scenario.economics.ticket.usd;
    scenario.ranges =
        vec![Range { key: "economics.ticket.usd".to_owned(), values: Some(vec![value]), ..Range::default() }];
    let options = jobs::DecideOptions { replicates: 60, ..jobs::DecideOptions::of(&scenario) };
    let pool = jobs::pool(0).unwrap();
    let over = |scenario: &Scenario| {
        pool.install(|| jobs::decide_over_ranges(scenario, &Traffic::Generated, &options, 16, &Control::new())).unwrap()
    };
    let found = over(&scenario);
    assert!(found.perfect.value < 1e-6, "{:?}", found.perfect);
    for (choice, spread) in found.decision.options.iter().zip(&found.spreads) {
        let Ok(figures) = &choice.figures else { continue };
        assert!(figures.value_se_usd < 1e-6 * figures.value_usd.abs().max(1.0));
        assert!((spread.expected_usd[0] - figures.value_usd).abs() < 1e-6 * figures.value_usd.abs().max(1.0));
    }
    // Of two prices each point has one. What nobody watches is worth the mean over the points, and all options see the same points.
    scenario.ranges[0].values = Some(vec![value, 3.0 * value]);
    let both = over(&scenario);
    let at = |usd: f64| {
        let mut at = scenario.clone();
        at.economics.ticket.usd = usd;
        at.ranges[0].values = Some(vec![usd]);
        over(&at)
    };
    let ends = [at(value), at(3.0 * value)];
    let unwatched = |found: &jobs::OverRanges, policy: usize| {
        let is_it = |choice: &&paretoscope::decision::choose::Choice| {
            choice.policy == policy
                && choice.knob_is_own
                && choice.watched == paretoscope::decision::choose::Watched::NotAtAll
        };
        found.decision.options.iter().find(is_it).and_then(|choice| choice.figures.as_ref().ok()).map(|f| f.value_usd)
    };
    let mut shares: Vec<f64> = Vec::new();
    for policy in 0..scenario.policies.len() {
        let [Some(low), Some(high)] = [0, 1].map(|end| unwatched(&ends[end], policy)) else { continue };
        let mean = unwatched(&both, policy).unwrap();
        if (high - low).abs() > 1.0 {
            let share = (mean - low) / (high - low);
            assert!((16.0 * share - (16.0 * share).round()).abs() < 1e-6, "{low} {high} {mean}");
            shares.push((16.0 * share).round());
        }
    }
    assert!(shares.len() > 1 && shares.iter().all(|share| share.total_cmp(&shares[0]).is_eq()), "{shares:?}");
}
