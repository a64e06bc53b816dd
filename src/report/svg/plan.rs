//! Monitoring plans: price against value, the frontier, the recommended one, and a line for each plan that is worth one.

use maud::{Markup, html};

use super::draw::{Anchor, Frame, Labels, Paint, Scale, line, marker, picture, shortened, star, text};
use crate::decision::plan::{Plan, Plans};
use crate::model::Scenario;
use crate::report::plan::{budget, describe, half_act_after, name, place, shown, staircase};
use crate::report::sentence::usd;

const WIDTH: f64 = 860.0;
/// Height of the plot; the list stands below it.
const PLOT: f64 = 440.0;
const LINE: f64 = 16.0;
/// Right edges of the columns of the list.
const COLUMNS: [(f64, &str); 4] = [(624.0, "USD a day"), (706.0, "Half act"), (776.0, "Damage"), (846.0, "Value")];
/// Most characters of a line.
const MOST: usize = 80;

/// The plans of a search, with a line for each that is worth one; `policy` is the one that is watched.
pub fn plan(scenario: &Scenario, policy: usize, plans: &Plans) -> String {
    let (length, list) = list(plans, &listed(plans));
    whole(scenario, policy, plans, PLOT + length, &html! { g transform=(format!("translate(0 {PLOT:.0})")) { (list) } })
}

/// The plot alone, for a page that has the list as a table.
pub fn plan_plot(scenario: &Scenario, policy: usize, plans: &Plans) -> String {
    whole(scenario, policy, plans, PLOT, &html! {})
}

fn listed(plans: &Plans) -> Vec<(usize, &Plan)> {
    shown(plans).into_iter().filter_map(|i| Some((i, plans.plans.get(i)?))).collect()
}

fn whole(scenario: &Scenario, policy: usize, plans: &Plans, height: f64, below: &Markup) -> String {
    let watched = scenario.policies.get(policy).map_or("", |p| p.name.as_str());
    let body = html! {
        (text((16.0, 22.0), Anchor::Start, 14.0, Paint::Ink, &shortened(&format!("Which monitoring to buy for {watched}"), 80)))
        (text((16.0, 40.0), Anchor::Start, 11.0, Paint::Weak, &format!(
            "For at most {} USD a day, {}. Dots: plans (faint: set aside). Line: no cheaper one is worth more. Star: recommended.",
            usd(plans.budget_usd_per_day), budget(plans)
        )))
        (plot(plans, &listed(plans)))
        (below)
    };
    picture(WIDTH, height, &format!("{}: monitoring plans for {watched}", scenario.name), &body)
}

fn plot(plans: &Plans, listed: &[(usize, &Plan)]) -> Markup {
    let set_aside = || plans.set_aside.iter().copied().filter(|(_, value)| value.is_finite());
    let places = || plans.plans.iter().map(place).chain(set_aside());
    let frame = Frame {
        x: Scale::over(places().map(|p| p.0).chain([0.0]), 0.06, (84.0, WIDTH - 20.0)),
        y: Scale::over(places().map(|p| p.1), 0.08, (PLOT - 58.0, 58.0)),
    };
    let at = |plan: &Plan| {
        let (price, value) = place(plan);
        frame.at(price, value)
    };
    let most = places().map(|p| p.0).fold(0.0, f64::max);
    let steps: Vec<(f64, f64)> = staircase(plans, most).into_iter().map(|(x, y)| frame.at(x, y)).collect();
    // Dots that are not listed may lie behind a number: there are too many to keep clear of.
    let mut labels = Labels::new(&frame, listed.iter().map(|(_, plan)| at(plan)));
    let mut order: Vec<(usize, &(usize, &Plan))> = listed.iter().enumerate().collect();
    order.sort_by_key(|(_, (index, _))| *index != plans.recommended);
    let numbers: Vec<Markup> = order
        .into_iter()
        .filter_map(|(row, (index, plan))| {
            let is_recommended = *index == plans.recommended;
            let words = if is_recommended { format!("{} recommended", row + 1) } else { (row + 1).to_string() };
            labels.place(at(plan), &words, if is_recommended { 12.0 } else { 11.0 }, Paint::Ink)
        })
        .collect();
    html! {
        (frame.axes("price of the plan, USD a day", "net value over the horizon, USD"))
        @for (price, value) in set_aside() {
            @let (x, y) = frame.at(price, value);
            circle cx=(super::draw::px(x)) cy=(super::draw::px(y)) r="1.5" class="weak-fill" fill=(Paint::Weak.light()) fill-opacity="0.2" {}
        }
        @for plan in plans.plans.iter().filter(|p| !p.is_on_frontier) {
            @let (x, y) = at(plan);
            circle cx=(super::draw::px(x)) cy=(super::draw::px(y)) r="2" class="weak-fill" fill=(Paint::Weak.light()) fill-opacity="0.45" {}
        }
        (line(&steps, Paint::Weak, 1.3, "5 4", 1.0))
        @for (index, plan) in plans.plans.iter().enumerate() {
            @if plan.is_on_frontier || index == plans.recommended {
                g {
                    title { (name(plans, plan)) ": " (usd(plan.usd_per_day)) " USD a day, worth " (usd(plan.figures.value_usd)) " USD" }
                    @if index == plans.recommended { (star(at(plan), 10.0)) } @else { (marker(0, at(plan), 4.5, true)) }
                }
            }
        }
        @for number in numbers { (number) }
    }
}

