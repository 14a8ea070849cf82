//! Relative links of Markdown pages lead to a file or folder of the repository, and their anchors to a heading.

use std::collections::{BTreeMap, BTreeSet};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::{Finding, Repository};

/// No dead link, no dead anchor, no link out of the repository. Addresses with a scheme are not looked at.
pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let pages: BTreeMap<&str, Page> =
        repository.with_extension("md").map(|(path, text)| (path, Page::read(text))).collect();
    let mut findings = Vec::new();
    for (path, page) in &pages {
        for (line, target) in &page.links {
            if let Some(fault) = fault(repository, &pages, path, target) {
                findings.push(Finding::line(path, *line, format!("link `{target}`: {fault}")));
            }
        }
    }
    findings
}

fn fault(repository: &Repository, pages: &BTreeMap<&str, Page>, from: &str, target: &str) -> Option<&'static str> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    let Some(path) = resolve(from, path) else { return Some("leads out of the repository") };
    let folder = format!("{path}/");
    let is_folder = path.is_empty() || repository.files.keys().any(|file| file.starts_with(&folder));
    if !repository.files.contains_key(&path) && !is_folder {
        return Some("no such file");
    }
    let page = pages.get(path.as_str())?;
    anchor.is_some_and(|anchor| !page.anchors.contains(anchor)).then_some("no such heading")
}

/// The path from the root that a relative one means; none if it is absolute or climbs too high.
fn resolve(from: &str, path: &str) -> Option<String> {
    if path.is_empty() {
        return Some(from.to_owned());
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for (index, part) in path.split('/').enumerate() {
        match part {
            "" if index == 0 => return None,
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[derive(Default)]
struct Page {
    links: Vec<(usize, String)>,
    anchors: BTreeSet<String>,
}

impl Page {
    fn read(text: &str) -> Self {
        let mut page = Self::default();
        let mut heading: Option<String> = None;
        let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH;
        for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
            match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    let line = text[..range.start].matches('\n').count() + 1;
                    page.links.push((line, dest_url.into_string()));
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::Text(words) | Event::Code(words) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&words);
                    }
                }
                Event::End(TagEnd::Heading(_)) => page.add_anchor(&heading.take().unwrap_or_default()),
                _ => {}
            }
        }
        page
    }

    /// Adds a heading's anchor as code hosts make it; a repeated heading gets a number.
    fn add_anchor(&mut self, heading: &str) {
        let kept = heading.trim().chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
        let anchor: String =
            kept.flat_map(char::to_lowercase).map(|letter| if letter == ' ' { '-' } else { letter }).collect();
        let numbered = (1..).map(|number| format!("{anchor}-{number}"));
        let free = std::iter::once(anchor.clone()).chain(numbered).find(|anchor| !self.anchors.contains(anchor));
        self.anchors.extend(free);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(text: &str) -> Vec<String> {
        let files =
            [("docs/a.md", text), ("docs/b.md", "# The `Way` of a block!\n## Same\n## Same\n"), ("src/c.rs", "")];
        check(&Repository::of(&files)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn living_links_pass() {
        let text = "# Top\n[b](b.md) [way](b.md#the-way-of-a-block) [two](b.md#same-1) [c](../src/c.rs) [folder](../src/)\n\
                    [top](#top) [web](https://example.org/x) `[code](none.md)` [by name][name]\n\n[name]: ./b.md\n";
        assert_eq!(findings(text), [""; 0]);
    }

    #[test]
    fn each_dead_link_is_found() {
        assert_eq!(findings("text\n[x](none.md)"), ["docs/a.md:2: link `none.md`: no such file"]);
        assert_eq!(findings("[x](b.md#none)"), ["docs/a.md:1: link `b.md#none`: no such heading"]);
        assert_eq!(findings("[x](#none)"), ["docs/a.md:1: link `#none`: no such heading"]);
        assert_eq!(findings("![x](none.svg)"), ["docs/a.md:1: link `none.svg`: no such file"]);
        assert_eq!(findings("[x][n]\n\n[n]: none.md"), ["docs/a.md:1: link `none.md`: no such file"]);
    }

    #[test]
    fn a_link_out_of_the_repository_is_found() {
        for target in ["../../b.md", "/docs/b.md"] {
            assert_eq!(
                findings(&format!("[x]({target})")),
                [format!("docs/a.md:1: link `{target}`: leads out of the repository")]
            );
        }
    }
}
