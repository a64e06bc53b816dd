//! What is to be done: which figures are wanted, and which numbers may be moved for each of them.

use super::defaults;
use super::fit::Target;
use super::scale::Scale;
use crate::entry;
use crate::frontier::figures::{Asked, Whose};
use crate::model::address::{self, Address, Key};
use crate::model::{Figure, Known, Scenario, When};
use crate::policy;
use crate::simulation::world::World;

/// A hundredth of what is wanted is a miss of one.
const MEASURE: f64 = 0.01;
/// What a miss of one is at least, for figures that should be nothing.
const LEAST_MEASURE: f64 = 1e-4;

/// A figure that is wanted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wish {
    /// What is evaluated; `None` where nobody can, and `note` says why.
    pub asked: Option<Asked>,
    /// What it should be.
    pub target: Target,
    /// Numbers that may be moved for it, by their places in the plan.
    pub free: Vec<usize>,
    /// What stands in its way from the first.
    pub note: Option<String>,
}

/// A number that may be moved.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Free {
    /// Where it stands.
    pub address: Address,
    /// How it is moved.
    pub scale: Scale,
    /// Where it starts.
    pub start: f64,
}

/// Which figures of a scenario are wanted, and what may be moved for them.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The scenario without what no figure depends on, as it is evaluated.
    pub(super) base: Scenario,
    pub(super) wishes: Vec<Wish>,
    pub(super) free: Vec<Free>,
}

impl Plan {
    /// Looks through the known figures of a world's scenario.
    ///
    /// # Errors
    /// When it has none.
    pub fn new(world: &World) -> Result<Self, String> {
        let scenario = &world.scenario;
        if scenario.known.is_empty() {
            return Err("the scenario has no known figures: say in [[known]] what somebody has seen".to_owned());
        }
        let mut base = scenario.clone();
        (base.monitors, base.expectations, base.known) = (Vec::new(), Vec::new(), Vec::new());
        let mut plan = Self { base, wishes: Vec::new(), free: Vec::new() };
        for known in &scenario.known {
            let wish = plan.wish(world, known);
            plan.wishes.push(wish);
        }
        plan.keep_order(scenario);
        Ok(plan)
    }

    /// How many figures are wanted.
    pub fn figures(&self) -> usize {
        self.wishes.len()
    }

    /// How many numbers may be moved.
    pub fn numbers(&self) -> usize {
        self.free.len()
    }

    fn wish(&mut self, world: &World, known: &Known) -> Wish {
        let scenario = &world.scenario;
        let (low, high) = known.wanted().unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
        let size = if low.is_finite() { low.abs().max(high.abs()) } else { 1.0 };
        let target = Target { low, high, measure: (MEASURE * size).max(LEAST_MEASURE) };
        let asked = match asked(world, known) {
            Ok(asked) => asked,
            Err(note) => return Wish { asked: None, target, free: Vec::new(), note: Some(note) },
        };
        let addresses: Vec<Address> = if known.free.is_empty() {
            defaults::free(scenario, &asked)
        } else {
            known.free.iter().filter_map(|path| address::find(scenario, path).ok()).collect()
        };
        let mut free: Vec<usize> =
            addresses.into_iter().filter_map(|address| self.place_of(scenario, address)).collect();
        free.sort_unstable();
        free.dedup();
        let note = free.is_empty().then(|| {
            let figure = known.figure.told();
            format!("nothing is usually moved for the {figure} here: name numbers in `free`")
        });
        Wish { asked: Some(asked), target, free, note }
    }

    /// The place of a number in the plan, where it is put if it is new.
    fn place_of(&mut self, scenario: &Scenario, address: Address) -> Option<usize> {
        if let Some(place) = self.free.iter().position(|free| free.address == address) {
            return Some(place);
        }
        let number = address::range(scenario, address).filter(|number| !number.whole)?;
        let start = address::get(scenario, address)?;
        let key = address::entry_of(scenario, address.target)
            .and_then(|entry| entry::find(entry, address.key.name()))
            .filter(|_| matches!(address.key, Key::Named(_)));
        self.free.push(Free { address, scale: Scale::new(number, key, start), start });
        Some(self.free.len() - 1)
    }

