//! A list of prices, or what was searched for in it.

use serde_json::{Value, json};

use super::csv::{cell, write};
use super::sentence::{counted, grouped};
use super::table::table;
use crate::entry::written;
use crate::prices::{Price, PriceList};
use crate::scenario::visible::name;

/// As an aligned table, with the date and the source of the prices.
pub fn text(list: &PriceList, found: &[&Price]) -> String {
    let price = |x: Option<f64>| x.map_or_else(|| "–".to_owned(), written);
    let row = |p: &&Price| {
        vec![
            name(&p.name()).into_owned(),
            written(p.input_usd_per_mtok),
            written(p.output_usd_per_mtok),
            price(p.cached_input_usd_per_mtok),
            price(p.cache_write_usd_per_mtok),
            p.context_tokens.map_or_else(|| "–".to_owned(), |tokens| grouped(tokens as f64)),
        ]
    };
    let head = ["Model", "Input", "Output", "Cached input", "Cache write", "Context"];
    let table = table(&head, found.iter().map(row).collect());
    let count = counted(found.len() as u64, "model");
    let mut out = if found.is_empty() {
        "No model of the list has all these words in its name.\n".to_owned()
    } else {
        format!("{count}, prices in USD per million tokens\n\n{table}\n\n")
    };
    out.push_str(&origin(list));
    for line in list.left_out.lines() {
        out.push_str(&format!("\n{line}"));
    }
    out.push('\n');
    out
}

/// The day and the source of the prices, as a sentence.
pub fn origin(list: &PriceList) -> String {
    let source = name(&list.source);
    if list.date.is_empty() {
        format!("List prices from {source}, which does not say of what day they are. Prices change.")
    } else {
        format!("List prices of {}, from {source}. Prices change.", name(&list.date))
    }
}

/// For scripts.
pub fn json(list: &PriceList, found: &[&Price]) -> Value {
    let price = |p: &&Price| {
        json!({
            "name": p.name(),
            "provider": p.provider,
            "model": p.model,
            "input_usd_per_mtok": p.input_usd_per_mtok,
            "output_usd_per_mtok": p.output_usd_per_mtok,
            "cached_input_usd_per_mtok": p.cached_input_usd_per_mtok,
            "cache_write_usd_per_mtok": p.cache_write_usd_per_mtok,
            "context_tokens": p.context_tokens,
        })
    };
    let date = if list.date.is_empty() { Value::Null } else { json!(list.date) };
    json!({
        "date": date,
        "source": list.source,
        "left_out": list.left_out.count(),
        "prices": found.iter().map(price).collect::<Vec<_>>(),
    })
}

/// For spreadsheets.
pub fn csv(list: &PriceList, found: &[&Price]) -> String {
    let head = [
        "provider",
        "model",
        "input_usd_per_mtok",
        "output_usd_per_mtok",
        "cached_input_usd_per_mtok",
        "cache_write_usd_per_mtok",
        "context_tokens",
        "date",
        "source",
    ];
    let row = |p: &&Price| {
        vec![
            p.provider.clone(),
            p.model.clone(),
            p.input_usd_per_mtok.to_string(),
            p.output_usd_per_mtok.to_string(),
            cell(p.cached_input_usd_per_mtok),
            cell(p.cache_write_usd_per_mtok),
            p.context_tokens.map(|tokens| tokens.to_string()).unwrap_or_default(),
            list.date.clone(),
            list.source.clone(),
        ]
    };
    let head = head.map(str::to_owned).to_vec();
    write(std::iter::once(head).chain(found.iter().map(row)).collect())
}
