import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ReadinessError } from '../errors/readiness-error.ts';
import { type LogReports, readRunnerLog } from './runner-report.ts';

/**
 * The reports in files, and in all files of folders.
 * @throws ReadinessError (exit code 2) for a path that cannot be read.
 */
export async function readLogs(paths: readonly string[]): Promise<LogReports> {
  const reports: LogReports = { found: [], damaged: [] };
  for (const file of await filesOf(paths)) {
    const { found, damaged } = readRunnerLog(await readFile(file, 'utf8'), file);
    reports.found.push(...found);
    reports.damaged.push(...damaged);
  }
  return reports;
}

async function filesOf(paths: readonly string[]): Promise<string[]> {
  const files = new Set<string>();
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined);
    if (found === undefined)
      throw new ReadinessError('file-missing', `${path} does not exist.`, {
        hint: 'Give log files of runner pods, or a folder with them.',
      });
    if (!found.isDirectory()) files.add(path);
    else
      for (const entry of await readdir(path, { recursive: true, withFileTypes: true }))
        if (entry.isFile()) files.add(join(entry.parentPath, entry.name));
  }
  return [...files].sort();
}
