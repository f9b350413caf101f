//! One test: a server, a browser on its page, and what is left behind when it fails.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;

use crate::driver::Driver;
use crate::page::Page;
use crate::server::Server;

/// A projector's usual size.
pub const PROJECTOR: (u32, u32) = (1280, 720);

/// What a test acts on.
pub struct Case {
    /// The server.
    pub server: Server,
    /// Its page, open and live.
    pub page: Page,
}

/// Starts a server in `mode`, opens its page, runs the test and cleans up, whether it holds or not.
///
/// A failure leaves a picture, `failed-<name>.png`.
pub async fn case(name: &str, mode: &str, test: impl AsyncFnOnce(&mut Case)) {
    case_on(name, Server::start(mode).await, test).await;
}

/// The same on a server that runs already.
pub async fn case_on(name: &str, server: Server, test: impl AsyncFnOnce(&mut Case)) {
    let driver = Driver::start();
    let profile = tempfile::tempdir().expect("there is a temporary folder");
    let page = Page::new(driver.open(profile.path()).await);
    let mut case = Case { server, page };
    let result = AssertUnwindSafe(async {
        case.page.open(&case.server.home(), PROJECTOR).await;
        case.page.until("the page is connected", "one('connection')?.dataset.link == 'live'").await;
        test(&mut case).await;
    });
    let result = result.catch_unwind().await;
    if result.is_err() {
        case.page.picture(&format!("failed-{name}")).await;
    }
    case.page.close().await;
    if let Err(panic) = result {
        std::panic::resume_unwind(panic);
    }
}
