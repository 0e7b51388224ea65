import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findExecutable, isExecutable } from '../../cli/setup/find-executable.mjs';
import { ReadinessError } from '../../errors/readiness-error.ts';
import type { RunScope } from '../folders/run-scope.ts';
import { describeExit } from '../process/managed-process.ts';

/** Node of Docker Compose's own output. */
const composeNode = 'compose';
/** The oldest version that can replace parts of a file. */
const oldest = [2, 24] as const;
/** Lines of Compose's output in the error of a failed command. */
const shownLines = 8;

/** Docker Compose as a command: its own program, or the plugin of `docker`. */
export interface ComposeProgram {
  readonly command: string;
  readonly args: readonly string[];
}

/** Where Docker Compose may be, the first choice first. */
export function composeCandidates(packageRoot: string, path: string): ComposeProgram[] {
  const built = join(packageRoot, '.tools/docker/cli-plugins/docker-compose');
  const docker = findExecutable(['docker'], { PATH: path });
  const alone = findExecutable(['docker-compose'], { PATH: path });
  return [
    ...(isExecutable(built) ? [{ command: built, args: [] }] : []),
    ...(docker === undefined ? [] : [{ command: docker, args: ['compose'] }]),
    ...(alone === undefined ? [] : [{ command: alone, args: [] }]),
  ];
}

/** Whether a version such as `v2.40.3` or `2.26.1-4` is new enough. */
export function isNewEnough(version: string): boolean {
  const [, major = 0, minor = 0] = (/^v?(\d+)\.(\d+)/.exec(version) ?? []).map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

export interface ComposeOptions {
  scope: RunScope;
  packageRoot: string;
  searchPath: string;
  /** Address of the engine for `DOCKER_HOST`. */
  engine: string;
  /** Variables that the compose file reads. */
  variables: Readonly<Record<string, string>>;
  /** The project, which is the prefix of all names, and its files. */
  project: string;
  files: readonly string[];
  signal: AbortSignal;
}

/** Docker Compose for one project. */
export class Compose {
  readonly #options: ComposeOptions;
  readonly #program: ComposeProgram;

  private constructor(options: ComposeOptions, program: ComposeProgram) {
    this.#options = options;
    this.#program = program;
  }

  /** @throws ReadinessError (exit code 4) when no Docker Compose is new enough. */
  static async find(options: ComposeOptions): Promise<Compose> {
    const old: string[] = [];
    for (const program of composeCandidates(options.packageRoot, options.searchPath)) {
      const { code, output } = await run(options, program, ['version', '--short']);
      if (code !== 0) continue;
      if (isNewEnough(output.trim())) return new Compose(options, program);
      old.push(`${program.command} is ${output.trim()}`);
    }
    throw new ReadinessError(
      'compose-missing',
      `Docker Compose ${oldest.join('.')} or newer is not on this machine${old.length > 0 ? `: ${old.join(', ')}` : ''}.`,
    );
  }

  /** The project as Compose reads it, with all variables filled in. @throws ReadinessError (exit code 4) */
  async model(): Promise<unknown> {
    // In a file: what is logged is redacted.
    const file = join(this.#options.scope.folder.path, 'compose-model.json');
    await this.#run(['config', '--format', 'json', '--output', file]);
    return JSON.parse(await readFile(file, 'utf8'));
  }

  /** Creates the containers of the given services, their networks and volumes. Starts nothing. */
  async create(services: readonly string[]): Promise<void> {
    await this.#run(['up', '--no-start', '--no-deps', '--no-build', '--quiet-pull', ...services]);
  }

  async #run(args: readonly string[]): Promise<void> {
    const { project, files, packageRoot } = this.#options;
    const { code, end } = await run(this.#options, this.#program, [
      ...[
        '--project-name',
        project,
        '--project-directory',
        packageRoot,
        '--ansi',
        'never',
        '--progress',
        'plain',
      ],
      // No .env of the user.
      ...['--env-file', '/dev/null'],
      ...files.flatMap((file) => ['--file', file]),
      ...args,
    ]);
    this.#options.signal.throwIfAborted();
    if (code === 0) return;
    const lines = this.#options.scope.log(composeNode).last(shownLines);
    throw new ReadinessError(
      'compose-failed',
      `docker compose ${args[0]} ${end}:\n${lines.map(({ text }) => text).join('\n')}`,
      { hint: `logs/${composeNode}.log in the run folder has the whole output` },
    );
  }
}

/** Runs Compose to its end, or until the signal aborts. */
async function run(
  { scope, packageRoot, engine, variables, signal }: ComposeOptions,
  program: ComposeProgram,
  args: readonly string[],
): Promise<{ code: number | null; output: string; end: string }> {
  const log = scope.log(composeNode);
  const startedAtMs = performance.now();
  const child = scope.spawn(composeNode, {
    command: program.command,
    args: [...program.args, ...args],
    cwd: packageRoot,
    env: { ...variables, DOCKER_HOST: engine },
  });
  const abort = () => void child.stop({ signal: 'SIGTERM', graceMs: 2_000 });
  signal.addEventListener('abort', abort, { once: true });
  try {
    const exit = await child.exited;
    const output = log
      .since(startedAtMs)
      .filter(({ stream }) => stream === 'stdout')
      .map(({ text }) => text)
      .join('\n');
    return { code: exit.code, output, end: describeExit(exit) };
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
