//! What a program can check about how this repository is kept; what it cannot, a reader judges.
//!
//! Each check is a function from files to complaints. It runs once over the tree, where it must find
//! nothing, and once over a bad sample, where it must find what is wrong. The lists at the top are the
//! architecture in absences: who may depend on whom, and where sockets, clocks, disks and entropy are.
//! It needs no C++ and reads nothing outside the repository.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "what goes wrong in a test panics there"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Everything at the top of the repository. Tool configuration lives in dot-files.
const TOP_LEVEL: [&str; 9] = [
    "Cargo.lock",
    "Cargo.toml",
    "README.md",
    "consensus",
    "governance",
    "network",
    "node",
    "state",
    "testnet",
];
/// Dot-files that may stand there besides.
const DOT_FILES: [&str; 7] =
    [".cargo", ".ci", ".clippy.toml", ".config", ".git", ".gitignore", ".rustfmt.toml"];

/// The crate graph: which of our crates each one depends on, and which it uses in tests besides.
#[rustfmt::skip]
const CRATE_GRAPH: [(&str, &[&str], &[&str]); 6] = [
    ("state",      &[], &[]),
    ("consensus",  &["serin-state"], &[]),
    ("governance", &["serin-state"], &[]),
    ("network",    &["serin-consensus", "serin-state"], &[]),
    ("node",       &["serin-consensus", "serin-governance", "serin-network", "serin-state"], &[]),
    ("testnet",    &["serin-consensus", "serin-governance", "serin-network", "serin-node", "serin-state"], &[]),
];

/// What may be named only in some places: the text, the places, and why.
#[rustfmt::skip]
const CONFINED: [(&str, &[&str], &str); 17] = [
    ("tokio::",     &["network/src/swarm", "node/src/service", "node/src/rpc", "node/src/cli", "node/src/main.rs"],
        "tasks and sockets are the service's; the core is driven by calls"),
    ("libp2p::",    &["network/src/swarm", "node/src/service"],
        "the swarm is the only code that knows libp2p"),
    ("rocksdb::",   &["state/src/store"],
        "everything else sees the trait"),
    ("jsonrpsee::", &["node/src/rpc", "node/src/cli", "node/src/service"],
        "JSON stays at the edge"),
    ("SystemTime",  &["node/src/service/clock.rs", "testnet/src/launch/clock.rs"],
        "time is an argument"),
    ("Instant",     &["node/src/service", "network/src/swarm", "testnet/src/launch/clock.rs"],
        "time is an argument"),
    ("std::fs",     &["state/src/store/rocks", "node/src/service", "node/src/cli", "node/src/main.rs", "testnet/src/launch", "testnet/src/command", "testnet/src/main.rs"],
        "the core and the machines touch no disk"),
    ("std::thread", &["node/src/service", "testnet/src/launch", "testnet/src/sim/threads.rs"],
        "the core spawns nothing; fork and join is rayon's"),
    ("std::process", &["node/src/service", "node/src/cli", "node/src/main.rs", "node/src/pipe.rs", "testnet/src/launch", "testnet/src/command", "testnet/src/main.rs"],
        "only binaries and the launcher know processes"),
    ("TcpListener", &["network/src/swarm", "node/src/service", "node/src/rpc", "testnet/src/launch"],
        "sockets are the service's"),
    ("TcpStream",   &["node/src/service", "node/src/cli", "testnet/src/launch"],
        "sockets are the service's"),
    ("getrandom",   &["node/src/service", "node/src/cli"],
        "randomness is counted from a seed; only new keys need entropy"),
    ("rand::",      &[],
        "randomness is counted from a seed: serin_state::random"),
    ("Mutex",       &["node/src/service", "node/src/rpc", "testnet/src/launch", "testnet/src/sim/executions.rs"],
        "one owner for each piece of state"),
    ("RwLock",      &["node/src/service", "node/src/rpc"],
        "one owner for each piece of state"),
    ("Mutant for",  &["state/src/mutant.rs", "testnet/src/mutants"],
        "only the simulator can have a seeded bug"),
    ("Seeded",      &["testnet/src"],
        "only the simulator can have a seeded bug"),
];

