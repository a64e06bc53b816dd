//! Tables from disk: every layout and format, what is left out, and what is refused.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may stop at the first surprise"
)]

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use paretoscope::replay::build::Reason;
use paretoscope::replay::layout::Layout;
use paretoscope::replay::read::{self, Imported, Options};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

fn import(path: &Path) -> Result<Imported, String> {
    read::table(path, &Options::default(), &|| true).map_err(|e| e.to_string())
}

fn written(dir: &tempfile::TempDir, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = dir.path().join(name);
    fs::write(&path, text).unwrap();
    path
}

fn tier<'t>(found: &'t Imported, name: &str) -> &'t paretoscope::simulation::table::TierColumn {
    found.built.table.tiers.iter().find(|t| t.name == name).unwrap()
}

#[test]
fn the_same_requests_in_every_layout_and_text_format_are_the_same_table() {
    let dir = tempfile::tempdir().unwrap();
    let wide = "request,segment,prompt_chars,Large,Small,Large|cost,Small|cost,router|r\n\
                a,math,10,1,0,0.02,0.001,0.9\nb,math,20,1,1,0.03,0.002,0.1\nc,law,30,0.5,0.25,0.04,0.003,0.5\n";
    let bench = "sample_id,prompt,eval_name,Large,Small,Large|total_cost,Small|total_cost,Small|model_response,oracle_model_to_route_to\n\
                a,0123456789,math,1,0,0.02,0.001,\"text, quoted\",Large\nb,01234567890123456789,math,1,1,0.03,0.002,x,Small\n\
                c,012345678901234567890123456789,law,0.5,0.25,0.04,0.003,y,Large\n";
    let long = "request,segment,prompt_chars,model,score,cost\n\
                a,math,10,Small,0,0.001\nb,math,20,Small,1,0.002\na,math,10,Large,1,0.02\nc,law,30,Large,0.5,0.04\n\
                c,law,30,Small,0.25,0.003\nb,math,20,Large,1,0.03\n";
    let lines = "{\"request\":\"a\",\"segment\":\"math\",\"prompt_chars\":10,\"Large\":true,\"Small\":false,\"Large|cost\":0.02,\"Small|cost\":0.001}\n\n\
                 {\"Small\":1,\"request\":\"b\",\"segment\":\"math\",\"prompt_chars\":20,\"Large\":1,\"Large|cost\":0.03,\"Small|cost\":0.002}\n\
                 {\"request\":\"c\",\"segment\":\"law\",\"prompt_chars\":30,\"Large\":0.5,\"Small\":0.25,\"Large|cost\":0.04,\"Small|cost\":0.003,\"new\":[1]}\n";
    for (name, text, layout) in [
        ("wide.csv", wide.to_owned(), Layout::Wide),
        ("semicolons.csv", wide.replace(',', ";"), Layout::Wide),
        ("bom.csv", format!("\u{feff}{}", wide.replace('\n', "\r\n")), Layout::Wide),
        ("bench.csv", bench.to_owned(), Layout::RouterBench),
        ("long.csv", long.to_owned(), Layout::Long),
        ("lines.jsonl", lines.to_owned(), Layout::Wide),
    ] {
        let found = import(&written(&dir, name, text)).unwrap();
        let table = &found.built.table;
        assert_eq!(found.columns.layout, layout, "{name}");
        assert_eq!((table.rows(), found.built.left_out.len()), (3, 0), "{name}: {:?}", found.built.left_out);
        assert_eq!(table.segments, ["math", "law"], "{name}");
        assert_eq!(table.segment_of, [0, 0, 1], "{name}");
        assert_eq!(table.prompt_chars, [10.0, 20.0, 30.0], "{name}");
        // Cheapest first, whatever the order of the columns.
        assert_eq!(table.tiers[0].name, "Small", "{name}");
        assert_eq!(tier(&found, "Small").scores.iter().collect::<Vec<_>>(), [0.0, 1.0, 0.25], "{name}");
        assert_eq!(tier(&found, "Large").scores.iter().collect::<Vec<_>>(), [1.0, 1.0, 0.5], "{name}");
        assert_eq!(tier(&found, "Large").costs_usd, [0.02, 0.03, 0.04], "{name}");
    }
    let routed = import(&dir.path().join("wide.csv")).unwrap();
    assert_eq!(routed.built.table.router_scores[0].scores, [0.9, 0.1, 0.5]);
}

