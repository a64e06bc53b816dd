//! The monitors that were ticked.

use super::answers::{Answers, Watch, Watching};
use super::build::judge_usd;
use super::typical;
use crate::detection::detector::{CusumChart, ShewhartChart, WeeklyZChart};
use crate::detection::monitor::{Churn, Csat, HumanReview, Judge, RegressionSuite, ThumbsDown, Tickets};
use crate::entry::written;
use crate::model::{Detector, Monitor, Scenario, Strata};

fn weekly(window_days: u32) -> Option<Detector> {
    Some(Detector { window_days, ..Detector::new(WeeklyZChart {}) })
}

fn cusum(ratio: f64) -> Option<Detector> {
    Some(Detector { ratio, ..Detector::new(CusumChart {}) })
}

/// Puts the monitors into the scenario.
pub(super) fn monitors(scenario: &mut Scenario, answers: &Answers, assumptions: &mut Vec<String>) {
    let usual = || {
        assumptions.push("How answers are watched was not said: thumbs-down, tickets by model and people who read some answers are assumed.".to_owned());
        let watch = |kind| Watch { kind, labels_a_day: None };
        Watching::USUAL.map(watch).to_vec()
    };
    let ticked: Vec<Watch> = answers.watch.clone().unwrap_or_else(usual);
    let judge_usd = judge_usd(scenario);
    let [read, graded] = typical::LABELS_A_DAY;
    let mut people = false;
    for kind in Watching::ALL {
        let Some(watch) = ticked.iter().find(|watch| watch.kind == *kind) else { continue };
        let per_day = |usual: f64| watch.labels_a_day.unwrap_or(usual);
        // People with the answer before them see most wrong answers, but not those that read well.
        let review = |name: &str, strata, detector| Monitor {
            strata,
            per_day: per_day(read),
            sensitivity: 0.8,
            sensitivity_hidden: Some(0.4),
            specificity: 0.98,
            usd_each: 2.0,
            delay_days: 2.0,
            detector,
            ..Monitor::new(name, HumanReview {})
        };
        scenario.monitors.push(match kind {
            Watching::PeopleRead => review("People read some answers", Strata::All, weekly(7)),
            Watching::PeopleReadByModel => review("People read answers, by model", Strata::Tier, cusum(1.5)),
            Watching::JudgeModel => Monitor {
                strata: Strata::Tier,
                per_day: per_day(graded),
                sensitivity: 0.7,
                sensitivity_hidden: Some(0.45),
                specificity: 0.95,
                usd_each: judge_usd,
                detector: cusum(1.3),
                ..Monitor::new("A judge model, by model", Judge {})
            },
            Watching::ThumbsDown => Monitor { detector: weekly(7), ..Monitor::new("Thumbs-down", ThumbsDown {}) },
            Watching::Tickets => Monitor { detector: weekly(7), ..Monitor::new("Tickets", Tickets {}) },
            Watching::TicketsByModel => Monitor {
                strata: Strata::Tier,
                usd_per_day: 20.0,
                detector: cusum(1.3),
                ..Monitor::new("Tickets, by model", Tickets {})
            },
            Watching::Survey => Monitor { detector: weekly(28), ..Monitor::new("Satisfaction survey", Csat {}) },
            Watching::TestSuite => Monitor {
                cases: 1000,
                every_days: 7,
                usd_each: 0.02,
                sensitivity: 0.8,
                specificity: 0.98,
                detector: Some(Detector::new(ShewhartChart {})),
                ..Monitor::new("Test questions", RegressionSuite {})
            },
            Watching::LostCustomers => {
                Monitor { delay_days: 25.0, detector: weekly(28), ..Monitor::new("Lost customers", Churn {}) }
            }
        });
        people |= matches!(kind, Watching::PeopleRead | Watching::PeopleReadByModel);
        if kind.has_labels() && watch.labels_a_day.is_none() {
            let usual = if *kind == Watching::JudgeModel { graded } else { read };
            assumptions.push(format!("\"{}\": {} answers a day are assumed.", kind.told(), written(usual)));
        }
    }
    if people {
        assumptions.push(
            "People who read answers are assumed to see four of five wrong ones, but only two of five where the question was harder than it looked. An \
             answer takes 2 USD of their time."
                .to_owned(),
        );
    }
}
