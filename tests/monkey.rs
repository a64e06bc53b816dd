//! Random input: whatever somebody does with mouse, keyboard, files and menus, the window goes on.
//!
//! Every frame draws what it does from its own generator, made of the seed and the number of the frame, so that a frame does the same
//! again whatever came before it. What a click hits also depends on what other threads have found by then: a seed that failed
//! is as good as certain to fail again, but not to the frame. Those that ever did are in `FAILED_ONCE`.
//!
//! Settings: `MONKEY_SEED` for other input, `MONKEY_FRAMES` or `MONKEY_MINUTES` for how long. With minutes it also judges time and memory:
//! a step of the window that takes longer than `MONKEY_HANG_MS` (2,000) is a hang, and so is a worker that does not come to its end; a
//! window that was put back to the flagship again and again, and takes more memory in the last third of these times than in the first,
//! leaks.
#![cfg(feature = "app")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may stop at the first surprise"
)]

mod common;
#[path = "common/heap.rs"]
mod heap;

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use common::thread_time;
use common::window::{drop_file, window};
use eframe::egui::accesskit::Role;
use eframe::egui::{
    Event, Key, MissingGlyphPolicy, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, TouchPhase, Vec2,
    ViewportEvent, ViewportId, vec2,
};
use egui_kittest::kittest::{NodeT, Queryable};
use egui_kittest::{Harness, Node};
use paretoscope::app::App;
use paretoscope::app::actions;
use paretoscope::app::command::Command;
use paretoscope::app::session::Dialog;
use paretoscope::lesson::LESSONS;
use paretoscope::scenario::library::LIBRARY;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Seeds that once ended in a panic, with the frame of it. They run again each time, up to a little after that frame or for a few hundred.
const FAILED_ONCE: &[u64] = &[];
/// Frames of each of them.
const FRAMES_AGAIN: u64 = 300;
/// Frames from one time that everything is put back to the next.
const RESET_EVERY: u64 = 2500;
/// A window may use this much more memory at the end than at the start: a share, and MB on top, since with debug assertions egui keeps a text for
/// every id that there ever was, about 10 MB in half an hour.
const MEMORY_MARGIN: (f64, f64) = (1.2, 16.0);
/// Actions told when something fails.
const TOLD: usize = 30;
/// What a person types.
const TYPED: &[&str] = &[
    "7",
    "-1",
    "1e9",
    "x",
    "0",
    "0.5",
    "nan",
    "1e400",
    "  ",
    "Human review",
    "ä→日本",
    "scenario.toml",
    "12,5",
    "50 %",
    "report.html",
    "\u{202e}x",
    "😀",
    "a very long name that does not fit into any field of the window whatever its size may be",
];
/// Keys that do something somewhere, with what may be held.
const KEYS: &[Key] = &[
    Key::Tab,
    Key::Enter,
    Key::Space,
    Key::Escape,
    Key::ArrowLeft,
    Key::ArrowRight,
    Key::ArrowUp,
    Key::ArrowDown,
    Key::Home,
    Key::End,
    Key::PageDown,
    Key::PageUp,
    Key::Delete,
    Key::Backspace,
    Key::Num5,
    Key::Plus,
    Key::Minus,
    Key::A,
    Key::Z,
    Key::F10,
];

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|v| v.parse().ok())
}

/// Panics of any thread: those of the worker and of tasks are caught, and would pass unseen.
fn panics() -> &'static Mutex<Vec<String>> {
    static PANICS: OnceLock<Mutex<Vec<String>>> = OnceLock::new();
    PANICS.get_or_init(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            before(info);
            if let Ok(mut panics) = panics().lock() {
                panics.push(info.to_string());
            }
        }));
        Mutex::default()
    })
}

/// A folder that everything is saved to, the working directory of the whole test, with files to open.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    FOLDER
        .get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            std::env::set_current_dir(folder.path()).unwrap();
            folder
        })
        .path()
}

