//! The only place where the window touches scenario files: opening, saving, the library.
//!
//! Everything here may block, so `tasks` runs it away from the window's thread.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::stamp::{Change, Look, Stamp};
use super::tables::{self, Lost};
use crate::disk::read::{self as input, Pipes};
use crate::disk::{self, Existing, WriteError};
use crate::model::Scenario;
use crate::prices::{self, PriceList};
use crate::scenario::comment::Comments;
use crate::scenario::document::ScenarioDocument;
use crate::scenario::file;
use crate::scenario::library::{self, LIBRARY};
use crate::scenario::problem::Problem;
use crate::scenario::read::{self, Loaded};
use crate::simulation::table::Table;

/// Where a document came from.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// Its file; `None` for a scenario of the library and for a recovered one without a file.
    pub path: Option<PathBuf>,
    /// That file as it was read or saved; `None` where there was none.
    pub stamp: Option<Stamp>,
    /// The folder that its table is named from; `None`: from nowhere.
    pub folder: Option<PathBuf>,
    /// Text with comments, so that saving keeps them.
    pub text: Option<Arc<ScenarioDocument>>,
    /// What the text says beside its numbers.
    pub comments: Arc<Comments>,
}

impl Source {
    /// Text to save for this scenario.
    pub fn to_text(&self, scenario: &Scenario) -> String {
        self.text.as_ref().map_or_else(|| crate::scenario::write::to_text(scenario), |text| text.to_text(scenario))
    }

    /// What may become of its own file; `None` for another one.
    pub fn guard(&self, path: &Path) -> Option<Guard> {
        let is_own = self.path.as_deref().is_some_and(|own| is_same(own, path));
        is_own.then(|| self.stamp.clone().map_or(Guard::New, Guard::AsRead))
    }

    /// File name to propose when it is saved for the first time.
    pub fn proposed_name(&self, scenario: &Scenario) -> String {
        if let Some(name) = self.path.as_deref().and_then(Path::file_name) {
            return name.to_string_lossy().into_owned();
        }
        let mut name = String::new();
        for c in scenario.name.to_lowercase().chars() {
            if c.is_alphanumeric() {
                name.push(c);
            } else if !name.ends_with('-') && !name.is_empty() {
                name.push('-');
            }
        }
        let name = name.trim_end_matches('-');
        // The ending that the desktop knows; any other opens as well.
        format!("{}.paretoscope.toml", if name.is_empty() { "scenario" } else { name })
    }
}

/// Reads a price list.
///
/// # Errors
/// All that keeps it from being one, a line each.
pub fn price_list(path: &Path) -> Result<PriceList, String> {
    let bytes = input::bytes(path, prices::MAX_BYTES, Pipes::Refused).map_err(|error| error.to_string())?;
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    PriceList::parse(&bytes, &file).map_err(|problems| problems.join("\n"))
}

