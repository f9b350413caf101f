//! The page: a stage on which every message of the cluster is seen to travel.
//!
//! The screen is a function of the event log and a cursor ([`playback`]); where things stand is a function of
//! the stage's size ([`geometry`]). Both are plain Rust and tested without a browser. Only [`source`] talks to
//! the server, and only [`app`] connects the parts.

pub mod app;
pub mod by_hand;
pub mod cards;
pub mod causes;
pub mod commands;
pub mod compare;
pub mod components;
pub mod connection;
pub mod derived;
pub mod detail;
pub mod diagram;
pub mod draft;
pub mod export;
pub mod figure;
pub mod fixed;
pub mod focus;
pub mod followers;
pub mod gate;
pub mod geometry;
pub mod kept;
pub mod kind;
pub mod lang;
pub mod markup;
pub mod observe;
pub mod playback;
pub mod prelude;
pub mod reason;
pub mod rows;
pub mod run_file;
pub mod screen;
pub mod search;
pub mod source;
pub mod speech;
pub mod state;
pub mod theme;
pub mod timeline;
pub mod tokens;
pub mod values;
pub mod words;

/// Starts the page: puts it in place of what `index.html` showed while it was loading.
pub fn start() {
    console_error_panic_hook::set_once();
    if let Some(loading) = leptos::prelude::document().get_element_by_id("loading") {
        loading.remove();
    }
    leptos::mount::mount_to_body(app::App);
}
