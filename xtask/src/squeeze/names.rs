//! Short names between the program and its script: `wasm-bindgen` ends each with sixteen random digits, which no
//! compression makes shorter, in both files.
//!
//! A name is only exchanged where both sides have it as expected; any other stays as it is, and the page works with it.

use std::collections::BTreeMap;
use std::convert::Infallible;

use anyhow::{Context, Result, anyhow, ensure};
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{ExportSection, ImportSection, Module};
use wasmparser::{Export, Import, ImportSectionReader, Parser, Payload, TypeRef};

/// Where the program imports from what the script itself defines; snippets have modules of their own.
const SCRIPT: &str = "_bg.js";
/// Where it imports from what `wasm-bindgen` has yet to find a place for; nothing is left there.
const UNBOUND: &str = "__wbindgen_placeholder__";
/// How the names of exported closures begin: longer than a line, and of no use to anyone but the script.
const CLOSURE: &str = "wasm_bindgen_";

/// Writes the program and its script with short names.
pub fn shortened(program: &[u8], script: &str) -> Result<(Vec<u8>, String)> {
    let words = words(script);
    let mut fresh = (0..).map(short).filter(|name| !words.contains_key(name.as_str()));
    let (imports, exports) = both(program)?;
    let mut names = Names::default();
    for name in imports {
        let is_key = words.get(name) == Some(&1) && script.contains(&format!(" {name}: function("));
        if is_key && !names.imports.contains_key(name) {
            names.imports.insert(name.to_owned(), fresh.next().context("numbers do not end")?);
        }
    }
    for name in exports.into_iter().filter(|name| name.starts_with(CLOSURE)) {
        if script.contains(&format!("wasm.{name}(")) {
            names.exports.insert(name.to_owned(), fresh.next().context("numbers do not end")?);
        }
    }
    let script = names.in_script(script);
    let mut module = Module::new();
    let written = names.parse_core_module(&mut module, Parser::new(0), program);
    written.map_err(|error| anyhow!("{error}")).context("the page's program cannot be written anew")?;
    Ok((module.finish(), script))
}

/// The new name of each name.
#[derive(Default)]
struct Names {
    imports: BTreeMap<String, String>,
    exports: BTreeMap<String, String>,
}

impl Names {
    fn in_script(&self, script: &str) -> String {
        let new = |word| self.imports.get(word).or_else(|| self.exports.get(word)).map_or(word, String::as_str);
        pieces(script).map(new).collect()
    }
}

impl Reencode for Names {
    type Error = Infallible;

    fn parse_import_section(&mut self, to: &mut ImportSection, from: ImportSectionReader<'_>) -> Result<(), Error> {
        for import in from.into_imports() {
            let import = import?;
            let new = self.imports.get(import.name).filter(|_| is_of_script(&import));
            let name = new.map_or(import.name, String::as_str).to_owned();
            utils::parse_import(self, to, Import { name: &name, ..import })?;
        }
        Ok(())
    }

    fn parse_export(&mut self, to: &mut ExportSection, export: Export<'_>) -> Result<(), Error> {
        let name = self.exports.get(export.name).map_or(export.name, String::as_str).to_owned();
        utils::parse_export(self, to, Export { name: &name, ..export })
    }
}

fn is_of_script(import: &Import<'_>) -> bool {
    import.module.ends_with(SCRIPT) && matches!(import.ty, TypeRef::Func(_))
}

/// Returns the names of the functions that a program imports from its script, and of all that it exports.
fn both(program: &[u8]) -> Result<(Vec<&str>, Vec<&str>)> {
    let (mut imports, mut exports) = (Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(program) {
        let payload = payload?;
        if let Payload::ImportSection(section) = payload {
            for import in section.into_imports() {
                let import = import?;
                ensure!(
                    import.module != UNBOUND,
                    "wasm-bindgen knows no `{}`: what it needs was taken out",
                    import.name
                );
                if is_of_script(&import) {
                    imports.push(import.name);
                }
            }
        } else if let Payload::ExportSection(section) = payload {
            for export in section {
                exports.push(export?.name);
            }
        }
    }
    Ok((imports, exports))
}

/// Returns a name of two letters: the second is a digit, so that it is no word of the language.
fn short(number: u32) -> String {
    let (digit, letter) = (number / 26, b'a' + (number % 26) as u8);
    format!("{}{digit}", char::from(letter))
}

/// Returns how often each word occurs in a script.
fn words(script: &str) -> BTreeMap<&str, usize> {
    let mut words = BTreeMap::new();
    for piece in pieces(script) {
        *words.entry(piece).or_default() += 1;
    }
    words
}

/// Cuts a script into words and what stands between them; together they are the script.
fn pieces(script: &str) -> impl Iterator<Item = &str> {
    let is_word = |char: char| char.is_alphanumeric() || char == '_' || char == '$';
    let mut rest = script;
    std::iter::from_fn(move || {
        let first = is_word(rest.chars().next()?);
        let (piece, after) = rest.split_at(rest.find(|char| is_word(char) != first).unwrap_or(rest.len()));
        rest = after;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::squeeze::functions::sample::program;

    const BOTH: &str = "const import0 = {\n  __wbg_add_11: function(a) { return wasm.wasm_bindgen_22_invoke(a); },\n  \
                        __wbg_log_33: function() { return '__wbg_log_33'; },\n};\n\
                        function wasm_bindgen_22_invoke(a0) { return wasm.wasm_bindgen_22_invoke(a0); }";

    #[test]
    fn both_sides_get_the_same_names() {
        let (squeezed, script) = shortened(&program(), BOTH).expect("it is valid");
        let (imports, exports) = both(&squeezed).expect("it is valid");
        assert_eq!(imports, ["b0", "__wbg_log_33"], "the second is mentioned elsewhere too");
        assert_eq!(exports, ["run", "c0"]);
        let expected = BOTH.replace("__wbg_add_11", "b0").replace("wasm_bindgen_22_invoke", "c0");
        assert_eq!(script, expected);
    }

    #[test]
    fn a_name_that_the_script_does_not_have_stays() {
        let (squeezed, script) = shortened(&program(), "").expect("it is valid");
        assert_eq!(both(&squeezed).expect("it is valid"), both(&program()).expect("it is valid"));
        assert_eq!(script, "");
    }

    #[test]
    fn what_is_imported_from_nowhere_is_noticed() {
        let text = r#"(module (import "__wbindgen_placeholder__" "__wbg_intounderlyingsource_new" (func)))"#;
        assert!(shortened(&wat::parse_str(text).expect("it is a program"), "").is_err());
    }
}
