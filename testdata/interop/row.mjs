// One client over one transport plays all steps:
//   row.mjs CLIENT TRANSPORT ERA BINARY, as a child of run.mjs
// It is a process of its own because whatever runs below a client is no person: the
// terminals are those of run.mjs.
import { Person } from './person.mjs';
import { steps } from './steps.mjs';
import { World, leastReading } from './world.mjs';

const [name, transport, era, binary] = process.argv.slice(2);
const { connect, cannot = [] } = await import(`./clients/${name}.mjs`);
// The transport of 2024-11-05 carries no questions.
const without = new Set(transport === 'sse' ? [...cannot, 'form'] : cannot);

const world = await World.open(binary);
const answers = new Map();
process.on('message', ({ id, screen, error }) => {
  const { resolve, reject } = answers.get(id);
  return error ? reject(new Error(error)) : resolve(screen);
});

/** terminal has a command of the program run in a terminal of the person's. */
function terminal(command, types) {
  const id = answers.size + 1;
  return new Promise((resolve, reject) => {
    answers.set(id, { resolve, reject });
    process.send({ id, terminal: `'${binary}' ${command}`, types, env: world.environment });
  });
}

try {
  const server = { home: world.folder, ...(transport === 'stdio' ? { command: world.command() } : await world.serve()) };
  const person = new Person(2 * leastReading);
  const way = { transport, era };
  const stage = {
    person,
    terminal,
    era,
    log: (word) => world.log(word),
    plain: await connect(way, server),
    asking: without.has('form') ? undefined : await connect(way, server, person),
  };
  for (const [step, play] of Object.entries(steps)) {
    if (without.has(step)) {
      process.send({ step, became: 'none' });
      continue;
    }
    try {
      await play(stage);
      process.send({ step, became: 'ok' });
    } catch (error) {
      process.send({ step, became: 'FAIL', why: error.stack ?? `${error}` });
    }
  }
  await stage.asking?.close();
  await stage.plain.close();
} catch (error) {
  process.send({ step: 'connect', became: 'FAIL', why: `${error.stack ?? error}\n${world.log().join('\n')}` });
} finally {
  await world.end();
}
process.disconnect();
