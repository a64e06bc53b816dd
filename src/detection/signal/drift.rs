//! The day's distribution of router score or self-confidence against that of launch, bin by bin.

use std::ops::Range;

use super::dice::Dice;
use super::{
    Arms, Drawn, Expected, Run, Sampler, Source, Split, for_parts, log_ratio, multinomial, quota, shortfall, whole,
};
use crate::detection::course::{ArmView, Course};
use crate::detection::observation::Observation;
use crate::model::{DriftStatistic, Monitor};
use crate::simulation::answers::least_confidence;
use crate::simulation::exact::confidence_mean;
use crate::simulation::normal;

#[derive(Debug)]
pub(in crate::detection) struct Drift {
    what: What,
    statistic: DriftStatistic,
    /// Cut points between bins of each stream.
    edges: Vec<Vec<f64>>,
    /// Values compared a day; 0: all.
    per_day: f64,
    baseline_days: usize,
}

#[derive(Debug)]
enum What {
    Score { noise: f64 },
    Confidence { split: Split },
}

impl Drift {
    /// Router scores, in bins that are equally full at launch.
    pub fn of_scores(course: &Course<'_>, monitor: &Monitor, noise: f64) -> Self {
        let edges = quantile_levels(monitor.bins).map(|p| course.launch.score_quantile(noise, p)).collect();
        Self::new(What::Score { noise }, monitor, vec![edges])
    }

    /// Self-confidence of final answers, in bins that are equally full at launch.
    pub fn of_confidence(course: &Course<'_>, monitor: &Monitor, split: Split) -> Self {
        let edges = course.at_launch(|view| {
            (0..split.len())
                .map(|stream| {
                    let whole = confidence_below(view, &split, stream, f64::INFINITY);
                    quantile_levels(monitor.bins)
                        .map(|p| bisect(|x| confidence_below(view, &split, stream, x) - p * whole))
                        .collect()
                })
                .collect()
        });
        Self::new(What::Confidence { split }, monitor, edges.unwrap_or_default())
    }

    fn new(what: What, monitor: &Monitor, edges: Vec<Vec<f64>>) -> Self {
        let baseline_days = monitor.detector.as_ref().and_then(|d| d.baseline_days).unwrap_or(0) as usize;
        Self { what, statistic: monitor.statistic, edges, per_day: monitor.per_day, baseline_days }
    }

    /// Distance of counts from a reference sample of `m` (infinite where it is known), and its mean and standard deviation when
    /// nothing changed: `PSI ≈ (1/n + 1/m)·χ²(bins − 1)`, `JS ≈ PSI/8`, and Kolmogorov's limit for KS.
    fn distance(&self, counts: &[f64], reference: &[f64], m: f64) -> (f64, f64, f64) {
        let n: f64 = counts.iter().sum();
        let bins = counts.len() as f64;
        let noise = 1.0 / n + 1.0 / m;
        let q = |count: f64| (count + 0.5) / (n + 0.5 * bins);
        match self.statistic {
            DriftStatistic::Psi => {
                let psi = counts.iter().zip(reference).map(|(c, r)| (q(*c) - r) * log_ratio(q(*c), *r)).sum();
                (psi, noise * (bins - 1.0), noise * (2.0 * (bins - 1.0)).sqrt())
            }
            DriftStatistic::Js => {
                let half = |p: f64, other: f64| 0.5 * p * log_ratio(p, 0.5 * (p + other));
                let js = counts.iter().zip(reference).map(|(c, r)| half(q(*c), *r) + half(*r, q(*c))).sum();
                (js, noise * (bins - 1.0) / 8.0, noise * (2.0 * (bins - 1.0)).sqrt() / 8.0)
            }
            DriftStatistic::Ks => {
                let (mut ours, mut theirs, mut most) = (0.0, 0.0, 0.0_f64);
                for (c, r) in counts.iter().zip(reference) {
                    ours += c / n;
                    theirs += r;
                    most = most.max((ours - theirs).abs());
                }
                // Mean √(π/2)·ln 2 and variance π²/12 − π/2·ln²2 of Kolmogorov's distribution.
                (most, 0.868_73 * noise.sqrt(), 0.260_32 * noise.sqrt())
            }
        }
    }
}

fn quantile_levels(bins: u32) -> impl Iterator<Item = f64> {
    (1..bins).map(move |b| f64::from(b) / f64::from(bins))
}

