//! The open list of model prices that LiteLLM keeps, `model_prices_and_context_window.json`: an object with an entry a model, in USD per token.
//!
//! It is read entry by entry, so that what is not needed of it takes no memory.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{LeftOut, MAX_MODELS, Price, PriceList};
use crate::scenario::visible::shortened;

/// An entry that shows what entries hold.
const SAMPLE: &str = "sample_spec";
/// Models that write text.
const MODES: [&str; 3] = ["chat", "completion", "responses"];
/// Providers that the program's own list knows by another name, so that names of models stay the same from list to list.
const PROVIDERS: [(&str, &str); 2] = [("gemini", "google"), ("zai", "zhipu")];
/// Characters of a name in a complaint.
const MOST_SHOWN: usize = 60;

/// Reads the list.
pub(super) fn parse(text: &str) -> Result<PriceList, String> {
    let mut list = PriceList::default();
    let mut found = Vec::new();
    let mut reader = serde_json::Deserializer::from_str(text);
    let entries = Entries { found: &mut found, left_out: &mut list.left_out };
    entries
        .deserialize(&mut reader)
        .and_then(|()| reader.end())
        .map_err(|error| format!("not a list of prices: {error}"))?;
    list.fill(found);
    Ok(list)
}

/// A value of an entry: whatever is there, as far as it matters.
#[derive(Clone, Debug, Default, PartialEq)]
enum Cell {
    #[default]
    Absent,
    Number(f64),
    Text(String),
    Other,
}

impl Cell {
    fn text(&self) -> &str {
        if let Self::Text(text) = self { text } else { "" }
    }

    /// A number, which may stand there as text; `Err` for what is none.
    fn number(&self) -> Result<Option<f64>, ()> {
        match self {
            Self::Absent => Ok(None),
            Self::Number(x) => Ok(Some(*x)),
            Self::Text(text) => text.trim().parse().map(Some).map_err(|_| ()),
            Self::Other => Err(()),
        }
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(CellVisitor)
    }
}

struct CellVisitor;

impl<'de> Visitor<'de> for CellVisitor {
    type Value = Cell;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_f64<E>(self, x: f64) -> Result<Cell, E> {
        Ok(Cell::Number(x))
    }

    fn visit_u64<E>(self, x: u64) -> Result<Cell, E> {
        Ok(Cell::Number(x as f64))
    }

    fn visit_i64<E>(self, x: i64) -> Result<Cell, E> {
        Ok(Cell::Number(x as f64))
    }

