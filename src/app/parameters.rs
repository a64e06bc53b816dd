//! The numbers of a scenario as the window edits them: every one, under which name, over which range worth dragging.
//!
//! All of it comes from the tables of keys; here is only how a list in a file becomes a slider for each of its places, and what is not
//! shown because a table of requests says it.

use crate::entry::{Datum, Entry, Form, Group, Key as Described, List, Number, Whose, number_of, written};
use crate::model::{MAX_DAYS, SECTIONS, Scenario};
use crate::policy::{self, with_first_share};
use crate::report::sentence::percent;
use crate::scenario::rules;

/// Which thing of the scenario a number belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// Top of the file.
    Head,
    /// `[traffic]`
    Traffic,
    /// `[replay]`
    Replay,
    /// A segment, by index.
    Segment(usize),
    /// A tier, by index.
    Tier(usize),
    /// A policy, by index.
    Policy(usize),
    /// An event, by index.
    Event(usize),
    /// A monitor, by index.
    Monitor(usize),
    /// The detector of a monitor, by the monitor's index.
    Detector(usize),
    /// `[economics]`
    Economics,
    /// `[feedback]`
    Feedback,
    /// `[study]`
    Study,
    /// `[response]`
    Response,
}

impl Target {
    /// The entry of a list at a place.
    pub fn of_entry(list: List, index: usize) -> Self {
        match list {
            List::Segments => Self::Segment(index),
            List::Tiers => Self::Tier(index),
            List::Policies => Self::Policy(index),
            List::Events => Self::Event(index),
            List::Monitors => Self::Monitor(index),
        }
    }

    /// The section of a file, and the place in its list; what is none is the top.
    pub fn of_section(section: &str, index: usize) -> Self {
        match section {
            "traffic" => Self::Traffic,
            "replay" => Self::Replay,
            "segment" => Self::Segment(index),
            "tier" => Self::Tier(index),
            "policy" => Self::Policy(index),
            "event" => Self::Event(index),
            "monitor" => Self::Monitor(index),
            "economics" => Self::Economics,
            "feedback" => Self::Feedback,
            "study" => Self::Study,
            "response" => Self::Response,
            _ => Self::Head,
        }
    }

    /// The list that it stands in, and its place there; `None` for a section that is no entry.
    pub fn entry(self) -> Option<(List, usize)> {
        match self {
            Self::Segment(i) => Some((List::Segments, i)),
            Self::Tier(i) => Some((List::Tiers, i)),
            Self::Policy(i) => Some((List::Policies, i)),
            Self::Event(i) => Some((List::Events, i)),
            Self::Monitor(i) | Self::Detector(i) => Some((List::Monitors, i)),
            _ => None,
        }
    }

    /// The section of a file that it stands in, and its place in that list; a detector stands in its monitor.
    pub fn section(self) -> (&'static str, usize) {
        match self {
            Self::Head => ("", 0),
            Self::Traffic => ("traffic", 0),
            Self::Replay => ("replay", 0),
            Self::Segment(i) => ("segment", i),
            Self::Tier(i) => ("tier", i),
            Self::Policy(i) => ("policy", i),
            Self::Event(i) => ("event", i),
            Self::Monitor(i) | Self::Detector(i) => ("monitor", i),
            Self::Economics => ("economics", 0),
            Self::Feedback => ("feedback", 0),
            Self::Study => ("study", 0),
            Self::Response => ("response", 0),
        }
    }
}

/// Which number of its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A key of the file format.
    Named(&'static str),
    /// A place in a list: the share of a tier or of a step, the weight of a day, the number of a segment.
    At(&'static str, usize),
    /// The day of a step.
    DayOf(&'static str, usize),
}

impl Key {
    /// The key of the table.
    pub fn name(self) -> &'static str {
        let (Self::Named(name) | Self::At(name, _) | Self::DayOf(name, _)) = self;
        name
    }

    /// The key of the file that holds it.
    pub fn in_file(self, target: Target) -> &'static str {
        if matches!(target, Target::Detector(_)) { "detector" } else { self.name() }
    }
}

