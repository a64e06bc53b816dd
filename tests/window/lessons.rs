//! Whole lessons in the window: predictions, reveals, the presenter's view.
#![cfg(feature = "app")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::time::{Duration, Instant};

use crate::common::window::{until, window};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use paretoscope::app::App;
use paretoscope::app::command::Command;
use paretoscope::lesson::Answer;

/// Runs frames until a label that contains this is there.
fn until_said(harness: &mut Harness<'_, App>, place: &str, text: &str) {
    let start = Instant::now();
    while harness.query_all_by_label_contains(text).next().is_none() {
        assert!(start.elapsed() < Duration::from_secs(180), "{place}: nothing says \"{text}\"");
        harness.step();
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_whole_lesson_from_the_first_step_to_the_last() {
    let data = tempfile::tempdir().unwrap();
    let mut harness = window(data.path());
    harness.state_mut().send(Command::StartLesson(0));
    until(&mut harness, "the lesson", |app| app.session().course.is_some());
    harness.run_steps(3);
    let course = harness.state().session().course.clone().unwrap();
    harness.get_by_label_contains("Introduction");
    for (index, step) in course.lesson.steps.iter().enumerate() {
        harness.get_by_label("Next").click();
        harness.run_steps(3);
        let place = format!("step {}: {}", index + 1, step.title);
        assert_eq!(harness.state().session().course.as_ref().unwrap().step, Some(index), "{place}");
        harness.get_by_label(&step.title);
        if step.reveal.is_none() {
            continue;
        }
        match step.question.as_ref().map(|q| &q.answer) {
            Some(Answer::Number) => {
                harness.state_mut().send(Command::TypeGuess("10 20 30".to_owned()));
                harness.step();
                harness.get_by_label("Add").click();
                harness.run_steps(2);
                harness.get_by_label_contains("3 predictions");
            }
            Some(Answer::Choice(choices)) => {
                harness.get_by_label(&choices[0].text).click();
                harness.run_steps(2);
                harness.get_by_label("1 prediction");
            }
            None => {}
        }
        harness.get_by_label("Reveal").click();
        harness.run_steps(2);
        until_said(&mut harness, &place, "The simulation says");
    }
    // Back and forth: what was said is still there.
    harness.get_by_label("Back").click();
    harness.run_steps(3);
    harness.state_mut().send(Command::TogglePresenter);
    harness.run_steps(4);
    assert!(harness.query_by_label("File").is_none(), "the controls are out of the way");
    harness.get_by_label("Leave the presentation").click();
    harness.run_steps(4);
    harness.get_by_label("File");
    harness.get_by_label("Scenario").click();
    harness.run_steps(2);
    harness.get_by_label_contains("About this scenario");
    harness.state_mut().send(Command::EndLesson);
    harness.run_steps(2);
    assert!(harness.state().session().course.is_none());
}

#[test]
fn a_lesson_of_ones_own_and_a_broken_one() {
    let data = tempfile::tempdir().unwrap();
    let own = data.path().join("own.md");
    std::fs::write(
        &own,
        "+++\ntitle = \"Mine\"\nscenario = \"workshop-first-steps\"\nminutes = 5\n+++\n\nHello.\n\n## Look\n\nText.\n\n```step\ntab = \"money\"\n```\n",
    )
    .unwrap();
    let mut harness = window(data.path());
    harness.state_mut().send(Command::Open(own));
    until_said(&mut harness, "own lesson", "5 minutes in all");
    harness.get_by_label("Next").click();
    harness.run_steps(3);
    harness.get_by_label("Look");
    let broken = data.path().join("broken.md");
    std::fs::write(&broken, "+++\ntitel = 3\n+++\n").unwrap();
    harness.state_mut().send(Command::Open(broken));
    until_said(&mut harness, "broken lesson", "The lesson cannot be opened");
    assert!(harness.state().session().course.is_some(), "the lesson under way goes on");
}
