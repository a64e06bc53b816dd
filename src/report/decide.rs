//! Options for people, scripts and spreadsheets: what each is worth, and which to take.

use serde_json::{Value, json};

use super::csv::{cell, write};
use super::plan::describe;
use super::sentence::{self, percent, usd};
use super::table::Grid;
use crate::decision::choose::{Choice, Decision, Figures, Watched};
use crate::jobs::{OverRanges, Spread};
use crate::model::Scenario;
use crate::policy;

/// Name of an option's policy, with its setting where that is not the scenario's.
pub fn policy(scenario: &Scenario, choice: &Choice) -> String {
    let name = scenario.policies.get(choice.policy).map(|p| p.name.as_str()).unwrap_or_default();
    match choice.knob.filter(|_| !choice.knob_is_own) {
        Some(knob) => format!("{name} at {}", knob_text(knob)),
        None => name.to_owned(),
    }
}

/// What the setting is that an option's policy is at, where that is not the scenario's: "10 %: share escalated by the first tier."
pub fn setting(scenario: &Scenario, choice: &Choice) -> Option<String> {
    let knob = choice.knob.filter(|_| !choice.knob_is_own)?;
    let turned = policy::routing(scenario.policies.get(choice.policy)?)?.turns()?;
    Some(format!("{}: {}.", knob_text(knob), turned.label))
}

fn knob_text(knob: f64) -> String {
    if (0.0..=1.0).contains(&knob) { percent(knob, 0) } else { usd(knob) }
}

/// Names of the monitors that watch an option.
pub fn monitors(scenario: &Scenario, choice: &Choice) -> Vec<String> {
    match &choice.watched {
        Watched::Stay | Watched::NotAtAll => Vec::new(),
        Watched::Monitor(index) => scenario.monitors.get(*index).map(|m| m.name.clone()).into_iter().collect(),
        Watched::Plan(members) => members.iter().map(describe).collect(),
    }
}

/// How an option is watched, in words.
pub fn watched(scenario: &Scenario, choice: &Choice) -> String {
    match &choice.watched {
        Watched::Stay => "nothing to watch".to_owned(),
        Watched::NotAtAll => "not at all".to_owned(),
        Watched::Monitor(_) => monitors(scenario, choice).join(" + "),
        Watched::Plan(_) => format!("plan: {}", monitors(scenario, choice).join(" + ")),
    }
}

/// An option in words.
pub fn name(scenario: &Scenario, choice: &Choice) -> String {
    let policy = policy(scenario, choice);
    match &choice.watched {
        Watched::Stay => format!("staying on \"{policy}\""),
        Watched::NotAtAll => format!("\"{policy}\", not watched"),
        _ => format!("\"{policy}\", watched by {}", watched(scenario, choice)),
    }
}

