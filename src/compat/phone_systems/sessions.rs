//! `sessions` and `customer_admin_sessions`: links that log people in to the user interface.

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use entity::{tenant, value::SessionType};
use service::{Error, auth::LinkFor};

use super::{
    BASE, customers,
    error::Refusal,
    facts::{Attribute, Facts, Form, Ids, Relationship, Serves, Writable},
    given::Given,
    kind::Kind,
    store::{Call, Holder, Shown, Store, Work},
};
use crate::{
    app::App,
    auth::{Visit, with_token},
};

/// Links for customers.
pub fn customer() -> &'static Kind {
    static KIND: Kind = Kind::new(|| facts("sessions", false, SessionType::CustomerLink));
    &KIND
}

/// Links for the operator's staff.
pub fn admin() -> &'static Kind {
    static KIND: Kind = Kind::new(|| facts("customer_admin_sessions", true, SessionType::AdminLink));
    &KIND
}

fn facts(name: &'static str, has_self: bool, session_type: SessionType) -> Facts {
    let uri =
        Attribute { name: "uri", alias: None, form: Form::Text, writable: Writable::No, required: false };
    let customer = Relationship {
        name: "customer",
        target: customers::kind,
        writable: Writable::OnCreate,
        required: true,
    };
    Facts {
        name,
        aliases: &[],
        ids: Ids::Borrowed,
        attributes: vec![uri],
        relationships: vec![customer],
        filters: Vec::new(),
        serves: Serves { read: false, create: true, update: false, delete: false },
        has_self,
        shows_relationships: false,
        store: Box::new(Links(session_type)),
    }
}

/// Links of one kind; they are made and never read.
struct Links(SessionType);

impl Store for Links {
    fn create<'a>(&'a self, call: &'a Call, given: &'a Given) -> Work<'a, Shown> {
        Box::pin(async move {
            let id = given.required_link::<tenant::Entity>("customer")?;
            let tenant = call.services().get(&call.caller, id).await?;
            let tenant = tenant.ok_or_else(|| Error::not_found("tenant_id"))?;
            let link = LinkFor { tenant: &tenant, user: None, session_type: self.0 };
            let token = call.services().make_link(&call.caller, link).await?;
            let uri = match self.0 {
                SessionType::AdminLink => {
                    with_token(&user_interface(&tenant, &call.base), "x-admin-token", &token)
                }
                _ => with_token(&format!("{}{BASE}/auth", call.base), "token", &token),
            };
            let (number, id) = (tenant.id.number(), tenant.customer_id);
            Ok(Shown { number, id, attributes: vec![uri.into()], related: vec![Some(number)] })
        })
    }

    fn holder(&self, column: &str) -> Option<Holder> {
        (column == "tenant_id").then_some(Holder::Relationship("customer"))
    }
}

/// Where the people of a tenant log in.
fn user_interface(tenant: &tenant::Model, base: &str) -> String {
    tenant.access_url.clone().unwrap_or_else(|| format!("{base}/playground"))
}

/// The methods of the link in a customer session.
///
/// Programs that look at a link before a person does ask with HEAD, and must not use it up.
pub fn auth() -> MethodRouter<App> {
    get(redirect).head(|| async { not_kept(StatusCode::NO_CONTENT.into_response()) })
}

/// Uses up the link of a customer session and goes on to the user interface, logged in.
async fn redirect(State(app): State<App>, visit: Visit, uri: Uri) -> Response {
    let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let token = query.filter(|(name, _)| name == "token").last().map(|(_, token)| token.into_owned());
    let redeemed = app.services.redeem_link(&token.unwrap_or_default(), &[SessionType::CustomerLink]).await;
    let place =
        redeemed.map(|(token, tenant)| with_token(&user_interface(&tenant, &visit.base), "token", &token));
    let response = match place.map(|place| HeaderValue::try_from(place).map_err(Error::internal)) {
        Ok(Ok(place)) => (StatusCode::FOUND, [(header::LOCATION, place)]).into_response(),
        Err(Error::Unauthenticated) => Refusal::unauthenticated().into_response(),
        Ok(Err(error)) | Err(error) => Refusal::from(error).into_response(),
    };
    not_kept(response)
}

fn not_kept(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
