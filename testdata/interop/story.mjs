// The main story, told by the official TypeScript SDK over stdio:
//   node story.mjs PATH-TO-BINARY
// What it pins: this SDK validates every result against the tool's output schema
// and throws where they differ; it answers forms; it drops progress that comes
// after its result.
import assert from 'node:assert/strict';
import { resolve } from 'node:path';

import { Person } from './person.mjs';
import { rawLines, withClient, withState } from './server.mjs';

const binary = resolve(process.argv[2] ?? '../../bin/countersign');
const account = 'voltagepark';
const operationID = /\bop_[a-z0-9]{20}\b/;
let passed = 0;
let failed = 0;

/** step runs one step; where it fails, the rest of its part makes no sense. */
async function step(title, work) {
  try {
    await work();
  } catch (error) {
    console.log(`FAIL  ${title}`);
    throw error;
  }
  passed++;
  console.log(`ok    ${title}`);
}

/** call expects an answer that is no error, and returns its structured content. */
async function call(client, name, args, options) {
  const result = await client.callTool({ name, arguments: args }, undefined, options);
  assert.ok(!result.isError, `${name}: ${result.content[0]?.text}`);
  assert.deepEqual(JSON.parse(result.content[0].text), result.structuredContent, 'the text is the same JSON');
  return result.structuredContent;
}

/** refused expects an error with this code, and returns it. */
async function refused(client, name, args, code) {
  const result = await client.callTool({ name, arguments: args });
  assert.equal(result.isError, true, `${name} was carried out: ${result.content[0]?.text}`);
  assert.equal(result.structuredContent, undefined);
  const error = result._meta?.['countersign/error'];
  assert.deepEqual(JSON.parse(result.content[0].text), error, 'text and _meta hold the same error');
  assert.equal(error.code, code, JSON.stringify(error));
  assert.ok(error.hint, 'the error has a hint');
  return error;
}

async function cheapestOffer(client) {
  const { offers } = await call(client, 'list_offers', { account, in_stock_only: true });
  assert.ok(offers.length > 0 && offers.every((offer) => offer.in_stock === true));
  const perHour = (offer) => parseFloat(offer.total.per_hour);
  return offers.sort((a, b) => perHour(a) - perHour(b))[0];
}

const machine = (offer, name) => ({ account, voltagepark_vm: { config_id: offer.id, name } });

