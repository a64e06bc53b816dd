//! What a monitor is shown, and what it makes of it.

use crate::detection::course::Course;
use crate::detection::signal::{Reader, Source, Split, delay, labels, tail, telemetry};
use crate::model::{Monitor, Strata, Telemetry};
use crate::simulation::rule::{Gate, Rule};

/// The policy under study, as a monitor finds it.
#[derive(Debug)]
pub struct Scene<'s> {
    /// What the days are like.
    pub course: &'s Course<'s>,
    /// The monitor.
    pub monitor: &'s Monitor,
    /// The policy's rule.
    pub rule: &'s Rule,
    /// The baseline's rule.
    pub baseline: &'s Rule,
}

/// What a monitor observes.
#[derive(Debug)]
pub struct Observed {
    /// Labels a day that are wanted, all strata together; 0 where nothing is labelled.
    pub labels_per_day: f64,
    /// Share of the traffic that it keeps on the baseline.
    pub holdback_share: f64,
    pub(super) source: Box<dyn Source>,
}

impl Observed {
    /// A source that labels nothing and holds nothing back.
    pub(super) fn of(source: impl Source + 'static) -> Self {
        Self { labels_per_day: 0.0, holdback_share: 0.0, source: Box::new(source) }
    }
}

impl Scene<'_> {
    /// How the monitor splits what it sees.
    pub(super) fn split(&self) -> Split {
        Split::new(self.monitor.strata, self.course.world, &[self.rule, self.baseline])
    }

    /// Shares of a day's observations that come in after so many days.
    pub(super) fn lags(&self) -> Vec<f64> {
        delay::gamma(self.monitor.delay_days, self.monitor.delay_cv, self.course.days())
    }

    /// A random sample that people or a judge read.
    pub(super) fn read_sample(&self, is_judge: bool) -> Observed {
        let (course, monitor) = (self.course, self.monitor);
        let reader = Reader::new(monitor, is_judge);
        let observed = if monitor.strata == Strata::Tail {
            Observed::of(tail::Tail::new(course, reader, monitor.per_day, self.lags()))
        } else {
            Observed::of(labels::Labels::new(course, monitor, self.split(), reader, self.lags()))
        };
        Observed { labels_per_day: monitor.per_day, ..observed }
    }

    /// What comes in of itself some days after the request.
    pub(super) fn arrivals(&self, of: Telemetry) -> Observed {
        Observed::of(telemetry::Arrivals::new(self.course, self.monitor, of, self.split()))
    }

    /// The one tier of the baseline, where it has one.
    pub(super) fn single_baseline(&self) -> Option<usize> {
        match (self.baseline.chain.as_slice(), &self.baseline.gate) {
            ([tier], Gate::None) => Some(*tier),
            _ => None,
        }
    }
}
