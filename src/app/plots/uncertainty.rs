//! What the ranges do to the answer: how sure it is, what drives it, what to measure first, and where it turns.

mod map;

use eframe::egui::{self, Align2, RichText};

use super::{Entry, Need};
use crate::app::beside::{self, waiting};
use crate::app::command::Command;
use crate::app::export::{Choices, Exported};
use crate::app::results::{Sampling, Unsure};
use crate::app::tab::Tab;
use crate::app::theme;
use crate::app::view::View;
use crate::jobs::{self, Control, JobError, UncertainOptions};
use crate::report::sentence::percent;
use crate::report::svg;
use crate::report::uncertain as report;
use crate::simulation::world::World;
use crate::uncertainty::outcome::Output;

/// The tab.
pub const ENTRY: Entry = Entry {
    title: "Uncertainty",
    help: "How sure the answer is where numbers are ranges: what it hangs on, and what to measure first.",
    key: Some(egui::Key::U),
    open: || Command::Tab(Tab::Uncertainty),
    least_height: 380.0,
    is_tall: true,
    need: Some(Need::Ranges),
    show,
    beside: beside::summary::show,
    export,
};

/// Height of a row of a picture, and of one with a second line.
const ROW: f32 = 26.0;
const TALL_ROW: f32 = 36.0;

fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    if view.document.scenario.ranges.is_empty() {
        theme::card(ui).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.set_min_height(ui.available_height());
            without_ranges(ui);
        });
        return;
    }
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        title(ui, view, commands);
        match &view.session.unsure {
            Some(unsure) => {
                if unsure.is_old {
                    ui.set_opacity(0.6);
                }
                for (index, sentence) in report::reading(&unsure.scenario, &unsure.found).into_iter().enumerate() {
                    let text = RichText::new(sentence);
                    ui.label(if index == 0 { text.strong() } else { text });
                }
            }
            None if view.document.lacks_table() || view.session.failure.is_some() => waiting(ui, view, "", commands),
            None => {
                ui.label(match (&view.session.range_failure, view.session.ranging) {
                    (Some(message), _) => format!("Nothing can be said of the ranges: {message}."),
                    (None, Sampling::Running) => "The first points are on their way…".to_owned(),
                    (None, Sampling::Cancelled) => "Stopped before the first picture.".to_owned(),
                    _ => "Nothing is worked out yet.".to_owned(),
                });
            }
        }
    });
    let Some(unsure) = &view.session.unsure else { return };
    ui.add_space(theme::GAP);
    if unsure.is_old {
        ui.set_opacity(0.6);
    }
    egui::ScrollArea::vertical().id_salt("uncertainty").auto_shrink([false, false]).show(ui, |ui| {
        card(ui, |ui| policies(ui, view, unsure, commands));
        card(ui, |ui| drivers(ui, unsure, commands));
        if unsure.found.map.is_some() {
            card(ui, |ui| map::show(ui, unsure));
        }
        if let Some((head, rows)) = report::sample_rows(&unsure.scenario, &unsure.found) {
            card(ui, |ui| samples(ui, &head, rows));
        }
        card(ui, |ui| notes(ui, unsure));
    });
}

fn card(ui: &mut egui::Ui, content: impl FnOnce(&mut egui::Ui)) {
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        content(ui);
    });
    ui.add_space(theme::GAP);
}

/// What is looked at, how far it is, and how to stop it or go on.
fn title(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let session = view.session;
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new("How sure is the answer?").strong().size(15.0));
        if session.ranging == Sampling::Running {
            ui.spinner();
            let (done, total) = view.range_progress;
            let share = if total > 0 { done as f64 / total as f64 } else { 0.0 };
            ui.label(RichText::new(percent(share, 0)).weak());
            let stop = ui.button("Stop");
            stop.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Stop looking at the ranges"));
            if stop.clicked() {
                commands.push(Command::CancelRanges);
            }
            return;
        }
        let label = match &session.unsure {
            Some(unsure) if unsure.is_whole && !unsure.is_old => return,
            Some(unsure) if !unsure.is_old => {
                ui.label(RichText::new("Stopped before the end.").weak());
                "Go on"
            }
            _ => "Work it out",
        };
        if !view.document.lacks_table() && ui.button(label).clicked() {
            commands.push(Command::LookAtRanges);
        }
    });
}