/// Writes a Parquet table of `groups` row groups, prompts and some scores missing.
fn parquet_table(path: &Path, groups: usize, rows: usize) {
    let schema = "message t { required binary prompt (UTF8); optional int64 id; required boolean small; \
                  optional double large; optional binary segment (UTF8); }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = WriterProperties::builder().set_compression(parquet::basic::Compression::SNAPPY).build();
    let mut writer = SerializedFileWriter::new(File::create(path).unwrap(), schema, Arc::new(properties)).unwrap();
    for g in 0..groups {
        let mut group = writer.next_row_group().unwrap();
        let ids = g * rows..(g + 1) * rows;
        let prompts: Vec<ByteArray> = ids.clone().map(|i| format!("prompt {i}").as_str().into()).collect();
        let segments: Vec<ByteArray> = ids.clone().map(|i| if i % 2 == 0 { "even" } else { "odd" }.into()).collect();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&prompts, None, None).unwrap();
        column.close().unwrap();
        let there = vec![1_i16; rows];
        let mut column = group.next_column().unwrap().unwrap();
        let numbers: Vec<i64> = ids.clone().map(|i| i as i64).collect();
        column.typed::<Int64Type>().write_batch(&numbers, Some(&there), None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let small: Vec<bool> = ids.clone().map(|i| i % 3 == 0).collect();
        column.typed::<BoolType>().write_batch(&small, None, None).unwrap();
        column.close().unwrap();
        // Every tenth score of the large model is missing.
        let levels: Vec<i16> = ids.clone().map(|i| i16::from(i % 10 != 9)).collect();
        let large: Vec<f64> = ids.clone().filter(|i| i % 10 != 9).map(|i| (i % 4) as f64 / 3.0).collect();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<DoubleType>().write_batch(&large, Some(&levels), None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&segments, Some(&there), None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
    }
    writer.close().unwrap();
}

#[test]
fn parquet_is_read_with_its_gaps() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.parquet");
    parquet_table(&path, 3, 20_000);
    let found = import(&path).unwrap();
    assert_eq!((found.rows_read, found.built.table.rows()), (60_000, 54_000));
    let left = &found.built.left_out[&Reason::NoScore];
    assert_eq!((left.count, left.first_lines.as_slice()), (6_000, [10, 20, 30, 40, 50].as_slice()));
    let kept: Vec<usize> = (0..60_000).filter(|i| i % 10 != 9).collect();
    let expected: Vec<f64> = kept.iter().map(|i| f64::from(u8::from(i % 3 == 0))).collect();
    assert_eq!(tier(&found, "small").scores.iter().collect::<Vec<_>>(), expected);
    let expected: Vec<f64> = kept.iter().map(|i| (i % 4) as f64 / 3.0).collect();
    assert_eq!(tier(&found, "large").scores.iter().collect::<Vec<_>>(), expected);
    let expected: Vec<f64> = kept.iter().map(|i| format!("prompt {i}").len() as f64).collect();
    assert_eq!(found.built.table.prompt_chars, expected);
    assert_eq!(found.built.table.segments, ["even", "odd"]);
}

