// The official TypeScript SDK 2.x, which speaks both eras.
import { Client, SSEClientTransport, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

export const ways = [
  { transport: 'stdio', era: 'legacy' },
  { transport: 'stdio', era: 'modern' },
  { transport: 'http', era: 'legacy' },
  { transport: 'http', era: 'modern' },
  { transport: 'sse', era: 'legacy' },
];

/** connect makes a client; without a person it declares no forms. */
export async function connect({ transport, era }, server, person) {
  const client = new Client({ name: 'interop', version: '2' }, {
    capabilities: person ? { elicitation: {} } : {},
    versionNegotiation: { mode: era === 'modern' ? { pin: '2026-07-28' } : 'legacy' },
  });
  if (person) client.setRequestHandler('elicitation/create', ({ params }) => person.answer(params));
  const requestInit = { headers: { Authorization: `Bearer ${server.token}` } };
  await client.connect({
    stdio: () => new StdioClientTransport({ command: server.command }),
    http: () => new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`), { requestInit }),
    sse: () => new SSEClientTransport(new URL(`${server.url}/sse`), { requestInit }),
  }[transport]());
  return {
    tools: async () => (await client.listTools()).tools,
    call: (name, args, options) => client.callTool({ name, arguments: args }, options),
    close: () => client.close(),
  };
}
