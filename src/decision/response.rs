//! What people do about an alarm: a run as a state machine, day by day.
//!
//! *Watching* until the alarm on day `a`, *investigating* for `D` days while everything goes on, then *acting* from `a + D + 1` on and
//! *settled* to the horizon; or, where nothing was found, watching again with charts that start from zero.

use rand::RngExt;

use super::worth::Worth;
use crate::detection::signal::delay;
use crate::model::Response;
use crate::simulation::random::{Address, Generator, Purpose};

/// What a run is in on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The policy runs and is watched.
    Watching,
    /// It runs, and people look into an alarm.
    Investigating,
    /// The action takes the policy's place, rightly or wrongly. A wrong one is taken back at the end.
    Acting {
        /// Whether something had changed.
        is_right: bool,
    },
    /// The action is in place for good.
    Settled,
}

/// Days in one state: from the first to before the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The state.
    pub state: State,
    /// First day.
    pub from: u32,
    /// First day after it.
    pub until: u32,
}

/// A run as it was lived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Life {
    /// Its states, one after the other.
    pub spans: Vec<Span>,
    /// Days of its alarms.
    pub alarms: Vec<u32>,
}

/// A response, ready for a horizon.
#[derive(Clone, Debug)]
pub struct Reaction {
    days: u32,
    /// First day on which an event is in force; alarms before it are false.
    change_day: Option<u32>,
    /// Length of an investigation: probabilities of 0, 1, 2… days.
    lengths: Vec<f64>,
    response: Response,
}

impl Reaction {
    /// For a horizon in days. `change_day`: of production, the first day on which an event is in force; `None`: every alarm is false.
    pub fn new(response: &Response, days: u32, change_day: Option<u32>) -> Self {
        let lengths = delay::gamma(response.investigate_days, response.investigate_cv, days as usize);
        Self { days, change_day, lengths, response: response.clone() }
    }

    /// The luck of a run: the n-th alarm of every option meets the same people.
    pub fn luck(seed: u64, replicate: u32) -> Generator {
        Address { seed, replicate, day: 0, purpose: Purpose::Response }.generator(0)
    }

    /// Lives through a run. `alarm_from` tells the first alarm on or after a day of charts that start from zero on it.
    pub fn live(&self, luck: &mut Generator, mut alarm_from: impl FnMut(u32) -> Option<u32>) -> Life {
        let (mut spans, mut alarms) = (Vec::new(), Vec::new());
        let mut enter = |state: State, from: u32, until: u32| {
            let until = until.min(self.days);
            if until > from {
                spans.push(Span { state, from, until });
            }
        };
        let mut from = 0;
        while from < self.days {
            let Some(alarm) = alarm_from(from).filter(|day| (from..self.days).contains(day)) else {
                enter(State::Watching, from, self.days);
                break;
            };
            alarms.push(alarm);
            enter(State::Watching, from, alarm + 1);
            let lasts = u32::try_from(delay::sample(&self.lengths, luck)).unwrap_or(u32::MAX);
            let throw: f64 = luck.random();
            let is_right = self.change_day.is_some_and(|change| alarm >= change);
            let acts = if is_right { throw < self.response.finds } else { throw >= self.response.clears };
            let decided = (alarm + 1).saturating_add(lasts);
            enter(State::Investigating, alarm + 1, decided);
            if !acts {
                from = decided;
                continue;
            }
            let acting = State::Acting { is_right };
            if is_right {
                let settled = decided.saturating_add(self.fading_days());
                enter(acting, decided, settled);
                enter(State::Settled, settled, self.days);
                break;
            }
            let back = decided.saturating_add(self.response.resume_days);
            enter(acting, decided, back);
            from = back;
        }
        Life { spans, alarms }
    }

    /// Days of acting on which some of the policy is left, and the first one without.
    fn fading_days(&self) -> u32 {
        // At most 3,650 by the format.
        self.response.action_days.ceil() as u32
    }

    /// Share of its traffic that the policy still has on a day of an action that began on `acting_from`:
    /// `1 − clamp((t − a − D)/action_days, 0, 1)`, with `acting_from = a + D + 1`.
    pub(super) fn left(&self, day: u32, acting_from: u32) -> f64 {
        let elapsed = f64::from(day + 1 - acting_from.min(day));
        1.0 - (elapsed / self.response.action_days.max(f64::MIN_POSITIVE)).clamp(0.0, 1.0)
    }

    /// People's time for one investigation, USD.
    pub(super) fn investigate_usd(&self) -> f64 {
        self.response.investigate_usd
    }

    /// What a run comes to.
    pub fn account(&self, life: &Life, stakes: &Stakes<'_>, production: bool) -> Account {
        let investigating_usd = life.alarms.len() as f64 * self.response.investigate_usd;
        let mut account = Account { left_at_end: 1.0, investigating_usd, ..Account::default() };
        let mut acting_from = None;
        for span in &life.spans {
            let Span { state, from, until } = *span;
            match state {
                State::Watching | State::Investigating => {
                    if state == State::Watching {
                        account.watching_usd += f64::from(until - from) * stakes.usd_per_day;
                    }
                    account.routing_usd += stakes.policy.between_usd(production, from, until);
                    account.damage_usd += stakes.policy.damage_between_usd(from, until);
                    account.left_at_end = 1.0;
                }
                State::Acting { is_right } => {
                    acting_from = Some(from);
                    if is_right {
                        account.acting_day = Some(from);
                    }
                    self.act(&mut account, span, from, stakes, production);
                }
                State::Settled => self.act(&mut account, span, acting_from.unwrap_or(from), stakes, production),
            }
        }
        account
    }

    /// Days of an action: first those on which some of the policy is left, then all the others at once.
    fn act(&self, account: &mut Account, span: &Span, acting_from: u32, stakes: &Stakes<'_>, production: bool) {
        let faded = acting_from.saturating_add(self.fading_days()).clamp(span.from, span.until);
        for day in span.from..faded {
            let left = self.left(day, acting_from);
            account.routing_usd += left * stakes.policy.between_usd(production, day, day + 1)
                + (1.0 - left) * stakes.action_usd(production, day, day + 1);
            account.damage_usd += left * stakes.policy.damage_between_usd(day, day + 1);
        }
        account.routing_usd += stakes.action_usd(production, faded, span.until);
        account.left_at_end = self.left(span.until.saturating_sub(1), acting_from);
    }
}

/// What a run is about: a policy, what takes its place, and the price of the watch.
#[derive(Clone, Copy, Debug)]
pub struct Stakes<'s> {
    /// The policy's worth.
    pub policy: &'s Worth,
    /// That of the action at the same share of the traffic; `None`: the action is the baseline, worth nothing.
    pub action: Option<&'s Worth>,
    /// Price of watching, USD a day.
    pub usd_per_day: f64,
}

impl Stakes<'_> {
    fn action_usd(&self, production: bool, from: u32, until: u32) -> f64 {
        self.action.map_or(0.0, |action| action.between_usd(production, from, until))
    }
}

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Account {
    /// Baseline's total cost less what was in place, USD.
    pub routing_usd: f64,
    /// Price of the days on which it was watched, USD.
    pub watching_usd: f64,
    /// Price of the investigations, USD.
    pub investigating_usd: f64,
    /// Damage from the onset on until the policy was out, USD.
    pub damage_usd: f64,
    /// First day of a rightful action.
    pub acting_day: Option<u32>,
    /// Share of its traffic that the policy has on the last day.
    pub left_at_end: f64,
}

impl Account {
    /// The net value, USD.
    pub fn value_usd(&self) -> f64 {
        self.routing_usd - self.watching_usd - self.investigating_usd
    }
}
