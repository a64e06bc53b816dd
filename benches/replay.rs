//! Speed of replayed tables, as ratios within one run: `cargo bench --bench replay`.
//!
//! Ten million rows of eleven models from Parquet (`cargo bench --bench replay -- small` leaves them out), 14,042 rows of two models, and the same
//! sweep by pandas where Python has it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops at the first surprise"
)]

use std::fmt::Write as _;
use std::fs::File;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use paretoscope::frontier::Stages;
use paretoscope::jobs::{self, Control};
use paretoscope::replay::import::{self, Import};
use paretoscope::replay::read::{self, Options};
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

const ROWS: usize = 10_000_000;
const MODELS: usize = 11;
const SETTINGS: usize = 101;

fn seconds<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed().as_secs_f64())
}

/// A number from 0 to 1 for each address: the same table in every run.
fn uniform(row: usize, what: usize) -> f64 {
    let mut x = (row as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add((what as u64) << 32);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((x ^ (x >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

fn succeeds(row: usize, model: usize, models: usize) -> bool {
    let difficulty = 4.0 * uniform(row, 0) - 2.0;
    let ability = 3.0 * model as f64 / models as f64 - 1.0;
    uniform(row, 1 + model) < 1.0 / (1.0 + (-1.3 * (ability - difficulty)).exp())
}

fn cost(row: usize, model: usize) -> f64 {
    1e-4 * 1.5_f64.powi(model as i32) * (0.5 + uniform(row, 40))
}

fn router_score(row: usize) -> f64 {
    uniform(row, 0) + 0.5 * uniform(row, 41)
}

/// Every eleventh score of the last model is graded, as in real tables.
fn score(row: usize, model: usize) -> f64 {
    let good = f64::from(u8::from(succeeds(row, model, MODELS)));
    if model == MODELS - 1 && row.is_multiple_of(11) { 0.5 * good + 0.25 } else { good }
}

fn write_parquet(path: &Path) {
    let mut message = "message t { required int64 request; required binary segment (UTF8); ".to_owned();
    for model in 0..MODELS {
        write!(message, "required double m{model}; required double m{model}_cost; ").unwrap();
    }
    message.push_str("required double router; }");
    let message = message.replace("_cost", "|cost").replace("double router", "double router|r");
    let schema = Arc::new(parse_message_type(&message).unwrap());
    let properties = Arc::new(WriterProperties::builder().set_compression(Compression::SNAPPY).build());
    let mut writer = SerializedFileWriter::new(File::create(path).unwrap(), schema, properties).unwrap();
    let group_rows = 1_000_000;
    for first in (0..ROWS).step_by(group_rows) {
        let rows = first..(first + group_rows).min(ROWS);
        let mut group = writer.next_row_group().unwrap();
        let mut column = 0;
        while let Some(mut open) = group.next_column().unwrap() {
            match column {
                0 => {
                    let ids: Vec<i64> = rows.clone().map(|row| row as i64).collect();
                    open.typed::<Int64Type>().write_batch(&ids, None, None).unwrap();
                }
                1 => {
                    let names: Vec<ByteArray> =
                        rows.clone().map(|row| format!("segment {}", row % 20).into_bytes().into()).collect();
                    open.typed::<ByteArrayType>().write_batch(&names, None, None).unwrap();
                }
                n => {
                    let of = |row: usize| match n - 2 {
                        n if n == 2 * MODELS => router_score(row),
                        n if n % 2 == 0 => score(row, n / 2),
                        n => cost(row, n / 2),
                    };
                    let values: Vec<f64> = rows.clone().map(of).collect();
                    open.typed::<DoubleType>().write_batch(&values, None, None).unwrap();
                }
            }
            open.close().unwrap();
            column += 1;
        }
        group.close().unwrap();
    }
    writer.close().unwrap();
}

/// Peak memory of this process, MB.
fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|l| l.split_whitespace().next()?.parse::<f64>().ok()).map_or(f64::NAN, |kb| kb / 1024.0)
}

/// Imports a table and computes every curve of every policy: `(import, compile, curves)` in seconds.
fn whole(path: &Path) -> (usize, [f64; 3]) {
    let (found, reading) = seconds(|| read::table(path, &Options::default(), &|| true).unwrap());
    let scenario = import::scenario(&found.built.table, &Import::default()).unwrap();
    let table = Arc::new(found.built.table);
    let pool = jobs::pool(0).unwrap();
    let (world, compiling) = seconds(|| pool.install(|| jobs::world(&scenario, Some(&table), None)).unwrap());
    let (policies, curves) = seconds(|| {
        let stages = Stages::new(&world).unwrap();
        let all: Vec<usize> = (0..scenario.policies.len()).collect();
        black_box(pool.install(|| jobs::exact_curves(&stages, &all, SETTINGS, &Control::new())).unwrap());
        all.len()
    });
    (policies, [reading, compiling, curves])
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|a| a == "whole") {
        let (policies, [reading, compiling, curves]) = whole(Path::new(&arguments[at + 1]));
        println!(
            "  imported in {reading:.2} s; sums {compiling:.2} s, {policies} policies at {SETTINGS} settings, launch and production, {curves:.2} s; \
             peak {:.0} MB",
            peak_mb()
        );
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    if !arguments.iter().any(|a| a == "small") {
        println!("{ROWS} rows, {MODELS} models with costs, router scores, 20 segments, Parquet");
        let path = dir.path().join("large.parquet");
        write_parquet(&path);
        // A process of its own, so that its peak of memory is that of the import.
        let status = Command::new(std::env::current_exe().unwrap()).arg("whole").arg(&path).status().unwrap();
        assert!(status.success());
    }
    println!("14,042 rows, 2 models with costs, router scores, 57 segments, CSV");
    let path = dir.path().join("small.csv");
    let mut text = "request,segment,m0,m1,m0|cost,m1|cost,router|r\n".to_owned();
    for row in 0..14_042 {
        let (weak, strong) = (u8::from(succeeds(row, 0, 2)), u8::from(succeeds(row, 1, 2)));
        let (cheap, dear) = (cost(row, 0), cost(row, 9));
        writeln!(text, "{row},s{},{weak},{strong},{cheap},{dear},{}", row % 57, router_score(row)).unwrap();
    }
    std::fs::write(&path, text).unwrap();
    let runs: Vec<[f64; 3]> = (0..20).map(|_| whole(&path).1).collect();
    let best = |i: usize| runs.iter().map(|run| run[i]).fold(f64::INFINITY, f64::min);
    let total = runs.iter().map(|run| run.iter().sum::<f64>()).fold(f64::INFINITY, f64::min);
    println!(
        "  everything {:.1} ms: import {:.1} ms, sums {:.1} ms, all curves at {SETTINGS} settings, launch and production, {:.1} ms",
        1e3 * total,
        1e3 * best(0),
        1e3 * best(1),
        1e3 * best(2)
    );
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/sweep.py");
    let sweep = || Command::new("python3").arg(&script).arg(&path).args(["m0", "m1", "router|r"]).output();
    let times: Vec<f64> = (0..3)
        .filter_map(|_| sweep().ok().filter(|o| o.status.success()))
        .filter_map(|o| String::from_utf8_lossy(&o.stdout).trim().parse().ok())
        .collect();
    match times.iter().copied().reduce(f64::min) {
        Some(pandas) => println!(
            "  pandas sweeps two of the policies at launch in {:.0} ms: {:.0} times our sums and curves of all",
            1e3 * pandas,
            pandas / (best(1) + best(2))
        ),
        None => println!("  pandas: not there (pip install pandas), no comparison"),
    }
}
