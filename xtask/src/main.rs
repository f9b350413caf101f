//! Development tasks, each one command: `cargo xtask serve`, `cargo xtask build`, `cargo xtask dev`,
//! `cargo xtask test`, `cargo xtask sim`, `cargo xtask bench`, `cargo xtask picture`.
//!
//! Cargo compiles this package first, so it depends on no other part of the workspace and on few crates. It
//! puts nothing on `PATH` and changes nothing outside the workspace but the user's cache folder ([`cache`]), the
//! toolchain's wasm32 target ([`wasm_target`]) and, on Debian, the browser's packages ([`browser`]).

#![allow(clippy::print_stdout, reason = "its reader is the person who started it")]

mod axe;
mod bench;
mod browser;
mod cache;
mod command;
mod dev;
mod fingerprint;
mod nginx;
mod page;
mod picture;
mod report;
mod serve;
mod sim;
mod test;
mod trunk;
mod wasm_bindgen;
mod wasm_target;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

/// Sets up, builds, starts and checks Baton.
#[derive(Debug, Parser)]
#[command(name = "xtask", bin_name = "cargo xtask")]
enum Task {
    Serve(serve::Arguments),
    Build(serve::BuildArguments),
    Dev(dev::Arguments),
    Test(test::Arguments),
    Sim(sim::Arguments),
    Bench(bench::Arguments),
    Picture(picture::Arguments),
}

fn main() -> ExitCode {
    match task() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn task() -> Result<ExitCode> {
    match Task::parse() {
        Task::Serve(arguments) => serve::serve(&arguments),
        Task::Build(arguments) => serve::build(&arguments),
        Task::Dev(arguments) => dev::dev(&arguments),
        Task::Test(arguments) => Ok(test::test(&arguments)),
        Task::Sim(arguments) => sim::sim(&arguments),
        Task::Bench(arguments) => bench::bench(&arguments),
        Task::Picture(arguments) => picture::picture(&arguments),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        <Task as clap::CommandFactory>::command().debug_assert();
    }

    #[track_caller]
    fn check(line: &[&str], expected: &[&str]) {
        let words = ["cargo xtask"].iter().chain(line);
        let Ok(Task::Serve(arguments)) = Task::try_parse_from(words) else { panic!("{line:?} is not understood") };
        assert_eq!(arguments.baton, expected);
    }

    #[test]
    fn serve_hands_the_rest_of_the_line_to_baton() {
        check(&["serve"], &[]);
        check(&["serve", "--config", "x.json"], &["--config", "x.json"]);
        check(&["serve", "--", "--config", "x.json"], &["--config", "x.json"]);
        check(&["serve", "-v"], &["-v"]);
    }
}
