//! The program's own layout of a price list, TOML.

use serde::Deserialize;
use toml_edit::{Item, TableLike};

use super::{LeftOut, MAX_MODELS, Price, PriceList};
use crate::scenario::deep;

/// Most marks of structure (`=`, `,`, `[`, `{`): parsed TOML takes hundreds of bytes for each.
const MAX_MARKS: usize = 400_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    provider: String,
    model: String,
    input_usd_per_mtok: f64,
    output_usd_per_mtok: f64,
    cached_input_usd_per_mtok: Option<f64>,
    cache_write_usd_per_mtok: Option<f64>,
    context_tokens: Option<u64>,
}

/// Reads a list; all that is wrong with it is told.
pub(super) fn parse(text: &str) -> Result<PriceList, Vec<String>> {
    if text.bytes().filter(|b| matches!(b, b'=' | b',' | b'[' | b'{')).count() > MAX_MARKS {
        return Err(vec![format!("the list has more than {MAX_MARKS} keys, lists and entries")]);
    }
    let document = deep::document_mut(text).map_err(|error| {
        let what = error.message().lines().next().unwrap_or("").trim();
        vec![format!("the list is neither JSON nor valid TOML: {what}")]
    })?;
    let mut problems = Vec::new();
    let mut list = PriceList::default();
    let mut found = Vec::new();
    for (key, item) in document.iter() {
        match (key, item.as_str()) {
            ("date", Some(date)) => date.clone_into(&mut list.date),
            ("source", Some(source)) => source.clone_into(&mut list.source),
            ("date" | "source", None) => problems.push(format!("{key}: not a text")),
            ("price", _) => rows(item, &mut found, &mut problems),
            _ => problems.push(format!("{key}: unknown key; known: date, source, price")),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    list.left_out = LeftOut { too_many: found.len().saturating_sub(MAX_MODELS), ..LeftOut::default() };
    found.truncate(MAX_MODELS);
    list.fill(found);
    Ok(list)
}

fn rows(item: &Item, found: &mut Vec<Price>, problems: &mut Vec<String>) {
    let tables: Vec<Option<&dyn TableLike>> = match (item.as_array(), item.as_array_of_tables()) {
        (Some(array), _) => array.iter().map(|value| value.as_inline_table().map(|t| t as &dyn TableLike)).collect(),
        (_, Some(tables)) => tables.iter().map(|table| Some(table as &dyn TableLike)).collect(),
        _ => return problems.push("price: not a list of tables".to_owned()),
    };
    for (index, table) in tables.into_iter().enumerate() {
        let entry = index + 1;
        let Some(table) = table else {
            problems.push(format!("price {entry}: not a table"));
            continue;
        };
        match row(table) {
            Ok(price) => match price.fault() {
                Some(why) => problems.push(format!("price {entry}: {why}")),
                None => found.push(price),
            },
            Err(why) => problems.push(format!("price {entry}: {why}")),
        }
    }
}

fn row(table: &dyn TableLike) -> Result<Price, String> {
    let mut document = toml_edit::DocumentMut::new();
    for (key, item) in table.iter() {
        document.insert(key, item.clone());
    }
    let row: Row = toml_edit::de::from_document(document).map_err(|error| error.message().trim().replace('\n', " "))?;
    Ok(Price {
        provider: row.provider,
        model: row.model,
        input_usd_per_mtok: row.input_usd_per_mtok,
        output_usd_per_mtok: row.output_usd_per_mtok,
        cached_input_usd_per_mtok: row.cached_input_usd_per_mtok,
        cache_write_usd_per_mtok: row.cache_write_usd_per_mtok,
        context_tokens: row.context_tokens,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_told() {
        let text = "day = 1\nprice = [{ provider = \"a\", model = \"b\", input_usd_per_mtok = -1, output_usd_per_mtok = 2 }, 3,\n\
                    { provider = \"a\", model = \"c\", output_usd_per_mtok = 2 }]";
        let problems = parse(text).err().unwrap_or_default();
        assert_eq!(problems.len(), 4, "{problems:?}");
        assert!(problems.iter().any(|p| p.contains("input price")), "{problems:?}");
        assert!(problems.iter().any(|p| p.contains("missing field")), "{problems:?}");
    }

    #[test]
    fn nothing_strange_is_a_list() {
        for text in ["", "=", "price = 3", "price = [1]", "[price]", "[[price]]", "a.b.c = 1"] {
            assert!(parse(text).is_err() || parse(text).is_ok_and(|list| list.prices.is_empty()), "{text}");
        }
        assert!(parse(&"[".repeat(500_000)).is_err());
    }
}
