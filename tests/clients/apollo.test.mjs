// Apollo Client as a frontend sets it up: the normalised cache, pages, errors, and its links to the server.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { BatchHttpLink } from '@apollo/client/link/batch-http';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';
import { createClient } from 'graphql-ws';
import { filter as only, firstValueFrom } from 'rxjs';
import WebSocket from 'ws';
import {
  ask, authorization, endpoint, makeGroup, makeGroups, makeTenant, PATIENCE, socketEndpoint, wrongAuthorization,
} from './switchboard.mjs';

// Which types an interface has, as a frontend asks for it when it is built.
const { __schema: { types } } = await ask('{ __schema { types { name kind possibleTypes { name } } } }');
const abstract = types.filter(({ possibleTypes }) => possibleTypes);
const possibleTypes = Object.fromEntries(
  abstract.map((type) => [type.name, type.possibleTypes.map(({ name }) => name)]),
);

const GROUPS = gql`
  query Groups($filter: UserGroupFilter, $after: String) {
    userGroups(first: 2, after: $after, filter: $filter, orderBy: [{ field: NAME }]) {
      totalCount
      edges { cursor node { id name tenant { id domain } } }
      pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
    }
  }
`;
const rename = `
  mutation Rename($id: ID!, $name: String!) {
    userGroupUpdate(input: { id: $id, name: $name }) { userGroup { id name version } userErrors { code field } }
  }
`;
const RENAME = gql(rename);
const REMOVE = gql`
  mutation Remove($id: ID!) { userGroupDelete(input: { id: $id }) { deletedId userErrors { code } } }
`;

