import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

// node repository/no-failing-checks.mjs [run folder]; default: the newest one below reports/runs. Prints the checks
// that fail and ends with exit code 1 if there are any, also under GO. Node 18 without packages runs it.
const [given] = process.argv.slice(2);
const folder = given ?? newestRun('reports/runs');
const { checks, verdict } = JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8'));
const failing = checks.filter(({ outcome, cause }) => outcome === 'fail' || cause === 'product');
for (const { id, explanation } of failing) console.error(`FAIL ${id}: ${explanation}`);
if (failing.length !== verdict.failing)
  console.error(`result.json counts ${verdict.failing} failing checks and lists ${failing.length}`);
if (failing.length > 0 || verdict.failing > 0) process.exitCode = 1;

/** @param {string} runs */
function newestRun(runs) {
  const byAge = readdirSync(runs)
    .map((name) => join(runs, name))
    .sort((left, right) => statSync(right).mtimeMs - statSync(left).mtimeMs);
  if (byAge[0] === undefined) throw new Error(`${runs} has no run`);
  return byAge[0];
}
