//! What the literature computes from a policy's curve, and what this program adds: the trap.
//!
//! `weak` is the cheapest tier alone, `strong` the most capable alone, `q` quality, `c` inference cost.

use std::f64::consts::FRAC_1_SQRT_2;

use super::point::Point;

/// A point of the plane of cost and quality.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CostQuality {
    /// Inference cost, any unit.
    pub cost: f64,
    /// Quality.
    pub quality: f64,
}

/// Indices of the points that no other point beats: none is cheaper and at least as good, or as cheap and better.
pub fn pareto_set(points: &[CostQuality]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by(|&i, &j| {
        points[i].cost.total_cmp(&points[j].cost).then(points[j].quality.total_cmp(&points[i].quality)).then(i.cmp(&j))
    });
    let mut best = f64::NEG_INFINITY;
    order.retain(|&i| {
        let better = points[i].quality > best;
        best = best.max(points[i].quality);
        better
    });
    order
}

/// Vertices of the non-decreasing upper convex hull, by cost.
pub fn non_decreasing_hull(points: &[CostQuality]) -> Vec<CostQuality> {
    let mut hull: Vec<CostQuality> = Vec::new();
    for p in pareto_set(points).into_iter().map(|i| points[i]) {
        while let [.., a, b] = hull[..] {
            // b lies on or below the line from a to p: it is no vertex.
            if (b.quality - a.quality) * (p.cost - a.cost) <= (p.quality - a.quality) * (b.cost - a.cost) {
                hull.pop();
            } else {
                break;
            }
        }
        hull.push(p);
    }
    hull
}

/// Average improvement in quality (RouterBench, Hu et al. 2024): `1/(c₂ − c₁)·∫ R̃(c) dc` over `[c₁, c₂]`, `R̃` the
/// non-decreasing hull, level beyond its dearest vertex. `None` when the range is empty or starts below the hull.
pub fn aiq(points: &[CostQuality], range: (f64, f64)) -> Option<f64> {
    let hull = non_decreasing_hull(points);
    let (lo, hi) = range;
    let first = hull.first()?;
    if hi <= lo || lo < first.cost * (1.0 - 1e-9) {
        return None;
    }
    let at = |c: f64| -> f64 {
        for pair in hull.windows(2) {
            if let [a, b] = pair
                && c <= b.cost
            {
                return a.quality + (b.quality - a.quality) * ((c - a.cost) / (b.cost - a.cost)).clamp(0.0, 1.0);
            }
        }
        hull.last().map_or(0.0, |last| last.quality)
    };
    let mut ends = vec![lo];
    ends.extend(hull.iter().map(|p| p.cost).filter(|c| *c > lo && *c < hi));
    ends.push(hi);
    let area: f64 = ends.windows(2).map(|w| (w[1] - w[0]) * 0.5 * (at(w[0]) + at(w[1]))).sum();
    Some(area / (hi - lo))
}

/// Performance gap recovered (RouteLLM, Ong et al. 2024): `(q − q_weak)/(q_strong − q_weak)`; `None` without a gap.
pub fn pgr(quality: f64, weak: f64, strong: f64) -> Option<f64> {
    let gap = strong - weak;
    (gap.abs() > 1e-12).then(|| (quality - weak) / gap)
}

/// PGR by share of calls to the strong tier, sorted and without repeated shares; `None` unless the curve spans 0 to 1.
pub fn pgr_curve(points: &[(f64, f64)], weak: f64, strong: f64) -> Option<Vec<(f64, f64)>> {
    let mut curve: Vec<(f64, f64)> =
        points.iter().map(|(share, q)| pgr(*q, weak, strong).map(|p| (*share, p))).collect::<Option<_>>()?;
    curve.sort_by(|a, b| a.0.total_cmp(&b.0));
    curve.dedup_by(|a, b| (a.0 - b.0).abs() < 1e-12);
    let (first, last) = (curve.first()?, curve.last()?);
    (first.0 < 0.005 && last.0 > 0.995).then_some(curve)
}

