//! Where the serving certificate comes from, and how the API server learns to trust it.

use super::Plan;
use super::document::Document;
use super::workload::{labels, metadata};
use anyhow::{Context as _, Result, bail};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube_core::TypeMeta;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use x509_parser::pem::Pem;

/// What `--certificates` asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Choice {
    ServiceCa,
    CertManager,
    CaBundle(PathBuf),
    /// With the file of a bundle; `None` trusts what the API server's host trusts.
    Url(Option<PathBuf>),
}

impl Choice {
    /// # Errors
    /// When the text names none of them, or lacks a file.
    pub(super) fn parse(text: &str) -> Result<Choice, String> {
        let (name, file) = match text.split_once('=') {
            Some((name, file)) => (name, Some(file)),
            None => (text, None),
        };
        match (name, file) {
            ("ca-bundle" | "url", Some("")) => Err(format!("no file behind `{name}=`")),
            ("service-ca", None) => Ok(Choice::ServiceCa),
            ("cert-manager", None) => Ok(Choice::CertManager),
            ("ca-bundle", Some(file)) => Ok(Choice::CaBundle(PathBuf::from(file))),
            ("ca-bundle", None) => Err("write `ca-bundle=FILE`".to_owned()),
            ("url", file) => Ok(Choice::Url(file.map(PathBuf::from))),
            _ => Err(
                "none of `service-ca`, `cert-manager`, `ca-bundle=FILE`, `url`, `url=FILE`"
                    .to_owned(),
            ),
        }
    }

    /// Whether a static pod is asked for, which the API server finds by URL.
    pub(super) fn is_static(&self) -> bool {
        matches!(self, Choice::Url(_))
    }

    /// # Errors
    /// When the bundle cannot be read or holds anything but certificates.
    pub(super) fn read(&self, secret: String) -> Result<Certificates> {
        Ok(match self {
            Choice::ServiceCa => Certificates::ServiceCa { secret },
            Choice::CertManager => Certificates::CertManager { secret },
            Choice::CaBundle(path) => Certificates::Given {
                secret,
                bundle: bundle(path)?,
            },
            Choice::Url(path) => Certificates::Files {
                bundle: path.as_deref().map(bundle).transpose()?,
            },
        })
    }
}

/// Where the certificate is, and who makes it.
pub(super) enum Certificates {
    /// OpenShift's service CA writes the Secret and injects the bundle.
    ServiceCa { secret: String },
    /// cert-manager writes the Secret and injects the bundle.
    CertManager { secret: String },
    /// A Secret that someone else writes; the bundle is PEM.
    Given { secret: String, bundle: Vec<u8> },
    /// Files on the host; the bundle is PEM.
    Files { bundle: Option<Vec<u8>> },
}

impl Certificates {
    pub(super) fn is_static(&self) -> bool {
        matches!(self, Certificates::Files { .. })
    }

    /// The Secret with the certificate; `None` for files.
    pub(super) fn secret(&self) -> Option<&str> {
        match self {
            Certificates::ServiceCa { secret }
            | Certificates::CertManager { secret }
            | Certificates::Given { secret, .. } => Some(secret),
            Certificates::Files { .. } => None,
        }
    }
}

/// A PEM file of nothing but certificates, at least one.
fn bundle(path: &Path) -> Result<Vec<u8>> {
    let name = path.display();
    let text = std::fs::read(path).with_context(|| format!("cannot read `{name}`"))?;
    let mut n_certificates = 0;
    for pem in Pem::iter_from_buffer(&text) {
        let pem = pem.with_context(|| format!("`{name}` is no PEM file"))?;
        // What is written here is for everyone to read.
        if pem.label != "CERTIFICATE" {
            bail!("`{name}` holds a {}, not only certificates", pem.label);
        }
        let rest = match x509_parser::parse_x509_certificate(&pem.contents) {
            Ok((rest, _)) => rest,
            Err(error) => bail!("`{name}` holds a certificate that cannot be read: {error}"),
        };
        if !rest.is_empty() {
            bail!("`{name}` holds a certificate with something behind it");
        }
        n_certificates += 1;
    }
    if n_certificates == 0 {
        bail!("`{name}` holds no certificate in PEM");
    }
    Ok(text)
}

/// The names a serving certificate must have: the API server asks for the first.
pub(super) fn dns_names(plan: &Plan) -> Vec<String> {
    let service = format!("{}.{}.svc", plan.name, plan.namespace);
    let full = format!("{service}.cluster.local");
    vec![service, full]
}

