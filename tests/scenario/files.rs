//! Reading, saving and describing scenario files.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use crate::common;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use paretoscope::detection::detector::CusumChart;
use paretoscope::disk::{self, Existing};
use paretoscope::model::{Change, EventKind, Rollout, Scenario, Strata};
use paretoscope::policy::Classifier;
use paretoscope::scenario::{file, overrides, read, schema, write};

/// The example of the format's description, with the second tier that it speaks of.
const EXAMPLE: &str = include_str!("../example.toml");

fn load(text: &str) -> read::Loaded {
    match read::parse(text, "test.toml") {
        Ok(loaded) => loaded,
        Err(problems) => {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            assert_eq!(lines.join("\n"), "", "no problems");
            unreachable_after_assert()
        }
    }
}

#[expect(clippy::panic, reason = "follows a failed assertion")]
fn unreachable_after_assert() -> ! {
    panic!("a file that should be in order is not")
}

#[test]
fn the_example_of_the_description_is_read_as_it_says() {
    let s = load(EXAMPLE).scenario;
    assert_eq!((s.name.as_str(), s.seed, s.baseline.as_str()), ("Two segments", 7, "All capable"));
    assert_eq!((s.traffic.days, s.traffic.requests_per_day, s.traffic.difficulty_day_sd), (180, 20_000.0, 0.05));
    let g = &s.segments[0];
    assert_eq!((g.share, g.difficulty.mean, g.difficulty.sd), (0.7, -1.5, 0.8));
    assert_eq!((g.hidden.share, g.hidden.mean, g.hidden.sd), (0.04, 1.5, 0.8));
    assert_eq!((g.tokens.input, g.tokens.output, g.tokens.input_cv, g.tokens.output_cv), (1200.0, 300.0, 0.4, 0.6));
    let t = &s.tiers[0];
    assert_eq!((t.upper, t.verbosity, t.confidence_auroc, t.confidence_auroc_hidden), (0.985, 0.8, 0.80, 0.60));
    assert_eq!((t.latency.first_token_ms, t.latency.per_output_token_ms, t.skill["Billing"]), (300.0, 8.0, 0.2));
    assert_eq!(s.policies[1].kind, Classifier { noise: 0.9, shares: vec![0.65, 0.35] }.into());
    assert_eq!(s.policies[1].rollout, Some(Rollout::Linear { start_day: 0.0, days: 42.0 }));
    assert_eq!((s.policies[1].usd_per_request, s.policies[1].latency_ms), (0.00002, 30.0));
    assert_eq!(s.events[0].kind, EventKind::HiddenShare);
    assert_eq!((s.events[0].change, s.events[0].day, s.events[0].ramp_days), (Change::Multiply(2.5), 21.0, 28.0));
    assert_eq!((s.economics.ticket.failed, s.economics.ticket.usd, s.economics.churn.delay_days), (0.30, 9.0, 30.0));
    assert_eq!((s.feedback.thumbs_down.failed, s.feedback.csat.satisfied_failed), (0.012, 0.40));
    assert_eq!(
        (s.study.replicates, s.study.false_alarms, s.study.material_loss, s.study.holdout),
        (1000, 0.05, 0.005, 5000)
    );
    let m = &s.monitors[0];
    assert_eq!((m.strata, m.per_day, m.sensitivity, m.usd_each, m.delay_days), (Strata::Tier, 30.0, 0.95, 1.5, 2.0));
    assert!(m.detector.as_ref().is_some_and(|d| d.kind.is::<CusumChart>() && (d.ratio - 1.5).abs() < 1e-12));
}

#[test]
fn shipped_scenarios_are_read_without_a_warning_and_saved_as_they_were() {
    for (entry, scenario) in common::library() {
        let loaded = load(entry.text);
        assert!(loaded.warnings.is_empty(), "{}: {:?}", entry.file_name, loaded.warnings);
        assert_eq!(loaded.document.to_text(&scenario), entry.text);
        let plain = write::to_text(&scenario);
        assert!(load(&plain).scenario == scenario, "{}", entry.file_name);
        assert_eq!(write::to_text(&load(&plain).scenario), plain);
    }
}

