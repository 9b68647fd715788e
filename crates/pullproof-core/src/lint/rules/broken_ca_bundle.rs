//! `broken-ca-bundle`: a certificate authority for a registry that nothing can be read from.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::openshift::OpenShift;
use crate::resource::ca_bundle::ValueFault;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "broken-ca-bundle",
        code: "PP064",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("broken_ca_bundle.md"),
    },
    looks_at: Subject::CaBundles,
    check,
};

/// The first release whose Machine Config Operator writes certificates to nodes, and decodes them.
const DECODED_SINCE: OpenShift = OpenShift::V4_14;

fn check(model: &Model, emit: &mut Emit<'_>) {
    let authorities = model.beside.ca_bundles.iter();
    for authority in authorities.flat_map(|bundle| &bundle.authorities) {
        let Some(fault) = authority.fault else {
            continue;
        };
        let key = code(&authority.key.value);
        let is_decoded = fault == ValueFault::Encoded && DECODED_SINCE <= model.version;
        let (what, help) = match fault {
            ValueFault::NotText => ("is not text", "write the certificate in PEM form"),
            ValueFault::NotBase64 => (
                "is not base64, as all below `binaryData` must be",
                "move it to `data`",
            ),
            ValueFault::Empty => ("is empty", "write the certificate in PEM form"),
            ValueFault::Encoded if is_decoded => (
                "is base64, which the Machine Config Operator decodes for nodes and nobody else does",
                "write the certificate in PEM form, not encoded",
            ),
            ValueFault::Encoded => (
                "is base64, which nobody decodes",
                "write the certificate in PEM form, not encoded",
            ),
            ValueFault::PrivateKey => (
                "has a private key in it, for everybody who may read a `ConfigMap`",
                "keep the certificates alone, and use that key no more",
            ),
            ValueFault::Binary => (
                "is a certificate in its binary form, which nobody reads",
                "convert it: `openssl x509 -inform der -in FILE -out ca.crt`",
            ),
            ValueFault::LineBreaks => (
                "has its line breaks lost or indented, so that no certificate is found in it",
                "put each line of the certificate on a line of its own below `|`",
            ),
            ValueFault::NoCertificate => (
                "has no certificate in it",
                "write what is between `-----BEGIN CERTIFICATE-----` and `-----END CERTIFICATE-----`, \
                 with both lines",
            ),
            ValueFault::Damaged => (
                "has a certificate that is cut off or damaged, and is passed over",
                "copy the certificate anew",
            ),
        };
        let finding = emit.add(authority.key.span, format!("the value of {key} {what}"));
        finding.help(help);
        if is_decoded {
            finding.severity(Severity::Warning);
        }
    }
}
