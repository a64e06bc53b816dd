//! Loading a file takes at most ten times its size in memory, or 32 MiB: a dense small file parses into more than ten
//! times its text, so what is counted up front is how much structure it has.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

#[path = "common/heap.rs"]
mod heap;

use paretoscope::scenario::{library, read};

#[test]
fn memory_is_bounded_by_the_size_of_the_file() {
    let flagship = library::flagship().text;
    let shapes = [
        (
            "the flagship with a megabyte of comments",
            format!("{flagship}\n{}", "# a comment of some length that says nothing\n".repeat(25_000)),
        ),
        ("a long description", flagship.replacen("A SaaS product", &"A SaaS product. ".repeat(60_000), 1)),
        (
            "many problems",
            format!(
                "{flagship}\n{}",
                "[[expect]]\npolicy = \"No such policy\"\nfigure = \"no such figure\"\n".repeat(10_000)
            ),
        ),
        ("many problems in a smaller file", format!("{flagship}\n{}", "[[expect]]\npolicy = \"None\"\n".repeat(6_000))),
        ("as many keys as allowed", (0..24_000).map(|i| format!("k{i}=1\n")).collect()),
        ("as many entries as allowed", format!("tables = [{}]\n", "{},".repeat(12_000))),
        ("many keys", (0..60_000).map(|i| format!("some_key_number_{i} = {i}\n")).collect()),
        ("a list of numbers", format!("weights = [{}]\n", "1.5, ".repeat(200_000))),
        ("empty inline tables", format!("tables = [{}]\n", "{}, ".repeat(200_000))),
        ("nothing but brackets", "[".repeat(1_000_000)),
        ("empty sections", "[[policy]]\n".repeat(90_000)),
        ("bytes", "\u{1}".repeat(1_000_000)),
    ];
    let mut over = Vec::new();
    for (shape, text) in shapes {
        let (peak, _) = heap::peak_of(|| read::parse_bytes(text.as_bytes(), "file.toml"));
        if peak > (10 * text.len()).max(32 << 20) {
            over.push(format!("{shape}: {peak} bytes for a file of {}", text.len()));
        }
    }
    assert!(over.is_empty(), "{}", over.join("\n"));
}
