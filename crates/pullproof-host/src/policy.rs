//! A policy: loaded once, judged by in a new instance each time.

use crate::bindings::exports::pullproof::policy::reviewer::{self, Guest, GuestIndices};
use crate::cache;
use crate::error::{ErrorKind, PolicyError};
use crate::host::Host;
use crate::limits::{self, Limits};
use crate::settings;
use crate::store::{self, Allowance};
use crate::types::{
    Description, Finding, Kind, Label, Operation, Place, Request, Rule, SettingsProblem, Severity,
};
use std::sync::Arc;
use std::time::Instant;
use wasmtime::Store;
use wasmtime::component::{Component, InstancePre, Linker};

/// The settings of a policy for which nothing is set.
pub const NO_SETTINGS: &str = "{}";

/// What a policy is made from.
#[derive(Clone, Copy, Debug)]
pub struct PolicySource<'a> {
    /// The name that it goes by, whatever it calls itself.
    pub name: &'a str,
    /// The component, as WebAssembly; compiled code is not taken.
    pub bytes: &'a [u8],
    /// Its settings, a JSON object.
    pub settings: &'a str,
    /// What one instance may use.
    pub limits: Limits,
}

/// A policy, ready to judge.
#[derive(Clone)]
pub struct Policy {
    /// The name that it goes by.
    pub name: Arc<str>,
    /// SHA-256 of its bytes, in hexadecimal.
    pub digest: Arc<str>,
    /// What it says of itself.
    pub description: Arc<Description>,
    /// Its settings, a JSON object.
    pub settings: Arc<str>,
    /// What one instance may use.
    pub limits: Limits,
    /// Whether its code was found compiled.
    pub was_compiled: bool,
    host: Host,
    pre: InstancePre<Allowance>,
    reviewer: Arc<GuestIndices>,
}

/// An instance that has its settings.
pub(crate) struct Instance {
    pub(crate) store: Store<Allowance>,
    pub(crate) instance: wasmtime::component::Instance,
    pub(crate) reviewer: Guest,
}

impl Policy {
    /// Loads a policy and asks it what it is and whether it takes its settings.
    ///
    /// # Errors
    /// When it is no policy, imports anything, fails or refuses its settings.
    pub fn load(host: &Host, source: &PolicySource<'_>) -> Result<Policy, PolicyError> {
        let PolicySource {
            name,
            bytes,
            settings,
            limits,
        } = *source;
        let (component, was_compiled) = component(host, name, bytes)?;
        refuse_imports(host, name, &component)?;
        let pre = Linker::new(host.engine.wasm())
            .instantiate_pre(&component)
            .map_err(|error| version_error(name, &error))?;
        let reviewer = GuestIndices::new(&pre).map_err(|error| version_error(name, &error))?;
        let mut policy = Policy {
            name: name.into(),
            digest: cache::digest(bytes).into(),
            description: Arc::new(Description {
                name: String::new(),
                version: String::new(),
                rules: Vec::new(),
                settings_schema: String::new(),
            }),
            settings: settings.into(),
            limits: limits.capped(),
            was_compiled,
            host: host.clone(),
            pre,
            reviewer: Arc::new(reviewer),
        };
        let deadline = Instant::now() + policy.limits.deadline;
        let mut instance = policy.unconfigured(deadline)?;
        let description = instance.reviewer.call_describe(&mut instance.store);
        let description = description.map_err(|error| policy.failed(&instance.store, &error))?;
        policy.description = Arc::new(description_of(description));
        policy.check_settings()?;
        policy.configure(&mut instance)?;
        Ok(policy)
    }

    /// Judges a change in a new instance, which ends with it.
    ///
    /// # Errors
    /// When the policy fails or does not finish before `deadline`.
    pub fn review(
        &self,
        request: &Request<'_>,
        deadline: Instant,
    ) -> Result<Vec<Finding>, PolicyError> {
        self.instance(deadline)?.review(self, request)
    }

