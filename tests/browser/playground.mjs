// Uses the playground in a browser, as the test beside asks, and prints what it saw as JSON.
// node playground.mjs BROWSER SITE FOLDER, where SITE is the address of the site, and FOLDER a cloud assembly.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(`${process.env.NODE_PATH}/`);
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const [executablePath, site, folder] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage();
const told = [];
page.on('request', (request) => request.url().startsWith(site) || told.push(`request ${request.url()}`));
page.on('pageerror', (error) => told.push(`error ${error.message}`));

/** What stands in the list once it says something of a text. */
async function found(text) {
  await page.waitForFunction(
    (wanted) => document.querySelector('#findings').textContent.includes(wanted),
    text,
    { timeout: 60_000 },
  );
  const items = page.locator('#findings li');
  return items.evaluateAll((items) => items.map((item) => (item.querySelector('a') ?? item.firstChild).textContent));
}

const template = (uri) => `Resources:
  Api:
    Type: AWS::Lambda::Function
    Properties:
      PackageType: Image
      Role: arn:aws:iam::123456789012:role/api
      Code: {ImageUri: "${uri}"}
`;

await page.goto(`${site}/playground/?example=from-image-sentinel`);
const example = await found('from-image-sentinel');
await page.locator('#text').fill(template('python:3.12'));
const pasted = await found('python:3.12');
await page.locator('#findings button').first().click();
const line = await page.evaluate(() => getSelection().toString());
await page.locator('#text').fill(template('<img src=x onerror=window.forged=1>'));
await found('<img');
const forged = await page.evaluate(() => window.forged ?? null);
await page.locator('#text').fill('{"Resources": ');
const broken = await found('not analysed');
await page.locator('#folder').setInputFiles(folder);
await found('layers-on-image');
const whole = await page.locator('#state').textContent();
await page.evaluate((text) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([text], 'dropped.yaml'));
  document.querySelector('#text').dispatchEvent(new DragEvent('drop', { dataTransfer, cancelable: true }));
}, template('ghcr.io/acme/dropped:1'));
const dropped = [await found('acme/dropped'), await page.locator('#file').inputValue()];
await page.evaluate(axe);
const violations = await page.evaluate(async () => {
  const { violations } = await axe.run('#playground', { resultTypes: ['violations'] });
  return violations.map((each) => `${each.id}: ${each.nodes[0].html}`);
});
await browser.close();
console.log(JSON.stringify({ example, pasted, line, forged, broken, whole, dropped, violations, told }));
