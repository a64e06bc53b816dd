//! A policy taken apart, for people: the steps from the saving to the net, the map of segments and tiers, and their tables. The window, the
//! pictures and the page all show what is worked out here.

use colorgrad::Gradient;
use serde::{Deserialize, Serialize};

use super::csv::{cell, write};
use super::json::finals;
use super::sentence::{gain, percent, usd};
use super::table::Grid;
use crate::frontier::breakdown::{AnswererPart, Breakdown, SegmentPart};
use crate::frontier::claims::DAYS_PER_MONTH;
use crate::model::Scenario;

/// With more tiers than this, those that answer nothing are left out of the map.
const FEW: usize = 6;
/// Shares of the traffic and amounts below this are rounding.
const NOTHING: f64 = 1e-9;

/// What the map of segments and tiers shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Heat {
    /// What failures cost.
    #[default]
    Loss,
    /// Mean success.
    Quality,
    /// Share of the traffic.
    Traffic,
}

impl Heat {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Loss, Self::Quality, Self::Traffic];

    /// In one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::Quality => "quality",
            Self::Traffic => "traffic",
        }
    }

    /// In one sentence.
    pub fn help(self) -> &'static str {
        match self {
            Self::Loss => "What the failures of each tier cost in each segment, USD a month.",
            Self::Quality => "Mean success of each tier's answers in each segment.",
            Self::Traffic => "Share of all traffic that each tier answers in each segment.",
        }
    }

    fn of(self, parts: &Breakdown, answerer: &AnswererPart) -> Option<f64> {
        let shown = Some(answerer).filter(|a| a.traffic > NOTHING);
        match self {
            Self::Loss => shown.map(|a| monthly(parts, a.failures_usd_per_1k)),
            Self::Quality => shown.and_then(|a| a.quality),
            Self::Traffic => shown.map(|a| a.traffic),
        }
    }

    fn text(self, value: Option<f64>) -> String {
        match (self, value) {
            (_, None) => "–".to_owned(),
            (Self::Loss, Some(x)) => usd(x),
            (_, Some(x)) => percent(x, 1),
        }
    }
}

/// USD per 1,000 requests as USD a month.
fn monthly(parts: &Breakdown, usd_per_1k: f64) -> f64 {
    parts.requests_per_month / 1000.0 * usd_per_1k
}

/// Where a breakdown stands in time, as the start of a sentence.
pub fn when(scenario: &Scenario) -> &'static str {
    if scenario.events.is_empty() { "At launch" } else { "In production, on the last day" }
}

/// A colour that says how much, and whether what is written on it has to be light.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tint {
    /// Red, green and blue.
    pub rgb: [u8; 3],
    /// White can be read better on it than black.
    pub is_dark: bool,
}

/// The colour of a share of the range. Cividis looks the same to everybody.
pub fn tint(share: f64) -> Tint {
    let [r, g, b, _] = colorgrad::preset::cividis().at(share as f32).to_rgba8();
    let linear = |byte: u8| (f64::from(byte) / 255.0).powf(2.2);
    let luminance = 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    // Where white and black have the same contrast by the rule of the accessibility guidelines: 1.05 ÷ (L + 0.05) = (L + 0.05) ÷ 0.05.
    Tint { rgb: [r, g, b], is_dark: luminance < 0.179 }
}

/// One cell of the map. What is not looked at is not put into words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeatCell {
    heat: Heat,
    value: Option<f64>,
    /// Place in the range of the whole map.
    share: f64,
}

impl HeatCell {
    /// The figure in words.
    pub fn text(&self) -> String {
        self.heat.text(self.value)
    }

    /// The figure itself, in the unit of what the map shows.
    pub fn value(&self) -> Option<f64> {
        self.value
    }

    /// Its colour; `None` where there is no figure.
    pub fn tint(&self) -> Option<Tint> {
        self.value.map(|_| tint(self.share))
    }
}

/// A segment's line of the map.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatRow<'a> {
    /// The segment.
    pub segment: &'a SegmentPart,
    /// One an answerer.
    pub cells: Vec<HeatCell>,
    /// Inference saved less extra downstream cost, USD a month.
    pub net_usd: f64,
}

