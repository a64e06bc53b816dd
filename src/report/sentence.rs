//! Results in plain words.

use crate::frontier::{Frontier, Stage};
use crate::model::{Response, Scenario};
use crate::policy::Knob;

/// A change in per cent with its sign: "−59 %", "+31 %", "−0.4 %", "±0 %".
pub fn change(fraction: f64) -> String {
    let percent = (100.0 * fraction).round();
    if percent == 0.0 && (1000.0 * fraction).round() != 0.0 {
        // Less than half of a per cent is still a gain or a loss.
        let sign = if fraction > 0.0 { "+" } else { "" };
        return format!("{sign}{} %", fixed(100.0 * fraction, 1));
    }
    let sign = if percent > 0.0 {
        "+"
    } else if percent < 0.0 {
        ""
    } else {
        "±"
    };
    format!("{sign}{} %", fixed(percent, 0))
}

/// A number for people, with the minus sign of all printed numbers: "−0.25", "1.0". One that is not finite is a dash.
pub fn fixed(x: f64, decimals: usize) -> String {
    if !x.is_finite() {
        return "–".to_owned();
    }
    let digits = format!("{:.decimals$}", x.abs());
    let is_zero = digits.bytes().all(|b| matches!(b, b'0' | b'.'));
    if x < 0.0 && !is_zero { format!("−{digits}") } else { digits }
}

/// The same with its sign, which zero has none of: "+0.25", "−0.01", "0.00".
pub fn signed(x: f64, decimals: usize) -> String {
    let digits = fixed(x, decimals);
    let is_above = x > 0.0 && digits.contains(|c: char| ('1'..='9').contains(&c));
    if is_above { format!("+{digits}") } else { digits }
}

/// A share in per cent: "94.1 %".
pub fn percent(share: f64, decimals: usize) -> String {
    format!("{} %", fixed(100.0 * share, decimals))
}

/// A difference of shares: "1.25 points". No two shares are more than 100 points apart, so that a break-even gap beyond is never reached.
pub fn points(difference: f64, decimals: usize) -> String {
    match difference {
        d if d > 1.0 => "over 100 points".to_owned(),
        d if d < -1.0 => "under −100 points".to_owned(),
        d => format!("{} points", fixed(100.0 * d, decimals)),
    }
}

/// USD with sensible digits: "167,000", "12.30", "0.0042".
pub fn usd(amount: f64) -> String {
    let size = amount.abs();
    if !size.is_finite() {
        return "–".to_owned();
    }
    if size >= 1e4 {
        // Three significant digits: nobody's bill is known better.
        let unit = 10_f64.powf(size.log10().floor() - 2.0);
        grouped((amount / unit).round() * unit)
    } else if size >= 100.0 {
        grouped(amount.round())
    } else {
        fixed(amount, if size >= 1.0 || size == 0.0 { 2 } else { 4 })
    }
}

/// What is gained or lost, with its sign: "+12.30", "−167,000", "0.00".
pub fn gain(amount: f64) -> String {
    let sign = if amount > 0.0 { "+" } else { "" };
    format!("{sign}{}", usd(amount))
}

/// A whole number with commas.
pub fn grouped(x: f64) -> String {
    if !x.is_finite() {
        return "–".to_owned();
    }
    let digits = format!("{:.0}", x.abs());
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    if x < 0.0 && digits != "0" { format!("−{out}") } else { out }
}

/// A number of things, in the singular where there is one.
pub fn counted(n: u64, what: &str) -> String {
    format!("{} {what}{}", grouped(n as f64), if n == 1 { "" } else { "s" })
}

/// A round amount beside a logarithmic axis: "1,000", "0.01".
pub fn grouped_or_small(x: f64) -> String {
    if x.abs() >= 1.0 { grouped(x) } else { format!("{x}").replace('-', "−") }
}

/// What is assumed of people where a scenario has no `[response]`.
pub fn assumed_response() -> String {
    format!(
        "The scenario does not say what an alarm leads to. An alarm is assumed to be investigated for {} days on average, to be understood, and to end in a \
         return to the baseline when something had changed.",
        fixed(Response::default().investigate_days, 0)
    )
}

/// A knob setting in words: "65 %", "1,200 USD".
pub fn setting(knob: &Knob, value: f64) -> String {
    if knob.unit.is_empty() { percent(value, 0) } else { format!("{} {}", usd(value), knob.unit) }
}

