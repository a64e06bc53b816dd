//! What other threads found.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::arrival::Arrival;
use super::command::Command;
use super::course::Unread;
use super::files::{Guard, Source, Unwritten};
use super::results::{Decided, Planned, Rolled, Sampling, Studies, Unsure};
use super::session::{Dialog, Purpose};
use super::settings::Settings;
use super::tables::{Form, Preview};
use super::tasks::Outcome;
use super::worker::{Found, Worker};
use super::{App, export};
use crate::frontier::{Frontier, Stage};
use crate::model::Scenario;
use crate::model::address::Target;
use crate::replay::source;

impl App {
    /// The document's table is this one from now on.
    pub(super) fn replace_table(&mut self, path: &Path, found: Preview) {
        self.trust(found.real_path);
        let scenario_file = self.document.source.path.clone();
        let table = scenario_file.map_or_else(
            || std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).to_string_lossy().into_owned(),
            |file| source::relative(path, &file),
        );
        self.document.table = Some(Arc::clone(&found.table));
        self.document.edit(true, |scenario| {
            if let Some(replay) = &mut scenario.replay {
                replay.table = table;
                replay.blake3 = Some(found.blake3);
            }
        });
        self.edited();
    }

    /// Takes in what other threads found.
    pub(super) fn receive(&mut self) {
        let updates = self.worker.as_ref().map(Worker::updates).unwrap_or_default();
        for found in updates {
            let session = &mut self.session;
            match found {
                Found::Points(points) => session.points = Some(Arc::from(points)),
                Found::FirstPoints(points) => {
                    let merged = session.points.as_deref().and_then(|before| merged(before, &points));
                    session.points = Some(Arc::new(merged.unwrap_or(*points)));
                }
                Found::Curves(curves) => {
                    let curves: Arc<Frontier> = Arc::from(curves);
                    session.points = Some(Arc::clone(&curves));
                    session.curves = Some(curves);
                    session.curves_are_old = false;
                }
                Found::Breakdown(parts) => session.breakdown = Some(*parts),
                Found::Timeline(timeline) => session.timeline = Some(*timeline),
                Found::Intervals(sampled) => {
                    session.intervals = Some(*sampled);
                    session.sampling = Sampling::Done;
                }
                Found::IntervalsCancelled => session.sampling = Sampling::Cancelled,
                Found::Study { at, is_whole } => {
                    let scenario = Arc::clone(&self.document.scenario);
                    session.studies = Some(Studies { scenario, at, is_old: false });
                    session.study_failure = None;
                    if is_whole {
                        session.studying = Sampling::Done;
                    }
                }
                Found::Plans(plans) => {
                    let (scenario, policy) = (Arc::clone(&self.document.scenario), session.selected);
                    if !plans.is_preliminary {
                        session.planning = Sampling::Done;
                    }
                    session.planned = Some(Planned { scenario, policy, plans: *plans, is_old: false });
                    session.plan = None;
                }
                Found::PlansCancelled => session.planning = Sampling::Cancelled,
                Found::PlansFailed(message) => {
                    session.planned = None;
                    session.plan_failure = Some(message);
                    session.planning = Sampling::None;
                }
                Found::Decision { decision, is_whole } => {
                    let scenario = Arc::clone(&self.document.scenario);
                    session.decided = Some(Decided { scenario, decision: *decision, is_whole, is_old: false });
                    if is_whole {
                        session.deciding = Sampling::Done;
                    }
                }
                Found::DecisionCancelled => session.deciding = Sampling::Cancelled,
                Found::Lives(lives) => session.lives = Some(*lives),
                Found::Rollout { outcome, is_whole } => {
                    let scenario = Arc::clone(&self.document.scenario);
                    session.rolled = Some(Rolled { scenario, outcome: *outcome, is_whole, is_old: false });
                    session.rollout_failure = None;
                    if is_whole {
                        session.rolling = Sampling::Done;
                    }
                }
                Found::RolloutCancelled => session.rolling = Sampling::Cancelled,
                Found::RolloutFailed(message) => {
                    session.rolled = None;
                    session.rollout_failure = Some(message);
                    session.rolling = Sampling::None;
                }
                Found::Ranges { found, is_whole } => {
                    let scenario = Arc::clone(&self.document.scenario);
                    session.unsure = Some(Unsure { scenario, found: *found, is_whole, is_old: false });
                    session.range_failure = None;
                    if is_whole {
                        session.ranging = Sampling::Done;
                    }
                }
                Found::Unit { point, values, rows } => {
                    if let Some(swept) = &mut session.swept {
                        swept.found.add(point, &values, &rows);
                    }
                }
                Found::SweepDone => session.sweeping = Sampling::Done,
                Found::SweepCancelled => session.sweeping = Sampling::Cancelled,
                Found::SweepFailed(message) => {
                    session.sweep_failure = Some(message);
                    session.sweeping = Sampling::None;
                }
                Found::RangesCancelled => session.ranging = Sampling::Cancelled,
                Found::RangesFailed(message) => {
                    session.unsure = None;
                    session.range_failure = Some(message);
                    session.ranging = Sampling::None;
                }
                Found::Essentials(found) => session.essentials = Some(found),
                Found::Known(values) => session.known_now = values,
                Found::Calibrated(outcome) => {
                    if self.take_calibration(*outcome) {
                        // What comes after it belongs to the scenario before.
                        break;
                    }
                }
                Found::CalibrationCancelled => session.calibrating = Sampling::Cancelled,
                Found::CalibrationFailed(message) => {
                    session.calibration_failure = Some(message);
                    session.calibrating = Sampling::None;
                }
                Found::StudyCancelled => session.studying = Sampling::Cancelled,
                Found::StudyFailed(message) => {
                    session.studies = None;
                    session.study_failure = Some(message);
                    session.studying = Sampling::None;
                }
                Found::Failed(message) => {
                    session.failure = Some(message);
                    session.sampling = Sampling::None;
                    session.studying = Sampling::None;
                    session.planning = Sampling::None;
                    session.deciding = Sampling::None;
                    session.rolling = Sampling::None;
                    session.ranging = Sampling::None;
                    session.sweeping = Sampling::None;
                    session.calibrating = Sampling::None;
                }
                Found::Finished => session.busy = false,
            }
        }
        let ctx = self.tasks.context().clone();
        for outcome in self.tasks.outcomes() {
            match outcome {
                Outcome::Opened(Ok(opened)) => self.arrive(&ctx, Arrival::Opened(opened)),
                Outcome::Pasted(Ok(opened)) => self.arrive(&ctx, Arrival::Pasted(opened)),
                Outcome::Pasted(Err(message)) => self.notice("The pasted text is no scenario", message),
                Outcome::LessonRead { result: Ok(course), .. } => self.arrive(&ctx, Arrival::Lesson(course)),
                Outcome::LessonRead { path, result: Err(Unread::Outside(scenario)) } => {
                    self.session.dialog = Some(Dialog::Outside { lesson: path, scenario });
                }
                Outcome::LessonRead { result: Err(Unread::Failed(message)), .. } => {
                    self.notice("The lesson cannot be opened", message);
                }
                Outcome::ScenarioTable { of, replay, result } => {
                    // The document may be another one meanwhile.
                    if of == self.number() && self.document.scenario.replay == replay {
                        self.take_table(result);
                        self.simulate(self.everything());
                    }
                }
                Outcome::RecoveredRead(Ok(rescued)) => self.arrive(&ctx, Arrival::Rescued(rescued)),
                Outcome::RecoveredRead(Err(message)) => {
                    // The others are offered when the program starts again.
                    self.offered.clear();
                    self.offer_recovery();
                    self.notice("The recovered work cannot be read", message);
                }
                Outcome::RecoveryFound(found) => {
                    self.offered = found;
                    self.offer_recovery();
                }
                Outcome::SettingsRead(settings) => {
                    // What was set meanwhile is what somebody wants now.
                    if self.settings == Settings::default() {
                        self.settings = *settings;
                        self.apply_look(&ctx);
                    }
                }
                Outcome::FileChanged { stamp, change } => {
                    // The document may have been saved since.
                    if self.document.source.stamp.as_ref() == Some(&stamp) {
                        self.session.file_change = change;
                    }
                }
                Outcome::Compared { path, .. } if self.document.source.path.as_ref() != Some(&path) => {}
                Outcome::Compared { path, now, result: Ok(lines) } => {
                    self.session.dialog = Some(Dialog::Difference { path, lines, now });
                }
                Outcome::Compared { result: Err(message), .. } => self.notice("The file cannot be compared", message),
                Outcome::TableRead(Ok(preview)) => {
                    self.trust(preview.real_path.clone());
                    self.session.dialog = Some(Dialog::Import(Box::new(Form::new(*preview))));
                }
                Outcome::Imported { form, made } => self.imported(&ctx, form, made),
                Outcome::TableFound { of, .. } if of != self.number() => {}
                Outcome::TableFound { path, result: Ok(preview), .. } => self.replace_table(&path, *preview),
                Outcome::TableRead(Err(message)) | Outcome::TableFound { result: Err(message), .. } => {
                    self.notice("The table cannot be used", message);
                }
                Outcome::Opened(Err(message)) => self.notice("The file cannot be opened", message),
                Outcome::Saved { of, path, scenario, result } if of != self.number() => {
                    self.saved_elsewhere(of, &path, scenario, result);
                }
                Outcome::Saved { path, scenario, result: Ok(source), .. } => {
                    self.session.message = format!("Saved to {}", path.display());
                    self.remember(&path);
                    let kept = (Arc::clone(&scenario), Source::clone(&source));
                    self.document.saved(*source, scenario);
                    self.keep_version(kept.0, kept.1);
                    self.session.file_change = None;
                    if !self.document.is_changed() {
                        self.forget_recovery();
                        if let Some(next) = self.session.after_save.take() {
                            self.commands.push(*next);
                        }
                    }
                }
                Outcome::Saved { path, result: Err(unwritten), .. } => self.unwritten(path, unwritten),
                Outcome::Thumbnail(index, picture) => {
                    if let Some(place) = self.thumbnails.get_mut(index) {
                        *place = picture;
                    }
                }
                Outcome::Versions(found) => {
                    if let Some(Dialog::Versions(shown)) = &mut self.session.dialog {
                        *shown = Some(found);
                    }
                }
                Outcome::Version(of, _) if of != self.number() => {}
                Outcome::Version(_, Ok(scenario)) if scenario.replay != self.document.scenario.replay => {
                    self.notice(
                        "The version is not opened",
                        "It replays another table, or replays it otherwise.".to_owned(),
                    );
                }
                Outcome::Version(_, Ok(scenario)) => {
                    self.change_entries(Target::Head, |now| {
                        *now = *scenario;
                        Ok(())
                    });
                    self.session.message = "Back at an earlier version; Undo takes it back".to_owned();
                }
                Outcome::Version(_, Err(why)) => self.notice("The version cannot be opened", why),
                Outcome::Copied(export, result) => {
                    self.session.exporting = None;
                    self.copied = Some((export, result));
                }
                Outcome::Exported { path, result: Ok(()), .. } => {
                    self.session.exporting = None;
                    self.session.message = format!("Exported to {}", path.display());
                }
                Outcome::Exported { result: Err(export::ExportError::Cancelled), .. } => {
                    self.session.exporting = None;
                    self.session.message = "Export cancelled".to_owned();
                }
                Outcome::Exported { export, path, result: Err(export::ExportError::Exists) } => {
                    self.session.exporting = None;
                    self.session.message.clear();
                    let over = Command::ExportOver(export, path.clone());
                    let another = Command::ExportElsewhere(export, path.clone());
                    self.session.dialog =
                        Some(Dialog::Exists { path, over: Box::new(over), another: Box::new(another) });
                }
                Outcome::Exported { result: Err(error), .. } => {
                    self.session.exporting = None;
                    self.session.message.clear();
                    self.notice("The export failed", error.to_string());
                }
                Outcome::Exporting(path) => {
                    self.session.exporting = Some((0, 0));
                    self.session.message = format!("Exporting to {}…", path.display());
                }
                Outcome::NoExportDialog { export, proposed } => {
                    self.session.dialog = Some(Dialog::ExportPath { export, text: proposed });
                }
                Outcome::Described { answers, made } => self.described(&ctx, *answers, made),
                Outcome::PricesRead(Ok(list)) => self.take_prices_list(*list),
                Outcome::PricesRead(Err(message)) => self.notice("The price list cannot be used", message),
                Outcome::DialogClosed => self.session.after_save = None,
                Outcome::NoDialog(purpose) => {
                    let text = match (&self.document.source.path, purpose) {
                        (_, Purpose::Import | Purpose::Locate | Purpose::Prices) | (None, Purpose::Open) => {
                            String::new()
                        }
                        (Some(path), _) => path.display().to_string(),
                        (None, Purpose::Save) => {
                            let name = self.document.source.proposed_name(&self.document.scenario);
                            // Whole, so that everybody sees where it goes.
                            std::path::absolute(&name).map_or(name, |path| path.display().to_string())
                        }
                    };
                    self.session.dialog = Some(Dialog::Path { purpose, text });
                }
                Outcome::RecoveryFailed(message) => {
                    self.session.message = format!("Unsaved work cannot be kept safe: {message}");
                }
            }
        }
    }

    /// A document was saved, or was not, that is not the one looked at any more.
    fn saved_elsewhere(
        &mut self,
        of: u64,
        path: &Path,
        scenario: Arc<Scenario>,
        result: Result<Box<Source>, Unwritten>,
    ) {
        let Some(parked) = self.parked.iter_mut().find(|parked| parked.document.own.number() == of) else { return };
        match result {
            Ok(source) => {
                parked.document.saved(*source, scenario);
                parked.session.file_change = None;
                if !parked.document.is_changed() {
                    parked.session.unsaved_since = None;
                    if let Some(dir) = &self.data_dir {
                        self.tasks.forget_recovery(dir.clone(), &parked.document.own);
                    }
                }
                self.session.message = format!("Saved to {}", path.display());
                self.remember(path);
            }
            Err(_) => {
                let name = parked.document.scenario.name.clone();
                self.notice(
                    "Not saved",
                    format!("{name} was not saved to {}: look at it, and save again.", path.display()),
                );
            }
        }
    }

    /// Why the document was not saved, and what can be done.
    fn unwritten(&mut self, path: PathBuf, unwritten: Unwritten) {
        self.session.dialog = Some(match unwritten {
            Unwritten::Changed { change, now } => Dialog::Changed { path, change, now },
            Unwritten::Exists => {
                let over = Box::new(Command::SaveOver(path.clone(), Guard::Agreed));
                Dialog::Exists { path, over, another: Box::new(Command::SaveAs) }
            }
            Unwritten::Failed(text) => {
                self.session.after_save = None;
                Dialog::Notice { title: "The file cannot be saved".to_owned(), text }
            }
        });
    }
}

