//! How the room of the window is shared out: how the tabs are docked, and what stands beside them.

use std::collections::BTreeSet;

use egui_tiles::{Container, Grid, GridLayout, Linear, LinearDir, Tile, TileId, Tiles, Tree};
use serde::{Deserialize, Serialize};

use super::tab::Tab;

/// The tab below all others: the run that they speak of.
const BELOW: Tab = Tab::Timeline;

/// Shares of the room that a divider can leave to a tile.
const SHARES: std::ops::RangeInclusive<f32> = 1e-3..=1e3;

/// Tiles, or columns of a grid, at the most: a tab needs few.
const MOST_TILES: usize = 100;

/// A side of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The scenario.
    Left,
    /// What is selected, in words and numbers.
    Right,
}

/// What a window shows that has room for one part alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// The scenario, or the lesson.
    Scenario,
    /// A tab.
    #[default]
    Plots,
    /// What is selected, in words and numbers.
    Summary,
}

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
        let panes: Vec<(Tab, TileId)> = Tab::ALL.iter().map(|tab| (*tab, tiles.insert_pane(*tab))).collect();
        let (below, above): (Vec<_>, Vec<_>) = panes.into_iter().partition(|(tab, _)| *tab == BELOW);
        let [above, below] =
            [above, below].map(|panes| tiles.insert_tab_tile(panes.into_iter().map(|p| p.1).collect()));
        let split = Linear::new_binary(LinearDir::Vertical, [above, below], 0.53);
        let root = tiles.insert_container(Container::Linear(split));
        let mut tree = Tree::new(eframe::egui::Id::unique("middle"), root, tiles);
        tree.make_active(|_, tile| matches!(tile, Tile::Pane(pane) if *pane == Tab::default()));
        Self { tree }
    }
}

impl From<Tree<Tab>> for Layout {
    fn from(tree: Tree<Tab>) -> Self {
        let count =
            |tab: Tab| tree.tiles.tiles().filter(|tile| matches!(tile, Tile::Pane(pane) if *pane == tab)).count();
        let is_whole = is_tree(&tree) && Tab::ALL.iter().all(|tab| count(*tab) == 1);
        if is_whole { Self { tree } } else { Self::default() }
    }
}

/// Whether every tile hangs once below the root, and takes a share of the room that can be seen.
fn is_tree(tree: &Tree<Tab>) -> bool {
    let Some(root) = tree.root() else { return false };
    let mut reached = BTreeSet::new();
    let mut next = vec![root];
    while let Some(id) = next.pop() {
        // Twice below the root, as in a circle, it would be drawn for ever.
        if !reached.insert(id.0) {
            return false;
        }
        if reached.len() > MOST_TILES {
            return false;
        }
        match tree.tiles.get(id) {
            None => return false,
            Some(Tile::Container(Container::Grid(grid))) if has_too_many(grid) => return false,
            Some(Tile::Pane(_)) => {}
            Some(Tile::Container(container)) => {
                if !shares(container).all(|share| SHARES.contains(&share)) {
                    return false;
                }
                next.extend(container.children());
            }
        }
    }
    tree.tiles.iter().all(|(id, _)| reached.contains(&id.0))
}

fn has_too_many(grid: &Grid) -> bool {
    matches!(grid.layout, GridLayout::Columns(columns) if columns > MOST_TILES)
}

fn shares(container: &Container) -> Box<dyn Iterator<Item = f32> + '_> {
    match container {
        Container::Tabs(_) => Box::new(std::iter::empty()),
        Container::Linear(linear) => Box::new(linear.shares.iter().map(|(_, share)| *share)),
        Container::Grid(grid) => Box::new(grid.col_shares.iter().chain(&grid.row_shares).copied()),
    }
}

impl From<Layout> for Tree<Tab> {
    fn from(layout: Layout) -> Self {
        layout.tree
    }
}

impl Layout {
    /// Puts a tab before those it shares its place with. The run makes room for a tall one, and comes back with the others.
    pub fn bring_to_front(&mut self, tab: Tab, is_tall: bool) {
        let tiles = &self.tree.tiles;
        let place = |tab: Tab| tiles.find_pane(&tab).and_then(|id| tiles.parent_of(id));
        if let Some(run) = place(BELOW) {
            self.tree.set_visible(run, !is_tall || Some(run) == place(tab));
        }
        self.tree.make_active(|_, tile| matches!(tile, Tile::Pane(pane) if *pane == tab));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A layout as settings keep it, with every row of tabs changed.
    fn with_tabs(text: &str, change: impl Fn(&mut Value)) -> Result<Value, serde_json::Error> {
        let mut layout: Value = serde_json::from_str(text)?;
        let tiles = layout.pointer_mut("/tiles/tiles").and_then(Value::as_object_mut);
        let containers = tiles.into_iter().flat_map(|tiles| tiles.values_mut()).filter_map(|t| t.get_mut("Container"));
        containers.filter(|container| container.get("Tabs").is_some()).for_each(change);
        assert_ne!(layout, serde_json::from_str::<Value>(text)?);
        Ok(layout)
    }

    #[test]
    fn a_layout_survives_its_file_and_one_without_a_tab_is_replaced() -> Result<(), serde_json::Error> {
        let mut layout = Layout::default();
        layout.bring_to_front(Tab::Money, false);
        let first = layout.clone();
        layout.bring_to_front(Tab::Detection, true);
        assert_ne!(layout, first, "the run is out of the way");
        layout.bring_to_front(Tab::Money, false);
        assert_eq!(layout, first);
        let text = serde_json::to_string(&layout)?;
        assert_eq!(serde_json::from_str::<Layout>(&text)?, layout);
        // What no window could show, or would show for ever.
        for (old, new) in [("1.06", "-1.06"), ("1.06", "1e38"), ("1.06", "0.0")] {
            assert!(text.contains(old), "{text}");
            assert_eq!(serde_json::from_str::<Layout>(&text.replace(old, new))?, Layout::default(), "{new}");
        }
        for columns in [100_000_000, u64::MAX] {
            let wide = with_tabs(&text, |tabs| {
                let children = tabs["Tabs"]["children"].take();
                let layout = json!({ "Columns": columns });
                *tabs =
                    json!({ "Grid": { "children": children, "layout": layout, "col_shares": [], "row_shares": [] } });
            })?;
            assert_eq!(serde_json::from_value::<Layout>(wide)?, Layout::default(), "{columns}");
        }
        let root = serde_json::from_str::<Value>(&text)?["root"].take();
        let circle = with_tabs(&text, |tabs| {
            tabs["Tabs"]["children"].as_array_mut().into_iter().for_each(|children| children.push(root.clone()));
        })?;
        assert_eq!(serde_json::from_value::<Layout>(circle)?, Layout::default());
        let short = Tree::new_tabs(eframe::egui::Id::unique("middle"), vec![Tab::Frontier]);
        assert_eq!(serde_json::from_str::<Layout>(&serde_json::to_string(&short)?)?, Layout::default());
        Ok(())
    }
}
