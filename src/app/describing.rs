//! *Describe your product* in the window: the answers so far, the page that is open, and the picture of what they come to.

use std::sync::Arc;

use crate::describe::{self, Answers, Described, Page, Problem};
use crate::frontier::Frontier;
use crate::jobs::{self, Control, FrontierOptions};
use crate::prices::{self, PriceList};
use crate::report::sentence;
use crate::simulation::world::World;

/// What answers come to.
#[derive(Clone, Debug)]
pub struct Picture {
    /// The scenario, and what was assumed.
    pub described: Described,
    /// Its operating points.
    pub frontier: Frontier,
    /// A sentence for each policy.
    pub readings: Vec<String>,
}

/// What a job made of answers.
pub type Made = Result<Arc<Picture>, Vec<Problem>>;

/// The state of the pages. It outlives their closing, and the documents that are made.
#[derive(Clone, Debug, Default)]
pub struct Describing {
    /// Whether the pages are shown.
    pub is_open: bool,
    /// The page that is open; one more than there are: the summary.
    pub page: usize,
    /// The answers so far.
    pub answers: Answers,
    /// What is searched for in the price list.
    pub search: String,
    /// What the answers came to, with those answers; while somebody goes on answering it is a little behind.
    pub made: Option<(Answers, Made)>,
    /// The answers that are being worked on.
    pub asked: Option<Answers>,
    /// The scenario is wanted as soon as the picture is of the answers as they are.
    pub is_wanted: bool,
}

impl Describing {
    /// The page that is open; `None`: the summary.
    pub fn shown(&self) -> Option<Page> {
        Page::ALL.get(self.page).copied()
    }

    /// What the answers as they are now came to, once that is known.
    pub fn now(&self) -> Option<&Made> {
        self.made.as_ref().filter(|(of, _)| *of == self.answers).map(|(_, made)| made)
    }

    /// The newest picture, although it may be of earlier answers.
    pub fn picture(&self) -> Option<&Arc<Picture>> {
        self.made.as_ref().and_then(|(_, made)| made.as_ref().ok())
    }

    /// Whether something is to be worked out that nobody works on.
    pub fn is_due(&self) -> bool {
        (self.is_open || self.is_wanted) && self.asked.is_none() && self.now().is_none()
    }

    /// Forgets the answers of the page that is open: usual values take their place.
    pub fn skip(&mut self) {
        let page = self.shown();
        let answers = &mut self.answers;
        match page {
            Some(Page::Product) => {
                (answers.requests_per_day, answers.monthly_growth_percent, answers.horizon_days) = (None, None, None);
            }
            Some(Page::Requests) => {
                answers.request.clear();
                for model in &mut answers.model {
                    model.good_percent_by_kind.clear();
                }
            }
            Some(Page::Models) => {
                answers.model.clear();
                (answers.input_tokens, answers.output_tokens) = (None, None);
                (answers.bill_usd_per_month, answers.bill_of) = (None, None);
            }
            Some(Page::WrongAnswers) => answers.wrong_answer = describe::WrongAnswer::default(),
            Some(Page::Routing) => answers.routing = None,
            Some(Page::Watching) => answers.watch = None,
            None => {}
        }
        self.step(1);
    }

    /// So many pages on.
    pub fn step(&mut self, by: isize) {
        self.page = self.page.saturating_add_signed(by).min(Page::ALL.len());
    }
}

/// Works answers out. It takes its time, and runs away from the window's thread.
pub fn make(answers: &Answers, list: &PriceList) -> Made {
    let mut answers = answers.clone();
    if answers.name.trim().is_empty() {
        // The picture need not wait for a name; the scenario takes this one, too.
        answers.name = "My product".to_owned();
    }
    let failed = |why: String| vec![Problem { page: Page::Product, message: why }];
    let described = jobs::guarded(|| Ok(describe::scenario(&answers, list))).map_err(|e| failed(e.to_string()))??;
    let world = World::compile(&described.scenario).map_err(|error| failed(error.to_string()))?;
    let options =
        FrontierOptions { exact_settings: 0, fill_stateful: false, review: false, ..FrontierOptions::default() };
    let frontier =
        jobs::guarded(|| jobs::frontier(&world, &options, &Control::new())).map_err(|e| failed(e.to_string()))?;
    let readings = (0..described.scenario.policies.len())
        .map(|policy| sentence::reading(&described.scenario, &frontier, policy))
        .collect();
    Ok(Arc::new(Picture { described, frontier, readings }))
}

/// The price list in force: the one that was loaded, or the one that comes with the program.
pub fn list(loaded: Option<&Arc<PriceList>>) -> &PriceList {
    match loaded {
        Some(list) => list,
        None => prices::shipped(),
    }
}
