//! What the window and pictures show of a decision: which options, under which names, and each in plain words.

use super::decide::{self, name, policy, watched};
use super::sentence::{self, gain, percent, usd};
use crate::decision::choose::{Choice, Decision, Figures, Watched};
use crate::model::Scenario;

/// Options of one policy that a picture shows at the most, beside those that it must show.
const MOST_OF_A_POLICY: usize = 2;
/// Options that nobody can have, which a picture shows at the most.
const MOST_UNREAL: usize = 2;
/// Options that a picture is made to fit, the best first, beside those that are named.
const FITTED: usize = 5;

/// An option of a picture: its place in the decision, what it is, and what it comes to.
pub struct Shown<'d> {
    /// Place in the decision.
    pub index: usize,
    /// The option.
    pub choice: &'d Choice,
    /// What it comes to.
    pub figures: &'d Figures,
}

/// The options worth a picture, in their order: of each policy the best few and the unwatched one as the scenario has it, and those that are
/// named. Staying on the baseline is the line at zero.
pub fn shown(decision: &Decision) -> Vec<Shown<'_>> {
    let known = decision.options.iter().enumerate().filter_map(|(index, choice)| {
        let figures = choice.figures.as_ref().ok()?;
        Some(Shown { index, choice, figures })
    });
    // Policies of the options kept; those that nobody can have are counted together.
    let mut kept: Vec<Option<usize>> = Vec::new();
    known
        .filter(|Shown { index, choice, figures }| {
            let group = choice.is_real.then_some(choice.policy);
            let most = if choice.is_real { MOST_OF_A_POLICY } else { MOST_UNREAL };
            let is_named = *index == decision.best || *index == decision.cautious;
            let is_plain = choice.watched == Watched::NotAtAll && choice.knob_is_own;
            let is_among_the_best = kept.iter().filter(|other| **other == group).count() < most;
            if is_among_the_best {
                kept.push(group);
            }
            // A setting at which nothing is routed is the baseline itself.
            let is_nothing = choice.watched == Watched::NotAtAll
                && !choice.knob_is_own
                && figures.value_by_world_usd.iter().all(|usd| *usd == 0.0);
            choice.watched != Watched::Stay && (is_named || (!is_nothing && (is_among_the_best || is_plain)))
        })
        .collect()
}

