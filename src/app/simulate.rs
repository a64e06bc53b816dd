//! What is asked of the worker, and when: a frame never simulates, it says what is wanted.

use std::sync::Arc;
use std::time::Instant;

use super::App;
use super::parameters;
use super::plots::{self, Need};
use super::results::Sampling;
use super::session::Session;
use super::settings::Depth;
use super::worker::{Parts, Shown, SweepWork, Turn};
use crate::detection::study::Study;
use crate::jobs::{DecideOptions, PlanOptions, UncertainOptions};
use crate::model::{Rollout, Scenario};

/// Parts of the work that are asked for.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    pub frontier: bool,
    pub intervals: bool,
    pub study: bool,
    pub plan: bool,
    pub decide: bool,
    pub rollout: bool,
    pub ranges: bool,
    pub sweep: bool,
    pub calibrate: bool,
    /// The numbers that move the answer most.
    pub essentials: bool,
}

impl App {
    /// Starts from the document as it is now: nothing that was found before belongs to it.
    pub(super) fn start_document(&mut self) {
        let mut session = Session { course: self.session.course.take(), ..Session::default() };
        self.session.hand_over(&mut session);
        self.session = session;
        self.session.selected = self.document.scenario.studied_policy().unwrap_or(0);
        self.simulate(self.everything());
    }

    /// What the job under way still owes: a new request ends it, so that it is asked for again.
    pub(super) fn owed(&self) -> Wanted {
        let session = &self.session;
        Wanted {
            frontier: session.curves_are_old,
            intervals: session.sampling == Sampling::Running,
            study: session.studying == Sampling::Running,
            plan: session.planning == Sampling::Running,
            decide: session.deciding == Sampling::Running,
            rollout: session.rolling == Sampling::Running,
            ranges: session.ranging == Sampling::Running,
            sweep: session.sweeping == Sampling::Running,
            calibrate: session.calibrating == Sampling::Running,
            essentials: self.settings.depth == Depth::Essentials && session.essentials.is_none(),
        }
    }

    /// What the tab that is looked at needs.
    fn need(&self) -> Option<Need> {
        plots::entry(self.settings.tab).need
    }

    /// Everything, of plans, options, rollouts and ranges only those that somebody is looking at: they take long.
    pub(super) fn everything(&self) -> Wanted {
        let need = self.need();
        let decide = self.owed().decide || (self.looks_at_options() && self.lacks_decision());
        let rollout = need == Some(Need::Rollout);
        let plan = need == Some(Need::Plans);
        let ranges = need == Some(Need::Ranges);
        // Its base is the scenario that it was started with, whatever is edited meanwhile.
        let sweep = self.owed().sweep;
        let essentials = self.owed().essentials;
        let calibrate = false;
        let (frontier, intervals, study) = (true, true, true);
        Wanted { frontier, intervals, study, plan, decide, rollout, ranges, sweep, calibrate, essentials }
    }

    /// Whether the tab that is looked at shows the options, or a lesson's step reveals a figure of theirs.
    fn looks_at_options(&self) -> bool {
        let step = self.session.course.as_ref().and_then(|course| course.current());
        let reveal = step.and_then(|step| step.reveal.as_ref());
        self.need() == Some(Need::Decision) || reveal.is_some_and(|reveal| reveal.figure.needs_decision())
    }

    /// Asks for the options where a lesson's step needs them and nobody has yet.
    pub(super) fn decide_for_the_lesson(&mut self) {
        if self.looks_at_options() && self.lacks_decision() && self.session.deciding != Sampling::Running {
            self.simulate(Wanted { decide: true, ..self.owed() });
        }
    }

    /// Whether the options are not known, and nobody has stopped them from being worked out.
    pub(super) fn lacks_decision(&self) -> bool {
        let is_known = self.session.decided.as_ref().is_some_and(|decided| decided.is_whole && !decided.is_old);
        !is_known && self.session.deciding != Sampling::Cancelled
    }

    /// Whether the policy looked at comes in steps of which nothing is known yet, and nobody has stopped that from being found out.
    pub(super) fn lacks_rollout(&self) -> bool {
        let session = &self.session;
        let is_known = session.rolled.as_ref().is_some_and(|rolled| rolled.is_whole && !rolled.is_old);
        !is_known && session.rollout_failure.is_none() && session.rolling == Sampling::None && self.has_steps()
    }

