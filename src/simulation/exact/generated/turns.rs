//! Turns of conversations: which tiers are called at each turn, how good the answers are, and what of the history a prompt cache still holds.
//!
//! Segment and kind (plain, hidden-hard) belong to the conversation, luck and tokens to the turn; surface and difficulty are alike from one
//! turn to the next ([`Basis`]). The day effect is shared by all turns, and is summed over its own nodes.

use super::Generated;
use crate::model::{Conversation, MAX_TIERS, Per};
use crate::simulation::day::SegmentState;
use crate::simulation::exact::flow::{Answer, Flow, SegmentFlow};
use crate::simulation::exact::hermite::{Basis, Size, product};
use crate::simulation::exact::outcomes::Outcomes;
use crate::simulation::exact::{Tables, Turn};
use crate::simulation::normal;
use crate::simulation::pattern::pattern_probabilities;
use crate::simulation::rule::{Gate, Rule, Start};

/// A score whose noise is below this part of the surface's spread bends too sharply for the usual nodes.
const SHARP: f64 = 0.4;
/// Nodes of the day effect: it is small.
const DAY_NODES: [(f64, f64); 3] =
    [(-1.732_050_807_568_877_2, 1.0 / 6.0), (0.0, 2.0 / 3.0), (1.732_050_807_568_877_2, 1.0 / 6.0)];

/// What a turn of one kind of request is at the nodes of its latent variable.
struct Latent {
    basis: &'static Basis,
    /// Probability of each starting stage at each node, `[stage][node]`.
    starts: Vec<Vec<f64>>,
    /// Pattern probabilities at each node, `[node][pattern]`.
    patterns: Vec<Vec<f64>>,
    /// How much of what each node stands for lies beyond the hard edge.
    edge: Vec<f64>,
    /// Whether starting stage and pattern hang on the same latent variable; otherwise they are independent.
    is_one: bool,
}

impl Generated {
    /// The turns of a segment's conversations under a rule, the first two where later ones are like the second. `first` is what becomes of a
    /// first turn, which is what becomes of a request that stands alone.
    pub(in crate::simulation::exact) fn turns(
        &self,
        tables: &Tables,
        conversation: &Conversation,
        rule: &Rule,
        segment: usize,
        first: &SegmentFlow,
        outcomes: &Outcomes,
    ) -> Vec<Turn> {
        let Some(g) = tables.day.segments.get(segment) else { return Vec::new() };
        let alone = Turn { flow: *first, ..Turn::default() };
        let longest = conversation.longest();
        if longest < 2 {
            return vec![alone];
        }
        let mut turns = match rule.per {
            Per::Turn => vec![alone, alone],
            Per::Conversation | Per::Upgrade => {
                let mut turns = vec![Turn::default(); longest];
                if let Some(turn) = turns.first_mut() {
                    *turn = alone;
                }
                turns
            }
        };
        let day_nodes: &[(f64, f64)] = if self.day_sd > 0.0 { &DAY_NODES } else { &[(0.0, 1.0)] };
        for (hidden, kind_share) in [(0, 1.0 - g.hidden_share), (1, g.hidden_share)] {
            if kind_share <= 0.0 {
                continue;
            }
            for (z, weight) in day_nodes {
                let latent = self.latent(tables, rule, segment, g, hidden, z * self.day_sd);
                let share = kind_share * weight;
                match rule.per {
                    Per::Turn => {
                        if let Some(later) = turns.get_mut(1) {
                            again(&latent, rule, hidden, outcomes, conversation.similarity, share, later);
                        }
                    }
                    Per::Conversation => {
                        stay(&latent, rule, hidden, outcomes, conversation.similarity, tables, share, &mut turns);
                    }
                    Per::Upgrade => {
                        climb(&latent, rule, hidden, outcomes, conversation.similarity, tables, share, &mut turns);
                    }
                }
            }
        }
        for turn in turns.iter_mut().skip(1) {
            turn.flow.flow.price(&g.call_usd);
        }
        turns
    }

