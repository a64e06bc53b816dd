//! Which numbers of a scenario get a slider, under which name and over which range.
//!
//! Unit, help and hard limits come from `scenario::parameter`, the one table of every number; here is only what a slider
//! needs on top: a short label and the range worth dragging over. A typed value may leave that range, never the limits.

use crate::policy::with_first_share;
use crate::scenario::model::{Policy, PolicyKind, Scenario};
use crate::scenario::parameter::{self, Parameter};
use crate::scenario::vocabulary;

/// Which thing of the scenario a number belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// Top of the file.
    Head,
    /// `[traffic]`
    Traffic,
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
    /// `[economics]`
    Economics,
    /// `[feedback]`
    Feedback,
    /// `[study]`
    Study,
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
}

impl Slider {
    /// Whether the value is shown in per cent.
    pub fn is_share(&self) -> bool {
        self.unit.is_empty() && self.limits[1] <= 1.0
    }
}

/// A key worth a slider: key, label, range, logarithmic.
type Choice = (&'static str, &'static str, [f64; 2], bool);

const HEAD: &[Choice] = &[("shared_luck", "Shared luck", [0.0, 1.0], false)];
const TRAFFIC: &[Choice] = &[
    ("days", "Horizon", [7.0, 365.0], false),
    ("requests_per_day", "Requests a day", [100.0, 1e6], true),
    ("monthly_growth", "Growth", [-0.2, 0.5], false),
    ("difficulty_day_sd", "Day-to-day spread", [0.0, 0.5], false),
];
const SEGMENT: &[Choice] = &[
    ("share", "Weight", [0.0, 1.0], false),
    ("difficulty.mean", "Difficulty", [-6.0, 4.0], false),
    ("difficulty.sd", "Difficulty spread", [0.05, 3.0], false),
    ("hidden.share", "Hidden-hard share", [0.0, 0.4], false),
    ("hidden.mean", "Hidden difficulty", [-4.0, 6.0], false),
    ("tokens.input", "Input tokens", [50.0, 20_000.0], true),
    ("tokens.output", "Output tokens", [20.0, 8_000.0], true),
    ("stakes", "Stakes", [0.0, 10.0], false),
];
const TIER: &[Choice] = &[
    ("ability", "Ability", [-4.0, 6.0], false),
    ("input_usd_per_mtok", "Input price", [0.01, 50.0], true),
    ("output_usd_per_mtok", "Output price", [0.01, 100.0], true),
    ("verbosity", "Verbosity", [0.1, 5.0], true),
    ("upper", "Best success", [0.5, 1.0], false),
    ("confidence_auroc", "Confidence AUROC", [0.5, 0.99], false),
    ("confidence_auroc_hidden", "AUROC, hidden-hard", [0.5, 0.99], false),
];
const POLICY: &[Choice] = &[
    ("noise", "Router noise", [0.0, 4.0], false),
    ("judged", "Answers judged", [0.0, 1.0], false),
    ("judge.sensitivity", "Judge sensitivity", [0.0, 1.0], false),
    ("judge.specificity", "Judge specificity", [0.0, 1.0], false),
    ("hand_over", "Handed to a person", [0.0, 0.5], false),
    ("usd_per_day", "Daily budget", [1.0, 20_000.0], true),
    ("usd_per_thumbs_down", "Worth of a thumbs-down", [0.01, 100.0], true),
    ("usd_per_request", "Router price", [0.0, 0.005], false),
    ("rollout.start_day", "Rollout starts", [0.0, 90.0], false),
    ("rollout.days", "Rollout takes", [0.0, 120.0], false),
    ("holdback", "Holdback", [0.0, 0.5], false),
];
const EVENT: &[Choice] = &[
    ("multiply", "Multiplied by", [0.0, 6.0], false),
    ("add", "Added", [-3.0, 3.0], false),
    ("set", "Set to", [0.0, 1.0], false),
    ("day", "First day", [0.0, 180.0], false),
    ("ramp_days", "In force after", [0.0, 120.0], false),
];
const MONITOR: &[Choice] = &[
    ("per_day", "Labels a day", [0.0, 1_000.0], false),
    ("sensitivity", "Sensitivity", [0.0, 1.0], false),
    ("specificity", "Specificity", [0.5, 1.0], false),
    ("usd_each", "Price of a label", [0.0, 5.0], false),
    ("usd_per_day", "Fixed price", [0.0, 500.0], false),
    ("delay_days", "Delay", [0.0, 30.0], false),
];
const ECONOMICS: &[Choice] = &[
    ("reask", "Asks again", [0.0, 1.0], false),
    ("ticket.failed", "Ticket after a failure", [0.0, 1.0], false),
    ("ticket.usd", "Cost of a ticket", [0.0, 50.0], false),
    ("churn.failed", "Leaves after a failure", [0.0, 0.05], false),
    ("churn.usd", "Cost of a lost customer", [0.0, 2_000.0], false),
    ("incident.failed", "Incident after a failure", [0.0, 0.01], false),
    ("incident.usd", "Cost of an incident", [0.0, 50_000.0], false),
];
const FEEDBACK: &[Choice] = &[
    ("thumbs_down.failed", "Thumbs-down, failure", [0.0, 0.2], false),
    ("thumbs_down.ok", "Thumbs-down, success", [0.0, 0.02], false),
    ("csat.response", "Survey answered", [0.0, 0.5], false),
];
const STUDY: &[Choice] = &[
    ("holdout", "Launch review", [100.0, 50_000.0], true),
    ("material_loss", "Loss that counts", [0.001, 0.1], true),
    ("false_alarms", "False-alarm budget", [0.01, 0.5], true),
];

