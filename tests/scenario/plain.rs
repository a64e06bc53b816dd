//! Plain faces: every number has one or says why not; figures are those of the exact engine; what is solved for comes back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop at the first surprise")]

use paretoscope::calibrate;
use paretoscope::entry::{Entry, Face, Key, Number};
use paretoscope::frontier::figures::{Asked, Whose};
use paretoscope::model::address::{self, Address, Key as At, Target, entry_of};
use paretoscope::model::{Detector, Event, EventKind, Figure, SECTIONS, Scenario};
use paretoscope::plain;
use paretoscope::scenario::{kinds, library, read};
use paretoscope::simulation::world::World;

fn shipped() -> impl Iterator<Item = Scenario> {
    library::LIBRARY
        .iter()
        .map(|e| read::parse(e.text, e.file_name).unwrap().scenario)
        .filter(|scenario| !scenario.is_replayed())
}

/// Every key of the format, with the section that it stands in.
fn keys() -> Vec<(&'static str, &'static Key)> {
    let scenario = Scenario::default();
    let mut found: Vec<(&str, &Key)> = scenario.keys().into_iter().map(|key| ("", key)).collect();
    for section in SECTIONS {
        let mut blank = (section.part)(&scenario).blank();
        let all = blank.chosen().map(|kind| kinds::all(kind.about().family)).unwrap_or_default();
        for kind in all {
            blank.choose(kind);
            found.extend(blank.keys().into_iter().map(|key| (section.key, key)));
        }
        found.extend(blank.keys().into_iter().map(|key| (section.key, key)));
    }
    found.extend(Detector::default().keys().into_iter().map(|key| ("detector", key)));
    found
}

/// Whether a number says itself: money, a time, a count or a share.
fn says_itself(number: &Number) -> bool {
    let known = [
        "USD",
        "USD a day",
        "USD per million tokens",
        "days",
        "ms",
        "tokens",
        "requests",
        "turns",
        "characters",
        "labels a day",
    ];
    known.contains(&number.unit)
        || (number.unit.is_empty() && (number.whole || (number.min >= 0.0 && number.max <= 1.0)))
}

#[test]
#[allow(clippy::print_stdout, reason = "the list is worth reading")]
fn every_number_has_a_plain_face_or_a_reason_why_not() {
    // What stands in sections about the scenario's numbers is in the unit of the number that it is about.
    let about_others = ["range", "correlation", "sweep", "known", "expect"];
    let mut missing = Vec::new();
    let mut listed: Vec<String> = Vec::new();
    for (section, key) in keys().into_iter().filter(|(section, _)| !about_others.contains(section)) {
        let Some(number) = key.number() else { continue };
        let face = match key.face {
            Face::Itself | Face::Called(_) if !says_itself(&number) => {
                missing.push(format!("{section}.{} ({})", key.name, number.unit));
                continue;
            }
            Face::Itself => "as it stands".to_owned(),
            Face::Called(name) => format!("as it stands, as \"{name}\""),
            Face::Figure(shown) => format!("by a figure: {}", plain::words(shown)),
            Face::Without(why) => {
                assert!(why.len() > 10, "{section}.{}: {why}", key.name);
                format!("none: {why}")
            }
        };
        listed.push(format!("{section}.{}: {face}", key.name));
    }
    listed.dedup();
    println!("{}", listed.join("\n"));
    assert_eq!(missing, Vec::<String>::new());
    // What a figure or another name is there for: no word of the model's stands in it.
    for line in listed.iter().filter_map(|line| line.split_once(": ")).map(|(_, face)| face.to_lowercase()) {
        for word in ["logit", "auroc", "hidden-hard", "discrimination", "sensitivity", "specificity"] {
            assert!(!line.contains(word), "{line}");
        }
    }
}

