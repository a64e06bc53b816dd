//! What a frame reads. It changes nothing: what is to happen is sent as a command.

use super::document::Document;
use super::files::LibraryItem;
use super::parked::Parked;
use super::session::Session;
use super::settings::Settings;
use super::thumbnail::Thumbnail;

/// What a frame reads.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The scenario that is looked at.
    pub document: &'a Document,
    /// The others that are open.
    pub parked: &'a [Parked],
    /// How many of them stand before it.
    pub place: usize,
    /// Kept between starts.
    pub settings: &'a Settings,
    /// What was found so far.
    pub session: &'a Session,
    /// Shipped scenarios.
    pub library: &'a [LibraryItem],
    /// Small pictures of the shipped scenarios, as far as they are worked out.
    pub thumbnails: &'a [Option<Thumbnail>],
    /// Shipped lessons: title and minutes.
    pub lessons: &'a [(String, u32)],
    /// Steps of the Monte Carlo simulation done and in all.
    pub progress: (u64, u64),
    /// Steps of the detection study done and in all.
    pub study_progress: (u64, u64),
    /// Steps of the search for monitoring plans done and in all.
    pub plan_progress: (u64, u64),
    /// Steps of working out the options done and in all.
    pub decision_progress: (u64, u64),
    /// Steps of looking at the rollout done and in all.
    pub rollout_progress: (u64, u64),
    /// Steps of looking at the ranges done and in all.
    pub range_progress: (u64, u64),
    /// Units of the sweep done and in all.
    pub sweep_progress: (u64, u64),
    /// Steps of moving numbers for the known figures done and in all.
    pub calibration_progress: (u64, u64),
}
