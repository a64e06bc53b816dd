//! Lesson files to lessons, with every problem of a file at once.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use toml_edit::{Document, Item, TableLike};

use super::figure::Figure;
use super::{Answer, Choice, Lesson, Question, Reveal, Step, TABS};
use crate::scenario::deep;
use crate::scenario::problem::{Problem, Problems, Severity, list_names, nearest};
use crate::scenario::read::too_dense;

/// Largest lesson that is read, bytes.
pub const MAX_BYTES: usize = 512 << 10;
/// Most steps of a lesson.
const MAX_STEPS: usize = 200;
/// Pieces of text and marks of a lesson: each is drawn on its own. The shipped lessons have some hundreds.
const MAX_PIECES: usize = 20_000;
/// How deep lists and quotes may lie in one another: each level is drawn inside the one before.
const MAX_DEPTH: usize = 16;

/// Reads a lesson.
///
/// # Errors
/// Every problem of the text, in its order.
pub fn parse(text: &str, file: &str) -> Result<Lesson, Vec<Problem>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut problems = Problems::new(file, text);
    if text.len() > MAX_BYTES {
        problems.error(None, "", format!("the file has more than {} KiB, the most of a lesson", MAX_BYTES >> 10));
        return Err(problems.finish());
    }
    let outline = outline(text);
    if let Some(at) = outline.too_deep {
        let what = format!("lists and quotes lie more than {MAX_DEPTH} deep in one another: write them flatter");
        problems.error(Some(at), "", what);
        return Err(problems.finish());
    }
    if let Some(at) = outline.too_many {
        let what =
            format!("there are more than {MAX_PIECES} pieces of text and marks up to here: make two lessons of it");
        problems.error(Some(at), "", what);
        return Err(problems.finish());
    }
    let mut reader = Reader { text, problems: &mut problems };
    let mut lesson = reader.front(outline.front.clone());
    let first = outline.steps.first().map_or(text.len(), |s| s.heading.start);
    let start = outline.front.map_or(0, |front| {
        text.get(front.end..).and_then(|t| t.find("+++")).map_or(front.end, |at| front.end + at + 3)
    });
    lesson.introduction = reader.markdown(start..first);
    if outline.steps.is_empty() {
        reader.problems.error(
            None,
            "",
            "the lesson has no steps: each starts with a heading, as in \"## Look around\"",
        );
    }
    if outline.steps.len() > MAX_STEPS {
        reader.problems.error(None, "", format!("found {} steps, allowed: at most {MAX_STEPS}", outline.steps.len()));
    }
    for block in &outline.stray_blocks {
        reader.problems.error(
            Some(block.clone()),
            "step",
            "this block stands before the first heading, or is the second of its step",
        );
    }
    for (index, section) in outline.steps.iter().enumerate() {
        let end = outline.steps.get(index + 1).map_or(text.len(), |next| next.heading.start);
        let step = reader.step(section, end);
        lesson.steps.push(step);
    }
    if problems.has_errors() { Err(problems.finish()) } else { Ok(lesson) }
}

/// Where things stand in the text, in bytes.
#[derive(Default)]
struct Outline {
    front: Option<Range<usize>>,
    steps: Vec<Section>,
    stray_blocks: Vec<Range<usize>>,
    /// Where there are too many pieces of text and marks.
    too_many: Option<Range<usize>>,
    /// What lies too deep in something else.
    too_deep: Option<Range<usize>>,
}

struct Section {
    title: String,
    heading: Range<usize>,
    /// The fenced block as a whole, and what is in it.
    block: Option<(Range<usize>, Range<usize>)>,
}

