//! The numbers of a scenario as the window edits them: every one, under which name, over which range worth dragging.
//!
//! Unit, help and hard limits come from `scenario::parameter`, the one table of every number; here is only what a slider
//! needs on top: a short label and the range worth dragging over. A typed value may leave that range, never the limits.

use crate::model::{Policy, PolicyKind, Rollout, Scenario, Tier};
use crate::policy::with_first_share;
use crate::report::sentence::percent;
use crate::scenario::edit::List;
use crate::scenario::parameter::{self, Parameter};
use crate::scenario::{rules, vocabulary};

/// Which thing of the scenario a number belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// Top of the file.
    Head,
    /// `[traffic]`
    Traffic,
    /// `[replay]`
    Replay,
    /// A segment, by index.
    Segment(usize),
    /// A tier, by index.
    Tier(usize),
    /// A policy, by index.
    Policy(usize),
    /// An event, by index.
    Event(usize),
    /// A monitor, by index.
    Monitor(usize),
    /// The detector of a monitor, by the monitor's index.
    Detector(usize),
    /// `[economics]`
    Economics,
    /// `[feedback]`
    Feedback,
    /// `[study]`
    Study,
}

impl Target {
    /// The entry of a list at a place.
    pub fn of_entry(list: List, index: usize) -> Self {
        match list {
            List::Segments => Self::Segment(index),
            List::Tiers => Self::Tier(index),
            List::Policies => Self::Policy(index),
            List::Events => Self::Event(index),
            List::Monitors => Self::Monitor(index),
        }
    }

    /// The list that it stands in, and its place there; `None` for a section that is no entry.
    pub fn entry(self) -> Option<(List, usize)> {
        match self {
            Self::Segment(i) => Some((List::Segments, i)),
            Self::Tier(i) => Some((List::Tiers, i)),
            Self::Policy(i) => Some((List::Policies, i)),
            Self::Event(i) => Some((List::Events, i)),
            Self::Monitor(i) | Self::Detector(i) => Some((List::Monitors, i)),
            _ => None,
        }
    }

    /// The section of a file that it stands in, and its place in that list; a detector stands in its monitor.
    pub fn section(self) -> (&'static str, usize) {
        match self {
            Self::Head => ("", 0),
            Self::Traffic => ("traffic", 0),
            Self::Replay => ("replay", 0),
            Self::Segment(i) => ("segment", i),
            Self::Tier(i) => ("tier", i),
            Self::Policy(i) => ("policy", i),
            Self::Event(i) => ("event", i),
            Self::Monitor(i) | Self::Detector(i) => ("monitor", i),
            Self::Economics => ("economics", 0),
            Self::Feedback => ("feedback", 0),
            Self::Study => ("study", 0),
        }
    }
}

/// Which number of its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A key of the file format.
    Named(&'static str),
    /// Share of a policy's traffic to this tier.
    Share(usize),
    /// Share that a cascade escalates at this stage.
    Escalate(usize),
    /// Weight of a day of the week, Monday first.
    Weekday(usize),
    /// Ability that a tier has more on this segment.
    Skill(usize),
    /// Day of a step of a rollout.
    StepDay(usize),
    /// Share from a step of a rollout on.
    StepShare(usize),
}

impl Key {
    /// The key of the file that holds it.
    pub fn in_file(self, target: Target) -> &'static str {
        match self {
            Self::Named(_) if matches!(target, Target::Detector(_)) => "detector",
            Self::Named(key) => key,
            Self::Share(_) => "shares",
            Self::Escalate(_) => "escalate",
            Self::Weekday(_) => "weekday",
            Self::Skill(_) => "skill",
            Self::StepDay(_) | Self::StepShare(_) => "rollout",
        }
    }
}

/// A number of the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// Whose.
    pub target: Target,
    /// Which.
    pub key: Key,
}

/// A slider.
#[derive(Clone, Debug)]
pub struct Slider {
    /// What it moves.
    pub address: Address,
    /// Name within its card.
    pub label: String,
    /// Unit; empty for shares, which are shown in per cent.
    pub unit: &'static str,
    /// What it is.
    pub help: &'static str,
    /// Hard limits.
    pub limits: [f64; 2],
    /// Range of the slider.
    pub range: [f64; 2],
    /// Whether equal steps are equal ratios.
    pub logarithmic: bool,
    /// Whole numbers only.
    pub whole: bool,
    /// Where in its card it stands.
    pub group: Group,
}

/// Where in its card a number stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// In sight: people reach for it.
    Often,
    /// How a policy comes into force.
    Rollout,
    /// Behind the others.
    Rare,
}

impl Slider {
    /// Whether the value is shown in per cent.
    pub fn is_share(&self) -> bool {
        self.unit.is_empty() && self.limits[1] <= 1.0
    }
}

