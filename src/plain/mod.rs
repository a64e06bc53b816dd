//! Plain faces: a number of the model by a figure that people know, and back.
//!
//! "Ability 0.70 logits" says little; "answers 81 % well" is what an eval says. Which figure stands for a key is in the key's own line
//! ([`Face`]); here is how the figure follows from the number, with the rest of the scenario as it is, at launch. Every figure rises or falls
//! with its number all the way, so that it can be solved for the number.

mod event;
mod well;

use crate::calibrate::rounded;
use crate::entry::{self, Face, Shown};
use crate::model::address::{self, Address, Key, Target};
use crate::model::{Normal, Scenario, Segment, Tier};
use crate::simulation::normal;
use well::{Kind, Model};

/// Most steps in which a number is looked for; every third one halves what is left.
const MOST_STEPS: usize = 150;
/// A figure is met within this part of what it can be.
const CLOSE: f64 = 1e-10;
/// A number is known when it is between two that differ by this part of them.
const NARROW: f64 = 1e-12;
/// How often a day as bad as the one that is shown comes.
const BAD_DAY: f64 = 0.05;

/// A number of the scenario as a figure that people know.
pub struct Reading<'s> {
    /// Name of the figure within the card of the number.
    pub label: String,
    /// What it is, in a sentence.
    pub help: String,
    /// Unit; empty: a share, shown in per cent.
    pub unit: &'static str,
    of: Box<dyn Fn(f64) -> f64 + 's>,
}

impl<'s> Reading<'s> {
    fn share(label: impl Into<String>, help: impl Into<String>, of: impl Fn(f64) -> f64 + 's) -> Self {
        Self { label: label.into(), help: help.into(), unit: "", of: Box::new(of) }
    }

    fn amount(
        label: impl Into<String>,
        unit: &'static str,
        help: impl Into<String>,
        of: impl Fn(f64) -> f64 + 's,
    ) -> Self {
        Self { unit, ..Self::share(label, help, of) }
    }

    /// The figure at a number.
    pub fn at(&self, number: f64) -> f64 {
        (self.of)(number)
    }

    /// Least and greatest value of the figure while the number is within these ends.
    pub fn reach(&self, ends: [f64; 2]) -> [f64; 2] {
        let [a, b] = ends.map(|end| self.at(end));
        [a.min(b), a.max(b)]
    }

    /// The number within the ends at which the figure has a value.
    ///
    /// # Errors
    /// What can be reached, where the value cannot.
    pub fn solve(&self, wanted: f64, ends: [f64; 2]) -> Result<f64, [f64; 2]> {
        /// The figure is shown with fewer digits: its own end, typed as it is shown, is in reach.
        const SLACK: f64 = 5e-4;
        const MOST_SLACK: f64 = 0.05;
        let reach = self.reach(ends);
        let slack = (SLACK * (reach[1] - reach[0]).abs()).min(MOST_SLACK);
        if !wanted.is_finite() || wanted < reach[0] - slack || wanted > reach[1] + slack {
            return Err(reach);
        }
        let rises = self.at(ends[1]) > self.at(ends[0]);
        let miss = |number: f64| if rises { self.at(number) - wanted } else { wanted - self.at(number) };
        let ([mut low, mut high], [mut below, mut above]) = (ends, ends.map(miss));
        for step in 0..MOST_STEPS {
            if below >= 0.0 || above <= 0.0 || high - low <= NARROW * low.abs().max(high.abs()) {
                break;
            }
            // The secant is quick, and halving keeps what is flat from stopping it.
            let secant = low - below * (high - low) / (above - below);
            let at = if step % 3 < 2 && secant > low && secant < high { secant } else { f64::midpoint(low, high) };
            let missed = miss(at);
            if missed.abs() <= CLOSE * (reach[1] - reach[0]) {
                return Ok(rounded(at).clamp(ends[0], ends[1]));
            }
            if missed < 0.0 {
                (low, below) = (at, missed);
            } else {
                (high, above) = (at, missed);
            }
        }
        // Out of reach by less than is shown: the end itself.
        if below >= 0.0 {
            return Ok(self.edge(ends[1], ends[0]));
        }
        if above <= 0.0 {
            return Ok(self.edge(ends[0], ends[1]));
        }
        Ok(rounded(f64::midpoint(low, high)).clamp(ends[0], ends[1]))
    }
}

impl Reading<'_> {
    /// The number nearest to `from` at which the figure is what it is at `to`: where it stays the same up to the end, the end says nothing.
    fn edge(&self, from: f64, to: f64) -> f64 {
        let (start, end) = (self.at(from), self.at(to));
        let (mut out, mut on) = (from, to);
        for _ in 0..MOST_STEPS {
            let middle = f64::midpoint(out, on);
            if (self.at(middle) - end).abs() <= CLOSE * (end - start).abs() {
                on = middle;
            } else {
                out = middle;
            }
        }
        let (low, high) = (from.min(to), from.max(to));
        rounded(on).clamp(low, high)
    }
}

