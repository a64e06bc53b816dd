//! Everything that reads what others wrote, fed with what nobody would write: no panic, nothing that takes more than ten seconds, no more memory
//! than ten times the file and 64 MiB.
//!
//! Seeds are the shipped files and the broken ones of the tests, changed at random. An input that gives a new answer becomes a seed itself. A second a
//! target by default; `PARETOSCOPE_FUZZ_SECONDS=600 PARETOSCOPE_FUZZ_TARGET=table cargo test --test fuzz -- --nocapture` goes further.
//! `PARETOSCOPE_FUZZ_SEED` gives another course. What fails is kept in the folder for temporary files, under the name that is told.
#![cfg(feature = "app")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may stop at the first surprise"
)]

#[path = "common/heap.rs"]
mod heap;

mod common;

use std::collections::HashSet;
use std::fmt::Display;
use std::fs::{self, File};
use std::io::{Seek, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use paretoscope::app::recovery;
use paretoscope::app::settings::Settings;
use paretoscope::lesson;
use paretoscope::replay::import::{self, Import};
use paretoscope::replay::read::{self as table_reader, Options};
use paretoscope::replay::{Assumptions, fit};
use paretoscope::scenario::{file, overrides, read, write};
use paretoscope::simulation::world::World;
use parquet::basic::{Compression, Encoding, GzipLevel, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Longest time of one input.
const MOST_TIME: Duration = Duration::from_secs(10);
/// Memory of one input: so many times its size, and so much.
const MOST_MEMORY: (usize, usize) = (10, 64 << 20);
/// Longest input.
const MOST_BYTES: usize = 1 << 20;
/// Inputs that gave a new answer and are kept as seeds.
const MOST_SEEDS: usize = 3_000;

struct Target {
    name: &'static str,
    seeds: fn() -> Vec<Vec<u8>>,
    /// What the program makes of the bytes, in few words.
    run: fn(&[u8], &mut Place) -> String,
}

const TARGETS: &[Target] = &[
    Target { name: "scenario", seeds: scenarios, run: scenario },
    Target { name: "table", seeds: tables, run: table },
    Target { name: "parquet", seeds: parquets, run: table },
    Target { name: "lesson", seeds: lessons, run: lesson },
    Target { name: "page", seeds: pages, run: page },
    Target { name: "recovery", seeds: recoveries, run: recovery },
    Target { name: "settings", seeds: settings, run: settings_file },
    Target { name: "override", seeds: key_paths, run: override_of },
];

/// An input that is being read, and since when.
type Current = Option<(Instant, &'static str, Vec<u8>)>;

/// Where a target may put a file.
struct Place {
    folder: tempfile::TempDir,
    file: File,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), file: tempfile::tempfile().unwrap() }
    }

    /// A file without a name that holds the bytes.
    fn holding(&mut self, bytes: &[u8]) -> &File {
        self.file.rewind().unwrap();
        self.file.set_len(0).unwrap();
        self.file.write_all(bytes).unwrap();
        &self.file
    }

    fn named(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

/// Files of a folder of the project, or of one beside it that may not be there.
fn files_of(folder: &str, endings: &[&str]) -> Vec<Vec<u8>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    paths.retain(|path| path.extension().is_some_and(|e| endings.iter().any(|ending| e == *ending)));
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).filter(|bytes| bytes.len() <= MOST_BYTES).collect()
}

fn scenarios() -> Vec<Vec<u8>> {
    ["scenarios", "tests", "tests/broken", "../shared/cases/hostile"]
        .iter()
        .flat_map(|f| files_of(f, &["toml"]))
        .collect()
}

