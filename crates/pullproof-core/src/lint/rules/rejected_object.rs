//! `rejected-object`: an object that the API server refuses to create.

use crate::apiserver::cause::{Cause, Failure};
use crate::apiserver::path::{Path, Step};
use crate::apiserver::patterns::{MIRROR, SOURCE};
use crate::apiserver::schema::Type;
use crate::document::Value;
use crate::file::Span;
use crate::finding::{Finding, Fix, Safety, Severity};
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::{code, cut, either};
use crate::lint::{Emit, Rule, Subject, edits, form, mend};
use crate::model::{Judged, Model};
use crate::scope::form::{Form, fault};

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "rejected-object",
        code: "PP003",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: Some(Safety::Unsafe),
        page: page!("rejected_object.md"),
    },
    looks_at: Subject::Inputs,
    check,
};

/// Most characters that are shown of the server's words.
const SERVER_CHARACTERS: usize = 200;

/// What the server answers when it does not serve a kind, which another rule tells.
const NOT_FOUND: u16 = 404;

fn check(model: &Model, emit: &mut Emit<'_>) {
    for judged in &model.objects {
        if let Some(span) = judged.resource_version
            && !judged.object.is_list_item
            && judged.resource.is_some()
        {
            let edit = edits::remove_entry_of(model, span);
            let fix = edit.map(|edit| Fix::new("remove it", Safety::Unsafe, vec![edit]));
            emit.add(span, "an object with a `resourceVersion` cannot be created")
                .severity(Severity::Info)
                .help("remove it, unless the object is only read and never applied")
                .fix = fix;
        }
        rejected(model, judged, emit);
    }
}

fn rejected(model: &Model, judged: &Judged, emit: &mut Emit<'_>) {
    let Some(verdict) = &judged.verdict else {
        return;
    };
    let Some(message) = verdict.message.as_ref() else {
        return;
    };
    if verdict.code == NOT_FOUND {
        return;
    }
    for cause in &verdict.causes {
        tell(cause, emit);
    }
    if verdict.causes.is_empty() {
        let path = model.locate(verdict.span).map(|(_, path)| path);
        let what = match path.as_deref() {
            None | Some("") => "the object".to_owned(),
            Some(path) => code(path),
        };
        let finding = emit.add(verdict.span, format!("the API server cannot read {what}"));
        say(finding, verdict.span, message);
        if message.ends_with("of type string") {
            finding.fix = mend::string(model, verdict.span);
        }
    }
}

/// Adds the server's own words.
fn say(finding: &mut Finding, span: Span, text: &str) {
    let text = cut(text, SERVER_CHARACTERS);
    finding.also(span, format!("the API server says: {text}"));
}

#[cold]
#[inline(never)]
fn tell(cause: &Cause, emit: &mut Emit<'_>) {
    let Some((message, help)) = words(cause) else {
        return;
    };
    let fix = mend::cause(emit.model, cause);
    let finding = emit.add(cause.span, message);
    finding.fix = fix;
    if let Failure::Duplicate { first, .. } | Failure::DuplicateKey { first, .. } = &cause.failure {
        finding.also(*first, "here for the first time");
    }
    say(finding, cause.span, &server_words(cause));
    if let Some(help) = help {
        finding.help(help);
    }
}

/// What the server says of a cause, without patterns, which run to hundreds of characters.
fn server_words(cause: &Cause) -> String {
    let text = cause.to_string();
    match &cause.failure {
        Failure::PatternMismatch { pattern, .. } => text.replace(pattern.text, "…"),
        _ => text,
    }
}

/// The last key of a path, and the same as one of its elements is called.
fn key_of(path: &Path) -> (&str, &str) {
    let key = path.steps.iter().rev().find_map(|step| match step {
        Step::Key(key) => Some(key.as_str()),
        Step::Index(_) => None,
    });
    let key = key.unwrap_or("object");
    let element = match key {
        "mirrors" => "mirror",
        "imageDigestMirrors" | "imageTagMirrors" | "repositoryDigestMirrors" => "entry",
        "blockedRegistries" | "allowedRegistries" | "insecureRegistries" => "registry",
        "containerRuntimeSearchRegistries" => "search registry",
        key => key,
    };
    (key, element)
}

