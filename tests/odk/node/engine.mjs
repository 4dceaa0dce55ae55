// ODK's own engine for tablets, asked from the tests: a form and an instance a line in, the state of every node a line out.
import { createInterface } from 'node:readline';
import { JSDOM } from 'jsdom';

const { window } = new JSDOM('', { url: 'https://localhost/' });
for (const name of ['document', 'DOMParser', 'XMLSerializer', 'Document', 'Element', 'Node', 'Attr', 'Text', 'Comment', 'XMLDocument', 'localStorage', 'File', 'Blob', 'FormData']) {
  if (name in window) globalThis[name] ??= window[name];
}
// The engine is built for browsers; where it finds Node's `process` it looks for files that it does not ship.
const { process } = globalThis;
globalThis.window = window;
globalThis.process = undefined;
const { loadForm } = await import('@getodk/xforms-engine');
globalThis.process = process;

function* descendants(node) {
  for (const child of node.currentState.children ?? []) {
    yield child;
    yield* descendants(child);
  }
}

function stateOf(node) {
  const state = node.currentState;
  return {
    path: state.reference,
    relevant: state.relevant,
    required: state.required,
    value: state.children ? null : state.instanceValue ?? node.getXPathValue(),
    violation: node.validationState?.violation?.condition ?? null,
    choices: state.valueOptions?.map((option) => option.value) ?? null,
  };
}

async function answer({ form, instance, files }) {
  const fetchFormAttachment = async (url) => {
    const name = url.pathname.split('/').at(-1);
    return name in files ? new Response(files[name]) : new Response('', { status: 404 });
  };
  const loaded = await loadForm(form, { fetchFormAttachment, missingResourceBehavior: 'BLANK' });
  if (loaded.error) throw loaded.error;
  const data = new FormData();
  data.set('xml_submission_file', new File([instance], 'xml_submission_file', { type: 'text/xml' }));
  const { root } = await loaded.restoreInstance({ data: [data] });
  const { data: [written] } = await root.prepareInstancePayload();
  return { nodes: [...descendants(root)].map(stateOf), written: await written.get('xml_submission_file').text() };
}

for await (const line of createInterface({ input: process.stdin })) {
  let said;
  try {
    said = await answer(JSON.parse(line));
  } catch (error) {
    said = { error: String(error?.message ?? error).slice(0, 2000) };
  }
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
