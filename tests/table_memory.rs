//! Reading a table takes at most ten times its size in memory and 64 MiB, whatever its pages unpack to.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

#[path = "common/heap.rs"]
mod heap;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use paretoscope::replay::read::{self, Options};
use parquet::basic::{Compression, Encoding, GzipLevel, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

/// A table of prompts, each with two scores.
fn table(folder: &Path, name: &str, how: WriterPropertiesBuilder, prompts: &[ByteArray]) -> PathBuf {
    let path = folder.join(name);
    let schema = "message t { required binary prompt (UTF8); required boolean a; required boolean b; }";
    let how = how.set_data_page_size_limit(usize::MAX).set_write_batch_size(1 << 20).build();
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(File::create(&path).unwrap(), schema, Arc::new(how)).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<ByteArrayType>().write_batch(prompts, None, None).unwrap();
    column.close().unwrap();
    for every in [2, 5] {
        let scores: Vec<bool> = (0..prompts.len()).map(|i| i % every != 0).collect();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<BoolType>().write_batch(&scores, None, None).unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
    path
}

fn peak(path: &Path) -> Result<u64, String> {
    let (peak, read) = heap::peak_of(|| read::table(path, &Options::default(), &|| true));
    let most = 10 * usize::try_from(fs::metadata(path).unwrap().len()).unwrap() + (64 << 20);
    assert!(peak <= most, "{}: {} MiB for a file that may take {}", path.display(), peak >> 20, most >> 20);
    read.map(|found| found.rows_read).map_err(|e| e.to_string())
}

fn prompt(length: usize, number: usize) -> ByteArray {
    let mut text = vec![b'x'; length];
    text.splice(0..0, number.to_string().into_bytes());
    ByteArray::from(text)
}

// One test: what is counted is the memory of all threads.
#[test]
fn memory_is_bounded_by_the_size_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let zstd = || WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default()));

    // One page that a few kilobytes unpack to.
    let huge: Vec<ByteArray> = (0..300).map(|i| prompt(1 << 20, i)).collect();
    let path = table(folder.path(), "page.parquet", zstd().set_dictionary_enabled(false), &huge);
    let said = peak(&path).unwrap_err();
    assert!(said.contains("column \"prompt\": its pages unpack to"), "{said}");
    drop(huge);

    // Values that each repeat the one before.
    let alike: Vec<ByteArray> = vec![prompt(100_000, 1); 4_000];
    let how = WriterProperties::builder()
        .set_dictionary_enabled(false)
        .set_column_encoding("prompt".into(), Encoding::DELTA_BYTE_ARRAY);
    let path = table(folder.path(), "delta.parquet", how, &alike);
    // All prompts are one and the same request: it is kept once.
    assert_eq!(peak(&path), Ok(4_000));

    // One value that is meant many times is not gone through without end.
    let said = peak(&table(folder.path(), "dictionary.parquet", zstd(), &vec![prompt(900_000, 1); 3_000])).unwrap_err();
    assert!(said.contains("its texts unpack to more than 1024 MiB"), "{said}");

    // One record of many fields, which makes none of the others larger.
    let wide = folder.path().join("wide.csv");
    let rows: String = (0..300).map(|i| format!("{i},{},1\n", i % 2)).collect();
    fs::write(&wide, format!("request,a,b\n{}\n{rows}", ",".repeat(600_000))).unwrap();
    assert_eq!(peak(&wide), Ok(301));

    // A page that holds more than its header says.
    let gzip = WriterProperties::builder().set_compression(Compression::GZIP(GzipLevel::default()));
    let large: Vec<ByteArray> = (0..40).map(|i| prompt(100_000, i)).collect();
    let path = table(folder.path(), "lie.parquet", gzip.set_dictionary_enabled(false), &large);
    assert_eq!(peak(&path), Ok(40));
    let mut bytes = fs::read(&path).unwrap();
    // Behind the four signs of a Parquet file: field 1 (kind of page), field 2 (size, four bytes of seven bits).
    assert!(bytes[4..7] == [0x15, 0x00, 0x15] && bytes[10] & 0x80 == 0);
    bytes[10] = 1;
    fs::write(&path, bytes).unwrap();
    let said = peak(&path).unwrap_err();
    assert!(said.contains("the header of a page is broken"), "{said}");
}
