//! The page behind nginx, which shows it under a path of its own.

use crate::case::{PROJECTOR, case_on};
use crate::nginx::{self, Nginx};
use crate::server::{Server, free_ports};

#[tokio::test(flavor = "multi_thread")]
async fn under_a_path_the_page_asks_beside_itself() {
    let program = nginx::program().expect("`cargo xtask test --only browser` names nginx in NGINX");
    let server = Server::start("remote-write").await;
    let (block, path) = nginx::servers().remove(1);
    let [port] = free_ports();
    let nginx = Nginx::start(&program, &block, port, server.port());
    let home = format!("http://127.0.0.1:{}{path}", nginx.port);
    case_on("proxy", server, async |case| {
        case.page.open(&home, PROJECTOR).await;
        case.page.until("it is live through the proxy", "one('connection')?.dataset.link == 'live'").await;
        case.page.click("tab-compose").await;
        let says = format!("curl -i -X POST {home}note -H");
        case.page.until("curl goes the same way", &format!("text('compose-curl').startsWith('{says}')")).await;
        case.page.click("compose-send").await;
        case.page.until("the write is taken", "text('reply-status').startsWith('201')").await;
        case.page.until("it is seen", "text('replica-4-note-1').includes('Hello world')").await;
        case.page.click("compose-method-delete").await;
        case.page.click("compose-send").await;
        let line = format!("curl -i -X DELETE {home}note/1");
        case.page.until_equal("the new note's id was found", "text('by-hand-line')", line).await;
        case.page.click("mode-local-write").await;
        case.page.until_equal("the mode is switched", "one('mode-local-write').ariaPressed", "true").await;
        case.page.picture("proxy").await;
        assert_eq!(case.page.console_errors().await, Vec::<String>::new());
    })
    .await;
}
