//! The descriptor of a key: everything that reader, writer, schema, reference page and window need to know of it.

use super::Entry;

/// A list of a scenario, whose entries other entries name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum List {
    /// `[[segment]]`
    Segments,
    /// `[[tier]]`
    Tiers,
    /// `[[policy]]`
    Policies,
    /// `[[event]]`
    Events,
    /// `[[monitor]]`
    Monitors,
}

impl List {
    /// Its section of a file, which is also what one of its entries is called.
    pub fn section(self) -> &'static str {
        match self {
            Self::Segments => "segment",
            Self::Tiers => "tier",
            Self::Policies => "policy",
            Self::Events => "event",
            Self::Monitors => "monitor",
        }
    }
}

/// Things that come in kinds, each with keys of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Rules that pick the tier.
    Policies,
    /// Ways of watching.
    Monitors,
    /// What turns observations into alarms.
    Detectors,
}

/// A number's unit and range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    /// Unit; empty for shares and probabilities.
    pub unit: &'static str,
    /// Least value.
    pub min: f64,
    /// Greatest value.
    pub max: f64,
    /// Whether `min` itself is not allowed.
    pub above_min: bool,
    /// Whole numbers only.
    pub whole: bool,
}

impl Number {
    /// A share or a probability.
    pub const SHARE: Self = Self { unit: "", min: 0.0, max: 1.0, above_min: false, whole: false };

    /// The range in words: "a number from 0 to 1".
    pub fn allowed(&self) -> String {
        let noun = if self.whole { "a whole number" } else { "a number" };
        let unit = if self.unit.is_empty() { String::new() } else { format!(" ({})", self.unit) };
        if self.above_min {
            format!("{noun} above {} and up to {}{unit}", written(self.min), written(self.max))
        } else {
            format!("{noun} from {} to {}{unit}", written(self.min), written(self.max))
        }
    }

    /// Whether a value is in range.
    pub fn allows(&self, value: f64) -> bool {
        let whole_enough = !self.whole || value.fract().abs() < f64::EPSILON;
        let above = if self.above_min { value > self.min } else { value >= self.min };
        value.is_finite() && above && value <= self.max && whole_enough
    }

    /// The nearest value that is allowed.
    pub fn nearest(&self, value: f64) -> f64 {
        let least = if self.above_min { self.min + (self.max - self.min) * 1e-12 } else { self.min };
        let value = if self.whole { value.round() } else { value };
        value.clamp(least, self.max)
    }
}

/// A number as a person writes it: no exponent below 10¹⁵, no trailing zeros.
pub fn written(value: f64) -> String {
    if value.abs() >= 1e15 || (value.abs() < 1e-6 && value != 0.0) { format!("{value:e}") } else { format!("{value}") }
}

/// A word of a vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// As a file has it.
    pub word: &'static str,
    /// As people read it; empty: the word without underscores.
    pub told: &'static str,
}

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form {
    /// A number.
    Number(Number),
    /// A number, or the word that stands for one.
    NumberOr(Number, &'static str),
    /// Free text.
    Text,
    /// The unique name of an entry.
    Name,
    /// A BLAKE3 hash.
    Hash,
    /// One of a few words.
    Word(&'static [Word]),
    /// The word of a kind; the kind brings keys of its own.
    Kind(Family),
    /// True or false.
    Flag,
    /// The name of an entry of a list.
    One(List),
    /// Names of entries of a list; absent: all.
    Some(List),
    /// Tiers, cheapest first, at least one.
    Chain,
    /// Shares, one a tier, that sum to one.
    Shares,
    /// Shares passed on, one for each tier of the chain but the last.
    Stages,
    /// Weights of the days of the week, Monday first.
    Week,
    /// `[day, share]` pairs with increasing days.
    Steps,
    /// The least and the greatest value.
    Between,
    /// Numbers in a row, at least one.
    Numbers(Number),
    /// The key path of a number of the scenario.
    Path,
    /// Key paths of numbers of the scenario.
    Paths,
    /// Some of a few words.
    Words(&'static [Word]),
    /// Tables in a row, each with the same keys.
    Tables(Blank),
    /// A number by the names of a list.
    NumberBy(List, Number),
    /// The name of a tier by the names of a list.
    TierBy(List),
    /// A table with keys of its own.
    Inner,
}

/// What one of the tables in a row is like before anything stands in it.
#[derive(Clone, Copy, Debug)]
pub struct Blank(pub fn() -> Box<dyn Entry>);

impl PartialEq for Blank {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::fn_addr_eq(self.0, other.0)
    }
}

/// Whether a key must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It must.
    Needed,
    /// Absent, it has the value of a blank entry.
    Default,
    /// Its absence means something of its own.
    Optional,
}

/// What may stand in for a key that is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StandIn {
    /// The table of a replay.
    Table,
    /// The router scores of a replay's table.
    Scores,
}

