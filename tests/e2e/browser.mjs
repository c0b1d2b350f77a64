// The person and the browser: opens an address in headless Chromium, answers the sign-in page, and keeps what is seen last.
//   node browser.mjs ANSWER OUTPUT URL     ANSWER: approve | deny; writes OUTPUT.png and OUTPUT.json
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const require = createRequire(new URL('../support/idp/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const [answer, output, url] = process.argv.slice(2);

const profile = mkdtempSync(join(tmpdir(), 'authhost-chromium-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: '/usr/bin/chromium', headless: true, viewport: { width: 900, height: 600 },
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
try {
  const page = context.pages()[0] ?? await context.newPage();
  const foreign = [];
  page.on('request', (request) => {
    if (!['127.0.0.1', 'localhost', '[::1]'].includes(new URL(request.url()).hostname)) foreign.push(request.url());
  });
  await page.goto(url);
  const origin = new URL(url).origin;
  // The answer leads, over the provider's own redirects, to the listener of the login: another origin.
  const last = page.waitForResponse((response) => new URL(response.url()).origin !== origin && response.request().isNavigationRequest());
  await page.click(`button[value=${answer}]`);
  const response = await last;
  await page.waitForLoadState('load');
  await page.screenshot({ path: `${output}.png` });
  writeFileSync(`${output}.json`, JSON.stringify({
    status: response.status(), headers: await response.allHeaders(), title: await page.title(),
    text: await page.innerText('body'), html: await page.content(), foreign,
  }));
} finally {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
}
