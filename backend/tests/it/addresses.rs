//! Addresses of the configuration: where parts listen, what others are told, and what is refused.

use std::fs;
use std::net::{Ipv6Addr, TcpListener};

use backend::feed::Room;
use serde_json::json;
use shared::api::SnapshotFrame;
use shared::config::{Config, Mode};

use super::cluster::Cluster;
use super::http::Http;
use super::process::{Baton, command, config, failure, free_port, program};

/// Whether this machine has both families.
fn has_ipv6() -> bool {
    TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok()
}

/// Every member of the kind is said in one line, with the line and the key that it stands in.
#[test]
fn what_is_no_address_is_refused_with_its_line_and_key() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let mut program = command(place.path(), &json!({}));
    let mut say = |keys: &str, second: &str| {
        let text = format!(
            "{{\n\"service\": {}, \"sync\": \"remote-write\",\n{keys}\n\"replicas\": [\"127.0.0.1:{}\",\n{second}]}}",
            free_port(),
            free_port()
        );
        fs::write(place.path().join("config.json"), text).expect("a writable folder");
        failure(&mut program)
    };
    for (second, words) in [
        ("::1:41201", "brackets"),
        ("http://127.0.0.1:41201", "leave `http://` out"),
        (" 127.0.0.1:41201", "blank"),
        ("127.0.0.1", "the port is missing"),
        ("0.0.0.0:41201", "give the name or number by which they call this replica, and where it listens as `listen`"),
    ] {
        let (code, said) = say("", &format!("\"{second}\""));
        assert_eq!(code, Some(1), "{second}");
        assert!(said.contains("config.json, line 5, key `replicas[1]`: ") && said.contains(words), "{second}: {said}");
    }
    for (keys, words) in [
        ("\"host\": \"127.0.0.1:80\",", "key `host`: leave the port"),
        ("\"host\": \"foo bar\",", "key `host`: there is a blank"),
    ] {
        let (code, said) = say(keys, "\"127.0.0.1:1\"");
        assert_eq!(code, Some(1), "{keys}");
        assert!(said.contains("config.json, line 3, ") && said.contains(words), "{keys}: {said}");
    }
    assert!(!place.path().join("data").exists(), "nothing was begun");
}

#[test]
fn an_address_that_is_given_twice_is_no_other_programs() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let mut config = config(Mode::RemoteWrite, 2);
    let port = free_port();
    for other in ["127.0.0.1", "[::1]", "LOCALHOST"] {
        config["replicas"] = json!([format!("localhost:{port}"), format!("{other}:{port}")]);
        let (code, said) = failure(&mut command(place.path(), &config));
        assert_eq!(code, Some(1));
        assert!(said.contains("key `replicas[1]`: this is the address of `replicas[0]`, given twice"), "{said}");
    }
    // Two hosts that are one: nobody can know until they are listened on.
    config["replicas"] = json!([format!("a.example:{port}"), format!("b.example:{port}")]);
    config["listen"] = json!("127.0.0.1");
    let (code, said) = failure(&mut command(place.path(), &config));
    assert_eq!(code, Some(1));
    assert!(said.contains("is given twice, by `replicas[0]` and `replicas[1]` in config.json"), "{said}");
    // Each in a process of its own has its host for itself.
    drop(Baton::start(program(place.path()).args(["replica", "--id", "2"])));
}

#[tokio::test(flavor = "multi_thread")]
async fn localhost_is_listened_to_in_both_families() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let (service, ports) = (free_port(), [free_port(), free_port()]);
    let config = json!({
        "service": service, "sync": "remote-write", "host": "localhost",
        "replicas": ports.map(|port| format!("localhost:{port}"))
    });
    let _baton = Baton::start(&mut command(place.path(), &config));
    let http = Http::new();
    let families = if has_ipv6() { vec!["127.0.0.1", "[::1]", "localhost"] } else { vec!["127.0.0.1"] };
    for port in [service, ports[0], ports[1]] {
        for host in &families {
            let url = format!("http://{host}:{port}/note");
            assert_eq!(http.get(&url).await.status, 200, "{url}");
        }
    }
}

/// Where it listens is one thing, what others are told another: behind a network's edge and in containers.
#[tokio::test(flavor = "multi_thread")]
async fn parts_listen_on_one_address_and_are_told_by_another() {
    let replicas = [1, 2, 3].map(|number| format!("r{number}.example:{}", free_port()));
    let service = free_port();
    let text = json!({
        "service": service, "sync": "local-write", "replicas": replicas, "data": null,
        "host": "notes.example", "listen": "127.0.0.1"
    });
    let config = Config::parse(&text.to_string()).expect("it is valid");
    let cluster = Cluster::start(config, Room::default()).await;
    let made = cluster.call("POST", &cluster.replica(2, "/note"), &json!({ "title": "t" })).await;
    assert_eq!(made.status, 201, "the replicas reach each other");
    assert!(made.header("link").starts_with(&format!("<http://notes.example:{service}/?trace=")), "{made:?}");
    let mut frames = cluster.http.events(&cluster.gateway("/events"), None).await;
    let snapshot: SnapshotFrame =
        serde_json::from_str(&frames.next().await.expect("a snapshot").data).expect("a snapshot");
    assert_eq!((snapshot.scene.service, snapshot.scene.replicas), (service, replicas.to_vec()));
    for (door, name) in [(cluster.gateway("/note"), "notes.example"), (cluster.replica(3, "/note"), "r3.example")] {
        let got = cluster.http.send("GET", &door, &[("host", name)], "").await;
        assert_eq!(got.status, 200, "{name} is its name");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn parts_may_listen_everywhere_and_have_equal_ports_on_different_hosts() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let port = free_port();
    let mut config = config(Mode::RemoteWrite, 2);
    config["replicas"] = json!([format!("127.0.0.2:{port}"), format!("127.0.0.3:{port}")]);
    let baton = Baton::start(&mut command(place.path(), &config));
    assert_eq!(Http::new().get(&format!("{}/note", baton.home)).await.status, 200);
    baton.kill();
    config["replicas"] = json!([format!("127.0.0.2:{port}"), format!("127.0.0.3:{}", free_port())]);
    config["listen"] = json!("0.0.0.0");
    let baton = Baton::start(&mut command(place.path(), &config));
    assert_eq!(baton.home, format!("http://127.0.0.1:{}", config["service"]));
    for host in ["127.0.0.1", "127.0.0.2", "127.0.0.9"] {
        let got = Http::new().get(&format!("http://{host}:{port}/note")).await;
        assert_eq!(got.status, 200, "{host}");
        let home = format!("<http://{host}:{}/?trace=", config["service"]);
        assert!(got.header("link").starts_with(&home), "the page is where the replica was found: {got:?}");
    }
}
