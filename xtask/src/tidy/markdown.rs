//! Tables of a Markdown page.

/// A table: its heads and its rows of cells, each row with its line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) heads: Vec<String>,
    pub(crate) rows: Vec<(usize, Vec<String>)>,
}

/// The first table whose heads begin with `heads`.
pub(crate) fn table(text: &str, heads: &[&str]) -> Option<Table> {
    tables(text)
        .into_iter()
        .find(|table| table.heads.iter().map(String::as_str).take(heads.len()).eq(heads.iter().copied()))
}

/// The words between backticks.
pub(crate) fn code_spans(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

fn tables(text: &str) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    let mut inside = false;
    for (index, line) in text.lines().enumerate() {
        let Some(cells) = cells(line) else {
            inside = false;
            continue;
        };
        match tables.last_mut().filter(|_| inside) {
            None => tables.push(Table { heads: cells, rows: Vec::new() }),
            Some(table) if !is_rule(&cells) => table.rows.push((index + 1, cells)),
            Some(_) => {}
        }
        inside = true;
    }
    tables
}

fn cells(line: &str) -> Option<Vec<String>> {
    let line = line.trim().strip_prefix('|')?;
    let line = line.strip_suffix('|').unwrap_or(line);
    Some(line.split('|').map(|cell| cell.trim().to_owned()).collect())
}

fn is_rule(cells: &[String]) -> bool {
    cells.iter().all(|cell| !cell.is_empty() && cell.chars().all(|letter| "-: ".contains(letter)) && cell.len() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_found_by_its_heads() {
        let text = "| x |\n|---|\n| 1 |\n\ntext\n| crate | may import |\n|---|---|\n| `a` | - |\n";
        let found = table(text, &["crate", "may import"]).unwrap();
        assert_eq!(found.rows, [(8, vec!["`a`".to_owned(), "-".to_owned()])]);
        assert_eq!(table(text, &["y"]), None);
    }

    #[test]
    fn code_spans_are_the_words_between_backticks() {
        assert_eq!(code_spans("`a`, `b` (traits)").collect::<Vec<_>>(), ["a", "b"]);
    }
}
