//! What rules look at, so that nobody asks those that have nothing to look at.

use crate::model::Model;

/// What a rule looks at: where there is none of it, the rule finds nothing.
///
/// Most inputs are a few mirror sets, while two thirds of the rules are about what few have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Subject {
    /// Whatever is there.
    Inputs,
    /// What is wrong with texts themselves.
    Problems,
    /// What comments and annotations leave out.
    Ignores,
    /// Objects that later ones replace.
    Replaced,
    /// Mapping files.
    Mappings,
    /// Catalogs.
    Catalogs,
    /// Images of catalogs and workloads.
    Images,
    /// Pull secrets, those of install-configs among them.
    PullSecrets,
    /// Install-configs.
    InstallConfigs,
    /// Certificate authorities of registries.
    CaBundles,
    /// What is wrong with objects of the cluster's own registry.
    RegistryFaults,
    /// The configuration of that registry.
    AppliedRegistry,
    /// Image streams that builds write to.
    Outputs,
    /// Secrets and ConfigMaps.
    Keyed,
    /// registries.conf files among the inputs.
    Confs,
    /// Why the operator renders nothing.
    Refusals,
    /// Why nodes load nothing.
    LoadErrors,
    /// Mirrors that never answer.
    EndpointFaults,
    /// The policy.json that nodes get.
    Policy,
    /// Registries that the image configuration calls insecure.
    Insecure,
}

impl Subject {
    /// Whether the inputs have any of it.
    pub fn is_in(self, model: &Model) -> bool {
        let beside = &model.beside;
        match self {
            Subject::Inputs => true,
            Subject::Problems => !model.problems.is_empty(),
            Subject::Ignores => {
                !model.ignores.ignores.is_empty() || !model.ignores.faults.is_empty()
            }
            Subject::Replaced => !model.replaced.is_empty(),
            Subject::Mappings => !beside.mappings.is_empty(),
            Subject::Catalogs => !beside.catalogs.is_empty(),
            Subject::Images => !beside.catalogs.is_empty() || !beside.images.is_empty(),
            Subject::PullSecrets => !beside.pull_secrets.is_empty(),
            Subject::InstallConfigs => !beside.install_configs.is_empty(),
            Subject::CaBundles => !beside.ca_bundles.is_empty(),
            Subject::RegistryFaults => !beside.registry_faults.is_empty(),
            Subject::AppliedRegistry => beside.applied_registry.is_some(),
            Subject::Outputs => !beside.outputs.is_empty(),
            Subject::Keyed => !beside.keyed.is_empty(),
            Subject::Confs => !model.confs.is_empty(),
            Subject::Refusals => !model.refusals().is_empty(),
            Subject::LoadErrors => matches!(model.registries, Some(Err(_))),
            Subject::EndpointFaults => !model.endpoint_faults.is_empty(),
            Subject::Policy => model.policy().is_some(),
            Subject::Insecure => model.image.insecure.is_some(),
        }
    }
}
