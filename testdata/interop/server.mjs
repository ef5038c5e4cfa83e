// Ways to talk to the binary: through the official SDK, and by raw lines.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const serve = ['serve', '--sandbox', '--log-level', 'warn', '--state'];

/** withState gives work a state folder of its own. */
export async function withState(work) {
  const state = mkdtempSync(join(tmpdir(), 'countersign-interop-'));
  try {
    return await work(state);
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}

/**
 * withClient starts the binary, connects the SDK's client to it, and gives the
 * client to work. Without a person the client declares no forms.
 */
export async function withClient(binary, state, person, work) {
  const capabilities = person ? { elicitation: {} } : {};
  const client = new Client({ name: 'interop', version: '1' }, { capabilities });
  if (person) {
    client.setRequestHandler(ElicitRequestSchema, (request) => person.answer(request.params));
  }
  await client.connect(new StdioClientTransport({ command: binary, args: [...serve, state] }));
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

/** rawLines sends messages, closes the input, and returns every line of the output. */
export async function rawLines(binary, state, messages) {
  const server = spawn(binary, [...serve, state], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = new Promise((resolve) => server.once('exit', resolve));
  for (const message of messages) {
    server.stdin.write((typeof message === 'string' ? message : JSON.stringify(message)) + '\n');
  }
  server.stdin.end();
  const lines = [];
  for await (const line of createInterface({ input: server.stdout })) lines.push(line);
  return { lines, code: await exited };
}
