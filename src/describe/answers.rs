//! What somebody said of a product: numbers from dashboards, invoices and reviews, and what is not known.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// An answers file with every key, explained.
pub const EXAMPLE: &str = include_str!("../../assets/answers-example.toml");

/// Longest file, bytes.
const MAX_BYTES: usize = 1 << 20;
/// Most lists and tables opened in a file: the parser takes stack for each inside another, and a thread has little.
const MAX_OPENED: usize = 500;
/// Most kinds of requests.
pub const MAX_KINDS: usize = 6;
/// Most models.
pub const MAX_MODELS: usize = 6;

/// The answers; all but the name may be left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Answers {
    /// The product.
    pub name: String,
    /// Requests a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_day: Option<f64>,
    /// Growth in 30 days, per cent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monthly_growth_percent: Option<f64>,
    /// How far to look ahead, days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub horizon_days: Option<f64>,
    /// Input tokens of a request, context included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_tokens: Option<f64>,
    /// Output tokens of an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_tokens: Option<f64>,
    /// The bill of 30 days with one model for everything, USD.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bill_usd_per_month: Option<f64>,
    /// The model that the bill is for, by its name here; absent: the most capable one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bill_of: Option<String>,
    /// How requests would be routed; absent: the usual ways.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routing: Option<Vec<Routing>>,
    /// What a wrong answer costs.
    pub wrong_answer: WrongAnswer,
    /// Kinds of requests.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub request: Vec<Kind>,
    /// Models, in any order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub model: Vec<Model>,
    /// How answers are watched today; absent: the usual ways.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watch: Option<Vec<Watch>>,
}

/// A kind of requests.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Kind {
    /// What people call it.
    pub name: String,
    /// Share of all requests, per cent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share_percent: Option<f64>,
    /// How hard its requests are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hard: Option<Hard>,
    /// How many of its requests are much harder than they look, per cent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub harder_than_it_looks_percent: Option<f64>,
    /// Input tokens, where they are not those of all requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_tokens: Option<f64>,
    /// Output tokens, where they are not those of all answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_tokens: Option<f64>,
}

/// A model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Model {
    /// Its name in the price list, `provider/model`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list: Option<String>,
    /// What it is called here; absent: by the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Own price of input, USD per million tokens, in place of the list's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_usd_per_mtok: Option<f64>,
    /// Own price of output, USD per million tokens, in place of the list's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_usd_per_mtok: Option<f64>,
    /// Good answers among all requests, per cent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub good_percent: Option<f64>,
    /// Good answers by kind of request, per cent.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub good_percent_by_kind: BTreeMap<String, f64>,
}

/// What a wrong answer costs; what is absent is not known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WrongAnswer {
    /// Chance of a support ticket, per cent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket_chance_percent: Option<Amount>,
    /// A ticket, USD.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket_usd: Option<Amount>,
    /// Chance that the customer leaves, per cent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost_customer_chance_percent: Option<Amount>,
    /// A lost customer, USD.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost_customer_usd: Option<Amount>,
    /// Chance of an incident, per cent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident_chance_percent: Option<Amount>,
    /// An incident, USD.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident_usd: Option<Amount>,
}

/// A number, a range, or that it is not known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Amount {
    /// Known.
    Number(f64),
    /// Most likely between these: 5 and 95 %.
    Between([f64; 2]),
    /// `"don't know"`.
    Words(String),
}

impl Amount {
    /// The word for what is not known.
    pub const UNKNOWN: &'static str = "don't know";

    /// Not known.
    pub fn unknown() -> Self {
        Self::Words(Self::UNKNOWN.to_owned())
    }
}

/// A way of watching that is in place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// Which.
    pub kind: Watching,
    /// Answers read or graded a day, where somebody reads or grades.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels_a_day: Option<f64>,
}

/// A vocabulary of the answers, with what people read.
macro_rules! choices {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$doc:meta])* $variant:ident => $told:literal, $help:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// As people read it.
            pub const fn told(self) -> &'static str {
                match self { $(Self::$variant => $told,)+ }
            }

            /// What it means, with an example where that helps.
            pub const fn help(self) -> &'static str {
                match self { $(Self::$variant => $help,)+ }
            }
        }
    };
}

