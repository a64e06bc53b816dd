//! Entries: what a section of a file, a card of the window and a struct in memory have in common.
//!
//! [`entry!`](crate::entry!) writes a struct, its blank value and its table of keys from one line a field. Reader, writer, schema,
//! reference page, differences and the window go by that table, so nothing else lists keys. This module knows no scenario and no file.

mod datum;
mod key;
mod kind;
mod typed;

pub use datum::{Datum, Value};
pub use key::{
    Blank, Drag, Face, Family, Form, Group, Key, List, Number, Presence, Shown, StandIn, Whose, Word, number, share,
    written,
};
pub use kind::{About, Chosen, Described, Kind};
pub use typed::typed;

/// Something with keys.
pub trait Entry {
    /// Its keys, in the order of a file.
    fn keys(&self) -> Vec<&'static Key>;

    /// The value of a key; `None` where it has no such key as it is now.
    fn get(&self, key: &str) -> Option<Datum>;

    /// Takes a value over. Whether it has the key and the value is of the right sort.
    fn set(&mut self, key: &str, datum: Datum) -> bool;

    /// One of the same kind with every default and nothing in it.
    fn blank(&self) -> Box<dyn Entry>;

    /// The same as a value.
    fn fresh(&self) -> Self
    where
        Self: Sized;

    /// Takes the form that the keys of a file ask for, before their values are read.
    fn prepare(&mut self, _is_there: &dyn Fn(&str) -> bool) {}

    /// The kind it is of, where it comes in kinds.
    fn chosen(&self) -> Option<&Chosen> {
        None
    }

    /// Becomes of another kind.
    fn choose(&mut self, _: Chosen) {}

    /// The table at a key, where there is one.
    fn inner(&self, _: &str) -> Option<&dyn Entry> {
        None
    }

    /// The table at a key, made where there is none.
    fn open(&mut self, _: &str) -> Option<&mut dyn Entry> {
        None
    }
}

/// A key of an entry, by its name.
pub fn find(entry: &(impl Entry + ?Sized), name: &str) -> Option<&'static Key> {
    entry.keys().into_iter().find(|key| key.name == name)
}

/// A number of an entry; `None` where it has no such key, or it is absent.
pub fn number_of(entry: &(impl Entry + ?Sized), name: &str) -> Option<f64> {
    entry.get(name)?.number()
}

/// A word of the format as people read it.
pub fn spoken(word: &str) -> String {
    word.replace('_', " ")
}

