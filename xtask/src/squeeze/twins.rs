//! Functions that are the same are one: generic code is compiled for each type, also where the types make no difference.
//!
//! The page never asks whether two pointers to functions are the same pointer.

use std::collections::BTreeMap;

use anyhow::Result;

use super::functions::{Functions, Plan, rewritten};

/// Leaves one of each; callers of twins become twins themselves, so it looks again until there are none.
pub fn merged(program: &[u8]) -> Result<Vec<u8>> {
    let mut program = program.to_vec();
    loop {
        let plan = plan(&Functions::of(&program)?);
        program = rewritten(&program, &plan)?;
        if plan.order.len() == plan.stands.len() {
            return Ok(program);
        }
    }
}

/// The first of each kind stands for all.
fn plan(functions: &Functions) -> Plan {
    let mut first = BTreeMap::new();
    let mut plan = Plan { order: Vec::new(), stands: Vec::new() };
    for (index, (kind, body)) in functions.types.iter().zip(&functions.bodies).enumerate() {
        let stands = *first.entry((kind, body.as_bytes())).or_insert(index);
        if stands == index {
            plan.order.push(index);
        }
        plan.stands.push(stands);
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::squeeze::functions::sample::{outcome, program};

    #[test]
    fn twins_and_their_callers_become_one() {
        let program = program();
        let merged = merged(&program).expect("it is valid");
        let count = |program: &[u8]| Functions::of(program).expect("it is valid").bodies.len();
        assert_eq!(count(&program) - count(&merged), 2, "$b is $a, and so $calls_b is $calls_a");
        assert_eq!(outcome(&merged), outcome(&program));
    }

    #[test]
    fn functions_of_different_types_are_no_twins() {
        let program = wat::parse_str("(module (func (param i32)) (func (param i64)) (func (param i32)))");
        let merged = merged(&program.expect("it is a program")).expect("it is valid");
        assert_eq!(Functions::of(&merged).expect("it is valid").types, [0, 1]);
    }
}
