//! The OpenAPI document, made of what the router and the checks are made of.

use utoipa::openapi::{
    ComponentsBuilder, Content, HeaderBuilder, HttpMethod, Info, OpenApi, OpenApiBuilder, PathItem, Paths,
    Required, Response, ResponseBuilder,
    path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn},
    request_body::RequestBodyBuilder,
    security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
};

use super::{
    BASE, MEDIA_TYPE,
    endpoint::{Action, Endpoint},
    facts::{Ids, Occasion, Takes},
    kind::{self, Kind},
    schema::{self, Shape},
};

const ERRORS: &str = "errors";
const BASIC: &str = "basic";

/// The OpenAPI 3.1 document of this API.
pub fn openapi() -> OpenApi {
    let mut info = Info::new("phone_systems: Operator API", env!("CARGO_PKG_VERSION"));
    info.description =
        Some("JSON:API 1.0: customers, their numbers, trunks, gateways, routes and call records.".to_owned());
    let mut components = ComponentsBuilder::new()
        .schema(ERRORS, schema::errors())
        .security_scheme(BASIC, SecurityScheme::Http(Http::new(HttpAuthScheme::Basic)));
    let mut paths = Paths::new();
    for kind in kind::all() {
        components = components.schema(kind.name, schema::resource(kind));
        for endpoint in Endpoint::all(kind) {
            add(&mut paths, endpoint);
        }
    }
    paths.add_path_operation(format!("{BASE}/auth"), vec![HttpMethod::Get], auth());
    OpenApiBuilder::new()
        .info(info)
        .paths(paths)
        .components(Some(components.build()))
        .security(Some([SecurityRequirement::new(BASIC, Vec::<String>::new())]))
        .build()
}

/// Adds an endpoint; PUT is the same operation as PATCH under another name. A write that is always refused has none.
fn add(paths: &mut Paths, endpoint: Endpoint) {
    for (id, path) in endpoint.named_aliases() {
        put(paths, endpoint, path, HttpMethod::Get, Some(&id));
    }
    let (path, id) = (endpoint.path(), endpoint.id());
    let id = id.as_deref();
    match endpoint.method() {
        "POST" => put(paths, endpoint, path, HttpMethod::Post, id),
        "DELETE" => put(paths, endpoint, path, HttpMethod::Delete, id),
        "PATCH" => {
            put(paths, endpoint, path.clone(), HttpMethod::Patch, id);
            put(paths, endpoint, path, HttpMethod::Put, id.map(|id| format!("{id}.put")).as_deref());
        }
        _ => put(paths, endpoint, path, HttpMethod::Get, id),
    }
}

fn put(paths: &mut Paths, endpoint: Endpoint, path: String, method: HttpMethod, id: Option<&str>) {
    let item = PathItem::new(method, operation(endpoint, id));
    paths.paths.entry(path).or_default().merge_operations(item);
}

fn operation(endpoint: Endpoint, id: Option<&str>) -> OperationBuilder {
    let mut operation = OperationBuilder::new()
        .operation_id(id)
        .tag(endpoint.kind.name)
        .summary(Some(summary(endpoint)))
        .parameters(Some(parameters(endpoint)));
    if let Some(body) = body(endpoint) {
        let body = RequestBodyBuilder::new().content(MEDIA_TYPE, Content::new(Some(body)));
        operation = operation.request_body(Some(body.required(Some(Required::True)).build()));
    }
    if let Some((status, response)) = success(endpoint) {
        operation = operation.response(status, response);
    }
    for (status, words) in failures(endpoint) {
        let errors = Content::new(Some(schema::named(ERRORS)));
        operation =
            operation.response(status, ResponseBuilder::new().description(words).content(MEDIA_TYPE, errors));
    }
    operation
}

fn summary(endpoint: Endpoint) -> String {
    let name = endpoint.kind.name;
    match endpoint.action {
        Action::List => format!("Read a page of {name}"),
        Action::Create => format!("Make one of {name}"),
        Action::Show => format!("Read one of {name}"),
        Action::Update => format!("Change one of {name}"),
        Action::Delete => format!("Remove one of {name}"),
        Action::Linkage(to) => format!("Read where {} leads", to.name),
        Action::Related(to) => format!("Read what {} leads to", to.name),
        Action::Link(to) => format!("Lead {} elsewhere", to.name),
        Action::Unlink(to) => format!("Lead {} nowhere", to.name),
    }
}

