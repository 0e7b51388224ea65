import type { Settings } from './settings.ts';

/** All that a command needs of the world; the entry point makes the real one. */
export interface CommandContext {
  stdout: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  stderr: NodeJS.WritableStream;
  settings: Settings;
  /** Folder of the package: sources, templates, `.cache`, `.tools`. */
  packageRoot: string;
  /** Where run folders are made; `reports/runs` of the package. */
  runsDir: string;
  now(): Date;
}
