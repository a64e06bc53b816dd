//! A scenario inside a report: the page shows the file's text, and the program reads it back from there.

/// Start of the element that holds the text, in the report as in any page that carries a scenario.
pub const ELEMENT_ID: &str = "paretoscope-scenario";

/// Largest page that is looked through, bytes.
pub const MAX_PAGE_BYTES: usize = 64 << 20;

/// Whether bytes are an HTML page rather than a scenario file.
pub fn is_page(bytes: &[u8]) -> bool {
    const START: &[u8] = b"<!doctype html";
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    bytes.get(..START.len()).is_some_and(|start| start.eq_ignore_ascii_case(START))
}

/// The scenario's text in a page, if there is one.
///
/// The text stands escaped in a `<pre>`: nothing that a person wrote can end the element, or look like its start.
pub fn scenario_text(page: &str) -> Option<String> {
    let (_, after) = page.split_once(&format!("<pre id=\"{ELEMENT_ID}\">"))?;
    let (escaped, _) = after.split_once("</pre>")?;
    // The ampersand last: "&amp;lt;" stands for "&lt;".
    Some(escaped.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_told_from_scenarios() {
        assert!(is_page(b"\xef\xbb\xbf\n<!DOCTYPE html><html>"));
        assert!(!is_page(b"schema = 1") && !is_page(b"") && !is_page(b"<!doc"));
    }

    #[test]
    fn the_text_comes_back_as_it_was() {
        let page =
            "<!DOCTYPE html><p>x</p><pre id=\"paretoscope-scenario\">a = \"&amp;lt; &lt;/pre&gt; &quot;\"\n</pre>";
        assert_eq!(scenario_text(page).as_deref(), Some("a = \"&lt; </pre> \"\"\n"));
        assert_eq!(scenario_text("<!DOCTYPE html><p>nothing</p>"), None);
    }
}
