//! Answers that cannot be used, in the words that they were asked in.

use super::answers::{Amount, Answers, MAX_KINDS, MAX_MODELS};
use super::typical::Question;
use super::{Page, Problem};
use crate::entry::written;
use crate::model::{MAX_DAYS, MAX_REQUESTS_PER_DAY, MAX_USD};
use crate::prices::PriceList;
use crate::scenario::read::MAX_NAME;
use crate::scenario::visible::{is_hidden, name};

/// Least and greatest share of good answers that a model can be given, per cent.
pub const GOOD: [f64; 2] = [1.0, 99.5];

struct Found(Vec<Problem>);

impl Found {
    fn say(&mut self, page: Page, message: String) {
        self.0.push(Problem::new(page, message));
    }

    fn number(&mut self, page: Page, what: &str, value: Option<f64>, [low, high]: [f64; 2]) {
        if let Some(value) = value.filter(|value| !(low..=high).contains(value)) {
            let message =
                format!("{what}: found {}, allowed: from {} to {}", written(value), written(low), written(high));
            self.say(page, message);
        }
    }

    fn name(&mut self, page: Page, what: &str, text: &str) {
        if text.trim().is_empty() {
            self.say(page, format!("{what} has no name: give it one"));
        } else if text.chars().count() > MAX_NAME || text.contains(is_hidden) {
            self.say(page, format!("the name of {what} is longer than {MAX_NAME} characters, or not on one line"));
        }
    }

    fn good(&mut self, who: &str, on: &str, value: f64) {
        let [low, high] = GOOD;
        if value > high {
            let message = format!(
                "{who} answers {} % well{on}: that cannot be met, as no model answers everything well; the most is {high} %, which is what a \
                 review of 200 answers without a wrong one says",
                written(value)
            );
            self.say(Page::Models, message);
        } else if !(low..).contains(&value) {
            self.say(
                Page::Models,
                format!("{who} answers {} % well{on}: allowed are {low} to {high} %", written(value)),
            );
        }
    }
}

/// Every answer that cannot be used on its own.
pub(super) fn problems(answers: &Answers, list: &PriceList) -> Vec<Problem> {
    let mut found = Found(Vec::new());
    found.name(Page::Product, "the product", &answers.name);
    found.number(Page::Product, "requests a day", answers.requests_per_day, [1.0, MAX_REQUESTS_PER_DAY]);
    found.number(Page::Product, "growth in 30 days, per cent", answers.monthly_growth_percent, [-50.0, 100.0]);
    found.number(Page::Product, "days to look ahead", answers.horizon_days, [7.0, f64::from(MAX_DAYS)]);
    found.number(Page::Models, "input tokens", answers.input_tokens, [1.0, 1e7]);
    found.number(Page::Models, "output tokens", answers.output_tokens, [1.0, 1e7]);
    found.number(Page::Models, "the bill of a month, USD", answers.bill_usd_per_month, [0.01, 1e11]);
    kinds(answers, &mut found);
    models(answers, list, &mut found);
    for question in Question::ALL {
        amount(*question, question.of(&answers.wrong_answer), &mut found);
    }
    for watch in answers.watch.iter().flatten() {
        found.number(Page::Watching, "answers a day", watch.labels_a_day, [1.0, 1e9]);
    }
    found.0
}

fn doubled<'a>(names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut seen = std::collections::BTreeSet::new();
    names.into_iter().find(|name| !seen.insert(*name))
}

