//! Text that others wrote, shown so that it does nothing: to a terminal, to the direction of reading, to the size of a message.

use std::borrow::Cow;

/// Whether a character steers what shows it, or hides: controls (a line break among them), marks of direction, zero-width characters,
/// line and paragraph separators.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
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

/// JSON with what is hidden in its strings written as JSON has it, such as `\u202e`: the values stay what they are.
pub fn in_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) && !matches!(c, '\n' | '\r' | '\t') {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
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
    fn what_steers_a_terminal_is_written_out() {
        assert_eq!(shown("a\u{1b}[2Jb\u{202e}c\n"), "a\\u{1b}[2Jb\\u{202e}c\n");
        assert!(matches!(shown("Größe, 度, 🙂\n\t"), Cow::Borrowed(_)));
        let json = in_json("[\n  \"a\u{202e}b\"\n]");
        assert_eq!(json, "[\n  \"a\\u202eb\"\n]");
        assert_eq!(serde_json::from_str::<Vec<String>>(&json).ok(), Some(vec!["a\u{202e}b".to_owned()]));
        assert_eq!(shortened("abcd", 3), "abc…");
        assert_eq!(shortened("äbc", 3), "äbc");
    }
}