/// What to do where no number has a range.
fn without_ranges(ui: &mut egui::Ui) {
    ui.label(RichText::new("No number of this scenario has a range").strong().size(15.0));
    ui.label(
        "Every number of a scenario is somebody's guess. Say of the few that you are least sure of how low and how high they may be, and this tab \
         says how sure the answer is, which of them it hangs on, and what measuring each would be worth.",
    );
    ui.add_space(theme::GAP);
    ui.label(
        "On the left, ± beside a number gives it a range with two handles: below the lower one with a chance of 5 %, above the upper one with a chance of \
         5 %. What a lost customer costs and how often a failure costs one (under Economics) are good ones to begin with.",
    );
}

/// Where a value lies on a track.
struct Track {
    left: f32,
    width: f32,
    ends: [f64; 2],
}

impl Track {
    fn x(&self, value: f64) -> f32 {
        let [low, high] = self.ends;
        self.left + self.width * ((value - low) / (high - low).max(1e-12)).clamp(0.0, 1.0) as f32
    }
}

/// Ends of an axis around values and 0.
fn ends(values: impl Iterator<Item = f64>) -> [f64; 2] {
    let [low, high] =
        values.filter(|x| x.is_finite()).fold([0.0_f64, 0.0_f64], |[low, high], x| [low.min(x), high.max(x)]);
    let margin = 0.04 * (high - low).max(1e-6);
    [low - margin, high + margin]
}

/// The policies: the spread of their totals, and how often each is the one to take.
fn policies(ui: &mut egui::Ui, view: &View<'_>, unsure: &Unsure, commands: &mut Vec<Command>) {
    let (scenario, found) = (&unsure.scenario, &unsure.found);
    ui.label(RichText::new("Total cost against the baseline's, over all points").strong());
    ui.label(
        RichText::new("Light: 5 to 95 %; dark: 25 to 75 %; mark: the middle. Left of the line a policy saves money. Click a policy to look at it.")
            .weak()
            .small(),
    );
    let stage = usize::from(found.production);
    let spread = |s: &crate::uncertainty::summary::PolicySummary| {
        s.spreads[stage].get(Output::TotalChange as usize).map(|spread| spread.quantiles.map(|q| q.value))
    };
    let spreads: Vec<Option<[f64; 5]>> = found.summaries.iter().map(spread).collect();
    let ends = ends(spreads.iter().flatten().flat_map(|quantiles| [quantiles[0], quantiles[4]]));
    let rows = report::policy_rows(scenario, found);
    let heads = &report::POLICIES_HEAD[4..];
    let widths: [f32; 4] = [92.0, 92.0, 92.0, 120.0];
    let columns = Columns::of(ui, 0.28, &widths);
    columns.head(
        ui,
        heads,
        &[
            "Chance that its total is below the baseline's.",
            "Chance that inference gets cheaper and the total dearer.",
            "Chance that it costs least of all that can be had.",
            "What choosing it costs on average against always knowing the best, USD a month.",
        ],
    );
    let dark = ui.visuals().dark_mode;
    for ((summary, row), spread) in found.summaries.iter().zip(&rows).zip(&spreads) {
        let (rect, response) = ui.allocate_exact_size(egui::vec2(ui.available_width(), ROW), egui::Sense::click());
        let name = row.first().cloned().unwrap_or_default();
        let said = format!("{name}: total {} ({}), saves {}, best {}", row[1], row[2], row[4], row[6]);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &said));
        let painter = ui.painter_at(rect);
        if summary.policy == view.session.selected {
            painter.rect_filled(rect, 4.0, ui.visuals().selection.bg_fill.gamma_multiply(0.25));
        } else if response.hovered() {
            painter.rect_filled(rect, 4.0, ui.visuals().widgets.hovered.weak_bg_fill.gamma_multiply(0.6));
        }
        let mark = theme::mark(dark, summary.policy);
        theme::paint_marker(&painter, egui::pos2(rect.left() + 10.0, rect.center().y), 4.5, mark.shape, mark.colour);
        columns.name(ui, rect, 22.0, &name);
        let track = columns.track(rect, ends);
        zero(&painter, ui, &track, rect);
        if let Some([p5, p25, p50, p75, p95]) = spread {
            for (low, high, strength, half) in [(p5, p95, 0.35, 3.5), (p25, p75, 0.8, 5.5)] {
                bar(&painter, &track, rect, [*low, *high], mark.colour.gamma_multiply(strength), half);
            }
            theme::paint_marker(
                &painter,
                egui::pos2(track.x(*p50), rect.center().y),
                5.0,
                mark.shape,
                ui.visuals().text_color(),
            );
        }
        columns.values(ui, rect, row.get(4..).unwrap_or_default());
        if response.clicked() {
            commands.push(Command::Select(summary.policy));
        }
        response.on_hover_text(said);
    }
    columns.axis(ui, ends, |x| report::tick(Output::TotalChange, x));
}

