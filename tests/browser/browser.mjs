// What the browser tests share: one Chromium a file, pages that remember everything that went wrong in them,
// and the few things a person does on the playground.

import assert from 'node:assert/strict';
import path from 'node:path';
import { chromium } from 'playwright-core';

export const base = new URL(setting('BASE_URL'));
export const admin = { login: setting('ADMIN_LOGIN'), password: setting('ADMIN_PASSWORD') };
export const authorization = `Basic ${Buffer.from(`${admin.login}:${admin.password}`).toString('base64')}`;

function setting(name) {
  const value = process.env[name];
  assert.ok(value, `${name} is not set: run these tests by \`cargo xtask browser\``);
  return value;
}

// How long anything may take, on a machine that does other things as well, before a test gives up.
const PATIENCE = 60_000;

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    timeout: PATIENCE,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

// Opens a page in a fresh profile and lists in `page.complaints` each console error, each exception, each
// violation of the content security policy and each request to another origin.
export async function open(browser, address) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.complaints = [];
  const complain = (what) => page.complaints.push(what);

  page.on('console', (message) => {
    if (message.type() === 'error') complain(`console: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => complain(`exception: ${error.stack ?? error}`));
  page.on('request', (request) => refuseForeign(request.url()));
  page.on('websocket', (socket) => refuseForeign(socket.url()));
  function refuseForeign(url) {
    const { protocol, host } = new URL(url);
    if (!['data:', 'blob:', 'about:'].includes(protocol) && host !== base.host) complain(`foreign request: ${url}`);
  }
  await page.exposeFunction('reportViolation', (text) => complain(`content security policy: ${text}`));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      window.reportViolation(`${event.effectiveDirective} forbids ${event.blockedURI} in ${event.sourceFile}`);
    });
  });

  const response = await page.goto(new URL(address, base).href, { waitUntil: 'networkidle' });
  assert.equal(response.status(), 200, `status of ${address}`);
  return page;
}

export async function screenshot(page, name) {
  await page.screenshot({ path: path.join(process.env.SCREENSHOTS ?? '.', `${name}.png`) });
}

export async function logIn(page, password = admin.password) {
  await page.fill('#login', admin.login);
  await page.fill('#password', password);
  await page.click('#log-in');
}

export async function openLoggedIn(browser) {
  const page = await open(browser, '/playground');
  await logIn(page);
  await page.locator('#who', { hasText: admin.login }).waitFor();
  // A sample needs the editor to open in, which a busy machine takes a while to draw.
  await page.locator('.graphiql-query-editor .view-line').first().waitFor();
  return page;
}

// The samples that the page offers, each with its `kind` of operation and its `query`.
export async function samples(page) {
  const response = await page.request.get(new URL('/playground/samples.json', base).href);
  return (await response.json()).map((sample) => ({ ...sample, path: `${sample.domain}/${sample.name}` }));
}

// Opens a sample in a tab of its own, as its button does, and runs it.
export async function runSample(page, { path, query }) {
  const button = page.locator(`[data-sample="${path}"]`);
  const shown = (await button.getAttribute('aria-current')) === 'true';
  await button.click();
  await page.locator(`[data-sample="${path}"][aria-current="true"]`).waitFor();
  // The editor reads a moment after it got a text which operation that is, and would run it by the name of the
  // one before until then; it stores the text when it has.
  const read = () => page.evaluate(() => localStorage.getItem('graphiql:query'));
  if (!shown) await until(`the editor has read ${path}`, async () => (await read()) === query);
  await page.locator('.graphiql-execute-button, [aria-label^="Execute query"]').first().click();
}

export function responsePane(page) {
  return page.locator('.graphiql-response, .result-window').first();
}

// Repeats an attempt until it gives something, and fails after `patience` milliseconds.
export async function until(what, attempt, patience = PATIENCE) {
  const end = Date.now() + patience;
  for (;;) {
    const result = await attempt();
    if (result) return result;
    assert.ok(Date.now() < end, `in vain waited until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// Makes a domain, as an operator's script does, through the old API named boss.
export async function makeDomain(domain) {
  const response = await fetch(new URL(`/sys/boss/v1/domains/${domain}`, base), {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: '{}',
  });
  assert.ok(response.ok, `POST of the domain ${domain}: ${response.status} ${await response.text()}`);
}
