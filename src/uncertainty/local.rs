//! Which numbers move the answer most: each moved alone, by a step that people may well be wrong by.
//!
//! It asks for no ranges. What ranges say is in [`super::indices`] and [`super::flip`]; this is the quick look that picks the numbers worth
//! showing first (one-at-a-time local sensitivity, Saltelli et al., *Global Sensitivity Analysis*, 2008, chapter 1.2).

use super::outcome::{Output, Policies};
use crate::model::Scenario;
use crate::model::address::{self, Address};
use crate::simulation::traffic::Traffic;

/// By this factor a positive number is moved, and the odds of a share, either way.
const FACTOR: f64 = 1.25;
/// Part of the range worth dragging over that any other number is moved by, either way: half a logit for what a model can do.
const STEP: f64 = 0.05;

/// A number that may be moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Movable {
    /// Where it stands.
    pub address: Address,
    /// Range worth dragging over.
    pub range: [f64; 2],
}

impl Movable {
    /// The two values that it is moved to; `None` where the scenario does not have it.
    pub fn ends(&self, scenario: &Scenario) -> Option<[f64; 2]> {
        let now = address::get(scenario, self.address)?;
        let number = address::range(scenario, self.address)?;
        // What the scenario says of its own is better than any rule.
        let path = address::path(scenario, self.address);
        let told = scenario.ranges.iter().find(|range| range.key == path).and_then(|range| range.low.zip(range.high));
        let odds = |factor: f64| factor * now / (1.0 - now + factor * now);
        let step = STEP * (self.range[1] - self.range[0]);
        let (low, high) = match told {
            Some(ends) => ends,
            // From the very end of a share there is one way only.
            None if number.unit.is_empty() && number.max <= 1.0 && now >= 1.0 => (1.0 - STEP, 1.0),
            None if number.unit.is_empty() && number.max <= 1.0 && now > 0.0 => (odds(1.0 / FACTOR), odds(FACTOR)),
            None if number.min >= 0.0 && now > 0.0 => (now / FACTOR, now * FACTOR),
            None => (now - step, now + step),
        };
        Some([number.nearest(low), number.nearest(high)])
    }

    /// How far moving it moves the total cost of a policy against the baseline's in production, as a share; `policy` is a place among those
    /// that can be told. NaN where that is not defined.
    pub fn effect(&self, policies: &Policies, policy: usize, scenario: &Scenario, traffic: &Traffic) -> f64 {
        let place = policies.place(true, policy, Output::TotalChange);
        let at = |value: f64| {
            let mut moved = scenario.clone();
            address::set(&mut moved, self.address, value);
            policies.answer(&moved, traffic).ok().and_then(|answer| answer.get(place).copied()).unwrap_or(f64::NAN)
        };
        self.ends(scenario).map_or(f64::NAN, |[low, high]| (at(high) - at(low)).abs())
    }
}

/// The numbers with the largest effects, the largest first, at most this many; what moves nothing is not among them.
pub fn strongest(effects: &[(Address, f64)], most: usize) -> Vec<Address> {
    /// Less is rounding.
    const LEAST: f64 = 1e-6;
    let mut moving: Vec<&(Address, f64)> = effects.iter().filter(|(_, effect)| *effect > LEAST).collect();
    moving.sort_by(|a, b| b.1.total_cmp(&a.1));
    moving.iter().take(most).map(|(address, _)| *address).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::address::{Key, Target};

    #[test]
    fn numbers_are_moved_as_far_as_their_kind_says() {
        let mut scenario = Scenario::default();
        scenario.economics.ticket.failed = 0.2;
        scenario.economics.ticket.usd = 12.0;
        scenario.tiers.push(crate::model::Tier { ability: -0.3, ..crate::model::Tier::default() });
        let ends = |target, key, range| {
            Movable { address: Address { target, key: Key::Named(key) }, range }.ends(&scenario).unwrap_or_default()
        };
        // Odds of 1 to 4 become 1 to 5, and 5 to 16.
        let [low, high] = ends(Target::Economics, "ticket.failed", [0.0, 1.0]);
        assert!((low - 1.0 / 6.0).abs() < 1e-12 && (high - 5.0 / 21.0).abs() < 1e-12, "{low} {high}");
        assert_eq!(ends(Target::Economics, "ticket.usd", [0.0, 50.0]), [9.6, 15.0]);
        let [low, high] = ends(Target::Tier(0), "ability", [-4.0, 6.0]);
        assert!((low + 0.8).abs() < 1e-12 && (high - 0.2).abs() < 1e-12, "{low} {high}");
    }

    #[test]
    fn what_moves_nothing_is_no_essential() {
        let at = |i| Address { target: Target::Tier(i), key: Key::Named("ability") };
        let effects = [(at(0), 0.1), (at(1), f64::NAN), (at(2), 0.0), (at(3), 0.4), (at(4), 0.2)];
        assert_eq!(strongest(&effects, 2), [at(3), at(4)]);
        assert_eq!(strongest(&effects, 9), [at(3), at(4), at(0)]);
    }
}