describe('Apollo Client', PATIENCE, () => {
  test('a row that two queries read is one row of the cache', async (t) => {
    const { client } = connect(t);
    const tenant = await makeTenant();
    const group = await makeGroup(tenant, 'one');
    await client.query({ query: GROUPS, variables: { filter: { tenantId: { eq: tenant.id } } } });
    const NODE = gql`
      query ($id: ID!) { node(id: $id) { id ... on UserGroup { name version } ... on Tenant { domain } } }
    `;
    await client.query({ query: NODE, variables: { id: group.id } });
    const { data } = await client.query({ query: NODE, variables: { id: tenant.id } });
    assert.deepEqual(data.node, { __typename: 'Tenant', id: tenant.id, domain: tenant.domain });
    const cache = client.cache.extract();
    const row = cache[`UserGroup:${group.id}`];
    assert.deepEqual([row.name, row.version, row.tenant], ['one', 1, { __ref: `Tenant:${tenant.id}` }]);
    assert.equal(Object.keys(cache).filter((key) => key.startsWith('UserGroup:')).length, 1);
    assert.ok(possibleTypes.Node.includes('UserGroup'));
  });

  test('pages of a connection grow together', async (t) => {
    const { client } = connect(t);
    const tenant = await makeTenant();
    const names = ['a', 'b', 'c', 'd', 'e'];
    await makeGroups(tenant, names);
    const filter = { tenantId: { eq: tenant.id } };
    const query = await watch(t, client, { query: GROUPS, variables: { filter } });
    let { userGroups } = query.getCurrentResult().data;
    while (userGroups.pageInfo.hasNextPage) {
      const known = userGroups.edges.length;
      await query.fetchMore({ variables: { after: userGroups.pageInfo.endCursor } });
      ({ userGroups } = await shown(query, (data) => data.userGroups.edges.length > known));
    }
    assert.deepEqual(userGroups.edges.map(({ node }) => node.name), names);
    assert.equal(userGroups.totalCount, 5);
    assert.equal(userGroups.pageInfo.hasPreviousPage, false);
  });

  test('a write shows in every query that watches the row, and a removal takes it away', async (t) => {
    const { client } = connect(t);
    const tenant = await makeTenant();
    const group = await makeGroup(tenant, 'before');
    const query = await watch(t, client, { query: GROUPS, variables: { filter: { tenantId: { eq: tenant.id } } } });
    const shows = (names) =>
      shown(query, ({ userGroups }) => userGroups.edges.map(({ node }) => node.name).join() === names);
    await shows('before');
    await client.mutate({ mutation: RENAME, variables: { id: group.id, name: 'after' } });
    await shows('after');
    const { data } = await client.mutate({ mutation: RENAME, variables: { id: group.id, name: '' } });
    assert.equal(data.userGroupUpdate.userGroup, null);
    assert.deepEqual(data.userGroupUpdate.userErrors[0].field, ['name']);
    await shows('after');
    await client.mutate({
      mutation: REMOVE,
      variables: { id: group.id },
      update: (cache, { data: { userGroupDelete } }) => {
        cache.evict({ id: cache.identify({ __typename: 'UserGroup', id: userGroupDelete.deletedId }) });
      },
    });
    await shows('');
  });

  test('errors come as the policy wants them', async (t) => {
    const { client } = connect(t);
    const query = gql`{ viewer { role } tenant(id: "tenant_1", domain: "both.example") { id } }`;
    await assert.rejects(client.query({ query }), (error) => {
      assert.ok(CombinedGraphQLErrors.is(error), error);
      assert.equal(error.errors[0].extensions.code, 'BAD_REQUEST');
      assert.deepEqual(error.errors[0].path, ['tenant']);
      return true;
    });
    const { data, error } = await client.query({ query, errorPolicy: 'all' });
    assert.deepEqual([data.viewer.role, data.tenant], ['OPERATOR', null]);
    assert.ok(CombinedGraphQLErrors.is(error));
    const invalid = client.query({ query: gql`{ nothing }`, fetchPolicy: 'no-cache' });
    await assert.rejects(invalid, (error) => CombinedGraphQLErrors.is(error) && /nothing/.test(error.message));
  });

  test('wrong credentials are an error with its code', async (t) => {
    const headers = { authorization: wrongAuthorization };
    const { client } = connect(t, (fetch) => new HttpLink({ uri: endpoint, fetch, headers }));
    await assert.rejects(client.query({ query: gql`{ viewer { role } }` }), (error) =>
      CombinedGraphQLErrors.is(error) && error.errors[0].extensions.code === 'UNAUTHENTICATED');
  });

  test('persisted queries: the hash alone, from the second time on', async (t) => {
    const sha256 = (text) => createHash('sha256').update(text).digest('hex');
    const { client, requests } = connect(t, (fetch) => ApolloLink.from([
      new PersistedQueryLink({ sha256, useGETForHashedQueries: true }),
      new HttpLink({ uri: endpoint, fetch, headers: { authorization } }),
    ]));
    const tenant = await makeTenant();
    // No other test and no run before has asked this.
    const query = gql(`query Persisted${process.pid} ($id: ID!) { tenant(id: $id) { domain } }`);
    for (let time = 0; time < 3; time += 1) {
      const { data } = await client.query({ query, variables: { id: tenant.id }, fetchPolicy: 'no-cache' });
      assert.equal(data.tenant.domain, tenant.domain);
    }
    const sent = requests.map(({ method, url, body }) => `${method} ${/query /.test(url + body) ? 'query' : 'hash'}`);
    assert.deepEqual(sent, ['GET hash', 'POST query', 'GET hash', 'GET hash']);
  });

  test('a batch is one request', async (t) => {
    const { client, requests } = connect(t, (fetch) =>
      new BatchHttpLink({ uri: endpoint, fetch, headers: { authorization }, batchInterval: 5, batchMax: 10 }));
    const tenants = [await makeTenant(), await makeTenant(), await makeTenant()];
    const query = gql`query Batched($id: ID!) { tenant(id: $id) { id domain } }`;
    const answers = await Promise.all(tenants.map(({ id }) => client.query({ query, variables: { id } })));
    assert.deepEqual(answers.map(({ data }) => data.tenant.domain), tenants.map(({ domain }) => domain));
    assert.equal(requests.length, 1);
    assert.equal(JSON.parse(requests[0].body).length, 3);
  });

  test('a subscription by graphql-ws keeps the cache true', async (t) => {
    const connectionParams = { Authorization: authorization };
    const socket = createClient({ url: socketEndpoint, webSocketImpl: WebSocket, connectionParams });
    t.after(() => socket.dispose());
    const { client } = connect(t, (fetch) => ApolloLink.split(
      ({ operationType }) => operationType === 'subscription',
      new GraphQLWsLink(socket),
      new HttpLink({ uri: endpoint, fetch, headers: { authorization } }),
    ));
    const tenant = await makeTenant();
    const group = await makeGroup(tenant, 'quiet');
    const filter = { tenantId: { eq: tenant.id } };
    await client.query({ query: GROUPS, variables: { filter } });
    const CHANGED = gql`
      subscription ($tenant: ID!) { userGroupChanged(tenantId: $tenant) { event cursor node { id name } } }
    `;
    const heard = new Promise((next, error) => {
      const stream = client.subscribe({ query: CHANGED, variables: { tenant: tenant.id } });
      const subscription = stream.subscribe({ next, error });
      t.after(() => subscription.unsubscribe());
    });
    const ready = socket.iterate({ query: '{ __typename }' });
    await ready.next(); // the server has read the subscription before this
    await ask(rename, { id: group.id, name: 'loud' });
    assert.equal((await heard).data.userGroupChanged.event, 'UPDATED');
    const cached = client.readQuery({ query: GROUPS, variables: { filter } });
    assert.deepEqual(cached.userGroups.edges.map(({ node }) => node.name), ['loud']);
  });
});

// A client with the requests that it sent, stopped at the end of the test.
function connect(t, link = (fetch) => new HttpLink({ uri: endpoint, fetch, headers: { authorization } })) {
  const requests = [];
  const recording = (url, options) => {
    requests.push({ method: options.method, url: decodeURIComponent(url), body: options.body ?? '' });
    return fetch(url, options);
  };
  const typePolicies = { Query: { fields: { userGroups: relayStylePagination(['filter', 'orderBy']) } } };
  const client = new ApolloClient({ link: link(recording), cache: new InMemoryCache({ possibleTypes, typePolicies }) });
  t.after(() => client.stop());
  return { client, requests };
}

// A query that is watched to the end of the test, once it has its first answer.
async function watch(t, client, options) {
  const query = client.watchQuery(options);
  const watching = query.subscribe(() => {});
  t.after(() => watching.unsubscribe());
  await shown(query, () => true);
  return query;
}

// What a query shows, once it is what is waited for: the cache tells those who watch a moment later.
async function shown(query, awaited) {
  const results = query.pipe(only(({ dataState, data }) => dataState === 'complete' && awaited(data)));
  return (await firstValueFrom(results)).data;
}
