import type { SecretKind } from './secret-names.ts';

/** The log of one node: how much it wrote, and where it wrote secrets. */
export interface WatchedLog {
  service: string;
  /** Number of lines so far. */
  lines: number;
  /** The first 100 secrets, each with the number of its line in the log file. The secrets themselves are not kept. */
  secrets: readonly { line: number; kind: SecretKind }[];
}

/** Finds secrets in the logs of the platform as the lines arrive, before they are redacted. */
export interface LogWatch {
  /** Adds a secret that the harness made or received. Lines that arrived before are searched as well. */
  watch(secret: string, kind: SecretKind): void;
  logs(): readonly WatchedLog[];
  /** Kinds of the known secrets in a text, e.g. of a response or of the attributes of a span. Forms are not looked at. */
  knownIn(text: string): readonly SecretKind[];
}
