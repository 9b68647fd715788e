//! `pullproof manifests`: what it takes to run the webhook in a cluster.

mod certificates;
mod configuration;
mod document;
mod names;
mod node;
mod policy;
mod registration;
mod workload;

use super::openshift;
use crate::exit;
use crate::output::Output;
use anyhow::{Context as _, Result};
use certificates::{Certificates, Choice};
use clap::Args;
use document::{Body, Document};
use pullproof_core::apiserver::crds::Resource;
use pullproof_core::openshift::OpenShift;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

/// The kinds that are judged, and of which the cluster's other objects are kept.
///
/// Not `ImageContentPolicies`, which nothing in OpenShift reads.
const KINDS: [Resource; 4] = [
    Resource::ImageDigestMirrorSets,
    Resource::ImageTagMirrorSets,
    Resource::Images,
    Resource::ImageContentSourcePolicies,
];

/// An object with this label, set to `true`, passes unseen.
const BREAK_GLASS: &str = "pullproof/break-glass";

/// Kubernetes serves ValidatingAdmissionPolicy as `v1` since 1.30, which 4.17 ships.
const POLICIES_SINCE: OpenShift = OpenShift::V4_17;

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    pullproof manifests --image mirror.example.com/pullproof-webhook:0.1.0 | kubectl apply -f -\n  \
    pullproof manifests --image IMAGE --certificates ca-bundle=ca.pem --mode warn\n  \
    pullproof manifests --vap | kubectl apply -f -\n\n\
    The first lines of the output tell how to apply it, how to turn it off in an emergency, and\n\
    how to remove it.")]
pub(crate) struct Arguments {
    /// The image of the webhook, with a tag or digest.
    #[arg(
        long,
        value_parser = names::image,
        required_unless_present = "vap",
        conflicts_with = "vap"
    )]
    image: Option<String>,
    /// The namespace; without one `pullproof-system`, or `kube-system` for a static pod.
    #[arg(long, value_parser = names::namespace, conflicts_with = "vap")]
    namespace: Option<String>,
    /// What all objects are called, or begin with.
    #[arg(long, value_parser = names::service, default_value = "pullproof")]
    name: String,
    /// How many pods serve [default: 2].
    #[arg(
        long,
        value_parser = clap::value_parser!(u8).range(1..),
        conflicts_with = "vap",
        value_name = "NUMBER"
    )]
    replicas: Option<u8>,
    /// Where the certificate comes from: `service-ca` of OpenShift, `cert-manager`,
    /// `ca-bundle=FILE` for a Secret of yours, or `url[=FILE]` for a static pod beside the API
    /// server and a configuration that it reads from files.
    #[arg(
        long,
        value_parser = Choice::parse,
        default_value = "service-ca",
        value_name = "WHICH"
    )]
    certificates: Choice,
    /// The Secret with `tls.crt` and `tls.key` [default: NAME-tls].
    #[arg(long, value_parser = names::object, conflicts_with = "vap", value_name = "NAME")]
    secret: Option<String>,
    /// Where the objects come from that a change is judged against; without it `cluster`, or
    /// `directory` for a static pod.
    #[arg(long, value_enum, conflicts_with = "vap")]
    state: Option<State>,
    /// What findings do.
    #[arg(long, value_enum, default_value = "enforce")]
    mode: Mode,
    /// The OpenShift release to judge for.
    #[arg(long, value_parser = openshift(), default_value = OpenShift::NEWEST.name(), value_name = "VERSION")]
    openshift: OpenShift,
    /// What is answered when the policy cannot be asked; `fail` leaves it to the failure policy.
    #[arg(
        long,
        value_enum,
        default_value = "fail",
        conflicts_with = "vap",
        value_name = "ANSWER"
    )]
    on_error: OnError,
    /// What the API server does when nobody answers.
    #[arg(
        long,
        value_enum,
        ignore_case = true,
        default_value = "ignore",
        value_name = "POLICY"
    )]
    failure_policy: FailurePolicy,
    /// The address to serve; without it 0.0.0.0:8443, or 127.0.0.1:18443 for a static pod.
    #[arg(long, conflicts_with = "vap", value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Prints a ValidatingAdmissionPolicy instead, for the checks that CEL can do.
    #[arg(long)]
    vap: bool,
    /// Writes a file for each object below a directory instead of printing them.
    #[arg(long, value_name = "DIR")]
    output_dir: Option<String>,
}

