//! Rows to a table, with a count of what was left out and why.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

use super::layout::{Columns, Layout};
use crate::scenario::read::MAX_NAME;
use crate::scenario::visible::shortened;
use crate::simulation::random::mixed;
use crate::simulation::table::{RouterColumn, Table, TierColumn, mean};

/// Line numbers that are told for each reason.
const LINES_TOLD: usize = 5;
/// What one call costs at the most, USD: beyond it, costs are in another unit, or broken, and their sums would end as no numbers.
const MOST_USD: f64 = 1e6;
/// Most segments that a scenario can have; the rest becomes one.
pub const MOST_SEGMENTS: usize = 200;
/// Most models of a table.
pub const MOST_MODELS: usize = 64;
/// Name of the segment of requests that have none, and of those beyond the most.
const OTHER: &str = "other";

/// One value of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Nothing there.
    Missing,
    /// A number.
    Number(f64),
    /// Text.
    Text(&'a str),
    /// Bytes that are no text.
    NotText,
}

/// A piece of a column.
#[derive(Debug)]
pub enum Values<B> {
    /// NaN where nothing is there.
    Numbers(Vec<f64>),
    /// Bytes that should be text.
    Texts(Vec<Option<B>>),
}

impl<B: AsRef<[u8]>> Values<B> {
    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers(all) => all.len(),
            Self::Texts(all) => all.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of text in them.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Numbers(_) => 0,
            Self::Texts(all) => all.iter().flatten().map(|text| text.as_ref().len() as u64).sum(),
        }
    }

    fn cell(&self, row: usize) -> Cell<'_> {
        match self {
            Self::Numbers(all) => match all.get(row) {
                Some(x) if !x.is_nan() => Cell::Number(*x),
                _ => Cell::Missing,
            },
            Self::Texts(all) => match all.get(row) {
                Some(Some(bytes)) => Cell::of_bytes(bytes.as_ref()),
                _ => Cell::Missing,
            },
        }
    }
}

impl<'a> Cell<'a> {
    /// Of a field's bytes.
    pub fn of_bytes(field: &'a [u8]) -> Self {
        match std::str::from_utf8(field) {
            Ok(text) if text.trim().is_empty() => Self::Missing,
            Ok(text) => Self::Text(text),
            Err(_) => Self::NotText,
        }
    }
}

/// Why a row was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// More or fewer fields than the header.
    Ragged,
    /// Bytes that are not UTF-8.
    Encoding,
    /// No score for a model, or none that is a number.
    NoScore,
    /// A score outside 0 to 1.
    ScoreOutOfRange,
    /// A cost that is missing, negative or no number.
    BadCost,
    /// A cost that no call has.
    CostTooLarge,
    /// A router score that is missing or no number.
    NoRouterScore,
    /// A length of the prompt below 0.
    BadLength,
    /// The request was there before.
    Duplicate,
    /// Long layout: not every model answered the request.
    Incomplete,
    /// A line that is no JSON object.
    NotJson,
    /// Nothing tells which request it is.
    NoRequest,
    /// Long layout: nothing tells which model answered.
    NoModel,
}

impl Reason {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Ragged => "more or fewer fields than the header",
            Self::Encoding => "text that is not UTF-8",
            Self::NoScore => "a score that is missing or no number",
            Self::ScoreOutOfRange => "a score outside 0 to 1",
            Self::BadCost => "a cost that is missing, negative or no number",
            Self::CostTooLarge => "a cost above 1,000,000 USD for one call",
            Self::NoRouterScore => "a router score that is missing or no number",
            Self::BadLength => "a length of the prompt below 0",
            Self::Duplicate => "the same request again (the first one is kept)",
            Self::Incomplete => "not every model answered the request",
            Self::NotJson => "no JSON object",
            Self::NoRequest => "no name of the request",
            Self::NoModel => "no name of the model",
        }
    }
}

