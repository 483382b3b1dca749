// GraphQL over HTTP, judged by the audits of the specification's own package: what a server must, should and may.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { serverAudits } from 'graphql-http';
import { authorization, endpoint, PATIENCE } from './switchboard.mjs';

const callers = {
  anonymous: fetch,
  operator: (url, init) => fetch(url, { ...init, headers: { ...init?.headers, authorization } }),
};

for (const [caller, fetchFn] of Object.entries(callers)) {
  describe(`graphql-http, ${caller}`, PATIENCE, () => {
    const audits = serverAudits({ url: endpoint, fetchFn });
    test('the package has all the audits that it had', () => assert.ok(audits.length >= 61));
    for (const audit of audits) {
      test(`${audit.id} ${audit.name}`, async () => {
        const result = await audit.fn();
        assert.equal(result.status, 'ok', result.reason);
      });
    }
  });
}
