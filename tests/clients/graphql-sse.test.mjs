// The event stream, judged by the client library of its protocol: an operation with a stream of its own, and many
// that share one.

import assert from 'node:assert/strict';
import { EventEmitter, once as event } from 'node:events';
import net from 'node:net';
import { describe, test } from 'node:test';
import { createClient } from 'graphql-sse';
import {
  authorization, base, makeGroup, makeGroups, makeTenant, PATIENCE, wrongAuthorization,
} from './switchboard.mjs';

const GROUPS = `subscription ($tenant: ID!) {
  userGroupChanged(tenantId: $tenant) { event cursor node { name } }
}`;

for (const singleConnection of [false, true]) {
  describe(`graphql-sse, ${singleConnection ? 'a shared stream' : 'streams of their own'}`, PATIENCE, () => {
    test('queries, mutations and what was wrong with them', async (t) => {
      const { client } = await connect(t, { singleConnection });
      const tenant = await makeTenant();
      const query = 'query ($id: ID!) { tenant(id: $id) { domain } }';
      assert.equal((await once(client, query, { id: tenant.id })).data.tenant.domain, tenant.domain);
      const write = `mutation ($id: ID!) {
        tenantUpdate(input: { id: $id, name: "By event stream" }) { tenant { name } userErrors { code } }
      }`;
      const { data } = await once(client, write, { id: tenant.id });
      assert.deepEqual(data.tenantUpdate, { tenant: { name: 'By event stream' }, userErrors: [] });
    });

    test('a subscriber hears what happens until it cancels, and the others go on', async (t) => {
      const connected = await connect(t, { singleConnection });
      const tenant = await makeTenant();
      const [first, second] = [await listen(connected, tenant), await listen(connected, tenant)];
      await makeGroup(tenant, 'both');
      assert.deepEqual([await first.name(), await second.name()], ['both', 'both']);
      await first.events.return();
      await makeGroup(tenant, 'second alone');
      assert.equal(await second.name(), 'second alone');
      await second.events.return();
    });

    test('a subscriber whose connection dies goes on from its cursor, without gap or double', async (t) => {
      const heard = {};
      let written;
      const connected = await connect(t, {
        singleConnection,
        retryAttempts: 5,
        retry: () => written,
        headers: () => ({ authorization, ...(heard.cursor && { 'Last-Event-ID': heard.cursor }) }),
      });
      const tenant = await makeTenant();
      const { events, name } = await listen(connected, tenant, heard);
      await makeGroup(tenant, 'group 0');
      assert.equal(await name(), 'group 0');
      for (let life = 1; life <= 3; life += 1) {
        const names = [1, 2, 3].map((number) => `group ${life}.${number}`);
        connected.cut();
        written = makeGroups(tenant, names);
        for (const wanted of names) assert.equal(await name(), wanted);
      }
      await events.return();
    });

    test('wrong credentials are refused', async (t) => {
      const headers = { authorization: wrongAuthorization };
      const { client } = await connect(t, { singleConnection, headers });
      await assert.rejects(once(client, '{ viewer { role } }'), (error) => error.response.status === 401);
    });
  });
}

test('graphql-sse tells in the stream what is wrong with a document', PATIENCE, async (t) => {
  const { client } = await connect(t, {});
  const { errors } = await once(client, 'subscription { nothingChanged { event } }');
  assert.match(errors[0].message, /nothingChanged/);
  assert.equal(errors[0].extensions.code, 'BAD_REQUEST');
});

// A client whose connections can be cut, disposed of at the end of the test.
async function connect(t, options) {
  const sockets = new Set();
  const relay = net.createServer((socket) => {
    const onward = net.connect(base.port, base.hostname);
    for (const [from, to] of [[socket, onward], [onward, socket]]) {
      sockets.add(from);
      from.on('error', () => {}).pipe(to);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise((resolve) => relay.listen(0, '127.0.0.1', resolve));
  const cut = () => sockets.forEach((socket) => socket.destroy());
  const posts = new EventEmitter();
  const fetchFn = async (url, options) => {
    const response = await fetch(url, options);
    if (options.method === 'POST') posts.emit('answered');
    return response;
  };
  const client = createClient({
    fetchFn,
    url: `http://127.0.0.1:${relay.address().port}/graphql/stream`,
    headers: { authorization },
    retryAttempts: 0,
    ...options,
  });
  t.after(() => {
    client.dispose();
    cut();
    relay.close();
  });
  return { client, cut, posts };
}

// The only answer to an operation.
async function once(client, query, variables) {
  const answers = [];
  for await (const answer of client.iterate({ query, variables })) answers.push(answer);
  assert.equal(answers.length, 1);
  return answers[0];
}

// A subscription that the server has read; `name` waits for the next group that somebody wrote.
async function listen({ client, posts }, tenant, heard = {}) {
  const begun = event(posts, 'answered');
  const events = client.iterate({ query: GROUPS, variables: { tenant: tenant.id } });
  await begun;
  const name = async () => {
    const { value } = await events.next();
    assert.equal(value.errors, undefined);
    heard.cursor = value.data.userGroupChanged.cursor;
    return value.data.userGroupChanged.node.name;
  };
  return { events, name };
}