/// Rows left out for one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// How many.
    pub count: u64,
    /// The first of them, by line (in Parquet files: by row), from 1.
    pub first_lines: Vec<u64>,
}

impl LeftOut {
    fn note(&mut self, line: u64) {
        self.count += 1;
        if self.first_lines.len() < LINES_TOLD {
            self.first_lines.push(line);
        }
    }
}

/// What came of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Built {
    /// The table.
    pub table: Table,
    /// Rows left out.
    pub left_out: BTreeMap<Reason, LeftOut>,
    /// Requests without the length of a prompt that others have: for their sake no length is used.
    pub without_length: LeftOut,
}

/// Takes rows one by one.
#[derive(Debug)]
pub struct Builder {
    columns: Columns,
    table: Table,
    segments: HashMap<String, u32>,
    seen: HashSet<u64, BuildHasherDefault<Fingerprint>>,
    left_out: BTreeMap<Reason, LeftOut>,
    without_length: LeftOut,
    long: Long,
    /// The largest score met, and the column that has it.
    largest_score: (f64, usize),
    /// The same of costs.
    largest_cost: (f64, usize),
    scores: Vec<f64>,
    costs: Vec<f64>,
    routers: Vec<f64>,
}

/// Answers of the long layout, by request and model.
#[derive(Debug, Default)]
struct Long {
    /// Models looked at; empty: all.
    wanted: Vec<String>,
    requests: HashMap<u64, u32>,
    models: HashMap<String, u32>,
    names: Vec<String>,
    /// First line of each request.
    lines: Vec<u64>,
    /// `(request, model, score, cost)`.
    answers: Vec<(u32, u32, f64, f64)>,
}

/// A set of fingerprints needs no second hash.
#[derive(Clone, Copy, Debug, Default)]
struct Fingerprint(u64);

impl Hasher for Fingerprint {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }

    fn write_u64(&mut self, fingerprint: u64) {
        self.0 = fingerprint;
    }
}

fn fingerprint(cell: Cell<'_>) -> u64 {
    if let Cell::Number(x) = cell {
        return mixed(x.to_bits());
    }
    let mut hasher = DefaultHasher::new();
    match cell {
        Cell::Text(text) => text.trim().hash(&mut hasher),
        _ => 0_u8.hash(&mut hasher),
    }
    hasher.finish()
}

/// What is wrong with a score; NaN stands for none.
fn score_fault(x: f64) -> Option<Reason> {
    match x {
        _ if (0.0..=1.0).contains(&x) => None,
        _ if x.is_finite() => Some(Reason::ScoreOutOfRange),
        _ => Some(Reason::NoScore),
    }
}

/// What is wrong with a cost; NaN stands for none.
fn cost_fault(x: f64) -> Option<Reason> {
    match x {
        _ if (0.0..=MOST_USD).contains(&x) => None,
        _ if x > MOST_USD && x.is_finite() => Some(Reason::CostTooLarge),
        _ => Some(Reason::BadCost),
    }
}

/// The cost in a cell.
fn cost(cell: Cell<'_>) -> Result<f64, Reason> {
    let x = number(cell).ok_or(Reason::BadCost)?;
    cost_fault(x).map_or(Ok(x), Err)
}

/// Keeps the larger number, with its column.
fn keep_largest(largest: &mut (f64, usize), x: f64, column: usize) {
    if x > largest.0 {
        *largest = (x, column);
    }
}

/// What is wrong with a length; one that is missing, or no number, is only not known.
fn length_fault(x: f64) -> Option<Reason> {
    (x < 0.0).then_some(Reason::BadLength)
}

/// A number, or true and false.
pub fn number(cell: Cell<'_>) -> Option<f64> {
    match cell {
        Cell::Number(x) if x.is_finite() => Some(x),
        Cell::Text(text) => match text.trim() {
            t if t.eq_ignore_ascii_case("true") => Some(1.0),
            t if t.eq_ignore_ascii_case("false") => Some(0.0),
            t => t.parse::<f64>().ok().filter(|x| x.is_finite()),
        },
        _ => None,
    }
}

