//! Every citation of a document of this repository leads to what it cites.
//!
//! | where | form | must be |
//! |---|---|---|
//! | everywhere | `docs/PROTOCOL.md` | a file |
//! | everywhere | `docs/PROTOCOL.md §4.2, §4.3` | numbered headings or list items of that file |
//! | comments in code, Markdown files | each `§`; in comments each mention of `PROTOCOL.md` | in that form, on one line |
//! | `docs/PROTOCOL.md` itself | `§4.2` | a number of its own |
//! | Markdown files | a link to a file, with or without `#anchor` | a file, and one of its headings |
//!
//! The rules of the protocol, their mutants and the protocol's document name each other, too.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const PROTOCOL: &str = "docs/PROTOCOL.md";
const SELF: &str = "xtask/tests/citations.rs";
/// The one test among the mutants that takes no rule away.
const CONTROL: &str = "with_all_rules_nothing_breaks";
/// Folders of what tools make.
const MADE: [&str; 3] = ["target", "dist", "node_modules"];
const READ: [&str; 6] = ["rs", "md", "toml", "css", "html", "txt"];

/// All texts of the repository, by path from its root.
type Texts = BTreeMap<String, String>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace").to_owned()
}

fn texts() -> Texts {
    let (root, mut texts) = (root(), Texts::new());
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the repository") {
            let path = entry.expect("an entry of a folder").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let is_read = path.extension().is_some_and(|end| READ.iter().any(|read| end == *read));
            if path.is_dir() && !name.starts_with('.') && !MADE.contains(&name.as_str()) {
                folders.push(path);
            } else if path.is_file() && is_read {
                let key = path.strip_prefix(&root).expect("below the root").to_string_lossy().replace('\\', "/");
                texts.insert(key, fs::read_to_string(&path).expect("a text"));
            }
        }
    }
    texts
}

fn is(file: &str, extension: &str) -> bool {
    Path::new(file).extension().is_some_and(|end| end == extension)
}

/// Returns the numbers that a document gives to its headings and to list items such as `- **4.2 Title.**`.
fn numbers(document: &str) -> Vec<String> {
    let title = |line: &str| {
        let heading = line.starts_with('#').then(|| line.trim_start_matches('#').trim_start().to_owned());
        heading.or_else(|| line.strip_prefix("- **").map(str::to_owned))
    };
    let number = |title: String| title.split(' ').next().map(|word| word.trim_end_matches('.').to_owned());
    let numbers = document.lines().filter_map(title).filter_map(number);
    numbers.filter(|number| number.starts_with(|first: char| first.is_ascii_digit())).collect()
}

/// Returns the anchors of a document: those of its headings, made as GitHub does, and those written out.
fn anchors(document: &str) -> Vec<String> {
    let slug = |heading: &str| -> String {
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    let headings = document.lines().filter(|line| line.starts_with('#'));
    let made = headings.map(|line| slug(line.trim_start_matches('#').trim()));
    let written = document.split("<a id=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned);
    made.chain(written).collect()
}

/// Returns the numbers cited at the start of a text, as in ` §4.2, §4.3`.
fn cited(text: &str) -> Vec<&str> {
    let mut numbers = Vec::new();
    let mut rest = text.strip_prefix(" §");
    while let Some(text) = rest {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        numbers.push(text[..end].trim_end_matches('.'));
        rest = text[end..].strip_prefix(", §").or_else(|| text[end..].strip_prefix(" and §"));
    }
    numbers
}

/// Returns every `docs/….md` of a line, with what follows it.
fn mentions(line: &str) -> impl Iterator<Item = (&str, &str)> {
    line.match_indices("docs/").filter_map(|(at, _)| {
        let path = &line[at..];
        let end = path.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '/' | '.' | '-' | '_'))?;
        let end = path[..end].rfind(".md")? + ".md".len();
        Some((&path[..end], &path[end..]))
    })
}

/// Returns what is wrong with the citations of one line.
fn wrong_citations(texts: &Texts, file: &str, line: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut resolved = 0;
    // A line may end with a mention.
    let line = format!("{line} ");
    for (path, rest) in mentions(&line) {
        let Some(document) = texts.get(path) else {
            wrong.push(format!("there is no {path}"));
            continue;
        };
        for number in cited(rest) {
            resolved += 1;
            if !numbers(document).iter().any(|known| known == number) {
                wrong.push(format!("{path} has no §{number}"));
            }
        }
    }
    let code = is(file, "rs") && line.trim_start().starts_with("//");
    let text = is(file, "md") && file != PROTOCOL;
    if (code || text) && line.matches('§').count() != resolved {
        wrong.push(format!("a § without its document; the form is `{PROTOCOL} §4.2`"));
    }
    for (at, name) in line.match_indices("PROTOCOL.md").filter(|_| code) {
        let (before, after) = (&line[..at], &line[at + name.len()..]);
        if !before.ends_with("docs/") || !(after.starts_with(" §") || after.starts_with('`')) {
            wrong.push(format!("another form than `{PROTOCOL} §4.2`"));
        }
    }
    if file == PROTOCOL {
        let own =
            line.split('§').skip(1).filter_map(|rest| cited(&format!(" §{rest}")).first().map(|n| (*n).to_owned()));
        let own: Vec<String> = own.filter(|number| !numbers(&texts[PROTOCOL]).contains(number)).collect();
        wrong.extend(own.iter().map(|number| format!("there is no §{number}")));
    }
    wrong
}

