//! Lessons: the shipped ones hold what they say, and broken ones are told where.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop at the first surprise")]

use std::collections::HashMap;

use paretoscope::detection::study::Study;
use paretoscope::frontier::{Frontier, Stages};
use paretoscope::jobs::{self, Control, Detection, FrontierOptions};
use paretoscope::lesson::{Answer, LESSONS, Lesson, figure, read};
use paretoscope::model::Scenario;
use paretoscope::scenario;
use paretoscope::simulation::world::World;

fn shipped() -> Vec<Lesson> {
    LESSONS
        .iter()
        .map(|(file, text)| {
            read::parse(text, file)
                .unwrap_or_else(|p| panic!("{}", p.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))
        })
        .collect()
}

fn simulate(scenario: &Scenario, policy: usize, with_study: bool) -> (Frontier, Option<Study>) {
    let world = World::compile(scenario).unwrap();
    let control = Control::new();
    let options = FrontierOptions { exact_settings: 0, fill_stateful: false, review: false, ..Default::default() };
    let frontier = jobs::frontier(&world, &options, &control).unwrap();
    let study = with_study.then(|| {
        let stages = Stages::new(&world).unwrap();
        let mut detection = Detection::prepare(&stages, policy, &control).unwrap();
        detection.run(scenario.study.replicates, &control, |_| {}).unwrap();
        detection.study(scenario.study.false_alarms)
    });
    (frontier, study)
}

#[test]
fn every_figure_of_the_shipped_lessons_is_where_its_text_expects_it() {
    assert!(LESSONS.len() >= 3);
    for lesson in shipped() {
        assert!((20..=40).contains(&lesson.minutes) && !lesson.introduction.is_empty());
        let base = lesson.library_scenario().expect("its scenario is in the library");
        // Steps with the same settings share a simulation.
        let mut known: HashMap<(String, usize), (Scenario, Frontier, Option<Study>)> = HashMap::new();
        let mut policy = None;
        let mut questions = 0;
        for (index, step) in lesson.steps.iter().enumerate() {
            let place = format!("{}: {}", lesson.title, step.title);
            let text = lesson.scenario_text(base, index).unwrap();
            let scenario = scenario::read::parse(&text, &place).expect("the settings fit").scenario;
            assert!(step.set.is_empty() || text != base, "{place}: its settings change nothing");
            if let Some(name) = &step.policy {
                policy = Some(scenario.policy_index(name).unwrap_or_else(|| panic!("{place}: no policy {name}")));
            }
            let Some(reveal) = &step.reveal else { continue };
            let watched = scenario.studied_policy().or(policy).unwrap();
            let (scenario, frontier, study) = known.entry((text, watched)).or_insert_with(|| {
                let needed = lesson.steps.iter().any(|s| s.reveal.as_ref().is_some_and(|r| r.figure.needs_study()));
                let (frontier, study) = simulate(&scenario, watched, needed);
                (scenario, frontier, study)
            });
            let value = figure::value(reveal, scenario, frontier, study.as_ref())
                .unwrap_or_else(|| panic!("{place}: the figure is not defined"));
            let (low, high) = reveal.between.unwrap_or_else(|| panic!("{place}: says nothing about its figure"));
            assert!(value >= low && value <= high, "{place}: {value} is not between {low} and {high}");
            if let Some(question) = &step.question {
                questions += 1;
                if let Answer::Choice(choices) = &question.answer {
                    let right: Vec<_> =
                        choices.iter().filter(|c| value >= c.between.0 && value < c.between.1).collect();
                    assert_eq!(right.len(), 1, "{place}: {value} must fit one choice alone");
                    assert_eq!(question.right_choice(value).map(|i| &choices[i]), Some(right[0]));
                }
            }
        }
        assert!(questions >= 8, "{}: {questions} predictions", lesson.title);
    }
}