    /// Whether the scenario has ranges of which nothing is known yet, and nobody has stopped that from being found out.
    pub(super) fn lacks_ranges(&self) -> bool {
        let session = &self.session;
        let is_known = session.unsure.as_ref().is_some_and(|unsure| unsure.is_whole && !unsure.is_old);
        !is_known && session.range_failure.is_none() && session.ranging == Sampling::None
    }

    /// Whether somebody looks at what the ranges do.
    pub(super) fn looks_at_ranges(&self) -> bool {
        self.need() == Some(Need::Ranges)
    }

    fn has_steps(&self) -> bool {
        let policy = self.document.scenario.policies.get(self.session.selected);
        policy.is_some_and(|policy| matches!(policy.rollout, Some(Rollout::Steps(_))))
    }

    /// Asks for what is wanted, in an order that depends on what is looked at.
    pub(super) fn simulate(&mut self, wanted: Wanted) {
        let scenario = &self.document.scenario;
        let study = match self.need() {
            _ if !wanted.study || scenario.monitors.is_empty() => None,
            Some(Need::Study) => Some(Turn::First),
            _ => Some(Turn::Last),
        };
        let plan = wanted.plan.then(|| self.plan_options());
        let decide = wanted.decide.then(|| DecideOptions::of(scenario));
        let live_by = if study.is_none() { self.studies_to_live_by() } else { None };
        let rollout = wanted.rollout && self.has_steps();
        let (frontier, intervals, calibrate) = (wanted.frontier, wanted.intervals, wanted.calibrate);
        let ranges = (wanted.ranges && !scenario.ranges.is_empty()).then(|| UncertainOptions {
            policy: Some(self.session.selected),
            output: self.session.output,
            ..UncertainOptions::default()
        });
        let ranging = ranges.is_some();
        let sweep = self.session.swept.as_ref().filter(|_| wanted.sweep).map(|swept| SweepWork {
            scenario: Arc::clone(&swept.scenario),
            plan: swept.plan.clone(),
            done: swept.found.units.keys().copied().collect(),
        });
        let sweeping = sweep.is_some();
        let essentials = wanted.essentials.then(|| parameters::movable(scenario, self.session.selected));
        let parts =
            Parts { frontier, intervals, study, plan, decide, live_by, rollout, ranges, sweep, calibrate, essentials };
        let Some(worker) = &mut self.worker else { return };
        let table = self.document.table.clone();
        let shown = Shown {
            policy: self.session.selected,
            replicate: self.session.replicate,
            quality_floor: self.session.floor,
        };
        let (studies, plans, decides) = (parts.study.is_some(), parts.plan.is_some(), parts.decide.is_some());
        worker.submit(Arc::clone(scenario), table, shown, parts);
        self.session.busy = true;
        self.session.failure = None;
        if wanted.frontier {
            self.session.curves_are_old = true;
        }
        if wanted.intervals {
            self.session.intervals = None;
            self.session.sampling = Sampling::Running;
            self.session.sampling_since = None;
        }
        if studies {
            self.session.study_failure = None;
            self.session.studying = Sampling::Running;
            if let Some(studies) = &mut self.session.studies {
                studies.is_old = true;
            }
        }
        if decides {
            self.session.deciding = Sampling::Running;
        } else if self.session.deciding == Sampling::Running {
            self.session.deciding = Sampling::None;
        }
        if rollout {
            self.session.rollout_failure = None;
            self.session.rolling = Sampling::Running;
        } else if self.session.rolling == Sampling::Running {
            self.session.rolling = Sampling::None;
        }
        if ranging {
            self.session.range_failure = None;
            self.session.ranging = Sampling::Running;
        } else if self.session.ranging == Sampling::Running {
            self.session.ranging = Sampling::None;
        }
        if sweeping {
            self.session.sweep_failure = None;
            self.session.sweeping = Sampling::Running;
        } else if self.session.sweeping == Sampling::Running {
            self.session.sweeping = Sampling::Cancelled;
        }
        if calibrate {
            self.session.calibration_failure = None;
        }
        self.session.calibrating = if calibrate { Sampling::Running } else { Sampling::None };
        self.session.planning = if plans { Sampling::Running } else { Sampling::None };
        if plans {
            self.session.plan_failure = None;
            self.plans_are_old();
        }
    }

