//! From what a client asks to what runs: documents are parsed and validated once and kept.
//!
//! A document is known by the SHA-256 of its text, which is also what an automatic persisted query sends
//! in its place. Only a valid document is kept (decision record 0008).

use std::{collections::HashMap, sync::Arc, time::Duration};

use async_graphql::{
    Pos, Response, ServerError,
    futures_util::stream::BoxStream,
    parser::{parse_query, types::OperationType},
    value,
};
use axum::http::StatusCode;
use moka::sync::Cache;
use schema::{Call, Document, Ready, Schema};
use service::{Error, Unrepeatable};
use sha2::{Digest, Sha256};

use super::{
    asked::{Asked, NoHash, of_hexadecimal},
    cost::cost,
    limits::{self, refuse_cost, refuse_structure},
    listed::Listed,
    scan,
};
use crate::{
    config::{Config, Limits},
    rate::{Standing, points},
};

/// How many documents are kept that accounts have sent, and how many bytes they may take.
const OF_ACCOUNTS: (u32, u32) = (2_000, 32 << 20);
/// The same for those of visitors without an account: they cannot push out the others.
const OF_VISITORS: (u32, u32) = (200, 4 << 20);
/// How many bytes a token of a document takes once it is parsed, at most.
const BYTES_OF_A_TOKEN: usize = 256;

/// The SHA-256 of a document's text.
pub(super) type Hash = [u8; 32];

/// The schema and the documents that are known to be good for it.
pub struct Documents {
    schema: Schema,
    limits: Limits,
    of_accounts: Cache<Hash, Arc<Known>>,
    of_visitors: Cache<Hash, Arc<Known>>,
    /// The only documents that may run.
    listed: Option<Listed>,
}

/// A document that was parsed and validated.
pub(super) struct Known {
    document: Document,
    bytes: u32,
    /// What operations cost whose variables have no say in it, by where they stand.
    costs: HashMap<Pos, u64>,
}

/// What was asked, ready to run.
pub(crate) struct Prepared {
    /// The operation with its call.
    pub(super) ready: Ready,
    /// What kind of operation it is.
    pub(crate) operation: OperationType,
    /// How many fields its answer may have.
    pub(crate) complexity: u64,
    /// Whether its document was known already.
    known: bool,
    /// Whether the answer is to say what it cost.
    wants_cost: bool,
    /// How many points are left to who asked, where they are bounded.
    pub(super) remaining: Option<u32>,
}

/// Why nothing is executed.
pub(crate) enum Refusal {
    /// The request is no good.
    Request(Error),
    /// The document, the name of its operation or the variables are no good.
    Document(Vec<ServerError>),
    /// The document has to be sent in full, with this word and this code.
    Unknown(&'static str, &'static str),
    /// What is between HTTP and GraphQL is no good, with its status.
    Http(StatusCode, Error),
    /// The first request with the same key has no answer.
    Conflict(String),
    /// Whoever asks has no points left.
    Hasty(Standing),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Request(error)
    }
}

impl From<Unrepeatable> for Refusal {
    fn from(why: Unrepeatable) -> Self {
        match why {
            Unrepeatable::Failed(error) => Self::Request(error),
            Unrepeatable::Malformed => Self::http(StatusCode::BAD_REQUEST, &why.to_string()),
            Unrepeatable::OtherRequest => Self::http(StatusCode::UNPROCESSABLE_ENTITY, &why.to_string()),
            Unrepeatable::UnderWay | Unrepeatable::AnswerLost(_) => Self::Conflict(why.to_string()),
        }
    }
}

impl From<ServerError> for Refusal {
    fn from(error: ServerError) -> Self {
        Self::Document(vec![error])
    }
}

impl Refusal {
    /// A bad request with a status of its own.
    pub(super) fn http(status: StatusCode, message: &str) -> Self {
        Self::Http(status, Error::BadRequest(message.to_owned()))
    }

    /// The answer that tells it.
    pub(crate) fn into_response(self) -> Response {
        match self {
            Self::Request(error) | Self::Http(_, error) => schema::failure_response(error),
            Self::Document(errors) => Response::from_errors(errors),
            Self::Unknown(message, code) => Response::from_errors(vec![with_code(message, code)]),
            Self::Conflict(message) => Response::from_errors(vec![with_code(&message, "CONFLICT")]),
            Self::Hasty(Standing { wait, .. }) => {
                schema::failure_response(Error::LimitExceeded(format!("too much in one second, wait {wait}")))
            }
        }
    }
}

/// That a request took too long.
pub(super) fn late() -> Error {
    Error::LimitExceeded("the request took too long".to_owned())
}

/// An error of a document with this code.
fn with_code(message: &str, code: &str) -> ServerError {
    let mut error = ServerError::new(message, None);
    error.extensions.get_or_insert_default().set("code", code);
    error
}

const NOT_FOUND: Refusal = Refusal::Unknown("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND");
const NOT_SUPPORTED: Refusal =
    Refusal::Unknown("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED");