/// The words of a figure that somebody may look for.
pub fn words(shown: Shown) -> &'static str {
    match shown {
        Shown::PerCent(name, _) => name,
        Shown::AnswersWell => "answers well",
        Shown::BelowTheLimit => "sure of what it can do",
        Shown::Pairs => "knows its bad answers",
        Shown::HiddenPairs => "knows its bad answers, harder than they look",
        Shown::Tokens => "tokens of an answer",
        Shown::UsualWell => "usual ones answered well",
        Shown::HardestTenth => "hardest tenth answered well",
        Shown::HiddenWell => "harder ones answered well",
        Shown::HiddenHardestTenth => "hardest tenth of the harder ones answered well",
        Shown::PartOfTraffic => "share of the traffic",
        Shown::FailureUsd => "a bad answer costs",
        Shown::BadDay => "bad day answers well",
        Shown::ToldApart => "the router tells apart",
        Shown::Afterwards => "then",
    }
}

/// Other words under which somebody may look for a figure.
pub fn looked_for(shown: Shown) -> &'static str {
    match shown {
        Shown::AnswersWell | Shown::UsualWell | Shown::HardestTenth | Shown::HiddenWell | Shown::HiddenHardestTenth => {
            "good answers quality eval"
        }
        Shown::Afterwards => "then harder than they look share of the traffic answers well change",
        Shown::Tokens => "length of answers",
        _ => "",
    }
}

/// The face of a number.
pub fn face(scenario: &Scenario, address: Address) -> Option<Face> {
    Some(entry::find(address::entry_of(scenario, address.target)?, address.key.name())?.face)
}

/// A number as a figure that people know; `None` where it is read as it stands, or where the scenario leaves the figure undefined.
pub fn reading(scenario: &Scenario, address: Address) -> Option<Reading<'_>> {
    let Face::Figure(shown) = face(scenario, address)? else { return None };
    let reading = match (address.target, address.key) {
        _ if let Shown::PerCent(label, unit) = shown => Reading::amount(label, unit, "", |x| 100.0 * x),
        (Target::Tier(i), key) => of_tier(scenario, scenario.tiers.get(i)?, key, shown)?,
        (Target::Segment(i), _) => of_segment(scenario, i, shown)?,
        (Target::Event(i), _) => event::reading(scenario, scenario.events.get(i)?)?,
        (Target::Traffic, Key::At(_, day)) => of_day(scenario, day)?,
        (Target::Traffic, _) => bad_day(scenario)?,
        (Target::Policy(_), _) => router(scenario)?,
        _ => return None,
    };
    // A figure that stays where it is cannot be solved for the number.
    let number = address::range(scenario, address)?;
    let [low, high] = reading.reach([number.min, number.max]);
    (low.is_finite() && high.is_finite() && high > low).then_some(reading)
}

/// The tier of the baseline, or else the best: the model that people know best.
fn reference(scenario: &Scenario) -> Option<&Tier> {
    scenario.baseline_tier().and_then(|tier| scenario.tiers.get(tier)).or(scenario.tiers.last())
}

fn of_tier<'s>(scenario: &'s Scenario, tier: &'s Tier, key: Key, shown: Shown) -> Option<Reading<'s>> {
    let model = Model::new(tier);
    Some(match (shown, key) {
        (Shown::AnswersWell, Key::At(_, i)) => {
            let segment = scenario.segments.get(i)?;
            let skill = tier.skill.get(&segment.name).copied().unwrap_or(0.0);
            Reading::share(
                format!("Answers well: {}", segment.name),
                format!(
                    "Share of the requests of \"{}\" that \"{}\" answers well, at launch.",
                    segment.name, tier.name
                ),
                move |x| well::of_segment(scenario, model.moved(x - skill), segment, 0.0),
            )
        }
        (Shown::AnswersWell, _) => {
            if scenario.segments.is_empty() {
                return None;
            }
            Reading::share(
                "Answers well",
                format!(
                    "Share of all requests that \"{}\" would answer well, at launch: what an eval on your own traffic says.",
                    tier.name
                ),
                move |x| {
                    let moved = model.moved(x - tier.ability);
                    well::of_segments(scenario, moved, scenario.segments.iter(), 0.0)
                },
            )
        }
        (Shown::BelowTheLimit, _) => Reading::share(
            "Sure of what it can do",
            "A request at the limit of the model succeeds about half of the time. This is how often one that is a step easier does: near 50 % \
             the model is good for a surprise anywhere, near 100 % it can do a thing or it cannot. A step is about a generation of models.",
            |slope| {
                let logistic = 1.0 / (1.0 + (-slope).exp());
                tier.lower + (tier.upper - tier.lower) * logistic
            },
        ),
        (Shown::Pairs | Shown::HiddenPairs, _) => {
            let which = if shown == Shown::HiddenPairs { ", harder than they look" } else { "" };
            Reading::amount(
                format!("Knows its bad answers{which}"),
                "of 100 pairs",
                "Of 100 pairs of a good and a bad answer, in how many the model is surer of the good one. 50 is a coin, 100 is always.",
                |auroc| 100.0 * auroc,
            )
        }
        (Shown::Tokens, _) => {
            let mean = well::weighted(scenario.segments.iter().map(|s| (s.share, s.tokens.output)));
            let mean = if scenario.segments.is_empty() { scenario.replay.as_ref()?.output_tokens } else { mean };
            Reading::amount(
                "Tokens of an answer",
                "tokens",
                "Mean length of an answer of this model, its reasoning included.",
                move |verbosity| verbosity * mean,
            )
        }
        _ => return None,
    })
}

