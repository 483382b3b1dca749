//! Demo data: two small companies, so that every sample operation has something to answer.

use entity::{
    Id, List, dial_plan, extension, external_account, gateway, holiday, phone_number, route, tenant, trunk,
    user_group,
    value::{BillingType, CallDirection, DestinationType, DialRule, Role},
};
use sea_orm::ColumnTrait;
use service::{
    Caller, Error, Result, Secret, Services,
    history::CdrIngestInput,
    numbering::{PhoneNumberCreateInput, PhoneNumberUpdateInput},
    people::{ExternalAccountCreateInput, UserCreateInput, UserGroupCreateInput},
    platform::{HolidayCreateInput, TenantCreateInput},
    routing::{DialPlanCreateInput, GatewayCreateInput, RouteCreateInput, TrunkCreateInput},
};

/// The password of everybody in the demo data.
pub const PASSWORD: &str = "Demo7phone";

/// A company of the demo data.
struct Company {
    name: &'static str,
    town: &'static str,
    /// What all its numbers begin with.
    prefix: &'static str,
    people: &'static [(&'static str, &'static str, &'static str, Role)],
}

const COMPANIES: [Company; 2] = [
    Company {
        name: "Acme",
        town: "Berlin",
        prefix: "493055501",
        people: &[
            ("ines", "Ines Weber", "101", Role::TenantAdmin),
            ("tom", "Tom Brandt", "102", Role::User),
            ("lena", "Lena Kowalski", "103", Role::User),
        ],
    },
    Company {
        name: "Globex",
        town: "Vilnius",
        prefix: "370525501",
        people: &[
            ("rasa", "Rasa Petrauskaite", "101", Role::TenantAdmin),
            ("jonas", "Jonas Kazlauskas", "102", Role::User),
        ],
    },
];

/// Loads the demo data, unless it is there; answers whether it did.
///
/// # Errors
/// Those of the domain, for instance when another tenant has one of its numbers.
pub async fn load(services: &Services) -> Result<bool> {
    let caller = Caller::system("demo");
    let base = services.settings.base_domain.clone();
    let first = tenant::Column::Domain.eq(domain(&COMPANIES[0], &base));
    if services.find_one::<tenant::Entity>(&caller, first).await?.is_some() {
        return Ok(false);
    }
    let gateway = shared_routing(services, &caller).await?;
    for company in &COMPANIES {
        load_company(services, &caller, company, gateway, &base).await?;
    }
    // A few numbers that nobody has yet.
    for last in 0..3 {
        let input = PhoneNumberCreateInput {
            gateway_ids: List(vec![gateway]).into(),
            ..PhoneNumberCreateInput::of(format!("49305550{last}99"))
        };
        services.create::<phone_number::Entity>(&caller, input).await?;
    }
    Ok(true)
}

fn domain(company: &Company, base: &str) -> String {
    format!("{}.{base}", company.name.to_lowercase())
}

/// The gateway, the route and the dial plan that every tenant may use.
async fn shared_routing(services: &Services, caller: &Caller) -> Result<Id<gateway::Entity>> {
    let carrier = GatewayCreateInput::of("Carrier A".into(), "sip.carrier-a.example".into());
    let carrier = services.create::<gateway::Entity>(caller, carrier).await?;
    let spare = GatewayCreateInput::of("Carrier B".into(), "sip.carrier-b.example".into());
    services.create::<gateway::Entity>(caller, spare).await?;
    services.create::<route::Entity>(caller, RouteCreateInput::of("Everywhere".into(), carrier.id)).await?;
    let local = DialRule {
        pattern: "^0([1-9][0-9]+)$".into(),
        replacement: "49\\1".into(),
        comment: Some("national calls".into()),
    };
    let plan =
        DialPlanCreateInput { rules: List(vec![local]).into(), ..DialPlanCreateInput::of("Germany".into()) };
    services.create::<dial_plan::Entity>(caller, plan).await?;
    Ok(carrier.id)
}

