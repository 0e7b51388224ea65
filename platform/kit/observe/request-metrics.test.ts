import { expect, it } from 'vitest';
import { createRequestMetrics } from './request-metrics.ts';

const linesOf = (text: string, name: string) =>
  text.split('\n').filter((line) => line.startsWith(`${name}{`));

it('counts requests by method, route and status', () => {
  const metrics = createRequestMetrics('user-service');
  metrics.observe('GET', '/users/:id', 200, 0.01);
  metrics.observe('GET', '/users/:id', 200, 0.01);
  metrics.observe('GET', '/users/:id', 404, 0.01);
  metrics.observe('PATCH', '/users/:id', 200, 0.01);

  expect(linesOf(metrics.render(), 'http_requests_total')).toEqual([
    'http_requests_total{method="GET",route="/users/:id",status_code="200",service="user-service"} 2',
    'http_requests_total{method="GET",route="/users/:id",status_code="404",service="user-service"} 1',
    'http_requests_total{method="PATCH",route="/users/:id",status_code="200",service="user-service"} 1',
  ]);
});

it('counts a duration in every bucket whose bound it does not exceed', () => {
  const metrics = createRequestMetrics('user-service');
  for (const seconds of [0.0005, 0.001, 0.3, 31]) metrics.observe('GET', '/', 200, seconds);

  const buckets = linesOf(metrics.render(), 'http_request_duration_seconds_bucket');
  const upTo = (bound: string) =>
    buckets
      .find((line) => line.includes(`le="${bound}"`))
      ?.split(' ')
      .at(-1);
  expect([upTo('0.001'), upTo('0.25'), upTo('0.5'), upTo('30'), upTo('+Inf')]).toEqual([
    '2',
    '2',
    '3',
    '3',
    '4',
  ]);
  expect(linesOf(metrics.render(), 'http_request_duration_seconds_count')[0]).toMatch(/ 4$/);
  expect(
    Number(linesOf(metrics.render(), 'http_request_duration_seconds_sum')[0]?.split(' ').at(-1)),
  ).toBeCloseTo(31.3015);
});

/** Parses the labels of a line, with the escapes of the text format. */
function labelsOf(line: string): Record<string, string> {
  const plain: Record<string, string> = { '\\\\': '\\', '\\"': '"', '\\n': '\n' };
  const labels = line.matchAll(/(\w+)="((?:[^"\\]|\\["\\n])*)"/g);
  return Object.fromEntries(
    [...labels].map(([, name, value = '']) => [name, value.replace(/\\./g, (pair) => plain[pair] as string)]),
  );
}

it.each(['/a"b\\c\nd', '\\n', '\\\\"', 'é"'])(
  'writes the label %j so that a parser reads it back',
  (text) => {
    const metrics = createRequestMetrics(text);
    metrics.observe(text, text, 200, 0.01);
    for (const name of ['http_requests_total', 'http_request_duration_seconds_bucket'])
      expect(labelsOf(linesOf(metrics.render(), name)[0] as string)).toMatchObject({
        method: text,
        route: text,
        service: text,
        status_code: '200',
      });
  },
);

it('escapes backslash, double quote and line feed in labels', () => {
  const metrics = createRequestMetrics('gateway');
  metrics.observe('GET', '/a"b\\c\nd', 200, 0.01);
  expect(linesOf(metrics.render(), 'http_requests_total')[0]).toContain(String.raw`route="/a\"b\\c\nd"`);
});
