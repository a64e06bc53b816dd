//! A fixed set of cases, drawn once and rerun: it sees a change of a tier, and of traffic only when it is renewed.

use std::ops::Range;

use rand_distr::{Distribution, StandardNormal};

use super::dice::Dice;
use super::{Arms, Drawn, QUANTITIES, Reader, Run, Sampler, Source, Split, add_answers, level, multinomial};
use crate::detection::course::ArmView;
use crate::detection::observation::Observation;
use crate::model::Monitor;
use crate::simulation::exact::{DayEffect, FINALS, Tables};

#[derive(Debug)]
pub(in crate::detection) struct Suite {
    split: Split,
    reader: Reader,
    cases: f64,
    every_days: usize,
    refresh_days: Option<usize>,
}

impl Suite {
    pub fn new(monitor: &Monitor, split: Split) -> Self {
        Self {
            split,
            reader: Reader::new(monitor, false),
            cases: f64::from(monitor.cases),
            every_days: monitor.every_days.max(1) as usize,
            refresh_days: monitor.refresh_days.map(|days| days.max(1) as usize),
        }
    }

    /// The day whose traffic the cases in use on `day` were drawn from.
    fn drawn_on(&self, day: usize) -> usize {
        self.refresh_days.map_or(0, |days| day / days * days)
    }

    /// Quantities of one point: its share, then for each stream answered, called bad, and of both what failed.
    fn width(&self) -> usize {
        1 + QUANTITIES * self.split.len()
    }
}

impl Source for Suite {
    fn arms(&self) -> Arms {
        Arms::RoutedAlone
    }

    fn varies_with_day_effect(&self) -> bool {
        false
    }

    fn cells(&self, view: &ArmView<'_>) -> Vec<f64> {
        // The cases are those of another day; the tiers are today's.
        let mut day = match (self.refresh_days, view.production) {
            (Some(_), true) => view.world.production(self.drawn_on(view.number as usize) as u32),
            _ => view.world.launch.clone(),
        };
        day.tiers.clone_from(&view.day.tiers);
        for (case, today) in day.segments.iter_mut().zip(&view.day.segments) {
            case.ability.clone_from(&today.ability);
        }
        let tables = Tables::new(view.world, day, DayEffect::Fixed(0.0));
        let tiers = view.day.tiers.len();
        let mut cells = Vec::new();
        for point in tables.case_points(view.rule) {
            cells.push(point.share);
            let (of_failed, of_good) = self.reader.says_bad(view, point.hidden);
            for stream in 0..self.split.len() {
                let mut sums = [0.0; QUANTITIES];
                for k in (0..=tiers.min(FINALS - 1)).filter(|k| self.split.stream(0, *k) == Some(stream)) {
                    let failed = point.answered[k] - point.good[k];
                    add_answers(&mut sums, 0, (failed, (of_failed, 1.0)), (point.good[k], (of_good, 1.0)));
                }
                cells.extend(sums);
            }
        }
        cells
    }

    fn sampler(&self, _: usize) -> Box<dyn Sampler + '_> {
        Box::new(Rerunning { suite: self, cases: Vec::new(), of_day: None, last: None })
    }
}

/// A run of it.
#[derive(Debug)]
struct Rerunning<'s> {
    suite: &'s Suite,
    cases: Vec<f64>,
    /// The day whose traffic they are of.
    of_day: Option<usize>,
    /// Sums of the last look: most days differ from the one before in nothing that a suite sees.
    last: Option<Look>,
}

impl Sampler for Rerunning<'_> {
    fn draw(&mut self, run: &Run<'_>, days: Range<usize>, dice: &mut Dice, out: &mut Drawn) {
        let Self { suite, cases, of_day, last } = self;
        let width = suite.width();
        for day in days.filter(|day| day % suite.every_days == 0) {
            let points = [false, true].map(|production| run.channel.all_expected(production, day));
            if *of_day != Some(suite.drawn_on(day)) {
                *of_day = Some(suite.drawn_on(day));
                let now = points[usize::from(run.production)];
                let shares: Vec<f64> = now.iter().copied().step_by(width).collect();
                multinomial(suite.cases, &shares, shares.iter().sum(), dice, cases);
                *last = None;
            }
            let key = points.map(<[f64]>::as_ptr);
            let sums = match last.take() {
                Some((same, sums)) if same == key => sums,
                _ => (0..suite.split.len()).map(|stream| points.map(|p| sums(cases, p, width, stream))).collect(),
            };
            // Cases renewed from production are other points than those of launch; their reference is that of all launch traffic.
            let own_reference = suite.refresh_days.is_none() || !run.production;
            for (stream, [launch, production]) in sums.iter().enumerate() {
                let Sums { stream: [labels, mean, ..], variance } = *if run.production { production } else { launch };
                if labels < 1.0 {
                    continue;
                }
                let z: f64 = StandardNormal.sample(dice);
                let x = (mean + variance.sqrt() * z).round().clamp(0.0, labels.round());
                let reference = if own_reference {
                    launch.stream
                } else {
                    let shares: Vec<f64> = points[0].iter().copied().step_by(width).collect();
                    self::sums(&shares, points[0], width, stream).stream
                };
                let (rate, level) = (reference[1] / reference[0].max(1e-12), level(reference));
                out.set(day, stream, Observation::Binomial { bad: x, labels: labels.round(), rate, level });
                // Both worlds as normal distributions around their means.
                if own_reference {
                    let [(m1, v1), (m0, v0)] = [production, launch].map(|s| (s.stream[1], s.variance));
                    if run.weighs_evidence && v0 > 0.0 && v1 > 0.0 {
                        let part = |m: f64, v: f64| -0.5 * (x - m).powi(2) / v - 0.5 * v.ln();
                        out.add_evidence(day, part(m1, v1) - part(m0, v0));
                    }
                } else {
                    out.add_evidence(day, super::binomial_evidence(x, labels, mean / labels, rate));
                }
            }
            *last = Some((key, sums));
        }
    }
}

/// The sums of one look: which points they were made of, and per stream those of launch and of production.
type Look = ([*const f64; 2], Vec<[Sums; 2]>);

/// One stream of a look at the cases.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    /// Expected quantities of the stream.
    stream: [f64; QUANTITIES],
    /// Variance of the number of bad ones.
    variance: f64,
}

/// Sums over cases, each point standing for `n` of them.
fn sums(cases: &[f64], points: &[f64], width: usize, stream: usize) -> Sums {
    let mut sums = Sums::default();
    for (n, point) in cases.iter().zip(points.chunks_exact(width)) {
        let own = &point[1 + QUANTITIES * stream..][..QUANTITIES];
        for (sum, quantity) in sums.stream.iter_mut().zip(own) {
            *sum += n * quantity;
        }
        sums.variance += n * own[1] * (1.0 - own[1]);
    }
    sums
}
