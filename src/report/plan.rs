//! Monitoring plans for people, scripts and spreadsheets.

use serde_json::{Value, json};

use super::csv::{cell, write};
use super::sentence::{assumed_response, fixed, gain, grouped, percent, usd};
use super::table::Grid;
use crate::decision::plan::{Plan, Plans};
use crate::detection::detector::{self, Setting};
use crate::detection::monitor::{self, Amount};
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
    let mut said = vec![reading(plans, best)];
    if best.members.is_empty() {
        return said.remove(0);
    }
    let neighbour = |other: &Plan, word: &str| {
        let (price, value) = (
            (other.usd_per_day - best.usd_per_day).abs(),
            (other.figures.value_usd - best.figures.value_usd).min(0.0).abs(),
        );
        format!("The next {word} one is {} USD a day away in price and is worth {} USD less.", usd(price), usd(value))
    };
    let on_frontier = || plans.frontier().filter_map(|i| plans.plans.get(i));
    let cheaper = on_frontier().filter(|p| p.usd_per_day < best.usd_per_day).last();
    said.extend(cheaper.filter(|p| !p.members.is_empty()).map(|p| neighbour(p, "cheaper")));
    said.join(" ")
}

/// What a plan costs and what it is worth.
pub fn reading(plans: &Plans, plan: &Plan) -> String {
    let best = plans.plans.get(plans.recommended);
    let nothing = plans.plans.iter().find(|p| p.members.is_empty()).unwrap_or(plan);
    let is_best = best.is_some_and(|best| best.members == plan.members);
    if plan.members.is_empty() {
        return if is_best {
            format!(
                "No plan within {} USD a day is worth its price: unwatched, the policy is worth {} USD over {} days against the baseline, and \
                 no plan makes that more.",
                usd(plans.budget_usd_per_day),
                usd(plan.figures.value_usd),
                plans.days
            )
        } else {
            format!(
                "Nobody looks: the policy is worth {} USD over {} days against the baseline.",
                usd(plan.figures.value_usd),
                plans.days
            )
        };
    }
    let gained = plan.figures.value_usd - nothing.figures.value_usd;
    let rank = if is_best {
        "as much as any plan, or within the noise of it".to_owned()
    } else {
        let less = best.map_or(0.0, |best| best.figures.value_usd - plan.figures.value_usd).max(0.0);
        format!("{} USD less than the recommended plan", usd(less))
    };
    format!(
        "{}. It costs {} USD a day and is worth {} USD over {} days more than not looking, its price taken off: {rank}. If the change comes, \
         the policy is taken back in {} of the runs{} and {} USD of damage is done until then, in place of {} USD.",
        name(plans, plan),
        usd(plan.usd_per_day),
        usd(gained),
        plans.days,
        percent(plan.figures.acts, 0),
        plan.figures
            .days_to_acting
            .map_or_else(String::new, |days| format!(", after {} days in the median,", fixed(days, 0))),
        usd(plan.figures.damage_usd),
        usd(nothing.figures.damage_usd)
    ) + &format!(
        " While nothing is wrong it raises an alarm in {} of the runs. Watched so, the policy is worth {} USD against staying on the baseline{}.",
        percent(plan.figures.false_alarms.0, 0),
        gain(plan.figures.value_usd),
        if plan.figures.value_usd < 0.0 { ": it still loses" } else { "" }
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
    let value = |i: &usize| plans.plans.get(*i).map_or(f64::NEG_INFINITY, |p| p.figures.value_usd);
    near.sort_by(|a, b| value(b).total_cmp(&value(a)));
    let mut shown: Vec<usize> = plans.frontier().chain(near.into_iter().take(RUNNERS_UP)).collect();
    shown.push(plans.recommended);
    shown.extend(plans.plans.iter().position(|p| p.members.is_empty()));
    shown.sort_unstable();
    shown.dedup();
    shown
}

/// Price and value along the frontier as a staircase that goes on to `most`, for plots.
pub fn staircase(plans: &Plans, most: f64) -> Vec<(f64, f64)> {
    let mut corners: Vec<(f64, f64)> = Vec::new();
    for (price, value) in plans.frontier().filter_map(|i| plans.plans.get(i)).map(place) {
        let corner = corners.last().map(|last| (price, last.1));
        corners.extend(corner);
        corners.push((price, value));
    }
    let end = corners.last().map(|last| (most, last.1));
    corners.extend(end);
    corners
}

/// Price and value of a plan as they are plotted.
pub fn place(plan: &Plan) -> (f64, f64) {
    (plan.usd_per_day, plan.figures.value_usd)
}

/// Days after which half of the runs have acted, in words.
pub fn half_act_after(plan: &Plan) -> String {
    match plan.figures.days_to_acting {
        Some(days) => format!("{} days", fixed(days, 0)),
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
                half_act_after(plan),
                percent(plan.figures.acts, 0),
                percent(plan.figures.false_alarms.0, 1),
                usd(plan.figures.damage_usd),
                usd(plan.figures.value_usd),
            ]
        })
        .collect();
    Grid { head: &["Plan", "USD a day", "Half act after", "Act", "False alarms", "Damage", "Value"], rows }
}

