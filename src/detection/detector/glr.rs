use super::Detector;
use crate::detection::observation::Observation;

/// Generalised likelihood ratio: the largest log-likelihood ratio over every starting day in the window and every increase since
/// (Lorden, *Ann. Math. Statist.* 42, 1971; windows: Lai, *J. R. Statist. Soc. B* 57, 1995), nats.
#[derive(Clone, Debug)]
pub struct Glr {
    window: usize,
    /// The starting day whose place the next one takes.
    oldest: usize,
    /// Whether anything has come in since each starting day; the starting days in no order.
    seen: Vec<bool>,
    /// Sums since each starting day, one row a statistic: a loop over a row is several steps of the machine at once.
    sums: [Vec<f64>; ROWS],
    /// Rows that anything was added to.
    used: [bool; ROWS],
    /// What each starting day can say at most, nats.
    bounds: Vec<f64>,
}

/// Sufficient statistics of a stretch of days.
const ROWS: usize = 7;
const BAD: usize = 0;
const LABELS: usize = 1;
const EXPECTED: usize = 2;
const COUNT: usize = 3;
const MEAN: usize = 4;
const SCORE: usize = 5;
const INFORMATION: usize = 6;

/// Each family's maximum in closed form: `n·KL(p̂, p)`, `x ln(x/μ) − x + μ`, `A²/2B`; with a minus sign where less was observed than
/// expected, so that quiet stretches can be told apart.
fn log_likelihood_ratio(of: [f64; ROWS]) -> f64 {
    let term = |observed: f64, expected: f64| {
        if observed > 0.0 { observed * (observed / expected.max(1e-9)).ln() } else { 0.0 }
    };
    let [bad, labels, expected, count, mean, score, information] = of;
    let binomial = term(bad, expected) + term(labels - bad, labels - expected);
    let poisson = term(count, mean) - count + mean;
    let normal = if information > 0.0 { 0.5 * score * score / information } else { 0.0 };
    binomial.copysign(bad - expected) + poisson.copysign(count - mean) + normal.copysign(score)
}

/// What a log-likelihood ratio cannot exceed, found without a logarithm, nats: `n·KL(p̂, p) ≤ χ²`, and where less was observed than expected
/// `KL ≥ (μ − x)²/2μ` (Boucheron, Lugosi & Massart, *Concentration Inequalities*, 2013, chapters 2 and 4).
#[inline]
fn bound(observed: f64, expected: f64, variance: f64) -> f64 {
    let deviation = observed - expected;
    let square = deviation * deviation;
    let above = if variance > 0.0 { square / variance } else { f64::INFINITY };
    let below = if expected > 0.0 { -0.5 * square / expected } else { 0.0 };
    if deviation > 0.0 { above } else { below }
}

impl Glr {
    /// Over windows of up to `window_days` days.
    pub fn new(window_days: u32) -> Self {
        Self {
            window: window_days.max(1) as usize,
            oldest: 0,
            seen: Vec::new(),
            sums: std::array::from_fn(|_| Vec::new()),
            used: [false; ROWS],
            bounds: Vec::new(),
        }
    }

    /// Begins a stretch today, in the place of the oldest one.
    fn begin(&mut self) {
        if self.seen.len() < self.window {
            self.seen.push(false);
            for row in &mut self.sums {
                row.push(0.0);
            }
            return;
        }
        let place = self.oldest;
        self.oldest = (place + 1) % self.window;
        if let Some(seen) = self.seen.get_mut(place) {
            *seen = false;
        }
        for sum in self.sums.iter_mut().filter_map(|row| row.get_mut(place)) {
            *sum = 0.0;
        }
    }

    fn add(&mut self, observation: &Observation) {
        if observation.is_something() {
            self.seen.fill(true);
        }
        let mut to = |row: usize, value: f64| {
            self.used[row] = true;
            for sum in &mut self.sums[row] {
                *sum += value;
            }
        };
        match *observation {
            Observation::Binomial { bad, labels, rate, .. } => {
                to(BAD, bad);
                to(LABELS, labels);
                to(EXPECTED, labels * rate);
            }
            Observation::Poisson { count, exposure, rate, .. } => {
                to(COUNT, count);
                to(MEAN, exposure * rate);
            }
            Observation::Normal { value, mean, sd, level } if sd > 0.0 => {
                to(SCORE, (value - mean) * level / (sd * sd));
                to(INFORMATION, (level / sd).powi(2));
            }
            _ => {}
        }
    }

