//! What monitors observe: each source keeps the few probabilities that its observations depend on, and draws whole runs of
//! observations from them, day effects given.

pub(super) mod compare;
pub mod delay;
pub mod dice;
pub(super) mod drift;
pub(super) mod labels;
pub(super) mod suite;
pub(super) mod tail;
pub(crate) mod telemetry;

use std::fmt::Debug;
use std::ops::Range;

use thiserror::Error;

use self::dice::Dice;
use super::channel::{Channel, QUANTITIES, Reference, level, share};
use super::course::{ArmView, Course};
use super::day_effect::Place;
use super::observation::Observation;
use crate::model::{Monitor, Strata};
use crate::simulation::exact::FINALS;
use crate::simulation::rule::{Gate, Rule};
use crate::simulation::world::World;

/// Why a monitor cannot watch the policy under study.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("monitor \"{monitor}\": {what}")]
pub struct SignalError {
    /// Monitor name.
    pub monitor: String,
    /// What is wrong, and what would do.
    pub what: String,
}

/// Which traffic a source sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arms {
    /// All of it, as the rollout mixes it.
    Mixed,
    /// The policy's and the baseline's apart.
    Apart,
    /// The policy's alone.
    RoutedAlone,
}

/// A kind of observation.
pub(super) trait Source: Send + Sync + Debug {
    fn arms(&self) -> Arms {
        Arms::Mixed
    }

    /// Whether its quantities depend on the day effect.
    fn varies_with_day_effect(&self) -> bool {
        true
    }

    /// The quantities that its observations depend on, of one arm at one day effect.
    fn cells(&self, view: &ArmView<'_>) -> Vec<f64>;

    /// Labels that are wanted on a day and that its traffic is too small for.
    fn shortfall(&self, _: &Expected<'_>) -> f64 {
        0.0
    }

    /// What draws a run of so many days.
    fn sampler(&self, days: usize) -> Box<dyn Sampler + '_>;
}

/// Draws one run, some days after the others, and keeps what comes in later.
pub(super) trait Sampler: Debug {
    /// Draws the next days. What they bring after the last of them comes with the days to come.
    fn draw(&mut self, run: &Run<'_>, days: Range<usize>, dice: &mut Dice, out: &mut Drawn);
}

/// A day of production as it is on average.
pub(super) struct Expected<'e> {
    course: &'e Course<'e>,
    channel: &'e Channel,
    day: usize,
}

impl Expected<'_> {
    /// Requests.
    fn requests(&self) -> f64 {
        self.course.requests[1].get(self.day).copied().unwrap_or(0.0)
    }

    /// Requests that the policy serves.
    fn routed(&self) -> f64 {
        self.requests() * self.course.routed_share.get(self.day).copied().unwrap_or(0.0)
    }

    /// A quantity.
    fn quantity(&self, quantity: usize) -> f64 {
        self.channel.expected(true, self.day, quantity)
    }
}

/// Labels that are wanted of a stream and cannot be made of so many requests.
fn shortfall(rate: f64, available: f64) -> f64 {
    (rate - whole(available)).max(0.0)
}

/// Requests that can be read on a day of so many on average. A sum of shares that falls short of one by rounding costs no request.
pub(crate) fn whole(available: f64) -> f64 {
    // Truncation: rounding down is not a machine instruction everywhere.
    (available + 1e-6) as i64 as f64
}

/// What a monitor observes of the policy under study.
#[derive(Debug)]
pub struct Signal {
    /// Names of its streams, one a stratum.
    pub strata: Vec<String>,
    /// Labels a day that are wanted, all strata together; 0 where nothing is labelled.
    labels_per_day: f64,
    /// Share of the traffic that it keeps on the baseline.
    pub holdback_share: f64,
    source: Box<dyn Source>,
}

