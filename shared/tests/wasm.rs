//! The core on wasm32, in a real browser: what the page's sandbox relies on.
//!
//! `cargo xtask test --only test-wasm` runs it. The native suites check far more; this one shows that nothing in
//! the core needs what the browser does not have, such as a clock, threads or 64-bit addresses.

#![cfg(target_arch = "wasm32")]

use serde_json::json;
use shared::api::Resource;
use shared::config::Config;
use shared::request::Method;
use shared::sim::random_run;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn the_shipped_configuration_parses() {
    let config = Config::parse(include_str!("../../config.json")).expect("the shipped file is valid");
    assert_eq!((config.service, config.replicas.len(), config.ids().count()), (9988, 4, 4));
}

#[wasm_bindgen_test]
fn requests_are_checked_as_on_the_server() {
    let note = Resource::parse("/note/18446744073709551615").expect("ids are 64 bits wide here too");
    assert!(note.command(Method::Patch, &json!({ "title": "Hello world" })).is_ok());
    let problem = note.command(Method::Patch, &json!({ "title": "" })).expect_err("a title is not empty");
    assert_eq!(problem.status, 422);
}

/// The native suite runs hundreds of seeds; these show that the same core holds here too.
#[wasm_bindgen_test]
fn invariants_hold_in_random_runs() {
    for seed in 0..20 {
        let run = random_run(seed);
        assert!(run.events > 0 && run.asked >= run.acknowledged, "seed {seed}: {run:?}");
    }
}

#[wasm_bindgen_test]
fn the_same_seed_gives_the_same_run() {
    assert_eq!(random_run(7), random_run(7));
    assert_ne!(random_run(7).digest, random_run(8).digest);
}
