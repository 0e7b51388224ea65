import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { expect, it } from 'vitest';
import { isSigned, secretOf } from './signature.ts';

const key = randomBytes(32);
const message = { id: 'msg_1', timestamp: '1772431170', text: '{"a": "ü"}' };
const sign = (by: Buffer, { id, timestamp, text } = message) =>
  new Webhook(secretOf(by)).sign(id, new Date(Number(timestamp) * 1000), text);

it('accepts what the signer of Standard Webhooks has signed', () => {
  expect(secretOf(key)).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(isSigned([key], message, sign(key))).toBe(true);
});

it('accepts the example of the specification', () => {
  const example = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
  const text = '{"test": 2432232314}';
  const signed = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: '1614265330', text };
  expect(isSigned([example], signed, 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')).toBe(true);
});

it('accepts one valid signature among others, with any of the keys', () => {
  const other = randomBytes(32);
  const header = `v1a,${randomBytes(64).toString('base64')} ${sign(other)} v2,x ${sign(key)}`;
  expect(isSigned([other], message, header)).toBe(true);
  expect(isSigned([randomBytes(32), key], message, header)).toBe(true);
  expect(isSigned([randomBytes(32)], message, header)).toBe(false);
});

it.each([
  ['another id', { ...message, id: 'msg_2' }],
  ['another time', { ...message, timestamp: '1772431171' }],
  ['another text', { ...message, text: '{"a":"ü"}' }],
])('rejects a signature over %s', (_what, other) => {
  expect(isSigned([key], other, sign(key))).toBe(false);
});

it.each(['', 'v1', 'v1,', 'v1,AAAA', 'v1 ', 'x'.repeat(4096)])('rejects the header %j', (header) => {
  expect(isSigned([key], message, header)).toBe(false);
});

it('rejects a signature of another version, even with the right value', () => {
  expect(isSigned([key], message, sign(key).replace('v1,', 'v1a,'))).toBe(false);
});
