import { readFileSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

/**
 * Runs openapi-typescript on documents in the working folder: `node generate-types.mjs gateway …` writes `gateway.ts`
 * from `gateway.json`. Prints the documents that it rejects with the reason, as JSON.
 *
 * The generator needs TypeScript's JavaScript API, which version 7 does not have. ts-morph's package carries an older
 * version.
 */
registerHooks({
  resolve(specifier, context, next) {
    const isGenerator = context.parentURL?.includes('/openapi-typescript/');
    return specifier === 'typescript' && isGenerator
      ? { url: 'typescript-api:', format: 'module', shortCircuit: true }
      : next(specifier, context);
  },
  load(url, context, next) {
    if (url !== 'typescript-api:') return next(url, context);
    const source = `import common from ${JSON.stringify(import.meta.resolve('@ts-morph/common'))};
export default common.ts;`;
    return { source, format: 'module', shortCircuit: true };
  },
});
const { default: openapiTS, astToString } = await import('openapi-typescript');

const rejected = [];
for (const name of process.argv.slice(2)) {
  try {
    const types = await openapiTS(JSON.parse(readFileSync(`${name}.json`, 'utf8')));
    writeFileSync(`${name}.ts`, astToString(types));
  } catch (error) {
    rejected.push(`${name}: ${error instanceof Error ? error.message : error}`);
  }
}
console.log(JSON.stringify(rejected));
