//! What is written, and what is never written over; what others' text may do to a terminal.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
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

    fn pipe(folder: &tempfile::TempDir) -> String {
        let pipe = folder.path().join("pipe").to_str().unwrap().to_owned();
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        pipe
    }

    /// Runs a command with a pipe into which a file is written meanwhile.
    fn fed(arguments: &[&str], pipe: &str, content: &[u8]) -> Output {
        let (pipe, content) = (pipe.to_owned(), content.to_vec());
        let writer = std::thread::spawn(move || fs::write(pipe, content));
        let run = paretoscope(arguments);
        writer.join().unwrap().unwrap();
        run
    }

    #[test]
    fn scenarios_and_tables_come_through_pipes() {
        let (folder, scenario) = folder();
        let pipe = pipe(&folder);
        let run = fed(&["check", &pipe], &pipe, &fs::read(&scenario).unwrap());
        assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
        let table = fs::read("scenarios/replayed-log.csv").unwrap();
        for command in ["preview", "import"] {
            let run = fed(&[command, &pipe], &pipe, &table);
            assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
            assert!(text(&run.stdout).contains("2,000 requests kept"), "{}", text(&run.stdout));
        }
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let run = fed(&["fit", &pipe, "--out", &path("fitted.toml")], &pipe, &table);
        assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
        // A scenario is of no use without its table, so that is kept beside it, and never over another file.
        let run = fed(&["import", &pipe, "--out", &path("log.toml")], &pipe, &table);
        assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
        assert!(fs::read(path("log.csv")).unwrap() == table);
        let run = paretoscope(&["check", &path("log.toml")]);
        assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
        fs::remove_file(path("log.toml")).unwrap();
        fs::write(path("log.csv"), "precious").unwrap();
        let run = fed(&["import", &pipe, "--out", &path("log.toml")], &pipe, &table);
        assert_eq!(run.status.code(), Some(2), "{}", text(&run.stderr));
        assert!(fs::read(path("log.csv")).unwrap() == b"precious" && !Path::new(&path("log.toml")).exists());
        // The table of a scenario, its hash and all.
        let replayed = fs::read_to_string("scenarios/replayed-log.toml").unwrap();
        fs::write(path("replayed.toml"), replayed.replace("\"replayed-log.csv\"", "\"pipe\"")).unwrap();
        let run = fed(&["frontier", &path("replayed.toml"), "--points", "0"], &pipe, &table);
        assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
    }

    #[test]
    fn a_pipe_with_nobody_at_the_other_end_is_told_of_and_can_be_left() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = pipe(&folder);
        let sample = ["sample", "workshop-first-steps", "--requests", "3", "--out", &pipe];
        for arguments in [&["check", &pipe][..], &["preview", &pipe], &sample] {
            let mut child = Command::new(env!("CARGO_BIN_EXE_paretoscope"))
                .args(arguments)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            std::thread::sleep(std::time::Duration::from_secs(4));
            assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
            // Where the tests run in the background of a script, that signal is ignored from the start.
            let patience = std::time::Instant::now();
            while child.try_wait().unwrap().is_none() {
                if patience.elapsed().as_secs() > 20 {
                    child.kill().unwrap();
                    panic!("{arguments:?} goes on after Ctrl+C; do the tests run in the background?");
                }
                std::thread::sleep(std::time::Duration::from_millis(50));
            }
            let run = child.wait_with_output().unwrap();
            assert!(!run.status.success());
            assert!(text(&run.stderr).contains("waiting for"), "{arguments:?}: {}", text(&run.stderr));
        }
        // Whoever cannot be asked is not kept waiting.
        let refused = paretoscope::scenario::file::read_contents(Path::new(&pipe)).unwrap_err().to_string();
        assert!(refused.contains("pipe"), "{refused}");
        let refused = disk::write(Path::new(&pipe), b"x", &[], Existing::Keep);
        assert!(matches!(refused, Err(WriteError::System(..))), "{refused:?}");
    }

    #[test]
    fn standard_output_in_a_file_is_no_file_that_is_there_already() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        let run = Command::new(env!("CARGO_BIN_EXE_paretoscope"))
            .args(["sample", "workshop-first-steps", "--requests", "3", "--out", "/dev/stdout"])
            .stdout(fs::File::create(&path).unwrap())
            .output()
            .unwrap();
        assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 4);
    }

    #[test]
    fn tables_with_names_that_are_no_text_are_used_or_refused_with_a_way_on() {
        use std::os::unix::ffi::OsStringExt;
        let folder = tempfile::tempdir().unwrap();
        let run = |command: &str, table: &Path, out: &Path| {
            let mut run = Command::new(env!("CARGO_BIN_EXE_paretoscope"));
            run.arg(command).arg(table).arg("--out").arg(out).stdin(Stdio::null()).output().unwrap()
        };
        let names: [&[u8]; 4] = [b"a\\b.csv", b"b\xff.csv", b"c\nd\x1b[2J.csv", b"e\xe2\x80\xae.csv"];
        for (i, name) in names.into_iter().enumerate() {
            let table = folder.path().join(std::ffi::OsString::from_vec(name.to_vec()));
            fs::copy("scenarios/replayed-log.csv", &table).unwrap();
            let fitted = folder.path().join(format!("fitted{i}.toml"));
            let done = run("fit", &table, &fitted);
            assert_eq!(done.status.code(), Some(0), "{name:?}: {}", text(&done.stderr));
            assert!(!text(&done.stdout).contains(['\u{1b}', '\u{202e}']));
            let done = paretoscope(&["check", fitted.to_str().unwrap()]);
            assert_eq!(done.status.code(), Some(0), "{name:?}: {}", text(&done.stderr));
            let imported = folder.path().join(format!("imported{i}.toml"));
            let done = run("import", &table, &imported);
            match done.status.code() {
                Some(0) => {
                    let done = paretoscope(&["check", imported.to_str().unwrap()]);
                    assert_eq!(done.status.code(), Some(0), "{name:?}: {}", text(&done.stderr));
                }
                Some(2) => assert!(text(&done.stderr).contains("name"), "{name:?}: {}", text(&done.stderr)),
                other => panic!("{name:?}: {other:?}"),
            }
            assert!(i != 0 || done.status.success(), "a backslash is a letter like any other");
        }
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
        for asked in [&["--help"][..], &["--version"], &["help"], &["frontier", "--help"]] {
            let out = fs::File::options().write(true).open(full).unwrap();
            let run = Command::new(env!("CARGO_BIN_EXE_paretoscope")).args(asked).stdout(out).output().unwrap();
            assert_eq!(run.status.code(), Some(1), "{asked:?}");
            assert!(text(&run.stderr).contains("standard output"), "{asked:?}: {}", text(&run.stderr));
        }
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
fn a_scenario_names_any_file_and_learns_nothing_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    let path = |name: &str| inner.join(name).to_str().unwrap().to_owned();
    let replayed = fs::read_to_string("scenarios/replayed-log.toml").unwrap();
    let replayed: String = replayed.lines().filter(|l| !l.starts_with("blake3")).map(|l| format!("{l}\n")).collect();
    let secrets = [
        "hunter2,x,y\nsesame,1,0\n",
        "{\"hunter2\": \"sesame\"}\n",
        "{\"hunter2\": [{\"sesame\": 1}]}\n",
        "hunter2:sesame\n",
    ];
    for secret in secrets {
        fs::write(folder.path().join("secret"), secret).unwrap();
        fs::write(path("s.toml"), replayed.replace("replayed-log.csv", "../secret")).unwrap();
        for command in ["check", "frontier", "detect", "timeline"] {
            let run = paretoscope(&[command, &path("s.toml")]);
            assert_eq!(run.status.code(), Some(2));
            let said = text(&run.stderr) + &text(&run.stdout);
            assert!(!said.contains("hunter2") && !said.contains("sesame"), "{said}");
            assert!(said.contains("outside") && said.contains("preview"), "{said}");
        }
        // A lesson names a scenario in the same way.
        let refused = paretoscope::scenario::file::read_named(&folder.path().join("secret")).unwrap_err().to_string();
        assert!(refused.contains("no scenario") && !refused.contains("hunter2"), "{refused}");
    }
    assert!(paretoscope::scenario::file::read_named(Path::new("scenarios/support-agent.toml")).is_ok());
    // What lies in the folder, or is reached from it by a detour, is not told of; what a link leads to is.
    fs::copy("scenarios/replayed-log.csv", path("log.csv")).unwrap();
    fs::copy("scenarios/replayed-log.csv", folder.path().join("log.csv")).unwrap();
    let outside = |table: &str| {
        fs::write(path("s.toml"), replayed.replace("replayed-log.csv", table)).unwrap();
        let run = paretoscope(&["frontier", &path("s.toml"), "--points", "0"]);
        assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
        text(&run.stderr).contains("outside")
    };
    assert!(!outside("log.csv") && !outside("../inner/log.csv") && outside("../log.csv"));
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("../log.csv", path("link.csv")).unwrap();
        assert!(outside("link.csv"));
    }
}

