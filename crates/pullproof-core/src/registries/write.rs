//! Writing registries.conf byte for byte as the Machine Config Operator of each release does.

use super::{Conf, Table, TableMirror};
use crate::bytes::is_printable_in_quotes;
use crate::file::Spanned;
use crate::openshift::OpenShift;
use crate::order;

/// A configuration as the text of registries.conf.
pub fn conf(conf: &Conf, version: OpenShift) -> String {
    written(conf, version).text
}

/// The same, and where in the text the header of each table and mirror stands, in order.
pub(crate) fn conf_with_headers(conf: &Conf, version: OpenShift) -> (String, Vec<u32>) {
    let Writer { text, headers, .. } = written(conf, version);
    (text, headers)
}

fn written(conf: &Conf, version: OpenShift) -> Writer {
    // From BurntSushi/toml, encode.go, over containers/image, sysregistriesv2 V2RegistriesConf.
    // What most tables and mirrors take, which saves growing step by step.
    const TABLE_BYTES: usize = 128;
    let n_tables = conf.tables.iter().map(|table| 1 + table.mirrors.len());
    let n_tables: usize = n_tables.sum();
    let mut writer = Writer {
        text: String::with_capacity(TABLE_BYTES * (1 + n_tables)),
        headers: Vec::with_capacity(n_tables),
        version,
    };
    writer.keys(conf);
    for table in &conf.tables {
        writer.table(table);
    }
    writer.aliases(conf);
    writer
}

/// What begins a table.
pub(crate) const TABLE: &str = "[[registry]]";

/// What begins a mirror, behind two spaces.
pub(crate) const MIRROR: &str = "[[registry.mirror]]";

/// The path of the drop-in for `containerRuntimeSearchRegistries`.
pub const SEARCH_PATH: &str = "/etc/containers/registries.conf.d/01-image-searchRegistries.conf";

/// The text of the drop-in for `containerRuntimeSearchRegistries`.
pub fn search(registries: &[Spanned<String>], version: OpenShift) -> String {
    // From openshift/machine-config-operator, pkg/controller/container-runtime-config/helpers.go
    // updateSearchRegistriesConfig.
    let dropin = Conf {
        search: Some(registries.to_vec()),
        ..Conf::default()
    };
    conf(&dropin, version)
}

struct Writer {
    text: String,
    /// Where the headers of tables and mirrors are.
    headers: Vec<u32>,
    version: OpenShift,
}

impl Writer {
    fn keys(&mut self, conf: &Conf) {
        if conf.has_tables && conf.tables.is_empty() {
            self.list("registry", &[]);
        }
        if let Some(search) = &conf.search {
            let texts: Vec<&str> = search.iter().map(|text| text.value.as_str()).collect();
            self.list("unqualified-search-registries", &texts);
        }
        // The library that 4.6 to 4.8 write with has no other key.
        if self.version < OpenShift::V4_9 {
            return;
        }
        if let Some(helpers) = &conf.credential_helpers {
            let texts: Vec<&str> = helpers.iter().map(String::as_str).collect();
            self.list("credential-helpers", &texts);
        }
        self.pair("", "short-name-mode", &conf.short_name_mode);
        if OpenShift::V4_19 <= self.version {
            let helper = &conf.layer_store_auth_helper;
            self.pair("", "additional-layer-store-auth-helper", helper);
        }
    }

    fn table(&mut self, table: &Table) {
        self.table_header("", TABLE);
        self.pair("  ", "prefix", &table.prefix);
        self.text_if("  ", "location", &table.location);
        self.flag_if("  ", "insecure", table.insecure);
        if OpenShift::V4_11 <= self.version {
            self.text_if("  ", "pull-from-mirror", &table.pull_from_mirror);
        }
        self.flag_if("  ", "blocked", table.blocked);
        self.flag_if("  ", "mirror-by-digest-only", table.mirror_by_digest_only);
        for mirror in &table.mirrors {
            self.mirror(mirror);
        }
    }

    fn mirror(&mut self, mirror: &TableMirror) {
        self.table_header("  ", MIRROR);
        self.text_if("    ", "location", &mirror.location);
        self.flag_if("    ", "insecure", mirror.insecure);
        if OpenShift::V4_11 <= self.version {
            self.text_if("    ", "pull-from-mirror", &mirror.pull_from_mirror);
        }
    }

