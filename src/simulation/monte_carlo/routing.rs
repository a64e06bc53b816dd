//! What a rule makes of the requests of a tile.

use super::histogram;
use super::lanes::{fold, lanes, lanes_mut, sum};
use super::moments::Sums;
use super::tile::Tile;
use crate::simulation::day::DayWorld;
use crate::simulation::draws::{Column, Draws, LANES, TILE};
use crate::simulation::rule::{Gate, Rule, Start};

/// The rule of every policy at some moment, resolved for the day.
pub(super) struct Resolved {
    chain: Vec<usize>,
    /// Cut points per segment (one row if they are the same for all); on the score or on the mix uniform.
    cuts: Vec<Vec<f32>>,
    by_score: bool,
    noise: f32,
    gate: ResolvedGate,
    overhead_usd: f32,
    overhead_ms: f32,
}

enum ResolvedGate {
    None,
    Oracle,
    Confidence(Vec<f32>),
    Judge { judged: f32, bad_if_failed: f32, bad_if_ok: f32, usd: f32, ms: f32 },
    Human { threshold: f32, success: f32, usd: f32, ms: f32 },
}

pub(super) fn resolve(rule: &Rule, day: &DayWorld) -> Resolved {
    let mut cuts = vec![Vec::new()];
    let (mut by_score, mut noise) = (false, 0.0);
    match &rule.start {
        Start::First => {}
        Start::Shares(rows) => {
            let cumulative = |row: &Vec<f64>| {
                let mut below = 0.0;
                let inner = row.iter().take(row.len().saturating_sub(1));
                inner
                    .map(|share| {
                        below += share;
                        if below > 1.0 - 1e-9 { f32::INFINITY } else { below as f32 }
                    })
                    .collect()
            };
            cuts = rows.iter().map(cumulative).collect();
        }
        Start::Score { noise: built_with, cuts: at } => {
            by_score = true;
            noise = day.router_noise(*built_with) as f32;
            cuts = vec![at.iter().map(|c| *c as f32).collect()];
        }
    }
    let gate = match &rule.gate {
        Gate::None => ResolvedGate::None,
        Gate::Oracle => ResolvedGate::Oracle,
        Gate::Confidence { thresholds } => ResolvedGate::Confidence(thresholds.iter().map(|t| *t as f32).collect()),
        Gate::Judge { judge, judged } => ResolvedGate::Judge {
            judged: *judged as f32,
            bad_if_failed: (judged * day.judge_sensitivity(judge.sensitivity)) as f32,
            bad_if_ok: (judged * (1.0 - day.judge_specificity(judge.specificity))) as f32,
            usd: judge.usd_each as f32,
            ms: judge.latency_ms as f32,
        },
        Gate::Human { threshold, human } => ResolvedGate::Human {
            threshold: *threshold as f32,
            success: human.success as f32,
            usd: human.usd_each as f32,
            ms: human.latency_ms as f32,
        },
    };
    Resolved {
        chain: rule.chain.clone(),
        cuts,
        by_score,
        noise,
        gate,
        overhead_usd: rule.overhead_usd as f32,
        overhead_ms: rule.overhead_ms as f32,
    }
}

/// What became of a tile's requests under one rule, and work space.
pub(super) struct Routed {
    ok: Column,
    usd: Column,
    ms: Column,
    /// What decides where a request starts.
    start: Column,
    /// 1 for a request that goes on to the next tier.
    carried: Column,
}

impl Default for Routed {
    fn default() -> Self {
        let zero = [0.0; TILE];
        Self { ok: zero, usd: zero, ms: zero, start: zero, carried: zero }
    }
}

/// Runs one rule over a tile and adds to its sums.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "inlined into its one caller")]
pub(super) fn run_rule(
    rule: &Resolved,
    g: usize,
    n: usize,
    m: usize,
    tiers: usize,
    is_first: bool,
    draws: &Draws,
    tile: &mut Tile,
    routed: &mut Routed,
    out: &mut Sums,
    latency: &mut [u32],
) {
    let cuts = rule.cuts.get(g).or(rule.cuts.first()).map_or(&[][..], Vec::as_slice);
    let Some(&cheapest) = rule.chain.first() else { return };
    out.requests += n as f64;
    out.edge += tile.edge_count;
    let plain = rule.overhead_usd == 0.0 && rule.overhead_ms == 0.0;
    if matches!(rule.gate, ResolvedGate::None) && cuts.is_empty() && plain {
        // One tier answers everything: its columns are the outcome.
        out.answered[cheapest] += n as f64;
        out.calls[cheapest] += n as f64;
        out.tier_success[cheapest] += f64::from(sum(m, &tile.ok[cheapest]));
        if is_first {
            tile.first_ok = tile.ok[cheapest];
        }
        add_outcomes(m, &tile.ok[cheapest], &tile.usd[cheapest], &tile.ms[cheapest], tile, out);
        histogram::count(&tile.ms[cheapest][..n.div_ceil(8)], latency);
        return;
    }
    routed.ok = [0.0; TILE];
    for ((usd, ms), one) in routed.usd.iter_mut().zip(&mut routed.ms).zip(&tile.one) {
        *usd = rule.overhead_usd * one;
        *ms = rule.overhead_ms * one;
    }
    if let ResolvedGate::Oracle = rule.gate {
        foresee(&rule.chain, m, tile, routed, out);
    } else {
        follow_chain(rule, cuts, m, tiers, draws, tile, routed, out);
    }
    if is_first {
        tile.first_ok = routed.ok;
    }
    add_outcomes(m, &routed.ok, &routed.usd, &routed.ms, tile, out);
    histogram::count(&routed.ms[..n.div_ceil(8)], latency);
}

