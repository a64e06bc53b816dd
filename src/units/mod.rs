//! A sweep on the disk: a folder with its manifest, and a file for each unit of work that is done.
//!
//! A unit's file is Parquet ([`table`]), named after the unit and written whole, in a subfolder named after its first two digits; so a run that
//! is killed loses the units under way alone, and shards on other machines need nothing but the folder. [`merge`] makes one table of them.

pub mod merge;
pub mod table;

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::disk::read::{self as read_disk, Pipes};
use crate::disk::{self, Existing, WriteError};
use crate::model::Scenario;
use crate::scenario::{read, write};
use crate::sweep::found::Row;
use crate::sweep::{Name, Namer, Plan, Shard};

/// Name of the manifest.
const MANIFEST: &str = "sweep.json";
/// Bytes of a manifest at the most: its scenario, escaped.
const MOST_BYTES: u64 = 6 * read::MAX_BYTES as u64;
/// Names of units that a complaint lists; more are counted.
const MOST_LISTED: usize = 20;
/// Ending of a unit's file.
const ENDING: &str = "parquet";

/// Why a sweep's folder cannot be worked with.
#[derive(Debug, Error)]
pub enum UnitsError {
    /// It holds another sweep.
    #[error("{}: this folder holds another sweep: its {what} is another; name a new folder", folder.display())]
    Another {
        /// The folder.
        folder: PathBuf,
        /// What differs.
        what: &'static str,
    },
    /// It is there, and holds something else.
    #[error("{}: this folder is not empty and holds no sweep; name a new or an empty one", .0.display())]
    NotEmpty(PathBuf),
    /// There is no manifest.
    #[error("{}: this is no folder of a sweep: it has no {MANIFEST}", .0.display())]
    NoSweep(PathBuf),
    /// The manifest cannot be used.
    #[error("{}: {what}", file.display())]
    Manifest {
        /// The manifest.
        file: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// Units are not as they should be.
    #[error("{}", .0.join("\n"))]
    Units(Vec<String>),
    /// Somebody asked to stop.
    #[error("stopped")]
    Stopped,
    /// Nothing can be written there.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The system refuses.
    #[error("{}: {}", .0.display(), .1)]
    System(PathBuf, io::Error),
}

impl UnitsError {
    /// Whether what was asked for cannot be, and not the system's fault.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::System(..) | Self::Stopped => false,
            Self::Write(error) => error.is_refusal(),
            _ => true,
        }
    }
}

/// What a folder says of its sweep: all that it takes to name its units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the program.
    pub version: String,
    /// Name of the sweep.
    pub sweep: String,
    /// Seed of every random number.
    pub seed: u64,
    /// Points of the design.
    pub points: u64,
    /// BLAKE3 hash of the table that the scenario replays; empty: none.
    pub table: String,
    /// The scenario's text, with the sweep.
    pub scenario: String,
}

/// A sweep with its folder.
#[derive(Clone, Debug)]
pub struct Folder {
    /// Where it is.
    pub path: PathBuf,
    /// What it says of itself.
    pub manifest: Manifest,
    /// The scenario, with the manifest's seed.
    pub scenario: Scenario,
    /// The sweep.
    pub plan: Plan,
    namer: Namer,
}

/// What is in a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Units that are where they should be.
    pub units: Vec<Name>,
    /// Files that are no unit of any sweep, or not where such a unit should be.
    pub strange: Vec<PathBuf>,
    /// Files that were being written when their program was killed, with what they were to become.
    pub left_over: Vec<(PathBuf, Option<Name>)>,
}

/// How far a sweep is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Points of the design.
    pub points: u64,
    /// Units that are there.
    pub done: u64,
    /// Units that are not.
    pub missing: u64,
    /// The first of these, by name and number.
    pub first_missing: Vec<(String, u64)>,
    /// Files that do not belong to the sweep.
    pub foreign: u64,
    /// The first of these.
    pub first_foreign: Vec<String>,
    /// Units that are there twice.
    pub doubled: u64,
    /// The first of the second ones.
    pub first_doubled: Vec<String>,
    /// Files that a killed run has left.
    pub left_over: u64,
}

