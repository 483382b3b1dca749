//! Codecs as this API writes them.

use entity::{List, value::Codec};
use serde_json::{Value, json};

use super::facts::Words;

/// The words of this API and those of the domain; the first of two is the one that is shown.
pub const CODECS: Words = &[
    ("g729", "G729"),
    ("G722", "G722"),
    ("GSM", "GSM"),
    ("PCMA", "PCMA"),
    ("PCMU", "PCMU"),
    ("OPUS", "OPUS"),
    ("telephone-event/8000", "TELEPHONE_EVENT"),
    ("telephone-event", "TELEPHONE_EVENT"),
];

/// The list as this API writes it.
pub fn show(codecs: &List<Codec>) -> Value {
    let words = codecs.iter().map(|codec| shown(CODECS, codec.word()));
    json!(words.collect::<Vec<_>>())
}

/// The word of this API for one of the domain.
pub fn shown(words: Words, ours: &'static str) -> &'static str {
    words.iter().find(|(_, one)| *one == ours).map_or(ours, |(wire, _)| wire)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_codec_has_a_word() {
        for codec in Codec::ALL {
            assert!(CODECS.iter().any(|(_, ours)| *ours == codec.word()), "{codec:?}");
        }
        assert_eq!(
            show(&vec![Codec::TelephoneEvent, Codec::G729].into()),
            json!(["telephone-event/8000", "g729"])
        );
    }
}
