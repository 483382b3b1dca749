//! The GraphQL explorer: the files of the page, embedded, and the sample operations.
//!
//! The build script bundles GraphiQL from npm packages; where it cannot, the plain page takes its place.
//! This crate serves nothing itself: the server asks [`asset`] for each path below `/playground`.
#![warn(missing_docs)]

/// What the page may load and do: its own files, its own server, and no inline script.
///
/// The editor writes its colours into style elements while it runs, hence the inline styles.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; \
     style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self' ws: wss:; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// One file of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asset {
    /// The path below `/playground/`, `index.html` for the page itself.
    pub path: &'static str,
    /// The content, as it is to be sent.
    pub bytes: &'static [u8],
    /// The value of the `Content-Type` header.
    pub content_type: &'static str,
    /// True when the name has a fingerprint of the content in it, so that it may be cached for ever.
    pub immutable: bool,
    /// The value of the `ETag` header, a weak one, because the server may compress the content.
    pub etag: &'static str,
}

/// An operation to begin with, shown in the sidebar of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The domain whose folder it is in.
    pub domain: &'static str,
    /// The name of its file, without the number that sorts it.
    pub name: &'static str,
    /// The document, with one operation in it.
    pub query: &'static str,
    /// The variables as a JSON object, or nothing at all.
    pub variables: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// Finds the file at a path below `/playground/`; the empty path is the page.
pub fn asset(path: &str) -> Option<&'static Asset> {
    let path = if path.is_empty() { "index.html" } else { path };
    ASSETS.binary_search_by(|asset| asset.path.cmp(path)).ok().and_then(|index| ASSETS.get(index))
}

/// All sample operations, sorted by domain.
pub fn samples() -> &'static [Sample] {
    SAMPLES
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, str};

    use super::*;

    fn text(path: &str) -> &'static str {
        str::from_utf8(asset(path).expect(path).bytes).expect(path)
    }

    #[test]
    fn every_asset_is_found_by_its_path() {
        for each in ASSETS {
            assert_eq!(asset(each.path), Some(each));
            assert!(!each.bytes.is_empty(), "{}", each.path);
        }
        assert_eq!(asset(""), asset("index.html"));
        assert_eq!(asset("../Cargo.toml"), None);
    }

    #[test]
    fn only_fingerprinted_names_are_immutable() {
        for each in ASSETS.iter().filter(|each| each.immutable) {
            let stem = each.path.rsplit_once('.').expect(each.path).0;
            assert!(stem.len() > 9 && stem.as_bytes()[stem.len() - 9] == b'-', "{}", each.path);
        }
        assert!(!asset("").expect("the page").immutable);
    }

    #[test]
    fn the_pages_load_nothing_but_embedded_files() {
        for page in ["index.html", "plain.html"] {
            let html = text(page);
            assert!(html.contains("<title>Switchboard playground</title>"), "{page}");
            assert!(!html.contains("<style") && !html.contains("style=") && !html.contains("://"), "{page}");
            for script in html.split("<script").skip(1) {
                assert!(
                    script.split_once('>').expect(page).1.starts_with("</script>"),
                    "{page}: an inline script"
                );
            }
            let links = html.split("\"/playground/").skip(1).filter_map(|rest| rest.split('"').next());
            for link in links {
                assert!(asset(link).is_some(), "{page}: {link}");
            }
        }
    }

    #[test]
    fn the_samples_are_sorted_and_the_page_has_the_same() {
        assert!(samples().is_sorted_by_key(|sample| sample.domain));
        let names: HashSet<_> = samples().iter().map(|sample| (sample.domain, sample.name)).collect();
        assert_eq!(names.len(), samples().len());
        let page: Vec<serde_json::Value> = serde_json::from_str(text("samples.json")).expect("JSON");
        assert_eq!(page.len(), samples().len());
        for sample in samples() {
            let same =
                |page: &&serde_json::Value| page["domain"] == sample.domain && page["name"] == sample.name;
            let page = page.iter().find(same).expect(sample.name);
            assert_eq!(
                (&page["query"], &page["variables"]),
                (&sample.query.into(), &sample.variables.into())
            );
            assert!(["query", "mutation", "subscription"].contains(&page["kind"].as_str().expect("a kind")));
            assert_ne!(page["title"], sample.name, "{}: the first line is a comment, the title", sample.name);
        }
    }
}
