//! Which tabs there are. What each of them is, its file in `plots/` says.

use serde::{Deserialize, Serialize};

/// Gives the list of all tabs to a macro, in the order of the first layout: the name of each in the program, and the name by which settings,
/// exports and lessons know it, which is that of its file, too.
macro_rules! all_tabs {
    ($give_to:ident) => {
        $give_to! {
            Decide decide,
            Uncertainty uncertainty,
            Frontier frontier,
            Segments segments,
            Money money,
            Compare compare,
            Detection detection,
            Plan plan,
            Rollout rollout,
            Sweep sweep,
            Timeline timeline,
        }
    };
}
pub(super) use all_tabs;

macro_rules! names {
    ($($tab:ident $key:ident,)+) => {
        /// What the middle of the window shows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Tab {
            $(#[doc = concat!("`plots/", stringify!($key), ".rs`")] $tab,)+
        }

        impl Tab {
            /// All of them, in the order of the first layout.
            pub const ALL: &[Self] = &[$(Self::$tab,)+];

            /// Its name in settings, in the names of exported files, and in lessons.
            pub fn key(self) -> &'static str {
                match self {
                    $(Self::$tab => stringify!($key),)+
                }
            }
        }
    };
}
all_tabs!(names);

impl Default for Tab {
    fn default() -> Self {
        Self::Frontier
    }
}

impl Tab {
    /// The tab of this name.
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|tab| tab.key() == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tab_has_one_name_in_settings_exports_and_lessons() -> Result<(), serde_json::Error> {
        for tab in Tab::ALL {
            assert_eq!(serde_json::to_string(tab)?, format!("\"{}\"", tab.key()));
            assert_eq!(Tab::of_key(tab.key()), Some(*tab));
        }
        for (word, _) in crate::lesson::TABS {
            assert!(Tab::of_key(word).is_some(), "{word}");
        }
        Ok(())
    }
}
