// The steps that every client plays over every transport that it has. Each is given
// a stage: two clients, one of which shows forms, the person, their terminal and the
// log of the server.
import assert from 'node:assert/strict';

import { until } from './world.mjs';

const account = 'voltagepark';

/** call expects an answer that is no error, and returns its structured content. */
async function call(client, name, args, options) {
  const result = await client.call(name, args, options);
  assert.ok(!result.isError, `${name}: ${result.content[0]?.text}`);
  assert.deepEqual(JSON.parse(result.content[0].text), result.structuredContent, 'the text is the same JSON');
  return result.structuredContent;
}

/** refused expects an error with this code, and returns it. */
async function refused(client, name, args, code) {
  const result = await client.call(name, args);
  assert.equal(result.isError, true, `${name} was carried out: ${result.content[0]?.text}`);
  const error = result._meta?.['countersign/error'];
  assert.deepEqual(JSON.parse(result.content[0].text), error, 'text and _meta hold the same error');
  assert.equal(error.code, code, JSON.stringify(error));
  return error;
}

/** machine is one that runs from the beginning; it is looked up once. */
async function machine(stage) {
  if (!stage.machine) {
    const { vms } = await call(stage.plain, 'list_vms', { account });
    stage.machine = vms.find((vm) => vm.name === 'train-1');
    assert.ok(stage.machine, `train-1 among ${vms.map((vm) => vm.name)}`);
  }
  return stage.machine;
}

const powerOf = async (client, vm) => (await call(client, 'get_vm', { account, vm_id: vm.id })).power;

/** waiting calls a write that a person has to approve elsewhere. */
async function waiting(client, name, args) {
  const outcome = await call(client, name, args);
  assert.equal(outcome.status, 'approval_required');
  return outcome.operation;
}

export const steps = {
  async list({ plain, era, log }) {
    const tools = await plain.tools();
    assert.ok(tools.length > 10 && tools.length <= 25, `${tools.length} tools`);
    assert.ok(tools.every((tool) => tool.inputSchema && tool.outputSchema && tool.annotations));
    assert.equal(log('initialize').length > 0, era === 'legacy', 'the era is the one that was meant');
  },

  async read(stage) {
    const { plain } = stage;
    const { offers } = await call(plain, 'list_offers', { account, in_stock_only: true });
    assert.ok(offers.length > 0 && offers.every((offer) => /^[0-9.]+ USD$/.test(offer.total.per_hour)), JSON.stringify(offers));
    assert.equal(await powerOf(plain, await machine(stage)), 'running');
  },

  async error({ plain }) {
    const error = await refused(plain, 'delete_vm', { account, vm_id: 'train-1' }, 'unknown_id');
    assert.ok(error.candidates.some((one) => one.name === 'train-1'), JSON.stringify(error));
    const { issues } = await refused(plain, 'list_vms', { account, colour: 'red' }, 'invalid_arguments');
    assert.ok(issues.some((issue) => issue.field.includes('colour')), JSON.stringify(issues));
  },

  async refuse(stage) {
    const { plain, asking, person, terminal } = stage;
    const vm = await machine(stage);
    const stop = ['power_vm', { account, vm_id: vm.id, action: 'stop' }];
    if (asking) {
      person.will('decline');
      await refused(asking, ...stop, 'denied');
      assert.ok(person.lastForm().message.includes(vm.id));
    } else {
      const operation = await waiting(plain, ...stop);
      await terminal(`deny ${operation} --reason "not today"`, 'yes');
      const error = await refused(plain, ...stop, 'denied');
      assert.ok(error.message.includes('not today'), error.message);
    }
    assert.equal(await powerOf(plain, vm), 'running');
  },

  async form({ plain, asking, person }) {
    const { offers } = await call(asking, 'list_offers', { account, in_stock_only: true });
    person.will('accept', {});
    const made = await call(asking, 'create_vm', { account, voltagepark_vm: { config_id: offers[0].id, name: 'interop-1' } });
    assert.ok(person.lastForm().message.includes(`${offers[0].total.per_hour} per hour`));
    assert.equal(made.status, 'done');
    person.will('accept', { confirm: 'interop-1' });
    assert.equal((await call(asking, 'delete_vm', { account, vm_id: made.ids[0].id })).status, 'done');
    assert.deepEqual(person.lastForm().requestedSchema.required, ['confirm']);
    await refused(plain, 'get_vm', { account, vm_id: made.ids[0].id }, 'unknown_id');
  },

  async terminal(stage) {
    const { plain, terminal } = stage;
    const vm = await machine(stage);
    const release = ['power_vm', { account, vm_id: vm.id, action: 'release' }];
    const operation = await waiting(plain, ...release);
    const screen = await terminal(`approve ${operation}`, 'yes');
    assert.ok(screen.includes(vm.id), screen);
    const done = await call(plain, ...release);
    assert.deepEqual([done.status, done.operation], ['done', operation]);
    assert.notEqual(await powerOf(plain, vm), 'running');
  },

  async progress(stage) {
    const { plain } = stage;
    const operation = await waiting(plain, 'delete_vm', { account, vm_id: (await machine(stage)).id });
    const notes = [];
    const onprogress = ({ message }) => notes.push(message);
    const { state } = await call(plain, 'wait_operation', { operation, seconds: 2 }, { onprogress });
    notes.push('the result');
    assert.equal(state, 'waiting');
    assert.ok(notes.length > 1 && notes.slice(0, -1).every((note) => note.includes(operation)), notes.join('; '));
  },

  async cancel({ plain, log }) {
    const { operations } = await call(plain, 'list_operations', {});
    const { operation } = operations.find((one) => one.state === 'waiting');
    const before = log('wait_operation').length;
    const giveUp = new AbortController();
    const options = { signal: giveUp.signal, onprogress: () => giveUp.abort() };
    await assert.rejects(plain.call('wait_operation', { operation, seconds: 30 }, options));
    // It is logged when it has ended, long before it would by itself.
    await until('the server gives the call up', () => log('wait_operation').length > before);
    assert.equal((await call(plain, 'get_operation', { operation })).state, 'waiting');
  },
};