/// What is wrong and what to do; `None` for what follows from other causes.
fn words(cause: &Cause) -> Option<(String, Option<String>)> {
    let (key, element) = key_of(&cause.path);
    let help = |text: &str| Some(text.to_owned());
    Some(match &cause.failure {
        Failure::Required => {
            let path = code(&cause.path.to_string());
            (format!("{path} is missing"), None)
        }
        Failure::NameRequired => (
            "the object has no name".to_owned(),
            help("give it `metadata.name`"),
        ),
        Failure::WrongType { expected, found } => wrong_type(key, *expected, found),
        Failure::NotSupported { value, supported } => {
            let supported = either(supported);
            (
                format!("{} is none of the values of {}", shown(value), code(key)),
                Some(format!("write {supported}")),
            )
        }
        Failure::PatternMismatch { value, pattern } => {
            let forms = [(SOURCE, Form::Source), (MIRROR, Form::Mirror)];
            let form = forms.iter().find(|(known, _)| known == pattern);
            let form = form.map(|(_, form)| *form);
            malformed(element, value, form)
        }
        Failure::TooShort { value, .. } if value.is_empty() => {
            malformed(element, value, Some(Form::Source))
        }
        // Too short is what an empty text is, too.
        Failure::Rule {
            value: Some(Value::String(value)),
            ..
        } if value.is_empty() => return None,
        Failure::Rule {
            value: Some(Value::String(value)),
            ..
        } => malformed(element, value, Some(Form::Source)),
        Failure::Rule { .. } => (
            "`blockedRegistries` and `allowedRegistries` are both set".to_owned(),
            help("keep one of them: even an empty list counts as set"),
        ),
        Failure::RulesSkipped => return None,
        Failure::TooShort { length_min, .. } => {
            let message = format!("{element} has fewer than {length_min} characters");
            (message, None)
        }
        Failure::TooLong { length_max } => {
            let message = format!("{element} has more than {length_max} characters");
            (message, None)
        }
        Failure::TooFewItems { n_items, items_min } => (
            format!(
                "{} has {n_items} elements of at least {items_min}",
                code(key)
            ),
            help("add one, or remove the list"),
        ),
        Failure::TooManyItems { n_items, items_max } => (
            format!(
                "{} has {n_items} elements of at most {items_max}",
                code(key)
            ),
            None,
        ),
        Failure::Duplicate { value, .. } => (
            format!("{element} {} is in its list twice", shown(value)),
            help("remove it"),
        ),
        Failure::DuplicateKey { value, .. } => (
            format!("two entries have {}", key_and_value(value)),
            help("write their mirrors into one entry"),
        ),
        Failure::NoObject { value } => (format!("{element} {} is no mapping", shown(value)), None),
        Failure::WrongKind { value, expected } => (
            format!("kind is {} and must be {}", code(value), code(expected)),
            None,
        ),
        Failure::Name { value, .. } if cause.path.to_string() == "metadata.name" => (
            format!("{} cannot be the name of an object", code(value)),
            help("use lower-case letters, digits, `-` and `.`, and letters or digits at both ends"),
        ),
        Failure::Name { value, .. } => (
            format!(
                "{} is not allowed in {}",
                code(value),
                code(&cause.path.to_string())
            ),
            None,
        ),
        Failure::Owner(_) | Failure::FinalizersConflict { .. } => {
            let path = code(&cause.path.to_string());
            (format!("{path} has a value that is not allowed"), None)
        }
    })
}

fn malformed(element: &str, value: &str, form: Option<Form>) -> (String, Option<String>) {
    let found = form.and_then(|form| fault(value, form).map(|fault| (form, fault)));
    match found {
        Some((form, fault)) => (
            form::message(element, value, &fault),
            Some(form::help(value, form, &fault)),
        ),
        None => (
            format!(
                "{element} {} has a form that this kind does not allow",
                code(value)
            ),
            None,
        ),
    }
}

fn wrong_type(key: &str, expected: Type, found: &str) -> (String, Option<String>) {
    let expected_name = type_name(expected.name());
    let message = format!(
        "{} is {} and must be {expected_name}",
        code(key),
        type_name(found)
    );
    let help = match expected {
        Type::Array => Some("write each element behind a `-` of its own".to_owned()),
        Type::String if found != "object" && found != "array" => {
            Some("put it in quotes".to_owned())
        }
        _ => None,
    };
    (message, help)
}

/// A type of OpenAPI in the words of YAML.
fn type_name(name: &str) -> String {
    match name {
        "object" => "a mapping".to_owned(),
        "array" => "a list".to_owned(),
        "integer" => "a whole number".to_owned(),
        "null" => "null".to_owned(),
        other => format!("a {other}"),
    }
}

/// A value as messages show it.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) | Value::Datetime(text) => code(text),
        Value::Null => "null".to_owned(),
        Value::Bool(value) => format!("`{value}`"),
        Value::Integer(number) => format!("`{number}`"),
        Value::Float(number) => format!("`{number}`"),
        Value::Sequence(_) => "a list".to_owned(),
        Value::Mapping(_) => "a mapping".to_owned(),
    }
}

/// The one entry of a mapping, such as "source `quay.io`".
fn key_and_value(value: &Value) -> String {
    let entry = match value {
        Value::Mapping(mapping) => mapping.entries().first(),
        _ => None,
    };
    match entry {
        Some(entry) => format!("{} {}", entry.key.value, shown(&entry.value.value)),
        None => "no key to tell them apart".to_owned(),
    }
}
