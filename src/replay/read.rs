//! Tables from disk: CSV, JSON Lines and Parquet, a bounded piece at a time.

use std::cell::Cell as Counter;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use parquet::basic::Type as Physical;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::file::reader::{FileReader, SerializedFileReader};

use super::TableError;
use super::build::{Builder, Built, Cell, Reason, Values, number};
use super::layout::{self, Columns, Seen};

/// Bytes of one record at the most: a file with one endless line, or a quote that never ends, is refused there.
const MOST_BYTES_OF_A_RECORD: u64 = 32 << 20;
/// Rows that show what a column holds.
const SAMPLE_ROWS: usize = 200;
/// Rows of a Parquet file decoded at a time.
const PARQUET_ROWS: usize = 16_384;

/// Room made for rows that a Parquet file claims to have.
const MOST_ROWS_RESERVED: usize = 20_000_000;

/// What was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// What the columns were taken for.
    pub columns: Columns,
    /// The table, and what was left out of it.
    pub built: Built,
    /// Rows read.
    pub rows_read: u64,
}

/// How a table is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The column of the segments, where it has a name of its own.
    pub segment: Option<String>,
    /// Models to look at; empty: all. A row is whole when these have answered it.
    pub models: Vec<String>,
}

/// Reads a table. `go_on` is asked now and then; false ends it with "cancelled".
///
/// # Errors
/// When it cannot be read, is broken, or is no routing table.
pub fn table(path: &Path, options: &Options, go_on: &dyn Fn() -> bool) -> Result<Imported, TableError> {
    let name = path.display().to_string();
    let unreadable = |e: &io::Error| TableError::Unreadable { file: name.clone(), what: e.to_string() };
    let meta = std::fs::metadata(path).map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => TableError::Missing(name.clone()),
        _ => unreadable(&e),
    })?;
    if meta.is_dir() {
        return Err(TableError::Directory(name));
    }
    if meta.len() == 0 {
        return Err(TableError::Empty(name));
    }
    let mut file = File::open(path).map_err(|e| unreadable(&e))?;
    let mut start = [0; 512];
    let known = file.read(&mut start).map_err(|e| unreadable(&e))?;
    let start = start.get(..known).unwrap_or_default();
    let file = File::open(path).map_err(|e| unreadable(&e))?;
    let reading = Reading { name: &name, options, go_on };
    if start.starts_with(b"PAR1") {
        return reading.parquet(file);
    }
    if start.starts_with(&[0xFF, 0xFE]) || start.starts_with(&[0xFE, 0xFF]) {
        return Err(reading.broken("it is written in UTF-16: save it as UTF-8".to_owned()));
    }
    if start.contains(&0) {
        return Err(reading.broken("it is neither CSV, JSON Lines nor Parquet".to_owned()));
    }
    let text = start.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(start);
    if text.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'{') { reading.json(file) } else { reading.csv(file) }
}

/// Reads a CSV table that the program holds itself.
///
/// # Errors
/// When it is broken, or is no routing table.
pub fn text(name: &str, text: &str, options: &Options) -> Result<Imported, TableError> {
    Reading { name, options, go_on: &|| true }.csv(text.as_bytes())
}

struct Reading<'r> {
    name: &'r str,
    options: &'r Options,
    go_on: &'r dyn Fn() -> bool,
}

/// Counts the bytes since the record began, and refuses a record without an end.
struct Bounded<R> {
    file: R,
    since: Rc<Counter<u64>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        self.since.set(self.since.get() + n as u64);
        if self.since.get() > MOST_BYTES_OF_A_RECORD {
            return Err(io::Error::other(format!(
                "a record goes on for more than {} MiB: is this a table, and is every quote closed?",
                MOST_BYTES_OF_A_RECORD >> 20
            )));
        }
        Ok(n)
    }
}

