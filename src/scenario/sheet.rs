//! A list of a scenario as a table that a spreadsheet takes and gives back: a row an entry, a column a number.
//!
//! Columns are found by any of their names: the key of the file, the name in the window, or the figure that stands for the number in plain
//! words. Rows are found by the names of their entries; a name that is not there yet adds an entry.

use super::edit;
use crate::entry::{Face, Key as Described, List, Shown, typed, written};
use crate::model::Scenario;
use crate::model::address::{self, Address, Key, Target, entry_of};
use crate::plain;

/// Most rows that are taken over; more than a scenario holds.
const MOST_ROWS: usize = 1_000;
/// Rounds in which figures that depend on each other have to settle, and by how much of a number they may still move.
const ROUNDS: usize = 40;
const SETTLED: f64 = 1e-6;
/// Most complaints that are listed.
const MOST_COMPLAINTS: usize = 20;

/// What came of a pasted table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Numbers that are different now.
    pub changed: usize,
    /// Names of entries that were added.
    pub added: Vec<String>,
    /// Columns that stand for nothing.
    pub unknown: Vec<String>,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Column {
    key: &'static Described,
    /// Whether its cells are the figures that stand for the number.
    is_figure: bool,
}

/// The keys of an entry that a column can be about: its single numbers.
pub fn keys(scenario: &Scenario, list: List) -> Vec<&'static Described> {
    let Some(entry) = entry_of(scenario, Target::of_entry(list, 0)) else { return Vec::new() };
    let is_shown = |key: &&'static Described| key.number().is_some() && key.drag.is_some();
    entry.keys().into_iter().filter(is_shown).collect()
}

/// The list as text with tabs between its cells, a header first.
pub fn text(scenario: &Scenario, list: List) -> String {
    let keys = keys(scenario, list);
    let header = std::iter::once("name").chain(keys.iter().map(|key| key.name)).collect::<Vec<_>>().join("\t");
    let mut rows = vec![header];
    for (index, name) in scenario.names(list).into_iter().enumerate() {
        let target = Target::of_entry(list, index);
        let value = |key: &&Described| {
            let value = address::get(scenario, Address { target, key: Key::Named(key.name) });
            value.map_or_else(String::new, written)
        };
        rows.push(std::iter::once(cell(&name)).chain(keys.iter().map(value)).collect::<Vec<_>>().join("\t"));
    }
    rows.join("\n") + "\n"
}

/// A text without what would end its cell.
fn cell(text: &str) -> String {
    text.replace(['\t', '\n', '\r'], " ")
}

