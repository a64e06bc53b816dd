//! The ranges of a scenario, ready to draw from.

use super::joint::{Copula, Impossible};
use super::marginal::Marginal;
use super::sample;
use crate::model::Scenario;
use crate::model::address::{self, Address};

/// A number with a range.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Its key path, as the range gives it.
    pub key: String,
    /// Where it stands.
    pub address: Address,
    /// Its distribution.
    pub marginal: Marginal,
    /// Where the range comes from.
    pub source: String,
    /// Its value in the scenario.
    pub now: f64,
}

/// All numbers with ranges, and how they hang together.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// In the order of the scenario.
    pub inputs: Vec<Input>,
    /// How they hang together.
    pub copula: Copula,
    /// Groups of more than one that are looked at together, by their places: those of one source, and those that are correlated.
    pub groups: Vec<Vec<usize>>,
}

/// What is wrong with a range or a correlation.
#[derive(Clone, Debug, PartialEq)]
pub struct Wrong {
    /// `range` or `correlation`.
    pub section: &'static str,
    /// The place in its list.
    pub index: usize,
    /// The key of the entry.
    pub key: &'static str,
    /// What is found, and what is allowed.
    pub message: String,
    /// A word that is not known, and what could stand in its place.
    pub unknown: Option<(String, Vec<String>)>,
}

impl Inputs {
    /// Of a scenario; none where it has no ranges.
    ///
    /// # Errors
    /// Everything that is wrong with its ranges and correlations.
    pub fn of(scenario: &Scenario) -> Result<Self, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let mut inputs: Vec<Option<Input>> = Vec::new();
        for (index, range) in scenario.ranges.iter().enumerate() {
            let mut complain =
                |key, message, unknown| wrong.push(Wrong { section: "range", index, key, message, unknown });
            let address = match address::find(scenario, &range.key) {
                Ok(address) => address,
                Err(unfound) => {
                    complain("key", unfound.message, Some((unfound.word, unfound.known)));
                    inputs.push(None);
                    continue;
                }
            };
            if inputs.iter().flatten().any(|earlier| earlier.address == address) {
                complain("key", "there is a range of this number already".to_owned(), None);
            }
            let (limits, now) = (address::range(scenario, address), address::get(scenario, address));
            let fitted = limits.zip(now).map(|(limits, now)| (Marginal::fit(range, limits, now), now));
            inputs.push(match fitted {
                Some((Ok(marginal), now)) => {
                    Some(Input { key: range.key.clone(), address, marginal, source: range.source.clone(), now })
                }
                Some((Err((key, message)), _)) => {
                    complain(key, message, None);
                    None
                }
                None => None,
            });
        }
        let copula = copula(scenario, &mut wrong);
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let inputs: Vec<Input> = inputs.into_iter().flatten().collect();
        Ok(Self { groups: groups(scenario, &inputs), copula: copula.unwrap_or_else(Copula::none), inputs })
    }

    /// Values of a point of the unit cube.
    pub fn values(&self, uniform: &[f64]) -> Vec<f64> {
        let joined = self.joined(uniform);
        self.inputs.iter().zip(joined).map(|(input, u)| input.marginal.quantile(u)).collect()
    }

    /// A point of the unit cube with the copula put in.
    pub fn joined(&self, uniform: &[f64]) -> Vec<f64> {
        let mut joined = uniform.to_vec();
        self.copula.join(&mut joined);
        joined
    }

    /// A point of the ranges, as coordinates of the unit cube: the first half of the dimensions, or the second for a second, independent one.
    pub fn uniform(&self, seed: u64, point: usize, second: bool) -> Vec<f64> {
        let count = self.inputs.len();
        let first = if second { count } else { 0 };
        sample::point(seed, point, first..first + count)
    }

    /// The middle of every range.
    pub fn middles(&self) -> Vec<f64> {
        self.inputs.iter().map(|input| input.marginal.middle()).collect()
    }

    /// The scenario at these values.
    pub fn at(&self, scenario: &Scenario, values: &[f64]) -> Scenario {
        let mut at = scenario.clone();
        for (input, value) in self.inputs.iter().zip(values) {
            address::set(&mut at, input.address, *value);
        }
        at
    }
}

fn copula(scenario: &Scenario, wrong: &mut Vec<Wrong>) -> Option<Copula> {
    let place = |key: &str| {
        let wanted = address::find(scenario, key).ok()?;
        scenario.ranges.iter().position(|range| address::find(scenario, &range.key).is_ok_and(|found| found == wanted))
    };
    let keys: Vec<String> = scenario.ranges.iter().map(|range| range.key.clone()).collect();
    let mut pairs: Vec<(usize, usize, f64)> = Vec::new();
    let mut at = Vec::new();
    for (index, correlation) in scenario.correlations.iter().enumerate() {
        let mut complain = |message, unknown| {
            wrong.push(Wrong { section: "correlation", index, key: "keys", message, unknown });
        };
        let [first, second] = correlation.keys.as_slice() else {
            complain(format!("found {} keys, allowed: the keys of two ranges", correlation.keys.len()), None);
            continue;
        };
        let found = [first, second].map(|key| (key, place(key)));
        for (key, place) in &found {
            if place.is_none() {
                complain(format!("no [[range]] is about \"{key}\""), Some(((*key).clone(), keys.clone())));
            }
        }
        let [(_, Some(i)), (_, Some(j))] = found else { continue };
        if i == j {
            complain("both keys are the same number".to_owned(), None);
        } else if pairs.iter().any(|(a, b, _)| (*a, *b) == (i, j) || (*a, *b) == (j, i)) {
            complain("there is a correlation of these two already".to_owned(), None);
        } else {
            pairs.push((i, j, correlation.rank));
            at.push(index);
        }
    }
    match Copula::new(scenario.ranges.len(), &pairs) {
        Ok(copula) => Some(copula),
        Err(Impossible { pair, nearest }) => {
            let index = at.get(pair).copied().unwrap_or(0);
            let nearest = nearest.map_or_else(
                || "leave it out, or lower the others".to_owned(),
                |rank| format!("the nearest that fits is {rank}"),
            );
            let message = format!(
                "with the other correlations this one cannot be (the matrix is not positive definite); {nearest}"
            );
            wrong.push(Wrong { section: "correlation", index, key: "rank", message, unknown: None });
            None
        }
    }
}

