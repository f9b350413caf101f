//! The functions of a program, and how it is written anew when they change places.

use std::convert::Infallible;

use anyhow::{Context, Result, anyhow};
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{CodeSection, FunctionSection, Module};
use wasmparser::{
    CodeSectionReader, CustomSectionReader, FunctionBody, FunctionSectionReader, Parser, Payload, TypeRef,
};

/// The functions of a program.
pub struct Functions<'a> {
    /// How many are imported: these have the first numbers.
    pub imported: u32,
    /// The type of each that is the program's own.
    pub types: Vec<u32>,
    /// What each of these does.
    pub bodies: Vec<FunctionBody<'a>>,
}

impl<'a> Functions<'a> {
    /// Reads them.
    pub fn of(program: &'a [u8]) -> Result<Functions<'a>> {
        let mut functions = Functions { imported: 0, types: Vec::new(), bodies: Vec::new() };
        for payload in Parser::new(0).parse_all(program) {
            let payload = payload?;
            if let Payload::ImportSection(section) = payload {
                for import in section.into_imports() {
                    functions.imported += u32::from(matches!(import?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)));
                }
            } else if let Payload::FunctionSection(section) = payload {
                functions.types = section.into_iter().collect::<Result<_, _>>()?;
            } else if let Payload::CodeSectionEntry(body) = payload {
                functions.bodies.push(body);
            }
        }
        Ok(functions)
    }
}

/// What becomes of a program's own functions; each is named by its place among them.
pub struct Plan {
    /// Those that stay, in their new order.
    pub order: Vec<usize>,
    /// For each of the old ones the one that is called in its place, mostly itself; that one stays.
    pub stands: Vec<usize>,
}

/// Writes a program as planned, without the sections that only tools read.
///
/// Numbers that the linker wrote wide, to fill them in later, become as short as they can be.
pub fn rewritten(program: &[u8], plan: &Plan) -> Result<Vec<u8>> {
    let imported = Functions::of(program)?.imported;
    let mut place = vec![0; plan.stands.len()];
    for (new, &old) in (imported..).zip(&plan.order) {
        place[old] = new;
    }
    let numbers = (0..imported).chain(plan.stands.iter().map(|&old| place[old])).collect();
    let mut module = Module::new();
    let mut writer = Writer { order: &plan.order, numbers };
    let written = writer.parse_core_module(&mut module, Parser::new(0), program);
    written.map_err(|error| anyhow!("{error}")).context("the page's program cannot be written anew")?;
    Ok(module.finish())
}

/// Copies a program; every mention of a function goes through [`Reencode::function_index`].
struct Writer<'a> {
    order: &'a [usize],
    /// The new number of each function.
    numbers: Vec<u32>,
}

impl Reencode for Writer<'_> {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error> {
        Ok(self.numbers[function as usize])
    }

    fn parse_function_section(
        &mut self,
        to: &mut FunctionSection,
        from: FunctionSectionReader<'_>,
    ) -> Result<(), Error> {
        let types = from.into_iter().collect::<Result<Vec<_>, _>>()?;
        for &old in self.order {
            to.function(types[old]);
        }
        Ok(())
    }

    fn parse_code_section(&mut self, to: &mut CodeSection, from: CodeSectionReader<'_>) -> Result<(), Error> {
        let bodies = from.into_iter().collect::<Result<Vec<_>, _>>()?;
        for &old in self.order {
            utils::parse_function_body(self, to, bodies[old].clone())?;
        }
        Ok(())
    }

    fn parse_custom_section(&mut self, _: &mut Module, _: CustomSectionReader<'_>) -> Result<(), Error> {
        Ok(())
    }
}

#[cfg(test)]
pub mod sample {
    //! A small program, and what comes of it when it runs.

    use wasmi::{Caller, Engine, Linker, Module, Store};

    /// Calls functions by number, through a table and through a constant; two of them are twins, and so are two callers.
    const PROGRAM: &str = r#"(module
        (import "./page_bg.js" "__wbg_add_11" (func $add (param i32)))
        (import "./page_bg.js" "__wbg_log_33" (func $log (param i32)))
        (type $plain (func))
        (table 4 funcref)
        (global $later (mut funcref) (ref.func $calls_b))
        (func $tell (param i32) local.get 0 call $log local.get 0 i32.const 1000 i32.mul call $add)
        (func $a i32.const 3 call $tell i32.const 14 call $add)
        (func $begin i32.const 7 call $add)
        (func $b i32.const 3 call $tell i32.const 14 call $add)
        (func $calls_a call $a i32.const 15 call $log)
        (func $calls_b call $b i32.const 15 call $log)
        (func $other i32.const 92 call $log i32.const 15 call $log i32.const 3 call $tell)
        (func (export "run")
            (local $at i32)
            (loop
                local.get $at call_indirect (type $plain)
                local.get $at i32.const 1 i32.add local.tee $at i32.const 4 i32.lt_u br_if 0)
            i32.const 0 global.get $later table.set
            i32.const 0 call_indirect (type $plain))
        (func (export "wasm_bindgen_22_invoke") return_call $other)
        (start $begin)
        (elem (i32.const 0) $calls_a $other $calls_b $b))"#;

    pub fn program() -> Vec<u8> {
        wat::parse_str(PROGRAM).expect("it is a program")
    }

    /// Returns what a program tells its page, in order.
    pub fn outcome(program: &[u8]) -> Vec<i32> {
        let engine = Engine::default();
        let mut store = Store::new(&engine, Vec::new());
        let mut linker = Linker::new(&engine);
        let mut import = |name: &str, factor: i32| {
            let tell = move |mut page: Caller<'_, Vec<i32>>, what: i32| page.data_mut().push(what * factor);
            linker.func_wrap("./page_bg.js", name, tell).expect("its name is new");
        };
        import("__wbg_add_11", 1);
        import("__wbg_log_33", -1);
        let module = Module::new(&engine, program).expect("it is valid");
        let instance = linker.instantiate_and_start(&mut store, &module).expect("it starts");
        for name in ["run", "wasm_bindgen_22_invoke"] {
            let function = instance.get_typed_func::<(), ()>(&store, name).expect("it is exported");
            function.call(&mut store, ()).expect("it runs");
        }
        store.into_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_that_change_places_are_called_as_before() {
        let program = sample::program();
        let count = Functions::of(&program).expect("it is valid").bodies.len();
        let plan = Plan { order: (0..count).rev().collect(), stands: (0..count).collect() };
        let turned = rewritten(&program, &plan).expect("it is valid");
        let bodies = |program| -> Vec<_> {
            Functions::of(program).expect("it is valid").bodies.iter().map(|body| body.as_bytes().len()).collect()
        };
        let lengths: Vec<usize> = bodies(&turned).into_iter().rev().collect();
        assert_eq!(lengths, bodies(&program));
        assert_eq!(sample::outcome(&turned), sample::outcome(&program));
    }
}
