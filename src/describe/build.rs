//! The scenario around the answers: traffic, kinds of requests, models, money, ways of routing, and what may change.

use std::collections::BTreeMap;

use super::answers::{Amount, Answers, Routing};
use super::kinds::KindOf;
use super::models::Known;
use super::typical::{self, Question, usual};
use crate::entry::written;
use crate::model::address::{self, Address, Key, Target};
use crate::model::{
    CachedInput, Change, Consequence, Csat, Economics, Event, EventKind, Feedback, Hidden, Judge, Latency, Normal,
    Policy, Range, Rollout, Scenario, Segment, Shape, Study, ThumbsDown, Tier, Tokens, Traffic,
};
use crate::policy::{Cascade, Classifier, JudgeCascade, Random, SegmentRules, Single};

/// What models are asked, and what they are, before they answer as well as is known.
pub(super) fn world(answers: &Answers, kinds: &[KindOf], models: &[Known], assumptions: &mut Vec<String>) -> Scenario {
    let requests_per_day = answers.requests_per_day.unwrap_or_else(|| {
        assumptions.push(format!("{} requests a day are assumed.", written(typical::REQUESTS_PER_DAY)));
        typical::REQUESTS_PER_DAY
    });
    if answers.monthly_growth_percent.is_none() {
        assumptions.push("The number of requests is assumed not to grow.".to_owned());
    }
    let days = answers.horizon_days.unwrap_or_else(|| {
        assumptions.push(format!("The scenario looks {} days ahead.", written(typical::HORIZON_DAYS)));
        typical::HORIZON_DAYS
    });
    if answers.input_tokens.is_none() || answers.output_tokens.is_none() {
        let how = if answers.bill_usd_per_month.is_some() {
            "in that proportion, and as many as the bill says"
        } else {
            "no more was said"
        };
        assumptions.push(format!(
            "A request is taken to have {} input and {} output tokens: {how}.",
            written(answers.input_tokens.unwrap_or(typical::INPUT_TOKENS)),
            written(answers.output_tokens.unwrap_or(typical::OUTPUT_TOKENS))
        ));
    }
    assumptions.push("Every model writes answers of the same length, and no prompt cache is counted.".to_owned());
    assumptions.push(
        "Where one model fails on a request, another is assumed to fail more often than by chance: for 55 % of the requests one draw of luck serves all models."
            .to_owned(),
    );
    let segment = |kind: &KindOf| {
        let (mean, sd) = kind.hard.difficulty();
        Segment {
            name: kind.name.clone(),
            share: rounded(kind.share),
            difficulty: Normal { mean, sd },
            // What hides behind an easy look is easier than what hides behind a hard one.
            hidden: Hidden { share: kind.harder, mean: rounded(2.35 + 0.3 * mean), sd: 0.9 },
            tokens: Tokens { input: kind.input, output: kind.output, input_cv: 0.5, output_cv: 0.6 },
            stakes: 1.0,
        }
    };
    let last = models.len().saturating_sub(1);
    let tier = |(place, model): (usize, &Known)| {
        let rank = if last == 0 { 1.0 } else { place as f64 / last as f64 };
        let best = model.by_kind.values().copied().chain([model.good]).fold(0.0, f64::max);
        // Room above the best figure, so that it can be met.
        let upper = f64::max(0.985, 1.0 - 0.3 * (1.0 - best));
        let mid: f64 = kinds.iter().map(|kind| kind.share * kind.hard.difficulty().0).sum();
        let share = (model.good / upper).clamp(0.01, 0.99);
        Tier {
            ability: rounded(mid + (share / (1.0 - share)).ln() / 1.3 + 0.4),
            discrimination: 1.3,
            upper: rounded(upper),
            confidence_auroc: rounded(0.80 + 0.02 * rank),
            confidence_auroc_hidden: rounded(0.60 + 0.02 * rank),
            latency: Latency {
                first_token_ms: (350.0 + 550.0 * rank).round(),
                per_output_token_ms: (6.0 + 6.0 * rank).round(),
            },
            cached_input: CachedInput { hit_rate: 0.0, ..model.tier.cached_input },
            ..model.tier.clone()
        }
    };
    let best = models.last().map(|model| model.tier.name.clone()).unwrap_or_default();
    let baseline = all(&best);
    Scenario {
        name: answers.name.trim().to_owned(),
        source: "Described by its people: what they know, and usual values for the rest.".to_owned(),
        // Models fail on the same requests more often than by chance.
        shared_luck: 0.55,
        policies: vec![Policy::new(baseline.clone(), Single { tier: best })],
        baseline,
        traffic: Traffic {
            days: days.round() as u32,
            requests_per_day,
            monthly_growth: answers.monthly_growth_percent.unwrap_or(0.0) / 100.0,
            difficulty_day_sd: 0.05,
            weekday: [1.0; 7],
        },
        // It is in every bill, so it is here before any is met.
        economics: Economics { reask: 0.15, ..Economics::default() },
        segments: kinds.iter().map(segment).collect(),
        tiers: models.iter().enumerate().map(tier).collect(),
        ..Scenario::default()
    }
}

