//! The tabs in the middle of the window, a file each, which ends in its [`Entry`]. `tab` lists them.

pub mod compare;
pub mod decide;
pub mod detection;
pub mod frontier;
pub mod money;
pub mod plan;
pub mod rollout;
pub mod segments;
pub mod sweep;
pub mod timeline;
pub mod uncertainty;

use eframe::egui::{self, Key};

use super::command::Command;
use super::export::{Choices, Exported};
use super::tab::{Tab, all_tabs};
use super::view::View;
use crate::jobs::{Control, JobError};
use crate::simulation::world::World;

/// Shows something of what a frame reads.
pub type Show = fn(&mut egui::Ui, &View<'_>, &mut Vec<Command>);

/// What is computed for whoever looks at a tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The detection study, before anything else.
    Study,
    /// A search for monitoring plans, which nobody starts otherwise.
    Plans,
    /// What every option is worth, which nobody starts otherwise.
    Decision,
    /// What the steps of the rollout could have shown, which nobody asks for otherwise.
    Rollout,
    /// What the ranges do to the answer, which nobody asks for otherwise.
    Ranges,
}

/// What the window knows of a tab.
pub struct Entry {
    /// Its name.
    pub title: &'static str,
    /// What it shows.
    pub help: &'static str,
    /// The key that brings it to the front, with Ctrl.
    pub key: Option<Key>,
    /// What that key sends.
    pub open: fn() -> Command,
    /// Least height at which it can be read, points; in a lower place it scrolls.
    pub least_height: f32,
    /// Whether the run below makes room for it.
    pub is_tall: bool,
    /// What is computed when somebody looks at it, beside what always is.
    pub need: Option<Need>,
    /// Shows it.
    pub show: Show,
    /// Shows what is looked at in it, in words and numbers.
    pub beside: Show,
    /// Computes it anew, as a picture and as a table.
    pub export: fn(&World, &Choices, &Control) -> Result<Exported, JobError>,
}

macro_rules! entries {
    ($($tab:ident $file:ident,)+) => {
        /// What the window knows of this tab.
        pub fn entry(tab: Tab) -> &'static Entry {
            match tab {
                $(Tab::$tab => &$file::ENTRY,)+
            }
        }
    };
}
all_tabs!(entries);

/// Shows a tab, which scrolls where there is less room than it needs.
pub fn show(ui: &mut egui::Ui, tab: Tab, view: &View<'_>, commands: &mut Vec<Command>) {
    let entry = entry(tab);
    if ui.available_height().max(0.0) >= entry.least_height {
        return (entry.show)(ui, view, commands);
    }
    egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        // Within a scrolled area there is no end to the height that the plots would take.
        let size = egui::vec2(ui.available_width(), entry.least_height);
        ui.allocate_ui(size, |ui| (entry.show)(ui, view, commands));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_tab_opens_that_tab() {
        for tab in Tab::ALL {
            assert_eq!((entry(*tab).open)(), Command::Tab(*tab));
        }
    }
}