fn kinds(answers: &Answers, found: &mut Found) {
    let page = Page::Requests;
    if answers.request.len() > MAX_KINDS {
        found.say(page, format!("{} kinds of requests, allowed: up to {MAX_KINDS}", answers.request.len()));
    }
    if let Some(twice) = doubled(answers.request.iter().map(|kind| kind.name.as_str()).filter(|name| !name.is_empty()))
    {
        found.say(page, format!("two kinds of requests are called \"{}\"", name(twice)));
    }
    for (index, kind) in answers.request.iter().enumerate() {
        let what = if kind.name.trim().is_empty() {
            format!("kind {}", index + 1)
        } else {
            format!("\"{}\"", name(&kind.name))
        };
        found.name(page, &what, &kind.name);
        found.number(page, &format!("{what}: share, per cent"), kind.share_percent, [0.0, 1e6]);
        found.number(
            page,
            &format!("{what}: harder than it looks, per cent"),
            kind.harder_than_it_looks_percent,
            [0.0, 100.0],
        );
        found.number(page, &format!("{what}: input tokens"), kind.input_tokens, [1.0, 1e7]);
        found.number(page, &format!("{what}: output tokens"), kind.output_tokens, [1.0, 1e7]);
    }
    let shares: Vec<Option<f64>> = answers.request.iter().map(|kind| kind.share_percent).collect();
    let sum: f64 = shares.iter().flatten().sum();
    if !shares.is_empty() && shares.iter().all(Option::is_some) && sum <= 0.0 {
        found.say(page, "the shares of all kinds are 0: at least one must be above 0".to_owned());
    }
    if shares.contains(&None) && sum >= 100.0 {
        let message =
            format!("the shares that are given sum to {} %, which leaves nothing for the others", written(sum));
        found.say(page, message);
    }
}

fn models(answers: &Answers, list: &PriceList, found: &mut Found) {
    let page = Page::Models;
    if answers.model.len() > MAX_MODELS {
        found.say(page, format!("{} models, allowed: up to {MAX_MODELS}", answers.model.len()));
    }
    for (index, model) in answers.model.iter().enumerate() {
        let called = model.name.as_deref().or(model.list.as_deref()).unwrap_or("");
        let who = if called.is_empty() { format!("model {}", index + 1) } else { format!("\"{}\"", name(called)) };
        if let Some(own) = &model.name {
            found.name(page, &who, own);
        }
        let is_priced = model.input_usd_per_mtok.is_some() && model.output_usd_per_mtok.is_some();
        match &model.list {
            None if model.name.is_none() => found.say(page, format!("{who}: name it, or take one from the price list")),
            None if !is_priced => {
                found.say(page, format!("{who}: give its prices of input and output, or its name in the price list"));
            }
            Some(wanted) if list.find(wanted).is_none() && !is_priced => {
                let message = format!(
                    "{who}: {} has no \"{}\": search it, or give prices of your own",
                    list.told(),
                    name(wanted)
                );
                found.say(page, message);
            }
            _ => {}
        }
        for price in [model.input_usd_per_mtok, model.output_usd_per_mtok] {
            found.number(page, &format!("{who}: price, USD per million tokens"), price, [0.0, 1e5]);
        }
        if let Some(good) = model.good_percent {
            found.good(&who, "", good);
        }
        for (kind, good) in &model.good_percent_by_kind {
            if answers.request.iter().any(|of| of.name == *kind) {
                found.good(&who, &format!(" on \"{}\"", name(kind)), *good);
            } else {
                found.say(page, format!("{who}: there is no kind of requests called \"{}\"", name(kind)));
            }
        }
    }
}

fn amount(question: Question, amount: Option<&Amount>, found: &mut Found) {
    let page = Page::WrongAnswers;
    let what = question.told();
    let (unit, most) = if question.is_chance() { ("per cent", 100.0) } else { ("USD", MAX_USD) };
    match amount {
        None => {}
        Some(Amount::Number(x)) => found.number(page, &format!("{what}, {unit}"), Some(*x), [0.0, most]),
        Some(Amount::Between([low, high])) => {
            for end in [low, high] {
                found.number(page, &format!("{what}, {unit}"), Some(*end), [0.0, most]);
            }
            if low > high {
                let message = format!(
                    "{what}: the range begins at {} and ends at {}, which is less",
                    written(*low),
                    written(*high)
                );
                found.say(page, message);
            }
        }
        Some(Amount::Words(word)) if word == Amount::UNKNOWN => {}
        Some(Amount::Words(word)) => {
            let message =
                format!("{what}: found \"{}\", allowed: a number, a range, \"{}\"", name(word), Amount::UNKNOWN);
            found.say(page, message);
        }
    }
}
