//! The manual: its pages are part of the program, so that it can be read without a network.
//!
//! A page is one line in [`PAGES`]. Links between pages are followed inside the window; `tests/window/manual.rs` checks that every link leads
//! to a page and a heading that exist.

use std::path::{Component, Path};
use std::sync::LazyLock;

use pulldown_cmark::{Event, Parser, Tag};

/// A page as it stands in the repository.
#[derive(Debug)]
pub struct Page {
    /// Its file, as seen from `assets/`.
    pub path: &'static str,
    /// Markdown.
    pub text: &'static str,
}

macro_rules! page {
    ($path:literal) => {
        Page { path: $path, text: include_str!(concat!("../../assets/", $path)) }
    };
}

/// All pages, in the order of the list beside them. The first is the table of contents.
pub const PAGES: &[Page] = &[
    page!("manual/README.md"),
    page!("manual/five-minutes.md"),
    page!("manual/your-own-product.md"),
    page!("manual/prices.md"),
    page!("manual/known-figures.md"),
    page!("manual/your-own-log.md"),
    page!("manual/reading-the-pictures.md"),
    page!("manual/monitoring.md"),
    page!("manual/deciding.md"),
    page!("manual/rollout.md"),
    page!("manual/conversations.md"),
    page!("manual/uncertainty.md"),
    page!("manual/sweeps.md"),
    page!("manual/teaching.md"),
    page!("manual/sharing.md"),
    page!("manual/command-line.md"),
    page!("manual/method-and-limits.md"),
    page!("manual/words.md"),
    page!("manual/install.md"),
    page!("scenario-format.md"),
    page!("lesson-format.md"),
];

/// Characters that the window's font does not have, and what stands for them.
const NOT_IN_FONT: [(char, &str); 2] = [('→', ">"), ('∝', "~")];

/// A page, and a heading on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Index of the page.
    pub page: usize,
    /// Name of the heading in links; empty for the top of the page.
    pub heading: String,
}

/// What the reader has looked at.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// Whether the manual is shown.
    pub is_open: bool,
    trail: Vec<Place>,
}

impl Reading {
    /// The place that is shown.
    pub fn place(&self) -> Place {
        self.trail.last().cloned().unwrap_or_default()
    }

    /// How many places were visited before this one.
    pub fn visited(&self) -> usize {
        self.trail.len()
    }

    /// Shows another place.
    pub fn go(&mut self, place: Place) {
        self.is_open = true;
        self.trail.push(place);
    }

    /// Shows the place before.
    pub fn back(&mut self) {
        self.trail.pop();
    }
}

/// A page as it is shown.
#[derive(Debug)]
pub struct Chapter {
    /// Its title.
    pub title: String,
    /// Its parts, each with its heading.
    pub sections: Vec<Section>,
}

/// A part of a page, from one heading to the next.
#[derive(Debug)]
pub struct Section {
    /// Name of the heading in links.
    pub name: String,
    /// What stands in it.
    pub parts: Vec<Part>,
    /// Its links to pages: what is written in the text, and where it leads.
    pub links: Vec<(String, Place)>,
}

/// What a section is made of.
#[derive(Debug, PartialEq, Eq)]
pub enum Part {
    /// Markdown.
    Prose(String),
    /// Commands, outputs and files, as they are.
    Code(String),
}

impl Section {
    fn new(heading: &str) -> Self {
        Self { name: name_in_links(heading), parts: Vec::new(), links: Vec::new() }
    }

    fn add_prose(&mut self, line: &str) {
        if !matches!(self.parts.last(), Some(Part::Prose(_))) {
            self.parts.push(Part::Prose(String::new()));
        }
        if let Some(Part::Prose(text)) = self.parts.last_mut() {
            let shown =
                NOT_IN_FONT.iter().fold(line.to_owned(), |line, (missing, instead)| line.replace(*missing, instead));
            text.push_str(&shown);
            text.push('\n');
        }
    }

    fn add_code(&mut self, line: &str) {
        if let Some(Part::Code(text)) = self.parts.last_mut() {
            text.push_str(line);
            text.push('\n');
        }
    }
}

static CHAPTERS: LazyLock<Vec<Chapter>> =
    LazyLock::new(|| PAGES.iter().enumerate().map(|(index, page)| chapter(index, page)).collect());

/// All pages, in the order of [`PAGES`].
pub fn chapters() -> &'static [Chapter] {
    &CHAPTERS
}

fn chapter(index: usize, page: &Page) -> Chapter {
    let mut sections: Vec<Section> = vec![Section::new("")];
    // What ends the block of code that a line stands in.
    let mut fence: Option<&str> = None;
    for line in page.text.lines() {
        let ticks = &line[..line.len() - line.trim_start_matches('`').len()];
        let heading = line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#'));
        if let (None, Some(heading)) = (fence, heading) {
            sections.push(Section::new(heading));
        }
        let Some(section) = sections.last_mut() else { continue };
        match fence {
            Some(end) if line == end => fence = None,
            Some(_) => section.add_code(line),
            None if ticks.len() >= 3 => {
                fence = Some(ticks);
                section.parts.push(Part::Code(String::new()));
            }
            // Whoever reads this has the window itself in sight.
            None if line.starts_with("![") => {}
            None => section.add_prose(line),
        }
    }
    sections.retain(|section| !section.parts.is_empty());
    for section in &mut sections {
        for part in &section.parts {
            let Part::Prose(text) = part else { continue };
            for event in Parser::new(text) {
                if let Event::Start(Tag::Link { dest_url, .. }) = event
                    && let Some(place) = place_of(index, &dest_url)
                {
                    section.links.push((dest_url.into_string(), place));
                }
            }
        }
    }
    let title = page.text.lines().next().unwrap_or_default().trim_start_matches('#').trim().to_owned();
    Chapter { title, sections }
}

/// How links name a heading.
pub fn name_in_links(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Where a link of a page leads, if it leads to a page.
pub fn place_of(from: usize, link: &str) -> Option<Place> {
    let (file, heading) = link.split_once('#').unwrap_or((link, ""));
    if file.is_empty() {
        return Some(Place { page: from, heading: heading.to_owned() });
    }
    let mut path: Vec<&str> = PAGES.get(from)?.path.split('/').collect();
    path.pop();
    for part in Path::new(file).components() {
        match part {
            Component::ParentDir => drop(path.pop()?),
            Component::Normal(name) => path.push(name.to_str()?),
            _ => return None,
        }
    }
    let path = path.join("/");
    let page = PAGES.iter().position(|page| page.path == path)?;
    Some(Place { page, heading: heading.to_owned() })
}