/// Groups of more than one: those of one source, and those that are correlated.
fn groups(scenario: &Scenario, inputs: &[Input]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (index, input) in inputs.iter().enumerate() {
        let same = |other: &Input| !input.source.trim().is_empty() && other.source == input.source;
        if inputs.iter().position(same) == Some(index) {
            groups.push((0..inputs.len()).filter(|i| inputs.get(*i).is_some_and(same)).collect());
        }
    }
    let place = |key: &String| {
        let address = address::find(scenario, key).ok()?;
        inputs.iter().position(|input| input.address == address)
    };
    for correlation in &scenario.correlations {
        let ends: Vec<usize> = correlation.keys.iter().filter_map(place).collect();
        groups.push(ends);
    }
    let mut found: Vec<Vec<usize>> = Vec::new();
    for mut group in groups {
        group.sort_unstable();
        group.dedup();
        if group.len() > 1 && group.len() < inputs.len() && !found.contains(&group) {
            found.push(group);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Correlation, Range, Tier};

    fn scenario() -> Scenario {
        let tier = |name: &str| Tier { name: name.to_owned(), ..Tier::default() };
        let range = |key: &str| Range { key: key.to_owned(), low: Some(1.0), high: Some(2.0), ..Range::default() };
        Scenario {
            tiers: vec![tier("Small"), tier("Large one")],
            ranges: vec![range("tier.Small.ability"), range("tier.Large one.ability"), range("economics.churn.usd")],
            ..Scenario::default()
        }
    }

    /// Spearman's rank correlation.
    fn spearman(a: &[f64], b: &[f64]) -> f64 {
        let ranks = |x: &[f64]| {
            let mut order: Vec<usize> = (0..x.len()).collect();
            order.sort_by(|i, j| x[*i].total_cmp(&x[*j]));
            let mut ranks = vec![0.0; x.len()];
            for (rank, index) in order.into_iter().enumerate() {
                ranks[index] = rank as f64;
            }
            ranks
        };
        let (a, b, n) = (ranks(a), ranks(b), a.len() as f64);
        let squares: f64 = a.iter().zip(&b).map(|(x, y)| (x - y).powi(2)).sum();
        1.0 - 6.0 * squares / (n * (n * n - 1.0))
    }

    #[test]
    fn ranks_are_correlated_as_asked_for() {
        let mut scenario = scenario();
        let keys = |a: &str, b: &str| vec![a.to_owned(), b.to_owned()];
        scenario.correlations = vec![
            Correlation { keys: keys("tier.Small.ability", "tier.\"Large one\".ability"), rank: 0.6 },
            Correlation { keys: keys("economics.churn.usd", "tier.1.ability"), rank: -0.3 },
        ];
        let found = Inputs::of(&scenario);
        assert!(found.is_ok(), "{:?}", found.err());
        let Ok(inputs) = found else { return };
        assert_eq!(inputs.groups, [vec![0, 1], vec![1, 2]]);
        let values: Vec<Vec<f64>> = (0..1 << 14).map(|i| inputs.values(&inputs.uniform(3, i, false))).collect();
        let of = |i: usize| values.iter().map(|point| point[i]).collect::<Vec<f64>>();
        for (i, j, rank) in [(0, 1, 0.6), (1, 2, -0.3), (0, 2, 0.0)] {
            let found = spearman(&of(i), &of(j));
            // The third pair is what the other two make of it, and here that is none asked for.
            assert!((found - rank).abs() < 0.02, "{i} {j}: {found}");
        }
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let mut scenario = scenario();
        if let [first, second, third] = scenario.ranges.as_mut_slice() {
            first.key = "tier.Smal.ability".to_owned();
            second.key = "economics.churn.usd".to_owned();
            third.high = Some(0.5);
        }
        let keys = vec!["tier.Small.ability".to_owned(), "economics.churn.usd".to_owned()];
        scenario.correlations = vec![Correlation { keys, rank: 0.5 }, Correlation::default()];
        let wrong = Inputs::of(&scenario).map(|_| ()).err().unwrap_or_default();
        let found: Vec<_> = wrong.iter().map(|w| (w.section, w.index, w.key)).collect();
        let wanted = [
            ("range", 0, "key"),
            ("range", 2, "key"),
            ("range", 2, "low"),
            ("correlation", 0, "keys"),
            ("correlation", 1, "keys"),
        ];
        assert_eq!(found, wanted);
        assert_eq!(wrong[0].unknown.as_ref().map(|u| u.0.as_str()), Some("Smal"));
    }
}
