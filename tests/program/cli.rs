//! The command line as scripts use it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::process::{Command, Output};

use serde_json::Value;

fn paretoscope(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_paretoscope"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn check_accepts_the_library_and_refuses_broken_files_with_code_2() {
    let good = paretoscope(&["check", "scenarios/support-agent.toml", "scenarios/three-tiers.toml"]);
    assert_eq!(good.status.code(), Some(0), "{}", text(&good.stderr));
    assert!(text(&good.stdout).contains("is in order"));
    let bad =
        paretoscope(&["check", "tests/broken/many-at-once.toml", "scenarios/support-agent.toml", "no-such-file.toml"]);
    assert_eq!(bad.status.code(), Some(2));
    let said = text(&bad.stderr);
    for expected in ["sed: unknown key", "noise: found -1", "day: found the text", "there is no such file"] {
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn calibrate_says_what_it_moves_and_writes_only_that() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("mine.toml");
    let out = out.to_str().unwrap();
    let file = "scenarios/support-agent.toml";
    let asked = ["calibrate", file, "--set", "known.1.value=0.6", "--format"];
    let run = |format: &str, more: &[&str]| {
        let run = paretoscope(&[&asked[..], &[format], more].concat());
        assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
        text(&run.stdout)
    };
    let json: Value = serde_json::from_str(&run("json", &["--threads", "1"])).unwrap();
    assert_eq!(run("json", &["--threads", "1"]), run("json", &["--threads", "2"]));
    let known = json["known"].as_array().unwrap();
    assert_eq!(known.len(), 7);
    for known in known {
        for key in ["before", "after"] {
            assert!(known[key].is_f64(), "{known}");
        }
        assert!(known["figure"].is_string() && known["is_met"] == true, "{known}");
        assert!(known["of"]["policy"].is_string() && known["of"]["when"].is_string(), "{known}");
        for key in ["wanted", "reachable"] {
            let range = known[key].as_array().unwrap();
            assert!(range[0].as_f64().unwrap() <= range[1].as_f64().unwrap(), "{known}");
        }
    }
    assert!((known[1]["after"].as_f64().unwrap() - 0.6).abs() < 6e-5, "{}", known[1]);
    let free = json["free"].as_array().unwrap();
    let moved: Vec<&Value> = free.iter().filter(|free| free["before"] != free["after"]).collect();
    assert!(moved.iter().any(|free| free["key"] == "policy.Classifier.shares.0" && free["after"] == 0.6), "{moved:?}");
    assert!(json["undetermined"].as_array().unwrap().iter().all(Value::is_string));

    let told = run("text", &["--out", out]);
    for expected in ["reproduces all 7 known figures", "share routed of \"Classifier\"", "Wrote "] {
        assert!(told.contains(expected), "{told}");
    }
    // Everything else stands as it stood, comments and all.
    let before = std::fs::read_to_string(file).unwrap();
    let after = std::fs::read_to_string(out).unwrap();
    assert_eq!(before.lines().count(), after.lines().count());
    let changed: Vec<(&str, &str)> = before.lines().zip(after.lines()).filter(|(a, b)| a != b).collect();
    assert!(changed.len() <= moved.len() + 1, "{changed:?}");
    assert!(changed.iter().any(|(_, line)| *line == "shares = [0.6, 0.4]"), "{changed:?}");
    let again = paretoscope(&["calibrate", out]);
    assert!(text(&again.stdout).contains("no number had to move"), "{}", text(&again.stdout));
    let csv = run("csv", &[]);
    assert_eq!(csv.lines().count(), 1 + 7 + free.len());

    // Never over its input, over another file only when asked; without known figures there is nothing to do.
    let over = paretoscope(&["calibrate", out, "--out", out, "--force"]);
    assert_eq!(over.status.code(), Some(2), "{}", text(&over.stderr));
    let over = paretoscope(&["calibrate", file, "--out", out]);
    assert_eq!(over.status.code(), Some(2), "{}", text(&over.stderr));
    let none = paretoscope(&["calibrate", "scenarios/three-tiers.toml"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(text(&none.stderr).contains("has no known figures"), "{}", text(&none.stderr));
}

#[test]
fn a_figure_that_cannot_be_met_is_a_result_and_no_error() {
    let run = paretoscope(&[
        "calibrate",
        "support-agent",
        "--set",
        "known.4.between=[8, 9]",
        "--set",
        "known.4.free=[\"feedback.thumbs_down.failed\"]",
    ]);
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
    let said = text(&run.stdout);
    assert!(said.contains("reproduces all 7") || said.contains("Not met: thumbs-down"), "{said}");
    let run = paretoscope(&[
        "calibrate",
        "support-agent",
        "--set",
        "known.3.value=0.94",
        "--set",
        "known.3.free=[\"policy.Classifier.nois\"]",
    ]);
    assert_eq!(run.status.code(), Some(2));
    assert!(text(&run.stderr).contains("did you mean \"noise\"?"), "{}", text(&run.stderr));
}

#[test]
fn frontier_json_has_the_promised_form() {
    let run = paretoscope(&["frontier", "scenarios/support-agent.toml", "--format", "json", "--points", "5"]);
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
    let json: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(json["scenario"], "Support agent");
    assert_eq!(json["engine"], "exact");
    assert_eq!(json["baseline"], "All capable");
    let review = &json["launch_review"][0];
    assert!(
        review["policy"].is_string() && review["requests"] == 5000 && review["interval"].as_array().unwrap().len() == 2
    );
    let policies = json["policies"].as_array().unwrap();
    assert_eq!(policies.len(), 9);
    for policy in policies {
        assert!(policy["kind"].is_string() && policy["sweep"].is_array());
        for point in [&policy["operating_point"], &policy["production_point"]] {
            for key in [
                "calls_per_request",
                "inference_usd_per_1k",
                "quality",
                "hard_edge_quality",
                "downstream_usd_per_1k",
                "total_usd_per_1k",
            ] {
                assert!(point[key].is_f64(), "{key}: {point}");
            }
            let total =
                point["inference_usd_per_1k"].as_f64().unwrap() + point["downstream_usd_per_1k"].as_f64().unwrap();
            assert!((total - point["total_usd_per_1k"].as_f64().unwrap()).abs() < 1e-9);
            let traffic: f64 = point["traffic"].as_object().unwrap().values().map(|v| v.as_f64().unwrap()).sum();
            assert!((traffic - 1.0).abs() < 1e-9, "{traffic}");
            assert!(
                point["quality_by_segment"]["Billing"].is_f64()
                    && point["latency_ms"]["p95"].is_null()
                    && point["interval"].is_null()
            );
        }
    }
    assert_eq!(policies[3]["sweep"].as_array().unwrap().len(), 5);
    assert!(json["pareto"][0]["policy"].is_string());
    for key in ["aiq", "apgr", "cpt50", "cpt80"] {
        assert!(json["metrics"][3][key].is_f64(), "{key}");
    }
    // RouteLLM: the random mix recovers half of the gap on average, and half of it at half of the calls.
    assert!((json["metrics"][2]["apgr"].as_f64().unwrap() - 0.5).abs() < 1e-9);
    assert!((json["metrics"][2]["cpt50"].as_f64().unwrap() - 0.5).abs() < 1e-9);
    assert!(json["production"]["metrics"][3]["in_trap"] == true);
}

#[test]
fn monte_carlo_gives_intervals_percentiles_and_the_same_bytes_with_any_threads() {
    let run = |threads: &str| {
        let run = paretoscope(&[
            "frontier",
            "workshop-first-steps",
            "--engine",
            "monte-carlo",
            "--requests",
            "100000",
            "--points",
            "3",
            "--format",
            "json",
            "--threads",
            threads,
        ]);
        assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
        text(&run.stdout)
    };
    let one = run("1");
    assert_eq!(one, run("2"));
    assert_eq!(one, run("7"));
    let json: Value = serde_json::from_str(&one).unwrap();
    let point = &json["policies"][3]["operating_point"];
    assert!(point["latency_ms"]["p95"].as_f64().unwrap() > point["latency_ms"]["mean"].as_f64().unwrap());
    let interval = point["interval"]["quality"].as_array().unwrap();
    let quality = point["quality"].as_f64().unwrap();
    assert!(interval[0].as_f64().unwrap() < quality && quality < interval[1].as_f64().unwrap());
}

#[test]
fn a_file_that_is_too_large_is_not_said_to_be_as_large_as_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.toml");
    std::fs::write(&path, "#".repeat(6_000_000)).unwrap();
    let run = paretoscope(&["check", path.to_str().unwrap()]);
    assert_eq!(run.status.code(), Some(2));
    assert!(text(&run.stderr).contains("the file has more than 4 MiB"), "{}", text(&run.stderr));
}

#[test]
fn overrides_seeds_and_formats() {
    let run = |more: &[&str]| {
        let mut arguments = vec!["timeline", "support-agent", "--set", "traffic.days=10"];
        arguments.extend(more);
        let run = paretoscope(&arguments);
        assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
        text(&run.stdout)
    };
    let csv = run(&["--format", "csv"]);
    assert_eq!(csv.lines().count(), 11);
    assert!(csv.starts_with("day,routed_share,requests"));
    assert!(run(&["--format", "csv", "--seed", "5"]) != csv);
    let json: Value = serde_json::from_str(&run(&["--format", "json", "--policy", "Uncertainty cascade"])).unwrap();
    assert_eq!(json["days"].as_array().unwrap().len(), 10);
    assert!(run(&[]).contains("day by day"));

    for command in ["frontier", "report", "sample"] {
        for seed in ["1e308", "-1", "1.5", "99999999999999999999"] {
            let wrong = paretoscope(&[command, "support-agent", "--seed", seed]);
            assert_eq!(wrong.status.code(), Some(2), "{command} {seed}");
            assert!(text(&wrong.stderr).contains("a whole number from 0 to "), "{seed}: {}", text(&wrong.stderr));
        }
    }
    let wrong = paretoscope(&["timeline", "support-agent", "--policy", "Clasifier"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("did you mean \"Classifier\""));
    let wrong = paretoscope(&["frontier", "support-agent", "--set", "traffic.days=0"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("a whole number from 1 to 3650"));
    assert_eq!(paretoscope(&["frontier"]).status.code(), Some(2));
}

#[test]
fn no_output_has_a_number_that_is_none() {
    for name in ["three-tiers", "cascade-done-right", "healthy-routing"] {
        let run = paretoscope(&["frontier", name, "--format", "json", "--points", "3"]);
        let said = text(&run.stdout);
        assert!(!said.contains("NaN") && !said.contains("inf,"), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_at_once() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_paretoscope"))
        .args(["frontier", "support-agent", "--engine", "monte-carlo", "--requests", "100000000000"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(800));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let asked = std::time::Instant::now();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130));
    // Hours are left of the run: this only tells "at once" from "at the end".
    assert!(asked.elapsed() < std::time::Duration::from_secs(10));
}

#[test]
fn check_tells_which_claims_of_a_scenario_do_not_hold() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("claims.toml");
    let shipped = std::fs::read_to_string("scenarios/workshop-first-steps.toml").unwrap();
    let claim = "[[expect]]\npolicy = \"Classifier\"\nfigure = \"quality\"\nbetween = [0.1, 0.2]\n";
    std::fs::write(&file, format!("{shipped}\n{claim}")).unwrap();
    let run = paretoscope(&["check", "scenarios/support-agent.toml", file.to_str().unwrap()]);
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
    let said = text(&run.stdout);
    assert_eq!(said.matches("claim not borne out").count(), 1, "{said}");
    assert!(
        said.contains("quality of \"Classifier\" at launch is 0.") && said.contains("claimed 0.1 to 0.2"),
        "{said}"
    );
}

#[test]
fn detect_json_has_the_promised_form() {
    let run = paretoscope(&[
        "detect",
        "workshop-first-steps",
        "--format",
        "json",
        "--replicates",
        "100",
        "--change-days",
        "2",
    ]);
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
    let json: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!((&json["scenario"], &json["policy"]), (&"First steps".into(), &"Classifier".into()));
    assert!(json["onset_day"].is_u64() && json["replicates"] == 100 && json["false_alarms_budget"] == 0.05);
    let monitors = json["monitors"].as_array().unwrap();
    assert_eq!(monitors.len(), 5);
    for monitor in monitors {
        for key in ["name", "kind", "strata", "detector"] {
            assert!(monitor[key].is_string(), "{key}");
        }
        for key in ["false_alarms", "detected"] {
            assert!(monitor[key]["rate"].is_f64() && monitor[key]["interval"].as_array().unwrap().len() == 2, "{key}");
        }
        let days = &monitor["days_to_detection"];
        for key in ["p25", "median", "p75"] {
            assert!(days[key].is_null() || days[key].is_f64(), "{key}");
        }
        assert!(days["median_interval"].as_array().unwrap().len() == 2 && days["restricted_mean"].is_f64());
        let survival = monitor["survival"].as_array().unwrap();
        assert!(survival.iter().all(|step| step.as_array().unwrap().len() == 4));
        assert!(monitor["threshold"].is_f64() && monitor["usd_per_day"].is_f64());
        assert!(monitor["damage_usd"]["median"].is_f64() && monitor["damage_usd"]["mean"].is_f64());
        assert!(monitor["efficiency_vs_truth"].is_f64() && monitor["information_bound_days"].is_f64());
        assert!(monitor["over_change_days"]["worst_change_day"].is_u64());
    }
}

#[test]
fn arl_and_plan_print_what_scripts_read() {
    let arl = |arguments: &[&str]| {
        let run = paretoscope(&[&["arl", "--format", "json"], arguments].concat());
        assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
        let json: Value = serde_json::from_slice(&run.stdout).unwrap();
        let [low, high] = [0, 1].map(|i| json["interval"][i].as_f64().unwrap());
        let (exact, simulated) = (json["arl_exact"].as_f64().unwrap(), json["arl_simulated"].as_f64().unwrap());
        assert!(low < simulated && simulated < high);
        // Twice the width of the 95 % interval is four standard errors.
        assert!((exact - simulated).abs() < high - low, "{arguments:?}: {exact} and {simulated}");
        exact
    };
    let close = |x: f64, expected: f64| assert!((x / expected - 1.0).abs() < 5e-5, "{x} against {expected}");
    // Values of the literature; see tests/simulation/run_length.rs for the whole table.
    close(
        arl(&[
            "--detector",
            "cusum",
            "--k",
            "0.5",
            "--h",
            "4",
            "--sided",
            "one",
            "--distribution",
            "normal",
            "--shift",
            "1",
        ]),
        8.383_202,
    );
    close(arl(&["--k", "0.5", "--h", "4", "--sided", "two", "--shift", "0"]), 167.683_79);
    close(arl(&["--distribution", "bernoulli", "--p0", "0.05", "--p1", "0.1", "--h", "4", "--shift", "0.1"]), 159.413);
    close(arl(&["--distribution", "poisson", "--k", "1.5", "--h", "5", "--shift", "2"]), 9.438_293);
    close(arl(&["--detector", "ewma", "--lambda", "0.1", "--h", "2.814", "--shift", "1"]), 10.330_665);
    close(arl(&["--detector", "shiryaev-roberts", "--h", "28.02"]), 50.787_643);
    close(arl(&["--detector", "shewhart", "--h", "3", "--sided", "two", "--shift", "1"]), 43.894_682);
    for (arguments, says) in [
        (&["arl", "--k", "0.5", "--h", "-4"][..], "k and h must be above 0"),
        (&["arl", "--h", "4"][..], "--k"),
        (&["arl", "--distribution", "bernoulli", "--p0", "0.2", "--p1", "0.1", "--h", "4"][..], "must rise"),
        (&["plan", "workshop-first-steps", "--without", "tickts"][..], "no kind of monitor"),
        (&["plan", "workshop-first-steps", "--budget", "-1"][..], "a number of USD"),
        (&["detect", "workshop-first-steps", "--policy", "Clasifier"][..], "did you mean"),
    ] {
        let run = paretoscope(arguments);
        assert_eq!(run.status.code(), Some(2), "{arguments:?}");
        assert!(text(&run.stderr).contains(says), "{arguments:?}: {}", text(&run.stderr));
    }
    let run = paretoscope(&["plan", "workshop-first-steps", "--format", "json", "--budget", "2", "--replicates", "50"]);
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
    let json: Value = serde_json::from_slice(&run.stdout).unwrap();
    let plans = json["plans"].as_array().unwrap();
    assert_eq!(plans.iter().filter(|p| p["recommended"] == true).count(), 1);
    assert!(plans.iter().all(|p| p["usd_per_day"].as_f64().unwrap() <= 2.0 && p["damage_usd"].is_f64()));
    assert!(json["why"].as_str().unwrap().contains("USD"));
}

#[test]
fn run_lengths_that_no_machine_holds_are_told_in_words() {
    let arl = |arguments: &str| {
        let arguments: Vec<&str> = std::iter::once("arl").chain(arguments.split(' ')).collect();
        let start = std::time::Instant::now();
        let run = paretoscope(&arguments);
        let said = format!("{}{}", text(&run.stdout), text(&run.stderr));
        assert!(run.status.code().is_some_and(|code| code < 3), "{arguments:?}: {:?}: {said}", run.status);
        assert!(
            start.elapsed().as_secs() < 120 && !said.is_empty() && !said.contains("panicked"),
            "{arguments:?}: {said}"
        );
        said
    };
    // Memory without a bound.
    arl("--distribution poisson --lambda0 1 --k 1 --h 1e19");
    arl("--distribution poisson --lambda0 1 --k 1e-9 --h 1e9");
    arl("--distribution poisson --lambda0 1e10 --k 1e10 --h 5");
    arl("--k 1e-4 --h 4 --sided two --steady-state");
    // Time without a bound: where the value is known, it is told without a simulation.
    assert!(arl("--k 0.5 --h 20").contains("not simulated"));
    assert!(arl("--detector shewhart --h 6.5").contains("exactly"));
    // One that can never alarm.
    assert!(arl("--detector ewma --distribution bernoulli --p0 0.5 --h 5 --weight 0.1").contains("so rare"));
}