/// Sends the requests of a tile down the chain of a rule.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "inlined into its one caller")]
fn follow_chain(
    rule: &Resolved,
    cuts: &[f32],
    m: usize,
    tiers: usize,
    draws: &Draws,
    tile: &Tile,
    routed: &mut Routed,
    out: &mut Sums,
) {
    if cuts.is_empty() {
        routed.start = [0.0; TILE];
    } else {
        start_column(rule, m, draws, tile, &mut routed.start);
    }
    routed.carried = [0.0; TILE];
    let last = rule.chain.len() - 1;
    for (stage, &k) in rule.chain.iter().enumerate() {
        // Between the cut below this stage and the one above it a request starts here.
        let from = if stage == 0 { f32::NEG_INFINITY } else { cuts.get(stage - 1).copied().unwrap_or(f32::INFINITY) };
        let starts = from..cuts.get(stage).copied().unwrap_or(f32::INFINITY);
        let answer = Answer { by: k, is_call: true, ok: &tile.ok[k], usd: &tile.usd[k], ms: &tile.ms[k] };
        match &rule.gate {
            ResolvedGate::Confidence(thresholds) if stage < last => {
                let threshold = thresholds.get(stage).copied().unwrap_or(f32::NEG_INFINITY);
                let gate = |confidence: f32, _: f32| (confidence < threshold, 0.0, 0.0);
                visit(m, &answer, starts, &tile.confidence[k], gate, &tile.one, routed, out);
            }
            ResolvedGate::Judge { judged, bad_if_failed, bad_if_ok, usd, ms } if stage < last => {
                let gate = |verdict: f32, ok: f32| {
                    let bad = if ok > 0.5 { *bad_if_ok } else { *bad_if_failed };
                    let read = if verdict < *judged { 1.0 } else { 0.0 };
                    (verdict < bad, read * usd, read * ms)
                };
                visit(m, &answer, starts, &draws.judge[k], gate, &tile.one, routed, out);
            }
            ResolvedGate::Human { threshold, success, usd, ms } => {
                let gate = |confidence: f32, _: f32| (confidence < *threshold, 0.0, 0.0);
                visit(m, &answer, starts, &tile.confidence[k], gate, &tile.one, routed, out);
                let mut person = [0.0; TILE];
                for (ok, human) in person.iter_mut().zip(&draws.human) {
                    *ok = if human < success { 1.0 } else { 0.0 };
                }
                let answer = Answer { by: tiers, is_call: false, ok: &person, usd: &[*usd; TILE], ms: &[*ms; TILE] };
                let nobody = f32::INFINITY..f32::INFINITY;
                visit(m, &answer, nobody, &tile.one, |_, _| (false, 0.0, 0.0), &tile.one, routed, out);
            }
            _ => visit(m, &answer, starts, &tile.one, |_, _| (false, 0.0, 0.0), &tile.one, routed, out),
        }
    }
}

/// What one tier, or a person, makes of each request.
struct Answer<'t> {
    by: usize,
    /// A person is not called.
    is_call: bool,
    ok: &'t Column,
    usd: &'t Column,
    ms: &'t Column,
}

