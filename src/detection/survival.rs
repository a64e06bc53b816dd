//! Times that end in an event or are cut off before it.

/// One subject: how long it was watched, and whether that ended in the event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Time {
    /// Time from the start, any unit.
    pub time: f64,
    /// The event happened; otherwise the time is censored.
    pub event: bool,
}

/// A step of a survival curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Time of one or more events.
    pub time: f64,
    /// Share that the event has not reached by then.
    pub survival: f64,
    /// Standard error (Greenwood).
    pub standard_error: f64,
    /// Bounds of the pointwise 95 % interval.
    pub interval: (f64, f64),
}

/// A Kaplan–Meier curve.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    /// Steps in the order of time; before the first one the survival is 1.
    pub steps: Vec<Step>,
}

/// Normal quantile of a 95 % interval.
const Z95: f64 = 1.959_963_984_540_054;

impl Curve {
    /// The product-limit estimate (Kaplan & Meier, *J. Amer. Statist. Assoc.* 53, 1958) with Greenwood's variance (1926) and intervals on the
    /// log–log scale (Kalbfleisch & Prentice, *The Statistical Analysis of Failure Time Data*, §1.4), which stay within 0..1. Events come
    /// before censoring at the same time.
    pub fn kaplan_meier(times: &[Time]) -> Self {
        let mut sorted = times.to_vec();
        sorted.sort_by(|a, b| a.time.total_cmp(&b.time));
        let mut at_risk = sorted.len() as f64;
        let (mut survival, mut greenwood) = (1.0, 0.0);
        let mut steps = Vec::new();
        for group in sorted.chunk_by(|a, b| a.time.total_cmp(&b.time).is_eq()) {
            let events = group.iter().filter(|t| t.event).count() as f64;
            if events > 0.0 {
                survival *= 1.0 - events / at_risk;
                greenwood += events / (at_risk * (at_risk - events));
                let standard_error = if survival > 0.0 { survival * greenwood.sqrt() } else { 0.0 };
                let interval = if survival > 0.0 && survival < 1.0 {
                    let spread = (Z95 * greenwood.sqrt() / survival.ln()).exp();
                    let (low, high) = (survival.powf(1.0 / spread), survival.powf(spread));
                    (low.min(high), low.max(high))
                } else {
                    (survival, survival)
                };
                steps.push(Step { time: group[0].time, survival, standard_error, interval });
            }
            at_risk -= group.len() as f64;
        }
        Self { steps }
    }

    /// Survival just after `time`.
    pub fn at(&self, time: f64) -> f64 {
        self.steps.iter().take_while(|s| s.time <= time).last().map_or(1.0, |s| s.survival)
    }

