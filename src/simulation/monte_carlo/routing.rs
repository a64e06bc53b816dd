//! What a rule makes of the requests of a tile.

use super::histogram;
use super::lanes::{fold, lanes, lanes_mut, sum};
use super::moments::Sums;
use super::tile::Tile;
use crate::model::{MAX_TIERS, Per};
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
    per: Per,
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
        per: rule.per,
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
    /// Place in the chain that a turn of a conversation starts at, and the one that answers it.
    pub(super) stage: Column,
    pub(super) answers: Column,
}

impl Default for Routed {
    fn default() -> Self {
        let zero = [0.0; TILE];
        Self { ok: zero, usd: zero, ms: zero, start: zero, carried: zero, stage: zero, answers: zero }
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
        follow_chain::<false>(rule, cuts, m, tiers, draws, tile, routed, out);
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
fn follow_chain<const TALKS: bool>(
    rule: &Resolved,
    cuts: &[f32],
    m: usize,
    tiers: usize,
    draws: &Draws,
    tile: &Tile,
    routed: &mut Routed,
    out: &mut Sums,
) {
    if TALKS {
        routed.start = routed.stage;
    } else if cuts.is_empty() {
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
                visit::<TALKS>(m, stage as f32, &answer, starts, &tile.confidence[k], gate, &tile.one, routed, out);
            }
            ResolvedGate::Judge { judged, bad_if_failed, bad_if_ok, usd, ms } if stage < last => {
                let gate = |verdict: f32, ok: f32| {
                    let bad = if ok > 0.5 { *bad_if_ok } else { *bad_if_failed };
                    let read = if verdict < *judged { 1.0 } else { 0.0 };
                    (verdict < bad, read * usd, read * ms)
                };
                visit::<TALKS>(m, stage as f32, &answer, starts, &draws.judge[k], gate, &tile.one, routed, out);
            }
            ResolvedGate::Human { threshold, success, usd, ms } => {
                let gate = |confidence: f32, _: f32| (confidence < *threshold, 0.0, 0.0);
                visit::<TALKS>(m, stage as f32, &answer, starts, &tile.confidence[k], gate, &tile.one, routed, out);
                let mut person = [0.0; TILE];
                for (ok, human) in person.iter_mut().zip(&draws.human) {
                    *ok = if human < success { 1.0 } else { 0.0 };
                }
                let answer = Answer { by: tiers, is_call: false, ok: &person, usd: &[*usd; TILE], ms: &[*ms; TILE] };
                let nobody = f32::INFINITY..f32::INFINITY;
                visit::<TALKS>(
                    m,
                    stage as f32,
                    &answer,
                    nobody,
                    &tile.one,
                    |_, _| (false, 0.0, 0.0),
                    &tile.one,
                    routed,
                    out,
                );
            }
            _ => visit::<TALKS>(
                m,
                stage as f32,
                &answer,
                starts,
                &tile.one,
                |_, _| (false, 0.0, 0.0),
                &tile.one,
                routed,
                out,
            ),
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
fn visit<const TALKS: bool>(
    m: usize,
    place: f32,
    answer: &Answer<'_>,
    starts: std::ops::Range<f32>,
    signal: &Column,
    gate: impl Fn(f32, f32) -> (bool, f32, f32),
    one: &Column,
    routed: &mut Routed,
    out: &mut Sums,
) {
    let count = m / LANES;
    let Routed { ok, usd, ms, start, carried, answers, .. } = routed;
    let answers = &mut lanes_mut(answers, m)[..count];
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
            if TALKS {
                answers[c][l] += keeps * place;
            }
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

/// Places in a chain between which a turn's start lies, as cuts of a column of places.
const PLACES: [f32; MAX_TIERS] = {
    let mut cuts = [0.5; MAX_TIERS];
    let mut place = 1;
    while place < MAX_TIERS {
        cuts[place] = place as f32 + 0.5;
        place += 1;
    }
    cuts
};

/// What a rule remembers of each conversation of a tile.
pub(super) struct Memory {
    /// Place in the chain that answered the last turn.
    pub(super) answered: Column,
    /// By place in the chain: 1 where it was called at the last turn.
    pub(super) called: Vec<Column>,
}

impl Memory {
    pub(super) fn of(rule: &Resolved) -> Self {
        Self { answered: [0.0; TILE], called: vec![[0.0; TILE]; rule.chain.len()] }
    }
}

/// Runs one rule over a turn of a tile's conversations and adds to its sums. `history` is what the history costs at each tier, USD: where a cache
/// holds it, and where it does not; `warm` is 1 where a cache that was written at the last turn still holds.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "inlined into its one caller")]
pub(super) fn run_turn(
    rule: &Resolved,
    turn: u32,
    g: usize,
    n: usize,
    m: usize,
    tiers: usize,
    is_first: bool,
    history: &[(f32, f32)],
    warm: &Column,
    draws: &Draws,
    tile: &mut Tile,
    memory: &mut Memory,
    routed: &mut Routed,
    out: &mut Sums,
    latency: &mut [u32],
) {
    let cuts = rule.cuts.get(g).or(rule.cuts.first()).map_or(&[][..], Vec::as_slice);
    out.requests += n as f64;
    out.edge += tile.edge_count;
    routed.stage = [0.0; TILE];
    if !cuts.is_empty() {
        start_column(rule, m, draws, tile, &mut routed.start);
        for cut in cuts {
            for (stage, start) in routed.stage.iter_mut().zip(&routed.start) {
                *stage += if start >= cut { 1.0 } else { 0.0 };
            }
        }
    }
    let stays = turn > 0 && rule.per == Per::Conversation;
    if stays {
        routed.stage = memory.answered;
    } else if turn > 0 && rule.per == Per::Upgrade {
        for (stage, before) in routed.stage.iter_mut().zip(&memory.answered) {
            *stage = stage.max(*before);
        }
    }
    let alone = tile.usd;
    if turn > 0 {
        for (k, called) in rule.chain.iter().zip(&memory.called) {
            let Some((cached, written)) = history.get(*k) else { continue };
            let columns = tile.usd[*k][..m].iter_mut().zip(&called[..m]).zip(&warm[..m]).zip(&tile.one[..m]);
            for (((usd, called), warm), one) in columns {
                *usd += one * (written - (written - cached) * called * warm);
            }
        }
    }
    routed.ok = [0.0; TILE];
    routed.answers = [0.0; TILE];
    // Whoever has decided for good asks no router again.
    let asks = if stays { 0.0 } else { 1.0 };
    for ((usd, ms), one) in routed.usd.iter_mut().zip(&mut routed.ms).zip(&tile.one) {
        *usd = asks * rule.overhead_usd * one;
        *ms = asks * rule.overhead_ms * one;
    }
    let is_oracle = matches!(rule.gate, ResolvedGate::Oracle) && !stays;
    if is_oracle {
        foresee_from(&rule.chain, m, tile, routed, out);
    } else if stays {
        let answers_alone = Resolved { chain: rule.chain.clone(), cuts: Vec::new(), gate: ResolvedGate::None, ..*rule };
        follow_chain::<true>(&answers_alone, &PLACES, m, tiers, draws, tile, routed, out);
    } else {
        follow_chain::<true>(rule, &PLACES, m, tiers, draws, tile, routed, out);
    }
    for (place, called) in memory.called.iter_mut().enumerate() {
        let place = place as f32;
        for ((called, stage), answers) in called.iter_mut().zip(&routed.stage).zip(&routed.answers) {
            let from = if is_oracle { answers } else { stage };
            *called = if *from <= place && place <= *answers { 1.0 } else { 0.0 };
        }
    }
    memory.answered = routed.answers;
    if is_first {
        tile.first_ok = routed.ok;
    }
    add_outcomes(m, &routed.ok, &routed.usd, &routed.ms, tile, out);
    histogram::count(&routed.ms[..n.div_ceil(8)], latency);
    tile.usd = alone;
}

/// The oracle of a conversation: the first tier from each turn's start on that succeeds, or the one that it starts at.
#[inline(always)]
#[expect(clippy::needless_range_loop, reason = "many columns side by side")]
fn foresee_from(chain: &[usize], m: usize, tile: &Tile, routed: &mut Routed, out: &mut Sums) {
    let mut left = tile.one;
    for is_hopeless in [false, true] {
        for (place, &k) in chain.iter().enumerate() {
            let place = place as f32;
            for i in 0..m {
                let may = if is_hopeless {
                    if routed.stage[i] == place { 1.0 } else { 0.0 }
                } else if routed.stage[i] <= place {
                    tile.ok[k][i]
                } else {
                    0.0
                };
                let keeps = left[i] * may;
                left[i] -= keeps;
                routed.ok[i] += keeps * tile.ok[k][i];
                routed.usd[i] += keeps * tile.usd[k][i];
                routed.ms[i] += keeps * tile.ms[k][i];
                routed.answers[i] += keeps * place;
                out.calls[k] += f64::from(keeps);
                out.answered[k] += f64::from(keeps);
                out.tier_success[k] += f64::from(keeps * tile.ok[k][i]);
            }
        }
    }
}
