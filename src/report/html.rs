//! Everything about a scenario on one self-contained page: words, pictures, tables, and the scenario file itself, which the program
//! reads back from the page.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::answer::{Side, answer};
use super::breakdown as parts;
use super::decide;
use super::detection;
use super::plan;
use super::sentence::{self, fixed, grouped, percent, usd};
use super::svg;
use super::table::{self, Grid, STAGE_NOTE};
use super::uncertain;
use crate::entry;
use crate::frontier::{Frontier, claims};
use crate::jobs::Everything;
use crate::model::{Change, Scenario, When};
use crate::scenario::page::ELEMENT_ID;

const STYLE: &str = include_str!("html.css");

/// The page. `text` is the scenario's file, as it is to be read back.
pub fn page(scenario: &Scenario, text: &str, found: &Everything) -> String {
    let studied = found.timeline.policy;
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="generator" content=(concat!("Paretoscope ", env!("CARGO_PKG_VERSION")));
                title { (scenario.name) " – Paretoscope" }
                style { (PreEscaped(STYLE)) "@media (prefers-color-scheme:dark){@media screen{" (PreEscaped(svg::dark_rules())) "}}" }
            }
            body {
                main {
                    (board(scenario, found))
                    (opening(scenario))
                    (in_short(scenario, found))
                    (decided(scenario, found))
                    (unsure(scenario, found))
                    (cost(scenario, &found.frontier, studied))
                    (taken_apart(scenario, found))
                    (run(scenario, found))
                    (watching(scenario, found))
                    (planned(scenario, found))
                    (claimed(scenario, &found.frontier))
                    (world(scenario))
                    (limits(scenario))
                    section {
                        h2 { "The scenario file" }
                        p { "Open this page with Paretoscope, and it opens this scenario." }
                        details { summary { "Show the file" } pre id=(ELEMENT_ID) { (text) } }
                    }
                }
            }
        }
    }
    .into_string()
}

fn figure(picture: String, caption: &str) -> Markup {
    html! { figure { div.scroll { (PreEscaped(picture)) } figcaption { (caption) } } }
}

/// A picture that may be wider than the page: it is scrolled, not made too small to read.
fn wide_figure(picture: String, caption: &str) -> Markup {
    html! { figure { div.scroll.wide { (PreEscaped(picture)) } figcaption { (caption) } } }
}

fn set(grid: &Grid) -> Markup {
    html! {
        div.scroll { table {
            thead { tr { @for name in grid.head { th scope="col" { (name) } } } }
            tbody { @for row in &grid.rows { tr {
                @for (i, cell) in row.iter().enumerate() {
                    @if i == 0 { th scope="row" { (cell) } } @else { td { (cell) } }
                }
            } } }
        } }
    }
}

/// The first page, which stands alone: the verdict, four figures, the frontier, who notices, and what to do.
fn board(scenario: &Scenario, found: &Everything) -> Markup {
    let study = found.study.as_ref().ok();
    let policy = found.timeline.policy;
    let answer = answer(scenario, &found.frontier, study, policy);
    let side = |side: Side| match side {
        Side::Better => "good",
        Side::Worse => "bad",
        Side::Even => "even",
    };
    html! {
        header.board {
            h1 { (scenario.name) }
            p.verdict class=(side(answer.side)) { (answer.sentence) "." }
            div.tiles {
                @for tile in &answer.tiles {
                    div.tile title=(tile.told) {
                        span.what { (tile.title) }
                        span.value { (tile.value) }
                        span class=(side(tile.side)) { (tile.beside) }
                    }
                }
            }
            div.pair {
                (figure(svg::frontier(scenario, &found.frontier, false, Some(policy)), "Cost against quality. Arrows: from launch to production."))
                @match study {
                    Some(study) if study.onset_day.is_some() => { (figure(svg::bars(scenario, study), "Days until a monitor notices the damage.")) }
                    _ => {}
                }
            }
            @if let Some(decision) = &found.decision {
                p { strong { "Recommendation. " } (decide::reason(scenario, decision)) }
            }
            @if let Some(study) = study { p { (detection::reading(scenario, study)) } }
        }
    }
}

