// The official TypeScript SDK 1.x, which most hosts have.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';

export const ways = [
  { transport: 'stdio', era: 'legacy' },
  { transport: 'http', era: 'legacy' },
  { transport: 'sse', era: 'legacy' },
];

/** connect makes a client; without a person it declares no forms. */
export async function connect({ transport }, server, person) {
  const client = new Client({ name: 'interop', version: '1' }, { capabilities: person ? { elicitation: {} } : {} });
  if (person) client.setRequestHandler(ElicitRequestSchema, ({ params }) => person.answer(params));
  const requestInit = { headers: { Authorization: `Bearer ${server.token}` } };
  await client.connect({
    stdio: () => new StdioClientTransport({ command: server.command }),
    http: () => new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`), { requestInit }),
    sse: () => new SSEClientTransport(new URL(`${server.url}/sse`), { requestInit }),
  }[transport]());
  return {
    tools: async () => (await client.listTools()).tools,
    call: (name, args, options) => client.callTool({ name, arguments: args }, undefined, options),
    close: () => client.close(),
  };
}
