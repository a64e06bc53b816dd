//! What the columns of a table mean, found by their names.
//!
//! | layout | columns |
//! |---|---|
//! | RouteLLM | `prompt`, and one column of true and false for each model |
//! | RouterBench | `sample_id`, `eval_name`, and for each model `MODEL` (score) and `MODEL\|total_cost` |
//! | long | `request`, `model`, `score`, and if known `cost`: one row for each answer |
//! | wide | `request`, and for each model `MODEL` (score) and if known `MODEL\|cost`; `segment`, `prompt_chars`, `router\|NAME` if known |

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::scenario::visible;

/// How a table is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `prompt`, and one boolean column for each model.
    RouteLlm,
    /// `MODEL|total_cost` beside `MODEL`.
    RouterBench,
    /// One row for each answer.
    Long,
    /// Our own.
    Wide,
}

impl Layout {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::RouteLlm => "RouteLLM",
            Self::RouterBench => "RouterBench",
            Self::Long => "long",
            Self::Wide => "wide",
        }
    }
}

/// A column as the first rows show it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// Its name.
    pub name: String,
    /// Whether every value so far is a number, true or false, or missing, and at least one is there.
    pub is_numeric: bool,
    /// Lowest and highest value, where too many lie outside 0 to 1 for scores.
    pub beyond: Option<(f64, f64)>,
    /// Whether its values are numbers with a decimal comma.
    pub has_commas: bool,
    /// Whether somebody has named it as a model.
    pub is_named: bool,
    /// What it holds, where that is nothing that is read: it plays no part.
    pub unread: Option<&'static str>,
}

impl Seen {
    /// Why a column of numbers is no model's scores; `None`: it can be.
    fn is_no_model(&self) -> Option<String> {
        if self.is_named {
            return None;
        }
        let name = words(&self.name);
        if name.is_empty() {
            return Some("it has no name".to_owned());
        }
        if let Some(word) = name.split('_').find(|word| NO_SCORES.contains(word)) {
            return Some(format!("its name says \"{word}\""));
        }
        let (low, high) = self.beyond?;
        let way_on = if low >= 0.0 && high > 1.0 && high <= 100.0 { ": divide per cent by 100" } else { "" };
        Some(format!("it goes from {low} to {high}, scores from 0 to 1{way_on}"))
    }
}

/// A name in small letters, with one underscore for whatever stands between its words.
fn words(name: &str) -> String {
    let words: Vec<String> =
        name.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect();
    words.join("_")
}

