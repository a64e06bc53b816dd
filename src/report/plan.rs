//! Monitoring plans for people, scripts and spreadsheets.

use serde_json::{Value, json};

use super::csv::{cell, write};
use super::detection::days;
use super::sentence::{grouped, percent, usd};
use super::table::Grid;
use crate::detection::detector::{self, Setting};
use crate::detection::monitor::{self, Amount};
use crate::detection::plan::{Plan, Plans};
use crate::model::{Allocation, Monitor, Scenario, Strata};
use crate::scenario::read::MAX_NAME;
use crate::scenario::write as scenario_file;

/// Plans near the recommended one that are listed beside the frontier, at the most.
const RUNNERS_UP: usize = 5;

/// A monitor in words: what, how much of it, split how, read how.
pub fn describe(monitor: &Monitor) -> String {
    let mut words = vec![monitor.name.split(',').next().unwrap_or_default().to_owned()];
    let amount = monitor::watch(&monitor.kind).and_then(|kind| kind.amount(monitor));
    words.extend(amount.map(|amount| match amount {
        Amount::LabelsADay(labels) => format!("{} a day", grouped(labels)),
        Amount::EveryDays(days) => format!("every {days} days"),
        Amount::HeldBack(share) => format!("{} held back", percent(share, 0)),
    }));
    let split = match monitor.strata {
        Strata::All => "pooled",
        Strata::Tier => "per tier",
        Strata::Segment => "per segment",
        Strata::Tail => "tail",
    };
    let spread = match monitor.allocation {
        Allocation::Equal => "",
        Allocation::Proportional => " (as the traffic)",
        Allocation::Detection => " (for detection)",
    };
    if monitor::splits(monitor).len() > 1 {
        words.push(format!("{split}{spread}"));
    }
    words.extend(monitor.detector.as_ref().map(|d| {
        let word = d.kind.about().spoken();
        match detector::charting(d).map_or(Setting::None, |kind| kind.setting()) {
            Setting::Ratio => format!("{word} ×{}", d.ratio),
            Setting::Weight => format!("{word} {}", d.weight),
            Setting::Days => format!("{word} {} days", d.window_days),
            Setting::None => word,
        }
    }));
    words.join(", ")
}

/// A plan in words.
pub fn name(plans: &Plans, plan: &Plan) -> String {
    let members = plans.monitors_of(plan).map(describe).collect::<Vec<_>>();
    if members.is_empty() { "No monitoring".to_owned() } else { members.join(" + ") }
}

/// Why the recommended plan and not its neighbours on the frontier.
pub fn why(plans: &Plans) -> String {
    let Some(best) = plans.plans.get(plans.recommended) else { return String::new() };
    let horizon = f64::from(plans.days);
    if best.members.is_empty() {
        return reading(plans, best);
    }
    let mut said = vec![reading(plans, best)];
    let on_frontier = || plans.frontier().filter_map(|i| plans.plans.get(i));
    let cheaper = on_frontier().filter(|p| p.usd_per_day < best.usd_per_day).last();
    if let Some(p) = cheaper.filter(|p| !p.members.is_empty()) {
        said.push(format!(
            "The next cheaper one would save {} USD in price and let {} USD more happen.",
            usd((best.usd_per_day - p.usd_per_day) * horizon),
            usd((p.damage_usd - best.damage_usd).max(0.0))
        ));
    }
    if let Some(p) = on_frontier().find(|p| p.usd_per_day > best.usd_per_day) {
        said.push(format!(
            "The next dearer one would cost {} USD more and prevent {} USD.",
            usd((p.usd_per_day - best.usd_per_day) * horizon),
            usd((best.damage_usd - p.damage_usd).max(0.0))
        ));
    }
    said.join(" ")
}