    fn aliases(&mut self, conf: &Conf) {
        if !conf.has_aliases || self.version < OpenShift::V4_9 {
            return;
        }
        let mut aliases: Vec<(&str, &str)> = conf
            .aliases
            .iter()
            .map(|(name, target)| (name.value.as_str(), target.value.as_str()))
            .collect();
        order::sort(&mut aliases);
        self.header("", "[aliases]");
        for (name, target) in aliases {
            let is_bare = !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
            let key = if is_bare {
                name.to_owned()
            } else {
                quoted(name, self.version)
            };
            self.pair("  ", &key, target);
        }
    }

    fn table_header(&mut self, indent: &str, header: &str) {
        self.header(indent, header);
        let start = self.text.len() - header.len() - "\n".len();
        // Texts of 4 GiB are refused long before.
        self.headers.push(u32::try_from(start).unwrap_or(u32::MAX));
    }

    /// An empty line goes before every table, but not at the start of a file.
    fn header(&mut self, indent: &str, header: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(indent);
        self.text.push_str(header);
        self.text.push('\n');
    }

    fn list(&mut self, key: &str, texts: &[&str]) {
        let quoted: Vec<String> = texts
            .iter()
            .map(|text| quoted(text, self.version))
            .collect();
        self.line("", key, &format!("[{}]", quoted.join(", ")));
    }

    fn pair(&mut self, indent: &str, key: &str, text: &str) {
        for part in [indent, key, " = "] {
            self.text.push_str(part);
        }
        push_quoted(text, self.version, &mut self.text);
        self.text.push('\n');
    }

    fn text_if(&mut self, indent: &str, key: &str, text: &str) {
        if !text.is_empty() {
            self.pair(indent, key, text);
        }
    }

    fn flag_if(&mut self, indent: &str, key: &str, flag: bool) {
        if flag {
            self.line(indent, key, "true");
        }
    }

    fn line(&mut self, indent: &str, key: &str, value: &str) {
        for part in [indent, key, " = ", value, "\n"] {
            self.text.push_str(part);
        }
    }
}

fn quoted(text: &str, version: OpenShift) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    push_quoted(text, version, &mut quoted);
    quoted
}

fn push_quoted(text: &str, version: OpenShift, quoted: &mut String) {
    // The encoder of 4.6 to 4.9 (toml 0.3.1) writes other control characters as they are.
    let is_thorough = OpenShift::V4_10 <= version;
    quoted.push('"');
    if is_printable_in_quotes(text.as_bytes()) {
        quoted.push_str(text);
        quoted.push('"');
        return;
    }
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\t' => quoted.push_str("\\t"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\x08' if is_thorough => quoted.push_str("\\b"),
            '\x0c' if is_thorough => quoted.push_str("\\f"),
            '\0'..='\x1f' | '\x7f' if is_thorough => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_as_the_encoder_of_the_release_does() {
        let check = |text: &str, version: OpenShift, expected: &str| {
            let table = Table {
                prefix: text.to_owned(),
                ..Table::default()
            };
            let written = conf(
                &Conf {
                    tables: vec![table],
                    ..Conf::default()
                },
                OpenShift::V4_8.max(version),
            );
            let line = format!("  prefix = \"{expected}\"\n");
            assert!(written.contains(&line), "{text:?}: {written}");
        };
        let newest = OpenShift::NEWEST;
        check("a\"b\\c", newest, "a\\\"b\\\\c");
        check(
            "\0\x08\t\n\x0b\x0c\r",
            newest,
            "\\u0000\\b\\t\\n\\u000b\\f\\r",
        );
        check("\x1f\x7f\u{80}ä😀'<", newest, "\\u001f\\u007f\u{80}ä😀'<");
        check(
            "\x08\t\n\x0c\r\x7f",
            OpenShift::V4_9,
            "\x08\\t\\n\x0c\\r\x7f",
        );
        check("\x7f", OpenShift::V4_10, "\\u007f");
    }

    #[test]
    fn an_empty_file_starts_without_an_empty_line() {
        let table = Table {
            location: "a.com".to_owned(),
            ..Table::default()
        };
        let with_table = Conf {
            tables: vec![table],
            ..Conf::default()
        };
        let written = conf(&with_table, OpenShift::V4_8);
        assert_eq!(
            written,
            "[[registry]]\n  prefix = \"\"\n  location = \"a.com\"\n"
        );
        assert_eq!(conf(&Conf::default(), OpenShift::V4_8), "");
    }
}