/// Takes a table over into a list of the scenario.
///
/// # Errors
/// Everything that speaks against it, each with its row and column; the scenario then stays as it is.
pub fn take(scenario: &mut Scenario, list: List, table: &str) -> Result<Taken, Vec<String>> {
    let separator = separator(table);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .trim(csv::Trim::All)
        .from_reader(table.as_bytes());
    let rows: Vec<csv::StringRecord> =
        reader.records().take(MOST_ROWS + 1).collect::<Result<_, _>>().map_err(|error| vec![error.to_string()])?;
    let (header, rows) = rows.split_first().ok_or_else(|| vec!["there is nothing in it".to_owned()])?;
    if rows.len() > MOST_ROWS {
        return Err(vec![format!("it has more than {MOST_ROWS} rows")]);
    }
    let mut taken = Taken::default();
    let columns: Vec<Option<Column>> =
        header.iter().skip(1).map(|name| column(scenario, list, name, &mut taken.unknown)).collect();
    if columns.iter().all(Option::is_none) {
        let known: Vec<&str> = keys(scenario, list).iter().map(|key| key.name).collect();
        return Err(vec![format!(
            "no column is known: the first row names the columns, the first of them holds names, and the others can be {}",
            known.join(", ")
        )]);
    }
    let before = scenario.clone();
    let mut edited = scenario.clone();
    let mut complaints = Vec::new();
    let doubled =
        |column: &Column| columns.iter().flatten().filter(|other| other.key.name == column.key.name).count() > 1;
    if let Some(column) = columns.iter().flatten().find(|column| doubled(column)) {
        return Err(vec![format!("two columns are about {}", column.key.name)]);
    }
    let rows: Vec<(usize, Target, &csv::StringRecord)> = rows
        .iter()
        .enumerate()
        .filter_map(|(number, row)| {
            let name = row.get(0).unwrap_or_default();
            Some((number, place(&mut edited, list, name, &mut taken.added, &mut complaints)?, row))
        })
        .collect();
    let cells = |wanted: fn(&Column) -> bool| {
        let of_row = |(number, target, row): &(usize, Target, &csv::StringRecord)| {
            let cells = columns.iter().zip(row.iter().skip(1).map(str::to_owned));
            let cells = cells.filter_map(|(column, text)| Some((column.filter(wanted)?, text)));
            let (number, target) = (*number, *target);
            cells
                .filter(|(_, text)| !text.is_empty())
                .map(move |(column, text)| (number, target, column, text))
                .collect::<Vec<_>>()
        };
        rows.iter().flat_map(of_row).collect::<Vec<_>>()
    };
    // A figure depends on the numbers beside it, so that those come first.
    for (number, target, column, text) in cells(|column| !column.is_figure) {
        if let Err(why) = put(&mut edited, target, column, &in_points(&text, separator)) {
            complaints.push(format!("row {}, {}: {why}", number + 2, column.key.name));
        }
    }
    let shares = cells(is_part).into_iter().filter_map(|(number, target, _, text)| {
        let share = typed(&in_points(&text, separator))
            .map(|percent| percent / 100.0)
            .filter(|share| (0.0..=1.0).contains(share));
        if share.is_none() {
            complaints.push(format!("row {}: \"{text}\" is no share of the traffic, in per cent", number + 2));
        }
        Some((target, share?))
    });
    let shares: Vec<(Target, f64)> = shares.collect();
    complaints.extend(part(&mut edited, &shares).err());
    // Figures of one entry may depend on each other: they are put again until all hold.
    let figures = cells(|column| column.is_figure && !is_part(column));
    for round in 0..ROUNDS {
        let mut is_settled = true;
        for (number, target, column, text) in &figures {
            let address = Address { target: *target, key: Key::Named(column.key.name) };
            let before = address::get(&edited, address);
            if let Err(why) = put(&mut edited, *target, *column, &in_points(text, separator)) {
                complaints.push(format!("row {}, {}: {why}", number + 2, column.key.name));
            }
            let moved = before
                .zip(address::get(&edited, address))
                .is_none_or(|(a, b)| (a - b).abs() > SETTLED * a.abs().max(1.0));
            is_settled &= !moved;
        }
        if is_settled || !complaints.is_empty() {
            break;
        }
        if round + 1 == ROUNDS {
            complaints.push("the figures of a row cannot all hold together".to_owned());
        }
    }
    if !complaints.is_empty() {
        complaints.dedup();
        let more = complaints.len().saturating_sub(MOST_COMPLAINTS);
        complaints.truncate(MOST_COMPLAINTS);
        if more > 0 {
            complaints.push(format!("and {more} more"));
        }
        return Err(complaints);
    }
    taken.changed = changed(&before, &edited, list);
    *scenario = edited;
    Ok(taken)
}

/// Whether the cells of a column are parts of the traffic, which follow from each other.
fn is_part(column: &Column) -> bool {
    column.is_figure && column.key.face == Face::Figure(Shown::PartOfTraffic)
}

/// Gives segments these parts of the traffic; the others keep their proportions.
fn part(scenario: &mut Scenario, shares: &[(Target, f64)]) -> Result<(), String> {
    if shares.is_empty() {
        return Ok(());
    }
    let given: f64 = shares.iter().map(|(_, share)| share).sum();
    let is_given = |index: usize| shares.iter().any(|(target, _)| *target == Target::Segment(index));
    let others: f64 = scenario.segments.iter().enumerate().filter(|(i, _)| !is_given(*i)).map(|(_, s)| s.share).sum();
    if others > 0.0 && given >= 1.0 {
        return Err("the shares of the traffic leave nothing for the rows that are not in the table".to_owned());
    }
    for (index, segment) in scenario.segments.iter_mut().enumerate() {
        let own = shares.iter().rev().find(|(target, _)| *target == Target::Segment(index)).map(|(_, share)| *share);
        segment.share = own.unwrap_or(if others > 0.0 { segment.share * (1.0 - given) / others } else { 0.0 });
    }
    Ok(())
}

/// A number with a point for its decimals: semicolons part the cells where the comma is the decimal sign.
fn in_points(text: &str, separator: u8) -> String {
    if separator == b';' && !text.contains('.') { text.replace(',', ".") } else { text.to_owned() }
}

