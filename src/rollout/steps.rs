//! The steps of a rollout, in whole days of the horizon.

use crate::model::{Policy, Rollout};

/// One step as it is planned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The day that the file gives it.
    pub day: f64,
    /// The share of the traffic that the file gives it.
    pub share: f64,
    /// The share that is really routed: less the holdback.
    pub routed: f64,
    /// First whole day.
    pub first_day: u32,
    /// Whole days until the next step, or until the horizon.
    pub days: u32,
}

impl Step {
    /// Its days.
    pub fn range(&self) -> std::ops::Range<usize> {
        self.first_day as usize..(self.first_day + self.days) as usize
    }

    /// Shares of the traffic of the two arms: the routed one, and the rest.
    pub fn arms(&self) -> [f64; 2] {
        [self.routed, 1.0 - self.routed]
    }
}

/// The steps of a policy's rollout within a horizon, days; `None` where it does not come in steps.
pub fn steps(policy: &Policy, horizon: u32) -> Option<Vec<Step>> {
    let Some(Rollout::Steps(steps)) = &policy.rollout else { return None };
    // A share is in force on the days that are not before its day.
    let whole = |day: f64| day.ceil().clamp(0.0, f64::from(horizon)) as u32;
    let ends = steps.iter().skip(1).map(|(day, _)| whole(*day)).chain([horizon]);
    let of = |(&(day, share), end): (&(f64, f64), u32)| {
        let first_day = whole(day);
        let routed = share * (1.0 - policy.holdback);
        Step { day, share, routed, first_day, days: end.saturating_sub(first_day) }
    };
    Some(steps.iter().zip(ends).map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::routed_share;

    #[test]
    fn steps_are_the_shares_of_the_timeline() {
        let rollout = Some(Rollout::Steps(vec![(2.0, 0.05), (7.5, 0.3), (7.9, 0.4), (20.0, 1.0)]));
        let policy = Policy { rollout, holdback: 0.1, ..Policy::default() };
        let steps = steps(&policy, 30).unwrap_or_default();
        assert_eq!(
            steps.iter().map(|s| (s.first_day, s.days)).collect::<Vec<_>>(),
            [(2, 6), (8, 0), (8, 12), (20, 10)]
        );
        for day in 0..30_u32 {
            let here = steps.iter().find(|step| step.range().contains(&(day as usize)));
            assert!((here.map_or(0.0, |step| step.routed) - routed_share(&policy, day)).abs() < 1e-15, "day {day}");
        }
    }
}
