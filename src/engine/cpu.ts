/** The `cpu` engine: TensorFlow.js in plain JavaScript. Slow, and there on every machine. */
import { eagerEngine, useBackend } from './eager.js';
import type { EngineSource } from './source.js';

export const cpu: EngineSource = {
  name: 'cpu',

  async probe() {
    return {
      name: 'cpu',
      loads: true,
      why: 'plain JavaScript, slow: for tests and as a last resort',
      devices: ['CPU (JavaScript, 1 thread)'],
    };
  },

  async open(devices) {
    await import('@tensorflow/tfjs-backend-cpu');
    await useBackend('cpu');
    return eagerEngine('cpu', devices, 'cpu');
  },
};