impl Manifest {
    /// Of a sweep of a scenario. `table`: the hash of the table that it replays.
    ///
    /// # Errors
    /// When the scenario has no sweep of that name that could be run.
    pub fn new(scenario: &Scenario, sweep: &str, seed: u64, table: &str) -> Result<(Self, Plan), String> {
        let asked = scenario.sweeps.iter().find(|one| one.name == sweep);
        let asked = asked.ok_or_else(|| format!("the scenario has no sweep named \"{sweep}\""))?;
        let seeded = Scenario { seed, ..scenario.clone() };
        let told = |wrong: Vec<crate::sweep::Wrong>| {
            let all: Vec<String> = wrong.into_iter().map(|wrong| format!("{}: {}", wrong.key, wrong.message)).collect();
            format!("sweep \"{sweep}\": {}", all.join("; "))
        };
        let plan = Plan::of(&seeded, asked).map_err(told)?;
        let manifest = Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            sweep: sweep.to_owned(),
            seed,
            points: plan.count(),
            table: table.to_owned(),
            // Other sweeps decide nothing here.
            scenario: write::to_text(&Scenario { sweeps: vec![asked.clone()], ..scenario.clone() }),
        };
        Ok((manifest, plan))
    }

    /// What names its units.
    pub fn namer(&self, scenario: &Scenario, plan: &Plan) -> Namer {
        let base = write::to_text(&Scenario { sweeps: Vec::new(), ..scenario.clone() });
        Namer::new(plan, &base, &self.table, self.seed, &self.version)
    }

    fn differs(&self, other: &Self) -> Option<&'static str> {
        let parts = [
            ("name", self.sweep != other.sweep),
            ("scenario", self.scenario != other.scenario),
            ("table", self.table != other.table),
            ("seed", self.seed != other.seed),
            ("version of the program", self.version != other.version),
            ("number of points", self.points != other.points),
        ];
        parts.into_iter().find(|(_, differs)| *differs).map(|(what, _)| what)
    }
}

