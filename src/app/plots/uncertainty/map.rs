//! The best policy over the two numbers that matter most.

use eframe::egui::{self, Align2, RichText};

use crate::app::results::Unsure;
use crate::app::theme;
use crate::report::uncertain as report;

/// Height of the map.
const HEIGHT: f32 = 230.0;
/// Room for the numbers on the left.
const LEFT: f32 = 84.0;

/// Shows it.
pub fn show(ui: &mut egui::Ui, unsure: &Unsure) {
    let (scenario, found) = (&unsure.scenario, &unsure.found);
    let Some(map) = &found.map else { return };
    let inputs = map.inputs.map(|place| found.inputs.inputs.get(place));
    let [Some(along), Some(up)] = inputs else { return };
    let who = scenario.policies.get(found.policy).map_or("", |policy| policy.name.as_str());
    ui.label(RichText::new("Which policy costs least, over the two numbers that matter most").strong());
    let note =
        format!("All others at their middles. On the line {who} costs as much as the baseline; the cross is the file.");
    ui.label(RichText::new(note).weak().small());
    let (columns, rows) = (map.values[0].len(), map.values[1].len());
    if columns < 2 || rows < 2 {
        return;
    }
    let dark = ui.visuals().dark_mode;
    let small = egui::TextStyle::Small.resolve(ui.style());
    let (ink, weak) = (ui.visuals().text_color(), ui.visuals().weak_text_color());
    ui.label(RichText::new(report::name(scenario, up.address)).small());
    let (rect, response) = ui.allocate_exact_size(egui::vec2(ui.available_width(), HEIGHT), egui::Sense::hover());
    let mut found_here: Vec<usize> = Vec::new();
    for (best, _) in &map.cells {
        if !found_here.contains(best) && *best < scenario.policies.len() {
            found_here.push(*best);
        }
    }
    let names: Vec<&str> = found_here.iter().map(|policy| scenario.policies[*policy].name.as_str()).collect();
    let said = format!("Map of the best policy: {}", names.join(", "));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &said));
    let field = egui::Rect::from_min_max(
        egui::pos2(rect.left() + LEFT, rect.top() + 2.0),
        egui::pos2(rect.right() - 8.0, rect.bottom() - 20.0),
    );
    let painter = ui.painter_at(rect);
    let size = egui::vec2(field.width() / columns as f32, field.height() / rows as f32);
    // On whole points, so that no seams show.
    let edge_x = |column: usize| (field.left() + column as f32 * size.x).round();
    let edge_y = |row: usize| (field.bottom() - row as f32 * size.y).round();
    let at = |column: usize, row: usize| map.cells.get(row * columns + column).copied();
    let line = egui::Stroke::new(2.0, ink);
    for row in 0..rows {
        for column in 0..columns {
            let Some((best, change)) = at(column, row) else { continue };
            let cell = egui::Rect::from_x_y_ranges(edge_x(column)..=edge_x(column + 1), edge_y(row + 1)..=edge_y(row));
            painter.rect_filled(cell, 0.0, theme::mark(dark, best).colour.gamma_multiply(0.55));
            // Between cells of different sign.
            let differs = |other: Option<(usize, f64)>| other.is_some_and(|(_, other)| (other > 0.0) != (change > 0.0));
            if differs(at(column + 1, row).filter(|_| column + 1 < columns)) {
                painter.vline(cell.right(), cell.y_range(), line);
            }
            if differs(at(column, row + 1)) {
                painter.hline(cell.x_range(), cell.top(), line);
            }
        }
    }
    let share = |values: &[f64], value: f64| match values {
        [low, .., high] => ((value - low) / (high - low).max(1e-300)) as f32,
        _ => 0.5,
    };
    let (x, y) = (share(&map.values[0], along.now), share(&map.values[1], up.now));
    if (0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y) {
        let here = egui::pos2(field.left() + x * field.width(), field.bottom() - y * field.height());
        for way in [egui::vec2(6.0, 6.0), egui::vec2(6.0, -6.0)] {
            painter.line_segment([here - way, here + way], egui::Stroke::new(2.5, ink));
        }
    }
    for (end, anchor) in [(0.0_f32, Align2::LEFT_TOP), (1.0, Align2::RIGHT_TOP)] {
        let value = if end > 0.5 { map.values[0].last() } else { map.values[0].first() };
        let place = egui::pos2(field.left() + end * field.width(), field.bottom() + 3.0);
        painter.text(place, anchor, report::amount(along, value.copied().unwrap_or(0.0)), small.clone(), weak);
    }
    let middle = egui::pos2(field.center().x, field.bottom() + 3.0);
    painter.text(middle, Align2::CENTER_TOP, report::name(scenario, along.address), small.clone(), ink);
    for (end, anchor) in [(0.0_f32, Align2::RIGHT_BOTTOM), (1.0, Align2::RIGHT_TOP)] {
        let value = if end > 0.5 { map.values[1].last() } else { map.values[1].first() };
        let place = egui::pos2(field.left() - 6.0, field.bottom() - end * field.height());
        painter.text(place, anchor, report::amount(up, value.copied().unwrap_or(0.0)), small.clone(), weak);
    }
    ui.horizontal_wrapped(|ui| {
        for policy in found_here {
            let mark = theme::mark(dark, policy);
            theme::key_entry(ui, &scenario.policies[policy].name, mark.colour, None, Some(mark.shape));
        }
    });
    if let Some(pointer) = response.hover_pos().filter(|pointer| field.contains(*pointer)) {
        let column = (((pointer.x - field.left()) / size.x) as usize).min(columns - 1);
        let row = (((field.bottom() - pointer.y) / size.y) as usize).min(rows - 1);
        if let Some((best, change)) = at(column, row) {
            let name = scenario.policies.get(best).map_or("", |policy| policy.name.as_str());
            let values = [map.values[0][column], map.values[1][row]];
            response.on_hover_text(format!(
                "{} {}, {} {}: {name} costs least; {who} {} against the baseline",
                report::name(scenario, along.address),
                report::amount(along, values[0]),
                report::name(scenario, up.address),
                report::amount(up, values[1]),
                report::figure(crate::uncertainty::outcome::Output::TotalChange, change),
            ));
        }
    }
}
