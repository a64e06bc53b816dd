//! Pictures of every tab, light and dark, in a usual window, in a small one, and in a small one with everything twice as large, and of what
//! opens over them, compared with those in `tests/snapshots`.
//!
//! They find what no other test sees: a panel that is gone, a legend over its curve, a colour that cannot be read. They are
//! painted by a Vulkan driver, which not every machine has, and are therefore asked for by name:
//!
//! ```sh
//! sudo apt-get install mesa-vulkan-drivers                              # paints without a graphics card
//! cargo test --features pictures --test pictures -- --ignored
//! UPDATE_SNAPSHOTS=1 cargo test --features pictures --test pictures -- --ignored            # renews those that differ: look at them
//! ```
//!
//! A picture that differs leaves `NAME.new.png` and `NAME.diff.png` beside it.
#![cfg(feature = "app")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

mod common;

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::time::Duration;

use common::window::until;
use eframe::egui::{Id, ViewportId};
use egui_kittest::{Harness, SnapshotOptions};
use egui_tiles::Tree;
use image::DynamicImage;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use paretoscope::app::App;
use paretoscope::app::command::Command;
use paretoscope::app::layout::Layout;
use paretoscope::app::results::Sampling;
use paretoscope::app::settings::ThemeChoice;
use paretoscope::app::tab::Tab;
use paretoscope::entry::List;
use paretoscope::model::address::{Address, Key, Target};

/// Distance in colour from which on a pixel differs: egui's own. Drivers round the last bit of a colour differently, which is far less.
const COLOUR: f32 = 0.6;
/// Pixels that may differ more than that, should a driver move an edge. The versions that were tried moved none; the least word has more.
const PIXELS: usize = 10;

#[test]
#[ignore = "needs a Vulkan driver: cargo test --features pictures --test pictures -- --ignored"]
fn in_a_usual_window() {
    walk([1280.0, 800.0], 1.0, "1280");
}

#[test]
#[ignore = "needs a Vulkan driver: cargo test --features pictures --test pictures -- --ignored"]
fn in_a_small_window() {
    walk([1024.0, 768.0], 1.0, "1024");
}

#[test]
#[ignore = "needs a Vulkan driver: cargo test --features pictures --test pictures -- --ignored"]
fn twice_as_large() {
    walk([512.0, 384.0], 2.0, "1024x2");
}

#[test]
#[ignore = "needs a Vulkan driver: cargo test --features pictures --test pictures -- --ignored"]
fn what_opens_over_the_tabs() {
    let mut harness = open([1280.0, 800.0], 1.0);
    settle(&mut harness);
    let opened: [(&str, Command); 5] = [
        ("start", Command::Start),
        ("words", Command::Glossary),
        ("segments-table", Command::Sheet(List::Segments)),
        ("describe", Command::New),
        ("tour", Command::Tour(Some(0))),
    ];
    for (name, command) in opened {
        harness.state_mut().send(command);
        harness.step();
        // The small pictures of the library come one after the other.
        for _ in 0..300 {
            harness.step();
            std::thread::sleep(Duration::from_millis(5));
        }
        both_themes(&mut harness, name, "over");
        for command in [Command::Dismiss, Command::CloseDescribe, Command::Tour(None)] {
            harness.state_mut().send(command);
        }
        harness.step();
    }
}

/// A window of this size, points, with so many pixels a point.
fn open(size: [f32; 2], pixels: f32) -> Harness<'static, App> {
    Harness::builder()
        .with_size(size)
        .with_pixels_per_point(pixels)
        .with_options(SnapshotOptions::new().threshold(COLOUR).max_failed_pixels(PIXELS))
        .with_render_cursor(false)
        // Without a data folder no file is written, and what the person who runs this has set in the program plays no part.
        .build_eframe(|creation| App::new(&creation.egui_ctx, None, None))
}

/// Takes the pictures of every tab in a window of this size.
fn walk(size: [f32; 2], pixels: f32, told: &str) {
    let mut harness = open(size, pixels);
    // The comparison changes a parameter, so it comes last.
    let (compared, others): (Vec<Tab>, Vec<Tab>) = Tab::ALL.iter().partition(|tab| **tab == Tab::Compare);
    for tab in others.into_iter().chain(compared) {
        harness.state_mut().send(Command::Dock(Box::new(layout(tab))));
        harness.state_mut().send(Command::Tab(tab));
        harness.step();
        settle(&mut harness);
        if tab == Tab::Compare {
            harness.state_mut().send(Command::Pin);
            // A router that knows more: another curve, not only other prices.
            let policy = harness.state().session().selected;
            let address = Address { target: Target::Policy(policy), key: Key::Named("noise") };
            harness.state_mut().send(Command::Set { address, value: 0.6, dragging: false });
            harness.step();
        }
        both_themes(&mut harness, &format!("{tab:?}"), told);
    }
}

/// A theme changes nothing but colours, so one window serves both.
fn both_themes(harness: &mut Harness<'_, App>, what: &str, told: &str) {
    for (choice, colours) in [(ThemeChoice::Light, "light"), (ThemeChoice::Dark, "dark")] {
        harness.state_mut().send(Command::Theme(choice));
        settle(harness);
        let name = format!("{what}-{colours}-{told}").to_lowercase();
        harness.snapshot(&name);
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            shrink(&harness.options().output_path.join(name).with_extension("png"));
        }
    }
}

/// Pictures are written as fast as it goes, with a channel for transparency; in a repository half the size is worth more.
fn shrink(file: &Path) {
    let Ok(DynamicImage::ImageRgba8(picture)) = image::open(file) else { return };
    let out = BufWriter::new(File::create(file).unwrap());
    let encoder = PngEncoder::new_with_quality(out, CompressionType::Best, FilterType::Adaptive);
    DynamicImage::ImageRgba8(picture).into_rgb8().write_with_encoder(encoder).unwrap();
}

/// The first layout, or the one in which a tab that stands below all others has the whole height.
fn layout(tab: Tab) -> Layout {
    match tab {
        Tab::Timeline => Layout { tree: Tree::new_tabs(Id::unique("middle"), Tab::ALL.to_vec()) },
        _ => Layout::default(),
    }
}

/// Until everything is computed and nothing moves.
fn settle(harness: &mut Harness<'_, App>) {
    until(harness, "all results", |app| {
        let session = app.session();
        session.sampling == Sampling::Done
            && session.studying == Sampling::Done
            && session.planning != Sampling::Running
            && session.curves.is_some()
            && !session.curves_are_old
            && session.breakdown.is_some()
            && session.timeline.is_some()
            && !session.busy
    });
    // Whatever is under way asks for the next frame.
    let mut still = 0;
    for _ in 0..400 {
        harness.step();
        let next = harness.output().viewport_output.get(&ViewportId::ROOT).map(|root| root.repaint_delay);
        still = if next.is_none_or(|delay| delay > Duration::from_secs(1)) { still + 1 } else { 0 };
        if still == 3 {
            return;
        }
    }
    let says = &harness.state().session().message;
    assert_eq!(still, 3, "the window never comes to rest: {says}");
}