    /// Fills in what each stretch can say at most; a little more, for what rounding does to the ratio.
    fn bound(&mut self) {
        let Self { sums, bounds, .. } = self;
        bounds.clear();
        bounds.resize(sums[BAD].len(), 0.0);
        if self.used[LABELS] {
            let labels = sums[LABELS].iter().zip(&sums[EXPECTED]);
            for ((sum, bad), (labels, expected)) in bounds.iter_mut().zip(&sums[BAD]).zip(labels) {
                *sum += bound(*bad, *expected, expected * (labels - expected) / labels.max(f64::MIN_POSITIVE));
            }
        }
        if self.used[MEAN] {
            for ((sum, count), mean) in bounds.iter_mut().zip(&sums[COUNT]).zip(&sums[MEAN]) {
                *sum += bound(*count, *mean, *mean);
            }
        }
        if self.used[INFORMATION] {
            for ((sum, score), information) in bounds.iter_mut().zip(&sums[SCORE]).zip(&sums[INFORMATION]) {
                let most = 0.5 * score * score / information.max(f64::MIN_POSITIVE);
                *sum += if *information > 0.0 { most.copysign(*score) } else { 0.0 };
            }
        }
        for (bound, seen) in bounds.iter_mut().zip(&self.seen) {
            *bound = if *seen { *bound + 1e-9 * (1.0 + bound.abs()) } else { f64::NEG_INFINITY };
        }
    }

    /// Whether any stretch could say more than a floor: its bound, multiplied out, so that nothing is divided. A little less than the floor, for
    /// what rounding does.
    fn may_exceed(&self, floor: f64) -> bool {
        let floor = floor - 1e-8 * (1.0 + floor.abs());
        let [of_binomial, of_poisson, of_normal] = [LABELS, MEAN, INFORMATION].map(|row| self.used[row]);
        let [bad, labels, expected, count, mean, score, information] = &self.sums;
        let mut may = false;
        match (of_binomial, of_poisson, of_normal) {
            _ if floor <= 0.0 => return true,
            (true, false, false) => {
                for ((bad, labels), expected) in bad.iter().zip(labels).zip(expected) {
                    let deviation = bad - expected;
                    let variance = expected * (labels - expected);
                    may |= (deviation > 0.0) & (deviation * deviation * labels > floor * variance);
                }
            }
            (false, true, false) => {
                for (count, mean) in count.iter().zip(mean) {
                    let deviation = count - mean;
                    may |= (deviation > 0.0) & (deviation * deviation > floor * mean);
                }
            }
            (false, false, true) => {
                for (score, information) in score.iter().zip(information) {
                    may |= (*score > 0.0) & (0.5 * score * score > floor * information);
                }
            }
            (false, false, false) => {}
            // Streams are of one family; of more than one, bounds would add up.
            _ => return true,
        }
        may
    }

    fn ratio(&self, place: usize) -> f64 {
        log_likelihood_ratio(self.sums.each_ref().map(|row| row.get(place).copied().unwrap_or(0.0)))
    }
}

impl Detector for Glr {
    fn update(&mut self, observation: &Observation) -> f64 {
        self.update_above(observation, f64::NEG_INFINITY)
    }

    fn update_above(&mut self, observation: &Observation, floor: f64) -> f64 {
        self.begin();
        self.add(observation);
        if !self.may_exceed(floor) {
            return f64::NEG_INFINITY;
        }
        self.bound();
        // The stretch that could say most is looked at first: most others then need no logarithm.
        let bounds = self.bounds.iter().copied().enumerate().filter(|(place, _)| self.seen.get(*place) == Some(&true));
        let Some((first, _)) = bounds.clone().reduce(|best, next| if next.1 > best.1 { next } else { best }) else {
            return f64::NEG_INFINITY;
        };
        let mut most = f64::NEG_INFINITY.max(self.ratio(first));
        for (place, bound) in bounds {
            if bound > most && place != first {
                most = most.max(self.ratio(place));
            }
        }
        most
    }
}

