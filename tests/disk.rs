//! What is written, and what is never written over; what others' text may do to a terminal.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test may stop at the first surprise"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use paretoscope::disk::{self, Existing, WriteError};

fn paretoscope(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_paretoscope")).args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A folder with a scenario of its own.
fn folder() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let scenario = folder.path().join("mine.toml");
    fs::copy("scenarios/workshop-first-steps.toml", &scenario).unwrap();
    let path = scenario.to_str().unwrap().to_owned();
    (folder, path)
}

#[test]
fn an_input_is_never_written_over_and_another_file_only_when_asked() {
    let (folder, scenario) = folder();
    let before = fs::read(&scenario).unwrap();
    for force in [&[][..], &["--force"]] {
        let mut arguments = vec!["report", &scenario, "--replicates", "20", "--out", &scenario];
        arguments.extend(force);
        let run = paretoscope(&arguments);
        assert_eq!(run.status.code(), Some(2), "{}", text(&run.stderr));
        assert!(text(&run.stderr).contains("an input"), "{}", text(&run.stderr));
    }
    let run = paretoscope(&["sample", &scenario, "--requests", "5", "--out", &scenario, "--force"]);
    assert_eq!(run.status.code(), Some(2));
    let other = folder.path().join("other.html");
    fs::write(&other, "precious").unwrap();
    let run = paretoscope(&["report", &scenario, "--replicates", "20", "--out", other.to_str().unwrap()]);
    assert_eq!(run.status.code(), Some(2));
    assert!(text(&run.stderr).contains("--force"));
    assert_eq!((fs::read_to_string(&other).unwrap().as_str(), fs::read(&scenario).unwrap()), ("precious", before));
}

#[test]
fn a_table_that_a_scenario_replays_is_an_input_too() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["replayed-log.toml", "replayed-log.csv"] {
        fs::copy(Path::new("scenarios").join(name), folder.path().join(name)).unwrap();
    }
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (scenario, table) = (path("replayed-log.toml"), path("replayed-log.csv"));
    let run = paretoscope(&["report", &scenario, "--replicates", "20", "--out", &table, "--force"]);
    assert_eq!(run.status.code(), Some(2), "{}", text(&run.stderr));
    assert_eq!(fs::read(&table).unwrap(), fs::read("scenarios/replayed-log.csv").unwrap());
}

#[test]
fn a_dash_is_standard_output() {
    let run = paretoscope(&["sample", "workshop-first-steps", "--requests", "3", "--out", "-"]);
    assert_eq!((run.status.code(), text(&run.stdout).lines().count()), (Some(0), 4));
    assert!(!Path::new("-").exists());
}

#[test]
fn data_on_standard_output_is_what_a_file_would_hold() {
    let (folder, scenario) = folder();
    let commented = format!("# joined\u{200d}letters\n{}", fs::read_to_string(&scenario).unwrap());
    fs::write(&scenario, commented).unwrap();
    let page = folder.path().join("page.html");
    let to = |out: &str| paretoscope(&["report", &scenario, "--replicates", "20", "--out", out]);
    let file = to(page.to_str().unwrap());
    assert_eq!(file.status.code(), Some(0), "{}", text(&file.stderr));
    assert!(to("-").stdout == fs::read(&page).unwrap());
    // Names of a table's own making stand in JSON as JSON has them.
    let table = folder.path().join("table.csv");
    let rows: String = (0..40).map(|i| format!("{i},seg\u{202e}ment,{},{}\n", i % 2, u32::from(i % 5 != 0))).collect();
    fs::write(&table, format!("request,segment,a,b\n{rows}")).unwrap();
    let run = paretoscope(&["preview", table.to_str().unwrap(), "--format", "json"]);
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
    assert!(serde_json::from_slice::<serde_json::Value>(&run.stdout).is_ok(), "{}", text(&run.stdout));
    assert!(text(&run.stdout).contains("seg\\u202ement") && !text(&run.stdout).contains('\u{202e}'));
}

#[cfg(target_os = "linux")]
#[test]
fn the_name_of_standard_output_is_written_into() {
    let run = paretoscope(&["sample", "workshop-first-steps", "--requests", "3", "--out", "/dev/stdout"]);
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
    assert!(text(&run.stdout).lines().count() >= 4);
}

#[test]
fn of_two_writers_of_a_new_file_one_is_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new");
    let results: Vec<bool> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..8_u8)
            .map(|i| {
                scope.spawn({
                    let path = &path;
                    move || disk::write(path, &[i; 100_000], &[], Existing::Keep).is_ok()
                })
            })
            .collect();
        writers.into_iter().map(|w| w.join().unwrap()).collect()
    });
    assert_eq!(results.iter().filter(|ok| **ok).count(), 1);
    let bytes = fs::read(&path).unwrap();
    assert!(bytes.len() == 100_000 && bytes.iter().all(|b| *b == bytes[0]) && results[usize::from(bytes[0])]);
}

#[test]
fn left_over_files_go_and_fresh_ones_stay() {
    let folder = tempfile::tempdir().unwrap();
    let (old, fresh) = (folder.path().join(".paretoscope-a.tmp"), folder.path().join(".paretoscope-b.tmp"));
    for path in [&old, &fresh] {
        fs::write(path, "half").unwrap();
    }
    let yesterday = std::time::SystemTime::now() - std::time::Duration::from_secs(86_400);
    fs::File::options().write(true).open(&old).unwrap().set_modified(yesterday).unwrap();
    disk::write(&folder.path().join("x"), b"x", &[], Existing::Keep).unwrap();
    assert!(!old.exists() && fresh.exists());
}

