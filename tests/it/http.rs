//! An HTTP client that hides nothing: paths go out as they are, reason phrases come back.

use std::{fmt, net::SocketAddr, time::Duration};

use axum::{
    body::{Body, Bytes, to_bytes},
    http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header},
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::Value;

/// How long anything may take before a test gives up. It only bounds a failure: a busy machine is slow, and on
/// PostgreSQL an event waits for the transactions that all other tests have open.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// Connections to one server.
#[derive(Clone, Debug)]
pub struct Http {
    client: Client<HttpConnector, Body>,
    pub address: SocketAddr,
    /// How long an answer may take.
    pub patience: Duration,
}

/// What a request carries.
pub enum Payload {
    Nothing,
    Json(Value),
    Bytes(Bytes),
}

impl From<()> for Payload {
    fn from((): ()) -> Self {
        Self::Nothing
    }
}
impl From<Value> for Payload {
    fn from(json: Value) -> Self {
        Self::Json(json)
    }
}
impl From<&str> for Payload {
    fn from(text: &str) -> Self {
        Self::Bytes(Bytes::copy_from_slice(text.as_bytes()))
    }
}
impl From<String> for Payload {
    fn from(text: String) -> Self {
        Self::Bytes(text.into())
    }
}
impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl Http {
    pub fn new(address: SocketAddr) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Self { client, address, patience: PATIENCE }
    }

    /// Sends a request; JSON says that it is, unless the headers say something else.
    pub async fn send(&self, method: &str, path: &str, headers: &HeaderMap, body: Payload) -> Reply {
        self.try_send(method, path, headers, body).await.expect("an answer")
    }

    /// Sends a request; none is the answer of a server that is gone.
    pub async fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &HeaderMap,
        body: Payload,
    ) -> Option<Reply> {
        let answered = async {
            let (parts, body) = self.begin(method, path, headers, body).await?.into_parts();
            let reason = parts.extensions.get::<hyper::ext::ReasonPhrase>();
            let reason = match reason {
                Some(reason) => String::from_utf8_lossy(reason.as_bytes()).into_owned(),
                None => parts.status.canonical_reason().unwrap_or_default().to_owned(),
            };
            let body = to_bytes(body, usize::MAX).await.ok()?;
            Some(Reply { status: parts.status.as_u16(), reason, headers: parts.headers, body })
        };
        tokio::time::timeout(self.patience, answered).await.expect("an answer in time")
    }

    /// Sends a request and answers with the head of the answer, while its body may still come.
    pub async fn begin(
        &self,
        method: &str,
        path: &str,
        headers: &HeaderMap,
        body: Payload,
    ) -> Option<Response<Body>> {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let uri = format!("http://{}{path}", self.address);
        let mut request = Request::builder().method(method).uri(uri).body(Body::empty()).expect("a request");
        let head = request.headers_mut();
        head.extend(headers.clone());
        match body {
            Payload::Nothing => {}
            Payload::Json(json) => {
                head.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
                *request.body_mut() = json.to_string().into();
            }
            Payload::Bytes(bytes) => *request.body_mut() = bytes.into(),
        }
        Some(self.client.request(request).await.ok()?.map(Body::new))
    }
}

/// What came back.
#[derive(Clone)]
pub struct Reply {
    pub status: u16,
    pub reason: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Reply {
    /// The body as a text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body in UTF-8")
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|wrong| panic!("{wrong}: {self:?}"))
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("a readable header"))
    }

    /// Itself, if the status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body: String = String::from_utf8_lossy(&self.body).chars().take(2000).collect();
        write!(f, "{} {}\n{:?}\n{body}", self.status, self.reason, self.headers)
    }
}

/// Whether a status is one of success.
pub fn is_success(status: u16) -> bool {
    StatusCode::from_u16(status).is_ok_and(|status| status.is_success())
}

/// A header of a request.
pub fn pair(name: &str, value: &str) -> (HeaderName, HeaderValue) {
    (
        name.parse().expect("a header's name"),
        HeaderValue::from_bytes(value.as_bytes()).expect("a header's value"),
    )
}
