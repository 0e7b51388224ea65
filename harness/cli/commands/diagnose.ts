import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { catalogue } from '../../../platform/contracts/catalogue.ts';
import { diagnose as findCauses } from '../../diagnosis/diagnose.ts';
import type { Component, Observation, Observed } from '../../diagnosis/observation.ts';
import { observationsOf } from '../../diagnosis/observations-of-result.ts';
import { readJunit } from '../../diagnosis/read-junit.ts';
import { readLog } from '../../diagnosis/read-log.ts';
import { type ExitCode, exitCode } from '../../errors/exit-code.ts';
import { ReadinessError } from '../../errors/readiness-error.ts';
import { renderDiagnosis } from '../../render/summary/diagnosis-report.ts';
import { terminalOf } from '../../render/terminal/terminal.ts';
import { judgeRunFolder } from '../../run/judge-run-folder.ts';
import type { RunContext } from '../../run/run-context.ts';

/** Maximum size of a file that is read, bytes. */
const maxFileBytes = 200 * 1024 * 1024;

export interface DiagnoseOptions {
  json?: boolean;
}

/**
 * Finds the likely root causes of a stored run, or of the JUnit reports and logs of any platform.
 * @returns 0 when nothing fails, else 1
 * @throws ReadinessError (exit code 2) for a path that cannot be read
 */
export async function diagnose(
  context: RunContext,
  paths: readonly string[],
  { json = false }: DiagnoseOptions,
): Promise<ExitCode> {
  const read = await Promise.all(paths.map((path) => readPath(path)));
  const diagnosis = findCauses({
    components,
    calls,
    observations: read.flatMap(({ observations }) => observations),
    hasFailures: read.some(({ hasFailures }) => hasFailures),
  });
  context.stdout.write(
    json
      ? `${JSON.stringify(diagnosis, null, 2)}\n`
      : renderDiagnosis(diagnosis, terminalOf(context.stdout, context.settings.terminal)),
  );
  return diagnosis.causes.length + diagnosis.unexplained.length === 0 ? exitCode.ok : exitCode.violated;
}

/** The services of the platform and its stores. Another platform may have the same names and ports, or none of them. */
const components: readonly Component[] = [
  ...catalogue.map(({ name, port, mounts }) => ({
    name,
    ports: [port],
    aliases: [name.replaceAll('-', '_')],
    paths: name === 'gateway' ? [] : mounts.map((mount) => mount.public),
  })),
  { name: 'postgres', ports: [5432], aliases: ['postgresql', 'pg', 'db', 'database'] },
  { name: 'redis', ports: [6379], aliases: ['cache'] },
];

/** By design the frontend calls the gateway, and the gateway every service that has public routes. */
const calls: Observed['calls'] = [
  ['frontend', 'gateway'],
  ...catalogue
    .filter(({ name, mounts }) => name !== 'gateway' && name !== 'frontend' && mounts.length > 0)
    .map(({ name }) => ['gateway', name] as const),
];

type Read = Pick<Observed, 'observations' | 'hasFailures'>;

async function readPath(path: string): Promise<Read> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new ReadinessError('file-missing', `${path} does not exist.`);
  if (!found.isDirectory()) return readAll([path]);
  const names = (await readdir(path, { recursive: true })).sort();
  if (names.includes('plan.json') && names.includes('facts.json')) {
    const result = await judgeRunFolder(path);
    const logs = await readAll(
      names.filter((name) => name.startsWith('logs/')).map((name) => join(path, name)),
    );
    return {
      observations: [...observationsOf(result, components), ...logs.observations],
      hasFailures: true,
    };
  }
  const texts = names.filter((name) => readable.test(name));
  if (texts.length === 0)
    throw new ReadinessError('file-invalid', `${path} has no JUnit report (.xml) and no log (.log, .txt).`, {
      hint: 'Give the folder of a run, a JUnit report, a log, or a folder of both.',
    });
  return readAll(texts.map((name) => join(path, name)));
}

/** Names of JUnit reports and logs, also of rotated ones. */
const readable = /\.(?:xml|log|txt|out|err)(?:\.\d+)?$/i;
const isJunit = (path: string) => /\.xml$/i.test(path);

async function readAll(paths: readonly string[]): Promise<Read> {
  const read = await Promise.all(paths.map(readOne));
  return { observations: read.flat(), hasFailures: paths.some(isJunit) };
}

async function readOne(path: string): Promise<Observation[]> {
  const found = await stat(path);
  if (!found.isFile()) return [];
  if (found.size > maxFileBytes)
    throw new ReadinessError('file-invalid', `${path} is larger than ${maxFileBytes / 1024 / 1024} MiB.`, {
      hint: 'Give the part of it around the failure.',
    });
  const text = await readFile(path, 'utf8');
  const shown = relative('.', path);
  const options = { file: shown.startsWith('..') ? path : shown, components };
  return isJunit(path) ? readJunit(text, options) : readLog(text, options);
}
