//! Log-in passwords: what they must be, how strong they are, and their hashes.

use entity::{Sealed, extension, tenant, user, value::PasswordPolicy};
use sea_orm::{ColumnTrait, Set};

use crate::{Code, Error, Result, Tx, secret};

/// Puts the hash of a new password in its place.
pub(super) async fn hash_password(
    tx: &Tx<'_>,
    row: &mut user::ActiveModel,
    tenant: Option<&tenant::Model>,
) -> Result<()> {
    let password = match &row.password {
        Set(Some(sealed)) => sealed.as_open().map(str::to_owned),
        _ => None,
    };
    let Some(password) = password else { return Ok(()) };
    let policy = tenant.and_then(|tenant| tenant.password_policy.as_ref());
    let numbers = match (policy, row.id.try_as_ref()) {
        (Some(policy), Some(id)) if policy.disable_account_information => {
            let of_user = extension::Column::UserId.eq(*id);
            tx.rows::<extension::Entity>(of_user).await?.into_iter().map(|one| one.number).collect()
        }
        _ => Vec::new(),
    };
    let login = row.login.try_as_ref().map(String::as_str).unwrap_or_default();
    let email = row.email.try_as_ref().map(String::as_str).unwrap_or_default();
    let numbers = numbers.iter().map(|number| Some(number.as_str())).chain([None]);
    let problem =
        numbers.filter_map(|number| password_problem(policy, &password, login, number, email)).next();
    if let Some(problem) = problem {
        return Err(Error::refused(Code::Invalid, Some("password"), problem));
    }
    row.password = Set(Some(Sealed::open(&secret::hash_password(password).await?)));
    row.password_changed_at = Set(Some(tx.now()));
    Ok(())
}

/// Why a log-in password will not do, for an account with this login, extension and e-mail address.
///
/// Whatever the policy, it must not be empty, have white space or control characters, or be longer than
/// 1024 characters.
pub fn password_problem(
    policy: Option<&PasswordPolicy>,
    password: &str,
    login: &str,
    extension: Option<&str>,
    email: &str,
) -> Option<&'static str> {
    let length = password.chars().count();
    if length == 0 {
        return Some("must not be empty");
    }
    if length > 1024 {
        return Some("use at most 1024 characters");
    }
    if password.contains(char::is_whitespace) {
        return Some("must not have white space");
    }
    if password.contains(char::is_control) {
        return Some("must not have control characters");
    }
    let policy = policy?;
    if i32::try_from(length).is_ok_and(|length| length < policy.min_length) {
        return Some("is shorter than the password policy asks");
    }
    if i32::try_from(length).is_ok_and(|length| length > policy.max_length) {
        return Some("is longer than the password policy allows");
    }
    if policy.contains_letters && !password.contains(|c: char| c.is_ascii_alphabetic()) {
        return Some("must have a letter");
    }
    if policy.contains_numbers && !password.contains(|c: char| c.is_ascii_digit()) {
        return Some("must have a digit");
    }
    if policy.contains_special_letters
        && !password.contains(|c: char| c.is_uppercase() || !c.is_alphanumeric())
    {
        return Some("must have an upper-case letter or a special character");
    }
    let small = password.to_lowercase();
    if policy.disable_sequential_characters && has_sequence(&small) {
        return Some("must not have three characters in a row that count up or down");
    }
    if policy.disable_repeating_characters && has_repetition(password) {
        return Some("must not have the same character three times in a row");
    }
    let mailbox = email.split_once('@').map_or(email, |(mailbox, _)| mailbox);
    let own = [login, extension.unwrap_or_default(), mailbox];
    let similar = own.iter().any(|own| !own.is_empty() && small.contains(&own.to_lowercase()));
    if policy.disable_account_information && similar {
        return Some("must not contain the login, the extension or the name of the mailbox");
    }
    None
}

/// Whether three letters or three digits in a row count up or down.
fn has_sequence(text: &str) -> bool {
    text.as_bytes().windows(3).any(|run| {
        let alike = run.iter().all(u8::is_ascii_digit) || run.iter().all(u8::is_ascii_lowercase);
        alike
            && ((run[1] == run[0] + 1 && run[2] == run[1] + 1)
                || (run[0] == run[1] + 1 && run[1] == run[2] + 1))
    })
}

