import { componentNamed } from './find-component.ts';
import type { Component, Observation } from './observation.ts';

/** Maximum length of a line that is read, characters. */
const maxLength = 4_000;

// biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences begin with the control character ESC
const escapes = /\u001b\[[0-9;]*[A-Za-z]/g;
/** A line of `docker compose logs`: the name of a container in front. */
const composePrefix = /^([a-z][\w.-]*?)(?:-\d+)?\s*\| ?(.*)$/i;
/** Levels of lines that report what works. */
const quiet = /^(?:trace|debug|info|notice|log)$/i;
const quietWord = /^[^a-z]*(?:\S+\s+)?\W*(?:TRACE|DEBUG|INFO|NOTICE)\b/;

/**
 * The lines of a log that may show a failure. It reads plain text, JSON lines, and what `docker compose logs` prints.
 * Lines of the levels up to info are left out.
 * @param options.file name for the reader; it says whose log it is, unless the lines do
 */
export function readLog(
  text: string,
  { file, components }: { file: string; components: readonly Component[] },
): Observation[] {
  const base = file.split('/').at(-1) ?? file;
  const ofFile = componentNamed(base.replace(/\.(?:log|txt|out|err)(?:\.\d+)?$/i, ''), components);
  return text.split('\n').flatMap((raw, index): Observation[] => {
    const line = raw.replaceAll(escapes, '').trimEnd().slice(0, maxLength);
    const prefixed = composePrefix.exec(line);
    const ofLine = prefixed?.[1] === undefined ? undefined : componentNamed(prefixed[1], components);
    const said = readLine(ofLine === undefined ? line : (prefixed?.[2] ?? ''));
    if (said === undefined) return [];
    const component = ofLine ?? (said.service && componentNamed(said.service, components)) ?? ofFile;
    return [
      {
        kind: 'log',
        ...(component ? { component } : {}),
        place: `${file}:${index + 1}`,
        text: said.text,
      },
    ];
  });
}

/** What a line says; undefined when it is empty or reports what works. */
function readLine(line: string): { text: string; service?: string } | undefined {
  if (line.trim() === '') return undefined;
  const json = line.startsWith('{') ? parsed(line) : undefined;
  if (!json) return quietWord.test(line) ? undefined : { text: line };
  const { level, service, severity } = json;
  const isQuiet = typeof level === 'number' ? level < 40 : quiet.test(String(level ?? severity ?? ''));
  if (isQuiet) return undefined;
  return { text: line, ...(typeof service === 'string' ? { service } : {}) };
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
