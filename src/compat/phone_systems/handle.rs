//! The walk of every request: who calls, what is sent, what is asked for, what is done, the answer.

use axum::{
    body::Body,
    extract::{Path, Request, State, rejection::PathRejection},
    http::{HeaderValue, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};

use super::{
    DOOR, MEDIA_TYPE, body,
    document::Layout,
    endpoint::{Action, Endpoint},
    error::{Blamed, MUST_EXIST, Problem, Refusal, Result, behind, joined, translate},
    facts::{Ids, Occasion, Relationship},
    given::{Given, given, one},
    graph::Graph,
    kind::Kind,
    negotiation,
    query::Query,
    store::{Call, Shown},
};
use crate::{app::App, auth::Visit, compat::operator};

/// The id in the path, if there is one.
pub type Id = std::result::Result<Path<String>, PathRejection>;

/// Answers a request to an endpoint.
pub async fn serve(
    endpoint: Endpoint,
    State(app): State<App>,
    visit: Visit,
    id: Id,
    request: Request,
) -> Response {
    // An id that is no text is no record's.
    let id = id.map(|Path(id)| id).unwrap_or_default();
    if id.is_empty() && endpoint.is_about_one() {
        return Refusal::no_record(&id).into_response();
    }
    match enter(endpoint, app, visit, &id, request).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(),
    }
}

/// Refuses an id that no record can have: it is a constraint of the route, which comes before all else.
pub async fn has_uuid(id: Id, request: Request, next: Next) -> Response {
    let id = id.map(|Path(id)| id).unwrap_or_default();
    if body::is_uuid(&id) { next.run(request).await } else { Refusal::no_record(&id).into_response() }
}

/// The checks that come before anything is looked up.
async fn enter(endpoint: Endpoint, app: App, visit: Visit, id: &str, request: Request) -> Result<Response> {
    let caller = operator(&visit, &app, DOOR).await?;
    let (parts, body) = request.into_parts();
    negotiation::content_type(&parts.headers, endpoint.has_body())?;
    negotiation::accept(&parts.headers)?;
    let sent = if endpoint.has_body() { read(&app, body).await? } else { Map::new() };
    let call = Call { app, caller, base: visit.base };
    act(endpoint, &call, id, &parts, &sent).await
}

async fn read(app: &App, body: Body) -> Result<Map<String, Value>> {
    let bytes = crate::app::read_body(body, &app.config.limits).await;
    body::parse(&bytes.map_err(Refusal::unread)?)
}

async fn act(
    endpoint: Endpoint,
    call: &Call,
    id: &str,
    parts: &Parts,
    sent: &Map<String, Value>,
) -> Result<Response> {
    let (kind, query) = (endpoint.kind, parts.uri.query());
    match endpoint.action {
        Action::List => list(call, kind, query).await,
        Action::Create => create(call, kind, query, sent).await,
        Action::Show => show(call, kind, query, id).await,
        Action::Update => update(call, kind, query, id, sent).await,
        Action::Delete => delete(call, kind, id).await,
        Action::Linkage(to) => linkage(call, kind, to, id).await,
        Action::Related(to) => related(call, kind, to, query, id).await,
        Action::Link(to) => link(call, kind, to, id, sent).await,
        Action::Unlink(to) => unlink(call, kind, to, id).await,
    }
}

async fn list(call: &Call, kind: &'static Kind, query: Option<&str>) -> Result<Response> {
    let query = Query::of_many(kind, query)?;
    let listed = kind.store.list(call, &query).await;
    let (rows, total) = listed.map_err(|error| query.refused(kind, error))?;
    let graph = Graph::load(call, &query, kind, &rows).await?;
    let layout = Layout { base: &call.base, query: &query, graph: &graph };
    Ok(answer(StatusCode::OK, &layout.many(kind, &rows, total)))
}

async fn show(call: &Call, kind: &'static Kind, query: Option<&str>, id: &str) -> Result<Response> {
    let (query, wrong) = Query::of_one(kind, query)?;
    behind(wrong, Ok(()))?;
    let row = find(call, kind, id).await?;
    Ok(answer(StatusCode::OK, &document(call, &query, kind, Some(&row)).await?))
}