/// A key with its label and the range worth dragging over.
#[derive(Clone, Copy)]
struct Choice {
    key: &'static str,
    label: &'static str,
    range: [f64; 2],
    logarithmic: bool,
    group: Group,
}

/// One that people reach for.
const fn often(key: &'static str, label: &'static str, low: f64, high: f64) -> Choice {
    Choice { key, label, range: [low, high], logarithmic: false, group: Group::Often }
}

/// One that stands behind them.
const fn rarely(key: &'static str, label: &'static str, low: f64, high: f64) -> Choice {
    Choice { group: Group::Rare, ..often(key, label, low, high) }
}

/// One that says how a policy comes into force.
const fn rollout(key: &'static str, label: &'static str, low: f64, high: f64) -> Choice {
    Choice { group: Group::Rollout, ..often(key, label, low, high) }
}

/// The same with equal steps for equal ratios.
const fn log(choice: Choice) -> Choice {
    Choice { logarithmic: true, ..choice }
}

const HEAD: &[Choice] = &[often("shared_luck", "Shared luck", 0.0, 1.0), rarely("seed", "Seed", 0.0, 10_000.0)];
const TRAFFIC: &[Choice] = &[
    often("days", "Horizon", 7.0, 365.0),
    log(often("requests_per_day", "Requests a day", 100.0, 1e6)),
    often("monthly_growth", "Growth", -0.2, 0.5),
    often("difficulty_day_sd", "Day-to-day spread", 0.0, 0.5),
];
const REPLAY: &[Choice] = &[
    rarely("chars_per_token", "Characters of a token", 1.0, 10.0),
    log(rarely("input_tokens", "Input tokens", 50.0, 20_000.0)),
    log(rarely("output_tokens", "Output tokens", 20.0, 8_000.0)),
];
const SEGMENT: &[Choice] = &[
    often("share", "Weight", 0.0, 1.0),
    often("difficulty.mean", "Difficulty", -6.0, 4.0),
    often("difficulty.sd", "Difficulty spread", 0.05, 3.0),
    often("hidden.share", "Hidden-hard share", 0.0, 0.4),
    often("hidden.mean", "Hidden difficulty", -4.0, 6.0),
    often("stakes", "Stakes", 0.0, 10.0),
    rarely("hidden.sd", "Hidden spread", 0.05, 3.0),
    log(rarely("tokens.input", "Input tokens", 50.0, 20_000.0)),
    log(rarely("tokens.output", "Output tokens", 20.0, 8_000.0)),
    rarely("tokens.input_cv", "Input variation", 0.0, 2.0),
    rarely("tokens.output_cv", "Output variation", 0.0, 2.0),
];
const TIER: &[Choice] = &[
    often("ability", "Ability", -4.0, 6.0),
    log(often("input_usd_per_mtok", "Input price", 0.01, 50.0)),
    log(often("output_usd_per_mtok", "Output price", 0.01, 100.0)),
    log(often("verbosity", "Verbosity", 0.1, 5.0)),
    often("upper", "Best success", 0.5, 1.0),
    often("confidence_auroc", "Confidence AUROC", 0.5, 0.99),
    often("confidence_auroc_hidden", "AUROC, hidden-hard", 0.5, 0.99),
    rarely("discrimination", "Discrimination", 0.3, 4.0),
    rarely("lower", "Worst success", 0.0, 0.5),
    log(rarely("cached_input.usd_per_mtok", "Cached input price", 0.001, 10.0)),
    rarely("cached_input.hit_rate", "From the cache", 0.0, 1.0),
    rarely("latency.first_token_ms", "First token", 0.0, 3_000.0),
    rarely("latency.per_output_token_ms", "Each output token", 0.0, 100.0),
];
const POLICY: &[Choice] = &[
    often("noise", "Router noise", 0.0, 4.0),
    often("judged", "Answers judged", 0.0, 1.0),
    often("judge.sensitivity", "Judge sensitivity", 0.0, 1.0),
    often("judge.specificity", "Judge specificity", 0.0, 1.0),
    often("hand_over", "Handed to a person", 0.0, 0.5),
    log(often("usd_per_day", "Daily budget", 1.0, 20_000.0)),
    log(often("usd_per_thumbs_down", "Worth of a thumbs-down", 0.01, 100.0)),
    often("half_life_days", "Half-life of memory", 1.0, 180.0),
    rollout("rollout.start_day", "Rollout starts", 0.0, 90.0),
    rollout("rollout.days", "Rollout takes", 0.0, 120.0),
    rollout("holdback", "Holdback", 0.0, 0.5),
    rarely("human.success", "Person's success", 0.5, 1.0),
    rarely("human.usd_each", "Price of a person's answer", 0.0, 20.0),
    rarely("human.latency_ms", "Time of a person's answer", 0.0, 3_600_000.0),
    rarely("judge.usd_each", "Price of a verdict", 0.0, 0.05),
    rarely("judge.latency_ms", "Time of a verdict", 0.0, 5_000.0),
    rarely("usd_per_request", "Router price", 0.0, 0.005),
    rarely("latency_ms", "Router time", 0.0, 500.0),
];
const EVENT: &[Choice] = &[
    often("multiply", "Multiplied by", 0.0, 6.0),
    often("add", "Added", -3.0, 3.0),
    often("set", "Set to", 0.0, 1.0),
    often("day", "First day", 0.0, 180.0),
    often("ramp_days", "Fully in force after", 0.0, 120.0),
];
const MONITOR: &[Choice] = &[
    often("per_day", "Labels a day", 0.0, 1_000.0),
    often("sensitivity", "Sensitivity", 0.0, 1.0),
    often("specificity", "Specificity", 0.5, 1.0),
    often("usd_each", "Price of a label", 0.0, 5.0),
    often("usd_per_day", "Fixed price", 0.0, 500.0),
    often("delay_days", "Delay", 0.0, 30.0),
    rarely("delay_cv", "Delay variation", 0.0, 2.0),
    often("cases", "Cases", 50.0, 5_000.0),
    often("every_days", "Looks every", 1.0, 90.0),
    rarely("bins", "Histogram bins", 2.0, 50.0),
];
const MONITOR_OPTIONAL: &[Choice] = &[
    rarely("sensitivity_hidden", "Sensitivity, hidden-hard", 0.0, 1.0),
    often("holdback_share", "Held back", 0.005, 0.5),
    rarely("refresh_days", "Refreshed every", 7.0, 180.0),
];
const DETECTOR: &[Choice] = &[
    often("ratio", "Looks for a rise of", 0.8, 4.0),
    often("weight", "Weight of the newest", 0.02, 1.0),
    often("window_days", "Window", 1.0, 60.0),
    often("baseline_days", "Reference from", 7.0, 90.0),
];
const ECONOMICS: &[Choice] = &[
    often("reask", "Asks again", 0.0, 1.0),
    often("ticket.failed", "Ticket after a failure", 0.0, 1.0),
    often("ticket.usd", "Cost of a ticket", 0.0, 50.0),
    often("churn.failed", "Leaves after a failure", 0.0, 0.05),
    often("churn.usd", "Cost of a lost customer", 0.0, 2_000.0),
    often("incident.failed", "Incident after a failure", 0.0, 0.01),
    often("incident.usd", "Cost of an incident", 0.0, 50_000.0),
    rarely("ticket.ok", "Ticket after a success", 0.0, 0.2),
    rarely("ticket.delay_days", "Delay of a ticket", 0.0, 30.0),
    rarely("churn.ok", "Leaves after a success", 0.0, 0.01),
    rarely("churn.delay_days", "Delay of leaving", 0.0, 180.0),
    rarely("incident.ok", "Incident after a success", 0.0, 0.001),
    rarely("incident.delay_days", "Delay of an incident", 0.0, 180.0),
];
const FEEDBACK: &[Choice] = &[
    often("thumbs_down.failed", "Thumbs-down, failure", 0.0, 0.2),
    often("thumbs_down.ok", "Thumbs-down, success", 0.0, 0.02),
    often("csat.response", "Survey answered", 0.0, 0.5),
    rarely("csat.satisfied_ok", "Satisfied, success", 0.0, 1.0),
    rarely("csat.satisfied_failed", "Satisfied, failure", 0.0, 1.0),
    rarely("csat.delay_days", "Delay of a survey", 0.0, 30.0),
];
const STUDY: &[Choice] = &[
    log(often("holdout", "Launch review", 100.0, 50_000.0)),
    log(often("material_loss", "Loss that counts", 0.001, 0.1)),
    log(often("false_alarms", "False-alarm budget", 0.01, 0.5)),
    log(rarely("replicates", "Runs of each part", 50.0, 10_000.0)),
];

