//! The OpenAPI document of this API: its operations, the shapes that the handlers read and write, and the refusals
//! that they answer.

use utoipa::{
    ToSchema,
    openapi::{
        Components, ComponentsBuilder, Content, HttpMethod, Info, ObjectBuilder, OpenApi, OpenApiBuilder,
        Paths, Ref, RefOr, Required, ResponseBuilder, Schema, Type,
        path::{Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn},
        request_body::{RequestBody, RequestBodyBuilder},
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use super::{
    error::{
        BAD_REQUEST, Complaint, DOMAIN_NOT_FOUND, FORBIDDEN, INTERNAL, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT,
        Refusal, TELNUM_NOT_FOUND, TOO_MANY_REQUESTS, UNAUTHORIZED, USER_NOT_FOUND,
    },
    operations::{OPERATIONS, descriptions},
};

/// What the document calls HTTP Basic.
const BASIC: &str = "basic";

/// The places of paths: name, pattern, description.
const PLACES: &[(&str, &str, &str)] = &[
    ("domain", "^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$", "A domain, in upper or lower case."),
    ("login", "^[A-Za-z0-9._-]{1,64}$", "The login of a user, as it was written when the user was made."),
    ("telnum", "^[0-9]{3,20}$", "A telephone number, digits only."),
];

/// A shape and the shapes that it refers to.
struct Shape {
    schema: RefOr<Schema>,
    parts: Vec<(String, RefOr<Schema>)>,
}

impl Shape {
    fn named<T: ToSchema>() -> Self {
        let mut parts = vec![(T::name().into_owned(), T::schema())];
        T::schemas(&mut parts);
        Self { schema: Ref::from_schema_name(T::name()).into(), parts }
    }

    fn inline<T: ToSchema>() -> Self {
        let mut parts = Vec::new();
        T::schemas(&mut parts);
        Self { schema: T::schema(), parts }
    }

    fn content(&self) -> Content {
        Content::new(Some(self.schema.clone()))
    }
}

/// What is told of an operation besides its method and path.
pub struct Told {
    summary: &'static str,
    takes: Option<(Shape, Required)>,
    status: u16,
    gives: Option<Shape>,
    refusals: Vec<Refusal>,
}

impl Told {
    fn of(summary: &'static str) -> Self {
        let refusals = vec![UNAUTHORIZED, FORBIDDEN, TOO_MANY_REQUESTS, INTERNAL];
        Self { summary, takes: None, status: 204, gives: None, refusals }
    }

    /// Nobody has to log in for it.
    pub fn open(mut self) -> Self {
        self.refusals = vec![TOO_MANY_REQUESTS, INTERNAL];
        self
    }

    /// It takes a body, all of which may be absent.
    pub fn takes<T: ToSchema>(self) -> Self {
        self.with_body::<T>(Required::False)
    }

    /// It takes a body that must be there.
    pub fn needs<T: ToSchema>(self) -> Self {
        self.with_body::<T>(Required::True)
    }

    fn with_body<T: ToSchema>(mut self, required: Required) -> Self {
        self.takes = Some((Shape::named::<T>(), required));
        self.refuses([BAD_REQUEST, REQUEST_TIMEOUT, PAYLOAD_TOO_LARGE])
    }

    /// It answers this.
    pub fn gives<T: ToSchema>(self) -> Self {
        Self { status: 200, gives: Some(Shape::named::<T>()), ..self }
    }

    /// It answers this, which has no name of its own.
    pub fn gives_plain<T: ToSchema>(self) -> Self {
        Self { status: 200, gives: Some(Shape::inline::<T>()), ..self }
    }

    /// It makes something.
    pub fn makes(self) -> Self {
        Self { status: 201, ..self }
    }

    /// It may be refused like this as well.
    pub fn refuses<const N: usize>(mut self, refusals: [Refusal; N]) -> Self {
        self.refusals.extend(refusals);
        self
    }
}

/// What is told of an operation that names nothing which could be missing.
pub fn told(summary: &'static str) -> Told {
    Told::of(summary)
}

/// The same below a domain.
pub fn in_domain(summary: &'static str) -> Told {
    told(summary).refuses([DOMAIN_NOT_FOUND])
}

/// The same of a user.
pub fn of_user(summary: &'static str) -> Told {
    in_domain(summary).refuses([USER_NOT_FOUND])
}

/// The same of a number.
pub fn of_telnum(summary: &'static str) -> Told {
    told(summary).refuses([TELNUM_NOT_FOUND])
}

/// The same of a number of a domain.
pub fn of_domain_telnum(summary: &'static str) -> Told {
    in_domain(summary).refuses([TELNUM_NOT_FOUND])
}

/// The OpenAPI document of this API.
pub fn openapi() -> OpenApi {
    let complaint = Shape::named::<Complaint>();
    let mut shapes = complaint.parts.clone();
    let mut paths = Paths::new();
    for (operation, told) in OPERATIONS.iter().zip(descriptions()) {
        let (method, without_body) = method(operation.method);
        paths.add_path_operation(
            operation.path,
            vec![method],
            described(operation, &told, &complaint, without_body),
        );
        shapes.extend(told.takes.into_iter().flat_map(|(shape, _)| shape.parts));
        shapes.extend(told.gives.into_iter().flat_map(|shape| shape.parts));
    }
    let mut info = Info::new("boss", env!("CARGO_PKG_VERSION"));
    info.description = Some("The operator REST API of a hosted cloud PBX.".into());
    OpenApiBuilder::new().info(info).paths(paths).components(Some(components(shapes))).build()
}

fn components(shapes: Vec<(String, RefOr<Schema>)>) -> Components {
    let basic = HttpBuilder::new().scheme(HttpAuthScheme::Basic).description(Some("An operator.")).build();
    ComponentsBuilder::new()
        .schemas_from_iter(shapes)
        .security_scheme(BASIC, SecurityScheme::Http(basic))
        .build()
}

/// The method, and whether its answers have no body.
fn method(word: &str) -> (HttpMethod, bool) {
    match word {
        "HEAD" => (HttpMethod::Head, true),
        "POST" => (HttpMethod::Post, false),
        "PUT" => (HttpMethod::Put, false),
        "DELETE" => (HttpMethod::Delete, false),
        _ => (HttpMethod::Get, false),
    }
}

fn described(of: &crate::compat::Operation, told: &Told, complaint: &Shape, without_body: bool) -> Operation {
    const JSON: &str = "application/json";
    let resource = of.id.split('.').nth(1).unwrap_or_default();
    let mut operation = OperationBuilder::new()
        .operation_id(Some(of.id))
        .summary(Some(told.summary))
        .tag(resource)
        .request_body(told.takes.as_ref().map(|(shape, required)| body(shape, required.clone())));
    for (name, pattern, description) in
        PLACES.iter().filter(|(name, ..)| of.path.contains(&format!("{{{name}}}")))
    {
        operation = operation.parameter(place(name, pattern, description));
    }
    let done = match told.status {
        201 => "It is made.",
        204 => "It is so.",
        _ => "Here it is.",
    };
    let mut success = ResponseBuilder::new().description(done);
    if let Some(shape) = &told.gives {
        success = success.content(JSON, shape.content());
    }
    operation = operation.response(told.status.to_string(), success);
    let mut statuses: Vec<_> = told.refusals.iter().map(Refusal::status).collect();
    statuses.sort_unstable();
    statuses.dedup();
    for status in statuses {
        let same = told.refusals.iter().filter(|refusal| refusal.status() == status);
        let reasons: Vec<_> = same.map(|refusal| format!("`{}`", refusal.reason())).collect();
        let mut response = ResponseBuilder::new().description(reasons.join(" or "));
        if !without_body {
            response = response.content(JSON, complaint.content());
        }
        operation = operation.response(status.as_str(), response);
    }
    let open = !told.refusals.iter().any(|refusal| refusal.status() == UNAUTHORIZED.status());
    let security = if open {
        SecurityRequirement::default()
    } else {
        SecurityRequirement::new::<_, [&str; 0], &str>(BASIC, [])
    };
    operation.security(security).build()
}

fn body(shape: &Shape, required: Required) -> RequestBody {
    RequestBodyBuilder::new().content("application/json", shape.content()).required(Some(required)).build()
}

fn place(name: &str, pattern: &str, description: &str) -> Parameter {
    let schema = ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern));
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_of_the_document_leads_somewhere() {
        let json = openapi().to_json().unwrap();
        let document: serde_json::Value = serde_json::from_str(&json).unwrap();
        let known = document["components"]["schemas"].as_object().unwrap();
        for reference in json.split("\"#/components/schemas/").skip(1) {
            let name = reference.split('"').next().unwrap();
            assert!(known.contains_key(name), "{name}");
        }
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    }
}
