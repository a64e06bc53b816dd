//! Text to scenario: every value is checked, and all problems are reported at once.
//!
//! What a section may hold is in its table of keys. [`entries`] goes over the sections, [`forms`] knows how each form of value is read, and
//! [`reader`] how it is said what is wrong.

mod entries;
mod forms;
mod reader;

use toml_edit::TableLike;

use self::reader::{Reader, describe};
use super::deep;
use super::document::ScenarioDocument;
use super::problem::{Problem, Problems};
use super::upgrade;
use crate::model::Scenario;

/// Largest file that is read, bytes. The largest scenario allowed takes about 200 kB.
pub const MAX_BYTES: usize = 4 << 20;
/// Most marks of structure (`=`, `,`, `[`, `{`) outside comments: a scenario at every limit has about 10,000. Parsed TOML takes
/// hundreds of bytes for each, so this is what bounds the memory that a file can claim.
const MAX_MARKS: usize = 25_000;
/// Longest name, characters.
pub const MAX_NAME: usize = 120;

/// A scenario and what is needed to save it again.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The scenario.
    pub scenario: Scenario,
    /// Its text, with comments.
    pub document: ScenarioDocument,
    /// What is probably not meant.
    pub warnings: Vec<Problem>,
}

/// Reads bytes.
///
/// # Errors
/// Every problem of the text.
pub fn parse_bytes(bytes: &[u8], file: &str) -> Result<Loaded, Vec<Problem>> {
    if bytes.len() > MAX_BYTES {
        let mut problems = Problems::new(file, "");
        problems.error(
            None,
            "",
            // Whoever reads files stops at the limit: how much more there is nobody knows.
            format!(
                "the file has more than {} MiB, the most of a scenario, so this is probably not one",
                MAX_BYTES >> 20
            ),
        );
        return Err(problems.finish());
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => parse(text.strip_prefix('\u{feff}').unwrap_or(text), file),
        Err(error) => {
            let valid = bytes.get(..error.valid_up_to()).and_then(|b| std::str::from_utf8(b).ok()).unwrap_or("");
            let mut problems = Problems::new(file, valid);
            let at = valid.len()..valid.len();
            problems.error(Some(at), "", "not UTF-8 text from here on; save the file with the encoding UTF-8");
            Err(problems.finish())
        }
    }
}

/// What is wrong with TOML that has more structure than a scenario can have: it is not parsed, because that would take hundreds of times its size.
pub fn too_dense(text: &str) -> Option<String> {
    // In a text over several lines a line that looks like a comment may be none, and end it.
    let is_comment =
        |line: &str| line.trim_start().starts_with('#') && !line.contains("\"\"\"") && !line.contains("'''");
    let marks: usize = text
        .lines()
        .filter(|line| !is_comment(line))
        .map(|line| line.bytes().filter(|b| matches!(b, b'=' | b',' | b'[' | b'{')).count())
        .sum();
    (marks > MAX_MARKS)
        .then(|| format!("the file has {marks} keys, lists and entries; a scenario has at most {MAX_MARKS}"))
}

/// Reads text.
///
/// # Errors
/// Every problem of the text.
pub fn parse(text: &str, file: &str) -> Result<Loaded, Vec<Problem>> {
    if text.len() > MAX_BYTES {
        return parse_bytes(text.as_bytes(), file);
    }
    let mut problems = Problems::new(file, text);
    if let Some(what) = too_dense(text) {
        problems.error(None, "", what);
        return Err(problems.finish());
    }
    let document = match deep::document(text) {
        Ok(document) => document,
        Err(error) => {
            let what = error.message().lines().next().unwrap_or("").trim();
            problems.error(error.span(), "", format!("not valid TOML: {what}"));
            return Err(problems.finish());
        }
    };
    let root = document.as_table();
    if !schema_is_known(root, &mut problems) {
        return Err(problems.finish());
    }
    let scenario = Reader::new(&mut problems).scenario(root);
    if problems.has_errors() {
        return Err(problems.finish());
    }
    Ok(Loaded {
        document: ScenarioDocument::new(text.to_owned(), scenario.clone()),
        scenario,
        warnings: problems.finish(),
    })
}

/// Whether the schema is one that the program reads; if it is newer, nothing else of the file is worth a word.
fn schema_is_known(root: &dyn TableLike, problems: &mut Problems<'_>) -> bool {
    let Some(item) = root.get("schema") else {
        problems.error(
            None,
            "schema",
            format!("missing; the first line of a scenario is schema = {}", upgrade::CURRENT),
        );
        return true;
    };
    match item.as_integer() {
        Some(found) if found > upgrade::CURRENT => {
            problems.error(
                item.span(),
                "schema",
                format!(
                    "found {found}, this version knows up to {}; update Paretoscope to open this file",
                    upgrade::CURRENT
                ),
            );
            false
        }
        Some(found) if found < 1 => {
            problems.error(
                item.span(),
                "schema",
                format!("found {found}, allowed: a whole number from 1 to {}", upgrade::CURRENT),
            );
            true
        }
        Some(_) => true,
        None => {
            problems.error(item.span(), "schema", format!("found {}, allowed: {}", describe(item), upgrade::CURRENT));
            true
        }
    }
}
