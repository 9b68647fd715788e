//! One configuration of a cluster, rendered, loaded and given to the clients.

use crate::client::{Client, Home, LIBRARY};
use crate::expected::{self, Outcome, Pull};
use crate::objects;
use crate::world::World;
use pullproof_core::file::Files;
use pullproof_core::model::{Model, Settings};
use pullproof_core::openshift::OpenShift;
use pullproof_core::registries::CONF_PATH;
use pullproof_core::registries::conf::decode;
use pullproof_core::registries::load::{ConfFile, Registries, load};
use pullproof_core::registries::load_error::LoadError;
use std::collections::BTreeMap;
use test_registry::request::Request;

/// The release whose CRI-O has the library that Debian compiles into its programs.
pub const RELEASE: OpenShift = OpenShift::V4_13;

/// What every registry is insecure by that the line `insecure` of a trial does not say.
const ALL_INSECURE: &str = "insecure a.test b.test c.test a.local b.local c.local down.test\n";

/// A configuration of a node.
pub struct Trial<'a> {
    world: &'a World,
    /// What the node makes of its files, or the first thing that is wrong with them.
    registries: Result<Registries, String>,
    home: Home,
    /// The files that tell where pulls go.
    files: Vec<(String, String)>,
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
        let input = files.add("cluster.yaml", objects::list(&world.addressed(&lines)));
        let settings = Settings {
            version: release,
            release_image: None,
        };
        let model = Model::build(&mut files, &[input], &settings);
        if let Some(refused) = model.objects.iter().find(|judged| !judged.is_stored()) {
            return Err(format!("not stored: {:?}", refused.verdict));
        }
        let node = match &model.node {
            Ok(node) => node,
            Err(refusals) => {
                let refusals: Vec<String> = refusals.iter().map(ToString::to_string).collect();
                return Err(world.named(&refusals.join("; ")));
            }
        };
        let registries = match model.registries {
            Some(Ok(registries)) => Ok(registries),
            Some(Err(errors)) => Err(words(&errors)),
            None => return Err("nodes get nothing".to_owned()),
        };
        Ok(Trial::of(world, registries, node.on_node()))
    }

    /// Takes a registries.conf and a drop-in as they are, written with names.
    ///
    /// # Panics
    /// When they cannot be decoded.
    pub fn given(world: &'a World, main: &str, drop_in: &str, release: OpenShift) -> Trial<'a> {
        let paths = [CONF_PATH, "/etc/containers/registries.conf.d/50-more.conf"];
        let mut files = Files::new();
        let mut on_node = BTreeMap::new();
        let [main, drop_in] = [(paths[0], main), (paths[1], drop_in)].map(|(path, text)| {
            let text = world.addressed(text);
            let file = files.add(path, text.as_str());
            let name = path.to_owned();
            on_node.insert(name.clone(), text);
            let conf = decode(&files, file).unwrap_or_else(|error| panic!("{path}: {error}"));
            ConfFile { name, conf }
        });
        let registries = load(Some(main), vec![drop_in], release);
        Trial::of(world, registries.map_err(|errors| words(&errors)), on_node)
    }

    fn of(
        world: &'a World,
        registries: Result<Registries, String>,
        on_node: BTreeMap<String, String>,
    ) -> Trial<'a> {
        let texts = on_node.iter().map(|(path, text)| (&**path, &**text));
        let home = Home::new(texts);
        world.admit(&home);
        let mut files = Vec::from_iter(on_node);
        files.retain(|(path, _)| path.ends_with(".conf"));
        Trial {
            world,
            registries,
            home,
            files,
        }
    }

    /// What `resolve` says that a client does for an image.
    pub fn expected(&self, client: Client, image: &str) -> Pull {
        match &self.registries {
            Ok(registries) => {
                expected::pull(self.world, registries, client, &self.world.addressed(image))
            }
            Err(error) => Pull {
                error: Some(match client {
                    Client::Skopeo => format!("loading registries configuration: {error}"),
                    // It reads the files before it begins to pull.
                    Client::Podman => error.clone(),
                }),
                ..Pull::default()
            },
        }
    }

    /// What a pull comes to, in names.
    pub fn lines(&self, pull: &Pull) -> Vec<String> {
        let lines = pull.lines();
        lines.iter().map(|line| self.world.named(line)).collect()
    }

    /// Lets a client pull an image and compares what it tried, and whom the servers saw, with what
    /// `resolve` says; gives that.
    ///
    /// # Errors
    /// The differences, with the configuration and what the client logged.
    pub fn compare(&self, client: Client, image: &str) -> Result<Vec<String>, String> {
        self.compare_to(&self.expected(client, image), client, image)
    }

    /// The same with something else that is expected.
    ///
    /// # Errors
    /// As `compare`.
    pub fn compare_to(
        &self,
        expected: &Pull,
        client: Client,
        image: &str,
    ) -> Result<Vec<String>, String> {
        let before = self.world.marks();
        let observed = self.home.pull(client, &self.world.addressed(image));
        let requests = self.world.requests_since(before);
        let tried = self.lines(&observed.pull);
        let resolved = self.lines(expected);
        let differ = |what: &str, resolved: &[String], seen: &[String]| {
            let (resolved, seen) = (resolved.join("\n"), seen.join("\n"));
            let files = self
                .files
                .iter()
                .map(|(path, text)| format!("# {path}\n{text}"));
            let files = self.world.named(&files.collect::<String>());
            let log = self.world.named(&observed.log);
            Err(format!(
                "{client:?} {image}: {what}\n-- resolve says\n{resolved}\n-- seen\n{seen}\n\
                 -- files\n{files}\n-- log\n{log}"
            ))
        };
        if tried != resolved {
            return differ("other attempts", &resolved, &tried);
        }
        for (idx, requests) in requests.iter().enumerate() {
            let resolved = vec![self.requests_to(idx, expected); observed.n_rounds].concat();
            let seen: Vec<String> = requests.iter().filter_map(shown).collect();
            if seen != resolved {
                return differ(&format!("other requests to {idx}"), &resolved, &seen);
            }
            let is_other =
                |request: &&Request| client == Client::Podman && request.user_agent != LIBRARY;
            if let Some(other) = requests.iter().find(is_other) {
                let seen = [other.user_agent.clone()];
                return differ("another library", &[LIBRARY.to_owned()], &seen);
            }
        }
        Ok(resolved)
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

/// What a node says of files that it does not load: the first thing that is wrong.
fn words(errors: &[LoadError]) -> String {
    errors.first().map(ToString::to_string).unwrap_or_default()
}
