//! Text that others wrote, shown so that it does nothing: to a terminal, to the direction of reading, to the size of a message.

use std::borrow::Cow;

use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;

/// Whether a character steers what shows it, or hides: controls (a line break among them), line and paragraph separators, marks of direction, and
/// whatever else Unicode wants ignored where it cannot be shown (zero-width characters, variation selectors, tags).
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        // Marks of annotations are no letters either.
        || matches!(c, '\u{180e}' | '\u{2028}'..='\u{202e}' | '\u{fff9}'..='\u{fffb}')
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// Text with what is hidden written out, such as `\u{1b}`; line breaks and tabs stay.
pub fn shown(text: &str) -> Cow<'_, str> {
    let must_go = |c: char| is_hidden(c) && !matches!(c, '\n' | '\t');
    if !text.contains(must_go) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if must_go(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// A name on one line: line breaks and tabs are written out, too, and a very long name is shortened.
pub fn name(text: &str) -> Cow<'_, str> {
    const MOST: usize = 120;
    let text = shortened(text, MOST);
    if !text.contains(is_hidden) {
        return text;
    }
    let written = |c: char| if is_hidden(c) { c.escape_default().to_string() } else { c.to_string() };
    Cow::Owned(text.chars().map(written).collect())
}

/// Names in a sentence, each in quotes.
pub fn names<'a>(all: impl Iterator<Item = &'a str>) -> String {
    all.map(|text| format!("\"{}\"", name(text))).collect::<Vec<_>>().join(", ")
}

/// JSON with what is hidden in its strings written as JSON has it, such as `\u202e`: the values stay what they are.
pub fn in_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) && !matches!(c, '\n' | '\r' | '\t') {
            // Beyond the first 65,536 characters JSON writes two halves.
            for half in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{half:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// At most so many characters, with an ellipsis where some are left out.
pub fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_unicode_wants_ignored_is_hidden() {
        // A tag, variation selectors of both blocks, a combining joiner, fillers, a joiner, an annotation, a musical control.
        for c in "\u{e0041}\u{fe0f}\u{e0101}\u{34f}\u{3164}\u{115f}\u{200d}\u{fff9}\u{1d173}\u{feff}\u{ad}".chars() {
            assert!(is_hidden(c), "{}", c.escape_unicode());
        }
        assert!(!"aÄ度🙂é\u{301}ﬁ–’ ".contains(is_hidden));
    }

    #[test]
    fn what_steers_a_terminal_is_written_out() {
        assert_eq!(shown("a\u{1b}[2Jb\u{202e}c\n"), "a\\u{1b}[2Jb\\u{202e}c\n");
        assert!(matches!(shown("Größe, 度, 🙂\n\t"), Cow::Borrowed(_)));
        let json = in_json("[\n  \"a\u{202e}b\"\n]");
        assert_eq!(json, "[\n  \"a\\u202eb\"\n]");
        assert_eq!(serde_json::from_str::<Vec<String>>(&json).ok(), Some(vec!["a\u{202e}b".to_owned()]));
        let tags = in_json("[\"a\u{e0041}\"]");
        assert_eq!(tags, "[\"a\\udb40\\udc41\"]");
        assert_eq!(serde_json::from_str::<Vec<String>>(&tags).ok(), Some(vec!["a\u{e0041}".to_owned()]));
        assert_eq!(name("two\nlines\u{1b}"), "two\\nlines\\u{1b}");
        assert_eq!(shortened("abcd", 3), "abc…");
        assert_eq!(shortened("äbc", 3), "äbc");
    }
}
