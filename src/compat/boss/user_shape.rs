//! Users as this API writes and reads them.

use entity::{user, value};
use serde::{Deserialize, Serialize};
use service::{Patch, Secret};
use unicode_normalization::char::is_combining_mark;
use utoipa::ToSchema;

use super::{
    body::{Object, Word},
    error::{BAD_REQUEST, Result},
};

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything in the domain.
    Admin,
    /// What belongs to it.
    User,
    /// See what belongs to it.
    RestrictedUser,
}

impl From<Role> for value::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Admin => Self::TenantAdmin,
            Role::User => Self::User,
            Role::RestrictedUser => Self::RestrictedUser,
        }
    }
}

impl From<value::Role> for Role {
    fn from(role: value::Role) -> Self {
        match role {
            // A tenant has no operators.
            value::Role::TenantAdmin | value::Role::Operator => Self::Admin,
            value::Role::User => Self::User,
            value::Role::RestrictedUser => Self::RestrictedUser,
        }
    }
}

/// A user as it is shown.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The name it logs in with.
    #[schema(example = "ines")]
    login: String,
    /// Its position in the company.
    position: String,
    /// Its full name.
    #[schema(example = "Ines Weber 2")]
    real_name: String,
    /// Its e-mail address.
    email: String,
    /// Its internal number.
    #[schema(example = "204")]
    extension: String,
    /// Its mobile number.
    #[schema(example = "4915550001122")]
    mobile: String,
    /// When its calls go on to its mobile.
    mobile_rule: MobileRule,
    /// What it may do.
    role: Role,
    /// Whether its phone has a password.
    #[serde(rename = "hasSIPPassword")]
    has_sip_password: bool,
}

/// When a user's calls go on to its mobile.
#[derive(Debug, Serialize, ToSchema)]
pub struct MobileRule {
    /// Whether they do.
    forward: bool,
    /// After how many seconds: 0, 5, 10 or 15.
    delay: i32,
}

impl User {
    /// A user as it is shown.
    pub fn of(row: user::Model, extension: Option<String>, has_sip_password: bool) -> Self {
        Self {
            login: row.login,
            position: row.position,
            real_name: row.name,
            email: row.email,
            extension: extension.unwrap_or_default(),
            mobile: row.mobile.unwrap_or_default(),
            mobile_rule: MobileRule { forward: row.mobile_forward, delay: row.mobile_delay },
            role: row.role.into(),
            has_sip_password,
        }
    }
}

/// What to write of a user. What is absent stays as it is; on a new user it has its default.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserBody {
    /// Its position in the company.
    #[serde(default)]
    #[schema(value_type = String)]
    pub position: Patch<String>,
    /// Its full name: letters, digits and spaces, and not only spaces; empty is none.
    #[serde(default)]
    #[schema(value_type = String, example = "Ines Weber 2")]
    pub real_name: Patch<String>,
    /// Its e-mail address; empty is none.
    #[serde(default)]
    #[schema(value_type = String, example = "ines@acme.example")]
    pub email: Patch<String>,
    /// Its internal number, with as many digits as the domain's `extDigits`; empty or null is none.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^([0-9]{2,5})?$", example = "204")]
    pub extension: Patch<Option<String>>,
    /// Its mobile number, 7 to 20 digits; empty or null is none.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^([0-9]{7,20})?$", example = "4915550001122")]
    pub mobile: Patch<Option<String>>,
    /// When its calls go on to its mobile; by default they do not.
    #[serde(default)]
    #[schema(value_type = MobileRuleBody)]
    pub mobile_rule: Patch<Object<MobileRuleBody>>,
    /// What it may do; by default it is a `user`.
    #[serde(default)]
    #[schema(value_type = Role)]
    pub role: Patch<Word<Role>>,
}

/// What to write of when a user's calls go on to its mobile.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct MobileRuleBody {
    /// Whether they do.
    #[serde(default)]
    #[schema(value_type = bool)]
    pub forward: Patch<bool>,
    /// After how many seconds: 0, 5, 10 or 15.
    #[serde(default)]
    #[schema(value_type = i32, minimum = 0, maximum = 15, multiple_of = 5)]
    pub delay: Patch<i32>,
}

