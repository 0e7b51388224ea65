import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/**
 * Validates `result.json` of a run folder by the schema beside it, with a validator that shares no code with the
 * harness: `node repository/validate-result.ts <run folder>`. Exit code 1 when it is invalid.
 */
const [folder = '.'] = process.argv.slice(2);
const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const ajv = new Ajv.default({ allErrors: true });
addFormats.default(ajv);
const validate = ajv.compile(read('result.schema.json') as object);
if (!validate(read('result.json'))) {
  for (const { instancePath, message } of validate.errors ?? [])
    console.error(`result.json ${instancePath}: ${message}`);
  process.exitCode = 1;
}
