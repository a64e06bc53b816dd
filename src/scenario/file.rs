//! Scenario files on disk, read with clear refusals. `disk` writes them.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::deep;
use super::page;
use super::problem::Problem;
use super::read::{self, Loaded, MAX_BYTES};
use crate::disk::read::{self as disk, Pipes, ReadError};

/// Why a file was not loaded.
#[derive(Debug, Error)]
pub enum LoadError {
    /// Its bytes are not at hand.
    #[error(transparent)]
    File(#[from] ReadError),
    /// It is a page, but no report.
    #[error("{}: this page holds no scenario; a report written by Paretoscope does", .0.display())]
    NoScenario(PathBuf),
    /// Another file names it as a scenario, and it is none.
    #[error("{}: this is no scenario file", .0.display())]
    NoneNamed(PathBuf),
    /// What is in it cannot be used.
    #[error("{}", join(.0))]
    Invalid(Vec<Problem>),
}

fn join(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// The bytes of a scenario, and whether they stood in a report, which is no file to save a scenario to.
#[derive(Debug)]
pub struct Contents {
    /// The scenario's text.
    pub bytes: Vec<u8>,
    /// It was taken out of a report.
    pub is_from_report: bool,
}

/// Reads the bytes of a scenario file, or of the scenario inside a report, but not more than a scenario can have. A pipe is refused.
///
/// # Errors
/// When it is missing, a folder, a pipe or a device, or unreadable, or a page without a scenario.
pub fn read_contents(path: &Path) -> Result<Contents, LoadError> {
    contents(path, Pipes::Refused)
}

/// The same where a pipe may be waited for.
///
/// # Errors
/// As [`read_contents`].
pub fn contents(path: &Path, pipes: Pipes<'_>) -> Result<Contents, LoadError> {
    let unreadable = |e: io::Error| LoadError::File(ReadError::System(path.to_owned(), e));
    let mut bytes = Vec::new();
    let mut file = disk::open(path, pipes)?;
    Read::by_ref(&mut file).take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if !page::is_page(&bytes) {
        return Ok(Contents { bytes, is_from_report: false });
    }
    file.take(page::MAX_PAGE_BYTES as u64).read_to_end(&mut bytes).map_err(unreadable)?;
    let text = page::scenario_text(&String::from_utf8_lossy(&bytes));
    let text = text.ok_or_else(|| LoadError::NoScenario(path.to_owned()))?;
    Ok(Contents { bytes: text.into_bytes(), is_from_report: true })
}

/// The bytes alone.
///
/// # Errors
/// As [`read_contents`].
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, LoadError> {
    Ok(read_contents(path)?.bytes)
}

/// The bytes of a scenario that another file names, such as a lesson. That may name anything: of what is no scenario nothing is given, so that no
/// complaint tells what is in it.
///
/// # Errors
/// As [`read_contents`], and when it is no scenario.
pub fn read_named(path: &Path) -> Result<Vec<u8>, LoadError> {
    let bytes = read_bytes(path)?;
    let text = std::str::from_utf8(&bytes).ok().filter(|text| read::too_dense(text).is_none());
    let parsed = text.and_then(|text| deep::document_mut(text).ok());
    if parsed.is_some_and(|file| file.contains_key("policy")) {
        Ok(bytes)
    } else {
        Err(LoadError::NoneNamed(path.to_owned()))
    }
}

/// Loads a scenario.
///
/// # Errors
/// When the file cannot be read, or has problems.
pub fn load(path: &Path) -> Result<Loaded, LoadError> {
    let bytes = read_bytes(path)?;
    read::parse_bytes(&bytes, &path.display().to_string()).map_err(LoadError::Invalid)
}