/// The passwords of a new user; later they have calls of their own.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct PasswordsBody {
    /// What it logs in with, without white space.
    #[serde(default)]
    #[schema(value_type = String, pattern = r"^\S+$", write_only)]
    pub password: Patch<Secret>,
    /// What its phone registers with, without white space.
    #[serde(default, rename = "SIPPassword")]
    #[schema(value_type = String, pattern = r"^\S+$", write_only)]
    pub sip_password: Patch<Secret>,
}

/// What a new user is made of.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct NewUserBody {
    /// Who it is.
    #[serde(flatten)]
    pub user: UserBody,
    /// What it logs in with.
    #[serde(flatten)]
    pub passwords: PasswordsBody,
}

/// A log-in password.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct PasswordBody {
    /// The password, without white space.
    #[serde(default)]
    #[schema(value_type = String, required = true, pattern = r"^\S+$", write_only)]
    password: Patch<Secret>,
}

impl PasswordBody {
    /// The password, which must be there.
    pub fn password(self) -> Result<Secret> {
        self.password.into_set().ok_or_else(|| BAD_REQUEST.because(Some("password"), "must be there"))
    }
}

/// A phone's password.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct SipPasswordBody {
    /// The password, without white space.
    #[serde(default, rename = "SIPPassword")]
    #[schema(value_type = String, required = true, pattern = r"^\S+$", write_only)]
    sip_password: Patch<Secret>,
}

impl SipPasswordBody {
    /// The password, which must be there.
    pub fn sip_password(self) -> Result<Secret> {
        self.sip_password.into_set().ok_or_else(|| BAD_REQUEST.because(Some("SIPPassword"), "must be there"))
    }
}

/// A password that the server made up.
#[derive(Debug, Serialize, ToSchema)]
pub struct Generated {
    /// Twelve letters and digits.
    #[schema(example = "Hn4tWq9zKd2m")]
    pub password: String,
}

/// The columns of a user that this API writes, under the names of the user's two inputs.
pub struct Columns {
    pub position: Patch<String>,
    pub name: Patch<String>,
    pub email: Patch<String>,
    pub mobile: Patch<Option<String>>,
    pub mobile_forward: Patch<bool>,
    pub mobile_delay: Patch<i32>,
    pub role: Patch<value::Role>,
    pub extension: Patch<Option<String>>,
}

/// Puts [`Columns`] into a user's input for creating or updating; its extension is left over.
macro_rules! put {
    ($columns:expr => $input:ident) => {{
        let columns = $columns;
        $input.position = columns.position;
        $input.name = columns.name;
        $input.email = columns.email;
        $input.mobile = columns.mobile;
        $input.mobile_forward = columns.mobile_forward;
        $input.mobile_delay = columns.mobile_delay;
        $input.role = columns.role;
        columns.extension
    }};
}
pub(super) use put;

impl UserBody {
    /// The body in columns; the name that a row `old` has may be sent back whatever it is.
    pub fn columns(self, old: Option<&user::Model>) -> Result<Columns> {
        let name = match self.real_name {
            Patch::Set(name) if old.is_none_or(|old| old.name != name) => Patch::Set(real_name(name)?),
            _ => Patch::Keep,
        };
        let Object(rule) = self.mobile_rule.into_set().unwrap_or_default();
        Ok(Columns {
            position: self.position,
            name,
            email: self.email,
            mobile: self.mobile.map(or_none),
            mobile_forward: rule.forward,
            mobile_delay: rule.delay,
            role: self.role.map(|Word(role)| role.into()),
            extension: self.extension.map(or_none),
        })
    }
}

/// A name of letters, digits and spaces, or none; other APIs take more, so this is no rule of users.
fn real_name(name: String) -> Result<String> {
    // Many a letter is written with marks of its own.
    let fits = |letter: char| letter.is_alphanumeric() || letter == ' ' || is_combining_mark(letter);
    let made_of = name.chars().all(fits);
    if name.is_empty() || (made_of && !name.trim().is_empty()) {
        return Ok(name);
    }
    Err(BAD_REQUEST.because(Some("realName"), "use letters, digits and spaces, and not only spaces"))
}

/// An empty text is none.
fn or_none(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_real_name_is_letters_digits_and_spaces() {
        for good in ["", "Ines Weber 2", "Зоя", "李小龍", " a"] {
            assert!(real_name(good.to_owned()).is_ok(), "{good}");
        }
        for bad in [" ", "   ", "O'Neil", "a-b", "a\tb", "a.", "a_b"] {
            assert!(real_name(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
