import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { patchSource } from '../../../faults/boot/patch-source.ts';
import type { SourceChange } from '../../../faults/change.ts';
import { Result } from '../../../judge/result.ts';
import type { Measured } from '../../../run/measure-platform.ts';
import type { RunContext } from '../../../run/run-context.ts';
import { readStored } from '../../../run/run-folder.ts';

/** Folders that the copy shares with this checkout, because nothing in them is changed. */
const shared = ['node_modules', '.tools'];
/** What the copy does not need. */
const left = ['.git', '.cache', 'reports/runs', 'reports/proofs', 'reports/mutants', 'reports/e2e'];

/**
 * Measures a whole copy of the repository with changed source, by its own command. The checks read the contracts of the
 * platform, so a changed contract changes them too, as it does where somebody changes it by mistake.
 * @throws Error when the command leaves no result
 */
export async function measureCheckout(options: {
  context: RunContext;
  changes: readonly SourceChange[];
  selected: ReadonlySet<string>;
  signal: AbortSignal;
}): Promise<Pick<Measured, 'result' | 'dir'>> {
  const { context, selected, signal } = options;
  await using cleanup = new AsyncDisposableStack();
  const root = await mkdtemp(join(tmpdir(), 'mutant-'));
  cleanup.defer(() => rm(root, { recursive: true, force: true }));
  await copyCheckout(context.packageRoot, root, options.changes);
  const runsDir = await mkdtemp(join(resolve(context.runsDir), 'checkout-'));
  const only = [...selected].flatMap((id) => ['--only', id]);
  const child = spawn(
    process.execPath,
    ['--no-use-env-proxy', join(root, 'harness/cli/main.ts'), 'run', '--boot-timeout', '90', ...only],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        CI: 'true',
        NO_COLOR: '1',
        READINESS_RUNS: runsDir,
        READINESS_CACHE: join(root, '.cache'),
        npm_lifecycle_event: undefined,
      },
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const interrupt = () => child.kill('SIGTERM');
  signal.addEventListener('abort', interrupt);
  cleanup.defer(() => signal.removeEventListener('abort', interrupt));
  await once(child, 'close');
  signal.throwIfAborted();
  const [run] = await readdir(runsDir);
  const dir = join(runsDir, run ?? '');
  if (!existsSync(join(dir, 'result.json')))
    throw new Error(`The run left no result: ${output.slice(-2_000)}`);
  return { result: await readStored(join(dir, 'result.json'), Result), dir: runsDir };
}

async function copyCheckout(from: string, to: string, changes: readonly SourceChange[]): Promise<void> {
  await cp(from, to, {
    recursive: true,
    filter: (path) => ![...shared, ...left].includes(relative(from, path)),
  });
  for (const name of shared)
    if (existsSync(join(from, name))) await symlink(join(from, name), join(to, name));
  for (const change of changes) {
    const path = join(to, change.file);
    await writeFile(path, patchSource(await readFile(path, 'utf8'), change));
  }
}
