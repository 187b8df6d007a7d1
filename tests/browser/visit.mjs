// Looks at HTML reports in a browser, as the test beside asks, and prints what it saw as JSON.
// node visit.mjs BROWSER PAGES, where PAGES is JSON: the files of `report`, `inventory` and `hostile`.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(`${process.env.NODE_PATH}/`);
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const [executablePath, pages] = [process.argv[2], JSON.parse(process.argv[3])];
const WIDE = { width: 1280, height: 900 };
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
const seen = {};

/** Opens a file in a context of its own, does something there, and closes it. */
async function visit(name, file, options, act) {
  const context = await browser.newContext({ viewport: WIDE, offline: true, ...options });
  const page = await context.newPage();
  const told = [];
  page.on('request', (request) => request.url().startsWith('file:') || told.push(`request ${request.url()}`));
  page.on('dialog', (dialog) => told.push(`dialog ${dialog.message()}`) && dialog.dismiss());
  page.on('console', (message) => told.push(`console ${message.text()}`));
  page.on('pageerror', (error) => told.push(`error ${error.message}`));
  await page.goto(pathToFileURL(file).href);
  seen[name] = { ...(await act(page)), told };
  await context.close();
}

/** What axe-core finds wrong, with everything open. */
async function accessibility(page) {
  await page.evaluate(() => document.querySelectorAll('details').forEach((each) => (each.open = true)));
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
  return violations.map((each) => `${each.id}: ${each.nodes[0].html}`);
}

const shownIn = (page, selector) => page.locator(`${selector}:visible`).count();
const ground = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

await visit('light', pages.report, { colorScheme: 'light' }, async (page) => ({
  ground: await ground(page),
  violations: await accessibility(page),
}));
await visit('dark', pages.report, { colorScheme: 'dark' }, async (page) => ({
  ground: await ground(page),
  violations: await accessibility(page),
}));
await visit('inventory', pages.inventory, {}, async (page) => ({
  violations: await accessibility(page),
  rows: await page.locator('tbody tr').count(),
}));
await visit('narrow', pages.report, { viewport: { width: 390, height: 800 } }, async (page) => {
  await page.locator('details.code summary').first().click();
  return { overflow: await overflow(page) };
});

await visit('filter', pages.report, {}, async (page) => {
  const found = {};
  const note = async (what) => {
    found[what] = { said: await page.locator('output').textContent(), shown: await shownIn(page, '.finding') };
  };
  const form = page.locator('.filters');
  const reset = () => page.evaluate(() => {
    document.querySelector('.filters').reset();
    document.querySelector('.filters').dispatchEvent(new Event('input'));
  });
  await note('all');
  await form.getByLabel('info').uncheck();
  await note('without infos');
  await reset();
  await form.getByLabel('Rule').selectOption('image-tag-latest');
  await note('one rule');
  await reset();
  await form.getByLabel('Since').selectOption('new');
  await note('new');
  await reset();
  await form.getByLabel('Text').fill('DATADOG');
  await note('a word of the message');
  await form.getByLabel('Text').fill('orders/worker');
  await note('a word of the image');
  await form.getByLabel('Text').fill('nothing is like this');
  await note('nothing');
  return { found, none: await shownIn(page, '.none'), cards: await shownIn(page, '.card') };
});

await visit('languages', pages.report, {}, async (page) => {
  const shown = () => page.locator('.code .tab:visible').evaluateAll((tabs) => tabs.map((tab) => tab.dataset.language));
  const open = async () => {
    for (const index of [0, 1]) await page.locator('details.code summary').nth(index).click();
  };
  await open();
  const first = await shown();
  await page.locator('.code [role=tab]', { hasText: 'Python' }).first().click();
  const chosen = await shown();
  await page.keyboard.press('ArrowRight');
  const moved = await shown();
  const focused = await page.evaluate(() => document.activeElement.textContent);
  await page.reload();
  await open();
  return { first, chosen, moved, focused, remembered: await shown() };
});

await visit('theme', pages.report, { colorScheme: 'light' }, async (page) => {
  const button = page.locator('.theme');
  const grounds = [];
  for (let click = 0; click < 3; click += 1) {
    await button.click();
    grounds.push(`${await button.textContent()} ${await ground(page)}`);
  }
  return { grounds };
});

await visit('map', pages.report, {}, async (page) => {
  const lit = () => page.locator('.map.lit .row.on').count();
  const repository = page.locator('.map [role=button]').last();
  await page.locator('.map a').nth(1).hover();
  const hovered = await lit();
  await page.mouse.move(0, 0);
  const left = await lit();
  await repository.focus();
  await page.keyboard.press('Enter');
  await page.evaluate(() => document.activeElement.blur());
  const pinned = { rows: await lit(), pressed: await repository.getAttribute('aria-pressed') };
  await repository.focus();
  await page.keyboard.press(' ');
  await page.evaluate(() => document.activeElement.blur());
  const unpinned = await lit();
  const functions = await page.locator('.map a').evaluateAll((nodes) => nodes.map((node) => node.querySelector('title').textContent));
  await page.locator('.filters').getByLabel('error').uncheck();
  await page.locator('.map a', { hasText: 'Invoices' }).click();
  const target = await page.evaluate(() => document.querySelector(':target h3').textContent);
  const isShown = await page.locator('.card:target').isVisible();
  await page.locator('.map a').first().click();
  const row = await page.locator('tr:target th').isVisible();
  return { hovered, left, pinned, unpinned, functions, target, isShown, row };
});

await visit('print', pages.report, {}, async (page) => {
  const pdf = await page.pdf({ format: 'A4' });
  await page.emulateMedia({ media: 'print' });
  return {
    isWritten: pdf.length > 10_000,
    tools: await shownIn(page, ':is(.filters, .theme)'),
    rules: await shownIn(page, '.rule .tab'),
    overflow: await overflow(page),
  };
});

await visit('without scripts', pages.report, { javaScriptEnabled: false }, async (page) => {
  await page.locator('.rule summary').first().click();
  return {
    findings: await shownIn(page, '.finding'),
    tools: await shownIn(page, ':is(.filters, .theme)'),
    languages: await page.locator('.rule').first().locator('.tab:visible h4').allTextContents(),
  };
});

for (const [name, file] of Object.entries(pages.hostile)) {
  await visit(name, file, {}, async (page) => {
    await page.evaluate(() => document.querySelectorAll('details').forEach((each) => (each.open = true)));
    for (const target of ['.map a', '.map [role=button]', '.finding']) {
      for (const each of (await page.locator(target).all()).slice(0, 3)) await each.hover();
    }
    return page.evaluate(() => {
      const elements = [...document.querySelectorAll('*')];
      const attributes = elements.flatMap((element) => [...element.attributes]);
      return {
        forged: window.forged ?? null,
        elements: [...new Set(elements.map((element) => element.localName))],
        scripts: document.scripts.length,
        handlers: attributes.filter((each) => each.name.startsWith('on')).length,
        styles: attributes.filter((each) => each.name === 'style').length,
        links: [...new Set(elements.filter((each) => each.hasAttribute('href')).map((each) => each.getAttribute('href')))],
        text: document.body.textContent,
      };
    });
  });
}

await browser.close();
process.stdout.write(JSON.stringify(seen));
