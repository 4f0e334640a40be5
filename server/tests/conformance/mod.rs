//! Every endpoint, parameter, key, enum value, error and note of seed 000, each with the test that proves it.
//! `docs/conformance/getcontractor.md` is made from these lists; `WRITE_CONFORMANCE=1` writes it anew.

mod admin;
mod contractor;
mod general;
mod inbound;
mod public;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// What the document names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `POST /api/leads/submit`
    Endpoint,
    /// A header, query parameter or path parameter.
    Parameter,
    /// A key of a body that is sent, with its rules.
    Field,
    /// A key of an answer; `stats.totalLeads` is inside another.
    Key,
    /// A word that a field, parameter or key may be.
    Value,
    /// A refusal.
    Error,
    /// Anything else that it promises.
    Note,
}

/// Things that one test proves: `file::function`, the file by the end of its path without `.rs`.
/// Nothing when no test does yet.
pub type Row = (Kind, &'static [&'static str], &'static str);

/// A heading of the document.
pub struct Section {
    pub title: &'static str,
    pub rows: &'static [Row],
}

fn sections() -> impl Iterator<Item = &'static Section> {
    [public::SECTIONS, contractor::SECTIONS, admin::SECTIONS, inbound::SECTIONS, general::SECTIONS].into_iter().flatten()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace")
}

/// Every test of the tree: the file's path, and the functions that are tests in it.
fn tests() -> HashMap<String, Vec<String>> {
    let mut all = HashMap::new();
    for folder in ["server/tests", "server/src", "crates", "app/src"] {
        read_folder(&root().join(folder), &mut all);
    }
    all
}

fn read_folder(folder: &Path, all: &mut HashMap<String, Vec<String>>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read_folder(&path, all);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let name = path.strip_prefix(root()).expect("below the root").display().to_string();
            all.insert(name, test_functions(&fs::read_to_string(&path).expect("text")));
        }
    }
}

/// The functions that follow an attribute `#[test]` or `#[tokio::test…]`.
fn test_functions(text: &str) -> Vec<String> {
    let (mut found, mut is_test) = (Vec::new(), false);
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if let Some(name) = line.trim_start_matches("async ").strip_prefix("fn ").filter(|_| is_test) {
            found.extend(name.split(['(', '<']).next().map(str::to_owned));
            is_test = false;
        }
    }
    found
}

/// The file of a proof. Fails when there is no such test, or two.
fn find<'t>(tests: &'t HashMap<String, Vec<String>>, proof: &str) -> Result<&'t str, String> {
    let (file, function) = proof.split_once("::").ok_or_else(|| format!("{proof}: not file::function"))?;
    let ending = format!("/{file}.rs");
    let files: Vec<&str> = tests
        .iter()
        .filter(|(path, functions)| path.ends_with(&ending) && functions.iter().any(|name| name == function))
        .map(|(path, _)| path.as_str())
        .collect();
    match files.as_slice() {
        [one] => Ok(one),
        [] => Err(format!("{proof}: there is no such test")),
        _ => Err(format!("{proof}: there are several: {files:?}")),
    }
}

#[test]
fn every_named_test_exists() {
    let tests = tests();
    let wrong: Vec<String> = sections()
        .flat_map(|section| section.rows)
        .filter(|(_, _, proof)| !proof.is_empty())
        .filter_map(|(_, _, proof)| find(&tests, proof).err())
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_proven_endpoint_is_in_the_openapi_document() {
    let document = server::api::openapi::document();
    let mut missing = Vec::new();
    for (kind, whats, proof) in sections().flat_map(|section| section.rows) {
        for what in whats.iter().filter(|_| *kind == Kind::Endpoint && !proof.is_empty()) {
            let (method, path) = what.split_once(' ').expect("a method and a path");
            // `/leads/:leadId` is `/leads/{leadId}` there.
            let parts: Vec<String> =
                path.split('/').map(|part| part.strip_prefix(':').map_or(part.to_owned(), |name| format!("{{{name}}}"))).collect();
            if !document["paths"][parts.join("/")][method.to_lowercase()].is_object() {
                missing.push(what);
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_table_is_the_committed_one() {
    let path = root().join("docs/conformance/getcontractor.md");
    let table = table();
    if std::env::var_os("WRITE_CONFORMANCE").is_some() {
        fs::write(&path, &table).expect("written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == table, "docs/conformance/getcontractor.md is not what the tests say; WRITE_CONFORMANCE=1 writes it anew");
}

fn table() -> String {
    let tests = tests();
    let (mut body, mut total, mut missing) = (String::new(), 0, 0);
    for section in sections() {
        let _ = write!(body, "\n## {}\n\n| what | | proof |\n| --- | --- | --- |\n", section.title);
        for (kind, whats, proof) in section.rows {
            let shown = match find(&tests, proof) {
                Ok(file) => {
                    let (name, function) = (file.rsplit('/').next().unwrap_or(file), proof.rsplit("::").next().unwrap_or(proof));
                    format!("[{function}](../../{file}) in {name}")
                }
                Err(_) => "**missing**".into(),
            };
            for what in *whats {
                let _ = writeln!(body, "| {} | {what} | {shown} |", format!("{kind:?}").to_lowercase());
                total += 1;
                missing += usize::from(proof.is_empty());
            }
        }
    }
    format!(
        "# Conformance: getcontractor\n\nMade by `server/tests/conformance`; do not edit. Every endpoint, parameter, field, key, value, error \
         and note that the document names, with the test that proves it on SQLite and Postgres. Advice to its readers (Support, Best \
         Practices) asks nothing of the program and is left out. {total} entries, {missing} missing.\n{body}"
    )
}