/// Files that may be dropped onto the window: good ones, broken ones, and none at all.
fn files(data: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut put = |name: &str, bytes: &[u8]| {
        let path = data.join(name);
        fs::write(&path, bytes).unwrap();
        files.push(path);
    };
    for entry in LIBRARY {
        put(&format!("copy-of-{}", entry.file_name), entry.text.as_bytes());
    }
    put("broken.toml", b"schema = 1\nname = \"x\"\n[[tier]]\nabilty = 3\n");
    put("newer.toml", b"schema = 99\n");
    put("noise.toml", &[0xff, 0, 1, 2]);
    put("empty.toml", b"");
    let rows: String = (0..60).map(|i| format!("{i},{},{},{}\n", i % 3, i % 2, 0.001 * f64::from(i))).collect();
    put("table.csv", format!("id,topic,small,small|total_cost\n{rows}").as_bytes());
    put("noise.csv", b"a,b\n1\n\"");
    put("lesson.md", LESSONS.first().map_or("", |l| l.1).as_bytes());
    put("noise.md", b"+++\n");
    files.push(data.join("there-is-none.toml"));
    files.push(data.to_owned());
    files
}

/// Memory in use, MB.
fn memory() -> f64 {
    heap::in_use() as f64 / 1e6
}

/// A window that draws a box for a letter that no font has, as the program does; names may be of any script.
fn open(data: &Path) -> Harness<'static, App> {
    let harness = window(data);
    harness.ctx.set_missing_glyph_policy(MissingGlyphPolicy::Tofu);
    harness
}

struct Monkey {
    harness: Harness<'static, App>,
    data: tempfile::TempDir,
    files: Vec<PathBuf>,
    seed: u64,
    frame: u64,
    at: Pos2,
    held: Option<PointerButton>,
    size: Vec2,
    did: VecDeque<String>,
    /// How long the slowest step took, how much of that the thread worked, and what it did.
    slowest: (Duration, Duration, String),
    /// Longest step allowed.
    patience: Option<Duration>,
    windows: u64,
}

impl Drop for Monkey {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("The monkey failed: seed {}, frame {}. It did:", self.seed, self.frame);
            for what in &self.did {
                eprintln!("  {what}");
            }
        }
    }
}

impl Monkey {
    fn new(seed: u64, patience: Option<Duration>) -> Self {
        panics();
        let data = tempfile::tempdir_in(folder()).unwrap();
        let files = files(data.path());
        let harness = open(data.path());
        let size = vec2(1280.0, 800.0);
        let (at, did) = (Pos2::new(640.0, 400.0), VecDeque::new());
        let slowest = (Duration::ZERO, Duration::ZERO, String::new());
        Self { harness, data, files, seed, frame: 0, at, held: None, size, did, slowest, patience, windows: 1 }
    }

    fn note(&mut self, what: &str) {
        if self.did.len() == TOLD {
            self.did.pop_front();
        }
        self.did.push_back(format!("{}: {what}", self.frame));
    }

    /// Lets the window take in what was done, and looks for what must never be.
    fn step(&mut self) {
        let (start, worked) = (Instant::now(), thread_time());
        self.harness.step();
        let (took, worked) = (start.elapsed(), thread_time().saturating_sub(worked));
        if took > self.slowest.0 {
            self.slowest = (took, worked, self.did.back().cloned().unwrap_or_default());
        }
        if let Some(patience) = self.patience {
            assert!(took < patience, "the window stood still for {took:?}");
        }
        let panics = panics().lock().unwrap();
        assert!(panics.is_empty(), "a panic on another thread: {panics:?}");
        drop(panics);
        let app = self.harness.state();
        assert!(!app.document().scenario.policies.is_empty());
        // A notice of a file that cannot be opened is fine; a fault of the program is not.
        let failure = app.session().failure.as_deref().unwrap_or_default();
        assert!(!failure.contains("internal error"), "{failure}");
        if let Some(Dialog::Notice { text, .. }) = &app.session().dialog {
            assert!(!text.contains("internal error"), "{text}");
        }
    }