    fn latent(
        &self,
        tables: &Tables,
        rule: &Rule,
        segment: usize,
        g: &SegmentState,
        hidden: usize,
        delta: f64,
    ) -> Latent {
        let day = &tables.day;
        let noise = match &rule.start {
            Start::Score { noise, .. } => Some(day.router_noise(*noise)),
            _ => None,
        };
        let is_sharp = noise.is_some_and(|noise| noise < SHARP * g.surface_sd);
        // Two latent variables at once, where both starting stage and pattern say where later turns start.
        let is_wide = hidden == 1 && noise.is_some() && rule.per == Per::Upgrade && rule.gate != Gate::None;
        let basis = Basis::of(match (is_wide, is_sharp) {
            (true, _) => Size::Few,
            (false, true) => Size::Many,
            (false, false) => Size::Usual,
        });
        let starts = match &rule.start {
            Start::First => vec![vec![1.0; basis.len()]],
            Start::Shares(rows) => {
                let row = rows.get(segment).or(rows.first()).map_or(&[][..], Vec::as_slice);
                row.iter().map(|share| vec![*share; basis.len()]).collect()
            }
            Start::Score { cuts, .. } => {
                let noise = noise.unwrap_or(0.0);
                let mut below = vec![0.0; basis.len()];
                (0..=cuts.len())
                    .map(|stage| {
                        let next: Vec<f64> = basis
                            .nodes
                            .iter()
                            .map(|z| {
                                let surface = g.surface_mean + g.surface_sd * z;
                                cuts.get(stage).map_or(1.0, |cut| normal::cdf_at(*cut, surface, noise))
                            })
                            .collect();
                        let bin = next.iter().zip(&below).map(|(next, below)| (next - below).max(0.0)).collect();
                        below = next;
                        bin
                    })
                    .collect()
            }
        };
        let (mean, sd) = if hidden == 0 {
            (g.surface_mean + g.unseen_shift + delta, g.surface_sd)
        } else {
            (g.hidden_mean + delta, g.hidden_sd)
        };
        let tiers = day.tiers.len();
        let mut p = [0.0; MAX_TIERS];
        let mut patterns = Vec::with_capacity(basis.len());
        let mut edge = Vec::with_capacity(basis.len());
        for z in &basis.nodes {
            let difficulty = mean + sd * z;
            day.success_at(g, difficulty, &mut p[..tiers]);
            let mut pattern = vec![0.0; 1 << tiers];
            pattern_probabilities(&p[..tiers], self.shared_luck, &mut pattern);
            patterns.push(pattern);
        }
        // A node stands for as much of the distribution as its weight says; the edge cuts one of these parts in two.
        let easier = if sd > 0.0 {
            normal::cdf((self.hard_edge - mean) / sd)
        } else {
            f64::from(u8::from(mean <= self.hard_edge))
        };
        let mut below = 0.0;
        for weight in &basis.weights {
            let beyond = (below + weight - f64::max(below, easier)) / weight;
            edge.push(beyond.clamp(0.0, 1.0));
            below += weight;
        }
        Latent { basis, starts, patterns, edge, is_one: hidden == 0 }
    }
}

impl Latent {
    /// Mean of a number of what a request comes to that starts at a stage, given each node.
    fn of_start(&self, hidden: usize, outcomes: &Outcomes, start: usize, pick: impl Fn(&Flow) -> f64) -> Vec<f64> {
        let picked: Vec<f64> = (0..self.patterns.first().map_or(0, Vec::len))
            .map(|pattern| pick(outcomes.get(hidden, start, pattern)))
            .collect();
        self.patterns.iter().map(|masses| masses.iter().zip(&picked).map(|(mass, x)| mass * x).sum()).collect()
    }

    /// The same with the chance of starting there; where that is independent of the pattern, its mean.
    fn of_all(&self, hidden: usize, outcomes: &Outcomes, pick: impl Fn(&Flow) -> f64) -> Vec<f64> {
        let mut sum = vec![0.0; self.basis.len()];
        for (stage, starts) in self.starts.iter().enumerate() {
            let of_start = self.of_start(hidden, outcomes, stage, &pick);
            let mean = self.basis.mean(starts);
            for ((sum, x), start) in sum.iter_mut().zip(of_start).zip(starts) {
                *sum += x * if self.is_one { *start } else { mean };
            }
        }
        sum
    }