/// A run to be drawn.
#[derive(Debug)]
pub struct Run<'r> {
    /// What the days are like.
    pub course: &'r Course<'r>,
    /// What the signal kept of them.
    pub channel: &'r Channel,
    /// Whether events are in force.
    pub production: bool,
    /// Each day's effect on the grid.
    pub places: &'r [Place],
    /// Whether the evidence of an observer who knew both worlds is wanted; it takes as long as all the rest.
    pub weighs_evidence: bool,
}

/// A run that was drawn.
#[derive(Clone, Debug, Default)]
pub struct Drawn {
    /// Streams.
    pub strata: usize,
    /// Days that are drawn.
    pub days: usize,
    /// Observations, `[day][stratum]`.
    pub observations: Vec<Observation>,
    /// Logarithm of the likelihood ratio between production and launch on each day, given the day effects, nats: what an observer
    /// who knew both worlds would go by. Empty where nobody weighs it.
    pub matched: Vec<f64>,
}

impl Drawn {
    fn reset(&mut self, days: usize, strata: usize, weighs_evidence: bool) {
        self.strata = strata;
        self.days = 0;
        self.observations.clear();
        self.observations.resize(days * strata, Observation::None);
        self.matched.clear();
        self.matched.resize(if weighs_evidence { days } else { 0 }, 0.0);
    }

    fn set(&mut self, day: usize, stratum: usize, observation: Observation) {
        if let Some(slot) = self.observations.get_mut(day * self.strata + stratum) {
            *slot = observation;
        }
    }

    fn add_evidence(&mut self, day: usize, nats: f64) {
        if let (Some(slot), true) = (self.matched.get_mut(day), nats.is_finite()) {
            *slot += nats;
        }
    }
}

/// A signal's run in the making.
#[derive(Debug)]
pub struct Running<'s> {
    sampler: Box<dyn Sampler + 's>,
    dice: Dice,
}

/// Days that are drawn at once where numbers are drawn quickly: those after the last one that anybody asks for are left out.
const DAYS_AT_ONCE: usize = 28;

impl Running<'_> {
    /// Draws the next days. Exact numbers come in the order of the streams, so that all days are drawn at once.
    pub fn go_on(&mut self, run: &Run<'_>, out: &mut Drawn) {
        let all = run.course.days();
        let end = if self.dice.is_quick() { (out.days + DAYS_AT_ONCE).min(all) } else { all };
        self.sampler.draw(run, out.days..end, &mut self.dice, out);
        out.days = end;
    }
}

impl Run<'_> {
    /// What launch assumptions say of a stream.
    fn reference(&self, day: usize, stream: usize) -> Reference {
        self.channel.reference(day, stream)
    }

    /// Expected requests of a day.
    fn requests(&self, day: usize) -> f64 {
        self.course.requests[usize::from(self.production)].get(day).copied().unwrap_or(0.0)
    }

    /// A quantity under launch assumptions, averaged over the day effect: what a team that knows its launch level expects.
    fn expected(&self, day: usize, quantity: usize) -> f64 {
        self.channel.expected(false, day, quantity)
    }

    /// A quantity, and the share that another one is of it, at the day's effect; where nobody weighs the evidence, of this run's world alone.
    fn share(&self, day: usize, part: usize, whole: usize) -> Share {
        self.share_in(day, part, whole, self.weighs_evidence)
    }

    /// The same, `both` of the worlds or this run's alone.
    fn share_in(&self, day: usize, part: usize, whole: usize, both: bool) -> Share {
        let Some(place) = self.places.get(day) else { return Share::default() };
        let of = |production: bool| {
            let look = self.channel.look(production, day, place);
            let whole = look.at(whole);
            (whole, share(look.at(part), whole))
        };
        let now = of(self.production);
        let other = if !both || self.channel.is_same(day) { now } else { of(!self.production) };
        let (launch, production) = if self.production { (other.1, now.1) } else { (now.1, other.1) };
        Share { whole: now.0, now: now.1, launch, production }
    }

    fn share_expected(&self, day: usize, part: usize, whole: usize) -> f64 {
        share(self.expected(day, part), self.expected(day, whole))
    }
}

