//! Kinds of policies, monitors and detectors: each brings its word, its keys and what it is for.

use std::any::Any;
use std::fmt::Debug;

use super::key::Whose;
use super::{Datum, Entry, Family, Form, Key};

/// What a kind is called, and which keys that several kinds share it goes by.
#[derive(Debug, PartialEq)]
pub struct About {
    /// What it is a kind of.
    pub family: Family,
    /// Its word in a file.
    pub word: &'static str,
    /// As people read it, as the literature writes it; empty: the word without underscores.
    pub spoken: &'static str,
    /// What it does, in a sentence; empty where the name says it.
    pub does: &'static str,
    /// The keys it goes by, of those that its entry has for several kinds.
    pub uses: &'static [&'static str],
}

impl About {
    /// A kind without more to say.
    pub const fn new(family: Family, word: &'static str) -> Self {
        Self { family, word, spoken: "", does: "", uses: &[] }
    }

    /// As people read it.
    pub fn spoken(&self) -> String {
        if self.spoken.is_empty() { super::spoken(self.word) } else { self.spoken.to_owned() }
    }
}

/// A kind with its own settings.
pub trait Kind: Entry + Debug + Send + Sync + Any {
    /// What it is called.
    fn about(&self) -> &'static About;

    /// The same again.
    fn copied(&self) -> Box<dyn Kind>;

    /// One of the same kind with every default.
    fn another(&self) -> Box<dyn Kind>;
}

/// A struct that is a kind.
pub trait Described {
    /// What it is called.
    const ABOUT: &'static About;
}

impl<K: Entry + Described + Clone + Default + Debug + Send + Sync + Any> Kind for K {
    fn about(&self) -> &'static About {
        Self::ABOUT
    }

    fn copied(&self) -> Box<dyn Kind> {
        Box::new(self.clone())
    }

    fn another(&self) -> Box<dyn Kind> {
        Box::new(Self::default())
    }
}

/// The kind that an entry is of.
#[derive(Debug)]
pub struct Chosen(Box<dyn Kind>);

impl Chosen {
    /// What it is called.
    pub fn about(&self) -> &'static About {
        self.0.about()
    }

    /// Its word in a file.
    pub fn word(&self) -> &'static str {
        self.about().word
    }

    /// The kind as what it is.
    pub fn as_kind<K: Kind>(&self) -> Option<&K> {
        (self.0.as_ref() as &dyn Any).downcast_ref()
    }

    /// The same, to be changed.
    pub fn as_kind_mut<K: Kind>(&mut self) -> Option<&mut K> {
        (self.0.as_mut() as &mut dyn Any).downcast_mut()
    }

    /// Whether it is of this kind.
    pub fn is<K: Kind>(&self) -> bool {
        self.as_kind::<K>().is_some()
    }

    /// Whether an entry of this kind has a key.
    pub fn has(&self, key: &Key) -> bool {
        key.whose != Whose::Some || self.about().uses.contains(&key.name)
    }

    /// Whether an entry of this kind goes by a key.
    pub fn goes_by(&self, key: &Key) -> bool {
        key.whose == Whose::All || self.about().uses.contains(&key.name)
    }
}

impl Clone for Chosen {
    fn clone(&self) -> Self {
        Self(self.0.copied())
    }
}

/// Two are the same if they are of one kind and every key says the same.
impl PartialEq for Chosen {
    fn eq(&self, other: &Self) -> bool {
        self.word() == other.word() && self.0.keys().iter().all(|k| self.0.get(k.name) == other.0.get(k.name))
    }
}

impl<K: Kind> From<K> for Chosen {
    fn from(kind: K) -> Self {
        Self(Box::new(kind))
    }
}

/// The key that holds the word of a kind.
fn kind_key(family: Family) -> &'static Key {
    const fn key(family: Family, help: &'static str) -> Key {
        Key::of(Form::Kind(family)).needed().named("kind", help)
    }
    const POLICY: Key = key(Family::Policies, "The rule.");
    const MONITOR: Key = key(Family::Monitors, "What is observed.");
    const DETECTOR: Key = key(Family::Detectors, "The chart.");
    match family {
        Family::Policies => &POLICY,
        Family::Monitors => &MONITOR,
        Family::Detectors => &DETECTOR,
    }
}

/// The word, and the kind's own keys.
impl Entry for Chosen {
    fn keys(&self) -> Vec<&'static Key> {
        let mut keys = vec![kind_key(self.about().family)];
        keys.extend(self.0.keys());
        keys
    }

    fn get(&self, key: &str) -> Option<Datum> {
        if key == "kind" { Some(Datum::Text(self.word().to_owned())) } else { self.0.get(key) }
    }

    fn set(&mut self, key: &str, datum: Datum) -> bool {
        if key == "kind" { datum.text() == Some(self.word()) } else { self.0.set(key, datum) }
    }

    fn blank(&self) -> Box<dyn Entry> {
        Box::new(self.fresh())
    }

    fn fresh(&self) -> Self {
        Self(self.0.another())
    }

    fn chosen(&self) -> Option<&Chosen> {
        Some(self)
    }

    fn choose(&mut self, kind: Chosen) {
        *self = kind;
    }
}
