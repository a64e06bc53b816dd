//! Reports: pages that tell everything, escape what people wrote, and open again.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use paretoscope::frontier::Engine;
use paretoscope::jobs::{self, Control, Everything, Extras, FrontierOptions};
use paretoscope::policy::Single;
use paretoscope::report::{breakdown, json, svg, table};
use paretoscope::scenario::{library, overrides, page, read};
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
    let found = jobs::everything(&world, policy, &options, &Extras::default(), &Control::new()).unwrap();
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
    // It is refused before the work is done.
    assert_eq!(run.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&run.stderr).contains("there is no folder"));
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
            svg::timeline(scenario, &found.timeline, Some(study), None),
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

#[test]
fn numbers_that_cannot_be_are_not_printed() {
    let text = library::find("workshop-first-steps").unwrap().text;
    let parsed = |set: &[&str]| {
        let set: Vec<String> = set.iter().map(|s| (*s).to_owned()).collect();
        read::parse(&overrides::apply(text, &set).unwrap(), "odd").unwrap().scenario
    };
    let ticket = |failed: &str, usd: &str| format!("economics.ticket={{ failed = {failed}, ok = 0.0, usd = {usd} }}");
    let odd = [
        // A failure costs next to nothing: no gap is wide enough to lose the saving.
        parsed(&[&ticket("1e-300", "1e-10"), "economics.churn={ failed = 0.0, ok = 0.0, usd = 0.0 }"]),
        parsed(&[&ticket("1e-9", "1e-9"), "economics.churn={ failed = 0.0, ok = 0.0, usd = 0.0 }"]),
        // Hardly any request is hidden-hard.
        parsed(&["segment.\"Everyday questions\".hidden={ share = 1e-300, mean = 2.0, sd = 1.0 }"]),
        // A loss that counts only beyond all there is to lose.
        parsed(&["study.material_loss=0.99"]),
        // Few requests: intervals as wide as can be.
        parsed(&["segment.\"Hard questions\".tokens={ input = 4000, output = 2000, input_cv = 5.0, output_cv = 5.0 }"]),
    ];
    for (index, scenario) in odd.iter().enumerate() {
        let world = World::compile(scenario).unwrap();
        for (engine, requests) in [(Engine::Exact, 2_000), (Engine::MonteCarlo, 200)] {
            let options =
                FrontierOptions { engine, exact_settings: 9, sampled_settings: 3, requests, ..Default::default() };
            let found = jobs::frontier(&world, &options, &Control::new()).unwrap();
            let text = table::frontier(scenario, &found);
            for broken in ["inf", "NaN", " -"] {
                assert!(
                    !text.replace("inference", "").replace("Inference", "").contains(broken),
                    "{index}: {broken} in {text}"
                );
            }
            for stage in std::iter::once(&found.launch).chain(&found.production) {
                assert!((0.0..=1.0).contains(&stage.quality_floor), "{index}: {}", stage.quality_floor);
                for point in stage.curves.iter().flat_map(|c| &c.operating_point) {
                    if engine == Engine::Exact {
                        assert!(point.hard_edge_quality.is_some(), "{index}: nothing is hard");
                    }
                    let Some(i) = &point.interval else { continue };
                    for [low, high] in [i.inference_usd_per_1k, i.downstream_usd_per_1k, i.total_usd_per_1k] {
                        assert!(0.0 <= low && low <= high && high.is_finite(), "{index}: {low} to {high}");
                    }
                }
            }
            let json = json::frontier(scenario, &found).to_string();
            assert!(!json.contains("\"break_even_gap\":1e3"), "{index}");
        }
    }
}