impl Folder {
    /// The folder of a sweep, made where it is not there yet.
    ///
    /// # Errors
    /// When it holds another sweep or something else, or cannot be made.
    pub fn prepare(path: &Path, manifest: &Manifest) -> Result<Self, UnitsError> {
        let system = |e: io::Error| UnitsError::System(path.to_owned(), e);
        fs::create_dir_all(path).map_err(system)?;
        let file = path.join(MANIFEST);
        if !file.exists() {
            // Another shard may be about to put the manifest there.
            let is_ours = |name: &str| {
                name == MANIFEST || disk::left_over_of(name).is_some() || (name.len() == 2 && is_hexadecimal(name))
            };
            for entry in fs::read_dir(path).map_err(system)? {
                if !entry.map_err(system)?.file_name().to_str().is_some_and(is_ours) {
                    return Err(UnitsError::NotEmpty(path.to_owned()));
                }
            }
            let text = serde_json::to_string_pretty(manifest).map_err(|e| system(io::Error::other(e)))? + "\n";
            match disk::write(&file, text.as_bytes(), &[], Existing::Keep) {
                // It has done so: what it says is looked at like any other.
                Ok(()) | Err(WriteError::Exists(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let there = Self::open(path)?;
        match there.manifest.differs(manifest) {
            Some(what) => Err(UnitsError::Another { folder: path.to_owned(), what }),
            None => Ok(there),
        }
    }

    /// The folder of a sweep that was begun.
    ///
    /// # Errors
    /// When it is none, or its manifest cannot be used.
    pub fn open(path: &Path) -> Result<Self, UnitsError> {
        let file = path.join(MANIFEST);
        if !file.is_file() {
            return Err(UnitsError::NoSweep(path.to_owned()));
        }
        let wrong = |what: String| UnitsError::Manifest { file: file.clone(), what };
        let mut text = String::new();
        let stream = read_disk::open(&file, Pipes::Refused).map_err(|e| wrong(e.to_string()))?;
        io::Read::read_to_string(&mut io::Read::take(stream, MOST_BYTES), &mut text)
            .map_err(|e| wrong(e.to_string()))?;
        let manifest: Manifest = serde_json::from_str(&text).map_err(|e| wrong(format!("broken: {e}")))?;
        let loaded = read::parse(&manifest.scenario, "its scenario").map_err(|problems| {
            let first = problems.first().map(ToString::to_string).unwrap_or_default();
            wrong(format!("its scenario cannot be read: {first}"))
        })?;
        let (again, plan) =
            Manifest::new(&loaded.scenario, &manifest.sweep, manifest.seed, &manifest.table).map_err(wrong)?;
        if again.points != manifest.points {
            return Err(wrong(format!("its sweep has {} points, and it says {}", again.points, manifest.points)));
        }
        let scenario = Scenario { seed: manifest.seed, ..loaded.scenario.clone() };
        let namer = manifest.namer(&loaded.scenario, &plan);
        Ok(Self { path: path.to_owned(), manifest, scenario, plan, namer })
    }

    /// The name of a point.
    pub fn name(&self, point: u64, values: &[f64]) -> Name {
        self.namer.name(point, values)
    }

    /// The name of a point by its number alone.
    pub fn name_of(&self, point: u64) -> Name {
        self.namer.name(point, &self.plan.values(point))
    }

    /// Where a unit's file is.
    pub fn file_of(&self, name: Name) -> PathBuf {
        let text = name.to_string();
        let (first, _) = text.split_at(2);
        self.path.join(first).join(format!("{text}.{ENDING}"))
    }

    /// Keeps what was found at a point.
    ///
    /// # Errors
    /// What cannot be kept and why.
    pub fn keep(&self, point: u64, values: &[f64], rows: &[Row]) -> Result<(), String> {
        let name = self.name(point, values);
        let keys: Vec<&str> = self.plan.axes.iter().map(|axis| axis.key.as_str()).collect();
        let refused = |what: String| {
            format!(
                "unit {name} cannot be written into {}: {what}; what was done before is kept: run the command again to go on",
                self.path.display()
            )
        };
        let bytes = table::unit(&keys, name, point, values, rows).map_err(|e| refused(e.to_string()))?;
        let file = self.file_of(name);
        // Made each time: another worker may make it between a look and a write.
        let made = file.parent().map_or(Ok(()), fs::create_dir_all);
        let written = made.and_then(|()| disk::write_one_of_many(&file, &bytes));
        written.map_err(|e| refused(e.to_string()))
    }

    /// Brings the names of what was kept onto the disk. Until then a unit may be gone again after a loss of power; it is then done once more.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn sync(&self) -> Result<(), UnitsError> {
        for folder in self.subfolders()? {
            disk::sync_folder(&folder).map_err(|e| UnitsError::System(folder, e))?;
        }
        disk::sync_folder(&self.path).map_err(|e| UnitsError::System(self.path.clone(), e))
    }

    fn subfolders(&self) -> Result<Vec<PathBuf>, UnitsError> {
        let mut found: Vec<PathBuf> = Vec::new();
        for first in 0..=255_u8 {
            let folder = self.path.join(format!("{first:02x}"));
            if folder.is_dir() {
                found.push(folder);
            }
        }
        Ok(found)
    }

    /// What is in the folder.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn look(&self) -> Result<Found, UnitsError> {
        let mut found = Found::default();
        for folder in self.subfolders()?.into_iter().chain([self.path.clone()]) {
            let system = |e: io::Error| UnitsError::System(folder.clone(), e);
            let is_top = folder == self.path;
            for entry in fs::read_dir(&folder).map_err(system)? {
                let path = entry.map_err(system)?.path();
                let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
                    found.strange.push(path);
                    continue;
                };
                let unit = name.strip_suffix(ENDING).and_then(|name| name.strip_suffix('.')).and_then(Name::parse);
                if let Some(of) = disk::left_over_of(name) {
                    let of = Name::parse(of);
                    found.left_over.push((path, of));
                } else if let Some(unit) = unit.filter(|unit| self.file_of(*unit) == path) {
                    found.units.push(unit);
                } else if !is_top || unit.is_some() {
                    // At the top stand the manifest, and merged tables.
                    found.strange.push(path);
                }
            }
        }
        found.units.sort_unstable();
        found.strange.sort_unstable();
        Ok(found)
    }

    /// Units that are done already.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn done(&self) -> Result<HashSet<Name>, UnitsError> {
        Ok(self.look()?.units.into_iter().collect())
    }