/// Which column plays which part, by index.
#[derive(Clone, Debug, PartialEq)]
pub struct Columns {
    /// The layout.
    pub layout: Layout,
    /// What tells requests apart.
    pub request: Option<usize>,
    /// Kind of request.
    pub segment: Option<usize>,
    /// The prompt itself: only its length is kept.
    pub prompt: Option<usize>,
    /// Length of the prompt, characters.
    pub prompt_chars: Option<usize>,
    /// Models: name, score, cost.
    pub models: Vec<(String, usize, Option<usize>)>,
    /// Long layout: model, score, cost.
    pub long: Option<(usize, usize, Option<usize>)>,
    /// Router scores: name, column.
    pub routers: Vec<(String, usize)>,
    /// Columns that mean nothing here.
    pub ignored: Vec<String>,
    /// Columns that are not read, and what they hold.
    pub unread: Vec<(String, &'static str)>,
}

const REQUEST: &[&str] = &["request", "request_id", "sample_id", "id", "question_id", "prompt_id"];
const SEGMENT: &[&str] = &["segment", "eval_name", "category", "subject", "domain", "task", "dataset"];
const PROMPT: &[&str] = &["prompt", "question", "input", "query"];
const PROMPT_CHARS: &[&str] = &["prompt_chars", "prompt_length", "chars"];
const MODEL: &[&str] = &["model", "model_name", "model_id"];
const SCORE: &[&str] = &["score", "correct", "success", "performance", "quality"];
const COST: &[&str] = &["cost", "cost_usd", "total_cost"];
/// Words in the names of columns that hold something else than scores.
const NO_SCORES: &[&str] = &[
    "id",
    "ids",
    "uuid",
    "index",
    "idx",
    "unnamed",
    "row",
    "count",
    "counts",
    "latency",
    "latencyms",
    "ms",
    "seconds",
    "duration",
    "elapsed",
    "time",
    "timestamp",
    "date",
    "token",
    "tokens",
    "cost",
    "costs",
    "spend",
    "price",
    "usd",
    "length",
    "len",
    "chars",
    "seed",
    "temperature",
    "split",
    "epoch",
    "weight",
];
/// What RouterBench has beside scores and costs.
const OTHER_SUFFIXES: &[&str] = &["|model_response", "|response", "|latency"];

/// Finds out what the columns mean. `segment` names the column of the segments where it has a name of its own.
///
/// # Errors
/// With what is missing and what is there.
pub fn understand(seen: &[Seen], segment: Option<&str>) -> Result<Columns, String> {
    let can_be = |c: &Seen, name: &str| !c.is_named && c.unread.is_none() && words(&c.name) == name;
    let find = |names: &[&str]| names.iter().find_map(|name| seen.iter().position(|c| can_be(c, name)));
    let listed = || {
        let names: Vec<String> = seen.iter().take(12).map(|c| format!("\"{}\"", visible::name(&c.name))).collect();
        if seen.len() > names.len() {
            format!("{}, … ({} in all)", names.join(", "), seen.len())
        } else {
            names.join(", ")
        }
    };
    let mut by_name: HashMap<&str, usize> = HashMap::new();
    for (i, column) in seen.iter().enumerate() {
        if by_name.insert(&column.name, i).is_some() {
            return Err(format!("two columns are named \"{}\"", visible::name(&column.name)));
        }
    }
    let segment = match segment {
        Some(name) => {
            let index = by_name.get(name).copied();
            let index = index.ok_or_else(|| format!("no column is named \"{name}\"; there are {}", listed()))?;
            if let Some(what) = seen.get(index).and_then(|c| c.unread) {
                return Err(format!("column \"{name}\" holds {what}, which are not read"));
            }
            Some(index)
        }
        None => find(SEGMENT),
    };
    let request = find(REQUEST);
    let prompt = find(PROMPT);
    let prompt_chars = find(PROMPT_CHARS);
    let routers: Vec<(String, usize)> = seen
        .iter()
        .enumerate()
        .filter_map(|(i, c)| Some((c.name.strip_prefix("router|")?.to_owned(), i)))
        .filter(|(_, i)| seen.get(*i).is_some_and(|c| c.is_numeric))
        .collect();
    let mut columns = Columns {
        layout: Layout::Wide,
        request,
        segment,
        prompt,
        prompt_chars,
        models: Vec::new(),
        long: None,
        routers,
        ignored: Vec::new(),
        unread: seen.iter().filter_map(|c| Some((c.name.clone(), c.unread?))).collect(),
    };
    if let (Some(model), Some(score), Some(_)) = (find(MODEL), find(SCORE), request.or(prompt))
        && !seen.get(model).is_some_and(|c| c.is_numeric)
    {
        columns.layout = Layout::Long;
        columns.long = Some((model, score, find(COST)));
        columns.ignored = ignored(seen, &columns);
        return Ok(columns);
    }
    let cost_of = |name: &str| {
        ["|total_cost", "|cost"].iter().find_map(|suffix| {
            let wanted = format!("{name}{suffix}");
            let index = by_name.get(wanted.as_str()).filter(|i| seen.get(**i).is_some_and(|c| c.unread.is_none()));
            index.map(|i| (*i, *suffix))
        })
    };
    let routed: HashSet<usize> = columns.routers.iter().map(|(_, r)| *r).collect();
    let has_part = |i: usize| [request, segment, prompt, prompt_chars].contains(&Some(i)) || routed.contains(&i);
    let mut is_router_bench = false;
    // Columns that look like models and are none, and why.
    let holds = |(name, what): &(String, &str)| format!("\"{}\" holds {what}, which are not read", visible::name(name));
    let mut refused: Vec<String> = columns.unread.iter().map(holds).collect();
    for (i, column) in seen.iter().enumerate() {
        if has_part(i) || column.name.contains('|') {
            continue;
        }
        if !column.is_numeric {
            if column.has_commas {
                refused.push(format!("\"{}\" has decimal commas: write points", visible::name(&column.name)));
            }
            continue;
        }
        let cost = cost_of(&column.name);
        // With costs of its own it is a model, whatever its name says.
        if cost.is_none()
            && let Some(why) = column.is_no_model()
        {
            refused.push(format!("\"{}\" is no model: {why}", visible::name(&column.name)));
            continue;
        }
        is_router_bench |= cost.is_some_and(|(_, suffix)| suffix == "|total_cost");
        columns.models.push((column.name.clone(), i, cost.map(|(i, _)| i)));
    }
    // Where some columns have costs, those without are no models.
    if columns.models.iter().any(|m| m.2.is_some()) {
        columns.models.retain(|m| m.2.is_some());
    }
    columns.layout = match (is_router_bench, request, prompt) {
        (true, ..) => Layout::RouterBench,
        (false, None, Some(_)) => Layout::RouteLlm,
        _ => Layout::Wide,
    };
    columns.ignored = ignored(seen, &columns);
    let refused = match refused.len() {
        0 => String::new(),
        n => format!(
            " ({}{})",
            refused.iter().take(8).cloned().collect::<Vec<_>>().join("; "),
            if n > 8 { "; …" } else { "" }
        ),
    };
    if columns.models.is_empty() {
        return Err(format!(
            "no column holds a model's scores (numbers from 0 to 1, or true and false); there are {}{refused}",
            listed()
        ));
    }
    if columns.models.len() < 2 {
        return Err(format!(
            "only one model, \"{}\": routing needs at least two columns of scores (numbers from 0 to 1 with a decimal point, or true and false; \
             where one has costs, all need them); there are {}{refused}",
            columns.models.first().map_or_else(Cow::default, |m| visible::name(&m.0)),
            listed()
        ));
    }
    Ok(columns)
}

fn ignored(seen: &[Seen], columns: &Columns) -> Vec<String> {
    let parts = [columns.request, columns.segment, columns.prompt, columns.prompt_chars];
    let of_models: HashSet<usize> = columns
        .models
        .iter()
        .flat_map(|(_, score, cost)| std::iter::once(*score).chain(*cost))
        .chain(columns.routers.iter().map(|(_, r)| *r))
        .collect();
    let is_used = |i: usize| {
        parts.contains(&Some(i))
            || of_models.contains(&i)
            || columns.long.is_some_and(|(model, score, cost)| model == i || score == i || cost == Some(i))
    };
    let is_expected =
        |name: &str| OTHER_SUFFIXES.iter().any(|s| name.ends_with(s)) || name == "oracle_model_to_route_to";
    seen.iter()
        .enumerate()
        .filter(|(i, c)| !is_used(*i) && !is_expected(&c.name) && c.unread.is_none())
        .map(|(_, c)| c.name.clone())
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    fn seen(columns: &[(&str, bool)]) -> Vec<Seen> {
        columns
            .iter()
            .map(|(name, is_numeric)| Seen { name: (*name).to_owned(), is_numeric: *is_numeric, ..Seen::default() })
            .collect()
    }

    #[test]
    fn every_layout_is_found_by_its_columns() {
        let route_llm = seen(&[("prompt", false), ("a/Small", true), ("b/Large", true)]);
        let found = understand(&route_llm, None).unwrap();
        assert_eq!((found.layout, found.models.len(), found.prompt), (Layout::RouteLlm, 2, Some(0)));

        let bench = seen(&[
            ("sample_id", false),
            ("prompt", false),
            ("eval_name", false),
            ("Small", true),
            ("Large", true),
            ("Small|model_response", false),
            ("Small|total_cost", true),
            ("Large|total_cost", true),
            ("oracle_model_to_route_to", false),
        ]);
        let found = understand(&bench, None).unwrap();
        assert_eq!((found.layout, found.segment, found.request), (Layout::RouterBench, Some(2), Some(0)));
        assert_eq!(found.models, [("Small".to_owned(), 3, Some(6)), ("Large".to_owned(), 4, Some(7))]);
        assert!(found.ignored.is_empty());

        let long = seen(&[("request", true), ("model", false), ("score", true), ("cost", true)]);
        let found = understand(&long, None).unwrap();
        assert_eq!((found.layout, found.long), (Layout::Long, Some((1, 2, Some(3)))));

        let wide = seen(&[
            ("request", true),
            ("segment", false),
            ("prompt_chars", true),
            ("Small", true),
            ("Large", true),
            ("router|bert", true),
            ("note", false),
        ]);
        let found = understand(&wide, None).unwrap();
        assert_eq!((found.layout, found.models.len()), (Layout::Wide, 2));
        assert_eq!(found.routers, [("bert".to_owned(), 5)]);
        assert_eq!(found.ignored, ["note"]);
    }

    #[test]
    fn what_is_no_routing_table_is_refused_with_what_is_there() {
        let one = understand(&seen(&[("request", true), ("Small", true), ("text", false)]), None).unwrap_err();
        assert!(one.contains("only one model, \"Small\"") && one.contains("\"text\""), "{one}");
        let none = understand(&seen(&[("a", false), ("b", false)]), None).unwrap_err();
        assert!(none.contains("no column holds"), "{none}");
        let twice = understand(&seen(&[("a", true), ("a", true)]), None).unwrap_err();
        assert!(twice.contains("two columns"), "{twice}");
        let named = understand(&seen(&[("request", true), ("a", true), ("b", true)]), Some("topic")).unwrap_err();
        assert!(named.contains("\"topic\""), "{named}");
    }
}