/// Monday first.
pub const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Sliders of a target, in the order to show them.
pub fn sliders(scenario: &Scenario, target: Target) -> Vec<Slider> {
    match target {
        Target::Head => {
            let mut sliders = pick(parameter::HEAD, HEAD, scenario, target);
            if scenario.replay.is_some() {
                // Luck is in a table's outcomes.
                sliders.retain(|slider| slider.address.key != Key::Named("shared_luck"));
            }
            sliders
        }
        Target::Traffic => {
            let mut sliders = pick(parameter::TRAFFIC, TRAFFIC, &scenario.traffic, target);
            let help = "Weight of this day of the week against the others: 0.4 on Saturday and Sunday is typical of business software.";
            sliders.extend(WEEKDAYS.iter().enumerate().map(|(day, name)| Slider {
                range: [0.0, 2.0],
                limits: [0.0, 1000.0],
                group: Group::Rare,
                ..share(Address { target, key: Key::Weekday(day) }, (*name).to_owned(), help)
            }));
            sliders
        }
        Target::Replay => {
            scenario.replay.as_ref().map_or_else(Vec::new, |r| pick(parameter::REPLAY, REPLAY, r, target))
        }
        Target::Segment(i) => {
            let mut sliders =
                scenario.segments.get(i).map_or_else(Vec::new, |s| pick(parameter::SEGMENT, SEGMENT, s, target));
            // A weight says nothing without the others.
            let all: f64 = scenario.segments.iter().map(|s| s.share).sum();
            let own = scenario.segments.get(i).map_or(0.0, |s| s.share);
            for slider in sliders.iter_mut().filter(|slider| slider.address.key == Key::Named("share")) {
                slider.label = format!("Weight: {} of the traffic", percent(own / all.max(1e-300), 1));
                slider.range[1] = slider.range[1].max(all);
            }
            sliders
        }
        Target::Tier(i) => scenario.tiers.get(i).map_or_else(Vec::new, |tier| tier_sliders(scenario, tier, target)),
        Target::Policy(i) => scenario.policies.get(i).map_or_else(Vec::new, |policy| {
            let mut sliders = knobs(scenario, policy, target);
            sliders.extend(pick(parameter::POLICY, POLICY, policy, target));
            sliders.extend(steps(policy, target));
            if scenario.replay.as_ref().is_some_and(|r| r.router.is_some()) {
                sliders.retain(|slider| slider.address.key != Key::Named("noise"));
            }
            sliders
        }),
        Target::Event(i) => scenario.events.get(i).map_or_else(Vec::new, |s| pick(parameter::EVENT, EVENT, s, target)),
        Target::Monitor(i) => scenario.monitors.get(i).map_or_else(Vec::new, |monitor| {
            let own = vocabulary::monitor_keys(monitor.kind);
            let mut sliders = pick(parameter::MONITOR, MONITOR, monitor, target);
            sliders.extend(pick(parameter::MONITOR_OPTIONAL, MONITOR_OPTIONAL, monitor, target));
            sliders.retain(|slider| match slider.address.key {
                Key::Named(key) => own.contains(&key) || vocabulary::MONITOR_KEYS.contains(&key),
                _ => false,
            });
            sliders
        }),
        Target::Detector(i) => {
            scenario.monitors.get(i).and_then(|m| m.detector.as_ref()).map_or_else(Vec::new, |detector| {
                let own = vocabulary::detector_keys(detector.kind);
                let mut sliders = pick(parameter::DETECTOR, DETECTOR, detector, target);
                sliders.retain(|slider| matches!(slider.address.key, Key::Named(key) if own.contains(&key)));
                sliders
            })
        }
        Target::Economics => pick(parameter::ECONOMICS, ECONOMICS, &scenario.economics, target),
        Target::Feedback => pick(parameter::FEEDBACK, FEEDBACK, &scenario.feedback, target),
        Target::Study => pick(parameter::STUDY, STUDY, &scenario.study, target),
    }
}

