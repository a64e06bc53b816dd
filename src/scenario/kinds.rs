//! The kinds of every family, by their words.

use crate::detection::{detector, monitor};
use crate::entry::{Chosen, Entry, Family, Key};
use crate::policy;

/// Every kind of a family, with its defaults.
pub fn all(family: Family) -> Vec<Chosen> {
    match family {
        Family::Policies => policy::KINDS.iter().map(|kind| (kind.blank)()).collect(),
        Family::Monitors => monitor::KINDS.iter().map(|kind| (kind.blank)()).collect(),
        Family::Detectors => detector::KINDS.iter().map(|kind| (kind.blank)()).collect(),
    }
}

/// The kind with this word.
pub fn of_word(family: Family, word: &str) -> Option<Chosen> {
    all(family).into_iter().find(|kind| kind.word() == word)
}

/// Keys that an entry would have if it were of another kind.
pub fn keys_with(entry: &(impl Entry + ?Sized), kind: Chosen) -> Vec<&'static Key> {
    let mut other = entry.blank();
    other.choose(kind);
    other.keys()
}

/// Whether an entry is a monitor that looks at nothing.
pub fn is_control(entry: &dyn Entry) -> bool {
    entry.chosen().and_then(monitor::watch).is_some_and(|kind| kind.is_control())
}