    /// The studies that the run shown can be lived with, where people react to alarms.
    fn studies_to_live_by(&self) -> Option<Vec<Study>> {
        let session = &self.session;
        let studies = session.studies.as_ref().filter(|s| !s.is_old && session.studying == Sampling::Done)?;
        let is_of_policy = studies.at.first().is_some_and(|study| study.policy == session.selected);
        (is_of_policy && self.document.scenario.response.is_some()).then(|| studies.at.clone())
    }

    /// What a search for a monitoring plan is given.
    pub(super) fn plan_options(&self) -> PlanOptions {
        let (session, study) = (&self.session, &self.document.scenario.study);
        PlanOptions {
            budget_usd_per_day: session.plan_wishes.budget_usd_per_day,
            false_alarms: session.plan_wishes.false_alarms,
            replicates: study.replicates,
            without: session.plan_wishes.without.clone(),
        }
    }

    /// Something that monitoring plans depend on has changed.
    pub(super) fn plans_are_old(&mut self) {
        if let Some(planned) = &mut self.session.planned {
            planned.is_old = true;
        }
    }

    /// The scenario has changed: what the options are worth may have changed with it. It has not where the policy under study is another
    /// one, or words are others.
    pub(super) fn follow_decision(&mut self) {
        let Some(decided) = &mut self.session.decided else {
            self.session.deciding = Sampling::None;
            return;
        };
        let now = &self.document.scenario;
        let mut before = Scenario::clone(&decided.scenario);
        before.study.policy.clone_from(&now.study.policy);
        (before.name, before.description, before.source) =
            (now.name.clone(), now.description.clone(), now.source.clone());
        before.expectations.clone_from(&now.expectations);
        before.ranges.clone_from(&now.ranges);
        before.sweeps.clone_from(&now.sweeps);
        before.correlations.clone_from(&now.correlations);
        before.known.clone_from(&now.known);
        decided.is_old = before != **now;
        if decided.is_old {
            self.session.deciding = Sampling::None;
        } else {
            decided.scenario = Arc::clone(now);
        }
    }

    /// Something that the steps of the rollout depend on has changed.
    fn rollout_is_old(&mut self) {
        if let Some(rolled) = &mut self.session.rolled {
            rolled.is_old = true;
        }
        self.session.rollout_failure = None;
        self.session.rolling = Sampling::None;
    }

    /// Something that the answer over the ranges depends on has changed.
    pub(super) fn ranges_are_old(&mut self) {
        if let Some(unsure) = &mut self.session.unsure {
            unsure.is_old = true;
        }
        self.session.range_failure = None;
        self.session.ranging = Sampling::None;
    }

    pub(super) fn edited(&mut self) {
        if self.session.refused.take().is_some() {
            self.session.message.clear();
        }
        self.session.unsaved_since.get_or_insert_with(Instant::now);
        self.session.selected = self.session.selected.min(self.document.scenario.policies.len().saturating_sub(1));
        self.plans_are_old();
        self.follow_decision();
        self.session.plan_failure = None;
        self.session.calibrated = None;
        self.session.calibration_failure = None;
        self.rollout_is_old();
        self.ranges_are_old();
        self.simulate(self.everything());
    }

    /// Results by the old places of policies, segments and monitors belong to others now.
    pub(super) fn forget_results(&mut self) {
        self.session.essentials = None;
        self.session.points = None;
        self.session.curves = None;
        self.session.intervals = None;
        self.forget_watching();
        self.session.decided = None;
        self.session.breakdown = None;
        self.session.hidden.clear();
    }

    /// The study and the plans, and what was looked at in them.
    pub(super) fn forget_watching(&mut self) {
        self.session.studies = None;
        self.session.lives = None;
        self.session.monitor = None;
        self.session.planned = None;
        self.session.plan = None;
        self.session.rolled = None;
        self.session.rollout_failure = None;
        self.session.rolling = Sampling::None;
        self.session.unsure = None;
        self.session.range_failure = None;
        self.session.ranging = Sampling::None;
    }
}