/// A share as it is in a run, and as it would be in either world.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    /// What it is a share of, in this run.
    whole: f64,
    now: f64,
    launch: f64,
    production: f64,
}

impl Share {
    /// Evidence of `bad` among `n`, production against launch, nats.
    fn evidence(&self, bad: f64, n: f64) -> f64 {
        binomial_evidence(bad, n, self.production, self.launch)
    }
}

/// Splits `n` over shares that sum to `whole`, by successive binomials.
pub(crate) fn multinomial(n: f64, shares: &[f64], mut whole: f64, dice: &mut Dice, out: &mut Vec<f64>) {
    out.clear();
    let mut left = n;
    for share in shares {
        let taken = if whole > 0.0 { dice.binomial(left, (share / whole).min(1.0)) } else { 0.0 };
        out.push(taken);
        left -= taken;
        whole -= share;
    }
}

/// `ln(p/q)` of probabilities kept away from zero.
fn log_ratio(p: f64, q: f64) -> f64 {
    if p.total_cmp(&q).is_eq() {
        return 0.0;
    }
    (p.max(1e-12) / q.max(1e-12)).ln()
}

/// Adds answers to a stream's quantities: masses of failures and successes, and `(bad, any)` observations that follow from one of each.
fn add_answers(cells: &mut [f64], stream: usize, failed: (f64, (f64, f64)), good: (f64, (f64, f64))) {
    let Some(cells) = cells.get_mut(QUANTITIES * stream..QUANTITIES * (stream + 1)) else { return };
    let ((failed, (bad_of_failed, of_failed)), (good, (bad_of_good, of_good))) = (failed, good);
    cells[0] += failed * of_failed + good * of_good;
    cells[1] += failed * bad_of_failed + good * bad_of_good;
    cells[2] += failed * of_failed;
    cells[3] += failed * bad_of_failed;
}

/// Evidence of `bad` of `n` labels, `p1` against `p0`, nats.
fn binomial_evidence(bad: f64, n: f64, p1: f64, p0: f64) -> f64 {
    if n <= 0.0 || p1.total_cmp(&p0).is_eq() {
        return 0.0;
    }
    bad * log_ratio(p1, p0) + (n - bad) * log_ratio(1.0 - p1, 1.0 - p0)
}

/// Labels of one day when `rate` come a day on average: whole numbers that add up.
pub(crate) fn quota(rate: f64, day: usize) -> f64 {
    // Truncation: the numbers are not negative, and rounding is not a machine instruction everywhere.
    let until = |day: usize| (day as f64 * rate) as i64;
    (until(day + 1) - until(day)) as f64
}

/// Labels by the day on which they come in.
#[derive(Debug)]
struct Returned(Vec<[f64; 4]>);

impl Returned {
    fn new(days: usize) -> Self {
        Self(vec![[0.0; 4]; days])
    }

    /// Takes `labels` that come in on a day, with the launch level of the day that they are of. Whether that is within the horizon.
    fn add(&mut self, day: usize, bad: f64, labels: f64, Reference { rate, level }: Reference) -> bool {
        let slot = self.0.get_mut(day);
        let is_within = slot.is_some();
        for (sum, x) in slot.into_iter().flatten().zip([bad, labels, labels * rate, labels * level]) {
            *sum += x;
        }
        is_within
    }

    fn deliver(&self, days: Range<usize>, stream: usize, out: &mut Drawn) {
        let come_in = self.0.iter().enumerate().take(days.end).skip(days.start);
        for (day, [bad, labels, expected, level]) in come_in.map(|(day, sums)| (day, *sums)) {
            if labels > 0.0 {
                out.set(
                    day,
                    stream,
                    Observation::Binomial { bad, labels, rate: expected / labels, level: level / labels },
                );
            }
        }
    }
}