    /// Probability of each pattern in a set, at each node.
    fn of_patterns(&self, is_in: impl Fn(usize) -> bool) -> Vec<f64> {
        let chosen =
            |masses: &Vec<f64>| masses.iter().enumerate().filter(|(pattern, _)| is_in(*pattern)).map(|(_, m)| m).sum();
        self.patterns.iter().map(chosen).collect()
    }

    fn beyond(&self, f: &[f64]) -> Vec<f64> {
        f.iter().zip(&self.edge).map(|(f, edge)| f * edge).collect()
    }
}

/// Each turn decides anew: which tiers are called again at the turn after one at which they were called.
fn again(
    latent: &Latent,
    rule: &Rule,
    hidden: usize,
    outcomes: &Outcomes,
    similarity: f64,
    share: f64,
    later: &mut Turn,
) {
    let basis = latent.basis;
    // Where stage and pattern are independent, both are needed by themselves: `[stage]`. Otherwise one function stands for all stages.
    let is_apart = !latent.is_one && latent.starts.len() > 1;
    let starts: Vec<Vec<f64>> =
        if is_apart { latent.starts.iter().map(|start| basis.project(start)).collect() } else { Vec::new() };
    let coefficients = |pick: &dyn Fn(&Flow) -> f64| -> Vec<Vec<f64>> {
        if is_apart {
            (0..starts.len()).map(|start| basis.project(&latent.of_start(hidden, outcomes, start, pick))).collect()
        } else {
            vec![basis.project(&latent.of_all(hidden, outcomes, pick))]
        }
    };
    let both = |f: &[Vec<f64>], g: &[Vec<f64>]| -> f64 {
        let mut sum = 0.0;
        for (a, f) in f.iter().enumerate() {
            for (b, g) in g.iter().enumerate() {
                let start = match (starts.get(a), starts.get(b)) {
                    (Some(a), Some(b)) => product(a, b, similarity),
                    _ => 1.0,
                };
                sum += start * product(f, g, similarity);
            }
        }
        sum
    };
    for &tier in &rule.chain {
        let called = coefficients(&|flow| flow.calls[tier]);
        later.again[tier] += share * both(&called, &called);
        later.again_failed[tier] += share * both(&called, &coefficients(&|flow| flow.calls_failed[tier]));
        // Without a second call whoever is called answers.
        let answers = match rule.gate {
            Gate::None | Gate::Oracle => called,
            _ => coefficients(&|flow| flow.answered[tier]),
        };
        later.same += share * both(&answers, &answers);
    }
    if let Gate::Human { .. } = rule.gate {
        let person = latent.patterns.first().map_or(0, |masses| masses.len().trailing_zeros() as usize);
        let answers = coefficients(&|flow| flow.answered[person]);
        later.same += share * both(&answers, &answers);
    }
}

