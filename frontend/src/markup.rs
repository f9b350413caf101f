//! Markup as text: what is drawn as one piece, and what is saved as a picture.

/// Writes an element: its name, its attributes, and the markup inside it. What attributes say is escaped here.
pub fn tag(name: &str, attributes: &[(&str, &str)], inside: &str) -> String {
    let mut text = String::with_capacity(128 + inside.len());
    text.push('<');
    text.push_str(name);
    for (key, value) in attributes {
        text.push(' ');
        text.push_str(key);
        text.push_str("=\"");
        push_escaped(&mut text, value);
        text.push('"');
    }
    text.push('>');
    text.push_str(inside);
    text.push_str("</");
    text.push_str(name);
    text.push('>');
    text
}

/// Writes text so that it stands in markup.
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    push_escaped(&mut safe, text);
    safe
}

fn push_escaped(safe: &mut String, text: &str) {
    for char in text.chars() {
        match char {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            // Not allowed in XML, not even escaped.
            '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => safe.push(' '),
            other => safe.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_stays_text() {
        let title = "\"><script>alert(1)</script>&\u{1}";
        let safe = "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp; ";
        assert_eq!(escaped(title), safe);
        assert_eq!(
            tag("b", &[("title", title), ("class", "x")], safe),
            format!("<b title=\"{safe}\" class=\"x\">{safe}</b>")
        );
    }
}
