import type { Settings } from './settings.ts';

/** What a command gets from the outside world. The entry point builds the real one; tests pass their own. */
export interface RunContext {
  stdout: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  stderr: NodeJS.WritableStream;
  settings: Settings;
  /** Folder of the package: sources, templates, `.cache`, `.tools`. */
  packageRoot: string;
  /** Where run folders are made; `reports/runs` of the package. */
  runsDir: string;
  now(): Date;
}
