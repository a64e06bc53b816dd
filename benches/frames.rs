//! Frames of the window while sliders are dragged: `cargo bench --bench frames`.
//!
//! The window is opened without a display: on the flagship, on the largest scenario that a file may hold, and on one that is as large
//! apart from its segments. Curves of the largest take longer than anybody waits; the third shows pictures as full as they
//! can be, since what is drawn grows with policies, tiers, events, monitors and days. In each tab real
//! sliders are dragged by pointer events, one move a frame, while the worker simulates for real. What is told is the time that
//! the window's thread spends on a frame (thread CPU time, so that a busy machine adds nothing), against 8 ms for the median
//! and 16 ms for the 99th percentile. Then how long the selected policy's point takes to answer a move.
//!
//! A frame is one step of `egui_kittest`: input, the window's own code, layout and text, the commands, the AccessKit tree, and
//! the harness's copy of that tree. The last two cost nothing in the program unless a screen reader runs; how long egui with
//! the window's code took (AccessKit's nodes among it) is told apart as "own". A step does not tessellate and does not paint:
//! how long it takes to make triangles of a frame's shapes, which belongs to rendering, is told beside it for orientation.
//!
//! It prints and judges nothing. With `FRAMES_STRICT=1` it fails where a target is missed; `FRAMES=100` drags that many frames
//! in each tab, `FRAMES_ONLY=largest` (`flagship`, `pictures`) opens that scenario alone, `FRAMES_WAIT=60` waits that many seconds at most for what the
//! tabs show before the dragging starts.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops at the first surprise"
)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::cell::Cell;
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::{Duration, Instant};

use common::thread_time;
use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, Rect, TouchPhase, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use paretoscope::app::App;
use paretoscope::app::command::Command;
use paretoscope::app::tab::Tab;
use paretoscope::model::MAX_SEGMENTS;
use paretoscope::model::address::{Address, Key, Target};
use paretoscope::scenario::write;

/// Size of the window: a common screen, filled.
const SIZE: [f32; 2] = [1920.0, 1080.0];
/// Least time from frame to frame: a screen shows 60 a second, and the worker has the rest.
const FRAME: Duration = Duration::from_micros(16_667);
/// Frames from the press of a slider to its release.
const DRAG: usize = 30;
/// Most milliseconds for the median and for the 99th percentile.
const TARGETS: [f64; 2] = [8.0, 16.0];

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

type Holds = fn(&App) -> bool;

/// What the tabs show, in the order in which it is computed.
const RESULTS: [(&str, Holds); 4] = [
    ("points", |app| app.session().points.is_some()),
    ("curves", |app| app.session().curves.is_some()),
    ("timeline", |app| app.session().timeline.is_some()),
    ("breakdown", |app| app.session().breakdown.is_some()),
];

/// What one frame took, milliseconds.
#[derive(Clone, Copy, Default)]
struct Frame {
    cpu: f64,
    wall: f64,
    own: f64,
    triangles: f64,
    points_came: bool,
    curves_came: bool,
}

struct Window {
    harness: Harness<'static, App>,
    own: Rc<Cell<Duration>>,
    last: Option<Instant>,
    frames: Vec<Frame>,
}

impl Window {
    fn open(file: Option<&Path>, data: &Path) -> Self {
        let own = Rc::new(Cell::new(Duration::ZERO));
        let spent = Rc::clone(&own);
        let app = App::new(&eframe::egui::Context::default(), file.map(Path::to_owned), Some(data.to_owned()));
        let app = app.without_file_dialogs();
        let harness =
            Harness::builder().with_size(SIZE).with_context_setup(paretoscope::app::theme::install).build_ui_state(
                move |ui, app: &mut App| {
                    let start = thread_time();
                    app.frame(ui);
                    spent.set(spent.get() + (thread_time() - start));
                },
                app,
            );
        Self { harness, own, last: None, frames: Vec::new() }
    }

    /// One frame, no sooner than the screen would show it.
    fn frame(&mut self) {
        if let Some(rest) = self.last.and_then(|at| FRAME.checked_sub(at.elapsed())) {
            std::thread::sleep(rest);
        }
        self.last = Some(Instant::now());
        let found = |app: &App| {
            let session = app.session();
            // Where results stand in memory tells new ones from old ones without a look inside.
            let points = session.points.as_ref().map(|f| f.launch.curves.as_ptr());
            (points, session.curves.as_ref().map(|f| f.launch.curves.as_ptr()))
        };
        let before = found(self.harness.state());
        self.own.set(Duration::ZERO);
        let (cpu, wall) = (thread_time(), Instant::now());
        self.harness.step();
        let (cpu, wall) = (thread_time() - cpu, wall.elapsed());
        let after = found(self.harness.state());
        let shapes = self.harness.output().shapes.clone();
        let start = thread_time();
        std::hint::black_box(self.harness.ctx.tessellate(shapes, 1.0));
        let ms = |d: Duration| d.as_secs_f64() * 1e3;
        self.frames.push(Frame {
            cpu: ms(cpu),
            wall: ms(wall),
            own: ms(self.own.get()),
            triangles: ms(thread_time() - start),
            points_came: before.0 != after.0,
            curves_came: before.1 != after.1,
        });
    }

