//! Starting and stopping the real program: what it says when it cannot start, and how fast it ends.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use serde_json::{Value, json};
use shared::config::Mode;

use super::http::Http;
use super::process::{Baton, at_once, command, config, failure, free_port};

#[test]
fn a_busy_port_is_named_with_its_key() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let taken = TcpListener::bind("127.0.0.1:0").expect("there are free ports");
    let port = taken.local_addr().expect("it is bound").port();
    let mut config = config(Mode::RemoteWrite, 3);
    let address = config["replicas"][1].clone();
    config["replicas"][1] = json!(format!("127.0.0.1:{port}"));
    let (code, said) = failure(at_once(&mut command(place.path(), &config)));
    assert_eq!(code, Some(1));
    assert!(said.contains(&format!("127.0.0.1:{port} is taken by another program")), "{said}");
    assert!(said.contains("`replicas[1]` in config.json"), "{said}");
    config["replicas"][1] = address;
    config["service"] = json!(port);
    let (code, said) = failure(at_once(&mut command(place.path(), &config)));
    assert_eq!(code, Some(1));
    assert!(said.contains(&format!("127.0.0.1:{port}")) && said.contains("`service` in config.json"), "{said}");
    assert!(!place.path().join("data").exists(), "nothing is made before all ports are had");
}

#[test]
fn a_host_that_is_not_there_is_named_with_its_key() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let mut config = config(Mode::RemoteWrite, 2);
    config["host"] = json!("192.0.2.1");
    let (code, said) = failure(&mut command(place.path(), &config));
    assert_eq!(code, Some(1));
    for part in ["192.0.2.1", "`host` in config.json", "an address of this machine as `listen`"] {
        assert!(said.contains(part), "{said}");
    }
    config["listen"] = json!("203.0.113.7");
    let (code, said) = failure(&mut command(place.path(), &config));
    assert_eq!(code, Some(1));
    assert!(said.contains("(203.0.113.7:") && said.contains("`listen` in config.json"), "{said}");
}

#[test]
fn a_broken_configuration_is_named_with_line_and_key() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let mut program = command(place.path(), &json!({}));
    let mut say = |text: &str| {
        fs::write(place.path().join("config.json"), text).expect("a writable folder");
        failure(&mut program)
    };
    let (code, said) = say("{\n\"service\": 9988,\n\"sync\": \"both\",\n\"replicas\": [\"127.0.0.1:1\"]\n}");
    assert_eq!(code, Some(1));
    assert!(said.contains("config.json, line 3, key `sync`"), "{said}");
    let (_, said) = say("{\n\"service\": 9988,\n");
    assert!(said.contains("config.json, line 3"), "{said}");
    fs::remove_file(place.path().join("config.json")).expect("it is there");
    let (code, said) = failure(&mut program);
    assert_eq!(code, Some(1));
    assert!(said.contains("there is no config.json") && said.contains("--config"), "{said}");
}

#[test]
fn wrong_arguments_and_questions_have_their_own_codes() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let run = |arguments: &[&str]| {
        command(place.path(), &json!({})).args(arguments).output().expect("the program can be run")
    };
    assert_eq!(run(&["--colour"]).status.code(), Some(2));
    let version = run(&["--version"]);
    assert_eq!(String::from_utf8_lossy(&version.stdout).trim(), format!("baton {}", env!("CARGO_PKG_VERSION")));
    let help = run(&["--help"]);
    assert!(help.status.success() && String::from_utf8_lossy(&help.stdout).contains("--config <FILE>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_start_at_the_configurations_folder_however_it_is_named() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    let path = place.path().join("config.json");
    let path = path.to_str().expect("text");
    for arguments in [vec!["--config", path], vec!["serve", "--config", path]] {
        let mut program = command(place.path(), &config(Mode::LocalWrite, 2));
        let baton = Baton::start(program.current_dir(elsewhere.path()).args(&arguments));
        assert_eq!(Http::new().get(&format!("{}/note", baton.home)).await.status, 200);
        assert!(place.path().join("data/replica-2.redb").is_file());
        assert!(place.path().join("log/log.txt").is_file());
    }
    assert_eq!(fs::read_dir(elsewhere.path()).expect("a folder").count(), 0);
}

#[test]
fn a_data_folder_has_one_process() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let first = Baton::start(&mut command(place.path(), &config(Mode::RemoteWrite, 2)));
    let (code, said) = failure(at_once(&mut command(place.path(), &config(Mode::RemoteWrite, 2))));
    assert_eq!(code, Some(1));
    assert!(said.contains("data is in use by another baton (process "), "{said}");
    first.kill();
    drop(Baton::start(&mut command(place.path(), &config(Mode::RemoteWrite, 2))));
}

