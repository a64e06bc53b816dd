//! Cost against quality: curves, an arrow from launch to production, the hull, the baseline, and the trap.

use maud::{Markup, html};

use super::draw::{Anchor, Frame, Labels, Paint, Scale, arrow, dash, line, marker, picture, rect, shortened, text};
use crate::frontier::point::Point;
use crate::frontier::{Frontier, Stage};
use crate::model::Scenario;
use crate::policy::Oracle;

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 470.0;

fn operating(stage: &Stage, policy: usize) -> Option<&Point> {
    stage.curves.get(policy)?.operating_point.as_ref()
}

/// The frontier by total cost where `by_total`, else by inference cost. `studied` is drawn stronger.
pub fn frontier(scenario: &Scenario, frontier: &Frontier, by_total: bool, studied: Option<usize>) -> String {
    let latest = frontier.latest();
    let cost = |p: &Point| if by_total { p.total_usd_per_1k } else { p.inference_usd_per_1k };
    let plane = |p: &Point| (cost(p), 100.0 * p.quality);
    let shown: Vec<(f64, f64)> = std::iter::once(&frontier.launch)
        .chain(std::iter::once(latest))
        .flat_map(|stage| stage.curves.iter().flat_map(|c| c.operating_point.iter().chain(&c.sweep)))
        .map(plane)
        .collect();
    let frame = Frame {
        x: Scale::over(shown.iter().map(|p| p.0), 0.06, (64.0, WIDTH - 20.0)),
        y: Scale::over(shown.iter().map(|p| p.1), 0.08, (HEIGHT - 50.0, 46.0)),
    };
    let at = |p: &Point| {
        let (x, y) = plane(p);
        frame.at(x, y)
    };
    let policies = 0..scenario.policies.len();
    let (left, right, top, bottom) = frame.edges();
    let baseline = operating(latest, frontier.baseline);

    let places: Vec<(f64, f64)> = policies
        .clone()
        .flat_map(|i| [operating(latest, i), operating(&frontier.launch, i)])
        .flatten()
        .map(at)
        .collect();
    let mut labels = Labels::new(&frame, places);
    let mut order: Vec<usize> = policies.clone().collect();
    order.sort_by_key(|i| Some(*i) != studied);
    let names: Vec<Markup> = order
        .into_iter()
        .filter_map(|i| {
            let name = shortened(&scenario.policies.get(i)?.name, 32);
            let size = if Some(i) == studied { 13.0 } else { 11.5 };
            labels.place(at(operating(latest, i)?), &name, size, Paint::Series(i))
        })
        .collect();

    let across = if by_total { "Total cost, USD per 1,000 requests" } else { "Inference cost, USD per 1,000 requests" };
    let body = html! {
        (key(frontier, by_total))
        (frame.axes(across, "Quality, % good answers"))
        @if let Some(baseline) = baseline {
            @let x = frame.x.at(cost(baseline));
            @if by_total {
                // What costs more in all than the baseline, by the total axis, is lost money.
                (rect(x, top, right - x, bottom - top, Paint::Bad, 0.07))
            }
            (line(&[(x, top), (x, bottom)], Paint::Bad, 1.0, "6 4", 0.9))
            (line(&[(left, at(baseline).1), (right, at(baseline).1)], Paint::Weak, 1.0, "6 4", 0.6))
        }
        @if !by_total {
            (line(&hull(latest, &frame), Paint::Weak, 5.0, "none", 0.3))
        }
        @for i in policies.clone() {
            @let width = if Some(i) == studied { 3.0 } else { 1.5 };
            @if let Some(curve) = latest.curves.get(i).filter(|c| c.sweep.len() > 1) {
                @let points: Vec<_> = curve.sweep.iter().map(at).collect();
                (line(&points, Paint::Series(i), width, dash(i), 0.85))
            }
            @if frontier.production.is_some() && Some(i) == studied {
                @if let Some(curve) = frontier.launch.curves.get(i).filter(|c| c.sweep.len() > 1) {
                    @let points: Vec<_> = curve.sweep.iter().map(at).collect();
                    (line(&points, Paint::Series(i), 1.2, "2 4", 0.7))
                }
            }
        }
        @for (i, policy) in scenario.policies.iter().enumerate() {
            @if let Some(now) = operating(latest, i) {
                g {
                    title { (policy.name) ": " (format!("{:.2} %, {:.2} USD", 100.0 * now.quality, cost(now))) @if policy.kind.is::<Oracle>() { " (a limit that nobody can run)" } }
                    @if frontier.production.is_some() {
                        @if let Some(then) = operating(&frontier.launch, i) {
                            @if let Some(arrow) = arrow(at(then), at(now), 6.0, Paint::Series(i)) { (arrow) }
                            (marker(i, at(then), 5.0, false))
                        }
                    }
                    (marker(i, at(now), if Some(i) == studied { 7.0 } else { 5.0 }, true))
                }
            }
        }
        @for name in names { (name) }
    };
    let title =
        format!("{}: quality against {}", scenario.name, if by_total { "total cost" } else { "inference cost" });
    picture(WIDTH, HEIGHT, &title, &body)
}

fn hull(stage: &Stage, frame: &Frame) -> Vec<(f64, f64)> {
    stage.hull.iter().map(|p| frame.at(p.cost, 100.0 * p.quality)).collect()
}

/// What the signs mean.
fn key(frontier: &Frontier, by_total: bool) -> Markup {
    let mut entries: Vec<(Markup, &str)> = Vec::new();
    let mut x = 64.0;
    let mut place = |words: &'static str, sign: &dyn Fn(f64) -> Markup, entries: &mut Vec<(Markup, &str)>| {
        let markup = html! { (sign(x)) (text((x + 26.0, 24.0), Anchor::Start, 11.0, Paint::Weak, words)) };
        x += 42.0 + super::draw::width_of(words, 11.0);
        entries.push((markup, words));
    };
    if frontier.production.is_some() {
        place("at launch", &|x| marker(6, (x + 12.0, 20.0), 5.0, false), &mut entries);
        place("in production", &|x| marker(6, (x + 12.0, 20.0), 5.0, true), &mut entries);
    }
    let stroke = |paint: Paint, width: f64, dash: &'static str, opacity: f64| {
        move |x: f64| line(&[(x, 20.0), (x + 22.0, 20.0)], paint, width, dash, opacity)
    };
    if by_total {
        place(
            "baseline's total cost; to the right of it money is lost",
            &stroke(Paint::Bad, 1.0, "6 4", 0.9),
            &mut entries,
        );
    } else {
        place("best that any policy here reaches", &stroke(Paint::Weak, 5.0, "none", 0.3), &mut entries);
        place("baseline's cost", &stroke(Paint::Bad, 1.0, "6 4", 0.9), &mut entries);
    }
    place("baseline's quality", &stroke(Paint::Weak, 1.0, "6 4", 0.6), &mut entries);
    html! { @for (entry, _) in entries { (entry) } }
}