async fn load_company(
    services: &Services,
    caller: &Caller,
    company: &Company,
    gateway: Id<gateway::Entity>,
    base: &str,
) -> Result<()> {
    let input = TenantCreateInput {
        name: company.name.to_owned().into(),
        billing_type: BillingType::Billable.into(),
        ..TenantCreateInput::of(domain(company, base))
    };
    let tenant = services.create::<tenant::Entity>(caller, input).await?.id;
    let group =
        UserGroupCreateInput { tenant_id: tenant.into(), ..UserGroupCreateInput::of("Front desk".into()) };
    let group = services.create::<user_group::Entity>(caller, group).await?;
    for (login, name, number, role) in company.people {
        let input = UserCreateInput {
            tenant_id: Some(tenant).into(),
            name: (*name).to_owned().into(),
            role: (*role).into(),
            email: format!("{login}@{}", domain(company, base)).into(),
            group_ids: List(vec![group.id]).into(),
            password: Secret::new(PASSWORD).into(),
            ..UserCreateInput::of((*login).to_owned())
        };
        services
            .create_employee(caller, input, Some((*number).to_owned()), Some(Secret::new("Sip7phone")))
            .await?;
    }
    numbers(services, caller, company, tenant, gateway).await?;
    let trunk = TrunkCreateInput {
        tenant_id: tenant.into(),
        name: Some("Main trunk".to_owned()).into(),
        ..TrunkCreateInput::of()
    };
    let trunk = services.create::<trunk::Entity>(caller, trunk).await?;
    calls(services, caller, company, &trunk).await?;
    let new_year = HolidayCreateInput {
        tenant_id: tenant.into(),
        ..HolidayCreateInput::of("New Year".into(), "DEU".into(), false, true, 1, 1)
    };
    services.create::<holiday::Entity>(caller, new_year).await?;
    Ok(())
}

/// Three numbers: the main one, one that leads to an extension, and one that a SIM card shows.
async fn numbers(
    services: &Services,
    caller: &Caller,
    company: &Company,
    tenant: Id<tenant::Entity>,
    gateway: Id<gateway::Entity>,
) -> Result<()> {
    let mut made = Vec::new();
    for last in 0..3 {
        let input = PhoneNumberCreateInput {
            tenant_id: Some(tenant).into(),
            location: company.town.to_owned().into(),
            gateway_ids: List(vec![gateway]).into(),
            ..PhoneNumberCreateInput::of(format!("{}{last}", company.prefix))
        };
        made.push(services.create::<phone_number::Entity>(caller, input).await?);
    }
    let [_, second, third] = made.as_slice() else { return Err(Error::broken("three numbers were made")) };
    let of_tenant = extension::Column::TenantId.eq(tenant);
    let extension = services.find_one::<extension::Entity>(caller, of_tenant).await?;
    let (login, name, ..) = company.people[0];
    let input = PhoneNumberUpdateInput {
        extension_id: extension.map(|extension| extension.id).into(),
        destination_type: DestinationType::Account.into(),
        target: login.to_owned().into(),
        target_name: name.to_owned().into(),
        ..PhoneNumberUpdateInput::of(second.id)
    };
    services.update::<phone_number::Entity>(caller, input).await?;
    let card = ExternalAccountCreateInput {
        tenant_id: tenant.into(),
        phone_number_id: Some(third.id).into(),
        ..ExternalAccountCreateInput::of()
    };
    services.create::<external_account::Entity>(caller, card).await?;
    Ok(())
}

/// Two calls of the last hour: one that came in, and one that went out to a busy line.
async fn calls(services: &Services, caller: &Caller, company: &Company, trunk: &trunk::Model) -> Result<()> {
    let (main, outside) = (format!("{}0", company.prefix), "4915112345678".to_owned());
    let started = services.now() - chrono::TimeDelta::hours(1);
    let after = |seconds| Some(started + chrono::TimeDelta::seconds(seconds));
    let told = |leg, direction| CdrIngestInput {
        tenant_id: Some(trunk.tenant_id).into(),
        ..CdrIngestInput::of("demo".to_owned(), format!("{}-{leg}", company.prefix), direction, started)
    };
    let incoming = CdrIngestInput {
        trunk_id: Some(trunk.id).into(),
        caller_number: Some(outside.clone()).into(),
        called_number: Some(main.clone()).into(),
        did_number: Some(main.clone()).into(),
        answered_at: after(5).into(),
        ended_at: after(95).into(),
        disconnect_code: 200.into(),
        hangup_cause: Some("NORMAL_CLEARING".to_owned()).into(),
        q850_cause: Some(16).into(),
        ..told(1, CallDirection::Incoming)
    };
    let route = services.find_one::<route::Entity>(caller, route::Column::TenantId.is_null()).await?;
    let outgoing = CdrIngestInput {
        gateway_id: route.as_ref().map(|route| route.gateway_id).into(),
        route_id: route.as_ref().map(|route| route.id).into(),
        caller_number: Some(main).into(),
        called_number: Some(outside).into(),
        ended_at: after(2).into(),
        disconnect_code: 486.into(),
        disconnect_reason: Some("Busy Here".to_owned()).into(),
        hangup_cause: Some("USER_BUSY".to_owned()).into(),
        q850_cause: Some(17).into(),
        ..told(2, CallDirection::Outgoing)
    };
    for call in [incoming, outgoing] {
        services.ingest_cdr(caller, call).await?;
    }
    Ok(())
}
