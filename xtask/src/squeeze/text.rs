//! Scripts and style sheets without what only people read: comments, and space that has no meaning.
//!
//! As much as a minifier that knows the languages makes of the style sheets, and two thirds of what it makes of the
//! script, for some lines in place of a hundred crates.

/// Returns a script without its comments and the space before its lines.
///
/// Only comments that have lines of their own, so that it need not tell comments from what stands in quotes; with code
/// behind a comment, or a text that goes over several lines, it stays as it is.
pub fn script(text: &str) -> String {
    let is_odd =
        |line: &str| line.matches('`').count() % 2 == 1 || line.trim_end().trim_end_matches("*/").contains("*/");
    if text.lines().any(is_odd) {
        return text.to_owned();
    }
    let (mut left, mut in_comment) = (String::new(), false);
    for line in text.lines().map(str::trim) {
        in_comment |= line.starts_with("/*");
        if !in_comment && !line.is_empty() && !line.starts_with("//") {
            left += line;
            left.push('\n');
        }
        in_comment &= !line.ends_with("*/");
    }
    left
}

/// Returns a style sheet without its comments, and with space only where it has a meaning.
pub fn sheet(text: &str) -> String {
    let (mut left, mut rest, mut space) = (String::new(), text, false);
    while let Some(first) = rest.chars().next() {
        let length = length(rest, first);
        let (piece, after) = rest.split_at(length);
        rest = after;
        if piece.starts_with("/*") || first.is_whitespace() {
            space = true;
            continue;
        }
        if space
            && !left.is_empty()
            && !left.ends_with(['{', '}', ';', ',', ':'])
            && !piece.starts_with(['{', '}', ';', ','])
        {
            left.push(' ');
        }
        if first == '}' && left.ends_with(';') {
            left.pop();
        }
        left += piece;
        space = false;
    }
    left
}

/// Returns how long the piece of a style sheet is that begins with `first`: a comment, something in quotes, a letter.
fn length(text: &str, first: char) -> usize {
    let up_to = |end: &str, from: usize| text[from..].find(end).map_or(text.len(), |at| from + at + end.len());
    match first {
        '/' if text.starts_with("/*") => up_to("*/", 2),
        '"' | '\'' => up_to(if first == '"' { "\"" } else { "'" }, 1),
        _ => first.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_loses_comments_and_indentation() {
        let text =
            "/**\n * What it is.\n */\nfunction a() {\n\n    // Why.\n    /* How. */\n    return 'http://b' // c\n}\n";
        assert_eq!(script(text), "function a() {\nreturn 'http://b' // c\n}\n");
    }

    #[test]
    fn a_script_that_is_written_otherwise_stays_as_it_is() {
        for text in ["const a = `\n    // no comment`;\n", "  /* a */ b();\n", "  /* a\n */ b(); /* c */\n"] {
            assert_eq!(script(text), text);
        }
        assert_eq!(script("  a = `b`;"), "a = `b`;\n");
    }

    #[test]
    fn a_sheet_keeps_the_space_that_has_a_meaning() {
        let check = |text, expected| assert_eq!(sheet(text), expected);
        check(
            "/* a */\n.a :hover,\n.a > b {\n  margin: 0 -1px;\n}\n\n.c {\n}\n",
            ".a :hover,.a > b{margin:0 -1px}.c{}",
        );
        check("a::before { content: \"; } /* x */  y\"; }", "a::before{content:\"; } /* x */  y\"}");
        check(
            "@media (width < 3px) and (color) { a { b: calc(1px + 2px) } }",
            "@media (width < 3px) and (color){a{b:calc(1px + 2px)}}",
        );
        check("a { font: 1px/* b */'c  d', e; --f: ; }", "a{font:1px 'c  d',e;--f:}");
        check("a { /* never ends", "a{");
    }
}
