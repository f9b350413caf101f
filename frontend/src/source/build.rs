//! Which build of the page this is, and whether the server has another.
//!
//! `cargo xtask` names the folder of the page's files after their contents, and `index.html` names the folder. A page
//! stays open while its server is replaced: then that has a folder of another name, and the old one is gone.

use leptos::prelude::document;

use crate::lang::en;

/// Said of a part of the page that the server has no longer.
pub const GONE: &str =
    en("This part of the page is gone: Baton was rebuilt since the page was opened. Reload the page.");

/// Returns the address of the folder of this page's files; `None` for a page in one file.
pub fn folder() -> Option<String> {
    let first =
        document().query_selector("link[rel=preload][type=\"application/wasm\"]").ok()??.get_attribute("href")?;
    first.rsplit_once('/').map(|(folder, _)| folder.to_owned())
}

/// Whether the page that the server has is another than this one.
pub fn is_older_than(served: &str) -> bool {
    folder().is_some_and(|folder| differs(&folder, served))
}

fn differs(folder: &str, served: &str) -> bool {
    // Trunk's pages, for development, have no such folder, and reload themselves.
    folder.contains("/page-") && !folder.ends_with(served)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_its_build_wherever_it_lies() {
        let (this, other) = ("page-0123456789abcdef", "page-fedcba9876543210");
        for folder in ["./page-0123456789abcdef", "/a/page-0123456789abcdef"] {
            assert_eq!([differs(folder, this), differs(folder, other)], [false, true], "{folder}");
        }
        assert!(!differs("", other) && !differs(".", other));
    }
}