#[test]
fn numbers_in_the_shipped_texts_hold_beyond_their_own_figure() {
    // "It lost about three points at launch. There is less than one point of room."
    let first =
        scenario::read::parse(scenario::library::find("workshop-first-steps").unwrap().text, "").unwrap().scenario;
    let (frontier, _) = simulate(&first, 3, false);
    let classifier = &frontier.launch.metrics[3];
    let (gap, room) = (classifier.quality_gap.unwrap(), classifier.break_even_gap.unwrap());
    assert!((0.025..0.035).contains(&gap) && room - gap > 0.0 && room - gap < 0.01, "{gap} {room}");
    // "It still pays"; "with tickets at 4 USD this, too, would be gone".
    let mut dear = first.clone();
    dear.economics.ticket.usd = 4.0;
    let (with_dear, _) = simulate(&dear, 3, false);
    assert!(frontier.latest().metrics[4].total_change.unwrap() < 0.0);
    assert!(with_dear.latest().metrics[4].total_change.unwrap() > 0.0);
    // "It saves as much on the invoice as the classifier."
    let saving = |policy: usize| frontier.latest().metrics[policy].inference_change.unwrap();
    assert!((saving(4) - saving(3)).abs() < 0.02);

    let flagship = scenario::read::parse(scenario::library::flagship().text, "").unwrap().scenario;
    let of = |name: &str| flagship.policy_index(name).unwrap();
    let (frontier, study) = simulate(&flagship, of("Classifier"), true);
    let study = study.unwrap();
    let monitor = |name: &str| {
        let index = flagship.monitors.iter().position(|m| m.name == name).unwrap();
        study.monitors.iter().find(|m| m.monitor == index).unwrap()
    };
    // "In more than a quarter of the runs it does not happen at all."
    assert!(monitor("Thumbs-down, pooled").outcome.noticed.rate < 0.75);
    // "Until the tickets per tier alarm it is about 17,000 USD."
    assert!((15_000.0..20_000.0).contains(&monitor("Tickets, per tier").damage_median.unwrap().usd));
    // "About 100,000 USD a month"; "at launch it had lost more than five"; the cascade against the classifier.
    let (launch, latest) = (&frontier.launch, frontier.latest());
    let cost = |policy: usize| launch.curves[policy].operating_point.as_ref().unwrap().inference_usd_per_1k;
    let saving = (cost(frontier.baseline) - cost(of("Classifier"))) / 1000.0 * launch.requests_per_day * 30.0;
    assert!((90_000.0..110_000.0).contains(&saving), "{saving}");
    assert!(launch.metrics[of("Classifier")].quality_gap.unwrap() > 0.05);
    let (classifier, cascade) = (&latest.metrics[of("Classifier")], &latest.metrics[of("Uncertainty cascade")]);
    let loss = cascade.total_change.unwrap() / classifier.total_change.unwrap();
    assert!((0.25..0.40).contains(&loss), "{loss}");
    assert!(cascade.inference_change.unwrap() / classifier.inference_change.unwrap() > 0.5);
    // "Shadow pairs alarm after 12 days and cost 315 USD a day": 2,000 pairs at 0.16 USD, where so many requests are routed already.
    let pairs = monitor("Shadow pairs");
    assert!((pairs.usd_per_day - 315.0).abs() < 1.0 && (pairs.outcome.days_to(0.5).unwrap() - 12.0).abs() < 2.0);
    // 8,000 verdicts at 0.01 USD, half of them of the cheap tier once it has as many answers.
    assert!((77.0..80.0).contains(&monitor("Judge, per tier").usd_per_day));
}

#[test]
fn every_problem_of_a_lesson_is_told_with_its_line() {
    let broken = "+++\ntitle = \"A\"\nminuts = 3\n+++\n\nHello\n\n## One\n\n```step\ntab = \"frontir\"\nset = \"x\"\n\n[question]\ntext = \"?\"\n```\n\n\
                  ## Two\n\n```step\n[reveal]\nfigure = \"medien_days\"\nwhen = \"later\"\n```\n\n## Three\n\n```step\nreset = \n```\n";
    let problems = read::parse(broken, "broken.md").unwrap_err();
    let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
    for expected in [
        "broken.md:2:1: scenario: is missing",
        "broken.md:3:1: minuts: unknown key",
        "did you mean \"minutes\"",
        "broken.md:11:7: tab: found \"frontir\"",
        "broken.md:12:7: set: found string",
        "question: needs a [reveal]",
        "broken.md:22:10: reveal: figure: found \"medien_days\"",
        "did you mean \"median_days\"",
        "broken.md:23:8: reveal: when: found \"later\"",
        "reveal: of: is missing",
        "broken.md:29:",
    ] {
        assert!(said.iter().any(|s| s.contains(expected)), "{expected}\n{}", said.join("\n"));
    }
    for hopeless in ["", "no front matter", "+++\n", "+++\n+++\n```step\n```\n## \n"] {
        assert!(!read::parse(hopeless, "").unwrap_err().is_empty());
    }
}

#[test]
fn settings_add_up_until_they_are_reset() {
    let text = "+++\ntitle = \"A\"\nscenario = \"three-tiers\"\nminutes = 20\n+++\nHi\n## One\n```step\nset = [\"a=1\"]\n```\n## Two\nOnly text\n\
                ## Three\n```step\nset = [\"b=2\"]\n```\nAfter\n## Four\n```step\nreset = true\nset = [\"c=3\"]\n```\n";
    let lesson = read::parse(text, "").unwrap();
    let settings: Vec<Vec<String>> = (0..4).map(|i| lesson.settings(i)).collect();
    assert_eq!(settings, [vec!["a=1"], vec!["a=1"], vec!["a=1", "b=2"], vec!["c=3"]]);
    assert_eq!((lesson.introduction.as_str(), lesson.steps[1].text.as_str()), ("Hi", "Only text"));
    assert_eq!((lesson.steps[2].text.as_str(), lesson.steps[2].afterwards.as_str()), ("", "After"));
}

#[test]
fn the_format_page_knows_every_word() {
    let page = include_str!("../assets/lesson-format.md");
    for word in figure::Figure::words().chain(paretoscope::lesson::TABS.iter().map(|(word, _)| *word)) {
        assert!(page.contains(&format!("`{word}`")), "{word}");
    }
}

#[test]
fn dense_settings_and_deep_keys_are_refused() {
    let lesson = |block: &str| {
        format!(
            "+++\ntitle = \"t\"\nscenario = \"support-agent\"\nminutes = 5\n+++\n\n## A step\n\n```step\n{block}\n```\n"
        )
    };
    let said = read::parse(&lesson(&format!("policy = {}", "[".repeat(200_000))), "x").unwrap_err();
    assert!(said.iter().any(|p| p.to_string().contains("keys, lists and entries")), "{}", said[0]);
    // Each part of a key lies inside the one before, and a complaint does not repeat them all.
    let deep = read::parse(&lesson(&format!("set = [\"{}a=1\"]", "a.".repeat(300_000))), "x").unwrap();
    let said = deep.scenario_text(deep.library_scenario().unwrap(), 0).unwrap_err();
    assert!(said.contains("at most 16384") && said.len() < 1_000, "{} bytes", said.len());
}
