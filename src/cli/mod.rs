//! The command line: what it takes, and what it prints.

mod arl;
mod calibrate;
mod decide;
mod describe;
mod evaluation;
mod prices;
mod report;
mod rollout;
mod sweep;
mod target;
mod uncertain;

use std::cell::Cell;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use crate::detection::monitor;
use crate::disk::{self, read::Pipes};
use crate::frontier::{Engine, Frontier, Stages, claims};
use crate::jobs::{self, Control, Detection, FrontierOptions, JobError, PlanOptions};
use crate::model::{Scenario, When};
use crate::replay::source;
use crate::report::sentence::counted;
use crate::report::{csv, detection, json, plan as plan_report, table};
use crate::scenario::file;
use crate::scenario::visible::{self, in_json, shown};
use crate::scenario::{library, overrides, problem, read};
use crate::simulation::world::World;

/// Simulate routing between language-model tiers: cost against quality, and the Pareto trap.
///
/// Without a command it opens the window, on the given scenario or on the flagship.
#[derive(Debug, Parser)]
#[command(version, about, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Scenario to open in the window.
    file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a scenario from answers about a product: its bill, its models, what a wrong answer costs.
    New(describe::New),
    /// Check scenario files and list every problem.
    Check {
        /// Scenario files, or names of the library.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Show what every policy costs and how good it is, at launch and in production.
    Frontier {
        #[command(flatten)]
        common: Common,
        /// How to compute the numbers.
        #[arg(long, value_enum, default_value_t = EngineName::Exact)]
        engine: EngineName,
        /// How many requests the Monte Carlo engine simulates for each operating point.
        #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..=100_000_000_000))]
        requests: u64,
        /// Number of knob settings in each curve.
        #[arg(long, value_parser = clap::value_parser!(u16).range(0..=1001))]
        points: Option<u16>,
        /// Least quality to keep: "cheapest at a floor" is the cheapest setting that keeps it (default: the baseline's quality less the
        /// material loss).
        #[arg(long, value_parser = share)]
        floor: Option<f64>,
    },
    /// Show one run, day by day: the dashboards, and the truth behind them.
    Timeline {
        #[command(flatten)]
        common: Common,
        /// Policy that runs (default: the one under study).
        #[arg(long)]
        policy: Option<String>,
        /// Number of the run; each number is another draw of chance.
        #[arg(long, default_value_t = 0)]
        replicate: u32,
    },
    /// Show which monitor notices the damage, after how many days, at what cost.
    Detect {
        #[command(flatten)]
        common: Common,
        /// Policy that is watched (default: the one under study).
        #[arg(long)]
        policy: Option<String>,
        /// Number of simulated runs for each part: thresholds, false alarms, production (default: the scenario's).
        #[arg(long, value_parser = clap::value_parser!(u32).range(20..=1_000_000))]
        replicates: Option<u32>,
        /// Chance that a monitor raises any false alarm over the horizon (default: the scenario's).
        #[arg(long, value_parser = probability)]
        false_alarms: Option<f64>,
        /// Also let the change come on this many other days, and show each monitor's typical and worst case.
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=100))]
        change_days: Option<u32>,
    },
    /// Show what every policy is worth, watched in every way, and which to take.
    Decide(decide::Decide),
    /// Show which monitoring to buy: its price a day against the damage done before it alarms.
    Plan {
        #[command(flatten)]
        common: Common,
        /// Policy that is watched (default: the one under study).
        #[arg(long)]
        policy: Option<String>,
        /// The most that monitoring may cost, in USD a day (default: a tenth of what the policy saves at launch).
        #[arg(long, visible_alias = "budget", allow_negative_numbers = true, value_parser = usd_per_day)]
        budget_usd_per_day: Option<f64>,
        /// What cannot be had: a kind of monitor, or the name of one in the scenario (repeatable).
        #[arg(long, value_name = "KIND")]
        without: Vec<String>,
        /// Chance that a plan raises any false alarm over the horizon (default: for each plan the one of greatest value).
        #[arg(long, value_parser = probability)]
        false_alarms: Option<f64>,
        /// Number of simulated runs in the final round (default: the scenario's).
        #[arg(long, value_parser = clap::value_parser!(u32).range(20..=1_000_000))]
        replicates: Option<u32>,
    },
    /// Show what each step of a rollout could have shown, and what a gate between the steps does.
    Rollout(rollout::Rollout),
    /// Show what the ranges of a scenario do to the answer, what drives it, and what to measure first.
    Uncertain(uncertain::Uncertain),
    /// Move numbers of a scenario until it reproduces the figures that somebody has seen ([[known]]).
    Calibrate(calibrate::Calibrate),
    /// Run an experiment of a scenario ([[sweep]]) over many points, on one machine or many; a run that was stopped goes on where it was.
    Sweep(sweep::Sweep),
    /// Show how the program reads an evaluation table: models, segments, rows left out and why.
    Preview(evaluation::Table),
    /// Make a scenario that replays an evaluation table: its rows are the traffic.
    Import(evaluation::Import),
    /// Draw an evaluation table from a scenario, to see what a team's log would look like.
    Sample(evaluation::Sample),
    /// Fit a scenario to an evaluation table, and show how well it reproduces the table.
    Fit(evaluation::Fit),
    /// Write everything about a scenario on one self-contained page, which the window can open again.
    Report(report::Report),
    /// Show list prices of models, or search them.
    Prices(prices::Prices),
    /// Compute the average run length of a chart: how many observations until the alarm, exactly and simulated.
    Arl(arl::Arl),
}

