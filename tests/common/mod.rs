//! What several tests need: shipped scenarios, and a world at every limit.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

#[cfg(feature = "app")]
pub mod window;

#[cfg(not(unix))]
use std::sync::OnceLock;
use std::time::Duration;
#[cfg(not(unix))]
use std::time::Instant;

use paretoscope::model::{Change, MAX_ENTRIES, Scenario};
use paretoscope::policy::{Cascade, Classifier, Random, RouterCascade, Single};
use paretoscope::scenario::library::{LIBRARY, LibraryEntry};
use paretoscope::scenario::read;

/// Time that this thread has worked; on a busy machine it stands still for longer.
#[cfg(unix)]
pub fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Where the system does not tell: the time on the wall.
#[cfg(not(unix))]
pub fn thread_time() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// A shipped scenario.
pub fn shipped(entry: LibraryEntry) -> Scenario {
    match read::parse(entry.text, entry.file_name) {
        Ok(loaded) => loaded.scenario,
        Err(problems) => {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            panic_with(&lines.join("\n"))
        }
    }
}

/// Every shipped scenario.
pub fn whole_library() -> Vec<(LibraryEntry, Scenario)> {
    LIBRARY.iter().map(|e| (*e, shipped(*e))).collect()
}

/// Every shipped scenario with a generated world.
pub fn library() -> Vec<(LibraryEntry, Scenario)> {
    whole_library().into_iter().filter(|(_, scenario)| scenario.replay.is_none()).collect()
}

/// The flagship.
pub fn flagship() -> Scenario {
    shipped(paretoscope::scenario::library::flagship())
}

/// 8 tiers, 200 segments, 50 policies, 3,650 days, 10⁹ requests a day.
pub fn at_every_limit() -> Scenario {
    let mut s = flagship();
    // What is about entries of the flagship goes with them.
    (s.ranges, s.correlations, s.sweeps, s.known) = Default::default();
    let (segment, tier) = (s.segments[0].clone(), s.tiers[1].clone());
    s.traffic.days = 3650;
    s.traffic.requests_per_day = 1e9;
    s.segments = (0..200)
        .map(|i| {
            let mut g = segment.clone();
            g.name = format!("Segment {i}");
            g.difficulty.mean = -3.0 + 0.02 * f64::from(i);
            g
        })
        .collect();
    s.tiers = (0..8)
        .map(|i| {
            let mut t = tier.clone();
            t.name = format!("Tier {i}");
            t.ability = -1.0 + 0.6 * f64::from(i);
            t.output_usd_per_mtok = 1.0 + 3.0 * f64::from(i);
            t
        })
        .collect();
    let shares = vec![0.125; 8];
    let tiers: Vec<String> = s.tiers.iter().map(|t| t.name.clone()).collect();
    let policy = s.policies[0].clone();
    s.policies = (0..50)
        .map(|i| {
            let mut p = policy.clone();
            p.name = format!("Policy {i}");
            p.rollout = None;
            p.kind = match i % 5 {
                0 => Single { tier: tiers[i % 8].clone() }.into(),
                1 => Classifier { noise: 0.5 + 0.1 * i as f64, shares: shares.clone() }.into(),
                2 => Cascade { tiers: tiers.clone(), escalate: vec![0.3; 7] }.into(),
                3 => RouterCascade { noise: 1.0, shares: shares.clone(), escalate: vec![0.3; 7] }.into(),
                _ => Random { shares: shares.clone() }.into(),
            };
            p
        })
        .collect();
    s.baseline = "Policy 0".into();
    s.study.policy = None;
    s.monitors.clear();
    s.expectations.clear();
    s
}

/// The same with as many events and monitors as a file may have, and with so many of its segments, which are what most of the
/// computing time goes into.
pub fn largest(segments: usize) -> Scenario {
    let mut s = at_every_limit();
    s.segments.truncate(segments);
    s.name = "The largest scenario".into();
    let from = flagship();
    let each = |i: usize, of: usize| i % of;
    s.events = (0..MAX_ENTRIES)
        .map(|i| {
            let mut event = from.events[each(i, from.events.len())].clone();
            event.segments = vec![s.segments[each(i, s.segments.len())].name.clone()];
            event.change = Change::Multiply(1.2);
            event.day = (7 * i) as f64;
            event
        })
        .collect();
    s.monitors = (0..MAX_ENTRIES)
        .map(|i| {
            let mut monitor = from.monitors[each(i, from.monitors.len())].clone();
            monitor.name = format!("{} {i}", monitor.name);
            monitor
        })
        .collect();
    // A policy whose sliders the scenario's panel shows: a share a tier, and the escalations.
    s.study.policy = Some("Policy 3".into());
    s
}

fn panic_with(message: &str) -> ! {
    #[expect(clippy::panic, reason = "a test that cannot start has failed")]
    {
        panic!("{message}")
    }
}
