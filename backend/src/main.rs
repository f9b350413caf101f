//! The program `baton`: reads its arguments and the configuration, runs the server until it is told to stop.
//!
//! Started by people and by `cargo xtask serve`. Everything it does beyond that is in the library.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::env::VarError;
use std::io;
#[cfg(unix)]
use std::io::IsTerminal;
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, anyhow};
use backend::feed::Room;
use backend::intake::text_of;
use backend::server::{GatewayServer, ReplicaServer, Server, Settings};
use backend::{console, secret};
use clap::{Args, Parser, Subcommand};
use rust_embed::RustEmbed;
use shared::config::{Config, Mode};
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The page, in the program and not in the library, so that a new page costs no compilation of the library.
///
/// A development build reads the files from the disk at each request.
#[derive(RustEmbed)]
#[folder = "../dist"]
#[allow_missing = true]
struct Dist;

/// Has cargo compile this file again when whoever builds the page changes the variable: files that are new would not be
/// noticed.
const _: Option<&str> = option_env!("BATON_PAGE");

/// A primary-based replicated notes service that shows every message.
#[derive(Debug, Parser)]
#[command(name = "baton", version, args_conflicts_with_subcommands = true)]
#[command(after_help = "Exit codes: 0 stopped by Ctrl-C, 1 could not start or go on, 2 wrong arguments.")]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Serve,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the gateway and all replicas (the default).
    Serve(Serve),
    /// Runs one replica alone.
    #[command(after_help = SHARED)]
    Replica {
        /// Which one: 1 is the first of `replicas` in the configuration.
        #[arg(long, value_name = "NUMBER")]
        id: u8,
        #[command(flatten)]
        file: File,
    },
    /// Runs the gateway and the page alone, in front of replicas that run alone.
    #[command(after_help = SHARED)]
    Gateway(Serve),
}

/// What `--help` says of processes that make up one cluster.
const SHARED: &str = "\
The gateway and each replica of a cluster read the same configuration. They know each other by a secret:
  BATON_SECRET  16 to 256 visible characters, the same for every part; without it
                the file `secret` in the data folder, which the first part to start makes.
On one machine they share the data folder and need nothing more. On several machines,
copy that file to each before its first start, or set the variable. With `data`: null it must be set.

The secret keeps strangers out but hides nothing: use a network of your own.

Exit codes: 0 stopped by Ctrl-C, 1 could not start or go on, 2 wrong arguments.";

#[derive(Clone, Debug, Args)]
struct File {
    /// The configuration; relative paths in it start at its own folder.
    #[arg(long, value_name = "FILE", default_value = "config.json")]
    config: PathBuf,
    /// How long to wait for ports and a data folder that another process may be letting go of, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 3)]
    wait: u64,
}

#[derive(Clone, Debug, Args)]
struct Serve {
    #[command(flatten)]
    file: File,
    /// Prints the step log to standard output too.
    #[arg(short, long)]
    verbose: bool,
}

fn main() -> ExitCode {
    let Arguments { command, serve } = Arguments::parse();
    std::panic::set_hook(Box::new(tell_panic));
    let ended = run(command.unwrap_or(Command::Serve(serve)));
    let code = if let Err(error) = ended {
        console::complain(&in_one_line(&error));
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    };
    console::flush(console::LAST_WORDS);
    code
}

/// Tells of a panic as Rust does, but waits for no terminal.
fn tell_panic(panic: &PanicHookInfo) {
    let thread = std::thread::current();
    let mut told = format!("thread '{}' {panic}", thread.name().unwrap_or("without a name"));
    let trace = Backtrace::capture();
    if trace.status() == BacktraceStatus::Captured {
        told = format!("{told}\n{trace}");
    }
    console::complain(&told);
}

/// Returns an error and its causes; a cause that is part of what was said is not said again.
fn in_one_line(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |said, cause| {
        if said.is_empty() {
            cause
        } else if said.contains(&cause) {
            said
        } else {
            format!("{said}: {cause}")
        }
    })
}

fn run(command: Command) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("cannot start the tasks of the server")?;
    let ran = runtime.block_on(until_told(command));
    // Whatever still runs ends with the process.
    runtime.shutdown_background();
    ran
}