/// Words in lines, broken after a comma where they are long.
fn lines(words: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in words.split(", ") {
        match lines.last_mut() {
            // With the comma and the space between them, and a comma behind.
            Some(last) if last.chars().count() + part.chars().count() + 3 <= MOST => {
                last.push_str(", ");
                last.push_str(part);
            }
            Some(last) => {
                last.push(',');
                lines.push(part.to_owned());
            }
            None => lines.push(part.to_owned()),
        }
    }
    lines
}

/// The lines of a plan, each with how far it is indented: what goes on from the line before stands further in.
fn told(plans: &Plans, plan: &Plan) -> Vec<(f64, String)> {
    let members: Vec<String> = plans.monitors_of(plan).map(describe).collect();
    if members.is_empty() {
        return vec![(0.0, name(plans, plan))];
    }
    let each = members.iter().enumerate().flat_map(|(index, words)| {
        let plus = if index > 0 { "+ " } else { "" };
        let broken = lines(&format!("{plus}{words}")).into_iter().enumerate();
        broken.map(|(row, words)| (if row > 0 { 14.0 } else { 0.0 }, shortened(&words, MOST)))
    });
    each.collect()
}

/// Height and lines of the list under the plot.
fn list(plans: &Plans, listed: &[(usize, &Plan)]) -> (f64, Markup) {
    let mut y = 20.0;
    let mut rows = Vec::new();
    for (row, (index, plan)) in listed.iter().enumerate() {
        y += 6.0;
        let top = y + 12.0;
        let told = told(plans, plan);
        let figures =
            [usd(plan.usd_per_day), half_act_after(plan), usd(plan.figures.damage_usd), usd(plan.figures.value_usd)];
        rows.push(html! {
            (text((38.0, top), Anchor::End, 11.0, Paint::Ink, &(row + 1).to_string()))
            @if *index == plans.recommended {
                (star((50.0, top - 4.0), 7.0))
            } @else if plan.is_on_frontier {
                (marker(0, (50.0, top - 4.0), 3.5, true))
            }
            @for (below, (indent, words)) in told.iter().enumerate() {
                (text((62.0 + indent, top + LINE * below as f64), Anchor::Start, 11.0, Paint::Ink, words))
            }
            @for ((x, _), figure) in COLUMNS.iter().zip(&figures) {
                (text((*x, top), Anchor::End, 11.0, Paint::Ink, figure))
            }
        });
        y += LINE * told.len() as f64;
    }
    let markup = html! {
        (text((62.0, 14.0), Anchor::Start, 11.0, Paint::Weak, "Plan"))
        @for (x, head) in COLUMNS { (text((x, 14.0), Anchor::End, 11.0, Paint::Weak, head)) }
        @for row in rows { (row) }
    };
    (y + 16.0, markup)
}