#[test]
fn complaints_about_arguments_and_columns_do_nothing_to_a_terminal() {
    let evil = "\u{1b}[2J\u{202e}\u{e0041}\u{fe0f}";
    for arguments in [
        &["frontier", "support-agent", "--engine", evil][..],
        &["frontier", "support-agent", "--points", evil],
        &["frontier", "support-agent", &format!("--{evil}")],
        &[evil, "x"],
    ] {
        let run = paretoscope(arguments);
        assert_eq!(run.status.code(), Some(2), "{arguments:?}");
        let said = text(&run.stderr);
        assert!(!said.is_empty() && !said.contains(|c: char| evil.contains(c) && !c.is_ascii_graphic()), "{said:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("t.csv");
    let rows: String = (0..40).map(|i| format!("{i},s,{},{},x\n", i % 2, u32::from(i % 5 != 0))).collect();
    fs::write(&table, format!("request,segment,\"a\nmodel\",b{evil},\"no\nte{evil}\"\n{rows}")).unwrap();
    let run = paretoscope(&["import", table.to_str().unwrap(), "--model", "none"]);
    assert_eq!(run.status.code(), Some(2), "{}", text(&run.stdout));
    assert!(text(&run.stderr).contains("a\\nmodel"), "{}", text(&run.stderr));
    let run = paretoscope(&["preview", table.to_str().unwrap()]);
    let said = text(&run.stdout);
    assert!(said.contains("a\\nmodel") && said.contains("no\\nte"), "{said}");
    assert!(!said.contains(|c: char| evil.contains(c) && !c.is_ascii_graphic()), "{said:?}");
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
    for hidden in ["\\u202e", "\\u200b", "\\u2028", "\\u001b", "\\U000E0041", "\\ufe0f", "\\u3164"] {
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

#[test]
fn a_folder_that_is_not_there_is_told_before_the_work_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("missing").join("page.html");
    let run = paretoscope(&["report", "workshop-first-steps", "--out", out.to_str().unwrap()]);
    assert_eq!(run.status.code(), Some(2));
    let said = text(&run.stderr);
    assert!(said.contains("there is no folder") && !said.contains(".paretoscope-"), "{said}");
}
