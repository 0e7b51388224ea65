import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { contractText } from './contract-text.ts';

/**
 * Accepts the routes, rights and fields of the contracts as they are now. Read the difference of the file before you
 * commit it: it is the only place where a route that became public is visible at once.
 */
const file = resolve(import.meta.dirname, '../scenarios/kit/contract/approved-contract.json');
writeFileSync(file, contractText());
console.log(`Written: ${file}`);