#[cfg(unix)]
mod unix {
    use std::io::Read;
    use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};

    use super::*;

    #[test]
    fn devices_and_pipes_are_written_into_and_stay_what_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let (pipe, null) = (folder.path().join("pipe"), folder.path().join("null"));
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        symlink("/dev/null", &null).unwrap();
        disk::write(&null, b"nowhere", &[], Existing::Keep).unwrap();
        assert!(fs::symlink_metadata(&null).unwrap().is_symlink());
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || {
                let mut read = String::new();
                fs::File::open(pipe).unwrap().read_to_string(&mut read).unwrap();
                read
            }
        });
        disk::write(&pipe, b"through", &[], Existing::Keep).unwrap();
        assert_eq!(reader.join().unwrap(), "through");
        assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
    }

    #[test]
    fn a_full_device_is_told() {
        let full = Path::new("/dev/full");
        if !full.exists() {
            println!("skipped: there is no /dev/full here");
            return;
        }
        assert!(matches!(disk::write(full, b"x", &[], Existing::Replace), Err(WriteError::System(..))));
        let out = fs::File::options().write(true).open(full).unwrap();
        let run = Command::new(env!("CARGO_BIN_EXE_paretoscope"))
            .args(["frontier", "workshop-first-steps", "--points", "0"])
            .stdout(out)
            .output()
            .unwrap();
        assert_eq!(run.status.code(), Some(1));
        assert!(text(&run.stderr).contains("standard output"), "{}", text(&run.stderr));
    }

    #[test]
    fn other_names_of_an_input_are_known() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("input"), "x").unwrap();
        symlink(path("input"), path("link")).unwrap();
        fs::hard_link(path("input"), path("second")).unwrap();
        for name in ["input", "link", "second"] {
            let refused = disk::write(&path(name), b"y", &[&path("input")], Existing::Replace);
            assert!(matches!(refused, Err(WriteError::Input(_))), "{name}: {refused:?}");
        }
    }

    #[test]
    fn write_protection_and_loose_links_are_told_and_other_names_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("protected"), "x").unwrap();
        fs::set_permissions(path("protected"), fs::Permissions::from_mode(0o444)).unwrap();
        let refused = disk::write(&path("protected"), b"y", &[], Existing::Replace);
        assert!(matches!(refused, Err(WriteError::ReadOnly(_))), "{refused:?}");
        symlink(path("nothing"), path("loose")).unwrap();
        assert!(matches!(disk::write(&path("loose"), b"y", &[], Existing::Replace), Err(WriteError::LooseLink(_))));
        fs::write(path("first"), "a longer text").unwrap();
        fs::hard_link(path("first"), path("second")).unwrap();
        disk::write(&path("first"), b"new", &[], Existing::Replace).unwrap();
        assert_eq!(fs::read_to_string(path("second")).unwrap(), "new");
        assert_eq!(fs::metadata(path("first")).unwrap().nlink(), 2);
    }

    #[test]
    fn the_owner_of_a_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("theirs");
        fs::write(&path, "x").unwrap();
        if std::os::unix::fs::chown(&path, Some(12_345), Some(12_345)).is_err() {
            println!("skipped: only root can give a file away");
            return;
        }
        disk::write(&path, b"y", &[], Existing::Replace).unwrap();
        let meta = fs::metadata(&path).unwrap();
        assert_eq!((meta.uid(), meta.gid()), (12_345, 12_345));
    }
}

#[test]
fn what_a_file_says_does_nothing_to_a_terminal() {
    let (folder, scenario) = folder();
    let hostile = folder.path().join("hostile.toml");
    fs::write(&hostile, "\"\\u001b]0;title\\u0007\\u001b[2J\" = 1\nname = \"a\\u202eb\"\nschema = 1\n").unwrap();
    let run = paretoscope(&["check", hostile.to_str().unwrap()]);
    assert_eq!(run.status.code(), Some(2));
    let said = text(&run.stderr);
    assert!(!said.contains('\u{1b}') && !said.contains('\u{7}') && !said.contains('\u{202e}'), "{said:?}");
    assert!(said.contains("\\u{1b}"), "{said}");
    for hidden in ["\\u202e", "\\u200b", "\\u2028", "\\u001b"] {
        let changed =
            fs::read_to_string(&scenario).unwrap().replace("name = \"Small\"", &format!("name = \"Sm{hidden}all\""));
        fs::write(&hostile, changed).unwrap();
        let run = paretoscope(&["check", hostile.to_str().unwrap()]);
        assert_eq!(run.status.code(), Some(2), "{hidden}: {}", text(&run.stderr));
        assert!(text(&run.stderr).contains("hidden"), "{}", text(&run.stderr));
    }
    fs::write(&hostile, format!("{} = 1\n", "k".repeat(1_000_000))).unwrap();
    let run = paretoscope(&["check", hostile.to_str().unwrap()]);
    assert!(run.status.code() == Some(2) && run.stderr.len() < 5_000, "{} bytes", run.stderr.len());
}

#[test]
fn a_name_is_no_formula_in_a_spreadsheet_and_a_report_asks_for_nothing() {
    let (folder, scenario) = folder();
    let changed = fs::read_to_string(&scenario).unwrap().replace("\"Coin toss\"", "\"=1+1\"");
    fs::write(&scenario, changed).unwrap();
    let run = paretoscope(&["frontier", &scenario, "--format", "csv", "--points", "0"]);
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
    let csv = text(&run.stdout);
    assert!(csv.contains("'=1+1") && !csv.split([',', '\n', '"']).any(|cell| cell.starts_with('=')), "{csv}");
    let page = folder.path().join("page.html");
    let run = paretoscope(&["report", &scenario, "--replicates", "20", "--out", page.to_str().unwrap()]);
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
    assert!(fs::read_to_string(&page).unwrap().contains("default-src 'none'; style-src 'unsafe-inline'"));
}