/// Sliders of a target, in the order to show them.
pub fn sliders(scenario: &Scenario, target: Target) -> Vec<Slider> {
    match target {
        // Luck is in a table's outcomes.
        Target::Head if scenario.replay.is_some() => Vec::new(),
        Target::Head => pick(parameter::HEAD, HEAD, scenario, target),
        Target::Traffic => pick(parameter::TRAFFIC, TRAFFIC, &scenario.traffic, target),
        Target::Segment(i) => {
            scenario.segments.get(i).map_or_else(Vec::new, |s| pick(parameter::SEGMENT, SEGMENT, s, target))
        }
        Target::Tier(i) => scenario.tiers.get(i).map_or_else(Vec::new, |s| {
            let mut sliders = pick(parameter::TIER, TIER, s, target);
            if scenario.replay.is_some() {
                // A table says what a tier can do, and where no price is given what it costs.
                let has_price = s.input_usd_per_mtok > 0.0 || s.output_usd_per_mtok > 0.0;
                sliders.retain(|slider| match slider.address.key {
                    Key::Named("ability" | "upper") => false,
                    Key::Named("input_usd_per_mtok" | "output_usd_per_mtok" | "verbosity") => has_price,
                    _ => true,
                });
            }
            sliders
        }),
        Target::Policy(i) => scenario.policies.get(i).map_or_else(Vec::new, |policy| {
            let mut sliders = knobs(scenario, policy, target);
            sliders.extend(pick(parameter::POLICY, POLICY, policy, target));
            if scenario.replay.as_ref().is_some_and(|r| r.router.is_some()) {
                sliders.retain(|slider| slider.address.key != Key::Named("noise"));
            }
            sliders
        }),
        Target::Event(i) => scenario.events.get(i).map_or_else(Vec::new, |s| pick(parameter::EVENT, EVENT, s, target)),
        Target::Monitor(i) => scenario.monitors.get(i).map_or_else(Vec::new, |monitor| {
            let own = vocabulary::monitor_keys(monitor.kind);
            let mut sliders = pick(parameter::MONITOR, MONITOR, monitor, target);
            sliders.retain(|slider| match slider.address.key {
                Key::Named(key) => ["usd_per_day", "delay_days"].contains(&key) || own.contains(&key),
                _ => false,
            });
            sliders
        }),
        Target::Economics => pick(parameter::ECONOMICS, ECONOMICS, &scenario.economics, target),
        Target::Feedback => pick(parameter::FEEDBACK, FEEDBACK, &scenario.feedback, target),
        Target::Study => pick(parameter::STUDY, STUDY, &scenario.study, target),
    }
}

fn pick<S>(table: &'static [Parameter<S>], choices: &[Choice], section: &S, target: Target) -> Vec<Slider> {
    let mut sliders = Vec::new();
    for &(key, label, range, logarithmic) in choices {
        let Some(p) = table.iter().find(|p| p.key == key) else { continue };
        if (p.get)(section).is_none() {
            continue;
        }
        sliders.push(Slider {
            address: Address { target, key: Key::Named(p.key) },
            label: label.to_owned(),
            unit: p.unit,
            help: p.help,
            limits: [p.min, p.max],
            range,
            logarithmic,
            whole: p.whole,
        });
    }
    sliders
}

