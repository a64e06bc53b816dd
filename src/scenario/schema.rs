//! The format described for machines (JSON Schema, for completion in editors) and for people (a reference page), both from
//! the tables of keys that the reader goes by.

use serde_json::{Map, Value, json};

use super::{kinds, read, upgrade};
use crate::entry::{Chosen, Datum, Entry, Family, Form, Key, List, Number, Presence, Whose, written};
use crate::model::{MAX_GENERATED_TIERS, MAX_POLICIES, MAX_SEGMENTS, MAX_TIERS, Monitor, SECTIONS, Scenario};

/// A key as one of its entries has it.
struct Described {
    key: &'static Key,
    /// Value where it is absent.
    default: Option<f64>,
    /// Whether only some kinds have it.
    is_of_kind: bool,
}

impl Described {
    /// Whether a file must have it, whatever the kind.
    fn is_needed(&self) -> bool {
        self.key.presence == Presence::Needed && self.key.with.is_none()
    }
}

/// Every key that an entry can have, of whatever kind: what is no number first, as on the page.
fn keys_of(entry: &dyn Entry) -> Vec<Described> {
    let mut found: Vec<Described> = Vec::new();
    // Of what may be absent as a whole, the defaults are those that it has once it is there.
    let mut there = entry.blank();
    there.prepare(&|_| true);
    let family = entry.chosen().map(|kind| kind.about().family);
    let forms: Vec<Box<dyn Entry>> = match family {
        None => vec![entry.blank()],
        Some(family) => kinds::all(family)
            .into_iter()
            .map(|kind| {
                let mut blank = entry.blank();
                blank.choose(kind);
                blank
            })
            .collect(),
    };
    for form in &forms {
        let common = form.chosen().map(|kind| kind.keys()).unwrap_or_default();
        for key in form.keys() {
            if !found.iter().any(|d| d.key.name == key.name) {
                let is_own = key.name != "kind" && common.iter().any(|own| own.name == key.name);
                let default = match key.presence {
                    Presence::Needed if key.with.is_none() => None,
                    _ => form
                        .get(key.name)
                        .as_ref()
                        .and_then(Datum::number)
                        .filter(|x| x.is_finite())
                        .or_else(|| {
                            there
                                .get(key.name)
                                .as_ref()
                                .and_then(Datum::number)
                                .filter(|_| key.presence == Presence::Default)
                        })
                        .or(absent_default(key)),
                };
                found.push(Described { key, default, is_of_kind: is_own || key.whose == Whose::Some });
            }
        }
    }
    found.sort_by_key(|d| d.key.number().is_some());
    found
}

/// The default of a number that an entry does not have as long as it is blank.
fn absent_default(key: &Key) -> Option<f64> {
    (key.presence == Presence::Default && key.number().is_some()).then_some(0.0)
}

fn name() -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": read::MAX_NAME })
}

fn words<'w>(words: impl IntoIterator<Item = &'w str>) -> Value {
    json!({ "enum": words.into_iter().collect::<Vec<_>>() })
}

fn ranged(number: Number) -> Map<String, Value> {
    let mut schema = Map::new();
    schema.insert("type".into(), json!(if number.whole { "integer" } else { "number" }));
    let minimum = if number.above_min { "exclusiveMinimum" } else { "minimum" };
    schema.insert(minimum.into(), tidy(number.min));
    schema.insert("maximum".into(), tidy(number.max));
    schema
}

/// Whole numbers without a decimal point.
fn tidy(x: f64) -> Value {
    if x.fract() == 0.0 && x.abs() < 9e15 { json!(x as i64) } else { json!(x) }
}

