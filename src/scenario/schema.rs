//! The format described for machines (JSON Schema, for completion in editors) and for people (a reference page), both from
//! the descriptors that the reader checks with.

use serde_json::{Map, Value, json};

use super::parameter::{self, Parameter, number};
use super::read;
use super::upgrade;
use super::vocabulary;

/// A key that is not a plain number: how it is described.
struct Other {
    key: &'static str,
    needed: bool,
    /// For the page.
    kind: &'static str,
    help: &'static str,
    schema: Value,
}

fn other(key: &'static str, needed: bool, kind: &'static str, help: &'static str, schema: Value) -> Other {
    Other { key, needed, kind, help, schema }
}

fn words<T>(words: vocabulary::Words<T>) -> Value {
    json!({ "enum": words.iter().map(|(word, _)| *word).collect::<Vec<_>>() })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn name() -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": 120 })
}

fn texts() -> Value {
    json!({ "type": "array", "items": { "type": "string" }, "minItems": 1 })
}

fn shares() -> Value {
    json!({ "type": "array", "items": { "type": "number", "minimum": 0, "maximum": 1 } })
}

/// A section of the format.
struct Part {
    /// `traffic`, `segment`, …; empty for the top of the file.
    key: &'static str,
    /// `[[…]]` rather than `[…]`.
    list: bool,
    help: &'static str,
    numbers: Vec<Number>,
    others: Vec<Other>,
}

/// A descriptor without its section's type.
struct Number {
    key: &'static str,
    allowed: String,
    default: Option<f64>,
    optional: bool,
    help: &'static str,
    schema: Value,
}

fn numbers<S>(parameters: &[Parameter<S>]) -> Vec<Number> {
    parameters
        .iter()
        .map(|p| {
            let mut schema = Map::new();
            schema.insert("type".into(), json!(if p.whole { "integer" } else { "number" }));
            let minimum = if p.above_min { "exclusiveMinimum" } else { "minimum" };
            schema.insert(minimum.into(), tidy(p.min));
            schema.insert("maximum".into(), tidy(p.max));
            if let Some(default) = p.default {
                schema.insert("default".into(), tidy(default));
            }
            let unit = if p.unit.is_empty() { String::new() } else { format!(" Unit: {}.", p.unit) };
            schema.insert("description".into(), json!(format!("{}{unit}", p.help)));
            Number {
                key: p.key,
                allowed: p.allowed(),
                default: p.default,
                optional: p.optional,
                help: p.help,
                schema: Value::Object(schema),
            }
        })
        .collect()
}

/// Whole numbers without a decimal point.
fn tidy(x: f64) -> Value {
    if x.fract() == 0.0 && x.abs() < 9e15 { json!(x as i64) } else { json!(x) }
}

