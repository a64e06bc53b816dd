//! The README and the manual: every link leads somewhere, every page is reached, every command line is one that the program knows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use paretoscope::scenario::read;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn manual() -> Vec<PathBuf> {
    let mut pages: Vec<PathBuf> =
        fs::read_dir(root().join("assets/manual")).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.sort();
    assert!(pages.iter().all(|page| page.extension().is_some_and(|ending| ending == "md")), "{pages:?}");
    pages
}

/// What a Markdown file holds.
#[derive(Default)]
struct Text {
    links: Vec<String>,
    headings: BTreeSet<String>,
    /// Blocks of code, each with its language.
    code: Vec<(String, String)>,
}

/// A heading's name in links, as the usual viewers make it.
fn name(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn text(path: &Path) -> Text {
    let source = fs::read_to_string(path).unwrap();
    let mut found = Text::default();
    let mut heading: Option<String> = None;
    let mut block: Option<(String, String)> = None;
    for event in Parser::new_ext(&source, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                found.links.push(dest_url.into_string());
            }
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => found.headings.extend(heading.take().map(|text| name(&text))),
            Event::Start(Tag::CodeBlock(kind)) => {
                let language =
                    if let CodeBlockKind::Fenced(language) = kind { language.to_string() } else { String::new() };
                block = Some((language, String::new()));
            }
            Event::End(TagEnd::CodeBlock) => found.code.extend(block.take()),
            Event::Text(words) | Event::Code(words) => {
                let into = block.as_mut().map(|block| &mut block.1).or(heading.as_mut());
                if let Some(into) = into {
                    into.push_str(&words);
                }
            }
            _ => {}
        }
    }
    found
}

/// The file and the heading that a relative link leads to.
fn target(from: &Path, link: &str) -> (PathBuf, Option<String>) {
    let (file, heading) = link.split_once('#').map_or((link, None), |(file, heading)| (file, Some(heading.to_owned())));
    let path = if file.is_empty() { from.to_owned() } else { from.parent().unwrap().join(file) };
    (path, heading)
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let files = manual().into_iter().chain([root().join("README.md"), root().join("assets/lesson-format.md")]);
    let mut seen: BTreeMap<PathBuf, Text> = BTreeMap::new();
    for from in files {
        for link in text(&from).links {
            assert!(!link.contains("://"), "{}: {link}: nothing here needs a network", from.display());
            let (path, heading) = target(&from, &link);
            let path = path.canonicalize().unwrap_or_else(|error| panic!("{}: {link}: {error}", from.display()));
            if let Some(heading) = heading {
                let there = seen.entry(path.clone()).or_insert_with(|| text(&path));
                assert!(there.headings.contains(&heading), "{}: {link}: no such heading", from.display());
            }
        }
    }
}

#[test]
fn every_page_is_reached_from_the_first() {
    let manual = manual();
    let mut reached = BTreeSet::new();
    let mut open = vec![root().join("assets/manual/README.md").canonicalize().unwrap()];
    while let Some(page) = open.pop() {
        if !reached.insert(page.clone()) {
            continue;
        }
        let paths = text(&page).links.into_iter().map(|link| target(&page, &link).0.canonicalize().unwrap());
        open.extend(paths.filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    }
    for page in manual {
        assert!(reached.contains(&page.canonicalize().unwrap()), "{}: no link leads here", page.display());
    }
}

#[test]
fn the_readme_is_short_and_holds_the_two_commands() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.lines().count() <= 120, "{} lines", readme.lines().count());
    assert!(readme.contains("cargo run --release") && readme.contains("cargo test"));
}