/// APGR: area under PGR over the share of calls to the strong tier (trapezia).
pub fn apgr(curve: &[(f64, f64)]) -> Option<f64> {
    let (first, last) = (curve.first()?, curve.last()?);
    let area: f64 = curve.windows(2).map(|w| (w[1].0 - w[0].0) * 0.5 * (w[0].1 + w[1].1)).sum();
    (last.0 > first.0).then(|| area / (last.0 - first.0))
}

/// CPT(x): least share of calls to the strong tier with PGR of at least `x`, interpolated; `None` if never reached.
pub fn cpt(curve: &[(f64, f64)], x: f64) -> Option<f64> {
    let first = curve.first()?;
    if first.1 >= x {
        return Some(first.0);
    }
    curve.windows(2).find_map(|w| {
        let [a, b] = w else { return None };
        (a.1 < x && b.1 >= x).then(|| a.0 + (b.0 - a.0) * (x - a.1) / (b.1 - a.1))
    })
}

/// APGR and CPT of a curve that can be evaluated anywhere.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Recovered {
    /// Area under PGR over the share of calls to the strong tier.
    pub apgr: f64,
    /// Least share of strong calls with half of the gap recovered; `None` if it never is.
    pub cpt50: Option<f64>,
    /// The same for 80 %.
    pub cpt80: Option<f64>,
}

/// Error of [`Recovered::apgr`], about.
const AREA_ERROR: f64 = 1e-5;
/// A step of a sweep is halved at the most so often: a step of a hundredth then is below a millionth.
const HALVINGS: u32 = 14;
/// Halvings that find where a curve crosses a level.
const CROSSING_HALVINGS: u32 = 50;

/// One setting of a knob: the setting, the share of calls to the strong tier, and PGR.
#[derive(Clone, Copy, Debug)]
struct Setting {
    knob: f64,
    share: f64,
    pgr: f64,
}

/// APGR by adaptive trapezia with Richardson's correction, and CPT by bisection. `sweep` is
/// where to start, as settings of the knob in increasing order with shares of strong calls and qualities; `at` evaluates a setting. `None` unless
/// the sweep spans shares from 0 to 1 and there is a gap.
pub fn recovered(
    sweep: &[(f64, f64, f64)],
    weak: f64,
    strong: f64,
    at: impl Fn(f64) -> Option<(f64, f64)>,
) -> Option<Recovered> {
    let shares: Vec<(f64, f64)> = sweep.iter().map(|(_, share, quality)| (*share, *quality)).collect();
    pgr_curve(&shares, weak, strong)?;
    let setting =
        |(knob, share, quality): (f64, f64, f64)| Some(Setting { knob, share, pgr: pgr(quality, weak, strong)? });
    let at = |knob: f64| at(knob).and_then(|(share, quality)| setting((knob, share, quality)));
    let coarse: Vec<Setting> = sweep.iter().map(|s| setting(*s)).collect::<Option<_>>()?;
    let mut fine: Vec<Setting> = coarse.first().copied().into_iter().collect();
    let mut area = 0.0;
    // What errors of steps have in common is corrected; what is left has either sign, and adds up as a square root.
    let error = AREA_ERROR / (coarse.len() as f64).sqrt();
    for pair in coarse.windows(2) {
        let [a, b] = pair else { continue };
        area += halved(*a, *b, &at, error, HALVINGS, &mut fine)?;
        fine.push(*b);
    }
    let (first, last) = (fine.first()?, fine.last()?);
    let apgr = area / (last.share - first.share);
    if first.share > last.share {
        fine.reverse();
    }
    let crossing = |level: f64| -> Option<f64> {
        let first = fine.first()?;
        if first.pgr >= level {
            return Some(first.share);
        }
        let pair = fine.windows(2).find(|pair| matches!(pair, [a, b] if a.pgr < level && b.pgr >= level))?;
        let (mut below, mut above) = (*pair.first()?, *pair.last()?);
        for _ in 0..CROSSING_HALVINGS {
            let middle = at(0.5 * (below.knob + above.knob))?;
            if middle.pgr < level {
                below = middle;
            } else {
                above = middle;
            }
        }
        Some(above.share)
    };
    Some(Recovered { apgr, cpt50: crossing(0.5), cpt80: crossing(0.8) })
}

