//! The models that were named, cheapest first, with what is wanted of each.

use std::collections::BTreeMap;

use super::answers::{Answers, Model};
use super::check::GOOD;
use super::kinds::KindOf;
use super::{Page, Problem, typical};
use crate::entry::written;
use crate::model::Tier;
use crate::prices::{Price, PriceList, tier};

/// Two figures of the same thing, per cent, that are this near say the same.
const SAME: f64 = 0.05;

/// A model as the scenario gets it.
#[derive(Clone, Debug)]
pub(super) struct Known {
    /// Its tier, priced; how well it answers comes later.
    pub tier: Tier,
    /// Good answers over all requests, as a share; `None` where every kind is known on its own.
    pub overall: Option<f64>,
    /// Whether that was answered, and not assumed.
    pub is_answered: bool,
    /// Good answers by kind, as shares, by the place of the kind.
    pub by_kind: BTreeMap<usize, f64>,
    /// The same over all requests, whichever way it is known.
    pub good: f64,
    /// What the kinds that are known alone add to that, and the share of the others.
    part: (f64, f64),
}

/// Resolves the models.
pub(super) fn resolve(
    answers: &Answers,
    kinds: &[KindOf],
    list: &PriceList,
    assumptions: &mut Vec<String>,
) -> Result<Vec<Known>, Vec<Problem>> {
    let named = named(answers, list, assumptions);
    let mut problems = Vec::new();
    let mut models: Vec<(Known, f64)> = Vec::new();
    for model in &named {
        match known(model, kinds, list) {
            Ok(known) => {
                let per_request = |kind: &KindOf| {
                    kind.share
                        * (kind.input * known.tier.input_usd_per_mtok + kind.output * known.tier.output_usd_per_mtok)
                };
                let cost: f64 = kinds.iter().map(per_request).sum();
                models.push((known, cost));
            }
            Err(problem) => problems.push(problem),
        }
    }
    models.sort_by(|(_, a), (_, b)| a.total_cmp(b));
    let names: Vec<String> = models.iter().map(|(model, _)| model.tier.name.clone()).collect();
    for (_, twice) in names.iter().enumerate().filter(|(index, name)| names.iter().take(*index).any(|n| n == *name)) {
        problems.push(Problem::new(
            Page::Models,
            format!("two models are called \"{twice}\": give one of them another name"),
        ));
    }
    if let Some(bill_of) = answers.bill_of.as_ref().filter(|of| !names.contains(of)) {
        let message = format!("the bill is said to be for \"{bill_of}\", and no model is called so");
        problems.push(Problem::new(Page::Models, message));
    }
    order(&models, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    assume(&mut models);
    Ok(models.into_iter().map(|(model, _)| model).collect())
}

/// The models of the answers; where fewer than two are named, usual ones are added: with one there is nothing to route.
fn named(answers: &Answers, list: &PriceList, assumptions: &mut Vec<String>) -> Vec<Model> {
    let of_list = |name: &str| Model { list: Some(name.to_owned()), ..Model::default() };
    let typical = || {
        typical::MODELS.iter().zip([("Small model", 1.0, 5.0), ("Best model", 5.0, 25.0)]).map(
            |(name, (own, input, output))| match list.find(name) {
                Some(_) => of_list(name),
                None => Model {
                    name: Some(own.to_owned()),
                    input_usd_per_mtok: Some(input),
                    output_usd_per_mtok: Some(output),
                    ..Model::default()
                },
            },
        )
    };
    match answers.model.as_slice() {
        [] => {
            let models: Vec<Model> = typical().collect();
            let names: Vec<String> = models.iter().map(called).collect();
            assumptions.push(format!("No model was named: {} are assumed.", names.join(" and ")));
            models
        }
        [one] => {
            let price = |model: &Model| own_price(model, list).map(|price| price.output_usd_per_mtok);
            let target = price(one).unwrap_or(25.0) / 5.0;
            let provider = one.list.as_deref().and_then(|name| name.split_once('/')).map(|(provider, _)| provider);
            let far = |p: &Price| (p.output_usd_per_mtok.max(1e-6) / target.max(1e-6)).ln().abs();
            let same = list
                .prices
                .iter()
                .filter(|p| Some(p.provider.as_str()) == provider && one.list.as_deref() != Some(p.name().as_str()));
            let near = same.min_by(|a, b| far(a).total_cmp(&far(b))).filter(|p| p.output_usd_per_mtok < 5.0 * target);
            let other = near.map_or_else(
                || Model {
                    name: Some("A cheaper model".to_owned()),
                    input_usd_per_mtok: own_price(one, list).map(|p| p.input_usd_per_mtok / 5.0).or(Some(1.0)),
                    output_usd_per_mtok: Some(target),
                    ..Model::default()
                },
                |p| of_list(&p.name()),
            );
            assumptions.push(format!(
                "One model was named, and with one there is nothing to route: {} is assumed as the other.",
                called(&other)
            ));
            vec![other, one.clone()]
        }
        several => several.to_vec(),
    }
}

/// What a model is called in the scenario.
fn called(model: &Model) -> String {
    let of_list = model.list.as_deref().map(|name| name.split_once('/').map_or(name, |(_, model)| model));
    model.name.as_deref().or(of_list).unwrap_or("").to_owned()
}

/// The price of a model: its own, before the list's.
fn own_price(model: &Model, list: &PriceList) -> Option<Price> {
    let listed = model.list.as_deref().and_then(|name| list.find(name)).cloned();
    let own = model.input_usd_per_mtok.zip(model.output_usd_per_mtok).map(|(input, output)| Price {
        provider: String::new(),
        model: String::new(),
        input_usd_per_mtok: input,
        output_usd_per_mtok: output,
        cached_input_usd_per_mtok: None,
        cache_write_usd_per_mtok: None,
        context_tokens: None,
    });
    let mut price = listed.or(own)?;
    price.input_usd_per_mtok = model.input_usd_per_mtok.unwrap_or(price.input_usd_per_mtok);
    price.output_usd_per_mtok = model.output_usd_per_mtok.unwrap_or(price.output_usd_per_mtok);
    Some(price)
}

fn known(model: &Model, kinds: &[KindOf], list: &PriceList) -> Result<Known, Problem> {
    let name = called(model);
    let of_models = |message: String| Problem::new(Page::Models, message);
    let price = own_price(model, list).ok_or_else(|| of_models(format!("\"{name}\" has no price")))?;
    let tier = tier::with_prices(&Tier { name: name.clone(), list: model.list.clone(), ..Tier::default() }, &price);
    let place = |(kind, good): (&String, &f64)| Some((kinds.iter().position(|of| of.name == *kind)?, good / 100.0));
    let by_kind: BTreeMap<usize, f64> = model.good_percent_by_kind.iter().filter_map(place).collect();
    let share = |place: &usize| kinds.get(*place).map_or(0.0, |kind| kind.share);
    let known: f64 = by_kind.iter().map(|(place, good)| share(place) * good).sum();
    let rest = 1.0 - by_kind.keys().map(share).sum::<f64>();
    let mut overall = model.good_percent.map(|good| good / 100.0);
    let mut good = overall.unwrap_or(f64::NAN);
    if !by_kind.is_empty() && by_kind.len() == kinds.len() {
        if let Some(said) = overall.filter(|said| (said - known).abs() > SAME / 100.0) {
            let message = format!(
                "\"{name}\" is said to answer {} % well over all requests, but its figures by kind come to {:.1} %: leave one of the two out",
                written(100.0 * said),
                100.0 * known
            );
            return Err(of_models(message));
        }
        (overall, good) = (None, known);
    } else if let Some(said) = overall.filter(|_| rest > 0.0 && !by_kind.is_empty()) {
        let needed = 100.0 * (said - known) / rest;
        if !(GOOD[0]..=GOOD[1]).contains(&needed) {
            let message = format!(
                "\"{name}\" is said to answer {} % well over all requests: with its figures by kind the other kinds would need {needed:.1} %, which no \
                 model has",
                written(100.0 * said)
            );
            return Err(of_models(message));
        }
    }
    let is_answered = overall.is_some();
    Ok(Known { tier, overall, is_answered, by_kind, good, part: (known, rest) })
}

/// A cheaper model that answers better leaves nothing to route.
fn order(models: &[(Known, f64)], problems: &mut Vec<Problem>) {
    let known: Vec<&Known> = models.iter().map(|(model, _)| model).filter(|model| !model.good.is_nan()).collect();
    for pair in known.windows(2) {
        if let [cheap, dear] = pair
            && cheap.good > dear.good + 1e-9
        {
            problems.push(Problem::new(
                Page::Models,
                format!(
                    "\"{}\" costs less than \"{}\" and is said to answer better ({:.1} % against {:.1} %): then it does everything, and there is nothing \
                     to route. Look at the two figures again, or leave \"{1}\" out",
                    cheap.tier.name,
                    dear.tier.name,
                    100.0 * cheap.good,
                    100.0 * dear.good
                ),
            ));
        }
    }
}

/// What is assumed of the models of which nothing is known: wrong answers by the price, beside those of which something is.
fn assume(models: &mut [(Known, f64)]) {
    let anchors: Vec<(f64, f64)> = models
        .iter()
        .filter(|(model, _)| !model.good.is_nan())
        .map(|(model, cost)| (*cost, 1.0 - model.good))
        .collect();
    let dearest = models.last().map_or(1.0, |(_, cost)| *cost);
    let far = |a: f64, b: f64| (a.max(1e-12) / b.max(1e-12)).ln();
    for (model, cost) in models.iter_mut().filter(|(model, _)| model.good.is_nan()) {
        let nearest = anchors.iter().min_by(|a, b| far(a.0, *cost).abs().total_cmp(&far(b.0, *cost).abs()));
        let (at, wrong) = nearest.copied().unwrap_or((dearest, 1.0 - typical::GOOD_PERCENT / 100.0));
        let wrong = wrong * (typical::WRONG_BY_PRICE * far(at, *cost)).exp();
        // Never better than what costs more, nor worse than what costs less.
        let least = anchors.iter().filter(|(other, _)| *other >= *cost).map(|(_, wrong)| *wrong).fold(0.008, f64::max);
        let most = anchors.iter().filter(|(other, _)| *other <= *cost).map(|(_, wrong)| *wrong).fold(0.6, f64::min);
        let (known, rest) = model.part;
        model.good = known + rest * (1.0 - wrong.clamp(least, most.max(least)));
        model.overall = Some(model.good);
    }
}
