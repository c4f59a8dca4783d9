import { afterAll, beforeAll, expect, it } from 'vitest';
import { Conductor } from './conduct.js';
import { readers } from './readers/index.js';

let conductor: Conductor;
beforeAll(() => {
  conductor = new Conductor();
});
afterAll(() => conductor.close());

// `npm run fuzz` gives each thousands of inputs, and those that are made to take all memory besides.
it.each(readers)('refuses or reads what is damaged or hostile: $name', async (reader) => {
  const { findings, inputs } = await conductor.run({ ...reader, bombs: () => [] }, 30, 7);
  expect(findings).toEqual([]);
  expect(inputs).toBe(30);
});
