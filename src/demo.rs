//! Demo data: two small companies, so that every sample operation has something to answer.

use entity::{
    Id, List, cdr, dial_plan, extension, external_account, gateway, holiday, phone_number, route, tenant,
    trunk, user_group,
    value::{BillingType, CallDirection, CallDisposition, DestinationType, DialRule, Role},
};
use sea_orm::{ColumnTrait, Set};
use service::{
    Caller, Error, Result, Secret, Services,
    history::EndedCall,
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
    let incoming = cdr::ActiveModel {
        direction: Set(CallDirection::Incoming),
        trunk_id: Set(Some(trunk.id)),
        trunk_domain: Set(Some(trunk.domain.clone())),
        leg_id: Set(format!("{}-1", company.prefix)),
        caller_number: Set(Some(outside.clone())),
        called_number: Set(Some(main.clone())),
        did_number: Set(Some(main.clone())),
        answered_at: Set(after(5)),
        ended_at: Set(after(95)),
        duration_seconds: Set(95),
        billed_seconds: Set(90),
        disposition: Set(CallDisposition::Answered),
        disconnect_code: Set(200),
        hangup_cause: Set(Some("NORMAL_CLEARING".to_owned())),
        q850_cause: Set(Some(16)),
        ..Default::default()
    };
    let route = services.find_one::<route::Entity>(caller, route::Column::TenantId.is_null()).await?;
    let outgoing = cdr::ActiveModel {
        direction: Set(CallDirection::Outgoing),
        gateway_id: Set(route.as_ref().map(|route| route.gateway_id)),
        route_id: Set(route.as_ref().map(|route| route.id)),
        leg_id: Set(format!("{}-2", company.prefix)),
        caller_number: Set(Some(main)),
        called_number: Set(Some(outside)),
        ended_at: Set(after(2)),
        duration_seconds: Set(2),
        disposition: Set(CallDisposition::Busy),
        disconnect_code: Set(486),
        disconnect_reason: Set(Some("Busy Here".to_owned())),
        hangup_cause: Set(Some("USER_BUSY".to_owned())),
        q850_cause: Set(Some(17)),
        ..Default::default()
    };
    for mut call in [incoming, outgoing] {
        call.tenant_id = Set(Some(trunk.tenant_id));
        call.engine = Set("demo".to_owned());
        call.started_at = Set(started);
        services.create::<cdr::Entity>(caller, EndedCall(call)).await?;
    }
    Ok(())
}
