// @ts-check
import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';

/**
 * Lets Node run the TypeScript sources of the installed package: Node itself does not strip types below
 * `node_modules`. Loaded with `--import` before the program.
 */
const sources = new URL('../../', import.meta.url).href;

registerHooks({
  load(url, context, nextLoad) {
    if (
      !url.startsWith(sources) ||
      !url.endsWith('.ts') ||
      url.slice(sources.length).includes('node_modules/')
    )
      return nextLoad(url, context);
    const source = stripTypeScriptTypes(readFileSync(fileURLToPath(url), 'utf8'));
    return { format: 'module', source, shortCircuit: true };
  },
});