    fn send(&mut self, command: Command) {
        self.harness.state_mut().send(command);
    }

    fn random(&self, salt: u64) -> StdRng {
        let mixed =
            self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ self.frame.wrapping_mul(0xd1b5_4a32_d192_ed03) ^ salt;
        StdRng::seed_from_u64(mixed)
    }

    /// Does one thing.
    fn act(&mut self) {
        self.frame += 1;
        let mut rng = self.random(0);
        match rng.random_range(0..1000) {
            0..260 => self.pointer(&mut rng),
            260..400 => self.button(&mut rng),
            400..450 => self.wheel(&mut rng),
            450..530 => self.key(&mut rng),
            530..570 => self.text(&mut rng),
            570..660 => self.action(&mut rng),
            660..850 => self.widget(&mut rng),
            850..900 => self.field(&mut rng),
            900..935 => self.command(&mut rng),
            935..945 => self.storm(&mut rng),
            945..960 => self.look(&mut rng),
            960..968 => self.close(),
            968..976 => self.file(&mut rng),
            _ => {
                // A person rests now and then, and results come in.
                self.note("waits");
                std::thread::sleep(Duration::from_millis(rng.random_range(0..30)));
            }
        }
        self.step();
        if self.harness.state().session().dialog.is_some() && rng.random_bool(0.15) {
            self.answer(&mut rng);
            self.step();
        }
        if self.harness.state().session().may_close {
            // The window is closed by now: the next one opens on what this one has left.
            self.note("opens the window again");
            self.windows += 1;
            self.harness = open(self.data.path());
            self.harness.set_size(self.size);
            self.held = None;
        }
    }

    fn pointer(&mut self, rng: &mut StdRng) {
        self.at = if self.held.is_some() && rng.random_bool(0.7) {
            self.at + vec2(rng.random_range(-60.0..60.0), rng.random_range(-20.0..20.0))
        } else {
            Pos2::new(rng.random_range(-5.0..self.size.x + 5.0), rng.random_range(-5.0..self.size.y + 5.0))
        };
        self.note(&format!("moves to {:?}", self.at));
        self.harness.event(Event::PointerMoved(self.at));
        if rng.random_bool(0.01) {
            self.harness.event(Event::PointerGone);
        }
    }

    fn button(&mut self, rng: &mut StdRng) {
        let button = self.held.unwrap_or_else(|| match rng.random_range(0..12) {
            0 => PointerButton::Secondary,
            1 => PointerButton::Middle,
            _ => PointerButton::Primary,
        });
        let pressed = self.held.is_none();
        self.held = pressed.then_some(button);
        self.note(&format!("{button:?} {}", if pressed { "down" } else { "up" }));
        let modifiers = if rng.random_bool(0.1) { Modifiers::SHIFT } else { Modifiers::NONE };
        self.harness.event(Event::PointerButton { pos: self.at, button, pressed, modifiers });
    }

    fn wheel(&mut self, rng: &mut StdRng) {
        let delta = vec2(rng.random_range(-30.0..30.0), rng.random_range(-200.0..200.0));
        // Held, Ctrl makes the picture larger and Shift scrolls sideways.
        let modifiers =
            [Modifiers::NONE, Modifiers::NONE, Modifiers::COMMAND, Modifiers::SHIFT][rng.random_range(0..4)];
        self.note(&format!("turns the wheel by {delta:?} with {modifiers:?}"));
        let (unit, phase) = (MouseWheelUnit::Point, TouchPhase::Move);
        let source = MouseWheelSource::Wheel;
        self.harness.event_modifiers(Event::MouseWheel { unit, delta, phase, modifiers, source }, modifiers);
        if rng.random_bool(0.1) {
            self.harness.event(Event::Zoom(rng.random_range(0.5..2.0)));
        }
    }

