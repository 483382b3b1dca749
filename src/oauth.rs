//! The token endpoint: RFC 6749 with the grants password, client_credentials and refresh_token, and
//! `login_link` for what a used log-in link leaves; RFC 7009 to log out.

use std::collections::HashMap;

use axum::{
    Json, Router,
    body::Body,
    extract::State,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA, RETRY_AFTER, USER_AGENT, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Map, Value, json};
use service::{
    Error, Secret,
    auth::{Credential, Tokens},
};

use crate::{
    app::{self, App, Unread},
    auth::Visit,
};

/// The routes below `/oauth`.
pub fn router() -> Router<App> {
    Router::new()
        .route("/oauth/token", post(token))
        .route("/oauth/revoke", post(revoke))
        .method_not_allowed_fallback(app::method_not_allowed)
}

/// A refusal in the words of RFC 6749.
struct Refusal {
    status: StatusCode,
    error: &'static str,
    description: String,
    wait: Option<u64>,
    challenge: bool,
}

impl Refusal {
    fn new(status: StatusCode, error: &'static str, description: impl Into<String>) -> Self {
        Self { status, error, description: description.into(), wait: None, challenge: false }
    }

    fn request(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = Json(json!({ "error": self.error, "error_description": self.description }));
        let mut response = (self.status, NOT_KEPT, body).into_response();
        if let Some(seconds) = self.wait {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        if self.challenge {
            let challenge = HeaderValue::from_static("Basic realm=\"switchboard\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// Answers of these endpoints are for nobody else's eyes.
const NOT_KEPT: [(axum::http::HeaderName, &str); 2] = [(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")];

/// The named values of a request.
struct Form(HashMap<String, String>);

impl Form {
    /// Reads a form, or the same fields as a JSON object.
    async fn read(app: &App, headers: &HeaderMap, body: Body) -> Result<Self, Refusal> {
        let body = app::read_body(body, &app.config.limits).await.map_err(|why| match why {
            Unread::TooLarge => {
                Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", "the body is too large")
            }
            Unread::Stalled => {
                Refusal::new(StatusCode::REQUEST_TIMEOUT, "invalid_request", "the body did not come")
            }
        })?;
        let content_type =
            headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "application/x-www-form-urlencoded" => Self::of_form(&body),
            "application/json" => Self::of_json(&body),
            _ => Err(Refusal::request("send application/x-www-form-urlencoded")),
        }
    }

    fn of_form(body: &[u8]) -> Result<Self, Refusal> {
        let mut fields = HashMap::new();
        for (name, value) in form_urlencoded::parse(body) {
            if fields.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(Refusal::request("a parameter must not be repeated"));
            }
        }
        Ok(Self(fields))
    }

    fn of_json(body: &[u8]) -> Result<Self, Refusal> {
        let object: Map<String, Value> =
            serde_json::from_slice(body).map_err(|_| Refusal::request("the body is not a JSON object"))?;
        // What is not a text is none of the parameters; RFC 6749 wants unknown ones ignored.
        let text = |(name, value)| match value {
            Value::String(text) => Some((name, text)),
            _ => None,
        };
        Ok(Self(object.into_iter().filter_map(text).collect()))
    }

    /// A parameter; RFC 6749 has an empty one be as good as none.
    fn optional(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn required(&self, name: &'static str) -> Result<&str, Refusal> {
        self.optional(name).ok_or_else(|| Refusal::request(format!("{name} is missing")))
    }
}

async fn token(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let form = Form::read(&app, &headers, body).await?;
    let user_agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
    let tokens = match form.required("grant_type")? {
        "password" => {
            let (login, password) = (form.required("username")?, Secret::new(form.required("password")?));
            let host = visit.host.as_deref();
            let found = app.services.log_in(login, &password, host, visit.address, user_agent).await;
            found.map_err(|failure| refusal(failure, &visit, "the log-in name or the password is wrong"))?
        }
        "refresh_token" => {
            let found = app.services.refresh(form.required("refresh_token")?).await;
            found.map_err(|failure| refusal(failure, &visit, "the refresh token is not good any more"))?
        }
        "login_link" => {
            let found = app.services.exchange_link(form.required("token")?, visit.address, user_agent).await;
            found.map_err(|failure| refusal(failure, &visit, "the log-in link is not good any more"))?
        }
        "client_credentials" => client(&app, &visit, &form).await?,
        _ => {
            let words = "use password, client_credentials, refresh_token or login_link";
            return Err(Refusal::new(StatusCode::BAD_REQUEST, "unsupported_grant_type", words));
        }
    };
    Ok(granted(&tokens))
}

/// The grant of a program, whose id and secret are in the body or in `Authorization: Basic`.
async fn client(app: &App, visit: &Visit, form: &Form) -> Result<Tokens, Refusal> {
    let (id, secret, challenge) = match &visit.credential {
        Credential::Basic { login, password } => (login.clone(), password.clone(), true),
        Credential::None => {
            let secret = Secret::new(form.required("client_secret")?);
            (form.required("client_id")?.to_owned(), secret, false)
        }
        _ => return Err(Refusal::request("send the client id and secret in the body or as Basic")),
    };
    app.services.client_log_in(&id, &secret, visit.address).await.map_err(|failure| match failure {
        Error::Unauthenticated => Refusal {
            challenge,
            ..Refusal::new(StatusCode::UNAUTHORIZED, "invalid_client", "the client id or secret is wrong")
        },
        other => refusal(other, visit, "the client may not log in"),
    })
}

fn granted(tokens: &Tokens) -> Response {
    let mut answer = json!({
        "access_token": tokens.access_token,
        "token_type": "Bearer",
        "expires_in": tokens.expires_in,
    });
    if let Some(refresh_token) = &tokens.refresh_token {
        answer["refresh_token"] = refresh_token.as_str().into();
    }
    (NOT_KEPT, Json(answer)).into_response()
}

/// Ends a session; whoever knows its refresh token may.
async fn revoke(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let form = Form::read(&app, &headers, body).await?;
    let ended = app.services.log_out(form.required("token")?).await;
    ended.map_err(|failure| refusal(failure, &visit, "the session cannot be ended"))?;
    Ok((StatusCode::OK, NOT_KEPT).into_response())
}

/// What went wrong, without telling more than the one who asks may know.
fn refusal(failure: Error, visit: &Visit, description: &'static str) -> Refusal {
    match failure {
        Error::SlowDown(seconds) => Refusal {
            wait: Some(seconds),
            ..Refusal::new(
                StatusCode::TOO_MANY_REQUESTS,
                "slow_down",
                format!("too many failed log-ins, wait {seconds} seconds"),
            )
        },
        Error::Unauthenticated | Error::Refused(_) | Error::Forbidden(..) => {
            Refusal::new(StatusCode::BAD_REQUEST, "invalid_grant", description)
        }
        Error::BadRequest(_) | Error::LimitExceeded(_) => Refusal::request(description),
        Error::Internal(_) => {
            tracing::error!(%failure, "a token could not be given");
            let words = format!("something went wrong, request {}", visit.request_id);
            Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", words)
        }
    }
}