/// How a stream is split.
#[derive(Clone, Debug)]
pub(super) enum Split {
    All,
    /// Answerers, in the order of the streams.
    Answerers(Vec<usize>),
    Segments(usize),
}

impl Split {
    pub(super) fn new(strata: Strata, world: &World, rules: &[&Rule]) -> Self {
        match strata {
            Strata::All | Strata::Tail => Self::All,
            Strata::Segment => Self::Segments(world.scenario.segments.len()),
            Strata::Tier => {
                let tiers = world.tier_count();
                let answers = |k: usize| {
                    rules.iter().any(|r| r.chain.contains(&k) || k == tiers && matches!(r.gate, Gate::Human { .. }))
                };
                Self::Answerers((0..=tiers.min(FINALS - 1)).filter(|k| answers(*k)).collect())
            }
        }
    }

    pub(super) fn names(&self, world: &World) -> Vec<String> {
        match self {
            Self::All => vec!["all".to_owned()],
            Self::Answerers(answerers) => answerers
                .iter()
                .map(|k| world.scenario.tiers.get(*k).map_or_else(|| "a person".to_owned(), |t| t.name.clone()))
                .collect(),
            Self::Segments(_) => world.scenario.segments.iter().map(|g| g.name.clone()).collect(),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::All => 1,
            Self::Answerers(answerers) => answerers.len(),
            Self::Segments(n) => *n,
        }
    }

    /// The stream of answers to a segment by an answerer.
    fn stream(&self, segment: usize, answerer: usize) -> Option<usize> {
        match self {
            Self::All => Some(0),
            Self::Answerers(answerers) => answerers.iter().position(|k| *k == answerer),
            Self::Segments(_) => Some(segment),
        }
    }
}

/// One kind of answer of an arm: joint probabilities over all traffic of the arm.
struct Part {
    stream: usize,
    segment: usize,
    answerer: usize,
    hidden: bool,
    failed: f64,
    good: f64,
    baseline_good: f64,
    both_good: f64,
}

/// Visits every answer of an arm that falls into some stream.
fn for_parts(view: &ArmView<'_>, split: &Split, mut visit: impl FnMut(&Part)) {
    for (segment, (g, answers)) in view.day.segments.iter().zip(view.answers).enumerate() {
        for (hidden, kind) in [false, true].into_iter().zip(&answers.by) {
            for (answerer, a) in kind.iter().enumerate().filter(|(_, a)| a.answered > 0.0) {
                if let Some(stream) = split.stream(segment, answerer) {
                    visit(&Part {
                        stream,
                        segment,
                        answerer,
                        hidden,
                        failed: g.share * (a.answered - a.good).max(0.0),
                        good: g.share * a.good,
                        baseline_good: g.share * a.baseline_good,
                        both_good: g.share * a.both_good,
                    });
                }
            }
        }
    }
}

/// How well somebody tells good answers from bad ones.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader {
    sensitivity: f64,
    sensitivity_hidden: f64,
    specificity: f64,
    /// A model: events change it.
    is_judge: bool,
}

impl Reader {
    pub(super) fn new(monitor: &Monitor, is_judge: bool) -> Self {
        Self {
            sensitivity: monitor.sensitivity,
            sensitivity_hidden: monitor.sensitivity_hidden.unwrap_or(monitor.sensitivity),
            specificity: monitor.specificity,
            is_judge,
        }
    }

    /// Probability of "bad" of a failure and of a success.
    fn says_bad(&self, view: &ArmView<'_>, hidden: bool) -> (f64, f64) {
        let sensitivity = if hidden { self.sensitivity_hidden } else { self.sensitivity };
        if self.is_judge {
            (view.day.judge_sensitivity(sensitivity), 1.0 - view.day.judge_specificity(self.specificity))
        } else {
            (sensitivity, 1.0 - self.specificity)
        }
    }
}