/// Returns what is wrong with the links of a Markdown file.
fn wrong_links(texts: &Texts, file: &str, text: &str) -> Vec<String> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let own = targets.filter(|target| !target.contains(':') && !target.contains(' ') && !target.is_empty());
    own.filter_map(|target| {
        let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
        let folder = Path::new(file).parent().unwrap_or(Path::new(""));
        let path = if path.is_empty() { PathBuf::from(file) } else { folder.join(path) };
        if !root().join(&path).exists() {
            return Some(format!("the link {target} leads nowhere"));
        }
        let document = texts.get(&*path.to_string_lossy())?;
        let missing = anchor.is_some_and(|anchor| !anchors(document).iter().any(|known| known == anchor));
        missing.then(|| format!("{} has no heading for #{}", path.display(), anchor.unwrap_or_default()))
    })
    .collect()
}

fn all_wrong(texts: &Texts) -> Vec<String> {
    let mut all = Vec::new();
    // This file's examples are wrong on purpose.
    for (file, text) in texts.iter().filter(|(file, _)| *file != SELF) {
        for (index, line) in text.lines().enumerate() {
            all.extend(
                wrong_citations(texts, file, line).into_iter().map(|why| format!("{file}:{}: {why}", index + 1)),
            );
        }
        if is(file, "md") {
            all.extend(wrong_links(texts, file, text).into_iter().map(|why| format!("{file}: {why}")));
        }
    }
    all
}

#[test]
fn every_citation_leads_somewhere() {
    let texts = texts();
    let wrong = all_wrong(&texts);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let cited =
        texts.values().flat_map(|text| text.lines()).flat_map(mentions).filter(|(_, rest)| rest.starts_with(" §"));
    assert!(cited.count() > 20, "the citations in the code are not found any more");
}

#[test]
fn each_number_of_the_protocol_is_given_once() {
    let numbers = numbers(&texts()[PROTOCOL]);
    let twice: Vec<&String> =
        numbers.iter().filter(|number| numbers.iter().filter(|n| n == number).count() > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

#[test]
fn every_rule_and_every_mutant_is_in_the_protocol() {
    let texts = texts();
    let variants = texts["shared/src/rules.rs"].lines().filter_map(|line| line.strip_prefix("    ")?.strip_suffix(','));
    let mut missing: Vec<String> = variants.map(|variant| format!("[`{variant}`]")).collect();
    for file in ["shared/tests/mutants.rs", "shared/tests/histories/mutants.rs"] {
        let mutants = texts[file].split("#[test]\nfn ").skip(1).filter_map(|rest| rest.split('(').next());
        missing.extend(mutants.filter(|name| *name != CONTROL).map(|name| format!("`{name}`")));
    }
    assert!(missing.len() > 30, "rules and mutants are not found any more");
    missing.retain(|name| !texts[PROTOCOL].contains(name));
    assert!(missing.is_empty(), "{PROTOCOL} does not name {missing:?}");
}

#[test]
fn every_name_of_the_code_in_the_protocol_exists() {
    let texts = texts();
    let quoted = texts[PROTOCOL].split('`').skip(1).step_by(2);
    let names: Vec<&str> = quoted.filter(|name| name.contains("::") && !name.contains(' ')).collect();
    assert!(names.len() > 10, "names of the code are not found any more");
    let code = || texts.iter().filter(|(file, _)| file.starts_with("shared/src/")).map(|(_, text)| text);
    let exists = |name: &&str| {
        let last = name.rsplit("::").next().unwrap_or_default();
        let defined =
            [format!("fn {last}("), format!("struct {last} "), format!("enum {last} "), format!("    {last} {{")];
        code().any(|text| defined.iter().any(|form| text.contains(form)))
    };
    let missing: Vec<&&str> = names.iter().filter(|name| !exists(name)).collect();
    assert!(missing.is_empty(), "{PROTOCOL} names {missing:?}, which do not exist");
}

#[test]
fn a_wrong_citation_is_found() {
    let document = "## 4. Rules\n\n- **4.2 Fencing.** Text, see §4.\n\n### 4.3 Other\n<a id=\"old\"></a>\n";
    let texts = Texts::from([(PROTOCOL.to_owned(), document.to_owned())]);
    let found = |line: &str| wrong_citations(&texts, "a.rs", &line.replace("P.md", PROTOCOL)).len();
    let good = ["// P.md §4.2, §4.3.", "// see P.md §4 and §4.2", "// in `P.md`", "let path = \"P.md\";"];
    assert_eq!(good.map(found), [0; 4]);
    let bad = [
        "// P.md §4.4",
        "// P.md §4.2, §5",
        "// P.md, section 4",
        "// §4.2",
        "// docs/NONE.md",
        "let path = \"P.md §7\";",
    ];
    assert_eq!(bad.map(found), [1; 6]);
    assert_eq!(wrong_citations(&texts, PROTOCOL, "see §4.2 and §9.").len(), 1);
    assert_eq!(wrong_citations(&texts, "README.md", "PROTOCOL.md §4").len(), 1);
    assert_eq!(
        wrong_links(&texts, "README.md", "[a](docs/PROTOCOL.md#old) [b](docs/PROTOCOL.md#new) [c](no.md)").len(),
        2
    );
    assert_eq!(anchors(document), ["4-rules", "43-other", "old"]);
}
