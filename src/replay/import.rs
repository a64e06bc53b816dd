//! A scenario around a table: its rows are the traffic.

use std::collections::HashSet;

use super::Assumptions;
use super::policies::policies;
use crate::model::{Change, Event, EventKind, MAX_TIERS, Replay, Scenario, Tier};
use crate::scenario::visible;
use crate::simulation::table::{Table, TierColumn, mean};

/// Noise of a router score that is generated, logits.
const USUAL_NOISE: f64 = 1.0;
/// By what the event of a new scenario multiplies.
const WHAT_IF: f64 = 3.0;
/// The same for the rows on which only the most capable model succeeds, of which there may be many already.
const WHAT_IF_HIDDEN: f64 = 1.5;
/// Share of the rows in the segments that it is about, at the most.
const WHAT_IF_SHARE: f64 = 0.25;

/// How a table enters a scenario.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Import {
    /// What the table does not say.
    pub assumptions: Assumptions,
    /// Path of the table, seen from the scenario's folder.
    pub table: String,
    /// Its BLAKE3 hash.
    pub blake3: Option<String>,
    /// Column of the segments, where it has a name of its own.
    pub segment: Option<String>,
    /// Router score that classifiers go by; `None`: the table's first one.
    pub router: Option<String>,
}

/// Whether every model that the assumptions name is one of the table's.
///
/// # Errors
/// With the first name that is unknown or priced twice.
pub fn check_names(table: &Table, assumptions: &Assumptions) -> Result<(), String> {
    let names = || visible::names(table.tiers.iter().map(|t| t.name.as_str()));
    let known: HashSet<&str> = table.tiers.iter().map(|t| t.name.as_str()).collect();
    if let Some(unknown) = assumptions.models.iter().find(|name| !known.contains(name.as_str())) {
        return Err(format!("--model: the table has no model named \"{unknown}\"; it has {}", names()));
    }
    let mut before: HashSet<&str> = HashSet::new();
    for (name, ..) in &assumptions.prices {
        if !known.contains(name.as_str()) {
            return Err(format!("--price: the table has no model named \"{name}\"; it has {}", names()));
        }
        if !before.insert(name) {
            return Err(format!("--price: \"{name}\" has two prices"));
        }
    }
    Ok(())
}

/// The models that a scenario takes, `most` of them at the most, the cheapest first.
///
/// # Errors
/// When a name is unknown, or there are too few or too many.
pub(super) fn chosen<'t>(
    table: &'t Table,
    assumptions: &Assumptions,
    most: usize,
) -> Result<Vec<&'t TierColumn>, String> {
    check_names(table, assumptions)?;
    let names = || visible::names(table.tiers.iter().map(|t| t.name.as_str()));
    let wanted = |t: &&TierColumn| assumptions.models.is_empty() || assumptions.models.contains(&t.name);
    let mut tiers: Vec<&TierColumn> = table.tiers.iter().filter(wanted).collect();
    if tiers.len() < 2 || tiers.len() > most {
        return Err(format!(
            "a scenario holds 2 to {most} models and this would have {}: choose some with --model; the table has {}",
            tiers.len(),
            names()
        ));
    }
    if table.has_costs() {
        return Ok(tiers);
    }
    let missing: Vec<String> = tiers
        .iter()
        .filter(|t| assumptions.price(&t.name).is_none())
        .map(|t| format!("--price \"{}=INPUT/OUTPUT\"", visible::name(&t.name)))
        .collect();
    if !missing.is_empty() {
        return Err(format!(
            "the table does not say what its models cost: give {}, in USD per million tokens",
            missing.join(" ")
        ));
    }
    let chars = if table.prompt_chars.is_empty() { None } else { Some(mean(&table.prompt_chars)) };
    let input = chars.map_or(assumptions.input_tokens, |chars| chars / assumptions.chars_per_token);
    let call = |t: &TierColumn| {
        let (input_usd, output_usd) = assumptions.price(&t.name).unwrap_or_default();
        input_usd * input + output_usd * assumptions.output_tokens
    };
    tiers.sort_by(|a, b| call(a).total_cmp(&call(b)));
    Ok(tiers)
}