/// What is said under that table.
pub(super) fn note(plans: &Plans) -> String {
    format!(
        "→: recommended. ●: no cheaper plan is worth more. Value: expected net value in USD over {} days against staying on the baseline, with a \
         chance of {} that the change comes.\nIf it comes: days from the onset on day {} until half of the runs have taken the policy back, the \
         share that does, and the damage until then. False alarms: chance of any while nothing changes.",
        plans.days,
        percent(plans.change_probability, 0),
        plans.onset_day
    )
}

/// The false-alarm budget in words.
pub fn budget(plans: &Plans) -> String {
    plans.false_alarms.map_or_else(
        || "each at the false-alarm budget that is worth most".to_owned(),
        |budget| format!("false alarms {} over {} days", percent(budget, 1), plans.days),
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
    let assumption = if plans.response_is_assumed { format!("{}\n\n", assumed_response()) } else { String::new() };
    format!(
        "Recommended: {}\n\n{assumption}{}: plans to watch \"{watched}\" for at most {} USD a day, {}; {} monitors tried, the better ones over \
         {} fresh runs\n\n{}\n{}\n{paste}",
        why(plans),
        scenario.name,
        usd(plans.budget_usd_per_day),
        budget(plans),
        grouped(plans.tried as f64),
        grouped(f64::from(plans.replicates)),
        grid(plans).text(),
        note(plans),
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
            let f = &plan.figures;
            json!({
                "name": name(plans, plan),
                "monitors": plans.monitors_of(plan).map(monitor).collect::<Vec<_>>(),
                "usd_per_day": plan.usd_per_day,
                "value_usd": {
                    "mean": f.value_usd, "se": f.value_se_usd,
                    "p5": f.quantiles_usd[0], "p50": f.quantiles_usd[1], "p95": f.quantiles_usd[2],
                },
                "loses": f.loses,
                "false_alarms_budget": f.false_alarms_budget,
                "false_alarms": { "rate": f.false_alarms.0, "interval": f.false_alarms.1 },
                "days_to_acting": f.days_to_acting,
                "acts": f.acts,
                "damage_usd": f.damage_usd,
                "watching_usd": f.watching_usd,
                "investigating_usd": f.investigating_usd,
                "quality_at_end": f.quality_at_end,
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
        "change_probability": plans.change_probability,
        "response_is_assumed": plans.response_is_assumed,
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
        "days_to_acting",
        "acts",
        "false_alarm_rate",
        "damage_usd",
        "value_usd",
        "value_se_usd",
        "on_frontier",
        "recommended",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for index in shown(plans) {
        let Some(plan) = plans.plans.get(index) else { continue };
        rows.push(vec![
            name(plans, plan),
            plan.usd_per_day.to_string(),
            cell(plan.figures.days_to_acting),
            plan.figures.acts.to_string(),
            plan.figures.false_alarms.0.to_string(),
            plan.figures.damage_usd.to_string(),
            plan.figures.value_usd.to_string(),
            plan.figures.value_se_usd.to_string(),
            plan.is_on_frontier.to_string(),
            (index == plans.recommended).to_string(),
        ]);
    }
    write(rows)
}