/// A number of the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// Whose.
    pub target: Target,
    /// Which.
    pub key: Key,
}

/// A slider.
#[derive(Clone, Debug)]
pub struct Slider {
    /// What it moves.
    pub address: Address,
    /// Name within its card.
    pub label: String,
    /// Unit; empty for shares, which are shown in per cent.
    pub unit: &'static str,
    /// What it is.
    pub help: &'static str,
    /// Hard limits.
    pub limits: [f64; 2],
    /// Range of the slider.
    pub range: [f64; 2],
    /// Whether equal steps are equal ratios.
    pub logarithmic: bool,
    /// Whole numbers only.
    pub whole: bool,
    /// Where in its card it stands.
    pub group: Group,
}

impl Slider {
    /// Whether the value is shown in per cent.
    pub fn is_share(&self) -> bool {
        self.unit.is_empty() && self.limits[1] <= 1.0
    }
}

/// Monday first.
pub const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Day of a step of a rollout.
const DAY: Number = Number { unit: "days", min: 0.0, max: MAX_DAYS as f64, above_min: false, whole: false };

/// What a target is, as an entry with keys.
pub fn entry(scenario: &Scenario, target: Target) -> Option<&dyn Entry> {
    let (section, index) = target.section();
    if target == Target::Head {
        return Some(scenario);
    }
    let section = SECTIONS.iter().find(|s| s.key == section)?;
    let entry = (section.part)(scenario).entry(index)?;
    if matches!(target, Target::Detector(_)) { entry.inner("detector") } else { Some(entry) }
}

/// The same, to be changed.
pub fn entry_mut(scenario: &mut Scenario, target: Target) -> Option<&mut dyn Entry> {
    let (section, index) = target.section();
    if target == Target::Head {
        return Some(scenario);
    }
    let section = SECTIONS.iter().find(|s| s.key == section)?;
    let entry = (section.part_mut)(scenario).entry_mut(index)?;
    match target {
        Target::Detector(_) => entry.inner("detector").is_some().then_some(())?,
        _ => return Some(entry),
    }
    entry.open("detector")
}

/// Sliders of a target: first the knobs that are lists in the file, then the numbers in their order.
pub fn sliders(scenario: &Scenario, target: Target) -> Vec<Slider> {
    let Some(entry) = entry(scenario, target) else { return Vec::new() };
    let keys = entry.keys();
    let shown = |key: &&&'static Described| is_shown(scenario, entry, key);
    let lists = keys.iter().filter(shown).flat_map(|key| places(scenario, target, entry, key));
    let (mut first, last): (Vec<Slider>, Vec<Slider>) = lists.partition(|slider| slider.group == Group::Often);
    first.extend(keys.iter().filter(shown).filter_map(|key| plain(target, entry, key)));
    first.extend(last);
    if let Target::Segment(i) = target {
        // A weight says nothing without the others.
        let all: f64 = scenario.segments.iter().map(|s| s.share).sum();
        let own = scenario.segments.get(i).map_or(0.0, |s| s.share);
        for slider in first.iter_mut().filter(|slider| slider.address.key == Key::Named("share")) {
            slider.label = format!("Weight: {} of the traffic", percent(own / all.max(1e-300), 1));
            slider.range[1] = slider.range[1].max(all);
        }
    }
    first
}

/// Whether a number is worth showing: the entry has it and goes by it, and no table of requests says it.
fn is_shown(scenario: &Scenario, entry: &dyn Entry, key: &Described) -> bool {
    let is_gone_by = key.whose == Whose::All || entry.chosen().is_none_or(|kind| kind.goes_by(key));
    let Some(replay) = &scenario.replay else { return is_gone_by };
    is_gone_by
        && match key.name {
            // Luck, and what a tier can do, are in a table's outcomes.
            "shared_luck" | "ability" | "upper" | "lower" | "discrimination" | "skill" => false,
            "input_usd_per_mtok" | "output_usd_per_mtok" | "verbosity" => ["input_usd_per_mtok", "output_usd_per_mtok"]
                .iter()
                .any(|k| number_of(entry, k).is_some_and(|x| x > 0.0)),
            "noise" => replay.router.is_none(),
            _ => true,
        }
}

