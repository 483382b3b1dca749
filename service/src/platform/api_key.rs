//! API keys: credentials for programs, shown once and kept as hashes.

use chrono::{DateTime, Utc};
use entity::{
    Id, Kind, List,
    api_key::{self, Column},
    user,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, Set};

use crate::{
    Action, Caller, Code, Create, Error, Problems, Result, Rules, Services, Tx,
    check::{LOWER_CASE_AND_DIGITS, network, path, without_repeats},
    inputs, refuse_unstorable, secret,
};

inputs! {
    api_key: ApiKeyCreateInput, ApiKeyUpdateInput {
        fixed {
            /// The user that it acts as. By default the caller.
            user_id: Id<user::Entity>,
        }
        required {
            /// What it is for, 1 to 255 characters.
            name: String,
        }
        optional {
            /// What it may do: `read`, `write`, or one kind alone such as `phone_number:read`; an empty list is all that its user may. Empty on a new one.
            scopes: List<String>,
            /// The addresses and networks it may be used from; an empty list is any. Empty on a new one.
            networks: List<String>,
            /// When it stops working; null is never, as on a new one.
            expires_at: Option<DateTime<Utc>>,
        }
    }
}

impl Rules for api_key::Entity {
    type Create = ApiKeyCreateInput;
    type Update = ApiKeyUpdateInput;

    async fn check(tx: &Tx<'_>, row: &mut api_key::ActiveModel) -> Result<()> {
        if row.key_hash.is_not_set() {
            // The key itself is shown by the verb that makes it, and by nothing else.
            return Err(Error::BadRequest("an API key is made by its own verb alone".into()));
        }
        let caller = tx.caller().account()?;
        let mut problems = Problems::default();
        if let Set(name) = &row.name {
            problems.filled(name, 255, Column::Name);
        }
        if let Some(used) = caller.key {
            let used = tx.rows::<api_key::Entity>(Column::Id.eq(used)).await?;
            used.iter().for_each(|used| note_bounds(&mut problems, row, used));
        }
        if let Set(scopes) = &mut row.scopes {
            *scopes = without_repeats(std::mem::take(&mut scopes.0)).into();
            note_scopes(&mut problems, scopes, &caller.key_scopes);
        } else if row.id.is_not_set() && !caller.key_scopes.is_empty() {
            let message = "a key that is narrowed makes none that is not";
            problems.note(false, Code::Forbidden, Column::Scopes, message);
        }
        if let Set(networks) = &mut row.networks {
            *networks = note_networks(&mut problems, networks);
        }
        if let Set(Some(end)) = row.expires_at {
            problems.unless(end > tx.now(), Column::ExpiresAt, "must be later than now");
        }
        problems.result()?;

        if row.id.is_not_set() {
            if row.user_id.is_not_set() {
                let own = caller.id.ok_or_else(|| {
                    Error::refused(Code::Required, Some("user_id"), "name the user that it acts as")
                })?;
                row.user_id = Set(own);
            }
            if let Set(id) = row.user_id {
                let user = tx.referred::<user::Entity>(Column::UserId, id).await?;
                row.tenant_id = Set(user.tenant_id);
            }
        }
        Ok(())
    }
}

/// Notes what would let a key reach further than the one that is used to write it.
fn note_bounds(problems: &mut Problems, row: &api_key::ActiveModel, used: &api_key::Model) {
    let networks = row.networks.try_as_ref().cloned().unwrap_or_default();
    let everywhere = !used.networks.is_empty() && networks != used.networks;
    problems.note(
        !everywhere,
        Code::Forbidden,
        Column::Networks,
        "the key that you use keeps to its networks",
    );
    let ends = row.expires_at.try_as_ref().copied().flatten();
    let outlives = used.expires_at.is_some_and(|end| ends.is_none_or(|ends| ends > end));
    problems.note(!outlives, Code::Forbidden, Column::ExpiresAt, "the key that you use ends before");
    if let sea_orm::ActiveValue::Unchanged(scopes) = &row.scopes {
        note_scopes(problems, scopes, &used.scopes);
    }
}

