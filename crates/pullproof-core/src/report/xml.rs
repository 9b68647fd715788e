//! XML, as little as reports need of it: elements with attributes, in order, nothing read.

/// A document that is being written.
pub(super) struct Xml {
    text: String,
    /// The elements that are open, outermost first.
    open: Vec<&'static str>,
}

impl Xml {
    pub(super) fn new() -> Xml {
        Xml {
            text: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(),
            open: Vec::new(),
        }
    }

    /// Opens an element; what follows is inside of it.
    pub(super) fn open(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        self.start(name, attributes);
        self.text.push_str(">\n");
        self.open.push(name);
    }

    /// Closes the innermost open element.
    pub(super) fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            self.indent();
            self.text.push_str(&format!("</{name}>\n"));
        }
    }

    /// Adds an element without content.
    pub(super) fn empty(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        self.start(name, attributes);
        self.text.push_str("/>\n");
    }

    /// Adds an element with text.
    pub(super) fn element(
        &mut self,
        name: &'static str,
        attributes: &[(&str, &str)],
        content: &str,
    ) {
        self.start(name, attributes);
        self.text.push('>');
        escape(content, &mut self.text);
        self.text.push_str(&format!("</{name}>\n"));
    }

    /// The document, with everything closed.
    pub(super) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.text
    }

    fn start(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.indent();
        self.text.push_str(&format!("<{name}"));
        for (key, value) in attributes {
            self.text.push_str(&format!(" {key}=\""));
            // Readers turn a bare end of line in an attribute into a space.
            let mut escaped = String::new();
            escape(value, &mut escaped);
            self.text.push_str(&escaped.replace('\n', "&#10;"));
            self.text.push('"');
        }
    }

    fn indent(&mut self) {
        self.text.push_str(&"  ".repeat(self.open.len()));
    }
}

/// From XML 1.0, section 2.2: most control characters cannot be written at all, not even escaped,
/// so they are written as in Rust.
fn escape(text: &str, target: &mut String) {
    for character in text.chars() {
        match character {
            '&' => target.push_str("&amp;"),
            '<' => target.push_str("&lt;"),
            '>' => target.push_str("&gt;"),
            '"' => target.push_str("&quot;"),
            '\'' => target.push_str("&apos;"),
            '\t' => target.push_str("&#9;"),
            '\r' => target.push_str("&#13;"),
            '\n' => target.push('\n'),
            '\u{fffe}' | '\u{ffff}' => target.extend(character.escape_unicode()),
            character if character.is_control() => target.extend(character.escape_unicode()),
            character => target.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_written_is_escaped() {
        let mut xml = Xml::new();
        xml.open("a", &[("b", "<\"&'>\n\t")]);
        xml.element("c", &[], "]]>\u{0}\u{1b}\u{ffff}\r\nä");
        xml.empty("d", &[]);
        let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
            <a b=\"&lt;&quot;&amp;&apos;&gt;&#10;&#9;\">\n  \
            <c>]]&gt;\\u{0}\\u{1b}\\u{ffff}&#13;\nä</c>\n  \
            <d/>\n\
            </a>\n";
        assert_eq!(xml.finish(), expected);
    }
}
