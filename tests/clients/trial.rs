//! One configuration of a cluster, rendered, loaded and given to the clients.

use crate::client::{Client, Home, LIBRARY};
use crate::expected::{self, Outcome, Pull};
use crate::objects;
use crate::world::World;
use pullproof_core::file::Files;
use pullproof_core::model::{Model, Settings};
use pullproof_core::openshift::OpenShift;
use test_registry::request::Request;

/// The release whose CRI-O has the library that Debian compiles into its programs.
pub const RELEASE: OpenShift = OpenShift::V4_13;

/// What every registry is insecure by that the line `insecure` of a trial does not say.
const ALL_INSECURE: &str = "insecure a.test b.test c.test a.local b.local c.local down.test\n";

/// A configuration in force.
pub struct Trial<'a> {
    world: &'a World,
    model: Model,
    home: Home,
}

impl<'a> Trial<'a> {
    /// Renders what a release makes of objects written as lines; all registries are insecure
    /// unless a line says which.
    ///
    /// # Errors
    /// When the release renders nothing from the objects, in names rather than addresses.
    pub fn new(world: &'a World, lines: &str, release: OpenShift) -> Result<Trial<'a>, String> {
        let lines = match lines.contains("insecure ") {
            true => lines.to_owned(),
            false => format!("{ALL_INSECURE}{lines}"),
        };
        let mut files = Files::new();
        let text = objects::list(&world.addressed(&lines));
        let input = files.add("cluster.yaml", text);
        let settings = Settings {
            version: release,
            release_image: None,
        };
        let model = Model::build(&mut files, &[input], &settings);
        let is_refused = |judged: &&_| !pullproof_core::model::Judged::is_stored(judged);
        if let Some(refused) = model.objects.iter().map(AsRef::as_ref).find(is_refused) {
            return Err(format!("not stored: {:?}", refused.verdict));
        }
        let refusals: Vec<String> = model.refusals().iter().map(ToString::to_string).collect();
        if !refusals.is_empty() {
            return Err(world.named(&refusals.join("; ")));
        }
        if model.loaded().is_none() {
            return Err("nodes do not load what they get".to_owned());
        }
        let node = model.node.as_ref().map_err(|_| "nothing is rendered")?;
        let on_node = node.on_node();
        let home = Home::new(on_node.iter().map(|(path, text)| (&**path, &**text)));
        world.admit(&home);
        Ok(Trial { world, model, home })
    }

    /// What `resolve` says that a client does for an image.
    ///
    /// # Panics
    /// Never: a trial has a configuration.
    pub fn expected(&self, client: Client, image: &str) -> Pull {
        let registries = self.model.loaded().expect("`new` has looked");
        let image = self.world.addressed(image);
        expected::pull(self.world, registries, client, &image)
    }

    /// Lets a client pull an image and compares what it tried, and whom the servers saw, with what
    /// `resolve` says; gives that, in names.
    ///
    /// # Errors
    /// The differences, with the configuration and what the client logged.
    pub fn compare(&self, client: Client, image: &str) -> Result<Vec<String>, String> {
        let expected = self.expected(client, image);
        let before = self.world.n_requests();
        let observed = self.home.pull(client, &self.world.addressed(image));
        let requests = self.world.requests_since(&before);
        let named = |lines: Vec<String>| -> Vec<String> {
            lines.iter().map(|line| self.world.named(line)).collect()
        };
        let tried = named(observed.pull.lines());
        let resolved = named(expected.lines());
        let differ = |what: &str, resolved: &[String], seen: &[String]| {
            Err(format!(
                "{client:?} {image}: {what}\n-- resolve says\n{}\n-- seen\n{}\n-- \
                 registries.conf\n{}\n-- log\n{}",
                resolved.join("\n"),
                seen.join("\n"),
                self.world.named(&self.conf()),
                self.world.named(&observed.log),
            ))
        };
        if tried != resolved {
            return differ("other attempts", &resolved, &tried);
        }
        for (idx, requests) in requests.iter().enumerate() {
            let once = self.requests_to(idx, &expected);
            let resolved = vec![once; observed.n_rounds].concat();
            let seen: Vec<String> = requests.iter().filter_map(shown).collect();
            if seen != resolved {
                return differ(&format!("other requests to {idx}"), &resolved, &seen);
            }
            if client == Client::Podman
                && let Some(other) = requests.iter().find(|it| it.user_agent != LIBRARY)
            {
                return differ(
                    "another library",
                    &[LIBRARY.to_owned()],
                    &[format!("{other:?}")],
                );
            }
        }
        Ok(resolved)
    }

    /// The rendered file.
    fn conf(&self) -> String {
        let node = self.model.node.as_ref();
        node.map_or_else(
            |_| String::new(),
            |node| node.on_node().into_values().collect::<Vec<_>>().join("\n"),
        )
    }

    /// The requests by which the attempts of one pull are made at one server.
    fn requests_to(&self, server: usize, pull: &Pull) -> Vec<String> {
        let mut requests = Vec::new();
        for (reference, outcome) in &pull.attempts {
            let status = match outcome {
                Outcome::Served => 200,
                Outcome::Missing => 404,
                Outcome::Unauthorized => 401,
                // Nothing that the server would log.
                _ => continue,
            };
            let Some((idx, rest)) = self.world.server(reference) else {
                continue;
            };
            if idx != server {
                continue;
            }
            let (repository, version) = match rest.split_once('@') {
                Some(parts) => parts,
                None => rest.split_once(':').unwrap_or((rest, "")),
            };
            let ping = self.world.ping_status(idx);
            requests.push(format!("GET /v2/ {ping}"));
            requests.push(format!("GET /v2/{repository}/manifests/{version} {status}"));
        }
        requests
    }
}

/// A request that chooses an endpoint, as a line; `None` for those that fetch what was chosen.
fn shown(request: &Request) -> Option<String> {
    let Request {
        method,
        path,
        status,
        user_agent: _,
    } = request;
    (!path.contains("/blobs/")).then(|| format!("{method} {path} {status}"))
}
