//! The only place where the window touches scenario files: opening, saving, the library.
//!
//! Everything here may block, so `tasks` runs it away from the window's thread.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::tables::{self, Lost};
use crate::disk::{self, Existing};
use crate::scenario::comment::Comments;
use crate::scenario::file;
use crate::scenario::library::{self, LIBRARY};
use crate::scenario::model::Scenario;
use crate::scenario::read::{self, Loaded};
use crate::scenario::write::ScenarioDocument;
use crate::simulation::table::Table;

/// Where a document came from.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// Its file; `None` for a scenario of the library and for a recovered one without a file.
    pub path: Option<PathBuf>,
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

fn opened(loaded: Loaded, path: Option<PathBuf>) -> Opened {
    let folder = path.as_deref().and_then(Path::parent);
    Opened {
        table: tables::of_scenario(&loaded.scenario, folder),
        warnings: loaded.warnings.iter().map(ToString::to_string).collect(),
        scenario: loaded.scenario,
        source: Source {
            path,
            comments: Arc::new(Comments::of(loaded.document.original())),
            text: Some(Arc::new(loaded.document)),
        },
    }
}

/// Opens a file.
///
/// # Errors
/// With what is wrong with it, where, and what to do.
pub fn open(path: &Path) -> Result<Opened, String> {
    // As on the command line: a name of the library where there is no such file.
    if !path.exists()
        && let Some(entry) = library::find(&path.display().to_string())
    {
        return parse(entry.text, entry.file_name, None);
    }
    let contents = file::read_contents(path).map_err(|e| e.to_string())?;
    // A scenario taken out of a report has no file of its own yet: saving must not replace the report.
    let own = (!contents.is_from_report).then(|| path.to_owned());
    read::parse_bytes(&contents.bytes, &path.display().to_string())
        .map(|loaded| opened(loaded, own))
        .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

/// Reads text that does not stand in a file of its own: from the library, from a recovery.
///
/// # Errors
/// With what is wrong with it.
pub fn parse(text: &str, name: &str, path: Option<PathBuf>) -> Result<Opened, String> {
    read::parse(text, name)
        .map(|loaded| opened(loaded, path))
        .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

/// Saves text.
///
/// # Errors
/// When the system refuses; the old file is then untouched.
pub fn save(path: &Path, text: &str) -> Result<(), String> {
    save_bytes(path, text.as_bytes())
}

/// Saves bytes, such as a picture's.
///
/// # Errors
/// When the system refuses; the old file is then untouched.
pub fn save_bytes(path: &Path, bytes: &[u8]) -> Result<(), String> {
    disk::write(path, bytes, &[], Existing::Replace).map_err(|e| e.to_string())
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
        parse(self.text, self.file_name, None)
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