/// The slider of a key that is a number.
fn plain(target: Target, entry: &dyn Entry, key: &'static Described) -> Option<Slider> {
    let (number, drag) = (key.number()?, key.drag?);
    number_of(entry, key.name)?;
    Some(Slider {
        address: Address { target, key: Key::Named(key.name) },
        label: drag.label.to_owned(),
        unit: number.unit,
        help: key.help,
        limits: [number.min, number.max],
        range: drag.range,
        logarithmic: drag.logarithmic,
        whole: number.whole,
        group: drag.group,
    })
}

/// The sliders of a key that is a list: one for each of its places.
fn places(scenario: &Scenario, target: Target, entry: &dyn Entry, key: &'static Described) -> Vec<Slider> {
    let tier = |i: usize| scenario.tiers.get(i).map_or("tier", |t| t.name.as_str());
    let at = |i: usize| Address { target, key: Key::At(key.name, i) };
    let datum = entry.get(key.name);
    match (key.form, &datum) {
        (Form::Shares, Some(Datum::Numbers(shares))) => {
            // With two tiers, the last share is what the other leaves.
            let count = if shares.len() == 2 { 1 } else { shares.len() };
            let help = "Share of the requests that starts at this tier, under launch assumptions. The other shares keep \
                        their proportions.";
            (0..count).map(|i| share(at(i), format!("Share to {}", tier(i)), help)).collect()
        }
        (Form::Stages, Some(Datum::Numbers(stages))) => {
            let chain = entry.get("tiers");
            let chain = chain.as_ref().and_then(Datum::texts);
            let name = |i: usize| chain.map_or(tier(i), |chain| chain.get(i).map_or("tier", String::as_str));
            let help = "Share of the requests reaching this stage that is passed on to the next tier, under launch assumptions; 0.2 to 0.5 \
                        is typical.";
            (0..stages.len()).map(|i| share(at(i), format!("Escalated by {}", name(i)), help)).collect()
        }
        (Form::Week, Some(_)) => {
            let help = "Weight of this day of the week against the others: 0.4 on Saturday and Sunday is typical of business software.";
            let day =
                |(i, name): (usize, &&str)| ranged(share(at(i), (*name).to_owned(), help), rules::WEIGHT, [0.0, 2.0]);
            WEEKDAYS.iter().enumerate().map(day).collect()
        }
        (Form::NumberBy(List::Segments, number), Some(_)) => {
            let help = "Ability added on this segment: 0.3 for a tier that was tuned for it is typical, 0 for none.";
            let slider = |(i, segment): (usize, &crate::model::Segment)| {
                ranged(share(at(i), format!("Skill: {}", segment.name), help), number, [-2.0, 2.0])
            };
            scenario.segments.iter().enumerate().map(slider).collect()
        }
        (Form::Steps, Some(Datum::Pairs(steps))) => (0..steps.len())
            .flat_map(|i| {
                let help = "Share of the traffic that is routed from this step on; 5 %, 25 %, 50 %, 100 % is usual.";
                let day = Address { target, key: Key::DayOf(key.name, i) };
                let from = "Day from which the share below is in force.";
                let day = ranged(share(day, format!("Step {}: from day", i + 1), from), DAY, [0.0, 120.0]);
                [day, share(at(i), format!("Step {}: share", i + 1), help)]
            })
            .map(|slider| Slider { group: Group::Rollout, ..slider })
            .collect(),
        _ => Vec::new(),
    }
}

/// A slider over a share.
fn share(address: Address, label: String, help: &'static str) -> Slider {
    Slider {
        address,
        label,
        unit: "",
        help,
        limits: [0.0, 1.0],
        range: [0.0, 1.0],
        logarithmic: false,
        whole: false,
        group: Group::Often,
    }
}

/// The same over another range, behind the others.
fn ranged(slider: Slider, number: Number, range: [f64; 2]) -> Slider {
    Slider { unit: number.unit, limits: [number.min, number.max], range, group: Group::Rare, ..slider }
}

