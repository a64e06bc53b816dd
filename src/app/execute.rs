//! What each command does; they run when a frame is over.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui;

use super::command::Command;
use super::course::Course;
use super::document::Document;
use super::export::ExportError;
use super::exporting::Clip;
use super::files::{Guard, is_same};
use super::layout::{Page, Side};
use super::plots::Need;
use super::results::{Pin, Sampling};
use super::session::{Dialog, Purpose};
use super::settings::Settings;
use super::simulate::Wanted;
use super::tab::Tab;
use super::tasks::Destination;
use super::{App, export, exporting, layout, parameters, plots, tables, tasks};
use crate::entry::List;
use crate::model::Scenario;
use crate::model::address::{self, Target};
use crate::replay::source;
use crate::scenario::edit::{self, Edit, Entry};

/// Runs to look at one after the other.
const MOST_RUNS: u32 = 1000;
/// How long the window waits when it closes until its recovery file is gone.
const LAST_WAIT: Duration = Duration::from_secs(1);

impl App {
    pub(super) fn folder(&self) -> Option<&Path> {
        self.document.source.folder.as_deref()
    }

    /// Where an export goes unless somebody says otherwise: beside the scenario.
    pub(super) fn export_path(&self, export: export::Export) -> PathBuf {
        let name = export.proposed_name(&self.document.source.proposed_name(&self.document.scenario));
        self.folder().map_or_else(|| PathBuf::from(&name), |folder| folder.join(&name))
    }

    /// What computes an export of the document as it is now.
    pub(super) fn export_job(&self, export: export::Export) -> tasks::ExportJob {
        let scenario = Arc::clone(&self.document.scenario);
        let (source, table) = (self.document.source.clone(), self.document.table.clone());
        let choices = export::Choices {
            policy: self.session.selected,
            monitor: self.session.monitor,
            replicate: self.session.replicate,
            false_alarms: self.session.false_alarms,
            plan: Some(self.plan_options()),
            has_options: self.session.decided.is_some() || self.session.deciding == Sampling::Running,
            output: self.session.output,
            pins: self.session.pins.clone(),
        };
        Box::new(move |control| {
            let text = source.to_text(&scenario);
            exporting::build(export, &scenario, table.as_ref(), &text, &choices, control)
        })
    }

