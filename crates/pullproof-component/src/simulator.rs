//! Everything else the core answers.

use crate::bindings::exports::pullproof::policy::simulator::{
    ChangedPull, File, Finding, Guest, NodeFile, Refusal, ReportForm, Rule, Settings, Trace,
};
use crate::{Component, boundary};
use pullproof_core::admission::every_rule;
use pullproof_core::compare;
use pullproof_core::file::Files;
use pullproof_core::finding;
use pullproof_core::lint::{self, rules};
use pullproof_core::model::{self, Model};
use pullproof_core::openshift::OpenShift;
use pullproof_core::registries::entry::ShortNameMode;
use pullproof_core::registries::load::Registries;
use pullproof_core::render::NodeFiles;
use pullproof_core::report;
use pullproof_core::trace::{self, Context};
use pullproof_core::{batch, registries};

/// Texts, and what they mean.
struct World {
    files: Files,
    model: Model,
}

impl World {
    fn new(texts: Vec<File>, settings: &Settings) -> Result<World, String> {
        let Settings {
            openshift,
            release_image,
        } = settings;
        let version = match openshift {
            None => OpenShift::NEWEST,
            Some(name) => OpenShift::parse(name)
                .ok_or_else(|| format!("unknown OpenShift release `{name}`"))?,
        };
        let settings = model::Settings {
            version,
            release_image: release_image.clone(),
        };
        let mut files = Files::new();
        let inputs: Vec<_> = texts
            .into_iter()
            .map(|File { name, text }| files.add(name, text))
            .collect();
        let model = Model::build(&mut files, &inputs, &settings);
        Ok(World { files, model })
    }

    fn findings(&self) -> Vec<finding::Finding> {
        lint::run(&self.model, rules::ALL)
    }

    /// What nodes pull with, or why they have nothing new.
    fn node(&self) -> Result<compare::Node<'_>, String> {
        Ok(compare::Node {
            registries: self.loaded()?,
            policy: self.model.policy(),
        })
    }

    /// The configuration in force, or why there is none.
    fn loaded(&self) -> Result<&Registries, String> {
        let refusals = self.model.refusals().iter();
        let refusals = refusals.map(registries::refusal::Refusal::reason);
        match &self.model.registries {
            None => Err(refusals.collect::<Vec<_>>().join("\n")),
            Some(Err(errors)) => Err(errors
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n")),
            Some(Ok(registries)) => Ok(registries),
        }
    }
}

impl Guest for Component {
    fn rules() -> Vec<Rule> {
        every_rule().map(boundary::rule_of).collect()
    }

    fn lint(files: Vec<File>, settings: Settings) -> Result<Vec<Finding>, String> {
        let world = World::new(files, &settings)?;
        Ok(boundary::findings(&world.files, world.findings()))
    }

    fn report(files: Vec<File>, settings: Settings, form: ReportForm) -> Result<String, String> {
        let world = World::new(files, &settings)?;
        let findings = world.findings();
        Ok(match form {
            ReportForm::Compact => report::compact::report(&world.files, &findings),
            ReportForm::Json => report::json::report(&report::Run::of(&world.files, &findings)),
        })
    }

    fn resolve(
        files: Vec<File>,
        settings: Settings,
        images: Vec<String>,
    ) -> Result<Vec<Trace>, String> {
        let world = World::new(files, &settings)?;
        let object_at = |span| world.model.locate(span).map(|(object, _)| object);
        let context = Context {
            files: &world.files,
            registries: world.loaded()?,
            policy: world.model.policy(),
            short_name_mode: ShortNameMode::Disabled,
            down: &[],
            object_at: &object_at,
        };
        let traces = images
            .iter()
            .map(|image| boundary::trace_of(trace::trace(&context, image, None)));
        Ok(traces.collect())
    }

    fn render(
        files: Vec<File>,
        settings: Settings,
    ) -> Result<Result<Vec<NodeFile>, Vec<Refusal>>, String> {
        let world = World::new(files, &settings)?;
        let refusal = |refusal: &registries::refusal::Refusal| Refusal {
            message: refusal.reason(),
            places: refusal
                .spans()
                .into_iter()
                .map(|span| boundary::place(&world.files, span))
                .collect(),
        };
        Ok(match &world.model.node {
            Ok(node) => Ok(node_files(node)),
            Err(refusals) => Err(refusals.iter().map(refusal).collect()),
        })
    }

    fn compare(
        before: Vec<File>,
        after: Vec<File>,
        settings: Settings,
    ) -> Result<Vec<ChangedPull>, String> {
        let before = World::new(before, &settings)?;
        let after = World::new(after, &settings)?;
        let pulls = compare::compare_nodes(before.node()?, after.node()?);
        Ok(pulls.into_iter().map(boundary::changed_pull_of).collect())
    }

    fn batch(request: String) -> String {
        batch::answer(&request)
    }
}

fn node_files(node: &NodeFiles) -> Vec<NodeFile> {
    let files = node.on_node().into_iter();
    files.map(|(path, text)| NodeFile { path, text }).collect()
}
