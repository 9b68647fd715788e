//! The cluster's objects from its API server, by list and watch.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use kube::api::{Api, DynamicObject};
use kube::core::{ApiResource, GroupVersionKind};
use kube::runtime::watcher::{self, Event};
use kube::runtime::{WatchStreamExt as _, watcher as watch};
use kube::{Client, ResourceExt as _};
use pullproof_host::types::File;
use pullproof_host::warm::ClusterState;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::{NOT_YET, State};

/// The kinds that are watched, each with its plural name.
pub const KINDS: [(&str, &str, &str, &str); 4] = [
    (
        "config.openshift.io",
        "v1",
        "ImageDigestMirrorSet",
        "imagedigestmirrorsets",
    ),
    (
        "config.openshift.io",
        "v1",
        "ImageTagMirrorSet",
        "imagetagmirrorsets",
    ),
    ("config.openshift.io", "v1", "Image", "images"),
    (
        "operator.openshift.io",
        "v1alpha1",
        "ImageContentSourcePolicy",
        "imagecontentsourcepolicies",
    ),
];

/// How long after a change was taken over the next ones are gathered.
///
/// The first is taken over at once: whoever applies a file of several objects sends the second
/// one within milliseconds.
const GATHER: Duration = Duration::from_millis(20);

/// How long a broken watch is nothing to speak of.
const PATIENCE: Duration = Duration::from_secs(60);

/// Changes that wait to be taken over; more make the watches wait.
const PENDING_MAX: usize = 1_024;

/// What one watch saw.
struct Seen {
    kind: usize,
    what: What,
}

enum What {
    /// The whole of a kind, anew.
    All(BTreeMap<String, String>),
    Applied(String, String),
    Deleted(String),
    /// The watch works.
    Works,
    /// The watch does not work, and why.
    Fails(String),
}

/// What is known of one kind.
#[derive(Default)]
struct Known {
    /// Objects by name, as JSON; `None` until all have arrived.
    objects: Option<BTreeMap<String, String>>,
    failing_since: Option<Instant>,
}

/// Connects to the API server: the one the process runs in, or that of KUBECONFIG.
///
/// # Errors
/// When neither says where it is.
pub async fn client() -> Result<Client, String> {
    let client = Client::try_default().await;
    client.map_err(|error| format!("no API server to watch: {error}"))
}

/// Keeps the state as the cluster's objects are, for as long as the process lives.
///
/// `told` gets every problem of a watch.
pub async fn follow(client: Client, state: Arc<State>, told: impl Fn(&str)) {
    let (sender, mut receiver) = mpsc::channel(PENDING_MAX);
    for kind in 0..KINDS.len() {
        tokio::spawn(follow_kind(client.clone(), kind, sender.clone()));
    }
    drop(sender);
    let mut known: [Known; KINDS.len()] = Default::default();
    while let Some(seen) = receiver.recv().await {
        let mut has_changed = take(&mut known, seen, &told);
        while let Ok(seen) = receiver.try_recv() {
            has_changed |= take(&mut known, seen, &told);
        }
        match has_changed {
            true => {
                state.publish(objects(&known), caveat(&known));
                tokio::time::sleep(GATHER).await;
            }
            false => state.set_caveat(caveat(&known)),
        }
    }
}

async fn follow_kind(client: Client, kind: usize, sender: mpsc::Sender<Seen>) {
    let (group, version, name, plural) = KINDS[kind];
    let resource =
        ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, version, name), plural);
    let api: Api<DynamicObject> = Api::all_with(client, &resource);
    let events = watch(api, watcher::Config::default()).default_backoff();
    let mut events = std::pin::pin!(events);
    let mut arriving = BTreeMap::new();
    while let Some(event) = events.next().await {
        let what = match event {
            Ok(Event::Init) => {
                arriving.clear();
                continue;
            }
            Ok(Event::InitApply(object)) => {
                let (name, text) = named_text(object, group, version, name);
                arriving.insert(name, text);
                continue;
            }
            Ok(Event::InitDone) => What::All(std::mem::take(&mut arriving)),
            Ok(Event::Apply(object)) => {
                let (name, text) = named_text(object, group, version, name);
                What::Applied(name, text)
            }
            Ok(Event::Delete(object)) => What::Deleted(object.name_any()),
            // A cluster without the kind has no object of it.
            Err(error) if is_not_found(&error) => What::All(BTreeMap::new()),
            Err(error) => What::Fails(format!("{plural}: {error}")),
        };
        let works = !matches!(what, What::Fails(_));
        if sender.send(Seen { kind, what }).await.is_err() {
            return;
        }
        if works
            && sender
                .send(Seen {
                    kind,
                    what: What::Works,
                })
                .await
                .is_err()
        {
            return;
        }
    }
}

/// An object's name, and its JSON without what only costs memory.
fn named_text(
    mut object: DynamicObject,
    group: &str,
    version: &str,
    kind: &str,
) -> (String, String) {
    object.managed_fields_mut().clear();
    object.metadata.managed_fields = None;
    // Lists leave these out of their items.
    object.types = Some(kube::core::TypeMeta {
        api_version: format!("{group}/{version}"),
        kind: kind.to_owned(),
    });
    let name = object.name_any();
    let text = serde_json::to_string(&object).unwrap_or_default();
    (name, text)
}

fn is_not_found(error: &watcher::Error) -> bool {
    let client = match error {
        watcher::Error::InitialListFailed(error) | watcher::Error::WatchStartFailed(error) => error,
        _ => return false,
    };
    matches!(client, kube::Error::Api(status) if status.code == 404)
}

/// Takes over what a watch saw; whether the objects changed.
fn take(known: &mut [Known; KINDS.len()], seen: Seen, told: &impl Fn(&str)) -> bool {
    let known = &mut known[seen.kind];
    match seen.what {
        What::All(objects) => {
            let last = known.objects.replace(objects);
            last != known.objects
        }
        What::Applied(name, text) => {
            let objects = known.objects.get_or_insert_default();
            objects.insert(name, text.clone()) != Some(text)
        }
        What::Deleted(name) => {
            let objects = known.objects.get_or_insert_default();
            objects.remove(&name).is_some()
        }
        What::Works => {
            known.failing_since = None;
            false
        }
        What::Fails(problem) => {
            told(&problem);
            known.failing_since.get_or_insert_with(Instant::now);
            false
        }
    }
}

fn objects(known: &[Known; KINDS.len()]) -> ClusterState {
    let mut files = Vec::new();
    for ((_, _, kind, _), known) in KINDS.iter().zip(known) {
        let objects = known.objects.iter().flatten();
        files.extend(objects.map(|(name, text)| File {
            name: format!("{kind}/{name}"),
            text: text.clone(),
        }));
    }
    ClusterState { files }
}

fn caveat(known: &[Known; KINDS.len()]) -> Option<String> {
    if known.iter().any(|known| known.objects.is_none()) {
        return Some(NOT_YET.to_owned());
    }
    let is_stale = |known: &Known| {
        known
            .failing_since
            .is_some_and(|since| PATIENCE <= since.elapsed())
    };
    known.iter().any(is_stale).then(|| {
        "the cluster's other objects may be out of date: its API server cannot be watched"
            .to_owned()
    })
}
