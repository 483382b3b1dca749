//! The OpenAPI document of this API: the operations of [`OPERATIONS`], the shapes that the handlers
//! read and write, and the refusals that they answer.

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
    OPERATIONS,
    catalogue::Entry,
    domain_shape::{Domain, DomainBody, Frozen, Stat},
    domain_telnum::DomainTelnum,
    error::{
        ACCOUNTS_LIMIT, BAD_REQUEST, Complaint, DOMAIN_ALREADY_EXISTS, DOMAIN_ALREADY_FROZEN,
        DOMAIN_ALREADY_UNFROZEN, DOMAIN_FROZEN, DOMAIN_NOT_FOUND, FORBIDDEN, INTERNAL, NOT_ACCEPTABLE,
        PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT, Refusal, TELNUM_ALREADY_DISABLED, TELNUM_ALREADY_ENABLED,
        TELNUM_ALREADY_EXISTS, TELNUM_NOT_FOUND, TOO_MANY_REQUESTS, UNAUTHORIZED, USER_ALREADY_EXISTS,
        USER_NOT_FOUND,
    },
    service_settings::{ServiceSettings, ServiceSettingsBody},
    session::Link,
    telnum::{AllocateBody, Telnum, TelnumBody},
    user_shape::{Generated, NewUserBody, PasswordBody, SipPasswordBody, User, UserBody},
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
struct Told {
    id: &'static str,
    summary: &'static str,
    takes: Option<(Shape, Required)>,
    status: u16,
    gives: Option<Shape>,
    refusals: Vec<Refusal>,
}

impl Told {
    fn of(id: &'static str, summary: &'static str) -> Self {
        let refusals = vec![UNAUTHORIZED, FORBIDDEN, TOO_MANY_REQUESTS, INTERNAL];
        Self { id, summary, takes: None, status: 204, gives: None, refusals }
    }

    /// Nobody has to log in for it.
    fn open(mut self) -> Self {
        self.refusals = vec![TOO_MANY_REQUESTS, INTERNAL];
        self
    }

    /// It takes a body, all of which may be absent.
    fn takes<T: ToSchema>(self) -> Self {
        self.with_body::<T>(Required::False)
    }

    /// It takes a body that must be there.
    fn needs<T: ToSchema>(self) -> Self {
        self.with_body::<T>(Required::True)
    }

    fn with_body<T: ToSchema>(mut self, required: Required) -> Self {
        self.takes = Some((Shape::named::<T>(), required));
        self.refuses([BAD_REQUEST, REQUEST_TIMEOUT, PAYLOAD_TOO_LARGE])
    }

    fn gives<T: ToSchema>(self) -> Self {
        Self { status: 200, gives: Some(Shape::named::<T>()), ..self }
    }

    fn gives_plain<T: ToSchema>(self) -> Self {
        Self { status: 200, gives: Some(Shape::inline::<T>()), ..self }
    }

    fn makes(self) -> Self {
        Self { status: 201, ..self }
    }

    fn refuses<const N: usize>(mut self, refusals: [Refusal; N]) -> Self {
        self.refusals.extend(refusals);
        self
    }
}