fn of_segment(scenario: &Scenario, index: usize, shown: Shown) -> Option<Reading<'_>> {
    let segment = scenario.segments.get(index)?;
    if let Some(reading) = of_number(scenario, index, shown) {
        return Some(reading);
    }
    let tier = reference(scenario)?;
    let model = Model::new(tier);
    let ability = model.ability(segment);
    let name = &tier.name;
    let usual = move |mean, sd| {
        let own = Segment { difficulty: Normal { mean, sd }, ..Segment::default() };
        well::difficulty(scenario, &own, Kind::Usual, 0.0)
    };
    let (difficulty, hidden) = (segment.difficulty, segment.hidden);
    Some(match shown {
        Shown::UsualWell => Reading::share(
            format!("Usual ones {name} answers well"),
            format!("Share of the requests that are as hard as they look which \"{name}\" answers well, at launch."),
            move |mean| model.share(ability, usual(mean, difficulty.sd)),
        ),
        Shown::HardestTenth => Reading::share(
            format!("Hardest tenth {name} answers well"),
            format!(
                "Share of the hardest tenth of the usual requests which \"{name}\" answers well: the more requests differ, the lower."
            ),
            move |sd| model.hardest_tenth(ability, usual(difficulty.mean, sd)),
        ),
        Shown::HiddenWell => Reading::share(
            format!("Harder ones {name} answers well"),
            format!("Share of the requests that are harder than they look which \"{name}\" answers well, at launch."),
            move |mean| model.share(ability, usual(mean, hidden.sd)),
        ),
        Shown::HiddenHardestTenth => Reading::share(
            format!("Hardest tenth of those {name} answers well"),
            format!(
                "Share of the hardest tenth of the requests that are harder than they look which \"{name}\" answers well."
            ),
            move |sd| model.hardest_tenth(ability, usual(hidden.mean, sd)),
        ),
        _ => return None,
    })
}

/// What follows from weights and prices alone.
fn of_number(scenario: &Scenario, index: usize, shown: Shown) -> Option<Reading<'_>> {
    Some(match shown {
        Shown::PartOfTraffic => {
            let others: f64 =
                scenario.segments.iter().enumerate().filter(|(i, _)| *i != index).map(|(_, s)| s.share).sum();
            if others <= 0.0 {
                return None;
            }
            Reading::share(
                "Share of the traffic",
                "Part of all requests that is of this kind; the other kinds keep their proportions.",
                move |weight| weight / (weight + others),
            )
        }
        Shown::FailureUsd => {
            let usd = scenario.economics.failure_usd();
            if usd <= 0.0 {
                return None;
            }
            Reading::amount(
                "A bad answer costs",
                "USD",
                "What a bad answer costs more than a good one, on average: tickets, lost customers and incidents.",
                move |stakes| stakes * usd,
            )
        }
        _ => return None,
    })
}

fn of_day(scenario: &Scenario, day: usize) -> Option<Reading<'_>> {
    let weights = &scenario.traffic.weekday;
    let others: f64 = weights.iter().enumerate().filter(|(i, _)| *i != day).map(|(_, weight)| weight).sum();
    (others > 0.0).then(|| {
        Reading::share(
            "",
            "Part of a week's requests that come on this day; the other days keep their proportions.",
            move |weight| weight / (weight + others),
        )
    })
}

fn bad_day(scenario: &Scenario) -> Option<Reading<'_>> {
    let tier = reference(scenario)?;
    if scenario.segments.is_empty() {
        return None;
    }
    let model = Model::new(tier);
    Some(Reading::share(
        format!("{} on a bad day answers well", tier.name),
        format!(
            "Requests are harder on some days than on others. On one day in {:.0}, \"{}\" answers at most this share of them well.",
            1.0 / BAD_DAY,
            tier.name
        ),
        move |sd| well::on_a_day(scenario, model, -normal::quantile(BAD_DAY) * sd),
    ))
}

fn router(scenario: &Scenario) -> Option<Reading<'_>> {
    if scenario.segments.is_empty() {
        return None;
    }
    Some(Reading::amount(
        "The router tells apart",
        "of 100 pairs",
        "Of 100 pairs of requests drawn from the traffic, in how many the router puts the one that looks harder higher. 50 is a coin, 100 is always. \
         What only seems easy it cannot know.",
        move |noise| 100.0 * well::told_apart(scenario, noise),
    ))
}
