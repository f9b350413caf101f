//! `cargo xtask dev`: `baton` and `trunk serve` together, for working on the page.
//!
//! Trunk builds the page unoptimised, serves it on a port of its own and reloads it at every save. What the page asks of
//! the API it passes on to `baton`, as `Trunk.toml` says.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::report::Steps;
use crate::{command, serve, trunk, wasm_bindgen, wasm_target, workspace};

/// The address that `Trunk.toml` passes requests on to.
const CONFIGURED: &str = "http://127.0.0.1:9988";
/// How often the two are looked after.
const GLANCE: Duration = Duration::from_millis(100);
/// How long a process may take to end before it is killed.
const PATIENCE: Duration = Duration::from_secs(5);

/// Starts baton and `trunk serve`, which rebuilds and reloads the page at every save; Ctrl-C ends both.
///
/// The first start takes some 4 minutes on 2 cores, because Trunk is built once into the cache folder.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The port of the page; `baton` has its own, as its configuration says.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Passed on to `baton serve`, such as `--config other.json`.
    #[arg(last = true, value_name = "BATON ARGUMENTS")]
    baton: Vec<OsString>,
}

/// Sets up what is missing, starts both and waits for Ctrl-C, or for one of them to end.
pub fn dev(arguments: &Arguments) -> Result<ExitCode> {
    let mut steps = Steps::new(6);
    serve::target(&mut steps)?;
    let tools = tools(&mut steps)?;
    steps.next("baton: compiling it unoptimised; about a minute the first time");
    let mut build = command::cargo();
    // The whole workspace, so that crates have the same features as for `cargo test` and are not built again.
    build.args(["build", "--workspace", "--bin", "baton"]);
    command::run(&mut build, "baton does not compile; the lines above say why")?;
    steps.took();
    let (ask, asked) = mpsc::channel();
    let ask_to_end = move || {
        // Nobody listens any more when the end has begun.
        let _ = ask.send(());
    };
    ctrlc::set_handler(ask_to_end).context("Ctrl-C cannot be listened to")?;
    steps.next("baton: starting it");
    let mut baton = Process::start("baton", serve::baton_command("debug", &arguments.baton)?.stdout(Stdio::piped()))?;
    let Some(home) = home(&mut baton)? else { bail!("baton ended, as it says above") };
    steps.next(&format!(
        "the page: http://127.0.0.1:{}, once Trunk has compiled it; about a minute the first time. Ctrl-C ends both",
        arguments.port
    ));
    let trunk = Process::start("trunk", &mut trunk_serve(arguments.port, &home, &tools)?)?;
    until_the_end(&asked, [baton, trunk])
}

/// Two steps: Trunk and the wasm-bindgen that it calls. Returns the folders that they lie in, where it is not `PATH`.
pub fn tools(steps: &mut Steps) -> Result<Vec<PathBuf>> {
    let trunk = trunk::ensure(steps)?;
    Ok(trunk.into_iter().chain([wasm_bindgen::ensure(steps)?]).collect())
}

fn trunk_serve(port: u16, home: &str, tools: &[PathBuf]) -> Result<Command> {
    let root = workspace::root();
    let folder = workspace::target_dir()?.join("xtask").join("dev");
    let configuration = folder.join("Trunk.toml");
    let text = fs::read_to_string(root.join("Trunk.toml")).context("Trunk.toml cannot be read")?;
    let (text, watched) = configured(&text, home)?;
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(&configuration, text))
        .with_context(|| format!("{} cannot be written", configuration.display()))?;
    let mut trunk = command::program("trunk");
    command::prepend_path(&mut trunk, tools)?;
    trunk.args(["serve", "--offline", "true", "--port", &port.to_string(), "--config"]).arg(&configuration);
    trunk.arg("--dist").arg(folder.join("dist"));
    for path in watched {
        trunk.arg("--watch").arg(root.join(path));
    }
    trunk.arg(root.join("frontend/index.html"));
    wasm_target::flags(&mut trunk, &[]);
    // Trunk takes only `true` for this variable, not the `1` of everyone else.
    if std::env::var_os("NO_COLOR").is_some() {
        trunk.env_remove("NO_COLOR").env("TRUNK_COLOR", "never");
    }
    Ok(trunk)
}

/// Returns Trunk's configuration with the address of the running `baton`, and what it watches, relative to the workspace.
fn configured(text: &str, home: &str) -> Result<(String, Vec<String>)> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("watch = ["));
    let watched: Vec<String> = lines.flat_map(|list| list.split('"').skip(1).step_by(2)).map(str::to_owned).collect();
    if !text.contains(CONFIGURED) || watched.is_empty() {
        bail!("Trunk.toml passes nothing on to {CONFIGURED}, or watches nothing in one line");
    }
    Ok((text.replace(CONFIGURED, home), watched))
}

/// Reads what baton prints, and prints it, up to the line that names its address; goes on printing afterwards. `None`
/// when it ended before.
fn home(baton: &mut Process) -> Result<Option<String>> {
    let mut lines = BufReader::new(baton.child.stdout.take().context("baton's output is piped")?).lines();
    let home = lines.by_ref().map_while(Result::ok).find_map(|line| {
        println!("{line}");
        line.split_once(" is running: ").map(|(_, home)| home.to_owned())
    });
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| println!("{line}")));
    Ok(home)
}

/// Waits until somebody asks for the end or a process ends by itself, then ends all.
fn until_the_end(asked: &Receiver<()>, mut processes: [Process; 2]) -> Result<ExitCode> {
    while asked.recv_timeout(GLANCE).is_err() {
        for process in &mut processes {
            if let Some(status) = process.ended()? {
                bail!("{} ended ({status}), as it says above", process.name);
            }
        }
    }
    println!("ending both");
    Ok(ExitCode::SUCCESS)
}

/// A child process in a process group of its own, so that its end is the end of all that it started.
struct Process {
    name: &'static str,
    child: Child,
}

impl Process {
    fn start(name: &'static str, command: &mut Command) -> Result<Process> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let child = command.stdin(Stdio::null()).spawn().with_context(|| format!("{name} could not be started"))?;
        Ok(Process { name, child })
    }

    /// Sends it and all that it started what Ctrl-C sends.
    #[cfg(unix)]
    fn interrupt(&self) {
        use nix::sys::signal::{Signal, killpg};
        use nix::unistd::Pid;
        let group = Pid::from_raw(self.child.id().cast_signed());
        // Fails when all have ended already.
        let _ = killpg(group, Signal::SIGINT);
    }

    #[cfg(not(unix))]
    fn interrupt(&mut self) {
        // Fails when it has ended already.
        let _ = self.child.kill();
    }

    fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.child.try_wait().with_context(|| format!("{} cannot be waited for", self.name))
    }
}

impl Drop for Process {
    /// Asks it to end as Ctrl-C would, and kills it when it does not.
    fn drop(&mut self) {
        self.interrupt();
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(GLANCE / 4);
        }
        // It may have ended by now; either way it is gone afterwards.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trunk_is_told_where_baton_is() {
        let text = fs::read_to_string(workspace::root().join("Trunk.toml")).expect("the workspace has one");
        let (text, watched) = configured(&text, "http://127.0.0.1:1234").expect("it has both");
        for path in ["note", "cluster", "events"] {
            assert!(text.contains(&format!("backend = \"http://127.0.0.1:1234/{path}\"")), "{path}");
        }
        assert!(watched.iter().all(|path| workspace::root().join(path).exists()) && watched.len() > 2, "{watched:?}");
        assert!(configured("[watch]", "").is_err());
    }
}
