//! `sweep`: experiments over many points, in units that are kept as they are done, and one table of them all.

use std::collections::HashSet;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::{
    Common, Failure, Format, folder_of, in_json, is_stopped, lines, pretty, text_of, warn, with_progress, world_of,
};
use crate::disk::{self, Existing};
use crate::frontier::Stages;
use crate::jobs;
use crate::model::{Asked, Scenario};
use crate::report::csv::no_formula;
use crate::report::sentence::{counted, grouped};
use crate::scenario::visible::shown;
use crate::scenario::{overrides, problem, read};
use crate::simulation::world::World;
use crate::sweep::{Name, Namer, Plan, Shard, found};
use crate::units::merge::{self, Form};
use crate::units::{Folder, Manifest, Status, UnitsError};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Sweep {
    #[command(subcommand)]
    command: Option<SweepCommand>,
    #[command(flatten)]
    common: Option<Common>,
    /// Name of the sweep (default: the only one).
    #[arg(long)]
    name: Option<String>,
    /// Folder that units are kept in; shards share it.
    #[arg(long, value_name = "DIR", required_unless_present = "dry_run")]
    out: Option<PathBuf>,
    /// Do every N-th unit alone, from number I on: 0/64 to 63/64.
    #[arg(long, value_name = "I/N", value_parser = shard, default_value = "0/1", hide_default_value = true)]
    shard: Shard,
    /// List the units in place of doing them.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Subcommand)]
enum SweepCommand {
    /// Show how far a sweep is: units that are done, missing or foreign.
    Status {
        /// Folder of the sweep.
        folder: PathBuf,
        /// Form of the output.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Put all units of a sweep into one table, after a look at whether each is there once and whole.
    Merge {
        /// Folder of the sweep.
        folder: PathBuf,
        /// The table to write: a .parquet or .csv file.
        #[arg(long)]
        out: PathBuf,
        /// Write over an existing file.
        #[arg(long)]
        force: bool,
    },
}

fn shard(text: &str) -> Result<Shard, String> {
    let parts = text.split_once('/').and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
    parts
        .filter(|(index, of)| index < of && *of <= 1_000_000)
        .map(|(index, of)| Shard { index, of })
        .ok_or_else(|| "the number of this shard, from 0, and of all shards: 0/64 to 63/64".to_owned())
}

impl From<UnitsError> for Failure {
    fn from(error: UnitsError) -> Self {
        match error {
            UnitsError::Stopped => Self::Cancelled,
            refused if refused.is_refusal() => Self::Input(refused.to_string()),
            other => Self::Other(other.to_string()),
        }
    }
}

pub(super) fn run(asked: &Sweep) -> Result<String, Failure> {
    match (&asked.command, &asked.common) {
        (Some(SweepCommand::Status { folder, format }), _) => status(folder, *format),
        (Some(SweepCommand::Merge { folder, out, force }), _) => merged(folder, out, *force),
        (None, Some(common)) => start(common, asked),
        (None, None) => Err(Failure::Input("sweep: name a scenario, or one of status and merge".to_owned())),
    }
}

/// What a run works with: the scenario as the file has it, and the seed that it goes by.
struct Prepared {
    scenario: Scenario,
    world: World,
    seed: u64,
}

fn prepare(common: &Common) -> Result<Prepared, Failure> {
    let (text, shown) = text_of(&common.file)?;
    let text = overrides::apply(&text, &common.set).map_err(Failure::Input)?;
    let loaded = read::parse(&text, &shown).map_err(|problems| Failure::Input(lines(&problems)))?;
    if !loaded.warnings.is_empty() {
        warn(&lines(&loaded.warnings));
    }
    let seed = common.seed.unwrap_or(loaded.scenario.seed);
    let seeded = Scenario { seed, ..loaded.scenario.clone() };
    let world = world_of(&seeded, &shown, folder_of(&common.file), common.threads)?;
    Ok(Prepared { scenario: loaded.scenario, world, seed })
}

/// The sweep of that name, or the only one.
fn chosen(scenario: &Scenario, name: Option<&str>) -> Result<String, Failure> {
    let names = || scenario.sweeps.iter().map(|sweep| sweep.name.as_str());
    let refused = |why: String| Failure::Input(format!("--name: {why}"));
    match (name, scenario.sweeps.as_slice()) {
        (_, []) => {
            Err(Failure::Input("the scenario has no [[sweep]]: add one with name, factors and results".to_owned()))
        }
        (None, [only]) => Ok(only.name.clone()),
        (None, _) => Err(refused(format!("say which sweep: {}", problem::list_names(names())))),
        (Some(name), _) if names().any(|known| known == name) => Ok(name.to_owned()),
        (Some(name), _) => {
            let near = problem::nearest(name, names()).map(|near| format!("; did you mean \"{near}\"?"));
            let known = problem::list_names(names());
            Err(refused(format!("no sweep is named \"{name}\"; defined: {known}{}", near.unwrap_or_default())))
        }
    }
}

fn start(common: &Common, run: &Sweep) -> Result<String, Failure> {
    let prepared = prepare(common)?;
    let name = chosen(&prepared.scenario, run.name.as_deref())?;
    let table = match prepared.world.traffic.rows() {
        None => String::new(),
        Some(rows) => hash_of_table(rows.table()),
    };
    let (manifest, plan) = Manifest::new(&prepared.scenario, &name, prepared.seed, &table).map_err(Failure::Input)?;
    if run.dry_run {
        let namer = manifest.namer(&prepared.scenario, &plan);
        return listed(&plan, &namer, run.shard, common.format);
    }
    let Some(out) = &run.out else { return Err(Failure::Input("--out: name a folder".to_owned())) };
    let folder = Folder::prepare(out, &manifest)?;
    folder.clear(run.shard)?;
    said_once(&prepared.world, &folder.plan)?;
    let done = folder.done()?;
    let shard = run.shard;
    let work =
        jobs::Sweep { plan: &folder.plan, scenario: &prepared.world.scenario, traffic: &prepared.world.traffic, shard };
    let wanted = |point: u64, values: &[f64]| !done.contains(&folder.name(point, values));
    let keep = |point: u64, values: &[f64], rows: &[found::Row]| folder.keep(point, values, rows);
    let worked = with_progress(common.threads, |control| jobs::sweep(&work, &wanted, &keep, control));
    // What was done before a failure counts, too.
    let synced = folder.sync();
    worked?;
    synced?;
    finished(&folder, shard, &done, common.format)
}

/// What a replayed table is known by.
fn hash_of_table(table: &crate::simulation::table::Table) -> String {
    struct Hashed(blake3::Hasher);
    impl std::fmt::Write for Hashed {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            self.0.update(text.as_bytes());
            Ok(())
        }
    }
    let mut hashed = Hashed(blake3::Hasher::new());
    // Not of the file: what was left out of it at the reading takes no part in any result. A hash takes every text.
    let _ = std::fmt::Write::write_fmt(&mut hashed, format_args!("{table:?}"));
    hashed.0.finalize().to_hex().to_string()
}

/// What the exact engine leaves out, and is not told again for each unit.
fn said_once(world: &World, plan: &Plan) -> Result<(), Failure> {
    if !plan.asked.contains(&Asked::Frontier) {
        return Ok(());
    }
    let stages = Stages::new(world).map_err(|e| Failure::Input(e.to_string()))?;
    let left_out = found::left_out(&stages);
    let names = left_out.iter().filter_map(|policy| world.scenario.policies.get(*policy)).map(|p| p.name.as_str());
    if !left_out.is_empty() {
        warn(&format!(
            "left out of the frontier, as they learn or steer and only simulation tells what they do: {}",
            crate::scenario::visible::names(names)
        ));
    }
    Ok(())
}

fn finished(folder: &Folder, shard: Shard, before: &HashSet<Name>, format: Format) -> Result<String, Failure> {
    let points = shard.count(folder.plan.count());
    let found = folder.done()?;
    let own = (0..points).map(|place| folder.name_of(shard.point(place)));
    let (mut there, mut earlier) = (0_u64, 0_u64);
    for name in own {
        there += u64::from(found.contains(&name));
        earlier += u64::from(before.contains(&name));
    }
    let place = folder.path.display();
    match format {
        Format::Text => {
            let part = if shard.of > 1 { format!("Shard {}/{}: ", shard.index, shard.of) } else { String::new() };
            let before =
                if earlier > 0 { format!(", {} of them before", grouped(earlier as f64)) } else { String::new() };
            let next = if shard.of > 1 { "status" } else { "merge" };
            Ok(format!(
                "{part}{} of \"{}\" done{before}, in {place}. Next: paretoscope sweep {next} {place}{}\n",
                counted(there, "unit"),
                folder.plan.name,
                if shard.of > 1 { "" } else { " --out table.parquet" }
            ))
        }
        Format::Json => pretty(&serde_json::json!({
            "sweep": folder.plan.name, "points": folder.plan.count(), "shard": [shard.index, shard.of], "units": points,
            "done": there, "done_before": earlier,
        })),
        Format::Csv => {
            Ok(format!("points,units,done,done_before\n{},{points},{there},{earlier}\n", folder.plan.count()))
        }
    }
}

/// Lists units as they are worked out, one a line.
fn listed(plan: &Plan, namer: &Namer, shard: Shard, format: Format) -> Result<String, Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    let written = list(&mut out, plan, namer, shard, format).and_then(|()| out.flush());
    match written {
        // A reader that has seen enough (head) is no failure.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            // What is still in the buffer has nobody to go to.
            let _ = out.into_parts();
            Ok(String::new())
        }
        Err(error) => Err(Failure::Other(format!("standard output cannot be written: {error}"))),
        Ok(()) if is_stopped() => Err(Failure::Cancelled),
        Ok(()) => Ok(String::new()),
    }
}

