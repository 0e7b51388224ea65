/** What the nodes of a stack run. */
export interface Programs {
  /** Makes ready to run what can be made ready; returns the file that each service or job runs, by node name. */
  prepare(nodes: readonly string[]): Promise<(node: string) => Program>;
  /**
   * Digest of all that the migration job consists of; prepared data under another digest is not used.
   * Undefined when the data is never to be kept.
   */
  migrationsDigest(): Promise<string | undefined>;
}

/** One program as Node runs it. */
export interface Program {
  readonly file: string;
  /** Folder in which Node keeps compiled code between runs. */
  readonly compileCache?: string;
}
