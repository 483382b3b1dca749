"""jsonapi-requests works on the API "phone_systems" without any setting but address, name and password."""

import json

import pytest
from jsonapi_requests import Api
from jsonapi_requests.data import JsonApiObject, ResourceIdentifier
from jsonapi_requests.request_factory import ApiClientError


@pytest.fixture
def api(operator, admin):
    """The client."""
    return Api.config({"API_ROOT": operator, "AUTH": admin, "TIMEOUT": 10, "RETRIES": 1})


def new(kind, attributes, **to):
    """A resource that is to be made, with the types and ids that its relationships lead to."""
    relationships = {name: {"data": {"type": type, "id": id}} for name, (type, id) in to.items()}
    return JsonApiObject.from_data({"type": kind, "attributes": attributes, "relationships": relationships})


def gateway(customer, name):
    """A gateway that is to be made for a customer."""
    attributes = {"name": name, "host": "sip.example", "codecs": ["PCMA", "OPUS"]}
    return new("termination_gateways", attributes, customer=("customers", customer))


def test_a_resource_is_made_changed_read_and_removed(api, customer):
    made = api.endpoint("termination_gateways").post(object=gateway(customer, "Edge 1"))
    assert made.status_code == 201
    assert made.data.type == "termination_gateways"
    assert made.data.attributes["codecs"] == ["PCMA", "OPUS"]
    assert made.data.attributes["port"] is None
    assert made.data.relationships["customer"].data.id == customer

    one = api.endpoint(f"termination_gateways/{made.data.id}")
    change = JsonApiObject(type="termination_gateways", id=made.data.id, attributes={"port": 5080})
    changed = one.patch(object=change)
    assert changed.status_code == 200
    assert changed.data.attributes["port"] == 5080
    assert changed.data.attributes["name"] == "Edge 1"
    assert one.get().data.as_data() == changed.data.as_data()

    assert one.delete().status_code == 204
    with pytest.raises(ApiClientError) as gone:
        one.get()
    assert gone.value.status_code == 404


def test_a_client_may_choose_the_id_of_a_customer(api, customer):
    made = JsonApiObject(type="customers", id=f"{customer}-2", attributes={"name": "Elm Electrics", "language": "LV"})
    answer = api.endpoint("customers").post(object=made)
    assert (answer.status_code, answer.data.id) == (201, f"{customer}-2")
    assert answer.data.attributes["language"] == "LV"
    with pytest.raises(ApiClientError) as taken:
        api.endpoint("customers").post(object=made)
    assert taken.value.status_code == 409
    assert api.endpoint(f"customers/{customer}-2").delete().status_code == 204


def test_a_list_is_filtered_sorted_paged_and_comes_with_what_it_includes(api, customer):
    endpoint = api.endpoint("termination_gateways")
    for name in ("Edge 1", "Edge 2", "Edge 3"):
        endpoint.post(object=gateway(customer, name))
    asked = {"filter[customer.id]": customer, "sort": "-name", "page[size]": 2, "include": "customer"}
    page = endpoint.get(params=asked)
    assert [one.attributes["name"] for one in page.data] == ["Edge 3", "Edge 2"]
    assert page.content.meta == {"record_count": 3}
    assert [(one.type, one.id) for one in page.content.included] == [("customers", customer)]
    assert page.content.included[0].attributes["name"] == "Birch Bakery"

    rest = endpoint.get(params=asked | {"page[number]": 2, "fields[termination_gateways]": "name"})
    assert [one.attributes.as_data() for one in rest.data] == [{"name": "Edge 1"}]
    assert "next" in page.content.links and "next" not in rest.content.links


def test_a_relationship_is_read_and_led_elsewhere(api, customer):
    gateways = [api.endpoint("termination_gateways").post(object=gateway(customer, name)).data for name in ("A", "B")]
    leads = {"customer": ("customers", customer), "gateway": (gateways[0].type, gateways[0].id)}
    route = new("termination_routes", {"name": "Alps"}, **leads)
    made = api.endpoint("termination_routes").post(object=route, params={"include": "gateway"})
    assert made.content.included[0].attributes["name"] == "A"

    relationship = api.endpoint(f"termination_routes/{made.data.id}/relationships/gateway")
    assert relationship.patch(object=ResourceIdentifier(type=gateways[1].type, id=gateways[1].id)).status_code == 204
    assert relationship.get().data.id == gateways[1].id
    assert api.endpoint(f"termination_routes/{made.data.id}/gateway").get().data.attributes["name"] == "B"


def test_a_refusal_tells_which_attribute_is_wrong(api, customer):
    with pytest.raises(ApiClientError) as refused:
        api.endpoint("termination_gateways").post(object=gateway(customer, " "))
    assert refused.value.status_code == 422
    (error,) = json.loads(refused.value.content)["errors"]
    assert error["source"]["pointer"] == "/data/attributes/name"
    assert error["title"] == "can't be blank"
