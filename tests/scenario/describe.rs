//! *Describe your product*: what was answered holds in the scenario, what was not is said, and what cannot be is told in the words of the question.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop at the first surprise")]

use std::process::Command;

use paretoscope::calibrate;
use paretoscope::describe::{
    self, Amount, Answers, Described, Hard, Kind, Model, Page, Problem, Question, Routing, Watch, Watching, answers,
    usual,
};
use paretoscope::prices::shipped;
use paretoscope::scenario::{read, write};
use paretoscope::simulation::world::World;

/// Words of the model that nobody is asked to know.
const MODEL_WORDS: [&str; 8] =
    ["logit", "auroc", "ability", "discrimination", "hidden-hard", "noise", "verbosity", "surface"];

fn assert_plain(text: &str) {
    let low = text.to_lowercase();
    for word in MODEL_WORDS {
        assert!(!low.contains(word), "\"{word}\" in: {text}");
    }
}

/// Describes, and holds what came of it to everything that is promised of any description.
fn described(answers: &Answers) -> Described {
    let found = describe::scenario(answers, shipped()).unwrap_or_else(|problems| panic!("{problems:?}"));
    let again = describe::scenario(answers, shipped()).unwrap();
    assert_eq!(found.text, again.text, "the same answers, another scenario");
    assert_eq!(found.assumptions, again.assumptions);
    let loaded = read::parse(&found.text, "x").unwrap();
    assert_eq!(loaded.scenario, found.scenario);
    assert_eq!(loaded.warnings, [], "{:?}", loaded.warnings);
    assert_eq!(write::to_text(&loaded.scenario), found.text);
    let world = World::compile(&found.scenario).unwrap();
    for (known, now) in found.scenario.known.iter().zip(calibrate::now(&world)) {
        let wanted = known.value.unwrap();
        let now = now.unwrap_or_else(|| panic!("{} is not told", known.of()));
        assert!((now - wanted).abs() <= 1e-3 * wanted, "{}: wanted {wanted}, found {now}", known.of());
    }
    for assumption in &found.assumptions {
        assert_plain(assumption);
        assert!(assumption.ends_with('.'), "{assumption}");
    }
    for range in &found.scenario.ranges {
        assert!(!range.source.is_empty(), "{} has no source", range.key);
        assert_plain(&range.source);
    }
    found
}

fn problems(answers: &Answers) -> Vec<Problem> {
    let found = describe::scenario(answers, shipped()).map(|found| found.text).unwrap_err();
    for problem in &found {
        assert_plain(&problem.message);
    }
    found
}

fn named(name: &str) -> Answers {
    Answers { name: name.to_owned(), ..Answers::default() }
}

fn kind(name: &str, share: f64, hard: Hard) -> Kind {
    Kind { name: name.to_owned(), share_percent: Some(share), hard: Some(hard), ..Kind::default() }
}

fn model(list: &str, good: Option<f64>) -> Model {
    Model { list: Some(list.to_owned()), good_percent: good, ..Model::default() }
}

#[test]
fn a_name_is_enough() {
    let found = described(&named("Nothing else"));
    let scenario = &found.scenario;
    assert_eq!(scenario.name, "Nothing else");
    assert_eq!((scenario.tiers.len(), scenario.segments.len(), scenario.known.len()), (2, 1, 0));
    assert!(scenario.policies.len() >= 4 && scenario.monitors.len() == 3 && scenario.events.len() == 1);
    assert!(scenario.ranges.iter().any(|range| range.key.contains("claude-opus-5")), "{:?}", scenario.ranges);
    assert!(found.assumptions.len() > 10);
}