#[test]
fn the_gap_to_the_baseline_has_a_paired_interval() {
    let (world, _) = found("workshop-first-steps");
    let options =
        FrontierOptions { engine: Engine::MonteCarlo, sampled_settings: 1, requests: 400_000, ..Default::default() };
    let sampled = jobs::frontier(&world, &options, &Control::new()).unwrap();
    let exact = FrontierOptions { exact_settings: 0, fill_stateful: false, review: false, ..Default::default() };
    let exact = jobs::frontier(&world, &exact, &Control::new()).unwrap();
    let quality = |index: usize| exact.launch.curves[index].operating_point.as_ref().map(|p| p.quality);
    let mut checked = 0;
    for (index, curve) in sampled.launch.curves.iter().enumerate() {
        let interval = curve.operating_point.as_ref().unwrap().interval.as_ref().unwrap();
        let [low, high] = interval.quality_gap;
        if index == sampled.baseline {
            assert_eq!([low, high], [0.0, 0.0], "the baseline against itself");
            continue;
        }
        let Some(gap) = quality(sampled.baseline).zip(quality(index)).map(|(baseline, own)| baseline - own) else {
            continue;
        };
        // Within 4 standard errors of the exact gap; and narrower than the two intervals would be that ignore the pairs.
        let se = (high - low) / (2.0 * 1.96);
        assert!((0.5 * (low + high) - gap).abs() < 4.0 * se + 1e-9, "{index}: {low} to {high}, exactly {gap}");
        let apart = |i: usize| {
            let of = sampled.launch.curves[i].operating_point.as_ref().unwrap().interval.as_ref().unwrap().quality;
            of[1] - of[0]
        };
        assert!(high - low < 0.95 * apart(index).hypot(apart(sampled.baseline)), "{index}: {low} to {high}");
        checked += 1;
    }
    assert!(checked >= 3);
    let json = json::frontier(&world.scenario, &sampled);
    assert!(json["policies"][1]["operating_point"]["interval"]["quality_gap"].is_array());
    assert!(table::frontier(&world.scenario, &sampled).contains(" points ("));
}

#[test]
fn shares_that_sum_to_one_do_so_to_the_last_digit() {
    for entry in library::LIBRARY {
        let scenario = read::parse(entry.text, entry.file_name).unwrap().scenario;
        if scenario.replay.is_some() {
            continue;
        }
        let world = World::compile(&scenario).unwrap();
        let options = FrontierOptions { exact_settings: 3, fill_stateful: false, review: false, ..Default::default() };
        let found = jobs::frontier(&world, &options, &Control::new()).unwrap();
        for stage in std::iter::once(&found.launch).chain(&found.production) {
            for curve in &stage.curves {
                let Some(point) = &curve.operating_point else { continue };
                let is_single = scenario.policies[curve.policy].kind.is::<Single>();
                for share in &point.traffic {
                    let is_near_one = (share - 1.0).abs() < 1e-9;
                    assert!(
                        *share <= 1.0 && (!is_near_one || !is_single || *share == 1.0),
                        "{}: {share}",
                        entry.file_name
                    );
                }
                if is_single {
                    assert_eq!(point.calls_per_request, 1.0, "{}", entry.file_name);
                }
                for calls in curve.sweep.iter().chain([point]).map(|point| point.calls_per_request) {
                    let off = (calls - calls.round()).abs();
                    assert!(off == 0.0 || off > 1e-9, "{}: {calls} calls for each request", entry.file_name);
                }
            }
        }
    }
}

#[test]
fn the_options_stand_in_the_report_when_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let without = write_report("workshop-first-steps", &folder.path().join("1.html"), &[]);
    let with = write_report("workshop-first-steps", &folder.path().join("2.html"), &["--decide"]);
    assert!(!without.contains("Which option to take"));
    for words in [
        "<h2>Which option to take</h2>",
        "stay on the baseline",
        "not watched",
        "Quality at the end",
        "does not say what an alarm leads to",
    ] {
        assert!(with.contains(words), "{words}");
    }
    // What the command says is what stands there.
    let run = paretoscope(&["decide", "workshop-first-steps", "--replicates", "60", "--format", "json"]);
    let said: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    let reason = said["reason"].as_str().unwrap().replace('"', "&quot;");
    assert!(with.contains(&reason), "{reason}");
}