/// Segments against those who answer.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatMap<'a> {
    /// Tiers, and people where they answer anything.
    pub answerers: Vec<&'a str>,
    /// The segment that loses most first.
    pub rows: Vec<HeatRow<'a>>,
    /// The figure of each answerer over all segments.
    pub all: Vec<String>,
    /// Whether there are tiers that answer nothing and are left out.
    pub has_idle: bool,
    /// The least and the greatest figure of all cells.
    pub ends: Option<[String; 2]>,
}

/// What a segment gains against the baseline, USD a month.
fn net(parts: &Breakdown, segment: &SegmentPart) -> f64 {
    monthly(parts, segment.saving_usd_per_1k - segment.extra_downstream_usd_per_1k)
}

/// The segment that loses most first; those that lose the same in the order of the scenario.
fn ranked(parts: &Breakdown) -> Vec<&SegmentPart> {
    let mut order: Vec<&SegmentPart> = parts.segments.iter().collect();
    order.sort_by(|a, b| net(parts, a).total_cmp(&net(parts, b)));
    order
}

/// The map of a policy.
pub fn heat_map<'a>(scenario: &'a Scenario, parts: &'a Breakdown, heat: Heat) -> HeatMap<'a> {
    let names = scenario.tiers.iter().map(|t| t.name.as_str()).chain(["A person"]);
    let answers =
        |index: usize| parts.segments.iter().filter_map(|s| s.answerers.get(index)).any(|a| a.traffic > NOTHING);
    let tiers = scenario.tiers.len();
    let is_shown = |index: usize| answers(index) || (index < tiers && tiers <= FEW);
    let (places, answerers): (Vec<usize>, Vec<&str>) = names.enumerate().filter(|(index, _)| is_shown(*index)).unzip();
    let has_idle = places.iter().filter(|index| **index < tiers).count() < tiers;
    let shown = |segment: &'a SegmentPart| places.iter().filter_map(|index| segment.answerers.get(*index));
    let values = parts.segments.iter().flat_map(shown).filter_map(|a| heat.of(parts, a));
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(x), h.max(x)));
    let cell = |answerer: &AnswererPart| {
        let value = heat.of(parts, answerer);
        HeatCell { heat, value, share: value.map_or(0.0, |x| (x - low) / (high - low).max(1e-12)) }
    };
    let rows = ranked(parts)
        .into_iter()
        .map(|segment| HeatRow { segment, cells: shown(segment).map(cell).collect(), net_usd: net(parts, segment) })
        .collect();
    let all = places
        .iter()
        .map(|index| {
            let own = || parts.segments.iter().filter_map(|s| s.answerers.get(*index));
            let traffic: f64 = own().map(|a| a.traffic).sum();
            let success: f64 = own().map(|a| a.traffic * a.quality.unwrap_or(0.0)).sum();
            let failures_usd_per_1k = own().map(|a| a.failures_usd_per_1k).sum();
            let quality = (traffic > NOTHING).then(|| success / traffic);
            heat.text(heat.of(parts, &AnswererPart { traffic, quality, failures_usd_per_1k }))
        })
        .collect();
    let ends = (low <= high).then(|| [low, high].map(|x| heat.text(Some(x))));
    HeatMap { answerers, rows, all, has_idle, ends }
}

/// Mean success over all segments, under the policy and under the baseline.
pub(super) fn quality(parts: &Breakdown) -> (f64, f64) {
    let mean = |of: fn(&SegmentPart) -> f64| parts.segments.iter().map(|s| s.share * of(s)).sum();
    (mean(|s| s.quality), mean(|s| s.baseline_quality))
}

/// One step from the saving to the net, USD a month; what is gained counts above zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What it is.
    pub name: String,
    /// The same in a sentence.
    pub help: &'static str,
    /// What it brings.
    pub usd: f64,
    /// What was gained before it; zero for the sum.
    pub from: f64,
    /// What is gained after it.
    pub to: f64,
    /// Whether it is everything together.
    pub is_sum: bool,
}

