//! The scenario in memory: plain data, every default filled in, names as the file writes them.
//!
//! It mirrors the sections of the file format one to one; each section's table of keys stands with its struct. It knows nothing of files
//! (`scenario`) and nothing of the simulation, which resolves the names to indices when it compiles a world.

pub mod address;
mod conversation;
mod event;
mod figure;
mod gate;
mod known;
mod money;
mod monitor;
mod policy;
mod range;
mod replay;
mod response;
mod segment;
mod study;
mod sweep;
mod tier;
mod traffic;

pub use conversation::{Conversation, MAX_TURNS, Per};
pub use event::{Change, Event, EventKind};
pub use figure::Figure;
pub use gate::{BREAK_EVEN, Compared, Gate, Otherwise};
pub use known::Known;
pub use money::{Consequence, Csat, Economics, Feedback, MAX_USD, ThumbsDown};
pub use monitor::{Allocation, Detector, DriftStatistic, Monitor, Strata, Telemetry};
pub use policy::{Human, Judge, Policy, Rollout};
pub use range::{Correlation, END, MAX_RANGES, MAX_VALUES, Range, Shape};
pub use replay::Replay;
pub use response::Response;
pub use segment::{Hidden, Normal, Segment, Tokens};
pub use study::{Expectation, Study, When};
pub use sweep::{Asked, Design, Factor, MAX_FACTORS, Sweep, TOO_MANY_POINTS};
pub use tier::{CachedInput, Latency, Tier};
pub use traffic::{MAX_DAYS, MAX_REQUESTS_PER_DAY, Traffic};

use crate::entry;
use crate::entry::{Entry, Form, Key, List, number, share};

/// Most tiers a scenario may have: as many as a replayed table may have models.
pub const MAX_TIERS: usize = 12;
/// Most tiers of a generated world: its integrals grow with the sets of tiers that may succeed.
pub const MAX_GENERATED_TIERS: usize = 8;
/// Most segments a scenario may have.
pub const MAX_SEGMENTS: usize = 200;
/// Most policies a scenario may have.
pub const MAX_POLICIES: usize = 50;
/// Most events, monitors and claims, each.
pub const MAX_ENTRIES: usize = 500;
/// Most known figures: each asks for evaluations of its own.
pub const MAX_KNOWN: usize = 100;

entry! {
    /// One traffic scenario: the world, the policies to compare in it, and how it would be watched.
    pub struct Scenario {
        /// Shown as the title.
        name: String = String::new() => Key::of(Form::Name).needed(),
        /// Free text, shown in the window.
        description: String = String::new() => Key::of(Form::Text),
        /// Where the numbers come from.
        source: String = String::new() => Key::of(Form::Text),
        /// Seed of every random number: the same file and seed give the same bytes.
        seed: u64 = 1 => number("", 0.0, 9_007_199_254_740_992.0).whole().rarely("Seed", 0.0, 10_000.0)
            .has_no_face("it only names which draw of chance is made"),
        /// Probability that one throw of luck decides for all tiers: at 1 a better tier never fails where a weaker one succeeds, at 0 luck is drawn for each; 0.5 is a fair guess.
        shared_luck: f64 = 0.5 => share().often("Shared luck", 0.0, 1.0).reads("Luck that all models share"),
        /// The policy in force before routing; quality and cost are compared with it.
        baseline: String = String::new() => Key::of(Form::One(List::Policies)).needed(),
        /// Volume and horizon.
        traffic: Traffic = Traffic::default(),
        /// Requests are turns of conversations; `None`: every request stands alone.
        conversation: Option<Conversation> = None,
        /// A table of real requests in place of the segments.
        replay: Option<Replay> = None,
        /// Kinds of request. Empty when the traffic is replayed.
        segments: Vec<Segment> = Vec::new(),
        /// Models, cheapest first.
        tiers: Vec<Tier> = Vec::new(),
        /// Routing rules to compare.
        policies: Vec<Policy> = Vec::new(),
        /// What changes in production.
        events: Vec<Event> = Vec::new(),
        /// What failures cost.
        economics: Economics = Economics::default(),
        /// What users do of their own accord.
        feedback: Feedback = Feedback::default(),
        /// How the detection study is run.
        study: Study = Study::default(),
        /// What people do about an alarm; `None`: nothing.
        response: Option<Response> = None,
        /// Ways of watching.
        monitors: Vec<Monitor> = Vec::new(),
        /// What is not known exactly.
        ranges: Vec<Range> = Vec::new(),
        /// Which of these rise and fall together.
        correlations: Vec<Correlation> = Vec::new(),
        /// Experiments over its numbers.
        sweeps: Vec<Sweep> = Vec::new(),
        /// What the scenario claims to show; the test suite holds shipped scenarios to it.
        expectations: Vec<Expectation> = Vec::new(),
        /// Figures that somebody has seen, which the scenario has to reproduce.
        known: Vec<Known> = Vec::new(),
    }
}

