//! Every term of the program with its meaning, from the page of words of the manual.

use std::sync::LazyLock;

use eframe::egui::{self, RichText};
use pulldown_cmark::{Event, Parser};

use super::manual::{PAGES, Place, name_in_links};

/// The page of the manual that says what words mean.
pub const PAGE: &str = "manual/words.md";

/// A term.
#[derive(Debug)]
pub struct Term {
    /// How it is called.
    pub name: String,
    /// What it belongs to.
    pub group: String,
    /// What it means, without marks of emphasis.
    pub meaning: String,
    /// Its place in the manual.
    pub place: Place,
}

static TERMS: LazyLock<Vec<Term>> = LazyLock::new(read);

/// All of them, in the order of the page.
pub fn terms() -> &'static [Term] {
    &TERMS
}

fn read() -> Vec<Term> {
    let Some(page) = PAGES.iter().position(|page| page.path == PAGE) else { return Vec::new() };
    let text = PAGES.get(page).map_or("", |page| page.text);
    let mut terms: Vec<Term> = Vec::new();
    let mut group = "";
    let mut body = String::new();
    let close = |terms: &mut Vec<Term>, body: &mut String| {
        if let Some(term) = terms.last_mut().filter(|term| term.meaning.is_empty()) {
            term.meaning = without_marks(body);
        }
        body.clear();
    };
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("### ") {
            close(&mut terms, &mut body);
            let place = Place { page, heading: name_in_links(name) };
            let (name, group) = (name.trim().to_owned(), group.to_owned());
            terms.push(Term { name, group, meaning: String::new(), place });
        } else if let Some(name) = line.strip_prefix("## ") {
            close(&mut terms, &mut body);
            group = name.trim();
        } else {
            body.push_str(line);
            body.push('\n');
        }
    }
    close(&mut terms, &mut body);
    terms
}

/// What a text says, without marks of emphasis and without where its links lead.
fn without_marks(markdown: &str) -> String {
    let mut text = String::new();
    for event in Parser::new(markdown) {
        match event {
            Event::Text(words) | Event::Code(words) => text.push_str(&words),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            _ => {}
        }
    }
    text.trim().to_owned()
}

/// Those whose name or meaning holds every word of a text, in any case; names first.
pub fn find(text: &str) -> Vec<&'static Term> {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let holds = |place: &str| {
        let place = place.to_lowercase();
        words.iter().all(|word| place.contains(word.as_str()))
    };
    let (named, others): (Vec<_>, Vec<_>) = terms().iter().partition(|term| holds(&term.name));
    let mut found: Vec<&Term> =
        named.into_iter().chain(others.into_iter().filter(|term| holds(&term.meaning))).collect();
    // Whoever types a whole name wants that one.
    found.sort_by_key(|term| !term.name.eq_ignore_ascii_case(text.trim()));
    found
}

/// The terms that stand in a text as words of their own, at most this many, the longest names first.
pub fn within(text: &str, most: usize) -> Vec<&'static Term> {
    let text = format!(" {} ", spaced(text));
    let stands = |term: &&Term| term.name.split(", ").any(|name| text.contains(&format!(" {} ", spaced(name))));
    let mut found: Vec<&Term> = terms().iter().filter(stands).collect();
    found.sort_by_key(|term| std::cmp::Reverse(term.name.len()));
    found.truncate(most);
    found
}

/// The meaning of terms within a text, for what explains a number or a figure.
pub fn explain(ui: &mut egui::Ui, text: &str) {
    for term in within(text, 2) {
        ui.label(RichText::new(format!("{}: {}", term.name, term.meaning)).small().weak());
    }
}

/// In small letters, with one space between words and nothing else.
fn spaced(text: &str) -> String {
    let kept: String = text.chars().map(|c| if c.is_alphanumeric() || c == '-' { c } else { ' ' }).collect();
    kept.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_term_has_a_meaning_and_is_found_by_its_name() {
        assert!(terms().len() > 80, "only {} terms", terms().len());
        for term in terms() {
            assert!(term.meaning.len() > 15 && term.meaning.ends_with('.'), "{}: {}", term.name, term.meaning);
            assert!(!term.meaning.contains("](") && !term.meaning.contains("**"), "{}", term.meaning);
            assert!(find(&term.name).first().is_some_and(|first| first.name.contains(&term.name)), "{}", term.name);
        }
    }

    #[test]
    fn terms_are_found_in_names_of_numbers() {
        let names = |text| within(text, 3).into_iter().map(|term| term.name.as_str()).collect::<Vec<_>>();
        assert_eq!(names("Confidence AUROC"), ["AUROC"]);
        assert_eq!(names("Hidden-hard share"), ["Hidden-hard"]);
        assert_eq!(names("Requests a day"), Vec::<&str>::new());
        assert_eq!(names("Judged cascade"), ["Judged cascade", "Cascade"]);
    }
}