/// A monitor that is paid for.
#[derive(Clone, Copy, Debug)]
pub struct Watched<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its price, USD a day.
    pub usd_per_day: f64,
}

/// The steps of a policy, with those of the monitor if there is one: a scenario lists monitors as alternatives.
pub fn steps(parts: &Breakdown, watched: Option<Watched<'_>>) -> Vec<Step> {
    let m = parts.money;
    let own = [
        ("Calls of models", "What the calls cost less, requests asked again included.", m.calls),
        ("Routers, judges, people", "What deciding and handing over costs more.", m.overhead),
        ("Tickets", "Tickets that failures bring, times their cost.", m.tickets),
        ("Lost customers", "Customers who leave after failures, times their worth.", m.churn),
        ("Incidents", "Incidents that failures cause, times their cost.", m.incidents),
    ];
    let own = own.map(|(name, help, per_1k)| (name.to_owned(), help, monthly(parts, per_1k)));
    let watched = watched.map(|monitor| {
        let help = "The monitor selected in the Detection tab, for 30 days.";
        (format!("Monitoring: {}", monitor.name), help, -monitor.usd_per_day * DAYS_PER_MONTH)
    });
    let mut to = 0.0;
    let mut steps = Vec::new();
    for (name, help, usd) in own.into_iter().filter(|s| s.2.abs() > NOTHING).chain(watched) {
        let from = to;
        to += usd;
        steps.push(Step { name, help, usd, from, to, is_sum: false });
    }
    steps.push(Step { name: "Net".to_owned(), help: "Everything together.", usd: to, from: 0.0, to, is_sum: true });
    steps
}

/// The segments as a table, with a line for all of them.
pub(super) fn segments_grid(parts: &Breakdown) -> Grid {
    let line = |name: &str, share: f64, quality: (f64, f64), saving: f64, downstream: f64| {
        vec![
            name.to_owned(),
            percent(share, 1),
            percent(quality.0, 1),
            percent(quality.1, 1),
            gain(monthly(parts, saving)),
            gain(-monthly(parts, downstream)),
            gain(monthly(parts, saving - downstream)),
        ]
    };
    let mut rows: Vec<Vec<String>> = ranked(parts)
        .into_iter()
        .map(|s| {
            let quality = (s.quality, s.baseline_quality);
            line(&s.name, s.share, quality, s.saving_usd_per_1k, s.extra_downstream_usd_per_1k)
        })
        .collect();
    let sum = |of: fn(&SegmentPart) -> f64| parts.segments.iter().map(of).sum::<f64>();
    let (saving, downstream) = (sum(|s| s.saving_usd_per_1k), sum(|s| s.extra_downstream_usd_per_1k));
    rows.push(line("All segments", sum(|s| s.share), quality(parts), saving, downstream));
    let head = &["Segment", "Share", "Quality", "Of the baseline", "Inference", "Downstream", "Net"];
    Grid { head, rows }
}

/// The steps as a table.
pub(super) fn money_grid(steps: &[Step]) -> Grid {
    let rows = steps.iter().map(|s| vec![s.name.clone(), gain(s.usd), gain(s.to)]).collect();
    Grid { head: &["Step", "USD a month", "Together so far"], rows }
}

/// The segments for spreadsheets, the one that loses most first.
pub fn segments_csv(scenario: &Scenario, parts: &Breakdown) -> String {
    let mut head: Vec<String> = [
        "segment",
        "share",
        "quality",
        "baseline_quality",
        "inference_gain_usd_per_month",
        "downstream_gain_usd_per_month",
        "net_usd_per_month",
    ]
    .map(str::to_owned)
    .to_vec();
    let finals = finals(scenario);
    head.extend(finals.iter().map(|name| format!("traffic: {name}")));
    head.extend(finals.iter().map(|name| format!("quality: {name}")));
    head.extend(finals.iter().map(|name| format!("failures_usd_per_month: {name}")));
    let mut rows = vec![head];
    for segment in ranked(parts) {
        let mut row = vec![
            segment.name.clone(),
            segment.share.to_string(),
            segment.quality.to_string(),
            segment.baseline_quality.to_string(),
            monthly(parts, segment.saving_usd_per_1k).to_string(),
            monthly(parts, -segment.extra_downstream_usd_per_1k).to_string(),
            net(parts, segment).to_string(),
        ];
        let answerer = |index: usize| segment.answerers.get(index).copied().unwrap_or_default();
        let each = |of: &dyn Fn(AnswererPart) -> String| {
            (0..finals.len()).map(|index| of(answerer(index))).collect::<Vec<_>>()
        };
        row.extend(each(&|a| a.traffic.to_string()));
        row.extend(each(&|a| cell(a.quality)));
        row.extend(each(&|a| monthly(parts, a.failures_usd_per_1k).to_string()));
        rows.push(row);
    }
    write(rows)
}