/// A struct with its blank value and its table of keys, one line a field. The text above a field is its help, in the window and on the
/// reference page.
///
/// ```text
/// entry! {
///     /// What the struct is.
///     pub struct Traffic {
///         /// What the key is.
///         days: u32 = 180 => number("days", 1.0, 3650.0).whole().often("Horizon", 7.0, 365.0),
///         /// A struct inside, with the keys `part.mean`, …
///         part: Normal {
///             /// …
///             mean: f64 = 0.0 => number("logits", -20.0, 20.0).needed(),
///         },
///         /// An entry whose keys belong to this one as if they were its own.
///         ..change: Change = Change::Multiply(1.0),
///         /// A table with keys of its own.
///         [detector]: Detector => Key::of(Form::Inner),
///         /// A field that no key reaches.
///         other: Vec<f64> = Vec::new(),
///     }
/// }
/// ```
#[macro_export]
macro_rules! entry {
    ($(#[$meta:meta])* pub struct $name:ident { $($body:tt)* }) => {
        $crate::entry!(@ [$(#[$meta])*] $name [] [] [] [] [] $($body)*);
    };
    // A struct inside.
    (@ $meta:tt $name:ident [$($field:tt)*] [$($default:tt)*] [$($key:tt)*] [$($flat:ident)*] [$($table:tt)*]
        $(#[$doc:meta])* $part:ident: $type:ident {
            $($(#[doc = $help:literal])* $leaf:ident: $leaf_type:ty = $value:expr => $form:expr,)*
        }, $($rest:tt)*) => {
        $crate::entry!(@ $meta $name
            [$($field)* $(#[$doc])* pub $part: $type,]
            [$($default)* $part: $type { $($leaf: $value,)* },]
            [$($key)* $({ concat!(stringify!($part), ".", stringify!($leaf)), concat!($($help,)*), $form, $part.$leaf })*]
            [$($flat)*] [$($table)*] $($rest)*);
    };
    // Another entry's keys as if they were its own.
    (@ $meta:tt $name:ident [$($field:tt)*] [$($default:tt)*] [$($key:tt)*] [$($flat:ident)*] [$($table:tt)*]
        $(#[$doc:meta])* ..$part:ident: $type:ty = $value:expr, $($rest:tt)*) => {
        $crate::entry!(@ $meta $name
            [$($field)* $(#[$doc])* pub $part: $type,]
            [$($default)* $part: $value,]
            [$($key)* { flat $part }]
            [$($flat)* $part] [$($table)*] $($rest)*);
    };
    // A table with keys of its own.
    (@ $meta:tt $name:ident [$($field:tt)*] [$($default:tt)*] [$($key:tt)*] [$($flat:ident)*] [$($table:tt)*]
        $(#[doc = $help:literal])* [$part:ident]: $type:ty => $form:expr, $($rest:tt)*) => {
        $crate::entry!(@ $meta $name
            [$($field)* $(#[doc = $help])* pub $part: Option<$type>,]
            [$($default)* $part: None,]
            [$($key)* { table $part, concat!($($help,)*), $form }]
            [$($flat)*] [$($table)* { $part $type }] $($rest)*);
    };
    // A field with its key.
    (@ $meta:tt $name:ident [$($field:tt)*] [$($default:tt)*] [$($key:tt)*] [$($flat:ident)*] [$($table:tt)*]
        $(#[doc = $help:literal])* $part:ident: $type:ty = $value:expr => $form:expr, $($rest:tt)*) => {
        $crate::entry!(@ $meta $name
            [$($field)* $(#[doc = $help])* pub $part: $type,]
            [$($default)* $part: $value,]
            [$($key)* { stringify!($part), concat!($($help,)*), $form, $part }]
            [$($flat)*] [$($table)*] $($rest)*);
    };
    // A field without a key.
    (@ $meta:tt $name:ident [$($field:tt)*] [$($default:tt)*] [$($key:tt)*] [$($flat:ident)*] [$($table:tt)*]
        $(#[$doc:meta])* $part:ident: $type:ty = $value:expr, $($rest:tt)*) => {
        $crate::entry!(@ $meta $name
            [$($field)* $(#[$doc])* pub $part: $type,]
            [$($default)* $part: $value,]
            [$($key)*] [$($flat)*] [$($table)*] $($rest)*);
    };
    (@ [$(#[$meta:meta])*] $name:ident [$($field:tt)*] [$($default:tt)*] [$($key:tt)*] [$($flat:ident)*]
        [$({ $part:ident $part_type:ty })*]) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name { $($field)* }

        impl Default for $name {
            fn default() -> Self {
                Self { $($default)* }
            }
        }

        impl $crate::entry::Entry for $name {
            fn keys(&self) -> Vec<&'static $crate::entry::Key> {
                #[allow(unused_mut, reason = "a kind may have no keys")]
                let mut keys: Vec<&'static $crate::entry::Key> = Vec::new();
                $($crate::entry!(@keys self keys $key);)*
                if let Some(kind) = self.chosen() {
                    keys.retain(|key| kind.has(key));
                }
                keys
            }

            fn get(&self, key: &str) -> Option<$crate::entry::Datum> {
                $($crate::entry!(@get self key $key);)*
                let _ = key;
                None
            }

            fn set(&mut self, key: &str, datum: $crate::entry::Datum) -> bool {
                $($crate::entry!(@set self key datum $key);)*
                let _ = (key, datum);
                false
            }

            fn blank(&self) -> Box<dyn $crate::entry::Entry> {
                Box::new(self.fresh())
            }

            fn fresh(&self) -> Self {
                #[allow(unused_mut, reason = "not every entry has parts that keep their form")]
                let mut fresh = Self::default();
                $(fresh.$flat = self.$flat.fresh();)*
                fresh
            }

            fn prepare(&mut self, is_there: &dyn Fn(&str) -> bool) {
                $(self.$flat.prepare(is_there);)*
                let _ = is_there;
            }

            fn chosen(&self) -> Option<&$crate::entry::Chosen> {
                None$(.or_else(|| self.$flat.chosen()))*
            }

            fn choose(&mut self, kind: $crate::entry::Chosen) {
                $(self.$flat.choose(kind.clone());)*
                drop(kind);
            }

            fn inner(&self, key: &str) -> Option<&dyn $crate::entry::Entry> {
                $(if key == stringify!($part) {
                    return self.$part.as_ref().map(|part| part as &dyn $crate::entry::Entry);
                })*
                let _ = key;
                None
            }

            fn open(&mut self, key: &str) -> Option<&mut dyn $crate::entry::Entry> {
                $(if key == stringify!($part) {
                    return Some(self.$part.get_or_insert_with(<$part_type>::default));
                })*
                let _ = key;
                None
            }
        }
    };
    (@keys $self:ident $keys:ident { flat $part:ident }) => {
        $keys.extend($crate::entry::Entry::keys(&$self.$part))
    };
    (@keys $self:ident $keys:ident { table $part:ident, $help:expr, $form:expr }) => {{
        const KEY: $crate::entry::Key = $form.named(stringify!($part), $help);
        $keys.push(&KEY)
    }};
    (@keys $self:ident $keys:ident { $name:expr, $help:expr, $form:expr, $($path:ident).+ }) => {{
        const KEY: $crate::entry::Key = $form.named($name, $help);
        $keys.push(&KEY)
    }};
    (@get $self:ident $key:ident { flat $part:ident }) => {
        if let Some(datum) = $crate::entry::Entry::get(&$self.$part, $key) {
            return Some(datum);
        }
    };
    (@get $self:ident $key:ident { table $part:ident, $help:expr, $form:expr }) => {};
    (@get $self:ident $key:ident { $name:expr, $help:expr, $form:expr, $($path:ident).+ }) => {
        if $key == $name {
            return Some($crate::entry::Value::datum(&$self.$($path).+));
        }
    };
    (@set $self:ident $key:ident $datum:ident { flat $part:ident }) => {
        if $crate::entry::Entry::get(&$self.$part, $key).is_some() {
            return $crate::entry::Entry::set(&mut $self.$part, $key, $datum);
        }
    };
    (@set $self:ident $key:ident $datum:ident { table $part:ident, $help:expr, $form:expr }) => {
        if $key == stringify!($part) && $datum == $crate::entry::Datum::Absent {
            $self.$part = None;
            return true;
        }
    };
    (@set $self:ident $key:ident $datum:ident { $name:expr, $help:expr, $form:expr, $($path:ident).+ }) => {
        if $key == $name {
            return $crate::entry::Value::take(&mut $self.$($path).+, $datum);
        }
    };
}

/// Words of the format, each with what it stands for.
///
/// ```text
/// words! {
///     /// What an event acts on.
///     pub enum EventKind {
///         /// Share of hidden-hard requests.
///         HiddenShare = "hidden_share" as "the hidden-hard share",
///     }
/// }
/// ```
#[macro_export]
macro_rules! words {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal $(as $told:literal)?,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];
            /// Their words, in the same order.
            pub const WORDS: &'static [$crate::entry::Word] =
                &[$($crate::entry::Word { word: $word, told: concat!($($told)?) },)+];

            /// Its word.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// As people read it.
            pub fn told(self) -> String {
                let told = match self { $(Self::$variant => concat!($($told)?),)+ };
                if told.is_empty() { $crate::entry::spoken(self.word()) } else { told.to_owned() }
            }

            /// What a word stands for.
            pub fn of_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        impl $crate::entry::Value for Vec<$name> {
            fn datum(&self) -> $crate::entry::Datum {
                $crate::entry::Datum::Texts(self.iter().map(|value| value.word().to_owned()).collect())
            }

            fn take(&mut self, datum: $crate::entry::Datum) -> bool {
                let words = datum.texts().map(|words| words.iter().map(|word| $name::of_word(word)));
                words.and_then(|words| words.collect::<Option<Self>>()).is_some_and(|values| {
                    *self = values;
                    true
                })
            }
        }

        impl $crate::entry::Value for $name {
            fn datum(&self) -> $crate::entry::Datum {
                $crate::entry::Datum::Text(self.word().to_owned())
            }

            fn take(&mut self, datum: $crate::entry::Datum) -> bool {
                datum.text().and_then(Self::of_word).is_some_and(|value| {
                    *self = value;
                    true
                })
            }
        }
    };
}