/// Production files that turn a lint off for the whole file, and which one. The reason stands there.
#[rustfmt::skip]
const LINT_EXCEPTIONS: [(&str, &str); 22] = [
    ("consensus/src/leader/fixed.rs", "clippy::arithmetic_side_effects"),
    ("consensus/src/leader/fixed.rs", "clippy::as_conversions"),
    ("consensus/src/leader/fixed.rs", "clippy::cast_possible_truncation"),
    ("consensus/src/leader/vrf.rs",   "clippy::arithmetic_side_effects"),
    ("consensus/src/leader/vrf.rs",   "clippy::many_single_char_names"),
    ("consensus/src/staking/election/balance.rs", "clippy::arithmetic_side_effects"),
    ("consensus/src/staking/election/balance.rs", "clippy::indexing_slicing"),
    ("consensus/src/staking/election/normalise.rs", "clippy::arithmetic_side_effects"),
    ("consensus/src/staking/election/normalise.rs", "clippy::indexing_slicing"),
    ("consensus/src/staking/election/outcome.rs", "clippy::arithmetic_side_effects"),
    ("consensus/src/staking/election/outcome.rs", "clippy::indexing_slicing"),
    ("consensus/src/staking/election/phragmen.rs", "clippy::arithmetic_side_effects"),
    ("consensus/src/staking/election/phragmen.rs", "clippy::indexing_slicing"),
    ("consensus/src/staking/election/spread.rs", "clippy::arithmetic_side_effects"),
    ("consensus/src/staking/election/spread.rs", "clippy::indexing_slicing"),
    ("governance/src/curve/fixed.rs", "clippy::arithmetic_side_effects"),
    ("state/src/tree/list.rs",        "clippy::arithmetic_side_effects"),
    ("state/src/tree/page.rs",        "clippy::arithmetic_side_effects"),
    ("state/src/tree/page.rs",        "clippy::indexing_slicing"),
    ("state/src/tree/path.rs",        "clippy::arithmetic_side_effects"),
    ("state/src/tree/path.rs",        "clippy::indexing_slicing"),
    ("state/src/tree/proof.rs",       "clippy::arithmetic_side_effects"),
];

/// What test files may turn off without being listed: failing loudly is what a test is for.
const LINTS_OFF_IN_TESTS: [&str; 11] = [
    "clippy::arithmetic_side_effects",
    "clippy::as_conversions",
    "clippy::cast_possible_truncation",
    "clippy::disallowed_methods",
    "clippy::expect_used",
    "clippy::indexing_slicing",
    "clippy::panic",
    "clippy::print_stderr",
    "clippy::print_stdout",
    "clippy::unwrap_used",
    "clippy::wildcard_enum_match_arm",
];

/// Words that name nothing.
const EMPTY_WORDS: [&str; 5] = ["util", "helper", "manager", "common", "misc"];

const FILE_LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 70;
const INLINE_TEST_LINES_MAX: usize = 100;
const HEADER_LINES_MIN: usize = 3;
/// A sentence is enough where the names of the tests say the rest.
const TEST_HEADER_LINES_MIN: usize = 1;

/// A text file of the repository; the path is relative to its root, with `/`.
struct File {
    path: String,
    text: String,
}

impl File {
    fn is_rust(&self) -> bool {
        self.path.rsplit('.').next() == Some("rs")
    }

    /// Code that is not run by users: tests, and the two packages beside the workspace.
    fn is_test(&self) -> bool {
        let path = &self.path;
        path.ends_with("/tests.rs")
            || path.contains("/tests/")
            || path.contains("/benches/")
            || path.starts_with("testnet/peers/")
            || path.starts_with("testnet/fuzz/")
    }