/// Which kinds of an entry have a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// All of them.
    All,
    /// Those that say so.
    Some,
    /// All of them, but only those that say so go by it.
    GoneByBySome,
}

/// Where in its card a number stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// In sight: people reach for it.
    Often,
    /// How a policy comes into force.
    Rollout,
    /// Behind the others.
    Rare,
}

/// How the window edits a number: its short name and the range worth dragging over. A typed value may leave that range, never the limits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drag {
    /// Name within its card.
    pub label: &'static str,
    /// Range worth dragging over.
    pub range: [f64; 2],
    /// Whether equal steps are equal ratios.
    pub logarithmic: bool,
    /// Where in its card it stands.
    pub group: Group,
}

/// How a number reads to people who know bills and percentages.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Face {
    /// As it stands: money, a count, a time or a share says itself.
    Itself,
    /// As it stands, under a name without the model's words.
    Called(&'static str),
    /// By a figure that follows from it, with the rest of the scenario as it is.
    Figure(Shown),
    /// In the model's words alone, and why.
    Without(&'static str),
}

/// A figure that people know in place of a number of the model. How it follows from the number is in `plain`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shown {
    /// A hundred times the number, under a name, in per cent of this.
    PerCent(&'static str, &'static str),
    /// Share of requests that a model answers well.
    AnswersWell,
    /// How sure a model is of requests a step easier than its limit.
    BelowTheLimit,
    /// Of 100 pairs of a good and a bad answer, those told apart.
    Pairs,
    /// The same of hidden-hard requests.
    HiddenPairs,
    /// Tokens of an answer.
    Tokens,
    /// Share of the usual requests of a segment that the baseline answers well.
    UsualWell,
    /// The same of the hardest tenth of them.
    HardestTenth,
    /// Share of the hidden-hard requests of a segment that the baseline answers well.
    HiddenWell,
    /// The same of the hardest tenth of them.
    HiddenHardestTenth,
    /// Part of the traffic, or of a week's.
    PartOfTraffic,
    /// What a failure costs, USD.
    FailureUsd,
    /// What the baseline answers well on a bad day.
    BadDay,
    /// Of 100 pairs of requests, those that a router puts in the right order.
    ToldApart,
    /// What an event makes of the value that it acts on.
    Afterwards,
}

/// A key of an entry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Key {
    /// Its name within the entry, dotted inside inline tables: `difficulty.mean`.
    pub name: &'static str,
    /// What it is, and where it helps what is typical.
    pub help: &'static str,
    /// What it is called within a sentence, by people who know bills and percentages; empty: by its label.
    pub plain: &'static str,
    /// How its number reads to the same people.
    pub face: Face,
    /// What it holds.
    pub form: Form,
    /// Whether it must be there.
    pub presence: Presence,
    /// What may stand in for it.
    pub stand_in: Option<StandIn>,
    /// The key that it belongs to: where that one is above 0 this one is written, and needed if it is needed at all.
    pub with: Option<&'static str>,
    /// Written even where it has its default.
    pub always: bool,
    /// Which kinds have it.
    pub whose: Whose,
    /// What it holds in words, where the form alone does not say it.
    pub told: &'static str,
    /// Name of what is no number within its card; empty: the window does not show it there.
    pub label: &'static str,
    /// How the window edits it.
    pub drag: Option<Drag>,
    /// Of a number that may be absent: what its box in the window is called, and the value that it starts from.
    pub usual: Option<(&'static str, f64)>,
}

impl Key {
    /// A key that holds this; the entry gives it its name and its help.
    pub const fn of(form: Form) -> Self {
        Self {
            name: "",
            help: "",
            plain: "",
            face: Face::Itself,
            form,
            presence: Presence::Default,
            stand_in: None,
            with: None,
            always: false,
            whose: Whose::All,
            told: "",
            label: "",
            drag: None,
            usual: None,
        }
    }

