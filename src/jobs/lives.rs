//! One run as each monitor, and the people who react to its alarms, make it.

use super::desk::{response_of, worths};
use super::pool::{Control, JobError};
use super::study::Detection;
use crate::decision::diary::{Lived, Lives, so_far_usd};
use crate::decision::response::{Reaction, Stakes};
use crate::decision::worth::{Ledger, Setting};
use crate::detection::monitor::Every;
use crate::detection::race::{Phase, Race, Role};
use crate::detection::study::{self, Study};
use crate::frontier::Stages;

/// Lives through one production run under each monitor of some studies of a policy, at their thresholds. Where the scenario says nothing of a
/// response, the format's defaults are assumed.
///
/// # Errors
/// When the scenario cannot be simulated, or the job was cancelled.
pub fn lives(
    stages: &Stages<'_>,
    policy: usize,
    replicate: u32,
    studies: &[Study],
    control: &Control,
) -> Result<Lives, JobError> {
    let world = stages.launch.world;
    let scenario = &world.scenario;
    let (response, action) = response_of(stages);
    let own = |policy: usize| Setting { policy, knob: None };
    let settings = std::iter::once(policy).chain(action).map(own).collect();
    let mut worths = worths(&Ledger::new(stages, settings, None)?, control)?.into_iter();
    let worth = worths.next().ok_or_else(|| JobError::Panicked("the policy has no worth".to_owned()))?;
    let of_action = worths.next().map(|of_action| of_action.in_place_of(&worth));
    // With all that a study's race has in it: what a signal shows depends on its place.
    let race = Race::new(stages, policy, scenario.monitors.clone(), true)?;
    let Detection { race, assembled, .. } = Detection::of(race, policy, Vec::new(), control)?;
    let drawn = race.replicate(&assembled, Phase::Production, replicate);
    let reaction = Reaction::new(&response, scenario.traffic.days, world.change_day());
    let live = |study: &Study| -> Vec<Lived> {
        let of = |result: &study::MonitorResult| {
            let definition = scenario.monitors.get(result.monitor)?;
            let contestant = race.contestant(result.monitor, Role::Itself);
            let alarm_from = |from: u32| match contestant {
                Some(contestant) => {
                    drawn.first_alarm(&mut drawn.charts(contestant, from), result.outcome.threshold, u32::MAX)
                }
                None if definition.kind.is::<Every>() => {
                    Some(from.saturating_add(definition.every_days.max(1).saturating_sub(1)))
                }
                None => None,
            };
            let life = reaction.live(&mut Reaction::luck(scenario.seed, drawn.number), alarm_from);
            let (_, usd_per_day) = study::price(&race, &assembled, result.monitor, definition);
            let stakes = Stakes { policy: &worth, action: of_action.as_ref(), usd_per_day };
            let so_far_usd = so_far_usd(&reaction, &life, &stakes, true);
            Some(Lived { monitor: result.monitor, life, so_far_usd })
        };
        study.monitors.iter().filter_map(of).collect()
    };
    let days = scenario.traffic.days;
    Ok(Lives {
        policy,
        replicate,
        action: action.and_then(|i| scenario.policies.get(i)).map_or(&scenario.baseline, |p| &p.name).clone(),
        unwatched_usd: (1..=days).map(|until| worth.between_usd(true, 0, until)).collect(),
        at: studies.iter().map(|study| (study.false_alarms, live(study))).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::response::State;
    use crate::decision::worth::Worth;
    use crate::jobs::pool;
    use crate::model::Response;
    use crate::scenario::{library, read};
    use crate::simulation::world::World;

    #[test]
    fn a_run_that_is_lived_alarms_as_in_its_study_and_its_money_adds_up_to_its_account() {
        let flagship = library::find("support-agent").map(|entry| read::parse(entry.text, entry.file_name));
        let Some(Ok(loaded)) = flagship else { return assert!(flagship.is_none(), "the flagship is no scenario") };
        let mut scenario = loaded.scenario;
        scenario.study.replicates = 60;
        let investigate_usd = 5000.0;
        scenario.response = Some(Response { investigate_usd, action_days: 9.5, ..Response::default() });
        let Ok(world) = World::compile(&scenario) else { return assert!(scenario.policies.is_empty()) };
        let Ok(stages) = Stages::new(&world) else { return assert!(scenario.policies.is_empty()) };
        let policy = scenario.studied_policy().unwrap_or(0);
        let control = Control::new();
        let run = || -> Result<(Vec<Study>, Vec<Lives>, Worth), JobError> {
            let mut detection = Detection::prepare_at(&stages, policy, vec![0.05, 0.2], &control)?;
            detection.run(scenario.study.replicates, &control, |_| {})?;
            let studies: Vec<Study> = [0.05, 0.2].map(|budget| detection.study(budget)).into();
            let all = (0..4).map(|replicate| lives(&stages, policy, replicate, &studies, &control));
            let all = all.collect::<Result<_, _>>()?;
            let setting = Setting { policy, knob: None };
            let worth = worths(&Ledger::new(&stages, vec![setting], None)?, &control)?.remove(0);
            Ok((studies, all, worth))
        };
        let found = pool(2).map(|pool| pool.install(run));
        let Ok(Ok((studies, all, worth))) = found else { return assert!(found.is_err(), "{found:?}") };
        let response = scenario.response.clone().unwrap_or_default();
        let reaction = Reaction::new(&response, scenario.traffic.days, world.change_day());
        let (mut acted, mut compared) = (0, 0);
        for lives in &all {
            assert_eq!(lives.unwatched_usd.len(), scenario.traffic.days as usize);
            for (study, (_, lived)) in studies.iter().zip(&lives.at) {
                for (result, lived) in study.monitors.iter().zip(lived) {
                    let alarms = &lived.life.alarms;
                    assert_eq!(lived.monitor, result.monitor);
                    assert_eq!(
                        alarms.first(),
                        result.outcome.alarms[lives.replicate as usize].as_ref(),
                        "{}",
                        scenario.monitors[result.monitor].name
                    );
                    assert_eq!(lived.so_far_usd.len(), scenario.traffic.days as usize);
                    let stakes = Stakes { policy: &worth, action: None, usd_per_day: result.usd_per_day };
                    let account = reaction.account(&lived.life, &stakes, true).value_usd();
                    let so_far = lived.so_far_usd.last().copied().unwrap_or(0.0);
                    assert!((so_far - account).abs() < 1e-9 * account.abs().max(1.0), "{so_far} {account}");
                    compared += 1;
                    let is_right =
                        |span: &crate::decision::response::Span| matches!(span.state, State::Acting { is_right: true });
                    acted += usize::from(lived.life.spans.iter().any(is_right));
                }
            }
        }
        assert!(compared > 40 && acted > 10, "{compared} {acted}");
    }
}
