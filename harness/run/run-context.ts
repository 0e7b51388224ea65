import type { Settings } from './settings.ts';

/** What a command may use of the outside world. The entry point builds the real one; tests pass their own. */
export interface RunContext {
  stdout: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  stderr: NodeJS.WritableStream;
  settings: Settings;
  /** Folder of the package: sources, templates, `.tools`. */
  packageRoot: string;
  /** Folder of bundles, the prepared database and the record of `up`. */
  cacheDir: string;
  /** Folder of the run folders. */
  runsDir: string;
  now(): Date;
}