#[derive(Debug, Args)]
struct Common {
    /// Scenario file, or a name of the library such as support-agent.
    file: PathBuf,
    /// Form of the output.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Use this seed in place of the scenario's.
    #[arg(long, value_parser = seed, allow_negative_numbers = true)]
    seed: Option<u64>,
    /// Number of threads (0: one for each processor). The output does not depend on it.
    #[arg(long, default_value_t = 0, value_parser = threads)]
    threads: usize,
    /// Change a value of the scenario, such as traffic.days=30 or policy.Classifier.noise=0.5 (repeatable).
    #[arg(long = "set", value_name = "KEY.PATH=VALUE")]
    set: Vec<String>,
}

fn seed(text: &str) -> Result<u64, String> {
    seed_up_to(text, u64::MAX)
}

fn seed_up_to(text: &str, most: u64) -> Result<u64, String> {
    text.parse().ok().filter(|seed| *seed <= most).ok_or_else(|| format!("a whole number from 0 to {most}"))
}

fn probability(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|p| *p > 0.0 && *p < 1.0).ok_or_else(|| "a number between 0 and 1".to_owned())
}

fn share(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|p| (0.0..=1.0).contains(p)).ok_or_else(|| "a number from 0 to 1".to_owned())
}

fn usd_per_day(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|x: &f64| x.is_finite() && *x >= 0.0).ok_or_else(|| "a number of USD from 0 up".to_owned())
}

fn threads(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|n| *n <= 1024).ok_or_else(|| "a whole number from 0 to 1024".to_owned())
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Aligned tables for people.
    Text,
    /// For scripts.
    Json,
    /// For spreadsheets.
    Csv,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum EngineName {
    /// Sums over all possibilities (quadrature), without sampling error.
    Exact,
    /// Simulates request by request, with intervals; for a replayed table the same as bootstrap.
    MonteCarlo,
    /// For replayed tables: sums over the rows, with intervals from drawing the rows again.
    Bootstrap,
}

/// Why a command failed.
enum Failure {
    /// Bad input: exit code 2.
    Input(String),
    /// Anything else: exit code 1.
    Other(String),
    /// Stopped by Ctrl-C.
    Cancelled,
}

impl From<JobError> for Failure {
    fn from(error: JobError) -> Self {
        match error {
            JobError::Cancelled => Self::Cancelled,
            JobError::World(error) => Self::Input(error.to_string()),
            JobError::Monitors(message) => Self::Input(message),
            other => Self::Other(other.to_string()),
        }
    }
}

/// What the program is asked for.
pub enum Asked {
    /// A command that ran; the process ends with this code.
    Done(ExitCode),
    /// The window, with this file.
    Window(Option<PathBuf>),
}

