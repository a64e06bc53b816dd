//! Pictures as PNG, from their SVG.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};
use thiserror::Error;

/// Why there is no picture.
#[derive(Debug, Error)]
#[error("the picture cannot be painted: {0}")]
pub struct PngError(String);

/// Paints an SVG at `scale` times its size. The window's own font is used, so that a picture is the same on every machine; the system's
/// fonts come in for letters that it lacks.
///
/// # Errors
/// When the SVG cannot be read or is too large to paint.
pub fn png(svg: &str, scale: f32) -> Result<Vec<u8>, PngError> {
    let mut fonts = fontdb::Database::new();
    fonts.load_system_fonts();
    fonts.load_font_data(epaint_default_fonts::UBUNTU_LIGHT.to_vec());
    let options = Options { font_family: "Ubuntu".to_owned(), fontdb: Arc::new(fonts), ..Options::default() };
    let tree = Tree::from_str(svg, &options).map_err(|e| PngError(e.to_string()))?;
    let size = tree.size();
    let pixels = |length: f32| (length * scale).ceil().max(1.0) as u32;
    let mut pixmap = Pixmap::new(pixels(size.width()), pixels(size.height()))
        .ok_or_else(|| PngError("it is too large".to_owned()))?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    pixmap.encode_png().map_err(|e| PngError(e.to_string()))
}

/// Columns and rows of a PNG, and red, green, blue and opacity of each pixel.
///
/// # Errors
/// When it is no PNG.
pub fn pixels(png: &[u8]) -> Result<([usize; 2], Vec<u8>), PngError> {
    let pixmap = Pixmap::decode_png(png).map_err(|e| PngError(e.to_string()))?;
    Ok(([pixmap.width() as usize, pixmap.height() as usize], rgba(&pixmap)))
}

/// Pixels of a square picture without text, such as an icon: red, green, blue and opacity of each.
///
/// # Errors
/// When the SVG cannot be read or is too large to paint.
pub fn icon(svg: &str, side: u32) -> Result<Vec<u8>, PngError> {
    Ok(rgba(&square(svg, side)?))
}

/// The same as a PNG.
///
/// # Errors
/// As [`icon`].
pub fn icon_png(svg: &str, side: u32) -> Result<Vec<u8>, PngError> {
    square(svg, side)?.encode_png().map_err(|e| PngError(e.to_string()))
}

fn rgba(pixmap: &Pixmap) -> Vec<u8> {
    let of = |p: &resvg::tiny_skia::PremultipliedColorU8| {
        let c = p.demultiply();
        [c.red(), c.green(), c.blue(), c.alpha()]
    };
    pixmap.pixels().iter().flat_map(of).collect()
}

fn square(svg: &str, side: u32) -> Result<Pixmap, PngError> {
    let tree = Tree::from_str(svg, &Options::default()).map_err(|e| PngError(e.to_string()))?;
    let mut pixmap = Pixmap::new(side, side).ok_or_else(|| PngError("it is too large".to_owned()))?;
    let scale = side as f32 / tree.size().width().max(tree.size().height());
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    Ok(pixmap)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use super::*;

    #[test]
    fn text_is_painted() {
        let svg = |words: &str| {
            format!(
                "<svg xmlns='http://www.w3.org/2000/svg' width='80' height='30' font-family='Ubuntu, sans-serif'><text x='4' y='20'>{words}</text></svg>"
            )
        };
        let painted = png(&svg("Text"), 1.0).unwrap();
        assert!(painted.starts_with(b"\x89PNG") && painted != png(&svg(""), 1.0).unwrap());
        assert!(png("no picture", 1.0).is_err());
    }
}