/// Where the objects come from that a change is judged against.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum State {
    /// Nowhere: an object is judged alone.
    None,
    /// The API server, by list and watch.
    Cluster,
    /// Files on the host of a static pod.
    Directory,
}

/// What findings do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Mode {
    /// Errors refuse the change, warnings are shown.
    Enforce,
    /// All are shown as warnings.
    Warn,
    /// All are only counted and logged.
    Monitor,
}

impl Mode {
    fn name(self) -> &'static str {
        match self {
            Mode::Enforce => "enforce",
            Mode::Warn => "warn",
            Mode::Monitor => "monitor",
        }
    }
}

/// What the webhook answers when it cannot ask the policy.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum OnError {
    /// A refusal.
    Deny,
    /// A consent.
    Allow,
    /// No review at all, so that the failure policy decides.
    Fail,
}

impl OnError {
    fn name(self) -> &'static str {
        match self {
            OnError::Deny => "deny",
            OnError::Allow => "allow",
            OnError::Fail => "fail",
        }
    }
}

/// What the API server does when nobody answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum FailurePolicy {
    /// Lets changes pass.
    Ignore,
    /// Refuses changes.
    Fail,
}

impl FailurePolicy {
    /// As Kubernetes writes it.
    fn name(self) -> &'static str {
        match self {
            FailurePolicy::Ignore => "Ignore",
            FailurePolicy::Fail => "Fail",
        }
    }

    /// Why it is so and what it costs, for the top of the output.
    fn words(self) -> &'static str {
        match self {
            FailurePolicy::Ignore => {
                "failurePolicy is Ignore: while no pod answers, changes pass unjudged. A cluster that\n\
                 starts anew, or that pulls the image of this very webhook through a mirror, would\n\
                 otherwise wait for itself. `--failure-policy fail` is for when it has proved itself."
            }
            FailurePolicy::Fail => {
                "failurePolicy is Fail: while no pod answers, changes of mirror objects are refused, and\n\
                 nothing else is. A cluster that needs such a change to start the webhook waits for\n\
                 itself: then turn it off as below."
            }
        }
    }
}

/// What is written, with all defaults filled in.
struct Plan {
    name: String,
    namespace: String,
    image: String,
    replicas: u8,
    certificates: Certificates,
    state: State,
    mode: Mode,
    openshift: OpenShift,
    on_error: OnError,
    failure_policy: FailurePolicy,
    listen: SocketAddr,
}

impl Plan {
    /// Fills in defaults and reads the bundle.
    ///
    /// # Errors
    /// When the bundle cannot be read or holds anything but certificates.
    fn new(arguments: &Arguments) -> Result<Plan> {
        let namespace = arguments.namespace.clone();
        let secret = arguments.secret.clone();
        let secret = secret.unwrap_or_else(|| format!("{}-tls", arguments.name));
        Ok(Plan {
            name: arguments.name.clone(),
            namespace: namespace.unwrap_or_else(|| {
                match arguments.certificates.is_static() {
                    true => "kube-system",
                    false => "pullproof-system",
                }
                .to_owned()
            }),
            // There is none where no pod is written.
            image: arguments.image.clone().unwrap_or_default(),
            replicas: arguments.replicas.unwrap_or(2),
            certificates: arguments.certificates.read(secret)?,
            state: arguments.state(),
            mode: arguments.mode,
            openshift: arguments.openshift,
            on_error: arguments.on_error,
            failure_policy: arguments.failure_policy,
            listen: arguments.listen(),
        })
    }
}

impl Arguments {
    fn state(&self) -> State {
        self.state.unwrap_or(match self.certificates.is_static() {
            true => State::Directory,
            false => State::Cluster,
        })
    }