#[test]
fn broken_rows_are_left_out_with_a_count_and_their_lines() {
    let dir = tempfile::tempdir().unwrap();
    let mut text: Vec<u8> = b"request,segment,Small,Large,Small|cost,Large|cost\n".to_vec();
    for i in 0..200 {
        text.extend(format!("{i},s,1,0,0.1,0.2\n").bytes());
    }
    // Lines 202 and so on.
    text.extend(b"200,s,,1,0.1,0.2\n201,s,good,1,0.1,0.2\n202,s,1.5,1,0.1,0.2\n203,s,1,1,-0.1,0.2\n204,s,1,1,,0.2\n");
    text.extend(b"7,s,1,1,0.1,0.2\n205,s,1\n206,s,1,1,0.1,0.2,0.3\n207,\xE9t\xE9,1,1,0.1,0.2\n208,s,nan,1,0.1,0.2\n");
    text.extend(b"209,s,inf,1,0.1,0.2\n210,\"two\nlines\",1,1,0.1,0.2\n211,s,x,1,0.1,0.2\n");
    let found = import(&written(&dir, "broken.csv", text)).unwrap();
    let told: Vec<(Reason, u64, Vec<u64>)> =
        found.built.left_out.iter().map(|(r, l)| (*r, l.count, l.first_lines.clone())).collect();
    assert_eq!(
        told,
        [
            (Reason::Ragged, 2, vec![208, 209]),
            (Reason::Encoding, 1, vec![210]),
            (Reason::NoScore, 5, vec![202, 203, 211, 212, 215]),
            (Reason::ScoreOutOfRange, 1, vec![204]),
            (Reason::BadCost, 2, vec![205, 206]),
            (Reason::Duplicate, 1, vec![207]),
        ]
    );
    assert_eq!(found.built.table.rows(), 201);
    assert_eq!(found.built.table.segments, ["s", "two\nlines"]);

    let lines =
        "{\"request\":1,\"a\":1,\"b\":0}\nnot json\n{\"request\":2,\"a\":1}\n[1]\n{\"request\":3,\"a\":0,\"b\":1}\n";
    let found = import(&written(&dir, "broken.jsonl", lines)).unwrap();
    assert_eq!(found.built.table.rows(), 2);
    assert_eq!(found.built.left_out[&Reason::NotJson].first_lines, [2, 4]);
    assert_eq!(found.built.left_out[&Reason::NoScore].first_lines, [3]);

    let long = "request,model,score\n1,a,1\n1,b,0\n2,a,1\n3,a,1\n3,b,1\n3,b,0\n";
    let found = import(&written(&dir, "long.csv", long)).unwrap();
    assert_eq!(found.built.table.rows(), 2);
    assert_eq!(found.built.left_out[&Reason::Incomplete].first_lines, [4]);
    assert_eq!(found.built.left_out[&Reason::Duplicate].first_lines, [7]);
}

#[test]
fn costs_that_no_call_has_are_left_out_or_refused_with_their_column() {
    let dir = tempfile::tempdir().unwrap();
    let wide = |broken: &dyn Fn(usize) -> bool| -> String {
        let cost = |i| if broken(i) { "1e300" } else { "0.1" };
        (0..40).map(|i| format!("{i},{},1,0.01,{}\n", i % 2, cost(i))).collect()
    };
    let header = "request,a,b,a|cost,b|cost\n";
    let one = import(&written(&dir, "one.csv", format!("{header}{}", wide(&|i| i == 3)))).unwrap();
    assert_eq!(one.built.left_out[&Reason::CostTooLarge].first_lines, [5]);
    assert_eq!(one.built.table.rows(), 39);
    let long: String = (0..40)
        .flat_map(|i| ["a", "b"].map(|m| format!("{i},{m},1,{}\n", if m == "b" { 1e300 } else { 0.1 })))
        .collect();
    let parquet = dir.path().join("wide.parquet");
    let ones = |c: &mut parquet::file::writer::SerializedColumnWriter<'_>| {
        c.typed::<Int64Type>().write_batch(&[1; 40], None, None).unwrap();
    };
    let costs = |c: &mut parquet::file::writer::SerializedColumnWriter<'_>| {
        c.typed::<DoubleType>().write_batch(&[1e300; 40], None, None).unwrap();
    };
    let schema = "message t { required int64 a; required int64 b; required int64 a|cost; required double b|cost; }";
    parquet_of(&parquet, schema, &[&ones, &ones, &ones, &costs]);
    for (path, column) in [
        (written(&dir, "all.csv", format!("{header}{}", wide(&|_| true))), "b|cost"),
        (written(&dir, "long.csv", format!("request,model,score,cost\n{long}")), "cost"),
        (parquet, "b|cost"),
    ] {
        let said = import(&path).unwrap_err();
        assert!(said.contains(&format!("column \"{column}\": costs go up to 1e300")) && said.contains("USD"), "{said}");
    }
}