fn edited(change: impl FnOnce(&mut Scenario)) -> String {
    let loaded = load(EXAMPLE);
    let mut scenario = loaded.scenario.clone();
    change(&mut scenario);
    let text = loaded.document.to_text(&scenario);
    assert!(load(&text).scenario == scenario, "{text}");
    text
}

/// Lines that stand in one text and not in the other.
fn differing_lines(text: &str) -> Vec<String> {
    let before: Vec<&str> = EXAMPLE.lines().collect();
    text.lines().filter(|l| !before.contains(l)).map(str::to_owned).collect()
}

#[test]
fn saving_changes_only_what_changed() {
    let text = edited(|s| s.traffic.requests_per_day = 25_000.0);
    assert_eq!(differing_lines(&text), ["requests_per_day = 25000               # > 0"]);
    assert!(text.contains("shared_luck = 0.5                       # 0..1"), "comments stay");
    let text = edited(|s| s.segments[0].difficulty.mean = -1.25);
    assert_eq!(differing_lines(&text), ["difficulty = { mean = -1.25, sd = 0.8 }  # logits"]);
    let text = edited(|s| s.policies[1].kind = Classifier { noise: 0.9, shares: vec![0.5, 0.5] }.into());
    assert_eq!(differing_lines(&text).len(), 1, "{text}");
}

#[test]
fn saving_adds_removes_renames_and_moves() {
    let text = edited(|s| {
        let mut extra = s.policies[1].clone();
        extra.name = "Second classifier".into();
        s.policies.insert(1, extra);
    });
    assert!(text.contains("name = \"Second classifier\"") && text.contains("# of traffic, one per tier"));
    let text = edited(|s| {
        s.policies.swap(1, 2);
        s.policies[0].holdback = 0.1;
    });
    assert!(text.find("name = \"Cascade\"") < text.find("name = \"Classifier\""));
    let text = edited(|s| s.segments[0].stakes = 2.5);
    assert_eq!(differing_lines(&text), ["stakes = 2.5"]);
    let text = edited(|s| {
        s.policies.remove(2);
    });
    assert!(!text.contains("Cascade") && text.contains("Classifier"));
    let text = edited(|s| s.policies[2].name = "Careful cascade".into());
    assert_eq!(differing_lines(&text), ["name = \"Careful cascade\""]);
}

#[test]
fn overrides_reach_every_key() {
    let set = |overrides: &[&str]| {
        let list: Vec<String> = overrides.iter().map(|o| (*o).to_owned()).collect();
        overrides::apply(EXAMPLE, &list).map(|text| load(&text).scenario)
    };
    let s = set(&[
        "traffic.days=30",
        "policy.Classifier.noise = 0.5",
        "policy.Classifier.shares.0=0.5",
        "policy.1.shares.1=0.5",
        "tier.0.ability=1",
        "segment.\"Billing\".share=2",
        "name=Another name",
        "economics.ticket.usd=12",
        "event.0.multiply=3",
    ])
    .unwrap();
    assert_eq!((s.traffic.days, s.tiers[0].ability, s.segments[0].share), (30, 1.0, 2.0));
    assert_eq!(s.policies[1].kind, Classifier { noise: 0.5, shares: vec![0.5, 0.5] }.into());
    assert_eq!(
        (s.name.as_str(), s.economics.ticket.usd, s.events[0].change),
        ("Another name", 12.0, Change::Multiply(3.0))
    );
    assert!(set(&["policy.Clasifier.noise=1"]).is_err_and(|e| e.contains("did you mean \"Classifier\"")));
    assert!(set(&["nonsense"]).is_err_and(|e| e.contains("key.path=value")));
    let unknown = overrides::apply(EXAMPLE, &["traffic.dayz=3".to_owned()]).unwrap();
    assert!(
        read::parse(&unknown, "f").is_err_and(|p| p.iter().any(|p| p.to_string().contains("did you mean \"days\"")))
    );
}

/// Compares an asset with what the program generates; `UPDATE_ASSETS=1` writes it.
fn is_current(name: &str, generated: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(name);
    if std::env::var_os("UPDATE_ASSETS").is_some() {
        fs::write(&path, generated).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == generated, "assets/{name} is out of date; run the tests with UPDATE_ASSETS=1");
}

