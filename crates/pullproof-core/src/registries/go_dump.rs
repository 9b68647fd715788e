//! A configuration of mixed versions as Go's `%#v` prints it, which the library puts in its error.

use super::{Conf, Table, TableMirror, V1};
use crate::file::Spanned;
use crate::go_text::quote;
use crate::openshift::OpenShift;
use crate::order;

/// The text of the library's `tomlConfig`.
///
/// From containers/image, pkg/sysregistriesv2 `loadConfigFile`; the type names are its own.
pub(super) fn dump(conf: &Conf, v1: &V1, version: OpenShift) -> String {
    let tables = conf.has_tables.then(|| conf.tables.iter().map(table));
    let registries = list("sysregistriesv2.Registry", tables);
    let search = strings(conf.search.as_deref());
    let helpers = conf.credential_helpers.as_ref();
    let helpers = match helpers {
        None => "[]string(nil)".to_owned(),
        Some(helpers) => {
            format!(
                "[]string{{{}}}",
                joined(helpers.iter().map(|helper| quote(helper)))
            )
        }
    };
    let mode = quote(&conf.short_name_mode);
    // The field is new in v5.32.0, which CRI-O of 4.18 was the first to have.
    let helper = match version {
        _ if version < OpenShift::V4_18 => String::new(),
        _ => {
            let helper = quote(&conf.layer_store_auth_helper);
            format!("AdditionalLayerStoreAuthHelper:{helper}, ")
        }
    };
    let aliases = aliases(conf);
    let v1_list = |registries: &Option<Vec<Spanned<String>>>| {
        let registries = strings(registries.as_deref());
        format!("sysregistriesv2.V1TOMLregistries{{Registries:{registries}}}")
    };
    let (v1_search, v1_insecure, v1_block) = (
        v1_list(&v1.search),
        v1_list(&v1.insecure),
        v1_list(&v1.block),
    );
    format!(
        "sysregistriesv2.tomlConfig{{V2RegistriesConf:sysregistriesv2.V2RegistriesConf{{\
         Registries:{registries}, UnqualifiedSearchRegistries:{search}, \
         CredentialHelpers:{helpers}, ShortNameMode:{mode}, \
         {helper}\
         shortNameAliasConf:sysregistriesv2.shortNameAliasConf{{Aliases:{aliases}}}}}, \
         V1RegistriesConf:sysregistriesv2.V1RegistriesConf{{\
         V1TOMLConfig:sysregistriesv2.V1TOMLConfig{{\
         Search:{v1_search}, Insecure:{v1_insecure}, Block:{v1_block}}}}}}}"
    )
}

fn table(table: &Table) -> String {
    let prefix = quote(&table.prefix);
    let endpoint = endpoint(&table.location, table.insecure, &table.pull_from_mirror);
    let mirror = |mirror: &TableMirror| {
        self::endpoint(&mirror.location, mirror.insecure, &mirror.pull_from_mirror)
    };
    let mirrors = table.has_mirrors.then(|| table.mirrors.iter().map(mirror));
    let mirrors = list("sysregistriesv2.Endpoint", mirrors);
    let (blocked, by_digest) = (table.blocked, table.mirror_by_digest_only);
    format!(
        "sysregistriesv2.Registry{{Prefix:{prefix}, Endpoint:{endpoint}, Mirrors:{mirrors}, \
         Blocked:{blocked}, MirrorByDigestOnly:{by_digest}}}"
    )
}

fn endpoint(location: &str, insecure: bool, pull_from_mirror: &str) -> String {
    let (location, pull_from_mirror) = (quote(location), quote(pull_from_mirror));
    format!(
        "sysregistriesv2.Endpoint{{Location:{location}, Insecure:{insecure}, \
         PullFromMirror:{pull_from_mirror}}}"
    )
}

fn list(of: &str, elements: Option<impl Iterator<Item = String>>) -> String {
    match elements {
        None => format!("[]{of}(nil)"),
        Some(elements) => format!("[]{of}{{{}}}", joined(elements)),
    }
}

fn strings(list: Option<&[Spanned<String>]>) -> String {
    match list {
        None => "[]string(nil)".to_owned(),
        Some(list) => {
            format!(
                "[]string{{{}}}",
                joined(list.iter().map(|text| quote(&text.value)))
            )
        }
    }
}

fn aliases(conf: &Conf) -> String {
    if !conf.has_aliases {
        return "map[string]string(nil)".to_owned();
    }
    let mut sorted: Vec<_> = conf.aliases.iter().collect();
    order::sort_by(&mut sorted, |left, right| left.0.value.cmp(&right.0.value));
    let aliases = sorted
        .iter()
        .map(|(name, value)| format!("{}:{}", quote(&name.value), quote(&value.value)));
    format!("map[string]string{{{}}}", joined(aliases))
}

fn joined(elements: impl Iterator<Item = String>) -> String {
    elements.collect::<Vec<_>>().join(", ")
}
