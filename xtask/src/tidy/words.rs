//! No note of work left undone: it is done, or the documentation names it as a limit.

use super::{Finding, Repository};

/// Split, so that this file does not hold them.
const WORDS: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

/// None of the words stands alone in any file.
pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in &repository.files {
        for (index, line) in text.lines().enumerate() {
            let mut words = line.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
            if let Some(word) = words.find(|word| WORDS.contains(word)) {
                findings.push(Finding::line(path, index + 1, format!("{word}: do it, or state the limit")));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_found_alone_and_only_alone() {
        for word in WORDS {
            let text = format!("fine\n// {word}(me): later\n// {word}S and A{word}\n");
            let found = check(&Repository::of(&[("a.sh", &text)]));
            assert_eq!(found, [Finding::line("a.sh", 2, format!("{word}: do it, or state the limit"))]);
        }
    }
}
