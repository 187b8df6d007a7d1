// The playground's page: files in, findings out. All text of files and findings is set as text, never as HTML.
const at = (id) => document.getElementById(id);
const [example, file, folder, text, state, findings] =
  ['example', 'file', 'folder', 'text', 'state', 'findings'].map(at);
const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
const LARGEST = 2_000_000; // characters of a file; larger ones are sources of assets, which nobody lints
let files = {};
let asked = 0;
let waiting;

function made(tag, content, fields = {}) {
  return Object.assign(document.createElement(tag), { textContent: content }, fields);
}

const counted = (number, noun) => `${number} ${noun}${number === 1 ? '' : 's'}`;

function show(named, shown) {
  files = named;
  file.replaceChildren(...Object.keys(files).sort().map((path) => made('option', path)));
  file.value = shown ?? Object.keys(files).find((path) => path.endsWith('.template.json')) ?? Object.keys(files)[0];
  text.value = files[file.value] ?? '';
  ask();
}

function ask() {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    asked += 1;
    state.textContent = 'Reading and judging …';
    worker.postMessage({ number: asked, files });
  }, 200);
}

worker.onmessage = ({ data: { number, report, error } }) => {
  if (number !== asked) return; // something newer is on its way
  if (error) {
    state.textContent = `imagelint could not run: ${error}`;
    findings.replaceChildren();
    return;
  }
  const { summary } = report;
  const counts = ['error', 'warning', 'info'].map((name) => counted(summary[`${name}s`], name)).join(', ');
  state.textContent = `${counted(summary.functions, 'function')} judged: ${counts}; ${summary.unknown} unknown`;
  findings.replaceChildren(
    ...report.errors.map((problem) => item([made('span', 'not analysed', { className: 'error' }), ` ${problem.path}: ${problem.message}`])),
    ...report.findings.map(finding),
  );
};

function finding({ rule, code, severity, message, fix, function: judged, location }) {
  return item([
    made('span', severity, { className: severity }),
    ' ',
    made('a', `${code} ${rule}`, { href: `../rules/${rule}/` }),
    ` ${judged.construct_path ?? judged.logical_id}: ${message} `,
    made('button', `line ${location.line}`, { type: 'button', onclick: () => go(location) }),
    made('span', fix, { className: 'fix' }),
  ]);
}

function item(parts) {
  const made = document.createElement('li');
  made.append(...parts);
  return made;
}

/** Show the line that a finding is about. */
function go({ template, line }) {
  const path = template.replace(/^\.\//, '');
  if (files[path] !== undefined && file.value !== path) {
    file.value = path;
    text.value = files[path];
  }
  const lines = text.value.split('\n');
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  text.focus();
  text.setSelectionRange(start, start + lines[line - 1].length);
  text.scrollTop = (text.scrollHeight / lines.length) * Math.max(0, line - 8);
}

async function read(listed) {
  const read = await Promise.all(
    listed.filter(([, blob]) => blob.size <= LARGEST).map(async ([path, blob]) => [path, await blob.text()]),
  );
  if (read.length > 0) show(Object.fromEntries(read));
}

/** The files of something dropped, however deep, by their paths in it. */
async function inside(entry, way) {
  if (entry.isFile) return [[way || entry.name, await new Promise((done, fail) => entry.file(done, fail))]];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (some.length === 0) return found;
    for (const each of some) found.push(...(await inside(each, way ? `${way}/${each.name}` : each.name)));
  }
}

text.addEventListener('input', () => {
  files[file.value || 'template.yaml'] = text.value;
  if (!file.value) show(files, 'template.yaml');
  ask();
});
file.addEventListener('change', () => {
  text.value = files[file.value];
});
folder.addEventListener('change', () => {
  read([...folder.files].map((blob) => [blob.webkitRelativePath.replace(/^[^/]*\//, '') || blob.name, blob]));
});
text.addEventListener('dragover', (event) => {
  event.preventDefault();
  text.classList.add('over');
});
text.addEventListener('dragleave', () => text.classList.remove('over'));
text.addEventListener('drop', async (event) => {
  event.preventDefault();
  text.classList.remove('over');
  const dropped = [...event.dataTransfer.items].map((each) => [each.webkitGetAsEntry(), each.getAsFile()]);
  const listed = dropped.map(([entry, blob]) => (entry ? inside(entry, '') : blob ? [[blob.name, blob]] : []));
  read((await Promise.all(listed)).flat());
});
example.addEventListener('change', () => open(example.value));

async function open(name) {
  const answer = await fetch(new URL(`./examples/${encodeURIComponent(name)}.json`, import.meta.url));
  const { files, shown } = await answer.json();
  show(files, shown);
}

const names = await (await fetch(new URL('./examples/index.json', import.meta.url))).json();
example.replaceChildren(...names.map((name) => made('option', name)));
const wanted = new URLSearchParams(location.search).get('example');
example.value = names.includes(wanted) ? wanted : names.includes('image-tag-latest') ? 'image-tag-latest' : names[0];
state.textContent = 'Python is on its way: 12 MB, once …';
await open(example.value);
