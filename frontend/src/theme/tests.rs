//! The colours of `tokens.css` can be told apart: 4.5 : 1 for text, 7 : 1 on a projector and in high contrast.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const TOKENS: &str = include_str!("../../style/tokens.css");

type Color = [f64; 3];

/// Returns the colours of a block, first for light and then for dark.
fn colors(block: &'static str) -> [BTreeMap<&'static str, Color>; 2] {
    let mut both = [BTreeMap::new(), BTreeMap::new()];
    for line in block.lines() {
        let Some((name, values)) = line.trim().split_once(": light-dark(") else { continue };
        for (theme, value) in both.iter_mut().zip(values.trim_end_matches(");").split(", ")) {
            if let Some(color) = value.strip_prefix('#') {
                theme.insert(name.trim_start_matches('-'), parse(color));
            }
        }
    }
    both
}

fn parse(hex: &str) -> Color {
    [0, 2, 4].map(|at| f64::from(u8::from_str_radix(&hex[at..at + 2], 16).expect("two digits")) / 255.0)
}

/// The luminance as WCAG 2.2 defines it.
fn luminance(color: Color) -> f64 {
    let linear = color.map(|part| if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) });
    linear[0] * 0.2126 + linear[1] * 0.7152 + linear[2] * 0.0722
}

fn contrast(one: Color, other: Color) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// A ground tinted with an accent, as the style sheets mix it.
fn tint(accent: Color, surface: Color) -> Color {
    [0, 1, 2].map(|part| accent[part] * 0.14 + surface[part] * 0.86)
}

const ACCENTS: [&str; 6] = ["write", "update", "ack", "move", "reply", "lost"];

fn too_weak(theme: &BTreeMap<&str, Color>, least: f64) -> Vec<String> {
    let mut weak = Vec::new();
    let mut check = |words: &str, ground: &str, on: Color| {
        if contrast(theme[words], on) < least {
            weak.push(format!("{words} on {ground} is {:.2}", contrast(theme[words], on)));
        }
    };
    for ground in ["ground", "surface", "changed"] {
        for words in ["text", "muted", "faint"].iter().chain(&ACCENTS) {
            check(words, ground, theme[ground]);
        }
    }
    for accent in ACCENTS {
        check("on-accent", accent, theme[accent]);
        for words in ["text", "muted", "faint", accent] {
            check(words, &format!("tinted {accent}"), tint(theme[accent], theme["surface"]));
        }
    }
    weak
}

/// Returns the block of `tokens.css` that begins with `selector`.
fn block(selector: &str) -> &'static str {
    let (_, rest) = TOKENS.split_once(&format!("\n{selector} {{")).unwrap_or_else(|| panic!("there is {selector}"));
    rest.split_once("\n}").map_or(rest, |(block, _)| block)
}

/// The colours under a look: its own, and else the usual ones.
fn looked(selector: &str) -> [BTreeMap<&'static str, Color>; 2] {
    let mut both = colors(block(":root"));
    for (theme, own) in both.iter_mut().zip(colors(block(selector))) {
        theme.extend(own);
    }
    both
}

#[test]
fn every_text_can_be_told_from_its_ground() {
    let looks = [(":root", 4.5), (":root[data-projector=\"on\"]", 7.0), (":root[data-theme=\"contrast\"]", 7.0)];
    for (look, least) in looks {
        for (theme, name) in looked(look).iter().zip(["light", "dark"]) {
            assert!(theme.len() > 15, "{name} has all its colours");
            let weak = too_weak(theme, least);
            assert!(weak.is_empty(), "below {least} in {look}, {name}: {weak:#?}");
        }
    }
}

/// Where the system forces its colours, none of ours is left.
#[test]
fn forced_colours_are_the_systems() {
    let (_, forced) = TOKENS.split_once("@media (forced-colors: active)").expect("there are forced colours");
    let values = |css: &'static str| {
        let lines = css.lines().filter_map(|line| line.trim().split_once(": "));
        lines.filter(|(name, _)| name.starts_with("--")).collect::<BTreeMap<_, _>>()
    };
    let (usual, forced) = (values(block(":root")), values(forced));
    let ours = usual.iter().filter(|(_, value)| value.contains("light-dark")).map(|(name, _)| name);
    let left: Vec<_> = ours.filter(|name| !forced.contains_key(**name)).collect();
    assert!(usual.len() > 20 && left.is_empty(), "not forced: {left:?}");
    assert!(forced.values().all(|value| !value.contains('#') && !value.contains("light-dark")), "{forced:?}");
}

/// The style sheets, each with its path.
fn sheets() -> impl Iterator<Item = (PathBuf, String)> {
    let folders = ["src/components", "style"].map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
    let entries = folders.into_iter().flat_map(|folder| fs::read_dir(folder).expect("the sheets are here"));
    let paths = entries.map(|entry| entry.expect("the folder can be read").path());
    let sheets = paths.filter(|path| path.extension().is_some_and(|ending| ending == "css"));
    sheets.map(|path| (path.clone(), fs::read_to_string(path).expect("the file can be read")))
}

/// What is drawn with lines is drawn with thicker ones in high contrast.
#[test]
fn every_line_has_its_weight() {
    let mut lines = 0;
    for (path, css) in sheets() {
        // What is there for the pointer alone cannot be seen.
        for rule in css.split('}').filter(|rule| !rule.contains("stroke: transparent")) {
            let widths = rule.lines().filter(|line| line.trim().starts_with("stroke-width:"));
            let thin: Vec<_> = widths.clone().filter(|line| !line.contains("var(--weight)")).collect();
            assert!(thin.is_empty(), "{}: {thin:?}", path.display());
            lines += widths.count();
        }
    }
    assert!(lines > 12, "only {lines} lines are found");
}

/// `:has()` on what holds much makes browsers style all that is in it anew whenever a part comes or goes: with 300
/// messages on the stage 15 ms for each frame in which something happens. A class on the one says the same.
#[test]
fn no_style_looks_for_what_is_inside() {
    let looking: Vec<_> = sheets().filter(|(_, css)| css.contains(":has(")).map(|(path, _)| path).collect();
    assert!(looking.is_empty(), "`:has()` in {looking:?}: set a class on the outer element instead");
}