/// What the output hangs on: each input from its 5 % to its 95 %.
fn drivers(ui: &mut egui::Ui, unsure: &Unsure, commands: &mut Vec<Command>) {
    let (scenario, found) = (&unsure.scenario, &unsure.found);
    let who = scenario.policies.get(found.policy).map_or("", |policy| policy.name.as_str());
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(format!("What it hangs on, for {who}:")).strong());
        let help = "The figure that is taken apart here.";
        let shown = egui::ComboBox::from_id_salt("output").selected_text(found.output.told());
        let response = shown.show_ui(ui, |ui| {
            for output in Output::ALL {
                if ui.selectable_label(*output == found.output, output.told()).clicked() && *output != found.output {
                    commands.push(Command::TakeApart(*output));
                }
            }
        });
        let said = format!("Figure: {}", found.output.told());
        response.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, &said));
        response.response.on_hover_text(help);
    });
    ui.label(
        RichText::new("Each number from its 5 % (light) to its 95 % (dark), all others at their middles. The longest bar drives the answer.")
            .weak()
            .small(),
    );
    let ends = ends(found.bars.iter().flat_map(|bar| [bar.low, bar.high]).chain([found.at_middles]));
    let rows = report::input_rows(scenario, found);
    let widths: [f32; 3] = [92.0, 104.0, 100.0];
    let columns = Columns::of(ui, 0.4, &widths);
    columns.head(
        ui,
        &["Index", "Worth, USD", "Break-even"],
        &[
            "First-order and total Sobol' index: the share of the variance that goes away when this number alone is known, and the share that stays when \
             all others are known.",
            "What knowing it exactly would be worth, USD a month.",
            "The value at which the policy costs as much as the baseline.",
        ],
    );
    let dark = ui.visuals().dark_mode;
    let colour = theme::mark(dark, found.policy).colour;
    for (place, row) in report::by_length(found).into_iter().zip(&rows) {
        let (rect, response) = ui.allocate_exact_size(egui::vec2(ui.available_width(), TALL_ROW), egui::Sense::hover());
        let Some(ends_of) = found.bars.get(place) else { continue };
        let said = format!("{}: {} at {}, {} at {}", row[0], row[4], row[2], row[5], row[3]);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &said));
        let painter = ui.painter_at(rect);
        let [above, below] = [-8.0, 8.0].map(|y| rect.translate(egui::vec2(0.0, y)));
        columns.name(ui, above, 4.0, &row[0]);
        columns.small(ui, below, 4.0, &format!("{} … {}", row[2], row[3]));
        let track = columns.track(rect, ends);
        zero(&painter, ui, &track, rect);
        let middle = found.at_middles;
        bar(&painter, &track, rect, [ends_of.low, middle], colour.gamma_multiply(0.4), 6.0);
        bar(&painter, &track, rect, [middle, ends_of.high], colour.gamma_multiply(0.9), 6.0);
        columns.values(ui, rect, row.get(6..).unwrap_or_default());
        let source = found.inputs.inputs.get(place).map(|input| input.source.clone()).unwrap_or_default();
        response.on_hover_ui(|ui| {
            ui.set_max_width(380.0);
            ui.label(&said);
            ui.label(RichText::new(format!("In the file {}. {source}", row[1])).weak());
        });
    }
    columns.axis(ui, ends, |x| report::tick(found.output, x));
}

