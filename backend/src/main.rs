//! The program `baton`: reads its arguments and the configuration, runs the server until it is told to stop.
//!
//! Started by people and by `cargo xtask serve`. Everything it does beyond that is in the library.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow};
use backend::feed::Room;
use backend::server::{Server, Settings};
use clap::{Args, Parser, Subcommand};
use shared::config::Config;

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
}

#[derive(Clone, Debug, Args)]
struct Serve {
    /// The configuration; relative paths in it start at its own folder.
    #[arg(long, value_name = "FILE", default_value = "config.json")]
    config: PathBuf,
    /// Prints the step log to standard output too.
    #[arg(short, long)]
    verbose: bool,
}

fn main() -> ExitCode {
    let Arguments { command, serve } = Arguments::parse();
    let serve = match command {
        Some(Command::Serve(serve)) => serve,
        None => serve,
    };
    match run(serve) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing can be done about a closed stderr.
            let _ = writeln!(io::stderr(), "baton: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(serve: Serve) -> anyhow::Result<()> {
    let config = read(&serve.config)?;
    let settings = Settings { config, file: serve.config, verbose: serve.verbose, room: Room::default() };
    let runtime = tokio::runtime::Runtime::new().context("cannot start the tasks of the server")?;
    let served = runtime.block_on(until_told(settings));
    // Whatever still runs ends with the process.
    runtime.shutdown_background();
    served
}

fn read(path: &Path) -> anyhow::Result<Config> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            anyhow!("there is no {shown}: name your configuration with --config FILE")
        } else {
            anyhow!("cannot read {shown}: {error}; name a readable configuration with --config FILE")
        }
    })?;
    Config::parse(&text).map_err(|error| anyhow!("{shown}, {error}"))
}

async fn until_told(settings: Settings) -> anyhow::Result<()> {
    let mut told = signals()?;
    let (file, wanted) = (settings.file.display().to_string(), settings.config.sync);
    let server = Server::start(settings).await?;
    if server.mode() != wanted {
        say(&format!(
            "The data folder was switched to {}; `sync` in {file} counts at the first start only. \
             Switch on the page, or with PUT /cluster/mode.",
            server.mode().as_str()
        ));
    }
    say(&format!("Baton is running: {}", server.home()));
    told.recv().await;
    server.shutdown().await;
    Ok(())
}

fn say(line: &str) {
    let mut out = io::stdout().lock();
    // The server serves also when nobody listens to what it says.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// What tells the program to stop: Ctrl-C, and on Unix the signal that service managers send.
struct Told {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

fn signals() -> anyhow::Result<Told> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let context = "cannot listen for Ctrl-C";
        let interrupt = signal(SignalKind::interrupt()).context(context)?;
        Ok(Told { interrupt, terminate: signal(SignalKind::terminate()).context(context)? })
    }
    #[cfg(not(unix))]
    Ok(Told {})
}

impl Told {
    async fn recv(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(not(unix))]
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
