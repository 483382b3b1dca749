//! The descriptions of the legacy APIs: as OpenAPI documents and as pages to browse them.

use std::sync::{Arc, LazyLock};

use axum::{
    Router,
    extract::Path,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
    routing::get,
};
use utoipa::openapi::OpenApi;

use crate::{
    app::{self, App},
    compat,
};

/// What the pages may load and do: their own files and their own server, and no inline script.
///
/// Swagger UI colours its samples with inline styles and keeps its icons in `data:` URLs.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// One described API.
struct Described {
    name: &'static str,
    title: String,
    version: String,
    /// The document as JSON.
    json: String,
}

/// The described APIs, each document made from the code once.
static DESCRIBED: LazyLock<Vec<Described>> = LazyLock::new(|| {
    let describe = |(name, document): (&'static str, OpenApi)| Described {
        name,
        title: document.info.title.clone(),
        version: document.info.version.clone(),
        json: document.to_pretty_json().unwrap_or_default(),
    };
    compat::documents().into_iter().map(describe).collect()
});

/// The OpenAPI document of an API as JSON.
pub fn document(api: &str) -> Option<&'static str> {
    DESCRIBED.iter().find(|described| described.name == api).map(|described| described.json.as_str())
}

/// The names of the described APIs.
pub fn names() -> impl Iterator<Item = &'static str> {
    DESCRIBED.iter().map(|described| described.name)
}

/// The routes of documents and pages.
pub fn router() -> Router<App> {
    Router::new()
        .route("/openapi/{file}", get(openapi))
        .route("/docs", get(index))
        .route("/docs/", get(index))
        .route("/docs/{api}", get(page))
        .route("/docs/assets/{file}", get(asset))
        .method_not_allowed_fallback(app::method_not_allowed)
}

async fn openapi(Path(file): Path<String>) -> Response {
    let found = file.strip_suffix(".json").and_then(document);
    found.map_or_else(app::not_found, |json| {
        ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-cache")], json).into_response()
    })
}

fn html(title: &str, head: &str, body: &str) -> Response {
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<link rel=\"icon\" type=\"image/png\" href=\"/docs/assets/favicon-32x32.png\">\n\
         {head}</head>\n<body>\n{body}</body>\n</html>\n"
    );
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, page).into_response()
}

/// The text with what HTML would read as its own escaped.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

async fn index() -> Response {
    let mut rows = String::new();
    for Described { name, title, version, .. } in DESCRIBED.iter() {
        rows += &format!(
            "<li><a href=\"/docs/{name}\">{}</a> {} (<a href=\"/openapi/{name}.json\">OpenAPI document</a>)</li>\n",
            escaped(title),
            escaped(version)
        );
    }
    let body = format!(
        "<main>\n<h1>Switchboard</h1>\n\
         <p>One model behind several APIs: what one of them writes, the others show in the same second.</p>\n\
         <h2>GraphQL</h2>\n<ul>\n<li><a href=\"/playground\">Playground</a>: explore and try it</li>\n\
         <li><a href=\"/schema.graphql\">Schema</a></li>\n</ul>\n\
         <h2>REST</h2>\n<ul>\n{rows}</ul>\n</main>\n"
    );
    html("Switchboard APIs", "<link rel=\"stylesheet\" href=\"/docs/assets/docs.css\">\n", &body)
}

async fn page(Path(api): Path<String>) -> Response {
    let Some(described) = DESCRIBED.iter().find(|described| described.name == api) else {
        return app::not_found();
    };
    let head = "<link rel=\"stylesheet\" href=\"/docs/assets/swagger-ui.css\">\n\
                <link rel=\"stylesheet\" href=\"/docs/assets/docs.css\">\n\
                <script src=\"/docs/assets/swagger-ui-bundle.js\" defer></script>\n\
                <script src=\"/docs/assets/initializer.js\" defer></script>\n";
    let body = format!(
        "<nav><a href=\"/docs\">All APIs</a></nav>\n<div id=\"swagger-ui\" data-document=\"/openapi/{}.json\"></div>\n",
        described.name
    );
    html(&escaped(&described.title), head, &body)
}

const STYLE: &str = "html { color-scheme: light; background: #fafafa; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
nav { max-width: 1460px; margin: 0 auto; padding: 1rem 20px 0; }
";

const INITIALIZER: &str = "const place = document.getElementById('swagger-ui');
SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  filter: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
";

/// The files of the pages: two of our own, the others out of the Swagger UI that is in the binary.
async fn asset(Path(file): Path<String>) -> Response {
    let kept = |content_type: &str| {
        [(CONTENT_TYPE, content_type.to_owned()), (CACHE_CONTROL, "public, max-age=3600".to_owned())]
    };
    match file.as_str() {
        "docs.css" => (kept("text/css; charset=utf-8"), STYLE).into_response(),
        "initializer.js" => (kept("text/javascript; charset=utf-8"), INITIALIZER).into_response(),
        "swagger-ui.css" | "swagger-ui-bundle.js" | "favicon-32x32.png" => {
            match utoipa_swagger_ui::serve(&file, Arc::new(utoipa_swagger_ui::Config::from(""))) {
                Ok(Some(found)) => (kept(&found.content_type), found.bytes).into_response(),
                Ok(None) => app::not_found(),
                Err(failure) => {
                    tracing::error!(%failure, file, "Swagger UI does not give its file");
                    StatusCode::INTERNAL_SERVER_ERROR.into_response()
                }
            }
        }
        _ => app::not_found(),
    }
}
