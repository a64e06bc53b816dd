//! What commands do about described products and price lists.

use std::sync::Arc;

use eframe::egui;

use super::App;
use super::arrival::Arrival;
use super::describing::{self, Made};
use crate::describe::Answers;
use crate::model::address::Target;
use crate::prices::{PriceList, tier};

impl App {
    /// Has the newest answers worked out, one set after the other.
    pub(super) fn describe(&mut self) {
        if self.session.describing.is_due() {
            let answers = self.session.describing.answers.clone();
            self.session.describing.asked = Some(answers.clone());
            self.tasks.describe(answers, self.session.prices.clone());
        }
    }

    /// Takes in what answers came to; the scenario arrives where it is wanted.
    pub(super) fn described(&mut self, ctx: &egui::Context, answers: Answers, made: Made) {
        let describing = &mut self.session.describing;
        if describing.asked.as_ref() != Some(&answers) {
            return;
        }
        describing.asked = None;
        describing.made = Some((answers, made));
        self.deliver(ctx);
    }

    /// Opens the scenario of the answers, as soon as it is wanted and there.
    pub(super) fn deliver(&mut self, ctx: &egui::Context) {
        let describing = &mut self.session.describing;
        let Some(made) = describing.now().filter(|_| describing.is_wanted) else { return };
        let scenario = made.as_ref().ok().map(|picture| picture.described.scenario.clone());
        describing.is_wanted = false;
        if let Some(scenario) = scenario {
            describing.is_open = false;
            self.arrive(ctx, Arrival::Described(Box::new(scenario)));
        }
    }

    /// Goes by another price list from now on.
    pub(super) fn take_prices_list(&mut self, list: PriceList) {
        let left = list.left_out.count();
        let left = if left > 0 { format!("; {left} entries were left out") } else { String::new() };
        self.session.message = format!("{} prices from {}{left}", list.prices.len(), list.source);
        self.session.prices = Some(Arc::new(list));
        // What was worked out by the list before is not what the answers come to any more.
        self.session.describing.made = None;
        self.session.describing.asked = None;
    }

    /// Takes the list's prices over into a tier.
    pub(super) fn take_prices(&mut self, index: usize) {
        let list = describing::list(self.session.prices.as_ref());
        let found = self.document.scenario.tiers.get(index).and_then(|of| tier::difference(of, list));
        let Some(found) = found else { return };
        self.change_entries(Target::Tier(index), |scenario| {
            if let Some(place) = scenario.tiers.get_mut(index) {
                *place = found.taken_over;
            }
            Ok(())
        });
    }
}