/// The policy that sends everything to one model.
pub(super) fn all(model: &str) -> String {
    format!("All {model}")
}

/// A number without the digits that nobody meant.
fn rounded(x: f64) -> f64 {
    (x * 1e4).round() / 1e4
}

/// Money, ways of routing and what may change. The models answer as they should by now.
pub(super) fn decisions(scenario: &mut Scenario, answers: &Answers, good: &[Vec<f64>], assumptions: &mut Vec<String>) {
    scenario.feedback = Feedback {
        thumbs_down: ThumbsDown { failed: 0.012, ok: 0.0015 },
        csat: Csat { response: 0.03, satisfied_ok: 0.9, satisfied_failed: 0.45, delay_days: 3.0 },
    };
    assumptions
        .push("After a wrong answer 15 % ask again, and 1.2 % press thumbs-down (0.15 % after a good one).".to_owned());
    money(scenario, answers, assumptions);
    routing(scenario, answers, good, assumptions);
    changes(scenario, assumptions);
}

/// Where the number behind a question stands.
fn place(question: Question) -> &'static str {
    match question {
        Question::TicketChance => "ticket.failed",
        Question::TicketUsd => "ticket.usd",
        Question::LostChance => "churn.failed",
        Question::LostUsd => "churn.usd",
        Question::IncidentChance => "incident.failed",
        Question::IncidentUsd => "incident.usd",
    }
}

fn money(scenario: &mut Scenario, answers: &Answers, assumptions: &mut Vec<String>) {
    let said = &answers.wrong_answer;
    let has_incidents = said.incident_chance_percent.is_some() || said.incident_usd.is_some();
    if !has_incidents {
        assumptions.push("Incidents (legal, safety, data) are not counted: nothing was said of them.".to_owned());
    }
    for question in Question::ALL {
        let is_incident = matches!(question, Question::IncidentChance | Question::IncidentUsd);
        if is_incident && !has_incidents {
            continue;
        }
        let unit = if question.is_chance() { 0.01 } else { 1.0 };
        let address = Address { target: Target::Economics, key: Key::Named(place(*question)) };
        let ([low, high], source) = match question.of(said) {
            Some(Amount::Number(x)) => {
                address::set(scenario, address, unit * x);
                continue;
            }
            Some(Amount::Between([low, high])) => ([*low, *high], "a range that was answered".to_owned()),
            Some(Amount::Words(_)) | None => {
                let (range, why) = usual(*question);
                let unit = if question.is_chance() { "%" } else { "USD" };
                assumptions.push(format!(
                    "Not known: {}. Between {} and {} {unit} is assumed: {why}.",
                    question.told(),
                    written(range[0]),
                    written(range[1])
                ));
                (range, format!("not known, so what is usual: {why}"))
            }
        };
        let (low, high) = (unit * low, unit * high);
        let is_inside = low > 0.0 && !(question.is_chance() && high >= 1.0);
        let middle = match (is_inside, question.is_chance()) {
            (false, _) => f64::midpoint(low, high),
            (true, true) => {
                let logit = |p: f64| (p / (1.0 - p)).ln();
                1.0 / (1.0 + (-f64::midpoint(logit(low), logit(high))).exp())
            }
            (true, false) => (low * high).sqrt(),
        };
        address::set(scenario, address, significant(middle));
        if low < high {
            scenario.ranges.push(Range {
                key: address::path(scenario, address),
                low: Some(significant(low)),
                high: Some(significant(high)),
                distribution: if is_inside { Shape::Auto } else { Shape::Uniform },
                source,
                ..Range::default()
            });
        }
    }
    let e = &mut scenario.economics;
    // Some tickets come anyway.
    let with = |of: Consequence, ok: f64, delay_days: f64| Consequence { ok: significant(ok), delay_days, ..of };
    e.ticket = with(e.ticket, e.ticket.failed / 10.0, 2.0);
    e.churn = with(e.churn, 0.0, 30.0);
    e.incident = with(e.incident, 0.0, if has_incidents { 20.0 } else { 0.0 });
    assumptions.push(
        "A good answer leads to a ticket a tenth as often as a wrong one; tickets come after 2 days on average, customers leave after 30.".to_owned(),
    );
}