    fn key(&mut self, rng: &mut StdRng) {
        let key = KEYS[rng.random_range(0..KEYS.len())];
        let held =
            [Modifiers::NONE, Modifiers::NONE, Modifiers::NONE, Modifiers::SHIFT, Modifiers::COMMAND, Modifiers::ALT];
        let modifiers = held[rng.random_range(0..held.len())];
        self.note(&format!("presses {modifiers:?} {key:?}"));
        self.harness.key_press_modifiers(modifiers, key);
    }

    fn text(&mut self, rng: &mut StdRng) {
        let typed = TYPED[rng.random_range(0..TYPED.len())].to_owned();
        let event = match rng.random_range(0..12) {
            0 => Event::Copy,
            1 => Event::Cut,
            2 => Event::Paste(LIBRARY[rng.random_range(0..LIBRARY.len())].text.to_owned()),
            3 => Event::Paste(typed),
            _ => Event::Text(typed),
        };
        let what = match &event {
            Event::Paste(text) => format!("pastes {:?}…", text.chars().take(20).collect::<String>()),
            other => format!("{other:?}"),
        };
        self.note(&what);
        self.harness.event(event);
    }

    fn action(&mut self, rng: &mut StdRng) {
        let actions = actions::all();
        let action = &actions[rng.random_range(0..actions.len())];
        self.note(&format!("action {:?}", action.label));
        match action.keys {
            Some(keys) => self.harness.key_press_modifiers(keys.modifiers, keys.logical_key),
            None => self.send((action.command)()),
        }
    }