/// The first turn's decision stays: the tier that answered it answers all later turns alone.
#[expect(clippy::too_many_arguments, reason = "one caller; the parts of one loop")]
fn stay(
    latent: &Latent,
    rule: &Rule,
    hidden: usize,
    outcomes: &Outcomes,
    similarity: f64,
    tables: &Tables,
    share: f64,
    turns: &mut [Turn],
) {
    let basis = latent.basis;
    let baseline = tables.baseline_tier;
    let edge_mass = basis.mean(&latent.beyond(&vec![1.0; basis.len()]));
    for turn in turns.iter_mut().skip(1) {
        turn.flow.edge_mass += share * edge_mass;
        turn.flow.no_worse = baseline.map(|_| turn.flow.no_worse.unwrap_or(0.0) + share);
        turn.same += share;
    }
    for &tier in &rule.chain {
        let chosen = basis.project(&latent.of_all(hidden, outcomes, |flow| flow.answered[tier]));
        let good = latent.of_patterns(|pattern| pattern >> tier & 1 == 1);
        let good_beyond = basis.project(&latent.beyond(&good));
        let good = basis.project(&good);
        let worse = baseline
            .map(|b| basis.project(&latent.of_patterns(|pattern| pattern >> b & 1 == 1 && pattern >> tier & 1 == 0)));
        let answered = chosen.first().copied().unwrap_or(0.0);
        let of_baseline = baseline.map(|b| {
            let well = |needed: usize| basis.project(&latent.of_patterns(|pattern| pattern & needed == needed));
            [well(1 << b), well(1 << b | 1 << tier)]
        });
        let mut ratio = 1.0;
        for turn in turns.iter_mut().skip(1) {
            ratio *= similarity;
            let success = product(&chosen, &good, ratio);
            let flow = &mut turn.flow.flow;
            flow.calls[tier] += share * answered;
            flow.answered[tier] += share * answered;
            flow.success[tier] += share * success;
            flow.calls_failed[tier] += share * (answered - success);
            turn.again[tier] += share * answered;
            turn.again_failed[tier] += share * (answered - success);
            let [baseline_good, both_good] =
                of_baseline.as_ref().map_or([0.0; 2], |of| of.each_ref().map(|f| product(&chosen, f, ratio)));
            turn.answers.by[hidden][tier].add(&Answer { answered, good: success, baseline_good, both_good }, share);
            turn.flow.edge_success += share * product(&chosen, &good_beyond, ratio);
            if let (Some(worse), Some(no_worse)) = (&worse, &mut turn.flow.no_worse) {
                *no_worse -= share * product(&chosen, worse, ratio);
            }
        }
    }
}

/// Places of what later turns start from: the nodes of one latent variable, or of two at once.
struct Lattice {
    basis: &'static Basis,
    is_square: bool,
    /// Probability of each starting stage, `[stage][place]`.
    starts: Vec<Vec<f64>>,
    /// Pattern probabilities below and beyond the hard edge, `[place][edge][pattern]`.
    patterns: Vec<[Vec<f64>; 2]>,
}

impl Lattice {
    fn of(latent: &Latent, rule: &Rule) -> Self {
        let basis = latent.basis;
        let split = |(masses, edge): (&Vec<f64>, &f64)| {
            [1.0 - edge, *edge].map(|part| masses.iter().map(|mass| part * mass).collect())
        };
        let patterns: Vec<[Vec<f64>; 2]> = latent.patterns.iter().zip(&latent.edge).map(split).collect();
        let by_score = matches!(rule.start, Start::Score { .. });
        if latent.is_one || !by_score {
            return Self { basis, is_square: false, starts: latent.starts.clone(), patterns };
        }
        if rule.gate == Gate::None {
            // Only the score says where later turns start, and the pattern is independent of it.
            let mut mean = [0, 1].map(|_| vec![0.0; patterns.first().map_or(0, |p| p[0].len())]);
            for (weight, pattern) in basis.weights.iter().zip(&patterns) {
                for (mean, edge) in mean.iter_mut().zip(pattern) {
                    mean.iter_mut().zip(edge).for_each(|(mean, mass)| *mean += weight * mass);
                }
            }
            return Self { basis, is_square: false, starts: latent.starts.clone(), patterns: vec![mean; basis.len()] };
        }
        // The score's variable is the slow one.
        let n = basis.len();
        let starts = latent.starts.iter().map(|start| start.iter().flat_map(|s| std::iter::repeat_n(*s, n)).collect());
        Self {
            basis,
            is_square: true,
            starts: starts.collect(),
            patterns: (0..n * n).map(|i| patterns[i % n].clone()).collect(),
        }
    }

    fn weights(&self) -> Vec<f64> {
        let w = &self.basis.weights;
        if self.is_square { w.iter().flat_map(|a| w.iter().map(move |b| a * b)).collect() } else { w.clone() }
    }

