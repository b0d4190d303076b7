//! The document as one page of HTML, made here so that a browser needs neither scripts nor anything from elsewhere.

use std::fmt::Write as _;

use serde_json::{Map, Value};

const STYLE: &str = include_str!("page.css");

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

const SCHEMAS: &str = "#/components/schemas/";

/// The page of a document.
pub(super) fn of(document: &Value) -> String {
    let title = escaped(text(&document["info"], "title"));
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} API</title><style>{STYLE}</style></head><body>\
         <h1>{title} API {}</h1><p>{}</p><p>The same for programs: <a href=\"/openapi.json\">openapi.json</a></p>",
        escaped(text(&document["info"], "version")),
        escaped(text(&document["info"], "description")),
    );
    let apis = document["tags"].as_array().map_or(&[][..], Vec::as_slice);
    page.push_str("<nav><ul>");
    for name in apis.iter().map(|api| text(api, "name")) {
        add(&mut page, format_args!("<li><a href=\"#{}\">{}</a></li>", anchor(name), escaped(name)));
    }
    page.push_str(
        "<li><a href=\"#callers\">Who calls</a></li><li><a href=\"#schemas\">Schemas</a></li></ul></nav>",
    );
    for api in apis {
        add_api(&mut page, document, api);
    }
    add_callers(&mut page, &document["components"]["securitySchemes"]);
    page.push_str("<h2 id=\"schemas\">Schemas</h2>");
    for (name, schema) in entries(&document["components"]["schemas"]) {
        add_schema(&mut page, name, schema);
    }
    page.push_str("</body></html>");
    page
}

fn add_api(page: &mut String, document: &Value, api: &Value) {
    let name = text(api, "name");
    let says = escaped(text(api, "description"));
    add(page, format_args!("<h2 id=\"{}\">{}</h2><p>{says}</p>", anchor(name), escaped(name)));
    for (path, methods) in entries(&document["paths"]) {
        for method in METHODS {
            let operation = &methods[method];
            if operation["tags"][0] == name {
                add_operation(page, path, method, operation);
            }
        }
    }
}

fn add_operation(page: &mut String, path: &str, method: &str, operation: &Value) {
    add(
        page,
        format_args!(
            "<details id=\"{}\"><summary><span class=\"method {method}\">{}</span> <code>{}</code> {}</summary>",
            anchor(text(operation, "operationId")),
            method.to_uppercase(),
            escaped(path),
            escaped(text(operation, "summary")),
        ),
    );
    let description = text(operation, "description");
    if !description.is_empty() {
        add(page, format_args!("<p>{}</p>", escaped(description)));
    }
    let ways: Vec<String> = operation["security"].as_array().into_iter().flatten().map(shown).collect();
    if !ways.is_empty() {
        add(page, format_args!("<p>Shows {}.</p>", ways.join(", or ")));
    }
    add_parameters(page, operation["parameters"].as_array());
    for (media_type, content) in entries(&operation["requestBody"]["content"]) {
        let must = if operation["requestBody"]["required"] == true { "" } else { ", may be left out" };
        let schema = type_of(&content["schema"]);
        add(page, format_args!("<h3>Body</h3><p>{schema} as <code>{}</code>{must}</p>", escaped(media_type)));
        if let Ok(example) = serde_json::to_string_pretty(&content["example"]) {
            add(page, format_args!("<pre>{}</pre>", escaped(&example)));
        }
    }
    page.push_str("<h3>Answers</h3><div class=\"table\"><table>");
    for (status, response) in entries(&operation["responses"]) {
        let bodies = entries(&response["content"]).map(|(media_type, content)| {
            format!("{} <code>{}</code>", type_of(&content["schema"]), escaped(media_type))
        });
        let bodies = bodies.collect::<Vec<_>>().join("<br>");
        let says = escaped(text(response, "description"));
        add(page, format_args!("<tr><th>{}</th><td>{says}</td><td>{bodies}</td></tr>", escaped(status)));
    }
    page.push_str("</table></div></details>");
}

fn add_parameters(page: &mut String, parameters: Option<&Vec<Value>>) {
    let Some(parameters) = parameters else { return };
    page.push_str("<h3>Parameters</h3><div class=\"table\"><table>");
    for parameter in parameters {
        let must = if parameter["required"] == true { " <span class=\"must\">required</span>" } else { "" };
        add(
            page,
            format_args!(
                "<tr><td><code>{}</code>{must}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                escaped(text(parameter, "name")),
                escaped(text(parameter, "in")),
                type_of(&parameter["schema"]),
                escaped(text(parameter, "description")),
            ),
        );
    }
    page.push_str("</table></div>");
}

/// One set of what has to be shown.
fn shown(way: &Value) -> String {
    let names =
        entries(way).map(|(name, _)| format!("<a href=\"#callers\"><code>{}</code></a>", escaped(name)));
    names.collect::<Vec<_>>().join(" and ")
}

