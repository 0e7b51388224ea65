import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

// node repository/check-replay.mjs: the newest run below reports/runs with a replay must be NO-GO with no condition met,
// and explain each line. Node 18 without packages runs it.
const runs = 'reports/runs';
const replays = readdirSync(runs)
  .map((name) => join(runs, name, 'replay.json'))
  .filter((file) => statSync(file, { throwIfNoEntry: false }))
  .sort((left, right) => statSync(right).mtimeMs - statSync(left).mtimeMs);
const { decision, conditions, conditionsNotMet, lines } = JSON.parse(readFileSync(replays[0] ?? '', 'utf8'));
const problems = [
  ...(decision === 'NO-GO' ? [] : [`the verdict is ${decision}`]),
  ...(conditionsNotMet === conditions ? [] : [`${conditionsNotMet} of ${conditions} conditions are not met`]),
  ...lines
    .filter(({ explanation }) => explanation.trim() === '')
    .map(({ title }) => `${title} is not explained`),
];
for (const problem of problems) console.error(problem);
if (problems.length > 0 || lines.length === 0) process.exitCode = 1;
