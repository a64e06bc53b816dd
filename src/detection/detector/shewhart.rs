use super::Detector;
use crate::detection::observation::Observation;

/// Shewhart chart: the day's deviation in standard deviations, and nothing of the days before (Shewhart, *Economic
/// Control of Quality of Manufactured Product*, 1931).
#[derive(Clone, Copy, Debug, Default)]
pub struct Shewhart;

impl Detector for Shewhart {
    fn update(&mut self, observation: &Observation) -> f64 {
        observation.z().unwrap_or(0.0)
    }
}

chart! {
    ShewhartChart = "shewhart", "Shewhart", goes by [], shows None,
    "each day alone: quick with large jumps, blind to small ones.",
    |_| Shewhart
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_sees_one_day() {
        let today = Observation::Normal { value: 7.0, mean: 1.0, sd: 2.0, level: 1.0 };
        assert!((Shewhart.update(&today) - 3.0).abs() < 1e-12);
        assert!(Shewhart.update(&Observation::None).abs() < 1e-12);
    }
}