    /// Frames until something holds or `most` is over; whether it does.
    fn until(&mut self, most: Duration, holds: impl Fn(&App) -> bool) -> bool {
        let start = Instant::now();
        while !holds(self.harness.state()) {
            if start.elapsed() > most {
                return false;
            }
            self.frame();
        }
        true
    }

    /// The same, and says how long it took.
    fn wait(&mut self, most: Duration, what: &str, holds: impl Fn(&App) -> bool) {
        let start = Instant::now();
        let came = if self.until(most, holds) { "came after" } else { "did not come within" };
        println!("  {what} {came} {:.1} s", start.elapsed().as_secs_f64());
    }

    /// Moves the first share of the selected policy. How long its point takes to follow, ms.
    fn answer(&mut self, value: f64) -> f64 {
        let point = |app: &App| {
            let frontier = app.session().points.as_ref()?;
            let stage = frontier.production.as_ref().unwrap_or(&frontier.launch);
            stage.curves.get(app.session().selected)?.operating_point.as_ref().map(|p| p.total_usd_per_1k)
        };
        let index = self.harness.state().session().selected;
        let before = point(self.harness.state());
        let address = Address { target: Target::Policy(index), key: Key::At("shares", 0) };
        let start = Instant::now();
        self.send(Command::Set { address, value, dragging: false });
        self.until(Duration::from_secs(20), |app| point(app) != before);
        start.elapsed().as_secs_f64() * 1e3
    }

    fn send(&mut self, command: Command) {
        self.harness.state_mut().send(command);
        self.frame();
        self.frame();
    }

    /// Opens a heading of the scenario's panel.
    fn unfold(&mut self, label: &str) {
        self.harness
            .get_by(|node| node.role() == Role::DisclosureTriangle && node.label().as_deref() == Some(label))
            .click_accesskit();
        self.frame();
        self.frame();
    }

    fn pointer(&mut self, at: Pos2, pressed: Option<bool>) {
        self.harness.event(match pressed {
            None => Event::PointerMoved(at),
            Some(pressed) => {
                let (button, modifiers) = (PointerButton::Primary, Modifiers::NONE);
                Event::PointerButton { pos: at, button, pressed, modifiers }
            }
        });
        self.frame();
    }

    fn scroll(&mut self, delta: f32) {
        let at = Pos2::new(120.0, 600.0);
        self.pointer(at, None);
        let (unit, phase, modifiers) = (MouseWheelUnit::Point, TouchPhase::Move, Modifiers::NONE);
        let (delta, source) = (vec2(0.0, delta), MouseWheelSource::Wheel);
        self.harness.event(Event::MouseWheel { unit, delta, phase, modifiers, source });
        // The scrolling is smooth.
        for _ in 0..40 {
            self.frame();
        }
    }

    /// Rails of the scenario's sliders in view.
    fn rails(&self) -> Vec<Rect> {
        let view = Rect::from_min_max(Pos2::new(0.0, 100.0), Pos2::new(560.0, SIZE[1] - 60.0));
        let sliders = self.harness.get_all_by_role(Role::Slider);
        sliders.map(|slider| slider.rect()).filter(|rect| view.contains_rect(*rect)).collect()
    }

    /// Drags the sliders in view, one after the other.
    fn drag(&mut self, frames: usize) -> Vec<Frame> {
        let mut dragged = Vec::new();
        let mut next = 0;
        while dragged.len() < frames {
            let rails = self.rails();
            let Some(rail) = rails.get(next % rails.len().max(1)) else { break };
            next += 1;
            let at = |i: usize| {
                let part = 0.5 + 0.4 * (i as f32 * 0.37).sin();
                rail.left_center() + vec2(part * (rail.width() - 100.0).max(40.0), 0.0)
            };
            self.pointer(at(0), None);
            self.pointer(at(0), Some(true));
            self.frames.clear();
            for i in 1..=DRAG {
                self.pointer(at(i), None);
            }
            dragged.append(&mut self.frames);
            self.pointer(at(DRAG), Some(false));
            // As it was: the next slider starts from the same scenario.
            self.send(Command::Undo);
        }
        dragged
    }
}

