import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { walkInTurns } from './walk-in-turns.ts';

describe('a walk in turns', () => {
  it('visits every item once in one round, whatever the number of items and turns', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 20 }), (size, turns) => {
        const items = new Set(Array.from({ length: size }, (_, index) => index));
        const turn = walkInTurns(items, turns);
        const visited = new Set<number>();
        for (let round = 0; round < turns; round += 1) turn((item) => visited.add(item));
        expect(visited).toEqual(items);
      }),
    );
  });

  it('visits at most an equal part of the items in a turn', () => {
    const items = new Set(Array.from({ length: 1_001 }, (_, index) => index));
    const turn = walkInTurns(items, 20);
    for (let round = 0; round < 100; round += 1) {
      let visits = 0;
      turn(() => {
        visits += 1;
      });
      expect(visits).toBe(51);
    }
  });

  it('reaches items that are added, and leaves out those that are removed, also by a visit', () => {
    const items = new Set(['a', 'b', 'c', 'd']);
    const turn = walkInTurns(items, 2);
    const visited: string[] = [];
    turn((item) => {
      visited.push(item);
      items.delete('c');
      items.add('e');
    });
    turn((item) => visited.push(item));
    expect(visited).toEqual(['a', 'b', 'd', 'e']);
  });

  it('does nothing for an empty set', () => {
    const items = new Set<string>();
    const turn = walkInTurns(items, 4);
    turn(() => expect.unreachable());
    items.add('a');
    const visited: string[] = [];
    turn((item) => visited.push(item));
    expect(visited).toEqual(['a']);
  });
});