/// Whether two paths are spelled such that they name the same file. It does not look at the disk.
pub fn is_same(a: &Path, b: &Path) -> bool {
    match (std::path::absolute(a), std::path::absolute(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

/// A scenario just opened.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The scenario.
    pub scenario: Scenario,
    /// Where it came from.
    pub source: Source,
    /// What is probably not meant, a line each.
    pub warnings: Vec<String>,
    /// The table that it replays, if it does.
    pub table: Result<Option<Arc<Table>>, Lost>,
}

/// What a scenario's text does not say itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Surroundings<'a> {
    /// The folder that its table is named from; `None`: from nowhere.
    pub folder: Option<&'a Path>,
    /// Files elsewhere that somebody has agreed to read.
    pub trusted: &'a [PathBuf],
    /// Another scenario, whose table is taken where it is the same, seen from the same folder.
    pub like: Option<&'a Opened>,
}

fn opened(loaded: Loaded, path: Option<PathBuf>, around: Surroundings<'_>) -> Opened {
    // A table is read once for scenarios that replay it in the same way.
    let models = |scenario: &Scenario| scenario.tiers.iter().map(|t| t.name.clone()).collect::<Vec<_>>();
    let same = around
        .like
        .filter(|o| o.source.folder.as_deref() == around.folder)
        .filter(|o| o.scenario.replay == loaded.scenario.replay && models(&o.scenario) == models(&loaded.scenario));
    let read = || tables::of_scenario(&loaded.scenario, around.folder, around.trusted);
    Opened {
        table: same.map_or_else(read, |like| like.table.clone()),
        warnings: loaded.warnings.iter().map(ToString::to_string).collect(),
        source: Source { path, folder: around.folder.map(Path::to_owned), ..source(&loaded) },
        scenario: loaded.scenario,
    }
}

fn source(loaded: &Loaded) -> Source {
    Source {
        comments: Arc::new(Comments::of(loaded.document.original())),
        text: Some(Arc::new(loaded.document.clone())),
        ..Source::default()
    }
}

fn in_words(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Opens a file. `trusted` are files outside its folder that somebody has agreed to read.
///
/// # Errors
/// With what is wrong with it, where, and what to do.
pub fn open(path: &Path, trusted: &[PathBuf]) -> Result<Opened, String> {
    open_like(path, trusted, None)
}

/// The same beside another scenario, whose table is taken where it is the same.
///
/// # Errors
/// As [`open`].
pub fn open_like(path: &Path, trusted: &[PathBuf], like: Option<&Opened>) -> Result<Opened, String> {
    // As on the command line: a name of the library where there is no such file.
    if !path.exists()
        && let Some(entry) = library::find(&path.display().to_string())
    {
        return parse(entry.text, entry.file_name, Surroundings::default());
    }
    let contents = file::read_contents(path).map_err(|e| e.to_string())?;
    let loaded = read::parse_bytes(&contents.bytes, &path.display().to_string()).map_err(|p| in_words(&p))?;
    // A scenario taken out of a report has no file of its own yet: saving must not replace the report.
    let own = (!contents.is_from_report).then(|| path.to_owned());
    let stamp = own.as_deref().and_then(|path| Stamp::of(path, &contents.bytes));
    let mut opened = opened(loaded, own, Surroundings { folder: path.parent(), trusted, like });
    opened.source.stamp = stamp;
    Ok(opened)
}

/// Reads text that does not stand in a file of its own: from the library, from the clipboard, from a recovery.
///
/// # Errors
/// With what is wrong with it.
pub fn parse(text: &str, name: &str, around: Surroundings<'_>) -> Result<Opened, String> {
    read::parse(text, name).map(|loaded| opened(loaded, None, around)).map_err(|p| in_words(&p))
}

/// What the next save of this text keeps the comments of.
pub fn source_of(text: &str) -> Source {
    read::parse(text, "").map_or_else(|_| Source::default(), |loaded| source(&loaded))
}

/// What may become of a file that is saved to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Guard {
    /// It must still be as it was read.
    AsRead(Stamp),
    /// Nothing may be there yet.
    #[default]
    New,
    /// Somebody said that it may be written over.
    Agreed,
}

/// Why something was not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unwritten {
    /// The file was changed meanwhile.
    Changed {
        /// What became of it.
        change: Change,
        /// As it is now, where it can be read.
        now: Option<Stamp>,
    },
    /// There is such a file already.
    Exists,
    /// For a reason, in words for a person.
    Failed(String),
}

/// Refuses what [`save`] would refuse, before the work is done.
///
/// # Errors
/// As [`save`].
pub fn may_save(path: &Path, inputs: &[PathBuf], guard: &Guard) -> Result<(), Unwritten> {
    if let Guard::AsRead(stamp) = guard
        && let Some(change) = stamp.change(path, Look::Close)
    {
        return Err(Unwritten::Changed { change, now: Stamp::now(path) });
    }
    // A device takes everything and keeps nothing, and the work would count as saved.
    if std::fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir()) {
        return Err(unwritten(WriteError::Irregular(path.to_owned())));
    }
    disk::may_write(path, &all(inputs), existing(guard)).map_err(unwritten)
}

/// Saves text or a picture. `inputs` are never written over.
///
/// # Errors
/// When the file is not as `guard` has it, is an input, or the system refuses; the old file is then untouched.
pub fn save(path: &Path, bytes: &[u8], inputs: &[PathBuf], guard: &Guard) -> Result<(), Unwritten> {
    may_save(path, inputs, guard)?;
    disk::write(path, bytes, &all(inputs), existing(guard)).map_err(unwritten)
}

fn all(inputs: &[PathBuf]) -> Vec<&Path> {
    inputs.iter().map(PathBuf::as_path).collect()
}

fn existing(guard: &Guard) -> Existing {
    if *guard == Guard::New { Existing::Keep } else { Existing::Replace }
}

fn unwritten(error: WriteError) -> Unwritten {
    match error {
        WriteError::Exists(_) => Unwritten::Exists,
        WriteError::Input(path) => Unwritten::Failed(format!(
            "{}: the scenario on the screen, or its table, stands in this file: name another one",
            path.display()
        )),
        other => Unwritten::Failed(other.to_string()),
    }
}

/// A scenario of the library, as the menu shows it.
#[derive(Clone, Debug)]
pub struct LibraryItem {
    /// Its name.
    pub title: String,
    /// What it shows.
    pub description: String,
    /// Its text.
    text: &'static str,
    file_name: &'static str,
}

impl LibraryItem {
    /// Opens it.
    ///
    /// # Errors
    /// When the shipped text is broken, which the test suite rules out.
    pub fn open(&self) -> Result<Opened, String> {
        parse(self.text, self.file_name, Surroundings::default())
    }
}

/// All scenarios of the library that can be read, the flagship first.
pub fn library() -> Vec<LibraryItem> {
    LIBRARY
        .iter()
        .filter_map(|entry| {
            let loaded = read::parse(entry.text, entry.file_name).ok()?;
            Some(LibraryItem {
                title: loaded.scenario.name,
                description: loaded.scenario.description,
                text: entry.text,
                file_name: entry.file_name,
            })
        })
        .collect()
}
