//! The list of the only documents that may run, as `relay-compiler` and `graphql-codegen` write it.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::Arc,
};

use anyhow::{Context, Result, anyhow};
use sha2::{Digest, Sha256};

use super::documents::{Hash, Known, Refusal};

/// The documents of a list, by what it calls them and by their texts.
pub(super) struct Listed {
    of_ids: HashMap<String, Arc<Known>>,
    of_hashes: HashMap<Hash, Arc<Known>>,
}

impl Listed {
    /// Reads a list, and every document in it.
    ///
    /// # Errors
    /// When the file cannot be read, is no list, or has a document that is no good.
    pub(super) fn read(path: &Path, known: impl Fn(&str) -> Result<Known, Refusal>) -> Result<Self> {
        let shown = path.display();
        let text =
            std::fs::read(path).with_context(|| format!("the list of documents {shown} cannot be read"))?;
        let documents: BTreeMap<String, String> = serde_json::from_slice(&text)
            .with_context(|| format!("{shown} is no JSON object of ids and documents"))?;
        let mut listed = Self { of_ids: HashMap::new(), of_hashes: HashMap::new() };
        for (id, text) in documents {
            let known = known(&text).map_err(|refusal| {
                let errors = refusal.into_response().errors;
                let told: Vec<_> = errors.iter().map(|error| error.message.as_str()).collect();
                anyhow!("{shown}: the document {id:?} is no good: {}", told.join("; "))
            })?;
            let known = Arc::new(known);
            listed.of_hashes.insert(Sha256::digest(text.as_bytes()).into(), known.clone());
            listed.of_ids.insert(id, known);
        }
        Ok(listed)
    }

    /// The document that has this id in the list.
    pub(super) fn of_id(&self, id: &str) -> Option<&Arc<Known>> {
        self.of_ids.get(id)
    }

    /// The document whose text has this hash, or that is listed under it.
    pub(super) fn of_hash(&self, hash: &Hash) -> Option<&Arc<Known>> {
        let digits = || hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        self.of_hashes.get(hash).or_else(|| self.of_ids.get(&digits()))
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.of_ids.len()
    }
}
