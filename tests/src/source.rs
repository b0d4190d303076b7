//! Reading the tree's own sources, for the rules of the house.

use std::path::{Path, PathBuf};

/// The root of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the workspace").to_owned()
}

/// A file of the tree.
#[derive(Debug)]
pub struct SourceFile {
    /// Its path below the root, with forward slashes.
    pub path: String,
    /// Its text.
    pub text: String,
}

impl SourceFile {
    /// The code of a Rust file: comments and what stands in literals are blanked, lines are kept.
    pub fn code(&self) -> String {
        Lexer::of(&self.text).code
    }

    /// The contents of a Rust file's string literals.
    pub fn literals(&self) -> Vec<String> {
        Lexer::of(&self.text).literals
    }

    /// The code above the tests at the foot of a Rust file; none for a file of tests.
    pub fn code_without_tests(&self) -> String {
        let code = self.code();
        let is_tests = self.path.ends_with("/tests.rs") || self.path.contains("/tests/");
        let end = if is_tests { 0 } else { code.find("#[cfg(test)]").unwrap_or(code.len()) };
        code[..end].to_owned()
    }
}

/// Every text file of the tree, sorted; what a build or a run leaves behind is not looked at.
pub fn files() -> Vec<SourceFile> {
    let root = root();
    let mut found = Vec::new();
    collect(&root, &root, &mut found);
    found.sort_by(|left, right| left.path.cmp(&right.path));
    found
}

/// The Rust files among them.
pub fn rust_files() -> Vec<SourceFile> {
    files().into_iter().filter(|file| file.path.ends_with(".rs")).collect()
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<SourceFile>) {
    for entry in std::fs::read_dir(folder).expect("the tree can be read") {
        let path = entry.expect("the tree can be read").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if [".git", ".kvitt", "target", "node_modules"].contains(&name) {
            continue;
        }
        if path.is_dir() {
            collect(root, &path, found);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            let below = path.strip_prefix(root).expect("it was found below the root");
            found.push(SourceFile { path: below.to_string_lossy().replace('\\', "/"), text });
        }
    }
}

/// Takes Rust text apart, as far as comments and literals go.
struct Lexer {
    code: String,
    literals: Vec<String>,
}

impl Lexer {
    fn of(text: &str) -> Self {
        let mut lexer = Self { code: String::new(), literals: Vec::new() };
        let mut rest = text;
        while !rest.is_empty() {
            let taken = lexer.step(rest);
            rest = &rest[taken..];
        }
        lexer
    }

    /// Deals with what the text starts with and says how long that was.
    fn step(&mut self, rest: &str) -> usize {
        if rest.starts_with("//") {
            return self.blank(rest, rest.find('\n').unwrap_or(rest.len()));
        }
        if rest.starts_with("/*") {
            return self.blank(rest, rest.find("*/").map_or(rest.len(), |end| end + 2));
        }
        let starts_word = !self.code.ends_with(|last: char| last.is_alphanumeric() || last == '_');
        if starts_word && let Some(hashes) = raw_hashes(rest) {
            let open = hashes + 2;
            let close = format!("\"{}", "#".repeat(hashes));
            let end = rest[open..].find(&close).map_or(rest.len(), |end| open + end);
            self.literals.push(rest[open..end].to_owned());
            return self.blank(rest, (end + close.len()).min(rest.len()));
        }
        if rest.starts_with('"') {
            let end = string_end(rest);
            self.literals.push(rest[1..end].to_owned());
            return self.blank(rest, (end + 1).min(rest.len()));
        }
        if let Some(length) = char_literal(rest) {
            return self.blank(rest, length);
        }
        let first = rest.chars().next().expect("the rest is not empty");
        self.code.push(first);
        first.len_utf8()
    }

    fn blank(&mut self, rest: &str, length: usize) -> usize {
        let newlines = rest[..length].matches('\n').count();
        self.code.push(' ');
        self.code.extend(std::iter::repeat_n('\n', newlines));
        length
    }
}

/// How many hashes a raw string has, if one begins here.
fn raw_hashes(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix('r')?;
    let hashes = after.bytes().take_while(|byte| *byte == b'#').count();
    after[hashes..].starts_with('"').then_some(hashes)
}

/// Where the string that begins here has its closing quote.
fn string_end(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut index = 1;
    while index < bytes.len() && bytes[index] != b'"' {
        index += if bytes[index] == b'\\' { 2 } else { 1 };
    }
    index.min(bytes.len())
}

/// The length of the character literal that begins here; a lifetime is none.
fn char_literal(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix('\'')?;
    if after.starts_with('\\') {
        return after.get(2..)?.find('\'').map(|end| end + 4);
    }
    let first = after.chars().next()?;
    after[first.len_utf8()..].starts_with('\'').then(|| first.len_utf8() + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_taken_out_of_the_code() {
        let text = "let a = \"x // \\\" y\"; // now()\nlet b = r#\"raw \" text\"#; let c: &'static str; let d = '\"';\n/* gone */ end";
        let lexer = Lexer::of(text);
        assert_eq!(lexer.literals, ["x // \\\" y", "raw \" text"]);
        let lines: Vec<&str> = lexer.code.lines().map(str::trim_end).collect();
        assert_eq!(lines[0], "let a =  ;");
        assert!(lines[1].ends_with("let c: &'static str; let d =  ;"), "{}", lines[1]);
        assert_eq!(lines[2].trim(), "end");
    }
}
