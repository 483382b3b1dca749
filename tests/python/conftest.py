"""What the tests share: the server under test, its operator, and a customer of their own."""

import os
import uuid

import pytest
import requests


def setting(name):
    """What `cargo xtask python` tells of the server that it started."""
    assert os.environ.get(name), f"{name} is not set: run these tests by `cargo xtask python`"
    return os.environ[name]


@pytest.fixture(scope="session")
def base():
    """Where the server is."""
    return setting("BASE_URL")


@pytest.fixture(scope="session")
def operator(base):
    """Where the API "phone_systems" is."""
    return f"{base}/api/rest/public/operator"


@pytest.fixture(scope="session")
def admin():
    """The name and the password of the operator."""
    return setting("ADMIN_LOGIN"), setting("ADMIN_PASSWORD")


@pytest.fixture
def customer(operator, admin):
    """The id of a new customer, who goes with all that is made for it."""
    id = uuid.uuid4().hex
    made = {"data": {"type": "customers", "id": id, "attributes": {"name": "Birch Bakery"}}}
    headers = {"Content-Type": "application/vnd.api+json"}
    answer = requests.post(f"{operator}/customers", json=made, headers=headers, auth=admin, timeout=10)
    assert answer.status_code == 201, answer.text
    yield id
    answer = requests.delete(f"{operator}/customers/{id}", auth=admin, timeout=10)
    assert answer.status_code == 204, answer.text