/// What a plan costs and what it is worth.
pub fn reading(plans: &Plans, plan: &Plan) -> String {
    let best = plans.plans.get(plans.recommended);
    let nothing = plans.plans.iter().find(|p| p.members.is_empty()).map_or(plan.damage_usd, |p| p.damage_usd);
    let is_best = best.is_some_and(|best| best.members == plan.members);
    if plan.members.is_empty() {
        return if is_best {
            format!(
                "No plan within {} USD a day earns its price: the damage of {} USD is less than any monitoring would save.",
                usd(plans.budget_usd_per_day),
                usd(nothing)
            )
        } else {
            format!("Nobody looks: {} USD of damage over {} days.", usd(nothing), plans.days)
        };
    }
    let together = if is_best {
        format!("over {} days the least of price and damage together, {} USD", plans.days, usd(plan.total_usd))
    } else {
        let more = best.map_or(0.0, |best| plan.total_usd - best.total_usd).max(0.0);
        format!(
            "over {} days price and damage together are {} USD, {} more than with the recommended plan",
            plans.days,
            usd(plan.total_usd),
            usd(more)
        )
    };
    format!(
        "{}. It costs {} USD a day and lets {} USD of damage happen before it alarms, in place of {} USD without monitoring: {together}.",
        name(plans, plan),
        usd(plan.usd_per_day),
        usd(plan.damage_usd),
        usd(nothing)
    )
}

/// A monitor of a plan under a name that says how it differs from the one it is like.
pub fn named(monitor: &Monitor) -> Monitor {
    // Room for a number behind it, should the name be taken.
    let name = describe(monitor).chars().take(MAX_NAME - 5).collect();
    Monitor { name, ..monitor.clone() }
}

/// The recommended plan as sections of a scenario file.
pub fn sections(plans: &Plans) -> String {
    let recommended = plans.plans.get(plans.recommended);
    let monitors = recommended.into_iter().flat_map(|plan| plans.monitors_of(plan));
    monitors.map(|m| scenario_file::monitor_text(&named(m))).collect::<Vec<_>>().join("\n")
}

/// Plans worth a line, by increasing price: those of the frontier, those nearly as good as the best, and no monitoring.
pub fn shown(plans: &Plans) -> Vec<usize> {
    let mut near: Vec<usize> = (0..plans.plans.len()).collect();
    let total = |i: &usize| plans.plans.get(*i).map_or(f64::INFINITY, |p| p.total_usd);
    near.sort_by(|a, b| total(a).total_cmp(&total(b)));
    let mut shown: Vec<usize> = plans.frontier().chain(near.into_iter().take(RUNNERS_UP)).collect();
    shown.push(plans.recommended);
    shown.extend(plans.plans.iter().position(|p| p.members.is_empty()));
    shown.sort_unstable();
    shown.dedup();
    shown
}

/// Price and damage along the frontier as a staircase that goes on to `most`, for plots. Damage is at least one dollar, as its axis is
/// logarithmic.
pub fn staircase(plans: &Plans, most: f64) -> Vec<(f64, f64)> {
    let mut corners: Vec<(f64, f64)> = Vec::new();
    for (price, damage) in plans.frontier().filter_map(|i| plans.plans.get(i)).map(place) {
        let corner = corners.last().map(|last| (price, last.1));
        corners.extend(corner);
        corners.push((price, damage));
    }
    let end = corners.last().map(|last| (most, last.1));
    corners.extend(end);
    corners
}

/// Price and damage of a plan as they are plotted.
pub fn place(plan: &Plan) -> (f64, f64) {
    shown_at((plan.usd_per_day, plan.damage_usd))
}

/// Where a price and a damage stand in a plot whose damage is logarithmic.
pub fn shown_at((usd_per_day, damage_usd): (f64, f64)) -> (f64, f64) {
    (usd_per_day, damage_usd.max(1.0))
}

/// How half of the runs notice, in words.
pub fn half_notice_after(plan: &Plan) -> String {
    match plan.outcome.days_to(0.5) {
        Some(_) => format!("{} days", days(plan.outcome.days_to(0.5))),
        None => "not reached".to_owned(),
    }
}

/// The frontier as a table.
pub(super) fn grid(plans: &Plans) -> Grid {
    let rows = shown(plans)
        .into_iter()
        .filter_map(|index| Some((index, plans.plans.get(index)?)))
        .map(|(index, plan)| {
            let mark = match (index == plans.recommended, plan.is_on_frontier) {
                (true, _) => "→ ",
                (_, true) => "● ",
                _ => "",
            };
            vec![
                format!("{mark}{}", name(plans, plan)),
                usd(plan.usd_per_day),
                days(plan.outcome.days_to(0.5)),
                percent(plan.outcome.noticed.rate, 0),
                percent(plan.outcome.false_alarms.rate, 1),
                usd(plan.damage_usd),
                usd(plan.total_usd),
            ]
        })
        .collect();
    Grid { head: &["Plan", "USD a day", "Median days", "Detected", "False alarms", "Damage", "Total"], rows }
}

