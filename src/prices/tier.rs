//! A tier beside its entry of a price list.

use super::{Price, PriceList};
use crate::entry::written;
use crate::model::Tier;
use crate::scenario::visible::name;

/// What the entry of a tier says that the tier does not.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The tier with the prices of the list.
    pub taken_over: Tier,
    /// In words: "The list of 2026-07-24 has 3 USD in, 15 USD out; this file 2.5 and 12".
    pub told: String,
}

/// The tier with the prices of the list; what the list does not state stays.
pub fn with_prices(tier: &Tier, price: &Price) -> Tier {
    let mut tier = tier.clone();
    tier.input_usd_per_mtok = price.input_usd_per_mtok;
    tier.output_usd_per_mtok = price.output_usd_per_mtok;
    if let Some(cached) = price.cached_input_usd_per_mtok {
        tier.cached_input.usd_per_mtok = cached;
    }
    tier
}

/// Where a tier's prices differ from those of its entry; `None` where it has no entry, or they do not.
pub fn difference(tier: &Tier, list: &PriceList) -> Option<Difference> {
    let price = list.find(tier.list.as_deref()?)?;
    // What nothing is bought at need not be right.
    let cached = price.cached_input_usd_per_mtok.filter(|_| tier.cached_input.hit_rate > 0.0);
    let mut theirs = vec![(price.input_usd_per_mtok, "in"), (price.output_usd_per_mtok, "out")];
    let mut ours = vec![tier.input_usd_per_mtok, tier.output_usd_per_mtok];
    if let Some(cached) = cached.filter(|cached| *cached != tier.cached_input.usd_per_mtok) {
        theirs.push((cached, "in from the cache"));
        ours.push(tier.cached_input.usd_per_mtok);
    }
    if theirs.iter().zip(&ours).all(|((theirs, _), ours)| theirs == ours) {
        return None;
    }
    let theirs: Vec<String> = theirs.iter().map(|(price, what)| format!("{} USD {what}", written(*price))).collect();
    let last = ours.pop().map(written).unwrap_or_default();
    let ours: Vec<String> = ours.into_iter().map(written).collect();
    let told = format!("{} has {}; this file {} and {last}", list.told_first(), theirs.join(", "), ours.join(", "));
    Some(Difference { taken_over: with_prices(tier, price), told })
}

/// What is said of a tier whose entry the list does not have.
pub fn unlisted(tier: &Tier, list: &PriceList) -> Option<String> {
    let wanted = tier.list.as_deref().filter(|wanted| list.find(wanted).is_none())?;
    Some(format!("tier \"{}\": {} has no \"{}\"; lists change", name(&tier.name), list.told(), name(wanted)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CachedInput;
    use crate::prices::shipped;

    #[test]
    fn prices_that_differ_are_told_and_taken_over() {
        let tier = Tier {
            name: "Middle".to_owned(),
            input_usd_per_mtok: 2.5,
            output_usd_per_mtok: 12.0,
            list: Some("anthropic/claude-sonnet-4-6".to_owned()),
            ..Tier::default()
        };
        let found = difference(&tier, shipped());
        let told = found.as_ref().map(|found| found.told.as_str());
        assert_eq!(told, Some("The list of 2026-07-24 has 3 USD in, 15 USD out; this file 2.5 and 12"));
        let Some(found) = found else { return };
        assert_eq!((found.taken_over.input_usd_per_mtok, found.taken_over.output_usd_per_mtok), (3.0, 15.0));
        assert_eq!(difference(&found.taken_over, shipped()), None);
        let cached = Tier {
            cached_input: CachedInput { usd_per_mtok: 0.5, write_usd_per_mtok: None, hit_rate: 0.5 },
            ..found.taken_over
        };
        let told = difference(&cached, shipped()).map(|found| found.told).unwrap_or_default();
        assert!(told.ends_with("3 USD in, 15 USD out, 0.3 USD in from the cache; this file 3, 15 and 0.5"), "{told}");
    }

    #[test]
    fn a_name_that_no_list_has_is_said_and_no_more() {
        let tier = Tier { name: "Own".to_owned(), list: Some("us/own".to_owned()), ..Tier::default() };
        assert_eq!(difference(&tier, shipped()), None);
        let told = unlisted(&tier, shipped());
        assert_eq!(told.as_deref(), Some("tier \"Own\": the list of 2026-07-24 has no \"us/own\"; lists change"));
    }
}
