// The pages that describe the old APIs, under the content security policy that the server sends with them.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launch, open, screenshot } from './browser.mjs';

describe('API pages', { timeout: 300_000 }, () => {
  let browser;
  before(async () => (browser = await launch()));
  after(() => browser?.close());

  test('/docs/boss shows the operations of boss', async () => {
    const page = await open(browser, '/docs/boss');
    await page.getByText('/domains/{domain}').first().waitFor();
    await screenshot(page, 'docs-boss');
    assert.deepEqual(page.complaints, []);
  });
});
