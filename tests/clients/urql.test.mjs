// urql as a frontend sets it up: its normalised cache that knows the schema, pages, persisted queries, the socket.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Client, fetchExchange, gql, subscriptionExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { persistedExchange } from '@urql/exchange-persisted';
import { minifyIntrospectionQuery } from '@urql/introspection';
import { getIntrospectionQuery } from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import {
  ask, authorization, endpoint, makeGroup, makeGroups, makeTenant, PATIENCE, socketEndpoint,
} from './switchboard.mjs';

const schema = minifyIntrospectionQuery(await ask(getIntrospectionQuery()));

const GROUPS = gql`
  query Groups($filter: UserGroupFilter, $after: String) {
    userGroups(first: 2, after: $after, filter: $filter, orderBy: [{ field: NAME }]) {
      edges { node { id name tenant { id domain } } }
      pageInfo { endCursor hasNextPage }
    }
  }
`;
const rename = `
  mutation Rename($id: ID!, $name: String!) {
    userGroupUpdate(input: { id: $id, name: $name }) { userGroup { id name } userErrors { code field } }
  }
`;

describe('urql', PATIENCE, () => {
  test('pages of a connection grow together in the cache', async () => {
    const { client, requests } = connect();
    const tenant = await makeTenant();
    const names = ['a', 'b', 'c', 'd', 'e'];
    await makeGroups(tenant, names);
    const filter = { tenantId: { eq: tenant.id } };
    let shown = await answer(client.query(GROUPS, { filter }));
    while (shown.userGroups.pageInfo.hasNextPage) {
      shown = await answer(client.query(GROUPS, { filter, after: shown.userGroups.pageInfo.endCursor }));
    }
    assert.deepEqual(shown.userGroups.edges.map(({ node }) => node.name), names);
    const sent = requests.length;
    shown = await answer(client.query(GROUPS, { filter }));
    assert.deepEqual(shown.userGroups.edges.map(({ node }) => node.name), names);
    assert.equal(requests.length, sent);
  });

  test('a write shows in a query that watches the row', async (t) => {
    const { client } = connect();
    const tenant = await makeTenant();
    const group = await makeGroup(tenant, 'before');
    const shows = await watch(t, client, GROUPS, { filter: { tenantId: { eq: tenant.id } } });
    await answer(client.mutation(rename, { id: group.id, name: 'after' }));
    await shows((data) => data.userGroups.edges[0].node.name === 'after');
    const refused = await answer(client.mutation(rename, { id: group.id, name: '' }));
    assert.deepEqual(refused.userGroupUpdate.userErrors[0].field, ['name']);
  });

  test('the cache knows the schema: interfaces match, and what may be null may be missing', async () => {
    const { client } = connect();
    const tenant = await makeTenant();
    const NAMED = gql`fragment Named on UserGroup { id name } `;
    const NODE = gql`query ($id: ID!) { node(id: $id) { id ...Named ... on Tenant { domain } } } ${NAMED}`;
    const group = await makeGroup(tenant, 'noded');
    assert.equal((await answer(client.query(NODE, { id: group.id }))).node.name, 'noded');
    assert.equal((await answer(client.query(NODE, { id: tenant.id }))).node.domain, tenant.domain);
    const LESS = gql`query ($id: ID!) { userGroup(id: $id) { id name } }`;
    const MORE = gql`query ($id: ID!) { userGroup(id: $id) { id name tenant { id } } }`;
    await answer(client.query(LESS, { id: group.id }));
    const partial = await answer(client.query(MORE, { id: group.id }, { requestPolicy: 'cache-only' }));
    assert.deepEqual({ ...partial.userGroup }, { ...group, tenant: null });
  });

  test('an error of one field leaves the rest', async () => {
    const { client } = connect();
    const query = gql`{ viewer { role } tenant(id: "tenant_1", domain: "both.example") { id } }`;
    const { data, error } = await client.query(query, {});
    assert.deepEqual([data.viewer.role, data.tenant], ['OPERATOR', null]);
    assert.equal(error.graphQLErrors[0].extensions.code, 'BAD_REQUEST');
    assert.equal(error.networkError, undefined);
  });

  test('persisted queries: the hash alone, from the second time on', async () => {
    const { client, requests } = connect([persistedExchange({ preferGetForPersistedQueries: 'force' })]);
    const tenant = await makeTenant();
    // No other test and no run before has asked this.
    const query = `query Persisted${process.pid} ($id: ID!) { tenant(id: $id) { id domain } }`;
    for (let time = 0; time < 3; time += 1) {
      const asked = client.query(query, { id: tenant.id }, { requestPolicy: 'network-only' });
      assert.equal((await answer(asked)).tenant.domain, tenant.domain);
    }
    const sent = requests.map(({ url, body }) => (/query.Persisted/.test(url + body) ? 'query' : 'hash'));
    assert.deepEqual(sent, ['hash', 'query', 'hash', 'hash']);
  });

  test('a subscription by graphql-ws keeps the cache true', async (t) => {
    const socket = createClient({
      url: socketEndpoint, webSocketImpl: WebSocket, connectionParams: { Authorization: authorization },
    });
    t.after(() => socket.dispose());
    const forwardSubscription = ({ query, variables }) => ({
      subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
    });
    const { client } = connect([subscriptionExchange({ forwardSubscription })]);
    const tenant = await makeTenant();
    const group = await makeGroup(tenant, 'quiet');
    const shows = await watch(t, client, GROUPS, { filter: { tenantId: { eq: tenant.id } } });
    const CHANGED = gql`
      subscription ($tenant: ID!) { userGroupChanged(tenantId: $tenant) { event node { id name } } }
    `;
    const heard = new Promise((resolve) => {
      const { unsubscribe } = client.subscription(CHANGED, { tenant: tenant.id }).subscribe(resolve);
      t.after(unsubscribe);
    });
    const ready = socket.iterate({ query: '{ __typename }' });
    await ready.next(); // the server has read the subscription before this
    await ask(rename, { id: group.id, name: 'loud' });
    const { data, error } = await heard;
    assert.equal(error, undefined);
    assert.equal(data.userGroupChanged.event, 'UPDATED');
    await shows((data) => data.userGroups.edges[0].node.name === 'loud');
  });
});

