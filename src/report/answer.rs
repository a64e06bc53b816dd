//! The answer first: a policy in a sentence and four figures, for the head of the window and of a report.

use super::detection::{days, ranked};
use super::sentence::{change, counted, percent, points, reading, usd};
use crate::detection::monitor::Truth;
use crate::detection::study::{MonitorResult, Study};
use crate::frontier::claims::DAYS_PER_MONTH;
use crate::frontier::point::Point;
use crate::frontier::{Frontier, Stage};
use crate::model::Scenario;

/// Which of the four figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// What the calls cost.
    Invoice,
    /// How many answers are good.
    Quality,
    /// What calls and failures cost together.
    AllIn,
    /// When somebody notices.
    Noticed,
}

/// Whether a figure is better or worse than the baseline's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Better.
    Better,
    /// Worse.
    Worse,
    /// Neither, or nothing to compare with.
    Even,
}

/// One figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile {
    /// Which one.
    pub topic: Topic,
    /// What it is, with its unit and per what: "Invoice, USD a month".
    pub title: &'static str,
    /// The figure itself.
    pub value: String,
    /// Against the baseline, or against what costs nothing.
    pub beside: String,
    /// The whole of it in a sentence.
    pub told: String,
    /// Better or worse.
    pub side: Side,
}

/// A policy in a sentence and four figures, as production has them on its last day.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The verdict.
    pub sentence: String,
    /// Better or worse than the baseline, by what it costs in all.
    pub side: Side,
    /// Invoice, quality, all-in cost, days until somebody notices.
    pub tiles: Vec<Tile>,
}

/// The answer for a policy. `study`: who notices, where that is known by now; another policy's study says nothing.
pub fn answer(scenario: &Scenario, frontier: &Frontier, study: Option<&Study>, policy: usize) -> Answer {
    let stage = frontier.latest();
    let sentence = reading(scenario, frontier, policy);
    let Some(point) = point_of(stage, policy) else {
        return Answer { sentence, side: Side::Even, tiles: Vec::new() };
    };
    let baseline = point_of(stage, frontier.baseline).filter(|_| policy != frontier.baseline);
    let metrics = stage.metrics.get(policy);
    let monthly = |per_1k: f64| usd(per_1k / 1000.0 * stage.requests_per_day * DAYS_PER_MONTH);
    let against = |own: f64, other: Option<f64>| match other {
        None => ("the baseline".to_owned(), Side::Even),
        Some(other) if other > 0.0 => (change(own / other - 1.0), lower_is_better(own / other - 1.0, 0.005)),
        Some(other) => (format!("{} USD a month", monthly(own - other)), lower_is_better(own - other, 1e-9)),
    };
    let (invoice, invoice_side) = against(point.inference_usd_per_1k, baseline.map(|b| b.inference_usd_per_1k));
    let (all_in, all_in_side) = against(point.total_usd_per_1k, baseline.map(|b| b.total_usd_per_1k));
    let (quality, quality_side) = match baseline {
        None => ("the baseline".to_owned(), Side::Even),
        Some(b) => {
            let gained = point.quality - b.quality;
            (signed_points(gained), lower_is_better(-gained, 0.0005))
        }
    };
    let when = if frontier.production.is_some() { "on the last day of production" } else { "from launch on" };
    let tile = |topic, title: &'static str, value: String, beside: String, side| {
        let told = format!("{title}: {value}, {beside} against {}, {when}.", scenario.baseline);
        Tile { topic, title, value, beside, told, side }
    };
    let side = match metrics {
        Some(m) if m.in_trap => Side::Worse,
        _ => all_in_side,
    };
    let tiles = vec![
        tile(Topic::Invoice, "Invoice, USD a month", monthly(point.inference_usd_per_1k), invoice, invoice_side),
        tile(Topic::Quality, "Good answers", percent(point.quality, 1), quality, quality_side),
        tile(Topic::AllIn, "All-in, USD a month", monthly(point.total_usd_per_1k), all_in, all_in_side),
        noticed(scenario, study.filter(|study| study.policy == policy), policy == frontier.baseline),
    ];
    Answer { sentence, side, tiles }
}

fn point_of(stage: &Stage, policy: usize) -> Option<&Point> {
    stage.curves.get(policy)?.operating_point.as_ref()
}

fn lower_is_better(change: f64, least: f64) -> Side {
    if change < -least {
        Side::Better
    } else if change > least {
        Side::Worse
    } else {
        Side::Even
    }
}

