import { describe, expect, it } from 'vitest';
import { StepFailure } from '../../../kit/service/step-failure.ts';
import { fillTemplate, maxTextLength, type TemplateValues } from './fill-template.ts';

const values: TemplateValues = {
  input: { name: 'Ada', nested: { list: [1, 2] }, sly: '{input.secret}', secret: 'hidden' },
  file: { id: 'f1', name: 'a b.csv', content: 'x,y' },
  results: new Map<number, unknown>([
    [0, { status: 200, body: { id: 'rec1' } }],
    [1, null],
  ]),
};
const fill = (text: string) => fillTemplate({ text }, values).text;

describe('a template', () => {
  it.each([
    ['Hello {input.name}', 'Hello Ada'],
    ['{filename} has {content}', 'a b.csv has x,y'],
    ['{step_0_result.body.id}!', 'rec1!'],
    ['{step_0_result}.', '{"status":200,"body":{"id":"rec1"}}.'],
    ['{input.nested.list.1}!', '2!'],
    ['{input.missing.deeper}!', '!'],
    ['{"json": {"a": 1}} {unknown} {}', '{"json": {"a": 1}} {unknown} {}'],
  ])('%j becomes %j', (text, expected) => {
    expect(fill(text)).toBe(expected);
  });

  it('that consists of one placeholder becomes the value itself', () => {
    expect(fill('{step_0_result.status}')).toBe(200);
    expect(fill('{input.nested}')).toEqual({ list: [1, 2] });
    expect(fill('{step_1_result}')).toBeNull();
  });

  it('does not fill in inserted text again', () => {
    expect(fill('say {input.sly}')).toBe('say {input.secret}');
  });

  it.each(['constructor', '__proto__', 'toString', 'constructor.prototype', 'name.length'])(
    'does not read %s of a value',
    (path) => {
      expect(fill(`{input.${path}}`)).toBeNull();
    },
  );

  it('is filled in within lists and objects, but not in names of fields', () => {
    expect(fillTemplate({ '{filename}': ['{filename}', { a: '{file_id}' }, 3, null] }, values)).toEqual({
      '{filename}': ['a b.csv', { a: 'f1' }, 3, null],
    });
  });

  it('percent-encodes text that is inserted into a URL', () => {
    const filled = fillTemplate(
      { url: 'https://a.example/{filename}?q={input.q}' },
      {
        ...values,
        input: { q: '1&admin=true#x/../' },
      },
      { urlFields: ['url'] },
    );
    expect(filled.url).toBe('https://a.example/a%20b.csv?q=1%26admin%3Dtrue%23x%2F..%2F');
  });

  it('does not change expressions', () => {
    const config = { expression: 'a[?b==`{input.name}`]', source: '{input.name}' };
    expect(fillTemplate(config, values, { literalFields: ['expression'] })).toEqual({
      ...config,
      source: 'Ada',
    });
  });

  it.each([
    ['{step_7_result}', 'step 7 has no result'],
    ['{filename}', 'no file'],
    ['see {content}', 'no file'],
  ])('fails for %s when the execution has no such value', (text, message) => {
    expect(() => fillTemplate({ text }, { ...values, file: undefined })).toThrow(message);
    expect(() => fillTemplate({ text }, { ...values, file: undefined })).toThrow(StepFailure);
  });

  it('has a maximum length', () => {
    const input = { big: 'x'.repeat(600_000) };
    expect(() => fillTemplate({ text: '{input.big} {input.big}' }, { ...values, input })).toThrow(
      String(maxTextLength),
    );
  });
});