/// Four digits that count.
pub(super) fn significant(x: f64) -> f64 {
    format!("{x:.3e}").parse().unwrap_or(x)
}

fn routing(scenario: &mut Scenario, answers: &Answers, good: &[Vec<f64>], assumptions: &mut Vec<String>) {
    let names: Vec<String> = scenario.tiers.iter().map(|tier| tier.name.clone()).collect();
    let (Some(cheap), Some(best)) = (names.first().cloned(), names.last().cloned()) else { return };
    // From each cheaper model to the best one: which step pays nobody can tell by looking.
    let cheaper: Vec<(String, Vec<String>)> = names
        .iter()
        .take(names.len() - 1)
        .enumerate()
        .map(|(place, from)| {
            let told = if place == 0 { String::new() } else { format!(" from {from}") };
            (told, vec![from.clone(), best.clone()])
        })
        .collect();
    let judge_usd = judge_usd(scenario);
    let saving = request_usd(scenario, scenario.tiers.len() - 1) - request_usd(scenario, 0);
    let ticked: Vec<Routing> = answers.routing.clone().unwrap_or_else(|| {
        assumptions.push("How to route was not said: the usual ways are compared.".to_owned());
        // A judge that eats half of what is saved is none.
        Routing::USUAL.into_iter().filter(|way| *way != Routing::JudgedCascade || judge_usd < 0.5 * saving).collect()
    });
    for way in Routing::ALL.iter().filter(|way| ticked.contains(way)) {
        match way {
            Routing::AllCheap => scenario.policies.push(Policy::new(all(&cheap), Single { tier: cheap.clone() })),
            Routing::RandomMix => {
                scenario.policies.push(Policy::new("Random mix", Random { shares: shares(names.len()) }));
            }
            Routing::Classifier => {
                let steps = vec![(0.0, 0.05), (7.0, 0.25), (14.0, 0.5), (21.0, 1.0)];
                scenario.policies.push(Policy {
                    usd_per_request: 0.000_02,
                    latency_ms: 30.0,
                    rollout: Some(Rollout::Steps(steps)),
                    ..Policy::new("Classifier", Classifier { shares: shares(names.len()), noise: 1.3 })
                });
                assumptions.push(
                    "The classifier sends 60 % to the cheapest model. How well it tells hard requests from easy ones nobody knows before it is tried: \
                     usual ones are assumed. It is rolled out in four steps over three weeks."
                        .to_owned(),
                );
            }
            Routing::Cascade => {
                for (from, tiers) in cheaper.clone() {
                    let kind = Cascade { tiers, escalate: vec![0.35] };
                    scenario.policies.push(Policy::new(format!("Cascade{from}"), kind));
                }
                assumptions.push(format!(
                    "The cascade passes on the 35 % of answers that \"{cheap}\" is least sure of; it is assumed to be as good a judge of itself as models usually are.{}",
                    if cheaper.len() > 1 { " The same is tried from each dearer model on." } else { "" }
                ));
            }
            Routing::JudgedCascade => {
                let judge = Judge { sensitivity: 0.75, specificity: 0.9, usd_each: judge_usd, latency_ms: 800.0 };
                for (from, tiers) in cheaper.clone() {
                    let kind = JudgeCascade { tiers, judge, judged: 1.0 };
                    scenario.policies.push(Policy::new(format!("Judged cascade{from}"), kind));
                }
                assumptions.push(format!(
                    "The judge sees three of four wrong answers, takes one good answer in ten for a wrong one, and costs {} USD an answer.",
                    written(judge_usd)
                ));
            }
            Routing::Rules => rules(scenario, &cheap, &best, good, assumptions),
        }
    }
    scenario.study = Study {
        policy: scenario.policies.iter().map(|p| &p.name).find(|name| *name == "Classifier").cloned(),
        ..Study::default()
    };
    if let Some(index) = scenario.policies.iter().position(|policy| policy.name == "Classifier") {
        let address = Address { target: Target::Policy(index), key: Key::Named("noise") };
        scenario.ranges.push(Range {
            key: address::path(scenario, address),
            low: Some(0.9),
            high: Some(2.0),
            source: "not tried yet: how well the classifier tells hard requests from easy ones".to_owned(),
            ..Range::default()
        });
    }
}

