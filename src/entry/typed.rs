//! Numbers as people type them.

/// A typed number: with its unit, with separators of thousands, with a comma for the point. `None`: it is none.
pub fn typed(text: &str) -> Option<f64> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit() && c != '.' && c != ',');
    // "210 k" is 210,000; any other word behind a number is its unit.
    let times = match text.get(digits.len()..).and_then(|unit| unit.split_whitespace().next()) {
        Some("k" | "K") => 1e3,
        Some("M" | "million") => 1e6,
        _ => 1.0,
    };
    let number: String = text
        .trim()
        .trim_end_matches(|c: char| !c.is_ascii_digit() && c != '.' && c != ',')
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '_' && *c != '\'')
        .map(|c| if c == '−' { '-' } else { c })
        .collect();
    // 1,200 is twelve hundred; 0,5 is a half.
    let is_three = |part: &str| part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_grouped = |(_, rest): (&str, &str)| {
        let whole = rest.split_once('.').map_or(rest, |(whole, _)| whole);
        whole.split(',').all(is_three)
    };
    let number = match (number.split_once(','), number.contains('.')) {
        (Some(parts), _) if is_grouped(parts) && !parts.0.trim_start_matches('-').starts_with('0') => {
            number.replace(',', "")
        }
        (Some(_), false) => number.replacen(',', ".", 1),
        _ => number,
    };
    number.parse().ok().map(|x: f64| times * x).filter(|x: &f64| x.is_finite())
}
