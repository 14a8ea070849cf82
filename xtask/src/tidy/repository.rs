//! What the checks look at: the files that are not ignored, and the workspace's packages.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result};
use cargo_metadata::{Metadata, MetadataCommand, TargetKind};
use ignore::WalkBuilder;

/// Files and packages, read once.
#[derive(Debug, Default)]
pub(crate) struct Repository {
    /// Text of every file that is not ignored, by its path from the root, with `/` between the parts.
    /// A file that is not UTF-8 is there with no text.
    pub(crate) files: BTreeMap<String, String>,
    /// The packages of the workspace.
    pub(crate) packages: Vec<Package>,
}

/// A package of the workspace.
#[derive(Debug, Default)]
pub(crate) struct Package {
    /// The folder from the root; under `crates/` only its last part.
    pub(crate) room: String,
    /// The folder from the root.
    pub(crate) folder: String,
    /// The manifest's sentence.
    pub(crate) description: String,
    /// `src/lib.rs` or `src/main.rs`, from the root.
    pub(crate) entry: String,
    /// Rooms it depends on in any way: normal, dev, build.
    pub(crate) imports: BTreeSet<String>,
}

impl Repository {
    /// Reads the files below `root` and asks cargo for the packages.
    pub(crate) fn load(root: &Path) -> Result<Self> {
        let metadata = MetadataCommand::new().current_dir(root).no_deps().exec().context("cargo metadata")?;
        Ok(Self { files: files(root)?, packages: packages(&metadata)? })
    }

    /// The text of a file; empty where there is none.
    pub(crate) fn text(&self, path: &str) -> &str {
        self.files.get(path).map_or("", String::as_str)
    }

    /// The files with this extension, in order of their paths.
    pub(crate) fn with_extension<'a>(&'a self, extension: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let matches = move |path: &str| path.rsplit_once('.').is_some_and(|(_, found)| found == extension);
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str())).filter(move |(path, _)| matches(path))
    }

    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        Self { files, packages: Vec::new() }
    }
}

/// Reads what version control would track: the ignore files decide, and no version control needs to be installed.
fn files(root: &Path) -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    let walk = WalkBuilder::new(root)
        .standard_filters(false)
        .git_ignore(true)
        .require_git(false)
        .filter_entry(|entry| entry.file_name() != ".git" && entry.file_name() != "node_modules")
        .build();
    for entry in walk {
        let entry = entry.context("walk the repository")?;
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            continue;
        }
        let bytes = std::fs::read(entry.path()).with_context(|| format!("read {}", entry.path().display()))?;
        files.insert(relative(root, entry.path())?, String::from_utf8(bytes).unwrap_or_default());
    }
    Ok(files)
}

fn packages(metadata: &Metadata) -> Result<Vec<Package>> {
    let root = metadata.workspace_root.as_std_path();
    let members = metadata.workspace_packages();
    let mut rooms = BTreeMap::new();
    for package in &members {
        let folder = package.manifest_path.parent().context("a manifest has a folder")?;
        rooms.insert(package.name.as_str(), relative(root, folder.as_std_path())?);
    }
    let mut packages = Vec::new();
    for package in &members {
        let folder = rooms[package.name.as_str()].clone();
        let imports = package.dependencies.iter().filter(|dependency| dependency.path.is_some());
        let imports = imports.filter_map(|dependency| rooms.get(dependency.name.as_str()));
        let is_entry = |kind: &TargetKind| matches!(kind, TargetKind::Lib | TargetKind::ProcMacro | TargetKind::Bin);
        let entry = package.targets.iter().find(|target| target.kind.iter().any(is_entry));
        let entry = entry.with_context(|| format!("{} has no library and no binary", package.name))?;
        packages.push(Package {
            room: room(&folder),
            description: package.description.clone().unwrap_or_default(),
            entry: relative(root, entry.src_path.as_std_path())?,
            imports: imports.map(|folder| room(folder)).collect(),
            folder,
        });
    }
    Ok(packages)
}

fn room(folder: &str) -> String {
    folder.strip_prefix("crates/").unwrap_or(folder).to_owned()
}

fn relative(root: &Path, path: &Path) -> Result<String> {
    let path = path.strip_prefix(root).with_context(|| format!("{} lies outside the root", path.display()))?;
    let parts: Option<Vec<&str>> = path.iter().map(|part| part.to_str()).collect();
    Ok(parts.with_context(|| format!("{} is not UTF-8", path.display()))?.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_repository_loads_with_its_packages() {
        let repository = Repository::load(&crate::cargo::root().unwrap()).unwrap();
        assert!(repository.text("xtask/src/main.rs").starts_with("//! "));
        assert!(!repository.files.keys().any(|path| path.starts_with("target/")));
        let this = repository.packages.iter().find(|package| package.room == "xtask").unwrap();
        assert_eq!((this.entry.as_str(), this.imports.len()), ("xtask/src/main.rs", 0));
        let executor = repository.packages.iter().find(|package| package.room == "executor").unwrap();
        assert!(executor.imports.contains("scheduler"));
    }
}
