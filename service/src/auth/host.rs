//! Hosts: which tenant a request was sent to.

use entity::tenant;
use sea_orm::sea_query::{Expr, ExprTrait, Func};

/// The host name in a URL, lower case and an international one in ASCII, as clients send it.
pub fn host_of(url: &str) -> Option<String> {
    url::Url::parse(url).ok()?.host_str().map(str::to_owned)
}

/// Whether a tenant's access URL may have this host, for a query. It finds too much: compare [`host_of`]
/// what it finds.
pub fn near_host(host: &str) -> Expr {
    // An operator may have written an international name as people do.
    let (national, _) = idna::domain_to_unicode(host);
    let near = |host: &str| {
        let plain = |letter: char| letter.is_ascii() && !matches!(letter, '%' | '_' | '\\');
        let letters: String = host.chars().map(|letter| if plain(letter) { letter } else { '_' }).collect();
        let url = Func::lower(Expr::col((tenant::Entity, tenant::Column::AccessUrl)));
        Expr::from(url).like(format!("%://%{letters}%"))
    };
    near(host).or(near(&national))
}