impl Reading<'_> {
    fn broken(&self, what: String) -> TableError {
        TableError::Unreadable { file: self.name.to_owned(), what }
    }

    fn check(&self, row: u64) -> Result<(), TableError> {
        if row.is_multiple_of(4096) && !(self.go_on)() { Err(self.broken("cancelled".to_owned())) } else { Ok(()) }
    }

    fn understand(&self, seen: &[Seen]) -> Result<Columns, TableError> {
        let mut columns = layout::understand(seen, self.options.segment.as_deref())
            .map_err(|what| TableError::Layout { file: self.name.to_owned(), what })?;
        let wanted = |name: &String| self.options.models.contains(name);
        // A name that no model has is told of by whoever asked for it.
        if columns.models.iter().filter(|(name, ..)| wanted(name)).count() >= 2 {
            columns.models.retain(|(name, ..)| wanted(name));
        }
        Ok(columns)
    }

    /// The table, unless it makes no sense.
    fn finished(&self, columns: Columns, builder: Builder, rows_read: u64) -> Result<Imported, TableError> {
        let largest = builder.largest_score();
        let built = builder.finish();
        let beyond = built.left_out.get(&Reason::ScoreOutOfRange).map_or(0, |left| left.count);
        // Here and there a broken score is left out; a whole scale is another matter.
        if 5 * beyond > rows_read {
            return Err(TableError::Layout {
                file: self.name.to_owned(),
                what: format!("scores go up to {largest}: divide them so that they go from 0 to 1"),
            });
        }
        Ok(Imported { columns, built, rows_read })
    }

    fn csv(&self, file: impl Read) -> Result<Imported, TableError> {
        let since = Rc::new(Counter::new(0));
        let mut input = BufReader::with_capacity(1 << 16, Bounded { file, since: Rc::clone(&since) });
        let delimiter = {
            let start = input.fill_buf().map_err(|e| self.broken(e.to_string()))?;
            let line = start.split(|b| *b == b'\n').next().unwrap_or_default();
            [b',', b';', b'\t']
                .into_iter()
                .max_by_key(|d| (line.iter().filter(|b| *b == d).count(), *d == b','))
                .unwrap_or(b',')
        };
        let mut reader =
            csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(input);
        let mut record = csv::ByteRecord::new();
        let broken = |e: csv::Error| self.broken(e.to_string());
        if !reader.read_byte_record(&mut record).map_err(broken)? {
            return Err(TableError::Empty(self.name.to_owned()));
        }
        let header: Vec<String> = record
            .iter()
            .map(|field| std::str::from_utf8(field).map(|s| s.trim_start_matches('\u{feff}').to_owned()))
            .collect::<Result<_, _>>()
            .map_err(|_| self.broken("its header is not UTF-8: save it as UTF-8".to_owned()))?;
        let mut sample = Vec::new();
        since.set(0);
        while sample.len() < SAMPLE_ROWS && reader.read_byte_record(&mut record).map_err(broken)? {
            since.set(0);
            sample.push(record.clone());
        }
        let seen: Vec<Seen> = header
            .iter()
            .enumerate()
            .map(|(i, name)| Seen {
                name: name.clone(),
                is_numeric: looks_numeric(sample.iter().map(|row| row.get(i).map_or(Cell::Missing, Cell::of_bytes))),
            })
            .collect();
        let columns = self.understand(&seen)?;
        let mut builder = Builder::new(columns.clone(), &self.options.models);
        let mut rows = 0;
        let mut take = |record: &csv::ByteRecord, builder: &mut Builder| {
            rows += 1;
            let line = record.position().map_or(rows, csv::Position::line);
            if record.len() != header.len() {
                builder.leave_out(line, Reason::Ragged);
                return;
            }
            let cells: Vec<Cell<'_>> = record.iter().map(Cell::of_bytes).collect();
            builder.push(line, &cells);
        };
        for record in &sample {
            take(record, &mut builder);
        }
        drop(sample);
        let mut read = 0;
        while reader.read_byte_record(&mut record).map_err(broken)? {
            since.set(0);
            read += 1;
            self.check(read)?;
            take(&record, &mut builder);
        }
        self.finished(columns, builder, rows)
    }

    fn json(&self, file: impl Read) -> Result<Imported, TableError> {
        use serde_json::{Map, Value};
        let since = Rc::new(Counter::new(0));
        let mut input = BufReader::with_capacity(1 << 16, Bounded { file, since: Rc::clone(&since) });
        let mut line = Vec::new();
        let mut next = |line: &mut Vec<u8>| -> Result<bool, TableError> {
            line.clear();
            since.set(0);
            input.read_until(b'\n', line).map(|n| n > 0).map_err(|e| self.broken(e.to_string()))
        };
        let object = |line: &[u8]| -> Option<Map<String, Value>> { serde_json::from_slice(line).ok() };
        let is_blank = |line: &[u8]| line.iter().all(u8::is_ascii_whitespace);
        let mut sample: Vec<(u64, Option<Map<String, Value>>)> = Vec::new();
        let mut number_of_line = 0;
        while sample.len() < SAMPLE_ROWS && next(&mut line)? {
            number_of_line += 1;
            let text = line.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(&line);
            if !is_blank(text) {
                sample.push((number_of_line, object(text)));
            }
        }
        let mut header: Vec<String> = Vec::new();
        for (_, row) in &sample {
            for key in row.iter().flat_map(|row| row.keys()) {
                if !header.contains(key) {
                    header.push(key.clone());
                }
            }
        }
        let seen: Vec<Seen> = header
            .iter()
            .map(|name| Seen {
                name: name.clone(),
                is_numeric: looks_numeric(
                    sample.iter().filter_map(|(_, row)| row.as_ref()).map(|row| json_cell(row.get(name))),
                ),
            })
            .collect();
        let columns = self.understand(&seen)?;
        let mut builder = Builder::new(columns.clone(), &self.options.models);
        let mut rows = 0;
        let mut take = |line: u64, row: Option<&Map<String, Value>>, builder: &mut Builder| {
            rows += 1;
            match row {
                Some(row) => {
                    let cells: Vec<Cell<'_>> = header.iter().map(|name| json_cell(row.get(name))).collect();
                    builder.push(line, &cells);
                }
                None => builder.leave_out(line, Reason::NotJson),
            }
        };
        for (line, row) in &sample {
            take(*line, row.as_ref(), &mut builder);
        }
        while next(&mut line)? {
            number_of_line += 1;
            self.check(number_of_line)?;
            if !is_blank(&line) {
                take(number_of_line, object(&line).as_ref(), &mut builder);
            }
        }
        self.finished(columns, builder, rows)
    }

    fn parquet(&self, file: File) -> Result<Imported, TableError> {
        let broken = |e: parquet::errors::ParquetError| self.broken(format!("broken Parquet: {e}"));
        let reader = SerializedFileReader::new(file).map_err(broken)?;
        let schema = reader.metadata().file_metadata().schema_descr_ptr();
        let is_number = |physical: Physical| {
            matches!(
                physical,
                Physical::BOOLEAN | Physical::INT32 | Physical::INT64 | Physical::FLOAT | Physical::DOUBLE
            )
        };
        let leaves: Vec<usize> = (0..schema.num_columns())
            .filter(|i| {
                let column = schema.column(*i);
                column.max_rep_level() == 0 && column.path().parts().len() == 1
            })
            .collect();
        let seen: Vec<Seen> = leaves
            .iter()
            .map(|i| {
                let column = schema.column(*i);
                Seen { name: column.name().to_owned(), is_numeric: is_number(column.physical_type()) }
            })
            .collect();
        let columns = self.understand(&seen)?;
        let mut wanted: Vec<usize> =
            [columns.request, columns.segment, columns.prompt_chars].into_iter().flatten().collect();
        // The prompt is long; it is read for what only it can tell.
        if columns.request.is_none() || columns.prompt_chars.is_none() {
            wanted.extend(columns.prompt);
        }
        wanted.extend(columns.models.iter().flat_map(|(_, score, cost)| std::iter::once(*score).chain(*cost)));
        wanted.extend(columns.routers.iter().map(|(_, i)| *i));
        wanted.extend(columns.long.iter().flat_map(|(m, s, c)| [Some(*m), Some(*s), *c].into_iter().flatten()));
        let mut builder = Builder::new(columns.clone(), &self.options.models);
        builder.reserve(
            usize::try_from(reader.metadata().file_metadata().num_rows()).unwrap_or(0).min(MOST_ROWS_RESERVED),
        );
        let mut rows = 0;
        for group in 0..reader.num_row_groups() {
            let group = reader.get_row_group(group).map_err(broken)?;
            let mut open: Vec<(usize, ColumnReader, i16)> = Vec::new();
            for column in &wanted {
                let Some(leaf) = leaves.get(*column) else { continue };
                let most = schema.column(*leaf).max_def_level();
                open.push((*column, group.get_column_reader(*leaf).map_err(broken)?, most));
            }
            let mut left = group.metadata().num_rows().max(0) as usize;
            while left > 0 {
                let batch = left.min(PARQUET_ROWS);
                let mut values: Vec<(usize, Values<ByteArray>)> = Vec::new();
                for (column, reader, most) in &mut open {
                    values.push((*column, decode(reader, batch, *most).map_err(broken)?));
                }
                builder.push_columns(rows + 1, batch, &values);
                rows += batch as u64;
                if !(self.go_on)() {
                    return Err(self.broken("cancelled".to_owned()));
                }
                left -= batch;
            }
        }
        self.finished(columns, builder, rows)
    }
}

