//! Everything that the page says to the outside and hears from it. No other module talks to the server.

pub mod batch;
pub mod build;
pub mod client;
pub mod clipboard;
pub mod deadline;
pub mod download;
pub mod live;
pub mod pack;
pub mod page_file;
pub mod pulse;
pub mod saved;
#[cfg(feature = "split")]
pub mod second_program;

use leptos::prelude::window;

/// Returns a path of the API as this page asks for it: from where it was loaded, because a proxy may show the server under a
/// path of its own.
fn from_here(path: &str) -> &str {
    path.strip_prefix('/').unwrap_or(path)
}

/// Returns where the server is, seen from this page: `http://127.0.0.1:9988`, or `https://notes.example/baton` behind a
/// proxy.
pub fn server() -> String {
    let location = window().location();
    let path = location.pathname().ok().filter(|_| saved::is_served()).unwrap_or_default();
    location.origin().unwrap_or_default() + folder(&path)
}

/// Returns the folder that a page lies in, without the `/` behind it.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_lies_in_a_folder_whatever_its_own_name() {
        for (path, expected) in
            [("/", ""), ("/index.html", ""), ("/baton/", "/baton"), ("/a/b/index.html", "/a/b"), ("", "")]
        {
            assert_eq!(folder(path), expected, "{path}");
        }
    }
}