#[test]
fn the_example_is_read_and_described() {
    let answers = Answers::parse(answers::EXAMPLE).unwrap();
    assert_eq!(Answers::parse(&answers.to_text()), Ok(answers.clone()));
    let found = described(&answers);
    let scenario = &found.scenario;
    // A bill, one figure overall, three by kind.
    assert_eq!(scenario.known.len(), 5);
    assert_eq!(scenario.tiers.iter().map(|tier| tier.name.as_str()).collect::<Vec<_>>(), ["Small", "Best"]);
    assert_eq!(scenario.tiers[0].list.as_deref(), Some("anthropic/claude-haiku-4-5"));
    assert_eq!(scenario.baseline, "All Best");
    assert_eq!(scenario.traffic.monthly_growth, 0.03);
    assert_eq!(scenario.monitors[0].per_day, 60.0);
    assert!(scenario.ranges.iter().any(|range| range.key == "economics.ticket.failed" && range.low == Some(0.12)));
}

#[test]
fn a_shop_with_two_models_and_a_bill() {
    let answers = Answers {
        requests_per_day: Some(3500.0),
        bill_usd_per_month: Some(4200.0),
        bill_of: Some("gpt-4.1-mini".to_owned()),
        request: vec![kind("Where is my parcel", 60.0, Hard::VeryEasy), kind("Returns", 40.0, Hard::Middling)],
        model: vec![model("openai/gpt-4.1", Some(94.0)), model("openai/gpt-4.1-mini", Some(88.5))],
        ..named("Shoe shop")
    };
    let found = described(&answers);
    let names: Vec<&str> = found.scenario.tiers.iter().map(|tier| tier.name.as_str()).collect();
    assert_eq!(names, ["gpt-4.1-mini", "gpt-4.1"]);
    assert!(found.scenario.policies.iter().any(|policy| policy.name == "Rules by kind"));
}

#[test]
fn a_law_firm_with_three_models_by_kind() {
    let by_kind = |list: &str, good: [f64; 3]| Model {
        good_percent_by_kind: ["Lookup", "Summary", "Draft"].map(str::to_owned).into_iter().zip(good).collect(),
        ..model(list, None)
    };
    let answers = Answers {
        requests_per_day: Some(400.0),
        horizon_days: Some(365.0),
        input_tokens: Some(20_000.0),
        output_tokens: Some(1500.0),
        request: vec![
            kind("Lookup", 50.0, Hard::Easy),
            kind("Summary", 30.0, Hard::Middling),
            kind("Draft", 20.0, Hard::VeryHard),
        ],
        model: vec![
            by_kind("google/gemini-2.5-flash", [90.0, 80.0, 35.0]),
            // On one kind the middle one is the best.
            by_kind("anthropic/claude-sonnet-5", [94.0, 92.0, 60.0]),
            by_kind("anthropic/claude-opus-5", [97.0, 90.0, 75.0]),
        ],
        routing: Some(vec![Routing::RandomMix, Routing::JudgedCascade, Routing::Rules]),
        watch: Some(Watching::ALL.iter().map(|kind| Watch { kind: *kind, labels_a_day: None }).collect()),
        ..named("Law firm")
    };
    let found = described(&answers);
    assert_eq!((found.scenario.known.len(), found.scenario.monitors.len(), found.scenario.policies.len()), (9, 9, 5));
    // Which step of three models pays nobody can tell by looking: each cheaper model is tried before the best.
    assert!(found.scenario.policies.iter().any(|policy| policy.name == "Judged cascade from claude-sonnet-5"));
}

#[test]
fn a_game_with_six_kinds_and_own_prices() {
    let own = |name: &str, input: f64, good: Option<f64>| Model {
        name: Some(name.to_owned()),
        input_usd_per_mtok: Some(input),
        output_usd_per_mtok: Some(4.0 * input),
        good_percent: good,
        ..Model::default()
    };
    let mut partly = own("Tuned at home", 0.2, Some(86.0));
    partly.good_percent_by_kind.insert("Kind 5".to_owned(), 55.0);
    let kinds = Hard::ALL
        .iter()
        .cycle()
        .take(6)
        .enumerate()
        .map(|(i, hard)| kind(&format!("Kind {i}"), 10.0 + i as f64, *hard));
    let mut answers = Answers {
        bill_usd_per_month: Some(150_000.0),
        requests_per_day: Some(300_000.0),
        request: kinds.collect(),
        model: vec![own("Rented", 3.0, None), partly, own("In between. Dotted", 1.0, Some(90.0))],
        ..named("Game")
    };
    for question in Question::ALL {
        *question.of_mut(&mut answers.wrong_answer) = Some(Amount::Between([0.0, 2.0]));
    }
    let found = described(&answers);
    assert_eq!(found.scenario.known.len(), 4);
    assert!(found.assumptions.iter().any(|line| line.contains("\"Rented\"") && line.contains("was not said")));
}

