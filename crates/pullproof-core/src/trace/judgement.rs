//! What policy.json says to a reference that is pulled, whichever endpoint has the image.

use super::{Context, Place};
use crate::policy_json::decision::Verdict;
use crate::policy_json::{Policy, PolicyScope, Requirement};
use crate::reference::Reference;
use serde::Serialize;

/// What policy.json says to a reference.
///
/// It is asked about the name that the pod has, after an endpoint has sent a manifest, and before
/// anything else is fetched.
// From containers/image, copy/single.go `copySingleImage`.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Judgement {
    /// What it says.
    pub verdict: Verdict,
    /// The scope that decides; absent where the default does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// What decides, in words.
    pub reason: String,
    /// Where that is asked for; empty for a default that nobody asks for.
    pub origins: Vec<Place>,
    /// What the kubelet is told of a pull that is rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl Context<'_> {
    pub(super) fn judgement(&self, policy: &Policy, reference: &Reference) -> Judgement {
        let (scope, what) = policy.deciding(reference);
        let mut origins: Vec<Place> = Vec::new();
        for span in &what.spans {
            let place = self.place(*span, None);
            if !origins.contains(&place) {
                origins.push(place);
            }
        }
        let verdict = what.verdict();
        Judgement {
            verdict,
            scope: scope.map(str::to_owned),
            reason: reason(scope, verdict),
            origins,
            message: (verdict == Verdict::Rejected).then(|| message(what, reference)),
        }
    }
}

fn reason(scope: Option<&str>, verdict: Verdict) -> String {
    let decides = match scope {
        None => "no scope of it matches the name, and the default".to_owned(),
        Some("") => {
            "no narrower scope of it matches the name, and the default of the transport".to_owned()
        }
        Some(scope) => format!("scope `{scope}`"),
    };
    let says = match verdict {
        Verdict::Accepted => "accepts any image",
        Verdict::NeedsSignatures => "asks for a signature",
        Verdict::Rejected => "rejects every image",
    };
    format!("{decides} {says}")
}

/// From containers/image, copy/single.go `copySingleImage`, and signature `isRunningImageAllowed`
/// of each requirement.
fn message(what: &PolicyScope, reference: &Reference) -> String {
    // What else is asked for is either accepted, or a signature that the image may have.
    let rejects = |it: &&Requirement| it.verdict() == Verdict::Rejected;
    let rejecting = what.requirements.iter().find(rejects);
    match rejecting {
        Some(Requirement::SignedBaseLayer) => {
            "Source image rejected: signedBaseLayer not implemented yet!".to_owned()
        }
        _ => format!(
            "Source image rejected: Running image docker://{} is rejected by policy.",
            reference.familiar()
        ),
    }
}
