import { expect, it } from 'vitest';
import { merged } from '../src/objects.js';

it('merged makes one object of several, the later ones first', () => {
  const [a, b] = [
    { x: 1, y: 1 },
    { y: 2, z: 2 },
  ];
  expect(merged(a, b)).toEqual({ x: 1, y: 2, z: 2 });
  expect({ a, b }).toEqual({ a: { x: 1, y: 1 }, b: { y: 2, z: 2 } });
});
