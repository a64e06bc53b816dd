//! Kinds of requests, with usual values for what was left out.

use super::answers::{Answers, Hard, Kind};
use super::typical;
use crate::entry::written;

/// A kind of requests with every figure filled in.
#[derive(Clone, Debug)]
pub(super) struct KindOf {
    /// Its name.
    pub name: String,
    /// Share of all requests; all sum to one.
    pub share: f64,
    /// How hard its requests are.
    pub hard: Hard,
    /// Share of requests that are harder than they look.
    pub harder: f64,
    /// Input tokens.
    pub input: f64,
    /// Output tokens.
    pub output: f64,
}

/// The kinds of requests.
pub(super) fn kinds(answers: &Answers, assumptions: &mut Vec<String>) -> Vec<KindOf> {
    let input = answers.input_tokens.unwrap_or(typical::INPUT_TOKENS);
    let output = answers.output_tokens.unwrap_or(typical::OUTPUT_TOKENS);
    if answers.request.is_empty() {
        assumptions.push(format!(
            "All requests are of one kind, easy ones, of which {} % are harder than they look.",
            written(typical::HARDER_PERCENT)
        ));
        let harder = typical::HARDER_PERCENT / 100.0;
        return vec![KindOf { name: "All requests".to_owned(), share: 1.0, hard: Hard::Easy, harder, input, output }];
    }
    let given: f64 = answers.request.iter().filter_map(|kind| kind.share_percent).sum();
    let open = answers.request.iter().filter(|kind| kind.share_percent.is_none()).count();
    let each = if open > 0 { (100.0 - given) / open as f64 } else { 0.0 };
    let sum = if open > 0 { 100.0 } else { given };
    if open > 0 {
        assumptions.push(format!(
            "Kinds of requests without a share have {} % each.",
            written((100.0 * each).round() / 100.0)
        ));
    } else if (sum - 100.0).abs() > 0.5 {
        assumptions.push(format!(
            "The shares of the kinds of requests sum to {} %: they are taken in proportion.",
            written(sum)
        ));
    }
    let names = |missing: &dyn Fn(&Kind) -> bool| {
        let names: Vec<String> =
            answers.request.iter().filter(|kind| missing(kind)).map(|kind| format!("\"{}\"", kind.name)).collect();
        names.join(", ")
    };
    let unsaid = names(&|kind| kind.hard.is_none());
    if !unsaid.is_empty() {
        assumptions.push(format!("How hard these requests are was not said, and easy is assumed: {unsaid}."));
    }
    let unsaid = names(&|kind| kind.harder_than_it_looks_percent.is_none());
    if !unsaid.is_empty() {
        let usual = written(typical::HARDER_PERCENT);
        assumptions.push(format!("{usual} % of these requests are assumed to be harder than they look: {unsaid}."));
    }
    let kind = |kind: &Kind| KindOf {
        name: kind.name.clone(),
        share: kind.share_percent.unwrap_or(each) / sum,
        hard: kind.hard.unwrap_or(Hard::Easy),
        harder: kind.harder_than_it_looks_percent.unwrap_or(typical::HARDER_PERCENT) / 100.0,
        input: kind.input_tokens.unwrap_or(input),
        output: kind.output_tokens.unwrap_or(output),
    };
    answers.request.iter().map(kind).collect()
}