/// What a key may hold, for machines.
fn schema(described: &Described) -> Value {
    let key = described.key;
    let mut schema = match key.form {
        Form::Number(number) => {
            let mut schema = ranged(number);
            if let Some(default) = described.default {
                schema.insert("default".into(), tidy(default));
            }
            let unit = if number.unit.is_empty() { String::new() } else { format!(" Unit: {}.", number.unit) };
            schema.insert("description".into(), json!(format!("{}{unit}", key.help)));
            Value::Object(schema)
        }
        Form::Text | Form::Hash => json!({ "type": "string" }),
        Form::NumberOr(number, word) => json!({ "anyOf": [ranged(number), { "const": word }], "default": word }),
        Form::Name | Form::One(_) => name(),
        Form::Word(all) => words(all.iter().map(|w| w.word)),
        Form::Kind(family) => words(kinds::all(family).iter().map(Chosen::word)),
        Form::Flag => json!({ "type": "boolean", "default": false }),
        Form::Some(_) | Form::Chain | Form::Paths => {
            json!({ "type": "array", "items": { "type": "string" }, "minItems": 1 })
        }
        Form::Shares | Form::Stages => {
            json!({ "type": "array", "items": { "type": "number", "minimum": 0, "maximum": 1 } })
        }
        Form::Week => {
            json!({ "type": "array", "items": { "type": "number", "minimum": 0 }, "minItems": 7, "maxItems": 7 })
        }
        Form::Steps => {
            json!({ "type": "array", "items": { "type": "array", "items": { "type": "number" }, "minItems": 2, "maxItems": 2 } })
        }
        Form::Between => json!({ "type": "array", "items": { "type": "number" }, "minItems": 2, "maxItems": 2 }),
        Form::Numbers(number) => json!({ "type": "array", "items": ranged(number), "minItems": 1 }),
        Form::Path => json!({ "type": "string" }),
        Form::Words(all) => {
            json!({ "type": "array", "items": words(all.iter().map(|w| w.word)), "minItems": 1, "uniqueItems": true })
        }
        Form::Tables(blank) => json!({ "type": "array", "items": object(blank.0().as_ref()), "minItems": 1 }),
        Form::NumberBy(_, number) => json!({ "type": "object", "additionalProperties": ranged(number) }),
        Form::TierBy(_) => json!({ "type": "object", "additionalProperties": name() }),
        Form::Inner => inner(key.name).map_or(Value::Null, |entry| object(entry.as_ref())),
    };
    if let Some(schema) = schema.as_object_mut() {
        schema.entry("description").or_insert_with(|| json!(key.help));
    }
    schema
}

/// A blank table of the kind that stands at a key.
fn inner(key: &str) -> Option<Box<dyn Entry>> {
    let mut monitor = Monitor::default();
    monitor.open(key).map(|entry| entry.blank())
}

/// What a key may hold, for people.
fn allowed(key: &Key) -> String {
    let told = match key.form {
        Form::Number(number) => return number.allowed(),
        Form::Word(all) => return listed(all.iter().map(|w| w.word)),
        Form::Words(all) => return format!("a list of {}", listed(all.iter().map(|w| w.word))),
        Form::Kind(family) => return listed(kinds::all(family).iter().map(Chosen::word)),
        Form::NumberOr(number, word) => return format!("`{word}` or {}", number.allowed()),
        _ if !key.told.is_empty() => key.told,
        Form::Text | Form::Name => "text",
        Form::Hash => "64 hexadecimal digits",
        Form::Flag => "true or false",
        Form::One(List::Tiers) => "a tier's name",
        Form::One(List::Policies) => "a policy's name",
        Form::One(_) => "a name",
        Form::Some(List::Segments) => "segment names",
        Form::Some(_) | Form::Chain => "tier names",
        Form::Shares => "shares that sum to 1",
        Form::Stages => "shares",
        Form::Week => "seven weights",
        Form::Steps => "pairs",
        Form::Between => "two numbers",
        Form::Numbers(_) => "numbers",
        Form::Path => "a key path",
        Form::Paths => "key paths",
        Form::Tables(_) => "a list of tables",
        Form::NumberBy(..) | Form::TierBy(_) | Form::Inner => "a table",
    };
    told.to_owned()
}

