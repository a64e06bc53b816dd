//! What the work on one point is called: a hash of everything that decides its result.

use std::fmt;

use super::plan::Plan;

/// The name of a unit of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(pub u128);

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl Name {
    /// What 32 lower-case hexadecimal digits name.
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = text.len() == 32 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        u128::from_str_radix(text, 16).ok().filter(|_| is_plain).map(Self)
    }
}

/// Names units. What all of them share is hashed once.
#[derive(Clone, Debug)]
pub struct Namer {
    shared: blake3::Hasher,
}

impl Namer {
    /// Of a plan. `scenario`: the text of the scenario without its sweeps; `table`: the hash of the table that it replays; `seed`: of the
    /// simulations; `version`: of the program.
    pub fn new(plan: &Plan, scenario: &str, table: &str, seed: u64, version: &str) -> Self {
        let mut shared = blake3::Hasher::new();
        // Every part with its length, so that none can pass for the beginning of the next.
        let mut put = |part: &[u8]| {
            shared.update(&(part.len() as u64).to_le_bytes());
            shared.update(part);
        };
        for part in ["paretoscope sweep 1", version, scenario, table] {
            put(part.as_bytes());
        }
        put(&seed.to_le_bytes());
        put(&plan.replicates.to_le_bytes());
        for asked in &plan.asked {
            put(asked.word().as_bytes());
        }
        put(b"factors");
        for axis in &plan.axes {
            put(axis.key.as_bytes());
        }
        put(b"point");
        Self { shared }
    }

    /// The name of a point with these values. Its number is a part of it, as its result tells it.
    pub fn name(&self, point: u64, values: &[f64]) -> Name {
        let mut hasher = self.shared.clone();
        hasher.update(&point.to_le_bytes());
        for value in values {
            hasher.update(&value.to_bits().to_le_bytes());
        }
        let mut first = [0; 16];
        hasher.finalize_xof().fill(&mut first);
        Name(u128::from_be_bytes(first))
    }
}
