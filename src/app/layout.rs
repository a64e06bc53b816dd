//! How the tabs in the middle of the window are docked.

use egui_tiles::{Container, Linear, LinearDir, Tile, Tiles, Tree};
use serde::{Deserialize, Serialize};

use super::state::Tab;

/// Every tab, in the order of the first layout.
pub const TABS: [Tab; 7] =
    [Tab::Frontier, Tab::Segments, Tab::Money, Tab::Compare, Tab::Detection, Tab::Plan, Tab::Timeline];

/// The docked tabs. Read back from settings, it has each tab once, or is the first layout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Tree<Tab>")]
#[serde(into = "Tree<Tab>")]
pub struct Layout {
    /// The tiles.
    pub tree: Tree<Tab>,
}

impl Default for Layout {
    /// The frontier above with the other tabs behind it, the run below.
    fn default() -> Self {
        let mut tiles = Tiles::default();
        let mut panes = TABS.map(|tab| tiles.insert_pane(tab)).to_vec();
        let run = panes.pop();
        let above = tiles.insert_tab_tile(panes);
        let below = tiles.insert_tab_tile(run.into_iter().collect());
        let split = Linear::new_binary(LinearDir::Vertical, [above, below], 0.53);
        let root = tiles.insert_container(Container::Linear(split));
        Self { tree: Tree::new(eframe::egui::Id::unique("middle"), root, tiles) }
    }
}

impl From<Tree<Tab>> for Layout {
    fn from(tree: Tree<Tab>) -> Self {
        let count =
            |tab: Tab| tree.tiles.tiles().filter(|tile| matches!(tile, Tile::Pane(pane) if *pane == tab)).count();
        let is_whole = tree.root().is_some_and(|root| tree.tiles.get(root).is_some())
            && TABS.into_iter().all(|tab| count(tab) == 1);
        if is_whole { Self { tree } } else { Self::default() }
    }
}

impl From<Layout> for Tree<Tab> {
    fn from(layout: Layout) -> Self {
        layout.tree
    }
}

impl Layout {
    /// Puts a tab before those it shares its place with. The run makes room for a tab that needs the whole height, and comes back with the others.
    pub fn bring_to_front(&mut self, tab: Tab) {
        let tiles = &self.tree.tiles;
        let place = |tab: Tab| tiles.find_pane(&tab).and_then(|id| tiles.parent_of(id));
        if let Some(run) = place(Tab::Timeline).filter(|run| Some(*run) != place(tab)) {
            self.tree.set_visible(run, !matches!(tab, Tab::Detection | Tab::Plan | Tab::Compare));
        } else if let Some(run) = place(Tab::Timeline) {
            self.tree.set_visible(run, true);
        }
        self.tree.make_active(|_, tile| matches!(tile, Tile::Pane(pane) if *pane == tab));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_survives_its_file_and_one_without_a_tab_is_replaced() -> Result<(), serde_json::Error> {
        let mut layout = Layout::default();
        layout.bring_to_front(Tab::Money);
        let first = layout.clone();
        layout.bring_to_front(Tab::Detection);
        assert_ne!(layout, first, "the run is out of the way");
        layout.bring_to_front(Tab::Money);
        assert_eq!(layout, first);
        let text = serde_json::to_string(&layout)?;
        assert_eq!(serde_json::from_str::<Layout>(&text)?, layout);
        let short = Tree::new_tabs(eframe::egui::Id::unique("middle"), vec![Tab::Frontier]);
        assert_eq!(serde_json::from_str::<Layout>(&serde_json::to_string(&short)?)?, Layout::default());
        Ok(())
    }
}
