//! Behind Debian's nginx, configured as `docs/OPERATIONS.md` shows it: the page, writes of browsers, links and streams.

use std::io::Write;
use std::path::PathBuf;

use serde_json::{Value, json};
use shared::config::Mode;
use url::Url;

use super::http::{Got, Http};
use super::nginx::{self, Nginx};
use super::process::{Baton, command, config, free_port};

/// What browsers are told that the host is called.
const NAME: &str = "notes.example";
/// The line that the manual and the server's own word name.
const HOST_LINE: &str = "proxy_set_header Host $http_host;";

/// Returns nginx; says so where there is none, which `cargo xtask test` sees to.
fn nginx() -> Option<PathBuf> {
    let program = nginx::program();
    if program.is_none() {
        // Past the test's own output, which nobody sees when it succeeds.
        let _ = writeln!(std::io::stderr(), "nginx is not installed: the test of proxies is left out");
    }
    program
}

/// Baton behind nginx, as a browser sees both.
struct Proxied {
    _baton: Baton,
    nginx: Nginx,
    http: Http,
    /// The address of the page, to the browser.
    page: Url,
}

impl Proxied {
    fn start(program: &std::path::Path, (server, path): (&str, &str), keys: &[(&str, Value)]) -> Proxied {
        let place = tempfile::tempdir().expect("a temporary folder");
        let mut config = config(Mode::RemoteWrite, 2);
        config["data"] = Value::Null;
        config["log"] = Value::Null;
        for (key, value) in keys {
            config[*key] = value.clone();
        }
        let baton = Baton::start(&mut command(place.path(), &config));
        let gateway = u16::try_from(config["service"].as_u64().expect("a port")).expect("a port");
        let nginx = Nginx::start(program, server, free_port(), gateway);
        let page = Url::parse(&format!("http://{NAME}{path}")).expect("an address");
        Proxied { _baton: baton, nginx, http: Http::new(), page }
    }

    /// Sends a browser's request for `url`, which its page makes.
    async fn browse(&self, method: &str, url: &Url, body: &Value) -> Got {
        let query = url.query().map_or_else(String::new, |query| format!("?{query}"));
        let reached = format!("http://127.0.0.1:{}{}{query}", self.nginx.port, url.path());
        let headers = [("host", NAME), ("origin", "http://notes.example"), ("content-type", "application/json")];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.http.send(method, &reached, &headers, body).await
    }

    async fn write(&self) -> Got {
        self.browse("POST", &self.page.join("note").expect("it is beside the page"), &json!({ "title": "t" })).await
    }
}

/// Returns where the link of an answer to a request for `url` leads.
fn link(url: &Url, got: &Got) -> Url {
    let target = got.header("link").strip_prefix('<').and_then(|link| link.split_once('>')).expect("a link").0;
    url.join(target).expect("it leads somewhere")
}