async function withForms(client, person) {
  let offer, created, other;

  await step('the server introduces itself', () => {
    assert.equal(client.getServerVersion().name, 'countersign');
    assert.ok(client.getInstructions().length > 0);
  });
  await step('every tool has both schemas, a title and all four hints', async () => {
    const { tools, nextCursor } = await client.listTools();
    assert.ok(tools.length > 10 && tools.length <= 25 && nextCursor === undefined, `${tools.length} tools`);
    for (const tool of tools) {
      assert.equal(tool.inputSchema.type, 'object', tool.name);
      assert.equal(tool.outputSchema?.type, 'object', tool.name);
      assert.ok(tool.title && tool.description, tool.name);
      for (const hint of ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint']) {
        assert.equal(typeof tool.annotations[hint], 'boolean', `${tool.name} ${hint}`);
      }
    }
  });
  await step('list_offers has a price for what is in stock', async () => {
    offer = await cheapestOffer(client);
    assert.match(offer.total.per_hour, /^[0-9]+(\.[0-9]+)? USD$/);
  });
  await step('create_vm asks with its price, and an accept makes the machine', async () => {
    person.will('accept', {});
    const outcome = await call(client, 'create_vm', machine(offer, 'interop-1'));
    const form = person.lastForm();
    assert.ok(form.message.includes(`${offer.total.per_hour} per hour`), form.message);
    assert.ok(form.message.includes('"interop-1"') && form.message.includes(offer.id), form.message);
    assert.deepEqual(form.requestedSchema.properties, {});
    assert.equal(outcome.status, 'done');
    assert.equal(outcome.operation, form.message.match(operationID)?.[0]);
    assert.equal(outcome.ids.length, 1);
    created = outcome.ids[0];
    assert.equal(created.kind, 'vm');
  });
  await step('get_vm shows it at that price', async () => {
    const vm = await call(client, 'get_vm', { account, vm_id: created.id });
    assert.deepEqual([vm.id, vm.name, vm.power], [created.id, 'interop-1', 'running']);
    assert.equal(vm.price.per_hour, offer.total.per_hour);
  });
  await step('power_vm stop asks, and an accept stops it', async () => {
    person.will('accept', {});
    const outcome = await call(client, 'power_vm', { account, vm_id: created.id, action: 'stop' });
    assert.ok(person.lastForm().message.includes(created.id));
    assert.equal(outcome.status, 'done');
    assert.equal((await call(client, 'get_vm', { account, vm_id: created.id })).power, 'stopped');
  });
  await step('a decline is an error with the code denied, and nothing happens', async () => {
    const { vms } = await call(client, 'list_vms', { account });
    other = vms.find((vm) => vm.name === 'train-1');
    person.will('decline');
    const error = await refused(client, 'power_vm', { account, vm_id: other.id, action: 'stop' }, 'denied');
    assert.equal(error.operation, person.lastForm().message.match(operationID)?.[0]);
    assert.equal((await call(client, 'get_vm', { account, vm_id: other.id })).power, 'running');
  });
  await step('an accept faster than a person can read is no answer', async () => {
    person.will('accept', {}, 0);
    const outcome = await call(client, 'power_vm', { account, vm_id: other.id, action: 'release' });
    person.lastForm();
    assert.equal(outcome.status, 'approval_required');
    assert.ok(outcome.approve_at.includes(outcome.operation), outcome.approve_at);
    assert.equal((await call(client, 'get_vm', { account, vm_id: other.id })).power, 'running');
  });
  await step('delete_vm with a wrong name typed is denied', async () => {
    person.will('accept', { confirm: 'interop-2' });
    await refused(client, 'delete_vm', { account, vm_id: created.id }, 'denied');
    const form = person.lastForm();
    assert.deepEqual(form.requestedSchema.required, ['confirm']);
    assert.equal(form.requestedSchema.properties.confirm.type, 'string');
    assert.equal((await call(client, 'get_vm', { account, vm_id: created.id })).name, 'interop-1');
  });
  await step('delete_vm with its name typed deletes it', async () => {
    person.will('accept', { confirm: 'interop-1' });
    const outcome = await call(client, 'delete_vm', { account, vm_id: created.id });
    assert.ok(person.lastForm().message.includes('was answered before with something else'), 'the form tells of the first answer');
    assert.deepEqual([outcome.status, outcome.ids], ['done', [created]]);
    await refused(client, 'get_vm', { account, vm_id: created.id }, 'unknown_id');
  });
  await step('a name in place of an ID is refused with the ID it may mean', async () => {
    const error = await refused(client, 'delete_vm', { account, vm_id: 'train-1' }, 'unknown_id');
    assert.ok(error.candidates.some((c) => c.id === other.id && c.name === 'train-1'), JSON.stringify(error));
    assert.equal(person.forms.length, 0, 'nobody is asked');
  });
  await step('an argument that does not exist is refused before anything is sent', async () => {
    const error = await refused(client, 'power_vm', { account, vm_id: other.id, action: 'stop', force: true }, 'invalid_arguments');
    assert.ok(error.issues.some((issue) => issue.field.includes('force')), JSON.stringify(error));
  });
}

async function withoutForms(client) {
  await client.listTools(); // from here on the SDK validates results
  let waiting;

  await step('without forms create_vm says where a person approves', async () => {
    waiting = await call(client, 'create_vm', machine(await cheapestOffer(client), 'interop-3'));
    assert.equal(waiting.status, 'approval_required');
    assert.match(waiting.operation, operationID);
    assert.ok(waiting.approve_at.startsWith('countersign approve') && waiting.approve_at.endsWith(waiting.operation), waiting.approve_at);
    assert.ok(Date.parse(waiting.expires_at) > Date.now());
  });
  await step('wait_operation reports progress before its result', async () => {
    const events = [];
    const onprogress = ({ message }) => events.push(message);
    const detail = await call(client, 'wait_operation', { operation: waiting.operation, seconds: 3 }, { onprogress });
    events.push('result');
    assert.ok(events.length >= 3, `${events.length - 1} progress notes`);
    assert.ok(events.slice(0, -1).every((message) => message.includes(waiting.operation)), events.join('; '));
    assert.deepEqual([detail.state, detail.approve_at], ['waiting', waiting.approve_at]);
  });
  await step('cancel_operation withdraws it', async () => {
    const outcome = await call(client, 'cancel_operation', { operation: waiting.operation });
    assert.deepEqual([outcome.status, outcome.operation], ['done', waiting.operation]);
    assert.equal((await call(client, 'get_operation', { operation: waiting.operation })).state, 'withdrawn');
    await refused(client, 'cancel_operation', { operation: waiting.operation }, 'not_possible');
  });
}

