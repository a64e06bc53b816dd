//! Tables from disk: CSV, JSON Lines and Parquet, a bounded piece at a time.

use std::cell::Cell as Counter;
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::rc::Rc;
use std::sync::Once;

use parquet::basic::{ConvertedType, LogicalType, Repetition, Type as Physical};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::file::properties::ReaderProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::serialized_reader::ReadOptionsBuilder;
use parquet::schema::types::{ColumnDescriptor, Type, TypePtr};

use super::TableError;
use super::build::{Builder, Built, Cell, Reason, Values, number};
use super::layout::{self, Columns, Seen};
use super::pages;
use crate::disk::read::{self as disk, Pipes};
use crate::scenario::visible;

/// Bytes of one record at the most: a file with one endless line, or a quote that never ends, is refused there.
const MOST_BYTES_OF_A_RECORD: u64 = 32 << 20;
/// Rows that show what a column holds.
const SAMPLE_ROWS: usize = 200;
/// Rows of a Parquet file decoded at a time.
const PARQUET_ROWS: u64 = 16_384;

/// Bytes of a column that a piece of a Parquet file may hold.
const PARQUET_BYTES: u64 = 16 << 20;
/// What the pages that are open at once may unpack to: so much, and so many times the file.
const MOST_PAGES: (u64, u64) = (32 << 20, 8);
/// Rows that a Parquet file may claim: so many, and so many for each of its bytes.
const MOST_ROWS: (u64, u64) = (1_000_000, 256);
/// Bytes of text that it may unpack to in all, in the same way.
const MOST_TEXT: (u64, u64) = (1 << 30, 256);
/// Columns of a table at the most: a wider one is no table of requests.
const MOST_COLUMNS: usize = 10_000;

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

/// How a table is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Csv,
    JsonLines,
    Parquet,
}

/// Reads a table from a regular file. `go_on` is asked now and then; false ends it with "cancelled".
///
/// # Errors
/// When it cannot be read, is broken, or is no routing table.
pub fn table(path: &Path, options: &Options, go_on: &dyn Fn() -> bool) -> Result<Imported, TableError> {
    let whole = disk::whole(path, 0, Pipes::Refused)?;
    opened(&path.display().to_string(), &whole.file, options, go_on)
}

/// Reads a table from an open file, from its beginning.
///
/// # Errors
/// As [`table`].
pub fn opened(name: &str, file: &File, options: &Options, go_on: &dyn Fn() -> bool) -> Result<Imported, TableError> {
    let reading = Reading { name, options, go_on };
    match form(name, file)? {
        Form::Parquet => {
            calmly(|| reading.parquet(file)).unwrap_or_else(|| Err(reading.broken("broken Parquet".to_owned())))
        }
        Form::JsonLines => reading.json(file),
        Form::Csv => reading.csv(file),
    }
}

thread_local! {
    /// Whether a fault on this thread is expected, and told in other words.
    static IS_CALM: Counter<bool> = const { Counter::new(false) };
}

/// Runs what gives up on broken input by a panic, as the parquet crate does here and there, without a word of that on standard error. `None`: it gave up.
pub(crate) fn calmly<T>(run: impl FnOnce() -> T) -> Option<T> {
    static QUIETENED: Once = Once::new();
    QUIETENED.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |what| {
            if !IS_CALM.get() {
                before(what);
            }
        }));
    });
    IS_CALM.set(true);
    let done = panic::catch_unwind(AssertUnwindSafe(run));
    IS_CALM.set(false);
    done.ok()
}

/// The ending that a table's name should have.
///
/// # Errors
/// When it is no table.
pub fn ending(name: &str, file: &File) -> Result<&'static str, TableError> {
    Ok(match form(name, file)? {
        Form::Csv => "csv",
        Form::JsonLines => "jsonl",
        Form::Parquet => "parquet",
    })
}

