//! Price lists of models: the one that comes with the program, and newer ones in either layout that it reads.
//!
//! A list says what a provider asks for, never what a bill came to. This module knows no window, no files and no threads; `list` reads the program's
//! own layout, `open_list` the open list of model prices that LiteLLM keeps.

mod list;
mod open_list;
pub mod tier;

use std::sync::LazyLock;

use crate::scenario::read::MAX_NAME;

/// Largest list that is read, bytes. The open list has about two million.
pub const MAX_BYTES: u64 = 16 << 20;
/// Most models of a list; further ones are counted.
pub const MAX_MODELS: usize = 20_000;
/// Greatest price, USD per million tokens, as for a tier.
const MAX_PRICE: f64 = 1e5;

/// What a model costs by a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Price {
    /// Who offers it.
    pub provider: String,
    /// Its name there.
    pub model: String,
    /// Input tokens, USD per million.
    pub input_usd_per_mtok: f64,
    /// Output tokens, USD per million.
    pub output_usd_per_mtok: f64,
    /// Input tokens from the prompt cache, USD per million; `None`: not stated.
    pub cached_input_usd_per_mtok: Option<f64>,
    /// Input tokens written to the prompt cache, USD per million; `None`: not stated.
    pub cache_write_usd_per_mtok: Option<f64>,
    /// Longest context, tokens; `None`: not stated.
    pub context_tokens: Option<u64>,
}

impl Price {
    /// Its name in scenarios: `provider/model`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.provider, self.model)
    }

    /// Why it cannot be used; `None` where it can.
    fn fault(&self) -> Option<String> {
        for (what, name) in [("provider", &self.provider), ("model", &self.model)] {
            if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
                return Some(format!(
                    "the name of the {what} is empty, longer than {MAX_NAME} characters, or not plain text"
                ));
            }
        }
        let prices = [
            ("input price", Some(self.input_usd_per_mtok)),
            ("output price", Some(self.output_usd_per_mtok)),
            ("price of cached input", self.cached_input_usd_per_mtok),
            ("price of writing to the cache", self.cache_write_usd_per_mtok),
        ];
        let wrong =
            prices.into_iter().find(|(_, price)| price.is_some_and(|price| !(0.0..=MAX_PRICE).contains(&price)));
        wrong.map(|(what, _)| format!("the {what} is not from 0 to {MAX_PRICE} USD per million tokens"))
    }
}

/// Entries of a list that were left out, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Models for other things than text, such as pictures or embeddings.
    pub other_uses: usize,
    /// Without a price of input or output.
    pub without_price: usize,
    /// Named a second time.
    pub doubles: usize,
    /// Beyond the most that a list may have.
    pub too_many: usize,
    /// Not understood, or with values that no price can have.
    pub unreadable: usize,
    /// What is wrong with the first few of these.
    pub examples: Vec<String>,
}

/// Entries that are complained about by name.
const EXAMPLES: usize = 5;

impl LeftOut {
    /// How many in all.
    pub fn count(&self) -> usize {
        self.other_uses + self.without_price + self.doubles + self.too_many + self.unreadable
    }

    fn complain(&mut self, what: String) {
        self.unreadable += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(what);
        }
    }

    /// In words, one line each.
    pub fn lines(&self) -> Vec<String> {
        let counts = [
            (self.other_uses, "for other things than text"),
            (self.without_price, "without a price of input and output"),
            (self.doubles, "named a second time"),
            (self.too_many, "beyond the most that a list may have"),
            (self.unreadable, "not understood"),
        ];
        let said = counts.into_iter().filter(|(count, _)| *count > 0);
        said.map(|(count, why)| format!("left out: {count} {why}")).chain(self.examples.iter().cloned()).collect()
    }
}

/// A list of prices.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PriceList {
    /// The day that its prices are of, as the list writes it; empty: it does not say.
    pub date: String,
    /// Where the prices come from.
    pub source: String,
    /// By provider and model.
    pub prices: Vec<Price>,
    /// What else was in it.
    pub left_out: LeftOut,
}