/// Signed area between two settings; the settings in between are added to `fine` in their order.
fn halved(
    a: Setting,
    b: Setting,
    at: &impl Fn(f64) -> Option<Setting>,
    error: f64,
    left: u32,
    fine: &mut Vec<Setting>,
) -> Option<f64> {
    let trapezium = |a: Setting, b: Setting| (b.share - a.share) * 0.5 * (a.pgr + b.pgr);
    let middle = at(0.5 * (a.knob + b.knob))?;
    let (whole, halves) = (trapezium(a, b), trapezium(a, middle) + trapezium(middle, b));
    // Halving a step leaves a quarter of the error: a third of the difference is what the halves are still off by.
    let off = (halves - whole) / 3.0;
    if left == 0 || off.abs() <= error {
        fine.push(middle);
        return Some(halves + off);
    }
    let lower = halved(a, middle, at, error * FRAC_1_SQRT_2, left - 1, fine)?;
    fine.push(middle);
    Some(lower + halved(middle, b, at, error * FRAC_1_SQRT_2, left - 1, fine)?)
}

/// Incremental benefit per cost (AutoMix, Aggarwal et al. 2024): `(q − q_weak)/(c − c_weak)`; `None` at equal cost.
pub fn incremental_benefit(point: CostQuality, weak: CostQuality) -> Option<f64> {
    let extra = point.cost - weak.cost;
    (extra.abs() > 1e-12 * weak.cost.abs().max(1e-9)).then(|| (point.quality - weak.quality) / extra)
}

/// ΔIBC of AutoMix: `(IBC − IBC_base)/IBC_base`, the base being the strong tier alone.
pub fn delta_ibc(point: CostQuality, weak: CostQuality, strong: CostQuality) -> Option<f64> {
    let base = incremental_benefit(strong, weak)?;
    let this = incremental_benefit(point, weak)?;
    (base.abs() > 1e-12).then(|| (this - base) / base)
}

/// Trap ratio: extra downstream cost ÷ inference saving, both against the baseline; `None` where nothing is saved.
pub fn trap_ratio(point: &Point, baseline: &Point) -> Option<f64> {
    let saving = baseline.inference_usd_per_1k - point.inference_usd_per_1k;
    let extra = point.downstream_usd_per_1k - baseline.downstream_usd_per_1k;
    (saving > 1e-9).then(|| extra / saving).filter(|ratio| ratio.is_finite())
}

/// Break-even quality gap: inference saving ÷ damage per failure. A gap wider than this loses money.
///
/// Damage per failure is that of the failures which this policy adds: extra downstream cost ÷ extra failures, so that
/// failures in a segment with high stakes count as such. `average_damage_usd`, that of a failure anywhere, stands in where the
/// policy adds none. `None` where failures cost nothing, or so little that no number is large enough for the gap.
pub fn break_even_gap(point: &Point, baseline: &Point, average_damage_usd: f64) -> Option<f64> {
    let saving = (baseline.inference_usd_per_1k - point.inference_usd_per_1k) / 1000.0;
    let extra_failures = baseline.quality - point.quality;
    let extra_usd = (point.downstream_usd_per_1k - baseline.downstream_usd_per_1k) / 1000.0;
    let own = (extra_failures.abs() > 1e-9).then(|| extra_usd / extra_failures).filter(|damage| *damage > 0.0);
    let damage = own.unwrap_or(average_damage_usd);
    (damage > 0.0).then(|| saving / damage).filter(|gap| gap.is_finite())
}

/// Whether a point is inside the trap: inference cost below the baseline's, total cost above it.
pub fn in_trap(point: &Point, baseline: &Point) -> bool {
    point.inference_usd_per_1k < baseline.inference_usd_per_1k * (1.0 - 1e-9)
        && point.total_usd_per_1k > baseline.total_usd_per_1k * (1.0 + 1e-9)
}