/// Points of before with those that are new among them; `None` where the two are not of one shape.
fn merged(before: &Frontier, new: &Frontier) -> Option<Frontier> {
    fn stage(before: &Stage, new: &Stage) -> Option<Stage> {
        let mut stage = new.clone();
        if stage.curves.len() != before.curves.len() || stage.metrics.len() != before.metrics.len() {
            return None;
        }
        let places = stage.curves.iter_mut().zip(&mut stage.metrics);
        for ((curve, metrics), (old_curve, old_metrics)) in places.zip(before.curves.iter().zip(&before.metrics)) {
            if curve.operating_point.is_none() {
                curve.clone_from(old_curve);
                metrics.clone_from(old_metrics);
            } else {
                curve.knob.clone_from(&old_curve.knob);
                curve.sweep.clone_from(&old_curve.sweep);
            }
        }
        // What nothing beats among all of them is still that of before.
        stage.pareto.clone_from(&before.pareto);
        stage.hull.clone_from(&before.hull);
        Some(stage)
    }
    let launch = stage(&before.launch, &new.launch)?;
    let production = match (&before.production, &new.production) {
        (Some(before), Some(new)) => Some(stage(before, new)?),
        (None, None) => None,
        _ => return None,
    };
    Some(Frontier { launch, production, ..new.clone() })
}