fn zero(painter: &egui::Painter, ui: &egui::Ui, track: &Track, rect: egui::Rect) {
    painter.vline(track.x(0.0), rect.y_range(), egui::Stroke::new(1.0, theme::neutral(ui.visuals().dark_mode)));
}

fn bar(painter: &egui::Painter, track: &Track, rect: egui::Rect, values: [f64; 2], colour: egui::Color32, half: f32) {
    if values.iter().any(|x| !x.is_finite()) {
        return;
    }
    let [a, b] = values.map(|x| track.x(x));
    let middle = rect.center().y;
    let bar = egui::Rect::from_x_y_ranges(a.min(b)..=a.max(b).max(a.min(b) + 1.5), middle - half..=middle + half);
    painter.rect_filled(bar, 2.0, colour);
}

/// How a row of a picture is parted: a name, a track, values on the right.
struct Columns<'w> {
    names: f32,
    widths: &'w [f32],
}

impl<'w> Columns<'w> {
    /// The names have this share of the width.
    fn of(ui: &egui::Ui, names: f32, widths: &'w [f32]) -> Self {
        Self { names: (ui.available_width() * names).clamp(110.0, 340.0), widths }
    }

    /// Width of the values; where there is little room the last ones are left out.
    fn kept(&self, width: f32) -> usize {
        let room = width - self.names - 110.0;
        let mut so_far = 0.0;
        self.widths
            .iter()
            .take_while(|w| {
                so_far += **w;
                so_far <= room
            })
            .count()
    }

    fn track(&self, rect: egui::Rect, ends: [f64; 2]) -> Track {
        let values: f32 = self.widths.iter().take(self.kept(rect.width())).sum();
        let left = rect.left() + self.names + 8.0;
        Track { left, width: (rect.width() - self.names - values - 16.0).max(40.0), ends }
    }

    fn name(&self, ui: &egui::Ui, rect: egui::Rect, indent: f32, name: &str) {
        let font = egui::TextStyle::Body.resolve(ui.style());
        let ink = ui.visuals().text_color();
        let mut job = egui::text::LayoutJob::simple_singleline(name.to_owned(), font, ink);
        job.wrap = egui::text::TextWrapping::truncate_at_width((self.names - indent).max(10.0));
        let galley = ui.painter().layout_job(job);
        let at = egui::pos2(rect.left() + indent, rect.center().y - galley.size().y / 2.0);
        ui.painter().galley(at, galley, ink);
    }

    fn small(&self, ui: &egui::Ui, rect: egui::Rect, indent: f32, words: &str) {
        let at = egui::pos2(rect.left() + indent, rect.center().y);
        let font = egui::TextStyle::Small.resolve(ui.style());
        ui.painter().text(at, Align2::LEFT_CENTER, words, font, ui.visuals().weak_text_color());
    }

    fn values(&self, ui: &egui::Ui, rect: egui::Rect, values: &[String]) {
        let font = egui::TextStyle::Small.resolve(ui.style());
        for (right, value) in self.rights(rect).zip(values) {
            let at = egui::pos2(right, rect.center().y);
            ui.painter().text(at, Align2::RIGHT_CENTER, value, font.clone(), ui.visuals().text_color());
        }
    }

