//! What stands beside mirror objects: credentials, certificate authorities, mappings, catalogs,
//! workloads, and the cluster's own registry.

use super::Judged;
use crate::file::Spanned;
use crate::registries::carried;
use crate::resource::Object;
use crate::resource::ca_bundle::{self, CaBundle};
use crate::resource::catalog::{self, Catalog};
use crate::resource::image_registry::applied::{self, Applied};
use crate::resource::image_registry::claim::{self, Claim};
use crate::resource::image_registry::keyed::{self, Keyed};
use crate::resource::image_registry::pushing::{self, NoPush};
use crate::resource::image_registry::{self, RegistryFault};
use crate::resource::images;
use crate::resource::install_config::{self, InstallConfig};
use crate::resource::mapping::MappingFile;
use crate::resource::mapping::copies::{Copies, copies};
use crate::resource::pull_secret::{self, PullSecret};
use std::sync::{Arc, OnceLock};

/// What stands beside mirror objects, each in the order of the inputs.
#[derive(Default)]
pub struct Beside {
    /// What every mapping file says.
    pub mappings: Vec<MappingFile>,
    /// Every pull secret, those of install-configs among them.
    pub pull_secrets: Vec<PullSecret>,
    /// Every install-config.
    pub install_configs: Vec<InstallConfig>,
    /// Every `ConfigMap` with certificate authorities of registries.
    pub ca_bundles: Vec<CaBundle>,
    /// Which of those the cluster's image configuration asks for, empty text for none; `None` when
    /// there is no image configuration.
    pub wanted_bundle: Option<Spanned<String>>,
    /// Every catalog.
    pub catalogs: Vec<Catalog>,
    /// The images of every workload.
    pub images: Vec<Spanned<String>>,
    /// How many objects configure the cluster's own registry and its pruner.
    pub n_registry_objects: usize,
    /// What is wrong with those.
    pub registry_faults: Vec<Spanned<RegistryFault>>,
    /// What the registry's operator applies: the last of the objects that it would.
    pub applied_registry: Option<Applied>,
    /// Why that registry takes no image, by the last of the objects that configure it.
    pub no_push: Option<Spanned<NoPush>>,
    /// Every image stream that a build writes to.
    pub outputs: Vec<Spanned<String>>,
    /// Every claim to a volume.
    pub claims: Vec<Claim>,
    /// Every Secret that is no pull secret, and every ConfigMap.
    pub keyed: Vec<Keyed>,
    /// Registries that take no nested repositories, by host; nothing in the inputs says so, but a
    /// caller may.
    pub flat_hosts: Vec<String>,
    /// Objects of kinds that no rule looks at, by their index among all objects, ascending.
    pub others: Vec<usize>,
    /// What the mappings copy, once somebody asks.
    copied: OnceLock<Vec<Copies>>,
}

impl Beside {
    /// What the mappings copy from registries to registries, worked out the first time.
    pub fn copies(&self) -> &[Copies] {
        self.copied.get_or_init(|| copies(&self.mappings))
    }

    /// Picks out what objects are beside mirror objects, and joins it with the mapping files.
    pub(super) fn of(objects: &[Arc<Judged>], mappings: Vec<MappingFile>) -> Beside {
        // Of objects with one name the last is stored.
        let mut last_first = objects.iter().rev().map(|judged| &judged.object);
        let mut beside = Beside {
            mappings,
            wanted_bundle: last_first.find_map(ca_bundle::wanted),
            ..Beside::default()
        };
        let objects = objects.iter().enumerate();
        for (idx, judged) in objects.filter(|(_, judged)| judged.resource.is_none()) {
            beside.take(idx, &judged.object);
        }
        beside
    }

    /// Keeps what an object of another kind than those about pulls says.
    #[cold]
    #[inline(never)]
    fn take(&mut self, idx: usize, object: &Object) {
        if let Some(secret) = pull_secret::of_object(object) {
            self.pull_secrets.push(secret);
        } else if let Some(config) = install_config::read(object) {
            self.pull_secrets.extend(config.pull_secret.clone());
            self.install_configs.push(config);
        } else if let Some(catalog) = catalog::read(object) {
            self.catalogs.push(catalog);
        } else if let Some(mut faults) = image_registry::read(object) {
            self.n_registry_objects += 1;
            self.registry_faults.append(&mut faults);
            self.applied_registry = applied::read(object).or(self.applied_registry.take());
            self.no_push = pushing::no_push(object).unwrap_or(self.no_push.take());
        } else if let Some(output) = pushing::output(object) {
            self.outputs.extend(output);
        } else if let Some(claim) = claim::read(object) {
            self.claims.push(claim);
        } else if let Some(keyed) = keyed::read(object) {
            let bundle = ca_bundle::read(object, self.wanted_bundle.as_ref());
            self.ca_bundles.extend(bundle);
            self.keyed.push(keyed);
        } else if let Some(mut images) = images::of_workload(object) {
            self.images.append(&mut images);
        } else if !carried::may_carry(object) {
            self.others.push(idx);
        }
    }
}