async fn check(proxied: &Proxied) {
    let page = &proxied.page;
    let got = proxied.browse("GET", page, &Value::Null).await;
    assert!(got.status == 200 && got.header("content-type").starts_with("text/html"), "{got:?}");
    let notes = page.join("note").expect("it is beside the page");
    let made = proxied.write().await;
    assert_eq!(made.status, 201, "{made:?}");
    let note = notes.join(made.header("location")).expect("it leads somewhere");
    assert_eq!(note, page.join("note/1").expect("an address"), "{made:?}");
    let read = proxied.browse("GET", &note, &Value::Null).await;
    assert_eq!((read.status, read.json()["note"]["title"].as_str()), (200, Some("t")));
    for (url, got) in [(&notes, &made), (&note, &read)] {
        let target = link(url, got);
        let wanted = page.join(&format!("?trace={}", got.header("x-trace-id"))).expect("an address");
        assert_eq!(target, wanted, "{got:?}");
        assert_eq!(proxied.browse("GET", &target, &Value::Null).await.status, 200);
    }
    let stream = format!("http://127.0.0.1:{}{}", proxied.nginx.port, page.join("events").expect("an address").path());
    let mut frames = proxied.http.events(&stream, None).await;
    assert_eq!(frames.next().await.map(|frame| frame.name), Some("snapshot".to_owned()));
    assert_eq!(proxied.write().await.status, 201);
    // Nothing is held back until there is more.
    assert_eq!(frames.next().await.map(|frame| frame.name), Some("events".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_manual_says_of_nginx_works() {
    let Some(program) = nginx() else { return };
    let servers = nginx::servers();
    assert_eq!(servers.iter().map(|(_, path)| path.as_str()).collect::<Vec<_>>(), ["/", "/baton/"]);
    for (server, path) in &servers {
        let public = format!("http://{NAME}{path}");
        for keys in [("public", json!(public)), ("names", json!([NAME]))] {
            check(&Proxied::start(&program, (server, path), &[keys])).await;
        }
    }
}

/// Some leave the path in the address, as ingresses do, when nobody tells them not to.
#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_may_leave_the_path_in_the_address() {
    let Some(program) = nginx() else { return };
    let (server, path) = nginx::servers().remove(1);
    let whole = server.replace("127.0.0.1:9988/;", "127.0.0.1:9988;").replace("location /baton/ ", "location /baton ");
    let public = ("public", json!(format!("http://{NAME}/baton")));
    let proxied = Proxied::start(&program, (&whole, &path), &[public]);
    check(&proxied).await;
    let bare = Url::parse(&format!("http://{NAME}/baton?trace=x")).expect("an address");
    let got = proxied.browse("GET", &bare, &Value::Null).await;
    let wanted = proxied.page.join("?trace=x").expect("an address");
    assert_eq!((got.status, bare.join(got.header("location")).expect("an address")), (308, wanted));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_hides_the_host_is_told_the_line_that_mends_it() {
    let Some(program) = nginx() else { return };
    let (server, path) = nginx::servers().remove(0);
    let bare = server.replace(HOST_LINE, "");
    assert_ne!(bare, server, "the manual names the line");
    let proxied = Proxied::start(&program, (&bare, &path), &[]);
    let refused = proxied.write().await;
    assert_eq!((refused.status, refused.json()["code"].as_str()), (403, Some("cross_site")));
    let said = refused.json()["msg"].as_str().expect("a sentence").to_owned();
    for part in ["Origin is `http://notes.example`", "Host is `127.0.0.1:", "`public` in config.json"] {
        assert!(said.contains(part), "{said}");
    }
    let line = said.split('`').find(|part| part.starts_with("proxy_set_header")).expect("the line");
    let mended = bare.replace("proxy_pass", &format!("{line} proxy_pass"));
    let names = ("names", json!([NAME]));
    assert_eq!(Proxied::start(&program, (&mended, &path), &[names]).write().await.status, 201);
    // Or it is said where the page is; then it does not matter what the proxy calls those behind it.
    check(&Proxied::start(&program, (&bare, &path), &[("public", json!(format!("http://{NAME}")))])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstreams_name_is_a_stranger_until_it_is_told() {
    let Some(program) = nginx() else { return };
    let (server, path) = nginx::servers().remove(1);
    let named = format!(
        "upstream baton {{ server 127.0.0.1:9988; }}\n{}",
        server.replace(HOST_LINE, "").replace("proxy_pass http://127.0.0.1:9988/", "proxy_pass http://baton/")
    );
    let proxied = Proxied::start(&program, (&named, &path), &[]);
    let refused = proxied.browse("GET", &proxied.page, &Value::Null).await;
    assert_eq!(refused.status, 421);
    assert!(refused.text.contains("add \\\"baton\\\" to the list `names`"), "{refused:?}");
    let public = ("public", json!(format!("http://{NAME}{path}")));
    check(&Proxied::start(&program, (&named, &path), &[("names", json!(["baton"])), public])).await;
}