/// A difference of shares with its sign: "−8.4 points".
fn signed_points(gained: f64) -> String {
    let sign = if gained > 0.0005 { "+" } else { "" };
    format!("{sign}{}", points(gained, 1))
}

/// Who notices after how many days: the fastest monitor, and the fastest that costs nothing, which is what most teams have.
fn noticed(scenario: &Scenario, study: Option<&Study>, is_baseline: bool) -> Tile {
    let tile = |value: &str, beside: String, told: String, side| Tile {
        topic: Topic::Noticed,
        title: "Days until noticed",
        value: value.to_owned(),
        beside,
        told,
        side,
    };
    let plain = |value: &str, beside: &str, side| tile(value, beside.to_owned(), format!("{beside}."), side);
    if is_baseline {
        return plain("–", "nothing to notice", Side::Even);
    }
    let Some(study) = study else { return plain("…", "not simulated yet", Side::Even) };
    if study.onset_day.is_none() {
        return plain("–", "no material damage", Side::Even);
    }
    let is_real =
        |m: &&MonitorResult| scenario.monitors.get(m.monitor).is_some_and(|monitor| !monitor.kind.is::<Truth>());
    let real: Vec<&MonitorResult> = ranked(study).into_iter().filter(is_real).collect();
    let name = |m: &MonitorResult| scenario.monitors.get(m.monitor).map_or("", |monitor| monitor.name.as_str());
    let median = |m: &MonitorResult| m.outcome.days_to(0.5).map(|d| days(Some(d)));
    let Some(first) = real.first() else { return plain("never", "nobody watches", Side::Worse) };
    let Some(value) = median(first) else {
        let within = counted(u64::from(study.days), "day");
        return plain("never", &format!("in half of the runs, within {within}"), Side::Worse);
    };
    let mut told = format!("{} notices first, after {value} days in half of the runs.", name(first));
    let beside = match real.iter().find(|m| m.usd_per_day <= 0.0) {
        Some(free) if free.monitor == first.monitor => "free of charge".to_owned(),
        Some(free) => {
            let after = median(free).unwrap_or_else(|| "never".to_owned());
            told.push_str(&format!(" Of those that cost nothing, {} does: {after}.", name(free)));
            format!("free: {after}")
        }
        None => name(first).to_owned(),
    };
    tile(&value, beside, told, Side::Even)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::{self, Control, FrontierOptions};
    use crate::scenario::{library, read};
    use crate::simulation::world::World;

    #[test]
    fn the_figures_are_those_of_the_last_day_of_production() -> Result<(), Box<dyn std::error::Error>> {
        let scenario = read::parse(library::flagship().text, "flagship").map_err(|e| format!("{e:?}"))?.scenario;
        let world = World::compile(&scenario)?;
        let frontier = jobs::frontier(&world, &FrontierOptions::default(), &Control::new())?;
        let policy = scenario.policies.iter().position(|p| p.name == "Classifier").ok_or("no classifier")?;
        let found = answer(&scenario, &frontier, None, policy);
        let stage = frontier.production.as_ref().ok_or("no production")?;
        let point = point_of(stage, policy).ok_or("no point")?;
        let baseline = point_of(stage, frontier.baseline).ok_or("no baseline")?;
        // Thirty days of the last day's requests, at what one costs.
        let month = 30.0 * stage.requests_per_day / 1000.0;
        let said = [usd(month * point.inference_usd_per_1k), usd(month * point.total_usd_per_1k)];
        assert_eq!([&found.tiles[0].value, &found.tiles[2].value], [&said[0], &said[1]]);
        assert_eq!(found.tiles[0].beside, change(point.inference_usd_per_1k / baseline.inference_usd_per_1k - 1.0));
        assert_eq!(found.tiles[1].beside, points(point.quality - baseline.quality, 1));
        let topics: Vec<Topic> = found.tiles.iter().map(|tile| tile.topic).collect();
        assert_eq!(topics, [Topic::Invoice, Topic::Quality, Topic::AllIn, Topic::Noticed]);
        assert_eq!(
            found.tiles.iter().map(|t| t.side).collect::<Vec<_>>(),
            [Side::Better, Side::Worse, Side::Worse, Side::Even]
        );
        assert_eq!(found.side, Side::Worse);
        let own = answer(&scenario, &frontier, None, frontier.baseline);
        assert!(own.tiles.iter().all(|tile| tile.side == Side::Even), "{own:?}");
        Ok(())
    }
}
