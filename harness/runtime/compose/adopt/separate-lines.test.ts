import { expect, test } from 'vitest';
import { frame } from '../../testing/fake-engine.ts';
import { separateLines } from './separate-lines.ts';

test('lines are separated by stream, also where a frame ends inside of a character', () => {
  const text = Buffer.from('ready: größe\n');
  const output = Buffer.concat([
    frame('stdout', text.subarray(0, 11)),
    frame('stderr', Buffer.from('warning\r\n')),
    frame('stdout', text.subarray(11)),
  ]);
  expect(separateLines(output, false)).toEqual([
    { stream: 'stdout', text: 'ready: größe' },
    { stream: 'stderr', text: 'warning' },
  ]);
});

test('a container with a terminal has one stream without frames', () => {
  expect(separateLines(Buffer.from('one\r\ntwo\r\n'), true)).toEqual([
    { stream: 'stdout', text: 'one' },
    { stream: 'stdout', text: 'two' },
  ]);
});

test('an incomplete last frame gives what has arrived', () => {
  const output = frame('stderr', Buffer.from('one\ntwo'));
  expect(separateLines(output.subarray(0, output.length - 1), false)).toEqual([
    { stream: 'stderr', text: 'one' },
    { stream: 'stderr', text: 'tw' },
  ]);
});
