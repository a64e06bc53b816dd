//! *Describe your product*: a scenario from what somebody knows of a product.
//!
//! People know requests a day, a bill, list prices, what a review said and what a ticket costs. [`answers`] holds that, [`check`] says what cannot be,
//! `kinds`, `models` and `build` make a scenario of it with usual values (`typical`) for what was left out, and `solve` moves it until the figures hold
//! that were answered. Nothing here knows windows, files or threads, and no sentence of it speaks of the numbers inside the model.

pub mod answers;
mod build;
mod check;
mod kinds;
mod models;
mod solve;
pub mod typical;
mod watch;

use std::fmt;

pub use answers::{Amount, Answers, Hard, Kind, MAX_KINDS, MAX_MODELS, Model, Routing, Watch, Watching, WrongAnswer};
pub use typical::{Question, usual};

use crate::model::Scenario;
use crate::prices::PriceList;
use crate::scenario::{read, write};

/// The pages that the questions stand on, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Page {
    /// Product and volume.
    Product,
    /// Kinds of requests.
    Requests,
    /// Models.
    Models,
    /// What a wrong answer costs.
    WrongAnswers,
    /// How requests would be routed.
    Routing,
    /// How answers are watched.
    Watching,
}

impl Page {
    /// All of them, in order.
    pub const ALL: &'static [Self] =
        &[Self::Product, Self::Requests, Self::Models, Self::WrongAnswers, Self::Routing, Self::Watching];

    /// Its title.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Product => "Your product",
            Self::Requests => "Kinds of requests",
            Self::Models => "Models",
            Self::WrongAnswers => "A wrong answer",
            Self::Routing => "Routing",
            Self::Watching => "Watching",
        }
    }
}

/// An answer that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The page that it was given on.
    pub page: Page,
    /// What is wrong, and what would do.
    pub message: String,
}

impl Problem {
    fn new(page: Page, message: impl Into<String>) -> Self {
        Self { page, message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.page.title(), self.message)
    }
}

/// A described product.
#[derive(Clone, Debug)]
pub struct Described {
    /// The scenario.
    pub scenario: Scenario,
    /// Its file.
    pub text: String,
    /// What was assumed for what was not answered, in plain words, one sentence or two each.
    pub assumptions: Vec<String>,
}

/// Makes a scenario of answers. The figures that were answered hold in it.
///
/// # Errors
/// Every answer that cannot be used.
pub fn scenario(answers: &Answers, list: &PriceList) -> Result<Described, Vec<Problem>> {
    let problems = check::problems(answers, list);
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut assumptions = Vec::new();
    let kinds = kinds::kinds(answers, &mut assumptions);
    let models = models::resolve(answers, &kinds, list, &mut assumptions)?;
    let mut scenario = build::world(answers, &kinds, &models, &mut assumptions);
    let good = solve::figures(&mut scenario, answers, &models, &mut assumptions)?;
    build::decisions(&mut scenario, answers, &good, &mut assumptions);
    watch::monitors(&mut scenario, answers, &mut assumptions);
    // Whoever gets the file or its report sees what nobody said.
    scenario.description = format!("Assumed for want of an answer:\n{}", assumptions.join("\n"));
    let text = write::to_text(&scenario);
    match read::parse(&text, "") {
        Ok(loaded) if loaded.scenario == scenario => Ok(Described { scenario, text, assumptions }),
        Ok(_) => {
            Err(vec![Problem::new(Page::Product, "the scenario does not come back from its file as it was written")])
        }
        Err(found) => Err(found.iter().map(|problem| Problem::new(Page::Product, problem.message.clone())).collect()),
    }
}