    /// Takes any widget of the tree that a screen reader sees and does to it what can be done.
    fn widget(&mut self, rng: &mut StdRng) {
        let named = |node: &Node<'_>| {
            let node = node.accesskit_node();
            node.bounding_box().is_some()
                && (node.label().is_some() || node.value().is_some())
                && node.role() != Role::Label
        };
        let all: Vec<Node<'_>> = self.harness.root().children_recursive().filter(named).collect();
        // Kinds first, so that a panel full of sliders does not hide the rest.
        let mut kinds: Vec<Role> = all.iter().map(|node| node.accesskit_node().role()).collect();
        kinds.sort_by_key(|role| format!("{role:?}"));
        kinds.dedup();
        if kinds.is_empty() {
            return;
        }
        let kind = kinds[rng.random_range(0..kinds.len())];
        let of_kind: Vec<&Node<'_>> = all.iter().filter(|node| node.accesskit_node().role() == kind).collect();
        let node = of_kind[rng.random_range(0..of_kind.len())];
        let name = node.accesskit_node().label().or(node.accesskit_node().value()).unwrap_or_default();
        let how = rng.random_range(0..10);
        match how {
            0..4 => node.click(),
            4..6 => node.click_accesskit(),
            6 => node.focus(),
            7 if kind == Role::Slider || kind == Role::SpinButton => {
                let magnitude = 10_f64.powi(rng.random_range(-3..7));
                node.set_value_accesskit(magnitude * rng.random_range(-1.0..1.0));
            }
            7 => node.click_secondary(),
            8 => node.increment_accesskit(),
            _ => node.decrement_accesskit(),
        }
        let (kind, rect) = (format!("{kind:?}"), node.rect());
        if how < 4 {
            self.held = None;
            self.at = rect.center();
        }
        self.note(&format!(
            "{} {kind} {name:?}",
            ["clicks", "presses", "focuses", "sets or opens", "turns"][[0, 0, 0, 0, 1, 1, 2, 3, 4, 4][how]]
        ));
    }

    /// Types into a field.
    fn field(&mut self, rng: &mut StdRng) {
        let roles = [Role::TextInput, Role::SpinButton];
        let role = roles[rng.random_range(0..roles.len())];
        let fields: Vec<Node<'_>> = self.harness.query_all_by_role(role).collect();
        if fields.is_empty() {
            return self.text(rng);
        }
        let typed = TYPED[rng.random_range(0..TYPED.len())];
        let field = &fields[rng.random_range(0..fields.len())];
        if rng.random_bool(0.3) {
            field.set_text_value_accesskit(typed);
        } else {
            field.focus();
            field.click();
            field.type_text(typed);
        }
        let enters = rng.random_bool(0.5);
        drop(fields);
        if enters {
            self.harness.key_press(Key::Enter);
        }
        self.held = None;
        self.note(&format!("types {typed:?} into a {role:?}, {}", if enters { "enters it" } else { "stays" }));
    }

    fn command(&mut self, rng: &mut StdRng) {
        let library = Command::OpenLibrary(rng.random_range(0..LIBRARY.len() + 1));
        let command = match rng.random_range(0..14) {
            0..3 => library,
            3 => Command::Discard(Box::new(Command::TakeIn)),
            4..6 => Command::StartLesson(rng.random_range(0..LESSONS.len() + 1)),
            6 => Command::SaveFirst(Box::new(Command::TakeIn)),
            7 => Command::LessonStep(rng.random_range(-2_i32..3) as isize),
            8 => Command::OpenRecent(rng.random_range(0..3)),
            9 => Command::TakeInBeside,
            10 => Command::OpenBeside,
            11 => Command::TurnBy(rng.random_range(-2_i32..3) as isize),
            12 => Command::AskToClose(Some(rng.random_range(0..4))),
            _ => Command::SaveTo(self.data.path().join(format!("saved-{}.toml", rng.random_range(0..4)))),
        };
        self.note(&format!("{command:?}"));
        self.send(command);
    }

    /// Undo and redo, many at once.
    fn storm(&mut self, rng: &mut StdRng) {
        let (back, forth) = (rng.random_range(0..60), rng.random_range(0..60));
        self.note(&format!("{back} steps back, {forth} forth"));
        for _ in 0..back {
            self.send(Command::Undo);
        }
        self.step();
        for _ in 0..forth {
            self.send(Command::Redo);
        }
    }

    /// Another size of the window, or of everything in it.
    fn look(&mut self, rng: &mut StdRng) {
        if rng.random_bool(0.5) {
            let sizes =
                [[1280.0, 800.0], [800.0, 560.0], [1920.0, 1080.0], [2560.0, 1440.0], [640.0, 1100.0], [320.0, 200.0]];
            self.size = Vec2::from(sizes[rng.random_range(0..sizes.len())]);
            self.note(&format!("size {:?}", self.size));
            self.harness.set_size(self.size);
        } else {
            let zoom = [None, Some(0.5), Some(1.25), Some(2.0), Some(3.0)][rng.random_range(0..5)];
            self.note(&format!("zoom {zoom:?}"));
            self.send(Command::Zoom(zoom));
        }
    }

    /// Asks the window to close, as the system does.
    fn close(&mut self) {
        self.note("closes the window");
        if let Some(viewport) = self.harness.input_mut().viewports.get_mut(&ViewportId::ROOT) {
            viewport.events.push(ViewportEvent::Close);
        }
        self.step();
        if let Some(viewport) = self.harness.input_mut().viewports.get_mut(&ViewportId::ROOT) {
            viewport.events.clear();
        }
    }

    fn file(&mut self, rng: &mut StdRng) {
        let file = self.files[rng.random_range(0..self.files.len())].clone();
        self.note(&format!("drops {}", file.display()));
        drop_file(&mut self.harness, &file);
    }

    /// Presses a button of the dialog, which are the last ones of the tree.
    fn answer(&mut self, rng: &mut StdRng) {
        let buttons: Vec<Node<'_>> = self.harness.query_all_by_role(Role::Button).collect();
        let back = rng.random_range(1..4);
        let Some(button) = buttons.len().checked_sub(back).and_then(|i| buttons.get(i)) else { return };
        let name = button.accesskit_node().label().unwrap_or_default();
        button.click_accesskit();
        drop(buttons);
        self.note(&format!("answers {name:?}"));
    }

    /// Puts everything back to the flagship, waits for the worker, and tells the memory.
    fn reset(&mut self) -> f64 {
        self.note("puts everything back");
        self.size = vec2(1280.0, 800.0);
        self.harness.set_size(self.size);
        for command in
            [Command::Dismiss, Command::Zoom(None), Command::EndLesson, Command::ResetLayout, Command::CancelExport]
        {
            self.send(command);
        }
        if self.harness.state().session().presenting {
            self.send(Command::TogglePresenter);
        }
        for _ in 1..self.harness.state().documents().count() {
            self.send(Command::Close(0));
        }
        for _ in 0..self.harness.state().session().pins.len() {
            self.send(Command::Unpin(0));
        }
        self.send(Command::OpenLibrary(0));
        let asked = Instant::now();
        while self.harness.state().document().is_changed() {
            assert!(asked.elapsed() < Duration::from_secs(60), "the library does not open");
            self.step();
            self.send(Command::Discard(Box::new(Command::TakeIn)));
        }
        let asked = Instant::now();
        while self.harness.state().session().busy || self.harness.state().session().exporting.is_some() {
            assert!(asked.elapsed() < Duration::from_secs(180), "the worker does not come to its end");
            std::thread::sleep(Duration::from_millis(20));
            self.step();
        }
        self.send(Command::Dismiss);
        self.step();
        memory()
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Fails where the last third of the readings is higher than the first.
fn judge_memory(readings: &[f64]) {
    let third = readings.len() / 3;
    let (first, last) = (mean(&readings[..third]), mean(&readings[readings.len() - third..]));
    eprintln!(
        "memory at rest: {first:.1} MB in the first third of {} readings, {last:.1} MB in the last",
        readings.len()
    );
    let (share, more) = MEMORY_MARGIN;
    assert!(third < 2 || last < share * first + more, "it leaks: {readings:.0?}");
}

#[test]
fn random_input_leads_to_no_panic() {
    let seed = setting("MONKEY_SEED").unwrap_or(1);
    let minutes = setting("MONKEY_MINUTES");
    let frames = setting("MONKEY_FRAMES").unwrap_or(if minutes.is_some() { u64::MAX } else { 1500 });
    let patience = minutes.map(|_| Duration::from_millis(setting("MONKEY_HANG_MS").unwrap_or(2000)));
    eprintln!("seed {seed}, {}", minutes.map_or_else(|| format!("{frames} frames"), |m| format!("{m} minutes")));
    let start = Instant::now();
    let mut monkey = Monkey::new(seed, patience);
    let mut readings = Vec::new();
    while monkey.frame < frames && minutes.is_none_or(|m| start.elapsed() < Duration::from_secs(60 * m)) {
        monkey.act();
        if minutes.is_some() && monkey.frame.is_multiple_of(RESET_EVERY) {
            let reading = monkey.reset();
            eprintln!(
                "frame {}, {:.0} s: {:.1} MB; slowest step {:?} ({:?} of work), in frame {}; {} windows",
                monkey.frame,
                start.elapsed().as_secs_f64(),
                reading,
                monkey.slowest.0,
                monkey.slowest.1,
                monkey.slowest.2,
                monkey.windows
            );
            readings.push(reading);
        }
    }
    let (took, worked, did) = &monkey.slowest;
    eprintln!("{} frames; the slowest step took {took:?} ({worked:?} of work), in frame {did}", monkey.frame);
    judge_memory(&readings);
}

#[test]
fn what_once_failed_fails_no_more() {
    for seed in FAILED_ONCE {
        let mut monkey = Monkey::new(*seed, None);
        for _ in 0..FRAMES_AGAIN {
            monkey.act();
        }
    }
}
