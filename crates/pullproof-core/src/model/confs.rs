//! The registries.conf files among the inputs, and what nodes make of those that go together.

use crate::document::Problem;
use crate::document::toml::first_of_1_1;
use crate::file::{FileId, Files, Span};
use crate::openshift::OpenShift;
use crate::order;
use crate::registries::carried::CarriedConf;
use crate::registries::conf::{self, DecodeError};
use crate::registries::entry::Registry;
use crate::registries::load::{Registries, load_each};
use crate::registries::load_error::LoadError;
use crate::registries::{CONF_PATH, Conf, Places, Table};
use crate::resolve::endpoint_fault::{self, EndpointFault};
use crate::resolve::source_fate::{self, SourceFate};
use crate::sorted::{Map, Set};

/// The name of the main file, whose drop-ins are in a directory named like it.
const MAIN_NAME: &str = "registries.conf";

/// What the name of the directory of drop-ins has behind that.
const DROP_IN_ENDING: &str = ".d";

/// A registries.conf among the inputs, not read yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GivenConf {
    /// A file.
    File(FileId),
    /// What an object carries.
    Carried(CarriedConf),
}

/// The files that a node reads together; often only one is given.
pub struct ConfSet {
    /// The files, in the order in which nodes read them.
    pub files: Vec<ConfFile>,
    /// What keeps nodes from loading those that can be decoded.
    pub errors: Vec<LoadError>,
    /// What nodes make of all; `None` where they load nothing.
    pub registries: Option<Registries>,
    /// Mirrors that never answer a pull, by entry and mirror; empty where nothing is loaded.
    pub endpoint_faults: Vec<EndpointFault>,
    /// What becomes of pulls at locations that are not their prefix; empty where nothing is loaded.
    pub source_fates: Vec<SourceFate>,
}

/// One registries.conf, or drop-in of one.
pub struct ConfFile {
    /// Its name.
    pub name: String,
    /// Its text.
    pub file: FileId,
    /// The field of an object that carries the text; `None` for a file.
    pub carried_in: Option<Span>,
    /// Whether it is a drop-in.
    pub is_drop_in: bool,
    /// Whether its text starts with a byte order mark.
    pub text_starts_with_mark: bool,
    /// The first byte that is no TOML 1.0; `None` where all of it is.
    pub first_of_1_1: Option<usize>,
    /// What it says.
    pub conf: Result<Conf, DecodeError>,
}

impl ConfSet {
    /// The field of an object that carries a file of the set; `None` where none does.
    pub fn carried_in(&self, file: FileId) -> Option<Span> {
        let found = self.files.iter().find(|conf| conf.file == file);
        found.and_then(|conf| conf.carried_in)
    }

    /// The table that an entry in force was read from; `None` in version 1 of the format.
    pub fn table(&self, registry: &Registry) -> Option<&Table> {
        let conf = self.files.get(registry.file_idx)?.conf.as_ref().ok()?;
        let table = conf.tables.get(registry.table_idx)?;
        (table.span == registry.span).then_some(table)
    }

    /// Where the values of an entry in force are.
    pub fn places(&self, registry: &Registry) -> Places {
        self.table(registry)
            .map_or(Places::default(), |table| table.places)
    }

    /// Where the location of a mirror in force is, or else its table.
    pub fn mirror_place(&self, registry: &Registry, mirror_idx: usize) -> Option<Span> {
        let mirror = self.table(registry)?.mirrors.get(mirror_idx)?;
        mirror.places.location.or(mirror.span)
    }
}

/// Which files belong together.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    /// Those of a directory, by its name.
    Directory(String),
    /// Those of a pool of nodes, by its name.
    Pool(String),
    /// One alone, counted from 0.
    Alone(usize),
}

/// Where a file stands in its group: the main file first, the others by name.
type Order = (bool, String);

/// What is known of a file before it is decoded.
struct Found {
    group: Group,
    order: Order,
    file: FileId,
    carried_in: Option<Span>,
}

/// Reads what was given; carried texts join `files`. Of a file that is no TOML, what is wrong is
/// told as well.
///
/// From containers/image, pkg/sysregistriesv2 `dropInConfigs`: drop-ins are read by name.
#[cold]
#[inline(never)]
pub(super) fn read(
    files: &mut Files,
    given: Vec<GivenConf>,
    version: OpenShift,
) -> (Vec<ConfSet>, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut groups: Map<Group, Vec<(Order, ConfFile)>> = Map::new();
    for found in found(files, given) {
        let Found {
            group,
            order,
            file,
            carried_in,
        } = found;
        let conf = conf::decode(files, file);
        if let (Err(DecodeError::Syntax(found)), None) = (&conf, carried_in) {
            problems.extend(found.iter().cloned());
        }
        let text = files.text(file);
        let conf = ConfFile {
            text_starts_with_mark: text.starts_with('\u{feff}'),
            first_of_1_1: conf.is_ok().then(|| first_of_1_1(text)).flatten(),
            name: files.name(file).to_owned(),
            file,
            carried_in,
            is_drop_in: order.0,
            conf,
        };
        groups.entry(group).or_default().push((order, conf));
    }
    let sets = groups.into_values().map(|mut confs| {
        order::sort_by(&mut confs, |(left, _), (right, _)| left.cmp(right));
        set(confs.into_iter().map(|(_, conf)| conf).collect(), version)
    });
    (sets.collect(), problems)
}

