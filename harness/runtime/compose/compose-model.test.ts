import { expect, test } from 'vitest';
import { ComposeModel, environmentChanges, plainEnvironment } from './compose-model.ts';

const model = ComposeModel.parse({
  services: {
    gateway: {
      environment: {
        PORT: '8000',
        PUBLIC_URL: '',
        REDIS_URL_FILE: '/run/secrets/redis_url',
        GEMINI_API_KEY_FILE: '/run/secrets/gemini_api_key',
      },
    },
  },
});
const files = { redis_url: 'redis://redis:6379', gemini_api_key: '' };

test('the plain environment has the values of secrets, and nothing that is empty', () => {
  expect(plainEnvironment(model, 'gateway', files)).toEqual({
    PORT: '8000',
    REDIS_URL: 'redis://redis:6379',
  });
  expect(plainEnvironment(model, 'unknown', files)).toEqual({});
});

test('a changed secret becomes a variable, and its file is no longer named', () => {
  const before = plainEnvironment(model, 'gateway', files);
  const after = { REDIS_URL: 'redis://other:6379', LOG_LEVEL: 'debug' };
  expect(environmentChanges(model.services.gateway?.environment ?? {}, before, after)).toEqual({
    PORT: '',
    REDIS_URL: 'redis://other:6379',
    REDIS_URL_FILE: '',
    LOG_LEVEL: 'debug',
  });
  expect(environmentChanges({}, before, before)).toEqual({});
});
