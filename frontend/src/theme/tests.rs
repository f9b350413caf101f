//! The colours of `tokens.css` can be told apart: 4.5 : 1 for text, 7 : 1 in high contrast.

use std::collections::BTreeMap;

const TOKENS: &str = include_str!("../../style/tokens.css");

type Color = [f64; 3];

/// Returns the colours of a block, first for light and then for dark.
fn colors(block: &str) -> [BTreeMap<&str, Color>; 2] {
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

/// A ground tinted with an accent, as `base.css` mixes it.
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

#[test]
fn every_text_can_be_told_from_its_ground() {
    let (usual, high) = TOKENS.split_once(":root[data-theme=\"contrast\"]").expect("there is high contrast");
    for (block, least) in [(usual, 4.5), (high, 7.0)] {
        for (theme, name) in colors(block).iter().zip(["light", "dark"]) {
            assert!(theme.len() > 15, "{name} has all its colours");
            let weak = too_weak(theme, least);
            assert!(weak.is_empty(), "below {least} in {name}: {weak:#?}");
        }
    }
}
