//! A window without a display.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui_kittest::Harness;
use paretoscope::app::App;
use paretoscope::app::command::Command;
use paretoscope::model::address::{Address, Key, Target};

/// A window of its own, with a data folder of its own.
pub fn window(data: &Path) -> Harness<'static, App> {
    let data = data.to_owned();
    let builder = Harness::builder().with_size([1280.0, 800.0]).with_context_setup(paretoscope::app::theme::install);
    builder.build_ui_state(
        |ui, app: &mut App| app.frame(ui),
        App::new(&eframe::egui::Context::default(), None, Some(data)).without_file_dialogs(),
    )
}

/// A window on the smallest scenario, with so many runs of each part of its studies.
pub fn first_steps(data: &Path, replicates: f64) -> Harness<'static, App> {
    let mut harness = window(data);
    harness.state_mut().send(Command::OpenLibrary(1));
    until(&mut harness, "opened", |app| app.document().scenario.name == "First steps");
    let address = Address { target: Target::Study, key: Key::Named("replicates") };
    harness.state_mut().send(Command::Set { address, value: replicates, dragging: false });
    harness.run_steps(2);
    harness
}

/// Runs frames until something holds; the work is done on another thread.
pub fn until(harness: &mut Harness<'_, App>, what: &str, holds: impl Fn(&App) -> bool) {
    let start = Instant::now();
    while !holds(harness.state()) {
        assert!(start.elapsed() < Duration::from_secs(120), "{what}: {:?}", harness.state().session().dialog);
        harness.step();
        std::thread::sleep(Duration::from_millis(5));
    }
    harness.step();
}

/// A file as the pointer drops it.
#[derive(Debug)]
struct Dropped(PathBuf);

impl eframe::egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|e| e.to_string())
    }
}

/// Drops a file on the window.
pub fn drop_file(harness: &mut Harness<'_, App>, path: &Path) {
    harness.input_mut().dropped_files.push(Arc::new(Dropped(path.to_owned())));
}
