//! Exports from the window, and scenarios that go from one window to another as text.
#![cfg(feature = "app")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop at the first surprise")]

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::common::window::{first_steps, until, window};
use eframe::egui;
use egui_kittest::kittest::Queryable;
use paretoscope::app::command::Command;
use paretoscope::app::export::{Choices, Export, ExportError, Format};
use paretoscope::app::exporting;
use paretoscope::app::results::Pin;
use paretoscope::app::tab::Tab;
use paretoscope::jobs::{self, Control, FrontierOptions, PlanOptions};
use paretoscope::model::address::{Address, Key, Target};
use paretoscope::model::{Asked, Factor, Range, Rollout, Scenario, Sweep};
use paretoscope::report::sentence;
use paretoscope::scenario::{library, read, start};
use paretoscope::simulation::world::World;

fn scenario(name: &str) -> (&'static str, Scenario) {
    let text = library::find(name).unwrap().text;
    let mut scenario = read::parse(text, "").unwrap().scenario;
    scenario.study.replicates = 50;
    (text, scenario)
}

/// The scenario as it was before somebody turned to it: with cheaper tickets, under another policy.
fn pin(name: &str, scenario: &Scenario, ticket_usd: f64, policy: usize) -> Pin {
    let mut before = scenario.clone();
    before.economics.ticket.usd = ticket_usd;
    let world = World::compile(&before).unwrap();
    let options = FrontierOptions { exact_settings: 9, sampled_settings: 3, requests: 20_000, ..Default::default() };
    let frontier = jobs::frontier(&world, &options, &Control::new()).unwrap();
    Pin { name: name.to_owned(), scenario: Arc::new(before), frontier: Arc::new(frontier), policy }
}

