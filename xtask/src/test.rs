//! `cargo xtask test`: every check of the project, in the order in which they fail soonest. It is all that CI runs.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};

use crate::page::Page;
use crate::report::{self, Steps};
use crate::{axe, browser, command, dev, nginx, serve, wasm_bindgen, wasm_target, workspace};

/// What a failed test asks for.
const FAILED: &str = "the failed test is named above";
/// The same for all steps, so that the server is compiled once; another one than by hand, where there may have been no
/// folder for the page.
const HAS_PAGE: (&str, &str) = ("BATON_PAGE", "1");
/// What a failed lint asks for.
const LINTED: &str = "the warnings above count as errors here";

/// Runs every check: format, lints, tests natively and on wasm32, the page in headless Chromium.
///
/// The step `mutants` takes the protocol's rules away one by one and wants a check to fail each time; it is a step of
/// its own, so that the switches for the rules are in no other build.
///
/// It stops at the first that fails. What it needs it sets up itself: Rust's wasm32 library, Trunk (built once into the
/// cache folder), and on Debian Chromium and nginx by apt-get.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Runs only this step and what it needs; may be given more than once.
    #[arg(long, value_name = "STEP")]
    only: Vec<Step>,
}

/// A step, by the name that `--only` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Step {
    /// The format of all code.
    Fmt,
    /// Clippy on everything native, warnings denied.
    Clippy,
    /// Unit and integration tests.
    Test,
    /// Tests that take a rule of the protocol away and must see a check fail. Nothing else is built with them.
    Mutants,
    /// What the later steps need: the wasm32 library, Trunk, wasm-bindgen, Chromium, nginx.
    SetUp,
    /// Clippy on the page and the core for wasm32, warnings denied.
    ClippyWasm,
    /// The core's tests on wasm32, in headless Chromium.
    TestWasm,
    /// The page's release build.
    Page,
    /// The page's tests: a real server in headless Chromium.
    Browser,
}

impl Step {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// Runs it; `program` is this one.
    fn run(self, program: &Path) -> Result<()> {
        match self {
            Step::Fmt => cargo("fmt --all --check", "`cargo fmt --all` mends it"),
            Step::Clippy => clippy(),
            Step::Test => native_tests(),
            Step::Mutants => mutants(),
            Step::SetUp => set_up(),
            Step::ClippyWasm => clippy_wasm(),
            Step::TestWasm => test_wasm(),
            Step::Page => page(&mut Steps::inner()),
            Step::Browser => browser_tests(program),
        }
    }
}

/// Runs the chosen steps and prints how long each took.
pub fn test(arguments: &Arguments) -> ExitCode {
    let chosen = |step: &&Step| arguments.only.is_empty() || arguments.only.contains(step);
    let steps: Vec<Step> = Step::value_variants().iter().filter(chosen).copied().collect();
    // Asked for now: a step that compiles this program anew puts another file in its place.
    let program = std::env::current_exe().unwrap_or_default();
    let mut rows = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        println!("\n== {} ==", step.name());
        let started = Instant::now();
        let result = step.run(&program);
        rows.push((step.name(), started.elapsed(), if result.is_ok() { "ok" } else { "FAILED" }));
        if let Err(error) = result {
            summary(rows);
            let (name, left) = (step.name(), steps.len() - index - 1);
            eprintln!("error: {error:#}");
            eprintln!("step `{name}` failed, {left} after it did not run. Alone: cargo xtask test --only {name}");
            return ExitCode::FAILURE;
        }
    }
    summary(rows);
    ExitCode::SUCCESS
}