#[test]
fn what_is_no_table_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let utf16: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain("request,a,b\n".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for (path, says) in [
        (dir.path().join("nothing.csv"), "no such file"),
        (dir.path().to_owned(), "folder"),
        (written(&dir, "empty.csv", ""), "empty"),
        (written(&dir, "one.csv", "request,a\n1,1\n"), "only one model"),
        (written(&dir, "text.csv", "a,b\nx,y\n"), "no column holds"),
        (written(&dir, "utf16.csv", utf16), "UTF-16"),
        (written(&dir, "latin.csv", b"request,\xE9,b\n1,1,1\n"), "not UTF-8"),
        (written(&dir, "image.csv", b"\x89PNG\0\0\0\0"), "neither CSV"),
        (written(&dir, "cut.parquet", b"PAR1 and no more"), "Parquet"),
    ] {
        let said = import(&path).unwrap_err();
        assert!(said.contains(says), "{}: {said}", path.display());
    }
}

#[test]
fn a_file_without_an_end_of_line_takes_no_memory() {
    let dir = tempfile::tempdir().unwrap();
    // 5 GB on paper: the system stores no zeros. A quote that never ends, a line that never ends, JSON that never ends.
    for (name, start) in [
        ("line.csv", "request,a,b\n1,1,"),
        ("quote.csv", "request,a,b\n1,1,\"0\n"),
        ("line.jsonl", "{\"request\":1,\"a\":\""),
    ] {
        let path = dir.path().join(name);
        let mut file = File::create(&path).unwrap();
        file.write_all(start.as_bytes()).unwrap();
        file.write_all(&[b'x'; 2000]).unwrap();
        file.set_len(5_000_000_000).unwrap();
        let said = import(&path).unwrap_err();
        assert!(said.contains("a record goes on for more than 32 MiB"), "{said}");
    }
}

#[test]
fn reading_can_be_cancelled() {
    let dir = tempfile::tempdir().unwrap();
    let rows: String = (0..20_000).map(|i| format!("{i},1,0\n")).collect();
    let path = written(&dir, "long.csv", format!("request,a,b\n{rows}"));
    let said = read::table(&path, &Options::default(), &|| false).unwrap_err().to_string();
    assert!(said.contains("cancelled"), "{said}");
}

#[test]
fn real_tables_are_read_as_their_description_says() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if !folder.exists() {
        eprintln!("SKIPPED: {} is not there", folder.display());
        return;
    }
    let found = import(&folder.join("routellm_mmlu.csv")).unwrap();
    let table = &found.built.table;
    assert_eq!((found.columns.layout, table.rows(), found.built.left_out.len()), (Layout::Wide, 14_042, 0));
    assert_eq!((table.segments.len(), table.prompt_chars.len()), (57, 14_042));
    // Without costs the weakest comes first. The means are those of the table's description.
    assert_eq!(table.tiers[0].name, "mistralai/Mixtral-8x7B-Instruct-v0.1");
    assert!((table.tiers[0].scores.mean() - 0.6808).abs() < 5e-5);
    assert!((table.tiers[1].scores.mean() - 0.8058).abs() < 5e-5);

    let found = import(&folder.join("routellm_native_sample.csv")).unwrap();
    assert_eq!(found.columns.layout, Layout::RouteLlm);
    assert_eq!(found.rows_read, 261);
    assert!(found.built.table.prompt_chars.iter().all(|c| *c > 10.0));
}

