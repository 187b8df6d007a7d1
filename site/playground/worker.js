// imagelint in a thread of its own, so that the page answers while it works.
import { loadPyodide } from './pyodide/pyodide.mjs';

const ready = start();

async function start() {
  const python = await loadPyodide({ indexURL: new URL('./pyodide/', import.meta.url).href });
  const answer = await fetch(new URL('./imagelint.zip', import.meta.url));
  python.unpackArchive(await answer.arrayBuffer(), 'zip', { extractDir: '/lib/imagelint' });
  python.runPython("import sys; sys.path.insert(0, '/lib/imagelint')");
  return python.pyimport('lint').lint;
}

onmessage = async ({ data: { number, files } }) => {
  try {
    const lint = await ready;
    postMessage({ number, report: JSON.parse(lint(new Map(Object.entries(files)))) });
  } catch (error) {
    postMessage({ number, error: String(error) });
  }
};