/// Parses the command line and runs a command, if there is one.
pub fn run() -> Asked {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // Help and version are the program's own words; a complaint repeats what was given.
        Err(words) if !words.use_stderr() => {
            return Asked::Done(match words.print() {
                Ok(()) => ExitCode::SUCCESS,
                Err(e) => complain(&format!("standard output cannot be written: {e}"), 1),
            });
        }
        Err(words) => return Asked::Done(complain(words.to_string().trim_end(), 2)),
    };
    let Some(command) = cli.command else { return Asked::Window(cli.file) };
    let result = match &command {
        Command::New(asked) => describe::run(asked),
        Command::Check { files } => check(files),
        Command::Frontier { common, engine, requests, points, floor } => {
            let engine = match engine {
                EngineName::Exact => Engine::Exact,
                EngineName::MonteCarlo => Engine::MonteCarlo,
                EngineName::Bootstrap => Engine::Bootstrap,
            };
            let defaults = FrontierOptions::default();
            let options = FrontierOptions {
                engine,
                requests: *requests,
                exact_settings: points.map_or(defaults.exact_settings, usize::from),
                sampled_settings: points.map_or(defaults.sampled_settings, usize::from),
                quality_floor: *floor,
                ..defaults
            };
            frontier(common, &options)
        }
        Command::Timeline { common, policy, replicate } => timeline(common, policy.as_deref(), *replicate),
        Command::Detect { common, policy, replicates, false_alarms, change_days } => {
            detect(common, policy.as_deref(), *replicates, *false_alarms, *change_days)
        }
        Command::Decide(asked) => decide::run(asked),
        Command::Plan { common, policy, budget_usd_per_day, without, false_alarms, replicates } => {
            plan(common, policy.as_deref(), *budget_usd_per_day, without, *false_alarms, *replicates)
        }
        Command::Rollout(asked) => rollout::run(asked),
        Command::Uncertain(asked) => uncertain::run(asked),
        Command::Calibrate(asked) => calibrate::run(asked),
        Command::Sweep(asked) => sweep::run(asked),
        Command::Preview(asked) => evaluation::preview(asked),
        Command::Import(asked) => evaluation::import(asked),
        Command::Sample(asked) => evaluation::sample(asked),
        Command::Fit(asked) => evaluation::fit(asked),
        Command::Report(asked) => report::run(asked),
        Command::Prices(asked) => prices::run(asked),
        Command::Arl(asked) => arl::run(asked),
    };
    Asked::Done(match result {
        Ok(text) => print(&text),
        Err(Failure::Input(message)) => complain(&message, 2),
        Err(Failure::Other(message)) => complain(&message, 1),
        Err(Failure::Cancelled) => complain("stopped", 130),
    })
}

fn print(text: &str) -> ExitCode {
    match to_standard_output(&shown(text)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => complain(&message, 1),
    }
}

/// Prints a file's content byte for byte, unless a terminal would act on it.
fn print_as_it_is(text: &str) -> Result<(), Failure> {
    let written = if io::stdout().is_terminal() { to_standard_output(&shown(text)) } else { to_standard_output(text) };
    written.map_err(Failure::Other)
}

fn to_standard_output(text: &str) -> Result<(), String> {
    let mut out = io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // A reader that has seen enough (head) is no failure.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(format!("standard output cannot be written: {error}"))
        }
        _ => Ok(()),
    }
}

fn complain(message: &str, code: u8) -> ExitCode {
    warn(message);
    ExitCode::from(code)
}

/// Most characters of a word on standard error.
const MOST_IN_WORD: usize = 400;

/// Writes to standard error. Text from files and names is made harmless first.
fn warn(message: &str) {
    let short: String =
        message.split_inclusive(char::is_whitespace).map(|word| visible::shortened(word, MOST_IN_WORD)).collect();
    // Nobody is left to tell when this fails.
    let _ = writeln!(io::stderr(), "{}", shown(&short));
}

/// Text of a scenario file. Where there is no such file, the text of the library scenario with that name.
fn text_of(path: &Path) -> Result<(String, String), Failure> {
    let shown = path.display().to_string();
    if !path.exists()
        && let Some(entry) = library::find(&shown)
    {
        return Ok((entry.text.to_owned(), entry.file_name.to_owned()));
    }
    if path.is_file() && source::is_table(path) {
        return Err(Failure::Input(format!(
            "{shown}: this is a table: import it first (paretoscope import {shown} --out FILE)"
        )));
    }
    let awaited = until_written(path);
    let contents = file::contents(path, Pipes::Awaited(&awaited)).map_err(|e| Failure::Input(e.to_string()))?;
    match String::from_utf8(contents.bytes) {
        Ok(text) => Ok((text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text), shown)),
        // The reader knows how to complain about bytes.
        Err(error) => match read::parse_bytes(error.as_bytes(), &shown) {
            Ok(loaded) => Ok((loaded.document.original().to_owned(), shown)),
            Err(problems) => Err(Failure::Input(lines(&problems))),
        },
    }
}