    /// What makes the text to save of the document as it is now, for the file it goes to. It takes its time, and runs elsewhere.
    pub(super) fn text_to_save(&self) -> impl FnOnce(&Path) -> (String, Arc<Scenario>) + Send + 'static {
        let scenario = Arc::clone(&self.document.scenario);
        let (source, from) = (self.document.source.clone(), self.folder().map(Path::to_owned));
        move |path| {
            let scenario = tables::rebased(&scenario, from.as_deref(), path);
            (source.to_text(&scenario), scenario)
        }
    }

    pub(super) fn run(&mut self, ctx: &egui::Context, command: Command) {
        // Another document asks when it has arrived.
        if command == Command::Quit
            && !self.session.may_close
            && let Some(index) = self.unsaved()
        {
            self.look_at(ctx, index);
            self.session.dialog = Some(Dialog::Unsaved(Box::new(command)));
            return;
        }
        self.execute(ctx, command);
    }

    pub(super) fn execute(&mut self, ctx: &egui::Context, command: Command) {
        match command {
            Command::New => self.session.describing.is_open = true,
            Command::Answer(answers) => self.session.describing.answers = *answers,
            Command::DescribePage(by) => self.session.describing.step(by),
            Command::SkipPage => self.session.describing.skip(),
            Command::CloseDescribe => self.session.describing.is_open = false,
            Command::MakeScenario => {
                self.session.describing.is_wanted = true;
                self.deliver(ctx);
            }
            Command::SearchPrices(search) => self.session.describing.search = search,
            Command::PricesDialog => self.tasks.prices_dialog(),
            Command::LoadPrices(path) => {
                self.session.dialog = None;
                self.tasks.prices(path);
            }
            Command::TakePrices(index) => self.take_prices(index),
            Command::OpenDialog => {
                let folder = self.folder().map(Path::to_owned);
                self.tasks.open_dialog(folder.as_deref(), self.settings.trusted.clone());
            }
            Command::Open(path) => {
                self.session.dialog = None;
                match path.extension() {
                    _ if self.turn_to_file(ctx, &path) => {}
                    Some(ending) if ending.eq_ignore_ascii_case("md") => {
                        self.tasks.lesson(path, self.settings.trusted.clone());
                    }
                    _ if source::is_table(&path) => self.tasks.import(path),
                    _ => self.tasks.open(path, self.settings.trusted.clone()),
                }
            }
            Command::ImportDialog => {
                let folder = self.folder().map(Path::to_owned);
                self.tasks.table_dialog(self.number(), folder.as_deref(), Purpose::Import);
            }
            Command::Import(path) => {
                self.session.dialog = None;
                self.session.message = format!("Reading {}", path.display());
                self.tasks.import(path);
            }
            Command::EditImport(form) => {
                if let Some(Dialog::Import(before)) = &mut self.session.dialog {
                    *before = form;
                }
            }
            Command::AcceptImport(form) => self.tasks.make_scenario(form),
            Command::LocateTable => {
                let folder = self.folder().map(Path::to_owned);
                self.tasks.table_dialog(self.number(), folder.as_deref(), Purpose::Locate);
            }
            Command::UseTable(path) => {
                self.session.dialog = None;
                self.tasks.find_table(self.number(), path);
            }
            Command::TrustTable(path) => {
                self.trust(Some(path));
                self.execute(ctx, Command::FindTable);
            }
            Command::FindTable => {
                self.session.dialog = None;
                let (scenario, folder) = (Arc::clone(&self.document.scenario), self.document.source.folder.clone());
                self.tasks.scenario_table(self.number(), scenario, folder, self.settings.trusted.clone());
            }
            Command::TrustLesson { lesson, scenario } => {
                self.session.dialog = None;
                self.trust(Some(scenario));
                self.tasks.lesson(lesson, self.settings.trusted.clone());
            }
            Command::TakeTable => {
                let replay = self.document.scenario.replay.as_ref();
                let path = replay.map(|replay| source::path(replay, self.folder()));
                self.session.dialog = None;
                if let Some(path) = path {
                    self.tasks.find_table(self.number(), path);
                }
            }
            Command::OpenLibrary(index) => {
                if let Some(item) = self.library.get(index) {
                    self.tasks.library(item.clone());
                }
            }
            Command::TakeIn => {
                if let Some(arrival) = self.arrived.take() {
                    self.take_in(ctx, arrival);
                }
            }
            Command::TakeInBeside => {
                if let Some(arrival) = self.arrived.take().filter(|_| self.has_room()) {
                    self.park();
                    self.take_in(ctx, arrival);
                }
            }
            Command::OpenBeside => self.open_beside(),
            Command::TurnTo(index) => self.turn_to(ctx, index),
            Command::TurnBy(by) => {
                let count = self.parked.len() as isize + 1;
                self.turn_to(ctx, (self.place as isize + by).rem_euclid(count) as usize);
            }
            Command::AskToClose(index) => self.ask_to_close(ctx, index.unwrap_or(self.place)),
            Command::Close(index) => self.close(ctx, index),
            Command::Save => match self.document.source.path.clone() {
                Some(path) => self.run(ctx, Command::SaveTo(path)),
                None => self.run(ctx, Command::SaveAs),
            },
            Command::SaveFirst(next) => {
                self.session.dialog = None;
                self.session.after_save = Some(next);
                self.run(ctx, Command::Save);
            }
            Command::SaveAs => {
                self.session.dialog = None;
                let name = self.document.source.proposed_name(&self.document.scenario);
                let folder = self.folder().map(Path::to_owned);
                let (source, inputs) = (self.document.source.clone(), self.table_path());
                let to = move |path: &Path| Destination {
                    // The system has asked whether another file may go.
                    guard: source.guard(path).unwrap_or(Guard::Agreed),
                    inputs,
                };
                let text = self.text_to_save();
                self.tasks.save_dialog(self.number(), folder.as_deref(), name, to, text);
            }
            Command::SaveTo(path) => {
                let guard = self.document.source.guard(&path).unwrap_or_default();
                self.save(path, guard);
            }
            Command::SaveOver(path, guard) => self.save(path, guard),
            Command::Compare => {
                self.session.dialog = None;
                if let Some(path) = self.document.source.path.clone() {
                    self.tasks.compare(path, self.text_to_save());
                }
            }
            Command::Reload => {
                self.session.dialog = None;
                self.session.after_save = None;
                if let Some(path) = self.document.source.path.clone() {
                    self.tasks.open(path, self.settings.trusted.clone());
                }
            }
            Command::Noted => self.session.file_change = None,
            Command::Export(_) | Command::ExportTo(..) | Command::ExportOver(..) | Command::Copy(_)
                if self.session.exporting.is_some() =>
            {
                self.session.dialog = None;
                self.session.message = "One export at a time: wait for it, or cancel it".to_owned();
            }
            Command::Copy(format) => {
                let export = export::Export::One(self.settings.tab, format);
                self.session.exporting = Some((0, 0));
                self.session.message = "Copying…".to_owned();
                self.tasks.copy(export, self.export_job(export));
            }
            Command::CancelExport => self.tasks.cancel_export(),
            Command::Export(export) => {
                let proposed = self.export_path(export);
                self.tasks.export_dialog(export, &proposed, self.inputs(), self.export_job(export));
            }
            Command::ExportTo(export, path) => self.export(export, path, Guard::New),
            Command::ExportOver(export, path) => self.export(export, path, Guard::Agreed),
            Command::ExportElsewhere(export, path) => {
                self.session.dialog = Some(Dialog::ExportPath { export, text: path.display().to_string() });
            }
            Command::CopyScenario => {
                ctx.copy_text(self.document.source.to_text(&self.document.scenario));
                self.session.message = "The scenario is on the clipboard, as text".to_owned();
            }
            Command::AskPaste => ctx.send_viewport_cmd(egui::ViewportCommand::RequestPaste),
            Command::Paste(text) => self.tasks.paste(text),
            Command::Quit => {
                self.session.may_close = true;
                if let Some(dir) = &self.data_dir {
                    let forget = |document: &Document| self.tasks.forget_recovery(dir.clone(), &document.own);
                    let forgotten: Vec<_> = self.documents().map(forget).collect();
                    let end = Instant::now() + LAST_WAIT;
                    for done in forgotten {
                        // The process may be gone before another thread is; a disk that does not answer keeps nobody here.
                        let _ = done.recv_timeout(end.saturating_duration_since(Instant::now()));
                    }
                }
                ctx.send_viewport_cmd(egui::ViewportCommand::Close);
            }
            Command::Undo => self.travel(Document::undo),
            Command::Redo => self.travel(Document::redo),
            Command::Set { address, value, dragging } => {
                let objection = parameters::objection(&self.document.scenario, address, value);
                // A slider stops at the limits of what is allowed; what was typed is refused, with the reason.
                if let Some(message) = objection {
                    return self.refuse(address.target, Some(address.key), message);
                }
                // A slider on its way makes one step to undo, not one for each frame.
                let step = self.session.dragging != Some(address);
                self.session.dragging = dragging.then_some(address);
                self.document.edit(step, |scenario| address::set(scenario, address, value));
                self.edited();
            }
            Command::SetAll { values, dragging } => {
                let objection =
                    |(a, value): &(_, f64)| Some((*a, parameters::objection(&self.document.scenario, *a, *value)?));
                if let Some((address, message)) = values.iter().find_map(objection) {
                    return self.refuse(address.target, Some(address.key), message);
                }
                let first = values.first().map(|(address, _)| *address);
                let step = first.is_none() || self.session.dragging != first;
                self.session.dragging = if dragging { first } else { None };
                self.document.edit(step, |scenario| {
                    values.iter().for_each(|(address, value)| address::set(scenario, *address, *value));
                });
                self.edited();
            }
            Command::Sheet(list) => self.session.dialog = Some(Dialog::Sheet(list, Vec::new())),
            Command::PasteSheet(text) => {
                if let Some(Dialog::Sheet(list, _)) = self.session.dialog {
                    let told = self.paste_sheet(list, &text);
                    self.session.dialog = Some(Dialog::Sheet(list, told));
                }
            }
            Command::Reset(address) => {
                if let Some(value) = self.document.original_value(address) {
                    self.session.dragging = None;
                    self.document.edit(true, |scenario| address::set(scenario, address, value));
                    self.edited();
                }
            }
            Command::ResetAll => {
                let original = Arc::clone(&self.document.original);
                self.document.edit(true, |scenario| scenario.clone_from(&original));
                self.edited();
            }
            Command::Select(policy) => {
                self.session.selected = policy;
                self.session.essentials = None;
                // A run of the new policy; points and curves are those of all policies, and stay.
                let points_are_whole = !self.session.curves_are_old;
                let sampled = self.session.sampling == Sampling::Done;
                self.session.timeline = None;
                self.session.plan_failure = None;
                self.forget_watching();
                let wanted = self.everything();
                self.simulate(Wanted { frontier: !points_are_whole, intervals: !sampled, ..wanted });
            }
            Command::CancelSampling => {
                if let Some(worker) = &self.worker {
                    worker.cancel_sampling();
                }
            }
            Command::Sample => self.simulate(Wanted { intervals: true, ..self.owed() }),
            Command::CancelStudy => {
                if let Some(worker) = &self.worker {
                    worker.cancel_study();
                }
            }
            Command::Study => self.simulate(Wanted { study: true, ..self.owed() }),
            Command::Plan => self.simulate(Wanted { plan: true, ..self.owed() }),
            Command::CancelPlan => {
                if let Some(worker) = &self.worker {
                    worker.cancel_plan();
                }
            }
            Command::PlanWishes(wishes) => {
                if wishes != self.session.plan_wishes {
                    self.session.plan_wishes = wishes;
                    self.plans_are_old();
                    self.session.plan_failure = None;
                }
            }
            Command::Decide => self.simulate(Wanted { decide: true, ..self.owed() }),
            Command::CancelDecision => {
                if let Some(worker) = &self.worker {
                    worker.cancel_decision();
                }
            }
            Command::TakeOption(index) => self.take_option(ctx, index),
            Command::LookAtSteps => self.simulate(Wanted { rollout: true, ..self.owed() }),
            Command::CancelSteps => {
                if let Some(worker) = &self.worker {
                    worker.cancel_rollout();
                }
            }
            Command::RunSweep => self.run_sweep(),
            Command::CancelSweep => {
                if let Some(worker) = &self.worker {
                    worker.cancel_sweep();
                }
            }
            Command::LookAtSweep(look) => self.session.sweep_look = look,
            Command::TakePoint(point) => self.take_point(point),
            Command::PutRange { address, range, dragging } => self.put_range(address, range, dragging),
            Command::LookAtRanges => self.simulate(Wanted { ranges: true, ..self.owed() }),
            Command::CancelRanges => {
                if let Some(worker) = &self.worker {
                    worker.cancel_ranges();
                }
            }
            Command::TakeApart(output) => {
                self.session.output = output;
                self.ranges_are_old();
                self.simulate(Wanted { ranges: true, ..self.owed() });
            }
            Command::Calibrate => self.simulate(Wanted { calibrate: true, ..self.owed() }),
            Command::CancelCalibration => {
                if let Some(worker) = &self.worker {
                    worker.cancel_calibration();
                }
            }
            Command::LookAtPlan(plan) => self.session.plan = Some(plan),
            Command::TakePlan => self.take_plan(),
            Command::Tab(tab) => {
                let entry = plots::entry(tab);
                self.change_setting(ctx, |s| {
                    s.tab = tab;
                    s.layout.bring_to_front(tab, entry.is_tall);
                });
                // Whoever looks does not want to wait for the intervals.
                let session = &self.session;
                let has_plans = session.planned.as_ref().is_some_and(|planned| !planned.is_old);
                let is_first_look = match entry.need {
                    Some(Need::Study) => session.studies.is_none() && session.study_failure.is_none(),
                    Some(Need::Plans) => {
                        !has_plans && session.plan_failure.is_none() && session.planning == Sampling::None
                    }
                    Some(Need::Decision) => session.deciding != Sampling::Running && self.lacks_decision(),
                    Some(Need::Rollout) => self.lacks_rollout(),
                    Some(Need::Ranges) => self.lacks_ranges(),
                    None => false,
                };
                if is_first_look {
                    let owed = self.owed();
                    self.simulate(Wanted {
                        study: owed.study || entry.need == Some(Need::Study),
                        plan: owed.plan || entry.need == Some(Need::Plans),
                        decide: owed.decide || entry.need == Some(Need::Decision),
                        rollout: owed.rollout || entry.need == Some(Need::Rollout),
                        ranges: owed.ranges || entry.need == Some(Need::Ranges),
                        ..owed
                    });
                }
            }
            Command::FalseAlarms(budget) => {
                self.session.false_alarms = Some(budget);
                self.plans_are_old();
            }
            Command::Monitor(monitor) => self.session.monitor = Some(monitor),
            Command::Theme(theme) => self.change_setting(ctx, |s| s.theme = theme),
            Command::Zoom(zoom) => {
                self.change_setting(ctx, |s| s.zoom = zoom);
                ctx.set_zoom_factor(zoom.unwrap_or(1.0));
            }
            Command::CostAxis(axis) => self.change_setting(ctx, |s| s.cost = axis),
            Command::QualityAxis(axis) => self.change_setting(ctx, |s| s.quality = axis),
            Command::LogCost(on) => self.change_setting(ctx, |s| s.log_cost = on),
            Command::AtLaunch(on) => self.change_setting(ctx, |s| s.at_launch = on),
            Command::Still(on) => self.change_setting(ctx, |s| s.still = on),
            Command::Depth(depth) => {
                self.session.essentials = None;
                self.change_setting(ctx, |s| s.depth = depth);
                if self.owed().essentials {
                    self.simulate(self.owed());
                }
            }
            Command::Words(words) => self.change_setting(ctx, |s| s.words = words),
            Command::TypePath(typed) => {
                if let Some(Dialog::Path { text, .. } | Dialog::ExportPath { text, .. }) = &mut self.session.dialog {
                    *text = typed;
                }
            }
            Command::OpenRecent(index) => {
                if let Some(path) = self.settings.recent.get(index).cloned() {
                    self.run(ctx, Command::Open(path));
                }
            }
            // A divider on its way is not written to the disk at every step.
            Command::Dock(layout) => {
                self.settings.layout = *layout;
                self.session.layout_is_new = true;
            }
            Command::ResetLayout => self.change_setting(ctx, |s| {
                s.layout = layout::Layout::default();
                (s.hide_scenario, s.hide_summary) = (false, false);
            }),
            Command::TogglePanel(side) => self.change_setting(ctx, |s| match side {
                Side::Left => s.hide_scenario = !s.hide_scenario,
                Side::Right => s.hide_summary = !s.hide_summary,
            }),
            Command::Page(page) => self.session.page = page,
            Command::Step(by) => {
                let count = self.document.scenario.policies.len().max(1) as isize;
                let next = (self.session.selected as isize + by).rem_euclid(count);
                self.run(ctx, Command::Select(next as usize));
            }
            Command::NextReplicate => {
                self.session.replicate = (self.session.replicate + 1) % MOST_RUNS;
                self.simulate(self.owed());
            }
            Command::Day(day) => {
                self.session.playing_since = None;
                self.session.day = day;
            }
            Command::TogglePlay => {
                let last = self.document.scenario.traffic.days.saturating_sub(1);
                let from = self.session.day.filter(|day| *day < last).unwrap_or(0);
                self.session.playing_since = match self.session.playing_since {
                    Some(_) => None,
                    None => Some((Instant::now(), from)),
                };
                self.session.day = Some(from);
            }
            Command::ShowCurve(policy, shown) => {
                if shown {
                    self.session.hidden.remove(&policy);
                } else {
                    self.session.hidden.insert(policy);
                }
            }
            Command::Floor { quality, dragging } => {
                self.session.floor = Some(quality);
                if !dragging {
                    self.simulate(Wanted { frontier: true, ..self.owed() });
                }
            }
            Command::Heat(heat) => self.change_setting(ctx, |s| s.heat = heat),
            Command::Pin => {
                if let Some(frontier) = self.session.curves.clone() {
                    let scenario = Arc::clone(&self.document.scenario);
                    let name = format!("{} {}", scenario.name, self.session.pins.len() + 1);
                    let policy = self.session.selected;
                    self.session.pins.push(Pin { name, scenario, frontier, policy });
                }
            }
            Command::Variant => {
                let index = self.session.selected;
                if self.session.curves.is_none() || self.session.curves_are_old {
                    self.session.message = "The curves are still being worked out: a moment".to_owned();
                    return;
                }
                let pins = self.session.pins.clone();
                self.run(ctx, Command::Pin);
                let is_done = self.change_entries(Target::Policy(index), |scenario| {
                    edit::apply(scenario, List::Policies, index, &Edit::Duplicate)
                });
                if !is_done {
                    self.session.pins = pins;
                }
                if is_done {
                    self.run(ctx, Command::Select(index + 1));
                    self.run(ctx, Command::Tab(Tab::Compare));
                }
            }
            Command::RenamePin(index, name) => {
                if let Some(pin) = self.session.pins.get_mut(index) {
                    pin.name = name;
                }
            }
            Command::Unpin(index) => {
                if index < self.session.pins.len() {
                    self.session.pins.remove(index);
                }
            }
            Command::EditEntry(list, index, edit) => {
                let target = Target::of_entry(list, index);
                self.change_entries(target, |scenario| edit::apply(scenario, list, index, &edit));
            }
            Command::AddEntry(list) => {
                let target = Target::of_entry(list, 0);
                if self.change_entries(target, |scenario| edit::add(scenario, list)) && list == List::Policies {
                    let last = self.document.scenario.policies.len().saturating_sub(1);
                    self.execute(ctx, Command::Select(last));
                }
            }
            Command::Put(entry @ Entry::Texts { .. }) => {
                // Words change no result.
                let mut scenario = Scenario::clone(&self.document.scenario);
                match edit::put(&mut scenario, entry) {
                    Err(reason) => self.refuse(Target::Head, None, reason),
                    Ok(()) => {
                        self.document.edit(true, |s| *s = scenario);
                        self.session.unsaved_since.get_or_insert_with(Instant::now);
                        self.session.refused = None;
                    }
                }
            }
            Command::Put(entry @ Entry::Known { .. }) => self.put_known(entry),
            Command::Put(entry) => {
                let target = match &entry {
                    Entry::Texts { .. } | Entry::Claims(_) => Target::Head,
                    Entry::Value { section, index, .. } => Target::of_section(section, *index),
                    Entry::Known { about, .. } => Target::Known(*about),
                    Entry::Policy(i, _) => Target::Policy(*i),
                    Entry::Event(i, _) => Target::Event(*i),
                    Entry::Monitor(i, _) => Target::Monitor(*i),
                    Entry::Response(_) => Target::Response,
                    Entry::Conversation(_) => Target::Conversation,
                };
                self.change_entries(target, |scenario| edit::put(scenario, entry));
            }
            Command::Refuse(address, message) => self.refuse(address.target, Some(address.key), message),
            Command::StartLesson(index) => self.tasks.shipped_lesson(index),
            Command::LessonStep(by) => {
                if self.session.course.as_mut().is_some_and(|course| course.go(by)) {
                    self.session.page = Page::Scenario;
                    self.show_step(ctx);
                }
            }
            Command::TypeGuess(typed) => self.change_course(|course| course.typed = typed),
            Command::AddGuesses => self.change_course(Course::guess_typed),
            Command::Guess(value) => self.change_course(|course| course.guess(value)),
            Command::ForgetGuess => self.change_course(Course::forget_guess),
            Command::Reveal => self.change_course(Course::reveal),
            Command::EndLesson => {
                self.session.course = None;
                if self.session.presenting {
                    self.present(ctx, false);
                }
            }
            Command::TogglePresenter => {
                let on = !self.session.presenting;
                self.present(ctx, on);
            }
            Command::ShowLesson(shown) => self.session.lesson_aside = !shown,
            Command::Changes => self.session.dialog = Some(Dialog::Changes),
            Command::Palette => self.session.dialog = Some(Dialog::Palette),
            Command::Search(text) => {
                self.settings.hide_scenario &= text.is_empty();
                if !text.is_empty() {
                    self.session.page = Page::Scenario;
                }
                self.session.search = text;
            }
            Command::Shortcuts => self.session.dialog = Some(Dialog::Shortcuts),
            Command::Start => self.show_start_page(),
            Command::Versions => {
                let found = if let Some(dir) = &self.data_dir {
                    self.tasks.versions(dir.clone(), self.kept_as());
                    None
                } else {
                    Some(Vec::new())
                };
                self.session.dialog = Some(Dialog::Versions(found));
            }
            Command::GoBackTo(version) => self.tasks.version(self.number(), version),
            Command::Tour(step) => self.session.tour = step,
            Command::Glossary => self.session.dialog = Some(Dialog::Glossary),
            Command::OpenManual => self.session.manual.is_open = true,
            Command::Manual(place) => self.session.manual.go(place),
            Command::ManualBack => self.session.manual.back(),
            Command::CloseManual => self.session.manual.is_open = false,
            Command::Dismiss => {
                self.session.dialog = None;
                self.session.after_save = None;
                self.arrived = None;
                self.want_all();
            }
            Command::Discard(then) => {
                self.session.dialog = None;
                self.session.given_up = *then == Command::Quit;
                if self.session.given_up {
                    // Other scenarios may have unsaved changes as well.
                    self.run(ctx, *then);
                } else {
                    self.execute(ctx, *then);
                }
            }
            Command::Recover(recovered) => {
                self.session.dialog = None;
                // What else was found is offered when it is open. The file that it belongs to is open then, too.
                let is_of = |file: &PathBuf| recovered.path.as_deref().is_some_and(|path| is_same(path, file));
                self.start_file = self.start_file.take().filter(|file| !is_of(file));
                self.tasks.rescue(recovered, self.settings.trusted.clone());
            }
            Command::Forget(recovered) => {
                self.session.dialog = None;
                self.tasks.throw_away(recovered);
                self.offer_recovery();
            }
            Command::Later => {
                self.session.dialog = None;
                self.offer_recovery();
            }
        }
    }

    fn save(&mut self, path: PathBuf, guard: Guard) {
        self.session.dialog = None;
        let to = Destination { guard, inputs: self.table_path() };
        self.tasks.save(self.number(), path, to, self.text_to_save());
    }

    /// Puts what was made ready on the clipboard.
    pub(super) fn put_on_clipboard(
        &mut self,
        ctx: &egui::Context,
        export: export::Export,
        made: Result<Clip, ExportError>,
    ) {
        self.session.message = match made {
            Ok(Clip::Text(text)) => {
                ctx.copy_text(text);
                "The table is on the clipboard: paste it into a spreadsheet".to_owned()
            }
            Ok(Clip::Picture(size, pixels)) => {
                ctx.copy_image(egui::ColorImage::from_rgba_unmultiplied(size, &pixels));
                "The picture is on the clipboard".to_owned()
            }
            Err(ExportError::Cancelled) => "Copying was cancelled".to_owned(),
            Err(error) => return self.notice(&format!("Not copied: {}", exporting::label(export)), error.to_string()),
        };
    }

    fn export(&mut self, export: export::Export, path: PathBuf, guard: Guard) {
        self.session.dialog = None;
        let to = Destination { guard, inputs: self.inputs() };
        self.tasks.export(export, path, to, self.export_job(export));
    }

    /// The table that the document replays, which nothing is written over.
    fn table_path(&self) -> Vec<PathBuf> {
        let replay = self.document.scenario.replay.as_ref();
        replay.map(|replay| source::path(replay, self.folder())).into_iter().collect()
    }

    /// What tells the document from every other one of this process.
    pub(super) fn number(&self) -> u64 {
        self.document.own.number()
    }

    /// What the document was read from.
    fn inputs(&self) -> Vec<PathBuf> {
        self.document.source.path.clone().into_iter().chain(self.table_path()).collect()
    }

    pub(super) fn change_setting(&mut self, ctx: &egui::Context, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings);
        self.apply_look(ctx);
        self.keep_settings();
    }
}