    /// A new instance with its settings, whose time runs until `deadline`.
    pub(crate) fn instance(&self, deadline: Instant) -> Result<Instance, PolicyError> {
        let mut instance = self.unconfigured(deadline)?;
        self.configure(&mut instance)?;
        Ok(instance)
    }

    fn unconfigured(&self, deadline: Instant) -> Result<Instance, PolicyError> {
        let deadline = deadline.min(Instant::now() + self.limits.deadline);
        let mut store = store::store(&self.host.engine, self.limits, deadline);
        let instance = self.pre.instantiate(&mut store);
        let instance = instance.map_err(|error| self.failed(&store, &error))?;
        let reviewer = self.reviewer.load(&mut store, &instance);
        let reviewer = reviewer.map_err(|error| version_error(&self.name, &error))?;
        Ok(Instance {
            store,
            instance,
            reviewer,
        })
    }

    /// Holds the settings against the schema that the policy describes.
    fn check_settings(&self) -> Result<(), PolicyError> {
        let problems = settings::check(&self.description.settings_schema, &self.settings);
        let problems = problems.map_err(|why| {
            let what = format!("has a settings schema that {why}");
            PolicyError::new(ErrorKind::Invalid, &self.name, what)
        })?;
        match problems.is_empty() {
            true => Ok(()),
            false => Err(self.refused_settings(problems)),
        }
    }

    fn refused_settings(&self, problems: Vec<SettingsProblem>) -> PolicyError {
        let what = "does not take its settings";
        let mut error = PolicyError::new(ErrorKind::Settings, &self.name, what);
        error.settings = problems;
        error
    }

    fn configure(&self, instance: &mut Instance) -> Result<(), PolicyError> {
        let Instance {
            store, reviewer, ..
        } = instance;
        let answer = reviewer.call_configure(&mut *store, &self.settings);
        match answer.map_err(|error| self.failed(store, &error))? {
            Ok(()) => Ok(()),
            Err(problems) => {
                let mut error =
                    PolicyError::new(ErrorKind::Settings, &self.name, "refused its settings");
                error.settings = problems
                    .into_iter()
                    .map(
                        |reviewer::SettingsProblem { pointer, message }| SettingsProblem {
                            pointer,
                            message,
                        },
                    )
                    .collect();
                Err(error)
            }
        }
    }

    /// Why a call failed.
    pub(crate) fn failed(&self, store: &Store<Allowance>, error: &wasmtime::Error) -> PolicyError {
        PolicyError::of_call(&self.name, error, store.data().is_memory_refused)
    }

    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    pub(crate) fn pre(&self) -> &InstancePre<Allowance> {
        &self.pre
    }
}

impl Instance {
    /// Judges a change.
    pub(crate) fn review(
        &mut self,
        policy: &Policy,
        request: &Request<'_>,
    ) -> Result<Vec<Finding>, PolicyError> {
        let Instance {
            store, reviewer, ..
        } = self;
        let answer = reviewer.call_review(&mut *store, request_of(request));
        let findings = answer.map_err(|error| policy.failed(store, &error))?;
        if limits::FINDINGS < findings.len() {
            let what = format!(
                "gave {} findings, of which {} are taken at most",
                findings.len(),
                limits::FINDINGS
            );
            return Err(PolicyError::new(ErrorKind::Result, &policy.name, what));
        }
        Ok(findings.into_iter().map(finding_of).collect())
    }
}

