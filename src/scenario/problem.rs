//! What is wrong with a file: where, what was found, what is allowed, what was probably meant.

use std::fmt;
use std::ops::Range;

use super::visible::shortened;

/// Most problems listed; a file with more says how many more.
pub const MAX_PROBLEMS: usize = 200;

/// Characters of a key and of a message that are shown: a file of megabytes makes no message of megabytes.
const MAX_KEY: usize = 200;
const MAX_MESSAGE: usize = 2000;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used, but probably does not say what was meant.
    Warning,
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How bad.
    pub severity: Severity,
    /// File name.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The key with the names around it: `segment "Billing": share`; empty for the file as a whole.
    pub key: String,
    /// What was found and what is allowed.
    pub message: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", self.file, self.line, self.column)?;
        if self.severity == Severity::Warning {
            write!(f, "warning: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", shortened(&self.key, MAX_KEY))?;
        }
        write!(f, "{}", shortened(&self.message, MAX_MESSAGE))?;
        if let Some(suggestion) = &self.suggestion {
            write!(f, "; did you mean \"{suggestion}\"?")?;
        }
        Ok(())
    }
}

/// Collects problems of one text.
pub struct Problems<'t> {
    file: String,
    text: &'t str,
    line_starts: Vec<usize>,
    list: Vec<Problem>,
    left_out: usize,
}

impl<'t> Problems<'t> {
    /// For a text.
    pub fn new(file: &str, text: &'t str) -> Self {
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(i, _)| i + 1)).collect();
        Self { file: file.to_owned(), text, line_starts, list: Vec::new(), left_out: 0 }
    }

    /// Adds one at a place in the text.
    pub fn add(
        &mut self,
        severity: Severity,
        at: Option<Range<usize>>,
        key: &str,
        message: String,
        suggestion: Option<String>,
    ) {
        if self.list.len() >= MAX_PROBLEMS {
            self.left_out += 1;
            return;
        }
        let (line, column) = at.map_or((1, 1), |at| self.position(at.start));
        let (file, key) = (self.file.clone(), key.to_owned());
        self.list.push(Problem { severity, file, line, column, key, message, suggestion });
    }

    /// Adds an error.
    pub fn error(&mut self, at: Option<Range<usize>>, key: &str, message: impl Into<String>) {
        self.add(Severity::Error, at, key, message.into(), None);
    }

    fn position(&self, offset: usize) -> (usize, usize) {
        let line = self.line_starts.partition_point(|start| *start <= offset).max(1);
        let start = self.line_starts.get(line - 1).copied().unwrap_or(0);
        // A very long line is counted only so far: nobody looks for column 10,000.
        let before = self.text.get(start..offset.min(start + 40_000)).unwrap_or("");
        (line, before.chars().count() + 1)
    }

    /// Whether there is any error.
    pub fn has_errors(&self) -> bool {
        self.left_out > 0 || self.list.iter().any(|p| p.severity == Severity::Error)
    }

    /// All of them, in the order of the file.
    pub fn finish(mut self) -> Vec<Problem> {
        self.list.sort_by_key(|p| (p.line, p.column));
        if self.left_out > 0 {
            let last = self.list.last().map_or((1, 1), |p| (p.line, p.column));
            self.list.push(Problem {
                severity: Severity::Error,
                file: self.file,
                line: last.0,
                column: last.1,
                key: String::new(),
                message: format!("and {} more problems", self.left_out),
                suggestion: None,
            });
        }
        self.list
    }
}

/// The nearest of `known` to a misspelt word, if any is near.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    // Comparing is quadratic in the length: what is very long is no misspelling.
    if word.chars().count() > 100 {
        return None;
    }
    let lower = word.to_lowercase();
    known
        .into_iter()
        .filter(|k| k.len() <= 200)
        .map(|k| (strsim::damerau_levenshtein(&lower, &k.to_lowercase()), k))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, k)| *distance <= 1.max(k.chars().count().max(lower.chars().count()) / 3))
        .map(|(_, k)| k.to_owned())
}

/// Names in words: `"a", "b" or "c"`; long lists are cut.
pub fn list_names<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.into_iter().map(|n| format!("\"{n}\"")).collect();
    match names.as_slice() {
        [] => "none is defined".to_owned(),
        [one] => one.clone(),
        _ if names.len() > 16 => format!("{}, … ({} in all)", names[..12].join(", "), names.len()),
        [head @ .., last] => format!("{} or {last}", head.join(", ")),
    }
}

/// A text in quotes; a long one is cut.
pub fn quoted(text: &str) -> String {
    if text.chars().count() > 60 {
        format!("\"{}…\"", text.chars().take(60).collect::<String>())
    } else {
        format!("\"{text}\"")
    }
}