/// What a file is, by how it begins; it is then at its beginning again.
fn form(name: &str, mut file: &File) -> Result<Form, TableError> {
    let broken = |what: String| TableError::Unreadable { file: name.to_owned(), what };
    let mut start = Vec::new();
    let read = file.rewind().and_then(|()| file.take(512).read_to_end(&mut start)).and_then(|_| file.rewind());
    read.map_err(|e| broken(e.to_string()))?;
    if start.is_empty() {
        return Err(TableError::Empty(name.to_owned()));
    }
    if start.starts_with(b"PAR1") {
        return Ok(Form::Parquet);
    }
    if start.starts_with(&[0xFF, 0xFE]) || start.starts_with(&[0xFE, 0xFF]) {
        return Err(broken("it is written in UTF-16: save it as UTF-8".to_owned()));
    }
    if start.contains(&0) {
        return Err(broken("it is neither CSV, JSON Lines nor Parquet".to_owned()));
    }
    let text = start.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(&start);
    let mut signs = text.iter().filter(|b| !b.is_ascii_whitespace());
    match (signs.next(), signs.next()) {
        (Some(b'{'), _) => Ok(Form::JsonLines),
        (Some(b'['), Some(b'{' | b'[' | b'"' | b']') | None) => Err(broken(
            "this is one JSON array, not a table: write one object on each line (JSON Lines), as jq -c '.[]' does"
                .to_owned(),
        )),
        _ => Ok(Form::Csv),
    }
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

    fn layout(&self, what: String) -> TableError {
        TableError::Layout { file: self.name.to_owned(), what }
    }

    /// Refuses what is too wide, before anything is done for each column.
    fn check_width(&self, columns: usize) -> Result<(), TableError> {
        if columns <= MOST_COLUMNS {
            return Ok(());
        }
        Err(self.layout(format!(
            "it has {columns} columns or more, at most {MOST_COLUMNS} are read: keep those of the requests, the scores and the costs"
        )))
    }

    fn check(&self, row: u64) -> Result<(), TableError> {
        if row.is_multiple_of(4096) && !(self.go_on)() { Err(self.broken("cancelled".to_owned())) } else { Ok(()) }
    }

    fn understand(&self, seen: &[Seen]) -> Result<Columns, TableError> {
        self.check_width(seen.len())?;
        let wanted = |name: &String| self.options.models.contains(name);
        // Who names a column as a model knows better than its name and its values.
        let seen: Vec<Seen> = seen.iter().map(|c| Seen { is_named: wanted(&c.name), ..c.clone() }).collect();
        let mut columns =
            layout::understand(&seen, self.options.segment.as_deref()).map_err(|what| self.layout(what))?;
        // A name that no model has is told of by whoever asked for it.
        if columns.models.iter().filter(|(name, ..)| wanted(name)).count() >= 2 {
            columns.models.retain(|(name, ..)| wanted(name));
        }
        Ok(columns)
    }

    /// The table, unless it makes no sense.
    fn finished(
        &self,
        columns: Columns,
        seen: &[Seen],
        builder: Builder,
        rows_read: u64,
    ) -> Result<Imported, TableError> {
        let name =
            |index: usize| seen.get(index).map_or_else(String::new, |c| format!("\"{}\"", visible::name(&c.name)));
        let (largest, largest_in) = builder.largest_score();
        let (largest_cost, cost_in) = builder.largest_cost();
        let built = builder.finish();
        // Here and there a broken score or cost is left out; a whole scale is another matter.
        let are_many = |reason| built.left_out.get(&reason).is_some_and(|left| 5 * left.count > rows_read);
        if are_many(Reason::CostTooLarge) {
            return Err(self.layout(format!(
                "column {}: costs go up to {largest_cost:?}: give what one call costs, in USD",
                name(cost_in)
            )));
        }
        if are_many(Reason::ScoreOutOfRange) {
            return Err(self.layout(if largest > 1.0 {
                format!(
                    "column {}: scores go up to {largest}: divide them so that they go from 0 to 1",
                    name(largest_in)
                )
            } else {
                "scores go below 0: shift and divide them so that they go from 0 to 1".to_owned()
            }));
        }
        if built.table.rows() == 0 {
            let scores: Vec<String> = match columns.long {
                Some((_, score, _)) => vec![name(score)],
                None => columns.models.iter().take(6).map(|(_, score, _)| name(*score)).collect(),
            };
            let most = built.left_out.iter().max_by_key(|(_, left)| left.count);
            let why = most.map_or_else(
                || "it has a header and no rows".to_owned(),
                |(reason, left)| {
                    let lines: Vec<String> = left.first_lines.iter().map(u64::to_string).collect();
                    format!("{} of {rows_read}: {} (lines {}, …)", left.count, reason.words(), lines.join(", "))
                },
            );
            return Err(self.layout(format!(
                "no row of the table can be used: {why}; scores were looked for in {}",
                scores.join(", ")
            )));
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
        self.check_width(record.len())?;
        let header: Vec<String> = record
            .iter()
            .map(|field| std::str::from_utf8(field).map(|s| s.trim_start_matches('\u{feff}').to_owned()))
            .collect::<Result<_, _>>()
            .map_err(|_| self.broken("its header is not UTF-8: save it as UTF-8".to_owned()))?;
        let mut sample = Vec::new();
        since.set(0);
        while sample.len() < SAMPLE_ROWS && reader.read_byte_record(&mut record).map_err(broken)? {
            since.set(0);
            // Not a clone: that would take the room of the widest record so far.
            sample.push(std::mem::take(&mut record));
        }
        let seen: Vec<Seen> = header
            .iter()
            .enumerate()
            .map(|(i, name)| look(name, sample.iter().map(|row| row.get(i).map_or(Cell::Missing, Cell::of_bytes))))
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
        self.finished(columns, &seen, builder, rows)
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
        self.check_json(sample.iter().map(|(_, row)| row.as_ref()))?;
        let mut header: Vec<String> = Vec::new();
        let mut known: HashSet<&str> = HashSet::new();
        for (_, row) in &sample {
            for key in row.iter().flat_map(|row| row.keys()) {
                if known.insert(key) {
                    header.push(key.clone());
                    self.check_width(header.len())?;
                }
            }
            self.check(0)?;
        }
        let seen: Vec<Seen> = header
            .iter()
            .map(|name| {
                look(name, sample.iter().filter_map(|(_, row)| row.as_ref()).map(|row| json_cell(row.get(name))))
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
        self.finished(columns, &seen, builder, rows)
    }

    /// Refuses a document: one object with the rows somewhere inside, or spread over several lines.
    fn check_json<'v>(
        &self,
        rows: impl Iterator<Item = Option<&'v serde_json::Map<String, serde_json::Value>>>,
    ) -> Result<(), TableError> {
        use serde_json::Value;
        let rows: Vec<_> = rows.collect();
        let way_on = "write one object on each line (JSON Lines), one for each request or answer";
        if rows.iter().all(Option::is_none) {
            return Err(self.layout(format!(
                "it begins like JSON, but no line is an object of its own: this is a document over several lines; {way_on}"
            )));
        }
        if let [Some(row)] = rows.as_slice() {
            let holds_rows = |value: &Value| match value {
                Value::Array(all) => all.iter().any(Value::is_object),
                Value::Object(map) => {
                    map.values().any(|v| v.as_array().is_some_and(|a| a.iter().any(Value::is_object)))
                }
                _ => false,
            };
            if let Some((key, _)) = row.iter().find(|(_, value)| holds_rows(value)) {
                return Err(self.layout(format!(
                    "this is one JSON document that holds rows in \"{}\", not a table: {way_on}",
                    visible::name(key)
                )));
            }
        }
        Ok(())
    }

    fn parquet(&self, file: &File) -> Result<Imported, TableError> {
        let broken = |e: parquet::errors::ParquetError| self.broken(format!("broken Parquet: {e}"));
        let io = |e: io::Error| self.broken(e.to_string());
        let file = file.try_clone().map_err(io)?;
        let bytes = file.metadata().map_err(io)?.len();
        // What LZ4 meant in some older files unpacks without a limit: those are refused.
        let codecs = ReaderProperties::builder().set_backward_compatible_lz4(false).build();
        let how = ReadOptionsBuilder::new().with_reader_properties(codecs).build();
        let reader = SerializedFileReader::new_with_options(file.try_clone().map_err(io)?, how).map_err(broken)?;
        let schema = reader.metadata().file_metadata().schema_descr_ptr();
        self.check_width(schema.num_columns())?;
        let is_list = |field: &Type| {
            field.get_basic_info().has_repetition() && field.get_basic_info().repetition() == Repetition::REPEATED
        };
        let nested = schema.root_schema().get_fields().iter().filter(|field| field.is_group() || is_list(field));
        let leaves: Vec<usize> = (0..schema.num_columns())
            .filter(|i| {
                let column = schema.column(*i);
                column.max_rep_level() == 0 && column.path().parts().len() == 1
            })
            .collect();
        let leaf = |i: &usize| {
            let column = schema.column(*i);
            let kind = Kind::of(&column);
            let unread = if let Kind::Unread(what) = kind { Some(what) } else { None };
            let is_numeric = matches!(kind, Kind::Number { .. } | Kind::Half);
            Seen { name: column.name().to_owned(), is_numeric, unread, ..Seen::default() }
        };
        let of_nested = |field: &TypePtr| Seen {
            name: field.name().to_owned(),
            unread: Some("lists or structures"),
            ..Seen::default()
        };
        let seen: Vec<Seen> = leaves.iter().map(leaf).chain(nested.map(of_nested)).collect();
        let columns = self.understand(&seen)?;
        let costs = columns.models.iter().filter_map(|(_, _, cost)| *cost);
        let long = columns.long.iter().filter_map(|(_, _, cost)| *cost);
        for column in costs.chain(long).chain(columns.prompt_chars) {
            let Some(column) = leaves.get(column).map(|leaf| schema.column(*leaf)) else { continue };
            if Kind::of(&column) == Kind::Time {
                let name = visible::name(column.name());
                let what = "it holds dates or times, no costs or lengths: leave it out, or give it another name";
                return Err(self.broken(format!("column \"{name}\": {what}")));
            }
        }
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
        let of_file = |(least, times): (u64, u64)| least.saturating_add(times.saturating_mul(bytes));
        let claimed = reader.metadata().row_groups().iter().map(|group| group.num_rows().max(0).unsigned_abs());
        let claimed = claimed.fold(0, u64::saturating_add);
        if claimed > of_file(MOST_ROWS) {
            return Err(self.broken(format!("broken Parquet: it claims {claimed} rows in {bytes} bytes")));
        }
        // A row takes some bytes in the file, too: what it claims beyond that is believed when it comes.
        builder.reserve(usize::try_from(claimed.min(bytes / 8)).unwrap_or(0));
        let (mut rows, mut text) = (0, 0);
        for group in 0..reader.num_row_groups() {
            let group = reader.get_row_group(group).map_err(broken)?;
            let mut open: Vec<(usize, ColumnReader, i16, Kind)> = Vec::new();
            // Rows of a piece: fewer where values are long, or columns many.
            let mut most_rows = (PARQUET_BYTES / (8 * wanted.len().max(1) as u64)).clamp(1, PARQUET_ROWS);
            let mut resident = 0;
            for column in &wanted {
                let Some(leaf) = leaves.get(*column) else { continue };
                let described = schema.column(*leaf);
                let name = visible::name(described.name());
                let pages = pages::of_chunk(&file, group.metadata().column(*leaf))
                    .map_err(|e| self.broken(format!("broken Parquet: column \"{name}\": {e}")))?;
                if pages.value > MOST_BYTES_OF_A_RECORD {
                    return Err(self.broken(format!(
                        "column \"{name}\": a value takes more than {} MiB: is this a table of requests? Leave the column out",
                        MOST_BYTES_OF_A_RECORD >> 20
                    )));
                }
                resident += pages.resident;
                if resident > of_file(MOST_PAGES) {
                    return Err(self.broken(format!(
                        "column \"{name}\": its pages unpack to {} MiB, too much for a file of this size: write smaller pages, or leave the column out",
                        pages.resident >> 20
                    )));
                }
                most_rows = most_rows.min((PARQUET_BYTES / pages.value.max(1)).max(1));
                let reader = group.get_column_reader(*leaf).map_err(broken)?;
                open.push((*column, reader, described.max_def_level(), Kind::of(&described)));
            }
            let mut left = group.metadata().num_rows().max(0).unsigned_abs();
            while left > 0 {
                let batch = left.min(most_rows) as usize;
                let mut values: Vec<(usize, Values<ByteArray>)> = Vec::new();
                for (column, reader, most, kind) in &mut open {
                    let read = decode(reader, batch, *most, *kind).map_err(broken)?;
                    if read.len() < batch {
                        return Err(self.broken("broken Parquet: a column ends before the others".to_owned()));
                    }
                    text += read.bytes();
                    values.push((*column, read));
                }
                // A text that is stored once and meant a million times is gone through a million times.
                if text > of_file(MOST_TEXT) {
                    return Err(self.broken(format!("its texts unpack to more than {} MiB", of_file(MOST_TEXT) >> 20)));
                }
                builder.push_columns(rows + 1, batch, &values);
                rows += batch as u64;
                if !(self.go_on)() {
                    return Err(self.broken("cancelled".to_owned()));
                }
                left -= batch as u64;
            }
        }
        self.finished(columns, &seen, builder, rows)
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

/// What the first rows show of a column. Most of what is there are numbers: a broken value here and there makes no column of text.
fn look<'a>(name: &str, cells: impl Iterator<Item = Cell<'a>>) -> Seen {
    let (mut numbers, mut others, mut commas, mut beyond) = (0_usize, 0_usize, 0_usize, 0_usize);
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for cell in cells.filter(|c| *c != Cell::Missing) {
        if let Some(x) = number(cell) {
            numbers += 1;
            beyond += usize::from(!(0.0..=1.0).contains(&x));
            (low, high) = (low.min(x), high.max(x));
        } else {
            others += 1;
            commas += usize::from(
                matches!(cell, Cell::Text(t) if t.contains(',') && t.replacen(',', ".", 1).trim().parse::<f64>().is_ok()),
            );
        }
    }
    Seen {
        name: name.to_owned(),
        is_numeric: numbers > 9 * others,
        // Here and there a broken score is no other scale.
        beyond: (5 * beyond > numbers).then_some((low, high)),
        has_commas: commas > 9 * (numbers + others - commas),
        ..Seen::default()
    }
}

/// What the values of a Parquet column are, by its logical type: the physical one alone tells neither scale nor sign.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// A number, to be divided; unsigned ones are stored as signed ones.
    Number { divisor: f64, is_unsigned: bool },
    /// A number of two bytes.
    Half,
    /// A day or a time: it tells requests apart, and is no score.
    Time,
    /// Text, or bytes.
    Other,
    /// What is not read, in words.
    Unread(&'static str),
}

impl Kind {
    fn of(column: &ColumnDescriptor) -> Self {
        let whole = |is_unsigned| Self::Number { divisor: 1.0, is_unsigned };
        let decimal = |scale: i32| Self::Number { divisor: 10_f64.powi(scale), is_unsigned: false };
        match column.logical_type_ref() {
            Some(LogicalType::Decimal(decimals)) => return decimal(decimals.scale),
            Some(LogicalType::Integer(integer)) => return whole(!integer.is_signed),
            Some(LogicalType::Float16) => return Self::Half,
            Some(LogicalType::Date | LogicalType::Time(_) | LogicalType::Timestamp(_)) => return Self::Time,
            _ => {}
        }
        match column.converted_type() {
            ConvertedType::DECIMAL => decimal(column.type_scale()),
            ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 | ConvertedType::UINT_64 => {
                whole(true)
            }
            ConvertedType::DATE
            | ConvertedType::TIME_MILLIS
            | ConvertedType::TIME_MICROS
            | ConvertedType::TIMESTAMP_MILLIS
            | ConvertedType::TIMESTAMP_MICROS => Self::Time,
            _ => match column.physical_type() {
                Physical::BOOLEAN | Physical::INT32 | Physical::INT64 | Physical::FLOAT | Physical::DOUBLE => {
                    whole(false)
                }
                Physical::INT96 => Self::Unread("times in an old form (INT96)"),
                Physical::FIXED_LEN_BYTE_ARRAY => Self::Unread("bytes of a fixed length"),
                Physical::BYTE_ARRAY => Self::Other,
            },
        }
    }
}

/// A number of two bytes, the lowest first: IEEE 754 binary16.
fn half(bytes: &[u8]) -> f64 {
    let &[low, high] = bytes else { return f64::NAN };
    let bits = u16::from_le_bytes([low, high]);
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1F), f64::from(bits & 0x3FF));
    let size = match exponent {
        0 => fraction * 2_f64.powi(-24),
        0x1F if fraction == 0.0 => f64::INFINITY,
        0x1F => f64::NAN,
        _ => (1024.0 + fraction) * 2_f64.powi(exponent - 25),
    };
    if bits >> 15 == 0 { size } else { -size }
}

/// A decimal number's digits: two's complement, the highest byte first.
fn big_endian(bytes: &[u8]) -> f64 {
    let sign = if bytes.first().is_some_and(|b| b & 0x80 != 0) { -1.0 } else { 1.0 };
    if sign > 0.0 {
        return bytes.iter().fold(0.0, |sum, b| 256.0 * sum + f64::from(*b));
    }
    // Of the complement, which loses no digits near zero.
    -(bytes.iter().fold(0.0, |sum, b| 256.0 * sum + f64::from(!*b)) + 1.0)
}

/// Reads `rows` rows; `most` is the definition level of a value that is there.
fn decode(
    reader: &mut ColumnReader,
    rows: usize,
    most: i16,
    kind: Kind,
) -> Result<Values<ByteArray>, parquet::errors::ParquetError> {
    let (divisor, is_unsigned) = match kind {
        Kind::Number { divisor, is_unsigned } => (divisor, is_unsigned),
        _ => (1.0, false),
    };
    let is_number = matches!(kind, Kind::Number { .. });
    let nan = f64::NAN;
    Ok(match reader {
        ColumnReader::BoolColumnReader(r) => Values::Numbers(spread(r, rows, most, nan, |b| f64::from(u8::from(b)))?),
        ColumnReader::Int32ColumnReader(r) => Values::Numbers(spread(r, rows, most, nan, |x| {
            (if is_unsigned { f64::from(x.cast_unsigned()) } else { f64::from(x) }) / divisor
        })?),
        ColumnReader::Int64ColumnReader(r) => Values::Numbers(spread(r, rows, most, nan, |x| {
            (if is_unsigned { x.cast_unsigned() as f64 } else { x as f64 }) / divisor
        })?),
        ColumnReader::FloatColumnReader(r) => Values::Numbers(spread(r, rows, most, nan, f64::from)?),
        ColumnReader::DoubleColumnReader(r) => Values::Numbers(spread(r, rows, most, nan, |x| x)?),
        ColumnReader::ByteArrayColumnReader(r) if is_number => {
            Values::Numbers(spread(r, rows, most, nan, |x| big_endian(x.data()) / divisor)?)
        }
        ColumnReader::FixedLenByteArrayColumnReader(r) if is_number => {
            Values::Numbers(spread(r, rows, most, nan, |x| big_endian(x.data()) / divisor)?)
        }
        ColumnReader::FixedLenByteArrayColumnReader(r) if kind == Kind::Half => {
            Values::Numbers(spread(r, rows, most, nan, |x| half(x.data()))?)
        }
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