    fn is_production(&self) -> bool {
        self.is_rust() && !self.is_test()
    }

    /// The lines before the unit tests at the foot of the file, and how many are in those.
    fn production(&self) -> (Vec<&str>, usize) {
        let lines: Vec<&str> = self.text.lines().collect();
        let starts = |at: usize| {
            lines[at] == "#[cfg(test)]"
                && lines.get(at + 1).is_some_and(|l| l.starts_with("mod ") && l.ends_with('{'))
        };
        let end = (0..lines.len()).find(|&at| starts(at)).unwrap_or(lines.len());
        (lines[..end].to_vec(), lines.len() - end)
    }

    /// Line numbers and code: production lines without comments.
    fn code(&self) -> Vec<(usize, &str)> {
        let (lines, _) = self.production();
        let bare = |line: &'_ str| line.find("//").unwrap_or(line.len());
        (1..).zip(lines).map(|(number, line)| (number, &line[..bare(line)])).collect()
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// Every text file that is kept, in order. What `.gitignore` names is not.
fn files() -> Vec<File> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() {
                if !matches!(name, "target" | ".git") {
                    folders.push(path);
                }
            } else if let Ok(text) = fs::read_to_string(&path) {
                let path = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
                found.push(File { path, text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(found.len() > 50, "the walk found {} files only", found.len());
    found
}

/// The tree passes and every bad sample (path, text) is complained about.
fn verify(check: fn(&[File]) -> Vec<String>, bad: &[(&str, &str)]) {
    for (path, text) in bad {
        let file = File { path: (*path).to_string(), text: (*text).to_string() };
        assert!(!check(&[file]).is_empty(), "the check is blind to {path}: {text}");
    }
    let complaints = check(&files());
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

// --- lengths ----------------------------------------------------------------------------------

fn long_files(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| file.is_production()) {
        let (production, tests) = file.production();
        if production.len() > FILE_LINES_MAX {
            complaints.push(format!("{}: {} lines, 500 at most", file.path, production.len()));
        }
        if tests > INLINE_TEST_LINES_MAX {
            complaints.push(format!("{}: {tests} lines of tests, move them out", file.path));
        }
    }
    complaints
}

#[test]
fn files_fit_into_a_head() {
    let long = "//!\n".repeat(501);
    let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "// x\n".repeat(100));
    verify(long_files, &[("state/src/a.rs", &long), ("state/src/a.rs", &tests)]);
    let file = |path: &str| File { path: path.into(), text: long.clone() };
    assert!(long_files(&[file("state/src/a/tests.rs")]).is_empty(), "tests may be long");
}

/// Functions end at the line that closes the brace at their own indentation, as rustfmt puts it. A table that says why
/// it is one, to the lint, may be longer.
fn long_functions(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| file.is_production()) {
        let (lines, _) = file.production();
        for (at, line) in lines.iter().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let is_function = line.trim_start().split(' ').take(5).any(|word| word == "fn");
            if !is_function || line.trim_start().starts_with("//") || line.ends_with([';', '}']) {
                continue;
            }
            let attributes = lines[..at].iter().rev().take_while(|line| line.contains("#["));
            if attributes.into_iter().any(|line| line.contains("clippy::too_many_lines")) {
                continue;
            }
            let is_end = |line: &&str| line.len() == indent + 1 && line.ends_with('}');
            let length = lines[at..].iter().position(is_end).unwrap_or(0) + 1;
            if length > FUNCTION_LINES_MAX {
                let number = at + 1;
                complaints.push(format!("{}:{number}: {length} lines, 70 at most", file.path));
            }
        }
    }
    complaints
}

#[test]
fn functions_fit_on_a_screen() {
    let body = "        x();\n".repeat(69);
    let long = format!("impl A {{\n    pub(crate) const fn long(\n    ) {{\n{body}    }}\n}}\n");
    verify(long_functions, &[("state/src/a.rs", &long)]);
}

// --- headers and unfinished things -------------------------------------------------------------

fn missing_headers(files: &[File]) -> Vec<String> {
    let lines = |file: &File| file.text.lines().take_while(|line| line.starts_with("//!")).count();
    let least = |file: &File| {
        if file.path.contains("tests") { TEST_HEADER_LINES_MIN } else { HEADER_LINES_MIN }
    };
    files
        .iter()
        .filter(|file| file.is_rust() && lines(file) < least(file))
        .map(|file| {
            format!("{}: {} lines of header, {} at least", file.path, lines(file), least(file))
        })
        .collect()
}

#[test]
fn every_file_says_what_it_holds() {
    let bad = [("a/src/b.rs", "//! One.\n//! Two.\nuse c;\n"), ("a/src/tests.rs", "use c;\n")];
    verify(missing_headers, &bad);
}

/// Written in two halves, so that this file passes its own check.
fn markers() -> Vec<String> {
    [
        ("TO", "DO"),
        ("FIX", "ME"),
        ("XX", "X:"),
        ("HA", "CK:"),
        ("unimple", "mented!"),
        ("#[ig", "nore"),
    ]
    .map(|(a, b)| format!("{a}{b}"))
    .to_vec()
}

fn unfinished(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| file.path != "Cargo.lock") {
        for (number, line) in (1..).zip(file.text.lines()) {
            if let Some(marker) = markers().iter().find(|marker| line.contains(marker.as_str())) {
                complaints.push(format!("{}:{number}: {marker}", file.path));
            }
        }
    }
    complaints
}