/// A section of a scenario: how it is called in a file, and the entries that stand in it.
pub struct Section {
    /// `traffic` of `[traffic]`, `segment` of `[[segment]]`.
    pub key: &'static str,
    /// What it is.
    pub help: &'static str,
    /// Whether a file must have it.
    pub needed: bool,
    /// The list that it is, where entries name its entries.
    pub list: Option<List>,
    /// Most entries; `None`: it stands there once.
    pub most: Option<usize>,
    /// The part of a scenario that it holds.
    pub part: fn(&Scenario) -> &dyn Part,
    /// The same, to be changed.
    pub part_mut: fn(&mut Scenario) -> &mut dyn Part,
}

/// Entries of a section.
pub trait Part {
    /// How many there are.
    fn count(&self) -> usize;

    /// One of them.
    fn entry(&self, index: usize) -> Option<&dyn Entry>;

    /// One of them, to be changed.
    fn entry_mut(&mut self, index: usize) -> Option<&mut dyn Entry>;

    /// One more with every default, or the one that there is.
    fn add(&mut self) -> Option<&mut dyn Entry>;

    /// A blank one.
    fn blank(&self) -> Box<dyn Entry>;

    /// The same entry again, behind it. Whether it is there.
    fn duplicate(&mut self, _index: usize) -> bool {
        false
    }

    /// Takes an entry away.
    fn remove(&mut self, _index: usize) {}

    /// Swaps an entry with the one after it. Whether both are there.
    fn swap(&mut self, _index: usize) -> bool {
        false
    }
}

/// A section that is always there.
macro_rules! once {
    ($($type:ty),*) => {$(
        impl Part for $type {
            fn count(&self) -> usize {
                1
            }

            fn entry(&self, index: usize) -> Option<&dyn Entry> {
                (index == 0).then_some(self)
            }

            fn entry_mut(&mut self, index: usize) -> Option<&mut dyn Entry> {
                (index == 0).then_some(self)
            }

            fn add(&mut self) -> Option<&mut dyn Entry> {
                Some(self)
            }

            fn blank(&self) -> Box<dyn Entry> {
                Box::new(Self::default())
            }
        }
    )*};
}

once!(Scenario, Traffic, Economics, Feedback, Study);

impl<E: Entry + Default + 'static> Part for Option<E> {
    fn count(&self) -> usize {
        usize::from(self.is_some())
    }

    fn entry(&self, index: usize) -> Option<&dyn Entry> {
        self.as_ref().filter(|_| index == 0).map(|entry| entry as &dyn Entry)
    }

    fn entry_mut(&mut self, index: usize) -> Option<&mut dyn Entry> {
        self.as_mut().filter(|_| index == 0).map(|entry| entry as &mut dyn Entry)
    }

    fn add(&mut self) -> Option<&mut dyn Entry> {
        Some(self.get_or_insert_with(E::default))
    }

    fn blank(&self) -> Box<dyn Entry> {
        Box::new(E::default())
    }
}

impl<E: Entry + Default + Clone + 'static> Part for Vec<E> {
    fn count(&self) -> usize {
        self.len()
    }

    fn entry(&self, index: usize) -> Option<&dyn Entry> {
        self.get(index).map(|entry| entry as &dyn Entry)
    }

    fn entry_mut(&mut self, index: usize) -> Option<&mut dyn Entry> {
        self.get_mut(index).map(|entry| entry as &mut dyn Entry)
    }

    fn add(&mut self) -> Option<&mut dyn Entry> {
        self.push(E::default());
        self.last_mut().map(|entry| entry as &mut dyn Entry)
    }

    fn blank(&self) -> Box<dyn Entry> {
        Box::new(E::default())
    }

    fn duplicate(&mut self, index: usize) -> bool {
        let copy = self.get(index).cloned();
        let is_there = copy.is_some();
        if let Some(copy) = copy {
            self.insert(index + 1, copy);
        }
        is_there
    }

    fn remove(&mut self, index: usize) {
        if index < self.len() {
            Vec::remove(self, index);
        }
    }

    fn swap(&mut self, index: usize) -> bool {
        let is_there = index + 1 < self.len();
        if is_there {
            self.as_mut_slice().swap(index, index + 1);
        }
        is_there
    }
}

