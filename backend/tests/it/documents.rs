//! The documents, tried as they stand: what they tell a reader to type is typed, and what they show is what comes.
//!
//! A reader has a shell in a folder with the shipped `config.json`, `baton` on `PATH` and Baton running. Each block
//! marked `sh` is run in that shell; a block that follows and is marked `json`, `http` or `text` is what it prints,
//! where `…` stands for any text, and for any lines where it stands alone. Only the port numbers are others than in the
//! document. Where a block starts parts of its own, the text before it says that Ctrl-C ends what runs.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::process::{Baton, free_port, program};
use shared::config::Config;

/// The ports of the shipped configuration, which all documents use.
const PORTS: [&str; 5] = ["9988", "10001", "10002", "10003", "10004"];
/// How long a block is tried again that changes nothing, until it prints what it should.
const PATIENCE: Duration = Duration::from_secs(30);
/// What the shell prints after each block, before its exit code.
const END: &str = "== the block is over: ";

/// A block of a document that a reader types.
#[derive(Debug)]
struct Block {
    /// Its first line, from 1.
    line: usize,
    /// The text between the last block and this one.
    before: String,
    typed: String,
    /// What the document says that it prints.
    shown: Option<String>,
}

/// Returns the blocks of a document that a reader types.
fn blocks(document: &str) -> Vec<Block> {
    let (mut blocks, mut before): (Vec<Block>, String) = (Vec::new(), String::new());
    let mut lines = document.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let Some(language) = line.strip_prefix("```") else {
            before += line;
            before.push('\n');
            continue;
        };
        let inside = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```");
        let text = inside.collect::<Vec<_>>().join("\n");
        let follows = before.trim().is_empty();
        let before = std::mem::take(&mut before);
        if language == "sh" {
            blocks.push(Block { line: index + 2, before, typed: text, shown: None });
        } else if let Some(block) = blocks.last_mut().filter(|_| follows) {
            block.shown = Some(text);
        }
    }
    blocks
}

/// Whether what was printed is what a document shows.
fn fits(shown: &[&str], printed: &[&str]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((&"…", rest)) => (0..=printed.len()).any(|skipped| fits(rest, &printed[skipped..])),
        Some((line, rest)) => {
            printed.split_first().is_some_and(|(first, others)| line_fits(line, first) && fits(rest, others))
        }
    }
}

fn line_fits(shown: &str, printed: &str) -> bool {
    let mut parts = shown.split('…');
    let Some(mut rest) = printed.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts = parts.peekable();
    let mut is_open = false;
    while let Some(part) = parts.next() {
        is_open = true;
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    is_open || rest.is_empty()
}

/// Somebody who reads a document and does what it says.
struct Reader {
    shell: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// What runs from the beginning.
    baton: Option<Baton>,
    _folder: TempDir,
}

impl Drop for Reader {
    fn drop(&mut self) {
        // With all that was started from it: they are one group of processes.
        let group = format!("-{}", self.shell.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.shell.wait();
    }
}

impl Reader {
    fn new(config: &str) -> Reader {
        let folder = tempfile::tempdir().expect("there is a temporary folder");
        fs::write(folder.path().join("config.json"), config).expect("a writable folder");
        let mut baton = program(folder.path());
        let programs = Path::new(baton.get_program()).parent().expect("a program lies in a folder").to_owned();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(std::iter::once(programs).chain(std::env::split_paths(&path)));
        let mut shell = Command::new("sh");
        shell.current_dir(folder.path()).env("PATH", path.expect("folders that are on PATH")).process_group(0);
        // curl tells how far it is, unless its errors go to a terminal.
        let mut shell =
            shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a shell");
        let input = shell.stdin.take().expect("it is piped");
        let output = BufReader::new(shell.stdout.take().expect("it is piped"));
        Reader { shell, input, output, baton: Some(Baton::start(&mut baton)), _folder: folder }
    }

    /// Types a block; returns what it prints and the exit code of its last command.
    fn types(&mut self, text: &str) -> (String, String) {
        writeln!(self.input, "{text}\nprintf '\\n{END}%s\\n' $?").expect("the shell reads");
        let mut printed = String::new();
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).expect("text") > 0, "the shell has ended: {printed}");
            if let Some(code) = line.strip_prefix(END) {
                return (printed.replace('\r', "").trim_end().to_owned(), code.trim().to_owned());
            }
            printed += &line;
        }
    }

    /// Does what a block says; tells what is wrong with it.
    fn tries(&mut self, block: &Block) -> Result<(), String> {
        let starts = block.typed.lines().any(|line| line.starts_with("baton gateway"));
        if starts {
            self.presses_control_c(block)?;
        }
        let began = Instant::now();
        let mut tried = self.attempt(block);
        // What only reads may be looked at again, as a reader does.
        while tried.is_err() && !block.typed.contains("-X ") && !block.typed.contains('&') && began.elapsed() < PATIENCE
        {
            tried = self.attempt(block);
        }
        if starts {
            self.waits_for_the_gateway();
        }
        tried
    }

    fn attempt(&mut self, block: &Block) -> Result<(), String> {
        let (printed, code) = self.types(&block.typed);
        if code != "0" {
            return Err(format!("it ends with {code} and prints:\n{printed}"));
        }
        let Some(shown) = &block.shown else {
            let is_error = printed.contains("\"res\":false");
            return if is_error { Err(format!("it prints:\n{printed}")) } else { Ok(()) };
        };
        let (lines, expected): (Vec<&str>, Vec<&str>) = (printed.lines().collect(), shown.lines().collect());
        if fits(&expected, &lines) { Ok(()) } else { Err(format!("it should print:\n{shown}\nand prints:\n{printed}")) }
    }

    fn presses_control_c(&mut self, block: &Block) -> Result<(), String> {
        let Some(baton) = self.baton.take() else { return Ok(()) };
        if !block.before.contains("Ctrl-C") {
            return Err("Baton runs already, and nothing says that Ctrl-C ends it".to_owned());
        }
        baton.signal("INT");
        let (status, said) = baton.end();
        if status.success() { Ok(()) } else { Err(said) }
    }

    fn waits_for_the_gateway(&mut self) {
        let address = "http://$(sed -n 's/.*\"service\": \\([0-9]*\\).*/127.0.0.1:\\1/p' config.json)/note";
        let (_, code) = self.types(&format!(
            "curl --silent --fail --retry 60 --retry-delay 1 --retry-connrefused {address} >answers.txt"
        ));
        assert_eq!(code, "0", "the gateway does not answer");
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Does all that a document says; it must say so many things.
#[track_caller]
fn try_document(name: &str, count: usize) {
    let ports: Vec<(&str, String)> = PORTS.iter().map(|port| (*port, free_port().to_string())).collect();
    let moved = |text: String| ports.iter().fold(text, |text, (from, to)| text.replace(from, to));
    let mut reader = Reader::new(&moved(read("config.json")));
    let blocks = blocks(&moved(read(name)));
    assert_eq!(blocks.len(), count, "{name} has so many blocks of commands");
    for block in &blocks {
        let Block { line, typed, .. } = block;
        reader.tries(block).unwrap_or_else(|wrong| panic!("{name}, line {line}:\n{typed}\n{wrong}"));
    }
}

#[test]
fn the_readme_does_what_it_says() {
    try_document("README.md", 2);
}

#[test]
fn the_tour_does_what_it_says() {
    try_document("docs/TOUR.md", 10);
}

#[test]
fn the_api_does_what_it_says() {
    try_document("docs/API.md", 12);
}

#[test]
fn the_configurations_of_the_manual_are_taken() {
    let manual = read("docs/OPERATIONS.md");
    let configurations: Vec<&str> =
        manual.split("```json\n").skip(1).filter_map(|rest| rest.split_once("```").map(|(text, _)| text)).collect();
    assert!(!configurations.is_empty(), "it has one for containers");
    for text in configurations {
        Config::parse(text).unwrap_or_else(|error| panic!("{text}{error}"));
    }
}

#[test]
fn every_key_of_the_configuration_is_in_the_manual() {
    let config = Config::parse(&read("config.json")).expect("the shipped file is valid");
    let config = serde_json::to_value(config).expect("a configuration is JSON");
    let manual = read("docs/OPERATIONS.md");
    for key in config.as_object().expect("it has keys").keys() {
        assert!(manual.contains(&format!("\n| `{key}` | ")), "`{key}` is not in docs/OPERATIONS.md");
    }
}

/// Returns the texts of all Rust files in a folder and the folders below it.
fn sources(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("it can be read").path());
    let texts = |path: PathBuf| {
        let is_rust = path.extension().is_some_and(|kind| kind == "rs");
        if path.is_dir() {
            sources(&path)
        } else {
            is_rust.then(|| fs::read_to_string(&path).expect("text")).into_iter().collect()
        }
    };
    entries.flat_map(texts).collect()
}

#[test]
fn every_error_code_is_in_the_document() {
    let document = read("docs/API.md");
    let texts = ["backend/src", "shared/src"].map(|folder| sources(&root().join(folder)));
    let mut codes = BTreeSet::new();
    for text in texts.iter().flatten() {
        // Such as `Problem::new(400, "bad_id", …)`, in one line or more.
        codes.extend(text.split("Problem::new(").skip(1).filter_map(|rest| {
            let (status, rest) = rest.split_once(',')?;
            let code = rest.trim_start().strip_prefix('"')?.split_once('"')?.0;
            Some((status.trim().parse::<u16>().ok()?, code.to_owned()))
        }));
    }
    assert!(codes.len() > 25, "they are found: {codes:?}");
    for (status, code) in codes {
        let is_told = |line: &str| line.contains(&status.to_string()) && line.contains(&format!("`{code}`"));
        assert!(document.lines().any(is_told), "{status} `{code}` is not in docs/API.md");
    }
}

#[test]
fn what_is_shown_must_fit() {
    let fits =
        |shown: &str, printed: &str| fits(&shown.lines().collect::<Vec<_>>(), &printed.lines().collect::<Vec<_>>());
    for (shown, printed) in
        [("a", "a"), ("a…", "abc"), ("a…c…e", "abcde"), ("…", ""), ("…\nb", "a\na\nb"), ("a\n…", "a\nb")]
    {
        assert!(fits(shown, printed), "{shown:?} {printed:?}");
    }
    for (shown, printed) in [("a", "ab"), ("a", ""), ("a…c", "abcd"), ("a\nb", "a"), ("a", "a\nb"), ("a…b…c", "ac")]
    {
        assert!(!fits(shown, printed), "{shown:?} {printed:?}");
    }
}