// A client with the requests that it sent.
function connect(exchanges = []) {
  const requests = [];
  const recording = (url, options) => {
    requests.push({ url: decodeURIComponent(url), body: options.body ?? '' });
    return fetch(url, options);
  };
  const keys = Object.fromEntries(valueTypes().map((name) => [name, () => null]));
  const cache = cacheExchange({ schema, keys, resolvers: { Query: { userGroups: relayPagination() } } });
  const client = new Client({
    url: endpoint,
    fetch: recording,
    fetchOptions: { headers: { authorization } },
    exchanges: [cache, ...exchanges, fetchExchange],
  });
  return { client, requests };
}

// What is no row with an id, which the cache keeps inside the rows.
function valueTypes() {
  const objects = schema.__schema.types.filter(({ kind }) => kind === 'OBJECT');
  return objects.filter(({ interfaces }) => interfaces.length === 0).map(({ name }) => name);
}

// The data of an answer without an error.
async function answer(asking) {
  const { data, error } = await asking;
  assert.equal(error?.message, undefined);
  return data;
}

// Watches a query to the end of the test; gives what waits until it shows something.
async function watch(t, client, query, variables) {
  const waiting = [];
  let newest;
  const look = () => {
    for (const { awaited, resolve } of waiting) if (newest && awaited(newest)) resolve();
  };
  const shows = (awaited) => new Promise((resolve) => {
    waiting.push({ awaited, resolve });
    look();
  });
  const { unsubscribe } = client.query(query, variables).subscribe(({ data }) => {
    newest = data;
    look();
  });
  t.after(unsubscribe);
  await shows(() => true);
  return shows;
}
