//! Reads what a source file imports: every path that begins with `crate`, `super` or `self`, outside comments, texts and tests.

/// One path, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Line, the first is 1.
    pub line: usize,
    /// Names from the root of the crate on.
    pub path: Vec<String>,
}

/// The module of a file below `src`; `None` for the roots of the crates.
pub fn module_of(file: &str) -> Option<String> {
    let stem = file.strip_suffix(".rs")?;
    let module = stem.strip_suffix("/mod").unwrap_or(stem);
    (module != "lib" && module != "main").then(|| module.replace('/', "::"))
}

/// What a module imports.
pub fn imports(module: &str, text: &str) -> Vec<Import> {
    let words = words(text);
    let mut reader =
        Reader { words: &words, at: 0, place: module.split("::").map(str::to_owned).collect(), found: Vec::new() };
    reader.items();
    reader.found
}

/// A word of the program, or one sign of it, and its line.
type Word = (usize, String);

/// The words of a program without its comments, texts and characters.
fn words(text: &str) -> Vec<Word> {
    let signs: Vec<char> = text.chars().collect();
    let at = |i: usize| signs.get(i).copied().unwrap_or('\0');
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let (mut words, mut i, mut line) = (Vec::new(), 0, 1);
    while i < signs.len() {
        let start = i;
        match (at(i), at(i + 1)) {
            ('/', '/') => {
                while i < signs.len() && at(i) != '\n' {
                    i += 1;
                }
            }
            ('/', '*') => {
                let mut depth = 0;
                loop {
                    match (at(i), at(i + 1)) {
                        ('/', '*') => (depth, i) = (depth + 1, i + 2),
                        ('*', '/') => (depth, i) = (depth - 1, i + 2),
                        _ => i += 1,
                    }
                    if depth == 0 || i >= signs.len() {
                        break;
                    }
                }
            }
            ('r', '"' | '#') if at(i + 1) == '"' || matches!(at(i + 2), '"' | '#') => {
                let fence = (i + 1..).take_while(|j| at(*j) == '#').count();
                i += fence + 2;
                while i < signs.len() && !(at(i) == '"' && (1..=fence).all(|j| at(i + j) == '#')) {
                    i += 1;
                }
                i += 1 + fence;
            }
            ('"', _) => {
                i += 1;
                while i < signs.len() && at(i) != '"' {
                    i += if at(i) == '\\' { 2 } else { 1 };
                }
                i += 1;
            }
            // A character, not a lifetime.
            ('\'', '\\') => {
                i += 3;
                while i < signs.len() && at(i) != '\'' {
                    i += 1;
                }
                i += 1;
            }
            ('\'', _) if at(i + 2) == '\'' => i += 3,
            (':', ':') => {
                words.push((line, "::".to_owned()));
                i += 2;
            }
            (c, _) if is_word(c) => {
                while is_word(at(i)) {
                    i += 1;
                }
                words.push((line, signs[start..i].iter().collect()));
            }
            (c, _) => {
                if !c.is_whitespace() {
                    words.push((line, c.to_string()));
                }
                i += 1;
            }
        }
        line += signs[start..i.min(signs.len())].iter().filter(|c| **c == '\n').count();
    }
    words
}

struct Reader<'w> {
    words: &'w [Word],
    at: usize,
    /// The module that is read, from the root on.
    place: Vec<String>,
    found: Vec<Import>,
}

impl Reader<'_> {
    fn word(&self, ahead: usize) -> &str {
        self.words.get(self.at + ahead).map_or("", |(_, word)| word)
    }

    fn follows(&self, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(ahead, word)| self.word(ahead) == *word)
    }

    /// Goes past the braces that open next, or past a semicolon before them.
    fn skip_item(&mut self) {
        let mut depth = 0;
        while self.at < self.words.len() {
            match self.word(0) {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            let ends = depth == 0 && matches!(self.word(0), "}" | ";");
            self.at += 1;
            if ends {
                break;
            }
        }
    }

    /// Reads up to the brace that closes a module, or to the end.
    fn items(&mut self) {
        let mut depth = 0;
        while self.at < self.words.len() {
            if self.follows(&["#", "[", "cfg", "(", "test", ")", "]"]) {
                self.skip_item();
            } else if self.follows(&["pub", "(", "in"]) {
                // How far something is seen is no import.
                while self.word(0) != ")" && self.at < self.words.len() {
                    self.at += 1;
                }
            } else if self.word(0) == "use" {
                self.at += 1;
                self.tree(&[]);
            } else if self.word(0) == "mod" && self.word(2) == "{" {
                self.place.push(self.word(1).to_owned());
                self.at += 3;
                self.items();
                self.place.pop();
            } else if matches!(self.word(0), "crate" | "super" | "self") && self.word(1) == "::" {
                self.tree(&[]);
            } else {
                match self.word(0) {
                    "{" => depth += 1,
                    "}" => depth -= 1,
                    _ => {}
                }
                self.at += 1;
                if depth < 0 {
                    return;
                }
            }
        }
    }

    /// Reads a path, or the tree of a `use`, below a prefix.
    fn tree(&mut self, prefix: &[String]) {
        let mut path = prefix.to_vec();
        let line = self.words.get(self.at).map_or(0, |(line, _)| *line);
        loop {
            if self.word(0) == "{" {
                self.at += 1;
                while !matches!(self.word(0), "}" | "") {
                    self.tree(&path);
                    if self.word(0) == "as" {
                        self.at += 2;
                    }
                    if self.word(0) == "," {
                        self.at += 1;
                    }
                }
                self.at += 1;
                return;
            }
            path.push(self.word(0).to_owned());
            self.at += 1;
            // `f::<T>` goes on with no name.
            if self.word(0) != "::" || self.word(1) == "<" {
                break;
            }
            self.at += 1;
        }
        self.found.extend(self.resolved(&path).map(|path| Import { line, path }));
    }

    /// From the root of the crate; `None` for what another crate, or this module itself, has.
    fn resolved(&self, path: &[String]) -> Option<Vec<String>> {
        let ups = path.iter().take_while(|word| *word == "super").count();
        let (mut from, rest) = match path.first()?.as_str() {
            "crate" => (Vec::new(), &path[1..]),
            "self" => (self.place.clone(), &path[1..]),
            "super" => (self.place.get(..self.place.len().checked_sub(ups)?)?.to_vec(), &path[ups..]),
            _ => return None,
        };
        from.extend(rest.iter().filter(|word| !matches!(word.as_str(), "self" | "*")).cloned());
        Some(from)
    }
}
