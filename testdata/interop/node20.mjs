// Lets the conformance suite, which wants Node 22 for one import that we never
// use, run on Node 20:
//   node --import ./node20.mjs node_modules/@modelcontextprotocol/conformance/dist/index.js ...
// When Node 20 is no longer of interest, neither is this.
import { register } from 'node:module';

const shim = `
  export * from 'node:fs';
  export { default } from 'node:fs';
  // for its command tier-check alone
  export function globSync() { return []; }
`;
const hooks = `
  const shimURL = 'data:text/javascript,' + encodeURIComponent(${JSON.stringify(shim)});
  export async function resolve(specifier, context, next) {
    if ((specifier === 'fs' || specifier === 'node:fs') &&
        context.parentURL && context.parentURL.includes('/conformance/dist/')) {
      return { url: shimURL, shortCircuit: true };
    }
    return next(specifier, context);
  }
`;
register('data:text/javascript,' + encodeURIComponent(hooks));
