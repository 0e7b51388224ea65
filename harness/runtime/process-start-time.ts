import { readFileSync } from 'node:fs';

/**
 * When a process started, in clock ticks since the system's boot; tells a process from a later one that was given
 * the same number. Empty where the system has no /proc, or the process has gone.
 */
export function processStartTime(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Fields follow the name, which stands in parentheses and may itself hold spaces and parentheses.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