/// The program's answer to `COMMAND --help`.
fn help(command: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_paretoscope")).args([command, "--help"]).output().unwrap();
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_command_line_is_one_that_the_program_knows() {
    let commands = [
        "new",
        "prices",
        "check",
        "frontier",
        "timeline",
        "detect",
        "decide",
        "plan",
        "rollout",
        "uncertain",
        "calibrate",
        "sweep",
        "preview",
        "import",
        "sample",
        "fit",
        "report",
        "arl",
    ];
    let known: BTreeMap<String, String> =
        commands.into_iter().map(|command| (command.to_owned(), help(command))).collect();
    let mut shown: BTreeSet<String> = BTreeSet::new();
    for file in manual().into_iter().chain([root().join("README.md")]) {
        for (language, block) in text(&file).code {
            // Lines that end in \ go on.
            if language != "sh" {
                continue;
            }
            let whole_lines = block.replace("\\\n", " ");
            for line in whole_lines.lines() {
                let words: Vec<&str> = line.split('#').next().unwrap_or("").split_whitespace().collect();
                let [first, command, rest @ ..] = words.as_slice() else { continue };
                if *first != "paretoscope" || command.contains('.') || *command == "help" {
                    continue;
                }
                let help = known.get(*command).unwrap_or_else(|| panic!("{}: {line}: no such command", file.display()));
                for flag in rest.iter().filter(|word| word.starts_with("--")) {
                    let flag = flag.split('=').next().unwrap();
                    assert!(help.contains(flag), "{}: {line}: {command} has no {flag}", file.display());
                }
                shown.insert((*command).to_owned());
            }
        }
    }
    assert_eq!(shown.len(), commands.len(), "every command has an example: {shown:?}");
}

#[test]
fn every_scenario_in_the_manual_is_in_order() {
    let mut count = 0;
    for file in manual() {
        for (_, block) in text(&file).code.into_iter().filter(|(_, block)| block.starts_with("schema = ")) {
            read::parse(&block, &file.display().to_string()).unwrap_or_else(|problems| panic!("{problems:?}"));
            count += 1;
        }
    }
    assert!(count > 0, "there is at least one whole scenario");
}

#[cfg(feature = "app")]
mod window {
    use std::collections::BTreeSet;

    use eframe::egui::{self, Modifiers};
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;
    use paretoscope::app::App;
    use paretoscope::app::command::Command;
    use paretoscope::app::manual::{PAGES, Place, chapters, place_of};
    use paretoscope::model::address::{Address, Key, Target};

    /// The flagship is behind the manual, with a short study: nobody waits for it.
    fn window(width: f32, height: f32) -> Harness<'static, App> {
        let builder =
            Harness::builder().with_size([width, height]).with_context_setup(paretoscope::app::theme::install);
        let mut harness = builder.build_ui_state(
            |ui, app: &mut App| app.frame(ui),
            App::new(&egui::Context::default(), None, None).without_file_dialogs(),
        );
        let address = Address { target: Target::Study, key: Key::Named("replicates") };
        harness.state_mut().send(Command::Set { address, value: 20.0, dragging: false });
        harness.step();
        harness
    }

    #[test]
    fn the_window_has_every_page_and_follows_every_link() {
        let files: BTreeSet<String> = super::manual()
            .iter()
            .map(|page| format!("manual/{}", page.file_name().unwrap().to_string_lossy()))
            .collect();
        let pages: BTreeSet<String> =
            PAGES.iter().map(|p| p.path.to_owned()).filter(|path| path.starts_with("manual/")).collect();
        assert_eq!(files, pages);
        for (index, (page, chapter)) in PAGES.iter().zip(chapters()).enumerate() {
            assert!(chapter.title.len() > 3, "{}: no title", page.path);
            if !page.path.starts_with("manual/") {
                continue;
            }
            for link in super::text(&super::root().join("assets").join(page.path)).links {
                // Pictures stay on the page; the window leaves them out.
                if link.ends_with(".png") {
                    continue;
                }
                let Some(place) = place_of(index, &link) else {
                    panic!("{}: {link} leads out of the manual", page.path)
                };
                let there = &chapters()[place.page];
                let is_there = place.heading.is_empty() || there.sections.iter().any(|s| s.name == place.heading);
                assert!(is_there, "{}: {link}: no such heading in the window", page.path);
            }
        }
    }

    #[test]
    fn the_menu_opens_it_a_link_leads_on_and_escape_closes_it() {
        let mut harness = window(1280.0, 800.0);
        harness.run_steps(2);
        harness.get_by_label("Help").click();
        harness.run_steps(3);
        harness.get_by_label_contains("Manual").click();
        harness.run_steps(6);
        assert!(harness.state().session().manual.is_open);
        assert_eq!(harness.state().session().manual.place(), Place::default());
        // The list at the left and the text both name the page.
        harness.get_all_by_label("Your own product").last().expect("a link").click();
        harness.run_steps(6);
        let own = PAGES.iter().position(|page| page.path == "manual/your-own-product.md");
        assert_eq!(Some(harness.state().session().manual.place().page), own);
        harness.get_by_label("Back").click();
        harness.run_steps(3);
        assert_eq!(harness.state().session().manual.place(), Place::default());
        harness.key_press(egui::Key::Escape);
        harness.run_steps(3);
        assert!(!harness.state().session().manual.is_open);
        harness.key_press_modifiers(Modifiers::SHIFT, egui::Key::F1);
        harness.run_steps(3);
        assert!(harness.state().session().manual.is_open && harness.state().session().dialog.is_none());
    }

    #[test]
    fn every_page_is_shown_in_a_usual_and_in_a_small_window() {
        for (width, height) in [(1280.0, 800.0), (520.0, 400.0)] {
            let mut harness = window(width, height);
            for page in 0..PAGES.len() {
                let place = Place { page, heading: String::new() };
                harness.state_mut().send(Command::Manual(place));
                harness.run_steps(3);
                let title = &chapters()[page].title;
                harness.get_all_by_label_contains(title).next().expect("its title");
            }
        }
    }
}