fn tables() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = ["scenarios", "../shared/cases/tables"]
        .iter()
        .flat_map(|f| files_of(f, &["csv", "json", "jsonl", "tsv"]))
        .collect();
    let rows = |i: usize| (i % 2, usize::from(!i.is_multiple_of(5)));
    let wide: String =
        (0..60).map(|i| format!("{i},s{},{},{},0.001,0.02,{i}.5\n", i % 3, rows(i).0, rows(i).1)).collect();
    all.push(format!("request,segment,small,large,small|cost,large|cost,router|bert\n{wide}").into_bytes());
    let long: String = (0..60)
        .flat_map(|i| [("a", rows(i).0), ("b", rows(i).1)].map(|(m, s)| format!("{i};{m};{s}.0;0.01;{}\n", 10 * i)))
        .collect();
    all.push(format!("request;model;score;cost;prompt_chars\n{long}").into_bytes());
    let prompts: String = (0..60).map(|i| format!("\"a \"\"prompt\"\"\n{i}\",{},true\n", i % 2 == 0)).collect();
    all.push(format!("\u{feff}prompt,a/Small,b/Large\n{prompts}").into_bytes());
    let json: String = (0..60)
        .map(|i| {
            format!(
                "{{\"request\":\"r{i}\",\"segment\":\"s\",\"a\":{},\"b\":{}.0,\"a|cost\":0.1,\"b|cost\":1e-3}}\n",
                rows(i).0,
                rows(i).1
            )
        })
        .collect();
    all.push(json.into_bytes());
    all
}

fn parquets() -> Vec<Vec<u8>> {
    let mut all = files_of("../shared/cases/hostile", &["parquet"]);
    let schema = "message t { required binary request (UTF8); optional binary segment (UTF8); required boolean a; required boolean b; \
                  required double c; required double d; optional int64 prompt_chars; }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let build = WriterProperties::builder;
    for how in [
        build().build(),
        build().set_compression(Compression::ZSTD(ZstdLevel::default())).set_data_page_row_count_limit(20).build(),
        build()
            .set_compression(Compression::GZIP(GzipLevel::default()))
            .set_writer_version(WriterVersion::PARQUET_2_0)
            .build(),
        build().set_compression(Compression::SNAPPY).set_dictionary_enabled(false).build(),
        build()
            .set_compression(Compression::LZ4_RAW)
            .set_dictionary_enabled(false)
            .set_column_encoding("request".into(), Encoding::DELTA_BYTE_ARRAY)
            .build(),
    ] {
        let mut writer = SerializedFileWriter::new(Vec::new(), Arc::clone(&schema), Arc::new(how)).unwrap();
        for part in 0..2 {
            let mut group = writer.next_row_group().unwrap();
            let texts = |word: &str| {
                (0..60).map(|i| ByteArray::from(format!("{word} {}", i + 60 * part).as_str())).collect::<Vec<_>>()
            };
            let there: Vec<i16> = (0..60).map(|i| i16::from(i % 4 != 0)).collect();
            let some = there.iter().filter(|level| **level == 1).count();
            for column in 0..7 {
                let mut open = group.next_column().unwrap().unwrap();
                match column {
                    0 => open.typed::<ByteArrayType>().write_batch(&texts("request number"), None, None).unwrap(),
                    1 => open.typed::<ByteArrayType>().write_batch(&texts("s")[..some], Some(&there), None).unwrap(),
                    2 | 3 => {
                        let scores: Vec<bool> = (0..60).map(|i| i % (column + 1) != 0).collect();
                        open.typed::<BoolType>().write_batch(&scores, None, None).unwrap()
                    }
                    4 | 5 => {
                        let scores: Vec<f64> = (0..60).map(|i| f64::from(i % 3) / 2.0).collect();
                        open.typed::<DoubleType>().write_batch(&scores, None, None).unwrap()
                    }
                    _ => open.typed::<Int64Type>().write_batch(&vec![100; some], Some(&there), None).unwrap(),
                };
                open.close().unwrap();
            }
            group.close().unwrap();
        }
        all.push(writer.into_inner().unwrap());
    }
    all
}

fn lessons() -> Vec<Vec<u8>> {
    ["assets/lessons", "../shared/cases/hostile"].iter().flat_map(|folder| files_of(folder, &["md"])).collect()
}

fn pages() -> Vec<Vec<u8>> {
    let escaped =
        |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let page = |text: Vec<u8>| {
        let text = escaped(&String::from_utf8_lossy(&text));
        format!("<!DOCTYPE html><html><body><p>x</p><pre id=\"paretoscope-scenario\">{text}</pre></body></html>")
            .into_bytes()
    };
    files_of("scenarios", &["toml"]).into_iter().map(page).collect()
}

