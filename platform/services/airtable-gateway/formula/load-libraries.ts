import type { RE2JS } from 're2js';
import type { FormulaLibraries } from './evaluation.ts';

export type LibraryNeed = 'moment' | 'regex';

/** Maximum number of cached patterns per formula. Patterns can come from cells, so there can be many. */
const patternsKept = 100;

/** Loads the libraries that a formula needs. Most formulas need none, and without them a process starts faster. */
export async function loadLibraries(needs: ReadonlySet<LibraryNeed>): Promise<FormulaLibraries> {
  const libraries: FormulaLibraries = {};
  if (needs.has('moment')) {
    const { default: moment } = await import('moment-timezone');
    // Registers all languages of moment; without it there is only English.
    // @ts-expect-error the file has no types; it is imported for its side effect
    await import('moment/min/locales.js');
    moment.locale('en');
    libraries.moment = moment;
  }
  if (needs.has('regex')) libraries.compileRegex = await loadRegex();
  return libraries;
}

async function loadRegex(): Promise<(source: string) => RE2JS | undefined> {
  const { RE2JS, RE2JSException } = await import('re2js');
  const patterns = new Map<string, RE2JS | undefined>();

  function compile(source: string): RE2JS | undefined {
    try {
      return RE2JS.compile(source);
    } catch (error) {
      if (error instanceof RE2JSException) return undefined;
      throw error;
    }
  }

  return (source) => {
    if (!patterns.has(source)) {
      if (patterns.size >= patternsKept) patterns.clear();
      patterns.set(source, compile(source));
    }
    return patterns.get(source);
  };
}