impl Documents {
    /// Knows the documents of the list that is configured, or none yet.
    ///
    /// # Errors
    /// When the list cannot be read, or has a document that is no good.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let limits = config.limits.clone();
        let kept = |(number, bytes): (u32, u32)| {
            // The smallest weighs so much that no more than the number fit.
            let weigh = move |_: &Hash, known: &Arc<Known>| known.bytes.max(bytes / number);
            Cache::builder().max_capacity(bytes.into()).weigher(weigh).build()
        };
        let (of_accounts, of_visitors) = (kept(OF_ACCOUNTS), kept(OF_VISITORS));
        let schema = Schema::new(limits::nesting(&limits));
        let mut documents = Self { schema, limits, of_accounts, of_visitors, listed: None };
        if let Some(path) = &config.graphql.documents {
            documents.listed = Some(Listed::read(path, |text| documents.read(text))?);
        }
        Ok(documents)
    }

    /// How many documents the list has; none when there is no list.
    pub fn listed(&self) -> Option<usize> {
        self.listed.as_ref().map(Listed::len)
    }

    /// Finds or reads the document that is asked for, and refuses whatever of the request is no good.
    ///
    /// # Errors
    /// Why nothing can be executed.
    pub(crate) fn prepare(&self, call: Call, asked: Asked) -> Result<Prepared, Refusal> {
        let (known, found) = self.document(&asked, call.caller.account().is_ok())?;
        let operation = known.document.operation(asked.operation_name())?;
        let complexity = match known.costs.get(&operation.pos) {
            Some(cost) => *cost,
            None => cost(known.document.parsed(), &operation.node, &asked.variables).0,
        };
        let (kind, wants_cost) = (operation.node.ty, asked.wants_cost());
        let ready = known.document.ready(operation, asked.variables)?;
        refuse_cost(complexity, &self.limits)?;
        Ok(Prepared {
            ready: ready.with(call),
            operation: kind,
            complexity,
            known: found,
            wants_cost,
            remaining: None,
        })
    }

    /// Runs a query or a mutation within its time.
    ///
    /// # Errors
    /// LimitExceeded when it took too long; a write that was not committed by then is undone.
    pub(crate) async fn execute(&self, prepared: Prepared) -> Result<Response, Error> {
        let Prepared { ready, complexity, known, wants_cost, remaining, .. } = prepared;
        let longest = Duration::from_secs(self.limits.seconds);
        let mut answer =
            tokio::time::timeout(longest, self.schema.execute(ready)).await.map_err(|_| late())?;
        if wants_cost {
            let cost = value!({
                "complexity": complexity, "points": points(complexity), "remaining": remaining, "documentKnown": known
            });
            answer.extensions.insert("cost".to_owned(), cost);
        }
        Ok(answer)
    }

    /// Runs a subscription.
    pub(crate) fn subscribe(&self, prepared: Prepared) -> BoxStream<'static, Response> {
        self.schema.execute_stream(prepared.ready)
    }

    /// The document that is asked for, and whether it was known.
    fn document(&self, asked: &Asked, of_account: bool) -> Result<(Arc<Known>, bool), Refusal> {
        let text = asked.query.as_deref().filter(|text| !text.is_empty());
        let id = asked.document_id.as_deref().filter(|_| text.is_none());
        let named = match id.and_then(|id| id.strip_prefix("sha256:")) {
            Some(digits) => of_hexadecimal(digits),
            None => asked.hash().map_err(|wrong| match wrong {
                NoHash::Unsupported => NOT_SUPPORTED,
                NoHash::Crooked => {
                    Error::BadRequest("`sha256Hash` has 64 hexadecimal digits".to_owned()).into()
                }
            })?,
        };
        let hash = match (text.map(|text| Sha256::digest(text).into()), named) {
            (Some(hash), Some(named)) if hash != named => {
                return Err(Error::BadRequest("provided sha does not match query".to_owned()).into());
            }
            (hash, named) => hash.or(named),
        };
        if let Some(listed) = &self.listed {
            let found = id.and_then(|id| listed.of_id(id));
            if id.is_none() && hash.is_none() {
                return Err(Error::BadRequest("there is no `query`".to_owned()).into());
            }
            return match (found.or_else(|| listed.of_hash(hash.as_ref()?)), text) {
                (Some(known), _) => Ok((known.clone(), true)),
                (None, None) => Err(NOT_FOUND),
                (None, Some(_)) => {
                    let message = "this server runs only the documents of its list";
                    Err(with_code(message, "PERSISTED_QUERY_NOT_FOUND").into())
                }
            };
        }
        let Some(hash) = hash else {
            return Err(match id {
                Some(_) => NOT_FOUND,
                None => Error::BadRequest("there is no `query`".to_owned()).into(),
            });
        };
        if let Some(known) = self.of_accounts.get(&hash) {
            return Ok((known, true));
        }
        let (known, found) = match (self.of_visitors.get(&hash), text) {
            (Some(known), _) if !of_account => return Ok((known, true)),
            (Some(known), _) => (known, true),
            (None, Some(text)) => (Arc::new(self.read(text)?), false),
            (None, None) => return Err(NOT_FOUND),
        };
        let kept = if of_account { &self.of_accounts } else { &self.of_visitors };
        kept.insert(hash, known.clone());
        Ok((known, found))
    }

    /// Parses and validates a document.
    fn read(&self, text: &str) -> Result<Known, Refusal> {
        let tokens = scan::refuse_crooked(text, self.limits.tokens)?;
        let parsed = parse_query(text).map_err(ServerError::from)?;
        refuse_structure(&parsed, &self.limits)?;
        let document = self.schema.validate(parsed).map_err(Refusal::Document)?;
        let mut costs = HashMap::new();
        for (_, operation) in document.parsed().operations.iter() {
            if let (cost, false) = cost(document.parsed(), &operation.node, &Default::default()) {
                costs.insert(operation.pos, cost);
            }
        }
        let bytes = text.len() + tokens * BYTES_OF_A_TOKEN;
        Ok(Known { document, bytes: u32::try_from(bytes).unwrap_or(u32::MAX), costs })
    }
}