    /// Removes what a killed run of this shard has left.
    ///
    /// # Errors
    /// When the folder cannot be read. What cannot be removed is in nobody's way.
    pub fn clear(&self, shard: Shard) -> Result<(), UnitsError> {
        let left_over = self.look()?.left_over;
        if left_over.is_empty() {
            return Ok(());
        }
        let wanted: HashSet<Name> = left_over.iter().filter_map(|(_, name)| *name).collect();
        let points = (0..shard.count(self.plan.count())).map(|place| shard.point(place));
        let own: HashSet<Name> = points.map(|point| self.name_of(point)).filter(|name| wanted.contains(name)).collect();
        for (path, name) in left_over {
            if name.is_some_and(|name| own.contains(&name)) {
                let _ = fs::remove_file(path);
            }
        }
        Ok(())
    }

    /// How far the sweep is.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn status(&self) -> Result<Status, UnitsError> {
        let found = self.look()?;
        let mut is_ours = vec![false; found.units.len()];
        let mut status =
            Status { points: self.plan.count(), left_over: found.left_over.len() as u64, ..Status::default() };
        // Where something is not where it should be, it has to be told whether it is a unit of this sweep.
        let stray = |path: &Path| path.file_stem().and_then(|name| Name::parse(name.to_str()?.get(..32)?));
        let strays: HashSet<Name> = found.strange.iter().filter_map(|path| stray(path)).collect();
        let mut known: HashSet<Name> = HashSet::new();
        for point in 0..self.plan.count() {
            let name = self.name_of(point);
            if strays.contains(&name) {
                known.insert(name);
            }
            match found.units.binary_search(&name) {
                Ok(at) => {
                    status.done += 1;
                    if let Some(is_ours) = is_ours.get_mut(at) {
                        *is_ours = true;
                    }
                }
                Err(_) => {
                    status.missing += 1;
                    if status.first_missing.len() < MOST_LISTED {
                        status.first_missing.push((name.to_string(), point));
                    }
                }
            }
        }
        let foreign = found.units.iter().zip(&is_ours).filter(|(_, ours)| !**ours).map(|(name, _)| self.file_of(*name));
        let (doubled, strange): (Vec<PathBuf>, Vec<PathBuf>) =
            found.strange.iter().cloned().partition(|path| stray(path).is_some_and(|name| known.contains(&name)));
        let within =
            |path: PathBuf| path.strip_prefix(&self.path).map(|path| path.display().to_string()).unwrap_or_default();
        for path in foreign.chain(strange) {
            status.foreign += 1;
            if status.first_foreign.len() < MOST_LISTED {
                status.first_foreign.push(within(path));
            }
        }
        status.doubled = doubled.len() as u64;
        status.first_doubled = doubled.into_iter().take(MOST_LISTED).map(within).collect();
        Ok(status)
    }
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}
