//! Key paths follow what they lead to when entries are renamed, copied, moved or taken away.

use super::Edit;
use crate::entry::{self, Form, List};
use crate::model::Scenario;
use crate::model::address::{self, Address, Key, Target};

/// Brings the key paths of a scenario up to date with an edit of an entry. A path that still leads to its number stays as it is spelt.
///
/// # Errors
/// When the edit takes a number away that one of them leads to.
pub fn paths(before: &Scenario, after: &mut Scenario, list: List, index: usize, edit: &Edit) -> Result<(), String> {
    let mut all: Vec<Vec<String>> = after.known.iter().map(|known| known.free.clone()).collect();
    for (place, path) in all.iter_mut().enumerate().flat_map(|(i, paths)| paths.iter_mut().map(move |path| (i, path))) {
        // One that leads nowhere is the reader's affair.
        let Ok(address) = address::find(before, path) else { continue };
        let Some(moved) = moved(before, address, list, index, edit) else {
            return Err(format!("known figure {} moves its number {path}: take that out first", place + 1));
        };
        if address::find(after, path) != Ok(moved) {
            *path = address::path(after, moved);
        }
    }
    for (known, paths) in after.known.iter_mut().zip(all) {
        known.free = paths;
    }
    Ok(())
}

/// Where an entry of the edited list stands after the edit; `None`: nowhere.
fn place(index: usize, edit: &Edit, of: usize) -> Option<usize> {
    match edit {
        Edit::Rename(_) => Some(of),
        Edit::Duplicate => Some(if of > index { of + 1 } else { of }),
        Edit::Delete if of == index => None,
        Edit::Delete => Some(if of > index { of - 1 } else { of }),
        Edit::Up | Edit::Down => {
            let (first, second) = if *edit == Edit::Up { (index.saturating_sub(1), index) } else { (index, index + 1) };
            Some(if of == first {
                second
            } else if of == second {
                first
            } else {
                of
            })
        }
    }
}

/// Where a number stands after the edit; `None` where it is gone.
fn moved(before: &Scenario, address: Address, list: List, index: usize, edit: &Edit) -> Option<Address> {
    let target = match address.target.entry() {
        Some((of, at)) if of == list => {
            let at = place(index, edit, at)?;
            if matches!(address.target, Target::Detector(_)) {
                Target::Detector(at)
            } else {
                Target::of_entry(list, at)
            }
        }
        _ => address.target,
    };
    let entry = address::entry_of(before, address.target)?;
    let form = entry::find(entry, address.key.name())?.form;
    let key = match (address.key, form, list) {
        (Key::At(name, at), Form::NumberBy(of, _), _) if of == list => Key::At(name, place(index, edit, at)?),
        (Key::At(name, at), Form::Shares, List::Tiers) => Key::At(name, place(index, edit, at)?),
        // A stage for each tier but the last: the copy of a tier passes on before the tier itself.
        (Key::At(name, at), Form::Stages, List::Tiers) if entry.get("tiers").is_none() => {
            let last = before.tiers.len().saturating_sub(2);
            match edit {
                Edit::Duplicate => Key::At(name, if at >= index { at + 1 } else { at }),
                _ => Key::At(name, place(index.min(last), edit, at)?),
            }
        }
        (key, ..) => key,
    };
    Some(Address { target, key })
}
