//! Units as Parquet: one tidy table, a row a figure, with the point's number and the values of its factors in every row.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, ConvertedType, Repetition, Type as Physical, ZstdLevel};
use parquet::column::reader::ColumnReader;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

use crate::replay::read::calmly;
use crate::sweep::Name;
use crate::sweep::found::Row;

/// Where a unit's file keeps the hash of what is in it.
const HASH: &str = "paretoscope.blake3";
/// Rows and bytes of a unit's file at the most: one that claims more is none.
const MOST_ROWS: i64 = 4_000_000;
const MOST_BYTES: u64 = 256 << 20;
/// Columns of words before the value.
const WORDS: [&str; 5] = ["result", "stage", "policy", "watched", "figure"];

/// A unit with what was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// Its name.
    pub name: Name,
    /// Its point.
    pub point: u64,
    /// The values of the factors there.
    pub values: Vec<f64>,
    /// What was found.
    pub rows: Vec<Row>,
}

/// The columns of a table over these factors, in their order.
pub fn columns<'k>(keys: &'k [&'k str]) -> impl Iterator<Item = &'k str> {
    ["unit", "point"].into_iter().chain(keys.iter().copied()).chain(WORDS).chain(["value"])
}

fn schema(keys: &[&str]) -> Result<Arc<Type>, ParquetError> {
    let column = |name: &str| {
        let needed = Repetition::REQUIRED;
        let (physical, repetition, converted) = match name {
            "point" => (Physical::INT64, needed, ConvertedType::NONE),
            "value" => (Physical::DOUBLE, Repetition::OPTIONAL, ConvertedType::NONE),
            name if name == "unit" || WORDS.contains(&name) => (Physical::BYTE_ARRAY, needed, ConvertedType::UTF8),
            _ => (Physical::DOUBLE, needed, ConvertedType::NONE),
        };
        let column = Type::primitive_type_builder(name, physical);
        column.with_repetition(repetition).with_converted_type(converted).build().map(Arc::new)
    };
    let fields = columns(keys).map(column).collect::<Result<Vec<_>, _>>()?;
    Ok(Arc::new(Type::group_type_builder("sweep").with_fields(fields).build()?))
}

/// Nothing in it depends on when or where it is written.
fn properties(compression: Compression, hash: Option<String>) -> Arc<WriterProperties> {
    let metadata = hash.map(|hash| vec![KeyValue::new(HASH.to_owned(), hash)]);
    let properties = WriterProperties::builder()
        .set_compression(compression)
        .set_created_by(format!("paretoscope {}", env!("CARGO_PKG_VERSION")))
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true)
        .set_key_value_metadata(metadata);
    Arc::new(properties.build())
}

/// The bytes of a unit's file.
///
/// # Errors
/// When the names of the factors make no table.
pub fn unit(keys: &[&str], name: Name, point: u64, values: &[f64], rows: &[Row]) -> Result<Vec<u8>, ParquetError> {
    let hash = hash(name, point, values, rows);
    let properties = properties(Compression::UNCOMPRESSED, Some(hash));
    let mut writer = SerializedFileWriter::new(Vec::new(), schema(keys)?, properties)?;
    let mut group = writer.next_row_group()?;
    group_of(&mut group, &[Part { name, point, values, rows }])?;
    group.close()?;
    writer.into_inner()
}

/// The hash of what a unit's table says.
fn hash(name: Name, point: u64, values: &[f64], rows: &[Row]) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut put = |part: &[u8]| {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    };
    put(&name.0.to_le_bytes());
    put(&point.to_le_bytes());
    for value in values {
        put(&value.to_bits().to_le_bytes());
    }
    for row in rows {
        for word in words(row) {
            put(word.as_bytes());
        }
        match row.value {
            Some(value) => put(&value.to_bits().to_le_bytes()),
            None => put(b""),
        }
    }
    hasher.finalize().to_hex().to_string()
}

fn words(row: &Row) -> [&str; 5] {
    [&row.result, &row.stage, &row.policy, &row.watched, &row.figure]
}

/// Of one unit.
struct Part<'p> {
    name: Name,
    point: u64,
    values: &'p [f64],
    rows: &'p [Row],
}