fn tier_sliders(scenario: &Scenario, tier: &Tier, target: Target) -> Vec<Slider> {
    let mut sliders = pick(parameter::TIER, TIER, tier, target);
    if scenario.replay.is_some() {
        // A table says what a tier can do, and where no price is given what it costs.
        let has_price = tier.input_usd_per_mtok > 0.0 || tier.output_usd_per_mtok > 0.0;
        sliders.retain(|slider| match slider.address.key {
            Key::Named("ability" | "upper" | "lower" | "discrimination") => false,
            Key::Named("input_usd_per_mtok" | "output_usd_per_mtok" | "verbosity") => has_price,
            _ => true,
        });
        return sliders;
    }
    let help = "Ability added on this segment: 0.3 for a tier that was tuned for it is typical, 0 for none.";
    sliders.extend(scenario.segments.iter().enumerate().map(|(i, segment)| Slider {
        unit: "logits",
        range: [-2.0, 2.0],
        limits: [-20.0, 20.0],
        group: Group::Rare,
        ..share(Address { target, key: Key::Skill(i) }, format!("Skill: {}", segment.name), help)
    }));
    sliders
}

/// The steps of a rollout.
fn steps(policy: &Policy, target: Target) -> Vec<Slider> {
    let Some(Rollout::Steps(steps)) = &policy.rollout else { return Vec::new() };
    let mut sliders = Vec::new();
    for step in 0..steps.len() {
        let day = Address { target, key: Key::StepDay(step) };
        sliders.push(Slider {
            unit: "days",
            range: [0.0, 120.0],
            limits: [0.0, 3650.0],
            group: Group::Rollout,
            ..share(day, format!("Step {}: from day", step + 1), "Day from which the share below is in force.")
        });
        let help = "Share of the traffic that is routed from this step on; 5 %, 25 %, 50 %, 100 % is usual.";
        let address = Address { target, key: Key::StepShare(step) };
        sliders.push(Slider { group: Group::Rollout, ..share(address, format!("Step {}: share", step + 1), help) });
    }
    sliders
}