/// Whether a character stands three times in a row.
fn has_repetition(text: &str) -> bool {
    let characters: Vec<char> = text.chars().collect();
    characters.windows(3).any(|run| run[0] == run[1] && run[1] == run[2])
}

/// Whether a password is hard to guess: 8 characters or more, a letter and a digit, no white space,
/// and not the login within it, unless that is shorter than 4 characters.
pub fn is_strong(password: &str, login: &str) -> bool {
    let tells = login.chars().count() >= 4 && password.to_lowercase().contains(&login.to_lowercase());
    password.chars().count() >= 8
        && password.contains(char::is_alphabetic)
        && password.contains(|c: char| c.is_ascii_digit())
        && !password.contains(char::is_whitespace)
        && !tells
}

/// A password that is hard to guess: 12 letters and digits.
pub fn generate_password() -> Result<String> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    loop {
        let password = secret::random_text(ALPHABET, 12)?;
        if is_strong(&password, "") {
            return Ok(password);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> PasswordPolicy {
        PasswordPolicy {
            min_length: 6,
            max_length: 12,
            contains_letters: true,
            contains_numbers: true,
            contains_special_letters: true,
            disable_sequential_characters: true,
            disable_repeating_characters: true,
            disable_account_information: true,
        }
    }

    #[test]
    fn without_a_policy_a_password_is_a_word() {
        let problem = |password| password_problem(None, password, "ines", None, "");
        assert_eq!(problem("x"), None);
        assert_eq!(problem("ines"), None);
        assert!(problem("").is_some() && problem("a b").is_some() && problem("a\t").is_some());
        assert!(problem(&"x".repeat(1025)).is_some());
    }

    #[test]
    fn a_policy_asks_for_all_it_says() {
        let policy = policy();
        let problem =
            |password| password_problem(Some(&policy), password, "ines", Some("204"), "weber@acme.example");
        for good in ["Kq7vRm2x", "kq7!rm2x", "Zx9-Zx8"] {
            assert_eq!(problem(good), None, "{good}");
        }
        for bad in [
            "Kq7vR",         // too short
            "Kq7vRm2xKq7vR", // too long
            "74!93!28",      // no letter
            "Kqz-vRmx",      // no digit
            "kq7vrm2x",      // nothing special
            "Kq123vRm",      // counts up
            "KqCBA7vR",      // counts down, whatever the case
            "Kq777vRm",      // repeats
            "KqINES7v",      // the login
            "Kq204vRm",      // the extension
            "KqWeber7",      // the mailbox
        ] {
            assert!(problem(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn a_policy_leaves_alone_what_it_does_not_say() {
        let lax = PasswordPolicy {
            contains_letters: false,
            contains_numbers: false,
            contains_special_letters: false,
            disable_sequential_characters: false,
            disable_repeating_characters: false,
            disable_account_information: false,
            ..policy()
        };
        assert_eq!(password_problem(Some(&lax), "aaa123ines", "ines", Some("123"), ""), None);
    }

    #[test]
    fn a_run_is_three_of_one_sort() {
        assert!(has_sequence("x123") && has_sequence("cba") && has_sequence("1xyz1"));
        assert!(!has_sequence("124") && !has_sequence("ab1") && !has_sequence("890") && !has_sequence(""));
        assert!(has_repetition("xaaa") && has_repetition("ééé") && !has_repetition("aabaa"));
    }

    #[test]
    fn a_strong_password_is_long_and_mixed() {
        assert!(is_strong("abcdefg1", "ines") && is_strong("abc1defg", "abc"));
        assert!(
            !is_strong("abcdef1", "ines") && !is_strong("abcdefgh", "ines") && !is_strong("12345678", "ines")
        );
        assert!(!is_strong("abc defg1", "ines") && !is_strong("xxInes123", "ines"));
    }

    #[test]
    fn a_generated_password_is_strong() {
        for _ in 0..100 {
            let password = generate_password().unwrap();
            assert!(password.len() == 12 && is_strong(&password, "ines"), "{password}");
        }
    }
}
