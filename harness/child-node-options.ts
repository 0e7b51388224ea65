/** Options that say how Node reads modules; they hold for every Node process that the harness starts. */
const inherited = new Set(['--import', '--disable-warning']);

/**
 * What a child has to be told of the options this process was started with. Only options about reading modules
 * are handed on: `-e` among them would make the child run its parent's script, which starts the child again.
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
