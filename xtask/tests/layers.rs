//! Which module may use which: the modules of a crate stand in layers, and each uses only what stands below it.
//!
//! Read bottom-up, the lists are the order in which to read a crate. Tests may use whatever they like.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::Visit;

/// Modules of one crate that stand side by side.
#[derive(Clone, Copy, Debug)]
enum Layer {
    /// None of them uses another.
    Apart(&'static str),
    /// They are one recursive data model, and use each other.
    Together(&'static str),
}

use Layer::{Apart, Together};

/// The core, bottom first.
const SHARED: &[Layer] = &[
    Apart("clock hash id map rng rules time"),
    Apart("address excerpt json session"),
    Apart("config note request"),
    Apart("guarantee history"),
    // All that crosses the wire.
    Together("event gist message record view"),
    Apart("api digest merge pacing recorder steplog texts"),
    Apart("readers replica"),
    Apart("sim"),
];

/// The server, bottom first.
const BACKEND: &[Layer] = &[
    Apart("home intake lock random shares tally"),
    Apart("answer console identity secret"),
    Apart("mailbox presenter run store ui"),
    Apart("folder step_log"),
    Apart("error"),
    Apart("places"),
    Apart("feed http_client listen"),
    Apart("collector guard transport"),
    Apart("driver replica_http"),
    Apart("gateway replica_feed"),
    Apart("server"),
];

#[test]
fn modules_of_the_core_use_only_what_stands_below_them() {
    check("shared", SHARED);
}

#[test]
fn modules_of_the_server_use_only_what_stands_below_them() {
    check("backend", BACKEND);
}

#[track_caller]
fn check(name: &str, layers: &[Layer]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name).join("src");
    let uses = uses_of(&root);
    let wrong = wrong(&uses, layers);
    assert!(wrong.is_empty(), "{name}/src: the layers are those in {}\n{}", file!(), wrong.join("\n"));
}

/// Returns what is wrong with a crate's modules, a line each.
fn wrong(uses: &BTreeMap<String, BTreeSet<String>>, layers: &[Layer]) -> Vec<String> {
    let mut places = BTreeMap::new();
    for (height, layer) in layers.iter().enumerate() {
        let (Apart(names) | Together(names)) = layer;
        places.extend(names.split(' ').map(|name| (name, height)));
    }
    let known = places.keys().filter(|name| !uses.contains_key(**name));
    let mut wrong: Vec<String> =
        known.map(|name| format!("- there is no module `{name}`: take it out of its layer")).collect();
    for (user, used) in uses {
        let Some(here) = places.get(user.as_str()) else {
            wrong.push(format!("- `{user}` has no layer: put it above all that it uses"));
            continue;
        };
        for used in used {
            match places.get(used.as_str()) {
                Some(there) if there < here || (there == here && matches!(layers[*here], Together(_))) => {}
                Some(_) => wrong.push(format!(
                    "- `{user}` uses `{used}`, which does not stand below it: move the line to `{used}` or above, hand it what \
                     it needs as an argument, or move what both need to a module below both"
                )),
                // It is told above.
                None => {}
            }
        }
    }
    wrong
}

/// Returns which other modules each top-level module of a crate uses outside of its tests.
fn uses_of(root: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in files(root) {
        let path = module_path(root, &file);
        let Some(top) = path.first().filter(|top| !["lib", "main"].contains(&top.as_str())).cloned() else { continue };
        let text = fs::read_to_string(&file).expect("source can be read");
        let mut found = Found { path, all: BTreeSet::new() };
        found.visit_file(&syn::parse_file(&text).expect("source can be parsed"));
        uses.entry(top).or_default().extend(found.all);
    }
    let tops: BTreeSet<String> = uses.keys().cloned().collect();
    for (top, used) in &mut uses {
        used.retain(|other| other != top && tops.contains(other));
    }
    uses
}

/// Returns the source files below a folder, but for those of tests.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("it can be read").path();
        let is_tests = path.file_stem().is_some_and(|stem| stem == "tests");
        if path.is_dir() && !is_tests {
            all.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") && !is_tests {
            all.push(path);
        }
    }
    all
}

/// Returns the names that lead from the crate to the module in `file`.
fn module_path(root: &Path, file: &Path) -> Vec<String> {
    let inside = file.strip_prefix(root).expect("it is in there").with_extension("");
    inside.iter().map(|name| name.to_string_lossy().into_owned()).collect()
}

/// The modules that a file names.
struct Found {
    /// The module that is read now.
    path: Vec<String>,
    all: BTreeSet<String>,
}

impl Found {
    /// Takes the first name behind `crate`, or behind as many `super` as lead to it.
    fn take(&mut self, names: &[String]) {
        let mut above = self.path.clone();
        let mut names = names.iter();
        match names.next().map(String::as_str) {
            Some("crate") => above.clear(),
            Some("super") => drop(above.pop()),
            _ => return,
        }
        for name in names {
            if name != "super" {
                if above.is_empty() {
                    self.all.insert(name.clone());
                }
                return;
            }
            above.pop();
        }
    }

    fn take_tree(&mut self, before: &[String], tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => {
                self.take_tree(&[before, &[path.ident.to_string()]].concat(), &path.tree);
            }
            syn::UseTree::Name(name) => self.take(&[before, &[name.ident.to_string()]].concat()),
            syn::UseTree::Rename(name) => self.take(&[before, &[name.ident.to_string()]].concat()),
            syn::UseTree::Glob(_) => self.take(before),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.take_tree(before, tree)),
        }
    }
}

fn is_of_tests(attributes: &[syn::Attribute]) -> bool {
    let is_test = |meta: &syn::MetaList| meta.path.is_ident("cfg") && meta.tokens.to_string() == "test";
    attributes.iter().any(|attribute| attribute.meta.require_list().is_ok_and(is_test))
}

impl Visit<'_> for Found {
    fn visit_item_mod(&mut self, module: &syn::ItemMod) {
        if !is_of_tests(&module.attrs) {
            self.path.push(module.ident.to_string());
            syn::visit::visit_item_mod(self, module);
            self.path.pop();
        }
    }

    fn visit_item_fn(&mut self, function: &syn::ItemFn) {
        if !is_of_tests(&function.attrs) {
            syn::visit::visit_item_fn(self, function);
        }
    }

    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        if !is_of_tests(&item.attrs) {
            self.take_tree(&[], &item.tree);
        }
    }

    fn visit_path(&mut self, path: &syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.take(&names);
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, invoked: &syn::Macro) {
        // What a macro takes need not be Rust.
        for behind in invoked.tokens.to_string().split("crate :: ").skip(1) {
            let name: String = behind.chars().take_while(|char| char.is_alphanumeric() || *char == '_').collect();
            self.all.insert(name);
        }
    }
}
