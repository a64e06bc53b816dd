//! The detection study of one scenario, in waves of replicates.

use std::ops::Range;

use rayon::prelude::*;

use super::pool::{Control, JobError};
use crate::detection::assembly::Assembled;
use crate::detection::race::{Phase, Race, RaceError};
use crate::detection::study::{self, Results, Study};
use crate::frontier::Stages;

impl From<RaceError> for JobError {
    fn from(error: RaceError) -> Self {
        match error {
            RaceError::World(error) => Self::World(error),
            signals @ RaceError::Signals(_) => Self::Monitors(signals.to_string()),
        }
    }
}

/// Replicates of the first wave of a study: what a first picture is drawn from.
pub const FIRST_REPLICATES: u32 = 50;
/// Replicates of each further wave.
const REPLICATES_OF_A_WAVE: u32 = 250;
/// A study that can be read off at some false-alarm budgets.
#[derive(Debug)]
pub struct Detection<'w> {
    /// What ran.
    pub race: Race<'w>,
    /// What the days are like.
    pub assembled: Assembled,
    /// What came out.
    pub results: Results,
    /// Index of the policy under study.
    pub policy: usize,
    /// Steps of progress that a replicate counts for.
    pub(super) steps: u64,
}

impl<'w> Detection<'w> {
    /// Integrates every day of the study on the current pool. It will be read off at the scenario's own false-alarm budget.
    ///
    /// # Errors
    /// When the scenario or a monitor does not allow it, or the job was cancelled.
    pub fn prepare(stages: &Stages<'w>, policy: usize, control: &Control) -> Result<Self, JobError> {
        let own = stages.launch.world.scenario.study.false_alarms;
        Self::prepare_at(stages, policy, vec![own], control)
    }

    /// The same, to be read off at these budgets.
    ///
    /// # Errors
    /// Those of [`Self::prepare`].
    pub fn prepare_at(
        stages: &Stages<'w>,
        policy: usize,
        budgets: Vec<f64>,
        control: &Control,
    ) -> Result<Self, JobError> {
        let monitors = stages.launch.world.scenario.monitors.clone();
        Self::of(Race::new(stages, policy, monitors, true)?, policy, budgets, control)
    }

    /// Integrates the days of any race.
    ///
    /// # Errors
    /// [`JobError::Cancelled`].
    pub(super) fn of(race: Race<'w>, policy: usize, budgets: Vec<f64>, control: &Control) -> Result<Self, JobError> {
        let work = race.course.work();
        control.expect_steps(work.len() as u64);
        let looks = race.looks();
        let first = work.first().map(|(production, day)| race.course.integrate(*production, *day, &looks));
        let rest = control.each(work.into_par_iter().skip(1), 1, |(production, day)| {
            let mut parts = race.course.integrate(production, day, &looks);
            if let Some(first) = &first {
                parts.share_with(first);
            }
            Ok(parts)
        })?;
        control.steps(u64::from(first.is_some()));
        let parts: Vec<_> = first.into_iter().chain(rest).collect();
        let assembled = race.course.assemble(&parts, &looks);
        Ok(Self { race, assembled, results: Results::new(budgets), policy, steps: 1 })
    }

    /// Runs replicates of every phase until there are so many; `seen` is shown the results now and then: after a first few, and from when
    /// thresholds are set after each wave.
    ///
    /// # Errors
    /// [`JobError::Cancelled`].
    pub fn run(&mut self, replicates: u32, control: &Control, mut seen: impl FnMut(&Self)) -> Result<(), JobError> {
        let mut next = u32::try_from(self.results.replicates()).unwrap_or(u32::MAX);
        control.expect_steps(3 * u64::from(replicates.saturating_sub(next)));
        if next == 0 {
            next = FIRST_REPLICATES.min(replicates);
            for phase in Phase::ALL {
                self.wave(phase, 0..next, control)?;
            }
            seen(self);
        }
        if next >= replicates {
            return Ok(());
        }
        self.run_expected(Phase::Calibration, next..replicates, control)?;
        self.results.set_thresholds(&self.race);
        // Alarm days by thresholds that have moved since are gone.
        let kept = u32::try_from(self.results.production()).unwrap_or(u32::MAX);
        control.expect_steps(u64::from(next.saturating_sub(kept)));
        self.run_expected(Phase::Production, kept..next, control)?;
        while next < replicates {
            let end = next.saturating_add(REPLICATES_OF_A_WAVE).min(replicates);
            for phase in [Phase::Check, Phase::Production] {
                self.wave(phase, next..end, control)?;
            }
            next = end;
            seen(self);
        }
        Ok(())
    }

    /// Runs some replicates of one phase alone; production comes after calibration, which sets its thresholds.
    ///
    /// # Errors
    /// [`JobError::Cancelled`].
    pub fn run_phase(&mut self, phase: Phase, replicates: Range<u32>, control: &Control) -> Result<(), JobError> {
        control.expect_steps(self.steps * u64::from(replicates.end.saturating_sub(replicates.start)));
        self.run_expected(phase, replicates, control)
    }

    /// The same, with its steps expected already.
    pub(super) fn run_expected(
        &mut self,
        phase: Phase,
        replicates: Range<u32>,
        control: &Control,
    ) -> Result<(), JobError> {
        if phase == Phase::Production {
            self.results.set_thresholds(&self.race);
        }
        for first in replicates.clone().step_by(REPLICATES_OF_A_WAVE as usize) {
            self.wave(phase, first..replicates.end.min(first.saturating_add(REPLICATES_OF_A_WAVE)), control)?;
        }
        Ok(())
    }

    fn wave(&mut self, phase: Phase, replicates: Range<u32>, control: &Control) -> Result<(), JobError> {
        let wave = control.each(replicates.into_par_iter().with_max_len(1), self.steps, |index| {
            Ok(self.results.keep(phase, self.race.run(&self.assembled, phase, index)))
        })?;
        for kept in wave {
            self.results.add(kept);
        }
        Ok(())
    }

    /// Price of a monitor, USD a day; it needs no replicates.
    pub fn usd_per_day(&self, monitor: usize) -> Option<f64> {
        let definition = self.race.monitors.get(monitor)?;
        Some(study::price(&self.race, &self.assembled, monitor, definition).1)
    }

    /// Reads the study off at that of its false-alarm budgets which is nearest to a wished one.
    pub fn study(&self, false_alarms: f64) -> Study {
        study::evaluate(&self.race, &self.assembled, &self.results, self.policy, false_alarms)
    }
}