fn outline(text: &str) -> Outline {
    let mut outline = Outline::default();
    let options = Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS | Options::ENABLE_TABLES;
    let (mut in_front, mut in_title) = (false, false);
    let mut block: Option<(Range<usize>, Range<usize>)> = None;
    let mut depth = 0_usize;
    let mut pieces = 0_usize;
    for (event, at) in Parser::new_ext(text, options).into_offset_iter() {
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            outline.too_deep = Some(at);
            return outline;
        }
        pieces += 1;
        if pieces > MAX_PIECES {
            outline.too_many = Some(at);
            return outline;
        }
        match event {
            Event::Start(Tag::MetadataBlock(_)) => in_front = true,
            Event::End(TagEnd::MetadataBlock(_)) => in_front = false,
            Event::Start(Tag::Heading { level: HeadingLevel::H2, .. }) => {
                in_title = true;
                outline.steps.push(Section { title: String::new(), heading: at, block: None });
            }
            Event::End(TagEnd::Heading(HeadingLevel::H2)) => in_title = false,
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) if info.trim() == "step" => {
                block = Some((at, 0..0));
            }
            Event::End(TagEnd::CodeBlock) => {
                let Some(block) = block.take() else { continue };
                match outline.steps.last_mut() {
                    Some(step) if step.block.is_none() => step.block = Some(block),
                    _ => outline.stray_blocks.push(block.0),
                }
            }
            Event::Text(words) => {
                if in_front {
                    let start = outline.front.as_ref().map_or(at.start, |front| front.start);
                    outline.front = Some(start..at.end);
                } else if in_title {
                    if let Some(step) = outline.steps.last_mut() {
                        step.title.push_str(&words);
                    }
                } else if let Some((_, inside)) = &mut block {
                    let start = if inside.end == 0 { at.start } else { inside.start };
                    *inside = start..at.end;
                }
            }
            Event::Code(words) if in_title => {
                if let Some(step) = outline.steps.last_mut() {
                    step.title.push_str(&words);
                }
            }
            _ => {}
        }
    }
    outline
}

struct Reader<'r, 't> {
    text: &'t str,
    problems: &'r mut Problems<'t>,
}

/// A TOML table at its place in the lesson.
#[derive(Clone, Copy)]
struct Keys<'a> {
    table: &'a dyn TableLike,
    /// Where the TOML starts.
    base: usize,
    /// What the keys belong to, for messages.
    place: &'a str,
}

impl Keys<'_> {
    fn name(&self, key: &str) -> String {
        if self.place.is_empty() { key.to_owned() } else { format!("{}: {key}", self.place) }
    }

    fn at(&self, item: &Item) -> Option<Range<usize>> {
        item.span().map(|span| span.start + self.base..span.end + self.base)
    }
}

impl Reader<'_, '_> {
    fn markdown(&self, range: Range<usize>) -> String {
        self.text.get(range).unwrap_or("").trim().to_owned()
    }

    /// Parses TOML that stands in the lesson.
    fn toml(&mut self, range: Range<usize>) -> Option<Document<String>> {
        let source = self.text.get(range.clone()).unwrap_or("").to_owned();
        if let Some(what) = too_dense(&source) {
            self.problems.error(Some(range), "", what);
            return None;
        }
        match deep::document(source) {
            Ok(document) => Some(document),
            Err(error) => {
                let at = error.span().map_or(range.clone(), |s| s.start + range.start..s.end + range.start);
                let what = error.message().lines().next().unwrap_or("").to_owned();
                self.problems.error(Some(at), "", format!("not valid TOML: {what}"));
                None
            }
        }
    }

    fn unknown(&mut self, keys: Keys<'_>, known: &[&str]) {
        for (key, item) in keys.table.iter() {
            if !known.contains(&key) {
                let at = keys
                    .table
                    .key(key)
                    .and_then(toml_edit::Key::span)
                    .map_or_else(|| keys.at(item), |span| Some(span.start + keys.base..span.end + keys.base));
                let message = format!("unknown key; known: {}", list_names(known.iter().copied()));
                self.problems.add(Severity::Error, at, &keys.name(key), message, nearest(key, known.iter().copied()));
            }
        }
    }

    fn wrong(&mut self, keys: Keys<'_>, key: &str, item: &Item, allowed: &str) {
        self.problems.error(keys.at(item), &keys.name(key), format!("found {}, allowed: {allowed}", item.type_name()));
    }

    fn string(&mut self, keys: Keys<'_>, key: &str) -> Option<String> {
        let item = keys.table.get(key)?;
        match item.as_str() {
            Some(text) if !text.trim().is_empty() => Some(text.to_owned()),
            Some(_) => {
                self.problems.error(keys.at(item), &keys.name(key), "must not be empty");
                None
            }
            None => {
                self.wrong(keys, key, item, "text");
                None
            }
        }
    }

    fn needed(&mut self, keys: Keys<'_>, key: &str, at: Option<Range<usize>>) -> String {
        if keys.table.get(key).is_none() {
            self.problems.error(at, &keys.name(key), "is missing");
        }
        self.string(keys, key).unwrap_or_default()
    }

