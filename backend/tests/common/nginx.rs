//! A real nginx on a port of its own, with the configurations that the manual shows.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

use tempfile::TempDir;

const MANUAL: &str = include_str!("../../../docs/OPERATIONS.md");

/// A running nginx; killed when the test is over.
pub struct Nginx {
    child: Child,
    _stderr: BufReader<ChildStderr>,
    _place: TempDir,
    /// Where it listens.
    pub port: u16,
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the servers of the manual, as they stand there, with the path under which each shows Baton.
pub fn servers() -> Vec<(String, String)> {
    let blocks = MANUAL.split("```nginx\n").skip(1).filter_map(|rest| rest.split_once("```"));
    let server = |(block, _): (&str, &str)| {
        let location = block.split_once("location ").expect("it has one").1;
        (block.to_owned(), location.split(' ').next().unwrap_or_default().to_owned())
    };
    blocks.map(server).collect()
}

/// Returns nginx: the one that `NGINX` names, or one that is installed.
pub fn program() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("NGINX") {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders.map(|folder| folder.join("nginx")).find(|program| program.is_file())
}

impl Nginx {
    /// Starts it on `port` with a server of the manual, in front of the gateway at `gateway`; waits until it listens.
    #[track_caller]
    pub fn start(program: &Path, server: &str, port: u16, gateway: u16) -> Nginx {
        let place = tempfile::tempdir().expect("there is a temporary folder");
        let server = server.replace("listen 80;", &format!("listen 127.0.0.1:{port};"));
        let server = server.replace("127.0.0.1:9988", &format!("127.0.0.1:{gateway}"));
        let folder = place.path().display();
        // One process, so that none is left when it is killed.
        let text = format!(
            "daemon off; master_process off; pid {folder}/pid; error_log stderr notice; events {{ }}\n\
             http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;\n\
             fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;\n{server}}}\n"
        );
        let file = place.path().join("nginx.conf");
        fs::write(&file, text).expect("the folder can be written");
        let mut nginx = Command::new(program);
        nginx.arg("-e").arg("stderr").arg("-p").arg(place.path()).arg("-c").arg(&file);
        let mut child = nginx.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it can be run");
        let mut stderr = BufReader::new(child.stderr.take().expect("it is piped"));
        let mut said = String::new();
        // It says so once it listens.
        while !said.contains("event method") {
            assert!(stderr.read_line(&mut said).expect("text") > 0, "nginx did not start: {said}");
        }
        Nginx { child, _stderr: stderr, _place: place, port }
    }
}