    /// Mean at the next turn of a function, given each place now; the process is reversible.
    fn later(&self, f: &[f64], ratio: f64) -> Vec<f64> {
        if !self.is_square {
            return self.basis.later(f, ratio);
        }
        let n = self.basis.len();
        let rows: Vec<f64> = f.chunks(n).flat_map(|row| self.basis.later(row, ratio)).collect();
        let mut out = vec![0.0; f.len()];
        for column in 0..n {
            let of_column: Vec<f64> = (0..n).map(|row| rows[row * n + column]).collect();
            for (row, value) in self.basis.later(&of_column, ratio).into_iter().enumerate() {
                out[row * n + column] = value;
            }
        }
        out
    }
}

/// Later turns start no lower than where the last one ended.
#[expect(clippy::too_many_arguments, reason = "one caller; the parts of one loop")]
fn climb(
    latent: &Latent,
    rule: &Rule,
    hidden: usize,
    outcomes: &Outcomes,
    similarity: f64,
    tables: &Tables,
    share: f64,
    turns: &mut [Turn],
) {
    let lattice = Lattice::of(latent, rule);
    let weights = lattice.weights();
    let places = weights.len();
    let stages = rule.chain.len();
    let baseline = tables.baseline_tier;
    // Whether the last turn ended at each stage, given the place of that turn.
    let mut ended: Vec<Vec<f64>> = Vec::new();
    for (number, turn) in turns.iter_mut().enumerate() {
        // Whether this turn starts at each stage, and whether the last one ended there.
        let mut starts = vec![vec![0.0; places]; stages];
        let mut stays = vec![vec![0.0; places]; stages];
        if number == 0 {
            for (to, from) in starts.iter_mut().zip(&lattice.starts) {
                to.clone_from(from);
            }
        } else {
            for (last, before) in ended.iter().enumerate() {
                let before = lattice.later(before, similarity);
                for (stage, chance) in lattice.starts.iter().enumerate() {
                    let to = stage.max(last);
                    for place in 0..places {
                        starts[to][place] += before[place] * chance[place];
                        if to == last {
                            stays[to][place] += before[place] * chance[place];
                        }
                    }
                }
            }
        }
        let mut ends = vec![vec![0.0; places]; stages];
        for start in 0..stages {
            for place in 0..places {
                let here = starts[start][place];
                if here == 0.0 {
                    continue;
                }
                let held = stays[start][place];
                let (tier, weight) = (rule.chain[start], share * weights[place]);
                for (edge, masses) in lattice.patterns[place].iter().enumerate() {
                    for (pattern, mass) in masses.iter().enumerate() {
                        if *mass == 0.0 {
                            continue;
                        }
                        let flow = outcomes.get(hidden, start, pattern);
                        for (stage, tier) in rule.chain.iter().enumerate() {
                            ends[stage][place] += here * mass * flow.answered[*tier];
                        }
                        if number == 0 {
                            continue;
                        }
                        let all = weight * here * mass;
                        turn.flow.flow.add(flow, all, tables.day.tiers.len());
                        let quality = flow.quality();
                        if edge == 1 {
                            turn.flow.edge_mass += all;
                            turn.flow.edge_success += all * quality;
                        }
                        if let Some(b) = baseline {
                            let worse = if pattern >> b & 1 == 1 { 1.0 - quality } else { 0.0 };
                            turn.flow.no_worse = Some(turn.flow.no_worse.unwrap_or(0.0) + all * (1.0 - worse));
                        }
                        let of_baseline = f64::from(u8::from(baseline.is_some_and(|b| pattern >> b & 1 == 1)));
                        for (by, answer) in turn.answers.by[hidden].iter_mut().enumerate() {
                            let (answered, good) = (flow.answered[by], flow.success[by]);
                            let (baseline_good, both_good) = (of_baseline * answered, of_baseline * good);
                            answer.add(&Answer { answered, good, baseline_good, both_good }, all);
                        }
                        let again = weight * held * mass;
                        turn.again[tier] += again * flow.calls[tier];
                        turn.again_failed[tier] += again * flow.calls_failed[tier];
                        turn.same += again * flow.answered[tier];
                    }
                }
            }
        }
        ended = ends;
    }
}