fn recoveries() -> Vec<Vec<u8>> {
    let one = |text: Vec<u8>| {
        let kept = recovery::Recovered {
            file_hash: None,
            folder: None,
            name: "A scenario".to_owned(),
            path: Some("/somewhere/a.toml".into()),
            text: String::from_utf8_lossy(&text).into_owned(),
            process: 4_000_000,
            started: Some(77),
            file: PathBuf::new(),
        };
        serde_json::to_vec(&kept).unwrap()
    };
    files_of("scenarios", &["toml"]).into_iter().map(one).collect()
}

fn settings() -> Vec<Vec<u8>> {
    let zoomed = Settings { zoom: Some(1.5), recent: vec!["/a/b.toml".into(); 5], ..Settings::default() };
    [Settings::default(), zoomed].iter().map(|settings| serde_json::to_vec_pretty(settings).unwrap()).collect()
}

fn key_paths() -> Vec<Vec<u8>> {
    [
        "traffic.days=30",
        "policy.\"Uncertainty cascade\".escalate.0=0.5",
        "tier.Small.ability = -1e3",
        "name='a'",
        "seed=1",
        "event.0.multiply=2",
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .collect()
}

/// The first words of a complaint: numbers and names in it make no other answer.
fn answer(what: impl Display) -> String {
    let text = what.to_string();
    let line = text.rsplit_once('\n').map_or(text.as_str(), |(_, last)| last);
    let mut in_quotes = false;
    line.chars()
        .filter(|c| {
            in_quotes ^= *c == '"';
            !in_quotes && !c.is_ascii_digit()
        })
        .take(160)
        .collect()
}

fn problems<P: Display>(all: &[P]) -> String {
    all.iter().take(4).map(answer).collect()
}

/// What is accepted must survive saving, and compile or be refused with a reason.
fn checked(bytes: &[u8]) -> String {
    match read::parse_bytes(bytes, "fuzz.toml") {
        Err(all) => problems(&all),
        Ok(loaded) => {
            let text = write::to_text(&loaded.scenario);
            match read::parse(&text, "saved.toml") {
                Ok(again) => assert!(again.scenario == loaded.scenario, "a saved scenario is another one"),
                Err(all) => panic!("a saved scenario cannot be read: {}", problems(&all)),
            }
            if loaded.scenario.replay.is_some() {
                return "a replay".to_owned();
            }
            World::compile(&loaded.scenario).map_or_else(answer, |_| "a world".to_owned())
        }
    }
}

fn scenario(bytes: &[u8], _: &mut Place) -> String {
    checked(bytes)
}

fn table(bytes: &[u8], place: &mut Place) -> String {
    let found = match table_reader::opened("fuzz", place.holding(bytes), &Options::default(), &|| true) {
        Ok(found) => found,
        Err(error) => return answer(error),
    };
    let table = &found.built.table;
    assert!(
        table.rows() as u64 <= found.rows_read && table.tiers.iter().all(|t| (0.0..=1.0).contains(&t.scores.mean()))
    );
    let prices = table.tiers.iter().map(|t| (t.name.clone(), 1.0, 2.0)).collect();
    let assumptions = Assumptions { prices, ..Assumptions::default() };
    let how = Import { assumptions: assumptions.clone(), table: "fuzz.csv".to_owned(), ..Import::default() };
    let made = match import::scenario(table, &how) {
        Ok(scenario) => {
            read::parse(&write::to_text(&scenario), "x").map_or_else(|all| problems(&all), |_| "imported".into())
        }
        Err(error) => answer(error),
    };
    // A fit takes long: some rows of some inputs show whether it stumbles.
    let is_fitted = table.rows() < 100 && blake3::hash(bytes).as_bytes()[0] < 8;
    let fitted = is_fitted.then(|| fit::fit(table, &assumptions).map_or_else(answer, |_| "fitted".into()));
    let left: Vec<&str> = found.built.left_out.keys().map(|reason| reason.words()).collect();
    format!("{:?} {made} {fitted:?} {left:?}", found.columns.layout)
}

fn lesson(bytes: &[u8], _: &mut Place) -> String {
    let text = String::from_utf8_lossy(bytes);
    let lesson = match lesson::read::parse(&text, "fuzz.md") {
        Ok(lesson) => lesson,
        Err(all) => return problems(&all),
    };
    let Some(base) = lesson.library_scenario() else { return "a scenario of its own".to_owned() };
    // A step without settings of its own is the one before.
    let texts: Vec<_> = (0..lesson.steps.len()).map(|step| lesson.scenario_text(base, step)).collect();
    let mut texts: Vec<_> = texts.into_iter().map(|text| text.map_or_else(|e| Err(answer(e)), Ok)).collect();
    texts.dedup();
    texts.into_iter().take(20).map(|text| text.map_or_else(|e| e, |text| checked(text.as_bytes()))).collect()
}

fn page(bytes: &[u8], place: &mut Place) -> String {
    let path = place.named("page.html", bytes);
    match file::read_contents(&path) {
        Ok(contents) => format!("{} {}", contents.is_from_report, checked(&contents.bytes)),
        Err(error) => answer(error),
    }
}

fn recovery(bytes: &[u8], place: &mut Place) -> String {
    place.named("unsaved-1.json", bytes);
    let found = recovery::find(place.folder.path(), None).pop_front();
    found.map_or_else(|| "none".to_owned(), |found| checked(found.text.as_bytes()))
}

fn settings_file(bytes: &[u8], place: &mut Place) -> String {
    place.named("settings.json", bytes);
    let read = recovery::read_settings(place.folder.path());
    assert!(read.zoom.is_none_or(|zoom| (0.2..=5.0).contains(&zoom)), "{:?}", read.zoom);
    answer(format!("{read:?}"))
}

fn override_of(bytes: &[u8], _: &mut Place) -> String {
    let text = paretoscope::scenario::library::flagship().text;
    let given = String::from_utf8_lossy(bytes).into_owned();
    overrides::apply(text, &[given]).map_or_else(answer, |text| checked(text.as_bytes()))
}

const NUMBERS: &[&str] = &[
    "0",
    "-1",
    "1e308",
    "-0.0",
    "1e-308",
    "nan",
    "inf",
    "9223372036854775807",
    "18446744073709551616",
    "0.5",
    "1",
    "200",
    "true",
    "\"\"",
    "[]",
    "{}",
];

/// Changes an input in one to eight places.
fn changed(seed: &[u8], other: &[u8], rng: &mut StdRng) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..rng.random_range(1..=8) {
        bytes.truncate(MOST_BYTES);
        let length = bytes.len().max(1);
        let at = rng.random_range(0..length).min(bytes.len());
        let end = (at + rng.random_range(0..64)).min(bytes.len());
        match rng.random_range(0..11) {
            0 if at < bytes.len() => bytes[at] ^= 1 << rng.random_range(0..8),
            1 if at < bytes.len() => bytes[at] = [0, 1, 0x7F, 0x80, 0xFF, b'\n', b'"', b'='][rng.random_range(0..8)],
            2 => drop(bytes.drain(at..end)),
            3 => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece.repeat([1, 1, 2, 1000][rng.random_range(0..4)]));
            }
            4 => bytes.truncate(at),
            5 => {
                let from = rng.random_range(0..other.len().max(1)).min(other.len());
                let to = (from + rng.random_range(0..512)).min(other.len());
                bytes.splice(at..end, other[from..to].iter().copied());
            }
            6 | 7 => {
                // Another number in place of one.
                let is_digit = |b: &u8| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'e');
                if let Some(start) = bytes[at..].iter().position(u8::is_ascii_digit).map(|i| at + i) {
                    let end = bytes[start..].iter().position(|b| !is_digit(b)).map_or(bytes.len(), |i| start + i);
                    bytes.splice(start..end, NUMBERS[rng.random_range(0..NUMBERS.len())].bytes());
                }
            }
            8 => {
                // A line to another place, or many times.
                let line = |at: usize| {
                    let start = bytes[..at].iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
                    start..bytes[at..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |i| at + i + 1)
                };
                let to = line(rng.random_range(0..length).min(bytes.len())).start;
                let text = bytes[line(at)].to_vec();
                bytes.splice(to..to, text.repeat([1, 1, 1, 1 + 300_000 / text.len().max(1)][rng.random_range(0..4)]));
            }
            9 => {
                let letters = [
                    "\u{202e}",
                    "\u{0}",
                    "\u{1F469}\u{200D}",
                    "\u{feff}",
                    "[",
                    "{",
                    "\"\"\"",
                    "> ",
                    "- ",
                    "\r\n",
                    ",",
                    "\u{e0041}",
                ];
                let letter = letters[rng.random_range(0..letters.len())];
                bytes.splice(at..at, letter.repeat([1, 1, 30, 3000][rng.random_range(0..4)]).bytes());
            }
            _ => {
                drop(
                    bytes.splice(at..at, (0..rng.random_range(1..16)).map(|_| rng.random::<u8>()).collect::<Vec<_>>()),
                );
            }
        }
    }
    bytes.truncate(MOST_BYTES);
    bytes
}

