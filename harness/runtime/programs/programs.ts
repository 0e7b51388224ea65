/** The programs of the nodes of a stack. */
export interface Programs {
  /** Prepares the programs of the nodes, e.g. bundles them; returns the program by node name. */
  prepare(nodes: readonly string[]): Promise<(node: string) => Program>;
  /**
   * Digest of everything that determines the result of the migration job; the prepared database is reused only while
   * it is the same. Undefined when the database is never reused.
   */
  migrationsDigest(): Promise<string | undefined>;
}

/** One program for Node to run. */
export interface Program {
  readonly file: string;
  /** Folder of compiled code, which Node keeps between runs. */
  readonly compileCache?: string;
}