fn body(endpoint: Endpoint) -> Option<Shape> {
    match endpoint.action {
        Action::Create => Some(schema::body(endpoint.kind, Occasion::Create)),
        Action::Update => Some(schema::body(endpoint.kind, Occasion::Update)),
        Action::Link(to) => Some(schema::link(to)),
        _ => None,
    }
}

/// The answer when all is well; a write of what is fixed never is, nor is clearing what must be there.
fn success(endpoint: Endpoint) -> Option<(&'static str, Response)> {
    let target = endpoint.answers();
    let document = |words: &str, shape: Shape| {
        ResponseBuilder::new().description(words).content(MEDIA_TYPE, Content::new(Some(shape)))
    };
    let (status, response) = match endpoint.action {
        Action::List => ("200", document("A page.", schema::many(target))),
        Action::Show => ("200", document("The resource.", schema::one(target))),
        Action::Update => ("200", document("The resource as it is now.", schema::one(target))),
        Action::Linkage(_) => ("200", document("Where it leads.", schema::linkage(target))),
        Action::Related(_) => ("200", document("The resource, or null.", schema::related(target))),
        Action::Create => ("201", made(target, document("The new resource.", schema::one(target)))),
        Action::Unlink(to) if to.required => return None,
        Action::Link(to) | Action::Unlink(to) if !to.writable.on(Occasion::Update) => return None,
        Action::Delete | Action::Link(_) | Action::Unlink(_) => {
            ("204", ResponseBuilder::new().description("Done."))
        }
    };
    Some((status, response.build()))
}

fn made(kind: &Kind, response: ResponseBuilder) -> ResponseBuilder {
    let location = HeaderBuilder::new().schema(Some(schema::text())).description(Some("Its address."));
    if kind.has_self { response.header("Location", location.build()) } else { response }
}

/// The statuses of refusals.
fn failures(endpoint: Endpoint) -> Vec<(&'static str, &'static str)> {
    let mut failures = vec![
        ("400", "The request makes no sense."),
        ("401", "The credentials are missing or wrong."),
        ("403", "The credentials may not do this."),
    ];
    if !matches!(endpoint.action, Action::List | Action::Create) {
        failures.push(("404", "There is no such record."));
    }
    failures.push(("406", "The client takes no answer of this media type."));
    if matches!(endpoint.action, Action::Create) && endpoint.kind.ids == Ids::Chosen {
        failures.push(("409", "The id is in use."));
    }
    if endpoint.has_body() {
        failures.push(("408", "The body did not come in time."));
        failures.push(("413", "The body is too large."));
    }
    failures.push(("415", "The request is of another media type."));
    let clears_needed = matches!(endpoint.action, Action::Unlink(to) if to.required);
    if endpoint.has_body() || clears_needed {
        failures.push(("422", "The record breaks a rule."));
    }
    failures.extend([("429", "Too many failed log-ins."), ("500", "The server failed.")]);
    failures
}

fn parameters(endpoint: Endpoint) -> Vec<Parameter> {
    let mut parameters = Vec::new();
    if endpoint.path().contains("{id}") {
        let id = ParameterBuilder::new().name("id").parameter_in(ParameterIn::Path).required(Required::True);
        parameters.push(id.schema(Some(schema::id(endpoint.kind))).build());
    }
    let is_of_resources =
        !matches!(endpoint.action, Action::Delete | Action::Linkage(_) | Action::Link(_) | Action::Unlink(_));
    if is_of_resources {
        document_parameters(endpoint.answers(), &mut parameters);
    }
    if matches!(endpoint.action, Action::List) {
        list_parameters(endpoint.kind, &mut parameters);
    }
    parameters
}

fn query(name: &str, words: &str, shape: impl Into<Shape>) -> Parameter {
    let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Query);
    parameter.required(Required::False).description(Some(words)).schema(Some(shape)).build()
}

