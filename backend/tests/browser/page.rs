//! The page as a test sees it: conditions that come true, elements by `data-testid`, pictures.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fantoccini::Client;
use fantoccini::error::CmdError;
use fantoccini::wd::{WebDriverCompatibleCommand, WindowHandle};
use hyper::Method;
use serde_json::{Value, json};

/// How long a condition may take to come true. Far longer than it does; a loaded machine is slow.
const DEADLINE: Duration = Duration::from_mins(1);

/// What every script can use: `one(testid)`, `all(css)`, `text(testid)`, `pill(kind)`.
const PRELUDE: &str = "
    const one = id => document.querySelector(`[data-testid=\"${id}\"]`);
    const all = css => [...document.querySelectorAll(css)];
    const text = id => one(id)?.textContent ?? '';
    const pill = kind => document.querySelector(`[data-testid=pill][data-kind=${kind}]`);
";

/// Notes every pill that is ever on the page, so that none is missed between two looks.
const RECORDER: &str = "
    const pills = window.pills = {};
    const look = () => all('[data-testid=pill]').forEach(pill => pills[pill.dataset.message] = pill.dataset.kind);
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
    look();
";

/// An open page.
pub struct Page {
    client: Client,
}

impl Page {
    /// Takes over a browser.
    pub fn new(client: Client) -> Page {
        Page { client }
    }

    /// Opens an address at a size, in CSS pixels.
    pub async fn open(&self, address: &str, (width, height): (u32, u32)) {
        self.resize(width, height).await;
        self.client.goto(address).await.expect("the page opens");
    }

    /// Opens a tab, goes to it and returns it.
    pub async fn open_tab(&self) -> WindowHandle {
        let tab = self.client.new_window(true).await.expect("the browser opens a tab").handle;
        self.show_tab(&tab).await;
        tab
    }

    /// Returns the tab that this acts on.
    pub async fn tab(&self) -> WindowHandle {
        self.client.window().await.expect("there is one")
    }

    /// Acts on another tab from now on, in sight.
    pub async fn show_tab(&self, tab: &WindowHandle) {
        self.client.switch_to_window(tab.clone()).await.expect("the tab is open");
        self.devtools("Page.bringToFront", json!({})).await;
    }

