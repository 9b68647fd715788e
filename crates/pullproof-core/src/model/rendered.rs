//! What is rendered, loaded as a node does, with the place of each table.

use super::RENDERED_NAME;
use crate::file::{FileId, Files, Span};
use crate::openshift::OpenShift;
use crate::registries::Conf;
use crate::registries::load::{Registries, load_from};
use crate::registries::load_error::LoadError;
use crate::registries::write::SEARCH_PATH;
use crate::render::{self, NodeFiles};

/// Loads what is rendered, each table with its place, which it gets here.
pub(super) fn load(
    files: &mut Files,
    node: &mut NodeFiles,
    version: OpenShift,
) -> Result<Registries, Vec<LoadError>> {
    let mut template;
    let main = match &mut node.registries_conf {
        Some(main) => {
            place_tables(
                &mut main.value,
                &main.text,
                files.add(RENDERED_NAME, main.text.as_str()),
            );
            &main.value
        }
        None => {
            template = render::template();
            let text = render::TEMPLATE;
            place_tables(&mut template, text, files.add(RENDERED_NAME, text));
            &template
        }
    };
    if let Some(search) = &node.search_conf {
        // All of it is from the image configuration, which is a better place to point at.
        files.add(SEARCH_PATH, search.text.as_str());
    }
    let drop_in = node
        .search_conf
        .as_ref()
        .map(|search| (SEARCH_PATH, &search.value));
    let main = std::iter::once((RENDERED_NAME, main));
    load_from(main, drop_in.into_iter(), version)
}

/// Gives each table of a rendered text, and the search registries, their places there.
///
/// With them it is what a node reads, and keeps its origins. Decoding the text would give the
/// same, which a test below holds to, but takes as long as everything else together. Headers
/// stand at the start of lines or behind two spaces, and strings never go on over a line's end.
fn place_tables(conf: &mut Conf, text: &str, file: FileId) {
    const TABLE: &str = "[[registry]]";
    const MIRROR: &str = "[[registry.mirror]]";
    let bytes = text.as_bytes();
    let first_line = bytes.iter().position(|byte| *byte == b'\n');
    for registry in conf.search.iter_mut().flatten() {
        registry.span = Span::new(file, 0, first_line.unwrap_or(text.len()));
    }
    let mut tables = conf.tables.iter_mut();
    let mut mirrors = [].iter_mut();
    for (start, _) in text.match_indices('[') {
        let before = &bytes[..start];
        let is_table = before.is_empty() || before.ends_with(b"\n");
        let is_mirror = before.ends_with(b"\n  ");
        let line = &bytes[start..];
        if is_table
            && line.starts_with(TABLE.as_bytes())
            && let Some(table) = tables.next()
        {
            table.span = Some(Span::new(file, start, start + TABLE.len()));
            mirrors = table.mirrors.iter_mut();
        } else if is_mirror
            && line.starts_with(MIRROR.as_bytes())
            && let Some(mirror) = mirrors.next()
        {
            mirror.span = Some(Span::new(file, start, start + MIRROR.len()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Model, Settings};
    use crate::registries::{Places, conf};

    #[test]
    fn what_is_read_back_is_what_decoding_gives() {
        let objects = "\
            {\"apiVersion\":\"config.openshift.io/v1\",\"kind\":\"ImageDigestMirrorSet\",\
            \"metadata\":{\"name\":\"a\"},\"spec\":{\"imageDigestMirrors\":[\
            {\"source\":\"a.io/x\",\"mirrors\":[\"m.io/a\",\"n.io\"],\
            \"mirrorSourcePolicy\":\"NeverContactSource\"},\
            {\"source\":\"*.b.io\",\"mirrors\":[\"m.io/b\"]}]}}\n---\n\
            {\"apiVersion\":\"config.openshift.io/v1\",\"kind\":\"Image\",\
            \"metadata\":{\"name\":\"cluster\"},\"spec\":{\"registrySources\":{\
            \"insecureRegistries\":[\"n.io\",\"[[registry]]\\n[[registry]]\"],\
            \"blockedRegistries\":[\"a.io/x/y\",\"c.io\"]}}}\n";
        // Before 4.23 any text may stand in the lists, even one that looks like a header.
        for version in [OpenShift::V4_16, OpenShift::V4_22] {
            let mut files = Files::new();
            let input = files.add("input.yaml", objects);
            let settings = Settings {
                version,
                release_image: None,
            };
            let model = Model::build(&mut files, &[input], &settings);
            let node = model.node.as_ref().map_err(Vec::len).unwrap();
            let written = node.registries_conf.as_ref().unwrap();
            let mut read = written.value.clone();
            place_tables(&mut read, &written.text, input);
            let file = files.add(RENDERED_NAME, written.text.as_str());
            let decoded = conf::decode(&files, file).unwrap();
            assert_eq!(read.tables.len(), 6);
            assert_eq!(read.tables.len(), decoded.tables.len());
            let places = |conf: &Conf| {
                let mut places = Vec::new();
                for table in &conf.tables {
                    places.push(table.span.map(Span::range));
                    places.extend(table.mirrors.iter().map(|it| it.span.map(Span::range)));
                }
                places
            };
            assert_eq!(places(&read), places(&decoded));
            let plain = |conf: &Conf| {
                let mut conf = conf.clone();
                for table in &mut conf.tables {
                    (table.span, table.has_mirrors) = (None, false);
                    table.places = Places::default();
                    table.origins.clear();
                    for mirror in &mut table.mirrors {
                        mirror.span = None;
                        mirror.places = Places::default();
                        mirror.origins.clear();
                    }
                }
                conf.tables
            };
            assert_eq!(plain(&read), plain(&decoded));
        }
    }
}
