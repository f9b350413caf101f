//! Takes three classes of `wasm-streams` out of the page's program: the crate comes with Leptos and exports them, so
//! that they are in every page with all that they call, and this one never makes a stream.
//!
//! It works on what `wasm-bindgen` reads: a section of the program in which each use of its attribute left what it
//! exports, and the exports themselves. What nothing calls any longer, `wasm-bindgen` then leaves out itself. When the
//! section is not as expected, nothing is taken out.

use std::convert::Infallible;

use anyhow::{Result, anyhow};
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{CustomSection, ExportSection, Module};
use wasmparser::{CustomSectionReader, Export, Parser, Payload};

/// The section that `wasm-bindgen` reads.
const SECTION: &str = "__wasm_bindgen_unstable";
/// The modules that the classes are in, as the section names them.
const MODULES: [&str; 2] = ["wasm_streams::readable::into_underlying_", "wasm_streams::writable::into_underlying_"];
/// How the names of their exports begin.
const EXPORTS: [&str; 3] = ["intounderlying", "__wbg_intounderlying", "__wbindgen_describe_intounderlying"];

/// Writes a program that `wasm-bindgen` has yet to read without those classes.
pub fn taken_out(program: &[u8]) -> Result<Vec<u8>> {
    let mut left = None;
    for payload in Parser::new(0).parse_all(program) {
        if let Payload::CustomSection(section) = payload?
            && section.name() == SECTION
        {
            left = without(section.data());
        }
    }
    let Some(left) = left else { return Ok(program.to_vec()) };
    let mut module = Module::new();
    let written = Writer { left }.parse_core_module(&mut module, Parser::new(0), program);
    written.map_err(|error| anyhow!("{error}"))?;
    Ok(module.finish())
}

/// Returns the section without what the classes left in it; `None` when nothing is found, or it reads otherwise.
///
/// Each use of the attribute is two texts, the version of the format and then the rest, each after its length.
fn without(section: &[u8]) -> Option<Vec<u8>> {
    let (mut left, mut rest) = (Vec::new(), section);
    while !rest.is_empty() {
        let (_, after) = text(rest)?;
        let (content, after) = text(after)?;
        let (use_of_it, after) = rest.split_at(rest.len() - after.len());
        if !MODULES.iter().any(|module| holds(content, module.as_bytes())) {
            left.extend(use_of_it);
        }
        rest = after;
    }
    (left.len() < section.len()).then_some(left)
}

fn text(from: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = from.split_first_chunk()?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize)
}

fn holds(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// Copies a program but for the section and the exports.
struct Writer {
    left: Vec<u8>,
}

impl Reencode for Writer {
    type Error = Infallible;

    fn parse_export(&mut self, to: &mut ExportSection, export: Export<'_>) -> Result<(), Error> {
        if EXPORTS.iter().any(|start| export.name.starts_with(start)) {
            return Ok(());
        }
        utils::parse_export(self, to, export)
    }

    fn parse_custom_section(&mut self, module: &mut Module, section: CustomSectionReader<'_>) -> Result<(), Error> {
        let data = if section.name() == SECTION { &self.left } else { section.data() };
        module.section(&CustomSection { name: section.name().into(), data: data.into() });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OTHER: &[u8] = b"page_1::main";
    const CLASS: &[u8] = b"wasm-streams_1wasm_streams::readable::into_underlying_source";

    fn section(uses: &[&[u8]]) -> Vec<u8> {
        let text = |text: &[u8]| -> Vec<u8> {
            let length = u32::try_from(text.len()).expect("it is short");
            length.to_le_bytes().iter().chain(text).copied().collect()
        };
        uses.iter().flat_map(|content| [text(b"{}"), text(content)].concat()).collect()
    }

    fn program(uses: &[u8]) -> Vec<u8> {
        let text = r#"(module
            (func (export "main"))
            (func (export "intounderlyingsource_pull_1"))
            (func (export "__wbindgen_describe_intounderlyingsource_pull_1")))"#;
        let mut program = wat::parse_str(text).expect("it is a program");
        let section = CustomSection { name: SECTION.into(), data: uses.into() };
        program.push(0);
        wasm_encoder::Encode::encode(&section, &mut program);
        program
    }

    fn exports(program: &[u8]) -> Vec<String> {
        let payloads = Parser::new(0).parse_all(program).map(|payload| payload.expect("it is valid"));
        let exports =
            payloads.filter_map(|payload| if let Payload::ExportSection(all) = payload { Some(all) } else { None });
        exports.flatten().map(|export| export.expect("it is valid").name.to_owned()).collect()
    }

    #[test]
    fn the_classes_are_taken_out_and_nothing_else() {
        let left = taken_out(&program(&section(&[OTHER, CLASS, OTHER]))).expect("it is valid");
        assert_eq!(exports(&left), ["main"]);
        assert!(left.ends_with(&section(&[OTHER, OTHER])));
        assert!(!holds(&left, CLASS));
    }

    #[test]
    fn a_program_of_another_form_stays_as_it_is() {
        let cut_short = section(&[OTHER, CLASS]).split_last().expect("it is not empty").1.to_vec();
        for uses in [section(&[OTHER]), cut_short, Vec::new()] {
            let program = program(&uses);
            assert_eq!(taken_out(&program).expect("it is valid"), program);
        }
    }
}