/// Where the numbers come from.
fn opening(scenario: &Scenario) -> Markup {
    let t = &scenario.traffic;
    html! {
        section.opening {
            h2 { "The scenario" }
            @if !scenario.description.is_empty() { p.lead { (scenario.description) } }
            dl {
                dt { "Traffic" } dd { (grouped(t.requests_per_day)) " requests a day over " (t.days) " days" }
                dt { "Baseline" } dd { (scenario.baseline) }
                dt { "Seed" } dd { (scenario.seed) }
                dt { "Program" } dd { "Paretoscope " (env!("CARGO_PKG_VERSION")) }
                @if !scenario.source.is_empty() { dt { "Source" } dd { (scenario.source) } }
            }
        }
    }
}

fn in_short(scenario: &Scenario, found: &Everything) -> Markup {
    html! {
        section {
            h2 { "Every policy in short" }
            ul {
                @if let Err(why) = &found.study { li { "No detection study: " (why) "." } }
                @for policy in (0..scenario.policies.len()).filter(|p| *p != found.frontier.baseline) {
                    li { (sentence::reading(scenario, &found.frontier, policy)) "." }
                }
            }
        }
    }
}

fn cost(scenario: &Scenario, frontier: &Frontier, studied: usize) -> Markup {
    let last = scenario.traffic.days.saturating_sub(1);
    html! {
        section {
            h2 { "Cost against quality" }
            (figure(
                svg::frontier(scenario, frontier, false, Some(studied)),
                "What the invoice says. An arrow goes from what launch believed to production: what the launch review could not see.",
            ))
            (figure(
                svg::frontier(scenario, frontier, true, Some(studied)),
                "The same with what failed requests cost. The trap: to the left of the baseline above, to the right of it here.",
            ))
            h3 { "At launch, " (grouped(frontier.launch.requests_per_day)) " requests a day" }
            (set(&table::stage(scenario, frontier, &frontier.launch)))
            @if let Some(production) = &frontier.production {
                h3 { "In production, on day " (last) ", " (grouped(production.requests_per_day)) " requests a day" }
                (set(&table::stage(scenario, frontier, production)))
            }
            p.note { (STAGE_NOTE) }
            @if !frontier.launch_review.is_empty() {
                h3 { "Launch review on " (grouped(f64::from(scenario.study.holdout))) " requests, against the baseline" }
                (set(&table::review(scenario, frontier)))
            }
            h3 { "Break-even quality gap against the gap at launch" }
            (set(&table::break_even(scenario, frontier)))
            p.note { "Inference saving ÷ damage per failure: a policy whose gap is larger loses money, whatever is monitored." }
        }
    }
}

fn taken_apart(scenario: &Scenario, found: &Everything) -> Markup {
    let breakdown = &found.breakdown;
    let name = scenario.policies.get(breakdown.policy).map_or("", |p| p.name.as_str());
    let steps = parts::steps(breakdown, None);
    html! {
        section {
            h2 { "Where " (name) " gains and loses" }
            @if breakdown.policy == found.frontier.baseline {
                p { "It is the baseline itself: all differences are zero." }
            }
            (figure(
                svg::money(scenario, breakdown.policy, &steps),
                "From the inference saving to the net, step by step; monitoring is not counted here.",
            ))
            (set(&parts::money_grid(&steps)))
            (wide_figure(
                svg::segments(scenario, breakdown),
                "Each tier in each segment. What failures cost includes those that the baseline has as well; the net is the difference to the baseline.",
            ))
            (set(&parts::segments_grid(breakdown)))
            p.note { (parts::when(scenario)) ". Inference, downstream and net are differences to the baseline, USD a month: + is gained, − is lost." }
        }
    }
}

fn run(scenario: &Scenario, found: &Everything) -> Markup {
    let timeline = &found.timeline;
    let name = scenario.policies.get(timeline.policy).map_or("", |p| p.name.as_str());
    let onset = match timeline.onset_day {
        Some(day) => format!(
            "From day {day} on, expected quality is at least {} points below launch assumptions.",
            100.0 * scenario.study.material_loss
        ),
        None => "Expected quality never falls materially below launch assumptions.".to_owned(),
    };
    html! {
        section {
            h2 { "One run of " (name) }
            (figure(svg::timeline(scenario, timeline, found.study.as_ref().ok(), None), &format!("{onset} Alarms carry the marks of the ranking below.")))
        }
    }
}

