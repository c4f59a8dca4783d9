import { availableParallelism, totalmem } from 'node:os';
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/engine/doctor.js';
import { engineNames } from '../../src/engine/engine.js';
import { openEngine } from '../../src/engine/open.js';

describe('diagnose', () => {
  it('describes the machine and every engine, as plain data', async () => {
    const diagnosis = await diagnose();
    expect(diagnosis).toMatchObject({
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
      cores: availableParallelism(),
      memoryBytes: totalmem(),
    });
    expect(diagnosis.engines.map(({ name }) => name)).toEqual(engineNames);
    expect(JSON.parse(JSON.stringify(diagnosis))).toEqual(diagnosis);
    for (const { loads, why, devices } of diagnosis.engines) {
      expect(why).toMatch(/^[^\n]+$/);
      expect(devices.length > 0).toBe(loads);
    }
  });

  it('names the engine that auto opens', async () => {
    const { auto, engines } = await diagnose();
    const { engine } = await openEngine('auto');
    expect(engine.name).toBe(auto);
    expect(engine.devices).toEqual(engines.find(({ name }) => name === auto)!.devices);
  });
});