/// Root of an increasing function between the ends of what self-confidences occur.
pub(super) fn bisect(f: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (-16.0, 16.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if f(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// Share of self-confidences below `x` among answers of one kind that were final: normal, cut off at the gate.
pub(super) fn below_given_final(mean: f64, least: f64, x: f64) -> f64 {
    let cut = normal::cdf(least - mean);
    let kept = 1.0 - cut;
    if kept <= 0.0 { 0.0 } else { ((normal::cdf(x - mean) - cut) / kept).clamp(0.0, 1.0) }
}

/// Mass of a stream's final answers with self-confidence below `x`.
fn confidence_below(view: &ArmView<'_>, split: &Split, stream: usize, x: f64) -> f64 {
    let mut mass = 0.0;
    for_parts(view, split, |part| {
        if part.stream == stream && part.answerer < view.day.tiers.len() {
            let least = least_confidence(view.rule, part.answerer);
            for (share, ok) in [(part.failed, false), (part.good, true)] {
                let mean = confidence_mean(view.day, part.answerer, part.hidden, ok);
                mass += share * below_given_final(mean, least, x);
            }
        }
    });
    mass
}

impl Source for Drift {
    fn arms(&self) -> Arms {
        Arms::RoutedAlone
    }

    fn varies_with_day_effect(&self) -> bool {
        // Routers do not see the day effect.
        matches!(self.what, What::Confidence { .. })
    }

    /// Masses of each stream's bins.
    fn cells(&self, view: &ArmView<'_>) -> Vec<f64> {
        let mut cells = Vec::new();
        for (stream, edges) in self.edges.iter().enumerate() {
            let below = |x: f64| match &self.what {
                What::Score { noise } => view.world.score_below(view.day, view.day.router_noise(*noise), x),
                What::Confidence { split } => confidence_below(view, split, stream, x),
            };
            let mut previous = 0.0;
            for edge in edges.iter().copied().chain([f64::INFINITY]) {
                let next: f64 = below(edge);
                cells.push((next - previous).max(0.0));
                previous = next;
            }
        }
        cells
    }

    fn shortfall(&self, day: &Expected<'_>) -> f64 {
        let mut from = 0;
        let of = |edges: &Vec<f64>| {
            let bins = from..from + edges.len() + 1;
            from = bins.end;
            shortfall(self.per_day / self.edges.len() as f64, day.routed() * bins.map(|q| day.quantity(q)).sum::<f64>())
        };
        self.edges.iter().map(of).sum()
    }

    fn sampler(&self, _: usize) -> Box<dyn Sampler + '_> {
        let mut from = 0;
        let stream = |edges: &Vec<f64>| {
            let bins = from..from + edges.len() + 1;
            from = bins.end;
            Stream {
                sampled: vec![0.0; bins.len()],
                bins,
                estimated_over: 0,
                reference: Vec::new(),
                reference_of: None,
            }
        };
        Box::new(Comparing { drift: self, streams: self.edges.iter().map(stream).collect() })
    }
}

/// A run of it.
#[derive(Debug)]
struct Comparing<'s> {
    drift: &'s Drift,
    streams: Vec<Stream>,
}

/// One stream of a run.
#[derive(Debug)]
struct Stream {
    bins: Range<usize>,
    /// Counts of the days that the reference is estimated over, and how many these are so far.
    sampled: Vec<f64>,
    estimated_over: usize,
    /// Shares that counts are compared with, and of which quantities they were made: most days share them.
    reference: Vec<f64>,
    reference_of: Option<*const f64>,
}

impl Sampler for Comparing<'_> {
    fn draw(&mut self, run: &Run<'_>, days: Range<usize>, dice: &mut Dice, out: &mut Drawn) {
        let Drift { per_day, edges, baseline_days, .. } = self.drift;
        let (mut counts, mut now, mut other) = (Vec::new(), Vec::new(), Vec::new());
        for (number, stream) in self.streams.iter_mut().enumerate() {
            let bins = &stream.bins;
            for day in days.clone() {
                let Some(place) = run.places.get(day) else { continue };
                let at = |production: bool| {
                    let look = run.channel.look(production, day, place);
                    bins.clone().map(move |q| look.at(q))
                };
                let share = shares(at(run.production), &mut now);
                let routed = run.course.routed_share.get(day).copied().unwrap_or(0.0);
                let available = run.requests(day) * routed * share;
                if *per_day > 0.0 {
                    let n = quota(per_day / edges.len() as f64, day).min(whole(available));
                    multinomial(n, &now, 1.0, dice, &mut counts);
                } else {
                    dice.poisson_split(available, &now, &mut counts);
                }
                if counts.iter().sum::<f64>() < 1.0 {
                    continue;
                }
                if run.weighs_evidence && !run.channel.is_same(day) {
                    shares(at(!run.production), &mut other);
                    let (launch, production) = if run.production { (&other, &now) } else { (&now, &other) };
                    let evidence = counts.iter().zip(production.iter().zip(launch));
                    out.add_evidence(day, evidence.map(|(c, (p1, p0))| c * log_ratio(*p1, *p0)).sum());
                }
                if stream.estimated_over < *baseline_days {
                    stream.estimated_over += 1;
                    for (sum, count) in stream.sampled.iter_mut().zip(&counts) {
                        *sum += count;
                    }
                    continue;
                }
                let is_estimated = *baseline_days > 0;
                let m: f64 = if is_estimated { stream.sampled.iter().sum() } else { f64::INFINITY };
                let expected = run.channel.all_expected(false, day);
                let of = Some(if is_estimated { stream.sampled.as_ptr() } else { expected.as_ptr() });
                if stream.reference_of != of {
                    stream.reference_of = of;
                    if is_estimated {
                        shares(stream.sampled.iter().map(|s| s + 0.5), &mut stream.reference);
                    } else {
                        let expected = bins.clone().map(|q| expected.get(q).copied().unwrap_or(0.0));
                        shares(expected, &mut stream.reference);
                    }
                }
                let (value, mean, sd) = self.drift.distance(&counts, &stream.reference, m);
                out.set(day, number, Observation::Normal { value, mean, sd, level: mean });
            }
        }
    }
}

/// Masses as shares of their sum, which is returned.
fn shares(masses: impl Iterator<Item = f64>, out: &mut Vec<f64>) -> f64 {
    out.clear();
    out.extend(masses);
    let whole: f64 = out.iter().sum();
    if whole > 0.0 {
        for share in out {
            *share /= whole;
        }
    }
    whole
}

impl Course<'_> {
    /// Looks at the policy's traffic under launch assumptions, averaged over the day effect.
    pub(super) fn at_launch<T>(&self, look: impl FnOnce(&ArmView<'_>) -> T) -> Option<T> {
        let rule = self.rule()?;
        let answers = self.launch.answers(rule);
        let view = ArmView {
            world: self.world,
            day: &self.world.launch,
            number: 0,
            production: false,
            answers: &answers,
            rule,
            routed: true,
        };
        Some(look(&view))
    }
}