fn group_of<W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    parts: &[Part<'_>],
) -> Result<(), ParquetError> {
    let count: usize = parts.iter().map(|part| part.rows.len()).sum();
    let factors = parts.first().map_or(0, |part| part.values.len());
    let each = |of: &dyn Fn(&Part<'_>) -> ByteArray| -> Vec<ByteArray> {
        parts.iter().flat_map(|part| std::iter::repeat_n(of(part), part.rows.len())).collect()
    };
    column::<ByteArrayType, W>(group, &each(&|part| ByteArray::from(part.name.to_string().as_str())), None)?;
    let points: Vec<i64> =
        parts.iter().flat_map(|part| std::iter::repeat_n(part.point.cast_signed(), part.rows.len())).collect();
    column::<Int64Type, W>(group, &points, None)?;
    for factor in 0..factors {
        let value = |part: &Part<'_>| part.values.get(factor).copied().unwrap_or(f64::NAN);
        let values: Vec<f64> =
            parts.iter().flat_map(|part| std::iter::repeat_n(value(part), part.rows.len())).collect();
        column::<DoubleType, W>(group, &values, None)?;
    }
    let rows = || parts.iter().flat_map(|part| part.rows);
    for word in 0..WORDS.len() {
        let text = |row: &Row| ByteArray::from(words(row).get(word).copied().unwrap_or_default());
        let texts: Vec<ByteArray> = rows().map(text).collect();
        column::<ByteArrayType, W>(group, &texts, None)?;
    }
    let values: Vec<f64> = rows().filter_map(|row| row.value).collect();
    let mut there: Vec<i16> = Vec::with_capacity(count);
    there.extend(rows().map(|row| i16::from(row.value.is_some())));
    column::<DoubleType, W>(group, &values, Some(&there))
}

fn column<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &[T::T],
    there: Option<&[i16]>,
) -> Result<(), ParquetError> {
    let mut column = group.next_column()?.ok_or_else(|| ParquetError::General("a column too many".to_owned()))?;
    column.typed::<T>().write_batch(values, there, None)?;
    column.close()
}

/// Reads a unit's file.
///
/// # Errors
/// What is wrong with it, in words.
pub fn read(path: &Path, keys: &[&str]) -> Result<Unit, String> {
    // The crate gives up on some broken files by a panic.
    calmly(|| decode(path, keys)).unwrap_or_else(|| Err("is damaged".to_owned()))
}

fn decode(path: &Path, keys: &[&str]) -> Result<Unit, String> {
    let damaged = |e: ParquetError| format!("is damaged: {e}");
    let file = File::open(path).map_err(|e| format!("cannot be read: {e}"))?;
    let bytes = file.metadata().map_err(|e| format!("cannot be read: {e}"))?.len();
    let reader = SerializedFileReader::new(file).map_err(damaged)?;
    let metadata = reader.metadata();
    let rows = metadata.file_metadata().num_rows();
    let is_ours =
        metadata.num_row_groups() == 1 && metadata.file_metadata().schema() == schema(keys).map_err(damaged)?.as_ref();
    if !is_ours || !(1..=MOST_ROWS).contains(&rows) || bytes > MOST_BYTES {
        return Err("is no unit of this sweep: its columns are others".to_owned());
    }
    let said = metadata.file_metadata().key_value_metadata().and_then(|all| all.iter().find(|one| one.key == HASH));
    let said = said.and_then(|one| one.value.clone()).unwrap_or_default();
    let count = usize::try_from(rows).unwrap_or(0);
    let group = reader.get_row_group(0).map_err(damaged)?;
    let names = texts(group.as_ref(), 0, count).map_err(damaged)?;
    let points = numbers::<Int64Type>(group.as_ref(), 1, count).map_err(damaged)?.0;
    let mut values = Vec::new();
    for factor in 0..keys.len() {
        let column = numbers::<DoubleType>(group.as_ref(), 2 + factor, count).map_err(damaged)?.0;
        values.push(column.first().copied().unwrap_or(f64::NAN));
    }
    let mut words = Vec::new();
    for word in 0..WORDS.len() {
        words.push(texts(group.as_ref(), 2 + keys.len() + word, count).map_err(damaged)?.into_iter());
    }
    let (found, there) = numbers::<DoubleType>(group.as_ref(), 2 + keys.len() + WORDS.len(), count).map_err(damaged)?;
    let mut found = found.into_iter();
    let mut rows = Vec::with_capacity(count);
    for is_there in there {
        let [result, stage, policy, watched, figure] = words_next(&mut words);
        let value = if is_there == 1 { found.next() } else { None };
        rows.push(Row {
            result: result.into(),
            stage: stage.into(),
            policy: policy.into(),
            watched: watched.into(),
            figure: figure.into(),
            value,
        });
    }
    let name = names.first().and_then(|name| Name::parse(name)).ok_or("is damaged: it has no name")?;
    let point = points.first().map_or(0, |point| point.cast_unsigned());
    if rows.len() != count || hash(name, point, &values, &rows) != said {
        return Err("is damaged: its figures are not those that were written".to_owned());
    }
    Ok(Unit { name, point, values, rows })
}

