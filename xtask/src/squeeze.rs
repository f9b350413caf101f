//! Makes the page's program smaller to download, and changes nothing that it does: [`split`](crate::split) calls it for
//! both parts when `wasm-bindgen` is done with them.
//!
//! Functions that are the same become one ([`twins`]), those that are alike stand side by side ([`order`]), and the
//! names between program and script are short ([`names`]). Before `wasm-bindgen` some is taken out that no page of ours
//! uses ([`streams`]). What only tools and people read is left out, in the scripts and style sheets too ([`text`]). It
//! does not look into a function but for the numbers of those that it calls.

mod functions;
mod names;
mod order;
mod streams;
mod text;
mod twins;

pub use streams::taken_out;
pub use text::{script, sheet};

use anyhow::{Context, Result};
use wasmparser::{Validator, WasmFeatures};

/// Squeezes the program that is loaded first, and with it its script: the two must be used together.
///
/// # Errors
/// When the program is not valid, or would not be afterwards.
pub fn first(program: &[u8], script: &str) -> Result<(Vec<u8>, String)> {
    let (program, script) = names::shortened(&part(program)?, script)?;
    validate(&program)?;
    Ok((program, text::script(&script)))
}

/// Squeezes a program and leaves all its names as they are.
///
/// # Errors
/// When the program is not valid, or would not be afterwards.
pub fn part(program: &[u8]) -> Result<Vec<u8>> {
    let program = order::side_by_side(&twins::merged(program)?)?;
    validate(&program)?;
    Ok(program)
}

fn validate(program: &[u8]) -> Result<()> {
    let mut validator = Validator::new_with_features(WasmFeatures::all());
    validator.validate_all(program).map(drop).context("the page's program is not valid WebAssembly")
}

#[cfg(test)]
mod tests {
    use super::functions::sample::{outcome, program};
    use super::*;

    #[test]
    fn a_squeezed_program_does_the_same() {
        let program = program();
        let squeezed = part(&program).expect("it is valid");
        assert!(squeezed.len() < program.len());
        assert_eq!(outcome(&squeezed), outcome(&program));
        assert_eq!(part(&program).expect("it is valid"), squeezed, "the same at every build");
    }

    #[test]
    fn what_is_not_valid_is_refused() {
        let returns_nothing = wat::parse_str("(module (func (result i32)))").expect("it can be written");
        assert!(part(&returns_nothing).is_err());
        let program = program();
        assert!(part(&program[..program.len() - 1]).is_err());
    }
}