/// Stretches of knob settings inside the trap, as the sweep resolves them.
pub fn trap_zone(sweep: &[Point], baseline: &Point) -> Vec<[f64; 2]> {
    let mut zones: Vec<[f64; 2]> = Vec::new();
    let mut open = false;
    for point in sweep {
        let Some(knob) = point.knob else { continue };
        let inside = in_trap(point, baseline);
        match (inside, open, zones.last_mut()) {
            (true, true, Some(zone)) => zone[1] = knob,
            (true, ..) => zones.push([knob, knob]),
            _ => {}
        }
        open = inside;
    }
    zones
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(cost: f64, quality: f64) -> CostQuality {
        CostQuality { cost, quality }
    }

    fn point(inference: f64, downstream: f64, knob: f64) -> Point {
        Point {
            knob: Some(knob),
            traffic: vec![],
            tier_calls: vec![],
            calls_per_request: 1.0,
            inference_usd_per_1k: inference,
            quality: 0.9,
            hard_edge_quality: None,
            quality_by_segment: vec![],
            quality_by_tier: vec![],
            latency_mean_ms: 0.0,
            latency_p95_ms: None,
            tickets_per_1k: 0.0,
            churn_per_1k: 0.0,
            incidents_per_1k: 0.0,
            thumbs_down_per_1k: 0.0,
            downstream_usd_per_1k: downstream,
            total_usd_per_1k: inference + downstream,
            no_worse: None,
            escalated: None,
            conversation: None,
            interval: None,
        }
    }

    #[test]
    fn pareto_set_and_hull_of_a_hand_drawn_case() {
        //  (1,.5) (2,.6) (3,.8) (3,.7) (4,.75) (5,.9): .7 and .75 are beaten; .6 is efficient but under the hull.
        let points = [at(1.0, 0.5), at(2.0, 0.6), at(3.0, 0.8), at(3.0, 0.7), at(4.0, 0.75), at(5.0, 0.9)];
        assert_eq!(pareto_set(&points), vec![0, 1, 2, 5]);
        assert_eq!(non_decreasing_hull(&points), vec![at(1.0, 0.5), at(3.0, 0.8), at(5.0, 0.9)]);
    }

    #[test]
    fn equal_points_count_once() {
        assert_eq!(pareto_set(&[at(1.0, 0.5), at(1.0, 0.5)]), vec![0]);
    }

    #[test]
    fn aiq_by_hand() {
        // Hull from (1, .5) to (3, .7), level to 5: area 2·.6 + 2·.7 = 2.6 over 4.
        let points = [at(1.0, 0.5), at(3.0, 0.7), at(4.0, 0.6)];
        let value = aiq(&points, (1.0, 5.0));
        assert!(value.is_some_and(|v| (v - 0.65).abs() < 1e-12), "{value:?}");
        assert_eq!(aiq(&points, (0.5, 5.0)), None);
        // Inside one edge: the mean of a line is its value in the middle.
        assert!(aiq(&points, (1.5, 2.5)).is_some_and(|v| (v - 0.6).abs() < 1e-12));
    }

    #[test]
    fn a_random_mix_has_apgr_one_half() {
        let line: Vec<(f64, f64)> = (0..=10).map(|i| (f64::from(i) / 10.0, 0.6 + 0.02 * f64::from(i))).collect();
        let curve = pgr_curve(&line, 0.6, 0.8).unwrap_or_default();
        assert!(apgr(&curve).is_some_and(|v| (v - 0.5).abs() < 1e-12));
        assert!(cpt(&curve, 0.5).is_some_and(|v| (v - 0.5).abs() < 1e-12));
        assert!(cpt(&curve, 0.83).is_some_and(|v| (v - 0.83).abs() < 1e-12));
        assert_eq!(cpt(&curve, 1.01), None);
    }

    #[test]
    fn apgr_and_cpt_of_a_kinked_curve() {
        // PGR 0 → 0.8 at share 0.2, then to 1: area 0.2·0.4 + 0.8·0.9 = 0.8.
        let curve = pgr_curve(&[(1.0, 0.9), (0.0, 0.5), (0.2, 0.82)], 0.5, 0.9).unwrap_or_default();
        assert!(apgr(&curve).is_some_and(|v| (v - 0.8).abs() < 1e-12));
        assert!(cpt(&curve, 0.5).is_some_and(|v| (v - 0.125).abs() < 1e-12));
        assert!(pgr_curve(&[(0.1, 0.5), (1.0, 0.9)], 0.5, 0.9).is_none());
    }

    #[test]
    fn apgr_and_cpt_of_a_curve_that_can_be_evaluated_anywhere() {
        // PGR = share^(1/5): area 5/6, half of the gap at 0.5⁵ = 0.03125. Trapezia over 101 settings are off by 0.0012. The knob runs backwards.
        let at = |knob: f64| Some((1.0 - knob, 0.5 + 0.4 * (1.0 - knob).powf(0.2)));
        let sweep: Vec<(f64, f64, f64)> =
            (0..=100).filter_map(|i| at(f64::from(i) / 100.0).map(|(s, q)| (f64::from(i) / 100.0, s, q))).collect();
        let shares: Vec<(f64, f64)> = sweep.iter().map(|(_, s, q)| (*s, *q)).collect();
        let coarse = pgr_curve(&shares, 0.5, 0.9).as_deref().and_then(apgr);
        assert!(coarse.is_some_and(|v| (v - 5.0 / 6.0).abs() > 1e-3), "{coarse:?}");
        let found = recovered(&sweep, 0.5, 0.9, at).unwrap_or_default();
        assert!((found.apgr - 5.0 / 6.0).abs() < AREA_ERROR, "{found:?}");
        assert!(found.cpt50.is_some_and(|v| (v - 0.031_25).abs() < 1e-12), "{found:?}");
        assert!(found.cpt80.is_some_and(|v| (v - 0.327_68).abs() < 1e-12), "{found:?}");
        // A line with a kink between two settings: 0 → 0.8 at a share of 0.2005, then to 1.
        let kink =
            |share: f64| if share < 0.2005 { 0.8 * share / 0.2005 } else { 0.8 + 0.2 * (share - 0.2005) / 0.7995 };
        let at = |knob: f64| Some((knob, kink(knob)));
        let sweep: Vec<(f64, f64, f64)> =
            (0..=100).map(|i| f64::from(i) / 100.0).map(|share| (share, share, kink(share))).collect();
        let found = recovered(&sweep, 0.0, 1.0, at).unwrap_or_default();
        assert!((found.apgr - (0.4 * 0.2005 + 0.9 * 0.7995)).abs() < 1e-6, "{found:?}");
        assert!(recovered(&sweep[1..], 0.0, 1.0, at).is_none() && recovered(&sweep, 0.5, 0.5, at).is_none());
    }

    #[test]
    fn incremental_benefit_by_hand() {
        let (weak, strong) = (at(1.0, 0.6), at(5.0, 0.8));
        // IBC_base = .2/4 = .05; the point gains .15 for 1: IBC .15, Δ = 2.
        let delta = delta_ibc(at(2.0, 0.75), weak, strong);
        assert!(delta.is_some_and(|v| (v - 2.0).abs() < 1e-9), "{delta:?}");
        assert_eq!(incremental_benefit(weak, weak), None);
    }

    #[test]
    fn the_trap_by_hand() {
        let baseline = point(10.0, 50.0, 0.0);
        let routed = point(4.0, 74.0, 0.65);
        assert_eq!(trap_ratio(&routed, &baseline), Some(4.0));
        assert!(in_trap(&routed, &baseline));
        // 6 USD saved per 1,000; at 2 USD a failure, 3 failures in 1,000 eat it up.
        let gap = break_even_gap(&routed, &baseline, 2.0);
        assert!(gap.is_some_and(|g| (g - 0.003).abs() < 1e-15));
        // Eight failures more in 1,000 that cost 24 USD: 3 USD each, so 2 in 1,000 eat it up, whatever failures cost on average.
        let worse = Point { quality: 0.892, ..routed.clone() };
        let gap = break_even_gap(&worse, &baseline, 0.1);
        assert!(gap.is_some_and(|g| (g - 0.002).abs() < 1e-12), "{gap:?}");
        assert_eq!(break_even_gap(&routed, &baseline, 1e-320), None);
        let sweep = [
            point(10.0, 50.0, 0.0),
            point(9.0, 50.5, 0.1),
            point(8.0, 53.0, 0.2),
            point(7.0, 54.0, 0.3),
            point(6.0, 53.0, 0.4),
        ];
        assert_eq!(trap_zone(&sweep, &baseline), vec![[0.2, 0.3]]);
        assert_eq!(trap_ratio(&baseline, &baseline), None);
    }
}
