//! The real program in a process of its own, which can be killed.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};

use serde_json::{Value, json};
use shared::config::Mode;

pub use super::free_port::free_port;

/// A running `baton`; killed when the test is over.
#[derive(Debug)]
pub struct Baton {
    child: Child,
    pub home: String,
    pub out: BufReader<ChildStdout>,
    err: BufReader<ChildStderr>,
}

impl Drop for Baton {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns a configuration of `replicas` replicas on free ports.
pub fn config(mode: Mode, replicas: usize) -> Value {
    let addresses: Vec<String> = (0..replicas).map(|_| format!("127.0.0.1:{}", free_port())).collect();
    json!({ "service": free_port(), "sync": mode, "replicas": addresses })
}

/// Writes a configuration and returns how to run the program on it.
pub fn command(folder: &Path, config: &Value) -> Command {
    let text = serde_json::to_string_pretty(config).expect("JSON");
    fs::write(folder.join("config.json"), text).expect("a writable folder");
    program(folder)
}

/// Returns how to run the program on the configuration in `folder`.
pub fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Returns how to run the program where a process may have so many files and connections open.
#[cfg(unix)]
pub fn limited(folder: &Path, config: &Value, files: usize) -> Command {
    let unlimited = command(folder, config);
    let mut limited = Command::new("sh");
    limited.args(["-c", &format!("ulimit -n {files} && exec \"$0\"")]).arg(unlimited.get_program());
    limited.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    limited
}

/// Tells a program not to wait for a data folder that is in use.
pub fn at_once(program: &mut Command) -> &mut Command {
    program.args(["--wait", "0"])
}

/// Runs a program that must fail; returns its exit code and the one line that it says.
#[track_caller]
pub fn failure(command: &mut Command) -> (Option<i32>, String) {
    let output = command.output().expect("the program can be run");
    assert!(output.stdout.is_empty(), "{output:?}");
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(said.lines().count(), 1, "{said}");
    (output.status.code(), said.trim_end().to_owned())
}

impl Baton {
    /// Starts the program and waits until it runs.
    #[track_caller]
    pub fn start(command: &mut Command) -> Baton {
        Baton::spawn(command).until_it_runs()
    }

    /// Starts the program.
    #[track_caller]
    pub fn spawn(command: &mut Command) -> Baton {
        let mut child = command.spawn().expect("the program can be run");
        let out = BufReader::new(child.stdout.take().expect("it is piped"));
        let err = BufReader::new(child.stderr.take().expect("it is piped"));
        Baton { child, home: String::new(), out, err }
    }

    /// Waits until it says that it runs: it, one of its replicas, or its gateway.
    #[track_caller]
    pub fn until_it_runs(mut self) -> Baton {
        while self.home.is_empty() {
            let mut line = String::new();
            let length = self.out.read_line(&mut line).expect("output is text");
            assert!(length > 0, "it did not start: {:?}", self.end());
            line.trim_end().split_once(" is running: ").unwrap_or_default().1.clone_into(&mut self.home);
        }
        self
    }

    /// Returns the most memory that it has had so far, in MB.
    #[cfg(target_os = "linux")]
    pub fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the system says so");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1_000
    }

    /// Ends the process as a crash would.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
    }

    /// Sends a signal such as `INT`.
    pub fn signal(&self, name: &str) {
        let line = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &line]).status().expect("there is a shell").success());
    }

    /// Waits for a line on stderr and returns it.
    pub fn complaint(&mut self) -> String {
        let mut line = String::new();
        self.err.read_line(&mut line).expect("text");
        line
    }

    /// Waits for the end; returns the status and what was said on stderr.
    pub fn end(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().expect("it is our child");
        let mut said = String::new();
        self.err.read_to_string(&mut said).expect("text");
        (status, said)
    }
}
