import { expect, test } from 'vitest';
import { serversAt, serverVariables } from './harness-servers.ts';

const servers = {
  telemetry: 'http://127.0.0.1:4318',
  model: { url: 'http://127.0.0.1:9000', key: 'key-of-the-model' },
  mail: 'smtp://127.0.0.1:2525',
};

test.each([
  ['gateway', ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_TRACES_SAMPLER_ARG']],
  [
    'llm-orchestrator',
    ['GEMINI_API_KEY', 'GEMINI_API_URL', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_TRACES_SAMPLER_ARG'],
  ],
  ['platform-services', ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_TRACES_SAMPLER_ARG', 'SMTP_URL']],
])('%s gets the addresses of the servers that it uses', (service, names) => {
  expect(Object.keys(serverVariables(service, servers)).sort()).toEqual(names);
  expect(serverVariables(service, {})).toEqual({});
});

test('servers keep their protocols and keys at other addresses', async () => {
  expect(await serversAt(servers, async (port) => `172.17.0.1:${port + 1}`)).toEqual({
    telemetry: 'http://172.17.0.1:4319',
    model: { url: 'http://172.17.0.1:9001', key: 'key-of-the-model' },
    mail: 'smtp://172.17.0.1:2526',
  });
});

test('what does not listen is reached by nobody', async () => {
  const asked: number[] = [];
  expect(
    await serversAt({ mail: servers.mail }, async (port) => {
      asked.push(port);
      return `172.17.0.1:${port}`;
    }),
  ).toEqual({ mail: 'smtp://172.17.0.1:2525' });
  expect(asked).toEqual([2525]);
});
