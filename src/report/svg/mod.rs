//! Results as pictures: pure functions from results to SVG text.
//!
//! Every word is a `<text>`, so that pictures can be searched, read aloud and edited. Colours stand as attributes, so that a picture
//! is whole on its own, and as classes, so that a page may change them for a dark ground.

mod compare;
mod decide;
mod detection;
mod draw;
mod frontier;
mod money;
mod plan;
mod reaction;
mod rollout;
mod segments;
mod sweep;
mod timeline;
mod uncertain;

pub use compare::compare;
pub use decide::decide;
pub use detection::{bars, damage, detection, survival};
pub use frontier::frontier;
pub use money::money;
pub use plan::{plan, plan_plot};
pub use rollout::rollout;
pub use segments::segments;
pub use sweep::sweep;
pub use timeline::timeline;
pub use uncertain::uncertain;

use draw::{BAD, GOOD, GRID, HUES, INK, PAPER, WEAK};

/// Style rules that recolour the pictures for a dark ground.
pub fn dark_rules() -> String {
    let mut rules = String::new();
    let mut rule = |class: &str, colour: &str| {
        rules.push_str(&format!("svg .{class}-fill{{fill:{colour}}}svg .{class}-line{{stroke:{colour}}}"));
    };
    let roles = [("ink", INK), ("weak", WEAK), ("grid", GRID), ("paper", PAPER), ("bad", BAD), ("good", GOOD)];
    for (class, colours) in roles {
        rule(class, colours.dark);
    }
    for (i, colours) in HUES.iter().enumerate() {
        rule(&format!("hue{i}"), colours.dark);
    }
    rules
}