/// Writes a Parquet table: its columns, and how each is filled.
fn parquet_of(path: &Path, schema: &str, fill: &[&dyn Fn(&mut parquet::file::writer::SerializedColumnWriter<'_>)]) {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = WriterProperties::builder()
        .set_compression(parquet::basic::Compression::ZSTD(parquet::basic::ZstdLevel::default()))
        .set_dictionary_enabled(false)
        .build();
    let mut writer = SerializedFileWriter::new(File::create(path).unwrap(), schema, Arc::new(properties)).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for fill in fill {
        let mut column = group.next_column().unwrap().unwrap();
        fill(&mut column);
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
}

#[test]
fn parquet_columns_are_read_by_their_logical_type() {
    use parquet::data_type::{FixedLenByteArray, FixedLenByteArrayType, Int32Type};
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("kinds.parquet");
    let int64s = |values: &'static [i64]| {
        move |c: &mut parquet::file::writer::SerializedColumnWriter<'_>| {
            c.typed::<Int64Type>().write_batch(values, None, None).unwrap();
        }
    };
    let int32s = |values: &'static [i32]| {
        move |c: &mut parquet::file::writer::SerializedColumnWriter<'_>| {
            c.typed::<Int32Type>().write_batch(values, None, None).unwrap();
        }
    };
    let fixed = |c: &mut parquet::file::writer::SerializedColumnWriter<'_>| {
        let values: Vec<FixedLenByteArray> = [[0, 0, 0x03, 0xE8], [0, 0, 0x07, 0xD0], [0, 0, 0x0B, 0xB8]]
            .into_iter()
            .map(|b: [u8; 4]| FixedLenByteArray::from(ByteArray::from(b.to_vec())))
            .collect();
        c.typed::<FixedLenByteArrayType>().write_batch(&values, None, None).unwrap();
    };
    parquet_of(
        &path,
        "message t { required int64 request (INTEGER(64, false)); required int32 day (DATE); \
         required int64 seen (TIMESTAMP_MICROS); required int64 small; required int64 large; \
         required int64 `small|cost` (DECIMAL(18, 6)); required fixed_len_byte_array(4) `large|cost` (DECIMAL(9, 5)); }"
            .replace('`', "")
            .as_str(),
        &[
            &int64s(&[-1, 1, 2]),
            &int32s(&[0, 1, 0]),
            &int64s(&[0, 1, 1]),
            &int64s(&[1, 0, 1]),
            &int64s(&[1, 1, 1]),
            &int64s(&[1_000, 2_000, 3_000]),
            &fixed,
        ],
    );
    let found = import(&path).unwrap();
    let names: Vec<&str> = found.built.table.tiers.iter().map(|t| t.name.as_str()).collect();
    assert_eq!(names, ["small", "large"], "a day and a time are no models");
    assert_eq!(tier(&found, "small").costs_usd, [0.001, 0.002, 0.003]);
    assert_eq!(tier(&found, "large").costs_usd, [0.01, 0.02, 0.03]);
    let shared = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/cases/hostile/decimal_cost.parquet");
    if !shared.exists() {
        eprintln!("SKIPPED: {} is not there", shared.display());
        return;
    }
    let found = import(&shared).unwrap();
    let usd: Vec<f64> = found
        .built
        .table
        .tiers
        .iter()
        .map(|t| 1000.0 * t.costs_usd.iter().sum::<f64>() / t.costs_usd.len() as f64)
        .collect();
    assert!((usd[0] - 1.0).abs() < 1e-9 && (usd[1] - 10.0).abs() < 1e-9, "{usd:?}");
}

