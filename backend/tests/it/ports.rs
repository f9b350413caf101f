//! Ports that somebody else has: who that is, and how long it is waited for.

use std::net::{Ipv6Addr, SocketAddr, TcpListener};

use serde_json::json;
use shared::config::Mode;
use tokio::net::{TcpSocket, TcpStream};

use super::process::{Baton, at_once, command, config, failure, free_port};

/// Another process that is about to end has a port a moment longer.
#[test]
fn a_start_waits_for_ports_that_are_let_go_of() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let config = config(Mode::RemoteWrite, 2);
    let address = |key: &str| key.parse::<SocketAddr>().expect("host:port");
    let replica = address(config["replicas"][1].as_str().expect("text"));
    let service = address(&format!("127.0.0.1:{}", config["service"]));
    for (port, key) in [(replica, "replicas[1]"), (service, "service")] {
        let held = TcpListener::bind(port).expect("it is free");
        let mut baton = Baton::spawn(command(place.path(), &config).args(["--wait", "60"]));
        let said = baton.complaint();
        assert!(
            said.contains(&format!("{port}, which is `{key}` in config.json, is taken; waiting up to 60s")),
            "{said}"
        );
        drop(held);
        let baton = baton.until_it_runs();
        baton.signal("INT");
        let (status, said) = baton.end();
        assert_eq!((status.code(), said.as_str()), (Some(0), ""), "{key}");
    }
}

/// Connects from a port of its own choice, as the system does for whoever has none.
async fn connected_from(port: u16) -> (TcpStream, TcpListener) {
    let other = TcpListener::bind("127.0.0.1:0").expect("there are free ports");
    let socket = TcpSocket::new_v4().expect("the system has sockets");
    socket.bind(([127, 0, 0, 1], port).into()).expect("it is free");
    let stream = socket.connect(other.local_addr().expect("it is bound")).await.expect("it listens");
    (stream, other)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_a_connection_was_given_is_no_other_programs() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let config = config(Mode::RemoteWrite, 2);
    let address = config["replicas"][0].as_str().expect("text");
    let port = address.parse::<SocketAddr>().expect("host:port").port();
    let connection = connected_from(port).await;
    let (code, said) = failure(at_once(&mut command(place.path(), &config)));
    assert_eq!(code, Some(1));
    assert!(said.contains(&format!("{address} is taken by a connection of this machine")), "{said}");
    assert!(said.contains("`replicas[0]` in config.json to a port below 32768"), "{said}");
    drop(connection);
    drop(Baton::start(&mut command(place.path(), &config)));
}

#[test]
fn both_families_of_localhost_are_looked_at() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let (mut config, port) = (config(Mode::RemoteWrite, 2), free_port());
    config["replicas"][1] = json!(format!("localhost:{port}"));
    // Where there is no such family there is nobody to meet.
    let Ok(_taken) = TcpListener::bind((Ipv6Addr::LOCALHOST, port)) else { return };
    let (code, said) = failure(at_once(&mut command(place.path(), &config)));
    assert_eq!(code, Some(1));
    assert!(said.contains(&format!("localhost:{port} ([::1]:{port}) is taken by another program")), "{said}");
}