#[test]
fn nothing_is_left_unfinished_or_ignored() {
    let lines: Vec<String> = markers().iter().map(|marker| format!("// {marker} later")).collect();
    let bad: Vec<(&str, &str)> = lines.iter().map(|line| ("a/src/b.rs", line.as_str())).collect();
    verify(unfinished, &bad);
}

// --- architecture ------------------------------------------------------------------------------

fn dependencies(manifest: &toml::Table, table: &str) -> BTreeSet<String> {
    let names = manifest.get(table).and_then(toml::Value::as_table).into_iter().flatten();
    names.map(|(name, _)| name.clone()).filter(|name| name.starts_with("serin")).collect()
}

fn wrong_edges(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with("/Cargo.toml")) {
        let package = file.path.trim_end_matches("/Cargo.toml");
        if matches!(package, "testnet/peers" | "testnet/fuzz") {
            continue;
        }
        let Some((_, normal, test)) = CRATE_GRAPH.iter().find(|row| row.0 == package) else {
            complaints.push(format!("{}: a crate outside the graph", file.path));
            continue;
        };
        let manifest: toml::Table = file.text.parse().unwrap();
        for (table, expected) in
            [("dependencies", *normal), ("dev-dependencies", *test), ("build-dependencies", &[])]
        {
            let expected: BTreeSet<String> = expected.iter().map(ToString::to_string).collect();
            let found = dependencies(&manifest, table);
            if found != expected {
                complaints.push(format!("{}: {table} {found:?}, not {expected:?}", file.path));
            }
        }
    }
    complaints
}

#[test]
fn crates_depend_on_each_other_as_drawn() {
    let bad = [
        ("state/Cargo.toml", "[dependencies]\nserin-node.workspace = true\n"),
        ("governance/Cargo.toml", "[dependencies]\nserin-state = {}\nserin-consensus = {}\n"),
        ("state/Cargo.toml", "[dev-dependencies]\nserin-consensus = {}\n"),
        ("bridge/Cargo.toml", "[package]\n"),
    ];
    verify(wrong_edges, &bad);
    let seen = files();
    for (package, ..) in CRATE_GRAPH {
        assert!(seen.iter().any(|file| file.path == format!("{package}/Cargo.toml")), "{package}");
    }
}

