//! The keys that sign access tokens: Ed25519, kept in a file, replaced by age.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ed25519_dalek::{SigningKey, pkcs8::EncodePrivateKey};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{Error, Result, secret};

/// How long an access token lasts, in seconds.
pub const ACCESS_SECONDS: i64 = 15 * 60;
/// After how many seconds a new key signs: thirty days.
const ROTATE_SECONDS: i64 = 30 * 24 * 3600;

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The user's opaque id, or the tenant's for its system user.
    pub sub: String,
    /// The session's number.
    pub sid: i64,
    /// What an API key narrows it to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// The number of the API key that it was got with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<i64>,
    /// When it was made, in seconds since 1970.
    pub iat: i64,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
}

/// One key as the file holds it.
#[derive(Clone, Serialize, Deserialize)]
struct StoredKey {
    kid: String,
    /// In seconds since 1970.
    created_at: i64,
    /// The 32 private bytes, base64url.
    seed: String,
}

/// The keys that sign and verify; the newest signs, all that may still have signed verify.
pub struct Keyring {
    path: PathBuf,
    keys: Mutex<Arc<Vec<StoredKey>>>,
    /// When the file was last looked into for an unknown name.
    looked: Mutex<Option<Instant>>,
}

impl Keyring {
    /// Reads the keys of a file; a missing file is an empty ring.
    ///
    /// # Errors
    /// Internal when the file cannot be read.
    pub fn open(path: PathBuf) -> Result<Self> {
        let keys = read(&path)?;
        Ok(Self { path, keys: Mutex::new(Arc::new(keys)), looked: Mutex::default() })
    }

    /// Signs claims with the newest key, making one if it is too old.
    pub fn sign(&self, claims: &Claims) -> Result<String> {
        let keys = self.fresh(claims.iat)?;
        let key = keys.last().ok_or_else(|| Error::broken("no key to sign with"))?;
        let der = signing(key)?.to_pkcs8_der().map_err(Error::internal)?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(key.kid.clone());
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_ed_der(der.as_bytes()))
            .map_err(Error::internal)
    }

    /// The claims of a token that one of the keys signed and that has not ended at `now`.
    pub fn verify(&self, token: &str, now: i64) -> Option<Claims> {
        let kid = jsonwebtoken::decode_header(token).ok()?.kid?;
        let key = self.named(&kid)?;
        let public = BASE64_URL_SAFE_NO_PAD.encode(signing(&key).ok()?.verifying_key().as_bytes());
        let key = DecodingKey::from_ed_components(&public).ok()?;
        let claims: Claims = decode(token, &key, Algorithm::EdDSA)?;
        (claims.exp > now).then_some(claims)
    }

    /// The public keys as a JSON Web Key Set, RFC 7517.
    pub fn public(&self, now: i64) -> Result<Value> {
        let keys = self.fresh(now)?;
        let public = |key: &StoredKey| {
            let x = BASE64_URL_SAFE_NO_PAD.encode(signing(key)?.verifying_key().as_bytes());
            Ok(
                json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": key.kid, "x": x }),
            )
        };
        Ok(json!({ "keys": keys.iter().map(public).collect::<Result<Vec<_>>>()? }))
    }

    /// The key with this name, also one that another process on the same files has just made.
    fn named(&self, kid: &str) -> Option<StoredKey> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let known = |keys: &[StoredKey]| keys.iter().find(|key| key.kid == kid).cloned();
        if let Some(key) = known(&keys) {
            return Some(key);
        }
        // Names that nobody gave cost a look at the file once a second at most.
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        if looked.is_some_and(|then| then.elapsed() < Duration::from_secs(1)) {
            return None;
        }
        *looked = Some(Instant::now());
        let read = read(&self.path).ok()?;
        let key = known(&read)?;
        *keys = Arc::new(read);
        Some(key)
    }

    /// The keys, with a new one if the newest is too old; who may no longer have signed is dropped.
    fn fresh(&self, now: i64) -> Result<Arc<Vec<StoredKey>>> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.last().is_some_and(|key| now - key.created_at < ROTATE_SECONDS) {
            return Ok(keys.clone());
        }
        // Another process on the same files may have renewed them already, or be about to.
        let lock = std::fs::File::create(self.path.with_extension("lock")).map_err(Error::internal)?;
        lock.lock().map_err(Error::internal)?;
        let stored = read(&self.path)?;
        if stored.last().is_some_and(|key| now - key.created_at < ROTATE_SECONDS) {
            *keys = Arc::new(stored);
            return Ok(keys.clone());
        }
        let mut seed = [0; 32];
        secret::fill(&mut seed)?;
        let kid = secret::random_text(b"abcdefghijklmnopqrstuvwxyz0123456789", 12)?;
        let mut renewed: Vec<StoredKey> =
            stored.iter().filter(|key| now - key.created_at < 2 * ROTATE_SECONDS).cloned().collect();
        renewed.push(StoredKey { kid, created_at: now, seed: BASE64_URL_SAFE_NO_PAD.encode(seed) });
        let text = serde_json::to_vec_pretty(&renewed).map_err(Error::internal)?;
        write_private(&self.path, &text).map_err(Error::internal)?;
        *keys = Arc::new(renewed);
        Ok(keys.clone())
    }
}

