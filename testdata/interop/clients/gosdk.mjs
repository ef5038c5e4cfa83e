// The official Go SDK, behind the lines of ../gosdk/main.go.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export const ways = [
  { transport: 'stdio', era: 'legacy' },
  { transport: 'stdio', era: 'modern' },
  { transport: 'http', era: 'legacy' },
  { transport: 'http', era: 'modern' },
  { transport: 'sse', era: 'legacy' },
];

/** connect makes a client; without a person it declares no forms. */
export async function connect({ transport, era }, server, person) {
  const bridge = new Bridge(process.env.GOSDK, person);
  const url = `${server.url}/${transport === 'sse' ? 'sse' : 'mcp'}`;
  const revision = era === 'modern' ? '2026-07-28' : '2025-11-25';
  await bridge.ask({ do: 'connect', transport, command: [server.command], url, token: server.token, revision, forms: Boolean(person) });
  return {
    tools: async () => (await bridge.ask({ do: 'tools' })).tools,
    call: (name, args, options) => bridge.ask({ do: 'call', name, arguments: args }, options),
    close: () => bridge.close(),
  };
}

class Bridge {
  #child;
  #ended;
  #waiting = new Map();

  constructor(program, person) {
    this.#child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#ended = new Promise((resolve) => this.#child.once('exit', resolve));
    createInterface({ input: this.#child.stdout }).on('line', async (line) => {
      const { id, result, error, progress, form, question } = JSON.parse(line);
      if (question) return this.#write({ do: 'answer', question, answer: await person.answer(form) });
      const waits = this.#waiting.get(id);
      if (progress !== undefined) return waits?.onprogress?.({ message: progress });
      this.#waiting.delete(id);
      if (error) return waits.reject(new Error(error));
      waits.resolve(result);
    });
  }

  #write(request) {
    this.#child.stdin.write(JSON.stringify(request) + '\n');
  }

  #last = 0;

  ask(request, { onprogress, signal } = {}) {
    const id = ++this.#last;
    signal?.addEventListener('abort', () => this.#write({ do: 'cancel', call: id }));
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, onprogress });
      this.#write({ id, ...request });
    });
  }

  async close() {
    this.#child.stdin.end();
    await this.#ended;
  }
}
