//! The numbers of a scenario as the window edits them: every one, under which name, over which range worth dragging.
//!
//! All of it comes from the tables of keys; here is only how a list in a file becomes a slider for each of its places, and what is not
//! shown because a table of requests says it.

use crate::entry::{Datum, Entry, Face, Form, Group, Key as Described, List, Number, Shown, Whose, number_of, written};
use crate::model::Scenario;
use crate::model::address::{Address, DAY, Key, Target, WEIGHT, entry_of, range, set};
use crate::plain;
use crate::policy;
use crate::report::sentence::percent;
use crate::scenario::rules;
use crate::uncertainty::local::Movable;

/// A slider.
#[derive(Clone, Debug)]
pub struct Slider {
    /// What it moves.
    pub address: Address,
    /// Name within its card.
    pub label: String,
    /// Unit; empty for shares, which are shown in per cent.
    pub unit: &'static str,
    /// What it is called by people who know bills and percentages; empty: as its label has it.
    pub plain: &'static str,
    /// How it reads to them.
    pub face: Face,
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
    /// Whether the value is shown in per cent. An AUROC is from 0.5 to 1 and no share of anything.
    pub fn is_share(&self) -> bool {
        self.unit.is_empty()
            && self.limits[1] <= 1.0
            && !matches!(self.face, Face::Figure(Shown::Pairs | Shown::HiddenPairs))
    }
}

/// Monday first.
pub const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Sliders of a target: first the knobs that are lists in the file, then the numbers in their order.
pub fn sliders(scenario: &Scenario, target: Target) -> Vec<Slider> {
    let Some(entry) = entry_of(scenario, target) else { return Vec::new() };
    let keys = entry.keys();
    let shown = |key: &&&'static Described| is_shown(scenario, entry, key);
    let faced = |key: &&'static Described| {
        let places = places(scenario, target, entry, key);
        let face = key.face;
        places.into_iter().map(move |slider| Slider { face, ..slider })
    };
    let lists = keys.iter().filter(shown).flat_map(faced);
    let (mut first, last): (Vec<Slider>, Vec<Slider>) = lists.partition(|slider| slider.group == Group::Often);
    first.extend(keys.iter().filter(shown).filter_map(|key| single(target, entry, key)));
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

/// Every slider of a scenario, with the name of the entry that it is of; empty where there is but one of its kind.
pub fn every(scenario: &Scenario) -> Vec<(String, Slider)> {
    let sections = [
        Target::Head,
        Target::Traffic,
        Target::Conversation,
        Target::Replay,
        Target::Economics,
        Target::Feedback,
        Target::Response,
        Target::Study,
    ];
    let mut targets: Vec<(String, Target)> = sections.map(|target| (String::new(), target)).into();
    let named = |names: Vec<String>, target: fn(usize) -> Target| {
        names.into_iter().enumerate().map(move |(i, name)| (name, target(i)))
    };
    targets.extend(named(scenario.names(List::Policies), Target::Policy));
    targets.extend((0..scenario.events.len()).map(|i| (format!("Event {}", i + 1), Target::Event(i))));
    targets.extend(named(scenario.names(List::Tiers), Target::Tier));
    targets.extend(named(scenario.names(List::Segments), Target::Segment));
    targets.extend(named(scenario.names(List::Monitors), Target::Monitor));
    targets.extend(named(scenario.names(List::Monitors), Target::Detector));
    let of = |(name, target): (String, Target)| {
        sliders(scenario, target).into_iter().map(move |slider| (name.clone(), slider)).collect::<Vec<_>>()
    };
    targets.into_iter().flat_map(of).collect()
}

/// Most numbers of each list among which those are looked for that move the answer most: in a large scenario the first ones stand for the rest.
const MOST_MOVABLE: usize = 60;

/// The numbers that can move what a policy costs and how well it answers: what stands in no monitor, and in no other policy.
pub fn movable(scenario: &Scenario, policy: usize) -> Vec<Movable> {
    let of = |targets: Vec<Target>| {
        let numbers = targets.into_iter().flat_map(|target| sliders(scenario, target));
        let movable = |s: Slider| Movable { address: s.address, range: s.range };
        numbers.filter(|slider| slider.group != Group::Rollout).map(movable).take(MOST_MOVABLE).collect::<Vec<_>>()
    };
    let lists = [
        vec![Target::Policy(policy), Target::Economics, Target::Traffic],
        (0..scenario.events.len()).map(Target::Event).collect(),
        (0..scenario.tiers.len()).map(Target::Tier).collect(),
        (0..scenario.segments.len()).map(Target::Segment).collect(),
    ];
    lists.into_iter().flat_map(of).collect()
}

/// Those in whose names every word of a text is found, in any case.
pub fn named(scenario: &Scenario, text: &str) -> Vec<(String, Slider)> {
    let words: Vec<String> = text.split([' ', ':']).map(str::to_lowercase).collect();
    let is_named = |(name, slider): &(String, Slider)| {
        let reads = match slider.face {
            Face::Called(name) => name,
            Face::Figure(shown) => plain::words(shown),
            Face::Itself | Face::Without(_) => "",
        };
        let also = match slider.face {
            Face::Figure(shown) => plain::looked_for(shown),
            _ => "",
        };
        let whole = format!("{name} {} {} {reads} {also}", slider.label, slider.plain).to_lowercase();
        words.iter().all(|word| whole.contains(word.as_str()))
    };
    every(scenario).into_iter().filter(is_named).collect()
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
fn single(target: Target, entry: &dyn Entry, key: &'static Described) -> Option<Slider> {
    let (number, drag) = (key.number()?, key.drag?);
    number_of(entry, key.name)?;
    Some(Slider {
        address: Address { target, key: Key::Named(key.name) },
        label: drag.label.to_owned(),
        unit: number.unit,
        plain: key.plain,
        face: key.face,
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
            let day = |(i, name): (usize, &&str)| ranged(share(at(i), (*name).to_owned(), help), WEIGHT, [0.0, 2.0]);
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
        plain: "",
        face: Face::Itself,
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
    let turned = policy::routing(scenario.policies.get(index)?)?.turns()?;
    let key = turned.place.map_or(Key::Named(turned.key), |i| Key::At(turned.key, i));
    Some(Address { target: Target::Policy(index), key })
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
    let changed = entry_of(&edited, address.target)?.get(address.key.name());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{Drag, Presence, number_of};
    use crate::model::address::get;
    use crate::model::{Detector, SECTIONS, Section};
    use crate::scenario::{kinds, library, read, write};

    fn every() -> Vec<Scenario> {
        let parse = |e: &library::LibraryEntry| read::parse(e.text, e.file_name).map(|l| l.scenario).ok();
        library::LIBRARY.iter().filter_map(parse).collect()
    }

    #[test]
    fn every_number_of_the_format_has_a_range_worth_dragging_within_its_limits() {
        let scenario = Scenario::default();
        // What has no sliders of its own has a part of the window of its own.
        let has_sliders = |section: &&Section| Target::of_section(section.key, 0) != Target::Head;
        let blanks = SECTIONS.iter().filter(has_sliders).map(|section| (section.part)(&scenario).blank());
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
