//! A fixed set of cases, drawn once and rerun: it sees a change of a tier, and of traffic only when it is renewed.

use rand_distr::{Distribution, StandardNormal};

use super::{Arms, Drawn, Reader, Run, Source, Split, multinomial};
use crate::detection::course::ArmView;
use crate::detection::observation::Observation;
use crate::scenario::model::Monitor;
use crate::simulation::exact::{DayEffect, FINALS, Tables};
use crate::simulation::random::Generator;

#[derive(Debug)]
pub(super) struct Suite {
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

    /// Quantities of one point: its share, then for each stream answered and called bad.
    fn width(&self) -> usize {
        1 + 2 * self.split.len()
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
                let (mut answered, mut bad) = (0.0, 0.0);
                for k in (0..=tiers.min(FINALS - 1)).filter(|k| self.split.stream(0, *k) == Some(stream)) {
                    answered += point.answered[k];
                    bad += (point.answered[k] - point.good[k]) * of_failed + point.good[k] * of_good;
                }
                cells.extend([answered, bad]);
            }
        }
        cells
    }

    fn draw(&self, run: &Run<'_>, rng: &mut Generator, out: &mut Drawn) {
        let width = self.width();
        let mut cases: Vec<f64> = Vec::new();
        let mut of_day = None;
        // Sums of the last look: most days differ from the one before in nothing that a suite sees.
        let mut last: Option<Look> = None;
        for day in (0..run.days()).step_by(self.every_days) {
            let points = [false, true].map(|production| run.channel.constants(production, day));
            if of_day != Some(self.drawn_on(day)) {
                of_day = Some(self.drawn_on(day));
                let now = points[usize::from(run.production)];
                let shares: Vec<f64> = now.iter().copied().step_by(width).collect();
                multinomial(self.cases, &shares, shares.iter().sum(), rng, &mut cases);
                last = None;
            }
            let key = points.map(<[f64]>::as_ptr);
            let sums = match last.take() {
                Some((same, sums)) if same == key => sums,
                _ => (0..self.split.len()).map(|stream| points.map(|p| sums(&cases, p, width, stream))).collect(),
            };
            // Cases renewed from production are other points than those of launch; their reference is that of all launch traffic.
            let own_reference = self.refresh_days.is_none() || !run.production;
            for (stream, [launch, production]) in sums.iter().enumerate() {
                let [labels, mean, variance] = *if run.production { production } else { launch };
                if labels < 1.0 {
                    continue;
                }
                let z: f64 = StandardNormal.sample(rng);
                let x = (mean + variance.sqrt() * z).round().clamp(0.0, labels.round());
                let rate = if own_reference {
                    launch[1] / launch[0].max(1e-12)
                } else {
                    let shares: Vec<f64> = points[0].iter().copied().step_by(width).collect();
                    let [answered, bad, _] = self::sums(&shares, points[0], width, stream);
                    bad / answered.max(1e-12)
                };
                out.set(day, stream, Observation::Binomial { bad: x, labels: labels.round(), rate });
                // Both worlds as normal distributions around their means.
                if own_reference {
                    let ([_, m1, v1], [_, m0, v0]) = (production, launch);
                    if *v0 > 0.0 && *v1 > 0.0 {
                        let part = |m: f64, v: f64| -0.5 * (x - m).powi(2) / v - 0.5 * v.ln();
                        out.add_evidence(day, part(*m1, *v1) - part(*m0, *v0));
                    }
                } else {
                    out.add_evidence(day, super::binomial_evidence(x, labels, mean / labels, rate));
                }
            }
            last = Some((key, sums));
        }
    }
}

/// The sums of one look: which points they were made of, and per stream those of launch and of production.
type Look = ([*const f64; 2], Vec<[[f64; 3]; 2]>);

/// Answered, expected bad and its variance over cases, each point standing for `n` of them.
fn sums(cases: &[f64], points: &[f64], width: usize, stream: usize) -> [f64; 3] {
    let mut sums = [0.0; 3];
    for (n, point) in cases.iter().zip(points.chunks_exact(width)) {
        let (whole, bad) = (point[1 + 2 * stream], point[2 + 2 * stream]);
        sums[0] += n * whole;
        sums[1] += n * bad;
        sums[2] += n * bad * (1.0 - bad);
    }
    sums
}
