//! What a scenario's file says beside its numbers: the comment at a key is where the number comes from.

use std::collections::BTreeMap;

use toml_edit::{Item, RawString, Table};

use super::deep;

/// Longest comment that is kept, characters.
const LONGEST: usize = 400;

/// Comments of a file by the place of their key: list (or section), index in the list, key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comments {
    by_place: BTreeMap<(String, usize, String), String>,
}

impl Comments {
    /// Of a scenario's text; none where it cannot be read.
    pub fn of(text: &str) -> Self {
        let mut comments = Self::default();
        let Ok(document) = deep::document(text) else { return comments };
        comments.section(text, "", 0, document.as_table());
        comments
    }

    /// The comment at a key, dotted or not: that of the key itself, or of the value that it stands in. The top of the file is the section "",
    /// and the key "" is the section's own head.
    pub fn at(&self, section: &str, index: usize, key: &str) -> Option<&str> {
        let outer = key.split('.').next().unwrap_or(key);
        let found = |key: &str| self.by_place.get(&(section.to_owned(), index, key.to_owned()));
        found(key).or_else(|| found(outer)).map(String::as_str)
    }

    fn section(&mut self, text: &str, name: &str, index: usize, table: &Table) {
        // Above the section's head: about all of it.
        self.keep(text, (name, index, ""), table.decor().prefix(), None);
        for (key, item) in table.iter() {
            match item {
                Item::Table(inner) if name.is_empty() => self.section(text, key, 0, inner),
                Item::Table(inner) => {
                    for (inner_key, value) in inner.iter() {
                        self.value(text, (name, index, &format!("{key}.{inner_key}")), inner, inner_key, value);
                    }
                }
                Item::ArrayOfTables(list) => {
                    for (index, inner) in list.iter().enumerate() {
                        self.section(text, key, index, inner);
                    }
                }
                value => self.value(text, (name, index, key), table, key, value),
            }
        }
    }

    fn value(&mut self, text: &str, place: (&str, usize, &str), table: &Table, key: &str, item: &Item) {
        let above = table.key(key).and_then(|k| k.leaf_decor().prefix());
        self.keep(text, place, above, item.as_value().and_then(|v| v.decor().suffix()));
    }

    fn keep(
        &mut self,
        text: &str,
        (section, index, key): (&str, usize, &str),
        above: Option<&RawString>,
        behind: Option<&RawString>,
    ) {
        let raw = |part: Option<&RawString>| {
            part.and_then(|p| p.as_str().or_else(|| text.get(p.span()?))).unwrap_or_default().to_owned()
        };
        let words = |text: &str| {
            let lines = text.lines().filter_map(|line| line.trim().strip_prefix('#')).map(str::trim);
            lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
        };
        // Lines right above belong to it; those before an empty line to what came earlier.
        let above = raw(above);
        let parts = [words(above.trim_end_matches(' ').rsplit("\n\n").next().unwrap_or("")), words(&raw(behind))];
        let said = parts.iter().filter(|s| !s.is_empty()).cloned().collect::<Vec<_>>().join(" ");
        if !said.is_empty() {
            let said = said.chars().take(LONGEST).collect();
            self.by_place.insert((section.to_owned(), index, key.to_owned()), said);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_belong_to_the_key_above_or_beside_which_they_stand() {
        let text = "schema = 1\n# the file\n\n# made up\nseed = 3 # prime\n\n[[tier]]\nname = \"a\"\n\n# the other\n[[tier]]\nname = \"b\"\n\
                    # the price list of May\ninput_usd_per_mtok = 1.0\nlatency = { first_token_ms = 3 } # measured\n\
                    # of the pilot\nability = 0.5\n\n[economics]\nticket = { usd = 9.0 } # the help desk\nreask = 0.1\n";
        let comments = Comments::of(text);
        assert_eq!(comments.at("", 0, "seed"), Some("made up prime"));
        assert_eq!(comments.at("tier", 1, "input_usd_per_mtok"), Some("the price list of May"));
        assert_eq!(comments.at("tier", 1, ""), Some("the other"));
        assert_eq!(comments.at("tier", 0, "input_usd_per_mtok"), None);
        assert_eq!(comments.at("tier", 1, "latency.first_token_ms"), Some("measured"));
        assert_eq!(comments.at("tier", 1, "ability"), Some("of the pilot"));
        assert_eq!(comments.at("economics", 0, "ticket.usd"), Some("the help desk"));
        assert_eq!(comments.at("economics", 0, "reask"), None);
        assert_eq!(Comments::of("not = [ toml"), Comments::default());
    }
}