/// Another process that is about to end has the data folder, or one store, a moment longer.
#[test]
fn a_start_waits_for_files_that_are_let_go_of() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let mut program = command(place.path(), &config(Mode::RemoteWrite, 2));
    program.args(["--wait", "60"]);
    drop(Baton::start(&mut program));
    for (file, said) in
        [("data/lock", "data is in use by another baton"), ("data/replica-2.redb", "replica-2.redb is open in another")]
    {
        let held = fs::File::open(place.path().join(file)).expect("it is there");
        held.try_lock().expect("nobody has it");
        let mut baton = Baton::spawn(&mut program);
        let complaint = baton.complaint();
        assert!(complaint.contains(said) && complaint.contains("; waiting up to 60s for it"), "{complaint}");
        held.unlock().expect("it is locked");
        let baton = baton.until_it_runs();
        baton.signal("INT");
        let (status, said) = baton.end();
        assert_eq!((status.code(), said.as_str()), (Some(0), ""), "{file}");
    }
}

#[test]
fn a_damaged_store_is_named_and_left_alone() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let config = config(Mode::RemoteWrite, 2);
    drop(Baton::start(&mut command(place.path(), &config)));
    let path = place.path().join("data/replica-2.redb");
    fs::write(&path, "not a store").expect("a writable folder");
    let (code, said) = failure(&mut command(place.path(), &config));
    assert_eq!(code, Some(1));
    assert!(said.contains("replica-2.redb is damaged"), "{said}");
    assert_eq!(fs::read_to_string(&path).expect("it is there"), "not a store");
}