    fn flag(&mut self, keys: Keys<'_>, key: &str) -> bool {
        let Some(item) = keys.table.get(key) else { return false };
        item.as_bool().unwrap_or_else(|| {
            self.wrong(keys, key, item, "true or false");
            false
        })
    }

    fn range(&mut self, keys: Keys<'_>, key: &str) -> Option<(f64, f64)> {
        let item = keys.table.get(key)?;
        let numbers: Option<Vec<f64>> = item.as_array().map(|array| {
            array.iter().filter_map(|v| v.as_float().or_else(|| v.as_integer().map(|i| i as f64))).collect()
        });
        match numbers.as_deref() {
            Some(&[low, high]) if low < high => Some((low, high)),
            _ => {
                self.wrong(keys, key, item, "two numbers, the smaller first, as in [1, 2.5]");
                None
            }
        }
    }

    fn front(&mut self, range: Option<Range<usize>>) -> Lesson {
        let mut lesson = Lesson {
            title: String::new(),
            scenario: String::new(),
            minutes: 0,
            introduction: String::new(),
            steps: Vec::new(),
        };
        let Some(range) = range else {
            self.problems.error(None, "", "the file must start with a front matter between two lines of +++");
            return lesson;
        };
        let Some(document) = self.toml(range.clone()) else { return lesson };
        let keys = Keys { table: document.as_table(), base: range.start, place: "" };
        self.unknown(keys, &["title", "scenario", "minutes"]);
        let top = Some(range.start..range.start);
        lesson.title = self.needed(keys, "title", top.clone());
        lesson.scenario = self.needed(keys, "scenario", top.clone());
        match keys.table.get("minutes") {
            None => self.problems.error(top, "minutes", "is missing"),
            Some(item) => match item.as_integer().and_then(|i| u32::try_from(i).ok()).filter(|i| (1..=600).contains(i))
            {
                Some(minutes) => lesson.minutes = minutes,
                None => self.wrong(keys, "minutes", item, "a whole number from 1 to 600"),
            },
        }
        lesson
    }

