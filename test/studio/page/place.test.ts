import { expect, it } from 'vitest';
import { hashOf, placeOf } from '../../../studio/page/state/place.js';
import { chosenOf, mostChosen, toggled } from '../../../studio/page/state/slots.js';

it('an address leads back to where it was taken', () => {
  const place = { view: 'runs', params: { runs: 'a,,c/d', filter: 'x=1&y #' } };
  expect(placeOf(hashOf(place))).toEqual(place);
  expect(hashOf({ view: 'runs', params: { a: '', b: '1' } })).toBe('#/runs?b=1');
  expect(placeOf('')).toEqual({ view: '', params: {} });
});

it('a run that is taken out leaves the others their colours', () => {
  const three = ['a', 'b', 'c'].reduce(toggled, '');
  expect(three).toBe('a,b,c');
  const two = toggled(three, 'b');
  expect(chosenOf(two)).toEqual([
    { key: 'a', slot: 0 },
    { key: 'c', slot: 2 },
  ]);
  expect(toggled(two, 'd')).toBe('a,d,c');
  expect(toggled(toggled('a', 'b'), 'b')).toBe('a');
});

it('no more runs are compared than can be told apart, and none twice', () => {
  const many = Array.from({ length: 30 }, (_, i) => `r${i}`);
  expect(chosenOf(many.reduce(toggled, ''))).toHaveLength(mostChosen);
  expect(chosenOf(many.join(','))).toHaveLength(mostChosen);
  expect(chosenOf('a,a')).toEqual([{ key: 'a', slot: 0 }]);
});