async function withPrompts(client) {
  const ref = { type: 'ref/prompt', name: 'deploy_machine' };
  let vm;

  await step('prompts are listed with their arguments', async () => {
    const { prompts } = await client.listPrompts();
    const names = prompts.map((prompt) => prompt.name);
    assert.ok(names.includes('deploy_machine') && names.includes('explain_operation'), names.join(', '));
    for (const prompt of prompts) {
      assert.ok(prompt.title && prompt.description && prompt.arguments.every((a) => a.description), prompt.name);
    }
  });
  await step('an argument is completed by a name, with exact IDs', async () => {
    const { vms } = await call(client, 'list_vms', { account });
    vm = vms.find((one) => one.name === 'train-1');
    const argument = { name: 'vm_id', value: 'TRAIN' };
    const { completion, _meta } = await client.complete({ ref, argument, context: { arguments: { account } } });
    assert.deepEqual(completion, { values: [vm.id], total: 1 });
    assert.equal(_meta['countersign/names'][vm.id], 'train-1');
  });
  await step('a prompt has the name beside its ID', async () => {
    const { messages } = await client.getPrompt({ name: 'deploy_machine', arguments: { account, vm_id: vm.id } });
    assert.deepEqual([messages.length, messages[0].role, messages[0].content.type], [1, 'user', 'text']);
    assert.ok(messages[0].content.text.includes(`"${vm.id}" (account "${account}", named "train-1")`), messages[0].content.text);
  });
  await step('an argument that is missing, or of no prompt, is invalid params', async () => {
    await assert.rejects(client.getPrompt({ name: 'explain_operation' }), { code: -32602, message: /argument operation/ });
    await assert.rejects(client.complete({ ref, argument: { name: 'colour', value: '' } }), { code: -32602, message: /no argument "colour"/ });
  });
}

async function raw(state) {
  const request = (id, method, params = {}) => ({ jsonrpc: '2.0', id, method, params });
  await step('nothing but JSON-RPC comes out, and every request is answered once', async () => {
    const { lines, code } = await rawLines(binary, state, [
      request(1, 'initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } }),
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      request(2, 'tools/list'),
      'this is no JSON',
      request(3, 'tools/call', { name: 'list_vms', arguments: {} }),
      request(4, 'tools/call', { name: 'no_such_tool', arguments: {} }),
      request(5, 'no/such/method'),
      request(6, 'tools/call', { name: 'list_accounts', arguments: { check_key: true } }),
    ]);
    const messages = lines.map((line) => JSON.parse(line));
    assert.ok(messages.every((message) => message.jsonrpc === '2.0'), lines.join('\n'));
    const answered = messages.filter((m) => m.id !== null && ('result' in m || 'error' in m)).map((m) => m.id);
    assert.deepEqual(answered.sort(), [1, 2, 3, 4, 5, 6]);
    const answer = (id) => messages.find((message) => message.id === id);
    assert.ok(answer(4).error && answer(5).error && !answer(3).result.isError && !answer(6).result.isError);
    assert.equal(code, 0);
  });
}

const watchdog = setTimeout(() => {
  console.log('FAIL  the story does not come to its end');
  process.exit(1);
}, 120_000);

const person = new Person(1200); // the server takes what comes within a second for no answer
const parts = [
  (state) => withClient(binary, state, person, (client) => withForms(client, person)),
  (state) => withClient(binary, state, null, withoutForms),
  (state) => withClient(binary, state, null, withPrompts),
  raw,
];
for (const part of parts) {
  try {
    await withState(part);
  } catch (error) {
    failed++;
    console.log(`${error.stack ?? error}`.replace(/^/gm, '      '));
  }
}
clearTimeout(watchdog);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
