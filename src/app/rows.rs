//! Long lists: what is out of view is not laid out, so that a frame takes the same time for any number of rows.
//!
//! Short lists are laid out whole: a screen reader then knows every row of them without scrolling.

use eframe::egui;

/// Rows up to which a list is laid out whole.
const FEW_ROWS: usize = 60;
/// The same of cards, which are higher and hold more.
const FEW_CARDS: usize = 24;
/// Height that a card is taken to have until one was seen, points.
const CARD: f32 = 150.0;

/// Shows `count` rows of one height, spacing included, in an area that scrolls; `row` is asked for those in view alone.
pub fn show(ui: &mut egui::Ui, count: usize, height: f32, row: impl FnMut(&mut egui::Ui, usize)) {
    let mut heights = vec![height; count];
    list(ui, "rows", &mut heights, count <= FEW_ROWS, row);
}

/// Shows `count` cards of different heights, which are remembered from frame to frame; `card` is asked for those in view alone.
pub fn cards(ui: &mut egui::Ui, name: &str, count: usize, card: impl FnMut(&mut egui::Ui, usize)) {
    let memory = ui.scope_id().with((name, "heights"));
    let mut heights: Vec<f32> = ui.data(|data| data.get_temp(memory)).unwrap_or_default();
    let guess = heights.first().copied().unwrap_or(CARD);
    heights.resize(count, guess);
    list(ui, name, &mut heights, count <= FEW_CARDS, card);
    ui.data_mut(|data| data.insert_temp(memory, heights));
}

fn list(ui: &mut egui::Ui, name: &str, heights: &mut [f32], is_short: bool, mut row: impl FnMut(&mut egui::Ui, usize)) {
    // What follows keeps its identity, and with it the focus, however many rows are in view.
    let builder = egui::UiBuilder::new().id_salt(name);
    ui.scope_builder(builder, |ui| {
        let (scope, clip) = (ui.scope_id(), ui.clip_rect());
        let last = heights.len().saturating_sub(1);
        // Space is added at once, as a row does not take what comes before it.
        let mut skipped = 0.0;
        for (index, height) in heights.iter_mut().enumerate() {
            let top = ui.cursor().top() + skipped;
            // One more on either side, for the keyboard to go to.
            let in_view = top + 2.0 * *height >= clip.top() && top - *height <= clip.bottom();
            if !is_short && !in_view {
                skipped += *height;
                if index == last {
                    ui.add_space(skipped);
                }
                continue;
            }
            if skipped > 0.0 {
                ui.add_space(skipped);
                skipped = 0.0;
            }
            let top = ui.cursor().top();
            ui.scope_builder(egui::UiBuilder::new().scope_id(scope.with(index)), |ui| row(ui, index));
            *height = ui.cursor().top() - top;
        }
    });
}