static SHIPPED: LazyLock<PriceList> =
    LazyLock::new(|| list::parse(include_str!("../../assets/prices.toml")).unwrap_or_default());

/// The list that comes with the program.
pub fn shipped() -> &'static PriceList {
    &SHIPPED
}

impl PriceList {
    /// Reads a list in either layout; `source` is where it comes from, for one that does not say so itself.
    ///
    /// # Errors
    /// All that keeps it from being a list, in words.
    pub fn parse(bytes: &[u8], source: &str) -> Result<Self, Vec<String>> {
        if bytes.len() as u64 > MAX_BYTES {
            return Err(vec![format!("the list has more than {} MiB, the most that is read", MAX_BYTES >> 20)]);
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = std::str::from_utf8(bytes).map_err(|_| vec!["the list is not UTF-8 text".to_owned()])?;
        let is_json = text.trim_start().starts_with(['{', '[']) && !text.trim_start().starts_with("[[");
        let mut list = if is_json { open_list::parse(text).map_err(|why| vec![why])? } else { list::parse(text)? };
        if list.source.is_empty() {
            source.clone_into(&mut list.source);
        }
        if list.prices.is_empty() {
            let mut why = vec!["there is no model with a price in the list".to_owned()];
            why.extend(list.left_out.lines());
            return Err(why);
        }
        Ok(list)
    }

    /// Takes up prices: the first of each name, in order.
    fn fill(&mut self, mut found: Vec<Price>) {
        found.sort_by(|a, b| (&a.provider, &a.model).cmp(&(&b.provider, &b.model)));
        let before = found.len();
        found.dedup_by(|later, first| later.provider == first.provider && later.model == first.model);
        self.left_out.doubles += before - found.len();
        self.prices = found;
    }

    /// The price of a model by its name in scenarios, `provider/model`.
    pub fn find(&self, name: &str) -> Option<&Price> {
        let (provider, model) = name.split_once('/')?;
        self.prices.iter().find(|price| price.provider == provider && price.model == model)
    }

    /// The models whose name holds every word of `search`, in any case; all of them for an empty one.
    pub fn search(&self, search: &str) -> Vec<&Price> {
        let words: Vec<String> = search.split_whitespace().map(str::to_lowercase).collect();
        let fits = |price: &&Price| {
            let name = price.name().to_lowercase();
            words.iter().all(|word| name.contains(word.as_str()))
        };
        self.prices.iter().filter(fits).collect()
    }

    /// What it is called within a sentence: "the list of 2026-07-24".
    pub fn told(&self) -> String {
        if self.date.is_empty() { format!("the list in {}", self.source) } else { format!("the list of {}", self.date) }
    }

    /// The same at the beginning of a sentence.
    pub fn told_first(&self) -> String {
        self.told().replacen('t', "T", 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_list_is_whole() {
        let list = list::parse(include_str!("../../assets/prices.toml"));
        assert_eq!(list.as_ref().map(|list| list.prices.len()), Ok(50));
        assert_eq!(shipped().left_out.count(), 0);
        let haiku = shipped().find("anthropic/claude-haiku-4-5");
        let found = haiku.map(|p| (p.input_usd_per_mtok, p.output_usd_per_mtok, p.cached_input_usd_per_mtok));
        assert_eq!(found, Some((1.0, 5.0, Some(0.1))));
        assert_eq!(shipped().date, "2026-07-24");
    }

    #[test]
    fn a_search_finds_every_word_in_any_case() {
        let names = |search| shipped().search(search).iter().map(|p| p.name()).collect::<Vec<_>>();
        assert_eq!(names("MINI openAI 4.1"), ["openai/gpt-4.1-mini"]);
        assert_eq!(names("openai/gpt-4o"), ["openai/gpt-4o", "openai/gpt-4o-mini"]);
        assert_eq!(names("").len(), 50);
        assert!(names("no such model").is_empty());
    }
}
