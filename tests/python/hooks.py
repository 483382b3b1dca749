"""What schemathesis cannot read from the OpenAPI documents: which records there are, and rules that no schema can tell."""

import copy
import os
import random
import re

import requests
import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import TestPhase
from schemathesis.openapi.checks import RejectedPositiveData

BOSS = "/sys/boss/v1"
OPERATOR = "/api/rest/public/operator"
NOBODY = "00000000-0000-4000-8000-000000000000"

# The two shapes of ids in bodies.
UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CHOSEN = re.compile("[A-Za-z0-9._-]{1,64}")

session = requests.Session()
session.auth = (os.environ["ADMIN_LOGIN"], os.environ["ADMIN_PASSWORD"])

# Some requests keep the ids that were made up.
chance = random.Random(20)


def read(path):
    """Reads a path of the server."""
    answer = session.get(os.environ["BASE_URL"] + path, timeout=10)
    answer.raise_for_status()
    return answer.json()


def ids(kind):
    """The ids of the first resources of a JSON:API type."""
    return [resource["id"] for resource in read(f"{OPERATOR}/{kind}")["data"]]


def kinds():
    """The JSON:API types that have a collection."""
    paths = read("/openapi/phone_systems.json")["paths"]
    return [path.removeprefix(f"{OPERATOR}/") for path in paths if f"{path}/{{id}}" in paths]


# What is there before the first request, the demo records among it, is there to stay.
IDS = {kind: ids(kind) for kind in kinds()}
USERS = {domain: read(f"{BOSS}/domains/{domain}/users") for domain in read(f"{BOSS}/domains")}
DOMAINS = [domain for domain, users in USERS.items() if users]
GATEWAYS = [gateway["id"] for gateway in read(f"{BOSS}/gateways")]
KEPT = {*USERS, *read(f"{BOSS}/telnums"), *(one for group in (*IDS.values(), *USERS.values()) for one in group)}


@schemathesis.hook
def before_call(context, case, kwargs):
    """Leads a request to records that are there: with made-up ids most would be answered 404."""
    place = case.path_parameters
    body = copy.deepcopy(case.body) if isinstance(case.body, dict) else {}
    is_made_up = case.meta.phase.name != TestPhase.STATEFUL and not case.meta.is_negative_at(ParameterLocation.PATH)
    if is_made_up and chance.random() < 0.8:
        lead = lead_operator if case.path.startswith(OPERATOR) else lead_boss
        lead(case, place, body)
    for name, value in place.items():
        if removes(case, name) and value in KEPT:
            place[name] = NOBODY
    make_agree(case, place, body)
    for name, value in case.query.items():
        # Of a page number counts what comes before the first sign that is no digit.
        if name.startswith("page[") and (number := re.match(r"(-?\d+)\D", str(value))):
            case.query[name] = int(number[1])
    if isinstance(case.body, dict):
        case.body = body


def lead_operator(case, place, body):
    """Names such records in a request to the API "phone_systems"; what is removed is one that was made since."""
    kind = case.path.removeprefix(f"{OPERATOR}/").split("/")[0]
    if "id" in place:
        place["id"] = made(ids(kind)) if removes(case, "id") else one_of(IDS[kind], NOBODY)
    for identifier in identifiers(body):
        kind = str(identifier["type"])
        replace_id(identifier, kind, one_of(IDS.get(kind)))


def lead_boss(case, place, body):
    """Names such records in a request to the API "boss", but not where one is made; what is removed was made since."""
    domain = one_of(DOMAINS)
    below = f"{BOSS}/domains/{domain}"
    for name in place:
        if removes(case, name):
            all_of = {"domain": f"{BOSS}/domains", "login": f"{below}/users", "telnum": f"{BOSS}/telnums"}
            place[name] = made(read(all_of[name]))
        elif name == "domain" and not makes(case, name):
            place[name] = domain
        elif not makes(case, name):
            place[name] = one_of(read(f"{below}/users" if name == "login" else f"{below}/telnums"), place[name])
    if "gateways" in body:
        body["gateways"] = [one_of(GATEWAYS)]
    if "allocatedTo" in body:
        body["allocatedTo"] = domain


def makes(case, name):
    """Whether a request makes what a name in its path is the name of."""
    return case.method == "POST" and case.path.endswith(f"{{{name}}}")


def removes(case, name):
    """Whether a request removes what a name in its path is the name of."""
    return case.method == "DELETE" and case.path.endswith(f"{{{name}}}")


def made(values):
    """One of some values that was not there at first, if there are any."""
    return one_of([value for value in values if value not in KEPT], NOBODY)


def make_agree(case, place, body):
    """Gives a body the id of the path, as JSON:API wants, no id like 7.0, and only one of two names of an attribute."""
    data = body.get("data")
    if not isinstance(data, dict):
        return
    for named in [data, *identifiers(data)]:
        if isinstance(named.get("id"), float) and named["id"].is_integer():
            named["id"] = int(named["id"])
    if case.path.endswith("/{id}"):
        replace_id(data, case.path.removeprefix(f"{OPERATOR}/").removesuffix("/{id}"), place["id"])
    if isinstance(data.get("attributes"), dict) and "capacity_limit" in data["attributes"]:
        data["attributes"].pop("incoming_capacity", None)


def replace_id(resource, kind, id):
    """Gives a resource another id, unless its own is of the wrong shape for its type on purpose."""
    own = resource.get("id")
    shape = UUID if UUID.fullmatch("".join(IDS.get(kind, [])[:1])) else CHOSEN
    if id is not None and (shape.fullmatch(own) if isinstance(own, str) else shape is CHOSEN and isinstance(own, int)):
        resource["id"] = id


def one_of(values, otherwise=None):
    """One of some values, if there are any."""
    return chance.choice(values) if values else otherwise


def identifiers(value):
    """All references to JSON:API resources in a body."""
    if isinstance(value, dict):
        if value.keys() == {"type", "id"}:
            yield value
        for member in value.values():
            yield from identifiers(member)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Expects 400 where a request that fits its schema is refused all the same."""
    if not isinstance(failure, RejectedPositiveData) or response.status_code != 400:
        return True
    can_be_done = any(status < "400" for status in case.operation.definition.raw["responses"])
    # Errors of several statuses are answered by what these have in common: 409 and 422 make 400.
    statuses = {error["status"] for error in response.json()["errors"]}
    return can_be_done and len(statuses) == 1