/// True where `code` names `item`, be it written out or inside a `use std::{..}`.
fn names(code: &str, item: &str) -> bool {
    let is_word = |at: usize| {
        let before = code[..at].chars().next_back();
        let after = code[at + item.len()..].chars().next();
        let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !joins(before) && (item.ends_with(':') || !joins(after))
    };
    let in_braces = item.strip_prefix("std::").is_some_and(|part| {
        code.trim_start().starts_with("use std::{")
            && code.split(['{', ',', '}']).any(|word| word.trim().starts_with(part))
    });
    in_braces || code.match_indices(item).any(|(at, _)| is_word(at))
}

fn misplaced(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| file.is_production()) {
        for (number, code) in file.code() {
            for (item, places, why) in CONFINED {
                let is_allowed = places.iter().any(|place| file.path.starts_with(place));
                if !is_allowed && names(code, item) {
                    complaints.push(format!("{}:{number}: {item} ({why})", file.path));
                }
            }
        }
    }
    complaints
}

#[test]
fn sockets_clocks_disks_and_entropy_stay_in_their_places() {
    let bad = [
        ("node/src/core/import.rs", "use tokio::sync::mpsc;\n"),
        ("network/src/sync.rs", "fn f(_: libp2p::PeerId) {}\n"),
        ("consensus/src/chain/tree.rs", "    rocksdb::DB::open_default(path)\n"),
        ("consensus/src/a.rs", "use std::time::{Duration, Instant};\n"),
        ("state/src/derive.rs", "let now = SystemTime::now();\n"),
        ("node/src/service/start.rs", "impl Mutant for Broken {}\n"),
        ("node/src/runtime/block.rs", "use std::{collections::BTreeMap, fs};\n"),
        ("node/src/core/pool.rs", "let bytes = std::fs::read(path);\n"),
        ("state/src/tree/mod.rs", "std::thread::spawn(f);\n"),
        ("testnet/src/sim/world.rs", "let n = rand::random();\n"),
        ("node/src/core/mod.rs", "inner: Mutex<Core>,\n"),
        ("consensus/src/a.rs", "getrandom::fill(&mut seed)\n"),
    ];
    verify(misplaced, &bad);
    let fine = "// tokio::spawn and Instant in a comment\nlet rand_x = Instantly(operand::x);\n";
    let file = File { path: "state/src/a.rs".into(), text: fine.into() };
    assert!(misplaced(&[file]).is_empty());
}

/// Lints turned off by an inner attribute of `file`, also behind `cfg_attr`.
fn lints_off(file: &File) -> Vec<String> {
    let text = format!("\n{}", file.text);
    let mut lints = Vec::new();
    for attribute in text.split("\n#![").skip(1) {
        let body = attribute.split("\")]").next().unwrap_or(attribute);
        let body = body.split(")]").next().unwrap_or(body);
        for word in body.split([' ', '\n', ',', '(', ')']) {
            let is_lint = word.starts_with("clippy::") || word.starts_with("rustdoc::");
            let is_rustc =
                matches!(word, "unused" | "missing_docs" | "dead_code" | "unused_imports");
            if (body.contains("allow(") || body.contains("expect(")) && (is_lint || is_rustc) {
                lints.push(word.to_string());
            }
        }
    }
    lints
}

fn unlisted_exceptions(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        let has_test_condition = file.text.contains("#![cfg_attr(\n    test,");
        for lint in lints_off(file) {
            let is_listed = LINT_EXCEPTIONS.contains(&(file.path.as_str(), lint.as_str()));
            let is_of_tests = LINTS_OFF_IN_TESTS.contains(&lint.as_str());
            if !is_listed && !(is_of_tests && (file.is_test() || has_test_condition)) {
                complaints.push(format!("{}: {lint} is turned off and not listed", file.path));
            }
        }
    }
    complaints
}