    fn listen(&self) -> SocketAddr {
        self.listen.unwrap_or(match self.certificates.is_static() {
            true => SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 18443),
            false => SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 8443),
        })
    }
}

/// What does not go together, in the order of the help.
fn contradictions(arguments: &Arguments) -> Vec<String> {
    const PORT_MIN: u16 = 1024;
    let is_static = arguments.certificates.is_static();
    let listen = arguments.listen();
    let mut problems = Vec::new();
    if is_static && arguments.replicas.is_some() {
        problems.push("a static pod has no `--replicas`: each API server has its own".to_owned());
    }
    if is_static && arguments.secret.is_some() {
        problems.push("a static pod reads files and no `--secret`".to_owned());
    }
    match arguments.state() {
        State::Cluster if is_static => problems.push(
            "a static pod has no service account: `--state` is `directory` or `none`".to_owned(),
        ),
        State::Directory if !is_static => problems
            .push("`--state directory` is for a static pod, with `--certificates url`".to_owned()),
        State::None | State::Cluster | State::Directory => {}
    }
    if let Some(namespace) = &arguments.namespace
        && !is_static
        && names::belongs_to_cluster(namespace)
    {
        problems.push(format!(
            "the namespace `{namespace}` is the cluster's own: its labels and its removal would \
             take other pods along"
        ));
    }
    if listen.port() < PORT_MIN {
        problems.push(format!(
            "port {} of `--listen` is below {PORT_MIN}, which needs a capability",
            listen.port()
        ));
    }
    if is_static != listen.ip().is_loopback() {
        let words = if is_static {
            "is not on loopback, where the API server asks a static pod"
        } else {
            "is on loopback, where no Service finds it"
        };
        problems.push(format!("`--listen {listen}` {words}"));
    }
    if arguments.vap && arguments.openshift < POLICIES_SINCE {
        problems.push(format!(
            "OpenShift {} does not serve ValidatingAdmissionPolicy: `--vap` needs {POLICIES_SINCE}",
            arguments.openshift
        ));
    }
    problems
}

pub(crate) fn run(arguments: &Arguments, output: &Output) -> Result<u8> {
    let problems = contradictions(arguments);
    if !problems.is_empty() {
        for problem in problems {
            eprintln!("pullproof: {problem}");
        }
        return Ok(exit::USAGE);
    }
    let plan = Plan::new(arguments)?;
    let is_static = plan.certificates.is_static();
    let (header, documents) = match (arguments.vap, is_static) {
        (true, _) => (policy::header(&plan), policy::documents(&plan)?),
        (false, true) => (node::header(&plan), node::documents(&plan)?),
        (false, false) => (workload::header(&plan), cluster_documents(&plan)?),
    };
    match &arguments.output_dir {
        None => output.print(&document::stream(&header, &documents))?,
        Some(directory) => write(directory, &header, &documents)?,
    }
    Ok(exit::CLEAN)
}

/// In the order of applying: the registration last, when there is someone to ask.
fn cluster_documents(plan: &Plan) -> Result<Vec<Document>> {
    let mut documents = workload::foundation(plan)?;
    documents.push(configuration::config_map(plan)?);
    documents.extend(certificates::documents(plan)?);
    documents.extend(workload::serving(plan)?);
    documents.push(registration::document(plan)?);
    Ok(documents)
}

/// Writes a file for each document; where the order counts, the names have it.
fn write(directory: &str, header: &str, documents: &[Document]) -> Result<()> {
    let directory = Path::new(directory);
    std::fs::create_dir_all(directory)
        .with_context(|| format!("cannot create `{}`", directory.display()))?;
    let mut header = Some(header);
    for document in documents {
        let path = directory.join(&document.file);
        let mut text = header.take().map_or(String::new(), document::comment);
        text.push_str(&document::comment(&document.comment));
        match &document.body {
            Body::Object(body) | Body::File(body) => text.push_str(body),
        }
        std::fs::write(&path, text)
            .with_context(|| format!("cannot write `{}`", path.display()))?;
        eprintln!("wrote {}", path.display());
    }
    Ok(())
}
