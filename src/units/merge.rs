//! All units of a sweep in one table, in the order of the design: its bytes do not depend on who has done which.

use std::cell::RefCell;
use std::io::{self, Write};
use std::path::Path;

use super::table::{self, Merged, Unit};
use super::{Folder, MOST_LISTED, Status, UnitsError};
use crate::disk::{self, Existing};
use crate::report::csv::no_formula;

/// Rows that are put down together: a block of the merged table ends with the unit that fills it.
const ROWS_TOGETHER: usize = 50_000;

/// Form of the merged table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// By the file's ending.
    Parquet,
    /// By the file's ending.
    Csv,
}

impl Form {
    /// By the ending of a name.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_lowercase().as_str() {
            "parquet" => Some(Self::Parquet),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }
}

/// Merges the units of a sweep into a table. `seen` is told how many are merged, and says whether to go on.
///
/// # Errors
/// When a unit is missing, foreign, there twice or damaged, each by its name, or when the table cannot be written; there is none then.
pub fn merge(
    folder: &Folder,
    out: &Path,
    form: Form,
    existing: Existing,
    seen: &dyn Fn(u64) -> bool,
) -> Result<u64, UnitsError> {
    complete(folder, &folder.status()?)?;
    let failed: RefCell<Option<UnitsError>> = RefCell::new(None);
    let rows = RefCell::new(0);
    let content = |file: &mut dyn Write| {
        let merged = written(folder, file, form, seen);
        match merged {
            Ok(count) => {
                *rows.borrow_mut() = count;
                Ok(())
            }
            Err(Broken::Out(error)) => Err(error),
            Err(Broken::Units(error)) => {
                *failed.borrow_mut() = Some(error);
                Err(io::Error::other("units are damaged"))
            }
        }
    };
    let done = disk::write_by(out, &content, &[], existing);
    match failed.into_inner() {
        Some(error) => Err(error),
        None => {
            done?;
            Ok(rows.into_inner())
        }
    }
}

/// Refuses what is not one file for each unit.
fn complete(folder: &Folder, status: &Status) -> Result<(), UnitsError> {
    let mut said = Vec::new();
    let more = |said: &mut Vec<String>, count: u64, listed: usize, what: &str| {
        if count > listed as u64 {
            said.push(format!("and {} more {what}", count - listed as u64));
        }
    };
    for (name, point) in &status.first_missing {
        said.push(format!("unit {name} is missing (point {point})"));
    }
    more(&mut said, status.missing, status.first_missing.len(), "are missing: run the sweep again to finish it");
    for file in &status.first_doubled {
        said.push(format!("{file} is a unit that is there twice: remove this one"));
    }
    more(&mut said, status.doubled, status.first_doubled.len(), "are there twice");
    for file in &status.first_foreign {
        said.push(format!("{file} is foreign: it is no unit of this sweep; remove it"));
    }
    more(&mut said, status.foreign, status.first_foreign.len(), "are foreign");
    if said.is_empty() { Ok(()) } else { Err(UnitsError::Units(with_folder(folder, said))) }
}

fn with_folder(folder: &Folder, said: Vec<String>) -> Vec<String> {
    let folder = folder.path.display();
    said.into_iter().map(|line| format!("{folder}: {line}")).collect()
}

enum Broken {
    /// The table cannot be written.
    Out(io::Error),
    /// Units are not as they should be.
    Units(UnitsError),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Out(error)
    }
}

/// Writes the table, and gives the number of its rows.
fn written(folder: &Folder, out: &mut dyn Write, form: Form, seen: &dyn Fn(u64) -> bool) -> Result<u64, Broken> {
    let keys: Vec<&str> = folder.plan.axes.iter().map(|axis| axis.key.as_str()).collect();
    let mut table = Table::new(&keys, out, form)?;
    let mut damaged: Vec<String> = Vec::new();
    let mut together: Vec<Unit> = Vec::new();
    let (mut rows, mut all) = (0, 0);
    for point in 0..folder.plan.count() {
        if !seen(point) {
            return Err(Broken::Units(UnitsError::Stopped));
        }
        match unit(folder, &keys, point) {
            Ok(unit) => {
                rows += unit.rows.len();
                all += unit.rows.len() as u64;
                together.push(unit);
            }
            Err(what) => damaged.push(what),
        }
        if damaged.len() >= MOST_LISTED {
            break;
        }
        if rows >= ROWS_TOGETHER && damaged.is_empty() {
            table.add(&together, out)?;
            together.clear();
            rows = 0;
        }
    }
    if !damaged.is_empty() {
        return Err(Broken::Units(UnitsError::Units(with_folder(folder, damaged))));
    }
    if !together.is_empty() {
        table.add(&together, out)?;
    }
    table.finish(out)?;
    Ok(all)
}

/// A unit that is what its file's name says.
fn unit(folder: &Folder, keys: &[&str], point: u64) -> Result<Unit, String> {
    let values = folder.plan.values(point);
    let name = folder.name(point, &values);
    let found = table::read(&folder.file_of(name), keys)
        .map_err(|what| format!("unit {name} {what} (point {point}); remove it and run the sweep again"))?;
    if found.name != name {
        return Err(format!("unit {name} is missing: its file holds unit {}, which is there twice", found.name));
    }
    let is_same = |(a, b): (&f64, &f64)| a.to_bits() == b.to_bits();
    let is_right = found.point == point && found.values.iter().zip(&values).all(is_same);
    if is_right { Ok(found) } else { Err(format!("unit {name} is damaged: it is of another point than {point}")) }
}

enum Table {
    Parquet(Box<Merged>),
    Csv,
}

fn of_parquet(error: parquet::errors::ParquetError) -> io::Error {
    io::Error::other(error)
}

impl Table {
    fn new(keys: &[&str], out: &mut dyn Write, form: Form) -> io::Result<Self> {
        if form == Form::Parquet {
            return Ok(Self::Parquet(Box::new(Merged::new(keys).map_err(of_parquet)?)));
        }
        lines(out, [table::columns(keys).map(str::to_owned).collect()])?;
        Ok(Self::Csv)
    }

    fn add(&mut self, units: &[Unit], out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Parquet(merged) => out.write_all(&merged.add(units).map_err(of_parquet)?),
            Self::Csv => lines(out, units.iter().flat_map(|unit| unit.rows.iter().map(|row| table::cells(unit, row)))),
        }
    }

    fn finish(self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Parquet(merged) => out.write_all(&merged.finish().map_err(of_parquet)?),
            Self::Csv => Ok(()),
        }
    }
}

fn lines(out: &mut dyn Write, rows: impl IntoIterator<Item = Vec<String>>) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(row.iter().map(|cell| no_formula(cell).into_owned())).map_err(io::Error::other)?;
    }
    out.write_all(&writer.into_inner().map_err(|e| io::Error::other(e.to_string()))?)
}
