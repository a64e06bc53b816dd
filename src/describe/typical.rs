//! Usual values for what nobody answered, each with its reason.

use super::answers::{Amount, Hard, WrongAnswer};

/// Requests a day.
pub const REQUESTS_PER_DAY: f64 = 10_000.0;
/// Days to look ahead.
pub const HORIZON_DAYS: f64 = 180.0;
/// Input tokens of a request.
pub const INPUT_TOKENS: f64 = 2000.0;
/// Output tokens of an answer.
pub const OUTPUT_TOKENS: f64 = 500.0;
/// Per cent of requests that are much harder than they look.
pub const HARDER_PERCENT: f64 = 4.0;
/// Names in the price list that are assumed where no model was named, the cheaper first.
pub const MODELS: [&str; 2] = ["anthropic/claude-haiku-4-5", "anthropic/claude-opus-5"];
/// Good answers of a model of which nothing is known, per cent, where nothing is known of the others either: the dearest one.
pub const GOOD_PERCENT: f64 = 95.0;
/// How the share of wrong answers grows while the price falls: four times cheaper, nearly twice as many.
pub const WRONG_BY_PRICE: f64 = 0.45;
/// Answers read a day by people, and graded by a model.
pub const LABELS_A_DAY: [f64; 2] = [50.0, 500.0];

impl Hard {
    /// Mean and spread of the difficulty on the model's own scale, logits.
    pub(super) fn difficulty(self) -> (f64, f64) {
        match self {
            Self::VeryEasy => (-2.8, 0.8),
            Self::Easy => (-2.0, 0.9),
            Self::Middling => (-1.0, 1.0),
            Self::Hard => (0.1, 1.0),
            Self::VeryHard => (1.0, 1.0),
        }
    }
}

/// A question about what a wrong answer costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Chance of a ticket, per cent.
    TicketChance,
    /// A ticket, USD.
    TicketUsd,
    /// Chance that the customer leaves, per cent.
    LostChance,
    /// A lost customer, USD.
    LostUsd,
    /// Chance of an incident, per cent.
    IncidentChance,
    /// An incident, USD.
    IncidentUsd,
}

impl Question {
    /// All of them, in order.
    pub const ALL: &'static [Self] = &[
        Self::TicketChance,
        Self::TicketUsd,
        Self::LostChance,
        Self::LostUsd,
        Self::IncidentChance,
        Self::IncidentUsd,
    ];

    /// As it stands in a sentence.
    pub const fn told(self) -> &'static str {
        match self {
            Self::TicketChance => "the chance that a wrong answer leads to a support ticket",
            Self::TicketUsd => "what a ticket costs",
            Self::LostChance => "the chance that a wrong answer loses the customer",
            Self::LostUsd => "what a lost customer costs",
            Self::IncidentChance => "the chance that a wrong answer leads to an incident",
            Self::IncidentUsd => "what an incident costs",
        }
    }

    /// Whether it is a chance in per cent, and not USD.
    pub const fn is_chance(self) -> bool {
        matches!(self, Self::TicketChance | Self::LostChance | Self::IncidentChance)
    }

    /// What was answered.
    pub fn of(self, answers: &WrongAnswer) -> Option<&Amount> {
        match self {
            Self::TicketChance => answers.ticket_chance_percent.as_ref(),
            Self::TicketUsd => answers.ticket_usd.as_ref(),
            Self::LostChance => answers.lost_customer_chance_percent.as_ref(),
            Self::LostUsd => answers.lost_customer_usd.as_ref(),
            Self::IncidentChance => answers.incident_chance_percent.as_ref(),
            Self::IncidentUsd => answers.incident_usd.as_ref(),
        }
    }

    /// The same, to be changed.
    pub fn of_mut(self, answers: &mut WrongAnswer) -> &mut Option<Amount> {
        match self {
            Self::TicketChance => &mut answers.ticket_chance_percent,
            Self::TicketUsd => &mut answers.ticket_usd,
            Self::LostChance => &mut answers.lost_customer_chance_percent,
            Self::LostUsd => &mut answers.lost_customer_usd,
            Self::IncidentChance => &mut answers.incident_chance_percent,
            Self::IncidentUsd => &mut answers.incident_usd,
        }
    }
}

/// The usual range of what is not known, per cent or USD, and why it is usual.
pub const fn usual(question: Question) -> ([f64; 2], &'static str) {
    match question {
        Question::TicketChance => {
            ([10.0, 35.0], "between one in ten and one in three wrong answers end at the help desk")
        }
        Question::TicketUsd => ([6.0, 16.0], "an agent's hour, and 10 to 25 minutes a ticket"),
        Question::LostChance => (
            [0.1, 1.0],
            "nobody follows customers whose question failed; one in a thousand to one in a hundred is usual",
        ),
        Question::LostUsd => ([120.0, 700.0], "half a year's to three years' margin of a customer"),
        Question::IncidentChance => ([0.005, 0.05], "one in twenty thousand to one in two thousand wrong answers"),
        Question::IncidentUsd => ([3_000.0, 30_000.0], "a few days to a few weeks of lawyers and engineers"),
    }
}