/// The steps for spreadsheets.
pub fn money_csv(parts: &Breakdown, steps: &[Step]) -> String {
    let head =
        ["step", "usd_per_month", "usd_per_1k_requests", "before_usd_per_month", "after_usd_per_month", "is_sum"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let per_1k = |usd: f64| cell((parts.requests_per_month > 0.0).then(|| 1000.0 * usd / parts.requests_per_month));
    rows.extend(steps.iter().map(|s| {
        let figures = [s.usd.to_string(), per_1k(s.usd), s.from.to_string(), s.to.to_string(), s.is_sum.to_string()];
        std::iter::once(s.name.clone()).chain(figures).collect()
    }));
    write(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frontier::breakdown::Money;
    use crate::scenario::{library, read};

    #[test]
    fn of_many_tiers_those_that_answer_are_shown() {
        let text = library::find("workshop-first-steps").map(|e| e.text).unwrap_or_default();
        let mut scenario = read::parse(text, "").map_or_else(|_| Scenario::default(), |l| l.scenario);
        let answering = |traffic: f64| AnswererPart { traffic, quality: Some(0.9), failures_usd_per_1k: traffic };
        let map_of = |scenario: &Scenario, traffic: &[f64]| {
            let segment = SegmentPart {
                name: "Only".to_owned(),
                share: 1.0,
                quality: 0.9,
                baseline_quality: 0.9,
                extra_downstream_usd_per_1k: 0.0,
                saving_usd_per_1k: 0.0,
                answerers: traffic.iter().map(|t| answering(*t)).collect(),
            };
            let money = Money::default();
            let parts = Breakdown { policy: 0, segments: vec![segment], money, requests_per_month: 1000.0 };
            let map = heat_map(scenario, &parts, Heat::Traffic);
            let cells: Vec<String> = map.rows.iter().flat_map(|r| &r.cells).map(HeatCell::text).collect();
            assert_eq!(cells, map.all, "one segment is all segments");
            (map.answerers.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>(), cells, map.has_idle)
        };
        let (names, cells, has_idle) = map_of(&scenario, &[0.0, 1.0, 0.0]);
        assert_eq!(
            (names.len(), cells[0].as_str(), has_idle),
            (2, "–", false),
            "two tiers are shown, whatever they do"
        );
        let tier = scenario.tiers[0].clone();
        scenario.tiers = (0..8).map(|i| crate::model::Tier { name: format!("T{i}"), ..tier.clone() }).collect();
        let (names, cells, has_idle) = map_of(&scenario, &[0.0, 0.0, 0.25, 0.0, 0.0, 0.0, 0.0, 0.5, 0.25]);
        assert_eq!(names, ["T2", "T7", "A person"]);
        assert_eq!(cells, ["25.0 %", "50.0 %", "25.0 %"]);
        assert!(has_idle);
    }

    #[test]
    fn what_is_written_on_a_colour_can_be_read() {
        let mut before = 0.0;
        for i in 0..=100 {
            let tint = tint(f64::from(i) / 100.0);
            let [r, g, b] = tint.rgb.map(|c| (f64::from(c) / 255.0).powf(2.2));
            let ground = 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
            let contrast = if tint.is_dark { 1.05 / ground } else { ground / 0.05 };
            assert!(contrast > 4.5, "{i}: {contrast}");
            assert!(ground > before, "brighter means more");
            before = ground - 1e-3;
        }
    }
}