/// What cert-manager makes certificates of; nothing for others.
///
/// # Errors
/// When an object cannot be written as YAML.
pub(super) fn documents(plan: &Plan) -> Result<Vec<Document>> {
    let Certificates::CertManager { secret } = &plan.certificates else {
        return Ok(Vec::new());
    };
    const GROUP: &str = "cert-manager.io";
    let types = |kind: &str| TypeMeta {
        api_version: format!("{GROUP}/v1"),
        kind: kind.to_owned(),
    };
    let issuer = |name: String, spec| Issuer {
        types: types("Issuer"),
        metadata: metadata(plan, name),
        spec,
    };
    let issued_by = |name: &str| IssuerRef {
        group: GROUP,
        kind: "Issuer",
        name: name.to_owned(),
    };
    let key = |rotation_policy| PrivateKey {
        algorithm: "ECDSA",
        rotation_policy,
        size: 256,
    };
    let template = || SecretTemplate {
        labels: labels(plan),
    };
    let root = format!("{}-root", plan.name);
    let authority = format!("{}-ca", plan.name);
    let root_issuer = issuer(
        root.clone(),
        IssuerSpec {
            self_signed: Some(SelfSigned {}),
            ca: None,
        },
    );
    let authority_certificate = Certificate {
        types: types("Certificate"),
        metadata: metadata(plan, authority.clone()),
        spec: CertificateSpec {
            common_name: Some(plan.name.clone()),
            dns_names: Vec::new(),
            duration: "87600h",
            is_ca: true,
            issuer_ref: issued_by(&root),
            private_key: key("Never"),
            secret_name: authority.clone(),
            secret_template: template(),
            usages: Vec::new(),
        },
    };
    let authority_issuer = issuer(
        authority.clone(),
        IssuerSpec {
            self_signed: None,
            ca: Some(Authority {
                secret_name: authority.clone(),
            }),
        },
    );
    let serving_certificate = Certificate {
        types: types("Certificate"),
        metadata: metadata(plan, plan.name.clone()),
        spec: CertificateSpec {
            common_name: None,
            dns_names: dns_names(plan),
            duration: "2160h",
            is_ca: false,
            issuer_ref: issued_by(&authority),
            private_key: key("Always"),
            secret_name: secret.clone(),
            secret_template: template(),
            usages: vec!["digital signature", "server auth"],
        },
    };
    let root_comment = "An authority of its own, so that renewing the certificate leaves the \
                        injected bundle as it is.";
    Ok(vec![
        Document::object("20-issuer-root.yaml", root_comment, &root_issuer)?,
        Document::object("21-certificate-ca.yaml", "", &authority_certificate)?,
        Document::object("22-issuer-ca.yaml", "", &authority_issuer)?,
        Document::object(
            "23-certificate.yaml",
            "The webhook takes up a renewed certificate without a restart.",
            &serving_certificate,
        )?,
    ])
}

// From cert-manager/cert-manager, pkg/apis/certmanager/v1 types_issuer.go and types_certificate.go:
// the fields that are written here.

#[derive(Serialize)]
struct Issuer {
    #[serde(flatten)]
    types: TypeMeta,
    metadata: ObjectMeta,
    spec: IssuerSpec,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct IssuerSpec {
    #[serde(skip_serializing_if = "Option::is_none")]
    self_signed: Option<SelfSigned>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ca: Option<Authority>,
}

#[derive(Serialize)]
struct SelfSigned {}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Authority {
    secret_name: String,
}

#[derive(Serialize)]
struct Certificate {
    #[serde(flatten)]
    types: TypeMeta,
    metadata: ObjectMeta,
    spec: CertificateSpec,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CertificateSpec {
    #[serde(skip_serializing_if = "Option::is_none")]
    common_name: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dns_names: Vec<String>,
    duration: &'static str,
    #[serde(rename = "isCA")]
    is_ca: bool,
    issuer_ref: IssuerRef,
    private_key: PrivateKey,
    secret_name: String,
    secret_template: SecretTemplate,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    usages: Vec<&'static str>,
}

#[derive(Serialize)]
struct IssuerRef {
    group: &'static str,
    kind: &'static str,
    name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PrivateKey {
    algorithm: &'static str,
    rotation_policy: &'static str,
    size: u32,
}

#[derive(Serialize)]
struct SecretTemplate {
    labels: BTreeMap<String, String>,
}
