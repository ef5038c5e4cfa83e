// The Inspector on its command line: one process, and over stdio one server, for
// each call. It shows no forms, and neither reports progress nor cancels.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export const ways = [
  { transport: 'stdio', era: 'legacy' },
  { transport: 'stdio', era: 'modern' },
  { transport: 'http', era: 'legacy' },
  { transport: 'http', era: 'modern' },
  { transport: 'sse', era: 'legacy' },
];

export const cannot = ['form', 'progress', 'cancel'];

const program = fileURLToPath(new URL('../node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js', import.meta.url));

// toolError is the exit code for a result that is an error.
const toolError = 5;

export async function connect({ transport, era }, server) {
  const target = {
    stdio: () => ['--', server.command],
    http: () => ['--transport', 'http', '--server-url', `${server.url}/mcp`],
    sse: () => ['--transport', 'sse', '--server-url', `${server.url}/sse`],
  }[transport]();
  const header = transport === 'stdio' ? [] : ['--header', `Authorization: Bearer ${server.token}`];
  const run = async (args, codes) => {
    const env = { PATH: process.env.PATH, HOME: server.home }; // its own folder is there
    const child = spawn(process.execPath, [program, '--cli', '--quiet', '--format', 'json', '--protocol-era', era, ...args, ...header, ...target], { env });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    if (!codes.includes(code)) throw new Error(`${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
    return { code, result: JSON.parse(stdout).result };
  };
  return {
    // What --strict has to say of a schema ends it with 6.
    tools: async () => (await run(['--method', 'tools/list', '--strict'], [0])).result.tools,
    call: async (name, args) => {
      const { code, result } = await run(['--method', 'tools/call', '--tool-name', name, '--tool-args-json', JSON.stringify(args)], [0, toolError]);
      if ((code === toolError) !== Boolean(result.isError)) throw new Error(`${name} ended with ${code}: ${JSON.stringify(result)}`);
      return result;
    },
    close: async () => {},
  };
}