/// All operations, in the order of [`OPERATIONS`].
#[rustfmt::skip]
fn told() -> Vec<Told> {
    let in_domain = |id, summary| Told::of(id, summary).refuses([DOMAIN_NOT_FOUND]);
    let of_user = |id, summary| in_domain(id, summary).refuses([USER_NOT_FOUND]);
    let of_telnum = |id, summary| Told::of(id, summary).refuses([TELNUM_NOT_FOUND]);
    let of_domain_telnum = |id, summary| in_domain(id, summary).refuses([TELNUM_NOT_FOUND]);
    vec![
        Told::of("boss.domain.list", "All domains").gives_plain::<Vec<String>>(),
        in_domain("boss.domain.exists", "Whether there is a domain"),
        in_domain("boss.domain.get", "A domain").gives::<Domain>(),
        in_domain("boss.domain.stat", "Figures about a domain").gives::<Stat>(),
        in_domain("boss.domain.services.get", "The services of a domain and their settings").gives::<ServiceSettings>(),
        in_domain("boss.domain.isfrozen", "Whether a domain is frozen").gives::<Frozen>(),
        Told::of("boss.domain.create", "Make a domain").takes::<DomainBody>().makes().refuses([DOMAIN_ALREADY_EXISTS]),
        in_domain("boss.domain.update", "Change a domain").takes::<DomainBody>(),
        in_domain("boss.domain.services.update", "Change the services of a domain and their settings").takes::<ServiceSettingsBody>(),
        in_domain("boss.domain.freeze", "Freeze a domain: nobody can log in to it").refuses([DOMAIN_ALREADY_FROZEN]),
        in_domain("boss.domain.unfreeze", "Unfreeze a domain").refuses([DOMAIN_ALREADY_UNFROZEN]),
        in_domain("boss.domain.delete", "Delete a domain with its users; its numbers become free"),
        in_domain("boss.domain.fmc.get", "Whether the fixed-mobile plug-in for IPcompany is on").gives_plain::<bool>(),
        in_domain("boss.domain.fmc.enable", "Switch the fixed-mobile plug-in for IPcompany on"),
        in_domain("boss.domain.fmc.disable", "Switch the fixed-mobile plug-in for IPcompany off"),
        in_domain("boss.user.list", "The logins of all users of a domain").gives_plain::<Vec<String>>(),
        of_user("boss.user.exists", "Whether there is a user"),
        of_user("boss.user.get", "A user").gives::<User>(),
        of_user("boss.user.checkpasswordstrength", "Whether a password is strong enough for a user").needs::<PasswordBody>().refuses([NOT_ACCEPTABLE]),
        in_domain("boss.user.create", "Make a user").takes::<NewUserBody>().makes().refuses([USER_ALREADY_EXISTS, ACCOUNTS_LIMIT]),
        of_user("boss.user.update", "Change a user").takes::<UserBody>(),
        of_user("boss.user.password", "Set the password that a user logs in with").needs::<PasswordBody>(),
        of_user("boss.user.sippassword", "Set the password that a user's phone registers with").needs::<SipPasswordBody>(),
        of_user("boss.user.delete", "Delete a user"),
        Told::of("boss.password.generate", "Make up a password; it is stored nowhere").gives::<Generated>(),
        Told::of("boss.telnum.list", "All numbers").gives_plain::<Vec<String>>(),
        of_telnum("boss.telnum.exists", "Whether there is a number"),
        of_telnum("boss.telnum.get", "A number").gives::<Telnum>(),
        Told::of("boss.telnum.create", "Make a number").needs::<TelnumBody>().makes().refuses([TELNUM_ALREADY_EXISTS]),
        of_telnum("boss.telnum.update", "Change a number").takes::<TelnumBody>(),
        of_telnum("boss.telnum.allocate", "Give a number to a domain, wherever it is now").needs::<AllocateBody>().refuses([DOMAIN_NOT_FOUND]),
        of_telnum("boss.telnum.deallocate", "Free a number"),
        of_telnum("boss.telnum.delete", "Delete a number"),
        in_domain("boss.domain_telnum.list", "The numbers of a domain").gives_plain::<Vec<String>>(),
        of_domain_telnum("boss.domain_telnum.exists", "Whether a domain has a number"),
        of_domain_telnum("boss.domain_telnum.get", "Where the calls of a number go").gives::<DomainTelnum>(),
        of_domain_telnum("boss.domain_telnum.disable", "Take no calls for a number").refuses([TELNUM_ALREADY_DISABLED]),
        of_domain_telnum("boss.domain_telnum.enable", "Take calls for a number again").refuses([TELNUM_ALREADY_ENABLED]),
        Told::of("boss.gateway.list", "The gateways that numbers refer to").gives_plain::<Vec<Entry>>(),
        Told::of("boss.route.list", "The routes that domains refer to").gives_plain::<Vec<Entry>>(),
        Told::of("boss.dialplan.list", "The dial plans that domains refer to").gives_plain::<Vec<Entry>>(),
        in_domain("boss.session.domain", "A link that logs in to a domain as its system user").gives::<Link>(),
        of_user("boss.session.user", "A link that logs in as a user").gives::<Link>(),
        Told::of("boss.session.auth", "Check the password of a user and get a link that logs it in; the host is the domain").open()
            .needs::<PasswordBody>().gives::<Link>().refuses([DOMAIN_FROZEN, DOMAIN_NOT_FOUND, USER_NOT_FOUND]),
    ]
}

/// The OpenAPI document of this API.
pub fn openapi() -> OpenApi {
    let complaint = Shape::named::<Complaint>();
    let mut shapes = complaint.parts.clone();
    let mut paths = Paths::new();
    for (operation, told) in OPERATIONS.iter().zip(told()) {
        let (method, without_body) = method(operation.method);
        paths.add_path_operation(
            operation.path,
            vec![method],
            described(operation.path, &told, &complaint, without_body),
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

fn described(path: &str, told: &Told, complaint: &Shape, without_body: bool) -> Operation {
    const JSON: &str = "application/json";
    let resource = told.id.split('.').nth(1).unwrap_or_default();
    let mut operation = OperationBuilder::new()
        .operation_id(Some(told.id))
        .summary(Some(told.summary))
        .tag(resource)
        .request_body(told.takes.as_ref().map(|(shape, required)| body(shape, required.clone())));
    for (name, pattern, description) in
        PLACES.iter().filter(|(name, ..)| path.contains(&format!("{{{name}}}")))
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
    fn every_operation_is_described_once_and_in_order() {
        let told: Vec<_> = told().iter().map(|told| told.id).collect();
        let listed: Vec<_> = OPERATIONS.iter().map(|operation| operation.id).collect();
        assert_eq!(told, listed);
    }

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