#[test]
fn lints_are_turned_off_only_where_it_is_listed() {
    let bad = [
        ("node/src/a.rs", "#![expect(clippy::indexing_slicing, reason = \"x\")]\n"),
        ("node/src/a.rs", "#![allow(\n    clippy::unwrap_used,\n    reason = \"x\",\n)]\n"),
        ("node/tests/it/main.rs", "#![allow(clippy::too_many_lines, reason = \"x\")]\n"),
        ("node/src/a.rs", "#![cfg_attr(feature = \"x\", allow(clippy::panic, reason = \"x\"))]\n"),
        ("node/src/a.rs", "#![allow(dead_code, reason = \"x\")]\n"),
    ];
    verify(unlisted_exceptions, &bad);
    let seen = files();
    for (path, lint) in LINT_EXCEPTIONS {
        let file = seen.iter().find(|file| file.path == path);
        let is_used = file.is_some_and(|file| lints_off(file).iter().any(|off| off == lint));
        assert!(is_used, "{path} no longer turns {lint} off: take it from the list");
    }
}

// --- names and the front page -------------------------------------------------------------------

fn empty_words(files: &[File]) -> Vec<String> {
    let is_empty = |path: &str| {
        let mut words = path.split(['/', '.', '_', '-']);
        words.any(|word| EMPTY_WORDS.iter().any(|bad| word == *bad || word == format!("{bad}s")))
    };
    files.iter().filter(|file| is_empty(&file.path)).map(|file| file.path.clone()).collect()
}

#[test]
fn paths_use_words_that_name_something() {
    let bad =
        [("state/src/util.rs", ""), ("node/src/peer_manager/mod.rs", ""), ("a/helpers.rs", "")];
    verify(empty_words, &bad);
}

/// `a/{b,c}/d` names two paths.
fn spelled_out(path: &str) -> Vec<String> {
    match path.split_once('{').and_then(|(head, rest)| Some((head, rest.split_once('}')?))) {
        Some((head, (inside, tail))) => {
            inside.split(',').map(|part| format!("{head}{}{tail}", part.trim())).collect()
        }
        None => vec![path.to_string()],
    }
}

/// Paths in backticks, and the tables' and pictures' as well: any word that opens with a crate.
fn absent_paths(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| file.path == "README.md") {
        for word in file.text.split([' ', '`', '\n', '\t', '(', ')', '|', '[', ']', '"', ';']) {
            let word = word.trim_start_matches("./").trim_end_matches(['.', ',', ':']);
            let is_path = TOP_LEVEL.iter().any(|top| word.starts_with(&format!("{top}/")));
            for path in spelled_out(word).iter().filter(|_| is_path) {
                if !root().join(path).exists() {
                    complaints.push(format!("README.md names {path}, which does not exist"));
                }
            }
        }
    }
    complaints
}

#[test]
fn paths_named_on_the_front_page_exist() {
    let bad = [("README.md", "see `state/src/nowhere.rs`."), ("README.md", "state/{src,nowhere}/")];
    verify(absent_paths, &bad);
}

fn wrong_top_level(names: &BTreeSet<String>) -> Vec<String> {
    let expected: BTreeSet<String> = TOP_LEVEL.iter().map(|name| (*name).to_string()).collect();
    let kept = |name: &&String| *name != "target" && !DOT_FILES.contains(&name.as_str());
    let found: BTreeSet<String> = names.iter().filter(kept).cloned().collect();
    found.symmetric_difference(&expected).cloned().collect()
}

#[test]
fn the_top_level_is_exactly_what_the_design_says() {
    let names: BTreeSet<String> = fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(wrong_top_level(&names), Vec::<String>::new());
    for stray in ["docs", ".env"] {
        let mut more = names.clone();
        more.insert(stray.to_string());
        assert_eq!(wrong_top_level(&more), [stray]);
    }
    let mut less = names;
    less.remove("governance");
    assert_eq!(wrong_top_level(&less), ["governance"]);
}
