//! A lesson under way: where the room stands, what it predicted, and what has been revealed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::files::{self, Opened, Surroundings};
use crate::disk;
use crate::lesson::{Answer, LESSONS, Lesson, Question, Step, read};
use crate::scenario::file;

/// Most predictions of a step.
const MOST_GUESSES: usize = 500;

/// Why a lesson was not opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// Its scenario is in another folder, and nobody has agreed to read it.
    Outside(PathBuf),
    /// For a reason, in words for a person.
    Failed(String),
}

impl From<String> for Unread {
    fn from(why: String) -> Self {
        Self::Failed(why)
    }
}

/// A lesson under way.
#[derive(Clone, Debug)]
pub struct Course {
    /// The lesson.
    pub lesson: Arc<Lesson>,
    /// Its scenario, before any settings.
    base: Arc<Opened>,
    /// The scenario of each step.
    stages: Vec<Arc<Opened>>,
    /// Index of the step; `None`: the introduction.
    pub step: Option<usize>,
    /// Predictions, by step: numbers in the unit of the reveal, or indices of choices.
    guesses: Vec<Vec<f64>>,
    /// Steps whose figure has been revealed.
    revealed: BTreeSet<usize>,
    /// The prediction being typed.
    pub typed: String,
}

impl Course {
    /// A shipped lesson, by index.
    ///
    /// # Errors
    /// When it is broken, which the test suite rules out.
    pub fn shipped(index: usize) -> Result<Self, Unread> {
        let (name, text) = LESSONS.get(index).ok_or_else(|| "there is no such lesson".to_owned())?;
        Self::of_text(text, name, None, &[])
    }

    /// A lesson in a file. `trusted` are files outside its folder that somebody has agreed to read.
    ///
    /// # Errors
    /// With every problem of it, or of its scenario, and where that is in another folder and not trusted.
    pub fn open(path: &Path, trusted: &[PathBuf]) -> Result<Self, Unread> {
        let bytes = file::read_bytes(path).map_err(|e| e.to_string())?;
        let text = String::from_utf8(bytes).map_err(|_| format!("{}: not UTF-8", path.display()))?;
        Self::of_text(&text, &path.display().to_string(), path.parent(), trusted)
    }

    fn of_text(text: &str, name: &str, folder: Option<&Path>, trusted: &[PathBuf]) -> Result<Self, Unread> {
        let lesson = read::parse(text, name)
            .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
        let (text, folder) = match (lesson.library_scenario(), folder) {
            (Some(text), _) => (text.to_owned(), None),
            (None, folder) => {
                let path = folder.map_or_else(|| lesson.scenario.clone().into(), |f| f.join(&lesson.scenario));
                if let Some(outside) = disk::read::outside(folder, &path).filter(|outside| !trusted.contains(outside)) {
                    return Err(Unread::Outside(outside));
                }
                let bytes = file::read_named(&path).map_err(|e| e.to_string())?;
                let text = String::from_utf8(bytes).map_err(|_| format!("{}: not UTF-8", path.display()))?;
                (text, path.parent().map(Path::to_owned))
            }
        };
        let around = Surroundings { folder: folder.as_deref(), trusted, like: None };
        let base = Arc::new(files::parse(&text, &lesson.scenario, around)?);
        // What does not fit is said before the room sits down, and no step keeps it waiting.
        let mut stages: Vec<Arc<Opened>> = Vec::with_capacity(lesson.steps.len());
        let mut before = (text.clone(), Arc::clone(&base));
        for step in 0..lesson.steps.len() {
            let own = lesson.scenario_text(&text, step)?;
            // Most steps change nothing, and a lesson may have many.
            if own != before.0 {
                let opened = files::parse(&own, &lesson.scenario, Surroundings { like: Some(&base), ..around })?;
                before = (own, Arc::new(opened));
            }
            stages.push(Arc::clone(&before.1));
        }
        let guesses = vec![Vec::new(); lesson.steps.len()];
        let (step, revealed, typed) = (None, BTreeSet::new(), String::new());
        Ok(Self { lesson: Arc::new(lesson), base, stages, step, guesses, revealed, typed })
    }

