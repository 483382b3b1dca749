// The playground as a person meets it: it loads, lets nobody in without a password, runs samples, hears events.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  admin,
  launch,
  logIn,
  makeDomain,
  open,
  openLoggedIn,
  responsePane,
  runSample,
  samples,
  screenshot,
  until,
} from './browser.mjs';

describe('playground', { timeout: 900_000 }, () => {
  let browser;
  before(async () => (browser = await launch()));
  after(() => browser?.close());

  test('loads from its own origin and without an error', async () => {
    const page = await open(browser, '/playground');
    await page.locator('#login').waitFor();
    await screenshot(page, 'playground');
    assert.equal(await page.title(), 'Switchboard playground');
    assert.deepEqual(page.complaints, []);
  });

  test('/ leads to it', async () => {
    const page = await open(browser, '/');
    assert.match(new URL(page.url()).pathname, /^\/playground\/?$/);
  });

  test('says that a password is wrong, takes the right one, and lets go', async () => {
    const page = await open(browser, '/playground');
    await logIn(page, 'not the password');
    await page.locator('[role="alert"]', { hasText: /\w/ }).waitFor();
    await screenshot(page, 'wrong-password');
    assert.equal(await page.locator('#who').innerText(), '');

    // A browser calls an answer of 400 an error; nothing else has gone wrong.
    page.complaints = page.complaints.filter((complaint) => !/the server responded with a status of 40[01]/.test(complaint));
    await logIn(page);
    await page.locator('#who', { hasText: admin.login }).waitFor();
    await page.locator('.graphiql-query-editor').waitFor();
    await page.waitForLoadState('networkidle');
    await screenshot(page, 'logged-in');

    await page.click('#log-out');
    await page.locator('#login').waitFor();
    assert.equal(await page.locator('#who').innerText(), '');
    assert.deepEqual(page.complaints, []);
  });

  test('every sample query gives data', async (t) => {
    const page = await openLoggedIn(browser);
    const queries = (await samples(page)).filter((sample) => sample.kind === 'query');
    assert.ok(queries.length > 0, 'there is a sample that is a query');
    for (const sample of queries) {
      await t.test(sample.path, async () => {
        const answered = page.waitForResponse((response) => {
          const { query } = response.request().postDataJSON() ?? {};
          return new URL(response.url()).pathname === '/graphql' && query?.trim() === sample.query.trim();
        });
        await runSample(page, sample);
        const answer = await (await answered).json();
        assert.equal(answer.errors, undefined);
        assert.ok(answer.data);
        await responsePane(page).getByText('data').first().waitFor();
        await screenshot(page, `sample-${sample.path.replaceAll('/', '-')}`);
      });
    }
    assert.deepEqual(page.complaints, []);
  });

  test('a sample subscription shows what another API has just done', async () => {
    const page = await openLoggedIn(browser);
    const subscribes = ({ kind, query }) => kind === 'subscription' && /\b(tenantChanged|changes)\b/.test(query);
    const sample = (await samples(page)).find(subscribes);
    assert.ok(sample, 'there is a sample that subscribes to `tenantChanged` or `changes`');

    await runSample(page, sample);
    // The page does not say when the server listens, so new domains are made until one of them is heard of.
    let made = 0;
    await until('an event is shown', async () => {
      made += 1;
      await makeDomain(made === 1 ? 'browser.example' : `browser-${made}.example`);
      const event = responsePane(page).getByText(/CREATED/).first();
      return event.waitFor({ timeout: 2_000 }).then(() => true, () => false);
    });
    await screenshot(page, 'subscription');
    assert.deepEqual(page.complaints, []);
  });
});