/// From which value to which a picture reaches, USD: it fits the best options, those that are named, and zero. Bad options can be a hundred times
/// as bad as the best are good; what lies outside is cut off.
pub fn range(decision: &Decision, shown: &[Shown<'_>]) -> [f64; 2] {
    let is_fitted =
        |(place, s): &(usize, &Shown<'_>)| *place < FITTED || s.index == decision.best || s.index == decision.cautious;
    let fitted = shown.iter().enumerate().filter(is_fitted);
    let ends = fitted.flat_map(|(_, s)| [s.figures.quantiles_usd[0], s.figures.value_usd, s.figures.quantiles_usd[2]]);
    let [low, high] =
        ends.filter(|usd| usd.is_finite()).fold([0.0_f64; 2], |[low, high], usd| [low.min(usd), high.max(usd)]);
    let room = 0.05 * if high > low { high - low } else { 1.0 };
    [low - room, high + room]
}

/// What a picture's signs mean, those of them that are in it.
pub fn note(decision: &Decision, shown: &[Shown<'_>]) -> String {
    let mut note = "Bar: 5 to 95 % of the runs. Mark: the mean.".to_owned();
    let [low, high] = range(decision, shown);
    if shown.iter().any(|s| s.figures.quantiles_usd[0] < low || s.figures.quantiles_usd[2] > high) {
        note.push_str(" Arrow: it goes on outside.");
    }
    if shown.iter().any(|s| !s.choice.is_real) {
        note.push_str(" Faint: nobody can have it, to compare with.");
    }
    match left_out(decision) {
        0 => {}
        n => note.push_str(&format!(" {} more in the table.", sentence::grouped(n as f64))),
    }
    note
}

/// What the line at zero is.
pub fn at_zero(decision: &Decision) -> String {
    let stay = decision.options.iter().position(|choice| choice.watched == Watched::Stay);
    match stay.map_or("", |index| verdict(decision, index)) {
        "" => "stay on the baseline".to_owned(),
        verdict => format!("stay on the baseline ({verdict})"),
    }
}

/// How many options that are known a picture leaves out.
pub fn left_out(decision: &Decision) -> usize {
    let known = decision.options.iter().filter(|c| c.figures.is_ok() && c.watched != Watched::Stay).count();
    known.saturating_sub(shown(decision).len())
}

/// What is said under the name of an option's policy in a picture: how it is watched, short.
pub fn watch(scenario: &Scenario, choice: &Choice) -> String {
    match choice.watched {
        Watched::Stay => "the baseline".to_owned(),
        Watched::NotAtAll => "not watched".to_owned(),
        Watched::Monitor(_) | Watched::Plan(_) => watched(scenario, choice),
    }
}

/// An option on one line.
pub fn line(scenario: &Scenario, choice: &Choice) -> String {
    match choice.watched {
        Watched::Stay => format!("Stay on {}", policy(scenario, choice)),
        _ => format!("{} · {}", policy(scenario, choice), watch(scenario, choice)),
    }
}

/// Which of the two named options this is, in a word.
pub fn verdict(decision: &Decision, index: usize) -> &'static str {
    match (index == decision.best, index == decision.cautious) {
        (true, true) => "take this, cautious",
        (true, false) => "take this",
        (false, true) => "cautious",
        (false, false) => "",
    }
}

/// What an option is worth, in plain words.
pub fn told(scenario: &Scenario, decision: &Decision, choice: &Choice) -> String {
    let figures = match &choice.figures {
        Ok(figures) => figures,
        Err(why) => return format!("It cannot be studied: {why}"),
    };
    if choice.watched == Watched::Stay {
        return "Everything is counted from this: it is worth 0 USD, whatever happens.".to_owned();
    }
    let mut said: Vec<String> = decide::setting(scenario, choice).into_iter().collect();
    let days = decision.days;
    let [launch, production] = figures.value_by_world_usd.map(worth);
    if decision.change_probability > 0.0 {
        said.push(format!(
            "If nothing changes, it is {launch} the baseline over {days} days. If the change comes, it is {production} the baseline."
        ));
        said.push(format!(
            "With a chance of {} that the change comes: {} USD on average.",
            percent(decision.change_probability, 0),
            gain(figures.value_usd)
        ));
    } else {
        said.push(format!("Over {days} days it is {launch} the baseline: nothing changes in this scenario."));
    }
    said.push(format!(
        "In the worst 5 % of the runs it comes to {} USD or less, in the best 5 % to {} USD or more.",
        gain(figures.quantiles_usd[0]),
        gain(figures.quantiles_usd[2])
    ));
    if let Some(days) = figures.days_to_acting {
        said.push(format!(
            "In half of the runs it is taken back within {} days of the onset.",
            sentence::fixed(days, 0)
        ));
    }
    if !choice.is_real {
        said.push("Nobody can have it: it is here to compare with.".to_owned());
    }
    said.join(" ")
}

/// "12,000 USD better than".
fn worth(value_usd: f64) -> String {
    match value_usd {
        v if v > 0.0 => format!("{} USD better than", usd(v)),
        v if v < 0.0 => format!("{} USD worse than", usd(-v)),
        _ => "worth the same as".to_owned(),
    }
}

/// An option for whoever cannot see the picture.
pub fn spoken(scenario: &Scenario, decision: &Decision, index: usize) -> String {
    let Some(choice) = decision.options.get(index) else { return String::new() };
    let what = line(scenario, choice);
    let verdict = match verdict(decision, index) {
        "" => String::new(),
        verdict => format!(" ({verdict})"),
    };
    match &choice.figures {
        Ok(figures) => format!(
            "{what}{verdict}: worth {} USD, 5 to 95 %: {} to {}",
            gain(figures.value_usd),
            gain(figures.quantiles_usd[0]),
            gain(figures.quantiles_usd[2])
        ),
        Err(_) => format!("{what}: cannot be studied"),
    }
}

/// An option as a line of the table.
pub fn cells(scenario: &Scenario, choice: &Choice) -> Vec<String> {
    decide::cells(scenario, choice)
}

/// What is said of an option when it is taken.
pub fn taken(scenario: &Scenario, choice: &Choice) -> String {
    match choice.watched {
        Watched::Stay => "The baseline is as it is: nothing to change".to_owned(),
        _ => format!("In the scenario now: {}", name(scenario, choice)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::choose;

    fn option(policy: usize, watched: Watched, value_usd: f64, is_real: bool) -> Choice {
        let figures = Figures {
            false_alarms_budget: None,
            thresholds: Vec::new(),
            value_usd,
            value_se_usd: 1.0,
            quantiles_usd: [value_usd - 10.0, value_usd, value_usd + 10.0],
            outline_usd: [value_usd; choose::OUTLINE],
            value_by_world_usd: [value_usd + 5.0, value_usd - 5.0],
            loses: 0.1,
            days_to_acting: Some(9.0),
            acts: 0.0,
            damage_usd: 1.0,
            watching_usd: 1.0,
            investigating_usd: 0.0,
            false_alarms: (0.0, [0.0, 0.1]),
            quality_at_end: 0.9,
            runs: 100,
        };
        Choice { policy, knob: None, knob_is_own: true, watched, is_real, figures: Ok(figures) }
    }

    #[test]
    fn a_picture_shows_the_best_of_each_policy_and_never_hides_what_is_named_or_unwatched() {
        let mut options = vec![option(0, Watched::Stay, 0.0, true), option(1, Watched::NotAtAll, -500.0, true)];
        options.extend((0..8).map(|i| option(1, Watched::Monitor(i), 100.0 - i as f64, true)));
        options.extend((0..8).map(|i| option(2, Watched::Monitor(i), 50.0 - i as f64, true)));
        options.push(option(2, Watched::Monitor(9), 120.0, false));
        options.push(Choice { figures: Err("no such thing".to_owned()), ..option(1, Watched::Monitor(9), 0.0, true) });
        let decision = choose::decide(options, 0.5, 180, false);
        let shown = shown(&decision);
        let of = |policy: usize| shown.iter().filter(|s| s.choice.policy == policy && s.choice.is_real).count();
        assert_eq!((of(0), of(1), of(2)), (0, 3, 2));
        // The bad one is cut off.
        assert_eq!(range(&decision, &shown), [-6.5, 136.5]);
        assert!(shown.iter().any(|s| s.choice.watched == Watched::NotAtAll));
        assert!(shown.iter().any(|s| s.index == decision.best) && shown.iter().any(|s| !s.choice.is_real));
        assert_eq!(left_out(&decision), 18 - shown.len());
        let values: Vec<f64> = shown.iter().map(|s| s.figures.value_usd).collect();
        assert!(values.windows(2).all(|pair| pair[0] >= pair[1]), "{values:?}");
        let scenario = Scenario::default();
        let best = &decision.options[decision.best];
        let told = told(&scenario, &decision, best);
        assert!(told.contains("If the change comes, it is 95.00 USD better than the baseline"), "{told}");
        assert!(spoken(&scenario, &decision, decision.best).contains("take this"));
    }
}