/// Which option to take and why, in a sentence or two.
pub fn reason(scenario: &Scenario, decision: &Decision) -> String {
    let Some((best, figures)) = decision.options.get(decision.best).and_then(|c| Some((c, c.figures.as_ref().ok()?)))
    else {
        return String::new();
    };
    let mut said = Vec::new();
    if best.watched == Watched::Stay {
        said.push(format!("Stay on \"{}\": no option is worth more than that.", policy(scenario, best)));
    } else {
        let change = if decision.change_probability > 0.0 {
            format!(", with a chance of {} that the change comes", percent(decision.change_probability, 0))
        } else {
            String::new()
        };
        said.push(format!(
            "Take {}: over {} days it is worth {} USD more than staying on the baseline{change}; it loses money in {} of the runs.",
            name(scenario, best),
            decision.days,
            usd(figures.value_usd),
            percent(figures.loses, 0)
        ));
        said.extend(setting(scenario, best).map(|setting| format!("({setting})")));
        let real = decision.options.iter().filter(|c| c.is_real);
        if let Some((top, of_top)) = real.filter_map(|c| Some((c, c.figures.as_ref().ok()?))).next()
            && of_top.value_usd > figures.value_usd
        {
            said.push(format!(
                "{} is worth {} USD more, which is within its standard error, and takes more effort.",
                capital(&name(scenario, top)),
                usd(of_top.value_usd - figures.value_usd)
            ));
        }
    }
    if decision.cautious != decision.best
        && let Some((cautious, of_cautious)) =
            decision.options.get(decision.cautious).and_then(|c| Some((c, c.figures.as_ref().ok()?)))
    {
        said.push(format!(
            "Cautious: {}; in the worst 5 % of the runs it is worth {} USD or less, in place of {}.",
            name(scenario, cautious),
            usd(of_cautious.quantiles_usd[0]),
            usd(figures.quantiles_usd[0])
        ));
    }
    said.join(" ")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What is assumed of people, where the scenario does not say it.
pub fn assumption(decision: &Decision) -> String {
    if decision.response_is_assumed { sentence::assumed_response() } else { String::new() }
}

/// That the ranges are not counted; `None` where there are none.
pub fn without_ranges(scenario: &Scenario) -> Option<String> {
    let count = scenario.ranges.len() as u64;
    let ranges = sentence::counted(count, "range");
    let are = if count == 1 { "is" } else { "are" };
    (count > 0).then(|| {
        format!(
            "The {ranges} of the scenario {are} not counted here: every number is taken as it stands. Uncertainty counts {}, for the policies as \
             they are set and unwatched; `decide --ranges` on the command line counts {} for every option.",
            if count == 1 { "it" } else { "them" },
            if count == 1 { "it" } else { "them" }
        )
    })
}

/// An option as a line of a table.
pub(super) fn cells(scenario: &Scenario, choice: &Choice) -> Vec<String> {
    let mut cells = vec![policy(scenario, choice), watched(scenario, choice)];
    match &choice.figures {
        Ok(f) => cells.extend([
            format!("{} ± {}", usd(f.value_usd), usd(f.value_se_usd)),
            usd(f.quantiles_usd[0]),
            usd(f.quantiles_usd[2]),
            percent(f.loses, 0),
            f.days_to_acting.map_or_else(|| "–".to_owned(), |days| sentence::fixed(days, 0)),
            usd(f.damage_usd),
            usd(f.watching_usd + f.investigating_usd),
            percent(f.false_alarms.0, 1),
            percent(f.quality_at_end, 1),
        ]),
        Err(_) => cells.extend(std::iter::repeat_n("–".to_owned(), 9)),
    }
    cells
}

pub(super) fn grid(scenario: &Scenario, decision: &Decision) -> Grid {
    let row = |(index, choice): (usize, &Choice)| {
        let mark = match (index == decision.best, index == decision.cautious) {
            (true, _) => "→ ",
            (_, true) => "○ ",
            _ => "",
        };
        let mut row = cells(scenario, choice);
        if let Some(first) = row.first_mut() {
            first.insert_str(0, mark);
        }
        row
    };
    Grid {
        head: &[
            "Policy",
            "Watched by",
            "Value",
            "5 %",
            "95 %",
            "Loses",
            "Days to acting",
            "Damage",
            "Watching",
            "False alarms",
            "Quality at the end",
        ],
        rows: decision.options.iter().enumerate().map(row).collect(),
    }
}

/// Why some options cannot be studied.
pub(super) fn refusals(scenario: &Scenario, decision: &Decision) -> Vec<String> {
    let why = |choice: &Choice| {
        let why = choice.figures.as_ref().err()?;
        Some(format!("{} cannot be studied: {why}", capital(&name(scenario, choice))))
    };
    decision.options.iter().filter_map(why).collect()
}

/// What is said under a table of options.
pub(super) const NOTE: &str = "→: the option to take. ○: the cautious one. Value: expected net value in USD against staying on the baseline, ± its standard error; \
     5 % and 95 %:\nquantiles of the value. Loses: chance that it is below zero. Days to acting: median from the onset until the policy \
     is taken back, if the change comes;\ndamage until then; quality at the end in that case, too. Watching: price of watching and of \
     investigations. False alarms: chance of any while nothing changes.";

/// Which options there are plans among.
pub(super) const PLANS: &str =
    "A plan is searched for the policy that is best without one, and for the one under study.";

/// For people: the answer first, then the table.
pub fn text(scenario: &Scenario, decision: &Decision) -> String {
    let mut parts = vec![reason(scenario, decision)];
    parts.push(assumption(decision));
    parts.push(grid(scenario, decision).text());
    parts.push(format!("{NOTE} {PLANS}"));
    parts.push(refusals(scenario, decision).join("\n"));
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n") + "\n"
}

/// Options over the ranges of a scenario, for people.
pub fn text_over_ranges(scenario: &Scenario, found: &OverRanges) -> String {
    let decision = &found.decision;
    let days = |[low, high]: [Option<f64>; 2]| match (low, high) {
        (Some(low), Some(high)) => format!("{} … {}", sentence::fixed(low, 0), sentence::fixed(high, 0)),
        (Some(low), None) => format!("{} … never", sentence::fixed(low, 0)),
        _ => "–".to_owned(),
    };
    let row = |(choice, spread): (&Choice, &Spread)| {
        let mut row = vec![policy(scenario, choice), watched(scenario, choice)];
        match choice.figures {
            Ok(_) => row.extend([
                format!("{} … {}", usd(spread.expected_usd[0]), usd(spread.expected_usd[1])),
                if choice.is_real { percent(spread.is_best.value, 0) } else { "–".to_owned() },
                if choice.is_real { usd(spread.expected_loss_usd.value) } else { "–".to_owned() },
                days(spread.days_to_acting),
            ]),
            Err(_) => row.extend(std::iter::repeat_n("–".to_owned(), 4)),
        }
        row
    };
    let head = &["Policy", "Watched by", "Expected value, 5 to 95 %", "Best", "Expected loss", "Days to acting"];
    let over = Grid { head, rows: decision.options.iter().zip(&found.spreads).map(row).collect() };
    let note = format!(
        "Over {} points of the ranges, {} runs of each world at each. Above, means over the points, and quantiles of all that may come. Below, how the expected \
         value and the median days to acting differ from point to point, how often an option is worth most, and what it is worth less than the best on \
         average, USD. False-alarm budgets are those that are worth most at the file's values. Knowing all these numbers would be worth {} ± {} USD over the \
         horizon, somewhat less because runs are few.",
        sentence::grouped(found.points as f64),
        sentence::grouped(f64::from(found.runs)),
        usd(found.perfect.value),
        usd(found.perfect.se)
    );
    let mut parts = vec![reason(scenario, decision), assumption(decision), grid(scenario, decision).text()];
    parts.extend([NOTE.to_owned(), over.text(), note, refusals(scenario, decision).join("\n")]);
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n") + "\n"
}

/// The same for scripts: as without ranges, and for each option what differs from point to point.
pub fn json_over_ranges(scenario: &Scenario, found: &OverRanges) -> Value {
    let mut out = json(scenario, &found.decision);
    let options = out.get_mut("options").and_then(Value::as_array_mut).into_iter().flatten();
    for ((option, spread), choice) in options.zip(&found.spreads).zip(&found.decision.options) {
        let over = json!({
            "is_best": spread.is_best.value,
            "is_best_se": spread.is_best.se,
            "expected_loss_usd": spread.expected_loss_usd.value,
            "expected_loss_se_usd": spread.expected_loss_usd.se,
            "expected_usd": { "p5": spread.expected_usd[0], "p95": spread.expected_usd[1] },
            "days_to_acting": { "p5": spread.days_to_acting[0], "p95": spread.days_to_acting[1] },
        });
        if let Some(option) = option.as_object_mut() {
            let is_told = choice.is_real && choice.figures.is_ok();
            option.insert("over_ranges".to_owned(), if is_told { over } else { Value::Null });
        }
    }
    if let Some(out) = out.as_object_mut() {
        let ranges = json!({
            "points": found.points,
            "runs": found.runs,
            "evpi_usd": found.perfect.value,
            "evpi_se_usd": found.perfect.se,
        });
        out.insert("ranges".to_owned(), ranges);
    }
    out
}

/// For scripts.
pub fn json(scenario: &Scenario, decision: &Decision) -> Value {
    let option = |choice: &Choice| {
        let figures = choice.figures.as_ref().ok();
        let of = |value: fn(&Figures) -> Value| figures.map_or(Value::Null, value);
        json!({
            "policy": scenario.policies.get(choice.policy).map(|p| p.name.as_str()),
            "knob": choice.knob,
            "knob_is_own": choice.knob_is_own,
            "watched": monitors(scenario, choice),
            "how": match choice.watched {
                Watched::Stay => "stay",
                Watched::NotAtAll => "not_at_all",
                Watched::Monitor(_) => "monitor",
                Watched::Plan(_) => "plan",
            },
            "is_real": choice.is_real,
            "false_alarms_budget": of(|f| json!(f.false_alarms_budget)),
            "value_usd": of(|f| json!({
                "mean": f.value_usd, "se": f.value_se_usd,
                "p5": f.quantiles_usd[0], "p50": f.quantiles_usd[1], "p95": f.quantiles_usd[2],
                "launch": f.value_by_world_usd[0], "production": f.value_by_world_usd[1],
            })),
            "loses": of(|f| json!(f.loses)),
            "days_to_acting": of(|f| json!(f.days_to_acting)),
            "damage_usd": of(|f| json!(f.damage_usd)),
            "watching_usd": of(|f| json!(f.watching_usd)),
            "investigating_usd": of(|f| json!(f.investigating_usd)),
            "false_alarms": of(|f| json!(f.false_alarms.0)),
            "quality_at_end": of(|f| json!(f.quality_at_end)),
            "why_not": choice.figures.as_ref().err(),
        })
    };
    json!({
        "scenario": scenario.name,
        "change_probability": decision.change_probability,
        "horizon_days": decision.days,
        "response_is_assumed": decision.response_is_assumed,
        "options": decision.options.iter().map(option).collect::<Vec<_>>(),
        "best": decision.best,
        "cautious": decision.cautious,
        "reason": reason(scenario, decision),
    })
}

/// For spreadsheets.
pub fn csv(scenario: &Scenario, decision: &Decision) -> String {
    let head = [
        "policy",
        "knob",
        "knob_is_own",
        "watched",
        "false_alarms_budget",
        "value_usd",
        "value_se_usd",
        "value_p5_usd",
        "value_p50_usd",
        "value_p95_usd",
        "loses",
        "days_to_acting",
        "damage_usd",
        "watching_usd",
        "investigating_usd",
        "false_alarms",
        "quality_at_end",
        "best",
        "cautious",
        "why_not",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for (index, choice) in decision.options.iter().enumerate() {
        let figures = choice.figures.as_ref().ok();
        let of = |value: fn(&Figures) -> Option<f64>| cell(figures.and_then(value));
        rows.push(vec![
            scenario.policies.get(choice.policy).map(|p| p.name.clone()).unwrap_or_default(),
            cell(choice.knob),
            choice.knob_is_own.to_string(),
            monitors(scenario, choice).join(" + "),
            of(|f| f.false_alarms_budget),
            of(|f| Some(f.value_usd)),
            of(|f| Some(f.value_se_usd)),
            of(|f| Some(f.quantiles_usd[0])),
            of(|f| Some(f.quantiles_usd[1])),
            of(|f| Some(f.quantiles_usd[2])),
            of(|f| Some(f.loses)),
            of(|f| f.days_to_acting),
            of(|f| Some(f.damage_usd)),
            of(|f| Some(f.watching_usd)),
            of(|f| Some(f.investigating_usd)),
            of(|f| Some(f.false_alarms.0)),
            of(|f| Some(f.quality_at_end)),
            (index == decision.best).to_string(),
            (index == decision.cautious).to_string(),
            choice.figures.as_ref().err().cloned().unwrap_or_default(),
        ]);
    }
    write(rows)
}