chart! {
    GlrChart = "glr", "GLR", goes by ["window_days"], shows Days,
    "looks for the start and the size of a loss that fit the last days best: no size needs to be set.",
    |d| Glr::new(d.window_days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_finds_the_best_start_and_the_best_level() {
        let mut glr = Glr::new(3);
        let day = |bad| Observation::binomial(bad, 100.0, 0.1);
        for (bad, from) in [(5.0, Some((5.0, 100.0))), (20.0, Some((20.0, 100.0))), (15.0, Some((35.0, 200.0)))] {
            let expected = from.map_or(0.0, |(bad, labels): (f64, f64)| {
                let p: f64 = bad / labels;
                let divergence = labels * (p * (p / 0.1).ln() + (1.0 - p) * ((1.0 - p) / 0.9).ln());
                divergence.copysign(p - 0.1)
            });
            assert!((glr.update(&day(bad)) - expected).abs() < 1e-9, "{bad}");
        }
        // A normal stretch: A²/2B = (2 + 2)²/(2·2).
        let mut glr = Glr::new(2);
        let day = Observation::Normal { value: 2.0, mean: 0.0, sd: 1.0, level: 1.0 };
        glr.update(&day);
        assert!((glr.update(&day) - 4.0).abs() < 1e-12);
    }

    #[test]
    fn leaving_out_what_cannot_say_most_changes_nothing() {
        use rand::RngExt;
        let address = crate::simulation::random::Address {
            seed: 11,
            replicate: 0,
            day: 0,
            purpose: crate::simulation::random::Purpose::Study,
        };
        let mut rng = address.generator(0);
        for (labels, rate) in [(20.0_f64, 0.05_f64), (200.0, 0.02), (8000.0, 0.3), (5.0, 0.6), (3.0, 0.0)] {
            let (mut binomial, mut poisson) = (Glr::new(28), Glr::new(28));
            let (mut all_binomial, mut all_poisson): (Vec<Observation>, Vec<Observation>) = Default::default();
            let mut floors = [0.5, 2.0, -1.0, 4.0, 0.0].into_iter().cycle();
            for _ in 0..400 {
                let throw: f64 = rng.random();
                let bad = (labels * (rate + 0.3 * (throw - 0.45) * rate.max(0.01))).clamp(0.0, labels).round();
                let day = [Observation::binomial(bad, labels, rate), Observation::poisson(bad, labels, rate)];
                for ((glr, all), day) in
                    [(&mut binomial, &mut all_binomial), (&mut poisson, &mut all_poisson)].into_iter().zip(day)
                {
                    all.push(day);
                    let first = all.len().saturating_sub(28);
                    let stretch = |from: usize| {
                        let mut sums = [0.0; ROWS];
                        for day in &all[from..] {
                            match *day {
                                Observation::Binomial { bad, labels, rate, .. } => {
                                    sums[BAD] += bad;
                                    sums[LABELS] += labels;
                                    sums[EXPECTED] += labels * rate;
                                }
                                Observation::Poisson { count, exposure, rate, .. } => {
                                    sums[COUNT] += count;
                                    sums[MEAN] += exposure * rate;
                                }
                                _ => {}
                            }
                        }
                        log_likelihood_ratio(sums)
                    };
                    let most = (first..all.len()).map(stretch).fold(f64::NEG_INFINITY, f64::max);
                    let floor = floors.next().unwrap_or(0.0);
                    let above = glr.clone().update_above(&day, floor);
                    assert_eq!(above.max(floor).to_bits(), most.max(floor).to_bits(), "{labels}, {rate}, {floor}");
                    assert_eq!(glr.update(&day).to_bits(), most.to_bits(), "{labels}, {rate}");
                }
            }
        }
    }
}