fn quantile(frames: &[Frame], of: impl Fn(&Frame) -> f64, share: f64) -> f64 {
    let mut values: Vec<f64> = frames.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    let at = (share * values.len() as f64).ceil() as usize;
    values.get(at.max(1) - 1).copied().unwrap_or(f64::NAN)
}

fn row(what: &str, frames: &[Frame]) -> bool {
    if frames.is_empty() {
        println!("  {what:11} {:>6}", 0);
        return true;
    }
    let [median, p99, worst] = [0.5, 0.99, 1.0].map(|share| quantile(frames, |f| f.cpu, share));
    let kept = median < TARGETS[0] && p99 < TARGETS[1];
    println!(
        "  {what:11} {:>6} {median:>8.2} {p99:>8.2} {worst:>8.2} {:>8.2} {:>8.2} {:>8.2} {:>6} {:>6}  {}",
        frames.len(),
        quantile(frames, |f| f.wall, 0.5),
        quantile(frames, |f| f.own, 0.5),
        quantile(frames, |f| f.triangles, 0.5),
        frames.iter().filter(|f| f.points_came && !f.curves_came).count(),
        frames.iter().filter(|f| f.curves_came).count(),
        if kept { "" } else { "missed" }
    );
    kept
}

fn measure(title: &str, file: Option<&Path>, name: &str, segment: &str) -> bool {
    let data = tempfile::tempdir().unwrap();
    let wait = Duration::from_secs(setting("FRAMES_WAIT", 180));
    let mut window = Window::open(file, data.path());
    assert!(window.until(Duration::from_secs(60), |app| app.document().scenario.name == name), "it opens");
    window.unfold("Segments");
    // The last one, which is in view where the panel ends.
    window.scroll(-1e6);
    window.unfold(segment);
    println!("{title}, {} × {} points", SIZE[0], SIZE[1]);
    // What the tabs show is computed once and stays in view while sliders move, greyed.
    window.send(Command::Tab(Tab::Frontier));
    let asked = Instant::now();
    for (what, is_there) in RESULTS {
        window.wait(wait.saturating_sub(asked.elapsed()), what, is_there);
    }
    println!(
        "  {:11} {:>6} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>6} {:>6}",
        "tab", "frames", "median", "99 %", "worst", "wall", "own", "shapes", "points", "curves"
    );
    row("waiting", &std::mem::take(&mut window.frames));
    window.send(Command::Pin);
    let mut kept = true;
    let mut all = Vec::new();
    for tab in [Tab::Frontier, Tab::Segments, Tab::Money, Tab::Compare, Tab::Timeline, Tab::Detection, Tab::Plan] {
        window.send(Command::Tab(tab));
        match tab {
            Tab::Detection => window.wait(wait, "first study", |app| app.session().studies.is_some()),
            Tab::Plan => window
                .wait(wait, "plans", |app| app.session().planned.is_some() || app.session().plan_failure.is_some()),
            _ => {}
        }
        let frames = setting("FRAMES", 300) as usize;
        window.scroll(1e6);
        let mut dragged = window.drag(frames / 2);
        // The other half where the segment's card is.
        window.scroll(-1e6);
        dragged.extend(window.drag(frames - frames / 2));
        kept &= row(&format!("{tab:?}"), &dragged);
        all.extend(dragged);
    }
    kept &= row("all", &all);
    let answers: Vec<f64> = (0..5).map(|i| window.answer(0.3 + 0.05 * f64::from(i))).collect();
    println!("  a move of the first share is answered after {answers:.0?} ms");
    let with =
        |came: bool| all.iter().filter(|f| (f.points_came || f.curves_came) == came).copied().collect::<Vec<_>>();
    row("results in", &with(true));
    row("none in", &with(false));
    kept
}

fn main() -> ExitCode {
    println!(
        "CPU time of a frame while a slider is dragged, ms; targets: median under {}, 99 % under {}",
        TARGETS[0], TARGETS[1]
    );
    let only = std::env::var("FRAMES_ONLY").unwrap_or_default();
    let mut kept = true;
    if only.is_empty() || only == "flagship" {
        let flagship = common::flagship();
        kept &= measure("Flagship", None, &flagship.name, &flagship.segments.last().unwrap().name);
    }
    let folder = tempfile::tempdir().unwrap();
    for (label, title, segments) in [
        ("pictures", "As many of everything but segments as are allowed", 4),
        ("largest", "Largest scenario", MAX_SEGMENTS),
    ] {
        if only.is_empty() || only == label {
            let file = folder.path().join(format!("{label}.toml"));
            let scenario = common::largest(segments);
            std::fs::write(&file, write::to_text(&scenario)).unwrap();
            kept &= measure(title, Some(&file), &scenario.name, &scenario.segments.last().unwrap().name);
        }
    }
    if kept || setting("FRAMES_STRICT", 0) == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
