//! Key paths that stand in a scenario: they follow what they lead to, when it is renamed or moved, and go with it.

use crate::entry::{self, Datum, Form, Key, List, Presence};
use crate::model::address::{self, Address, Target};
use crate::model::{SECTIONS, Scenario};

/// What an edit does to the places of a list.
#[derive(Clone, Copy, Debug)]
pub(super) enum Moved {
    /// Nothing.
    Stay,
    /// A new entry stands here; the others come after it.
    Before(List, usize),
    /// The entry that stood here is gone.
    Gone(List, usize),
    /// This entry and the next have changed places.
    Swapped(List, usize),
}

impl Moved {
    fn place(self, list: List, index: usize) -> Option<usize> {
        match self {
            Self::Before(of, at) if of == list && index >= at => Some(index + 1),
            Self::Gone(of, at) if of == list && index == at => None,
            Self::Gone(of, at) if of == list && index > at => Some(index - 1),
            Self::Swapped(of, at) if of == list && index == at => Some(at + 1),
            Self::Swapped(of, at) if of == list && index == at + 1 => Some(at),
            _ => Some(index),
        }
    }

    fn address(self, before: &Scenario, address: Address) -> Option<Address> {
        let key = self.key(before, address)?;
        let Some((list, index)) = address.target.entry() else { return Some(Address { key, ..address }) };
        let index = self.place(list, index)?;
        let target = match address.target {
            Target::Detector(_) => Target::Detector(index),
            _ => Target::of_entry(list, index),
        };
        Some(Address { target, key })
    }

    /// Places of a list go by the entries that they belong to.
    fn key(self, before: &Scenario, address: Address) -> Option<address::Key> {
        use address::Key::At;
        let At(name, at) = address.key else { return Some(address.key) };
        let entry = address::entry_of(before, address.target)?;
        let form = entry::find(entry, name)?.form;
        let at = match (form, self) {
            (Form::NumberBy(of, _), _) => self.place(of, at)?,
            (Form::Shares, _) => self.place(List::Tiers, at)?,
            // A stage for each tier but the last: the copy of a tier passes on before the tier itself.
            (Form::Stages, _) if entry.get("tiers").is_some() => at,
            (Form::Stages, Self::Before(List::Tiers, new)) => at + usize::from(at + 1 >= new),
            (Form::Stages, Self::Gone(List::Tiers, gone)) => {
                Self::Gone(List::Tiers, gone.min(before.tiers.len().saturating_sub(2))).place(List::Tiers, at)?
            }
            (Form::Stages, _) => self.place(List::Tiers, at)?,
            _ => at,
        };
        Some(At(name, at))
    }
}

/// Puts the paths of a scenario right after an edit. An entry that needs a path whose number is gone goes, too.
pub(super) fn follow(before: &Scenario, after: &mut Scenario, moved: Moved) {
    let path = |after: &Scenario, old: &str| -> Option<String> {
        // One that leads nowhere is the reader's affair.
        let Ok(address) = address::find(before, old) else { return Some(old.to_owned()) };
        let address = moved.address(before, address)?;
        address::get(after, address)?;
        // As it is written, while it leads there.
        let is_right = address::find(after, old) == Ok(address);
        Some(if is_right { old.to_owned() } else { address::path(after, address) })
    };
    for section in SECTIONS {
        for index in (0..(section.part)(after).count()).rev() {
            let Some(entry) = (section.part)(after).entry(index) else { continue };
            let paths =
                entry.keys().into_iter().filter(|key| matches!(key.form, Form::Path | Form::Paths | Form::Tables(_)));
            let held: Vec<(&'static Key, Datum)> = paths.filter_map(|key| Some((key, entry.get(key.name)?))).collect();
            for (key, datum) in held {
                let new = match &datum {
                    Datum::Text(old) => path(after, old).map(Datum::Text),
                    Datum::Texts(old) => {
                        let new: Vec<String> = old.iter().filter_map(|old| path(after, old)).collect();
                        (key.presence != Presence::Needed || new.len() == old.len()).then_some(Datum::Texts(new))
                    }
                    Datum::Tables(old) => {
                        let new: Vec<_> =
                            old.iter().filter_map(|row| followed(key, row, &|old| path(after, old))).collect();
                        (!new.is_empty() || old.is_empty()).then_some(Datum::Tables(new))
                    }
                    _ => continue,
                };
                let part = (section.part_mut)(after);
                match new {
                    Some(new) if new == datum => {}
                    Some(new) => {
                        if let Some(entry) = part.entry_mut(index) {
                            entry.set(key.name, new);
                        }
                    }
                    None => {
                        part.remove(index);
                        break;
                    }
                }
            }
        }
    }
}

/// A table in a row with its paths put right; `None` where one of them leads nowhere any more.
fn followed(
    key: &Key,
    row: &[(&'static str, Datum)],
    path: &dyn Fn(&str) -> Option<String>,
) -> Option<Vec<(&'static str, Datum)>> {
    let Form::Tables(blank) = key.form else { return Some(row.to_vec()) };
    let blank = blank.0();
    let is_path = |name: &str| entry::find(blank.as_ref(), name).is_some_and(|key| key.form == Form::Path);
    let put = |(name, datum): &(&'static str, Datum)| match datum {
        Datum::Text(old) if is_path(name) => Some((*name, Datum::Text(path(old)?))),
        other => Some((*name, other.clone())),
    };
    row.iter().map(put).collect()
}
