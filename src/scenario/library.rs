//! The scenarios that come with the program.

/// A shipped scenario.
#[derive(Clone, Copy, Debug)]
pub struct LibraryEntry {
    /// File name in `scenarios/`.
    pub file_name: &'static str,
    /// Its text.
    pub text: &'static str,
}

macro_rules! entries {
    ($($file:literal),* $(,)?) => {
        &[$(LibraryEntry { file_name: $file, text: include_str!(concat!("../../scenarios/", $file)) }),*]
    };
}

/// All of them, the flagship first.
pub const LIBRARY: &[LibraryEntry] = entries![
    "support-agent.toml",
    "workshop-first-steps.toml",
    "midmarket-saas.toml",
    "fintech-compliance.toml",
    "healthy-routing.toml",
    "cascade-done-right.toml",
    "silent-provider-update.toml",
    "three-tiers.toml",
    "replayed-log.toml",
    "support-agent-watched.toml",
];

/// Tables that scenarios of the library replay, by file name.
const TABLES: &[(&str, &str)] = &[("replayed-log.csv", include_str!("../../scenarios/replayed-log.csv"))];

/// A shipped table.
pub fn table(file_name: &str) -> Option<&'static str> {
    TABLES.iter().find(|(name, _)| *name == file_name).map(|(_, text)| *text)
}

/// The scenario that opens when nothing else is asked for.
pub fn flagship() -> LibraryEntry {
    LIBRARY[0]
}

/// A shipped scenario by file name, with or without its ending.
pub fn find(name: &str) -> Option<LibraryEntry> {
    LIBRARY.iter().copied().find(|e| e.file_name == name || e.file_name.strip_suffix(".toml") == Some(name))
}
