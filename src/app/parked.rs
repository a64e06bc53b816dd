//! Scenarios that wait beside the one that is looked at, with all that was found of them.

use super::document::Document;
use super::session::Session;

/// Most scenarios that are open in one window.
pub const MOST_OPEN: usize = 20;

/// A scenario that waits.
#[derive(Debug)]
pub struct Parked {
    /// The scenario.
    pub document: Document,
    /// What was found of it, and what was looked at.
    pub session: Session,
}

/// All that are open, in the order of their tabs: the one that is looked at stands at `place` among those that wait.
pub fn in_order<'a>(parked: &'a [Parked], place: usize, here: &'a Document) -> impl Iterator<Item = &'a Document> {
    let (before, after) = parked.split_at(place.min(parked.len()));
    let waiting = |parked: &'a [Parked]| parked.iter().map(|parked| &parked.document);
    waiting(before).chain([here]).chain(waiting(after))
}