impl Signal {
    /// Streams with these names, of what a source observes.
    pub(super) fn new(strata: Vec<String>, labels_per_day: f64, holdback_share: f64, source: Box<dyn Source>) -> Self {
        Self { strata, labels_per_day, holdback_share, source }
    }

    /// The limit that no monitor reaches: every outcome, split like this.
    pub fn truth(course: &Course<'_>, strata: Strata) -> Option<Self> {
        let rules = [course.rule()?, course.baseline_rule()?];
        let split = Split::new(strata, course.world, &rules);
        let strata = split.names(course.world);
        let source = Box::new(telemetry::Outcomes { split, thumbs_down: false });
        Some(Self { strata, labels_per_day: 0.0, holdback_share: 0.0, source })
    }

    /// Labels a day that are made in production, the mean over the horizon: as many as are wanted, where the traffic fills them.
    pub fn labels_per_day(&self, course: &Course<'_>, channel: &Channel) -> f64 {
        let short = (0..course.days()).map(|day| self.source.shortfall(&Expected { course, channel, day }));
        (self.labels_per_day - short.sum::<f64>() / course.days().max(1) as f64).max(0.0)
    }

    /// Which traffic it sees.
    pub fn arms(&self) -> Arms {
        self.source.arms()
    }

    /// Whether its quantities depend on the day effect.
    pub fn varies_with_day_effect(&self) -> bool {
        self.source.varies_with_day_effect()
    }

    /// The quantities that it needs of one arm at one day effect.
    pub fn cells(&self, view: &ArmView<'_>) -> Vec<f64> {
        self.source.cells(view)
    }

    /// Begins a run of observations.
    pub fn begin(&self, course: &Course<'_>, dice: Dice, weighs_evidence: bool, out: &mut Drawn) -> Running<'_> {
        out.reset(course.days(), self.strata.len(), weighs_evidence);
        Running { sampler: self.source.sampler(course.days()), dice }
    }

    /// Draws a whole run of observations.
    pub fn draw(&self, run: &Run<'_>, dice: Dice, out: &mut Drawn) {
        let mut running = self.begin(run.course, dice, run.weighs_evidence, out);
        while out.days < run.course.days() {
            running.go_on(run, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use statrs::distribution::{Binomial, DiscreteCDF, Poisson};

    use super::*;
    use crate::simulation::random::{Address, Purpose};

    #[test]
    fn counts_have_the_tails_of_their_distributions() {
        // Variances above 1,000, where a rounded normal would still be off by a tenth of the probability in the tails.
        const DRAWS: u32 = 3_000_000;
        let address = Address { seed: 5, replicate: 0, day: 0, purpose: Purpose::Study };
        let mut dice = Dice::new(dice::Drawing::Exact, address, 0);
        let draws: [Vec<f64>; 2] = [
            (0..DRAWS).map(|_| dice.binomial(1e6, 0.001_2)).collect(),
            (0..DRAWS).map(|_| dice.poisson(1_200.0)).collect(),
        ];
        let exact: [&dyn Fn(u64) -> [f64; 2]; 2] =
            [&|x| Binomial::new(0.001_2, 1_000_000).map_or([0.0; 2], |d| [d.sf(x), d.cdf(x)]), &|x| {
                Poisson::new(1_200.0).map_or([0.0; 2], |d| [d.sf(x), d.cdf(x)])
            }];
        for (draws, exact) in draws.iter().zip(exact) {
            for x in [1_090_u64, 1_110, 1_280, 1_310] {
                let above = draws.iter().filter(|draw| **draw > x as f64).count() as f64 / f64::from(DRAWS);
                let [tail, at_most] = exact(x);
                let off = (above - tail) / (tail * at_most / f64::from(DRAWS)).sqrt();
                assert!(off.abs() < 4.5, "P(> {x}): {above}, exactly {tail}, {off} standard errors");
            }
        }
    }
}