/// The keys in a file; a missing file holds none.
fn read(path: &std::path::Path) -> Result<Vec<StoredKey>> {
    match std::fs::read(path) {
        Ok(text) => serde_json::from_slice(&text).map_err(Error::internal),
        Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(other) => Err(Error::internal(other)),
    }
}

fn signing(key: &StoredKey) -> Result<SigningKey> {
    let seed = BASE64_URL_SAFE_NO_PAD.decode(&key.seed).map_err(Error::internal)?;
    let seed: [u8; 32] = seed.try_into().map_err(|_| Error::broken("a signing key has a wrong length"))?;
    Ok(SigningKey::from_bytes(&seed))
}

/// Writes a file that only its owner can read; readers see the old one or the new one.
pub fn write_private(path: &std::path::Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let beside = path.with_extension("new");
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(beside, path)
}

fn decode<T: DeserializeOwned>(token: &str, key: &DecodingKey, algorithm: Algorithm) -> Option<T> {
    let mut rules = Validation::new(algorithm);
    // Times are compared with our own clock.
    rules.validate_exp = false;
    rules.validate_aud = false;
    rules.required_spec_claims.clear();
    Some(jsonwebtoken::decode::<T>(token, key, &rules).ok()?.claims)
}

/// A log-in link's token as phone_systems writes it: HS256 with `sub` and `exp`.
///
/// That it is genuine is known from the store, which holds its hash.
pub fn sign_link(key: &[u8], tenant: i64, expires_at: i64, nonce: &str) -> Result<String> {
    let claims = json!({ "sub": tenant, "exp": expires_at, "jti": nonce });
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(key))
        .map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_rotate_and_old_tokens_stay_good() {
        let dir = std::env::temp_dir().join(format!("switchboard-keys-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let ring = Keyring::open(dir.join("token-keys.json")).unwrap();
        let claims =
            |iat| Claims { sub: "user_1".into(), sid: 1, scopes: vec![], key: None, iat, exp: iat + 900 };
        let first = ring.sign(&claims(1_000)).unwrap();
        let later = 1_000 + ROTATE_SECONDS;
        let second = ring.sign(&claims(later)).unwrap();
        assert_eq!(ring.public(later).unwrap()["keys"].as_array().unwrap().len(), 2);
        assert!(ring.verify(&first, 1_100).is_some());
        assert!(ring.verify(&first, 1_901).is_none(), "it has ended");
        let again = Keyring::open(dir.join("token-keys.json")).unwrap();
        assert_eq!(again.verify(&second, later), Some(claims(later)));
        let forged = format!("{}x", &second[..second.len() - 1]);
        assert!(again.verify(&forged, later).is_none());
        std::fs::remove_dir_all(dir).unwrap();
    }
}
