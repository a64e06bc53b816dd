//! The value of a key, whatever it is, and how the fields of an entry turn into one and back.

use std::collections::BTreeMap;

use super::Entry;

/// A value as a file, a slider or a table of inputs holds it.
#[derive(Clone, Debug, PartialEq)]
pub enum Datum {
    /// Not there, where that means something.
    Absent,
    /// A number, in the unit of its key.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// A text, a word of a vocabulary, or the name of an entry.
    Text(String),
    /// Numbers in a row.
    Numbers(Vec<f64>),
    /// Names in a row.
    Texts(Vec<String>),
    /// Pairs in a row: `[day, share]`.
    Pairs(Vec<(f64, f64)>),
    /// Numbers by the names of entries.
    NumberBy(BTreeMap<String, f64>),
    /// Names by the names of entries.
    TextBy(BTreeMap<String, String>),
    /// Tables in a row: the keys that stand in each.
    Tables(Vec<Vec<(&'static str, Datum)>>),
}

impl Datum {
    /// The number, where it is one.
    pub fn number(&self) -> Option<f64> {
        if let Self::Number(x) = self { Some(*x) } else { None }
    }

    /// The text, where it is one.
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The names in a row, where it is that.
    pub fn texts(&self) -> Option<&[String]> {
        if let Self::Texts(texts) = self { Some(texts) } else { None }
    }

    /// The numbers in a row, where it is that.
    pub fn numbers(&self) -> Option<&[f64]> {
        if let Self::Numbers(numbers) = self { Some(numbers) } else { None }
    }
}

/// A field that a key can reach.
pub trait Value {
    /// Its value.
    fn datum(&self) -> Datum;

    /// Takes a value over. Whether it was of the right sort.
    fn take(&mut self, datum: Datum) -> bool;
}

/// Fields that are one sort of value and nothing else.
macro_rules! value {
    ($type:ty, $sort:ident, $datum:expr, $take:expr) => {
        impl Value for $type {
            fn datum(&self) -> Datum {
                Datum::$sort(($datum)(self))
            }

            fn take(&mut self, datum: Datum) -> bool {
                match datum {
                    Datum::$sort(value) => {
                        *self = ($take)(value);
                        true
                    }
                    _ => false,
                }
            }
        }
    };
}

value!(f64, Number, |x: &f64| *x, |x| x);
value!(u32, Number, |x: &u32| f64::from(*x), |x| x as u32);
value!(u64, Number, |x: &u64| *x as f64, |x| x as u64);
value!(bool, Flag, |x: &bool| *x, |x| x);
value!(String, Text, Clone::clone, |x| x);
value!(Vec<f64>, Numbers, Clone::clone, |x| x);
value!(Vec<String>, Texts, Clone::clone, |x| x);
value!(Vec<(f64, f64)>, Pairs, Clone::clone, |x| x);
value!(BTreeMap<String, f64>, NumberBy, Clone::clone, |x| x);
value!(BTreeMap<String, String>, TextBy, Clone::clone, |x| x);

/// Tables in a row: what a blank one has anyway is left out.
impl<E: Entry + Default> Value for Vec<E> {
    fn datum(&self) -> Datum {
        let blank = E::default();
        let said = |entry: &E| {
            let keys = entry.keys().into_iter().filter_map(|key| Some((key.name, entry.get(key.name)?)));
            keys.filter(|(key, datum)| blank.get(key).as_ref() != Some(datum)).collect()
        };
        Datum::Tables(self.iter().map(said).collect())
    }

    fn take(&mut self, datum: Datum) -> bool {
        let Datum::Tables(tables) = datum else { return false };
        let entry = |table: Vec<(&'static str, Datum)>| {
            let mut entry = E::default();
            table.into_iter().all(|(key, datum)| entry.set(key, datum)).then_some(entry)
        };
        tables.into_iter().map(entry).collect::<Option<Self>>().is_some_and(|entries| {
            *self = entries;
            true
        })
    }
}

impl<const N: usize> Value for [f64; N] {
    fn datum(&self) -> Datum {
        Datum::Numbers(self.to_vec())
    }

    fn take(&mut self, datum: Datum) -> bool {
        let Datum::Numbers(numbers) = datum else { return false };
        <[f64; N]>::try_from(numbers).is_ok_and(|numbers| {
            *self = numbers;
            true
        })
    }
}

/// A pair: the least and the greatest value.
impl Value for (f64, f64) {
    fn datum(&self) -> Datum {
        Datum::Numbers(vec![self.0, self.1])
    }

    fn take(&mut self, datum: Datum) -> bool {
        match datum.numbers() {
            Some([low, high]) => {
                *self = (*low, *high);
                true
            }
            _ => false,
        }
    }
}

/// What may be absent.
impl<T: Value + Default> Value for Option<T> {
    fn datum(&self) -> Datum {
        self.as_ref().map_or(Datum::Absent, Value::datum)
    }

    fn take(&mut self, datum: Datum) -> bool {
        if datum == Datum::Absent {
            *self = None;
            return true;
        }
        let mut value = T::default();
        let is_taken = value.take(datum);
        if is_taken {
            *self = Some(value);
        }
        is_taken
    }
}
