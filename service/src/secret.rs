//! Keys, hashes and random texts.

use std::borrow::Cow;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use async_graphql::{InputType, InputValueError, InputValueResult, registry::Registry};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use entity::Sealed;
use sha2::{Digest, Sha256};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::{Error, Result};

/// A secret on its way in: a GraphQL string that shows nothing of itself in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}
impl From<Secret> for Sealed {
    fn from(secret: Secret) -> Self {
        Sealed::open(&secret.0)
    }
}
impl From<Secret> for Option<Sealed> {
    fn from(secret: Secret) -> Self {
        Some(secret.into())
    }
}

async_graphql::scalar!(
    Secret,
    "Secret",
    "A text that is written and never read back: a password, a token or a private key."
);
impl serde::Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str("…")
    }
}
impl<'de> serde::Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(text: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(text).map(Self)
    }
}

/// A secret that may be taken away again by null.
// A type of its own, because `From<Option<Secret>> for Option<Sealed>` belongs to neither crate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MaybeSecret(pub Option<Secret>);

impl From<Option<Secret>> for MaybeSecret {
    fn from(secret: Option<Secret>) -> Self {
        Self(secret)
    }
}
impl From<MaybeSecret> for Option<Sealed> {
    fn from(secret: MaybeSecret) -> Self {
        secret.0.map(Sealed::from)
    }
}
impl<'de> serde::Deserialize<'de> for MaybeSecret {
    fn deserialize<D: serde::Deserializer<'de>>(text: D) -> std::result::Result<Self, D::Error> {
        <Option<Secret> as serde::Deserialize>::deserialize(text).map(Self)
    }
}
impl InputType for MaybeSecret {
    type RawValueType = Secret;

    fn type_name() -> Cow<'static, str> {
        <Option<Secret> as InputType>::type_name()
    }
    fn qualified_type_name() -> String {
        <Option<Secret> as InputType>::qualified_type_name()
    }
    fn create_type_info(registry: &mut Registry) -> String {
        <Option<Secret> as InputType>::create_type_info(registry)
    }
    fn parse(value: Option<async_graphql::Value>) -> InputValueResult<Self> {
        <Option<Secret> as InputType>::parse(value).map(Self).map_err(InputValueError::propagate)
    }
    fn to_value(&self) -> async_graphql::Value {
        self.0.to_value()
    }
    fn as_raw_value(&self) -> Option<&Secret> {
        self.0.as_ref()
    }
}

/// Encrypts secrets at rest (XChaCha20-Poly1305); the place of a secret is part of what is sealed.
#[derive(Clone)]
pub struct Vault(XChaCha20Poly1305);

const NONCE: usize = 24;

impl Vault {
    /// A vault with this 32-byte key.
    pub fn new(key: &[u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(key.into()))
    }

    /// Encrypts a text for one place, such as `gateway.authorization_password`.
    pub fn seal(&self, place: &str, text: &str) -> Result<Sealed> {
        let mut nonce = [0; NONCE];
        fill(&mut nonce)?;
        let payload = Payload { msg: text.as_bytes(), aad: place.as_bytes() };
        let ciphertext = self.0.encrypt(&XNonce::from(nonce), payload);
        let ciphertext = ciphertext.map_err(|_| Error::broken("a secret cannot be encrypted"))?;
        Ok(Sealed::closed(&[&nonce[..], &ciphertext].concat()))
    }

    /// The text of a secret.
    ///
    /// # Errors
    /// Internal when it was sealed with another key or for another place.
    pub fn open(&self, place: &str, sealed: &Sealed) -> Result<String> {
        if let Some(text) = sealed.as_open() {
            return Ok(text.to_owned());
        }
        let parts = sealed.as_closed().and_then(|bytes| bytes.split_first_chunk::<NONCE>());
        let (nonce, ciphertext) = parts.ok_or_else(|| Error::broken("a secret is cut off"))?;
        let payload = Payload { msg: ciphertext, aad: place.as_bytes() };
        let text = self.0.decrypt(&XNonce::from(*nonce), payload);
        let text = text.map_err(|_| Error::broken("a secret was sealed with another key"))?;
        String::from_utf8(text).map_err(Error::internal)
    }
}

/// How many passwords are verified at a time: each takes 19 MiB and a core, and anybody may ask for one.
static VERIFYING: Semaphore = Semaphore::const_new(4);
/// How many new passwords are hashed at a time; apart, because a write waits for it.
static HASHING: Semaphore = Semaphore::const_new(2);

/// The argon2id hash of a log-in password, made on a thread that may block.
pub async fn hash_password(password: String) -> Result<String> {
    let turn = HASHING.acquire().await.map_err(Error::internal)?;
    let hash = tokio::task::spawn_blocking(move || {
        let _turn = turn; // until the work is done, whoever waits for it
        Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string())
    });
    hash.await.map_err(Error::internal)?.map_err(|_| Error::broken("a password cannot be hashed"))
}

/// A turn to verify a password.
pub(crate) async fn verifying_turn() -> Result<SemaphorePermit<'static>> {
    VERIFYING.acquire().await.map_err(Error::internal)
}

/// Whether a password belongs to a hash, found out on a thread that may block.
pub(crate) async fn verify_password(
    turn: SemaphorePermit<'static>,
    password: String,
    hash: String,
) -> Result<bool> {
    let verified = tokio::task::spawn_blocking(move || {
        let _turn = turn; // until the work is done, whoever waits for it
        PasswordHash::new(&hash)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    });
    verified.await.map_err(Error::internal)
}

/// Fills bytes from the operating system.
pub fn fill(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|_| Error::broken("the system has no random numbers"))
}

/// An opaque token with 256 bits of chance.
pub fn random_token() -> Result<String> {
    let mut bytes = [0; 32];
    fill(&mut bytes)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

/// A text of `length` characters of the alphabet, each as likely as the others.
pub fn random_text(alphabet: &[u8], length: usize) -> Result<String> {
    let fair = 256 - 256 % alphabet.len();
    let mut text = String::with_capacity(length);
    let mut byte = [0];
    while text.len() < length {
        fill(&mut byte)?;
        let at = usize::from(byte[0]);
        if at < fair {
            text.push(char::from(alphabet[at % alphabet.len()]));
        }
    }
    Ok(text)
}

/// How a random token is stored: its SHA-256 in hexadecimal.
pub fn token_hash(token: &str) -> String {
    Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_only_where_it_was_sealed() {
        let vault = Vault::new(&[7; 32]);
        let sealed = vault.seal("gateway.authorization_password", "s3cret").unwrap();
        assert_eq!(vault.open("gateway.authorization_password", &sealed).unwrap(), "s3cret");
        assert!(vault.open("sip_account.password", &sealed).is_err());
        assert!(Vault::new(&[8; 32]).open("gateway.authorization_password", &sealed).is_err());
        assert!(!format!("{sealed:?}").contains("s3cret"));
    }

    #[test]
    fn a_random_text_keeps_to_its_alphabet() {
        let text = random_text(b"0123456789", 500).unwrap();
        assert_eq!(text.len(), 500);
        assert!(text.bytes().all(|byte| byte.is_ascii_digit()));
    }
}