#[test]
fn another_number_of_replicas_is_refused() {
    let place = tempfile::tempdir().expect("a temporary folder");
    drop(Baton::start(&mut command(place.path(), &config(Mode::RemoteWrite, 3))));
    for count in [2, 4] {
        let (code, said) = failure(&mut command(place.path(), &config(Mode::RemoteWrite, count)));
        assert_eq!(code, Some(1));
        for part in ["data", "3 replicas", &format!("names {count}"), "put `replicas` back", "another `data` folder"] {
            assert!(said.contains(part), "{said}");
        }
    }
    assert!(!place.path().join("data/replica-4.redb").exists());
    drop(Baton::start(&mut command(place.path(), &config(Mode::RemoteWrite, 3))));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_at_once_with_streams_open_and_requests_under_way() {
    for signal in ["INT", "TERM"] {
        let place = tempfile::tempdir().expect("a temporary folder");
        let baton = Baton::start(&mut command(place.path(), &config(Mode::RemoteWrite, 3)));
        let (http, url) = (Http::new(), format!("{}/events", baton.home));
        let mut viewers = Vec::new();
        for _ in 0..3 {
            let mut frames = http.events(&url, None).await;
            frames.next().await.expect("a snapshot");
            viewers.push(frames);
        }
        // A client that never finishes its request.
        let address = baton.home.trim_start_matches("http://");
        let mut slow = TcpStream::connect(address).expect("it listens");
        slow.write_all(b"POST /note HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\n{")
            .expect("there is room");
        let made = http.call("POST", &format!("{}/note", baton.home), Some(&json!({ "title": "t" }))).await;
        assert_eq!(made.status, 201);
        baton.signal(signal);
        let (status, said) = tokio::task::spawn_blocking(move || baton.end()).await.expect("it is our child");
        assert_eq!((status.code(), said.as_str()), (Some(0), ""), "{signal}");
        // Who is slow has ten seconds, and then an answer that says so: nobody waited for that.
        let mut answer = Vec::new();
        // Whether the connection is closed or broken says nothing.
        let _ = slow.read_to_end(&mut answer);
        assert_eq!(String::from_utf8_lossy(&answer), "", "{signal}");
        let log = fs::read_to_string(place.path().join("log/log.txt")).expect("there is a log");
        assert!(log.contains("CLIENT [REPLY] [POST] /note [{'res': True}]"), "the log is whole: {log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_step_log_is_printed_on_request() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let mut baton = Baton::start(command(place.path(), &config(Mode::RemoteWrite, 2)).arg("-v"));
    Http::new().get(&format!("{}/note", baton.home)).await;
    baton.signal("INT");
    let mut printed = String::new();
    baton.out.read_to_string(&mut printed).expect("text");
    let log = fs::read_to_string(place.path().join("log/log.txt")).expect("there is a log");
    assert_eq!(printed, log);
    assert_eq!(log.lines().count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_originals_configuration_works_unchanged() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let shipped: Value = serde_json::from_str(include_str!("../../../config.json")).expect("JSON");
    let mut config = shipped.clone();
    config["service"] = json!(free_port());
    for address in config["replicas"].as_array_mut().expect("a list") {
        *address = json!(format!("127.0.0.1:{}", free_port()));
    }
    let keys = |config: &Value| config.as_object().map(|map| map.keys().cloned().collect::<Vec<_>>());
    assert_eq!(keys(&shipped), keys(&config), "only the ports differ");
    let baton = Baton::start(&mut command(place.path(), &config));
    assert_eq!(Http::new().get(&format!("{}/note", baton.home)).await.status, 200);
}

/// A cause that is part of the sentence is not told behind it again.
#[test]
fn why_it_does_not_start_is_told_once() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let fine = config(Mode::RemoteWrite, 2);
    let mut broken = [fine.clone(), fine.clone(), fine.clone()];
    broken[0]["host"] = json!("no-such-host.invalid");
    broken[1]["replicas"][1] = json!("no-such-host.invalid:1");
    broken[2]["log"] = json!("config.json/log.txt");
    for (config, cause) in broken.iter().zip(["lookup", "lookup", "os error"]) {
        let (code, said) = failure(&mut command(place.path(), config));
        assert_eq!((code, said.matches(cause).count()), (Some(1), 1), "{said}");
    }
    let mut nowhere = fine;
    nowhere["data"] = json!("config.json/data");
    let (code, said) = failure(&mut command(place.path(), &nowhere));
    assert_eq!((code, said.matches("os error").count()), (Some(1), 1), "{said}");
}

#[test]
fn the_step_log_is_written_into_nothing_of_ours() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let mut config = config(Mode::RemoteWrite, 2);
    for (log, other) in [("config.json", "the configuration"), ("data/cluster", "in the data folder")] {
        config["log"] = json!(log);
        let mut program = command(place.path(), &config);
        let before = fs::read(place.path().join("config.json")).expect("it is there");
        let (code, said) = failure(&mut program);
        assert!(code == Some(1) && said.contains(other) && said.contains("a file of its own"), "{said}");
        assert_eq!(fs::read(place.path().join("config.json")).expect("it is there"), before);
        assert!(!place.path().join("data/cluster").exists());
    }
}

/// Editors of another system put a mark in front of a file, or write it in another encoding.
#[test]
fn a_configuration_may_begin_with_a_mark_of_its_byte_order() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let mut program = command(place.path(), &config(Mode::RemoteWrite, 2));
    let path = place.path().join("config.json");
    let text = fs::read_to_string(&path).expect("it is there");
    fs::write(&path, format!("\u{feff}{text}")).expect("a writable folder");
    drop(Baton::start(&mut program));
    let wide: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(&path, wide).expect("a writable folder");
    let (code, said) = failure(&mut program);
    assert_eq!(code, Some(1));
    assert!(said.contains("config.json") && said.contains("UTF-8"), "{said}");
}