/// The policy at its setting: "Classifier at 65 %".
pub fn policy_at(scenario: &Scenario, stage: &Stage, policy: usize) -> String {
    let name = scenario.policies.get(policy).map_or("", |p| p.name.as_str());
    match stage.curves.get(policy).and_then(|c| c.knob.as_ref()) {
        Some(knob) => format!("{name} at {}", setting(knob, knob.value)),
        None => name.to_owned(),
    }
}

/// Total cost that differs by less than this share is about the same: no scenario is known better.
const NEAR: f64 = 0.005;

/// One line: "Classifier at 65 %: inference −59 %, total cost +31 %: inside the trap".
pub fn reading(scenario: &Scenario, frontier: &Frontier, policy: usize) -> String {
    let stage = frontier.latest();
    let who = policy_at(scenario, stage, policy);
    if policy == frontier.baseline {
        return format!("{who}: the baseline that everything is compared with");
    }
    let Some(m) = stage.metrics.get(policy) else { return who };
    let is_known = stage.curves.get(policy).is_some_and(|c| c.operating_point.is_some());
    let (Some(inference), Some(total)) = (m.inference_change, m.total_change) else {
        return if is_known {
            format!("{who}: the baseline costs nothing, so there is no share of its cost to tell")
        } else {
            format!("{who}: not simulated yet (it learns as it goes, so only Monte Carlo can run it)")
        };
    };
    let e = &scenario.economics;
    if [e.ticket, e.churn, e.incident].iter().all(|c| c.usd * (c.failed + c.ok) <= 0.0) {
        return format!("{who}: inference {}; what a failure costs is not set ([economics])", change(inference));
    }
    let verdict = if inference < 0.0 && total.abs() < NEAR {
        "about as dear as the baseline"
    } else if m.in_trap {
        "inside the trap"
    } else if inference < 0.0 && total < 0.0 {
        "it saves money"
    } else if total > 0.0 {
        "it costs more than the baseline"
    } else {
        "it pays for itself"
    };
    // What the switch between models costs, where it shows.
    let talk = |policy: usize| stage.curves.get(policy)?.operating_point.as_ref()?.conversation;
    let (own, baseline) = (talk(policy), talk(frontier.baseline));
    let alone = own.zip(baseline).and_then(|(own, baseline)| own.change_alone(&baseline));
    let switches = own.is_some_and(|own| own.switches_per_conversation > 1e-9);
    let cache = match alone.filter(|alone| (inference - alone).abs() >= 0.01) {
        Some(alone) if inference > alone && switches => format!(", not {}: switching loses the cache", change(alone)),
        Some(alone) => format!(" ({} if no turn sent a history)", change(alone)),
        None => String::new(),
    };
    format!("{who}: inference {}{cache}, total cost {}: {verdict}", change(inference), change(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_sensible_digits() {
        for (x, s) in [(166_812.3, "167,000"), (0.0, "0.00"), (12.3, "12.30"), (0.00421, "0.0042"), (-1234.0, "−1,234")]
        {
            assert_eq!(usd(x), s);
        }
        assert_eq!(grouped(1_234_567.0), "1,234,567");
        assert_eq!(change(-0.592), "−59 %");
        assert_eq!((change(0.001), change(-0.0041)), ("+0.1 %".to_owned(), "−0.4 %".to_owned()));
        assert_eq!((change(0.0003), change(0.0)), ("±0 %".to_owned(), "±0 %".to_owned()));
        assert_eq!(change(0.312), "+31 %");
    }

    #[test]
    fn one_minus_sign_and_nothing_that_is_no_number() {
        assert_eq!((fixed(-0.254, 2), fixed(-0.001, 2), fixed(1.0, 1)), ("−0.25".into(), "0.00".into(), "1.0".into()));
        assert_eq!(
            (percent(-0.1234, 1), usd(-0.5), usd(-0.00001)),
            ("−12.3 %".into(), "−0.5000".into(), "0.0000".into())
        );
        let signs = [0.254, 0.001, -0.0, -0.001, -0.25].map(|x| signed(x, 2));
        assert_eq!(signs, ["+0.25", "0.00", "0.00", "0.00", "−0.25"]);
        assert_eq!((points(-0.0123, 2), points(0.005, 1)), ("−1.23 points".into(), "0.5 points".into()));
        assert_eq!((points(f64::INFINITY, 1), points(3e5, 1)), ("over 100 points".into(), "over 100 points".into()));
        for x in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!([fixed(x, 1), usd(x), grouped(x)], ["–", "–", "–"]);
        }
    }
}