fn lines(problems: &[problem::Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn load(common: &Common) -> Result<World, Failure> {
    let (_, world) = prepare(&common.file, &common.set, common.seed, common.threads)?;
    Ok(world)
}

/// A scenario's text with overrides, and the world that it describes.
fn prepare(file: &Path, set: &[String], seed: Option<u64>, threads: usize) -> Result<(String, World), Failure> {
    let (text, shown) = text_of(file)?;
    let text = overrides::apply(&text, set).map_err(Failure::Input)?;
    let loaded = read::parse(&text, &shown).map_err(|problems| Failure::Input(lines(&problems)))?;
    if !loaded.warnings.is_empty() {
        warn(&lines(&loaded.warnings));
    }
    let mut scenario: Scenario = loaded.scenario;
    if let Some(seed) = seed {
        scenario.seed = seed;
    }
    Ok((text, world_of(&scenario, &shown, folder_of(file), threads)?))
}

/// The world of a scenario in `folder`, with its table if it replays one.
fn world_of(scenario: &Scenario, file: &str, folder: Option<&Path>, threads: usize) -> Result<World, Failure> {
    let input = |error: &dyn std::fmt::Display| Failure::Input(format!("{file}: {error}"));
    if !scenario.is_replayed() {
        return World::compile(scenario).map_err(|error| input(&error));
    }
    if let Some(table) = source::reads_outside(scenario, folder) {
        warn(&format!("{file}: reads {}, which is outside the scenario's folder", table.display()));
    }
    let world = with_progress(threads, |control| {
        let path = scenario.replay.as_ref().map(|replay| source::path(replay, folder)).unwrap_or_default();
        let awaited = until_written(&path);
        let pipes = Pipes::Awaited(&awaited);
        let table = source::open_awaiting(scenario, folder, pipes, &|| !control.is_cancelled());
        if control.is_cancelled() {
            return Err(JobError::Cancelled);
        }
        Ok(table.map(|found| jobs::world(scenario, Some(&Arc::new(found.built.table)), None)))
    })?;
    world.map_err(|error| input(&error))?.map_err(|error| input(&error))
}

fn check(files: &[PathBuf]) -> Result<String, Failure> {
    let mut problems = Vec::new();
    let mut out = String::new();
    for path in files {
        let checked = text_of(path).and_then(|(text, file)| {
            let loaded = read::parse(&text, &file).map_err(|problems| Failure::Input(lines(&problems)))?;
            let world = world_of(&loaded.scenario, &file, folder_of(path), 0)?;
            let claims = failed_claims(&world, &file)?;
            Ok((file, world.scenario, loaded.warnings, claims))
        });
        match checked {
            Ok((file, s, warnings, claims)) => {
                for warning in &warnings {
                    out.push_str(&format!("{warning}\n"));
                }
                for notice in prices::unlisted(&s) {
                    out.push_str(&format!("{file}: notice: {notice}\n"));
                }
                let counts = [
                    counted(s.segments.len() as u64, "segment"),
                    counted(s.tiers.len() as u64, "tier"),
                    match s.policies.len() {
                        1 => "1 policy".to_owned(),
                        n => format!("{n} policies"),
                    },
                    counted(s.events.len() as u64, "event"),
                    counted(s.monitors.len() as u64, "monitor"),
                ];
                out.push_str(&format!("{file}: \"{}\" is in order: {}\n", s.name, counts.join(", ")));
                out.push_str(&claims);
            }
            Err(Failure::Input(message)) => problems.push(message),
            Err(other) => return Err(other),
        }
    }
    if problems.is_empty() {
        return Ok(out);
    }
    print(&out);
    Err(Failure::Input(problems.join("\n")))
}

/// One line for each claim (`[[expect]]`) of a scenario that its exact figures do not confirm. A wrong claim is the author's affair and no
/// fault of the file.
fn failed_claims(world: &World, file: &str) -> Result<String, Failure> {
    let scenario = &world.scenario;
    if scenario.expectations.is_empty() {
        return Ok(String::new());
    }
    let options =
        FrontierOptions { exact_settings: 0, fill_stateful: false, review: false, ..FrontierOptions::default() };
    let frontier = jobs::frontier(world, &options, &Control::new())?;
    let mut out = String::new();
    for claim in scenario.expectations.iter().filter(|claim| !claims::holds(scenario, &frontier, claim)) {
        let found = claims::figure(scenario, &frontier, claim);
        out.push_str(&format!(
            "{file}: claim not borne out: {} of \"{}\" {} is {}, claimed {} to {}\n",
            claim.figure.word(),
            claim.policy,
            if claim.when == When::Production { "in production" } else { "at launch" },
            found.map_or_else(|| "not defined".to_owned(), |x| format!("{x:.4}")),
            claim.between.0,
            claim.between.1
        ));
    }
    Ok(out)
}

/// Set by Ctrl-C, for the whole process: a later job of the same command ends, too.
static STOPPED: AtomicBool = AtomicBool::new(false);

fn is_stopped() -> bool {
    STOPPED.load(Ordering::Relaxed)
}

/// For a pipe that is read from: after two seconds without data it says what it waits for. Ctrl-C ends the wait.
fn until_written(path: &Path) -> impl Fn(Duration) -> bool {
    patiently(format!("waiting for something to be written into {} (Ctrl-C ends it)", path.display()))
}

/// The same for a pipe that is written into.
fn until_read(path: &Path) -> impl Fn(Duration) -> bool {
    patiently(format!("waiting for somebody to read from {} (Ctrl-C ends it)", path.display()))
}

fn patiently(what: String) -> impl Fn(Duration) -> bool {
    let is_said = Cell::new(false);
    move |waited| {
        if waited >= disk::PATIENCE && !is_said.replace(true) {
            warn(&what);
        }
        !is_stopped()
    }
}

/// The folder that a scenario's paths are relative to. A scenario that comes through a pipe or a device has none.
fn folder_of(scenario: &Path) -> Option<&Path> {
    scenario.parent().filter(|folder| !folder.starts_with("/dev") && !folder.starts_with("/proc"))
}

/// Runs a job with a progress bar on a terminal; Ctrl-C cancels it.
fn with_progress<T: Send>(
    threads: usize,
    job: impl FnOnce(&Control) -> Result<T, JobError> + Send,
) -> Result<T, Failure> {
    let control = Control::new();
    // A second handler cannot be set; the first one is then this process's own and just as good.
    let _ = ctrlc::set_handler(|| {
        // Whoever asks twice does not want to wait for what is under way, such as a reader that reads no more.
        if STOPPED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
    let watched = Arc::clone(&control);
    let bar = if io::stderr().is_terminal() { ProgressBar::new(0) } else { ProgressBar::hidden() };
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent} % {elapsed}") {
        bar.set_style(style);
    }
    let pool = jobs::pool(threads)?;
    let result = std::thread::scope(|scope| {
        let worker = scope.spawn(|| jobs::guarded(|| pool.install(|| job(&control))));
        while !worker.is_finished() {
            if is_stopped() {
                watched.cancel();
            }
            let (done, total) = watched.progress();
            bar.set_length(total);
            bar.set_position(done);
            std::thread::park_timeout(Duration::from_millis(if bar.is_hidden() { 1 } else { 30 }));
        }
        worker.join()
    });
    bar.finish_and_clear();
    match result {
        Ok(result) => Ok(result?),
        Err(_) => Err(Failure::Other("internal error: a worker was lost".to_owned())),
    }
}

fn pretty(value: &serde_json::Value) -> Result<String, Failure> {
    serde_json::to_string_pretty(value).map(|s| in_json(&s) + "\n").map_err(|e| Failure::Other(e.to_string()))
}

fn frontier(common: &Common, options: &FrontierOptions) -> Result<String, Failure> {
    let world = load(common)?;
    if options.engine == Engine::Bootstrap && !world.traffic.is_replayed() {
        return Err(Failure::Input(
            "--engine bootstrap draws rows of a table, and this scenario replays none".to_owned(),
        ));
    }
    let result: Frontier = with_progress(common.threads, |control| jobs::frontier(&world, options, control))?;
    Ok(match common.format {
        Format::Text => table::frontier(&world.scenario, &result),
        Format::Json => pretty(&json::frontier(&world.scenario, &result))?,
        Format::Csv => csv::frontier(&world.scenario, &result),
    })
}

/// The policy of that name, or the one under study.
fn policy_of(scenario: &Scenario, name: Option<&str>) -> Result<usize, Failure> {
    let Some(name) = name else { return Ok(scenario.studied_policy().unwrap_or(0)) };
    scenario.policy_index(name).ok_or_else(|| {
        let names = || scenario.policies.iter().map(|p| p.name.as_str());
        let hint = problem::nearest(name, names());
        let hint = hint.map(|h| format!("; did you mean \"{h}\"?")).unwrap_or_default();
        let known = problem::list_names(names());
        Failure::Input(format!("--policy: no policy is named \"{name}\"; defined: {known}{hint}"))
    })
}

fn timeline(common: &Common, policy: Option<&str>, replicate: u32) -> Result<String, Failure> {
    let world = load(common)?;
    let scenario = &world.scenario;
    let policy = policy_of(scenario, policy)?;
    let result = with_progress(common.threads, |control| jobs::timeline(&world, policy, replicate, control))?;
    Ok(match common.format {
        Format::Text => table::timeline(scenario, &result),
        Format::Json => pretty(&json::timeline(scenario, &result))?,
        Format::Csv => csv::timeline(scenario, &result),
    })
}

fn detect(
    common: &Common,
    policy: Option<&str>,
    replicates: Option<u32>,
    false_alarms: Option<f64>,
    change_days: Option<u32>,
) -> Result<String, Failure> {
    let world = load(common)?;
    let scenario = &world.scenario;
    let policy = policy_of(scenario, policy)?;
    let replicates = replicates.unwrap_or(scenario.study.replicates);
    let false_alarms = false_alarms.unwrap_or(scenario.study.false_alarms);
    let (study, grid) = with_progress(common.threads, |control| {
        let stages = Stages::new(&world)?;
        let mut detection = Detection::prepare_at(&stages, policy, vec![false_alarms], control)?;
        detection.run(replicates, control, |_| {})?;
        let points = change_days.unwrap_or(0);
        let grid = jobs::change_days(&world, policy, points, replicates, false_alarms, control)?;
        Ok((detection.study(false_alarms), grid))
    })?;
    Ok(match common.format {
        Format::Text => detection::text(scenario, &study, &grid),
        Format::Json => pretty(&detection::json(scenario, &study, &grid))?,
        Format::Csv => detection::csv(scenario, &study, &grid),
    })
}

fn plan(
    common: &Common,
    policy: Option<&str>,
    budget_usd_per_day: Option<f64>,
    without: &[String],
    false_alarms: Option<f64>,
    replicates: Option<u32>,
) -> Result<String, Failure> {
    let world = load(common)?;
    let scenario = &world.scenario;
    let policy = policy_of(scenario, policy)?;
    let study = &scenario.study;
    let kinds: Vec<&str> = monitor::KINDS.iter().map(|kind| (kind.blank)().word()).collect();
    let known = |word: &str| kinds.contains(&word) || scenario.monitors.iter().any(|m| m.name == word);
    if let Some(unknown) = without.iter().find(|w| !known(w)) {
        let list = problem::list_names(kinds.iter().copied().chain(scenario.monitors.iter().map(|m| m.name.as_str())));
        return Err(Failure::Input(format!(
            "--without: \"{unknown}\" is no kind of monitor and no monitor's name; known: {list}"
        )));
    }
    let plans = with_progress(common.threads, |control| {
        let stages = Stages::new(&world)?;
        let options = PlanOptions {
            budget_usd_per_day,
            false_alarms,
            replicates: replicates.unwrap_or(study.replicates),
            without: without.to_vec(),
        };
        jobs::plan(&stages, policy, &options, control, |_| {})
    })?;
    Ok(match common.format {
        Format::Text => plan_report::text(scenario, policy, &plans),
        Format::Json => pretty(&plan_report::json(scenario, policy, &plans))?,
        Format::Csv => plan_report::csv(&plans),
    })
}