/// A pattern of comma lists of these names.
fn comma_list<'a>(sign: &str, names: impl IntoIterator<Item = &'a str>) -> Shape {
    let one = format!("{sign}({})", escaped(names));
    schema::text().pattern(Some(format!("^{one}(,{one})*$"))).into()
}

/// The same where items may be empty.
fn loose_list<'a>(sign: &str, names: impl IntoIterator<Item = &'a str>) -> Shape {
    let one = format!("({sign}({}))?", escaped(names));
    schema::text().pattern(Some(format!("^{one}(,{one})*$"))).into()
}

fn escaped<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| name.replace('.', "\\.")).collect::<Vec<_>>().join("|")
}

fn document_parameters(kind: &Kind, parameters: &mut Vec<Parameter>) {
    let fields =
        kind.attributes.iter().map(|one| one.name).chain(kind.relationships.iter().map(|one| one.name));
    let name = format!("fields[{}]", kind.name);
    parameters.push(query(&name, "Only these fields of the type, a comma list.", comma_list("", fields)));
    if kind.shows_relationships && !kind.relationships.is_empty() {
        let paths = include_paths(kind);
        let words = "Related resources that come along, a comma list of paths.";
        parameters.push(query("include", words, loose_list("", paths.iter().map(String::as_str))));
    }
}

/// All paths of relationships from a type.
fn include_paths(kind: &Kind) -> Vec<String> {
    let behind = |name: &str, target: &Kind| {
        let paths = include_paths(target).into_iter().map(move |path| format!("{name}.{path}"));
        paths.collect::<Vec<_>>()
    };
    let paths = kind
        .relationships
        .iter()
        .flat_map(|one| std::iter::once(one.name.to_owned()).chain(behind(one.name, (one.target)())));
    paths.collect()
}

fn list_parameters(kind: &Kind, parameters: &mut Vec<Parameter>) {
    for filter in &kind.filters {
        let shape = match filter.takes {
            Takes::Truths => schema::text().pattern(Some("^((true|false|1|0)(,(true|false|1|0))*)?$")).into(),
            Takes::Moments => schema::moments(),
            Takes::Texts => schema::text().into(),
        };
        let name = format!("filter[{}]", filter.name);
        parameters.push(query(&name, "Only those with one of these values, a comma list.", shape));
    }
    let names = std::iter::once("id").chain(kind.attributes.iter().map(|one| one.name));
    let words = "The order, a comma list; a minus sign turns a field's order around.";
    parameters.push(query("sort", words, loose_list("-?", names)));
    parameters.push(query("page[number]", "Which page.", schema::at_least(1)));
    parameters.push(query(
        "page[size]",
        "How many resources on a page, 50 by default.",
        schema::integer(1, 1000),
    ));
}

/// The redirect that the links of customer sessions lead to.
fn auth() -> OperationBuilder {
    let location = HeaderBuilder::new().schema(Some(schema::text())).description(Some("The user interface."));
    let found = ResponseBuilder::new().description("On to the user interface, logged in.");
    let errors = Content::new(Some(schema::named(ERRORS)));
    let refused = ResponseBuilder::new().description("The link is unknown, used, cancelled or too old.");
    let failed = ResponseBuilder::new().description("The server failed.").content(MEDIA_TYPE, errors.clone());
    OperationBuilder::new()
        .operation_id(Some("auth.redirect"))
        .tag("sessions")
        .summary(Some("Use up the link of a customer session"))
        .parameter(query("token", "The token of the link.", schema::text()))
        .response("302", found.header("Location", location.build()))
        .response("401", refused.content(MEDIA_TYPE, errors))
        .response("500", failed)
        .securities(Some([SecurityRequirement::default()]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compat::phone_systems::operations;

    #[test]
    fn every_operation_is_described() {
        let document = serde_json::to_value(openapi()).unwrap();
        for operation in operations() {
            let told = &document["paths"][operation.path][operation.method.to_lowercase()];
            assert_eq!(told["operationId"], operation.id, "{operation:?}");
        }
        assert_eq!(document["openapi"], "3.1.0");
    }
}
