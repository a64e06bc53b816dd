//! Lessons: Markdown files that lead through a scenario, ask for predictions and reveal what the simulation says.
//!
//! This module knows what a lesson is (`read`) and what it reveals (`figure`); it shows nothing and touches no disk. The format is
//! described in `assets/lesson-format.md`.

pub mod figure;
pub mod read;

use crate::scenario::{library, overrides};
use figure::Figure;

/// A lesson.
#[derive(Clone, Debug, PartialEq)]
pub struct Lesson {
    /// Shown in the list of lessons.
    pub title: String,
    /// The scenario it works on: a name of the library, or a path relative to the lesson.
    pub scenario: String,
    /// How long it takes.
    pub minutes: u32,
    /// Markdown before the first step.
    pub introduction: String,
    /// In their order.
    pub steps: Vec<Step>,
}

/// A step of a lesson.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its heading.
    pub title: String,
    /// Markdown shown from the start.
    pub text: String,
    /// Markdown shown together with what is revealed.
    pub afterwards: String,
    /// Start again from the lesson's scenario, without the settings of earlier steps.
    pub reset: bool,
    /// Settings, as of `--set`: `key.path=value`.
    pub set: Vec<String>,
    /// Tab to show; `None`: as it is.
    pub tab: Option<Tab>,
    /// Policy to look at; `None`: as it is.
    pub policy: Option<String>,
    /// What is asked before the reveal.
    pub question: Option<Question>,
    /// What is revealed.
    pub reveal: Option<Reveal>,
}

/// A prediction that is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The question.
    pub text: String,
    /// How it is answered.
    pub answer: Answer,
}

/// How a question is answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// With a number in the unit of what is revealed.
    Number,
    /// With one of these.
    Choice(Vec<Choice>),
}

/// One of the answers of a question.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// What it says.
    pub text: String,
    /// It is right when what is revealed is in this range, the upper end excluded, in the unit of the reveal.
    pub between: (f64, f64),
}

/// What is revealed: a figure that the simulation computes.
#[derive(Clone, Debug, PartialEq)]
pub struct Reveal {
    /// Which figure.
    pub figure: Figure,
    /// Of this policy or monitor; empty for a figure of the whole study.
    pub of: String,
    /// Of an option: the monitor that watches the policy; `None`: nobody does.
    pub watched_by: Option<String>,
    /// In production, on the last day, rather than at launch.
    pub is_in_production: bool,
    /// Unit behind the number. With `%` a share is shown in per cent.
    pub unit: String,
    /// What the lesson's text relies on: the figure, in its unit, lies in here. The test suite holds shipped lessons to it.
    pub between: Option<(f64, f64)>,
}

/// What the middle of the window shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// Which option to take.
    Decide,
    /// Cost against quality.
    Frontier,
    /// Which monitor notices.
    Detection,
    /// Which monitoring to buy.
    Plan,
    /// One run.
    Timeline,
    /// Tier by segment.
    Segments,
    /// From the saving to the net.
    Money,
    /// Pinned runs.
    Compare,
}

/// Words of the tabs.
pub const TABS: &[(&str, Tab)] = &[
    ("decide", Tab::Decide),
    ("frontier", Tab::Frontier),
    ("detection", Tab::Detection),
    ("plan", Tab::Plan),
    ("timeline", Tab::Timeline),
    ("segments", Tab::Segments),
    ("money", Tab::Money),
    ("compare", Tab::Compare),
];

impl Tab {
    /// Its word.
    pub fn word(self) -> &'static str {
        TABS.iter().find(|(_, tab)| *tab == self).map_or("", |(word, _)| word)
    }
}

impl Lesson {
    /// The settings in force at a step: its own and those of the steps before it, back to the last reset.
    pub fn settings(&self, step: usize) -> Vec<String> {
        let until = self.steps.get(..=step).unwrap_or(&self.steps);
        let from = until.iter().rposition(|s| s.reset).unwrap_or(0);
        until.iter().skip(from).flat_map(|s| s.set.iter().cloned()).collect()
    }

    /// The scenario's text at a step.
    ///
    /// # Errors
    /// When a setting does not fit the scenario.
    pub fn scenario_text(&self, scenario: &str, step: usize) -> Result<String, String> {
        overrides::apply(scenario, &self.settings(step))
    }

    /// The scenario's text, where the lesson works on one of the library.
    pub fn library_scenario(&self) -> Option<&'static str> {
        library::find(&self.scenario).map(|entry| entry.text)
    }
}

impl Reveal {
    /// A value in the unit of the reveal.
    pub fn in_unit(&self, value: f64) -> f64 {
        if self.unit == "%" { 100.0 * value } else { value }
    }
}

impl Question {
    /// The right choice for what was revealed, in its unit; `None` where a number is asked for, or no choice fits.
    pub fn right_choice(&self, revealed: f64) -> Option<usize> {
        match &self.answer {
            Answer::Number => None,
            Answer::Choice(choices) => choices.iter().position(|c| revealed >= c.between.0 && revealed < c.between.1),
        }
    }
}

macro_rules! lessons {
    ($($file:literal),* $(,)?) => {
        &[$(($file, include_str!(concat!("../../assets/lessons/", $file)))),*]
    };
}

/// The lessons that come with the program: file name and text.
pub const LESSONS: &[(&str, &str)] = lessons![
    "the-pareto-trap.md",
    "how-long-until-you-notice.md",
    "what-is-an-alarm-worth.md",
    "design-for-a-budget.md"
];
