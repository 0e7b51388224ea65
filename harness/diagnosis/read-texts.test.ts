import { describe, expect, it } from 'vitest';
import { ReadinessError } from '../errors/readiness-error.ts';
import { behindPath, componentNamed, peerIn } from './find-component.ts';
import type { Component } from './observation.ts';
import { readJunit } from './read-junit.ts';
import { readLog } from './read-log.ts';

const components: readonly Component[] = [
  { name: 'gateway', ports: [8000], aliases: ['api-gateway'] },
  { name: 'platform-services', ports: [8007], aliases: ['platform_services'] },
  { name: 'postgres', ports: [5432], aliases: ['db'] },
];

describe('a log', () => {
  it.each<[string, string, string, { component?: string; text: string }[]]>([
    [
      'of plain text',
      'gateway.log',
      'ERROR broken\n\nINFO works\n',
      [{ component: 'gateway', text: 'ERROR broken' }],
    ],
    [
      'of JSON lines, without what works',
      'logs/platform-services.log',
      '{"level":30,"msg":"ok"}\n{"level":"error","msg":"no"}\n',
      [{ component: 'platform-services', text: '{"level":"error","msg":"no"}' }],
    ],
    [
      'of compose, whose lines name their container',
      'compose.txt',
      'api-gateway-1        | ERROR a\npyairtable-db-1 | FATAL: b\n',
      [
        { component: 'gateway', text: 'ERROR a' },
        { component: 'postgres', text: 'FATAL: b' },
      ],
    ],
    ['with colours', 'x.log', '\u001b[31mERROR\u001b[0m a', [{ text: 'ERROR a' }]],
  ])('%s', (_what, file, text, expected) => {
    const seen = readLog(text, { file, components }).map(({ component, text: said }) => ({
      ...(component ? { component } : {}),
      text: said,
    }));
    expect(seen).toEqual(expected);
  });

  it('says where each line is', () => {
    expect(readLog('a\nb', { file: 'logs/x.log', components })[1]?.place).toBe('logs/x.log:2');
  });
});

describe('a JUnit report', () => {
  it('gives its failures and errors with what they printed, and whom they are about', () => {
    const text = `<?xml version="1.0"?>
      <testsuites><testsuite name="s">
        <testcase classname="tests.platform_services" name="login &lt;1&gt;">
          <failure message="500 &amp; no token" type="AssertionError"><![CDATA[Traceback <x>]]></failure>
          <system-err>connection refused</system-err>
        </testcase>
        <testcase name="works"><system-out>ERROR printed by a passing test</system-out></testcase>
        <testcase name="breaks"><error message="timeout"/></testcase>
      </testsuite></testsuites>`;
    expect(readJunit(text, { file: 'junit.xml', components })).toEqual([
      {
        kind: 'failure',
        component: 'platform-services',
        place: 'tests.platform_services › login <1>',
        text: 'AssertionError 500 & no token Traceback <x> connection refused',
      },
      { kind: 'failure', place: 'breaks', text: 'timeout' },
    ]);
  });

  it.each([['not xml'], ['<html><body/></html>'], ['<testsuite><testcase']])('rejects %s', (text) => {
    expect(() => readJunit(text, { file: 'junit.xml', components })).toThrow(ReadinessError);
  });
});

it.each([
  ['connect ECONNREFUSED 10.0.0.3:8007', 'platform-services'],
  ["HTTPConnectionPool(host='platform-services', port=8007): Max retries exceeded", 'platform-services'],
  ["Cannot connect to host localhost:8000 ssl:default [Connect call failed ('127.0.0.1', 8000)]", 'gateway'],
  ['connection to server at "db" (172.18.0.2), port 5432 failed: Connection refused', 'postgres'],
  ['dial tcp: lookup mailer on 127.0.0.11:53: no such host', 'mailer'],
  ['could not translate host name "pg-main" to address', 'pg-main'],
  ['GET http://api-gateway:8000/health: connection refused', 'gateway'],
  ['redis://:secret@cache.internal:6379 refused', 'cache.internal'],
  ['connect ECONNREFUSED 127.0.0.1:9', undefined],
  ['no host at all', undefined],
])('the peer in %j is %s', (text, expected) => {
  expect(peerIn(text, components)).toBe(expected);
});

it.each([
  ['pyairtable-platform-services-1', 'platform-services'],
  ['services', undefined],
  ['feedback', undefined],
  ['db', 'postgres'],
])('the component named %s is %s', (text, expected) => {
  expect(componentNamed(text, components)).toBe(expected);
});

it.each([
  ['POST http://localhost:8000/api/saga/start returned 502', 'saga'],
  ['GET /api/saga: 500', 'saga'],
  ['GET /api/saga-archive: 500', undefined],
  ['GET /api/saga/events/live: 500', 'events'],
  ['see src/api/saga/start.py', undefined],
])('the request in %j leads to %s', (text, expected) => {
  const behind = [
    { name: 'saga', paths: ['/api/saga'] },
    { name: 'events', paths: ['/api/saga/events'] },
  ];
  expect(behindPath(text, behind)).toBe(expected);
});
