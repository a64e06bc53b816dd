//! What a policy is worth day by day, in expectation, against never having left the baseline.

use crate::frontier::Stages;
use crate::simulation::exact::{DayEffect, Tables, downstream_usd, inference_usd};
use crate::simulation::world::{World, WorldError};
use crate::timeline::{Runner, routed_share};

/// A policy at a setting of its knob.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    /// Index of the policy.
    pub policy: usize,
    /// Setting of the knob; `None`: as the scenario has it.
    pub knob: Option<f64>,
}

/// What a policy that served all the traffic would come to, a request.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rates {
    quality: f64,
    inference_usd: f64,
    downstream_usd: f64,
}

impl Rates {
    fn total_usd(&self) -> f64 {
        self.inference_usd + self.downstream_usd
    }

    /// `share` of this and the rest of another.
    fn mixed(&self, share: f64, other: &Self) -> Self {
        let mix = |a: f64, b: f64| share * a + (1.0 - share) * b;
        Self {
            quality: mix(self.quality, other.quality),
            inference_usd: mix(self.inference_usd, other.inference_usd),
            downstream_usd: mix(self.downstream_usd, other.downstream_usd),
        }
    }
}

/// Policies whose days are to be integrated, all on the same integrals.
#[derive(Debug)]
pub struct Ledger<'w> {
    world: &'w World,
    settings: Vec<Setting>,
    /// `[launch, production]`, one a setting, the baseline behind them.
    runners: [Vec<Runner>; 2],
    /// Days whose worlds differ, and which of them each day is: `[launch, production]`.
    classes: [(Vec<u32>, Vec<usize>); 2],
    /// Expected requests by day: `[launch, production]`.
    requests: [Vec<f64>; 2],
}

impl<'w> Ledger<'w> {
    /// For policies at some settings. With `looks` no more than so many days of each world are integrated, and the others take after the
    /// nearest of them: enough to tell settings apart.
    ///
    /// # Errors
    /// When a policy cannot be compiled.
    pub fn new(stages: &Stages<'w>, settings: Vec<Setting>, looks: Option<usize>) -> Result<Self, WorldError> {
        let world = stages.launch.world;
        let of = |production: bool| -> Result<Vec<Runner>, WorldError> {
            let baseline = Setting { policy: stages.baseline, knob: None };
            let all = settings.iter().chain([&baseline]);
            all.map(|s| Runner::new(stages, s.policy, s.knob, production, 0)).collect()
        };
        let runners = [of(false)?, of(true)?];
        let classes = [false, true].map(|production| {
            let every_day = runners[usize::from(production)].iter().any(Runner::changes_daily);
            let all = world.classes(production, every_day);
            looks.map_or_else(|| all.clone(), |looks| thinned(&all, looks))
        });
        let days = 0..=world.last_day();
        let requests = [
            days.clone().map(|day| world.launch_on(day).requests).collect(),
            days.map(|day| world.production(day).requests).collect(),
        ];
        Ok(Self { world, settings, runners, classes, requests })
    }

    /// The days that have to be integrated.
    pub fn work(&self) -> Vec<(bool, u32)> {
        let of = |production: bool| {
            self.classes[usize::from(production)].0.iter().map(move |day| (production, *day)).collect::<Vec<_>>()
        };
        [of(false), of(true)].concat()
    }

    /// Integrates one of the days of [`Self::work`]: the rates of every setting, and behind them those of the baseline.
    pub fn integrate(&self, production: bool, day: u32) -> Vec<Rates> {
        let state = if production { self.world.production(day) } else { self.world.launch_on(day) };
        let tables = Tables::new(self.world, state, DayEffect::Averaged);
        let economics = &self.world.scenario.economics;
        let of = |runner: &Runner| {
            let flows = runner.flows(&tables, day);
            Rates {
                quality: tables.day.segments.iter().zip(&flows).map(|(g, s)| g.share * s.flow.quality()).sum(),
                inference_usd: inference_usd(&tables.day, &flows, economics.reask),
                downstream_usd: downstream_usd(&tables.day, &flows, economics),
            }
        };
        self.runners[usize::from(production)].iter().map(of).collect()
    }

    /// Puts the days together, one [`Worth`] a setting; `parts` in the order of [`Self::work`].
    pub fn assemble(&self, parts: &[Vec<Rates>]) -> Vec<Worth> {
        let launch_classes = self.classes[0].0.len().min(parts.len());
        let (launch, production) = parts.split_at(launch_classes);
        let worlds = [launch, production];
        let of_day =
            |world: usize, day: usize| self.classes[world].1.get(day).and_then(|class| worlds[world].get(*class));
        let last = self.settings.len();
        let of = |(index, setting): (usize, &Setting)| {
            let days = (0..=self.world.last_day()).map(|day| {
                let share =
                    self.world.scenario.policies.get(setting.policy).map_or(1.0, |policy| routed_share(policy, day));
                let at = |world: usize| {
                    let rates = of_day(world, day as usize);
                    let rate = |i: usize| rates.and_then(|rates| rates.get(i)).copied().unwrap_or_default();
                    let requests = self.requests[world].get(day as usize).copied().unwrap_or(0.0);
                    Arms { requests, policy: rate(index), baseline: rate(last) }
                };
                (share, [at(0), at(1)])
            });
            Worth::new(*setting, days, self.world.scenario.study.material_loss)
        };
        self.settings.iter().enumerate().map(of).collect()
    }
}