#[test]
fn halves_are_numbers_and_columns_that_are_not_read_are_named() {
    use parquet::data_type::{FixedLenByteArray, FixedLenByteArrayType};
    let dir = tempfile::tempdir().unwrap();
    let halves = |values: &'static [[u8; 2]]| {
        move |c: &mut parquet::file::writer::SerializedColumnWriter<'_>| {
            let values: Vec<FixedLenByteArray> =
                values.iter().map(|b| FixedLenByteArray::from(ByteArray::from(b.to_vec()))).collect();
            c.typed::<FixedLenByteArrayType>().write_batch(&values, None, None).unwrap();
        }
    };
    // 1, 0.5, 0; then −0 and what is the largest below one, and the smallest that there is.
    let (a, b) = (halves(&[[0, 0x3C], [0, 0x38], [0, 0]]), halves(&[[0, 0x80], [0xFF, 0x3B], [1, 0]]));
    let lists = |c: &mut parquet::file::writer::SerializedColumnWriter<'_>| {
        c.typed::<Int64Type>().write_batch(&[1, 2, 3], Some(&[1; 3]), Some(&[0; 3])).unwrap();
    };
    let inner = |c: &mut parquet::file::writer::SerializedColumnWriter<'_>| {
        c.typed::<Int64Type>().write_batch(&[1, 2, 3], None, None).unwrap();
    };
    let schema = "message t { required fixed_len_byte_array(2) a (FLOAT16); required fixed_len_byte_array(2) b (FLOAT16); \
                  repeated int64 prompt; required group segment { required int64 x; } required fixed_len_byte_array(2) raw; }";
    let path = dir.path().join("halves.parquet");
    parquet_of(&path, schema, &[&a, &b, &lists, &inner, &a]);
    let found = import(&path).unwrap();
    assert_eq!(tier(&found, "a").scores.iter().collect::<Vec<_>>(), [1.0, 0.5, 0.0]);
    let scores: Vec<f64> = tier(&found, "b").scores.iter().collect();
    assert_eq!(scores, [0.0, 2047.0 / 2048.0, 2_f64.powi(-24)]);
    let told = paretoscope::report::import::preview("t", &found);
    let wanted = "Columns that are not read: raw (bytes of a fixed length), prompt (lists or structures), segment (lists or structures)";
    assert!(told.contains(wanted), "{told}");
    // What such a column is called makes it neither the scores of a model nor what they cost.
    let schema = "message t { required fixed_len_byte_array(2) a (FLOAT16); repeated int64 b; required group c { required int64 x; } }";
    parquet_of(&path, schema, &[&a, &lists, &inner]);
    let said = import(&path).unwrap_err();
    assert!(said.contains("\"b\" holds lists or structures") && said.contains("\"c\" holds"), "{said}");
    let named = Options { segment: Some("c".to_owned()), ..Options::default() };
    let said = read::table(&path, &named, &|| true).unwrap_err().to_string();
    assert!(said.contains("column \"c\" holds lists or structures"), "{said}");
}

#[test]
fn no_column_is_guessed_to_be_a_model_for_its_numbers_alone() {
    let dir = tempfile::tempdir().unwrap();
    let names = |file: &str, text: &str| -> Vec<String> {
        import(&written(&dir, file, text)).unwrap().built.table.tiers.iter().map(|t| t.name.clone()).collect()
    };
    let mut wide = "Prompt ID,,counts,latency_ms,Unnamed: 0,a,b\n".to_owned();
    for i in 0..20 {
        wide += &format!("{},{},{},{},{},{},1\n", i + 1, i % 2, i % 3, 0.5, i % 2, i % 2);
    }
    assert_eq!(names("spread.csv", &wide), ["a", "b"]);
    // Values alone tell it, too.
    let mut wide = "request,a,b,rounds\n".to_owned();
    for i in 0..20 {
        wide += &format!("{i},{},1,{i}\n", i % 2);
    }
    assert_eq!(names("values.csv", &wide), ["a", "b"]);
    let named = Options { models: vec!["a".to_owned(), "b".to_owned(), "index".to_owned()], ..Options::default() };
    let index = written(&dir, "named.csv", "request,a,b,index\n1,1,0,1\n2,0,1,1\n");
    assert_eq!(read::table(&index, &named, &|| true).unwrap().built.table.tiers.len(), 3, "named by hand");

    let percent: String = (0..20).map(|i| format!("{i},{},95\n", 40 + i)).collect();
    let commas: String = (0..20).map(|i| format!("{i};0,5;1,0\n")).collect();
    for (path, says) in [
        (
            written(&dir, "percent.csv", format!("request,haiku,opus\n{percent}")),
            "\"haiku\" is no model: it goes from 40",
        ),
        (written(&dir, "commas.csv", format!("request;haiku;opus\n{commas}")), "\"opus\" has decimal commas"),
        (written(&dir, "array.json", "[{\"request\": 1, \"a\": 1, \"b\": 0}]"), "one JSON array"),
        (written(&dir, "array2.json", "[\n  {\"request\": 1, \"a\": 1, \"b\": 0}\n]"), "one JSON array"),
        (written(&dir, "lines.json", "{\n  \"results\": [\n{\"a\": 1}]\n}\n"), "document over several lines"),
        (
            written(&dir, "one.json", "{\"version\": 1, \"score\": 0.5, \"results\": [{\"a\": 1}]}"),
            "rows in \"results\"",
        ),
        (written(&dir, "none.csv", "request,a,b\n"), "holds"),
        (
            written(&dir, "log.jsonl", "{\"request_id\": 1, \"model\": \"a\", \"score\": null}\n"),
            "no row of the table can be used: 1 of 1: a score that is missing or no number (lines 1",
        ),
    ] {
        let said = import(&path).unwrap_err();
        assert!(said.contains(says), "{}: {said}", path.display());
    }
}