/// Puts a dotted key into nested objects.
fn insert(properties: &mut Map<String, Value>, key: &str, schema: Value) {
    match key.split_once('.') {
        None => {
            properties.insert(key.to_owned(), schema);
        }
        Some((outer, inner)) => {
            let table = properties
                .entry(outer)
                .or_insert_with(|| json!({ "type": "object", "properties": {}, "additionalProperties": false }));
            if let Some(inside) = table.get_mut("properties").and_then(Value::as_object_mut) {
                insert(inside, inner, schema);
            }
        }
    }
}

fn object(entry: &dyn Entry) -> Value {
    let mut properties = Map::new();
    let mut required: Vec<&str> = Vec::new();
    for described in keys_of(entry) {
        insert(&mut properties, described.key.name, schema(&described));
        let outer = described.key.outer();
        // What depends on the kind, or on a table of requests, the reader checks.
        let is_sure = described.key.stand_in.is_none() && !described.is_of_kind && described.key.outer() != "rollout";
        if described.is_needed() && is_sure && !required.contains(&outer) {
            required.push(outer);
        }
    }
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// The JSON Schema.
pub fn json_schema() -> Value {
    let scenario = Scenario::default();
    let mut root = object(&scenario);
    if let Some(properties) = root.get_mut("properties").and_then(Value::as_object_mut) {
        let version = json!({ "const": upgrade::CURRENT, "description": VERSION });
        properties.insert("schema".to_owned(), version);
        for section in SECTIONS {
            let mut schema = object((section.part)(&scenario).blank().as_ref());
            if let Some(object) = schema.as_object_mut() {
                object.insert("description".into(), json!(section.help));
            }
            let schema = if section.most.is_some() { json!({ "type": "array", "items": schema }) } else { schema };
            properties.insert(section.key.to_owned(), schema);
        }
    }
    if let Some(root) = root.as_object_mut() {
        root.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
        root.insert("title".into(), json!("Paretoscope scenario"));
        if let Some(required) = root.get_mut("required").and_then(Value::as_array_mut) {
            required.insert(0, json!("schema"));
            required.extend(SECTIONS.iter().filter(|section| section.needed).map(|section| json!(section.key)));
        }
    }
    root
}

/// What the first line of a file says.
const VERSION: &str = "Version of the format.";

/// The reference page, Markdown.
pub fn reference_page() -> String {
    let mut out = String::from(
        "# Scenario files\n\nA scenario is a TOML file in UTF-8. This page is generated from the program's own tables; the tests keep it\n\
         current. A dotted key stands in an inline table: `difficulty.mean` is `difficulty = { mean = … }`. What each\nnumber means \
         in the model is told where the program shows it.\n",
    );
    let scenario = Scenario::default();
    out.push_str("\n## Top of the file\n\n");
    out.push_str(HEADER);
    out.push_str(&format!("| `schema` | a whole number | needed | {VERSION} |\n"));
    rows(&scenario, &mut out);
    for section in SECTIONS {
        let brackets = if section.most.is_some() { ("[[", "]]") } else { ("[", "]") };
        let (open, close) = brackets;
        out.push_str(&format!("\n## `{open}{}{close}`\n\n{}\n\n{HEADER}", section.key, section.help));
        let blank = (section.part)(&scenario).blank();
        rows(blank.as_ref(), &mut out);
        if let Some(family) = blank.chosen().map(|kind| kind.about().family) {
            kinds_of(family, blank.as_ref(), &mut out);
        }
        for table in &keys_of(blank.as_ref()) {
            if let Form::Tables(blank) = table.key.form {
                out.push_str(&format!("\nKeys of each of `{}`:\n\n", table.key.name));
                listed_keys(blank.0().as_ref(), &mut out);
            }
            if let Some(entry) = inner(table.key.name).filter(|_| table.key.form == Form::Inner) {
                table_inside(table.key.name, entry.as_ref(), &mut out);
            }
        }
    }
    out.push_str(COUNTED);
    out.push_str(&format!(
        "\n## Limits\n\nA file has at most {} bytes, {MAX_SEGMENTS} segments, {MAX_GENERATED_TIERS} tiers ({MAX_TIERS} where the traffic is replayed) and {MAX_POLICIES} policies.\n",
        read::MAX_BYTES,
    ));
    out
}

const HEADER: &str = "| key | allowed | default | meaning |\n|---|---|---|---|\n";

fn rows(entry: &dyn Entry, out: &mut String) {
    for described in keys_of(entry) {
        let key = described.key;
        let default = match described.default {
            Some(default) => written(default),
            None if described.is_needed() && (key.number().is_some() || !described.is_of_kind) => "needed".to_owned(),
            None => "–".to_owned(),
        };
        out.push_str(&format!("| `{}` | {} | {default} | {} |\n", key.name, allowed(key), key.help));
    }
}

/// Which keys the kinds of a family have beyond those that all have.
fn kinds_of(family: Family, blank: &dyn Entry, out: &mut String) {
    let all: Vec<(&str, Vec<&Key>)> =
        kinds::all(family).into_iter().map(|kind| (kind.word(), kinds::keys_with(blank, kind))).collect();
    let is_common = |key: &Key| all.iter().all(|(_, keys)| keys.iter().any(|k| k.name == key.name));
    let mut common: Vec<&str> = Vec::new();
    for (_, keys) in &all {
        for key in keys.iter().filter(|key| is_common(key)) {
            if !common.contains(&key.outer()) {
                common.push(key.outer());
            }
        }
    }
    let (last, before) = common.split_last().map_or(("", &[][..]), |(last, before)| (*last, before));
    let before = before.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    out.push_str(&format!("\nKeys of each kind, beyond {before} and `{last}`:\n\n"));
    for (word, keys) in &all {
        let own = keys.iter().filter(|key| !is_common(key)).map(|key| key.name);
        out.push_str(&format!("- `{word}`: {}\n", listed(own)));
    }
}

/// The keys of a table inside an entry.
fn table_inside(name: &str, entry: &dyn Entry, out: &mut String) {
    let words = entry.chosen().map(|kind| kinds::all(kind.about().family)).unwrap_or_default();
    out.push_str(&format!("\nKeys of `{name}`, beyond `kind` ({}):\n\n", listed(words.iter().map(Chosen::word))));
    listed_keys(entry, out);
}

/// The keys of a table, a line each.
fn listed_keys(entry: &dyn Entry, out: &mut String) {
    for described in keys_of(entry).iter().filter(|d| d.key.name != "kind") {
        let default = described.default.map_or_else(String::new, |d| format!(", default {}", written(d)));
        let key = described.key;
        out.push_str(&format!("- `{}`: {}{default}. {}\n", key.name, allowed(key), key.help));
    }
}

/// What the figures of a study count, where the keys alone leave it open.
const COUNTED: &str = "\n## What a study counts\n\n\
    - A linear rollout's share of the traffic on day `t` is `(t − rollout.start_day) ÷ rollout.days`, kept within 0 and 1.\n\
    - `strata = \"tier\"` splits all traffic by who answered, the baseline's part of it included.\n\
    - `shadow` counts the pairs in which the baseline's answer is called good and the routed one bad.\n\
    - `holdback` compares the policy's traffic with all traffic that is on the baseline, whether held back or not rolled out yet.\n\
    - `detector.ratio` is a multiple of a stratum's launch failure rate, translated into what the monitor sees of failures.\n\
    - An alarm before the first event is false; one from there to the onset is early: noticed, after no days and without damage.\n\
    - Damage runs from the onset to the alarm, the alarm's day included, and leaves the monitor's price out.\n\
    - A monitor is paid for the labels that are made: `per_day`, or as many as the day's traffic (and each stratum's) can fill.\n\
    - The day effect is interpolated: shares of answers are met to 0.0001.\n";

fn listed<'k>(keys: impl IntoIterator<Item = &'k str>) -> String {
    let all = keys.into_iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ");
    if all.is_empty() { "none".to_owned() } else { all }
}