#[test]
fn percentages_that_cannot_be_are_told_plainly() {
    let models = |cheap, dear| Answers {
        model: vec![model("openai/gpt-4.1-nano", Some(cheap)), model("openai/gpt-4.1", Some(dear))],
        ..named("x")
    };
    let found = problems(&models(96.0, 90.0));
    assert!(found[0].page == Page::Models && found[0].message.contains("nothing to route"), "{found:?}");
    let found = problems(&models(80.0, 100.0));
    assert!(found[0].message.contains("no model answers everything well"), "{found:?}");
    assert_eq!(problems(&models(0.0, -4.0)).len(), 2);
    described(&models(99.5, 99.5));
    described(&models(1.0, 2.0));
    let mut torn = models(80.0, 90.0);
    torn.request = vec![kind("a", 50.0, Hard::Easy), kind("b", 50.0, Hard::Easy)];
    torn.model[1].good_percent_by_kind = [("a".to_owned(), 50.0)].into();
    assert!(problems(&torn)[0].message.contains("would need 130.0 %"), "{:?}", problems(&torn));
    torn.model[1].good_percent_by_kind = [("a".to_owned(), 95.0), ("b".to_owned(), 94.0)].into();
    assert!(problems(&torn)[0].message.contains("come to 94.5 %"), "{:?}", problems(&torn));
}

#[test]
fn every_answer_that_cannot_be_is_told_at_once() {
    let answers = Answers {
        requests_per_day: Some(-1.0),
        monthly_growth_percent: Some(f64::NAN),
        horizon_days: Some(1e9),
        input_tokens: Some(f64::INFINITY),
        bill_usd_per_month: Some(0.0),
        request: vec![kind("", -1.0, Hard::Easy), kind("a", 1.0, Hard::Easy), kind("a", 1.0, Hard::Easy)],
        model: vec![model("nobody/none", Some(50.0)), Model::default()],
        ..named("\u{202e}")
    };
    let found = problems(&answers);
    assert!(found.len() >= 10, "{found:?}");
    let mut words = named("x");
    words.wrong_answer.ticket_usd = Some(Amount::Words("dear".to_owned()));
    words.wrong_answer.incident_usd = Some(Amount::Between([9.0, 1.0]));
    assert_eq!(problems(&words).len(), 2);
    words.wrong_answer.incident_usd = Some(Amount::unknown());
    words.wrong_answer.ticket_usd = None;
    described(&words);
    assert_eq!(usual(Question::TicketUsd).0, [6.0, 16.0]);
    let tiny = Answers { bill_usd_per_month: Some(0.01), requests_per_day: Some(1e9), ..named("x") };
    assert!(problems(&tiny)[0].message.contains("would mean"));
}

#[test]
fn one_model_gets_a_cheaper_one_beside_it() {
    let found = described(&Answers { model: vec![model("anthropic/claude-opus-5", Some(96.0))], ..named("x") });
    assert_eq!(found.scenario.tiers.len(), 2);
    assert_eq!(found.scenario.baseline, "All claude-opus-5");
}

#[test]
fn what_is_no_answers_file_is_refused_with_its_line() {
    for text in
        ["name = 3", "nam = \"x\"", "[[model]]\nname = [", "request = 3", "name = \"x\"\n[[request]]\nhard = \"tough\""]
    {
        let why = Answers::parse(text).unwrap_err();
        assert!(why.contains("line"), "{text}: {why}");
    }
    assert!(Answers::parse(&"[".repeat(1_000_000)).is_err());
    assert_eq!(Answers::parse("name = \"x\"").unwrap(), named("x"));
}

