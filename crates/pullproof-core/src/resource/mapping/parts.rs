//! An image as `oc` takes it apart: host, first part of the path, rest of the path, tag, digest.
//!
//! From openshift/library-go, pkg/image/reference/reference.go `DockerImageReference`.

use super::{Image, Store};
use std::fmt;

/// The host that an image without one is of.
const HUB: &str = "docker.io";

/// The names that the same registry has.
const HUBS: [&str; 3] = [HUB, "index.docker.io", "registry-1.docker.io"];

/// An image in parts, each empty where there is none.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Parts {
    /// Where it is kept.
    pub store: Store,
    /// Host and port; for a bare host all that was written.
    pub registry: String,
    /// The first part of the path, where it has several.
    pub namespace: String,
    /// The rest of the path.
    pub name: String,
    /// The tag.
    pub tag: String,
    /// The digest.
    pub digest: String,
}

impl Parts {
    /// Takes an image apart.
    pub fn of(image: &Image) -> Parts {
        let (registry, path) = match image.repository.split_once('/') {
            _ if image.is_bare_host => (image.repository.as_str(), ""),
            Some((host, path)) if host.contains([':', '.']) || host == "localhost" => (host, path),
            _ => ("", image.repository.as_str()),
        };
        let (namespace, name) = path.split_once('/').unwrap_or(("", path));
        Parts {
            store: image.store,
            registry: registry.to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            tag: image.tag.clone().unwrap_or_default(),
            digest: image.digest.clone().unwrap_or_default(),
        }
    }

    /// With a registry, a namespace and a tag, as clients of Docker's registry have them.
    ///
    /// From the same file, `DockerClientDefaults`.
    #[must_use]
    pub fn with_defaults(mut self) -> Parts {
        if self.registry.is_empty() {
            HUB.clone_into(&mut self.registry);
        }
        if self.tag.is_empty() {
            "latest".clone_into(&mut self.tag);
        }
        self.with_library()
    }

    /// With a namespace, where one of Docker's registries is named and there is none.
    ///
    /// From the same file, `String`.
    #[must_use]
    pub fn with_library(mut self) -> Parts {
        if self.namespace.is_empty() && HUBS.contains(&self.registry.as_str()) {
            "library".clone_into(&mut self.namespace);
        }
        self
    }

    /// Without tag and digest.
    #[must_use]
    pub fn repository(mut self) -> Parts {
        self.tag.clear();
        self.digest.clear();
        self
    }

    /// The parts of the path, in order.
    pub fn components(&self) -> impl Iterator<Item = &str> {
        let namespace = (!self.namespace.is_empty()).then_some(self.namespace.as_str());
        let names = self.name.split('/').filter(|_| !self.name.is_empty());
        namespace.into_iter().chain(names)
    }

    /// The text without what says where it is kept.
    ///
    /// From the same file, `Exact`: of tag and digest only the digest is told, and nothing at all
    /// of something without a name.
    pub fn exact(&self) -> String {
        if self.name.is_empty() {
            return String::new();
        }
        let mut text = String::new();
        for part in [&self.registry, &self.namespace] {
            if !part.is_empty() {
                text.push_str(part);
                text.push('/');
            }
        }
        text.push_str(&self.name);
        let ends = [('@', &self.digest), (':', &self.tag)];
        if let Some((mark, end)) = ends.into_iter().find(|(_, end)| !end.is_empty()) {
            text.push(mark);
            text.push_str(end);
        }
        text
    }
}

impl fmt::Display for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.store.prefix(), self.exact())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_taken_apart_and_told_as_by_the_program() {
        for (text, parts, told, defaulted) in [
            ("a", ["", "", "a"], "a", "docker.io/library/a:latest"),
            ("a/b:1", ["", "a", "b"], "a/b:1", "docker.io/a/b:1"),
            ("h:5/a", ["h:5", "", "a"], "h:5/a", "h:5/a:latest"),
            ("h.io", ["h.io", "", ""], "", ""),
            ("h.io:5", ["h.io:5", "", ""], "", ""),
            ("h:5", ["", "", "h"], "h:5", "docker.io/library/h:5"),
            (
                "h.io/a/b/c",
                ["h.io", "a", "b/c"],
                "h.io/a/b/c",
                "h.io/a/b/c:latest",
            ),
            (
                "docker.io/a",
                ["docker.io", "", "a"],
                "docker.io/a",
                "docker.io/library/a:latest",
            ),
            (
                "file:///local/a",
                ["", "local", "a"],
                "file://local/a",
                "file://docker.io/local/a:latest",
            ),
        ] {
            let image = Image::parse(text).expect("it is an image");
            let found = Parts::of(&image);
            let names = [&found.registry, &found.namespace, &found.name];
            assert_eq!(names, parts.each_ref().map(|part| *part), "{text}");
            assert_eq!(found.to_string(), told, "{text}");
            assert_eq!(found.to_string(), image.to_string(), "{text}");
            assert_eq!(found.with_defaults().to_string(), defaulted, "{text}");
        }
    }
}
