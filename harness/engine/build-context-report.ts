/** Something that keeps the image from being built from this repository alone. */
export interface ContextFinding {
  /** The problem, one sentence. */
  what: string;
  /** File and line or field, relative to the repository. */
  where: string;
  fix: string;
}

/** What a look at the build context of the platform's image has shown. */
export interface ContextReport {
  /** Number of files that the builder receives. */
  files: number;
  findings: readonly ContextFinding[];
}