/// Notes scopes that mean nothing, and those that are wider than what the caller itself is narrowed to.
fn note_scopes(problems: &mut Problems, scopes: &List<String>, callers: &[String]) {
    problems.note(scopes.len() <= 100, Code::TooLong, Column::Scopes, "use at most 100 scopes");
    if scopes.is_empty() && !callers.is_empty() {
        let message = "a key that is narrowed makes none that is not";
        problems.note(false, Code::Forbidden, Column::Scopes, message);
    }
    for (at, scope) in scopes.iter().enumerate() {
        let field = path(["scopes", &at.to_string()]);
        if !is_scope(scope) {
            problems.push(Code::Invalid, field, "use read, write, or a kind and one of them: user:read");
        } else if !callers.is_empty() && !callers.iter().any(|wide| is_within(scope, wide)) {
            problems.push(Code::Forbidden, field, "the key that you use may not do this itself");
        }
    }
}

/// Whether it is `read`, `write`, `<kind>:read` or `<kind>:write`.
fn is_scope(scope: &str) -> bool {
    let (kind, verb) = scope.split_once(':').map_or((None, scope), |(kind, verb)| (Some(kind), verb));
    matches!(verb, "read" | "write") && kind.is_none_or(|kind| Kind::of_word(kind).is_some())
}

/// Whether a scope allows nothing that another does not allow.
fn is_within(scope: &str, wide: &str) -> bool {
    let parts = |scope: &str| match scope.split_once(':') {
        Some((kind, verb)) => (Some(kind.to_owned()), verb == "write"),
        None => (None, scope == "write"),
    };
    let ((kind, writes), (wide_kind, wide_writes)) = (parts(scope), parts(wide));
    (wide_kind.is_none() || wide_kind == kind) && (wide_writes || !writes)
}

/// The networks in the form that is stored; what is none is noted and left as it is.
fn note_networks(problems: &mut Problems, networks: &List<String>) -> List<String> {
    problems.note(networks.len() <= 100, Code::TooLong, Column::Networks, "use at most 100 networks");
    let mut stored = Vec::new();
    for (at, text) in networks.iter().enumerate() {
        match network(text) {
            Some(network) => stored.push(network),
            None => {
                let field = path(["networks", &at.to_string()]);
                problems.push(Code::Invalid, field, "use an address or a network such as 192.0.2.0/24");
            }
        }
    }
    without_repeats(stored).into()
}

impl Services {
    /// Makes an API key; the text of the key is answered here and never again.
    pub async fn create_api_key(
        &self,
        caller: &Caller,
        input: ApiKeyCreateInput,
    ) -> Result<(api_key::Model, String)> {
        let grant = caller.grant::<api_key::Entity>(Action::Create)?;
        let tx = self.begin(caller).await?;
        let prefix = format!("sbk_{}", secret::random_text(LOWER_CASE_AND_DIGITS, 8)?);
        let key = format!("{prefix}_{}", secret::random_token()?);
        let mut row = <api_key::ActiveModel as ActiveModelTrait>::default();
        input.apply(&mut row);
        row.key_prefix = Set(prefix);
        row.key_hash = Set(secret::token_hash(&key));
        grant.place(&mut row)?;
        refuse_unstorable::<api_key::Entity>(&row)?;
        api_key::Entity::check(&tx, &mut row).await?;
        let row = tx.insert(&grant, row).await?;
        tx.commit().await?;
        Ok((row, key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_names_a_kind_or_none() {
        for good in ["read", "write", "phone_number:read", "tenant:write"] {
            assert!(is_scope(good), "{good}");
        }
        for bad in ["", "delete", "phone:read", "tenant:", ":read", "tenant:read:x"] {
            assert!(!is_scope(bad), "{bad}");
        }
    }

    #[test]
    fn a_narrowed_key_makes_no_wider_one() {
        assert!(is_within("user:read", "read") && is_within("user:read", "user:write"));
        assert!(is_within("read", "write") && is_within("write", "write"));
        assert!(!is_within("read", "user:read") && !is_within("user:write", "read"));
        assert!(!is_within("tenant:read", "user:write"));
        let forbidden = |scopes: &[&str], callers: &[&str]| {
            let mut problems = Problems::default();
            let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
            let callers: Vec<String> = callers.iter().map(|scope| (*scope).to_owned()).collect();
            note_scopes(&mut problems, &scopes.into(), &callers);
            problems.result().is_err_and(|error| error.has(Code::Forbidden))
        };
        assert!(forbidden(&[], &["read"]) && forbidden(&["write"], &["read"]));
        assert!(!forbidden(&["user:read"], &["read"]) && !forbidden(&[], &[]));
    }
}