#[test]
fn tables_of_the_fields_layouts_are_read_rightly_or_refused() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/cases/tables");
    if !folder.exists() {
        eprintln!("SKIPPED: {} is not there", folder.display());
        return;
    }
    for name in ["spreadsheet.csv", "llmrouter_long.jsonl"] {
        let found = import(&folder.join(name)).unwrap();
        for tier in &found.built.table.tiers {
            let name = tier.name.to_lowercase();
            assert!(["haiku", "mid", "opus"].iter().any(|known| name.starts_with(known)), "{name}");
        }
        assert_eq!(found.built.table.rows(), 40, "{name}");
    }
    for name in ["percent.csv", "decimal_comma.csv", "routerarena.json", "promptfoo.json", "gateway_log.jsonl"] {
        assert!(import(&folder.join(name)).is_err(), "{name}");
    }
}

#[test]
fn a_length_that_is_missing_is_told_with_its_line() {
    let dir = tempfile::tempdir().unwrap();
    let chars = |i: usize| if i == 7 || i == 9 { "n/a" } else { "100" };
    let rows: String = (0..40).map(|i| format!("{i},{},{},1\n", chars(i), i % 2)).collect();
    let wide = import(&written(&dir, "wide.csv", format!("request,prompt_chars,a,b\n{rows}"))).unwrap();
    assert_eq!((wide.built.without_length.count, wide.built.without_length.first_lines.as_slice()), (2, &[9, 11][..]));
    assert_eq!((wide.built.table.rows(), wide.built.table.prompt_chars.len()), (40, 0));
    let told = paretoscope::report::import::preview("t", &wide);
    assert!(
        told.contains("lengths of prompts are not used, because 2 rows have none that is a number (lines 9, 11)"),
        "{told}"
    );
    let told = paretoscope::report::import::preview_json("t", &wide);
    assert_eq!(told["without_length"]["rows"], 2);
    // Where nothing says how long prompts are, nothing is missing.
    let none = import(&written(&dir, "none.csv", "request,a,b\n1,1,1\n2,0,1\n")).unwrap();
    assert_eq!(none.built.without_length.count, 0);
    assert!(!paretoscope::report::import::preview("t", &none).contains("lengths"));
}

