//! *Describe your product* in the window: from an empty start to a saved scenario, by keyboard and screen reader names, and without a word of the model.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use crate::common::window::{first_steps, until, window};
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use paretoscope::app::App;
use paretoscope::app::command::Command;
use paretoscope::app::export::Export;
use paretoscope::app::session::Dialog;
use paretoscope::describe::{Amount, Hard};
use paretoscope::report::answer;
use paretoscope::scenario::read;

/// Words of the model that nobody is asked to know.
const MODEL_WORDS: [&str; 7] = ["logit", "auroc", "ability", "discrimination", "hidden-hard", "noise", "verbosity"];

/// Holds whatever the pages say to be plain.
fn assert_plain(harness: &Harness<'_, App>) {
    let dialog = harness.get_by_role(Role::Dialog);
    for node in dialog.children_recursive() {
        let said = [node.accesskit_node().label(), node.accesskit_node().value()];
        for text in said.into_iter().flatten() {
            let low = text.to_lowercase();
            for word in MODEL_WORDS {
                assert!(!low.contains(word), "\"{word}\" in: {text}");
            }
        }
    }
}

fn press(harness: &mut Harness<'_, App>, label: &str) {
    harness.get_by_role_and_label(Role::Button, label).click_accesskit();
    harness.run_steps(4);
}

fn next(harness: &mut Harness<'_, App>) {
    press(harness, "Next");
    assert_plain(harness);
}

fn type_into(harness: &mut Harness<'_, App>, label: &str, text: &str) {
    harness.get_by_role_and_label(Role::TextInput, label).focus();
    harness.run_steps(2);
    harness.event(eframe::egui::Event::Text(text.to_owned()));
    harness.run_steps(3);
}

/// Types a number into a field that shows one.
fn set(harness: &mut Harness<'_, App>, label: &str, text: &str) {
    harness.get_by_role_and_label(Role::SpinButton, label).focus();
    harness.run_steps(2);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run_steps(1);
    harness.event(eframe::egui::Event::Text(text.to_owned()));
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(3);
}

#[test]
fn a_product_is_described_and_saved() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = window(data.path());
    harness.run_steps(3);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::N);
    harness.run_steps(4);
    assert!(harness.state().session().describing.is_open);
    assert_plain(&harness);
    type_into(&mut harness, "Name of the product", "Help centre");
    set(&mut harness, "Requests a day", "12000");
    let answers = &harness.state().session().describing.answers;
    assert_eq!((answers.name.as_str(), answers.requests_per_day), ("Help centre", Some(12_000.0)));

    next(&mut harness);
    press(&mut harness, "Add a kind of requests");
    type_into(&mut harness, "Name of kind 1", "Login");
    press(&mut harness, "Add a kind of requests");
    type_into(&mut harness, "Name of kind 2", "Faults");
    harness.get_by_role_and_label(Role::ComboBox, "How hard kind 2 is").click_accesskit();
    harness.run_steps(3);
    harness.get_all_by_role_and_label(Role::Button, "Hard").last().unwrap().click_accesskit();
    harness.run_steps(3);
    assert_eq!(harness.state().session().describing.answers.request[1].hard, Some(Hard::Hard));

    next(&mut harness);
    type_into(&mut harness, "Search the price list", "haiku");
    press(&mut harness, "Add anthropic/claude-haiku-4-5");
    harness.state_mut().send(Command::SearchPrices(String::new()));
    harness.run_steps(3);
    type_into(&mut harness, "Search the price list", "opus-5");
    press(&mut harness, "Add anthropic/claude-opus-5");
    set(&mut harness, "Good answers of model 1", "84");
    set(&mut harness, "Good answers of model 2", "95.5");

    next(&mut harness);
    harness.get_by_role_and_label(Role::RadioButton, "A range: what a ticket costs").click_accesskit();
    harness.run_steps(3);
    assert!(matches!(harness.state().session().describing.answers.wrong_answer.ticket_usd, Some(Amount::Between(_))));
    next(&mut harness);
    next(&mut harness);
    next(&mut harness);
    until(&mut harness, "worked out", |app| app.session().describing.now().is_some());
    harness.run_steps(3);
    assert_plain(&harness);
    harness.get_by_label_contains("15 % ask again");

    // Closing and coming back keeps the answers.
    press(&mut harness, "Close");
    assert!(!harness.state().session().describing.is_open);
    harness.state_mut().send(Command::New);
    harness.run_steps(4);
    press(&mut harness, "Make the scenario");
    until(&mut harness, "opened", |app| app.document().scenario.name == "Help centre");
    assert!(harness.state().document().is_changed() && !harness.state().session().describing.is_open);

    harness.state_mut().send(Command::Save);
    until(&mut harness, "asked", |app| matches!(app.session().dialog, Some(Dialog::Path { .. })));
    let file = data.path().join("help.toml");
    harness.state_mut().send(Command::SaveTo(file.clone()));
    until(&mut harness, "saved", |app| !app.document().is_changed());
    let saved = read::parse(&std::fs::read_to_string(&file).unwrap(), "help.toml").unwrap();
    assert_eq!(saved.scenario.known.len(), 2);
    assert_eq!(saved.scenario.tiers[0].list.as_deref(), Some("anthropic/claude-haiku-4-5"));
    assert_eq!(saved.scenario.segments.len(), 2);
}