async fn create(
    call: &Call,
    kind: &'static Kind,
    query: Option<&str>,
    sent: &Map<String, Value>,
) -> Result<Response> {
    let (query, wrong) = Query::of_one(kind, query)?;
    let body = behind(wrong, body::create(kind, sent))?;
    let (given, problems) = given(call, kind, body, Occasion::Create).await?;
    is_right(call, kind, None, &given, problems).await?;
    let made = kind.store.create(call, &given).await;
    let row = made.map_err(|error| translate(kind, &given, None, error))?;
    let document = document(call, &query, kind, Some(&row)).await?;
    let mut response = answer(StatusCode::CREATED, &document);
    if let Some(address) = document["data"]["links"]["self"].as_str()
        && let Ok(location) = HeaderValue::from_str(address)
    {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

async fn update(
    call: &Call,
    kind: &'static Kind,
    query: Option<&str>,
    id: &str,
    sent: &Map<String, Value>,
) -> Result<Response> {
    let (query, wrong) = Query::of_one(kind, query)?;
    let body = behind(wrong, body::update(kind, id, sent))?;
    let row = find(call, kind, id).await?;
    let (given, problems) = given(call, kind, body, Occasion::Update).await?;
    is_right(call, kind, Some(&row), &given, problems).await?;
    let row = write(call, kind, &row, &given).await?;
    Ok(answer(StatusCode::OK, &document(call, &query, kind, Some(&row)).await?))
}

async fn delete(call: &Call, kind: &'static Kind, id: &str) -> Result<Response> {
    let row = find(call, kind, id).await?;
    let deleted = kind.store.delete(call, row.number).await;
    deleted.map_err(|error| translate(kind, &Given::default(), Some(id), error))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn linkage(call: &Call, kind: &'static Kind, to: &'static Relationship, id: &str) -> Result<Response> {
    let row = find(call, kind, id).await?;
    let target = target(call, kind, to, &row).await?;
    let layout = Layout { base: &call.base, query: &Query::default(), graph: &Graph::default() };
    Ok(answer(StatusCode::OK, &layout.linkage(kind, to, &row, target.as_ref())))
}

async fn related(
    call: &Call,
    kind: &'static Kind,
    to: &'static Relationship,
    query: Option<&str>,
    id: &str,
) -> Result<Response> {
    let (query, wrong) = Query::of_one((to.target)(), query)?;
    behind(wrong, Ok(()))?;
    let row = find(call, kind, id).await?;
    let target = target(call, kind, to, &row).await?;
    Ok(answer(StatusCode::OK, &document(call, &query, (to.target)(), target.as_ref()).await?))
}

async fn link(
    call: &Call,
    kind: &'static Kind,
    to: &'static Relationship,
    id: &str,
    sent: &Map<String, Value>,
) -> Result<Response> {
    let linked = body::link(to, sent)?;
    let row = find(call, kind, id).await?;
    let given = one(call, to, linked.as_deref()).await?;
    write(call, kind, &row, &given).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn unlink(call: &Call, kind: &'static Kind, to: &'static Relationship, id: &str) -> Result<Response> {
    if !to.required && !to.writable.on(Occasion::Update) {
        return Err(body::not_allowed(to.name));
    }
    let row = find(call, kind, id).await?;
    if to.required {
        return Err(Problem::validation(Blamed::Relationship(to.name), MUST_EXIST).into());
    }
    write(call, kind, &row, &Given::one_link(to.name, None)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn find(call: &Call, kind: &Kind, id: &str) -> Result<Shown> {
    if kind.ids != Ids::Uuid && id.contains(',') {
        return Err(body::invalid_key(id));
    }
    kind.store.find(call, id).await?.ok_or_else(|| Refusal::no_record(id))
}

/// The resource that a relationship leads to.
async fn target(call: &Call, kind: &Kind, to: &Relationship, row: &Shown) -> Result<Option<Shown>> {
    let at = kind.relationships.iter().position(|one| one.name == to.name);
    let number = at.and_then(|at| row.related.get(at).copied().flatten());
    let Some(number) = number else { return Ok(None) };
    Ok((to.target)().store.load(call, vec![number]).await?.pop())
}

async fn write(call: &Call, kind: &Kind, row: &Shown, given: &Given) -> Result<Shown> {
    let written = kind.store.update(call, row.number, given).await;
    written.map_err(|error| translate(kind, given, Some(&row.id), error))
}

/// Refuses a write with problems, together with all that the domain would say of it.
async fn is_right(
    call: &Call,
    kind: &Kind,
    row: Option<&Shown>,
    given: &Given,
    problems: Vec<Problem>,
) -> Result<()> {
    if problems.is_empty() {
        return Ok(());
    }
    let id = row.map(|row| row.id.as_str());
    match kind.store.rehearse(call, row.map(|row| row.number), given).await {
        Ok(()) => Err(problems.into()),
        Err(error) => Err(joined(kind, problems, translate(kind, given, id, error))),
    }
}

async fn document(call: &Call, query: &Query, kind: &'static Kind, row: Option<&Shown>) -> Result<Value> {
    let graph = Graph::load(call, query, kind, row.map(std::slice::from_ref).unwrap_or_default()).await?;
    Ok(Layout { base: &call.base, query, graph: &graph }.one(kind, row))
}

fn answer(status: StatusCode, document: &Value) -> Response {
    let mut response = Response::new(Body::from(document.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    response
}