    /// Makes the viewport exactly this large; a window could not be as narrow as a phone.
    pub async fn resize(&self, width: u32, height: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Prefers `light` or `dark`, as the system's setting would.
    pub async fn prefer(&self, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// Sets several of the system's preferences at once, such as `prefers-reduced-motion`.
    pub async fn prefer_all(&self, preferences: &[(&str, &str)]) {
        let feature = |(name, value): &(&str, &str)| json!({ "name": name, "value": value });
        let features: Vec<Value> = preferences.iter().map(feature).collect();
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// Returns what a script passes to its callback, which is its last argument.
    pub async fn evaluate_later(&self, statements: &str) -> Value {
        match self.client.execute_async(&format!("{PRELUDE} {statements}"), Vec::new()).await {
            Ok(value) => value,
            Err(error) => panic!("`{statements:.60}` fails: {error}"),
        }
    }

    /// Presses a key, wherever the focus is.
    pub async fn press(&self, key: &str) {
        let code = if key.len() == 1 { format!("Key{}", key.to_uppercase()) } else { key.to_owned() };
        // What the browser itself does with a key, such as moving the focus, hangs on its number.
        let number = match key {
            "Tab" => 9,
            "Enter" => 13,
            "Escape" => 27,
            _ => 0,
        };
        let text = if key == "Enter" { "\r" } else { "" };
        let event = |kind: &str| json!({ "type": kind, "key": key, "code": code, "windowsVirtualKeyCode": number, "text": text });
        self.devtools("Input.dispatchKeyEvent", event("keyDown")).await;
        self.devtools("Input.dispatchKeyEvent", event("keyUp")).await;
    }

    /// Returns what a JavaScript expression yields; see [`PRELUDE`].
    pub async fn evaluate(&self, expression: &str) -> Value {
        match self.attempt(expression).await {
            Ok(value) => value,
            Err(error) => panic!("`{expression}` fails: {error}"),
        }
    }

    /// Returns what an expression yields, unless it cannot be said yet: what it asks of may not be there.
    async fn attempt(&self, expression: &str) -> Result<Value, CmdError> {
        self.client.execute(&format!("{PRELUDE} return ({expression});"), Vec::new()).await
    }

    /// Runs JavaScript statements.
    pub async fn run(&self, statements: &str) {
        self.evaluate(&format!("(() => {{ {statements} }})()")).await;
    }

    /// Waits until an expression is true; `claim` says what is expected.
    pub async fn until(&self, claim: &str, expression: &str) {
        let truth = format!("!!({expression})");
        self.until_equal(claim, &truth, true).await;
    }

    /// Waits until an expression yields `expected`.
    pub async fn until_equal<T: Into<Value> + Clone + Debug>(&self, claim: &str, expression: &str, expected: T) {
        let wanted: Value = expected.clone().into();
        let started = Instant::now();
        loop {
            let value = self.attempt(expression).await.unwrap_or_else(|error| json!(error.to_string()));
            if value == wanted {
                return;
            }
            let late = started.elapsed() > DEADLINE;
            assert!(!late, "{claim}: `{expression}` is {value} and not {expected:?} within {DEADLINE:?}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Jumps over what is still to be shown.
    pub async fn catch_up(&self) {
        self.click("live").await;
        self.until_at_live().await;
    }

    /// Waits until everything that has happened was shown.
    pub async fn until_at_live(&self) {
        self.until_equal("the show has caught up", "one('behind').dataset.behind", "0").await;
    }

    /// Waits until an expression yields the same ten times in a row.
    pub async fn until_still(&self, expression: &str) {
        let started = Instant::now();
        let (mut last, mut times) = (Value::Null, 0);
        while times < 10 {
            let value = self.evaluate(expression).await;
            times = if value == last { times + 1 } else { 0 };
            last = value;
            assert!(started.elapsed() < DEADLINE, "`{expression}` does not come to rest; it is {last}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Begins to note which pills are seen.
    pub async fn record_pills(&self) {
        self.run(RECORDER).await;
    }

    /// Waits until each of these messages was seen as a pill of its kind; returns all that were seen.
    ///
    /// Left out are clients' messages, which the feed does not number, and bookkeeping.
    pub async fn until_pills_were(&self, messages: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let (messages, pills) = (json!(messages), "window.pills");
        let seen = format!("Object.entries({messages}).filter(([message, kind]) => {pills}[message] != kind)");
        self.until_equal("each message is seen as a pill", &seen, Value::Array(Vec::new())).await;
        let pills = self.evaluate(pills).await;
        let pills: BTreeMap<String, String> = serde_json::from_value(pills).expect("they are names and kinds");
        pills.into_iter().filter(|(message, kind)| !message.starts_with("client-") && kind != "quiet").collect()
    }

    /// Clicks the middle of an element once it is there, as a mouse does.
    pub async fn click(&self, testid: &str) {
        self.until(&format!("`{testid}` is seen"), &format!("one('{testid}')?.getClientRects().length")).await;
        let css = format!("[data-testid=\"{testid}\"]");
        let element = self.client.find(fantoccini::Locator::Css(&css)).await.expect("it was there just now");
        element.click().await.unwrap_or_else(|error| panic!("`{testid}` cannot be clicked: {error}"));
    }

    /// Replaces the text of a field.
    pub async fn fill(&self, testid: &str, text: &str) {
        self.click(testid).await;
        let css = format!("[data-testid=\"{testid}\"]");
        let element = self.client.find(fantoccini::Locator::Css(&css)).await.expect("it was clicked just now");
        element.clear().await.expect("a field can be emptied");
        element.send_keys(text).await.expect("a field can be typed into");
    }

    /// Types into an element without touching what is in it; `"\u{E007}"` and its like are keys, as `WebDriver` has them.
    pub async fn type_into(&self, testid: &str, keys: &str) {
        self.until(&format!("`{testid}` is seen"), &format!("one('{testid}')?.getClientRects().length")).await;
        let css = format!("[data-testid=\"{testid}\"]");
        let element = self.client.find(fantoccini::Locator::Css(&css)).await.expect("it was there just now");
        element.send_keys(keys).await.unwrap_or_else(|error| panic!("`{testid}` takes no keys: {error}"));
    }

    /// Chooses a value of a menu.
    pub async fn choose(&self, testid: &str, value: &str) {
        let choose = format!(
            "const select = one('{testid}'); select.value = '{value}'; \
             select.dispatchEvent(new Event('change', {{ bubbles: true }}));"
        );
        self.run(&choose).await;
    }

    /// Gives a file to a field for files.
    pub async fn upload(&self, testid: &str, path: &Path) {
        self.until(&format!("`{testid}` is seen"), &format!("one('{testid}')?.getClientRects().length")).await;
        let css = format!("[data-testid=\"{testid}\"]");
        let element = self.client.find(fantoccini::Locator::Css(&css)).await.expect("it was there just now");
        element.send_keys(&path.display().to_string()).await.expect("a field for files takes a path");
    }

    /// Has the browser save files in a folder, without asking.
    pub async fn save_to(&self, folder: &Path) {
        let folder = folder.display().to_string();
        self.devtools("Browser.setDownloadBehavior", json!({ "behavior": "allow", "downloadPath": folder })).await;
    }

    /// Returns the console's errors since the last call.
    pub async fn console_errors(&self) -> Vec<String> {
        self.console(&["SEVERE"]).await
    }

    /// Returns what the console said since the last call, of these levels.
    pub async fn console(&self, levels: &[&str]) -> Vec<String> {
        let entries = self.command("se/log", json!({ "type": "browser" })).await;
        let entries = entries.as_array().cloned().unwrap_or_default();
        let asked = entries.iter().filter(|entry| levels.iter().any(|level| entry["level"] == *level));
        asked.map(|entry| entry["message"].to_string()).collect()
    }

    /// Returns a picture of the page, as PNG.
    pub async fn screenshot(&self) -> Vec<u8> {
        self.client.screenshot().await.expect("the browser takes a picture")
    }

    /// Saves a picture as `target/screenshots/<name>.png`.
    pub async fn picture(&self, name: &str) {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots");
        let png = self.screenshot().await;
        std::fs::create_dir_all(&folder).expect("the target folder can be written");
        std::fs::write(folder.join(format!("{name}.png")), png).expect("the target folder can be written");
    }

    /// Closes the browser.
    pub async fn close(self) {
        self.client.close().await.expect("the browser closes");
    }

    /// Gives the browser a command of its `DevTools` protocol; returns what it answers.
    pub async fn devtools(&self, method: &str, parameters: Value) -> Value {
        self.command("goog/cdp/execute", json!({ "cmd": method, "params": parameters })).await
    }

    async fn command(&self, path: &'static str, body: Value) -> Value {
        let command = DriverCommand { path, body };
        match self.client.issue_cmd(command).await {
            Ok(value) => value,
            Err(error) => panic!("chromedriver refuses {path}: {error}"),
        }
    }
}

/// A command of chromedriver's own, beyond the `WebDriver` standard.
#[derive(Debug)]
struct DriverCommand {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for DriverCommand {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}