macro_rules! section {
    ($key:literal, $field:ident, $list:expr, $most:expr, $needed:literal, $help:literal) => {
        Section {
            key: $key,
            help: $help,
            needed: $needed,
            list: $list,
            most: $most,
            part: |s| &s.$field,
            part_mut: |s| &mut s.$field,
        }
    };
}

/// Every section below the top of the file, in the order of a file.
pub const SECTIONS: &[Section] = &[
    section!("traffic", traffic, None, None, true, "Volume and horizon."),
    section!(
        "conversation",
        conversation,
        None,
        None,
        false,
        "Requests are turns of conversations, and prompt caches hold the history. Without it every request stands alone."
    ),
    section!("replay", replay, None, None, false, "A table of real requests in place of the segments."),
    section!("segment", segments, Some(List::Segments), Some(MAX_SEGMENTS), false, "A kind of request (an intent)."),
    section!("tier", tiers, Some(List::Tiers), Some(MAX_TIERS), true, "One model; tiers are listed cheapest first."),
    section!(
        "policy",
        policies,
        Some(List::Policies),
        Some(MAX_POLICIES),
        true,
        "A rule that picks the tier for a request. Which keys it has depends on its kind."
    ),
    section!(
        "event",
        events,
        Some(List::Events),
        Some(MAX_ENTRIES),
        false,
        "Something that changes in production. One of `multiply`, `add` and `set`."
    ),
    section!("economics", economics, None, None, false, "What failures cost."),
    section!("feedback", feedback, None, None, false, "What users do of their own accord."),
    section!("study", study, None, None, false, "How the detection study and the launch review are run."),
    section!(
        "response",
        response,
        None,
        None,
        false,
        "What people do about an alarm. Without it an alarm changes nothing."
    ),
    section!(
        "monitor",
        monitors,
        Some(List::Monitors),
        Some(MAX_ENTRIES),
        false,
        "A way of watching. Which keys it has depends on its kind."
    ),
    section!(
        "range",
        ranges,
        None,
        Some(MAX_RANGES),
        false,
        "A number that is not known exactly: a range, or values that it may have."
    ),
    section!("correlation", correlations, None, Some(MAX_ENTRIES), false, "Two ranges that rise and fall together."),
    section!(
        "sweep",
        sweeps,
        None,
        Some(MAX_ENTRIES),
        false,
        "An experiment over some numbers of the scenario, for `paretoscope sweep`."
    ),
    section!(
        "expect",
        expectations,
        None,
        Some(MAX_ENTRIES),
        false,
        "A claim of the scenario: a figure of a policy lies between two values."
    ),
    section!(
        "known",
        known,
        None,
        Some(MAX_KNOWN),
        false,
        "A figure that somebody has seen, of a policy or of a tier alone. `paretoscope calibrate` moves numbers of the scenario until it reproduces these figures. Either `policy` or `tier`, and either `value` or `between`."
    ),
];

impl List {
    /// Its section.
    pub fn of(self) -> Option<&'static Section> {
        SECTIONS.iter().find(|section| section.list == Some(self))
    }
}

impl Scenario {
    /// Names of the entries of a list, in its order; events have none.
    pub fn names(&self, list: List) -> Vec<String> {
        let Some(section) = list.of() else { return Vec::new() };
        let part = (section.part)(self);
        let name = |i| part.entry(i)?.get("name")?.text().map(str::to_owned);
        (0..part.count()).filter_map(name).collect()
    }

    /// Whether its traffic is replayed from a table in place of a generated one.
    pub fn is_replayed(&self) -> bool {
        self.replay.is_some()
    }

    /// The policy under study: the one `[study]` names, else the first that is not the baseline, else the first.
    pub fn studied_policy(&self) -> Option<usize> {
        let named = self.study.policy.as_ref().and_then(|name| self.policy_index(name));
        named
            .or_else(|| self.policies.iter().position(|policy| policy.name != self.baseline))
            .or(if self.policies.is_empty() { None } else { Some(0) })
    }

    /// The tier of the baseline, where it is one tier for everything.
    pub fn baseline_tier(&self) -> Option<usize> {
        let baseline = self.policies.iter().find(|policy| policy.name == self.baseline)?;
        self.tier_index(&baseline.only_tier()?)
    }

    /// Index of the policy with this name.
    pub fn policy_index(&self, name: &str) -> Option<usize> {
        self.policies.iter().position(|policy| policy.name == name)
    }

    /// Index of the tier with this name.
    pub fn tier_index(&self, name: &str) -> Option<usize> {
        self.tiers.iter().position(|tier| tier.name == name)
    }

    /// Index of the segment with this name.
    pub fn segment_index(&self, name: &str) -> Option<usize> {
        self.segments.iter().position(|segment| segment.name == name)
    }
}