    /// First time by which at least `share` have had the event; `None`: not reached.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        // Survival never rises.
        let first = self.steps.partition_point(|s| s.survival > 1.0 - share + 1e-12);
        self.steps.get(first).map(|s| s.time)
    }

    /// 95 % interval of a quantile: the times at which the band crosses it (Brookmeyer & Crowley, *Biometrics* 38, 1982). An end that the band
    /// does not cross is `None`.
    pub fn quantile_interval(&self, share: f64) -> (Option<f64>, Option<f64>) {
        let left = 1.0 - share + 1e-12;
        let low = self.steps.iter().find(|s| s.interval.0 <= left).map(|s| s.time);
        let high = self.steps.iter().find(|s| s.interval.1 <= left).map(|s| s.time);
        (low, high)
    }

    /// Area under the curve up to `limit`: the mean of the time, cut off there; with its standard error
    /// (`Var = Σ Aᵢ²·dᵢ/(nᵢ(nᵢ − dᵢ))`, `Aᵢ` the area right of step `i`: Klein & Moeschberger, *Survival Analysis*, §4.5).
    pub fn restricted_mean(&self, limit: f64) -> (f64, f64) {
        let steps: Vec<&Step> = self.steps.iter().take_while(|s| s.time < limit).collect();
        let mut variance = 0.0;
        let mut right = 0.0;
        for (i, step) in steps.iter().enumerate().rev() {
            let until = steps.get(i + 1).map_or(limit, |s| s.time);
            right += step.survival * (until - step.time);
            let cumulative = |s: Option<&&Step>| s.map_or(0.0, |s| (s.standard_error / s.survival.max(1e-300)).powi(2));
            if step.survival > 0.0 {
                let before = i.checked_sub(1).and_then(|i| steps.get(i));
                variance += right * right * (cumulative(Some(step)) - cumulative(before));
            }
        }
        let first = steps.first().map_or(limit, |s| s.time);
        (first + right, variance.max(0.0).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Weeks of remission under 6-mercaptopurine (Freireich et al., *Blood* 21, 1963), the worked example of Kaplan–Meier in many textbooks.
    fn remission() -> Vec<Time> {
        let events = [6, 6, 6, 7, 10, 13, 16, 22, 23];
        let censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35];
        let time = |event| move |t: i32| Time { time: f64::from(t), event };
        events.map(time(true)).into_iter().chain(censored.map(time(false))).collect()
    }

    #[test]
    fn it_reproduces_the_published_table() {
        // Cox & Oakes, *Analysis of Survival Data*, Table 4.1; standard errors by Greenwood.
        let published = [
            (6.0, 0.857, 0.0764),
            (7.0, 0.807, 0.0869),
            (10.0, 0.753, 0.0963),
            (13.0, 0.690, 0.1068),
            (16.0, 0.627, 0.1141),
            (22.0, 0.538, 0.1282),
            (23.0, 0.448, 0.1346),
        ];
        let curve = Curve::kaplan_meier(&remission());
        assert_eq!(curve.steps.len(), published.len());
        for (step, (time, survival, error)) in curve.steps.iter().zip(published) {
            assert!((step.time - time).abs() < 1e-12);
            assert!((step.survival - survival).abs() < 6e-4 && (step.standard_error - error).abs() < 6e-5, "{step:?}");
        }
        assert_eq!(curve.quantile(0.5), Some(23.0));
        assert_eq!(curve.quantile(0.25), Some(13.0));
        assert_eq!(curve.quantile(0.75), None);
    }

    #[test]
    fn the_restricted_mean_is_the_area() {
        let curve = Curve::kaplan_meier(&remission());
        // By hand from the products: 6 + 1·18/21 + 3·0.806723 + 3·0.752941 + 3·0.690196 + 6·0.627451 + 1·0.537815 + 12·0.448179.
        let (mean, error) = curve.restricted_mean(35.0);
        assert!((mean - 23.2874).abs() < 1e-3, "{mean}");
        // As survfit of R's package survival prints it: rmean 23.29, se 2.83.
        assert!((error - 2.83).abs() < 6e-3, "{error}");
        // Without censoring it is the plain mean.
        let times: Vec<Time> = [1.0, 2.0, 6.0].map(|time| Time { time, event: true }).to_vec();
        assert!((Curve::kaplan_meier(&times).restricted_mean(10.0).0 - 3.0).abs() < 1e-12);
    }

    #[test]
    fn all_censored_and_nobody_at_all() {
        let censored = vec![Time { time: 5.0, event: false }; 4];
        for times in [censored, Vec::new()] {
            let curve = Curve::kaplan_meier(&times);
            assert!(curve.steps.is_empty() && curve.quantile(0.5).is_none());
            assert_eq!(curve.quantile_interval(0.5), (None, None));
            assert_eq!(curve.restricted_mean(9.0), (9.0, 0.0));
        }
    }

    #[test]
    fn everybody_at_once() {
        let curve = Curve::kaplan_meier(&[Time { time: 0.0, event: true }; 3]);
        assert_eq!(curve.quantile(0.5), Some(0.0));
        let (mean, error) = curve.restricted_mean(10.0);
        assert!(mean.abs() < 1e-12 && error.abs() < 1e-12);
    }
}
