//! The monitor looked at, in words and numbers.

use eframe::egui::{self, RichText};

use super::{noticed, row, waiting};
use crate::app::command::Command;
use crate::app::theme;
use crate::app::view::View;
use crate::detection::study::{MonitorResult, Study};
use crate::model::{Monitor, Strata};
use crate::report::detection::{detector_spoken, of_the_limit};
use crate::report::sentence::{grouped, percent, usd};

/// Shows the panel.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.add_space(2.0);
        ui.heading("Monitor");
        let Some((studies, study, index)) = view.session.study_shown() else {
            waiting(ui, view, "Computing…", commands);
            return;
        };
        let result = study.monitors.iter().find(|m| m.monitor == index);
        let (Some(result), Some(monitor)) = (result, studies.scenario.monitors.get(index)) else { return };
        theme::card(ui).show(ui, |ui| {
            ui.set_width(ui.available_width());
            card(ui, study, monitor, result);
        });
        ui.add_space(theme::GAP);
        ui.label(RichText::new("How the race is run").strong());
        ui.label(
            RichText::new(
                "Each monitor's threshold is set on runs in which nothing goes wrong, so that all have the same chance of a false alarm. \
                 Fresh runs of that kind check it. Then the scenario's events happen, and the days from the onset of material damage to the first \
                 alarm are counted; runs without an alarm count as not noticed until the end.",
            )
            .weak(),
        );
    });
}

fn card(ui: &mut egui::Ui, study: &Study, monitor: &Monitor, result: &MonitorResult) {
    let dark = ui.visuals().dark_mode;
    let o = &result.outcome;
    let mark = theme::mark(dark, result.monitor);
    ui.horizontal_wrapped(|ui| {
        theme::swatch(ui, mark.colour, Some(mark.dash), Some(mark.shape));
        ui.label(RichText::new(&monitor.name).strong().size(15.0));
    });
    let sentence = match (study.onset_day, o.days_to(0.5)) {
        (None, _) if study.change_day.is_some() => {
            format!(
                "Nothing is lost here; it reacts to the harmless change in {} of the runs.",
                percent(o.noticed.rate, 1)
            )
        }
        (None, _) => {
            format!("Nothing changes here; it alarms in {} of the runs.", percent(o.false_before_change.rate, 1))
        }
        (Some(_), _) if o.before_onset.rate > 0.5 => format!(
            "It notices in {} of the runs before the loss is material: it sees the beginning of the change.",
            percent(o.before_onset.rate, 0)
        ),
        (Some(_), Some(median)) => format!("Half of the runs are noticed within {median:.0} days."),
        (Some(_), None) => format!("It notices in {} of the runs only.", percent(o.noticed.rate, 0)),
    };
    let is_good = o.days_to(0.5).is_some();
    let colour = if study.onset_day.is_none() || is_good { ui.visuals().text_color() } else { theme::bad(dark) };
    ui.label(RichText::new(sentence).color(colour));
    ui.add_space(4.0);
    let strata = match monitor.strata {
        Strata::All => "pooled",
        Strata::Tier => "per tier",
        Strata::Segment => "per segment",
        Strata::Tail => "the tail",
    };
    egui::Grid::new("monitor").num_columns(2).spacing([8.0, 3.0]).show(ui, |ui| {
        row(ui, "Looks at", "What is observed, and how it is split.", {
            let kind = monitor.kind.about().spoken();
            format!("{kind}, {strata}")
        });
        row(ui, "Detector", "What turns the daily observations into an alarm.", detector_spoken(monitor));
        row(
            ui,
            "Price, USD a day",
            "Labels, fixed price, and the saving that a holdback forgoes.",
            usd(result.usd_per_day),
        );
        if result.labels_per_day > 0.0 {
            row(ui, "Labels a day", "Answers read or compared.", grouped(result.labels_per_day.round()));
        }
        if study.onset_day.is_some() {
            noticed(ui, o);
            row(
                ui,
                "Of these before the onset",
                "Share of runs with an alarm when something had changed, but had not yet cost a material loss.",
                percent(o.before_onset.rate, 0),
            );
            row(
                ui,
                "False, before the change",
                "Share of runs with an alarm before anything has changed. They do not count for the figures above.",
                percent(o.false_before_change.rate, 1),
            );
        }
        if let Some(d) = result.damage_median {
            row(
                ui,
                "Median damage, USD",
                "Extra downstream cost from the onset to the alarm, or to the end.",
                usd(d.usd),
            );
            row(ui, "Failed requests", "More of them than launch believed, until then.", grouped(d.failed_requests));
        }
        row(
            ui,
            "False alarms",
            "Share of fresh runs with any alarm while nothing is wrong, with its 95 % interval.",
            percent(o.false_alarms.rate, 1),
        );
        let [low, high] = o.false_alarms.interval;
        row(
            ui,
            "Their 95 % interval",
            "Of the share of false alarms. A count with few values cannot meet the budget exactly, and then stays below it.",
            format!("{} to {}", percent(low, 1), percent(high, 1)),
        );
        if result.efficiency_vs_limit.is_some() {
            row(
                ui,
                "Of the limit",
                "Mean days of the best possible reading of the same observations ÷ mean days of this one. Within noise: neither alarms more often than by chance.",
                of_the_limit(result),
            );
        }
        if let Some(e) = result.efficiency_vs_truth {
            row(
                ui,
                "Of the truth",
                "The same against a monitor that sees every outcome, with the same detector.",
                percent(e, 0),
            );
        }
        if let Some(missed) = result.false_alarms_if_known {
            row(
                ui,
                "Were its reference known",
                "False alarms of an estimated reference with the threshold of a known one: what estimating costs.",
                percent(missed.rate, 1),
            );
        }
    });
}