fn found(files: &mut Files, given: Vec<GivenConf>) -> Vec<Found> {
    let mut found = Vec::new();
    // Objects are merged by name, and of two files with one path the later one counts.
    // From openshift/machine-config-operator, pkg/controller/common/helpers.go MergeMachineConfigs.
    let mut by_path: Map<(String, String), (String, usize)> = Map::new();
    let mut fields = Set::new();
    // A name may be given twice.
    let mut taken = Set::new();
    for (given_idx, given) in given.into_iter().enumerate() {
        let (mut group, order, file, carried_in) = match given {
            GivenConf::File(file) => {
                let (group, order) = place_of(files.name(file), given_idx);
                (group, order, file, None)
            }
            GivenConf::Carried(carried) => {
                let CarriedConf {
                    path,
                    text,
                    field,
                    role,
                    object,
                } = carried;
                // Aliases of YAML can give one text to thousands of objects.
                if !fields.insert(field) {
                    continue;
                }
                let file = files.add(format!("MachineConfig/{object}:{path}"), text);
                let mut group = Group::Pool(role.clone());
                let key = (role, path.clone());
                match by_path.get(&key) {
                    Some((other, _)) if object < *other => group = Group::Alone(given_idx),
                    earlier => {
                        if let Some((_, idx)) = earlier {
                            let replaced: &mut Found = &mut found[*idx];
                            replaced.group = Group::Alone(given_idx);
                        }
                        by_path.insert(key, (object, found.len()));
                    }
                }
                (group, (path != CONF_PATH, path), file, Some(field))
            }
        };
        if carried_in.is_none() && !taken.insert((group.clone(), order.clone())) {
            group = Group::Alone(given_idx);
        }
        found.push(Found {
            group,
            order,
            file,
            carried_in,
        });
    }
    found
}

/// Where a file belongs, by its name.
fn place_of(name: &str, given_idx: usize) -> (Group, (bool, String)) {
    let (directory, base) = split(name);
    let (outer, inner) = split(directory.trim_end_matches('/'));
    if base == MAIN_NAME {
        let group = Group::Directory(directory.to_owned());
        return (group, (false, base.to_owned()));
    }
    if inner.strip_suffix(DROP_IN_ENDING) == Some(MAIN_NAME) {
        let group = Group::Directory(outer.to_owned());
        return (group, (true, base.to_owned()));
    }
    (Group::Alone(given_idx), (false, base.to_owned()))
}

/// A path as its directory, with the slash, and the rest.
fn split(path: &str) -> (&str, &str) {
    let at = path.rfind(['/', '\\']).map_or(0, |at| at + 1);
    path.split_at(at)
}

fn set(files: Vec<ConfFile>, version: OpenShift) -> ConfSet {
    let decoded = files.iter().filter_map(|file| {
        let conf = file.conf.as_ref().ok()?;
        Some((file.name.as_str(), conf, file.is_drop_in))
    });
    let (registries, errors) = match load_each(decoded, version) {
        Ok(registries) => (Some(registries), Vec::new()),
        Err(errors) => (None, errors),
    };
    let registries = registries.filter(|_| files.iter().all(|file| file.conf.is_ok()));
    let endpoint_faults = registries.as_ref().map(endpoint_fault::faults);
    let source_fates = registries.as_ref().map(source_fate::fates);
    ConfSet {
        files,
        errors,
        endpoint_faults: endpoint_faults.unwrap_or_default(),
        source_fates: source_fates.unwrap_or_default(),
        registries,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carried(files: &mut Files, object: &str, path: &str, role: &str) -> GivenConf {
        let input = files.add("input.yaml", "");
        GivenConf::Carried(CarriedConf {
            path: format!("/etc/containers/{path}"),
            text: String::new(),
            field: Span::new(input, 0, 0),
            role: role.to_owned(),
            object: object.to_owned(),
        })
    }

    #[test]
    fn files_that_a_node_reads_together_go_together() {
        let mut files = Files::new();
        let names = [
            "a/registries.conf.d/50-z.conf",
            "a/registries.conf.d/05-a.conf",
            "a/registries.conf",
            "registries.conf",
            "b/registries.conf.d/x.conf",
            "lab.conf",
            "registries.conf.d/9.conf",
            "a/registries.conf",
        ];
        let mut given: Vec<GivenConf> = names
            .iter()
            .map(|name| GivenConf::File(files.add(*name, "")))
            .collect();
        for (object, path, role) in [
            ("50", "registries.conf", "worker"),
            ("99", "registries.conf", "worker"),
            ("10", "registries.conf", "worker"),
            ("60", "registries.conf.d/a.conf", "worker"),
            ("50", "registries.conf", "master"),
        ] {
            given.push(carried(&mut files, object, path, role));
        }
        let (sets, problems) = read(&mut files, given, OpenShift::NEWEST);
        assert!(problems.is_empty());
        let told = sets.iter().map(|set| {
            let names = set.files.iter().map(|file| file.name.as_str());
            names
                .collect::<Vec<_>>()
                .join(" ")
                .replace("/etc/containers/", "")
        });
        assert_eq!(
            told.collect::<Vec<_>>(),
            [
                "registries.conf registries.conf.d/9.conf",
                "a/registries.conf a/registries.conf.d/05-a.conf a/registries.conf.d/50-z.conf",
                "b/registries.conf.d/x.conf",
                "MachineConfig/50:registries.conf",
                "MachineConfig/99:registries.conf MachineConfig/60:registries.conf.d/a.conf",
                "lab.conf",
                "a/registries.conf",
                "MachineConfig/50:registries.conf",
                "MachineConfig/10:registries.conf",
            ]
        );
    }
}