/// Where the one knob of a policy stands in the scenario.
pub fn knob(scenario: &Scenario, index: usize) -> Option<Address> {
    let (name, place) = policy::routing(scenario.policies.get(index)?)?.turns()?;
    let key = place.map_or(Key::Named(name), |i| Key::At(name, i));
    Some(Address { target: Target::Policy(index), key })
}

/// Reads a number; `None` where the scenario does not have it.
pub fn get(scenario: &Scenario, address: Address) -> Option<f64> {
    let datum = entry(scenario, address.target)?.get(address.key.name())?;
    match (address.key, &datum) {
        (Key::Named(_), Datum::Number(x)) => Some(*x),
        (Key::At(_, i), Datum::Numbers(list)) => list.get(i).copied(),
        (Key::At(_, i), Datum::NumberBy(map)) => Some(map.get(&scenario.segments.get(i)?.name).copied().unwrap_or(0.0)),
        (Key::At(_, i), Datum::Pairs(pairs)) => Some(pairs.get(i)?.1),
        (Key::DayOf(_, i), Datum::Pairs(pairs)) => Some(pairs.get(i)?.0),
        _ => None,
    }
}

/// Range of a number.
fn range(scenario: &Scenario, address: Address) -> Option<Number> {
    let key = crate::entry::find(entry(scenario, address.target)?, address.key.name())?;
    match (key.form, address.key) {
        (_, Key::DayOf(..)) => Some(DAY),
        (Form::Number(number) | Form::NumberBy(_, number), _) => Some(number),
        (Form::Week, _) => Some(rules::WEIGHT),
        _ => Some(Number::SHARE),
    }
}

/// What speaks against a value, in the unit that its field shows: its range, or a rule between it and others.
pub fn objection(scenario: &Scenario, address: Address, value: f64) -> Option<String> {
    let number = range(scenario, address)?;
    let rounded = if number.whole { value.round() } else { value };
    if !number.allows(rounded) {
        return Some(match number.unit.is_empty() && number.max <= 1.0 {
            true => in_per_cent(number.min, number.max),
            false => format!("allowed: {}", number.allowed()),
        });
    }
    let mut edited = scenario.clone();
    set(&mut edited, address, value);
    let changed = entry(&edited, address.target)?.get(address.key.name());
    if let (Key::DayOf(..), Some(Datum::Pairs(steps))) = (address.key, &changed) {
        return rules::rollout_steps(steps);
    }
    let before = rules::errors(scenario);
    rules::errors(&edited).into_iter().find(|breach| !before.contains(breach)).map(|breach| breach.message)
}

fn in_per_cent(low: f64, high: f64) -> String {
    let [low, high] = [low, high].map(|x| written((1e9 * 100.0 * x).round() / 1e9));
    format!("allowed: from {low} % to {high} %")
}

