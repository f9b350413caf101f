//! `cargo xtask picture`: the pictures in `docs/`, taken of a real run in headless Chromium.
//!
//! The work is done by `backend/tests/picture`; this sets up, builds the page and starts it.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::report::Steps;
use crate::{browser, command, serve, workspace};

/// Takes the pictures in `docs/` anew: of one handoff, as a moving picture, as a recorded run and as stills.
#[derive(Debug, Args)]
pub struct Arguments {}

/// Sets up what is missing, builds the page and takes the pictures.
pub fn picture(_: &Arguments) -> Result<ExitCode> {
    let mut steps = Steps::inner();
    serve::target(&mut steps)?;
    serve::page(&mut steps)?;
    let driver = browser::ensure(&mut steps)?;
    let mut picture = command::cargo();
    // The whole workspace, so that crates have the same features as in the tests and are not built again.
    picture.args(["test", "--workspace", "--test", "picture"]);
    picture.env("CHROMEDRIVER", driver).env("BATON_PAGE", "1").env("BATON_DOCS", workspace::root().join("docs"));
    command::run(&mut picture, "what the page should have shown is named above").map(|()| ExitCode::SUCCESS)
}