/// The knobs that are lists in the file: shares by tier, escalation by stage.
fn knobs(scenario: &Scenario, policy: &Policy, target: Target) -> Vec<Slider> {
    let slider = |key: Key, label: String, help: &'static str| Slider {
        address: Address { target, key },
        label,
        unit: "",
        help,
        limits: [0.0, 1.0],
        range: [0.0, 1.0],
        logarithmic: false,
        whole: false,
    };
    let tier_name = |i: usize| scenario.tiers.get(i).map_or("tier", |t| t.name.as_str());
    let mut sliders = Vec::new();
    if let Some(shares) = policy.kind.shares() {
        // The last share is what the others leave.
        for tier in 0..shares.len().saturating_sub(1) {
            let help = "Share of the requests that starts at this tier, under launch assumptions. The other shares keep \
                        their proportions.";
            sliders.push(slider(Key::Share(tier), format!("Share to {}", tier_name(tier)), help));
        }
    }
    if let Some(escalate) = escalations(&policy.kind) {
        for stage in 0..escalate.len() {
            let name = match &policy.kind {
                PolicyKind::Cascade { tiers, .. } => tiers.get(stage).map_or("tier", String::as_str),
                _ => tier_name(stage),
            };
            let help = "Share of the requests reaching this stage that is passed on to the next tier, under launch assumptions.";
            sliders.push(slider(Key::Escalate(stage), format!("Escalated by {name}"), help));
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
    let key = match (address.key, address.target) {
        (Key::Named(key), _) => key,
        (Key::Share(i), Target::Policy(p)) => return scenario.policies.get(p)?.kind.shares()?.get(i).copied(),
        (Key::Escalate(i), Target::Policy(p)) => return escalations(&scenario.policies.get(p)?.kind)?.get(i).copied(),
        _ => return None,
    };
    fn read<S>(table: &[Parameter<S>], section: &S, key: &str) -> Option<f64> {
        table.iter().find(|p| p.key == key).and_then(|p| (p.get)(section))
    }
    match address.target {
        Target::Head => read(parameter::HEAD, scenario, key),
        Target::Traffic => read(parameter::TRAFFIC, &scenario.traffic, key),
        Target::Segment(i) => read(parameter::SEGMENT, scenario.segments.get(i)?, key),
        Target::Tier(i) => read(parameter::TIER, scenario.tiers.get(i)?, key),
        Target::Policy(i) => read(parameter::POLICY, scenario.policies.get(i)?, key),
        Target::Event(i) => read(parameter::EVENT, scenario.events.get(i)?, key),
        Target::Monitor(i) => read(parameter::MONITOR, scenario.monitors.get(i)?, key),
        Target::Economics => read(parameter::ECONOMICS, &scenario.economics, key),
        Target::Feedback => read(parameter::FEEDBACK, &scenario.feedback, key),
        Target::Study => read(parameter::STUDY, &scenario.study, key),
    }
}

/// Writes a number, kept inside its limits; does nothing where the scenario does not have it.
pub fn set(scenario: &mut Scenario, address: Address, value: f64) {
    fn write<S>(table: &[Parameter<S>], section: Option<&mut S>, key: &str, value: f64) {
        let Some((p, section)) = table.iter().find(|p| p.key == key).zip(section) else { return };
        let least = if p.above_min { p.min + (p.max - p.min) * 1e-12 } else { p.min };
        let value = if p.whole { value.round() } else { value };
        (p.set)(section, value.clamp(least, p.max));
    }
    if !value.is_finite() {
        return;
    }
    let key = match address.key {
        Key::Named(key) => key,
        Key::Share(_) | Key::Escalate(_) => {
            if let Target::Policy(i) = address.target
                && let Some(policy) = scenario.policies.get_mut(i)
            {
                set_knob(&mut policy.kind, address.key, value.clamp(0.0, 1.0));
            }
            return;
        }
    };
    match address.target {
        Target::Head => write(parameter::HEAD, Some(scenario), key, value),
        Target::Traffic => write(parameter::TRAFFIC, Some(&mut scenario.traffic), key, value),
        Target::Segment(i) => write(parameter::SEGMENT, scenario.segments.get_mut(i), key, value),
        Target::Tier(i) => write(parameter::TIER, scenario.tiers.get_mut(i), key, value),
        Target::Policy(i) => write(parameter::POLICY, scenario.policies.get_mut(i), key, value),
        Target::Event(i) => write(parameter::EVENT, scenario.events.get_mut(i), key, value),
        Target::Monitor(i) => write(parameter::MONITOR, scenario.monitors.get_mut(i), key, value),
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
