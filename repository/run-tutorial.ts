import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from './tracked-files.ts';
import { tutorialSteps } from './tutorial-steps.ts';

/**
 * Runs the tutorial of CONTRIBUTING.md in a fresh clone of the last commit. Packages, tools and caches come from this
 * checkout, so that nothing is downloaded again. Exits with 1 at the first step with another result.
 */
const folder = mkdtempSync(join(tmpdir(), 'tutorial-'));
try {
  const clone = join(folder, 'pyairtable-readiness');
  run(`git clone --quiet "${root}" "${clone}"`, root);
  for (const name of ['node_modules', '.tools'])
    if (existsSync(join(root, name)))
      cpSync(join(root, name), join(clone, name), { recursive: true, verbatimSymlinks: true });
  for (const step of tutorialSteps(readFileSync(join(clone, 'CONTRIBUTING.md'), 'utf8'))) {
    if (step.kind === 'file') {
      console.log(`write ${step.path}`);
      mkdirSync(dirname(join(clone, step.path)), { recursive: true });
      writeFileSync(join(clone, step.path), step.content);
      continue;
    }
    console.log(`$ ${step.script.trim()}`);
    const { output, exitCode } = run(step.script, clone);
    const missing = step.prints.filter((line) => !output.includes(line));
    if (exitCode === step.exitCode && missing.length === 0) continue;
    console.error(output);
    console.error(`The step ended with exit code ${exitCode}, the tutorial expects ${step.exitCode}.`);
    for (const line of missing) console.error(`It did not print: ${line}`);
    process.exitCode = 1;
    break;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function run(script: string, cwd: string): { output: string; exitCode: number | null } {
  const { stdout, stderr, status } = spawnSync('bash', ['-e', '-c', script], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, READINESS_CACHE: join(root, '.cache'), NO_COLOR: '1' },
    maxBuffer: 64 * 1024 * 1024,
    timeout: 600_000,
  });
  return { output: `${stdout}${stderr}`, exitCode: status };
}
