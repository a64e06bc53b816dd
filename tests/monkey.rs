//! Random input: whatever somebody does with mouse and keyboard, the window goes on. Set MONKEY_FRAMES for a long run, MONKEY_SEED for another.
#![cfg(feature = "app")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may stop at the first surprise"
)]

use eframe::egui::{Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, TouchPhase, vec2};
use egui_kittest::Harness;
use paretoscope::app::App;
use paretoscope::app::state::Dialog;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

#[test]
fn random_input_leads_to_no_panic() {
    let (frames, seed) = (setting("MONKEY_FRAMES", 1500), setting("MONKEY_SEED", 1));
    eprintln!("{frames} frames, seed {seed}");
    let data = tempfile::tempdir().unwrap();
    let dir = data.path().to_owned();
    // What it saves by accident stays out of the project.
    std::env::set_current_dir(&dir).unwrap();
    let app = App::new(&eframe::egui::Context::default(), None, Some(dir));
    let mut harness: Harness<'_, App> =
        Harness::builder().with_size([1280.0, 800.0]).build_ui_state(|ui, app: &mut App| app.frame(ui), app);
    let mut rng = StdRng::seed_from_u64(seed);
    let keys = [
        Key::Tab,
        Key::Enter,
        Key::Space,
        Key::Escape,
        Key::ArrowLeft,
        Key::ArrowRight,
        Key::Num5,
        Key::Backspace,
        Key::Z,
    ];
    let mut at = Pos2::new(640.0, 400.0);
    let mut held = false;
    for _ in 0..frames {
        match rng.random_range(0..100) {
            0..45 => {
                at = if held && rng.random_bool(0.7) {
                    at + vec2(rng.random_range(-60.0..60.0), rng.random_range(-20.0..20.0))
                } else {
                    Pos2::new(rng.random_range(0.0..1280.0), rng.random_range(0.0..800.0))
                };
                harness.event(Event::PointerMoved(at));
            }
            45..80 => {
                held = !held;
                let modifiers = Modifiers::NONE;
                harness.event(Event::PointerButton {
                    pos: at,
                    button: PointerButton::Primary,
                    pressed: held,
                    modifiers,
                });
            }
            80..88 => {
                let delta = vec2(0.0, rng.random_range(-200.0..200.0));
                let (unit, phase, modifiers) = (MouseWheelUnit::Point, TouchPhase::Move, Modifiers::NONE);
                harness.event(Event::MouseWheel { unit, delta, phase, modifiers, source: MouseWheelSource::Wheel });
            }
            88..97 => harness.key_press(keys[rng.random_range(0..keys.len())]),
            _ => harness.event(Event::Text(["7", "-1", "1e9", "x", "0"][rng.random_range(0..5)].to_owned())),
        }
        harness.step();
        let app = harness.state();
        assert!(!app.document().scenario.policies.is_empty());
        // A notice of a file that cannot be opened is fine; a fault of the program is not.
        let failure = app.session().failure.as_deref().unwrap_or_default();
        assert!(!failure.contains("internal error"), "{failure}");
        if let Some(Dialog::Notice { text, .. }) = &app.session().dialog {
            assert!(!text.contains("internal error"), "{text}");
        }
    }
}