fn pick<S>(table: &'static [Parameter<S>], choices: &[Choice], section: &S, target: Target) -> Vec<Slider> {
    let mut sliders = Vec::new();
    for choice in choices {
        let Some(p) = table.iter().find(|p| p.key == choice.key) else { continue };
        if (p.get)(section).is_none() {
            continue;
        }
        sliders.push(Slider {
            address: Address { target, key: Key::Named(p.key) },
            label: choice.label.to_owned(),
            unit: p.unit,
            help: p.help,
            limits: [p.min, p.max],
            range: choice.range,
            logarithmic: choice.logarithmic,
            whole: p.whole,
            group: choice.group,
        });
    }
    sliders
}

/// A slider over a share.
fn share(address: Address, label: String, help: &'static str) -> Slider {
    Slider {
        address,
        label,
        unit: "",
        help,
        limits: [0.0, 1.0],
        range: [0.0, 1.0],
        logarithmic: false,
        whole: false,
        group: Group::Often,
    }
}

/// The knobs that are lists in the file: shares by tier, escalation by stage.
fn knobs(scenario: &Scenario, policy: &Policy, target: Target) -> Vec<Slider> {
    let tier_name = |i: usize| scenario.tiers.get(i).map_or("tier", |t| t.name.as_str());
    let mut sliders = Vec::new();
    if let Some(shares) = policy.kind.shares() {
        // With two tiers, the last share is what the other leaves.
        let count = if shares.len() == 2 { 1 } else { shares.len() };
        for tier in 0..count {
            let help = "Share of the requests that starts at this tier, under launch assumptions. The other shares keep \
                        their proportions.";
            let address = Address { target, key: Key::Share(tier) };
            sliders.push(share(address, format!("Share to {}", tier_name(tier)), help));
        }
    }
    if let Some(escalate) = escalations(&policy.kind) {
        for stage in 0..escalate.len() {
            let name = match &policy.kind {
                PolicyKind::Cascade { tiers, .. } => tiers.get(stage).map_or("tier", String::as_str),
                _ => tier_name(stage),
            };
            let help = "Share of the requests reaching this stage that is passed on to the next tier, under launch assumptions; 0.2 to 0.5 \
                        is typical.";
            let address = Address { target, key: Key::Escalate(stage) };
            sliders.push(share(address, format!("Escalated by {name}"), help));
        }
    }
    sliders
}

/// Where the one knob of a policy stands in the scenario.
pub fn knob(scenario: &Scenario, policy: usize) -> Option<Address> {
    let key = match &scenario.policies.get(policy)?.kind {
        PolicyKind::Random { .. } | PolicyKind::Classifier { .. } | PolicyKind::RouterCascade { .. } => Key::Share(0),
        PolicyKind::Cascade { .. } => Key::Escalate(0),
        PolicyKind::JudgeCascade { .. } => Key::Named("judged"),
        PolicyKind::HumanFallback { .. } => Key::Named("hand_over"),
        PolicyKind::Budget { .. } => Key::Named("usd_per_day"),
        PolicyKind::Bandit { .. } => Key::Named("usd_per_thumbs_down"),
        PolicyKind::Single { .. } | PolicyKind::SegmentRules { .. } | PolicyKind::Oracle => return None,
    };
    Some(Address { target: Target::Policy(policy), key })
}

fn escalations(kind: &PolicyKind) -> Option<&[f64]> {
    match kind {
        PolicyKind::Cascade { escalate, .. } | PolicyKind::RouterCascade { escalate, .. } => Some(escalate),
        _ => None,
    }
}