fn summary(mut rows: Vec<(String, Duration, &'static str)>) {
    let result = if rows.iter().all(|(_, _, result)| *result == "ok") { "ok" } else { "FAILED" };
    rows.push(("total".to_owned(), rows.iter().map(|(_, time, _)| *time).sum(), result));
    println!("\n{}\n", report::table(&rows));
}

/// Runs cargo with words that contain no spaces.
fn cargo(line: &str, advice: &str) -> Result<()> {
    command::run(command::cargo().args(line.split(' ')), advice)
}

fn clippy() -> Result<()> {
    // In one call, because another choice of packages has other features, with which the crates are checked again. Without
    // the switches for the rules the core is linted by the step `clippy-wasm`.
    cargo(
        "clippy --workspace --all-targets --test browser --test picture --features shared/mutants -- --deny warnings",
        LINTED,
    )
}

fn native_tests() -> Result<()> {
    Page::new()?.make_folder()?;
    let mut tests = command::cargo();
    tests.args(["test", "--workspace"]).env(HAS_PAGE.0, HAS_PAGE.1);
    // The commands of the documents are tried.
    browser::ensure_program("curl")?;
    // Without it the tests of proxies are left out.
    tests.env("NGINX", nginx::ensure(&mut Steps::inner())?);
    command::run(&mut tests, FAILED)
}

fn mutants() -> Result<()> {
    // The whole workspace, so that crates have the same features as in the step `test` and are not built again.
    cargo("test --workspace --features shared/mutants --test mutants", FAILED)?;
    // Only what the step `test` has left out.
    cargo("test --workspace --features shared/mutants --test histories --test model -- mutants::", FAILED)
}

fn set_up() -> Result<()> {
    let mut steps = Steps::new(6);
    serve::target(&mut steps)?;
    dev::tools(&mut steps)?;
    browser::ensure(&mut steps)?;
    axe::ensure(&mut steps)?;
    nginx::ensure(&mut steps).map(drop)
}

fn clippy_wasm() -> Result<()> {
    serve::target(&mut Steps::inner())?;
    for part in [&[][..], &["--features", "split"], &["--test", "wasm"]] {
        let mut clippy = command::cargo();
        clippy.args(["clippy", "--package", "shared", "--package", "frontend"]).args(part);
        wasm_target::aim(&mut clippy, &[]);
        command::run(clippy.args(["--", "--deny", "warnings"]), LINTED)?;
    }
    Ok(())
}

fn test_wasm() -> Result<()> {
    let mut steps = Steps::inner();
    serve::target(&mut steps)?;
    let runner = wasm_bindgen::test_runner(&mut steps)?;
    let driver = browser::ensure(&mut steps)?;
    let mut tests = command::cargo();
    tests.args(["test", "--package", "shared", "--test", "wasm"]);
    wasm_target::aim(&mut tests, &[]);
    tests.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner);
    tests.env("WASM_BINDGEN_USE_BROWSER", "1").env("CHROMEDRIVER", driver);
    tests.env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", workspace::root().join("xtask/webdriver.json"));
    // A loaded machine starts a browser slowly.
    tests.env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60").env("WASM_BINDGEN_TEST_TIMEOUT", "300");
    command::run(&mut tests, FAILED)
}

fn page(steps: &mut Steps) -> Result<()> {
    serve::target(steps)?;
    serve::page(steps)
}

fn browser_tests(program: &Path) -> Result<()> {
    let mut steps = Steps::inner();
    page(&mut steps)?;
    let driver: PathBuf = browser::ensure(&mut steps)?;
    let axe = axe::ensure(&mut steps)?;
    let nginx = nginx::ensure(&mut steps)?;
    dev::tools(&mut steps)?;
    let mut tests: Command = command::cargo();
    // The whole workspace, so that crates have the same features as in the step `test` and are not built again.
    tests.args(["test", "--workspace", "--test", "browser"]).env("CHROMEDRIVER", driver).env("AXE", axe);
    tests.env("NGINX", nginx);
    tests.env(HAS_PAGE.0, HAS_PAGE.1);
    // One of them starts `cargo xtask dev`.
    tests.env("XTASK", program);
    command::run(&mut tests, FAILED).with_context(|| {
        format!(
            "pictures of the page are in {}",
            workspace::target_dir().unwrap_or_default().join("screenshots").display()
        )
    })
}