/// Every number of a scenario that a figure stands for.
fn read_by_figures(scenario: &Scenario) -> Vec<Address> {
    let mut targets =
        vec![Target::Head, Target::Traffic, Target::Economics, Target::Feedback, Target::Response, Target::Study];
    targets.extend((0..scenario.segments.len()).map(Target::Segment));
    targets.extend((0..scenario.tiers.len()).map(Target::Tier));
    targets.extend((0..scenario.policies.len()).map(Target::Policy));
    targets.extend((0..scenario.events.len()).map(Target::Event));
    targets.extend((0..scenario.monitors.len()).flat_map(|i| [Target::Monitor(i), Target::Detector(i)]));
    let keys = |target: Target| entry_of(scenario, target).map(|entry| entry.keys()).unwrap_or_default();
    let at = |target: Target, key: &Key| match key.name {
        "skill" => (0..scenario.segments.len()).map(|i| Address { target, key: At::At("skill", i) }).collect(),
        "weekday" => (0..7).map(|i| Address { target, key: At::At("weekday", i) }).collect(),
        _ => vec![Address { target, key: At::Named(find(target, key, scenario)) }],
    };
    let addresses = targets.into_iter().flat_map(|target| {
        keys(target).into_iter().filter(|key| matches!(key.face, Face::Figure(_))).flat_map(move |key| at(target, key))
    });
    addresses.filter(|address| address::get(scenario, *address).is_some()).collect()
}

fn find(target: Target, key: &Key, scenario: &Scenario) -> &'static str {
    entry_of(scenario, target).unwrap().keys().into_iter().find(|k| k.name == key.name).unwrap().name
}

#[test]
fn what_a_figure_is_solved_for_comes_back() {
    let mut seen = 0;
    for scenario in shipped() {
        for address in read_by_figures(&scenario) {
            let number = address::range(&scenario, address).unwrap();
            let limits = [number.min, number.max];
            let Some(reading) = plain::reading(&scenario, address) else { continue };
            let value = address::get(&scenario, address).unwrap();
            let figure = reading.at(value);
            let what = format!("{}: {} = {value}, shown as {figure}", scenario.name, address::path(&scenario, address));
            let solved = reading.solve(figure, limits).unwrap_or_else(|reach| panic!("{what}: only {reach:?}"));
            let [low, high] = reading.reach(limits);
            assert!((reading.at(solved) - figure).abs() <= 1e-6 * (high - low), "{what}: found {solved}");
            assert!(reading.solve(high + 0.1 * (high - low), limits).is_err(), "{what}");
            assert!(reading.solve(f64::NAN, limits).is_err(), "{what}");
            // It goes one way all the way along.
            let steps: Vec<f64> =
                (0..=40).map(|i| reading.at(number.min + (number.max - number.min) * f64::from(i) / 40.0)).collect();
            let rises = reading.at(number.max) > reading.at(number.min);
            for pair in steps.windows(2) {
                let step = if rises { pair[1] - pair[0] } else { pair[0] - pair[1] };
                assert!(step >= -1e-9 * (high - low), "{what}: {steps:?}");
            }
            seen += 1;
        }
    }
    assert!(seen > 200, "only {seen} numbers are read by figures");
}

#[test]
fn how_well_a_model_answers_is_what_the_exact_engine_says() {
    for scenario in shipped() {
        let world = World::compile(&scenario).unwrap();
        let quality = |tier: usize, segment| Asked {
            figure: Figure::Quality,
            whose: Whose::Tier(tier),
            segment,
            production: false,
        };
        for tier in 0..scenario.tiers.len() {
            let all = std::iter::once(None).chain((0..scenario.segments.len()).map(Some));
            for segment in all {
                let key = segment.map_or(At::Named("ability"), |i| At::At("skill", i));
                let address = Address { target: Target::Tier(tier), key };
                let reading = plain::reading(&scenario, address).unwrap();
                let found = reading.at(address::get(&scenario, address).unwrap());
                let exact = calibrate::values(&world, &[quality(tier, segment)]).unwrap()[0].unwrap();
                assert!((found - exact).abs() < 1e-9, "{} {tier} {segment:?}: {found}, exact {exact}", scenario.name);
            }
        }
    }
}