#[test]
fn answers_that_cannot_be_are_told_and_nothing_is_made() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = window(data.path());
    let before = harness.state().document().scenario.name.clone();
    harness.state_mut().send(Command::New);
    harness.run_steps(3);
    let mut answers = harness.state().session().describing.answers.clone();
    answers.bill_usd_per_month = Some(0.01);
    answers.requests_per_day = Some(1e9);
    harness.state_mut().send(Command::Answer(Box::new(answers)));
    harness.state_mut().send(Command::DescribePage(6));
    harness.run_steps(3);
    until(&mut harness, "worked out", |app| app.session().describing.now().is_some());
    harness.run_steps(3);
    harness.get_by_label_contains("would mean");
    assert_plain(&harness);
    harness.state_mut().send(Command::MakeScenario);
    harness.run_steps(4);
    assert_eq!(harness.state().document().scenario.name, before);
    // A page that is skipped has no answers.
    harness.state_mut().send(Command::DescribePage(-6));
    harness.state_mut().send(Command::SkipPage);
    harness.run_steps(3);
    assert_eq!(harness.state().session().describing.answers.requests_per_day, None);
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(!harness.state().session().describing.is_open);
}

#[test]
fn the_lists_prices_are_taken_over_in_one_step() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = first_steps(data.path(), 50.0);
    let file = data.path().join("list.json");
    let entry = r#"{"small-1": {"litellm_provider": "maker", "mode": "chat", "input_cost_per_token": 3e-6, "output_cost_per_token": "1.5e-5"}}"#;
    std::fs::write(&file, entry).unwrap();
    harness.state_mut().send(Command::LoadPrices(file));
    until(&mut harness, "loaded", |app| app.session().prices.is_some());
    let put = paretoscope::scenario::edit::Entry::Value {
        section: "tier",
        index: 0,
        key: "list".to_owned(),
        datum: paretoscope::entry::Datum::Text("maker/small-1".to_owned()),
    };
    harness.state_mut().send(Command::Put(put));
    harness.set_size(eframe::egui::vec2(1400.0, 3000.0));
    harness.run_steps(3);
    harness.get_by_label("Tiers").click();
    harness.run_steps(12);
    let before = harness.state().document().scenario.tiers[0].input_usd_per_mtok;
    harness.get_by_label_contains("has 3 USD in, 15 USD out; this file");
    harness.get_by_label("Take over the list's prices").click_accesskit();
    harness.run_steps(4);
    let tier = &harness.state().document().scenario.tiers[0];
    assert_eq!((tier.input_usd_per_mtok, tier.output_usd_per_mtok), (3.0, 15.0));
    harness.state_mut().send(Command::Undo);
    harness.run_steps(3);
    assert_eq!(harness.state().document().scenario.tiers[0].input_usd_per_mtok, before);
}