/// Reads a number; `None` where the scenario does not have it.
pub fn get(scenario: &Scenario, address: Address) -> Option<f64> {
    let policy = |i: usize| scenario.policies.get(i);
    let key = match (address.key, address.target) {
        (Key::Named(key), _) => key,
        (Key::Share(i), Target::Policy(p)) => return policy(p)?.kind.shares()?.get(i).copied(),
        (Key::Escalate(i), Target::Policy(p)) => return escalations(&policy(p)?.kind)?.get(i).copied(),
        (Key::Weekday(day), Target::Traffic) => return scenario.traffic.weekday.get(day).copied(),
        (Key::Skill(segment), Target::Tier(t)) => {
            let name = &scenario.segments.get(segment)?.name;
            return Some(scenario.tiers.get(t)?.skill.get(name).copied().unwrap_or(0.0));
        }
        (Key::StepDay(i), Target::Policy(p)) => return Some(step(policy(p)?, i)?.0),
        (Key::StepShare(i), Target::Policy(p)) => return Some(step(policy(p)?, i)?.1),
        _ => return None,
    };
    fn read<S>(table: &[Parameter<S>], section: &S, key: &str) -> Option<f64> {
        table.iter().find(|p| p.key == key).and_then(|p| (p.get)(section))
    }
    match address.target {
        Target::Head => read(parameter::HEAD, scenario, key),
        Target::Traffic => read(parameter::TRAFFIC, &scenario.traffic, key),
        Target::Replay => read(parameter::REPLAY, scenario.replay.as_ref()?, key),
        Target::Segment(i) => read(parameter::SEGMENT, scenario.segments.get(i)?, key),
        Target::Tier(i) => read(parameter::TIER, scenario.tiers.get(i)?, key),
        Target::Policy(i) => read(parameter::POLICY, scenario.policies.get(i)?, key),
        Target::Event(i) => read(parameter::EVENT, scenario.events.get(i)?, key),
        Target::Monitor(i) => {
            let monitor = scenario.monitors.get(i)?;
            read(parameter::MONITOR, monitor, key).or_else(|| read(parameter::MONITOR_OPTIONAL, monitor, key))
        }
        Target::Detector(i) => read(parameter::DETECTOR, scenario.monitors.get(i)?.detector.as_ref()?, key),
        Target::Economics => read(parameter::ECONOMICS, &scenario.economics, key),
        Target::Feedback => read(parameter::FEEDBACK, &scenario.feedback, key),
        Target::Study => read(parameter::STUDY, &scenario.study, key),
    }
}

fn step(policy: &Policy, index: usize) -> Option<(f64, f64)> {
    match &policy.rollout {
        Some(Rollout::Steps(steps)) => steps.get(index).copied(),
        _ => None,
    }
}

/// What speaks against a value, in the unit that its field shows: its range, or a rule between it and others.
pub fn objection(scenario: &Scenario, address: Address, value: f64) -> Option<String> {
    fn range<S>(table: &[Parameter<S>], key: &str, value: f64) -> Option<String> {
        let p = table.iter().find(|p| p.key == key)?;
        let value = if p.whole { value.round() } else { value };
        (!p.allows(value)).then(|| match p.unit.is_empty() && p.max <= 1.0 {
            true => in_per_cent(p.min, p.max),
            false => format!("allowed: {}", p.allowed()),
        })
    }
    let within = |low: f64, high: f64| {
        let is_in = value.is_finite() && (low..=high).contains(&value);
        (!is_in).then(|| match high <= 1.0 {
            true => in_per_cent(low, high),
            false => format!("allowed: a number from {} to {}", parameter::number(low), parameter::number(high)),
        })
    };
    let out_of_range = match (address.key, address.target) {
        (Key::Share(_) | Key::Escalate(_) | Key::StepShare(_), _) => within(0.0, 1.0),
        (Key::Weekday(_), _) => within(0.0, 1000.0),
        (Key::Skill(_), _) => within(-20.0, 20.0),
        (Key::StepDay(_), _) => within(0.0, 3650.0),
        (Key::Named(key), target) => match target {
            Target::Head => range(parameter::HEAD, key, value),
            Target::Traffic => range(parameter::TRAFFIC, key, value),
            Target::Replay => range(parameter::REPLAY, key, value),
            Target::Segment(_) => range(parameter::SEGMENT, key, value),
            Target::Tier(_) => range(parameter::TIER, key, value),
            Target::Policy(_) => range(parameter::POLICY, key, value),
            Target::Event(_) => range(parameter::EVENT, key, value),
            Target::Monitor(_) => {
                range(parameter::MONITOR, key, value).or_else(|| range(parameter::MONITOR_OPTIONAL, key, value))
            }
            Target::Detector(_) => range(parameter::DETECTOR, key, value),
            Target::Economics => range(parameter::ECONOMICS, key, value),
            Target::Feedback => range(parameter::FEEDBACK, key, value),
            Target::Study => range(parameter::STUDY, key, value),
        },
    };
    out_of_range.or_else(|| broken_rule(scenario, address, value))
}