fn number_from(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Keeps an input that did something wrong.
fn kept(target: &str, bytes: &[u8]) -> PathBuf {
    let path = std::env::temp_dir()
        .join(format!("paretoscope-fuzz-{target}-{}", blake3::hash(bytes).to_hex().get(..12).unwrap()));
    fs::write(&path, bytes).unwrap();
    path
}

/// One input, held to what is promised.
fn hold(target: &Target, bytes: &[u8], place: &mut Place) -> String {
    // Time that this thread has worked: on a busy machine it may stand still for seconds. What waits for ever, the other thread tells.
    let started = common::thread_time();
    let (peak, said) = heap::peak_of(|| catch_unwind(AssertUnwindSafe(|| (target.run)(bytes, place))));
    let took = common::thread_time() - started;
    let most = MOST_MEMORY.0 * bytes.len() + MOST_MEMORY.1;
    match said {
        Ok(said) if took <= MOST_TIME && peak <= most => said,
        Ok(_) => panic!("{} took {took:?} and {} MiB", kept(target.name, bytes).display(), peak >> 20),
        Err(_) => panic!("{} panicked", kept(target.name, bytes).display()),
    }
}

#[test]
fn whatever_is_read_is_read_in_bounded_time_and_memory() {
    let seconds = number_from("PARETOSCOPE_FUZZ_SECONDS", 1);
    let only = std::env::var("PARETOSCOPE_FUZZ_TARGET").ok();
    // What never ends would never be told: another thread looks on.
    let current: Arc<Mutex<Current>> = Arc::default();
    let watched = Arc::clone(&current);
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_secs(1));
            if let Some((since, target, bytes)) = watched.lock().unwrap().as_ref()
                && since.elapsed() > 3 * MOST_TIME
            {
                eprintln!("{} does not end", kept(target, bytes).display());
                std::process::abort();
            }
        }
    });
    for target in TARGETS.iter().filter(|target| only.as_ref().is_none_or(|only| only == target.name)) {
        let mut seeds = (target.seeds)();
        assert!(!seeds.is_empty(), "{} has no seeds", target.name);
        let mut rng = StdRng::seed_from_u64(number_from("PARETOSCOPE_FUZZ_SEED", 1));
        let mut place = Place::new();
        let mut answers: HashSet<String> = seeds.iter().map(|seed| hold(target, seed, &mut place)).collect();
        let (started, mut inputs) = (Instant::now(), 0_u64);
        while started.elapsed() < Duration::from_secs(seconds) {
            let pick = |rng: &mut StdRng| rng.random_range(0..seeds.len());
            let (seed, other) = (pick(&mut rng), pick(&mut rng));
            let bytes = changed(&seeds[seed], &seeds[other], &mut rng);
            *current.lock().unwrap() = Some((Instant::now(), target.name, bytes.clone()));
            let said = hold(target, &bytes, &mut place);
            *current.lock().unwrap() = None;
            inputs += 1;
            if seeds.len() < MOST_SEEDS && answers.insert(said) {
                seeds.push(bytes);
            }
        }
        eprintln!("{}: {inputs} inputs, {} answers", target.name, answers.len());
    }
}
