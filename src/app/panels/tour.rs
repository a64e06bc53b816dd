//! *What is this?*: five steps that point at the real controls.

use eframe::egui::{self, Align2, Rect, RichText, Stroke, vec2};

use super::View;
use crate::app::command::Command;
use crate::app::theme;

/// A part of the window that a step points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The list of policies and what is selected.
    Summary,
    /// The verdict and its four figures.
    Answer,
    /// The tabs.
    Tabs,
    /// The numbers of the scenario.
    Scenario,
    /// The menus.
    Menu,
}

/// A step: where, its title, and what it says.
const STEPS: [(Part, &str, &str); 5] = [
    (
        Part::Summary,
        "Ways to route",
        "A product answers requests with language models. Each line here is a way to decide which model answers: always the best one, always a cheap one, \
         or a router that picks. Click one: everything else speaks of it.",
    ),
    (
        Part::Answer,
        "The answer first",
        "What the selected way does to the invoice, to the share of good answers, to the cost with everything that bad answers lead to, and how many days \
         pass until somebody notices. A click on a figure opens where it comes from.",
    ),
    (
        Part::Tabs,
        "The pictures",
        "Frontier shows cost against quality, at launch and in production. Detection shows who notices a loss, and when. Decide says what each way is \
         worth, watched in each way.",
    ),
    (
        Part::Scenario,
        "The numbers behind it",
        "Everything here can be changed: drag a number, and all pictures follow. Essentials shows the few that move the answer most. Ctrl+Z takes anything back.",
    ),
    (
        Part::Menu,
        "Your own product",
        "File, New… asks six short pages about it. Library has more products like this one, Lessons lead a room of people through one, and F1 says what a \
         word means.",
    ),
];

/// Remembers where a part of the window is.
pub fn note(ctx: &egui::Context, part: Part, rect: Rect) {
    let frame = ctx.cumulative_frame_nr();
    ctx.data_mut(|data| data.insert_temp(egui::Id::unique(("part of the window", part)), (frame, rect)));
}

/// Shows the step, if one is under way.
pub fn show(ui: &egui::Ui, view: &View<'_>, commands: &mut Vec<Command>) {
    let Some(index) = view.session.tour else { return };
    let Some((part, title, text)) = STEPS.get(index) else { return };
    let ctx = ui.ctx();
    let whole = ctx.content_rect();
    let stored: Option<(u64, Rect)> = ctx.data(|data| data.get_temp(egui::Id::unique(("part of the window", *part))));
    // A part that is hidden is nowhere.
    let rect = stored.filter(|(frame, _)| frame + 2 >= ctx.cumulative_frame_nr()).map(|(_, rect)| rect);
    let colour = theme::mark(ui.visuals().dark_mode, 0).colour;
    if let Some(rect) = rect {
        let layer = egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("tour outline"));
        let outline = rect.intersect(whole).shrink(1.5);
        ctx.layer_painter(layer).rect_stroke(outline, 6.0, Stroke::new(3.0, colour), egui::StrokeKind::Inside);
    }
    // Beside what it points at, on the side with more room.
    let width = 320.0_f32.min(whole.width() - 20.0);
    let (anchor, offset) = match part {
        Part::Summary => (Align2::RIGHT_CENTER, vec2(-rect.map_or(0.0, |r| whole.right() - r.left()) - 12.0, 0.0)),
        Part::Scenario => (Align2::LEFT_CENTER, vec2(rect.map_or(0.0, |r| r.right() - whole.left()) + 12.0, 0.0)),
        Part::Answer | Part::Menu => {
            (Align2::CENTER_TOP, vec2(0.0, rect.map_or(0.0, |r| r.bottom() - whole.top()) + 12.0))
        }
        Part::Tabs => (Align2::CENTER_BOTTOM, vec2(0.0, -60.0)),
    };
    egui::Window::new("What is this?").title_bar(false).resizable(false).anchor(anchor, offset).show(ctx, |ui| {
        ui.set_width(width);
        ui.label(RichText::new(format!("{} of {}", index + 1, STEPS.len())).small().weak());
        ui.label(RichText::new(*title).strong().size(15.0));
        ui.label(*text);
        ui.add_space(theme::GAP);
        ui.horizontal(|ui| {
            if index > 0 && ui.button("Back").clicked() {
                commands.push(Command::Tour(Some(index - 1)));
            }
            if index + 1 < STEPS.len() {
                if ui.button("Next").clicked() {
                    commands.push(Command::Tour(Some(index + 1)));
                }
                if ui.button("Close").clicked() {
                    commands.push(Command::Tour(None));
                }
            } else if ui.button("Done").clicked() {
                commands.push(Command::Tour(None));
            }
        });
    });
}
