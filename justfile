# Every recipe is a task of `cargo xtask`, which needs no `just`; .ci/run calls the same tasks.

# List the recipes.
default:
    @just --list

# Run the fast lane before a change is proposed: format, tidy, lints, docs.
pre-pr: fmt tidy lint docs

# Check the format.
fmt:
    cargo xtask fmt

# Check the rules that a compiler does not know.
tidy:
    cargo xtask tidy

# Run clippy; a warning is an error.
lint:
    cargo xtask lint

# Check dependencies: licences, sources, bans.
deny:
    cargo xtask deny

# Build the documentation; a warning is an error.
docs:
    cargo xtask docs

# Take each fix out again and see its scenario fail.
mutants *ARGS:
    cargo xtask mutants {{ARGS}}

# Run the tests.
test *ARGS:
    cargo xtask test {{ARGS}}

# Look at the explorer with a real browser.
browser:
    cargo xtask browser

# Run every command of the book.
book:
    cargo xtask book

# Start the first command of the README, ask it something, end it.
first-command:
    cargo xtask first-command
