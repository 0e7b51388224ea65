import { join } from 'node:path';

/**
 * A Python program that imports from the folder of the cases. It leaves no compiled files there.
 * @param text what runs after that; by default all cases
 */
export function pyairtableProgram(text = 'import main'): string {
  const folder = JSON.stringify(join(import.meta.dirname, 'pyairtable'));
  return `import sys\nsys.dont_write_bytecode = True\nsys.path.insert(0, ${folder})\n${text}`;
}
