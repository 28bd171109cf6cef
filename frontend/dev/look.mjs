// Take pictures of every view and run axe on it: node dev/look.mjs ADDRESS FOLDER [only=VIEW] (needs Debian's chromium).
import { readFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const [address, folder, ...rest] = process.argv.slice(2);
const only = rest.find((word) => word.startsWith('only='))?.slice(5);
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
mkdirSync(folder, { recursive: true });

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
const runs = (await (await fetch(`${address}/api/runs`)).json()).runs;
const run = runs.find((one) => one.name.startsWith('digits')) ?? runs[0];
const ring = runs.find((one) => one.name.startsWith('ring')) ?? runs[0];
const views = {
  runs: '#/',
  run: `#/run/${run.id}`,
  ring: `#/run/${ring.id}?step=4000`,
  play: `#/play/${run.id}?nearest=1`,
  playPoints: `#/play/${ring.id}`,
  compare: `#/compare?runs=${runs.slice(0, 3).map((one) => one.id).join(',')}`,
  start: '#/start?recipe=ring',
  learn: `#/learn?points=${ring.id}`,
};
const shapes = [
  { width: 1400, colorScheme: 'light', locale: 'en-GB' },
  { width: 900, colorScheme: 'dark', locale: 'zh-CN' },
  { width: 390, colorScheme: 'light', locale: 'zh-CN' },
  { width: 390, colorScheme: 'dark', locale: 'en-GB' },
];
let faults = 0;
for (const { width, colorScheme, locale } of shapes) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, locale, bypassCSP: false });
  for (const [name, hash] of Object.entries(views)) {
    if (only && only !== name) continue;
    const page = await context.newPage();
    page.on('console', (message) => message.type() === 'error' && console.log('console', name, message.text(), ++faults && ''));
    page.on('pageerror', (error) => console.log('page error', name, error.message, ++faults && ''));
    page.on('request', (request) => request.url().startsWith(address) || console.log('outside', request.url(), ++faults && ''));
    await page.goto(`${address}/${hash}`);
    await page.waitForTimeout(1500);
    if (name === 'start') await page.locator('details').nth(1).locator('summary').click();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 0) console.log('wider than the window', name, width, wide, ++faults && '');
    await page.screenshot({ path: `${folder}/${name}-${width}-${colorScheme}-${locale}.png`, fullPage: true });
    const found = await page.evaluate(`(() => { ${axe}; return axe.run(document, { resultTypes: ['violations'] }); })()`);
    for (const one of found.violations) {
      console.log('axe', name, width, colorScheme, one.impact, one.id, one.nodes.length, one.nodes[0].html.slice(0, 160), one.nodes[0].failureSummary?.split('\n')[1] ?? '');
      faults += 1;
    }
    await page.close();
  }
  await context.close();
}
await browser.close();
console.log(faults ? `${faults} faults` : 'no faults');
process.exit(faults ? 1 : 0);
