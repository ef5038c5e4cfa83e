// The world of one client: a sandbox of the clouds, a state folder, a server, and
// a person with a terminal of their own.
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

// leastReading is how many milliseconds a form has to be read: less than by default,
// because everybody here waits for somebody who reads.
export const leastReading = 200;

/** lineOf waits for the first line of a stream that a pattern matches. */
async function lineOf(stream, pattern) {
  const said = [];
  for await (const line of createInterface({ input: stream })) {
    const found = line.match(pattern);
    if (found) return found;
    said.push(line);
  }
  throw new Error(`nothing like ${pattern} was printed:\n${said.join('\n')}`);
}

/** until waits until something is so. */
export async function until(what, isSo, seconds = 15) {
  for (const end = Date.now() + seconds * 1000; !isSo(); await sleep(20)) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
  }
}

/** World is made by World.open and ended by end. */
export class World {
  #ends = [];

  static async open(binary) {
    const world = new World();
    world.binary = binary;
    world.folder = mkdtempSync(join(tmpdir(), 'countersign-interop-'));
    world.#ends.push(() => rmSync(world.folder, { recursive: true, force: true }));
    world.logFile = join(world.folder, 'log');
    writeFileSync(world.logFile, '');
    const sandbox = world.#spawn([binary, 'sandbox'], process.env);
    const [line] = await lineOf(sandbox.stdout, /^\{.*\}$/);
    world.environment = {
      PATH: process.env.PATH,
      HOME: world.folder,
      COUNTERSIGN_STATE: join(world.folder, 'state'),
      COUNTERSIGN_LOG_LEVEL: 'debug',
      COUNTERSIGN_FORM_MIN_SECONDS: `${leastReading / 1000}`,
      ...JSON.parse(line).environment,
    };
    return world;
  }

  #spawn([command, ...args], env) {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    this.#ends.push(async () => {
      child.kill();
      await ended;
    });
    return child;
  }

  /** command writes a program that serves over stdio, whatever of the environment a client leaves it. */
  command() {
    const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
    const lines = Object.entries(this.environment).map(([name, value]) => `export ${name}=${quoted(value)}`);
    const file = join(this.folder, 'serve');
    writeFileSync(file, ['#!/bin/sh', ...lines, `exec ${quoted(this.binary)} serve 2>>${quoted(this.logFile)}`, ''].join('\n'));
    chmodSync(file, 0o700);
    return file;
  }

  /** serve serves over HTTP on all transports, and returns where and with which token. */
  async serve() {
    const server = this.#spawn([this.binary, 'serve', '--http', '127.0.0.1:0', '--sse'], this.environment);
    const lines = createInterface({ input: server.stderr });
    const found = {};
    lines.on('line', (line) => {
      writeFileSync(this.logFile, line + '\n', { flag: 'a' });
      found.url ??= line.match(/served at (\S+)\/mcp/)?.[1];
      found.token ??= line.match(/Bearer (\S+)/)?.[1];
    });
    await until('the server says where it is', () => found.url && found.token);
    return found;
  }

  /** log is what the server has logged so far, or the lines with a tool or a method in them. */
  log(word) {
    const lines = readFileSync(this.logFile, 'utf8').split('\n');
    return word ? lines.filter((line) => line.includes(`"${word}"`)) : lines;
  }

  async end() {
    for (const end of this.#ends.reverse()) await end();
  }
}

/**
 * inTerminal runs a command in a terminal of its own, types one line when it asks,
 * and returns what stood on the screen.
 */
export async function inTerminal(command, env, types) {
  const child = spawn('script', ['-qec', command, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve, reject) => {
    child.once('exit', resolve);
    child.once('error', reject);
  });
  let screen = '';
  let typed = false;
  child.stdout.on('data', (data) => {
    screen += data;
    if (typed || !/: $/.test(screen)) return;
    typed = true;
    child.stdin.write(types + '\n');
  });
  const code = await ended;
  child.stdin.destroy();
  if (code !== 0) throw new Error(`${command} ended with ${code}:\n${screen}`);
  return screen;
}