fn watching(scenario: &Scenario, found: &Everything) -> Markup {
    let Ok(study) = &found.study else { return html! {} };
    let watched = scenario.policies.get(study.policy).map_or("", |p| p.name.as_str());
    html! {
        section {
            h2 { "Who notices, and when" }
            p {
                "Watching " (watched) " for " (study.days) " days, " (grouped(study.replicates as f64)) " replicates. Every monitor has the same chance of a false alarm over the horizon: "
                (percent(study.false_alarms, 1)) "."
            }
            (figure(svg::bars(scenario, study), "From the first to notice to those that never do."))
            (figure(svg::survival(scenario, study), "Share of runs in which a monitor has not alarmed yet (Kaplan–Meier)."))
            (figure(svg::damage(scenario, study), "What each monitor costs a day, and what is lost until it alarms."))
            (set(&detection::grid(scenario, study)))
            @for note in detection::notes(scenario, study) { p.note { (note) } }
        }
    }
}

/// What the ranges do to the answer.
fn unsure(scenario: &Scenario, found: &Everything) -> Markup {
    let Some(unsure) = &found.unsure else { return html! {} };
    html! {
        section {
            h2 { "How sure is the answer?" }
            @match unsure {
                Err(why) => p { "Nothing can be said of the ranges: " (why) "." },
                Ok(unsure) => {
                    @for (index, sentence) in uncertain::reading(scenario, unsure).iter().enumerate() {
                        p { @if index == 0 { strong { (sentence) } } @else { (sentence) } }
                    }
                    (figure(
                        svg::uncertain(scenario, unsure),
                        "Above, the spread of every policy's total over the ranges; below, what the policy under study hangs on.",
                    ))
                    (set(&Grid { head: &uncertain::POLICIES_HEAD, rows: uncertain::policy_rows(scenario, unsure) }))
                    (set(&Grid { head: &uncertain::INPUTS_HEAD, rows: uncertain::input_rows(scenario, unsure) }))
                    p.note { (uncertain::tables_note(scenario, unsure)) }
                    @for note in uncertain::notes(scenario, unsure) { p.note { (note) } }
                }
            }
        }
    }
}

/// Which option to take, and what each is worth.
fn decided(scenario: &Scenario, found: &Everything) -> Markup {
    let Some(decision) = &found.decision else { return html! {} };
    html! {
        section {
            h2 { "Which option to take" }
            p { strong { (decide::reason(scenario, decision)) } }
            p.note { (decide::assumption(decision)) }
            (figure(
                svg::decide(scenario, decision),
                "Every policy as it is set and at its best setting, watched by nobody and by each monitor.",
            ))
            (set(&decide::grid(scenario, decision)))
            p.note { (decide::NOTE) " " (decide::PLANS) }
            @for why in decide::refusals(scenario, decision) { p.note { (why) } }
        }
    }
}

/// A table whose lines a picture refers to.
fn numbered(mut grid: Grid) -> Grid {
    for (number, first) in (1..).zip(grid.rows.iter_mut().filter_map(|row| row.first_mut())) {
        *first = format!("{number} {first}");
    }
    grid
}

fn planned(scenario: &Scenario, found: &Everything) -> Markup {
    let Some(plans) = &found.plans else { return html! {} };
    html! {
        section {
            h2 { "Which monitoring to buy" }
            @match plans {
                Err(why) => { p { "No monitoring plan: " (why) "." } }
                Ok(plans) => {
                    p { "Recommended: " (plan::why(plans)) }
                    (figure(
                        svg::plan_plot(scenario, found.timeline.policy, plans),
                        &format!(
                            "{} monitors tried, the better ones and their pairs over {} fresh replicates.",
                            grouped(plans.tried as f64), grouped(plans.replicates as f64)
                        ),
                    ))
                    (set(&numbered(plan::grid(plans))))
                    p.note { (plan::note(plans)) }
                }
            }
        }
    }
}

