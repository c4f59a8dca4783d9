/**
 * The page: what a visitor presses, and sees.
 */
import type { Device, Report, Request } from './protocol.js';

const element = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;

const [trainButton, stopButton] = [
  element<HTMLButtonElement>('train'),
  element<HTMLButtonElement>('stop'),
];
const [saveRun, saveCheckpoint] = [
  element<HTMLButtonElement>('save-run'),
  element<HTMLButtonElement>('save-checkpoint'),
];
const openFile = element<HTMLInputElement>('open');
const progress = element<HTMLProgressElement>('progress');
const [statusText, threadsText, speed, notes] = ['status', 'threads', 'speed', 'notes'].map((id) =>
  element(id),
) as [HTMLElement, HTMLElement, HTMLElement, HTMLElement];

type State = 'new' | 'busy' | 'stopping' | 'stopped' | 'finished';
let state: State = 'new';
let steps = 0;
/** When steps were told, the newest last, for their speed. */
let ticks: { readonly step: number; readonly time: number }[] = [];

const worker = new Worker('worker.js', { type: 'module' });
const ask = (request: Request): void => worker.postMessage(request);
/** `?threads=1&steps=20&device=wasm` (or `gpu`), for those who measure. */
const asked = new URLSearchParams(location.search);
const numberOf = (name: string): number | undefined =>
  asked.has(name) ? Number(asked.get(name)) : undefined;

function show(next: State, status: string): void {
  state = next;
  document.body.dataset.state = next;
  statusText.textContent = status;
  const isBusy = next === 'busy' || next === 'stopping';
  trainButton.disabled = isBusy || next === 'finished';
  trainButton.textContent = next === 'stopped' ? 'Go on' : 'Train';
  stopButton.disabled = next !== 'busy';
  openFile.disabled = isBusy;
  const hasResult = next === 'stopped' || next === 'finished';
  saveRun.disabled = !hasResult;
  saveCheckpoint.disabled = !hasResult;
}

function draw(report: Report & { kind: 'picture' }): void {
  const canvas = element<HTMLCanvasElement>(report.name);
  Object.assign(canvas, { width: report.width, height: report.height });
  const context = canvas.getContext('2d')!;
  const image = context.createImageData(report.width, report.height);
  for (const [i, grey] of report.pixels.entries()) {
    image.data.set([grey, grey, grey, 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
  if (report.name === 'reals') return;
  canvas.setAttribute('aria-label', `64 digits as drawn after ${report.taken} steps`);
  element('fakes-caption').textContent =
    report.taken === 0 ? 'Drawn before the first step' : `Drawn after ${report.taken} steps`;
}

/** @returns minutes and seconds, `3:07` */
const clock = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

function step(taken: number): void {
  ticks = [...ticks, { step: taken, time: performance.now() }].slice(-60);
  progress.value = taken;
  const [first, last] = [ticks[0]!, ticks.at(-1)!];
  if (last.step - first.step < 5) return;
  const perStep = (last.time - first.time) / (last.step - first.step);
  speed.textContent = `step ${taken} of ${steps}, ${(1000 / perStep).toFixed(1)} a second, ${clock((perStep * (steps - taken)) / 1000)} to go`;
}

function note(line: string): void {
  const item = document.createElement('li');
  item.textContent = line;
  notes.prepend(item);
}

worker.addEventListener('message', ({ data }: MessageEvent<Report>) => {
  switch (data.kind) {
    case 'begun':
      ({ steps } = data);
      ticks = [];
      progress.max = steps;
      progress.value = data.from;
      threadsText.textContent = data.devices;
      show('busy', data.from === 0 ? 'Training …' : `Training on from step ${data.from} …`);
      return;
    case 'step':
      step(data.step);
      return;
    case 'metrics':
      for (const name of ['discriminator.loss', 'generator.loss']) {
        const value = data.record[name];
        if (value !== undefined) element(name).textContent = value.toFixed(3);
      }
      return;
    case 'picture':
      draw(data);
      return;
    case 'line':
      note(data.line);
      return;
    case 'ended':
      show(
        data.finished ? 'finished' : 'stopped',
        data.finished ? `Finished after ${data.step} steps.` : `Stopped after step ${data.step}.`,
      );
      return;
    case 'file': {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(data.blob);
      link.download = data.name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
      return;
    }
    case 'failed':
      note(data.why);
      show(state === 'busy' || state === 'stopping' ? 'new' : state, `It failed: ${data.why}`);
  }
});
worker.addEventListener('error', (event) => {
  show(
    'new',
    `The worker could not start: ${event.message || 'is this page opened from a server?'}`,
  );
});

function train(from?: File): void {
  show('busy', 'Loading: five megabytes, once …');
  const [threads, count] = [numberOf('threads'), numberOf('steps')];
  const device = (['wasm', 'gpu'] as const).find(
    (name): name is Device => name === asked.get('device'),
  );
  ask({
    kind: 'train',
    ...(from && { from }),
    ...(threads !== undefined && { threads }),
    ...(count !== undefined && { steps: count }),
    ...(device && { device }),
  });
}

trainButton.addEventListener('click', () => {
  if (state === 'stopped') {
    show('busy', 'Going on …');
    ask({ kind: 'continue' });
  } else train();
});
stopButton.addEventListener('click', () => {
  show('stopping', 'Finishing the step …');
  ask({ kind: 'stop' });
});
saveRun.addEventListener('click', () => ask({ kind: 'file', form: 'run' }));
saveCheckpoint.addEventListener('click', () => ask({ kind: 'file', form: 'checkpoint' }));
openFile.addEventListener('change', () => {
  const [file] = openFile.files ?? [];
  if (file) train(file);
  openFile.value = '';
});

threadsText.textContent = crossOriginIsolated
  ? `WebAssembly, up to ${numberOf('threads') ?? Math.min(8, navigator.hardwareConcurrency)} threads`
  : 'WebAssembly on one thread: for more, this page’s server has to send the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp, by HTTPS or from localhost';
show('new', 'Ready.');
