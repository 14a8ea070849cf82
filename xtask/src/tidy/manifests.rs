//! Every package takes the workspace's lints and the workspace's one version.

use super::{Finding, Repository};

/// Each manifest has `version.workspace = true` and `[lints] workspace = true`.
pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in &repository.packages {
        let manifest = format!("{}/Cargo.toml", package.folder);
        let lines: Vec<&str> =
            repository.text(&manifest).lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        if !lines.windows(2).any(|pair| pair == ["[lints]", "workspace = true"]) {
            findings.push(Finding::file(&manifest, "no `workspace = true` under [lints]"));
        }
        if !lines.contains(&"version.workspace = true") {
            findings.push(Finding::file(&manifest, "no `version.workspace = true`"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::repository::Package;
    use super::*;

    fn findings(manifest: &str) -> usize {
        let mut repository = Repository::of(&[("a/Cargo.toml", manifest)]);
        repository.packages.push(Package { folder: "a".to_owned(), ..Package::default() });
        check(&repository).len()
    }

    #[test]
    fn a_manifest_with_its_own_lints_or_version_is_found() {
        assert_eq!(findings("[package]\nversion.workspace = true\n\n[lints]\nworkspace = true\n"), 0);
        assert_eq!(findings("[package]\nversion = \"1.0.0\"\n\n[lints]\nworkspace = true\n"), 1);
        assert_eq!(findings("[package]\nversion.workspace = true\n\n[lints.rust]\n"), 1);
        assert_eq!(findings(""), 2);
    }
}
