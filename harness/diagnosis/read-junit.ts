import { Parser } from 'saxen';
import { ReadinessError } from '../errors/readiness-error.ts';
import { componentNamed } from './find-component.ts';
import type { Component, Observation } from './observation.ts';

/**
 * The failures and errors of a JUnit report, of any program that writes one. What a test has printed belongs to it.
 * @throws ReadinessError `file-invalid` (exit code 2) when the text is no XML, or has no test
 */
export function readJunit(
  text: string,
  { file, components }: { file: string; components: readonly Component[] },
): Observation[] {
  const observations: Observation[] = [];
  let tests = 0;
  let test: { name: string; failure: string[] | undefined } | undefined;
  let reading = false;
  const parser = new Parser();
  parser.on('error', (error: Error) => {
    throw invalid(file, error.message);
  });
  parser.on(
    'openTag',
    (tag: string, attributes: () => Record<string, string>, decode: (s: string) => string) => {
      const name = tag.split(':').at(-1);
      const value = (key: string) => decode(attributes()[key] ?? '');
      if (name === 'testcase') {
        tests += 1;
        test = { name: [value('classname'), value('name')].filter(Boolean).join(' › '), failure: undefined };
      } else if (test && (name === 'failure' || name === 'error')) {
        test.failure = [...(test.failure ?? []), value('type'), value('message')];
        reading = true;
      } else if (test && (name === 'system-out' || name === 'system-err')) reading = true;
    },
  );
  const read = (content: string) => {
    if (reading && test?.failure) test.failure.push(content);
  };
  parser.on('text', (content: string, decode: (s: string) => string) => read(decode(content)));
  parser.on('cdata', (content: string) => read(content));
  parser.on('closeTag', (tag: string) => {
    const name = tag.split(':').at(-1);
    if (name === 'failure' || name === 'error' || name?.startsWith('system-')) reading = false;
    if (name !== 'testcase' || !test) return;
    if (test.failure) {
      const component = componentNamed(test.name, components);
      observations.push({
        kind: 'failure',
        ...(component ? { component } : {}),
        place: test.name,
        text: test.failure.filter(Boolean).join(' '),
      });
    }
    test = undefined;
  });
  parser.parse(text);
  if (tests === 0) throw invalid(file, 'it has no <testcase>');
  return observations;
}

function invalid(file: string, problem: string): ReadinessError {
  return new ReadinessError('file-invalid', `${file} is no JUnit report: ${problem}.`, {
    hint: 'Give a JUnit XML file, a log, a folder of logs, or the folder of a run.',
  });
}
