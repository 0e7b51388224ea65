/** Options for loading modules, which every Node process of the harness needs. */
const inherited = new Set(['--import', '--disable-warning']);

/**
 * The options of this process that a child process needs: those for loading modules, e.g. how to read TypeScript.
 * With `-e`, the child would run its parent's script, which starts the child again.
 */
export function childNodeOptions(execArgv: readonly string[]): string[] {
  const options: string[] = [];
  for (const [index, argument] of execArgv.entries()) {
    const [name = '', value] = argument.split('=', 2);
    if (!inherited.has(name)) continue;
    const next = execArgv[index + 1];
    if (value !== undefined) options.push(argument);
    else if (next !== undefined) options.push(argument, next);
  }
  return options;
}