fn claimed(scenario: &Scenario, frontier: &Frontier) -> Markup {
    if scenario.expectations.is_empty() {
        return html! {};
    }
    let rows = scenario
        .expectations
        .iter()
        .map(|claim| {
            let found = claims::figure(scenario, frontier, claim);
            let holds = claims::holds(scenario, frontier, claim);
            vec![
                format!(
                    "{}, {}",
                    claim.policy,
                    if claim.when == When::Production { "in production" } else { "at launch" }
                ),
                entry::spoken(claim.figure.word()),
                format!("{} to {}", usd(claim.between.0), usd(claim.between.1)),
                found.map_or_else(|| "not defined".to_owned(), usd),
                if holds { "✓ holds".to_owned() } else { "✗ does not hold".to_owned() },
            ]
        })
        .collect();
    html! {
        section {
            h2 { "What the scenario claims" }
            (set(&Grid { head: &["Policy", "Figure", "Claimed", "Found", ""], rows }))
        }
    }
}

/// A list for people: "Billing, How-to", or "all" where it is empty.
fn whom(segments: &[String], tiers: &[String]) -> String {
    let names: Vec<&str> = segments.iter().chain(tiers).map(String::as_str).collect();
    if names.is_empty() { "all".to_owned() } else { names.join(", ") }
}

fn world(scenario: &Scenario) -> Markup {
    let total: f64 = scenario.segments.iter().map(|g| g.share).sum();
    let segments = scenario.segments.iter().map(|g| {
        vec![
            g.name.clone(),
            percent(g.share / total, 1),
            format!("{} ± {}", fixed(g.difficulty.mean, 1), fixed(g.difficulty.sd, 1)),
            percent(g.hidden.share, 1),
            format!("{} / {}", grouped(g.tokens.input), grouped(g.tokens.output)),
            format!("{:.1}", g.stakes),
        ]
    });
    let tiers = scenario.tiers.iter().map(|t| {
        vec![
            t.name.clone(),
            usd(t.input_usd_per_mtok),
            usd(t.output_usd_per_mtok),
            fixed(t.ability, 2),
            format!("{:.2}", t.verbosity),
        ]
    });
    let policies = scenario.policies.iter().map(|p| vec![p.name.clone(), p.kind.about().spoken()]);
    let events = scenario.events.iter().map(|e| {
        let change = match e.change {
            Change::Multiply(x) => format!("× {x}"),
            Change::Add(x) => format!("+ {x}"),
            Change::Set(x) => format!("= {x}"),
        };
        vec![
            format!("{:.0}", e.day),
            entry::spoken(e.kind.word()),
            change,
            whom(&e.segments, &e.tiers),
            format!("{:.0}", e.ramp_days),
        ]
    });
    html! {
        section {
            h2 { "The world of the scenario" }
            h3 { "Segments" }
            (set(&Grid { head: &["Segment", "Share", "Difficulty, logits", "Hidden-hard", "Tokens in / out", "Stakes"], rows: segments.collect() }))
            h3 { "Tiers" }
            (set(&Grid { head: &["Tier", "Input, USD per million tokens", "Output", "Ability, logits", "Verbosity"], rows: tiers.collect() }))
            h3 { "Policies" }
            (set(&Grid { head: &["Policy", "Kind"], rows: policies.collect() }))
            @if !scenario.events.is_empty() {
                h3 { "Events, in production only" }
                (set(&Grid { head: &["Day", "Acts on", "Change", "Of", "Days until in force"], rows: events.collect() }))
            }
        }
    }
}

fn limits(scenario: &Scenario) -> Markup {
    html! {
        section {
            h2 { "Method and limits" }
            p {
                "Operating points and curves are expectations by quadrature over difficulty and the day effect; policies that learn or keep count, and the launch review, are simulated request by request. Points describe a policy at full rollout without holdback; production is the last day."
            }
            p {
                "The detection study sets each monitor's threshold as a quantile of what it reaches in runs in which nothing goes wrong, checks the false alarms on fresh runs, and counts days from the onset of a loss of "
                (percent(scenario.study.material_loss, 1))
                " to the alarm. Runs without an alarm count as unnoticed until the end; alarms before the change are false, and between change and onset they count as noticed, after no days."
            }
            p {
                "Left out: requests are independent given the day; one number stands for difficulty; users do not learn; a failed request is worth the same to every customer of a segment. The scenario's numbers are somebody's assumptions: this page shows what follows from them."
            }
        }
    }
}