fn run(args: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_paretoscope")).args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_command_line_writes_what_was_described_and_nothing_over_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    let (from, to) = (path("answers.toml"), path("product.toml"));
    let (code, example, _) = run(&["new", "--example"]);
    assert_eq!((code, example.as_str()), (Some(0), answers::EXAMPLE));
    std::fs::write(&from, &example).unwrap();
    let (code, said, complaint) = run(&["new", "--answers", &from, "--out", &to]);
    assert_eq!((code, complaint.as_str()), (Some(0), ""));
    assert!(
        said.contains("Assumed:") && said.contains("All Best: the baseline that everything is compared with"),
        "{said}"
    );
    assert_plain(&said);
    let (code, said, _) = run(&["check", &to]);
    assert!(code == Some(0) && said.contains("\"Help centre\" is in order: 3 segments, 2 tiers"), "{said}");
    let before = std::fs::read_to_string(&to).unwrap();
    let (code, _, complaint) = run(&["new", "--answers", &from, "--out", &to]);
    assert!(code == Some(2) && complaint.contains("product.toml"), "{complaint}");
    assert_eq!(std::fs::read_to_string(&to).unwrap(), before);
    assert_eq!(run(&["new", "--answers", &from, "--out", &to, "--force"]).0, Some(0));
    std::fs::write(&from, "name = \"x\"\n[[model]]\nlist = \"a/b\"\n").unwrap();
    let (code, _, complaint) = run(&["new", "--answers", &from, "--out", &path("other.toml")]);
    assert!(code == Some(2) && complaint.contains("Models: \"a/b\""), "{complaint}");
    assert!(!dir.path().join("other.toml").exists());
}

#[test]
fn the_command_line_searches_prices_and_reads_newer_lists() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("list.json");
    std::fs::write(&file, r#"{"a": {"litellm_provider": "new", "mode": "chat", "input_cost_per_token": 1.5e-7, "output_cost_per_token": 1e-6}, "b": 3}"#)
        .unwrap();
    let (code, said, _) = run(&["prices", "--search", "HAIKU"]);
    assert!(code == Some(0) && said.contains("claude-haiku-4-5") && said.contains("2026-07-24"), "{said}");
    let (_, said, _) = run(&["prices", "--search", "openai mini", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(json["prices"].as_array().unwrap().len(), 5, "{said}");
    let (code, said, _) = run(&["prices", "--list", file.to_str().unwrap(), "--format", "csv"]);
    assert!(code == Some(0) && said.contains("new,a,0.15,1,,,,,"), "{said}");
    let (code, _, complaint) = run(&["prices", "--list", dir.path().to_str().unwrap()]);
    assert!(code == Some(2) && complaint.contains("folder"), "{complaint}");
    std::fs::write(&file, "{\"b\": 3}").unwrap();
    let (code, _, complaint) = run(&["prices", "--list", file.to_str().unwrap()]);
    assert!(code == Some(2) && complaint.contains("b: not an object"), "{complaint}");
    let text = common_scenario("no/such");
    let scenario = dir.path().join("listed.toml");
    std::fs::write(&scenario, text).unwrap();
    let (code, said, _) = run(&["check", scenario.to_str().unwrap()]);
    assert!(
        code == Some(0) && said.contains("notice: tier \"Small\": the list of 2026-07-24 has no \"no/such\""),
        "{said}"
    );
}

/// A shipped scenario whose first tier names this entry of the price list.
fn common_scenario(list: &str) -> String {
    let loaded = read::parse(include_str!("../../scenarios/workshop-first-steps.toml"), "x").unwrap();
    let mut scenario = loaded.scenario.clone();
    scenario.tiers[0].list = Some(list.to_owned());
    let text = loaded.document.to_text(&scenario);
    assert_eq!(read::parse(&text, "x").unwrap().scenario, scenario);
    text
}
