//! What people make of the run: days on which an alarm is looked into, days on which the policy is out, and the money by then.

use eframe::egui::{self, Color32, RichText};
use egui_plot::{HLine, HoverPosition, Line, LineStyle, Plot, Span};

use crate::app::chart::{Extent, axis, round_marks};
use crate::app::theme;
use crate::app::view::View;
use crate::decision::diary::{Lived, Lives};
use crate::decision::response::State;
use crate::report::diary::{reading, up_to, word};
use crate::report::sentence::gain;
use crate::timeline::Timeline;

/// Room that the picture and its words take, points.
pub const HEIGHT: f32 = 190.0;
/// Least height of the plots above it, points.
pub const LEAST_ABOVE: f32 = 230.0;

/// What there is to show of a run, where people react to alarms and its study is over.
pub struct Reacted<'v> {
    lives: &'v Lives,
    lived: &'v Lived,
}

/// The run shown, under the monitor looked at.
pub fn of<'v>(view: &View<'v>, timeline: &Timeline) -> Option<Reacted<'v>> {
    view.document.scenario.response.as_ref()?;
    let (studies, study, monitor) = view.session.study_shown()?;
    let lives = view.session.lives.as_ref()?;
    let is_of_run = lives.policy == timeline.policy && lives.replicate == timeline.replicate;
    let lived = lives.of(monitor, study.false_alarms)?;
    (!studies.is_old && is_of_run).then_some(Reacted { lives, lived })
}

/// What is said where people react to alarms, but their part in this run is not known yet.
pub fn pending(view: &View<'_>) -> Option<&'static str> {
    view.document.scenario.response.as_ref()?;
    if view.document.scenario.monitors.is_empty() {
        return Some("Nobody watches: the scenario has no monitors.");
    }
    if view.session.study_failure.is_some() {
        return Some(
            "What people make of the alarms cannot be shown: a monitor does not fit this policy, see Detection.",
        );
    }
    Some("What people make of the alarms is shown when the detection study is over.")
}

fn colour(state: State, dark: bool) -> Color32 {
    match state {
        State::Watching => Color32::TRANSPARENT,
        State::Investigating => theme::mark(dark, 4).colour,
        State::Acting { is_right: true } => theme::mark(dark, 5).colour,
        State::Acting { is_right: false } => theme::bad(dark),
        State::Settled => theme::good(dark),
    }
}

/// All that are drawn, in the order of a run.
const STATES: [State; 4] =
    [State::Investigating, State::Acting { is_right: true }, State::Settled, State::Acting { is_right: false }];

/// Shows the run in words: above all plots, where it is seen in a low place, too.
pub fn words(ui: &mut egui::Ui, view: &View<'_>, reacted: &Reacted<'_>) {
    let Reacted { lives, lived } = reacted;
    ui.label(RichText::new(reading(&view.document.scenario, lives, lived, view.session.day)).small());
}

/// Shows the picture.
pub fn show(ui: &mut egui::Ui, view: &View<'_>, reacted: &Reacted<'_>) {
    let Reacted { lives, lived } = reacted;
    let dark = ui.visuals().dark_mode;
    let day = view.session.day;
    let spans = up_to(lived, day);
    let own = theme::mark(dark, lives.policy).colour;
    let neutral = theme::neutral(dark);
    let dashed = LineStyle::Dashed { length: 8.0 };
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(9.0, 1.0);
        theme::key_entry(ui, "as people react", own, Some(LineStyle::Solid), None);
        theme::key_entry(ui, "had nobody watched", neutral, Some(dashed), None);
        // A mistake is explained where there is one.
        for state in STATES.into_iter().filter(|state| spans.iter().any(|span| span.state == *state)) {
            ground(ui, word(state).unwrap_or_default(), colour(state, dark));
        }
    });
    let last = day.map_or(usize::MAX, |day| day as usize);
    let series = |sums: &[f64]| -> Vec<[f64; 2]> {
        sums.iter().enumerate().take_while(|(t, _)| *t <= last).map(|(t, usd)| [t as f64, *usd]).collect()
    };
    let (with, without) = (series(&lived.so_far_usd), series(&lives.unwatched_usd));
    let ends = [[0.0, 0.0], [lives.unwatched_usd.len() as f64, 0.0]];
    let extent = Extent::of(with.iter().chain(&without).chain(&ends).copied());
    let picture = Plot::new("reaction")
        .height(ui.available_height().max(60.0))
        .grid_color(theme::grid(dark))
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .custom_x_axes(vec![axis(true, "day")])
        .custom_y_axes(vec![axis(false, "USD gained").formatter(|mark, _| gain(mark.value))])
        .set_margin_fraction(egui::vec2(0.01, 0.1))
        .x_grid_spacer(round_marks)
        .y_grid_spacer(round_marks)
        .grid_spacing(4.0..=50.0)
        .label_formatter(|hover| match hover {
            HoverPosition::NearDataPoint { plot_name, position, .. } => {
                Some(format!("{plot_name}\nday {:.0}: {} USD", position.x, gain(position.y)))
            }
            HoverPosition::Elsewhere { .. } => None,
        });
    let response = extent.with_room(picture).show(ui, |plot| {
        extent.bound_zoom(plot);
        for span in spans.iter().filter(|span| span.state != State::Watching) {
            let of_state = colour(span.state, dark).gamma_multiply(0.22);
            let days = f64::from(span.from)..=f64::from(span.until);
            plot.span(Span::new("", days).fill(of_state).border_width(0.0));
        }
        plot.hline(HLine::new("", 0.0).color(neutral).width(1.0).allow_hover(false));
        plot.line(
            Line::new("had nobody watched", super::thinned(without, super::across(plot)))
                .color(neutral)
                .style(dashed)
                .width(1.5),
        );
        plot.line(Line::new("as people react", super::thinned(with, super::across(plot))).color(own).width(2.2));
    });
    response.response.widget_info(|| {
        let words = "Money plot: gained against the baseline by day, as people react to alarms and had nobody watched";
        egui::WidgetInfo::labeled(egui::Role::GraphicsObject, true, words)
    });
}

/// A piece of coloured ground with its name.
fn ground(ui: &mut egui::Ui, name: &str, colour: Color32) {
    let font = egui::TextStyle::Small.resolve(ui.style());
    let galley = ui.painter().layout_no_wrap(name.to_owned(), font, ui.visuals().text_color());
    let (rect, response) =
        ui.allocate_exact_size(egui::vec2(19.0 + galley.size().x, galley.size().y.max(14.0)), egui::Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, name));
    let place = egui::Rect::from_center_size(rect.left_center() + egui::vec2(7.0, 0.0), egui::vec2(14.0, 10.0));
    ui.painter().rect_filled(place, 1.0, colour.gamma_multiply(0.35));
    let at = egui::pos2(rect.left() + 19.0, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, colour);
}
