//! Reports: pages that tell everything, escape what people wrote, and open again.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use paretoscope::jobs::{self, Control, Everything, FrontierOptions};
use paretoscope::report::{breakdown, svg};
use paretoscope::scenario::{library, page, read};
use paretoscope::simulation::world::World;

fn paretoscope(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_paretoscope")).args(arguments).output().unwrap()
}

fn write_report(scenario: &str, out: &Path, more: &[&str]) -> String {
    let mut arguments = vec!["report", scenario, "--out", out.to_str().unwrap(), "--replicates", "60"];
    arguments.extend(more);
    let run = paretoscope(&arguments);
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    fs::read_to_string(out).unwrap()
}

fn found(name: &str) -> (World, Everything) {
    let mut scenario = read::parse(library::find(name).unwrap().text, name).unwrap().scenario;
    scenario.study.replicates = 60;
    let world = World::compile(&scenario).unwrap();
    let options = FrontierOptions { exact_settings: 9, sampled_settings: 3, requests: 20_000, ..Default::default() };
    let policy = scenario.studied_policy().unwrap();
    let found = jobs::everything(&world, policy, &options, None, &Control::new()).unwrap();
    (world, found)
}

#[test]
fn the_same_page_whatever_the_threads_and_it_opens_again() {
    let folder = tempfile::tempdir().unwrap();
    let one = write_report("workshop-first-steps", &folder.path().join("1.html"), &["--threads", "1"]);
    let two = write_report("workshop-first-steps", &folder.path().join("2.html"), &["--threads", "2"]);
    assert_eq!(one, two);
    // The page holds what was asked for, and is one file alone.
    let text = page::scenario_text(&one).unwrap();
    assert!(
        text.contains("replicates = 60")
            && text.starts_with(library::find("workshop-first-steps").unwrap().text.get(..20).unwrap())
    );
    for outside in ["src=", "href=", "url(", "@import"] {
        assert!(!one.contains(outside), "{outside}");
    }
    let report = folder.path().join("1.html");
    let again = paretoscope(&["frontier", report.to_str().unwrap(), "--points", "3"]);
    let direct = paretoscope(&["frontier", "workshop-first-steps", "--points", "3"]);
    assert_eq!(again.status.code(), Some(0), "{}", String::from_utf8_lossy(&again.stderr));
    assert_eq!(again.stdout, direct.stdout);
    // A report of the report is the report.
    assert_eq!(write_report(report.to_str().unwrap(), &folder.path().join("3.html"), &[]), one);
}

#[test]
fn what_people_wrote_stays_text() {
    let folder = tempfile::tempdir().unwrap();
    let nasty = "<script>alert(1)</script></pre>&amp;\\\"'";
    let file = folder.path().join("nasty.toml");
    let text = library::find("workshop-first-steps").unwrap().text;
    let mut document: Vec<String> = text.lines().map(str::to_owned).collect();
    for line in &mut document {
        if line.starts_with("name = \"First steps\"") {
            *line = format!("name = \"{nasty}\"  # </pre><script>");
        } else if line.starts_with("name = \"Read 20 answers a day\"") {
            *line = format!("name = \"Read {nasty}\"");
        }
    }
    let text = document.join("\n");
    assert!(text.contains("Read <script>"));
    fs::write(&file, &text).unwrap();
    let page_text = write_report(file.to_str().unwrap(), &folder.path().join("nasty.html"), &[]);
    assert!(!page_text.contains("<script"), "a name became an element");
    assert_eq!(page_text.matches("</pre>").count(), 1);
    let back = page::scenario_text(&page_text).unwrap();
    assert_eq!(read::parse(&back, "").unwrap().scenario.name, "<script>alert(1)</script></pre>&amp;\"'");
    assert!(back.contains("# </pre><script>"), "comments come back as well");
}

#[test]
fn a_page_without_a_scenario_and_a_place_that_cannot_be_written_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("other.html");
    fs::write(&other, "<!doctype html><p>something else</p>").unwrap();
    let run = paretoscope(&["check", other.to_str().unwrap()]);
    assert_eq!(run.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&run.stderr).contains("this page holds no scenario"));
    let nowhere = folder.path().join("no such folder/x.html");
    let run =
        paretoscope(&["report", "workshop-first-steps", "--replicates", "20", "--out", nowhere.to_str().unwrap()]);
    assert_eq!(run.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&run.stderr).contains("cannot be saved"));
}

#[test]
fn pictures_name_every_policy_and_monitor_and_have_no_broken_numbers() {
    for name in ["support-agent", "three-tiers", "healthy-routing"] {
        let (world, found) = found(name);
        let scenario = &world.scenario;
        let studied = Some(found.timeline.policy);
        let study = found.study.as_ref().unwrap();
        let pictures = [
            svg::frontier(scenario, &found.frontier, false, studied),
            svg::frontier(scenario, &found.frontier, true, studied),
            svg::detection(scenario, study),
            svg::timeline(scenario, &found.timeline, Some(study)),
            svg::segments(scenario, &found.breakdown),
            svg::money(scenario, found.breakdown.policy, &breakdown::steps(&found.breakdown, None)),
        ];
        for picture in &pictures {
            assert!(picture.starts_with("<svg") && picture.ends_with("</svg>") && picture.contains("<text"));
            for broken in ["NaN", "inf\"", "inf,", ",inf", "\"-inf"] {
                assert!(!picture.contains(broken), "{name}: {broken}");
            }
        }
        let escaped = |name: &str| name.replace('&', "&amp;").replace('<', "&lt;");
        for policy in &scenario.policies {
            assert!(pictures[0].contains(&escaped(&policy.name)), "{name}: {}", policy.name);
        }
        for segment in scenario.segments.iter().filter(|g| g.name.chars().count() <= 27) {
            assert!(pictures[4].contains(&escaped(&segment.name)), "{name}: {}", segment.name);
        }
        for monitor in scenario.monitors.iter().filter(|m| m.name.chars().count() <= 34) {
            assert!(pictures[2].contains(&escaped(&monitor.name)), "{name}: {}", monitor.name);
        }
    }
}
