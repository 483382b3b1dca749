//! What a request says of where it comes from and who sends it.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{
        HeaderMap,
        header::{AUTHORIZATION, HOST},
        request::Parts,
        uri::Authority,
    },
};
use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use service::{Caller, Error, Secret, auth::Credential};

use crate::app::{App, RequestId};

/// Base64 as clients write it: with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// One request, seen from outside: every door asks it who is calling.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The host it was sent to, lower case, without port and without a dot at the end.
    pub host: Option<String>,
    /// The address it came from.
    pub address: Option<IpAddr>,
    /// Its id.
    pub request_id: String,
    /// What absolute links in its answer begin with, without a slash at the end.
    pub base: String,
    /// What it says of who sent it.
    pub credential: Credential,
    known: Option<service::Result<Caller>>,
}

/// Who is calling, as far as a layer around the handler has found out already.
#[derive(Clone, Debug)]
pub struct Known(pub service::Result<Caller>);

impl FromRequestParts<App> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let authority = authority(parts);
        let base = match (&app.config.public_url, &authority) {
            (Some(url), _) => url.clone(),
            (None, Some(authority)) => {
                let scheme = if app.config.has_tls() { "https" } else { "http" };
                let port = authority.port().map(|port| format!(":{port}")).unwrap_or_default();
                format!("{scheme}://{}{port}", authority.host().to_lowercase())
            }
            // Such a request can only be answered with links within the server.
            (None, None) => String::new(),
        };
        let address = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self {
            host: authority.map(|authority| authority.host().trim_end_matches('.').to_lowercase()),
            address: address.map(|ConnectInfo(address)| address.ip().to_canonical()),
            request_id: RequestId::of_extensions(&parts.extensions),
            base,
            credential: credential(&parts.headers),
            known: parts.extensions.get::<Known>().map(|Known(caller)| caller.clone()),
        })
    }
}

impl Visit {
    /// Who is calling.
    ///
    /// # Errors
    /// Unauthenticated for nobody and for wrong credentials, SlowDown after too many of them.
    pub async fn caller(&self, app: &App, door: &'static str) -> service::Result<Caller> {
        if self.credential == Credential::None {
            return Err(Error::Unauthenticated);
        }
        self.caller_or_anonymous(app, door).await
    }

    /// Who is calling, or nobody when nothing says so.
    ///
    /// # Errors
    /// Unauthenticated for wrong credentials, SlowDown after too many of them.
    pub async fn caller_or_anonymous(&self, app: &App, door: &'static str) -> service::Result<Caller> {
        if let Some(known) = &self.known {
            return known.clone();
        }
        self.caller_with(app, door, &self.credential).await
    }

    /// Who is calling, by credentials that came otherwise than in a header.
    ///
    /// # Errors
    /// Unauthenticated for wrong credentials, SlowDown after too many of them.
    pub async fn caller_with(
        &self,
        app: &App,
        door: &'static str,
        credential: &Credential,
    ) -> service::Result<Caller> {
        let host = self.host.as_deref();
        app.services.authenticate(credential, host, self.address, door, &self.request_id).await
    }
}

/// The address with a token in its query, which goes before a fragment.
pub fn with_token(address: &str, name: &str, token: &str) -> String {
    let end = address.find('#').unwrap_or(address.len());
    let (address, fragment) = address.split_at(end);
    let mark = if address.contains('?') { '&' } else { '?' };
    let token: String = form_urlencoded::byte_serialize(token.as_bytes()).collect();
    format!("{address}{mark}{name}={token}{fragment}")
}

/// The host and port that a request was sent to: HTTP/2 tells it in the target, HTTP/1.1 in a header.
fn authority(parts: &Parts) -> Option<Authority> {
    let header = || parts.headers.get(HOST)?.to_str().ok()?.parse::<Authority>().ok();
    parts.uri.authority().cloned().or_else(header).filter(|authority| !authority.host().is_empty())
}

/// What the headers say of who sent a request: `Authorization`, else `X-API-Key`.
fn credential(headers: &HeaderMap) -> Credential {
    let mut given = headers.get_all(AUTHORIZATION).iter();
    match (given.next(), given.next()) {
        // Two could be read as either of two accounts.
        (Some(_), Some(_)) => Credential::Malformed,
        (Some(value), None) => {
            let value = str::from_utf8(value.as_bytes());
            value.map_or(Credential::Malformed, authorization)
        }
        (None, _) => match headers.get("x-api-key").map(|key| key.to_str()) {
            None => Credential::None,
            Some(Ok(key)) if !key.trim().is_empty() => Credential::Bearer(Secret::new(key.trim())),
            Some(_) => Credential::Malformed,
        },
    }
}

/// Reads the value of an `Authorization` header, wherever it came from.
pub fn authorization(value: &str) -> Credential {
    let Some((scheme, rest)) = value.trim().split_once(' ') else { return Credential::Malformed };
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") && !rest.is_empty() {
        return Credential::Bearer(Secret::new(rest));
    }
    if scheme.eq_ignore_ascii_case("basic") {
        return basic(rest).unwrap_or(Credential::Malformed);
    }
    Credential::Malformed
}

fn basic(text: &str) -> Option<Credential> {
    let text = String::from_utf8(BASE64.decode(text).ok()?).ok()?;
    let (login, password) = text.split_once(':')?;
    Some(Credential::Basic { login: login.to_owned(), password: Secret::new(password) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(login: &str, password: &str) -> Credential {
        Credential::Basic { login: login.into(), password: Secret::new(password) }
    }

    #[test]
    fn credentials_are_read_as_clients_write_them() {
        assert_eq!(authorization("Basic YTpiOmM="), basic("a", "b:c"));
        assert_eq!(authorization("bAsIc  YTpiOmM"), basic("a", "b:c"));
        assert_eq!(authorization("Basic Ojo="), basic("", ":"));
        assert_eq!(authorization("BEARER x.y"), Credential::Bearer(Secret::new("x.y")));
        for bad in ["", "Basic", "Basic ", "Basic !", "Basic YQ==", "Basic /zo=", "Bearer ", "Digest a=b"] {
            assert_eq!(authorization(bad), Credential::Malformed, "{bad}");
        }
    }

    #[test]
    fn a_header_beats_a_key_and_two_are_none() {
        let mut headers = HeaderMap::new();
        assert_eq!(credential(&headers), Credential::None);
        headers.insert("x-api-key", "sbk_1".parse().unwrap());
        assert_eq!(credential(&headers), Credential::Bearer(Secret::new("sbk_1")));
        headers.insert(AUTHORIZATION, "Basic YTpi".parse().unwrap());
        assert_eq!(credential(&headers), basic("a", "b"));
        headers.append(AUTHORIZATION, "Basic YTpi".parse().unwrap());
        assert_eq!(credential(&headers), Credential::Malformed);
    }
}
