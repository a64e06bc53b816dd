//! Where the table of a scenario is, and whether it is still the one that was imported.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::TableError;
use super::read::{self, Imported, Options};
use crate::disk::read::{self as disk, Pipes, ReadError};
use crate::model::{Replay, Scenario};
use crate::scenario::{library, visible};

/// Bytes hashed between two questions whether to go on.
const PIECE: usize = 1 << 20;
/// Bytes of a table that comes through a pipe: they are kept where temporary files are.
pub const MOST_BYTES_PIPED: u64 = 4 << 30;

/// Why a scenario's table is not at hand.
#[derive(Debug, Error)]
pub enum SourceError {
    /// The scenario replays none.
    #[error("the scenario replays no table")]
    None,
    /// It is not where the scenario says.
    #[error(
        "the table \"{}\" is not there: put it back, or say where it is with [replay] table (--set replay.table='\"PATH\"')", .0.display()
    )]
    Missing(PathBuf),
    /// It is another one.
    #[error(
        "the table \"{}\" has changed since it was imported: import it again, or take it as it is with [replay] blake3 = \"{found}\" \
         (--set replay.blake3='\"{found}\"')", path.display()
    )]
    Changed {
        /// Where it is.
        path: PathBuf,
        /// Its hash now.
        found: String,
    },
    /// It is no table with the scenario's columns. A scenario may name any file, so nothing is told of what is in it.
    #[error(
        "{}: this is no table with the columns that the scenario needs, scores of {wanted}: paretoscope preview says what is in it", path.display()
    )]
    NoTable {
        /// Where it is.
        path: PathBuf,
        /// The columns.
        wanted: String,
    },
    /// It cannot be used.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// Endings of files that are tables.
pub const ENDINGS: &[&str] = &["csv", "tsv", "jsonl", "ndjson", "parquet"];

/// Whether a file is a table rather than a scenario, by its name.
pub fn is_table(path: &Path) -> bool {
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    ending.is_some_and(|e| ENDINGS.contains(&e.as_str()))
}

/// Path of a scenario's table, seen from the scenario's folder.
pub fn path(replay: &Replay, folder: Option<&Path>) -> PathBuf {
    match folder {
        Some(folder) => folder.join(&replay.table),
        None => PathBuf::from(&replay.table),
    }
}

/// The path by which a file will be found again: what stands behind a name such as `/dev/stdin`, where that is a file with a name.
pub fn lasting(path: &Path) -> Option<PathBuf> {
    let passes = |path: &Path| path.starts_with("/dev") || path.starts_with("/proc");
    if !passes(path) {
        return Some(path.to_owned());
    }
    std::fs::canonicalize(path).ok().filter(|path| !passes(path))
}

/// Reads the table of a scenario in `folder`, after a look at whether it is the one that was imported. A pipe is refused.
///
/// # Errors
/// When it is gone, has changed, or cannot be used.
pub fn open(scenario: &Scenario, folder: Option<&Path>, go_on: &dyn Fn() -> bool) -> Result<Imported, SourceError> {
    open_awaiting(scenario, folder, Pipes::Refused, go_on)
}

