//! What is rendered, loaded as a node does, with the place of each table.

use super::RENDERED_NAME;
use crate::file::{FileId, Files, Span};
use crate::openshift::OpenShift;
use crate::registries::Conf;
use crate::registries::load::{Registries, load_from};
use crate::registries::load_error::LoadError;
use crate::registries::write::{MIRROR, SEARCH_PATH, TABLE};
use crate::render::{self, NodeFiles};

/// Loads what is rendered, each table with its place, which it gets here.
pub(super) fn load(
    files: &mut Files,
    node: &mut NodeFiles,
    version: OpenShift,
) -> Result<Registries, Vec<LoadError>> {
    let template;
    let main = match &mut node.registries_conf {
        Some(main) => {
            let file = files.add(RENDERED_NAME, main.text.as_str());
            place_tables(&mut main.value, &node.headers, file);
            place_search(&mut main.value, &main.text, file);
            &main.value
        }
        None => {
            let mut conf = render::template();
            let file = files.add(RENDERED_NAME, render::TEMPLATE);
            place_search(&mut conf, render::TEMPLATE, file);
            template = conf;
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

/// Gives each table of a rendered configuration its place in the text.
///
/// With it it is what a node reads, and keeps its origins. Decoding the text would give the same,
/// which a test below holds to, but takes as long as everything else together.
fn place_tables(conf: &mut Conf, headers: &[u32], file: FileId) {
    let mut headers = headers.iter().map(|start| *start as usize);
    let mut place = |header: &str| {
        let start = headers.next()?;
        Some(Span::new(file, start, start + header.len()))
    };
    for table in &mut conf.tables {
        table.span = place(TABLE);
        for mirror in &mut table.mirrors {
            mirror.span = place(MIRROR);
        }
    }
}

/// Gives the search registries theirs: the first line.
fn place_search(conf: &mut Conf, text: &str, file: FileId) {
    let first_line = text.bytes().position(|byte| byte == b'\n');
    for registry in conf.search.iter_mut().flatten() {
        registry.span = Span::new(file, 0, first_line.unwrap_or(text.len()));
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
            place_tables(&mut read, &node.headers, input);
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