#[test]
fn a_length_below_zero_is_counted_in_every_layout() {
    let dir = tempfile::tempdir().unwrap();
    let rows: String = (0..40).map(|i| format!("{i},{},{},1\n", if i == 7 { -5 } else { 100 }, i % 2)).collect();
    let wide = written(&dir, "wide.csv", format!("request,prompt_chars,a,b\n{rows}"));
    let rows: String =
        (0..40).flat_map(|i| ["a", "b"].map(|m| format!("{i},{m},1,{}\n", if i == 7 { -5 } else { 100 }))).collect();
    let long = written(&dir, "long.csv", format!("request,model,score,prompt_chars\n{rows}"));
    let parquet = dir.path().join("wide.parquet");
    let lengths = |c: &mut parquet::file::writer::SerializedColumnWriter<'_>| {
        let lengths: Vec<f64> = (0..40).map(|i| if i == 7 { -5.0 } else { 100.0 }).collect();
        c.typed::<DoubleType>().write_batch(&lengths, None, None).unwrap();
    };
    let bools = |c: &mut parquet::file::writer::SerializedColumnWriter<'_>| {
        let scores: Vec<bool> = (0..40).map(|i| i % 2 == 0).collect();
        c.typed::<BoolType>().write_batch(&scores, None, None).unwrap();
    };
    parquet_of(
        &parquet,
        "message t { required double prompt_chars; required boolean a; required boolean b; }",
        &[&lengths, &bools, &bools],
    );
    for (path, rows) in [(wide, 1), (long, 2), (parquet, 1)] {
        let found = import(&path).unwrap();
        assert_eq!(
            found.built.left_out.get(&Reason::BadLength).map(|left| left.count),
            Some(rows),
            "{}",
            path.display()
        );
        assert_eq!((found.built.table.rows(), found.built.table.prompt_chars.len()), (39, 39), "{}", path.display());
        assert!(paretoscope::report::import::preview("t", &found).contains("a length of the prompt below 0"));
    }
}

#[test]
fn a_parquet_file_whose_lengths_are_broken_is_refused_without_a_panic() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lengths.parquet");
    let schema = "message t { required binary prompt (UTF8); required boolean a; required boolean b; }";
    let properties = WriterProperties::builder()
        .set_dictionary_enabled(false)
        .set_column_encoding("prompt".into(), parquet::basic::Encoding::DELTA_LENGTH_BYTE_ARRAY);
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer =
        SerializedFileWriter::new(File::create(&path).unwrap(), schema, Arc::new(properties.build())).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let texts: Vec<ByteArray> = (0..4).map(|i| ByteArray::from(format!("prompt{i}").as_str())).collect();
    column.typed::<ByteArrayType>().write_batch(&texts, None, None).unwrap();
    column.close().unwrap();
    for _ in 0..2 {
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<BoolType>().write_batch(&[true, false, true, true], None, None).unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes.windows(7).position(|w| w == b"prompt0").unwrap();
    // Every byte of the lengths that stand before the texts, one at a time: whatever they say, it is an answer.
    for i in at - 30..at {
        for value in [0x7E, 0xFF] {
            let before = std::mem::replace(&mut bytes[i], value);
            fs::write(&path, &bytes).unwrap();
            let _ = import(&path);
            bytes[i] = before;
        }
    }
}

#[test]
fn very_wide_tables_and_huge_values_are_refused_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let started = std::time::Instant::now();
    let head: Vec<String> = (0..100_000).map(|i| format!("c{i}")).collect();
    let row: Vec<&str> = head.iter().map(|_| "1").collect();
    let wide = written(&dir, "wide.csv", format!("{}\n{}\n", head.join(","), row.join(",")));
    let keys: String = (0..200)
        .map(|line| {
            let keys: Vec<String> = (0..3_000).map(|i| format!("\"k{}\":1", line * 3_000 + i)).collect();
            format!("{{{}}}\n", keys.join(","))
        })
        .collect();
    let keys = written(&dir, "keys.jsonl", keys);
    for path in [wide, keys] {
        let said = import(&path).unwrap_err();
        assert!(said.contains("at most 10000 are read"), "{said}");
    }
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
    let path = dir.path().join("huge.parquet");
    let huge = |c: &mut parquet::file::writer::SerializedColumnWriter<'_>| {
        let value = ByteArray::from(vec![b'x'; 40 << 20]);
        c.typed::<ByteArrayType>().write_batch(&[value.clone(), value], None, None).unwrap();
    };
    let bools = |c: &mut parquet::file::writer::SerializedColumnWriter<'_>| {
        c.typed::<BoolType>().write_batch(&[true, false], None, None).unwrap();
    };
    parquet_of(
        &path,
        "message t { required binary prompt (UTF8); required boolean a; required boolean b; }",
        &[&huge, &bools, &bools],
    );
    let said = import(&path).unwrap_err();
    assert!(said.contains("column \"prompt\": a value takes more than 32 MiB"), "{said}");
}