fn parts() -> Vec<Part> {
    let policy_kinds: Vec<&str> = vocabulary::POLICY_KINDS.iter().map(|(kind, _)| *kind).collect();
    let mut monitor_numbers = numbers(parameter::MONITOR);
    monitor_numbers.extend(numbers(parameter::MONITOR_OPTIONAL));
    let mut detector = object(
        &numbers(parameter::DETECTOR),
        &[other("kind", true, "a word", "The chart.", words(vocabulary::DETECTOR_KINDS))],
        false,
    );
    if let Some(object) = detector.as_object_mut() {
        object.insert("description".into(), json!("What turns the observations into alarms."));
    }
    let part = |key, list, help, numbers, others| Part { key, list, help, numbers, others };
    vec![
        part(
            "",
            false,
            "Top of the file.",
            numbers(parameter::HEAD),
            vec![
                other("schema", true, "a whole number", "Version of the format.", json!({ "const": upgrade::CURRENT })),
                other("name", true, "text", "Shown as the title.", name()),
                other("description", false, "text", "Free text, shown in the window.", text()),
                other("source", false, "text", "Where the numbers come from.", text()),
                other(
                    "baseline",
                    true,
                    "a policy's name",
                    "The policy in force before routing; quality and cost are compared with it.",
                    name(),
                ),
            ],
        ),
        part(
            "traffic",
            false,
            "Volume and horizon.",
            numbers(parameter::TRAFFIC),
            vec![other(
                "weekday",
                false,
                "seven weights",
                "Weights of the days of the week, Monday first; normalised to mean 1.",
                json!({ "type": "array", "items": { "type": "number", "minimum": 0 }, "minItems": 7, "maxItems": 7 }),
            )],
        ),
        part(
            "segment",
            true,
            "A kind of request (an intent).",
            numbers(parameter::SEGMENT),
            vec![other("name", true, "text", "Unique name.", name())],
        ),
        part(
            "tier",
            true,
            "One model; tiers are listed cheapest first.",
            numbers(parameter::TIER),
            vec![
                other("name", true, "text", "Unique name.", name()),
                other(
                    "skill",
                    false,
                    "a table",
                    "Ability added on a segment (logits), by segment name.",
                    json!({ "type": "object", "additionalProperties": { "type": "number", "minimum": -20, "maximum": 20 } }),
                ),
            ],
        ),
        part(
            "policy",
            true,
            "A rule that picks the tier for a request. Which keys it has depends on its kind.",
            numbers(parameter::POLICY),
            vec![
                other("name", true, "text", "Unique name.", name()),
                other("kind", true, "a word", "The rule.", json!({ "enum": policy_kinds })),
                other("tier", false, "a tier's name", "`single`, `human_fallback`: the tier.", name()),
                other(
                    "shares",
                    false,
                    "shares that sum to 1",
                    "One per tier; for a classifier under launch assumptions.",
                    shares(),
                ),
                other(
                    "rules",
                    false,
                    "a table",
                    "`segment_rules`: tier name by segment name.",
                    json!({ "type": "object", "additionalProperties": name() }),
                ),
                other("default", false, "a tier's name", "`segment_rules`: tier of the other segments.", name()),
                other("tiers", false, "tier names", "Cascades and `bandit`: tiers, cheapest first.", texts()),
                other(
                    "escalate",
                    false,
                    "shares",
                    "Cascades: share escalated at each stage under launch assumptions, of what reaches it.",
                    shares(),
                ),
                other(
                    "rollout.steps",
                    false,
                    "pairs",
                    "Stepped rollout: `[[day, share], …]`, in place of `start_day` and `days`.",
                    json!({ "type": "array", "items": { "type": "array", "items": { "type": "number" }, "minItems": 2, "maxItems": 2 } }),
                ),
            ],
        ),
        part(
            "event",
            true,
            "Something that changes in production. One of `multiply`, `add` and `set`.",
            numbers(parameter::EVENT),
            vec![
                other("kind", true, "a word", "What it acts on.", words(vocabulary::EVENT_KINDS)),
                other("segments", false, "segment names", "Segments it acts on; absent: all.", texts()),
                other("tiers", false, "tier names", "Tiers it acts on; absent: all.", texts()),
                other(
                    "visible",
                    false,
                    "true or false",
                    "`difficulty`: shifts the surface that routers see, too.",
                    json!({ "type": "boolean", "default": false }),
                ),
            ],
        ),
        part("economics", false, "What failures cost.", numbers(parameter::ECONOMICS), vec![]),
        part("feedback", false, "What users do of their own accord.", numbers(parameter::FEEDBACK), vec![]),
        part(
            "study",
            false,
            "How the detection study and the launch review are run.",
            numbers(parameter::STUDY),
            vec![other(
                "policy",
                false,
                "a policy's name",
                "Policy under study; absent: the first that is not the baseline.",
                name(),
            )],
        ),
        part(
            "monitor",
            true,
            "A way of watching. Which keys it has depends on its kind.",
            monitor_numbers,
            vec![
                other("name", true, "text", "Unique name.", name()),
                other("kind", true, "a word", "What is observed.", words(vocabulary::MONITOR_KINDS)),
                other(
                    "strata",
                    false,
                    "a word",
                    "How the observations are split; absent: `all`.",
                    words(vocabulary::STRATA),
                ),
                other(
                    "allocation",
                    false,
                    "a word",
                    "`human_review`, `judge`: how the labels are spread over tiers or segments: as many to each, as the traffic, or `∝ √(traffic·(1 − failure rate))`, which finds a break soonest where each is as likely; absent: `equal`.",
                    words(vocabulary::ALLOCATIONS),
                ),
                other(
                    "observes",
                    false,
                    "a word",
                    "`holdback`: the signal compared.",
                    json!({ "enum": ["thumbs_down", "tickets", "csat", "churn"] }),
                ),
                other(
                    "statistic",
                    false,
                    "a word",
                    "Drift monitors: the statistic; absent: `psi`.",
                    words(vocabulary::STATISTICS),
                ),
                other(
                    "detector",
                    false,
                    "a table",
                    "What turns the observations into alarms; needed but for `never` and `every`.",
                    detector,
                ),
            ],
        ),
        part(
            "replay",
            false,
            "A table of real requests in place of the segments.",
            numbers(parameter::REPLAY),
            vec![
                other("table", true, "a path", "CSV, JSON Lines or Parquet; relative to the scenario file.", text()),
                other(
                    "blake3",
                    false,
                    "64 hexadecimal digits",
                    "Hash of the table as it was imported; a table that has changed since is reported. Absent: any will do.",
                    text(),
                ),
                other(
                    "segment",
                    false,
                    "a column's name",
                    "Column of the segments, where it has a name of its own.",
                    text(),
                ),
                other(
                    "router",
                    false,
                    "a router score's name",
                    "Column `router|NAME` that classifiers go by; absent: a difficulty estimated from the outcomes, with their noise.",
                    text(),
                ),
            ],
        ),
        part(
            "expect",
            true,
            "A claim of the scenario: a figure of a policy lies between two values.",
            vec![],
            vec![
                other("policy", true, "a policy's name", "Whose figure.", name()),
                other("figure", true, "a word", "Which figure.", words(vocabulary::FIGURES)),
                other(
                    "when",
                    false,
                    "a word",
                    "At launch or in production; absent: `launch`.",
                    words(vocabulary::STAGES),
                ),
                other(
                    "between",
                    true,
                    "two numbers",
                    "Least and greatest value.",
                    json!({ "type": "array", "items": { "type": "number" }, "minItems": 2, "maxItems": 2 }),
                ),
            ],
        ),
    ]
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

fn object(numbers: &[Number], others: &[Other], needs_numbers: bool) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for o in others {
        let mut schema = o.schema.clone();
        if let Some(schema) = schema.as_object_mut() {
            schema.entry("description").or_insert_with(|| json!(o.help));
        }
        insert(&mut properties, o.key, schema);
        if o.needed {
            required.push(o.key);
        }
    }
    for n in numbers {
        insert(&mut properties, n.key, n.schema.clone());
        let table = n.key.split('.').next().unwrap_or(n.key);
        if needs_numbers
            && !parameter::IN_A_TABLE.contains(&n.key)
            && n.default.is_none()
            && !n.optional
            && !required.contains(&table)
        {
            required.push(table);
        }
    }
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// The JSON Schema.
pub fn json_schema() -> Value {
    let mut root = json!({});
    for part in parts() {
        // A policy's and a monitor's numbers depend on the kind, which the reader checks.
        let needs_numbers = !matches!(part.key, "policy" | "monitor");
        let mut schema = object(&part.numbers, &part.others, needs_numbers);
        if part.key.is_empty() {
            root = schema;
            continue;
        }
        if let Some(object) = schema.as_object_mut() {
            object.insert("description".into(), json!(part.help));
        }
        let schema = if part.list { json!({ "type": "array", "items": schema }) } else { schema };
        if let Some(properties) = root.get_mut("properties").and_then(Value::as_object_mut) {
            properties.insert(part.key.to_owned(), schema);
        }
    }
    if let Some(root) = root.as_object_mut() {
        root.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
        root.insert("title".into(), json!("Paretoscope scenario"));
        if let Some(required) = root.get_mut("required").and_then(Value::as_array_mut) {
            required.extend(["traffic", "tier", "policy"].map(Value::from));
        }
    }
    root
}

/// The reference page, Markdown.
pub fn reference_page() -> String {
    let mut out = String::from(
        "# Scenario files\n\nA scenario is a TOML file in UTF-8. This page is generated from the program's own tables; the tests keep it\n\
         current. A dotted key stands in an inline table: `difficulty.mean` is `difficulty = { mean = … }`. What each\nnumber means \
         in the model is told where the program shows it.\n",
    );
    for part in parts() {
        let title = match (part.key, part.list) {
            ("", _) => "Top of the file".to_owned(),
            (key, true) => format!("`[[{key}]]`"),
            (key, false) => format!("`[{key}]`"),
        };
        out.push_str(&format!("\n## {title}\n\n"));
        if !part.key.is_empty() {
            out.push_str(&format!("{}\n\n", part.help));
        }
        out.push_str("| key | allowed | default | meaning |\n|---|---|---|---|\n");
        for o in &part.others {
            let default = if o.needed { "needed" } else { "–" };
            let listed = o.schema.get("enum").and_then(Value::as_array);
            let allowed = listed.map_or_else(
                || o.kind.to_owned(),
                |words| words.iter().filter_map(Value::as_str).map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", "),
            );
            out.push_str(&format!("| `{}` | {allowed} | {default} | {} |\n", o.key, o.help));
        }
        for n in &part.numbers {
            let default = match n.default {
                Some(default) => number(default),
                None if n.optional => "–".to_owned(),
                None => "needed".to_owned(),
            };
            out.push_str(&format!("| `{}` | {} | {default} | {} |\n", n.key, n.allowed, n.help));
        }
        if part.key == "policy" {
            out.push_str("\nKeys of each kind, beyond `name`, `kind`, `usd_per_request`, `latency_ms`, `rollout` and `holdback`:\n\n");
            for (kind, keys) in vocabulary::POLICY_KINDS {
                out.push_str(&format!("- `{kind}`: {}\n", listed(keys)));
            }
        }
        if part.key == "monitor" {
            out.push_str("\nKeys of each kind, beyond `name`, `kind`, `strata`, `usd_per_day`, `delay_days`, `delay_cv` and `detector`:\n\n");
            for (word, kind) in vocabulary::MONITOR_KINDS {
                out.push_str(&format!("- `{word}`: {}\n", listed(vocabulary::monitor_keys(*kind))));
            }
            out.push_str("\nKeys of `detector`, beyond `kind` (");
            let kinds: Vec<String> = vocabulary::DETECTOR_KINDS.iter().map(|(w, _)| format!("`{w}`")).collect();
            out.push_str(&format!("{}):\n\n", kinds.join(", ")));
            for n in numbers(parameter::DETECTOR) {
                let default = n.default.map_or_else(String::new, |d| format!(", default {}", number(d)));
                out.push_str(&format!("- `{}`: {}{default}. {}\n", n.key, n.allowed, n.help));
            }
        }
    }
    out.push_str(COUNTED);
    out.push_str(&format!(
        "\n## Limits\n\nA file has at most {} bytes, {} segments, {} tiers ({} where the traffic is replayed) and {} policies.\n",
        read::MAX_BYTES,
        crate::model::MAX_SEGMENTS,
        crate::model::MAX_GENERATED_TIERS,
        crate::model::MAX_TIERS,
        crate::model::MAX_POLICIES
    ));
    out
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

fn listed(keys: &[&str]) -> String {
    if keys.is_empty() {
        "none".to_owned()
    } else {
        keys.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ")
    }
}