impl Builder {
    /// For rows with these columns; `models` are those looked at in the long layout, all where it is empty.
    pub fn new(columns: Columns, models: &[String]) -> Self {
        let tier = |name: &String| TierColumn { name: name.clone(), ..TierColumn::default() };
        let table = Table {
            tiers: columns.models.iter().map(|(name, ..)| tier(name)).collect(),
            router_scores: columns
                .routers
                .iter()
                .map(|(name, _)| RouterColumn { name: name.clone(), scores: Vec::new() })
                .collect(),
            ..Table::default()
        };
        Self {
            columns,
            table,
            segments: HashMap::new(),
            seen: HashSet::default(),
            left_out: BTreeMap::new(),
            without_length: LeftOut::default(),
            long: Long { wanted: models.to_vec(), ..Long::default() },
            largest_score: (0.0, 0),
            largest_cost: (0.0, 0),
            scores: Vec::new(),
            costs: Vec::new(),
            routers: Vec::new(),
        }
    }

    /// Counts a row that is left out.
    pub fn leave_out(&mut self, line: u64, reason: Reason) {
        self.left_out.entry(reason).or_default().note(line);
    }

    /// Makes room for rows to come.
    pub fn reserve(&mut self, rows: usize) {
        if self.columns.layout == Layout::Long {
            return;
        }
        if self.columns.request.or(self.columns.prompt).is_some() {
            self.seen.reserve(rows);
        }
        self.table.segment_of.reserve_exact(rows);
        for (tier, (.., cost)) in self.table.tiers.iter_mut().zip(&self.columns.models) {
            tier.costs_usd.reserve_exact(if cost.is_some() { rows } else { 0 });
        }
        for router in &mut self.table.router_scores {
            router.scores.reserve_exact(rows);
        }
        if self.columns.prompt_chars.or(self.columns.prompt).is_some() {
            self.table.prompt_chars.reserve_exact(rows);
        }
    }

