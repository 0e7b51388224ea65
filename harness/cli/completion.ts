import type { Complete, RootCommand } from '@bomb.sh/tab';
import addCompletionTo from '@bomb.sh/tab/commander';
import type { Command } from 'commander';
import { checks } from '../../scenarios/catalogue.ts';
import { combinations } from '../faults/combinations.ts';
import { faultSets } from '../faults/fault-sets.ts';
import { faults } from './fault-catalogue.ts';

/**
 * Adds `completion <shell>`, which prints the script for bash, zsh, fish or PowerShell, and what that script calls. It
 * completes commands, options, and the ids of checks and faults.
 */
export function addCompletion(program: Command): void {
  const completion = addCompletionTo(program, { completionCommandName: 'completion' });
  for (const [command, argument] of [
    ['check', 'id'],
    ['explain', 'id'],
  ] as const)
    argumentOf(completion, command, argument, (complete) => {
      for (const { id, title } of checks) complete(id, title);
    });
  for (const [command, argument] of [
    ['reproduce', 'id[=service]'],
    ['prove', 'ids'],
  ] as const)
    argumentOf(completion, command, argument, completeFaults);
  for (const { options } of [completion, ...completion.commands.values()]) {
    const [only, fault, set] = [options.get('only'), options.get('fault'), options.get('faults')];
    if (only) only.handler = completePatterns;
    if (fault) fault.handler = completeFaults;
    if (set)
      set.handler = (complete) => {
        for (const { id, title } of faultSets) complete(id, title);
      };
  }
}

function argumentOf(
  completion: RootCommand,
  command: string,
  argument: string,
  handler: (complete: Complete) => void,
): void {
  const found = completion.commands.get(command)?.arguments.get(argument);
  // A renamed argument must not lose its completion without notice.
  if (!found) throw new RangeError(`The command ${command} has no argument ${argument}.`);
  found.handler = handler;
}

function completeFaults(complete: Complete): void {
  for (const { id, title } of faults) complete(id, title);
  for (const names of combinations) complete(names, 'several at once');
}

/** Categories, their parts and ids: `--only` takes each beginning of an id. */
function completePatterns(complete: Complete): void {
  const parts = checks.map(({ id }) => id.split('.').slice(0, 2).join('.'));
  for (const pattern of new Set([...checks.map(({ category }) => category), ...parts]))
    complete(pattern, 'checks');
}
