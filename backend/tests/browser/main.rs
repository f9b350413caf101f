//! The page in a real browser: headless Chromium, driven by `WebDriver`, on a real `baton` process.
//!
//! `cargo xtask test --only browser` builds the page first and runs these; a plain `cargo test` leaves them out
//! (`test = false` in `Cargo.toml`), because they need Chromium and a built page. Every test has a server, a
//! data folder and a browser of its own. Elements are found by `data-testid`, and every wait is for a condition,
//! with a deadline. Pictures are left in `target/screenshots/`.

mod access;
mod axe;
mod bare;
mod by_hand;
mod case;
mod compose;
mod connection;
mod dev;
mod diagram;
mod driver;
mod faults;
mod feed;
mod figure;
mod files;
#[path = "../common/free_port.rs"]
mod free_port;
mod gate;
mod keyboard;
mod layout;
mod loading;
mod messages;
#[path = "../common/nginx.rs"]
mod nginx;
mod opening;
mod page;
mod palette;
mod proxy;
mod saving;
mod search;
mod server;
mod speech;
mod state;
mod tabs;
mod time;
mod upgrade;