/// A scenario that replays a table.
///
/// # Errors
/// When the table has too few or too many models, or nothing says what calls cost.
pub fn scenario(table: &Table, import: &Import) -> Result<Scenario, String> {
    let assumptions = &import.assumptions;
    let columns = chosen(table, assumptions, MAX_TIERS)?;
    if table.rows() == 0 {
        return Err("no row of the table can be used".to_owned());
    }
    let router = match &import.router {
        Some(name) if !table.router_scores.iter().any(|r| r.name == *name) => {
            let names = visible::names(table.router_scores.iter().map(|r| r.name.as_str()));
            return Err(if table.router_scores.is_empty() {
                format!(
                    "--router: the table has no router scores (columns named router|NAME), so none is named \"{name}\""
                )
            } else {
                format!("--router: no router score is named \"{name}\"; the table has {names}")
            });
        }
        Some(name) => Some(name.clone()),
        None => table.router_scores.first().map(|r| r.name.clone()),
    };
    let mut scenario = Scenario::default();
    "A replayed table".clone_into(&mut scenario.name);
    scenario.source = format!("Replayed from {}.", import.table);
    scenario.traffic.requests_per_day = 10_000.0;
    scenario.traffic.difficulty_day_sd = 0.05;
    for column in &columns {
        let (input_usd_per_mtok, output_usd_per_mtok) =
            if table.has_costs() { (0.0, 0.0) } else { assumptions.price(&column.name).unwrap_or_default() };
        scenario.tiers.push(Tier {
            input_usd_per_mtok,
            output_usd_per_mtok,
            // The table does not say which answers are confidently wrong.
            confidence_auroc_hidden: 0.75,
            name: column.name.clone(),
            ..Tier::default()
        });
    }
    let mut best_first: Vec<&TierColumn> = columns.clone();
    best_first.sort_by(|a, b| b.scores.mean().total_cmp(&a.scores.mean()));
    let best_first: Vec<&str> = best_first.iter().map(|c| c.name.as_str()).collect();
    scenario.policies = policies(&scenario.tiers, &best_first, USUAL_NOISE);
    scenario.baseline = scenario.policies.first().map(|p| p.name.clone()).unwrap_or_default();
    scenario.study.policy = scenario.policies.get(1).map(|p| p.name.clone());
    let (kind, segments) = what_if(table, columns.first().map_or("", |c| c.name.as_str()));
    scenario.events.push(Event {
        kind,
        segments,
        tiers: Vec::new(),
        change: Change::Multiply(if kind == EventKind::SegmentShare { WHAT_IF } else { WHAT_IF_HIDDEN }),
        day: 60.0,
        ramp_days: 28.0,
        visible: false,
    });
    scenario.monitors = super::policies::monitors();
    scenario.description = describe(table, best_first.first().copied().unwrap_or_default(), router.as_deref(), kind);
    scenario.replay = Some(Replay {
        table: import.table.clone(),
        blake3: import.blake3.clone(),
        segment: import.segment.clone(),
        router,
        chars_per_token: assumptions.chars_per_token,
        input_tokens: assumptions.input_tokens,
        output_tokens: assumptions.output_tokens,
    });
    Ok(scenario)
}

/// What the event of a new scenario is about: the segments on which the cheapest tier does worst; of a single segment, the rows on which only the
/// most capable tier succeeds.
fn what_if(table: &Table, cheapest: &str) -> (EventKind, Vec<String>) {
    let Some(column) = table.tiers.iter().position(|t| t.name == cheapest) else {
        return (EventKind::HiddenShare, Vec::new());
    };
    let means = table.mean_scores().into_iter().nth(column).unwrap_or_default();
    let mut worst_first: Vec<(f64, u64, &String)> =
        means.into_iter().zip(table.segment_sizes()).zip(&table.segments).map(|((m, n), name)| (m, n, name)).collect();
    worst_first.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut left = WHAT_IF_SHARE * table.rows() as f64;
    let mut names = Vec::new();
    for (_, rows, name) in worst_first {
        left -= rows as f64;
        // The worst one in any case, unless it is all there is.
        if left < 0.0 && !names.is_empty() || table.segments.len() < 2 {
            break;
        }
        names.push(name.clone());
    }
    if names.is_empty() { (EventKind::HiddenShare, names) } else { (EventKind::SegmentShare, names) }
}

fn describe(table: &Table, capable: &str, router: Option<&str>, kind: EventKind) -> String {
    let event = if kind == EventKind::SegmentShare {
        "there is three times as much of the traffic on which the cheapest model does worst"
    } else {
        "requests that only the most capable model can answer become half as many again"
    };
    let router = router.map_or_else(
        || "The table has no router score: the classifier goes by a difficulty estimated from the outcomes, with a noise that is an assumption."
            .to_owned(),
        |name| format!("The classifier goes by the router score \"{name}\"."),
    );
    format!(
        "{} requests of a table, replayed. {router} \
         Assumptions to replace by your own: the volume ([traffic]); the event, which asks what happens when {event}; the monitors and their prices; the AUROC of self-confidence. Rows on which only \"{capable}\" \
         succeeds are this scenario's hidden-hard requests. The table says nothing of what a failure \
         costs: set [economics] and [feedback] before you look at totals.",
        table.rows()
    )
}