/// One stage of a chain: who starts or arrives here pays for an answer and keeps it, unless `gate` — given `signal` and the
/// outcome — says to go on; the gate itself may cost money and time.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "inlined; separate columns tell the compiler that they do not overlap")]
fn visit(
    m: usize,
    answer: &Answer<'_>,
    starts: std::ops::Range<f32>,
    signal: &Column,
    gate: impl Fn(f32, f32) -> (bool, f32, f32),
    one: &Column,
    routed: &mut Routed,
    out: &mut Sums,
) {
    let count = m / LANES;
    let Routed { ok, usd, ms, start, carried } = routed;
    let (ok, usd, ms) =
        (&mut lanes_mut(ok, m)[..count], &mut lanes_mut(usd, m)[..count], &mut lanes_mut(ms, m)[..count]);
    let (start, carried) = (&lanes(start, m)[..count], &mut lanes_mut(carried, m)[..count]);
    let (signal, one) = (&lanes(signal, m)[..count], &lanes(one, m)[..count]);
    let (its_ok, its_usd) = (&lanes(answer.ok, m)[..count], &lanes(answer.usd, m)[..count]);
    let its_ms = &lanes(answer.ms, m)[..count];
    let (mut calls, mut kept, mut good) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
    for c in 0..count {
        for l in 0..LANES {
            let begins = (start[c][l] >= starts.start) & (start[c][l] < starts.end);
            // Who starts here has not been carried here.
            let here = if begins { 1.0 } else { 0.0 } * one[c][l] + carried[c][l];
            let (goes_on, gate_usd, gate_ms) = gate(signal[c][l], its_ok[c][l]);
            let on = if goes_on { 1.0 } else { 0.0 } * here;
            let keeps = here - on;
            carried[c][l] = on;
            ok[c][l] += keeps * its_ok[c][l];
            usd[c][l] += here * (its_usd[c][l] + gate_usd);
            ms[c][l] += here * (its_ms[c][l] + gate_ms);
            calls[l] += here;
            kept[l] += keeps;
            good[l] += keeps * its_ok[c][l];
        }
    }
    if answer.is_call {
        out.calls[answer.by] += f64::from(fold(&calls));
    }
    out.answered[answer.by] += f64::from(fold(&kept));
    out.tier_success[answer.by] += f64::from(fold(&good));
}

/// The oracle: every request is answered, and paid, by the first tier of the chain that succeeds, or by the first of all.
#[inline(always)]
fn foresee(chain: &[usize], m: usize, tile: &Tile, routed: &mut Routed, out: &mut Sums) {
    let count = m / LANES;
    let Routed { ok, usd, ms, carried, .. } = routed;
    *carried = tile.one;
    let (ok, usd, ms) =
        (&mut lanes_mut(ok, m)[..count], &mut lanes_mut(usd, m)[..count], &mut lanes_mut(ms, m)[..count]);
    let left = &mut lanes_mut(carried, m)[..count];
    for (k, hopeless) in chain.iter().map(|k| (*k, false)).chain(chain.first().map(|k| (*k, true))) {
        let (its_ok, its_usd) = (&lanes(&tile.ok[k], m)[..count], &lanes(&tile.usd[k], m)[..count]);
        let its_ms = &lanes(&tile.ms[k], m)[..count];
        let (mut kept, mut good) = ([0.0; LANES], [0.0; LANES]);
        for c in 0..count {
            for l in 0..LANES {
                let keeps = if hopeless { left[c][l] } else { left[c][l] * its_ok[c][l] };
                left[c][l] -= keeps;
                ok[c][l] += keeps * its_ok[c][l];
                usd[c][l] += keeps * its_usd[c][l];
                ms[c][l] += keeps * its_ms[c][l];
                kept[l] += keeps;
                good[l] += keeps * its_ok[c][l];
            }
        }
        out.calls[k] += f64::from(fold(&kept));
        out.answered[k] += f64::from(fold(&kept));
        out.tier_success[k] += f64::from(fold(&good));
    }
}

/// Adds what became of a tile's requests to the sums, in one pass.
#[inline(always)]
fn add_outcomes(m: usize, ok: &Column, usd: &Column, ms: &Column, tile: &Tile, out: &mut Sums) {
    let count = m / LANES;
    let (ok, usd, ms) = (&lanes(ok, m)[..count], &lanes(usd, m)[..count], &lanes(ms, m)[..count]);
    let (edge, first_ok) = (&lanes(&tile.edge, m)[..count], &lanes(&tile.first_ok, m)[..count]);
    let [mut good, mut paid, mut failed_paid, mut time, mut edge_good, mut worse] = [[0.0; LANES]; 6];
    for c in 0..count {
        for l in 0..LANES {
            let is_ok = ok[c][l];
            let usd = usd[c][l];
            good[l] += is_ok;
            paid[l] += usd;
            failed_paid[l] += usd - usd * is_ok;
            time[l] += ms[c][l];
            edge_good[l] += edge[c][l] * is_ok;
            worse[l] += first_ok[c][l] - first_ok[c][l] * is_ok;
        }
    }
    out.success += f64::from(fold(&good));
    out.usd += f64::from(fold(&paid));
    out.failed_usd += f64::from(fold(&failed_paid));
    out.ms += f64::from(fold(&time));
    out.edge_success += f64::from(fold(&edge_good));
    out.worse += f64::from(fold(&worse));
}

/// What decides where a request starts: the router's score, or the random mix.
#[inline(always)]
fn start_column(rule: &Resolved, m: usize, draws: &Draws, tile: &Tile, start: &mut Column) {
    if rule.by_score {
        for (start, (surface, score)) in start[..m].iter_mut().zip(tile.surface[..m].iter().zip(&draws.score[..m])) {
            *start = surface + rule.noise * score;
        }
    } else {
        *start = tile.mix;
    }
}