fn in_per_cent(low: f64, high: f64) -> String {
    let [low, high] = [low, high].map(|x| parameter::number((1e9 * 100.0 * x).round() / 1e9));
    format!("allowed: from {low} % to {high} %")
}

/// The rule between several values that a value would break.
fn broken_rule(scenario: &Scenario, address: Address, value: f64) -> Option<String> {
    match (address.target, address.key) {
        (Target::Segment(i), Key::Named("share")) if value <= 0.0 => {
            let mut segments = scenario.segments.clone();
            segments.get_mut(i)?.share = value;
            rules::segment_shares(&segments)
        }
        (Target::Tier(i), Key::Named("lower" | "upper")) => {
            let mut tier = scenario.tiers.get(i)?.clone();
            write(parameter::TIER, Some(&mut tier), named(address)?, value);
            rules::asymptotes(&tier)
        }
        (Target::Monitor(i), Key::Named("per_day")) => {
            let mut monitor = scenario.monitors.get(i)?.clone();
            monitor.per_day = value;
            rules::labels(&monitor)
        }
        (Target::Traffic, Key::Weekday(day)) => {
            let mut weights = scenario.traffic.weekday;
            *weights.get_mut(day)? = value;
            rules::weekday(&weights)
        }
        (Target::Policy(i), Key::StepDay(step)) => {
            let Some(Rollout::Steps(steps)) = &scenario.policies.get(i)?.rollout else { return None };
            let mut steps = steps.clone();
            steps.get_mut(step)?.0 = value;
            rules::rollout_steps(&steps)
        }
        _ => None,
    }
}

fn named(address: Address) -> Option<&'static str> {
    match address.key {
        Key::Named(key) => Some(key),
        _ => None,
    }
}

/// Writes a number into a section, kept inside its limits.
fn write<S>(table: &[Parameter<S>], section: Option<&mut S>, key: &str, value: f64) {
    let Some((p, section)) = table.iter().find(|p| p.key == key).zip(section) else { return };
    let least = if p.above_min { p.min + (p.max - p.min) * 1e-12 } else { p.min };
    let value = if p.whole { value.round() } else { value };
    (p.set)(section, value.clamp(least, p.max));
}

/// Writes a number, kept inside its limits; does nothing where the scenario does not have it.
pub fn set(scenario: &mut Scenario, address: Address, value: f64) {
    if !value.is_finite() {
        return;
    }
    let key = match (address.key, address.target) {
        (Key::Named(key), _) => key,
        (Key::Share(_) | Key::Escalate(_), Target::Policy(i)) => {
            if let Some(policy) = scenario.policies.get_mut(i) {
                set_knob(&mut policy.kind, address.key, value.clamp(0.0, 1.0));
            }
            return;
        }
        (Key::StepDay(at) | Key::StepShare(at), Target::Policy(i)) => {
            if let Some(Rollout::Steps(steps)) = scenario.policies.get_mut(i).and_then(|p| p.rollout.as_mut())
                && let Some((day, share)) = steps.get_mut(at)
            {
                match address.key {
                    Key::StepDay(_) => *day = value.clamp(0.0, 3650.0),
                    _ => *share = value.clamp(0.0, 1.0),
                }
            }
            return;
        }
        (Key::Weekday(day), Target::Traffic) => {
            if let Some(weight) = scenario.traffic.weekday.get_mut(day) {
                *weight = value.clamp(0.0, 1000.0);
            }
            return;
        }
        (Key::Skill(segment), Target::Tier(i)) => {
            if let Some((segment, tier)) = scenario.segments.get(segment).zip(scenario.tiers.get_mut(i)) {
                // None is not written into the file.
                if value == 0.0 {
                    tier.skill.remove(&segment.name);
                } else {
                    tier.skill.insert(segment.name.clone(), value.clamp(-20.0, 20.0));
                }
            }
            return;
        }
        _ => return,
    };
    match address.target {
        Target::Head => write(parameter::HEAD, Some(scenario), key, value),
        Target::Traffic => write(parameter::TRAFFIC, Some(&mut scenario.traffic), key, value),
        Target::Replay => write(parameter::REPLAY, scenario.replay.as_mut(), key, value),
        Target::Segment(i) => write(parameter::SEGMENT, scenario.segments.get_mut(i), key, value),
        Target::Tier(i) => write(parameter::TIER, scenario.tiers.get_mut(i), key, value),
        Target::Policy(i) => write(parameter::POLICY, scenario.policies.get_mut(i), key, value),
        Target::Event(i) => write(parameter::EVENT, scenario.events.get_mut(i), key, value),
        Target::Monitor(i) => {
            write(parameter::MONITOR, scenario.monitors.get_mut(i), key, value);
            write(parameter::MONITOR_OPTIONAL, scenario.monitors.get_mut(i), key, value);
        }
        Target::Detector(i) => {
            let detector = scenario.monitors.get_mut(i).and_then(|m| m.detector.as_mut());
            write(parameter::DETECTOR, detector, key, value);
        }
        Target::Economics => write(parameter::ECONOMICS, Some(&mut scenario.economics), key, value),
        Target::Feedback => write(parameter::FEEDBACK, Some(&mut scenario.feedback), key, value),
        Target::Study => write(parameter::STUDY, Some(&mut scenario.study), key, value),
    }
}