/// The same where a pipe may be waited for.
///
/// # Errors
/// As [`open`].
pub fn open_awaiting(
    scenario: &Scenario,
    folder: Option<&Path>,
    pipes: Pipes<'_>,
    go_on: &dyn Fn() -> bool,
) -> Result<Imported, SourceError> {
    let Some(replay) = &scenario.replay else { return Err(SourceError::None) };
    let path = path(replay, folder);
    // The same rows as at the import: those that the scenario's models have answered.
    let models = scenario.tiers.iter().map(|t| t.name.clone()).collect();
    let options = Options { segment: replay.segment.clone(), models };
    // A scenario of the library has its table with it, wherever it was saved to.
    let shipped = library::table(&replay.table);
    if let Some(text) = shipped.filter(|_| folder.is_none()) {
        return Ok(read::text(&replay.table, text, &options)?);
    }
    let whole = match disk::whole(&path, MOST_BYTES_PIPED, pipes) {
        Err(ReadError::Missing(_)) => {
            let text = shipped.ok_or(SourceError::Missing(path))?;
            return Ok(read::text(&replay.table, text, &options)?);
        }
        opened => opened.map_err(TableError::from)?,
    };
    let name = path.display().to_string();
    if let Some(expected) = &replay.blake3 {
        let found = hash_opened(&name, &whole.file, go_on)?;
        if !found.eq_ignore_ascii_case(expected) {
            return Err(SourceError::Changed { path, found });
        }
    }
    let read = read::opened(&name, &whole.file, &options, go_on);
    let has = |found: &Imported, model: &String| found.built.table.tiers.iter().any(|tier| tier.name == *model);
    let is_other = match &read {
        Ok(found) => !options.models.iter().all(|model| has(found, model)),
        Err(error) => matches!(error, TableError::Layout { .. }),
    };
    if is_other {
        let wanted = visible::names(options.models.iter().map(String::as_str));
        return Err(SourceError::NoTable { path, wanted });
    }
    Ok(read?)
}

/// The table that a scenario in `folder` reads from outside that folder, if it does, links followed. Whoever opens somebody else's scenario may want to
/// know before it is read.
pub fn reads_outside(scenario: &Scenario, folder: Option<&Path>) -> Option<PathBuf> {
    disk::outside(folder, &path(scenario.replay.as_ref()?, folder))
}

/// BLAKE3 hash of a regular file, in hexadecimal digits.
///
/// # Errors
/// When it cannot be read, or `go_on` says no.
pub fn hash(path: &Path, go_on: &dyn Fn() -> bool) -> Result<String, TableError> {
    let whole = disk::whole(path, 0, Pipes::Refused)?;
    hash_opened(&path.display().to_string(), &whole.file, go_on)
}

/// BLAKE3 hash of an open file, from its beginning.
///
/// # Errors
/// As [`hash`].
pub fn hash_opened(name: &str, mut file: &File, go_on: &dyn Fn() -> bool) -> Result<String, TableError> {
    let broken = |e: io::Error| TableError::Unreadable { file: name.to_owned(), what: e.to_string() };
    file.rewind().map_err(broken)?;
    let mut hasher = blake3::Hasher::new();
    let mut piece = vec![0; PIECE];
    loop {
        let n = file.read(&mut piece).map_err(broken)?;
        if n == 0 {
            return Ok(hasher.finalize().to_hex().to_string());
        }
        hasher.update(piece.get(..n).unwrap_or_default());
        if !go_on() {
            return Err(broken(io::Error::other("cancelled")));
        }
    }
}

/// Path of a table as a scenario file in another place has to write it: relative where that is possible, with forward slashes.
pub fn relative(table: &Path, scenario: &Path) -> String {
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (table, scenario) = (whole(table), whole(scenario));
    let relative = scenario.parent().and_then(|folder| pathdiff::diff_paths(&table, folder));
    let path = relative.unwrap_or(table).to_string_lossy().into_owned();
    // Elsewhere a backslash is a letter like any other.
    if cfg!(windows) { path.replace('\\', "/") } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_named_as_seen_from_the_scenario() {
        assert_eq!(relative(Path::new("/data/logs/a.csv"), Path::new("/data/logs/s.toml")), "a.csv");
        assert_eq!(relative(Path::new("/data/logs/a.csv"), Path::new("/data/s.toml")), "logs/a.csv");
        assert_eq!(relative(Path::new("/data/a.csv"), Path::new("/data/plans/s.toml")), "../a.csv");
        #[cfg(unix)]
        assert_eq!(relative(Path::new("/data/a\\b.csv"), Path::new("/data/s.toml")), "a\\b.csv");
    }
}
