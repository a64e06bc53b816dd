//! Evaluation tables: imported, replayed, fitted.

mod fit;
mod import;
mod replay;
