// Every client over every transport that it has, side by side, beside them the whole
// story, and at the end one table:
//   node run.mjs BINARY [PART OF A ROW, such as "sdk2 http"]
import { fork, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';

import { steps } from './steps.mjs';
import { inTerminal } from './world.mjs';

const binary = resolve(process.argv[2] ?? '../../bin/countersign');
const only = process.argv[3] ?? '';
const patience = 120_000;

const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
const goSDK = readFileSync('gosdk/go.mod', 'utf8').match(/go-sdk v(\S+)/)[1];
const clients = {
  sdk1: `TypeScript SDK ${dependencies['@modelcontextprotocol/sdk']}`,
  sdk2: `TypeScript SDK ${dependencies['@modelcontextprotocol/client']}`,
  gosdk: `Go SDK ${goSDK}`,
  inspector: `Inspector ${dependencies['@modelcontextprotocol/inspector']}`,
};

/** play has one client play over one transport. */
function play(row) {
  const child = fork('row.mjs', [row.client, row.transport, row.era, binary]);
  const timer = setTimeout(() => {
    row.why.push('it does not come to its end');
    child.kill();
  }, patience);
  child.on('message', async ({ step, became, why, id, terminal, types, env }) => {
    if (!terminal) {
      row.became[step] = became;
      if (why) row.why.push(`${step}: ${why}`);
      return;
    }
    try {
      child.send({ id, screen: await inTerminal(terminal, env, types) });
    } catch (error) {
      child.send({ id, error: error.message });
    }
  });
  return new Promise((done) => {
    child.once('exit', (code) => {
      clearTimeout(timer);
      if (code !== 0) row.why.push(`it ended with ${code}`);
      done();
    });
  });
}

/** tell has the whole story told, and returns what was printed and whether it went well. */
async function tell() {
  const child = spawn(process.execPath, ['story.mjs', binary]);
  const ended = new Promise((done) => child.once('exit', done));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { printed: stdout + stderr, well: code === 0 };
}

/** passed says of a row that it has all that it can have. */
const passed = (row) => row.why.length === 0 && Object.keys(steps).every((step) => ['ok', 'none'].includes(row.became[step]));

function table(rows) {
  const header = ['client', 'transport', ...Object.keys(steps), 'passed'];
  const lines = rows.map((row) => {
    const became = Object.keys(steps).map((step) => ({ none: '-', undefined: '?' })[row.became[step]] ?? row.became[step]);
    const can = became.filter((word) => word !== '-').length;
    return [clients[row.client], `${row.transport} ${row.era}`, ...became, `${became.filter((word) => word === 'ok').length} of ${can}`];
  });
  const widths = header.map((word, i) => Math.max(word.length, ...lines.map((line) => line[i].length)));
  return [header, ...lines].map((line) => line.map((word, i) => word.padEnd(widths[i])).join('  ').trimEnd()).join('\n');
}

const folder = mkdtempSync(join(tmpdir(), 'countersign-interop-'));
process.env.GOSDK = join(folder, 'gosdk');
const built = spawnSync(process.env.GO ?? 'go', ['build', '-o', process.env.GOSDK, '.'], { cwd: 'gosdk', stdio: 'inherit' });
if (built.status !== 0) process.exit(1);

const rows = [];
for (const client of Object.keys(clients)) {
  const { ways } = await import(`./clients/${client}.mjs`);
  for (const { transport, era } of ways) rows.push({ client, transport, era, became: {}, why: [] });
}
const chosen = rows.filter((row) => `${row.client} ${row.transport} ${row.era}`.includes(only));
const queue = [...chosen];
const story = only ? { printed: '', well: true } : tell();
// They mostly wait for each other.
await Promise.all(Array.from({ length: 3 * availableParallelism() }, async () => {
  for (let row = queue.shift(); row; row = queue.shift()) await play(row);
}));
const { printed, well } = await story;
rmSync(folder, { recursive: true, force: true });

console.log(printed);
for (const row of chosen.filter((one) => !passed(one))) {
  console.log(`${clients[row.client]} over ${row.transport} ${row.era}:\n${row.why.join('\n').replace(/^/gm, '    ')}\n`);
}
console.log(table(chosen));
process.exitCode = well && chosen.length > 0 && chosen.every(passed) ? 0 : 1;
