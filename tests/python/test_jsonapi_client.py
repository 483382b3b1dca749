"""jsonapi-client works on the API "phone_systems", within the limits that the client itself has."""

import asyncio

import aiohttp
import pytest
import requests
from jsonapi_client import Filter, Inclusion, Modifier, Session
from jsonapi_client.exceptions import DocumentError


def to_one(kind):
    """The description of a relationship, as the client wants it."""
    return {"relation": "to-one", "resource": [kind]}


SCHEMA = {
    "customers": {"properties": {"name": {"type": "string"}, "capacity_limit": {"type": ["integer", "null"]}}},
    "available_did_numbers": {
        "properties": {
            "number": {"type": "string"},
            "enabled": {"type": "boolean"},
            "customer": to_one("customers"),
        }
    },
}


@pytest.fixture
def session(operator, admin):
    """The client."""
    with Session(operator, schema=SCHEMA, request_kwargs={"auth": admin, "timeout": 10}) as session:
        yield session


def number_of(customer):
    """A number that no other customer has."""
    return str(int(customer, 16))[:15]


def make(session, customer, **attributes):
    """Makes a number for a customer."""
    fields = {"number": number_of(customer), "enabled": True, "customer": customer} | attributes
    made = session.create("available_did_numbers", fields=fields)
    made.commit()
    return made


def test_a_resource_is_made_and_changed(session, customer):
    made = make(session, customer)
    assert made.enabled is True
    made.enabled = False
    made.commit()
    session.invalidate()
    read = session.get("available_did_numbers", made.id).resource
    assert (read.number, read.enabled) == (number_of(customer), False)


def test_a_name_with_an_underscore_is_changed(session, customer):
    read = session.get("customers", customer).resource
    assert read["capacity_limit"] is None
    read["capacity_limit"] = 12
    read.commit()
    session.invalidate()
    assert session.get("customers", customer).resource["capacity_limit"] == 12


def test_a_list_is_filtered_and_comes_with_what_it_includes(session, customer):
    make(session, customer)
    session.invalidate()
    page = session.get("available_did_numbers", Filter(f"filter[customer.id]={customer}") + Inclusion("customer"))
    assert page.meta["record_count"] == 1
    assert [each.id for each in page.included] == [customer]
    assert page.resource.customer.name == "Birch Bakery"


def test_pages_are_followed_to_the_last(session, customer):
    numbers = [number_of(customer)[:14] + digit for digit in "02468"]
    for number in numbers:
        make(session, customer, number=number)
    asked = Filter(f"filter[customer.id]={customer}") + Modifier("page[size]=2&sort=number")
    assert [each.number for each in session.iterate("available_did_numbers", asked)] == numbers


def test_a_relationship_is_followed_when_it_is_asked_for(session, customer):
    made = make(session, customer)
    session.invalidate()
    read = session.get("available_did_numbers", made.id).resource
    assert read.customer.name == "Birch Bakery"


def test_a_refusal_is_told(session, customer):
    make(session, customer)
    with pytest.raises(DocumentError, match="has already been taken"):
        make(session, customer)


def test_a_resource_is_removed(operator, admin, session, customer):
    made = make(session, customer)

    async def remove():
        # The other half of the client, because this one wants JSON in an answer without a body.
        headers = {"headers": {"Authorization": aiohttp.encode_basic_auth(*admin)}}
        async with Session(operator, enable_async=True, schema=SCHEMA, request_kwargs=headers) as session:
            read = (await session.get("available_did_numbers", made.id)).resource
            read.delete()
            await read.commit()

    asyncio.run(remove())
    answer = requests.get(f"{operator}/available_did_numbers/{made.id}", auth=admin, timeout=10)
    assert answer.status_code == 404
