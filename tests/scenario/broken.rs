//! Every kind of broken file gives the message that it says it expects (`# expect: …` in its first lines).
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::path::Path;

use paretoscope::scenario::read;

#[test]
fn each_broken_file_says_what_is_wrong_and_where() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let mut wrong = Vec::new();
    let mut kinds = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let expected: Vec<&str> = text.lines().map_while(|l| l.strip_prefix("# expect: ")).collect();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let result = read::parse_bytes(&bytes, &name);
        if expected.is_empty() {
            assert!(result.is_ok(), "{name}: {:?}", result.err());
            continue;
        }
        kinds += 1;
        let Err(problems) = result else {
            wrong.push(format!("{name}: was read without complaint"));
            continue;
        };
        let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
        for expected in &expected {
            if !said.iter().any(|s| s.contains(expected)) {
                wrong.push(format!("{name}: nothing says {expected:?}:\n    {}", said.join("\n    ")));
            }
        }
        // One thing is broken, so little is said; and every message has a place in the file.
        if said.len() > expected.len() + 4 {
            wrong.push(format!(
                "{name}: {} messages for {} faults:\n    {}",
                said.len(),
                expected.len(),
                said.join("\n    ")
            ));
        }
        let lines = text.lines().count().max(1);
        for problem in &problems {
            assert!(problem.line >= 1 && problem.line <= lines + 1 && problem.column >= 1, "{name}: {problem}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(kinds >= 60, "{kinds}");
}

#[test]
fn tables_that_are_opened_and_never_closed_take_no_stack() {
    // A test's thread has 2 MiB, as a window's have.
    let lines = "hidden = { share =ifficulty = { mean = -1.5, sd = 0.8 }\n".repeat(3000);
    let problems = read::parse(&format!("schema = 1\n{lines}"), "x").unwrap_err();
    assert!(problems[0].message.contains("not valid TOML"), "{}", problems[0]);
}

#[test]
fn places_are_exact() {
    let text = "schema = 1\nname = \"x\"\nbaseline = \"P\"\n[traffic]\nrequests_per_day = 10\n[[segment]]\nname = \"S\"\nshare = 1\n\
                difficulty = { mean = 0, sd = 1 }\ntokens = { input = 1, output = 1 }\n[[tier]]\nname = \"T\"\ninput_usd_per_mtok = 1\n\
                output_usd_per_mtok = 1\nability = 0\n[[policy]]\nname = \"Größe\"\nkind = \"single\"\ntier =   \"U\"\n";
    let problems = read::parse(text, "f.toml").unwrap_err();
    let places: Vec<(usize, usize)> = problems.iter().map(|p| (p.line, p.column)).collect();
    // The baseline that does not exist, and the tier that does not exist.
    assert_eq!(places, [(3, 12), (19, 10)], "{problems:?}");
}