fn list(out: &mut impl Write, plan: &Plan, namer: &Namer, shard: Shard, format: Format) -> io::Result<()> {
    let keys: Vec<&str> = plan.axes.iter().map(|axis| axis.key.as_str()).collect();
    let quoted = |key: &str| {
        let cell = no_formula(key);
        if cell.contains([',', '"', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.into_owned() }
    };
    if matches!(format, Format::Csv) {
        let head: Vec<String> = ["unit", "point"].into_iter().chain(keys.iter().copied()).map(quoted).collect();
        writeln!(out, "{}", head.join(","))?;
    }
    for place in 0..shard.count(plan.count()) {
        if is_stopped() {
            break;
        }
        let point = shard.point(place);
        let values = plan.values(point);
        let name = namer.name(point, &values);
        match format {
            Format::Text => {
                let of = |(key, value): (&&str, &f64)| format!("{key} = {value}");
                let told: Vec<String> = keys.iter().zip(&values).map(of).collect();
                writeln!(out, "{name}  {point:>9}  {}", shown(&told.join(", ")))?;
            }
            Format::Json => {
                let of = keys.iter().zip(&values).map(|(key, value)| ((*key).to_owned(), serde_json::json!(value)));
                let factors: serde_json::Map<String, serde_json::Value> = of.collect();
                let line = serde_json::json!({ "unit": name.to_string(), "point": point, "factors": factors });
                writeln!(out, "{}", in_json(&line.to_string()))?;
            }
            Format::Csv => {
                write!(out, "{name},{point}")?;
                for value in &values {
                    write!(out, ",{value}")?;
                }
                writeln!(out)?;
            }
        }
    }
    Ok(())
}

fn status(path: &Path, format: Format) -> Result<String, Failure> {
    let folder = Folder::open(path)?;
    let status = folder.status()?;
    match format {
        Format::Text => Ok(told(&folder, &status)),
        Format::Json => {
            let mut value = serde_json::to_value(&status).map_err(|e| Failure::Other(e.to_string()))?;
            if let Some(map) = value.as_object_mut() {
                map.insert("sweep".to_owned(), folder.plan.name.clone().into());
            }
            pretty(&value)
        }
        Format::Csv => Ok(format!(
            "points,done,missing,foreign,doubled,left_over\n{},{},{},{},{},{}\n",
            status.points, status.done, status.missing, status.foreign, status.doubled, status.left_over
        )),
    }
}

fn told(folder: &Folder, status: &Status) -> String {
    let count = |n: u64| grouped(n as f64);
    let mut out = format!(
        "\"{}\": {} of {} done, {} missing, {} foreign, {} twice.\n",
        folder.plan.name,
        count(status.done),
        counted(status.points, "unit"),
        count(status.missing),
        count(status.foreign),
        count(status.doubled)
    );
    let mut list = |all: u64, names: &[String], what: &str| {
        for name in names {
            out.push_str(&format!("{what}: {name}\n"));
        }
        if all > names.len() as u64 {
            out.push_str(&format!("{what}: {} more\n", count(all - names.len() as u64)));
        }
    };
    let missing: Vec<String> =
        status.first_missing.iter().map(|(name, point)| format!("{name} (point {point})")).collect();
    list(status.missing, &missing, "missing");
    list(status.foreign, &status.first_foreign, "foreign");
    list(status.doubled, &status.first_doubled, "twice");
    if status.left_over > 0 {
        out.push_str(&format!(
            "{} of a run under way, or of one that was killed: they do no harm.\n",
            counted(status.left_over, "temporary file")
        ));
    }
    out
}

fn merged(path: &Path, out: &Path, force: bool) -> Result<String, Failure> {
    let form = Form::of(out)
        .ok_or_else(|| Failure::Input(format!("--out {}: name a file that ends in .parquet or .csv", out.display())))?;
    let folder = Folder::open(path)?;
    let existing = if force { Existing::Replace } else { Existing::Keep };
    disk::may_write(out, &[], existing)?;
    let rows = with_progress(1, |control| {
        // Told in steps, so that a stop is heard and a bar can be drawn.
        Ok(merge::merge(&folder, out, form, existing, &|_| !control.is_cancelled()))
    })??;
    Ok(format!("Wrote {}: {} of {}.\n", out.display(), counted(rows, "row"), counted(folder.plan.count(), "unit")))
}