    /// The least success of a tier stays below its greatest, whichever of them is moved.
    fn keep_order(&mut self, scenario: &Scenario) {
        let is_free = |address: Address, all: &[Free]| all.iter().any(|free| free.address == address);
        let all = self.free.clone();
        for free in &mut self.free {
            let other = |name| Address { target: free.address.target, key: Key::Named(name) };
            let between = |other: f64, is_free: bool| if is_free { 0.5 * (other + free.start) } else { other };
            let (name, opposite) = match free.address.key {
                Key::Named("lower") => ("lower", other("upper")),
                Key::Named("upper") => ("upper", other("lower")),
                _ => continue,
            };
            let Some(limit) = address::get(scenario, opposite) else { continue };
            let limit = between(limit, is_free(opposite, &all));
            free.scale = if name == "lower" { free.scale.within(0.0, limit) } else { free.scale.within(limit, 1.0) };
        }
    }

    /// The same with figures measured by what they are, too: one that is far from what is wanted would drown the others.
    pub(super) fn measured(&self, before: &[Option<f64>]) -> Self {
        let mut plan = self.clone();
        for (wish, before) in plan.wishes.iter_mut().zip(before) {
            wish.target.measure = wish.target.measure.max(MEASURE * before.unwrap_or(0.0).abs());
        }
        plan
    }

    /// Where the numbers start.
    pub(super) fn start(&self) -> Vec<f64> {
        self.free.iter().map(|free| free.scale.place(free.start)).collect()
    }

    /// First and last place of each number.
    pub(super) fn ends(&self) -> Vec<[f64; 2]> {
        self.free.iter().map(|free| free.scale.ends()).collect()
    }

    /// The numbers at their places.
    pub(super) fn values(&self, places: &[f64]) -> Vec<f64> {
        self.free.iter().zip(places).map(|(free, place)| free.scale.value(*place)).collect()
    }

    /// What is set in a scenario so that its numbers have these values. Numbers of one list move each other, so they are set together; what has
    /// not moved is left alone.
    pub(super) fn moves(&self, values: &[f64]) -> Vec<(Address, f64)> {
        let list = |address: Address| (address.target, address.key.name());
        let moved: Vec<_> = self
            .free
            .iter()
            .zip(values)
            .filter(|(free, value)| free.start != **value)
            .map(|(free, _)| list(free.address))
            .collect();
        let is_set = |free: &Free| moved.contains(&list(free.address));
        self.free.iter().zip(values).filter(|(free, _)| is_set(free)).map(|(free, x)| (free.address, *x)).collect()
    }

    /// The scenario to evaluate with the numbers at these values.
    pub(super) fn scenario(&self, values: &[f64]) -> Scenario {
        let mut scenario = self.base.clone();
        for (address, value) in self.moves(values) {
            address::set(&mut scenario, address, value);
        }
        scenario
    }
}

/// What is evaluated for a known figure, or why nobody can.
fn asked(world: &World, known: &Known) -> Result<Asked, String> {
    let scenario = &world.scenario;
    let unknown = |what: &str, name: &str| format!("no {what} is named \"{name}\"");
    let whose = match (&known.policy, &known.tier) {
        (Some(name), _) => Whose::Policy(scenario.policy_index(name).ok_or_else(|| unknown("policy", name))?),
        (None, Some(name)) => Whose::Tier(scenario.tier_index(name).ok_or_else(|| unknown("tier", name))?),
        (None, None) => return Err("it says neither a policy nor a tier".to_owned()),
    };
    let segment = match &known.segment {
        Some(name) => Some(scenario.segment_index(name).ok_or_else(|| unknown("segment", name))?),
        None => None,
    };
    let replayed = world.traffic.is_replayed();
    if let Whose::Policy(index) = whose
        && let Some(definition) = scenario.policies.get(index)
        && policy::is_stateful(definition)
        && !replayed
    {
        let kind = entry::spoken(definition.kind.word());
        return Err(format!(
            "a {kind} learns or keeps count, so that only a simulation can tell its figures, and none is precise enough to calibrate by"
        ));
    }
    if replayed && known.figure == Figure::LatencyP95Ms {
        return Err("a table of requests does not tell percentiles of latency".to_owned());
    }
    Ok(Asked { figure: known.figure, whose, segment, production: known.when == When::Production })
}
