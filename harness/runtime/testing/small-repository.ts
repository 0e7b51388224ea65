import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A temporary repository with the given files; a value with `link` is the target of a symbolic link. */
export class SmallRepository implements AsyncDisposable {
  readonly root: string;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.root = join(folder, 'repository');
  }

  static async create(files: Readonly<Record<string, string | { link: string }>>): Promise<SmallRepository> {
    // Its parent belongs to the test too, so that paths outside of the repository can exist.
    const repository = new SmallRepository(await mkdtemp(join(tmpdir(), 'small-repository-')));
    for (const [path, content] of Object.entries(files)) {
      const file = join(repository.root, path);
      await mkdir(dirname(file), { recursive: true });
      if (typeof content === 'string') await writeFile(file, content);
      else await symlink(content.link, file);
    }
    return repository;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