/// Writes a number, kept inside its limits; does nothing where the scenario does not have it.
pub fn set(scenario: &mut Scenario, address: Address, value: f64) {
    let Some(number) = range(scenario, address).filter(|_| value.is_finite()) else { return };
    let value = number.nearest(value);
    let segment = |i: usize| scenario.segments.get(i).map(|segment| segment.name.clone());
    let named = if let Key::At(_, i) = address.key { segment(i) } else { None };
    let name = address.key.name();
    let Some(entry) = entry_mut(scenario, address.target) else { return };
    let Some(form) = crate::entry::find(&*entry, name).map(|key| key.form) else { return };
    let changed = match (address.key, entry.get(name)) {
        (Key::Named(_), Some(Datum::Number(_) | Datum::Absent)) => Datum::Number(value),
        (Key::At(_, i), Some(Datum::Numbers(mut list))) if i < list.len() => {
            if form == Form::Shares {
                // The chosen share is moved to the front and back, since `with_first_share` turns the first.
                list.swap(0, i);
                list = with_first_share(&list, value);
                list.swap(0, i);
            } else if let Some(place) = list.get_mut(i) {
                *place = value;
            }
            Datum::Numbers(list)
        }
        (Key::At(..), Some(Datum::NumberBy(mut map))) => {
            let Some(segment) = named else { return };
            // None is not written into the file.
            if value == 0.0 {
                map.remove(&segment);
            } else {
                map.insert(segment, value);
            }
            Datum::NumberBy(map)
        }
        (Key::At(_, i) | Key::DayOf(_, i), Some(Datum::Pairs(mut pairs))) => {
            let Some((day, share)) = pairs.get_mut(i) else { return };
            match address.key {
                Key::DayOf(..) => *day = value,
                _ => *share = value,
            }
            Datum::Pairs(pairs)
        }
        _ => return,
    };
    entry.set(name, changed);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{Drag, Presence, number_of};
    use crate::model::Detector;
    use crate::scenario::{kinds, library, read, write};

    fn every() -> Vec<Scenario> {
        let parse = |e: &library::LibraryEntry| read::parse(e.text, e.file_name).map(|l| l.scenario).ok();
        library::LIBRARY.iter().filter_map(parse).collect()
    }

    #[test]
    fn every_number_of_the_format_has_a_range_worth_dragging_within_its_limits() {
        let scenario = Scenario::default();
        let blanks = SECTIONS.iter().map(|section| (section.part)(&scenario).blank());
        let mut forms: Vec<Box<dyn Entry>> = vec![Box::new(Scenario::default())];
        for mut blank in blanks {
            let kinds = blank.chosen().map(|kind| kinds::all(kind.about().family)).unwrap_or_default();
            for kind in kinds {
                blank.choose(kind);
                forms.push(blank.blank());
            }
            forms.push(blank);
        }
        forms.push(Box::new(Detector::default()));
        for key in forms.iter().flat_map(|form| form.keys()) {
            let Some(number) = key.number() else { continue };
            assert!(number.min < number.max, "{}", key.name);
            let is_within = |drag: Drag| drag.range[0] >= number.min && drag.range[1] <= number.max;
            assert!(key.drag.is_some_and(is_within), "{}", key.name);
        }
        for form in &forms {
            for key in form.keys().into_iter().filter(|key| key.presence == Presence::Default) {
                let default = number_of(form.as_ref(), key.name);
                let allows = |x: f64| key.number().is_none_or(|number| number.allows(x));
                assert!(default.is_none_or(|x| x.is_nan() || allows(x)), "{}", key.name);
            }
        }
    }

    #[test]
    fn whatever_a_slider_can_show_is_read_back_or_objected_to() {
        for scenario in every() {
            let s = &scenario;
            let mut targets =
                vec![Target::Head, Target::Traffic, Target::Replay, Target::Economics, Target::Feedback, Target::Study];
            targets.extend((0..s.segments.len()).map(Target::Segment));
            targets.extend((0..s.tiers.len()).map(Target::Tier));
            targets.extend((0..s.policies.len()).map(Target::Policy));
            targets.extend((0..s.events.len()).map(Target::Event));
            targets.extend((0..s.monitors.len()).flat_map(|i| [Target::Monitor(i), Target::Detector(i)]));
            for slider in targets.into_iter().flat_map(|target| sliders(s, target)) {
                let [low, high] = slider.range;
                let (least, most) = (slider.limits[0], slider.limits[1]);
                for value in [low, high, (low + high) / 2.0, least, most, least - 1.0, most + 1.0, f64::NAN] {
                    let what = format!("{}: {} = {value}", s.name, slider.label);
                    let objection = objection(s, slider.address, value);
                    let mut edited = s.clone();
                    set(&mut edited, slider.address, value);
                    if objection.is_none() {
                        let got = get(&edited, slider.address).unwrap_or(f64::NAN);
                        let rounded = if slider.whole { value.round() } else { value };
                        assert!((got - rounded).abs() < 1e-9 * rounded.abs().max(1.0), "{what}: {got}");
                        let read = read::parse(&write::to_text(&edited), "x");
                        assert!(read.as_ref().is_ok_and(|l| l.scenario == edited), "{what}: {:?}", read.err());
                    } else {
                        assert!(objection.is_some_and(|o| o.len() > 10), "{what}");
                    }
                }
            }
        }
    }
}
