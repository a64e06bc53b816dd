//! What was understood of a table, and how well a world was fitted to it.

use serde_json::{Value, json};

use super::sentence::{counted, grouped, percent, signed, usd};
use super::table::table;
use crate::replay::build::LeftOut;
use crate::replay::fit::Fitted;
use crate::replay::layout::Columns;
use crate::replay::read::Imported;
use crate::scenario::visible::name;
use crate::simulation::table::mean;

/// Segments listed by name in a preview.
const SEGMENTS_SHOWN: usize = 12;
/// Columns named that are not read.
const COLUMNS_SHOWN: usize = 20;

/// The lines of rows, the first ones.
fn lines(left: &LeftOut) -> String {
    let lines: Vec<String> = left.first_lines.iter().map(u64::to_string).collect();
    let more = if left.count > left.first_lines.len() as u64 { ", …" } else { "" };
    format!("lines {}{more}", lines.join(", "))
}

/// Which columns are not read, and what they hold; `None`: all are.
pub fn unread(columns: &Columns) -> Option<String> {
    let all = &columns.unread;
    let named: Vec<String> =
        all.iter().take(COLUMNS_SHOWN).map(|(column, what)| format!("{} ({what})", name(column))).collect();
    let more = if all.len() > named.len() { ", …" } else { "" };
    (!all.is_empty()).then(|| format!("Columns that are not read: {}{more}", named.join(", ")))
}

/// For the sake of which rows no length of a prompt is used; `None`: all have one, or none can.
pub fn without_length(rows: &LeftOut) -> Option<String> {
    let has = if rows.count == 1 { "has" } else { "have" };
    (rows.count > 0).then(|| {
        format!(
            "Warning: lengths of prompts are not used, because {} {has} none that is a number ({}): fill them in, or leave those rows out.",
            counted(rows.count, "row"),
            lines(rows)
        )
    })
}

/// What was understood of a table, for people.
pub fn preview(file: &str, found: &Imported) -> String {
    let t = &found.built.table;
    let mut out = vec![format!(
        "{file}: {} layout, {} rows read, {} requests kept",
        found.columns.layout.name(),
        grouped(found.rows_read as f64),
        grouped(t.rows() as f64)
    )];
    let cost = |costs: &[f64]| if costs.is_empty() { "–".to_owned() } else { usd(1000.0 * mean(costs)) };
    let rows = t
        .tiers
        .iter()
        .map(|tier| vec![name(&tier.name).into_owned(), percent(tier.scores.mean(), 2), cost(&tier.costs_usd)])
        .collect();
    out.push(String::new());
    out.push(table(&["Model", "Mean score", "USD per 1,000 calls"], rows));
    out.push(String::new());
    let mut sizes: Vec<(&String, u64)> = t.segments.iter().zip(t.segment_sizes()).collect();
    sizes.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    let named: Vec<String> = sizes
        .iter()
        .take(SEGMENTS_SHOWN)
        .map(|(segment, size)| format!("{} ({})", name(segment), grouped(*size as f64)))
        .collect();
    let more = if sizes.len() > SEGMENTS_SHOWN { ", …" } else { "" };
    out.push(format!("Segments: {}: {}{more}", sizes.len(), named.join(", ")));
    if !t.router_scores.is_empty() {
        let names: Vec<_> = t.router_scores.iter().map(|r| name(&r.name)).collect();
        out.push(format!("Router scores: {}", names.join(", ")));
    }
    if !t.prompt_chars.is_empty() {
        out.push(format!("Prompts: {} characters on average", grouped(mean(&t.prompt_chars))));
    }
    if !found.columns.ignored.is_empty() {
        let names: Vec<_> = found.columns.ignored.iter().map(|column| name(column)).collect();
        out.push(format!("Columns not used: {}", names.join(", ")));
    }
    out.extend(unread(&found.columns));
    out.extend(without_length(&found.built.without_length));
    for (reason, left) in &found.built.left_out {
        out.push(format!("Left out: {}: {} ({})", counted(left.count, "row"), reason.words(), lines(left)));
    }
    let left: u64 = found.built.left_out.values().map(|l| l.count).sum();
    if 5 * left > found.rows_read {
        out.push(format!("Warning: {} of all rows are left out.", percent(left as f64 / found.rows_read as f64, 0)));
    }
    out.push(String::new());
    out.join("\n")
}

/// The same for scripts.
pub fn preview_json(file: &str, found: &Imported) -> Value {
    let t = &found.built.table;
    json!({
        "table": file,
        "layout": found.columns.layout.name(),
        "rows_read": found.rows_read,
        "requests": t.rows(),
        "models": t.tiers.iter().map(|tier| json!({
            "name": tier.name,
            "mean_score": tier.scores.mean(),
            "mean_cost_usd": (!tier.costs_usd.is_empty()).then(|| mean(&tier.costs_usd)),
        })).collect::<Vec<_>>(),
        "segments": t.segments.iter().zip(t.segment_sizes()).map(|(name, size)| json!({ "name": name, "requests": size })).collect::<Vec<_>>(),
        "router_scores": t.router_scores.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(),
        "columns_not_used": found.columns.ignored,
        "columns_not_read": found.columns.unread.iter().map(|(name, what)| json!({ "name": name, "holds": what })).collect::<Vec<_>>(),
        "left_out": found.built.left_out.iter().map(|(reason, left)| json!({
            "why": reason.words(), "rows": left.count, "first_lines": left.first_lines,
        })).collect::<Vec<_>>(),
        "without_length": { "rows": found.built.without_length.count, "first_lines": found.built.without_length.first_lines },
    })
}

/// How well a world reproduces its table, for people.
pub fn fitted(fitted: &Fitted) -> String {
    let rows = fitted
        .compared
        .iter()
        .map(|c| {
            vec![
                name(&c.what).into_owned(),
                percent(c.table, 2),
                percent(c.fitted, 2),
                signed(100.0 * (c.fitted - c.table), 2),
            ]
        })
        .collect();
    format!(
        "Fitted to {} requests\n\n{}\n\nLargest difference of a model's mean on a segment of 200 requests or more: {:.2} points\n",
        grouped(fitted.rows as f64),
        table(&["Share of requests", "Table", "Fitted", "Points"], rows),
        100.0 * fitted.worst_segment
    )
}

/// The same for scripts.
pub fn fitted_json(fitted: &Fitted) -> Value {
    json!({
        "requests": fitted.rows,
        "compared": fitted.compared.iter().map(|c| json!({ "what": c.what, "table": c.table, "fitted": c.fitted })).collect::<Vec<_>>(),
        "worst_segment": fitted.worst_segment,
    })
}