    /// The scenario of the step.
    pub fn scenario(&self) -> &Opened {
        self.step.and_then(|step| self.stages.get(step)).unwrap_or(&self.base)
    }

    /// The step, unless this is still the introduction.
    pub fn current(&self) -> Option<&Step> {
        self.lesson.steps.get(self.step?)
    }

    /// Goes so many steps on; the introduction comes before the first. Says whether there was anywhere to go.
    pub fn go(&mut self, by: isize) -> bool {
        let here = self.step.map_or(-1, |step| step as isize);
        let last = self.lesson.steps.len() as isize - 1;
        let next = (here + by).clamp(-1, last);
        self.step = usize::try_from(next).ok();
        self.typed.clear();
        next != here
    }

    /// Predictions of the step.
    pub fn guesses(&self) -> &[f64] {
        self.step.and_then(|step| self.guesses.get(step)).map_or(&[], Vec::as_slice)
    }

    /// Takes a prediction: a number in the unit of the reveal, or the index of a choice.
    pub fn guess(&mut self, value: f64) {
        if let Some(guesses) = self.step.and_then(|step| self.guesses.get_mut(step))
            && value.is_finite()
            && guesses.len() < MOST_GUESSES
        {
            guesses.push(value);
        }
        self.typed.clear();
    }

    /// Takes the predictions typed: numbers between spaces, commas or semicolons.
    pub fn guess_typed(&mut self) {
        let typed = std::mem::take(&mut self.typed);
        let apart = |c: char| c.is_whitespace() || c == ';' || c == ',';
        for number in typed.split(apart).filter(|n| !n.is_empty()) {
            if let Ok(value) = number.trim_end_matches('%').replace('−', "-").parse() {
                self.guess(value);
            }
        }
    }

    /// Takes back the last prediction.
    pub fn forget_guess(&mut self) {
        if let Some(guesses) = self.step.and_then(|step| self.guesses.get_mut(step)) {
            guesses.pop();
        }
    }

    /// Whether the step's figure is revealed.
    pub fn is_revealed(&self) -> bool {
        self.step.is_some_and(|step| self.revealed.contains(&step))
    }

    /// Whether figures would give away what the room is to predict.
    pub fn keeps_quiet(&self) -> bool {
        self.current().is_some_and(|step| step.question.is_some() && step.reveal.is_some()) && !self.is_revealed()
    }

    /// Reveals the step's figure.
    pub fn reveal(&mut self) {
        self.revealed.extend(self.step);
    }
}

/// Title and minutes of the shipped lessons.
pub fn titles() -> Vec<(String, u32)> {
    let read = |(name, text): &(&str, &str)| read::parse(text, name).map(|l| (l.title, l.minutes)).ok();
    LESSONS.iter().filter_map(read).collect()
}

/// Which choice a value makes right.
pub fn right_choice(question: &Question, value: f64) -> Option<usize> {
    match &question.answer {
        Answer::Choice(choices) => choices.iter().position(|c| value >= c.between.0 && value < c.between.1),
        Answer::Number => None,
    }
}

#[cfg(test)]
#[expect(clippy::panic, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn a_course_goes_forth_and_back_and_keeps_what_was_said() {
        for index in 0..LESSONS.len() {
            let Ok(mut course) = Course::shipped(index) else { panic!("lesson {index}") };
            assert!(course.current().is_none() && course.stages.len() == course.lesson.steps.len());
            assert!(course.go(1) && course.step == Some(0));
            course.typed = "−40 %, 55; 12.5".to_owned();
            course.guess_typed();
            assert_eq!(course.guesses(), [-40.0, 55.0, 12.5]);
            course.forget_guess();
            assert_eq!(course.guesses().len(), 2);
            assert!(!course.is_revealed());
            course.reveal();
            course.go(1);
            assert!(course.guesses().is_empty() && !course.is_revealed());
            course.go(-1);
            assert!(course.guesses().len() == 2 && course.is_revealed());
            while course.go(1) {}
            assert_eq!(course.step, Some(course.lesson.steps.len() - 1));
        }
    }
}