fn json_cell(value: Option<&serde_json::Value>) -> Cell<'_> {
    match value {
        Some(serde_json::Value::Bool(b)) => Cell::Number(f64::from(u8::from(*b))),
        Some(serde_json::Value::Number(n)) => n.as_f64().map_or(Cell::Missing, Cell::Number),
        Some(serde_json::Value::String(s)) => Cell::of_bytes(s.as_bytes()),
        _ => Cell::Missing,
    }
}

/// Whether most of what is there are numbers: a broken value here and there makes no column of text.
fn looks_numeric<'a>(cells: impl Iterator<Item = Cell<'a>>) -> bool {
    let (mut numbers, mut others) = (0_usize, 0_usize);
    for cell in cells.filter(|c| *c != Cell::Missing) {
        if number(cell).is_some() {
            numbers += 1;
        } else {
            others += 1;
        }
    }
    numbers > 9 * others
}

/// Reads `rows` rows; `most` is the definition level of a value that is there.
fn decode(
    reader: &mut ColumnReader,
    rows: usize,
    most: i16,
) -> Result<Values<ByteArray>, parquet::errors::ParquetError> {
    Ok(match reader {
        ColumnReader::BoolColumnReader(r) => {
            Values::Numbers(spread(r, rows, most, f64::NAN, |b| f64::from(u8::from(b)))?)
        }
        ColumnReader::Int32ColumnReader(r) => Values::Numbers(spread(r, rows, most, f64::NAN, f64::from)?),
        ColumnReader::Int64ColumnReader(r) => Values::Numbers(spread(r, rows, most, f64::NAN, |x| x as f64)?),
        ColumnReader::FloatColumnReader(r) => Values::Numbers(spread(r, rows, most, f64::NAN, f64::from)?),
        ColumnReader::DoubleColumnReader(r) => Values::Numbers(spread(r, rows, most, f64::NAN, |x| x)?),
        ColumnReader::ByteArrayColumnReader(r) => Values::Texts(spread(r, rows, most, None, Some)?),
        _ => Values::Texts(vec![None; rows]),
    })
}

/// Values of `rows` rows, with `missing` in the gaps that the definition levels tell of.
fn spread<T: DataType, V: Clone>(
    reader: &mut ColumnReaderImpl<T>,
    rows: usize,
    most: i16,
    missing: V,
    convert: impl Fn(T::T) -> V,
) -> Result<Vec<V>, parquet::errors::ParquetError> {
    let mut values: Vec<T::T> = Vec::with_capacity(rows);
    let mut levels: Vec<i16> = Vec::with_capacity(if most > 0 { rows } else { 0 });
    let mut read = 0;
    while read < rows {
        let wanted = (most > 0).then_some(&mut levels);
        let (records, _, _) = reader.read_records(rows - read, wanted, None, &mut values)?;
        if records == 0 {
            break;
        }
        read += records;
    }
    if values.len() == read {
        return Ok(values.into_iter().map(convert).collect());
    }
    let mut values = values.into_iter();
    let there = |level: i16, values: &mut std::vec::IntoIter<T::T>| if level == most { values.next() } else { None };
    Ok(levels.into_iter().map(|level| there(level, &mut values).map_or_else(|| missing.clone(), &convert)).collect())
}