    /// Takes `rows` rows at once, column by column; `line` is that of the first, and `columns` gives the values of those that play a part.
    pub fn push_columns<B: AsRef<[u8]>>(&mut self, line: u64, rows: usize, columns: &[(usize, Values<B>)]) {
        let by_index: HashMap<usize, &Values<B>> = columns.iter().map(|(i, values)| (*i, values)).collect();
        let values = |index: usize| by_index.get(&index).copied();
        let at = |index: usize, row: usize| values(index).map_or(Cell::Missing, |v| v.cell(row));
        if self.columns.layout == Layout::Long {
            for row in 0..rows {
                if let Err(reason) = self.take_long(line + row as u64, &|i| at(i, row)) {
                    self.leave_out(line + row as u64, reason);
                }
            }
            return;
        }
        // The first thing that is wrong with each row, in the order in which a single row is checked.
        let mut wrong: Vec<Option<Reason>> = vec![None; rows];
        let mut refuse =
            |index: usize, check: &dyn Fn(f64) -> Option<Reason>, text: &dyn Fn(Cell<'_>) -> Option<Reason>| {
                let Some(values) = values(index) else { return };
                match values {
                    Values::Numbers(all) => {
                        for (wrong, x) in wrong.iter_mut().zip(all).filter(|(wrong, _)| wrong.is_none()) {
                            *wrong = check(*x);
                        }
                    }
                    Values::Texts(_) => {
                        for (row, wrong) in wrong.iter_mut().enumerate().filter(|(_, wrong)| wrong.is_none()) {
                            *wrong = text(values.cell(row));
                        }
                    }
                }
            };
        let named = [self.columns.request, self.columns.prompt, self.columns.segment];
        for index in named.into_iter().flatten() {
            refuse(index, &|_| None, &|cell| (cell == Cell::NotText).then_some(Reason::Encoding));
        }
        let largest = |index: usize| match values(index) {
            Some(Values::Numbers(all)) => all.iter().copied().fold(0.0, f64::max),
            _ => 0.0,
        };
        for (_, score, cost) in &self.columns.models {
            keep_largest(&mut self.largest_score, largest(*score), *score);
            if let Some(cost) = cost {
                keep_largest(&mut self.largest_cost, largest(*cost), *cost);
            }
        }
        for (_, score, cost) in &self.columns.models {
            refuse(*score, &score_fault, &|cell| number(cell).map_or(Some(Reason::NoScore), score_fault));
            if let Some(column) = cost {
                refuse(*column, &cost_fault, &|cell| self::cost(cell).err());
            }
        }
        for (_, router) in &self.columns.routers {
            let fault = |x: f64| (!x.is_finite()).then_some(Reason::NoRouterScore);
            refuse(*router, &fault, &|cell| number(cell).map_or(Some(Reason::NoRouterScore), fault));
        }
        if let Some(length) = self.columns.prompt_chars {
            refuse(length, &length_fault, &|cell| number(cell).and_then(length_fault));
        }
        for (row, wrong) in wrong.iter_mut().enumerate().filter(|(_, wrong)| wrong.is_none()) {
            *wrong = self.identify(&|i| at(i, row)).err();
        }
        for (row, reason) in wrong.iter().enumerate().filter_map(|(row, wrong)| Some((row, (*wrong)?))) {
            self.leave_out(line + row as u64, reason);
        }
        let kept = |index: usize| {
            let values = values(index);
            wrong.iter().enumerate().filter(|(_, wrong)| wrong.is_none()).map(move |(row, _)| match values {
                Some(Values::Numbers(all)) => all.get(row).copied().unwrap_or(0.0),
                Some(texts) => number(texts.cell(row)).unwrap_or(0.0),
                None => 0.0,
            })
        };
        for (tier, (_, score, cost)) in self.table.tiers.iter_mut().zip(&self.columns.models) {
            tier.scores.extend(kept(*score));
            if let Some(cost) = cost {
                tier.costs_usd.extend(kept(*cost));
            }
        }
        for (router, (_, index)) in self.table.router_scores.iter_mut().zip(&self.columns.routers) {
            router.scores.extend(kept(*index));
        }
        for row in wrong.iter().enumerate().filter(|(_, wrong)| wrong.is_none()).map(|(row, _)| row) {
            self.describe(line + row as u64, &|i| at(i, row));
        }
    }

    /// Takes a row.
    pub fn push(&mut self, line: u64, cells: &[Cell<'_>]) {
        if let Err(reason) = self.take(line, cells) {
            self.leave_out(line, reason);
        }
    }

    fn take(&mut self, line: u64, cells: &[Cell<'_>]) -> Result<(), Reason> {
        let at = |i: usize| cells.get(i).copied().unwrap_or(Cell::Missing);
        let named = [self.columns.request, self.columns.prompt, self.columns.segment];
        if named.into_iter().flatten().any(|i| at(i) == Cell::NotText) {
            return Err(Reason::Encoding);
        }
        if self.columns.layout == Layout::Long {
            return self.take_long(line, &at);
        }
        for (_, score, cost) in &self.columns.models {
            keep_largest(&mut self.largest_score, number(at(*score)).unwrap_or(0.0), *score);
            if let Some(cost) = cost {
                keep_largest(&mut self.largest_cost, number(at(*cost)).unwrap_or(0.0), *cost);
            }
        }
        let score = |cell: Cell<'_>| {
            let x = number(cell).ok_or(Reason::NoScore)?;
            score_fault(x).map_or(Ok(x), Err)
        };
        self.scores.clear();
        self.costs.clear();
        self.routers.clear();
        for (_, column, cost) in &self.columns.models {
            self.scores.push(score(at(*column))?);
            if let Some(column) = cost {
                self.costs.push(self::cost(at(*column))?);
            }
        }
        for (_, column) in &self.columns.routers {
            self.routers.push(number(at(*column)).ok_or(Reason::NoRouterScore)?);
        }
        self.check_length(&at)?;
        self.identify(&at)?;
        for (tier, score) in self.table.tiers.iter_mut().zip(&self.scores) {
            tier.scores.push(*score);
        }
        // Either every model has a cost, or none.
        for (tier, cost) in self.table.tiers.iter_mut().zip(&self.costs) {
            tier.costs_usd.push(*cost);
        }
        for (router, score) in self.table.router_scores.iter_mut().zip(&self.routers) {
            router.scores.push(*score);
        }
        self.describe(line, &at);
        Ok(())
    }

    fn check_length<'a>(&self, at: &impl Fn(usize) -> Cell<'a>) -> Result<(), Reason> {
        let length = self.columns.prompt_chars.and_then(|column| number(at(column)));
        length.and_then(length_fault).map_or(Ok(()), Err)
    }

