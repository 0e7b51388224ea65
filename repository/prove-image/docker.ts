import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * Runs the `docker` program and returns what it prints.
 * @throws Error with the command's own message
 */
export async function docker(...args: string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('docker', args, { maxBuffer: 64 * 1024 * 1024 });
    return stdout.trim();
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new Error(`docker ${args[0]} ${args[1]}: ${stderr?.trim() || (error as Error).message}`);
  }
}

/** `docker inspect` of one object. */
export async function inspect<T>(kind: 'container' | 'image', name: string): Promise<T> {
  const [object] = JSON.parse(await docker(kind, 'inspect', name)) as [T];
  return object;
}
