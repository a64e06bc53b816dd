//! `[conversation]`: requests that are turns of conversations, each sending the history again.

use super::Scenario;
use crate::entry::{number, share};
use crate::{entry, words};

/// Most turns that a conversation may have.
pub const MAX_TURNS: f64 = 1000.0;

entry! {
    /// Requests are turns of conversations: each sends the history again, and providers sell history that they have cached for less. Without it
    /// every request stands alone.
    pub struct Conversation {
        /// Mean number of turns, if none were cut: `P(N ≥ j) = (1 − 1/turns_mean)^(j−1)`; 3 to 8 for support, 50 to 150 for an agent that calls tools.
        turns_mean: f64 = 1.0 => number("turns", 1.0, MAX_TURNS).needed().often("Turns of a conversation", 1.0, 30.0).log()
            .plainly("the length of conversations").reads("Questions in a conversation"),
        /// No conversation is longer.
        most_turns: u32 = 30 => number("turns", 1.0, MAX_TURNS).whole().rarely("Most turns", 1.0, 200.0).log().reads("Never more questions than"),
        /// Correlation of difficulty, surface and true, from one turn to the next; 0: each turn is as hard as it comes, 0.9: a hard conversation stays hard.
        similarity: f64 = 0.6 => number("", 0.0, 0.99).often("Turns are alike", 0.0, 0.95),
        /// What each earlier turn adds to the input: its question and its answer.
        context_tokens: f64 = 0.0 => number("tokens", 0.0, 1e6).needed().often("Tokens that a turn leaves", 0.0, 5_000.0),
        /// Chance that a cache written at the last turn still holds: the time between turns against the cache's lifetime, often five minutes.
        warm: f64 = 0.9 => share().often("Cache still warm", 0.0, 1.0),
    }
}

words! {
    /// How often a policy decides.
    pub enum Per {
        /// Every turn anew.
        Turn = "turn" as "every turn",
        /// The first turn's decision stays.
        Conversation = "conversation" as "once for a conversation",
        /// Later turns may only go to a more capable tier.
        Upgrade = "upgrade" as "every turn, and only upwards",
    }
}

impl Scenario {
    /// How requests make conversations of more than one turn; `None`: every request stands alone.
    pub fn turns(&self) -> Option<&Conversation> {
        self.conversation.as_ref().filter(|conversation| conversation.longest() > 1)
    }
}

impl Conversation {
    /// Longest conversation that is worth counting: later turns hold less than `1e-12` of all.
    pub fn longest(&self) -> usize {
        let most = (self.most_turns as usize).max(1);
        let goes_on = 1.0 - 1.0 / self.turns_mean.max(1.0);
        let counted = if goes_on > 0.0 { ((1e-12_f64).ln() / goes_on.ln()).ceil() as usize + 1 } else { 1 };
        counted.min(most)
    }

    /// `P(N ≥ j)` for `j = 1, 2, …`: the chance that a conversation has a `j`th turn.
    pub fn reach(&self) -> Vec<f64> {
        let goes_on = 1.0 - 1.0 / self.turns_mean.max(1.0);
        (0..self.longest()).map(|earlier| goes_on.powi(earlier as i32)).collect()
    }

    /// Share of all turns that are the `j`th of their conversation.
    pub fn turn_shares(&self) -> Vec<f64> {
        let reach = self.reach();
        let mean: f64 = reach.iter().sum();
        reach.into_iter().map(|p| p / mean).collect()
    }

    /// Mean number of turns with the cut: `Σ P(N ≥ j)`.
    pub fn mean_turns(&self) -> f64 {
        self.reach().iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_geometric_and_cut() {
        let of = |turns_mean: f64, most_turns: u32| Conversation { turns_mean, most_turns, ..Conversation::default() };
        assert_eq!(of(1.0, 30).reach(), [1.0]);
        let long = of(4.0, 1000);
        assert!((long.mean_turns() - 4.0).abs() < 1e-10, "{}", long.mean_turns());
        let cut = of(4.0, 3);
        assert_eq!(cut.reach(), [1.0, 0.75, 0.5625]);
        assert!((cut.turn_shares().iter().sum::<f64>() - 1.0).abs() < 1e-15);
    }
}