/// Every so many-th class, each day taking after the nearest.
fn thinned((firsts, of_day): &(Vec<u32>, Vec<usize>), looks: usize) -> (Vec<u32>, Vec<usize>) {
    let (count, looks) = (firsts.len(), looks.max(1));
    if count <= looks {
        return (firsts.clone(), of_day.clone());
    }
    let picked: Vec<usize> =
        (0..looks).map(|i| if looks == 1 { count - 1 } else { i * (count - 1) / (looks - 1) }).collect();
    let nearest = |class: usize| {
        let off = |i: &usize| picked.get(*i).map_or(usize::MAX, |p| p.abs_diff(class));
        (0..picked.len()).min_by_key(off).unwrap_or(0)
    };
    let days = picked.iter().filter_map(|class| firsts.get(*class)).copied().collect();
    (days, of_day.iter().map(|class| nearest(*class)).collect())
}

/// Both arms of a day.
#[derive(Clone, Copy, Debug)]
struct Arms {
    requests: f64,
    policy: Rates,
    baseline: Rates,
}

/// What a policy is worth day by day, at its own share of the traffic.
#[derive(Clone, Debug, PartialEq)]
pub struct Worth {
    /// Which policy, and how it is set.
    pub setting: Setting,
    /// Share of the traffic that the policy serves, by day.
    pub routed_share: Vec<f64>,
    /// The baseline's total cost less the policy's, had the policy all the traffic, USD: `[launch, production][day]`.
    pub saving_usd: [Vec<f64>; 2],
    /// The same at the policy's share, summed up to each day: one entry more than there are days.
    so_far_usd: [Vec<f64>; 2],
    /// Damage by day: extra downstream cost against launch assumptions from the onset on, USD; zero before.
    pub damage_usd: Vec<f64>,
    damage_so_far_usd: Vec<f64>,
    /// Quality of the policy and of the baseline on the last day: `[launch, production]`.
    pub quality_at_end: [[f64; 2]; 2],
    /// First day of material loss; `None`: it never comes.
    pub onset_day: Option<u32>,
}

impl Worth {
    fn new(setting: Setting, days: impl Iterator<Item = (f64, [Arms; 2])>, material_loss: f64) -> Self {
        let days: Vec<(f64, [Arms; 2])> = days.collect();
        let routed_share: Vec<f64> = days.iter().map(|(share, _)| *share).collect();
        let saving_usd = [0, 1].map(|world: usize| {
            let of = |arms: &Arms| arms.requests * (arms.baseline.total_usd() - arms.policy.total_usd());
            days.iter().map(|(_, arms)| of(&arms[world])).collect::<Vec<f64>>()
        });
        let mixed = |share: f64, arms: &Arms| arms.policy.mixed(share, &arms.baseline);
        let lost = |(share, [launch, now]): &(f64, [Arms; 2])| {
            mixed(*share, launch).quality - mixed(*share, now).quality >= material_loss
        };
        let onset = days.iter().position(lost);
        let damage = |(day, (share, [launch, now])): (usize, &(f64, [Arms; 2]))| {
            let is_after = onset.is_some_and(|onset| day >= onset);
            let usd = mixed(*share, now).downstream_usd - mixed(*share, launch).downstream_usd;
            if is_after { now.requests * usd } else { 0.0 }
        };
        let damage_usd: Vec<f64> = days.iter().enumerate().map(damage).collect();
        let so_far_usd =
            saving_usd.each_ref().map(|saving| sums(saving.iter().zip(&routed_share).map(|(usd, share)| usd * share)));
        let quality_at_end = days
            .last()
            .map_or([[0.0; 2]; 2], |(_, arms)| arms.map(|arms| [arms.policy.quality, arms.baseline.quality]));
        Self {
            setting,
            damage_so_far_usd: sums(damage_usd.iter().copied()),
            routed_share,
            saving_usd,
            so_far_usd,
            damage_usd,
            quality_at_end,
            onset_day: onset.and_then(|day| u32::try_from(day).ok()),
        }
    }

    /// The same policy at the share of the traffic that another one has: what takes that one's place.
    pub fn in_place_of(&self, other: &Self) -> Self {
        let routed_share = other.routed_share.clone();
        let at_share = |saving: &Vec<f64>| sums(saving.iter().zip(&routed_share).map(|(usd, share)| usd * share));
        Self { so_far_usd: self.saving_usd.each_ref().map(at_share), routed_share, ..self.clone() }
    }

    /// Days of the horizon.
    pub fn days(&self) -> usize {
        self.routed_share.len()
    }

    /// What the policy is worth at its share from one day up to another, USD.
    pub fn between_usd(&self, production: bool, from: u32, until: u32) -> f64 {
        difference(&self.so_far_usd[usize::from(production)], from, until)
    }

    /// Over the whole horizon, USD: "route and don't look".
    pub fn whole_usd(&self, production: bool) -> f64 {
        self.so_far_usd[usize::from(production)].last().copied().unwrap_or(0.0)
    }

    /// Damage in production from one day up to another, USD.
    pub fn damage_between_usd(&self, from: u32, until: u32) -> f64 {
        difference(&self.damage_so_far_usd, from, until)
    }

    /// Share of the traffic that the policy serves on a day.
    pub fn share_on(&self, day: u32) -> f64 {
        self.routed_share.get(day as usize).copied().unwrap_or(0.0)
    }
}

fn sums(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sum = 0.0;
    let mut all = vec![0.0];
    all.extend(values.map(|value| {
        sum += value;
        sum
    }));
    all
}

fn difference(sums: &[f64], from: u32, until: u32) -> f64 {
    let last = sums.len().saturating_sub(1);
    let at = |day: u32| sums.get((day as usize).min(last)).copied().unwrap_or(0.0);
    if until > from { at(until) - at(from) } else { 0.0 }
}
