import { join } from 'node:path';
import { describeFailure } from '../../harness/errors/describe-failure.ts';
import { Result } from '../../harness/judge/result.ts';
import { readStored } from '../../harness/run/run-folder.ts';
import { compareOutcomes } from './compare-outcomes.ts';
import { outcomeTable } from './outcome-table.ts';

/**
 * Compares the outcomes of stored runs, e.g. of one commit on several runtimes:
 * `npm run compare:outcomes -- [--all] <run folder> <run folder> …`. Prints a Markdown table. Exit code 1 when outcomes
 * differ without a capability that a runtime declares as missing, 2 when a folder cannot be read.
 */
const args = process.argv.slice(2);
const all = args.includes('--all');
const folders = args.filter((argument) => argument !== '--all');
if (folders.length < 2) {
  console.error(
    'Give two or more run folders: npm run compare:outcomes -- [--all] reports/runs/<id> reports/runs/<id>',
  );
  process.exitCode = 2;
} else {
  try {
    const results = await Promise.all(
      folders.map((folder) => readStored(join(folder, 'result.json'), Result)),
    );
    const checks = compareOutcomes(results);
    console.log(outcomeTable(results, checks, { all }));
    if (checks.some(({ comparison }) => comparison === 'difference')) process.exitCode = 1;
  } catch (error) {
    console.error(describeFailure(error).trimEnd());
    process.exitCode = 2;
  }
}