#[test]
fn what_an_event_leads_to_is_what_the_exact_engine_says_of_that_event_alone() {
    let mut seen = 0;
    for scenario in shipped() {
        for (i, event) in scenario.events.iter().enumerate() {
            if !matches!(event.kind, EventKind::Difficulty | EventKind::Ability) {
                continue;
            }
            let name = event.change.keys().into_iter().find(|key| event.change.get(key.name).is_some()).unwrap().name;
            let address = Address { target: Target::Event(i), key: At::Named(name) };
            let reading = plain::reading(&scenario, address).unwrap();
            let found = reading.at(address::get(&scenario, address).unwrap());
            // The event alone, at once, on the segments that it acts on alone.
            let alone = Event { day: 0.0, ramp_days: 0.0, segments: Vec::new(), ..event.clone() };
            let mut only = Scenario { events: vec![alone], ..scenario.clone() };
            only.segments.retain(|s| event.segments.is_empty() || event.segments.contains(&s.name));
            let named = event.tiers.first().and_then(|name| scenario.tier_index(name));
            let tier = if event.kind == EventKind::Ability { named } else { None };
            let tier = tier.or(scenario.baseline_tier()).unwrap();
            // Nothing else is to be compiled on what is left of the traffic.
            only.policies.retain(|policy| policy.name == scenario.baseline);
            only.monitors.clear();
            only.known.clear();
            let asked = Asked { figure: Figure::Quality, whose: Whose::Tier(tier), segment: None, production: true };
            let exact = calibrate::values(&World::compile(&only).unwrap(), &[asked]).unwrap()[0].unwrap();
            assert!((found - exact).abs() < 1e-9, "{}: event {i}: {found}, exact {exact}", scenario.name);
            seen += 1;
        }
    }
    assert!(seen > 0);
}

#[test]
fn simple_figures_are_what_they_say() {
    let scenario = shipped().next().unwrap();
    let reading = |target, key| plain::reading(&scenario, Address { target, key }).unwrap();
    // A tenth of the traffic is a ninth of what the other kinds weigh.
    let others: f64 = scenario.segments.iter().skip(1).map(|s| s.share).sum();
    let weight = reading(Target::Segment(0), At::Named("share")).solve(0.1, [0.0, 1e6]).unwrap();
    assert!((weight - others / 9.0).abs() < 1e-6);
    let stakes = reading(Target::Segment(0), At::Named("stakes"));
    assert!((stakes.at(2.0) - 2.0 * scenario.economics.failure_usd()).abs() < 1e-12);
    // An even logistic one step from its middle: 1 / (1 + e^(−a)), between the worst and the best.
    let tier = &scenario.tiers[0];
    let sure = reading(Target::Tier(0), At::Named("discrimination")).at(2.0);
    let logistic = 1.0 / (1.0 + (-2.0_f64).exp());
    assert!((sure - (tier.lower + (tier.upper - tier.lower) * logistic)).abs() < 1e-12);
    assert!((reading(Target::Tier(0), At::Named("confidence_auroc")).at(0.75) - 75.0).abs() < 1e-12);
    assert!((reading(Target::Traffic, At::Named("monthly_growth")).at(0.05) - 5.0).abs() < 1e-12);
}

#[test]
fn a_figure_that_stays_at_its_end_is_solved_to_where_it_gets_there() {
    let scenario = shipped().next().unwrap();
    let event = scenario.events.iter().position(|event| event.kind == EventKind::HiddenShare).unwrap();
    let address = Address { target: Target::Event(event), key: At::Named("multiply") };
    let reading = plain::reading(&scenario, address).unwrap();
    let all = reading.solve(1.0, [0.0, 1e6]).unwrap();
    assert!(all < 1e3 && (reading.at(all) - 1.0).abs() < 1e-6, "{all}");
    let none = reading.solve(0.0, [0.0, 1e6]).unwrap();
    assert!(none.abs() < 1e-6, "{none}");
}
