//! Whatever the loader is fed, it answers: no panic, no hang; and what it accepts survives saving.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use paretoscope::scenario::library::LIBRARY;
use paretoscope::scenario::{read, write};
use proptest::prelude::*;

/// Loads, and if that works, saves and loads again.
fn feed(bytes: &[u8]) {
    if let Ok(loaded) = read::parse_bytes(bytes, "fed.toml") {
        let text = write::to_text(&loaded.scenario);
        let again = read::parse(&text, "saved.toml");
        assert!(again.is_ok_and(|again| again.scenario == loaded.scenario), "{text}");
        assert_eq!(loaded.document.to_text(&loaded.scenario).as_bytes(), strip_mark(bytes));
    }
}

fn strip_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes)
}

const TOKENS: &[&str] = &[
    "nan",
    "inf",
    "-1",
    "1e308",
    "1e999",
    "\"\"",
    "[]",
    "{}",
    "[[policy]]",
    "[policy]",
    "name",
    "=",
    "\n",
    "true",
    "0",
    "'",
    "\"",
    "share = 0",
    "9223372036854775808",
    "1979-05-27",
    "\u{0}",
    "Ü",
    "#",
    "[[segment]]\nname = \"Billing\"\n",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        feed(&bytes);
    }

    #[test]
    fn arbitrary_text(text in "[a-z\\[\\]={}\",.0-9 \n#']{0,400}") {
        feed(text.as_bytes());
    }

    #[test]
    fn mutated_scenarios(
        which in 0..LIBRARY.len(),
        edits in proptest::collection::vec((any::<prop::sample::Index>(), 0..5_u8, any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = LIBRARY[which].text.as_bytes().to_vec();
        for (place, kind, token, byte) in edits {
            let at = place.index(bytes.len().max(1)).min(bytes.len());
            match kind {
                0 => if let Some(b) = bytes.get_mut(at) { *b = byte },
                1 => { bytes.splice(at..at, TOKENS[token.index(TOKENS.len())].bytes()); }
                2 => {
                    // A line less.
                    let end = bytes[at..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |n| at + n + 1);
                    bytes.drain(at..end);
                }
                3 => {
                    // A stretch twice.
                    let end = (at + 300).min(bytes.len());
                    let copy = bytes[at..end].to_vec();
                    bytes.splice(at..at, copy);
                }
                _ => bytes.truncate(at),
            }
        }
        feed(&bytes);
    }

    #[test]
    fn changed_numbers_are_saved_exactly(
        share in 0.001..1e5_f64, ability in -19.0..19.0_f64, usd in 0.0..1e8_f64, days in 1..3650_u32, noise in 0.0..19.0_f64,
    ) {
        let loaded = read::parse(LIBRARY[0].text, "flagship").unwrap();
        let mut scenario = loaded.scenario.clone();
        scenario.segments[2].share = share;
        scenario.tiers[1].ability = ability;
        scenario.economics.ticket.usd = usd;
        scenario.traffic.days = days;
        if let Some(kind) = scenario.policies[3].kind.as_kind_mut::<paretoscope::policy::Classifier>() {
            kind.noise = noise;
        }
        let text = loaded.document.to_text(&scenario);
        let again = read::parse(&text, "saved").unwrap();
        prop_assert!(again.scenario == scenario);
        prop_assert!(text.contains("# Monday first") && text.contains("# what the team ran"));
    }
}

#[test]
fn deep_nesting_and_endless_lines_are_refused_in_time() {
    for text in [
        "a = ".to_owned() + &"[".repeat(500_000),
        "a = ".to_owned() + &"{ b = ".repeat(200_000),
        "[".to_owned() + &"a.".repeat(400_000) + "b]",
        "x".repeat(3_000_000),
        "a = \"".to_owned() + &"y".repeat(3_000_000),
        "[[policy]]\n".repeat(300_000),
        "a = 1\n".repeat(300_000),
        (0..150_000).map(|i| format!("k{i} = {i}\n")).collect(),
    ] {
        let problems = read::parse(&text, "large.toml").unwrap_err();
        assert!(!problems.is_empty() && problems.len() <= 201);
    }
}