fn rows(csv: &[u8]) -> Vec<Vec<String>> {
    let table = csv::ReaderBuilder::new().has_headers(false).from_reader(csv);
    table.into_records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// The column of this name.
fn column(rows: &[Vec<String>], name: &str) -> Vec<f64> {
    let place = rows[0].iter().position(|n| n == name).unwrap();
    rows[1..].iter().map(|row| row[place].parse().unwrap()).collect()
}

fn close(a: f64, b: f64) {
    assert!((a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0), "{a} {b}");
}

#[test]
fn every_export_is_what_its_ending_says() {
    let (text, mut scenario) = scenario("workshop-first-steps");
    // In steps with a gate between them, so that there is a rollout to tell of.
    let stepped = start::policy_of_rollout(&scenario.policies[3], start::ROLLOUTS[2]);
    scenario.policies[3] = start::policy_with_gate(&scenario, &stepped, None).unwrap();
    // A number that nobody knows, and an experiment over another, so that there is something to tell of both.
    let key = "economics.churn.usd".to_owned();
    scenario.ranges = vec![Range { key, low: Some(50.0), high: Some(400.0), ..Range::default() }];
    let key = "economics.ticket.usd".to_owned();
    scenario.sweeps = vec![Sweep {
        name: "tickets".to_owned(),
        factors: vec![Factor { key, values: Some(vec![2.0, 6.0]), ..Factor::default() }],
        results: vec![Asked::Frontier],
        ..Sweep::default()
    }];
    // What is written counts here, not how sure it is.
    scenario.study.replicates = 20;
    let mut names = Vec::new();
    let ticket = scenario.economics.ticket.usd;
    // A search over every monitor would take a minute in each format.
    let without = scenario.monitors.iter().skip(4).map(|m| m.name.clone()).collect();
    let choices = Choices {
        policy: 3,
        monitor: scenario.monitors.iter().position(|m| m.usd_each > 0.0),
        plan: Some(PlanOptions { without, replicates: 20, ..PlanOptions::of(&scenario) }),
        false_alarms: Some(0.2),
        pins: vec![pin("Cheap tickets", &scenario, ticket / 2.0, 3), pin("Another policy", &scenario, ticket, 2)],
        ..Choices::default()
    };
    for export in Export::all() {
        let bytes = exporting::build(export, &scenario, None, text, &choices, &Control::new()).unwrap();
        let start = match export.ending() {
            "html" => &b"<!DOCTYPE html>"[..],
            "svg" => b"<svg",
            "png" => b"\x89PNG",
            _ => b"",
        };
        assert!(bytes.starts_with(start) && bytes.len() > 250, "{export:?}");
        if let Export::One(subject, Format::Csv) = export {
            let least = match subject {
                // A step for each kind of cost that there is, and the net.
                Tab::Money => 3,
                Tab::Segments => scenario.segments.len(),
                Tab::Plan => 2,
                _ => 5,
            };
            assert!(rows(&bytes).len() > least, "{export:?}");
        }
        names.push(export.proposed_name("first-steps.paretoscope.toml"));
        // Kept under target/ for whoever wants to look.
        fs::write(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(names.last().unwrap()), bytes).unwrap();
    }
    names.sort();
    names.dedup();
    assert_eq!(names.len(), Export::all().len());
}

#[test]
fn the_steps_of_the_money_sum_to_the_net_and_the_segments_to_the_same() {
    for (name, policy) in [("support-agent", 3), ("fintech-compliance", 2), ("three-tiers", 4)] {
        let (text, scenario) = scenario(name);
        let choices = Choices { policy, ..Choices::default() };
        let one = |subject, format| {
            exporting::build(Export::One(subject, format), &scenario, None, text, &choices, &Control::new()).unwrap()
        };
        let money = rows(&one(Tab::Money, Format::Csv));
        let usd = column(&money, "usd_per_month");
        let (net, steps) = usd.split_last().unwrap();
        assert_eq!(money.last().unwrap()[0], "Net");
        close(steps.iter().sum(), *net);
        let (before, after) = (column(&money, "before_usd_per_month"), column(&money, "after_usd_per_month"));
        for i in 0..steps.len() {
            close(before[i] + steps[i], after[i]);
            assert!(i == 0 || before[i].to_bits() == after[i - 1].to_bits(), "a step begins where the last one ended");
        }
        // The picture tells the same, in the digits that people read, each with its sign.
        let picture = String::from_utf8(one(Tab::Money, Format::Svg)).unwrap();
        for amount in &usd {
            let words = sentence::gain(*amount);
            assert!(words.starts_with(['+', '−']) && picture.contains(&format!(">{words}<")), "{name}: {words}");
        }

        let segments = rows(&one(Tab::Segments, Format::Csv));
        let nets = column(&segments, "net_usd_per_month");
        close(nets.iter().sum(), *net);
        assert!(nets.is_sorted(), "the segment that loses most comes first");
        let gains = column(&segments, "inference_gain_usd_per_month");
        let calls = money.iter().position(|row| row[0] == "Tickets").unwrap();
        close(gains.iter().sum(), after[calls - 2]);
        close(column(&segments, "share").iter().sum(), 1.0);
        let traffic = segments[0].iter().filter(|n| n.starts_with("traffic: "));
        close(traffic.flat_map(|n| column(&segments, n)).sum(), 1.0);
        let picture = String::from_utf8(one(Tab::Segments, Format::Svg)).unwrap();
        for amount in nets.iter().chain([net]) {
            assert!(picture.contains(&format!(">{}<", sentence::gain(*amount))), "{name}: {amount}");
        }
        // No cell is told by its colour alone.
        let (cells, words) =
            (picture.matches("rx=\"3\"").count(), picture.matches("font-size=\"11.5\" fill=\"#").count());
        assert!(cells >= scenario.segments.len() * 3 && cells == words, "{name}: {cells} {words}");
    }
}

#[test]
fn the_money_pays_for_the_monitor_looked_at() {
    let (text, scenario) = scenario("workshop-first-steps");
    let monitor = scenario.monitors.iter().position(|m| m.usd_each > 0.0 && m.per_day > 0.0).unwrap();
    let money = Export::One(Tab::Money, Format::Csv);
    let net = |monitor| {
        let choices = Choices { policy: 3, monitor, ..Choices::default() };
        let found = rows(&exporting::build(money, &scenario, None, text, &choices, &Control::new()).unwrap());
        (*column(&found, "usd_per_month").last().unwrap(), found)
    };
    let (without, _) = net(None);
    let (with, found) = net(Some(monitor));
    let m = &scenario.monitors[monitor];
    let line = found.iter().find(|row| row[0] == format!("Monitoring: {}", m.name)).unwrap();
    let price = 30.0 * (m.usd_each * m.per_day + m.usd_per_day);
    assert!((line[1].parse::<f64>().unwrap() + price).abs() < 1e-6 * price, "{line:?} {price}");
    close(without - with, price);
}

#[test]
fn runs_are_compared_by_figures_and_by_the_inputs_that_differ() {
    let (text, scenario) = scenario("workshop-first-steps");
    let ticket = scenario.economics.ticket.usd;
    let compare = |pins: Vec<Pin>, format| {
        let choices = Choices { policy: 3, pins, ..Choices::default() };
        let export = Export::One(Tab::Compare, format);
        exporting::build(export, &scenario, None, text, &choices, &Control::new()).unwrap()
    };
    let pins =
        || vec![pin("Cheap, \"before\"", &scenario, ticket / 2.0, 3), pin("Dear & other", &scenario, 2.0 * ticket, 2)];
    let found = rows(&compare(pins(), Format::Csv));
    assert_eq!(found[0], ["what", "key", "Cheap, \"before\"", "Dear & other", "This run"]);
    let line = |key: &str| found.iter().find(|row| row[1] == key).unwrap_or_else(|| panic!("{key}"));
    assert_eq!(line("policy")[2..4], [scenario.policies[3].name.clone(), scenario.policies[2].name.clone()]);
    let number = |key: &str, run: usize| line(key)[2 + run].parse::<f64>().unwrap();
    close(number("quality", 0), number("quality", 2));
    assert!(number("downstream_usd_per_month", 0) < number("downstream_usd_per_month", 2));
    let inputs: Vec<&Vec<String>> = found.iter().filter(|row| row[0] == "input").collect();
    assert_eq!(inputs.len(), 1, "{inputs:?}");
    let values: Vec<f64> = inputs[0][2..].iter().map(|v| v.parse().unwrap()).collect();
    assert_eq!(values, [ticket / 2.0, 2.0 * ticket, ticket]);
    let picture = String::from_utf8(compare(pins(), Format::Svg)).unwrap();
    for name in ["Cheap, ", "Dear &amp; other", "This run"] {
        assert!(picture.contains(name), "{name}");
    }
    // Alone, it is compared with nothing.
    let alone = rows(&compare(Vec::new(), Format::Csv));
    assert_eq!(alone[0], ["what", "key", "This run"]);
    assert!(alone.iter().all(|row| row[0] != "input"));
}

#[test]
fn a_search_for_plans_that_finds_none_says_why_and_one_under_way_can_be_cancelled() {
    let (text, scenario) = scenario("workshop-first-steps");
    let plan = Export::One(Tab::Plan, Format::Csv);
    let without = scenario.monitors.iter().map(|m| m.name.clone()).collect();
    let options = PlanOptions { without, ..PlanOptions::of(&scenario) };
    let choices = Choices { policy: 3, plan: Some(options), ..Choices::default() };
    let refused = exporting::build(plan, &scenario, None, text, &choices, &Control::new());
    assert!(refused.unwrap_err().to_string().contains("no monitor to plan with"));
    // Hours of work.
    let options = PlanOptions { replicates: 1_000_000, ..PlanOptions::of(&scenario) };
    let choices = Choices { plan: Some(options), ..choices };
    let control = Control::new();
    std::thread::scope(|threads| {
        let search = threads.spawn(|| exporting::build(plan, &scenario, None, text, &choices, &control));
        while control.progress().0 == 0 {
            std::thread::sleep(Duration::from_millis(5));
        }
        control.cancel();
        assert_eq!(search.join().unwrap(), Err(ExportError::Cancelled));
    });
}

#[test]
fn a_rollout_is_exported_with_its_steps_and_one_without_steps_says_why_not() {
    let (text, scenario) = scenario("support-agent");
    let one = |policy: usize, format| {
        let choices = Choices { policy, ..Choices::default() };
        exporting::build(Export::One(Tab::Rollout, format), &scenario, None, text, &choices, &Control::new())
    };
    let stepped = scenario.studied_policy().unwrap();
    let table = rows(&one(stepped, Format::Csv).unwrap());
    let steps = match &scenario.policies[stepped].rollout {
        Some(Rollout::Steps(steps)) => steps.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!(table.last().unwrap()[0], steps.to_string());
    let picture = String::from_utf8(one(stepped, Format::Svg).unwrap()).unwrap();
    for words in ["Shadow pairs", "break-even gap 1.77 points", ">none<", "no rest to compare with"] {
        assert!(picture.contains(words), "{words}");
    }
    let baseline = scenario.policy_index(&scenario.baseline).unwrap();
    let refused = one(baseline, Format::Svg).unwrap_err().to_string();
    assert!(refused.contains("has no steps"), "{refused}");
}

#[test]
fn alarms_are_exported_at_the_budget_and_of_the_run_that_is_shown() {
    let (text, mut scenario) = scenario("workshop-first-steps");
    scenario.study.replicates = 100;
    let one = |subject, format, choices: &Choices| {
        let bytes = exporting::build(Export::One(subject, format), &scenario, None, text, choices, &Control::new());
        String::from_utf8(bytes.unwrap()).unwrap()
    };
    let at = |budget| Choices { policy: 3, false_alarms: Some(budget), ..Choices::default() };
    let noticed = |budget| {
        let found = rows(one(Tab::Detection, Format::Csv, &at(budget)).as_bytes());
        column(&found, "detected").iter().sum::<f64>()
    };
    assert!(noticed(0.3) > noticed(0.01), "who may alarm more often for nothing notices more");
    assert!(one(Tab::Detection, Format::Svg, &at(0.3)).contains("false-alarm budget 30.0 %"));

    let counts = |replicate| {
        let found = rows(one(Tab::Timeline, Format::Csv, &Choices { replicate, ..at(0.1) }).as_bytes());
        column(&found, "thumbs_down")
    };
    let world = jobs::world(&scenario, None, None).unwrap();
    let run = jobs::timeline(&world, 3, 2, &Control::new()).unwrap();
    assert_eq!(run.replicate, 2);
    let drawn: Vec<f64> = run.run.iter().map(|day| day.thumbs_down as f64).collect();
    assert_eq!(counts(2), drawn);
    assert_ne!(counts(0), drawn);
}

#[test]
fn a_scenario_that_cannot_be_studied_is_an_answer() {
    let text = library::find("workshop-first-steps").unwrap().text;
    let mut scenario = read::parse(text, "").unwrap().scenario;
    scenario.baseline = "nobody".to_owned();
    let svg = Export::One(Tab::Frontier, Format::Svg);
    let refused = exporting::build(svg, &scenario, None, text, &Choices::default(), &Control::new());
    assert!(refused.unwrap_err().to_string().contains("nobody"));
}

#[test]
fn the_window_exports_its_scenario_as_edited_and_opens_the_report_again() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = first_steps(data.path(), 60.0);
    let address = Address { target: Target::Economics, key: Key::Named("ticket.usd") };
    harness.state_mut().send(Command::Set { address, value: 7.25, dragging: false });
    let report = data.path().join("mine.html");
    harness.state_mut().send(Command::ExportTo(Export::Report, report.clone()));
    until(&mut harness, "exported", |app| app.session().message.starts_with("Exported to"));
    assert!(fs::read_to_string(&report).unwrap().contains("7.25"));

    // As it was: nothing asks what to do with unsaved work.
    for _ in 0..2 {
        harness.state_mut().send(Command::Undo);
        harness.step();
    }
    harness.state_mut().send(Command::Open(report));
    until(&mut harness, "opened", |app| (app.document().scenario.economics.ticket.usd - 7.25).abs() < 1e-12);
    // Saving must not replace the report by a scenario file.
    assert_eq!(harness.state().document().source.path, None);

    let nowhere = data.path().join("no such folder/x.csv");
    harness.state_mut().send(Command::ExportTo(Export::One(Tab::Timeline, Format::Csv), nowhere));
    until(&mut harness, "refused", |app| app.session().dialog.is_some());
    harness.run_steps(2);
    harness.get_by_label("The export failed");
}

#[test]
fn a_scenario_goes_from_one_window_to_another_as_text() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut from = window(here.path());
    let before = from.state().document().scenario.name.clone();
    from.state_mut().send(Command::OpenLibrary(2));
    until(&mut from, "opened", |app| app.document().scenario.name != before);
    from.state_mut().send(Command::CopyScenario);
    from.step();
    let copied = from
        .output()
        .platform_output
        .commands
        .iter()
        .find_map(|command| match command {
            egui::OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        })
        .unwrap();
    let mut to = window(there.path());
    to.step();
    to.event(egui::Event::Paste(copied));
    to.step();
    until(&mut to, "taken in", |app| app.document().is_changed());
    assert_eq!(to.state().document().scenario, from.state().document().scenario);
    assert!(to.state().document().is_changed(), "it stands in no file yet");

    to.event(egui::Event::Paste("not a scenario".to_owned()));
    to.step();
    // What is no scenario is refused before anything is asked.
    until(&mut to, "refused", |app| app.session().dialog.is_some());
    to.run_steps(3);
    to.get_by_label("The pasted text is no scenario");
}

#[test]
fn an_export_can_be_cancelled_and_leaves_no_file() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = window(data.path());
    // Hours of work.
    let address = Address { target: Target::Study, key: Key::Named("replicates") };
    harness.state_mut().send(Command::Set { address, value: 1_000_000.0, dragging: false });
    let file = data.path().join("never.csv");
    let export = Export::One(Tab::Detection, Format::Csv);
    harness.state_mut().send(Command::ExportTo(export, file.clone()));
    until(&mut harness, "under way", |app| app.session().exporting.is_some_and(|(_, total)| total > 0));
    harness.state_mut().send(Command::ExportTo(export, data.path().join("second.csv")));
    harness.step();
    assert!(harness.state().session().message.starts_with("One export at a time"));
    harness.get_by_label_contains("Export: progress");
    harness.state_mut().send(Command::CancelExport);
    until(&mut harness, "cancelled", |app| app.session().exporting.is_none());
    assert_eq!(harness.state().session().message, "Export cancelled");
    assert!(!file.exists() && harness.state().session().dialog.is_none());
}
