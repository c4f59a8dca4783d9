/**
 * A stand-in for a training loop, for `interrupt.test.ts`. Run as `finish` it stops when asked and
 * then takes 0.1 s to save; as `hang` it does not, for 20 s.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { onInterrupt } from '../../src/train/interrupt.js';

const say = (text: string) => process.stdout.write(`${text}\n`);

const interrupt = onInterrupt({ onRequest: (signal) => say(`request ${signal}`) });
say(`ready ${interrupt.requested} ${interrupt.signal}`);
const end = performance.now() + 20_000;
const hang = process.argv[2] === 'hang';
while (performance.now() < end && (hang || !interrupt.requested)) await sleep(5);
await sleep(100);
say(`saved ${interrupt.requested} ${interrupt.signal}`);
interrupt.dispose();