    /// It must be there.
    pub const fn needed(mut self) -> Self {
        self.presence = Presence::Needed;
        self
    }

    /// Its absence means something of its own.
    pub const fn optional(mut self) -> Self {
        self.presence = Presence::Optional;
        self
    }

    /// What may stand in for it.
    pub const fn unless(mut self, stand_in: StandIn) -> Self {
        self.stand_in = Some(stand_in);
        self
    }

    /// It belongs to another key.
    pub const fn with(mut self, key: &'static str) -> Self {
        self.with = Some(key);
        self
    }

    /// Written even where it has its default.
    pub const fn always(mut self) -> Self {
        self.always = true;
        self
    }

    /// Only the kinds that say so have it.
    pub const fn of_kinds(mut self) -> Self {
        self.whose = Whose::Some;
        self
    }

    /// Only the kinds that say so go by it.
    pub const fn for_kinds(mut self) -> Self {
        self.whose = Whose::GoneByBySome;
        self
    }

    /// What it holds in words.
    pub const fn told(mut self, told: &'static str) -> Self {
        self.told = told;
        self
    }

    /// Whole numbers only.
    pub const fn whole(mut self) -> Self {
        if let Form::Number(number) = &mut self.form {
            number.whole = true;
        }
        self
    }

    /// Its least value is not allowed itself.
    pub const fn above(mut self) -> Self {
        if let Form::Number(number) = &mut self.form {
            number.above_min = true;
        }
        self
    }

    /// The window shows it under a short name, where it is no number.
    pub const fn called(mut self, label: &'static str) -> Self {
        self.label = label;
        self
    }

    /// The window shows it in sight, under a short name, over this range.
    pub const fn often(mut self, label: &'static str, low: f64, high: f64) -> Self {
        self.drag = Some(Drag { label, range: [low, high], logarithmic: false, group: Group::Often });
        self
    }

    /// The window shows it behind the others.
    pub const fn rarely(self, label: &'static str, low: f64, high: f64) -> Self {
        self.often(label, low, high).group(Group::Rare)
    }

    /// What it is called within a sentence, by people who know bills and percentages: "what a lost customer costs".
    pub const fn plainly(mut self, plain: &'static str) -> Self {
        self.plain = plain;
        self
    }

    /// Under which name it reads as it stands.
    pub const fn reads(mut self, name: &'static str) -> Self {
        self.face = Face::Called(name);
        self
    }

    /// By which figure it reads.
    pub const fn reads_as(mut self, figure: Shown) -> Self {
        self.face = Face::Figure(figure);
        self
    }

    /// Why it has no plain face.
    pub const fn has_no_face(mut self, reason: &'static str) -> Self {
        self.face = Face::Without(reason);
        self
    }

    /// The window shows it elsewhere in the card.
    pub const fn group(mut self, group: Group) -> Self {
        if let Some(drag) = &mut self.drag {
            drag.group = group;
        }
        self
    }

    /// The window has a box for it, which gives it this value.
    pub const fn usually(mut self, label: &'static str, value: f64) -> Self {
        self.usual = Some((label, value));
        self
    }

    /// Equal steps are equal ratios.
    pub const fn log(mut self) -> Self {
        if let Some(drag) = &mut self.drag {
            drag.logarithmic = true;
        }
        self
    }

    /// The same under a name and with a help.
    pub const fn named(mut self, name: &'static str, help: &'static str) -> Self {
        self.name = name;
        if self.help.is_empty() {
            self.help = help.trim_ascii();
        }
        self
    }

    /// The same with a help of its own, for a key that several entries have.
    pub const fn about(mut self, help: &'static str) -> Self {
        self.help = help;
        self
    }

    /// The table that the key stands in, or itself.
    pub fn outer(&self) -> &'static str {
        self.name.split('.').next().unwrap_or(self.name)
    }

    /// Range of a number.
    pub fn number(&self) -> Option<Number> {
        if let Form::Number(number) = self.form { Some(number) } else { None }
    }
}

/// A number with its unit and range.
pub const fn number(unit: &'static str, min: f64, max: f64) -> Key {
    Key::of(Form::Number(Number { unit, min, max, above_min: false, whole: false }))
}

/// A share or a probability.
pub const fn share() -> Key {
    Key::of(Form::Number(Number::SHARE))
}