    fn step(&mut self, section: &Section, end: usize) -> Step {
        let after_heading = section.heading.end;
        let mut step = Step {
            title: section.title.trim().to_owned(),
            text: String::new(),
            afterwards: String::new(),
            reset: false,
            set: Vec::new(),
            tab: None,
            policy: None,
            question: None,
            reveal: None,
        };
        if step.title.is_empty() {
            self.problems.error(Some(section.heading.clone()), "", "the heading of a step must not be empty");
        }
        let Some((block, inside)) = &section.block else {
            step.text = self.markdown(after_heading..end);
            return step;
        };
        step.text = self.markdown(after_heading..block.start);
        step.afterwards = self.markdown(block.end..end);
        if inside.end == 0 {
            return step;
        }
        let Some(document) = self.toml(inside.clone()) else { return step };
        let keys = Keys { table: document.as_table(), base: inside.start, place: "" };
        self.unknown(keys, &["reset", "set", "tab", "policy", "question", "reveal"]);
        step.reset = self.flag(keys, "reset");
        step.policy = self.string(keys, "policy");
        if let Some(item) = keys.table.get("set") {
            let texts =
                item.as_array().map(|a| a.iter().map(|v| v.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>());
            match texts.flatten() {
                Some(set) => step.set = set,
                None => self.wrong(keys, "set", item, "a list of texts, as in [\"traffic.days=90\"]"),
            }
        }
        if let Some(word) = self.string(keys, "tab") {
            step.tab = TABS.iter().find(|(w, _)| *w == word).map(|(_, tab)| *tab);
            if step.tab.is_none() {
                self.no_such(keys, "tab", &word, &TABS.iter().map(|(w, _)| *w).collect::<Vec<_>>());
            }
        }
        step.reveal = self.reveal(keys);
        step.question = self.question(keys);
        if let (Some(item), None) = (keys.table.get("question"), keys.table.get("reveal")) {
            self.problems.error(
                keys.at(item),
                "question",
                "needs a [reveal]: a prediction is compared with what is revealed",
            );
        }
        step
    }

    fn no_such(&mut self, keys: Keys<'_>, key: &str, word: &str, known: &[&str]) {
        let at = keys.table.get(key).and_then(|item| keys.at(item));
        let message = format!("found \"{word}\", allowed: {}", list_names(known.iter().copied()));
        self.problems.add(Severity::Error, at, &keys.name(key), message, nearest(word, known.iter().copied()));
    }

    fn reveal(&mut self, keys: Keys<'_>) -> Option<Reveal> {
        let item = keys.table.get("reveal")?;
        let at = keys.at(item);
        let Some(table) = item.as_table_like() else {
            self.wrong(keys, "reveal", item, "a section");
            return None;
        };
        let keys = Keys { table, base: keys.base, place: "reveal" };
        self.unknown(keys, &["figure", "of", "watched_by", "when", "unit", "between"]);
        let word = self.needed(keys, "figure", at.clone());
        let figure = Figure::parse(&word);
        if figure.is_none() && !word.is_empty() {
            self.no_such(keys, "figure", &word, &Figure::words().collect::<Vec<_>>());
        }
        let of = match figure {
            Some(figure) if !figure.belongs_to_something() => self.string(keys, "of").unwrap_or_default(),
            _ => self.needed(keys, "of", at),
        };
        let watched_by = self.string(keys, "watched_by");
        if let (Some(item), Some(figure)) = (keys.table.get("watched_by"), figure)
            && !matches!(figure, Figure::Option(_))
        {
            self.problems.error(
                keys.at(item),
                &keys.name("watched_by"),
                "belongs to figures of an option, such as \"value\"",
            );
        }
        let when = self.string(keys, "when").unwrap_or_else(|| "production".to_owned());
        if !["launch", "production"].contains(&when.as_str()) {
            self.no_such(keys, "when", &when, &["launch", "production"]);
        }
        Some(Reveal {
            figure: figure?,
            of,
            watched_by,
            is_in_production: when == "production",
            unit: self.string(keys, "unit").unwrap_or_default(),
            between: self.range(keys, "between"),
        })
    }

    fn question(&mut self, keys: Keys<'_>) -> Option<Question> {
        let item = keys.table.get("question")?;
        let at = keys.at(item);
        let Some(table) = item.as_table_like() else {
            self.wrong(keys, "question", item, "a section");
            return None;
        };
        let keys = Keys { table, base: keys.base, place: "question" };
        self.unknown(keys, &["text", "choices"]);
        let text = self.needed(keys, "text", at);
        let Some(item) = keys.table.get("choices") else { return Some(Question { text, answer: Answer::Number }) };
        let mut choices = Vec::new();
        match item.as_array() {
            Some(array) if array.len() >= 2 => {
                for value in array {
                    let entry = Item::Value(value.clone());
                    let Some(table) = entry.as_table_like() else {
                        self.wrong(keys, "choices", item, "entries such as { text = \"It loses\", between = [0, 10] }");
                        continue;
                    };
                    let entry_keys = Keys { table, base: keys.base, place: "question: choices" };
                    self.unknown(entry_keys, &["text", "between"]);
                    let at = value.span().map(|s| s.start + keys.base..s.end + keys.base);
                    let text = self.needed(entry_keys, "text", at.clone());
                    if table.get("between").is_none() {
                        self.problems.error(at, &entry_keys.name("between"), "is missing");
                    }
                    choices.extend(self.range(entry_keys, "between").map(|between| Choice { text, between }));
                }
            }
            _ => self.wrong(keys, "choices", item, "a list of two or more"),
        }
        Some(Question { text, answer: Answer::Choice(choices) })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn structure_that_is_too_deep_is_refused_before_anything_draws_it() {
        let lesson = |text: &str| {
            let start = "+++\ntitle = \"A\"\nscenario = \"workshop-first-steps\"\nminutes = 5\n+++\n";
            parse(&format!("{start}\n{text}\n\n## One\n\nText.\n"), "l.md")
        };
        for text in ["- ".repeat(5_000) + "x", "> ".repeat(5_000) + "x"] {
            let problems = lesson(&text).unwrap_err();
            assert!(problems.iter().any(|p| p.message.contains("16 deep")), "{problems:?}");
        }
        assert!(lesson("- a\n  - b\n    - c\n").is_ok());
        for text in ["*a **b ".repeat(60_000), "[".repeat(200_000) + &"![a](".repeat(20_000)] {
            let problems = lesson(&text).unwrap_err();
            assert!(problems.iter().any(|p| p.message.contains("pieces of text")), "{problems:?}");
        }
    }
}