fn set_knob(kind: &mut PolicyKind, key: Key, value: f64) {
    match (key, kind) {
        (Key::Share(tier), kind) => {
            if let Some(shares) = kind.shares_mut().filter(|shares| tier < shares.len()) {
                // The chosen share is moved to the front and back, since `with_first_share` turns the first.
                shares.swap(0, tier);
                *shares = with_first_share(shares, value);
                shares.swap(0, tier);
            }
        }
        (Key::Escalate(stage), PolicyKind::Cascade { escalate, .. } | PolicyKind::RouterCascade { escalate, .. }) => {
            if let Some(share) = escalate.get_mut(stage) {
                *share = value;
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{library, read, write};

    fn every() -> Vec<Scenario> {
        let parse = |e: &library::LibraryEntry| read::parse(e.text, e.file_name).map(|l| l.scenario).ok();
        library::LIBRARY.iter().filter_map(parse).collect()
    }

    #[test]
    fn every_number_of_the_format_can_be_edited() {
        fn assert_all<S>(table: &[Parameter<S>], choices: &[Choice], what: &str) {
            for p in table {
                assert!(choices.iter().any(|c| c.key == p.key), "{what}: {} has no slider", p.key);
            }
            for c in choices {
                let p = table.iter().find(|p| p.key == c.key);
                assert!(p.is_some_and(|p| c.range[0] >= p.min && c.range[1] <= p.max), "{what}: {}", c.key);
            }
        }
        assert_all(parameter::HEAD, HEAD, "head");
        assert_all(parameter::TRAFFIC, TRAFFIC, "traffic");
        assert_all(parameter::REPLAY, REPLAY, "replay");
        assert_all(parameter::SEGMENT, SEGMENT, "segment");
        assert_all(parameter::TIER, TIER, "tier");
        assert_all(parameter::POLICY, POLICY, "policy");
        assert_all(parameter::EVENT, EVENT, "event");
        assert_all(parameter::MONITOR, MONITOR, "monitor");
        assert_all(parameter::MONITOR_OPTIONAL, MONITOR_OPTIONAL, "monitor");
        assert_all(parameter::DETECTOR, DETECTOR, "detector");
        assert_all(parameter::ECONOMICS, ECONOMICS, "economics");
        assert_all(parameter::FEEDBACK, FEEDBACK, "feedback");
        assert_all(parameter::STUDY, STUDY, "study");
    }

    #[test]
    fn whatever_a_slider_can_show_is_read_back_or_objected_to() {
        for scenario in every() {
            let s = &scenario;
            let mut targets =
                vec![Target::Head, Target::Traffic, Target::Replay, Target::Economics, Target::Feedback, Target::Study];
            targets.extend((0..s.segments.len()).map(Target::Segment));
            targets.extend((0..s.tiers.len()).map(Target::Tier));
            targets.extend((0..s.policies.len()).map(Target::Policy));
            targets.extend((0..s.events.len()).map(Target::Event));
            targets.extend((0..s.monitors.len()).flat_map(|i| [Target::Monitor(i), Target::Detector(i)]));
            for slider in targets.into_iter().flat_map(|target| sliders(s, target)) {
                let [low, high] = slider.range;
                let (least, most) = (slider.limits[0], slider.limits[1]);
                for value in [low, high, (low + high) / 2.0, least, most, least - 1.0, most + 1.0, f64::NAN] {
                    let what = format!("{}: {} = {value}", s.name, slider.label);
                    let objection = objection(s, slider.address, value);
                    let mut edited = s.clone();
                    set(&mut edited, slider.address, value);
                    if objection.is_none() {
                        let got = get(&edited, slider.address).unwrap_or(f64::NAN);
                        let rounded = if slider.whole { value.round() } else { value };
                        assert!((got - rounded).abs() < 1e-9 * rounded.abs().max(1.0), "{what}: {got}");
                        let read = read::parse(&write::to_text(&edited), "x");
                        assert!(read.as_ref().is_ok_and(|l| l.scenario == edited), "{what}: {:?}", read.err());
                    } else {
                        assert!(objection.is_some_and(|o| o.len() > 10), "{what}");
                    }
                }
            }
        }
    }
}
