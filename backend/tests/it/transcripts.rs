//! The original system's transcripts, to the letter, out of the log file.

use serde_json::{Value, json};
use shared::config::Mode;

use super::cluster::Cluster;

/// Sends one request to replica `id` and returns the lines it added to the log, before that of setting up.
async fn lines(
    mode: Mode,
    setup: &[(usize, &str, &str, Value)],
    (id, method, path, body): (usize, &str, &str, Option<Value>),
) -> Vec<String> {
    let cluster = Cluster::memory(mode).await;
    for (at, method, path, body) in setup {
        let got = cluster.call(method, &cluster.replica(*at, path), body).await;
        assert!(got.status < 300, "{got:?}");
    }
    cluster.http.call(method, &cluster.replica(id, path), body.as_ref()).await;
    let log = cluster.log().await;
    let last = log.iter().rposition(|line| line.starts_with("CLIENT [REQUEST]")).expect("the request is there");
    log[last..].to_vec()
}

fn hello() -> Value {
    json!({ "title": "Hello world", "body": "patch note" })
}

fn setup() -> [(usize, &'static str, &'static str, Value); 1] {
    [(1, "POST", "/note", hello())]
}

#[tokio::test(flavor = "multi_thread")]
async fn remote_write_post_at_a_backup() {
    let got = lines(Mode::RemoteWrite, &[], (2, "POST", "/note", Some(hello()))).await;
    let expected = [
        "CLIENT [REQUEST] [POST] /note [{'title': 'Hello world', 'body': 'patch note'}]",
        "REPLICA [REQUEST] Forward request to primary",
        "REPLICA [REPLY] Forward request to primary",
        "REPLICA [REQUEST] Tell backups to update",
        "REPLICA [REPLY] Tell backups to update",
        "CLIENT [REPLY] [POST] /note [{'res': True}]",
    ];
    assert_eq!(got, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn remote_write_changes_at_a_backup() {
    for (method, shown) in [("PATCH", "{'res': True}"), ("PUT", "{'res': True}"), ("DELETE", "{}")] {
        let body = (method != "DELETE").then(hello);
        let asked = if method == "DELETE" { "{}" } else { "{'title': 'Hello world', 'body': 'patch note'}" };
        let got = lines(Mode::RemoteWrite, &setup(), (3, method, "/note/1", body)).await;
        let expected = [
            &format!("CLIENT [REQUEST] [{method}] /note/1 [{asked}]"),
            "REPLICA [REQUEST] Forward request to primary",
            "REPLICA [REQUEST] Tell backups to update",
            "REPLICA [REPLY] Tell backups to update",
            &format!("CLIENT [REPLY] [{method}] /note/1 [{shown}]"),
        ];
        assert_eq!(got, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reads() {
    for mode in super::cluster::MODES {
        let list = lines(mode, &setup(), (4, "GET", "/note", None)).await;
        assert_eq!(list, ["CLIENT [REQUEST] [GET] /note [{}]", "CLIENT [REPLY] [GET] /note [{}]"]);
        let one = lines(mode, &setup(), (4, "GET", "/note/1", None)).await;
        let note = "{'res': True, 'note': {'title': 'Hello world', 'body': 'patch note', 'id': 1}}";
        assert_eq!(
            one,
            ["CLIENT [REQUEST] [GET] /note/1 [{}]".to_owned(), format!("CLIENT [REPLY] [GET] /note/1 [{note}]")]
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn local_write_patch_where_the_note_is_not() {
    let change = json!({ "title": "Hello world patch!", "body": "patch note" });
    let got = lines(Mode::LocalWrite, &setup(), (2, "PATCH", "/note/1", Some(change))).await;
    let expected = [
        "CLIENT [REQUEST] [PATCH] /note/1 [{'title': 'Hello world patch!', 'body': 'patch note'}]",
        "REPLICA [REQUEST] Move item to new primary",
        "REPLICA [REPLY] Move item to new primary",
        "REPLICA [REQUEST] Tell backups to update",
        "REPLICA [REPLY] Tell backups to update",
        "CLIENT [REPLY] [PATCH] /note/1 [{'res': True}]",
    ];
    assert_eq!(got, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn local_write_post_moves_nothing() {
    let got = lines(Mode::LocalWrite, &[], (2, "POST", "/note", Some(hello()))).await;
    let expected = [
        "CLIENT [REQUEST] [POST] /note [{'title': 'Hello world', 'body': 'patch note'}]",
        "REPLICA [REQUEST] Tell backups to update",
        "REPLICA [REPLY] Tell backups to update",
        "CLIENT [REPLY] [POST] /note [{'res': True}]",
    ];
    assert_eq!(got, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_through_the_gateway_has_one_pair_of_lines_too() {
    let cluster = Cluster::memory(Mode::RemoteWrite).await;
    let headers = [("content-type", "application/json"), ("x-replica", "2")];
    let got = cluster.http.send("POST", &cluster.gateway("/note"), &headers, hello().to_string()).await;
    assert_eq!(got.status, 201);
    let expected = [
        "CLIENT [REQUEST] [POST] /note [{'title': 'Hello world', 'body': 'patch note'}]",
        "REPLICA [REQUEST] Forward request to primary",
        "REPLICA [REPLY] Forward request to primary",
        "REPLICA [REQUEST] Tell backups to update",
        "REPLICA [REPLY] Tell backups to update",
        "CLIENT [REPLY] [POST] /note [{'res': True}]",
    ];
    assert_eq!(cluster.log().await, expected);
}
