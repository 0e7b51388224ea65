import { expect, it } from 'vitest';
import { similarIds } from './similar-ids.ts';

const ids = [
  'database.wrong-password',
  'redis.wrong-password',
  'gateway.down',
  'frontend.down',
  'files.no-room',
];

it.each([
  ['databse.wrong-pasword', 'database.wrong-password'],
  ['wrong password redis', 'redis.wrong-password'],
  ['GATEWAY.DWON', 'gateway.down'],
  ['files.noroom', 'files.no-room'],
])('%s is most like %s', (text, id) => {
  expect(similarIds(text, ids)[0]).toBe(id);
});

it('suggests three ids also for nothing', () => {
  expect(similarIds('', ids)).toHaveLength(3);
});
