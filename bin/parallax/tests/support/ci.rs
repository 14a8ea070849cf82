//! Whether a test may be left out.

/// Whether this is continuous integration, where nothing is left out that a machine can be given.
#[expect(clippy::disallowed_methods, reason = "a test looks where it runs")]
pub(crate) fn is_ci() -> bool {
    std::env::var_os("CI").is_some() || std::env::var("NEXTEST_PROFILE").is_ok_and(|profile| profile == "ci")
}
