// What makes the page convenient; without it everything can be read. No text of the report becomes markup here.
'use strict';

const all = (selector, within = document) => [...within.querySelectorAll(selector)];

// -- what is remembered, where the browser lets a page remember ---------------------------------------------------

function remembered(name) {
  try {
    return localStorage.getItem(`imagelint-${name}`);
  } catch {
    return null;
  }
}

function remember(name, value) {
  try {
    localStorage.setItem(`imagelint-${name}`, value);
  } catch {
    // a page in a sandbox remembers nothing
  }
}

// -- light and dark -----------------------------------------------------------------------------------------------

const THEMES = ['system', 'light', 'dark'];
const theme = document.querySelector('.theme');

function setTheme(name) {
  document.documentElement.dataset.theme = name;
  theme.textContent = `Theme: ${name}`;
}

theme.hidden = false;
setTheme(THEMES.includes(remembered('theme')) ? remembered('theme') : 'system');
theme.addEventListener('click', () => {
  const next = THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length];
  setTheme(next);
  remember('theme', next);
});

// -- the fix in the languages of CDK ------------------------------------------------------------------------------

function makeTabs(box) {
  const list = document.createElement('div');
  list.setAttribute('role', 'tablist');
  list.setAttribute('aria-label', 'Language');
  for (const tab of all(':scope > .tab', box)) {
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset.language = tab.dataset.language;
    button.textContent = tab.dataset.name;
    button.setAttribute('role', 'tab');
    list.append(button);
    tab.setAttribute('role', 'tabpanel');
    tab.setAttribute('aria-label', tab.dataset.name);
  }
  box.prepend(list);
  box.classList.add('made');
  list.addEventListener('click', (event) => {
    const button = event.target.closest('button');
    if (button) setLanguage(button.dataset.language);
  });
  list.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    const buttons = all('button', list);
    const next = buttons[(buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length];
    setLanguage(next.dataset.language);
    next.focus();
    event.preventDefault();
  });
}

function setLanguage(language) {
  document.documentElement.dataset.language = language;
  remember('language', language);
  all('.tabs.made').forEach(showLanguage);
}

function showLanguage(box) {
  const wanted = document.documentElement.dataset.language;
  const tabs = all(':scope > .tab', box);
  const shown = tabs.find((tab) => tab.dataset.language === wanted) ?? tabs[0];
  tabs.forEach((tab) => (tab.hidden = tab !== shown));
  for (const button of all('[role=tab]', box)) {
    const isShown = button.dataset.language === shown.dataset.language;
    button.setAttribute('aria-selected', String(isShown));
    button.tabIndex = isShown ? 0 : -1;
  }
}

if (remembered('language')) document.documentElement.dataset.language = remembered('language');
const originals = new Map(all('.rule .tabs').map((box) => [box.dataset.rule, box.cloneNode(true)]));
all('.rule .tabs').forEach((box) => {
  makeTabs(box);
  showLanguage(box);
});

// A finding gets its rule's tabs when somebody opens them; where a rule has none there is nothing to open.
for (const details of all('details.code')) {
  const original = originals.get(details.dataset.rule);
  if (!original) {
    details.hidden = true;
    continue;
  }
  details.addEventListener('toggle', () => {
    if (!details.open || details.querySelector('.tabs')) return;
    const box = original.cloneNode(true);
    details.querySelector('p').replaceWith(box);
    makeTabs(box);
    showLanguage(box);
  });
}

// -- the filter ---------------------------------------------------------------------------------------------------

const filters = document.querySelector('.filters');
if (filters) {
  const findings = all('.finding').map((element) => {
    const { severity, rule, stack, state } = element.dataset;
    const card = element.closest('.card');
    const text = `${card.querySelector('header').textContent} ${element.textContent}`.toLowerCase();
    return { element, severity, rule, stack, state, text };
  });
  const apply = () => {
    const form = new FormData(filters);
    const severities = form.getAll('severity');
    const text = form.get('text').trim().toLowerCase();
    const isWanted = (name, value) => !form.get(name) || form.get(name) === value;
    let shown = 0;
    for (const { element, severity, rule, stack, state, text: own } of findings) {
      element.hidden = !(
        severities.includes(severity) &&
        isWanted('rule', rule) &&
        isWanted('stack', stack) &&
        isWanted('state', state) &&
        own.includes(text)
      );
      shown += !element.hidden;
    }
    for (const card of all('.card')) card.hidden = !card.querySelector('.finding:not([hidden])');
    document.querySelector('.none').hidden = shown > 0;
    const noun = findings.length === 1 ? 'finding' : 'findings';
    filters.querySelector('output').textContent =
      shown === findings.length ? `${shown} ${noun}` : `${shown} of ${findings.length} ${noun}`;
  };
  filters.addEventListener('input', apply);
  filters.addEventListener('submit', (event) => event.preventDefault());
  filters.hidden = false;
  apply(); // a browser that goes back fills in what was chosen
}

// -- the map ------------------------------------------------------------------------------------------------------

for (const map of all('.map')) {
  const parts = all('[data-rows]', map).map((element) => ({ element, rows: element.dataset.rows.split(' ') }));
  let pinned = null;
  const light = (rows) => {
    map.classList.toggle('lit', rows !== null);
    for (const part of parts) part.element.classList.toggle('on', rows !== null && part.rows.some((row) => rows.includes(row)));
  };
  const rowsOf = (target) => target.closest('[data-rows]')?.dataset.rows.split(' ') ?? pinned;
  map.addEventListener('pointerover', (event) => light(rowsOf(event.target)));
  map.addEventListener('pointerleave', () => light(pinned));
  map.addEventListener('focusin', (event) => light(rowsOf(event.target)));
  map.addEventListener('focusout', () => light(pinned));
  const pin = (node) => {
    const wasPinned = node.getAttribute('aria-pressed') === 'true';
    all('[aria-pressed]', map).forEach((each) => each.setAttribute('aria-pressed', 'false'));
    node.setAttribute('aria-pressed', String(!wasPinned));
    pinned = wasPinned ? null : node.dataset.rows.split(' ');
    light(pinned);
  };
  map.addEventListener('click', (event) => {
    const node = event.target.closest('[aria-pressed]');
    if (node) pin(node);
  });
  map.addEventListener('keydown', (event) => {
    const node = event.target.closest('[aria-pressed]');
    if (node && (event.key === 'Enter' || event.key === ' ')) {
      pin(node);
      event.preventDefault();
    }
  });
}

// -- what a link leads to is shown --------------------------------------------------------------------------------

function reveal() {
  const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (!target) return;
  const around = target.closest('details') ?? target.querySelector(':scope > details');
  if (around) around.open = true;
  if (target.hidden && filters) {
    filters.reset();
    filters.dispatchEvent(new Event('input'));
  }
  target.scrollIntoView();
}

addEventListener('hashchange', reveal);
reveal();
addEventListener('beforeprint', () => all('details').forEach((details) => (details.open = true)));
