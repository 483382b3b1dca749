// The WebSocket door, judged by the client library that most frontends use.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { authorization, base, makeDomain } from './browser.mjs';

describe('graphql-ws', { timeout: 300_000 }, () => {
  test('a subscriber hears of a domain that the old API boss made', async () => {
    const client = connect({ Authorization: authorization });
    const events = client.iterate({ query: 'subscription { tenantChanged { event node { domain } } }' });
    const first = events.next();
    const heard = first.then(() => true);
    for (let number = 1; !(await Promise.race([heard, pause(500)])); number += 1) {
      await makeDomain(`socket-${number}.example`);
    }
    const { value } = await first;
    assert.equal(value.errors, undefined);
    assert.equal(value.data.tenantChanged.event, 'CREATED');
    assert.match(value.data.tenantChanged.node.domain, /^socket-\d+\.example$/);
    await events.return();
    await client.dispose();
  });

  test('wrong credentials end the socket with 4403', async () => {
    const client = connect({ Authorization: `Basic ${Buffer.from('admin:wrong').toString('base64')}` });
    const events = client.iterate({ query: 'subscription { tenantChanged { event } }' });
    await assert.rejects(events.next(), (closed) => closed.code === 4403);
    await client.dispose();
  });
});

function connect(connectionParams) {
  const url = new URL('/graphql', base);
  url.protocol = 'ws:';
  return createClient({ url: url.href, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0 });
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds, false));
}
