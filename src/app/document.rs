//! A scenario being worked on, with the steps that can be taken back.

use std::sync::Arc;

use super::files::Source;
use super::recovery::Own;
use crate::model::Scenario;
use crate::model::address::{self, Address, Key, Target};
use crate::simulation::table::Table;

/// Most steps that can be undone.
const HISTORY: usize = 200;

/// A scenario being worked on.
#[derive(Debug)]
pub struct Document {
    /// As edited. Behind an `Arc` so that the worker can have it without a copy.
    pub scenario: Arc<Scenario>,
    /// As it stands in the file: what "reset" goes back to.
    pub original: Arc<Scenario>,
    /// Where it came from and where it is saved to.
    pub source: Source,
    /// The table that it replays, once it was read.
    pub table: Option<Arc<Table>>,
    /// Its recovery file; its number tells it from every other document of this process.
    pub own: Arc<Own>,
    undo: Vec<Arc<Scenario>>,
    redo: Vec<Arc<Scenario>>,
    never_saved: bool,
}

impl Document {
    /// Whether nothing can be computed before its table is found.
    pub fn lacks_table(&self) -> bool {
        self.scenario.is_replayed() && self.table.is_none()
    }

    /// A document as it stands in its file.
    pub fn new(scenario: Scenario, source: Source) -> Self {
        let scenario = Arc::new(scenario);
        Self {
            original: Arc::clone(&scenario),
            scenario,
            source,
            table: None,
            own: Own::another(),
            undo: Vec::new(),
            redo: Vec::new(),
            never_saved: false,
        }
    }

    /// Whether there is something to save.
    pub fn is_changed(&self) -> bool {
        self.never_saved || (!Arc::ptr_eq(&self.scenario, &self.original) && self.scenario != self.original)
    }

    /// Whether it stands in no file at all.
    pub fn has_no_file(&self) -> bool {
        self.never_saved
    }

    /// Marks work that stands in no file at all.
    pub fn never_saved(&mut self) {
        self.never_saved = true;
    }

    /// Takes note that `scenario` was saved, and stands in `source` now.
    pub fn saved(&mut self, source: Source, scenario: Arc<Scenario>) {
        self.source = source;
        // From another folder the table has another name, and so it had in every state before.
        let table = scenario.replay.as_ref().map(|replay| &replay.table);
        for state in self.undo.iter_mut().chain(&mut self.redo).chain([&mut self.scenario]) {
            let differs = state.replay.as_ref().map(|replay| &replay.table) != table;
            if let Some(table) = table.filter(|_| differs)
                && let Some(replay) = &mut Arc::make_mut(state).replay
            {
                replay.table.clone_from(table);
            }
        }
        self.original = scenario;
        self.never_saved = false;
    }

    /// Changes the scenario. With `step`, the state before becomes one to go back to; a slider on its way makes one step.
    pub fn edit(&mut self, step: bool, change: impl FnOnce(&mut Scenario)) {
        if step {
            if self.undo.len() == HISTORY {
                self.undo.remove(0);
            }
            self.undo.push(Arc::clone(&self.scenario));
            self.redo.clear();
        }
        change(Arc::make_mut(&mut self.scenario));
    }

    /// Takes back the last step. Says whether there was one.
    pub fn undo(&mut self) -> bool {
        let Some(before) = self.undo.pop() else { return false };
        self.redo.push(std::mem::replace(&mut self.scenario, before));
        true
    }

    /// Does the last undone step again. Says whether there was one.
    pub fn redo(&mut self) -> bool {
        let Some(after) = self.redo.pop() else { return false };
        self.undo.push(std::mem::replace(&mut self.scenario, after));
        true
    }

    /// Where a number of the scenario stands in its file: entries are known by their names, renamed ones and events by their places, as
    /// long as none came or went.
    fn in_file(&self, address: Address) -> Option<Address> {
        let (now, file) = (&*self.scenario, &*self.original);
        fn find<T>(now: &[T], file: &[T], index: usize, name: fn(&T) -> &str) -> Option<usize> {
            let own = name(now.get(index)?);
            let by_name = file.iter().position(|entry| name(entry) == own);
            // The place is its own only where what stands there in the file is not somewhere else now.
            by_name.or_else(|| {
                let before = name(file.get(index)?);
                (now.len() == file.len() && !now.iter().any(|entry| name(entry) == before)).then_some(index)
            })
        }
        let segment = |i: usize| find(&now.segments, &file.segments, i, |s| &s.name);
        let tier = |i: usize| find(&now.tiers, &file.tiers, i, |t| &t.name);
        let policy = |i: usize| find(&now.policies, &file.policies, i, |p| &p.name);
        let monitor = |i: usize| find(&now.monitors, &file.monitors, i, |m| &m.name);
        let target = match address.target {
            Target::Segment(i) => Target::Segment(segment(i)?),
            Target::Tier(i) => Target::Tier(tier(i)?),
            Target::Policy(i) => Target::Policy(policy(i)?),
            Target::Monitor(i) => Target::Monitor(monitor(i)?),
            Target::Detector(i) => Target::Detector(monitor(i)?),
            Target::Known(_) if now.known.len() != file.known.len() => return None,
            Target::Event(_) if now.events.len() != file.events.len() => return None,
            other => other,
        };
        let key = match address.key {
            Key::At(name @ "skill", i) => Key::At(name, segment(i)?),
            Key::At(name @ "shares", i) => Key::At(name, tier(i)?),
            other => other,
        };
        Some(Address { target, key })
    }

    /// A number as it stands in the file.
    pub fn original_value(&self, address: Address) -> Option<f64> {
        address::get(&self.original, self.in_file(address)?)
    }

    /// What the file says beside a key of a section or an entry; "" for the whole of it.
    pub fn comment(&self, target: Target, key: &str) -> Option<&str> {
        // A key that every entry has, to find the entry by.
        let (section, index) = self.in_file(Address { target, key: Key::Named("") })?.target.section();
        self.source.comments.at(section, index, key)
    }

    /// Whether there is a step to take back, and one to do again.
    pub fn history(&self) -> (bool, bool) {
        (!self.undo.is_empty(), !self.redo.is_empty())
    }
}