    fn visit_str<E>(self, text: &str) -> Result<Cell, E> {
        Ok(Cell::Text(text.to_owned()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Cell, E> {
        Ok(Cell::Other)
    }

    fn visit_unit<E>(self) -> Result<Cell, E> {
        Ok(Cell::Absent)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Cell, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Cell::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cell, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Cell::Other)
    }
}

/// What is read of an entry.
#[derive(Default)]
struct Entry {
    is_table: bool,
    provider: Cell,
    mode: Cell,
    input: Cell,
    output: Cell,
    cached: Cell,
    write: Cell,
    max_input: Cell,
    max: Cell,
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(EntryVisitor)
    }
}

struct EntryVisitor;

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = Entry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an entry of a model")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entry, A::Error> {
        let mut entry = Entry { is_table: true, ..Entry::default() };
        while let Some(key) = map.next_key::<String>()? {
            let place = match key.as_str() {
                "litellm_provider" => &mut entry.provider,
                "mode" => &mut entry.mode,
                "input_cost_per_token" => &mut entry.input,
                "output_cost_per_token" => &mut entry.output,
                "cache_read_input_token_cost" => &mut entry.cached,
                "cache_creation_input_token_cost" => &mut entry.write,
                "max_input_tokens" => &mut entry.max_input,
                "max_tokens" => &mut entry.max,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *place = map.next_value()?;
        }
        Ok(entry)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Entry, E> {
        Ok(Entry::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Entry, E> {
        Ok(Entry::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Entry, E> {
        Ok(Entry::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<Entry, E> {
        Ok(Entry::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Entry, E> {
        Ok(Entry::default())
    }

    fn visit_unit<E>(self) -> Result<Entry, E> {
        Ok(Entry::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Entry, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Entry::default())
    }
}

struct Entries<'a> {
    found: &'a mut Vec<Price>,
    left_out: &'a mut LeftOut,
}

impl<'de> DeserializeSeed<'de> for Entries<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Entries<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with an entry for each model")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((name, entry)) = map.next_entry::<String, Entry>()? {
            if name == SAMPLE {
                continue;
            }
            if self.found.len() >= MAX_MODELS {
                self.left_out.too_many += 1;
            } else if !entry.is_table {
                self.left_out.complain(format!("{}: not an object", shortened(&name, MOST_SHOWN)));
            } else if !MODES.contains(&entry.mode.text()) {
                self.left_out.other_uses += 1;
            } else {
                match entry.price(&name) {
                    Ok(Some(price)) => self.found.push(price),
                    Ok(None) => self.left_out.without_price += 1,
                    Err(why) => self.left_out.complain(format!("{}: {why}", shortened(&name, MOST_SHOWN))),
                }
            }
        }
        Ok(())
    }
}

impl Entry {
    /// Its price; `None` where it states none.
    fn price(&self, name: &str) -> Result<Option<Price>, String> {
        let number = |cell: &Cell, key: &str| cell.number().map_err(|()| format!("{key} is no number"));
        let per_mtok = |cell: &Cell, key: &str| Ok::<_, String>(number(cell, key)?.map(per_million));
        let input = per_mtok(&self.input, "input_cost_per_token")?;
        let output = per_mtok(&self.output, "output_cost_per_token")?;
        let cached = per_mtok(&self.cached, "cache_read_input_token_cost")?;
        let write = per_mtok(&self.write, "cache_creation_input_token_cost")?;
        // The length of the context is said beside the price, and no reason to do without the price.
        let context = [&self.max_input, &self.max].into_iter().find_map(|cell| cell.number().ok().flatten());
        let (Some(input), Some(output)) = (input, output) else { return Ok(None) };
        let provider = self.provider.text();
        let model = name.strip_prefix(provider).and_then(|rest| rest.strip_prefix('/')).unwrap_or(name);
        let known = PROVIDERS.iter().find(|(theirs, _)| *theirs == provider);
        let price = Price {
            provider: known.map_or(provider, |(_, ours)| ours).to_owned(),
            model: model.to_owned(),
            input_usd_per_mtok: input,
            output_usd_per_mtok: output,
            cached_input_usd_per_mtok: cached,
            cache_write_usd_per_mtok: write,
            context_tokens: context.filter(|x| (1.0..1e12).contains(x)).map(|x| x as u64),
        };
        price.fault().map_or(Ok(Some(price)), Err)
    }
}

/// A price per token as a price per million, to the digit: 1.5e-7 gives 0.15 and not a neighbour of it.
fn per_million(per_token: f64) -> f64 {
    let digits = format!("{per_token:e}");
    let shifted = digits.split_once('e').and_then(|(digits, exponent)| {
        let exponent: i32 = exponent.parse().ok()?;
        format!("{digits}e{}", exponent + 6).parse().ok()
    });
    shifted.unwrap_or(per_token * 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_scale_to_the_digit() {
        for (per_token, per_mtok) in
            [(1.5e-7, 0.15), (3e-6, 3.0), (2.8e-9, 0.0028), (0.0, 0.0), (1.25e-5, 12.5), (2e-5, 20.0)]
        {
            assert_eq!(per_million(per_token), per_mtok);
        }
        assert!(per_million(f64::NAN).is_nan() && per_million(f64::INFINITY).is_infinite());
    }

    #[test]
    fn entries_are_read_or_counted() {
        let text = r#"{
            "sample_spec": { "mode": "one of chat, embedding", "input_cost_per_token": "what it costs" },
            "gpt-4o-mini": { "litellm_provider": "openai", "mode": "chat", "input_cost_per_token": "1.5e-7", "output_cost_per_token": 6e-7,
                "cache_read_input_token_cost": 7.5e-08, "max_input_tokens": "128000", "max_tokens": 16384, "supports": [1, {"a": null}] },
            "gemini/gemini-2.5-pro": { "litellm_provider": "gemini", "mode": "chat", "input_cost_per_token": 1.25e-6, "output_cost_per_token": 1e-5, "max_tokens": 1000 },
            "openai/gpt-4o-mini": { "litellm_provider": "openai", "mode": "responses", "input_cost_per_token": 1, "output_cost_per_token": 1e-6 },
            "embed": { "litellm_provider": "openai", "mode": "embedding", "input_cost_per_token": 1e-8 },
            "free text": { "litellm_provider": "x", "mode": "chat" },
            "below nothing": { "litellm_provider": "x", "mode": "chat", "input_cost_per_token": -1e-6, "output_cost_per_token": 1e-6 },
            "word": { "litellm_provider": "x", "mode": "chat", "input_cost_per_token": "dear", "output_cost_per_token": 1e-6 },
            "list": [1, 2], "null": null
        }"#;
        let list = parse(text).unwrap_or_default();
        let names: Vec<String> = list.prices.iter().map(Price::name).collect();
        assert_eq!(names, ["google/gemini-2.5-pro", "openai/gpt-4o-mini"]);
        let mini = list
            .find("openai/gpt-4o-mini")
            .map(|p| (p.input_usd_per_mtok, p.output_usd_per_mtok, p.cached_input_usd_per_mtok));
        assert_eq!(mini, Some((0.15, 0.6, Some(0.075))));
        assert_eq!(list.prices.iter().map(|p| p.context_tokens).collect::<Vec<_>>(), [Some(1000), Some(128_000)]);
        let left = &list.left_out;
        assert_eq!((left.other_uses, left.without_price, left.doubles, left.unreadable), (1, 1, 0, 5), "{left:?}");
    }

    #[test]
    fn a_second_of_the_same_name_is_counted() {
        let entry = |name: &str| {
            format!(
                r#""{name}": {{"litellm_provider":"openai","mode":"chat","input_cost_per_token":1e-6,"output_cost_per_token":1e-6}}"#
            )
        };
        let list = parse(&format!("{{{},{}}}", entry("a"), entry("openai/a"))).unwrap_or_default();
        assert_eq!((list.prices.len(), list.left_out.doubles), (1, 1));
    }

    #[test]
    fn nothing_strange_is_a_list() {
        let deep = format!("{{\"a\": {}", "[".repeat(100_000));
        for text in ["", "[]", "{", "3", "{\"a\": {\"mode\"", "{} {}", deep.as_str()] {
            assert!(parse(text).is_err(), "{text:.20}");
        }
    }
}