/// The compiled component, and whether it was found so.
fn component(host: &Host, name: &str, bytes: &[u8]) -> Result<(Component, bool), PolicyError> {
    let invalid = |what| PolicyError::new(ErrorKind::Invalid, name, what);
    if limits::COMPONENT_BYTES < bytes.len() {
        let max = limits::COMPONENT_BYTES >> 20;
        return Err(invalid(format!("is larger than {max} MiB")));
    }
    // Compiled code would run as it is, so only what is certainly not compiled goes further.
    if !bytes.starts_with(b"\0asm") {
        return Err(invalid("is not WebAssembly".to_owned()));
    }
    let kept = host.cache.as_ref();
    if let Some(component) = kept.and_then(|cache| cache.load(&host.engine, bytes)) {
        return Ok((component, true));
    }
    let component = Component::from_binary(host.engine.wasm(), bytes)
        .map_err(|error| invalid(format!("is no component: {}", error.root_cause())))?;
    if let Some(cache) = kept {
        // Without it the next start compiles again, which only takes longer.
        cache.store(&host.engine, bytes, &component).ok();
    }
    Ok((component, false))
}

/// Refuses a component that wants anything from its host, by the names of what it wants.
fn refuse_imports(host: &Host, name: &str, component: &Component) -> Result<(), PolicyError> {
    let component = component.component_type();
    let imports: Vec<String> = component
        .imports(host.engine.wasm())
        .map(|(import, _)| format!("`{import}`"))
        .collect();
    match imports.is_empty() {
        true => Ok(()),
        false => {
            let what = format!(
                "imports {}, and nothing may be imported",
                imports.join(", ")
            );
            Err(PolicyError::new(ErrorKind::RefusedImport, name, what))
        }
    }
}

fn version_error(name: &str, error: &wasmtime::Error) -> PolicyError {
    let what = format!(
        "does not export what `pullproof:policy/reviewer@1` says: {}",
        error.root_cause()
    );
    PolicyError::new(ErrorKind::Version, name, what)
}

fn request_of<'a>(request: &Request<'a>) -> reviewer::Request<'a> {
    let Request {
        operation,
        kind: Kind {
            group,
            version,
            kind,
        },
        name,
        namespace,
        subresource,
        user,
        groups,
        dry_run,
        object,
        old_object,
    } = *request;
    reviewer::Request {
        operation: match operation {
            Operation::Create => reviewer::Operation::Create,
            Operation::Update => reviewer::Operation::Update,
            Operation::Delete => reviewer::Operation::Delete,
            Operation::Connect => reviewer::Operation::Connect,
        },
        kind: reviewer::Kind {
            group,
            version,
            kind,
        },
        name,
        namespace,
        subresource,
        user,
        groups,
        dry_run,
        object,
        old_object,
    }
}

fn severity_of(severity: reviewer::Severity) -> Severity {
    match severity {
        reviewer::Severity::Info => Severity::Info,
        reviewer::Severity::Warning => Severity::Warning,
        reviewer::Severity::Error => Severity::Error,
    }
}

fn description_of(description: reviewer::Description) -> Description {
    let reviewer::Description {
        name,
        version,
        rules,
        settings_schema,
    } = description;
    let rule = |reviewer::Rule {
                    id,
                    code,
                    severity,
                    summary,
                }| Rule {
        id,
        code,
        severity: severity_of(severity),
        summary,
    };
    Description {
        name,
        version,
        rules: rules.into_iter().map(rule).collect(),
        settings_schema,
    }
}

/// A finding as hosts know it.
pub(crate) fn finding_of(finding: reviewer::Finding) -> Finding {
    let reviewer::Finding {
        rule,
        code,
        severity,
        message,
        place,
        object,
        path,
        related,
        help,
    } = finding;
    let label = |reviewer::Label { place, text }| Label {
        place: place_of(place),
        text,
    };
    Finding {
        rule,
        code,
        severity: severity_of(severity),
        message,
        place: place.map(place_of),
        object,
        path,
        related: related.into_iter().map(label).collect(),
        help,
    }
}

fn place_of(place: reviewer::Place) -> Place {
    let reviewer::Place {
        file,
        line,
        column,
        end_line,
        end_column,
        start_byte,
        end_byte,
    } = place;
    Place {
        file,
        line,
        column,
        end_line,
        end_column,
        start_byte,
        end_byte,
    }
}