async fn until_told(command: Command) -> anyhow::Result<()> {
    let mut signals = Signals::listen()?;
    match command {
        Command::Serve(Serve { file, verbose }) => {
            let settings = settings(file, verbose)?;
            let server = Server::start(settings.clone()).await?;
            say_mode(&settings, server.mode());
            say_public(&settings);
            say(&format!("Baton is running: {}", server.home()));
            signals.until_stop(|| server.reopen_log()).await;
            server.shutdown().await;
        }
        Command::Replica { id, file } => {
            let settings = settings(file, false)?;
            let server = ReplicaServer::start(settings.clone(), id, secret()?.as_deref()).await?;
            say_mode(&settings, server.mode());
            say(&format!("Replica {id} of Baton is running: {}", server.home()));
            // It writes no log.
            signals.until_stop(|| {}).await;
            server.shutdown().await;
        }
        Command::Gateway(Serve { file, verbose }) => {
            let settings = settings(file, verbose)?;
            let server = GatewayServer::start(settings.clone(), secret()?.as_deref()).await?;
            say_public(&settings);
            say(&format!("The gateway of Baton is running: {}", server.home()));
            signals.until_stop(|| server.reopen_log()).await;
            server.shutdown().await;
        }
    }
    Ok(())
}

fn settings(File { config: file, wait }: File, verbose: bool) -> anyhow::Result<Settings> {
    let config = read(&file)?;
    Ok(Settings { config, file, verbose, room: Room::default(), wait: Duration::from_secs(wait), page: Dist::get })
}

/// Returns the secret that the environment gives, if any.
fn secret() -> anyhow::Result<Option<String>> {
    match std::env::var(secret::VARIABLE) {
        Ok(secret) => Ok(Some(secret)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(secret::SecretError::Variable.into()),
    }
}

/// Says that the mode in the configuration does not count any more, where it differs.
fn say_mode(settings: &Settings, mode: Mode) {
    if mode != settings.config.sync {
        say(&format!(
            "The data folder was switched to {}; `sync` in {} counts at the first start only. \
             Switch on the page, or with PUT /cluster/mode.",
            mode.as_str(),
            settings.file.display()
        ));
    }
}

/// Says where others find the page, where that is not where it runs.
fn say_public(settings: &Settings) {
    if let Some(public) = &settings.config.public {
        say(&format!("Others find the page at {public}/"));
    }
}

fn read(path: &Path) -> anyhow::Result<Config> {
    let shown = path.display();
    let bytes = std::fs::read(path).map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            anyhow!("there is no {shown}: name your configuration with --config FILE")
        } else {
            anyhow!("cannot read {shown}: {error}; name a readable configuration with --config FILE")
        }
    })?;
    let text = text_of(&bytes).map_err(|_| anyhow!("{shown} is not text in UTF-8: save it as UTF-8"))?;
    Config::parse(text).map_err(|error| anyhow!("{shown}, {error}"))
}

fn say(line: &str) {
    console::say(format!("{line}\n"));
}

/// What the program is told from outside.
#[derive(PartialEq, Eq)]
enum Told {
    /// To stop.
    Stop,
    /// To open its log anew.
    Reopen,
}

/// How it is told: Ctrl-C, and on Unix the signals that service managers and those who keep logs send.
struct Signals {
    #[cfg(unix)]
    interrupt: Signal,
    #[cfg(unix)]
    terminate: Signal,
    #[cfg(unix)]
    hangup: Signal,
    /// Whether it was started from a terminal.
    #[cfg(unix)]
    terminal: bool,
}

impl Signals {
    fn listen() -> anyhow::Result<Signals> {
        #[cfg(unix)]
        {
            let listen = |kind| signal(kind).context("cannot listen for Ctrl-C");
            Ok(Signals {
                interrupt: listen(SignalKind::interrupt())?,
                terminate: listen(SignalKind::terminate())?,
                hangup: listen(SignalKind::hangup())?,
                terminal: io::stdin().is_terminal(),
            })
        }
        #[cfg(not(unix))]
        Ok(Signals {})
    }

    /// Waits until it is told to stop.
    async fn until_stop(&mut self, reopen: impl Fn()) {
        while self.next().await == Told::Reopen {
            reopen();
        }
    }

    #[cfg(unix)]
    async fn next(&mut self) -> Told {
        tokio::select! {
            _ = self.interrupt.recv() => Told::Stop,
            _ = self.terminate.recv() => Told::Stop,
            // The same signal says that the terminal is gone; then that is none any more.
            _ = self.hangup.recv() => if self.terminal && !io::stdin().is_terminal() { Told::Stop } else { Told::Reopen },
        }
    }

    #[cfg(not(unix))]
    async fn next(&mut self) -> Told {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Told::Stop
    }
}
