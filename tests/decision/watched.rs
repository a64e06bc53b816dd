//! The flagship with a gate and a response: its description says what both are worth, and this holds it to that.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use crate::common;
use paretoscope::decision::choose::{Figures, Watched};
use paretoscope::frontier::Stages;
use paretoscope::jobs::{self, Control, DecideOptions};
use paretoscope::model::Scenario;
use paretoscope::scenario::library;
use paretoscope::simulation::world::World;

/// Standard errors by which a simulated mean may be off the figure told: beyond them is once in 16,000 times.
const STANDARD_ERRORS: f64 = 4.0;

fn watched() -> Scenario {
    common::shipped(library::find("support-agent-watched").unwrap())
}

#[test]
fn it_is_the_flagship_but_for_gate_and_response() {
    let (mut flagship, mut watched) = (common::flagship(), watched());
    // What is asked of the flagship's numbers is asked of them there.
    (flagship.ranges, flagship.correlations, flagship.sweeps, flagship.known) = Default::default();
    assert!(watched.response.take().is_some());
    assert!((watched.study.change_probability - flagship.study.change_probability).abs() < 1e-12);
    let classifier = watched.policy_index("Classifier").unwrap();
    assert!(watched.policies[classifier].gate.take().is_some());
    (watched.name, watched.description, watched.source) =
        (flagship.name.clone(), flagship.description.clone(), flagship.source.clone());
    assert!(watched == flagship, "another figure differs");
}

#[test]
fn gate_and_monitor_are_worth_what_the_description_says() {
    let mut scenario = watched();
    let description = scenario.description.clone();
    let tells = |figure: &str| assert!(description.contains(figure), "the description does not say \"{figure}\"");
    let chance = scenario.study.change_probability;
    // The description is about one policy; options of the others would be worked out for nothing.
    scenario.policies.retain(|policy| ["All capable", "Classifier"].contains(&policy.name.as_str()));
    let world = World::compile(&scenario).unwrap();
    let policy = scenario.policy_index("Classifier").unwrap();

    let gated = jobs::rollout(&world, policy, 1000, &Control::new()).unwrap();
    // Unwatched and by the calendar it is an exact sum; the description has three digits of it.
    tells("loses 1.42 million USD");
    let ungated = (1.0 - chance) * gated.ungated[0].value_usd + chance * gated.ungated[1].value_usd;
    assert!((ungated + 1_420_000.0).abs() < 5_000.0, "{ungated}");
    tells("stops the rollout at its first step");
    tells("the loss is about 2,900 USD");
    let (_, worlds) = gated.gate.as_ref().unwrap();
    for world in worlds {
        assert!(world.stopped_at[0].rate > 0.99, "{:?}", world.stopped_at);
        let off = (world.value_usd + 2_900.0).abs();
        assert!(off < 50.0 + STANDARD_ERRORS * world.value_se_usd, "{} ± {}", world.value_usd, world.value_se_usd);
    }

    let stages = Stages::new(&world).unwrap();
    let options = DecideOptions { replicates: 400, ..DecideOptions::of(&world.scenario) };
    let decision = jobs::decide(&stages, &options, &Control::new(), |_| {}).unwrap();
    let own = || decision.options.iter().filter(|choice| choice.policy == policy && choice.knob_is_own);
    let unwatched = own().find(|choice| choice.watched == Watched::NotAtAll).unwrap().figures.as_ref().unwrap();
    // Two ways to the same sum.
    assert!((unwatched.value_usd / ungated - 1.0).abs() < 1e-4, "{} {ungated}", unwatched.value_usd);
    tells("tickets per tier, brings that down to 0.65 million");
    let of = |name: &str| -> &Figures {
        let monitor = Watched::Monitor(scenario.monitors.iter().position(|m| m.name == name).unwrap());
        own().find(|choice| choice.watched == monitor).unwrap().figures.as_ref().unwrap()
    };
    let tickets = of("Tickets, per tier");
    let off = (tickets.value_usd + 650_000.0).abs();
    assert!(off < 5_000.0 + STANDARD_ERRORS * tickets.value_se_usd, "{} ± {}", tickets.value_usd, tickets.value_se_usd);
    // The best that can be had, beyond chance: options come by decreasing value.
    let best = own().find(|choice| choice.is_real && matches!(choice.watched, Watched::Monitor(_))).unwrap();
    assert!(tickets.value_usd > best.figures.as_ref().unwrap().value_usd - STANDARD_ERRORS * tickets.value_se_usd);
    tells("it loses money in every run");
    // None of 800 runs: a share that is seen so seldom is below one in a hundred.
    assert!(tickets.loses > 0.99, "{}", tickets.loses);
    tells("20 days after the onset");
    assert!((tickets.days_to_acting.unwrap() - 20.0).abs() <= 2.0, "{:?}", tickets.days_to_acting);
}