#[test]
fn schema_and_reference_page_are_current() {
    is_current("scenario.schema.json", &(serde_json::to_string_pretty(&schema::json_schema()).unwrap() + "\n"));
    is_current("scenario-format.md", &schema::reference_page());
}

#[test]
fn what_cannot_be_opened_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let says = |path: &Path| file::load(path).unwrap_err().to_string();
    assert!(says(folder.path()).contains("this is a folder"));
    assert!(says(&folder.path().join("nothing.toml")).contains("there is no such file"));
    let large = folder.path().join("large.toml");
    fs::write(&large, vec![b' '; read::MAX_BYTES + 10]).unwrap();
    assert!(says(&large).contains("probably not one"));
    let inside = folder.path().join("large.toml/inside.toml");
    assert!(says(&inside).contains("inside.toml"));
    assert!(
        disk::write(&folder.path().join("no/such/folder.toml"), b"x", &[], Existing::Replace)
            .is_err_and(|e| e.to_string().contains("there is no folder"))
    );
}

#[cfg(unix)]
#[test]
fn saving_follows_links_and_keeps_permissions() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = (folder.path().join("real.toml"), folder.path().join("link.toml"));
    fs::write(&real, "old").unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&real, &link).unwrap();
    disk::write(&link, b"new", &[], Existing::Replace).unwrap();
    assert_eq!(fs::read_to_string(&real).unwrap(), "new");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left behind");
}

/// Saves without end; started as a process of its own by the test below, which kills it.
#[test]
#[ignore = "helper: a process of killing_a_save_leaves_a_whole_file"]
fn save_without_end() {
    // Without a file it is not the helper: a run of everything that is ignored passes by.
    let Some(path) = std::env::var_os("SAVE_WITHOUT_END") else { return };
    for letter in ('a'..='z').cycle() {
        disk::write(Path::new(&path), letter.to_string().repeat(300_000).as_bytes(), &[], Existing::Replace).unwrap();
    }
}

#[test]
fn killing_a_save_leaves_a_whole_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scenario.toml");
    fs::write(&path, "a".repeat(300_000)).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for round in 0..60_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["files::save_without_end", "--exact", "--ignored"])
            .env("SAVE_WITHOUT_END", &path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Different moments of a save, from its start on.
        std::thread::sleep(Duration::from_micros(8_000 + 2_977 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let first = text.chars().next().unwrap();
        assert_eq!(text.len(), 300_000);
        assert!(text.chars().all(|c| c == first), "round {round}: a mixture");
        seen.insert(first);
    }
    assert!(seen.len() > 1, "no save ever finished: the test shows nothing");
}

#[test]
fn a_hidden_share_that_events_push_out_of_its_range_is_told() {
    let text = |event: &str| {
        let text = paretoscope::scenario::library::find("workshop-first-steps").unwrap().text;
        let kept: Vec<&str> = text.split("[[event]]").collect();
        assert_eq!(kept.len(), 2, "one event");
        let rest = kept[1].find("\n[").map_or("", |at| &kept[1][at..]);
        format!("{}\n{event}\n{rest}", kept[0])
    };
    let event = |change: &str| format!("[[event]]\nkind = \"hidden_share\"\n{change}\nday = 10\nramp_days = 20\n");
    let warnings = |event: &str| {
        let loaded = load(&text(event));
        loaded.warnings.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert!(warnings(&event("multiply = 20")).is_empty(), "0.05 becomes 1, which it may");
    let told = warnings(&event("multiply = 30"));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("on day 30") && told[0].contains("1.5") && told[0].contains("stays at 1"), "{told:?}");
    // Below zero; in both segments, as the event names none.
    let told = warnings(&event("add = -0.2"));
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("-0.15") && told[0].contains("stays at 0"), "{told:?}");
    // Two that only do it together.
    let both = format!("{}{}", event("multiply = 15"), event("add = 0.5"));
    assert!(warnings(&both).iter().any(|w| w.contains("1.25")), "{:?}", warnings(&both));
}