fn add_callers(page: &mut String, schemes: &Value) {
    page.push_str("<h2 id=\"callers\">Who calls</h2><div class=\"table\"><table>");
    for (name, scheme) in entries(schemes) {
        let header = scheme["name"].as_str().unwrap_or("Authorization");
        let kind = text(scheme, "scheme");
        let says = escaped(text(scheme, "description"));
        let (name, header, kind) = (escaped(name), escaped(header), escaped(kind));
        add(
            page,
            format_args!(
                "<tr><td><code>{name}</code></td><td>Header <code>{header}</code> {kind}</td><td>{says}</td></tr>"
            ),
        );
    }
    page.push_str("</table></div>");
}

fn add_schema(page: &mut String, name: &str, schema: &Value) {
    add(page, format_args!("<details id=\"{0}\"><summary><code>{0}</code></summary>", anchor(name)));
    let description = text(schema, "description");
    if !description.is_empty() {
        add(page, format_args!("<p>{}</p>", escaped(description)));
    }
    if schema["properties"].is_null() {
        add(page, format_args!("<p>{}</p>", type_of(schema)));
    } else {
        page.push_str("<div class=\"table\"><table>");
        let required = schema["required"].as_array().map_or(&[][..], Vec::as_slice);
        for (name, property) in entries(&schema["properties"]) {
            let must = if required.iter().any(|one| one == name) {
                " <span class=\"must\">required</span>"
            } else {
                ""
            };
            let (kind, says) = (type_of(property), escaped(text(property, "description")));
            add(
                page,
                format_args!(
                    "<tr><td><code>{}</code>{must}</td><td>{kind}</td><td>{says}</td></tr>",
                    escaped(name)
                ),
            );
        }
        page.push_str("</table></div>");
    }
    page.push_str("</details>");
}

/// What a value is, with its rules.
fn type_of(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|place| place.strip_prefix(SCHEMAS)) {
        return format!("<a href=\"#{0}\">{0}</a>", anchor(name));
    }
    if let Some(choices) = schema["oneOf"].as_array().or(schema["allOf"].as_array()) {
        return choices.iter().map(type_of).collect::<Vec<_>>().join(" or ");
    }
    if schema["items"].is_object() {
        return format!("list of {}{}", type_of(&schema["items"]), rules(schema));
    }
    let kind = match &schema["type"] {
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => String::new(),
    };
    format!("{}{}", escaped(&kind), rules(schema))
}

fn rules(schema: &Value) -> String {
    let mut rules = String::new();
    for (word, says) in [
        ("format", "format"),
        ("pattern", "matches"),
        ("minimum", "at least"),
        ("maximum", "at most"),
        ("minLength", "characters at least"),
        ("maxLength", "characters at most"),
        ("minItems", "of them at least"),
        ("maxItems", "of them at most"),
        ("maxProperties", "pairs at most"),
    ] {
        let rule = match &schema[word] {
            Value::String(rule) => rule.clone(),
            Value::Number(rule) => rule.to_string(),
            _ => continue,
        };
        add(&mut rules, format_args!("<br>{says} <code>{}</code>", escaped(&rule)));
    }
    if let Some(words) = schema["enum"].as_array() {
        let words =
            words.iter().filter_map(Value::as_str).map(|word| format!("<code>{}</code>", escaped(word)));
        add(&mut rules, format_args!("<br>{}", words.collect::<Vec<_>>().join(" ")));
    }
    rules
}

fn entries(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object.as_object().into_iter().flat_map(Map::iter)
}

fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object[name].as_str().unwrap_or_default()
}

/// A place on the page. Names have letters, digits and dots; what else one has is left out.
fn anchor(name: &str) -> String {
    name.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '.').collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn add(page: &mut String, words: std::fmt::Arguments<'_>) {
    page.write_fmt(words).expect("a String takes all that is written to it");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_in_the_document_becomes_markup() {
        let document = json!({
            "info": {"title": "<b>", "version": "1", "description": "a & \"b\""},
            "tags": [{"name": "<i>", "description": "</p>"}],
            "paths": {"/<u>": {"get": {
                "tags": ["<i>"],
                "operationId": "x",
                "summary": "<s>",
                "description": "<s>",
                "parameters": [{"name": "<s>", "in": "<s>", "schema": {"pattern": "^<$"}, "description": "<s>"}],
                "responses": {"200": {"description": "<s>", "content": {"a/<s>": {"schema": {"enum": ["<s>"]}}}}},
            }}},
            "components": {"schemas": {"<S>": {"properties": {"<p>": {"type": "<t>", "description": "<d>"}}}}},
        });
        let page = of(&document);
        for markup in ["<b>", "<i>", "<s>", "<S>", "<t>", "<d>", "^<", "a & "] {
            assert!(!page.contains(markup), "{markup}");
        }
    }
}