#[test]
fn an_empty_start_leads_to_a_verdict_and_a_report_in_plain_words() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = window(data.path());
    harness.state_mut().show_start_page();
    harness.run_steps(4);
    press(&mut harness, "Describe your product…");
    type_into(&mut harness, "Name of the product", "Travel desk");
    set(&mut harness, "Requests a day", "8000");
    next(&mut harness);
    for (i, kind) in ["Bookings", "Refunds", "Visa rules"].into_iter().enumerate() {
        press(&mut harness, "Add a kind of requests");
        type_into(&mut harness, &format!("Name of kind {}", i + 1), kind);
    }
    next(&mut harness);
    for model in ["haiku-4-5", "sonnet-5", "opus-5"] {
        harness.state_mut().send(Command::SearchPrices(String::new()));
        harness.run_steps(3);
        type_into(&mut harness, "Search the price list", model);
        press(&mut harness, &format!("Add anthropic/claude-{model}"));
    }
    for (i, good) in ["81", "90", "95"].into_iter().enumerate() {
        set(&mut harness, &format!("Good answers of model {}", i + 1), good);
    }
    set(&mut harness, "Bill of 30 days with the best model for everything", "9500");
    next(&mut harness);
    harness.get_by_role_and_label(Role::RadioButton, "A range: what a ticket costs").click_accesskit();
    harness.run_steps(3);
    for _ in 0..3 {
        next(&mut harness);
    }
    until(&mut harness, "worked out", |app| app.session().describing.now().is_some());
    harness.run_steps(3);
    press(&mut harness, "Make the scenario");
    until(&mut harness, "opened", |app| app.document().scenario.name == "Travel desk");
    let file = data.path().join("desk.toml");
    harness.state_mut().send(Command::SaveTo(file.clone()));
    until(&mut harness, "saved", |app| !app.document().is_changed());
    until(&mut harness, "points", |app| app.session().points.is_some() && !app.session().curves_are_old);
    harness.run_steps(3);
    // The verdict over the tabs, and what was answered in it.
    let scenario = harness.state().document().scenario.clone();
    let verdict = {
        let points = harness.state().session().points.clone().unwrap();
        answer::answer(&scenario, &points, None, harness.state().session().selected).sentence
    };
    harness.get_by_label(&verdict);
    assert_eq!((scenario.tiers.len(), scenario.segments.len()), (3, 3));
    let points = harness.state().session().points.clone().unwrap();
    let baseline = points.launch.curves[points.baseline].operating_point.clone().unwrap();
    let bill = baseline.inference_usd_per_1k / 1000.0 * 8000.0 * 30.0;
    assert!((bill / 9500.0 - 1.0).abs() < 2e-3, "{bill} USD a month");
    assert!((baseline.quality - 0.95).abs() < 1e-3, "{}", baseline.quality);
    // A report whose first page says it in the same words.
    let report = data.path().join("desk.html");
    harness.state_mut().send(Command::ExportTo(Export::Report, report.clone()));
    until(&mut harness, "exported", |app| app.session().message.starts_with("Exported"));
    let page = std::fs::read_to_string(&report).unwrap();
    let board = page.split("<header").nth(1).and_then(|rest| rest.split("</header>").next()).unwrap();
    assert!(board.contains(&verdict.replace('&', "&amp;")), "{verdict}");
    // Pictures carry their own text; what is read is outside them.
    let read: String = board
        .split("<svg")
        .enumerate()
        .map(|(i, part)| if i == 0 { part } else { part.split("</svg>").nth(1).unwrap_or("") })
        .collect();
    for word in MODEL_WORDS {
        assert!(!read.to_lowercase().contains(word) && !verdict.to_lowercase().contains(word), "{word} in {read}");
    }
}
