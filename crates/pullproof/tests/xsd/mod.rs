//! Checks XML against as much of XML Schema as `junit-10.xsd` uses: elements with their order and
//! number, text, attributes with presence and type. What else a schema says stops the test.

use regex::Regex;
use roxmltree::{Document, Node};

/// Checks a document; the error names the element.
pub(crate) fn check(schema: &str, document: &str) -> Result<(), String> {
    let schema = Document::parse(schema).expect("the schema is XML");
    let document = Document::parse(document).map_err(|error| error.to_string())?;
    let root = document.root_element();
    let declaration =
        global(&schema, "element", name(root)).ok_or(format!("<{}> is no root", name(root)))?;
    check_element(&schema, declaration, root).map_err(|error| format!("<{}>: {error}", name(root)))
}

fn check_element(
    schema: &Document<'_>,
    declaration: Node<'_, '_>,
    element: Node<'_, '_>,
) -> Result<(), String> {
    let complex = match declaration.attribute("type") {
        Some("xs:string") => {
            let has_parts = element.children().any(|child| child.is_element());
            let is_plain = !has_parts && element.attributes().len() == 0;
            return is_plain
                .then_some(())
                .ok_or("only text is allowed".to_owned());
        }
        Some(named) => global(schema, "complexType", named).expect("the type is declared"),
        None => parts(declaration).next().expect("an element has a type"),
    };
    assert_eq!(name(complex), "complexType");
    let (attributes, particles): (Vec<_>, Vec<_>) =
        parts(complex).partition(|part| name(*part) == "attribute");
    check_attributes(schema, &attributes, element)?;
    let is_mixed = complex.attribute("mixed") == Some("true");
    let has_text = element.children().any(|child| {
        child
            .text()
            .is_some_and(|text| child.is_text() && !text.trim().is_empty())
    });
    if has_text && !is_mixed {
        return Err("no text is allowed".to_owned());
    }
    let mut declared = Vec::new();
    let content: String = particles
        .iter()
        .map(|part| pattern(*part, &mut declared))
        .collect();
    let children: Vec<_> = element.children().filter(Node::is_element).collect();
    let written: String = children
        .iter()
        .map(|child| format!("<{}>", name(*child)))
        .collect();
    let content = Regex::new(&format!("^(?:{content})$")).expect("made of names");
    if !content.is_match(&written) {
        return Err(format!("{written} does not match {content}"));
    }
    for child in children {
        let mut all = declared.iter();
        let own = all
            .find(|declaration| declared_name(**declaration) == name(child))
            .expect("it matches the pattern");
        let own = match own.attribute("ref") {
            Some(global_name) => global(schema, "element", global_name).expect("it is declared"),
            None => *own,
        };
        check_element(schema, own, child).map_err(|error| format!("<{}>: {error}", name(child)))?;
    }
    Ok(())
}

fn check_attributes(
    schema: &Document<'_>,
    declared: &[Node<'_, '_>],
    element: Node<'_, '_>,
) -> Result<(), String> {
    for declaration in declared {
        let attribute = declaration
            .attribute("name")
            .expect("attributes have names");
        let is_required = declaration.attribute("use") == Some("required");
        match (element.attribute(attribute), declaration.attribute("type")) {
            (None, _) if is_required => return Err(format!("{attribute} is missing")),
            (None, _) | (Some(_), Some("xs:string")) => {}
            (Some(value), named) => {
                let simple = named.and_then(|named| global(schema, "simpleType", named));
                let restriction = simple.and_then(|simple| parts(simple).next());
                let pattern = restriction.and_then(|restriction| parts(restriction).next());
                let pattern = pattern.and_then(|pattern| pattern.attribute("value"));
                let pattern = format!("^(?:{})$", pattern.expect("types are patterns"));
                if !Regex::new(&pattern).expect("a pattern").is_match(value) {
                    return Err(format!("{attribute} is {value}"));
                }
            }
        }
    }
    for attribute in element.attributes() {
        let is_declared = |it: &Node<'_, '_>| it.attribute("name") == Some(attribute.name());
        if !declared.iter().any(is_declared) {
            return Err(format!("{} is not declared", attribute.name()));
        }
    }
    Ok(())
}

/// A particle as a pattern over `<name>`s; the elements in it are added to `declared`.
fn pattern<'a, 'b>(particle: Node<'a, 'b>, declared: &mut Vec<Node<'a, 'b>>) -> String {
    let inner = match name(particle) {
        "element" => {
            declared.push(particle);
            format!("<{}>", declared_name(particle))
        }
        "sequence" => parts(particle)
            .map(|part| pattern(part, declared))
            .collect(),
        "choice" => {
            let parts: Vec<_> = parts(particle)
                .map(|part| pattern(part, declared))
                .collect();
            parts.join("|")
        }
        other => panic!("<xs:{other}> is not known here"),
    };
    let least = particle.attribute("minOccurs").unwrap_or("1");
    let most = match particle.attribute("maxOccurs") {
        Some("unbounded") => "",
        Some(most) => most,
        None => "1",
    };
    format!("(?:{inner}){{{least},{most}}}")
}

fn declared_name<'a>(declaration: Node<'a, '_>) -> &'a str {
    let named = declaration
        .attribute("ref")
        .or(declaration.attribute("name"));
    named.expect("elements have names")
}

fn global<'a, 'b>(schema: &'a Document<'b>, kind: &str, wanted: &str) -> Option<Node<'a, 'b>> {
    parts(schema.root_element())
        .find(|part| name(*part) == kind && part.attribute("name") == Some(wanted))
}

fn parts<'a, 'b>(node: Node<'a, 'b>) -> impl Iterator<Item = Node<'a, 'b>> {
    node.children().filter(Node::is_element)
}

fn name<'a>(node: Node<'a, '_>) -> &'a str {
    node.tag_name().name()
}
