//! `[replay]`: a table of real requests in place of the segments.

use crate::entry;
use crate::entry::{Form, Key, number};

entry! {
    /// A table of real requests in place of the segments.
    pub struct Replay {
        /// CSV, JSON Lines or Parquet; relative to the scenario file.
        table: String = String::new() => Key::of(Form::Text).needed().told("a path"),
        /// Hash of the table as it was imported; a table that has changed since is reported. Absent: any will do.
        blake3: Option<String> = None => Key::of(Form::Hash).optional(),
        /// Column of the segments, where it has a name of its own.
        segment: Option<String> = None => Key::of(Form::Text).optional().told("a column's name"),
        /// Column `router|NAME` that classifiers go by; absent: a difficulty estimated from the outcomes, with their noise.
        router: Option<String> = None => Key::of(Form::Text).optional().told("a router score's name"),
        /// Tables without costs: characters of a token; 4 is usual for English.
        chars_per_token: f64 = 4.0 => number("characters", 0.1, 100.0).rarely("Characters of a token", 1.0, 10.0),
        /// Tables without costs and without lengths of prompts: input tokens of a request.
        input_tokens: f64 = 500.0 => number("tokens", 0.0, 10_000_000.0).above().rarely("Input tokens", 50.0, 20_000.0).log(),
        /// Tables without costs: output tokens of an answer.
        output_tokens: f64 = 300.0 => number("tokens", 0.0, 10_000_000.0).above().rarely("Output tokens", 20.0, 8_000.0).log(),
    }
}
