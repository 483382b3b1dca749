// What the tests share: the server under test, its operator, and a few things that scripts do through it.

import assert from 'node:assert/strict';

export const base = new URL(setting('BASE_URL'));
export const endpoint = new URL('/graphql', base).href;
export const socketEndpoint = endpoint.replace(/^http/, 'ws');
export const authorization = basic(setting('ADMIN_LOGIN'), setting('ADMIN_PASSWORD'));
export const wrongAuthorization = basic(setting('ADMIN_LOGIN'), 'not this one');

function setting(name) {
  const value = process.env[name];
  assert.ok(value, `${name} is not set: run these tests by \`cargo xtask clients\``);
  return value;
}

function basic(login, password) {
  return `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`;
}

// How long a test file may take on a machine that does other things as well.
export const PATIENCE = { timeout: 120_000 };

// The schema in the schema definition language: what the server serves is what is committed.
export async function schemaText() {
  const response = await fetch(new URL('/schema.graphql', base));
  assert.equal(response.status, 200);
  return response.text();
}

// Asks as the operator, without any library, and gives the data.
export async function ask(query, variables = {}) {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

let tenants = 0;

// Makes a tenant, so that a test has a corner of its own.
export async function makeTenant() {
  tenants += 1;
  const made = await ask(
    `mutation ($domain: String!) {
      tenantCreate(input: { domain: $domain }) { tenant { id domain } userErrors { message } }
    }`,
    { domain: `tenant-${process.pid}-${tenants}.example` },
  );
  assert.deepEqual(made.tenantCreate.userErrors, []);
  return made.tenantCreate.tenant;
}

// Makes a group of users in a tenant: what tests write when it does not matter what.
export async function makeGroup(tenant, name) {
  const made = await ask(
    `mutation ($input: UserGroupCreateInput!) {
      userGroupCreate(input: $input) { userGroup { id name } userErrors { message } }
    }`,
    { input: { tenantId: tenant.id, name } },
  );
  assert.deepEqual(made.userGroupCreate.userErrors, []);
  return made.userGroupCreate.userGroup;
}

// Makes one after the other.
export async function makeGroups(tenant, names) {
  for (const name of names) await makeGroup(tenant, name);
}