/// Most to the cheapest, the rest evenly.
fn shares(models: usize) -> Vec<f64> {
    match models {
        0 => Vec::new(),
        1 => vec![1.0],
        2 => vec![0.6, 0.4],
        n => {
            let each = (0.4 / (n - 1) as f64 * 1e4).floor() / 1e4;
            let mut shares = vec![each; n];
            let others = each * (n - 1) as f64;
            if let Some(first) = shares.first_mut() {
                *first = rounded(1.0 - others);
            }
            shares
        }
    }
}

/// Kinds of requests that the cheapest model answers nearly as well go to it.
fn rules(scenario: &mut Scenario, cheap: &str, best: &str, good: &[Vec<f64>], assumptions: &mut Vec<String>) {
    let (Some(of_cheap), Some(of_best)) = (good.first(), good.last()) else { return };
    let gaps: Vec<f64> = of_cheap.iter().zip(of_best).map(|(cheap, best)| best - cheap).collect();
    let mean: f64 = gaps.iter().zip(&scenario.segments).map(|(gap, segment)| gap * segment.share).sum::<f64>()
        / scenario.segments.iter().map(|segment| segment.share).sum::<f64>();
    let small = gaps.iter().zip(&scenario.segments).filter(|(gap, _)| **gap < mean - 1e-3);
    let rules: BTreeMap<String, String> = small.map(|(_, segment)| (segment.name.clone(), cheap.to_owned())).collect();
    if rules.is_empty() {
        assumptions.push(
            "Rules by kind of request are left out: the kinds do not differ in how well the models answer them."
                .to_owned(),
        );
        return;
    }
    let names: Vec<String> = rules.keys().map(|name| format!("\"{name}\"")).collect();
    assumptions.push(format!("The rules send to \"{cheap}\": {}.", names.join(", ")));
    scenario.policies.push(Policy::new("Rules by kind", SegmentRules { rules, default: best.to_owned() }));
}

/// A request to a model, USD.
fn request_usd(scenario: &Scenario, tier: usize) -> f64 {
    let Some(tier) = scenario.tiers.get(tier) else { return 0.0 };
    let sum: f64 = scenario.segments.iter().map(|segment| segment.share).sum();
    let one =
        |s: &Segment| s.share * (s.tokens.input * tier.input_usd_per_mtok + s.tokens.output * tier.output_usd_per_mtok);
    scenario.segments.iter().map(one).sum::<f64>() / sum / 1e6
}

/// A verdict of a judge: the cheapest model reads question and answer, and writes a line.
pub(super) fn judge_usd(scenario: &Scenario) -> f64 {
    let Some(tier) = scenario.tiers.first() else { return 0.0 };
    let sum: f64 = scenario.segments.iter().map(|segment| segment.share).sum();
    let read: f64 = scenario.segments.iter().map(|s| s.share * (s.tokens.input + s.tokens.output)).sum::<f64>() / sum;
    significant((read * tier.input_usd_per_mtok + 40.0 * tier.output_usd_per_mtok) / 1e6)
}

/// What changes in production is an assumption, and said to be one.
fn changes(scenario: &mut Scenario, assumptions: &mut Vec<String>) {
    let days = f64::from(scenario.traffic.days);
    let (day, ramp_days) = ((days / 4.0).min(30.0).floor(), (days / 3.0).min(60.0).floor());
    scenario.events.push(Event {
        kind: EventKind::HiddenShare,
        change: Change::Multiply(2.0),
        day,
        ramp_days,
        ..Event::default()
    });
    let address = Address { target: Target::Event(0), key: Key::Named("multiply") };
    scenario.ranges.push(Range {
        key: address::path(scenario, address),
        low: Some(1.2),
        high: Some(3.5),
        source: "a guess: how much new matter users bring in old words differs from product to product".to_owned(),
        ..Range::default()
    });
    assumptions.push(format!(
        "From day {} on, over {} days, twice as many requests are assumed to be harder than they look: users ask new things in old words. This is a guess, \
         and the one to look at first. Whether it comes at all is taken to be {} % likely.",
        written(day),
        written(ramp_days),
        written(100.0 * scenario.study.change_probability)
    ));
}
