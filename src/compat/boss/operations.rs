//! Every operation, in the order of the contract: its name, method and path, who handles it, and what the OpenAPI
//! document tells of it.

use super::{
    catalogue::{self, Entry},
    domain,
    domain_shape::{Domain, DomainBody, Frozen, Stat},
    domain_telnum::{self, DomainTelnum},
    error::{
        ACCOUNTS_LIMIT, DOMAIN_ALREADY_EXISTS, DOMAIN_ALREADY_FROZEN, DOMAIN_ALREADY_UNFROZEN, DOMAIN_FROZEN,
        DOMAIN_NOT_FOUND, NOT_ACCEPTABLE, TELNUM_ALREADY_DISABLED, TELNUM_ALREADY_ENABLED,
        TELNUM_ALREADY_EXISTS, USER_ALREADY_EXISTS, USER_NOT_FOUND,
    },
    openapi::{Told, in_domain, of_domain_telnum, of_telnum, of_user, told},
    service_settings::{self, ServiceSettings, ServiceSettingsBody},
    session::{self, Link},
    telnum::{self, AllocateBody, Telnum, TelnumBody},
    user,
    user_shape::{Generated, NewUserBody, PasswordBody, SipPasswordBody, User, UserBody},
};
use crate::compat::operation_table;

operation_table! {
    "boss.domain.list" GET "/sys/boss/v1/domains" => domain::list,
        told("All domains").gives_plain::<Vec<String>>();
    "boss.domain.exists" HEAD "/sys/boss/v1/domains/{domain}" => domain::exists,
        in_domain("Whether there is a domain");
    "boss.domain.get" GET "/sys/boss/v1/domains/{domain}" => domain::get,
        in_domain("A domain").gives::<Domain>();
    "boss.domain.stat" GET "/sys/boss/v1/domains/{domain}/stat" => domain::stat,
        in_domain("Figures about a domain").gives::<Stat>();
    "boss.domain.services.get" GET "/sys/boss/v1/domains/{domain}/services" => service_settings::get,
        in_domain("The services of a domain and their settings").gives::<ServiceSettings>();
    "boss.domain.isfrozen" GET "/sys/boss/v1/domains/{domain}/isfrozen" => domain::is_frozen,
        in_domain("Whether a domain is frozen").gives::<Frozen>();
    "boss.domain.create" POST "/sys/boss/v1/domains/{domain}" => domain::create,
        told("Make a domain").takes::<DomainBody>().makes().refuses([DOMAIN_ALREADY_EXISTS]);
    "boss.domain.update" PUT "/sys/boss/v1/domains/{domain}" => domain::update,
        in_domain("Change a domain").takes::<DomainBody>();
    "boss.domain.services.update" PUT "/sys/boss/v1/domains/{domain}/services" => service_settings::update,
        in_domain("Change the services of a domain and their settings").takes::<ServiceSettingsBody>();
    "boss.domain.freeze" PUT "/sys/boss/v1/domains/{domain}/freeze" => domain::freeze,
        in_domain("Freeze a domain: nobody can log in to it").refuses([DOMAIN_ALREADY_FROZEN]);
    "boss.domain.unfreeze" PUT "/sys/boss/v1/domains/{domain}/unfreeze" => domain::unfreeze,
        in_domain("Unfreeze a domain").refuses([DOMAIN_ALREADY_UNFROZEN]);
    "boss.domain.delete" DELETE "/sys/boss/v1/domains/{domain}" => domain::delete,
        in_domain("Delete a domain with its users; its numbers become free");
    "boss.domain.fmc.get" GET "/sys/boss/v1/domains/{domain}/fmc-ipcompany" => service_settings::fmc,
        in_domain("Whether the fixed-mobile plug-in for IPcompany is on").gives_plain::<bool>();
    "boss.domain.fmc.enable" PUT "/sys/boss/v1/domains/{domain}/fmc-ipcompany/enable" => service_settings::enable_fmc,
        in_domain("Switch the fixed-mobile plug-in for IPcompany on");
    "boss.domain.fmc.disable" PUT "/sys/boss/v1/domains/{domain}/fmc-ipcompany/disable" => service_settings::disable_fmc,
        in_domain("Switch the fixed-mobile plug-in for IPcompany off");
    "boss.user.list" GET "/sys/boss/v1/domains/{domain}/users" => user::list,
        in_domain("The logins of all users of a domain").gives_plain::<Vec<String>>();
    "boss.user.exists" HEAD "/sys/boss/v1/domains/{domain}/users/{login}" => user::exists,
        of_user("Whether there is a user");
    "boss.user.get" GET "/sys/boss/v1/domains/{domain}/users/{login}" => user::get,
        of_user("A user").gives::<User>();
    "boss.user.checkpasswordstrength" POST "/sys/boss/v1/domains/{domain}/users/{login}/checkpasswordstrength" => user::check_password_strength,
        of_user("Whether a password is strong enough for a user").needs::<PasswordBody>().refuses([NOT_ACCEPTABLE]);
    "boss.user.create" POST "/sys/boss/v1/domains/{domain}/users/{login}" => user::create,
        in_domain("Make a user").takes::<NewUserBody>().makes().refuses([USER_ALREADY_EXISTS, ACCOUNTS_LIMIT]);
    "boss.user.update" PUT "/sys/boss/v1/domains/{domain}/users/{login}" => user::update,
        of_user("Change a user").takes::<UserBody>();
    "boss.user.password" PUT "/sys/boss/v1/domains/{domain}/users/{login}/password" => user::set_password,
        of_user("Set the password that a user logs in with").needs::<PasswordBody>();
    "boss.user.sippassword" PUT "/sys/boss/v1/domains/{domain}/users/{login}/sippassword" => user::set_sip_password,
        of_user("Set the password that a user's phone registers with").needs::<SipPasswordBody>();
    "boss.user.delete" DELETE "/sys/boss/v1/domains/{domain}/users/{login}" => user::delete,
        of_user("Delete a user");
    "boss.password.generate" GET "/sys/boss/v1/generatepassword" => user::generate_password,
        told("Make up a password; it is stored nowhere").gives::<Generated>();
    "boss.telnum.list" GET "/sys/boss/v1/telnums" => telnum::list,
        told("All numbers").gives_plain::<Vec<String>>();
    "boss.telnum.exists" HEAD "/sys/boss/v1/telnums/{telnum}" => telnum::exists,
        of_telnum("Whether there is a number");
    "boss.telnum.get" GET "/sys/boss/v1/telnums/{telnum}" => telnum::get,
        of_telnum("A number").gives::<Telnum>();
    "boss.telnum.create" POST "/sys/boss/v1/telnums/{telnum}" => telnum::create,
        told("Make a number").needs::<TelnumBody>().makes().refuses([TELNUM_ALREADY_EXISTS]);
    "boss.telnum.update" PUT "/sys/boss/v1/telnums/{telnum}" => telnum::update,
        of_telnum("Change a number").takes::<TelnumBody>();
    "boss.telnum.allocate" PUT "/sys/boss/v1/telnums/{telnum}/allocate" => telnum::allocate,
        of_telnum("Give a number to a domain, wherever it is now").needs::<AllocateBody>().refuses([DOMAIN_NOT_FOUND]);
    "boss.telnum.deallocate" PUT "/sys/boss/v1/telnums/{telnum}/deallocate" => telnum::deallocate,
        of_telnum("Free a number");
    "boss.telnum.delete" DELETE "/sys/boss/v1/telnums/{telnum}" => telnum::delete,
        of_telnum("Delete a number");
    "boss.domain_telnum.list" GET "/sys/boss/v1/domains/{domain}/telnums" => domain_telnum::list,
        in_domain("The numbers of a domain").gives_plain::<Vec<String>>();
    "boss.domain_telnum.exists" HEAD "/sys/boss/v1/domains/{domain}/telnums/{telnum}" => domain_telnum::exists,
        of_domain_telnum("Whether a domain has a number");
    "boss.domain_telnum.get" GET "/sys/boss/v1/domains/{domain}/telnums/{telnum}" => domain_telnum::get,
        of_domain_telnum("Where the calls of a number go").gives::<DomainTelnum>();
    "boss.domain_telnum.disable" PUT "/sys/boss/v1/domains/{domain}/telnums/{telnum}/disable" => domain_telnum::disable,
        of_domain_telnum("Take no calls for a number").refuses([TELNUM_ALREADY_DISABLED]);
    "boss.domain_telnum.enable" PUT "/sys/boss/v1/domains/{domain}/telnums/{telnum}/enable" => domain_telnum::enable,
        of_domain_telnum("Take calls for a number again").refuses([TELNUM_ALREADY_ENABLED]);
    "boss.gateway.list" GET "/sys/boss/v1/gateways" => catalogue::gateways,
        told("The gateways that numbers refer to").gives_plain::<Vec<Entry>>();
    "boss.route.list" GET "/sys/boss/v1/routes" => catalogue::routes,
        told("The routes that domains refer to").gives_plain::<Vec<Entry>>();
    "boss.dialplan.list" GET "/sys/boss/v1/dialplans" => catalogue::dial_plans,
        told("The dial plans that domains refer to").gives_plain::<Vec<Entry>>();
    "boss.session.domain" GET "/sys/boss/v1/domains/{domain}/session" => session::of_domain,
        in_domain("A link that logs in to a domain as its system user").gives::<Link>();
    "boss.session.user" GET "/sys/boss/v1/domains/{domain}/users/{login}/session" => session::of_user,
        of_user("A link that logs in as a user").gives::<Link>();
    "boss.session.auth" POST "/boss/v1/users/{login}/auth" => session::auth,
        told("Check the password of a user and get a link that logs it in; the host is the domain").open().needs::<PasswordBody>().gives::<Link>().refuses([DOMAIN_FROZEN, DOMAIN_NOT_FOUND, USER_NOT_FOUND]);
}