    /// Right edges of the values that are kept.
    fn rights(&self, rect: egui::Rect) -> impl Iterator<Item = f32> {
        let kept = self.widths.get(..self.kept(rect.width())).unwrap_or_default();
        let all: f32 = kept.iter().sum();
        let mut x = rect.right() - all - 2.0;
        kept.iter().map(move |width| {
            x += width;
            x
        })
    }

    fn head(&self, ui: &mut egui::Ui, heads: &[&str], helps: &[&str]) {
        let (rect, _) = ui.allocate_exact_size(egui::vec2(ui.available_width(), 18.0), egui::Sense::hover());
        let font = egui::TextStyle::Small.resolve(ui.style());
        for ((right, head), help) in self.rights(rect).zip(heads).zip(helps) {
            let at = egui::pos2(right, rect.center().y);
            let place = ui.painter().text(at, Align2::RIGHT_CENTER, head, font.clone(), ui.visuals().weak_text_color());
            ui.interact(place, ui.scope_id().with(("head", *head)), egui::Sense::hover()).on_hover_text(*help);
        }
    }

    fn axis(&self, ui: &mut egui::Ui, ends: [f64; 2], label: impl Fn(f64) -> String) {
        let (rect, _) = ui.allocate_exact_size(egui::vec2(ui.available_width(), 18.0), egui::Sense::hover());
        let track = self.track(rect, ends);
        let font = egui::TextStyle::Small.resolve(ui.style());
        let weak = ui.visuals().weak_text_color();
        let step = round_step((ends[1] - ends[0]) / 4.0);
        let mut taken = f32::NEG_INFINITY;
        for i in (ends[0] / step).ceil() as i64..=(ends[1] / step).floor() as i64 {
            let value = i as f64 * step;
            let galley = ui.painter().layout_no_wrap(label(value), font.clone(), weak);
            let left = track.x(value) - galley.size().x / 2.0;
            if left > taken + 6.0 {
                taken = left + galley.size().x;
                ui.painter().galley(egui::pos2(left, rect.top() + 2.0), galley, weak);
            }
        }
    }
}

/// The round number from this one on.
fn round_step(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.max(1e-9).log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|step| *step >= rough).unwrap_or(rough)
}

/// What samples of labels are worth.
fn samples(ui: &mut egui::Ui, head: &[String], rows: Vec<Vec<String>>) {
    ui.label(RichText::new("What a sample would be worth").strong());
    ui.label(
        RichText::new("For chances and shares: so many cases, each of which shows whether it happened. USD a month.")
            .weak()
            .small(),
    );
    egui::ScrollArea::horizontal().id_salt("samples").auto_shrink([false, true]).show(ui, |ui| {
        egui::Grid::new("samples").num_columns(head.len()).spacing([18.0, 3.0]).striped(true).show(ui, |ui| {
            for (index, name) in head.iter().enumerate() {
                ui.label(RichText::new(if index == 0 { "" } else { name.as_str() }).weak());
            }
            ui.end_row();
            for row in rows {
                for value in row {
                    ui.label(value);
                }
                ui.end_row();
            }
        });
    });
}

fn notes(ui: &mut egui::Ui, unsure: &Unsure) {
    let (scenario, found) = (&unsure.scenario, &unsure.found);
    ui.label(RichText::new(report::tables_note(scenario, found)).weak().small());
    for note in report::notes(scenario, found) {
        ui.label(RichText::new(note).weak().small());
    }
}

fn export(world: &World, choices: &Choices, control: &Control) -> Result<Exported, JobError> {
    let scenario = &world.scenario;
    let options =
        UncertainOptions { policy: Some(choices.policy), output: choices.output, ..UncertainOptions::default() };
    let found = jobs::uncertain(scenario, &world.traffic, &options, control, |_| {})?;
    Ok(Exported { picture: svg::uncertain(scenario, &found), table: report::csv(scenario, &found) })
}
