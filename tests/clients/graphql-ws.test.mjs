// The WebSocket door, judged by the client library that most frontends use.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import {
  ask, authorization, makeGroup, makeGroups, makeTenant, PATIENCE, socketEndpoint, wrongAuthorization,
} from './switchboard.mjs';

const GROUPS = `subscription ($tenant: ID!, $since: String) {
  userGroupChanged(tenantId: $tenant, since: $since) { event cursor node { name } }
}`;

describe('graphql-ws', PATIENCE, () => {
  test('queries and mutations go through the socket too', async (t) => {
    const { client } = connect(t);
    const tenant = await makeTenant();
    const query = 'query ($id: ID!) { tenant(id: $id) { domain } }';
    assert.equal((await once(client, query, { id: tenant.id })).data.tenant.domain, tenant.domain);
    const write = `mutation ($id: ID!) {
      tenantUpdate(input: { id: $id, name: "By socket" }) { tenant { name } userErrors { code } }
    }`;
    const { data } = await once(client, write, { id: tenant.id });
    assert.deepEqual(data.tenantUpdate, { tenant: { name: 'By socket' }, userErrors: [] });
  });

  test('a subscriber whose socket dies goes on from its cursor, without gap or double', async (t) => {
    let written;
    const { client, sockets } = connect(t, { retryAttempts: 5, retryWait: () => written });
    const tenant = await makeTenant();
    // The library sends the same variables again after a reconnect: with the newest cursor in them.
    const variables = { tenant: tenant.id };
    const events = client.iterate({ query: GROUPS, variables });
    const reading = events.next();
    await once(client, '{ __typename }'); // the server has read the subscription before this
    await makeGroup(tenant, 'group 0');
    const seen = [await reading];
    for (let life = 1; life <= 3; life += 1) {
      variables.since = seen.at(-1).value.data.userGroupChanged.cursor;
      const names = [1, 2, 3].map((number) => `group ${life}.${number}`);
      sockets.at(-1).terminate();
      written = makeGroups(tenant, names);
      for (const name of names) {
        seen.push(await events.next());
        assert.equal(seen.at(-1).value.data.userGroupChanged.node.name, name);
      }
    }
    assert.equal(sockets.length, 4);
    const cursors = seen.map(({ value }) => value.data.userGroupChanged.cursor);
    assert.equal(new Set(cursors).size, 10);
    await events.return();
  });

  test('what one stream leaves, the next one takes up, each subscription for itself', async (t) => {
    const { client } = connect(t);
    const tenant = await makeTenant();
    const first = client.iterate({ query: GROUPS, variables: { tenant: tenant.id } });
    const second = client.iterate({ query: GROUPS, variables: { tenant: tenant.id } });
    const both = [first.next(), second.next()];
    await once(client, '{ __typename }');
    await makeGroup(tenant, 'both');
    const [one] = await Promise.all(both);
    await first.return();
    await makeGroup(tenant, 'second alone');
    assert.equal((await second.next()).value.data.userGroupChanged.node.name, 'second alone');
    const { cursor } = one.value.data.userGroupChanged;
    const third = client.iterate({ query: GROUPS, variables: { tenant: tenant.id, since: cursor } });
    assert.equal((await third.next()).value.data.userGroupChanged.node.name, 'second alone');
    await second.return();
    await third.return();
  });

  test('wrong credentials end the socket with 4403, and right ones open the next', async (t) => {
    const closed = connect(t, { connectionParams: { Authorization: wrongAuthorization } });
    await assert.rejects(once(closed.client, '{ viewer { login } }'), (event) => event.code === 4403);

    const offered = [wrongAuthorization, authorization];
    const connectionParams = () => ({ authorization: offered.shift() });
    const again = connect(t, { connectionParams, retryAttempts: 1, retryWait: async () => {} });
    assert.equal((await once(again.client, '{ viewer { role } }')).data.viewer.role, 'OPERATOR');
  });

  test('credentials may come with the upgrade, where wrong ones answer 401', async (t) => {
    const { client } = connect(t, { connectionParams: undefined }, { authorization });
    assert.equal((await once(client, '{ viewer { role } }')).data.viewer.role, 'OPERATOR');
    const refused = connect(t, { connectionParams: undefined }, { authorization: wrongAuthorization });
    await assert.rejects(once(refused.client, '{ viewer { role } }'), (event) => /401/.test(event.message));
  });

  test('a socket that nobody uses closes, unless it is to stay', async (t) => {
    const lazy = connect(t);
    const ended = new Promise((resolve) => lazy.client.on('closed', resolve));
    assert.equal(lazy.sockets.length, 0);
    await once(lazy.client, '{ __typename }');
    assert.equal((await ended).code, 1000);

    const eager = connect(t, { lazy: false });
    await new Promise((resolve) => eager.client.on('connected', resolve));
    await once(eager.client, '{ __typename }');
    await once(eager.client, '{ __typename }');
    assert.equal(eager.sockets.length, 1);
    assert.equal(eager.sockets[0].readyState, WebSocket.OPEN);
  });

  test('pings of the client are answered', async (t) => {
    const { client } = connect(t, { lazy: false, keepAlive: 20 });
    const answered = new Promise((resolve) => client.on('pong', (received) => received && resolve()));
    await answered;
  });

  test('an operation that is no good ends alone', async (t) => {
    const { client, sockets } = connect(t, { lazy: false });
    const errors = await once(client, 'subscription { nothingChanged { event } }').catch((error) => error);
    assert.ok(Array.isArray(errors) && errors.length === 1, JSON.stringify(errors));
    assert.match(errors[0].message, /nothingChanged/);
    assert.equal(errors[0].extensions.code, 'BAD_REQUEST');
    const unheard = await once(client, GROUPS, { tenant: 'tenant_1', since: 'never a cursor' });
    assert.equal(unheard.errors[0].extensions.code, 'BAD_REQUEST');
    assert.equal((await once(client, '{ __typename }')).data.__typename, 'Query');
    assert.equal(sockets.length, 1);
  });

  test('a subscriber hears what the old API boss wrote', async (t) => {
    const { client } = connect(t);
    const tenant = await makeTenant();
    const events = client.iterate({
      query: 'subscription ($id: ID!) { tenantChanged(id: $id) { event nodeId node { domain } } }',
      variables: { id: tenant.id },
    });
    const reading = events.next();
    await once(client, '{ __typename }');
    const url = new URL(`/sys/boss/v1/domains/${tenant.domain}`, socketEndpoint.replace(/^ws/, 'http'));
    const gone = await fetch(url, { method: 'DELETE', headers: { authorization } });
    assert.ok(gone.ok, `${gone.status}`);
    const { event, nodeId, node } = (await reading).value.data.tenantChanged;
    assert.deepEqual({ event, nodeId, node }, { event: 'DELETED', nodeId: tenant.id, node: null });
    assert.equal((await ask('query ($id: ID!) { tenant(id: $id) { id } }', { id: tenant.id })).tenant, null);
    await events.return();
  });
});

// A client with the sockets that it opened, disposed of at the end of the test.
function connect(t, options = {}, headers = {}) {
  const sockets = [];
  class Socket extends WebSocket {
    constructor(url, protocols) {
      super(url, protocols, { headers });
      sockets.push(this);
    }
  }
  const client = createClient({
    url: socketEndpoint,
    webSocketImpl: Socket,
    connectionParams: { Authorization: authorization },
    retryAttempts: 0,
    onNonLazyError: (error) => assert.fail(error),
    ...options,
  });
  t.after(() => client.dispose());
  return { client, sockets };
}

// The first answer to an operation.
async function once(client, query, variables) {
  const answers = client.iterate({ query, variables });
  const { value } = await answers.next();
  await answers.return();
  return value;
}
