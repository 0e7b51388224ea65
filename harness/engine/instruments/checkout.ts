/** The files of the checkout that the harness runs from, among them the installed packages. */
export interface Checkout {
  /** The text of a file, by its path from the root; undefined when there is none. */
  text(path: string): Promise<string | undefined>;
  /** Names in a folder; empty when there is none. */
  names(path: string): Promise<string[]>;
  /**
   * Paths of the files that the repository tracks, sorted.
   * @throws MissingCapability when the checkout is no clone of a repository, or there is no git
   */
  tracked(): Promise<string[]>;
}