/// Tabs, as spreadsheets copy them; or semicolons, where the decimal sign is a comma; or commas.
fn separator(table: &str) -> u8 {
    let header = table.lines().next().unwrap_or_default();
    [b'\t', b';'].into_iter().find(|separator| header.as_bytes().contains(separator)).unwrap_or(b',')
}

/// What a column of this name is about.
fn column(scenario: &Scenario, list: List, name: &str, unknown: &mut Vec<String>) -> Option<Column> {
    let wanted = plainly(name);
    let is_named = |other: &str| !other.is_empty() && plainly(other) == wanted;
    let keys = keys(scenario, list);
    let found = keys.iter().find_map(|key| {
        let label = key.drag.map_or("", |drag| drag.label);
        match key.face {
            Face::Figure(shown) if is_named(plain::words(shown)) => Some(Column { key, is_figure: true }),
            Face::Called(name) if is_named(name) => Some(Column { key, is_figure: false }),
            _ if is_named(key.name) || is_named(label) => Some(Column { key, is_figure: false }),
            _ => None,
        }
    });
    if found.is_none() && !name.is_empty() {
        unknown.push(name.to_owned());
    }
    found
}

/// A name in small letters, without what people write differently, and without its unit in brackets.
fn plainly(name: &str) -> String {
    let name = name.split(['(', '[']).next().unwrap_or_default();
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The entry of a name, added where there is none.
fn place(
    scenario: &mut Scenario,
    list: List,
    name: &str,
    added: &mut Vec<String>,
    complaints: &mut Vec<String>,
) -> Option<Target> {
    if name.is_empty() {
        return None;
    }
    if let Some(index) = scenario.names(list).iter().position(|known| known == name) {
        return Some(Target::of_entry(list, index));
    }
    let last = scenario.names(list).len();
    let done = edit::add(scenario, list)
        .and_then(|()| edit::apply(scenario, list, last, &edit::Edit::Rename(name.to_owned())));
    match done {
        Ok(()) => {
            added.push(name.to_owned());
            Some(Target::of_entry(list, last))
        }
        Err(why) => {
            complaints.push(format!("\"{name}\" cannot be added: {why}"));
            None
        }
    }
}

fn put(scenario: &mut Scenario, target: Target, column: Column, text: &str) -> Result<(), String> {
    let number = typed(text).ok_or_else(|| format!("\"{text}\" is no number"))?;
    let address = Address { target, key: Key::Named(column.key.name) };
    let range = address::range(scenario, address).ok_or("this entry does not have it")?;
    let is_percent = text.ends_with('%');
    let value = if column.is_figure {
        let reading = plain::reading(scenario, address).ok_or("nothing is known of it here")?;
        // A share is told in per cent, with or without the sign.
        let figure = if reading.unit.is_empty() { number / 100.0 } else { number };
        reading.solve(figure, [range.min, range.max]).map_err(|[low, high]| {
            let scale = if reading.unit.is_empty() { 100.0 } else { 1.0 };
            format!("from {} to {} can be reached", written(scale * low), written(scale * high))
        })?
    } else if is_percent {
        number / 100.0
    } else {
        number
    };
    if !range.allows(value) {
        return Err(format!("\"{text}\" is not allowed: {}", range.allowed()));
    }
    address::set(scenario, address, value);
    Ok(())
}

/// How many numbers of a list differ.
fn changed(before: &Scenario, after: &Scenario, list: List) -> usize {
    let names = before.names(list);
    let differs = |index: usize, name: &str, key: &&Described| {
        let place = after.names(list).iter().position(|other| other == name);
        let at = |scenario, index| {
            address::get(scenario, Address { target: Target::of_entry(list, index), key: Key::Named(key.name) })
        };
        place.is_some_and(|place| at(before, index) != at(after, place))
    };
    let keys = keys(before, list);
    names.iter().enumerate().map(|(i, name)| keys.iter().filter(|key| differs(i, name, key)).count()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{library, read};

    fn flagship() -> Scenario {
        let entry = &library::LIBRARY[0];
        read::parse(entry.text, entry.file_name).map(|loaded| loaded.scenario).unwrap_or_default()
    }

    #[test]
    fn a_list_copied_and_pasted_changes_nothing() {
        for list in [List::Segments, List::Tiers] {
            let mut scenario = flagship();
            let text = text(&scenario, list);
            assert!(text.lines().count() > 2, "{text}");
            assert_eq!(take(&mut scenario, list, &text), Ok(Taken::default()));
            assert_eq!(scenario, flagship());
        }
    }

    #[test]
    fn columns_go_by_any_of_their_names_and_percent_is_a_share() {
        let mut scenario = flagship();
        let name = scenario.segments[0].name.clone();
        let table = format!(
            "kind;Harder than they look;tokens.input;Stakes;colour\n{name};12,5 %;1200,5;2;red\nReturns;3 %;800;1;blue\n"
        );
        let taken = take(&mut scenario, List::Segments, &table).unwrap_or_default();
        assert_eq!(taken, Taken { changed: 3, added: vec!["Returns".to_owned()], unknown: vec!["colour".to_owned()] });
        assert!((scenario.segments[0].hidden.share - 0.125).abs() < 1e-12);
        assert!((scenario.segments[0].tokens.input - 1200.5).abs() < 1e-12);
        let last = scenario.segments.last().map(|s| (s.name.as_str(), s.tokens.input));
        assert_eq!(last, Some(("Returns", 800.0)));
    }

    #[test]
    fn a_figure_is_solved_for_after_the_numbers_beside_it() {
        let mut scenario = flagship();
        let name = scenario.tiers[0].name.clone();
        let table = format!("model\tanswers well\tdiscrimination\n{name}\t70\t1.1\n");
        assert!(take(&mut scenario, List::Tiers, &table).is_ok());
        let address = Address { target: Target::Tier(0), key: Key::Named("ability") };
        let figure = plain::reading(&scenario, address).map(|r| r.at(scenario.tiers[0].ability));
        assert!(figure.is_some_and(|figure| (figure - 0.7).abs() < 1e-6), "{figure:?}");
    }

    #[test]
    fn shares_of_the_traffic_come_out_as_they_were_pasted() {
        let mut scenario = flagship();
        let names = scenario.names(List::Segments);
        let table = format!("name\tshare of the traffic\n{}\t50\n{}\t20 %\n", names[0], names[1]);
        assert!(take(&mut scenario, List::Segments, &table).is_ok());
        let all: f64 = scenario.segments.iter().map(|s| s.share).sum();
        for (index, share) in [(0, 0.5), (1, 0.2)] {
            assert!((scenario.segments[index].share / all - share).abs() < 1e-9, "{index}");
        }
        let before = flagship();
        let [third, fourth] = [&scenario, &before].map(|s| s.segments[2].share / s.segments[3].share);
        assert!((third - fourth).abs() < 1e-9, "the others keep their proportions");
        let too_much = format!("name\tshare of the traffic\n{}\t80\n{}\t40\n", names[0], names[1]);
        assert!(take(&mut scenario, List::Segments, &too_much).is_err());
    }

    #[test]
    fn figures_that_depend_on_each_other_all_hold() {
        let mut scenario = flagship();
        let name = scenario.tiers[0].name.clone();
        let table = format!("model\tanswers well\tsure of what it can do\n{name}\t72\t80\n");
        assert!(take(&mut scenario, List::Tiers, &table).is_ok());
        for (key, wanted) in [("ability", 0.72), ("discrimination", 0.8)] {
            let address = Address { target: Target::Tier(0), key: Key::Named(key) };
            let figure = plain::reading(&scenario, address).zip(address::get(&scenario, address)).map(|(r, x)| r.at(x));
            assert!(figure.is_some_and(|figure| (figure - wanted).abs() < 1e-4), "{key}: {figure:?}");
        }
    }

    #[test]
    fn what_cannot_be_is_told_all_at_once_and_nothing_is_taken_over() {
        let mut scenario = flagship();
        let name = scenario.segments[0].name.clone();
        let table = format!("name\tshare\tstakes\n\t1\t1\n{name}\tmuch\t-3\n");
        let told = take(&mut scenario, List::Segments, &table).err().unwrap_or_default();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].contains("row 3, share: \"much\" is no number"), "{told:?}");
        assert_eq!(scenario, flagship());
        for nothing in ["", "name\n", "name\tcolour\nx\tred\n", "\u{0}"] {
            assert!(take(&mut scenario, List::Segments, nothing).is_err(), "{nothing:?}");
        }
        assert_eq!(scenario, flagship());
    }
}