choices! {
    /// How hard requests are.
    pub enum Hard {
        /// 1 of 5.
        VeryEasy => "Very easy", "a password reset, opening hours: the answer stands on one page";
        /// 2 of 5.
        Easy => "Easy", "how to use a feature: two or three facts put together";
        /// 3 of 5.
        Middling => "Middling", "a setting that depends on others: some thought is needed";
        /// 4 of 5.
        Hard => "Hard", "finding the cause of a fault: several steps, some of them wrong turns";
        /// 5 of 5.
        VeryHard => "Very hard", "a contract, a design: people who know the field take an hour";
    }
}

choices! {
    /// Ways of routing.
    pub enum Routing {
        /// Everything to the cheapest.
        AllCheap => "Everything to the cheapest model", "the most that can be saved";
        /// A classifier.
        Classifier => "Classifier: what looks easy to cheaper models", "a small classifier reads the question and decides before anybody answers";
        /// A cascade.
        Cascade => "Cascade: the cheapest model first, and the best one where it is unsure", "unsure questions are paid for twice";
        /// A judged cascade.
        JudgedCascade => "Judged cascade: the cheapest model first, and the best one on what a judge rejects", "a small model reads every answer and costs something itself";
        /// Rules.
        Rules => "Rules by kind of request", "kinds that the cheapest model answers nearly as well go to it";
        /// A random mix.
        RandomMix => "Random mix: a random share to the cheapest model", "what any cleverer way has to beat";
    }
}

choices! {
    /// Ways of watching.
    pub enum Watching {
        /// People read a sample.
        PeopleRead => "People read some answers", "a sample of all answers, graded good or bad";
        /// People read, per model.
        PeopleReadByModel => "People read some answers of each model", "the same, counted for each model on its own";
        /// A model grades.
        JudgeModel => "A judge model grades some answers", "cheap, but it takes some wrong answers for good ones";
        /// Thumbs-down.
        ThumbsDown => "Thumbs-down", "counted over all answers";
        /// Tickets.
        Tickets => "Support tickets", "counted over all requests";
        /// Tickets by model.
        TicketsByModel => "Support tickets by the model that answered", "the help desk joined with the log of who answered";
        /// A survey.
        Survey => "A satisfaction survey", "asked of some customers after the answer";
        /// A test suite.
        TestSuite => "A suite of test questions", "the same questions again every week";
        /// Lost customers.
        LostCustomers => "Lost customers", "counted when their contract ends";
    }
}

impl Routing {
    /// Those that are compared where nothing was answered.
    pub const USUAL: [Self; 5] = [Self::AllCheap, Self::Classifier, Self::Cascade, Self::JudgedCascade, Self::Rules];
}

impl Watching {
    /// Those that are in place where nothing was answered.
    pub const USUAL: [Self; 3] = [Self::PeopleRead, Self::ThumbsDown, Self::TicketsByModel];

    /// Whether somebody reads or grades, so that it has a number of labels a day.
    pub const fn has_labels(self) -> bool {
        matches!(self, Self::PeopleRead | Self::PeopleReadByModel | Self::JudgeModel)
    }
}

impl Answers {
    /// Reads an answers file.
    ///
    /// # Errors
    /// What is wrong with it: the line, and what was found.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_BYTES || text.bytes().filter(|b| matches!(b, b'[' | b'{')).count() > MAX_OPENED {
            return Err("there is far more in the file than a product has answers".to_owned());
        }
        toml_edit::de::from_str(text).map_err(|error| one_line(error.to_string().as_str()))
    }

    /// The file that reads as these answers.
    pub fn to_text(&self) -> String {
        toml_edit::ser::to_string_pretty(self).unwrap_or_default()
    }
}

/// The complaint of the parser without the picture of the line under it.
fn one_line(message: &str) -> String {
    let lines: Vec<&str> =
        message.lines().filter(|line| !line.contains(" | ") && !line.trim_end().ends_with('|')).collect();
    lines.join(": ")
}