/// What is said under that table.
pub(super) fn note(plans: &Plans) -> String {
    format!(
        "→: recommended. ●: no cheaper plan does less damage. Damage: mean from the onset on day {} to the alarm. Total: price over {} days plus damage.",
        plans.onset_day, plans.days
    )
}

/// The frontier for people.
pub fn text(scenario: &Scenario, policy: usize, plans: &Plans) -> String {
    let watched = scenario.policies.get(policy).map(|p| p.name.as_str()).unwrap_or_default();
    let sections = sections(plans);
    let paste = if sections.is_empty() {
        String::new()
    } else {
        format!("\nTo study it, put this into the scenario:\n\n{sections}")
    };
    format!(
        "{}: plans to watch \"{watched}\" for at most {} USD a day, false alarms {} over {} days; {} monitors tried, the better ones over {} fresh replicates\n\n{}\n{}\n\n\
         Recommended: {}\n{paste}",
        scenario.name,
        usd(plans.budget_usd_per_day),
        percent(plans.false_alarms, 1),
        plans.days,
        grouped(plans.tried as f64),
        grouped(plans.replicates as f64),
        grid(plans).text(),
        note(plans),
        why(plans)
    )
}

/// The frontier for scripts.
pub fn json(scenario: &Scenario, policy: usize, plans: &Plans) -> Value {
    let monitor = |m: &Monitor| {
        json!({
            "like": m.name,
            "kind": m.kind.word(),
            "strata": m.strata.word(),
            "allocation": m.allocation.word(),
            "per_day": m.per_day,
            "detector": m.detector.as_ref().map(|d| d.kind.word()),
            "ratio": m.detector.as_ref().map(|d| d.ratio),
        })
    };
    let entries: Vec<Value> = shown(plans)
        .into_iter()
        .filter_map(|index| Some((index, plans.plans.get(index)?)))
        .map(|(index, plan)| {
            let o = &plan.outcome;
            json!({
                "name": name(plans, plan),
                "monitors": plans.monitors_of(plan).map(monitor).collect::<Vec<_>>(),
                "usd_per_day": plan.usd_per_day,
                "damage_usd": plan.damage_usd,
                "damage_standard_error_usd": plan.damage_se_usd,
                "total_usd": plan.total_usd,
                "days_to_detection": { "p25": o.days_to(0.25), "median": o.days_to(0.5), "p75": o.days_to(0.75) },
                "detected": o.noticed.rate,
                "false_alarms": { "rate": o.false_alarms.rate, "interval": o.false_alarms.interval },
                "on_frontier": plan.is_on_frontier,
                "recommended": index == plans.recommended,
            })
        })
        .collect();
    json!({
        "scenario": scenario.name,
        "policy": scenario.policies.get(policy).map(|p| p.name.as_str()),
        "onset_day": plans.onset_day,
        "days": plans.days,
        "budget_usd_per_day": plans.budget_usd_per_day,
        "false_alarms_budget": plans.false_alarms,
        "monitors_tried": plans.tried,
        "replicates": plans.replicates,
        "plans": entries,
        "recommended": plans.plans.get(plans.recommended).map(|p| name(plans, p)),
        "why": why(plans),
        "monitor_sections": sections(plans),
    })
}

/// The frontier for spreadsheets.
pub fn csv(plans: &Plans) -> String {
    let head = [
        "plan",
        "usd_per_day",
        "median_days",
        "detected",
        "false_alarm_rate",
        "damage_usd",
        "total_usd",
        "on_frontier",
        "recommended",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for index in shown(plans) {
        let Some(plan) = plans.plans.get(index) else { continue };
        rows.push(vec![
            name(plans, plan),
            plan.usd_per_day.to_string(),
            cell(plan.outcome.days_to(0.5)),
            plan.outcome.noticed.rate.to_string(),
            plan.outcome.false_alarms.rate.to_string(),
            plan.damage_usd.to_string(),
            plan.total_usd.to_string(),
            plan.is_on_frontier.to_string(),
            (index == plans.recommended).to_string(),
        ]);
    }
    write(rows)
}