fn words_next(columns: &mut [std::vec::IntoIter<String>]) -> [String; 5] {
    std::array::from_fn(|i| columns.get_mut(i).and_then(Iterator::next).unwrap_or_default())
}

fn texts(group: &dyn RowGroupReader, column: usize, rows: usize) -> Result<Vec<String>, ParquetError> {
    let all = numbers::<ByteArrayType>(group, column, rows)?.0;
    all.iter().map(|text| Ok(text.as_utf8()?.to_owned())).collect()
}

/// Values of a column, and of each row whether it has one.
fn numbers<T: DataType>(
    group: &dyn RowGroupReader,
    column: usize,
    rows: usize,
) -> Result<(Vec<T::T>, Vec<i16>), ParquetError> {
    let reader: ColumnReader = group.get_column_reader(column)?;
    let mut reader = parquet::column::reader::get_typed_column_reader::<T>(reader);
    let (mut values, mut levels, mut read) = (Vec::with_capacity(rows), Vec::with_capacity(rows), 0);
    while read < rows {
        let (records, ..) = reader.read_records(rows - read, Some(&mut levels), None, &mut values)?;
        if records == 0 {
            return Err(ParquetError::General("rows are missing".to_owned()));
        }
        read += records;
    }
    Ok((values, levels))
}

/// What a writer has put down and nobody has taken yet.
#[derive(Clone, Default)]
struct Spool(Arc<std::sync::Mutex<Vec<u8>>>);

impl Spool {
    fn take(&self) -> Vec<u8> {
        self.0.lock().map(|mut bytes| std::mem::take(&mut *bytes)).unwrap_or_default()
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().map_err(|_| io::Error::other("a writer was lost"))?.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes a merged table, some units at a time.
pub struct Merged {
    writer: SerializedFileWriter<Spool>,
    spool: Spool,
}

impl Merged {
    /// Over these factors.
    ///
    /// # Errors
    /// When their names make no table.
    pub fn new(keys: &[&str]) -> Result<Self, ParquetError> {
        let spool = Spool::default();
        let properties = properties(Compression::ZSTD(ZstdLevel::try_new(1)?), None);
        Ok(Self { writer: SerializedFileWriter::new(spool.clone(), schema(keys)?, properties)?, spool })
    }

    /// Adds units, and gives the bytes that they take.
    ///
    /// # Errors
    /// When they have other factors.
    pub fn add(&mut self, units: &[Unit]) -> Result<Vec<u8>, ParquetError> {
        let parts: Vec<Part<'_>> = units
            .iter()
            .map(|unit| Part { name: unit.name, point: unit.point, values: &unit.values, rows: &unit.rows })
            .collect();
        let mut group = self.writer.next_row_group()?;
        group_of(&mut group, &parts)?;
        group.close()?;
        Ok(self.spool.take())
    }

    /// The last bytes.
    ///
    /// # Errors
    /// When the table cannot be closed.
    pub fn finish(mut self) -> Result<Vec<u8>, ParquetError> {
        self.writer.finish()?;
        Ok(self.spool.take())
    }
}

/// The cells of a row of the merged table, as text.
pub fn cells(unit: &Unit, row: &Row) -> Vec<String> {
    let mut cells = vec![unit.name.to_string(), unit.point.to_string()];
    cells.extend(unit.values.iter().map(ToString::to_string));
    cells.extend(words(row).map(str::to_owned));
    cells.push(row.value.map(|value| value.to_string()).unwrap_or_default());
    cells
}