    /// Whether the request has a name, and a new one.
    fn identify<'a>(&mut self, at: &impl Fn(usize) -> Cell<'a>) -> Result<(), Reason> {
        let Some(key) = self.columns.request.or(self.columns.prompt) else { return Ok(()) };
        match at(key) {
            Cell::Missing => Err(Reason::NoRequest),
            name if !self.seen.insert(fingerprint(name)) => Err(Reason::Duplicate),
            _ => Ok(()),
        }
    }

    /// The largest score met, in range or not, and the column that has it.
    pub fn largest_score(&self) -> (f64, usize) {
        self.largest_score
    }

    /// The same of costs.
    pub fn largest_cost(&self) -> (f64, usize) {
        self.largest_cost
    }

    /// Segment and length of a request.
    fn describe<'a>(&mut self, line: u64, at: &impl Fn(usize) -> Cell<'a>) {
        let name = self.columns.segment.map_or(Cell::Missing, at);
        let mut written = String::new();
        let name = match name {
            Cell::Text(text) if !text.trim().is_empty() => text.trim(),
            Cell::Number(x) => {
                written.push_str(&x.to_string());
                written.as_str()
            }
            _ if self.columns.segment.is_some() => OTHER,
            _ => "all",
        };
        // A scenario's names have a limit, and what is written into every result must have one.
        let name = &*shortened(name, MAX_NAME - 1);
        let next = self.segments.len();
        let segment = match self.segments.get(name) {
            Some(known) => *known,
            None => {
                let name = if next < MOST_SEGMENTS - 1 { name } else { OTHER };
                *self.segments.entry(name.to_owned()).or_insert_with(|| {
                    self.table.segments.push(name.to_owned());
                    next as u32
                })
            }
        };
        self.table.segment_of.push(segment);
        let chars = match (self.columns.prompt_chars, self.columns.prompt) {
            (Some(column), _) => number(at(column)),
            (None, Some(column)) => match at(column) {
                Cell::Text(text) => Some(text.chars().count() as f64),
                _ => None,
            },
            (None, None) => return,
        };
        match chars {
            Some(chars) if self.without_length.count == 0 => self.table.prompt_chars.push(chars),
            Some(_) => {}
            None => self.without_length.note(line),
        }
    }

    fn take_long<'a>(&mut self, line: u64, at: &impl Fn(usize) -> Cell<'a>) -> Result<(), Reason> {
        let Some((model, score, cost)) = self.columns.long else { return Err(Reason::NoScore) };
        let x = number(at(score)).ok_or(Reason::NoScore)?;
        keep_largest(&mut self.largest_score, x, score);
        if let Some(fault) = score_fault(x) {
            return Err(fault);
        }
        let cost = match cost {
            Some(column) => {
                keep_largest(&mut self.largest_cost, number(at(column)).unwrap_or(0.0), column);
                self::cost(at(column))?
            }
            None => f64::NAN,
        };
        self.check_length(at)?;
        let Cell::Text(name) = at(model) else { return Err(Reason::NoModel) };
        if !self.long.wanted.is_empty() && !self.long.wanted.iter().any(|wanted| wanted == name.trim()) {
            return Ok(());
        }
        let models = self.long.names.len();
        let model = match self.long.models.get(name.trim()) {
            Some(known) => *known,
            None if models < MOST_MODELS => {
                self.long.names.push(name.trim().to_owned());
                self.long.models.insert(name.trim().to_owned(), models as u32);
                models as u32
            }
            None => return Err(Reason::Incomplete),
        };
        let key = self.columns.request.or(self.columns.prompt).map_or(Cell::Missing, at);
        if key == Cell::Missing {
            return Err(Reason::NoRequest);
        }
        let requests = self.long.lines.len() as u32;
        let request = match self.long.requests.entry(fingerprint(key)) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                new.insert(requests);
                self.long.lines.push(line);
                self.describe(line, at);
                requests
            }
        };
        let mut hasher = DefaultHasher::new();
        (request, model).hash(&mut hasher);
        if !self.seen.insert(hasher.finish()) {
            return Err(Reason::Duplicate);
        }
        self.long.answers.push((request, model, x, cost));
        Ok(())
    }

    /// The table, its tiers in order.
    pub fn finish(mut self) -> Built {
        if self.columns.layout == Layout::Long {
            self.pivot();
        }
        if self.table.prompt_chars.len() != self.table.rows() {
            self.table.prompt_chars.clear();
        }
        let by_cost = self.table.has_costs();
        let key = |t: &TierColumn| if by_cost { mean(&t.costs_usd) } else { t.scores.mean() };
        self.table.tiers.sort_by(|a, b| key(a).total_cmp(&key(b)));
        Built { table: self.table, left_out: self.left_out, without_length: self.without_length }
    }

    /// Requests that every model answered, one row each.
    fn pivot(&mut self) {
        let long = std::mem::take(&mut self.long);
        let (rows, models) = (long.lines.len(), long.names.len());
        let mut scores = vec![f64::NAN; rows * models];
        let mut costs = scores.clone();
        for (request, model, score, cost) in &long.answers {
            let at = *request as usize * models + *model as usize;
            if let (Some(s), Some(c)) = (scores.get_mut(at), costs.get_mut(at)) {
                (*s, *c) = (*score, *cost);
            }
        }
        let has_costs = self.columns.long.is_some_and(|(.., cost)| cost.is_some());
        let whole: Vec<bool> = scores.chunks_exact(models.max(1)).map(|row| row.iter().all(|s| !s.is_nan())).collect();
        for (line, _) in long.lines.iter().zip(&whole).filter(|(_, whole)| !**whole) {
            self.leave_out(*line, Reason::Incomplete);
        }
        let keep = |values: &[f64], column: usize| -> Vec<f64> {
            values
                .chunks_exact(models.max(1))
                .zip(&whole)
                .filter(|(_, whole)| **whole)
                .filter_map(|(row, _)| row.get(column).copied())
                .collect()
        };
        self.table.tiers = long
            .names
            .iter()
            .enumerate()
            .map(|(k, name)| TierColumn {
                name: name.clone(),
                scores: keep(&scores, k).into_iter().collect(),
                costs_usd: if has_costs { keep(&costs, k) } else { Vec::new() },
            })
            .collect();
        let mut rows = whole.iter();
        self.table.segment_of.retain(|_| rows.next().copied().unwrap_or(false));
        if self.table.prompt_chars.len() == whole.len() {
            let mut rows = whole.iter();
            self.table.prompt_chars.retain(|_| rows.next().copied().unwrap_or(false));
        }
    }
}
